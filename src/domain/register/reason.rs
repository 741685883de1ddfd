//! The school's short list of reasons for absence. Free text stays possible.

use crate::domain::Invalid;

/// A reason on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedReason {
    /// The word to type, such as `ILL`.
    pub key: String,
    /// The words that the register shows, such as `Illness`.
    pub words: String,
    /// The code that other systems want, where there is one.
    pub code: Option<String>,
}

impl ListedReason {
    /// Checks a new entry: a colon separates the key from further words.
    pub fn check(self) -> Result<Self, Invalid> {
        if self.key.chars().any(|c| c.is_whitespace() || c == ':') {
            return Err(Invalid::new(format!("{:?} cannot be the key of a reason", self.key))
                .hint("write one word without a colon, such as ILL"));
        }
        if self.words.contains(':') {
            return Err(Invalid::new(format!("{:?} cannot be a reason", self.words))
                .hint("leave the colon out: it separates a reason from further words"));
        }
        Ok(self)
    }

    /// The code for exports: the key where no other was given.
    pub fn code(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.key)
    }
}

/// Words that a reason had before the school worded it anew or took it off the list. Old marks hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerWords {
    pub words: String,
    /// The key of their reason.
    pub key: String,
}

/// The list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// The reasons by key.
    pub listed: Vec<ListedReason>,
    /// Earlier words. Each text belongs to one key.
    pub former: Vec<FormerWords>,
}

impl Reasons {
    /// The reason with a key.
    pub(crate) fn keyed(&self, key: &str) -> Option<&ListedReason> {
        self.listed.iter().find(|listed| same(&listed.key, key))
    }

    /// A reason as the register keeps it: `ill: fever` becomes `Illness: fever`. Other text stays as it is.
    pub(crate) fn expand(&self, typed: &str) -> String {
        let (key, rest) = split(typed);
        match self.keyed(key) {
            Some(listed) => format!("{}{rest}", listed.words),
            None => typed.to_owned(),
        }
    }

    /// The entry that the reason of a mark or excuse begins with, in its present words or in earlier ones.
    pub(crate) fn of(&self, reason: &str) -> Option<&ListedReason> {
        let (begin, _) = split(reason);
        let present =
            self.listed.iter().find(|listed| same(&listed.words, begin) || same(&listed.key, begin));
        let former = || self.former.iter().find(|former| same(&former.words, begin));
        present.or_else(|| self.keyed(&former()?.key))
    }
}

/// The text before the first colon, and the rest.
fn split(text: &str) -> (&str, &str) {
    let (begin, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
    (begin.trim(), rest)
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons() -> Reasons {
        let listed = |key: &str, words: &str, code: Option<&str>| ListedReason {
            key: key.into(),
            words: words.into(),
            code: code.map(Into::into),
        };
        let former = |words: &str, key: &str| FormerWords { words: words.into(), key: key.into() };
        Reasons {
            listed: vec![listed("ILL", "Illness", Some("I")), listed("TRIP", "School trip", None)],
            former: vec![former("Sick", "ILL"), former("School trip", "ILL"), former("Visit", "VISIT")],
        }
    }

    #[test]
    fn keys_become_words_and_free_text_stays() {
        for (typed, kept, code) in [
            ("ILL", "Illness", Some("I")),
            ("ill", "Illness", Some("I")),
            ("ill: fever", "Illness: fever", Some("I")),
            ("illness", "illness", Some("I")),
            ("trip", "School trip", Some("TRIP")),
            ("sick: fever", "sick: fever", Some("I")),
            ("Visit", "Visit", None), // its key is not on the list
            ("ill today", "ill today", None),
            ("dentist: 10:00", "dentist: 10:00", None),
        ] {
            assert_eq!(reasons().expand(typed), kept);
            assert_eq!(reasons().of(kept).map(ListedReason::code), code, "{kept}");
        }
    }

    #[test]
    fn a_colon_and_spaces_cannot_be_in_a_key() {
        for (key, words, fits) in
            [("ILL", "Illness", true), ("A B", "x", false), ("A:", "x", false), ("A", "x: y", false)]
        {
            let listed = ListedReason { key: key.into(), words: words.into(), code: None };
            assert_eq!(listed.check().is_ok(), fits, "{key} {words}");
        }
    }
}
