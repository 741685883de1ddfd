//! Erasing a student: what counts as a trace, what is left instead, and the receipt.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The random key of a database's tombstones.
pub type TombstoneKey = [u8; 32];

/// The remainder of an erased student: enough to recognise the code again, not enough to read it.
pub type Tombstone = [u8; 32];

/// HMAC-SHA-256 (RFC 2104) of a code. It hides the code from a reader of the database, but anyone with
/// the key can try all codes.
pub fn tombstone(key: &TombstoneKey, code: &str) -> Tombstone {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do").chain_update(code);
    mac.finalize().into_bytes().into()
}

/// The names and codes of a student, to be searched in free text and refused lines.
#[derive(Debug, Clone)]
pub struct Called {
    code: String,
    name: String,
}

impl Called {
    /// By the code and the name on the roll.
    pub fn new(code: &str, name: &str) -> Self {
        Self { code: code.to_owned(), name: name.to_owned() }
    }

    /// Whether a text mentions the student: the code or the name, whatever the case, also as JSON spells
    /// them, but not as a part of a longer word.
    pub fn mentioned_in(&self, text: &str) -> bool {
        let (plain, decoded) = (text.to_lowercase(), unescaped(text).to_lowercase());
        [&self.code, &self.name].into_iter().any(|wanted| {
            let wanted = wanted.to_lowercase();
            has_word(&plain, &wanted) || has_word(&decoded, &wanted)
        })
    }

    /// The bytes that code and name leave in a file, as they are and as JSON may spell them.
    pub fn spellings(&self) -> Vec<Vec<u8>> {
        let mut spellings = Vec::new();
        for text in [&self.code, &self.name] {
            let spelled = [
                text.clone(),
                escaped(text, |unit| format!("{unit:04x}")),
                escaped(text, |unit| format!("{unit:04X}")),
            ];
            spellings.extend(spelled.map(String::into_bytes));
        }
        spellings.retain(|spelling| !spelling.is_empty());
        spellings.sort();
        spellings.dedup();
        spellings
    }
}

/// Whether `word` stands in `text` without a letter or digit at either end.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !joins(text[..at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
        })
}

/// The words of a refused line, which may not even be JSON.
pub fn words(line: &str) -> Vec<String> {
    let text = unescaped(line);
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"',:;{}[]()\\".contains(c);
    text.split(ends).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The text with JSON's escapes undone, wherever they stand.
fn unescaped(text: &str) -> String {
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

/// The text as a careful JSON writer spells it: ASCII alone. `hex` writes the digits of an escape.
fn escaped(text: &str, hex: fn(u16) -> String) -> String {
    let mut spelled = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => spelled.extend(['\\', c]),
            ' '..='~' => spelled.push(c),
            _ => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| spelled += &format!("\\u{}", hex(*unit)));
            }
        }
    }
    spelled
}

/// Counts of erased rows, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    /// Stretches of dates on the roll.
    pub enrolments: u32,
    /// Sightings.
    pub recognitions: u32,
    /// Records folded from the recognitions.
    pub records: u32,
    /// Decisions by hand.
    pub marks: u32,
    /// Refused lines that mention the student.
    pub quarantine: u32,
    /// Other free text that does: errors, reasons, remarks.
    pub texts: u32,
    /// Rows of the audit log.
    pub audit: u32,
    /// Mails and Slack messages not yet delivered that name students: perhaps this one.
    pub messages: u32,
    /// Paths of image files, which are not attend's to delete.
    pub crops: u32,
}

impl Removed {
    /// Every kind with its count.
    pub fn counts(&self) -> [(&'static str, u32); 9] {
        [
            ("enrolments", self.enrolments),
            ("recognitions", self.recognitions),
            ("records", self.records),
            ("marks", self.marks),
            ("quarantine", self.quarantine),
            ("texts", self.texts),
            ("audit", self.audit),
            ("messages", self.messages),
            ("crops", self.crops),
        ]
    }

    /// Adds what else was removed.
    pub fn add(&mut self, other: &Self) {
        self.enrolments += other.enrolments;
        self.recognitions += other.recognitions;
        self.records += other.records;
        self.marks += other.marks;
        self.quarantine += other.quarantine;
        self.texts += other.texts;
        self.audit += other.audit;
        self.messages += other.messages;
        self.crops += other.crops;
    }

    /// `recognitions 1234, marks 3`, without anything that tells whose.
    pub fn told(&self) -> String {
        let told = self.counts().into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} {n}"));
        told.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tombstones_are_hmac_sha_256() {
        // RFC 4231, test case 1, with its 20 bytes of key filled up with zeros as RFC 2104 says.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let hex: String = tombstone(&key, "Hi There").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    }

    #[test]
    fn mentions_are_found_however_they_are_spelled() {
        let zoe = Called::new("H000101", "Zoë O'Neil 👩");
        for text in [
            "H000101",
            r#"{"student":"H000101","score":"#,
            "no match for h000101.",
            "crops/H000101_2.jpg",
            "saw ZOË O'NEIL 👩 twice",
            r#"{"name":"Zo\u00eb O'Neil \ud83d\udc69"}"#,
            r#"{"name":"Zo\u00EB O\u0027Neil \uD83D\uDC69"}"#,
            r#"{"student":"\u0048000101"}"#,
            r#""H000101\n""#,
        ] {
            assert!(zoe.mentioned_in(text), "{text}");
        }
        for text in ["", "H0001012", "XH000101", "Zoë", "Zoe O'Neil", "\\", "\\u00", "\\ud83d", "ab\\u00ebé"]
        {
            assert!(!zoe.mentioned_in(text), "{text}");
        }
    }

    #[test]
    fn the_words_of_a_broken_line_are_its_codes_too() {
        let line = r#"{"student":"\u0048000101","score":0.9 camera:7"#;
        assert!(words(line).iter().any(|word| word == "H000101"), "{:?}", words(line));
        assert_eq!(words("H1 H2\tH3\u{0}H4,'H5'"), ["H1", "H2", "H3", "H4", "H5"]);
    }

    #[test]
    fn a_resumed_erasure_adds_up_both_parts() {
        let removed = |n| Removed {
            enrolments: n,
            recognitions: 2 * n,
            records: 3 * n,
            marks: 4 * n,
            quarantine: 5 * n,
            texts: 6 * n,
            audit: 7 * n,
            messages: 8 * n,
            crops: 9 * n,
        };
        let mut both = removed(1);
        both.add(&removed(10));
        assert_eq!(both, removed(11));
        assert_eq!(Removed { records: 2, crops: 1, ..Removed::default() }.told(), "records 2, crops 1");
    }

    #[test]
    fn spellings_are_those_of_json_writers() {
        let spellings = Called::new("H1", r#"Zoë "Zo" \o/"#).spellings();
        let spellings: Vec<_> = spellings.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        let plain = r#"Zoë "Zo" \o/"#;
        for expected in ["H1", plain, r#"Zo\u00eb \"Zo\" \\o/"#, r#"Zo\u00EB \"Zo\" \\o/"#] {
            assert!(spellings.iter().any(|spelling| spelling == expected), "{spellings:?}");
        }
    }
}
