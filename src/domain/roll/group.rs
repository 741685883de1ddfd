//! Groups of a student, and choosing groups by name or by pattern.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::str::FromStr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Invalid;
use crate::domain::spelling::{folded, matches, same};
use crate::domain::suggest::did_you_mean;

/// Longest name of a group, in bytes.
const MAX_GROUP: usize = 400;

/// A selection of groups: names separated by commas, in which `*` stands for any letters. Empty: all students.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter(Vec<String>);

impl GroupFilter {
    /// Whether it selects every student.
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and patterns joined by commas.
    pub fn written(&self) -> String {
        self.0.join(",")
    }

    /// The names and patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it selects a student in `groups` (joined by commas).
    pub fn passes(&self, groups: Option<&str>) -> bool {
        let mut own = split(groups);
        self.is_everybody() || own.any(|group| self.patterns().any(|pattern| matches(pattern, group)))
    }

    /// Those of a student's `groups` (joined by commas) that it selects.
    pub fn of<'g>(&'g self, groups: Option<&'g str>) -> impl Iterator<Item = &'g str> {
        split(groups).filter(|group| self.passes(Some(group)))
    }
}

/// The one class of each student on a list that has every student once.
///
/// The class of a student is the group with the most members who are in no other group, because hardly anybody is in a club
/// alone. They must be a quarter of the group. If that does not decide, it is the first group by name.
#[derive(Debug, Default)]
pub struct Classes {
    /// The students of each group: those who are in no other one, and all.
    members: FxHashMap<String, (usize, usize)>,
}

impl Classes {
    /// Learns from the groups of a student, joined by commas.
    pub fn learn(&mut self, groups: Option<&str>) {
        let is_alone = groups.is_some_and(|groups| !groups.contains(','));
        for group in split(groups) {
            if !self.members.contains_key(group) {
                self.members.insert(group.to_owned(), (0, 0));
            }
            if let Some((alone, all)) = self.members.get_mut(group) {
                *alone += usize::from(is_alone);
                *all += 1;
            }
        }
    }

    /// The class among the selected ones of a student's `groups`.
    pub fn of<'g>(&self, groups: Option<&'g str>, selected: &'g GroupFilter) -> Option<&'g str> {
        // A guest who is in a club alone does not make it a class.
        let alone = |group: &str| match self.members.get(group) {
            Some((alone, all)) if alone * 4 >= *all => *alone,
            _ => 0,
        };
        selected.of(groups).min_by_key(|group| (Reverse(alone(group)), *group))
    }
}

impl FromStr for GroupFilter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        if names.is_empty() {
            return Err(Invalid::new("no group is named")
                .hint("write a group, such as G7, or a pattern, such as 'G7*'"));
        }
        Ok(Self(names))
    }
}

/// The characters between the groups of a cell.
pub(crate) const SEPARATORS: [char; 3] = [',', ';', '\n'];

/// The stored form of groups: sorted, without repetition, joined by commas. `None`: no group.
pub fn joined<'g>(groups: impl IntoIterator<Item = &'g str>) -> Option<String> {
    let groups: BTreeSet<&str> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    (!groups.is_empty()).then(|| groups.into_iter().collect::<Vec<_>>().join(","))
}

/// The groups of a text as it is stored.
pub fn split(groups: Option<&str>) -> impl Iterator<Item = &str> + Clone {
    groups.into_iter().flat_map(|groups| groups.split(','))
}

/// Words that mean something else where groups are chosen, with their meaning.
const RESERVED: [(&str, &str); 2] = [("all", "all students"), ("none", "no group")];

/// Where groups are chosen, a reserved word has this meaning.
fn reserved(word: &str) -> Option<&'static str> {
    RESERVED.iter().find(|(reserved, _)| same(reserved, word)).map(|(_, meaning)| *meaning)
}

/// A name from a school system as one group: what a group cannot hold becomes a space, and a word that means something
/// else gets another word beside it. The office cannot change these names.
pub(crate) fn as_one_group(name: &str) -> String {
    let name = name.replace(|c: char| c.is_control() || c == '*' || SEPARATORS.contains(&c), " ");
    if reserved(name.trim()).is_some() { format!("{} class", name.trim()) } else { name }
}

/// Checks a group. An empty text means no group.
pub fn check_group(group: &str) -> Result<Option<String>, Invalid> {
    let group = group.trim();
    if let Some(meaning) = reserved(group).or_else(|| group.contains('*').then_some("any letters")) {
        let sign = if group.contains('*') { "*" } else { group };
        return Err(Invalid::new(format!("{group:?} cannot be a group")).hint(format!(
            "{sign} stands for {meaning} where groups are chosen: leave it out, or write another name"
        )));
    }
    if group.len() > MAX_GROUP || group.contains([',', '\0', '\n']) {
        return Err(Invalid::new(format!("{group:?} cannot be a group"))
            .hint("a group is a short name without commas, such as G7"));
    }
    Ok((!group.is_empty()).then(|| group.to_owned()))
}

