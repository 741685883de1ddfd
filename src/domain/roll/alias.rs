//! Aliases: the identities of students on devices.

use std::fmt;
use std::str::FromStr;

use crate::domain::Invalid;
use crate::domain::spelling::{folded, same};

/// Longest alias, in bytes: as long as the identity that a line may carry.
const MAX_ALIAS: usize = 200;

/// The kind of identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AliasKind {
    /// The number of a card or tag.
    Card,
    /// The number of a person on a device.
    Pin,
    /// The name of a person in a face library.
    Face,
    /// The identity in the school system. Lines have to name its kind, since it was never meant for them.
    Sis,
}

impl AliasKind {
    const ALL: [Self; 4] = [Self::Card, Self::Pin, Self::Face, Self::Sis];

    /// The word that people write before the colon, also stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Pin => "pin",
            Self::Face => "face",
            Self::Sis => "sis",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// One alias, such as `card:3308812528`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias {
    pub kind: AliasKind,
    /// The spelling of the device.
    pub value: String,
}

impl Alias {
    /// The value as it is compared and found.
    pub fn key(&self) -> String {
        folded(&self.value)
    }

    /// Whether a line may name it by this value alone, without the kind.
    pub fn is_named_by(&self, value: &str) -> bool {
        self.kind != AliasKind::Sis && same(&self.value, value)
    }

    /// Whether both are spellings of one alias.
    pub fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && same(&self.value, &other.value)
    }

    /// Reads a list with semicolons or commas between the aliases.
    pub fn list(text: &str) -> Result<Vec<Self>, Invalid> {
        let delimiter = if text.contains(';') { ';' } else { ',' };
        let words = text.split(delimiter).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::parse).collect()
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.value)
    }
}

impl FromStr for Alias {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let hint = "write card:3308812528, pin:1003 or face:\"Ada Karim\"";
        let read =
            text.split_once(':').and_then(|(kind, value)| Some((AliasKind::parse(kind)?, value.trim())));
        let Some((kind, value)) = read else {
            return Err(Invalid::new(format!("{text:?} is not an alias")).hint(hint));
        };
        if value.is_empty() || value.len() > MAX_ALIAS || value.chars().any(char::is_control) {
            return Err(Invalid::new(format!("{text:?} cannot be an alias")).hint(hint));
        }
        Ok(Self { kind, value: value.to_owned() })
    }
}

/// An identity without the kind of alias before it.
pub(crate) fn bare(identity: &str) -> &str {
    match identity.split_once(':') {
        Some((kind, value)) if AliasKind::parse(kind).is_some() => value.trim(),
        _ => identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_have_a_kind_and_a_value() {
        let read = |text: &str| text.parse::<Alias>().map(|alias| alias.to_string()).ok();
        for (text, expected) in [
            ("card:3308812528", Some("card:3308812528")),
            ("Face: Ada Karim ", Some("face:Ada Karim")),
            ("pin:10:03", Some("pin:10:03")),
            ("card:", None),
            ("3308812528", None),
            ("mail:ada@school.example", None),
            ("pin:1\n2", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text:?}");
        }
        let list = |text: &str| Alias::list(text).map(|all| all.len()).ok();
        assert_eq!(list("card:1, pin:2"), Some(2));
        assert_eq!(list("face:Karim, Ada; pin:2;"), Some(2), "semicolons leave commas to the names");
        assert_eq!((list(""), list("card:1,2")), (Some(0), None));
    }
}
