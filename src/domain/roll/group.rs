//! Choosing groups by name or by pattern.

use std::str::FromStr;

use crate::domain::Invalid;

/// Some groups: names with commas between them, in which `*` stands for any letters. Empty: all students.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupFilter(Vec<String>);

impl GroupFilter {
    /// Whether it lets every student pass.
    pub fn is_everybody(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a student passes who is in `groups` (joined by commas).
    pub fn passes(&self, groups: Option<&str>) -> bool {
        let mut own = groups.into_iter().flat_map(|groups| groups.split(','));
        self.is_everybody() || own.any(|group| self.patterns().any(|pattern| matches(pattern, group)))
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

/// Whether `name` is `pattern`, in which each `*` stands for any letters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, expected) in [
            ("G7", "G7", true),
            ("G7", "G7a", false),
            ("G7*", "G7", true),
            ("G7*", "G7a", true),
            ("G7*", "G8a", false),
            ("*a", "G7a", true),
            ("*a*", "7b", false),
            ("G*a*c", "G7abc", true),
            ("G*c*c", "G7c", false),
            ("aa*a", "aa", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn one_of_several_groups_is_enough() {
        let filter: GroupFilter = "G7*, Choir".parse().unwrap();
        for (groups, expected) in
            [(Some("G7a"), true), (Some("Choir,G8"), true), (Some("G8"), false), (None, false)]
        {
            assert_eq!(filter.passes(groups), expected, "{groups:?}");
            assert!(GroupFilter::default().passes(groups));
        }
        assert!(" ,".parse::<GroupFilter>().is_err());
    }
}
