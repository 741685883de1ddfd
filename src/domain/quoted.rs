//! The strings in a line that should have been JSON.
//!
//! A refused line may be torn, repeat a member or hold a number beyond any double. A JSON parser refuses such a line, or
//! keeps only the last of the repeated members. The stored line still shows all of them.

/// The place of a string in its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// The name of a member.
    Name,
    /// The value of the member with this name.
    ValueOf(String),
    /// Anything else, such as an element of an array.
    Other,
}

impl Role {
    /// Whether this is the value of a member with one of these names.
    pub(crate) fn is_of(&self, names: &[&str]) -> bool {
        matches!(self, Self::ValueOf(name) if names.contains(&name.as_str()))
    }
}

/// A string of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// Its place.
    pub role: Role,
    /// The string without its escapes.
    pub text: String,
}

/// The strings of a line in their order. The last may lack its end.
pub(crate) fn quoted(line: &str) -> impl Iterator<Item = Quoted> {
    let (mut rest, mut member) = (line, None);
    std::iter::from_fn(move || {
        let (between, opened) = rest.split_once('"')?;
        let of = member.take().filter(|_| between.trim() == ":");
        let (inside, after) = opened.split_at(closing(opened));
        let text = unescaped(inside);
        rest = after.strip_prefix('"').unwrap_or_default();
        let role = if rest.trim_start().starts_with(':') {
            member = Some(text.clone());
            Role::Name
        } else {
            of.map_or(Role::Other, Role::ValueOf)
        };
        Some(Quoted { role, text })
    })
}

/// The offset of the quotation mark that ends a string, or its length.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// The text with all JSON escapes decoded.
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some((units, length)) = utf16_escapes(rest) {
            plain.push_str(&String::from_utf16_lossy(&units));
            rest = &rest[length..];
        } else if let Some(c) = rest.chars().next() {
            plain.push(if "nrtbf".contains(c) { ' ' } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    plain + rest
}

/// The run of `uXXXX\uXXXX…` a text begins with, and its length in bytes.
fn utf16_escapes(text: &str) -> Option<(Vec<u16>, usize)> {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 5)?.strip_prefix('u')?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let mut units = vec![unit(0)?];
    let mut length = 5;
    while text[length..].starts_with('\\') {
        let Some(next) = unit(length + 1) else { break };
        units.push(next);
        length += 6;
    }
    Some((units, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_of_a_line_is_found_with_what_it_is() {
        let told = |line: &str| -> Vec<String> {
            let told = quoted(line).map(|found| match found.role {
                Role::Name => format!("{}:", found.text),
                Role::ValueOf(name) => format!("{name}={}", found.text),
                Role::Other => found.text,
            });
            told.collect()
        };
        for (line, expected) in [
            ("", &[][..]),
            ("student = 17", &[]),
            (r#"{"a":"1","a" : "2"}"#, &["a:", "a=1", "a:", "a=2"]),
            (r#"{"a":{"b":"1"},"c":1e999}"#, &["a:", "b:", "b=1", "c:"]),
            (r#"{"a":["1","2"]}"#, &["a:", "1", "2"]),
            (r#"{"\u0061":"\"\\"}"#, &["a:", r#"a="\"#]),
            (r#"{"a":"\ud83d\udc69"#, &["a:", "a=👩"]),
            (r#"{"a":"1\"#, &["a:", "a=1"]),
            (r#"{"a" "b":"1"#, &["a", "b:", "b=1"]),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }
}