/// Checks a cell with groups: commas, semicolons or lines between them. Empty means no group.
pub fn check_groups(text: &str) -> Result<Option<String>, Invalid> {
    // Most cells hold one group, and a roll may have a million of them.
    if !text.contains(SEPARATORS) {
        return check_group(text);
    }
    let names = text.split(SEPARATORS).map(check_group).collect::<Result<Vec<_>, _>>()?;
    Ok(joined(names.iter().flatten().map(String::as_str)))
}

/// A change of the groups of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupChange {
    /// Replaces all groups. `None`: no group.
    Set(Option<String>),
    /// Adds some groups and removes others.
    Alter {
        /// Groups to enter.
        enter: Vec<String>,
        /// Groups to leave.
        leave: Vec<String>,
    },
}

impl GroupChange {
    /// The groups after the change.
    ///
    /// # Errors
    /// The student is not in a group to be removed.
    pub fn applied(&self, before: Option<&str>) -> Result<Option<String>, Invalid> {
        let (enter, leave) = match self {
            Self::Set(groups) => return Ok(groups.clone()),
            Self::Alter { enter, leave } => (enter, leave),
        };
        let mut groups: Vec<&str> = split(before).collect();
        for name in leave {
            if !groups.iter().any(|group| same(group, name)) {
                let meant = did_you_mean(name, groups.iter().copied());
                let hint = meant.unwrap_or_else(|| "attend student show CODE tells the groups".to_owned());
                return Err(Invalid::new(format!("the student is not in group {name:?}")).hint(hint));
            }
            groups.retain(|group| !same(group, name));
        }
        let entered = enter.iter().map(String::as_str);
        let missing: Vec<&str> =
            entered.filter(|name| !groups.iter().any(|group| same(group, name))).collect();
        Ok(joined(groups.into_iter().chain(missing)))
    }
}

impl FromStr for GroupChange {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let altered = items().filter(|item| item.starts_with(['+', '-'])).count();
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Self::Set(None));
        }
        if altered == 0 {
            return Ok(Self::Set(check_groups(text)?));
        }
        if altered < items().count() {
            return Err(Invalid::new(format!("{text:?} both sets and changes groups"))
                .hint("write 8A,Chess to set them, or +Chess,-7A to change them"));
        }
        let named = |sign: char| -> Result<Vec<String>, Invalid> {
            let names = items().filter_map(|item| item.strip_prefix(sign)).map(check_group);
            Ok(names.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        Ok(Self::Alter { enter: named('+')?, leave: named('-')? })
    }
}

/// The spelling of each group: the one in use, else the first in the roll. Groups in use that differ only in case stay
/// distinct, and a third spelling of them is another group.
#[derive(Debug, Default)]
pub struct Spellings {
    used: FxHashSet<String>,
    /// The spelling by the name without case. `None` if several groups in use have it.
    folded: FxHashMap<String, Option<String>>,
}

impl Spellings {
    /// The groups in use.
    pub fn of(groups: Vec<String>) -> Self {
        let mut folded_groups = FxHashMap::default();
        for group in &groups {
            let several = |first: &mut Option<String>| *first = None;
            folded_groups.entry(folded(group)).and_modify(several).or_insert_with(|| Some(group.clone()));
        }
        Self { used: groups.into_iter().collect(), folded: folded_groups }
    }

    /// The same with those of a roll.
    #[must_use]
    pub fn with(mut self, groups: &[String]) -> Self {
        for group in groups {
            let known = self.folded.entry(folded(group)).or_insert_with(|| Some(group.clone()));
            if known.as_ref() == Some(group) {
                self.used.insert(group.clone());
            }
        }
        self
    }

