//! Finding students by what people remember of them: a part of the code, of the name or an alias.

use crate::domain::roll::name::words;
use crate::domain::spelling::folded;

/// A text to look for, as words without case and accents.
#[derive(Debug)]
pub(crate) struct Query {
    words: Vec<String>,
    folded: String,
}

/// How well a student fits. Higher is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// The text is a part of the code or of an alias.
    Code,
    /// Every word is the beginning of a word of the name.
    Begins,
    /// The words are those of the name.
    Name,
}

impl Query {
    /// Reads a text.
    pub(crate) fn new(text: &str) -> Self {
        Self { words: words(text).into_iter().collect(), folded: folded(text.trim()) }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether every word is the beginning of a word of a title.
    pub(crate) fn is_in(&self, title: &str) -> bool {
        let title = words(title);
        self.words.iter().all(|wanted| title.iter().any(|word| word.starts_with(wanted.as_str())))
    }

    /// How a student fits, who has this code, name and aliases.
    pub(crate) fn fit<'a>(
        &self,
        code: &str,
        name: &str,
        mut aliases: impl Iterator<Item = &'a str>,
    ) -> Option<Fit> {
        let name = words(name);
        if name.iter().eq(&self.words) {
            return Some(Fit::Name);
        }
        let begins = |wanted: &String| name.iter().any(|word| word.starts_with(wanted.as_str()));
        if self.words.iter().all(begins) {
            return Some(Fit::Begins);
        }
        let part = |text: &str| folded(text).contains(&self.folded);
        (part(code) || aliases.any(part)).then_some(Fit::Code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_the_beginnings_of_their_words() {
        for (text, expected) in [
            ("ada k", Some(Fit::Begins)),
            ("K Ada", Some(Fit::Begins)),
            ("KARIM-HADDAD", Some(Fit::Begins)),
            ("zoe", Some(Fit::Begins)),
            ("ada zoë karim-haddad", Some(Fit::Name)),
            ("0103", Some(Fit::Code)),
            ("h000103", Some(Fit::Code)),
            ("3308", Some(Fit::Code)),
            ("ida", None),
            ("ada b", None),
        ] {
            let fit =
                Query::new(text).fit("H000103", "Zoe\u{308} Ada Karim-Haddad", ["3308812528"].into_iter());
            assert_eq!(fit, expected, "{text}");
        }
        assert!(Query::new(" , ").is_empty());
    }
}
