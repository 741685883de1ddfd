//! Compares typed names, ignoring case and Unicode composition, and writes them as a shell takes them.

use unicode_normalization::UnicodeNormalization;

/// Invisible characters that change no letter. Joiners are not among them, because Persian and Kurdish names need them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A text as one word of a shell's command line.
pub(crate) fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A word in lower case and NFC, without characters that are not
/// seen.
pub(crate) fn folded(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    word.nfc().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c) && !joiner(*c)).collect()
}

/// Whether two names are spellings of the same name.
pub(crate) fn same(one: &str, other: &str) -> bool {
    match one.is_ascii() && other.is_ascii() {
        true => one.eq_ignore_ascii_case(other),
        false => one == other || folded(one) == folded(other),
    }
}

/// Whether `name` is `pattern`, in which each `*` stands for any letters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    if !pattern.contains('*') {
        return same(pattern, name);
    }
    let (pattern, name) = (folded(pattern), folded(name));
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
            ("g7a", "G7A", true),
            ("g7*", "G7a", true),
            ("René*", "RENE\u{301} 2", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
