//! Erasing a student: references to the student, doubtful mentions, the tombstone, and the receipt.
//!
//! A code may be `17` and a name `May`, so a matching word does not identify the student. Rows are
//! found by identity, and refused lines by the member that names their student. Any other mention is
//! listed for a person to decide.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde::de::IgnoredAny;
use sha2::Sha256;

use crate::domain::quoted::{Role, quoted, unescaped};
use crate::domain::roll::alias;
use crate::domain::spelling::{folded, same};
use crate::domain::time::Instant;

/// The random key of a database's tombstones.
pub type TombstoneKey = [u8; 32];

/// The fingerprint of an erased student's code. It recognises the code but does not reveal it.
pub type Tombstone = [u8; 32];

/// An erasure as its receipt names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// The number of the receipt, from 1.
    pub number: u32,
    /// When it began.
    pub at: Instant,
    /// The fingerprint of the code.
    pub tombstone: Tombstone,
}

/// The fingerprint of a code or an alias in any spelling. It hides the code from a reader of the database, but anyone
/// with the key can try all codes.
pub fn tombstone(key: &TombstoneKey, code: &str) -> Tombstone {
    hmac(key, &folded(code))
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &TombstoneKey, text: &str) -> Tombstone {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do").chain_update(text);
    mac.finalize().into_bytes().into()
}

/// The members of a line that name its student.
const IDENTITY: [&str; 2] = ["student", "h_code"];

/// The members of a line that name a camera, and so never a student.
const CAMERA: [&str; 2] = ["camera", "camera_id"];

/// How a text refers to a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Not at all.
    None,
    /// It names this student.
    Certain,
    /// It contains the code or the name, but may mean something else.
    Doubtful,
}

/// A text that mentions an erased student or something with the same name. A person has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubtfulPlace {
    /// Table, column and key: `mark.reason:12`. For the path of an image: `crop:7/a.jpg`.
    pub place: String,
    /// The text there.
    pub text: String,
}

/// Adds names that may be of a student. Each stands once, though every lesson of a period has its name.
pub(crate) fn add_names(names: &mut Vec<DoubtfulPlace>, found: Vec<DoubtfulPlace>) {
    let column = |doubt: &DoubtfulPlace| doubt.place.split(':').next().map(str::to_owned);
    for doubt in found {
        if !names.iter().any(|known| known.text == doubt.text && column(known) == column(&doubt)) {
            names.push(doubt);
        }
    }
}

/// The places that a person has decided to strike.
#[derive(Debug, Clone, Copy)]
pub struct Strikes<'a>(pub &'a [String]);

impl<'a> Strikes<'a> {
    /// Stands for every place.
    pub const ALL: &'static str = "all";

    /// Whether a place is to be struck.
    pub fn holds(self, place: &str) -> bool {
        self.0.iter().any(|wanted| wanted == place || wanted == Self::ALL)
    }

    /// The places that are named one by one.
    pub fn named(self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(String::as_str).filter(|place| *place != Self::ALL)
    }
}

/// The shortest alias that is looked for among the bytes of a file: shorter ones are everywhere.
const TELLING: usize = 4;

/// The code, the name and the aliases of a student, to be looked for in free text and refused lines.
#[derive(Debug, Clone)]
pub struct Called {
    code: String,
    name: String,
    aliases: Vec<String>,
}

impl Called {
    /// By the code and the name on the roll.
    pub fn new(code: &str, name: &str) -> Self {
        Self { code: code.to_owned(), name: name.to_owned(), aliases: Vec::new() }
    }

    /// Also by the values of aliases that no other student ever had.
    #[must_use]
    pub fn or(self, aliases: Vec<String>) -> Self {
        Self { aliases, ..self }
    }

    /// The values of the aliases.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Whether a line that names this identity shows the student.
    fn is(&self, identity: &str) -> bool {
        let own = |alias: &String| same(alias, identity) || same(alias, alias::bare(identity));
        same(&self.code, identity) || self.aliases.iter().any(own)
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        [&self.code, &self.name].into_iter().chain(&self.aliases)
    }

    /// How a refused line refers to the student. The line need not be JSON.
    pub fn in_line(&self, line: &str) -> Reference {
        if identities(line).iter().any(|identity| self.is(identity)) {
            return Reference::Certain;
        }
        self.in_text(&spoken(line))
    }

    /// How free text refers to the student.
    pub fn in_text(&self, text: &str) -> Reference {
        if self.mentioned_in(text) { Reference::Doubtful } else { Reference::None }
    }

    /// Whether a text mentions the student: the code or the name in any case, even as JSON spells
    /// them, but not as a part of a longer word.
    pub fn mentioned_in(&self, text: &str) -> bool {
        let (plain, decoded) = (text.to_lowercase(), unescaped(text).to_lowercase());
        self.words().any(|wanted| {
            let wanted = wanted.to_lowercase();
            has_word(&plain, &wanted) || has_word(&decoded, &wanted)
        })
    }

    /// The bytes of code and name that may be in the file, plain and with JSON escapes.
    pub fn spellings(&self) -> Vec<Vec<u8>> {
        let mut spellings = Vec::new();
        let telling = self.aliases.iter().filter(|alias| alias.len() >= TELLING);
        for text in [&self.code, &self.name].into_iter().chain(telling) {
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

/// Whether `text` contains `word` without a letter or digit on either side.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !joins(text[..at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
        })
}

