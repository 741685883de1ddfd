//! Places: the parts of a school that cameras watch, and which of them matter to a class in a period.

use std::collections::BTreeMap;

use crate::domain::Invalid;
use crate::domain::spelling::matches;
use crate::domain::time::Span;

/// Longest name of a place, in bytes.
const MAX_NAME: usize = 64;

/// Checks the name of a place. It must not contain commas or equals signs, which separate places and classes on the
/// command line.
pub(crate) fn check_place(name: &str) -> Result<String, Invalid> {
    let name = name.trim();
    let fits = !name.is_empty() && name.len() <= MAX_NAME;
    if fits && !name.chars().any(|c| c.is_control() || c == ',' || c == '=') {
        return Ok(name.to_owned());
    }
    Err(Invalid::new(format!("{name:?} cannot be the name of a place"))
        .hint("a place has 1 to 64 bytes without commas and equals signs, such as \"hall\""))
}

/// The places named for a period, for single classes and for everybody else. If none is named, every camera
/// on duty matters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Places(BTreeMap<Option<String>, Vec<String>>);

impl Places {
    /// Parses `lab,hall` or `7A=lab,7B=hall`. An empty text or `all` names no place.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut named = BTreeMap::<Option<String>, Vec<String>>::new();
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::default());
        }
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (class, place) = match item.rsplit_once('=') {
                Some((class, place)) if !class.trim().is_empty() => (Some(class.trim().to_owned()), place),
                Some((_, place)) => return Err(no_class(place)),
                None => (None, item),
            };
            let (place, places) = (check_place(place)?, named.entry(class).or_default());
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Ok(Self(named))
    }

    /// The places that matter to a student of some classes (joined by commas); empty: every camera on duty does.
    pub fn of(&self, classes: Option<&str>) -> Vec<&str> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let own = |named: &Option<String>| {
            let mut classes = classes.into_iter().flat_map(|classes| classes.split(','));
            named.as_ref().is_some_and(|named| classes.any(|class| matches(named, class)))
        };
        let named = self.0.iter().filter(|(class, _)| own(class)).flat_map(|(_, places)| places);
        let mut places: Vec<&str> = named.map(String::as_str).collect();
        if places.is_empty() {
            places.extend(self.0.get(&None).into_iter().flatten().map(String::as_str));
        }
        places.dedup();
        places
    }

    /// Whether places are named for every class of `classes`, or for everybody.
    pub fn cover<'a>(&self, mut classes: impl Iterator<Item = &'a str>) -> bool {
        self.0.contains_key(&None) || classes.all(|class| !self.of(Some(class)).is_empty())
    }

    /// Every place that is named, once.
    pub fn all(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.0.values().flatten().map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The same places, one of them under another name.
    #[must_use]
    pub fn renamed(mut self, name: &str, new: &str) -> Self {
        for place in self.0.values_mut().flatten().filter(|place| *place == name) {
            new.clone_into(place);
        }
        self
    }

    /// The text that [`Places::parse`] reads. Empty if no place is named.
    pub fn written(&self) -> String {
        let item = |(class, places): (&Option<String>, &Vec<String>)| {
            let item = |place: &String| match class {
                Some(class) => format!("{class}={place}"),
                None => place.clone(),
            };
            places.iter().map(item).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(item).collect::<Vec<_>>().join(",")
    }
}

fn no_class(place: &str) -> Invalid {
    Invalid::new(format!("\"={place}\" names no class")).hint("write CLASS=PLACE, such as 7A=lab")
}

/// How the cameras of an occurrence are judged: copied when it is planned, so that a change of settings
/// never changes the meaning of an old register.
#[derive(Debug, Clone, PartialEq)]
pub struct Criteria {
    /// The places that matter.
    pub places: Places,
    /// Rooms fail when watched for less than this share of the time, in percent.
    pub min_coverage: f64,
    /// Doors, and cameras without a place, fail when unwatched for longer at a stretch.
    pub max_blind: Span,
}

impl Criteria {
    /// Without places and limits.
    pub const NONE: Self = Self { places: Places(BTreeMap::new()), min_coverage: 0.0, max_blind: Span::ZERO };

    /// Without places, with the limits of a school that set none.
    pub const USUAL: Self =
        Self { places: Places(BTreeMap::new()), min_coverage: 80.0, max_blind: Span::minutes(2) };
}

impl Default for Criteria {
    fn default() -> Self {
        Self::USUAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_their_own_places_and_the_others_share_the_rest() {
        let places = Places::parse(" 7A=lab, 7B=hall,7B=gym , yard").unwrap();
        assert_eq!(places.of(Some("7A")), ["lab"]);
        assert_eq!(places.of(Some("7B")), ["hall", "gym"]);
        assert_eq!(places.of(Some("8A")), ["yard"]);
        assert_eq!(places.of(None), ["yard"]);
        assert_eq!(places.of(Some("7a,Chess")), ["lab"], "a student of several classes");
        assert_eq!(places.of(Some("7A,7B")), ["lab", "hall", "gym"]);
        assert_eq!(places.written(), "yard,7A=lab,7B=hall,7B=gym");
        assert_eq!(Places::parse(&places.written()).unwrap(), places);
        assert_eq!(places.all(), ["gym", "hall", "lab", "yard"]);
    }

    #[test]
    fn without_places_every_camera_matters() {
        for text in ["", "all", " , "] {
            assert!(Places::parse(text).unwrap().of(Some("7A")).is_empty(), "{text:?}");
        }
        let only_7a = Places::parse("7A=lab").unwrap();
        assert!(only_7a.of(Some("7B")).is_empty() && only_7a.of(None).is_empty());
        assert!(only_7a.cover(["7A"].into_iter()) && !only_7a.cover(["7A", "7B"].into_iter()));
    }

    #[test]
    fn place_names_keep_clear_of_the_separators() {
        for text in ["=lab", "7A=", "a\u{7}b"] {
            assert!(Places::parse(text).is_err(), "{text:?}");
        }
        assert!(
            check_place("first floor").is_ok() && check_place("a,b").is_err() && check_place(" ").is_err()
        );
    }
}