    /// Groups joined by commas, in the spelling of each.
    pub fn spell(&self, groups: Option<&str>) -> Option<String> {
        // A roll may have a million cells with one group.
        if let Some(group) = groups.filter(|group| self.used.contains(*group)) {
            return Some(group.to_owned());
        }
        joined(split(groups).map(|group| match self.used.contains(group) {
            true => group,
            false => self.folded.get(&folded(group)).and_then(Option::as_deref).unwrap_or(group),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_of_a_school_system_becomes_a_group() {
        for name in ["Maths*", "None", " all ", "Art; set 1", "7A,B", "*", ""] {
            let group = as_one_group(name);
            assert!(check_group(&group).is_ok() && !group.contains(SEPARATORS), "{name:?}: {group:?}");
        }
        assert_eq!(as_one_group("None"), "None class");
    }

    #[test]
    fn a_guest_of_a_club_does_not_make_it_a_class() {
        let everybody = GroupFilter::default();
        let class = |roll: &[&'static str], of: &'static str| {
            let mut classes = Classes::default();
            roll.iter().for_each(|groups| classes.learn(Some(groups)));
            classes.of(Some(of), &everybody).map(str::to_owned)
        };
        let all_in_gym = ["7A,Gym", "7A,Gym", "7A,Gym", "7B,Gym", "7B,Gym", "7B,Gym", "Gym"];
        assert_eq!(class(&all_in_gym, "7A,Gym").as_deref(), Some("7A"));
        assert_eq!(class(&["Chess,G7", "Chess,G7", "Chess,G7", "G7"], "Chess,G7").as_deref(), Some("G7"));
    }

    #[test]
    fn one_of_several_groups_is_enough() {
        let filter: GroupFilter = "G7*, Choir".parse().unwrap();
        for (groups, expected) in
            [(Some("g7a"), true), (Some("choir,G8"), true), (Some("G8"), false), (None, false)]
        {
            assert_eq!(filter.passes(groups), expected, "{groups:?}");
            assert!(GroupFilter::default().passes(groups));
        }
        assert!(" ,".parse::<GroupFilter>().is_err());
    }

    #[test]
    fn each_student_has_one_class_and_clubs_are_none() {
        let mut classes = Classes::default();
        [Some("G7"), Some("G7"), Some("Chess,G7"), Some("Art,Chess"), Some("Chess"), None]
            .into_iter()
            .for_each(|groups| classes.learn(groups));
        for (groups, selected, expected) in [
            (Some("Chess,G7"), "*", Some("G7")),
            (Some("Art,Chess"), "*", Some("Chess")),
            (Some("Art,Drama"), "*", Some("Art")),
            (Some("Chess,G7"), "Chess", Some("Chess")),
            (Some("Chess,G7"), "Art", None),
            (None, "*", None),
        ] {
            assert_eq!(classes.of(groups, &selected.parse().unwrap()), expected, "{groups:?} {selected}");
        }
        assert_eq!(classes.of(Some("Chess,G7"), &GroupFilter::default()), Some("G7"));
    }

    #[test]
    fn groups_are_set_or_changed() {
        for (text, before, expected) in [
            ("8A,Chess", Some("7A"), Ok(Some("8A,Chess"))),
            ("none", Some("7A"), Ok(None)),
            ("", Some("7A"), Ok(None)),
            ("+Chess", Some("7A"), Ok(Some("7A,Chess"))),
            ("+Chess, -7a", Some("7A"), Ok(Some("Chess"))),
            ("-7A", Some("7A"), Ok(None)),
            ("+chess", Some("7A,Chess"), Ok(Some("7A,Chess"))),
            ("-7B", Some("7A"), Err("the student is not in group \"7B\"")),
            ("+Chess,7A", None, Err("\"+Chess,7A\" both sets and changes groups")),
        ] {
            let applied = text.parse::<GroupChange>().and_then(|change| change.applied(before));
            assert_eq!(
                applied.map_err(|invalid| invalid.message),
                expected.map(|e| e.map(str::to_owned)).map_err(str::to_owned),
                "{text}"
            );
        }
    }

    #[test]
    fn groups_keep_the_spelling_in_use() {
        let own = vec!["7A".to_owned(), "Chess".to_owned(), "chess".to_owned()];
        let spellings = Spellings::of(own).with(&["New".to_owned()]);
        for (groups, expected) in [
            (Some("7a,chess"), Some("7A,chess")),
            (Some("CHESS"), Some("CHESS")),
            (Some("New"), Some("New")),
            (Some("NEW"), Some("New")),
            (None, None),
        ] {
            assert_eq!(spellings.spell(groups).as_deref(), expected, "{groups:?}");
        }
    }

    #[test]
    fn groups_are_short_and_on_one_line() {
        let (longest, longer) = ("x".repeat(400), "x".repeat(401));
        assert_eq!(check_group(" G7 "), Ok(Some("G7".to_owned())));
        assert_eq!(check_group("  "), Ok(None), "no group");
        assert_eq!(check_group(&longest), Ok(Some(longest.clone())));
        for wrong in ["G7,G8", "G\0", "G\n7", &longer] {
            assert!(check_group(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_group_has_no_name_that_means_something_else_in_a_list_or_a_pattern() {
        for wrong in ["*", "A*", "8A, none", "None", "all", "ALL;8A", "+*", "+Chess,-none", "+all"] {
            assert!(wrong.parse::<GroupChange>().is_err() || wrong == "None", "{wrong:?}");
        }
        for wrong in ["none", "All", "7*", "8A; *"] {
            assert!(check_groups(wrong).is_err(), "{wrong:?}");
        }
        for fits in ["All day", "Nonesuch", "8A;allstars"] {
            assert!(check_groups(fits).is_ok(), "{fits:?}");
        }
    }

    #[test]
    fn a_cell_holds_several_groups() {
        for (cell, expected) in
            [("7A; Chess", Some("7A,Chess")), ("Chess,7A,7A", Some("7A,Chess")), (" ; ", None)]
        {
            assert_eq!(check_groups(cell).unwrap().as_deref(), expected, "{cell:?}");
        }
    }
}
