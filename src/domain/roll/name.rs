//! Names of people as rolls spell them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Whether two names may belong to one person: they have the same words, or one in common. Case, accents,
/// order and punctuation do not matter. An initial is not a word.
pub(crate) fn nearly_same(one: &str, other: &str) -> bool {
    // A roll that is imported again has a million of these.
    if one == other {
        return true;
    }
    let (one, other) = (words(one), words(other));
    one == other || one.intersection(&other).any(|word| !is_initial(word))
}

/// The words of a name without case, accents and punctuation.
pub(crate) fn words(name: &str) -> BTreeSet<String> {
    let folded: String =
        name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words = folded.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | ';' | '،'));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Scripts without upper and lower case have words of one letter.
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_lowercase) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_share_a_word_are_nearly_the_same() {
        for (one, other, same) in [
            ("Ada Karim", "ada KARIM", true),
            ("Ada Karim", "Karim, Ada", true),
            ("Ada Karim", "Ada Karim-Haddad", true),
            ("Ada Karim", "Ada Haddad", true),
            ("Zoë Müller", "ZOE Mueller", true),
            ("Zo\u{eb}", "Zoe\u{308}", true),
            ("Ａｄａ", "Ada", true),
            ("王 小明", "王 大明", true),
            ("Ada Karim", "Cy Newcomer", false),
            ("A. Karim", "A. Haddad", false),
            ("A. B.", "B A", true),
            ("Ada", "Adam", false),
            ("O'Neil", "O'Brien", false),
        ] {
            assert_eq!(nearly_same(one, other), same, "{one} and {other}");
        }
    }
}