/// The codes in the student members of a refused line. The line need not be JSON.
pub fn identities(line: &str) -> Vec<String> {
    let codes = quoted(line).filter(|found| found.role.is_of(&IDENTITY)).map(|found| found.text);
    let mut found: Vec<String> = codes.collect();
    // A code may be a number, and a torn line may have members, too.
    let text = unescaped(line);
    for name in IDENTITY {
        let values = text.match_indices(name).filter_map(|(at, _)| value_of(&text, at, name.len()));
        found.extend(values.map(str::to_owned));
    }
    found
}

/// The value of the member whose name begins at `at`. `None` if it is not a member.
fn value_of(text: &str, at: usize, length: usize) -> Option<&str> {
    let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if text[..at].chars().next_back().is_some_and(joins) {
        return None;
    }
    let rest = text[at + length..].trim_start_matches(['"', '\'']).trim_start();
    let rest = rest.strip_prefix([':', '='])?.trim_start();
    match rest.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next(),
        None => rest.split(|c: char| c.is_whitespace() || ",;{}[]()".contains(c)).next(),
    }
}

/// The parts of a line that may name a person: the string values except the camera, or the whole line if it is no
/// object of JSON.
fn spoken(line: &str) -> String {
    if serde_json::from_str::<BTreeMap<String, IgnoredAny>>(line).is_err() {
        return line.to_owned();
    }
    let values = quoted(line).filter(|found| found.role != Role::Name && !found.role.is_of(&CAMERA));
    values.map(|found| found.text).collect::<Vec<_>>().join("\n")
}

/// The text as an ASCII-only JSON writer would write it. `hex` formats the digits of an escape.
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
    /// Aliases.
    pub aliases: u32,
    /// Sightings.
    pub recognitions: u32,
    /// Records folded from the recognitions.
    pub records: u32,
    /// Marks.
    pub marks: u32,
    /// Refused lines about the student, and those that were struck.
    pub quarantine: u32,
    /// Other free text that was struck: errors, reasons, remarks.
    pub texts: u32,
    /// Rows of the audit log.
    pub audit: u32,
    /// Undelivered messages that name students, perhaps this one.
    pub messages: u32,
    /// Paths of image files. `attend` does not delete the files.
    pub crops: u32,
}

impl Removed {
    /// Every kind with its count.
    pub fn counts(&self) -> [(&'static str, u32); 10] {
        [
            ("enrolments", self.enrolments),
            ("aliases", self.aliases),
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

    /// Adds more removed rows.
    pub fn add(&mut self, other: &Self) {
        self.enrolments += other.enrolments;
        self.aliases += other.aliases;
        self.recognitions += other.recognitions;
        self.records += other.records;
        self.marks += other.marks;
        self.quarantine += other.quarantine;
        self.texts += other.texts;
        self.audit += other.audit;
        self.messages += other.messages;
        self.crops += other.crops;
    }

    /// `recognitions 1234, marks 3`. It does not identify the student.
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
        let hex: String = hmac(&key, "Hi There").iter().map(|byte| format!("{byte:02x}")).collect();
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
    fn a_line_refers_to_the_student_that_it_shows_and_to_no_other() {
        let called = [Called::new("17", "May"), Called::new("7:A", "Ada Karim")];
        for (line, expected) in [
            (r#"{"student":"17","score":2}"#, [Reference::Certain, Reference::None]),
            (r#"{"h_code":17,"score":2}"#, [Reference::Certain, Reference::None]),
            (r#"{"student":"\u0031\u0037" "score":0."#, [Reference::Certain, Reference::None]),
            ("student = 17, score 0.9", [Reference::Certain, Reference::None]),
            ("{'h_code': '17', 'score'", [Reference::Certain, Reference::None]),
            (r#"{"student":"H2","student":"17"}"#, [Reference::Certain, Reference::None]),
            (r#"{"student":"H2","note":"May 17","note":"x"}"#, [Reference::Doubtful, Reference::None]),
            (r#"{"student":"7:\u0041","student":"H2"}"#, [Reference::None, Reference::Certain]),
            (
                r#"{"student":"H2","note":"ADA\u0020Karim","note":1e999}"#,
                [Reference::None, Reference::Doubtful],
            ),
            (r#"{"student":"H2","camera":"17","score":1e999}"#, [Reference::None, Reference::None]),
            (r#"{"student":"7:A","camera":17}"#, [Reference::None, Reference::Certain]),
            (r#"{"student":"H2","score":17,"camera":17}"#, [Reference::None, Reference::None]),
            (r#"{"student":"H2","camera":"17","score":"x"}"#, [Reference::None, Reference::None]),
            (r#"{"student":"H217","my_student":"H2"}"#, [Reference::None, Reference::None]),
            (r#"{"student":"H2","crop":"17/may.jpg"}"#, [Reference::Doubtful, Reference::None]),
            (r#"{"type":"x","seen":[{"who":"ADA KARIM"}]}"#, [Reference::None, Reference::Doubtful]),
            ("camera 17 saw nobody", [Reference::Doubtful, Reference::None]),
            ("17", [Reference::Doubtful, Reference::None]),
            (r#"[17,"Ada Karim"]"#, [Reference::Doubtful, Reference::Doubtful]),
            ("Maya, 170", [Reference::None, Reference::None]),
        ] {
            assert_eq!(called.each_ref().map(|called| called.in_line(line)), expected, "{line}");
        }
    }

    #[test]
    fn a_resumed_erasure_adds_up_both_parts() {
        let removed = |n| Removed {
            enrolments: n,
            aliases: n,
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
