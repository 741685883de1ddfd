//! Codes that spreadsheets or people have changed.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::NaiveDate;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::domain::spelling::{folded, is_invisible};

/// A cell of a roll, trimmed, composed (NFC), and without invisible characters: zero-width characters,
/// direction marks and byte order marks.
pub(crate) fn tidy(cell: &str) -> Cow<'_, str> {
    if cell.is_ascii() {
        return cell.trim().into();
    }
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let plain = !cell.contains(is_invisible) && is_nfc_quick(cell.chars()) == IsNormalized::Yes;
    if plain {
        cell.into()
    } else {
        cell.chars().filter(|c| !is_invisible(*c)).nfc().collect::<String>().into()
    }
}

/// A key that is equal for two spellings of one code. It ignores case, Unicode composition, and the leading zeros of a
/// number, which spreadsheets remove.
pub(crate) fn key(code: &str) -> String {
    let folded = folded(code);
    let number = folded.bytes().all(|byte| byte.is_ascii_digit());
    match folded.trim_start_matches('0') {
        "" => folded,
        digits if number => digits.to_owned(),
        _ => folded,
    }
}

/// The damage a spreadsheet does to a code that it reads as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// `1.23457E+15`: most digits are gone.
    Scientific,
    /// `12.0`: a number with decimals.
    Decimal,
    /// `2026-07-01`: a text such as 7-1 became a date.
    Date,
}

/// How a spreadsheet damaged a code, if it did.
pub(crate) fn damage(code: &str) -> Option<Damage> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| match text.split_once(['.', ',']) {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    };
    if let Some((mantissa, exponent)) = code.split_once("E+").or_else(|| code.split_once("e+")) {
        return (number(mantissa) && digits(exponent)).then_some(Damage::Scientific);
    }
    if is_date(code) {
        return Some(Damage::Date);
    }
    let (whole, fraction) = code.split_once('.')?;
    (digits(whole) && !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0'))
        .then_some(Damage::Decimal)
}

/// Whether a text is a date as cells of workbooks are read: `2026-07-01`.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.as_bytes()[4] == b'-' && NaiveDate::from_str(text).is_ok()
}

impl Damage {
    /// The fault and its remedy, in words.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Scientific => (
                "is a number that a spreadsheet shortened, so most digits are lost",
                "format the column as Text in the file it came from, and export it again; nothing was imported",
            ),
            Self::Decimal => (
                "is a number with decimals, not a code",
                "format the column as Text, and save the file again; nothing was imported",
            ),
            Self::Date => (
                "is a date that a spreadsheet made of another text",
                "format the column as Text, and type the text again; nothing was imported",
            ),
        }
    }
}

/// A cell without the guards of attend's own sheets: `="0012"` is the text 0012, `'=Bob` is `=Bob`.
pub(crate) fn unguarded(cell: &str) -> &str {
    if let Some(text) = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !text.contains('"')
    {
        return text;
    }
    match cell.strip_prefix('\'') {
        Some(rest) if begins_like_a_formula(rest) => rest,
        _ => cell,
    }
}

/// Whether a spreadsheet would run text like this. An apostrophe before it keeps it text.
pub(crate) fn begins_like_a_formula(text: &str) -> bool {
    const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    text.trim_start_matches(' ').starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed_from_a_code() {
        for raw in
            ["\u{200b}H1", "H1\u{200f}", "\u{2060}H1", "\u{feff}H1", "H\u{ad}1", "\u{a0}H1\u{a0}", " H1\t"]
        {
            assert_eq!(tidy(raw), "H1", "{raw:?}");
        }
        assert_eq!(tidy("Rene\u{301}"), "René");
        assert_eq!(tidy("می\u{200c}خواهم"), "می\u{200c}خواهم", "a joiner is part of a Persian word");
        assert!(matches!(tidy("H000123"), Cow::Borrowed("H000123")));
    }

    #[test]
    fn spellings_of_one_code_share_a_key() {
        for (a, b, same) in [
            ("AB12", "ab12", true),
            ("0001", "1", true),
            ("Ｈ１", "h1", false),
            ("A01", "A1", false),
            ("0", "00", false),
            ("10", "1", false),
            ("Rene\u{301}", "rené", true),
        ] {
            assert_eq!(key(a) == key(b), same, "{a} {b}");
        }
    }

    #[test]
    fn spreadsheet_numbers_are_refused_as_codes() {
        for (code, expected) in [
            ("1.23457E+15", Some(Damage::Scientific)),
            ("1,23457E+15", Some(Damage::Scientific)),
            ("1E+15", Some(Damage::Scientific)),
            ("12.0", Some(Damage::Decimal)),
            ("2026-07-01", Some(Damage::Date)),
            ("2026-07-0", None),
            ("2026-13-01", None),
            ("2026/07/01", None),
            ("20260-7-01", None),
            ("12.5", None),
            ("3E10", None),
            ("1.2.0", None),
            ("12.", None),
            ("AE+5", None),
            ("H000123", None),
        ] {
            assert_eq!(damage(code), expected, "{code}");
        }
    }

    #[test]
    fn guards_of_our_own_sheets_are_removed() {
        for (cell, text) in [
            ("=\"0012\"", "0012"),
            ("'=Bob", "=Bob"),
            ("'+1", "+1"),
            ("'Bob", "'Bob"),
            ("=\"a\"\"b\"", "=\"a\"\"b\""),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(unguarded(cell), text, "{cell}");
        }
    }
}
