//! Bytes to text: encodings, byte order marks and delimiters.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::domain::Invalid;

/// Delimiters in the order in which they win a tie.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The file as UTF-8, and the name of its encoding if that was another one.
///
/// # Errors
/// The bytes are not valid in the encoding they seem to have.
pub(crate) fn text(bytes: Vec<u8>) -> Result<(Vec<u8>, Option<&'static str>), Invalid> {
    let encoding = encoding(&bytes);
    if encoding == UTF_8 {
        return Ok((bytes, None));
    }
    let (text, _, damaged) = encoding.decode(&bytes);
    if damaged || text.contains('\0') {
        return Err(Invalid::new("the file is not text in an encoding that attend knows")
            .hint("save it as \"CSV UTF-8\"; nothing was imported"));
    }
    Ok((text.into_owned().into_bytes(), Some(encoding.name())))
}

/// The encoding. A byte order mark decides. Without one, valid UTF-8 is UTF-8, and zeros at every second byte mean
/// UTF-16. Anything else is the Windows code page that the letters suggest.
fn encoding(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let start = &bytes[..bytes.len().min(256)];
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 4 > start.len() => return UTF_16LE,
        (even, 0) if even * 4 > start.len() => return UTF_16BE,
        _ => {}
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The delimiter, and the byte at which the rows begin. A line `sep=;` decides. Otherwise the delimiter
/// is the one that occurs most often outside quotes in the first twenty lines.
pub(crate) fn delimiter(text: &[u8]) -> (u8, usize) {
    let mark = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let first = text[mark..].split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\r' | b'\n', ..] = first {
        return (*delimiter, mark + first.len());
    }
    let lines = text[mark..].split(|byte| *byte == b'\n').take(20);
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in lines.flatten() {
        quoted ^= *byte == b'"';
        if !quoted && let Some(nth) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
            counts[nth] += 1;
        }
    }
    let most = (0..DELIMITERS.len()).rev().max_by_key(|nth| counts[*nth]).unwrap_or_default();
    (DELIMITERS[most], mark)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{WINDOWS_1251, WINDOWS_1252, WINDOWS_1256};

    use super::*;

    #[test]
    fn encodings_are_recognised() {
        let roll = "code;name;class\nH1;René Müller;7A\nH2;Zoë O'Neil;7B\n";
        let russian = "код;имя;класс\nH1;Анна Петрова;7А\nH2;Иван Сидоров;7Б\n";
        let arabic = "رقم الطالب;الاسم;الصف\nH1;شيماء علي;السابع\nH2;عمر حداد;السابع\n";
        let utf16 =
            |text: &str, order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let with_mark = |text: &str| format!("\u{feff}{text}");
        let cases = [
            (roll, roll.as_bytes().to_vec(), None),
            (roll, utf16(&with_mark(roll), u16::to_le_bytes), Some("UTF-16LE")),
            (roll, utf16(&with_mark(roll), u16::to_be_bytes), Some("UTF-16BE")),
            (roll, utf16(roll, u16::to_le_bytes), Some("UTF-16LE")),
            (roll, WINDOWS_1252.encode(roll).0.into_owned(), Some("windows-1252")),
            (russian, WINDOWS_1251.encode(russian).0.into_owned(), Some("windows-1251")),
            (arabic, WINDOWS_1256.encode(arabic).0.into_owned(), Some("windows-1256")),
        ];
        for (expected, bytes, name) in cases {
            let (read, read_as) = text(bytes).unwrap();
            assert_eq!((std::str::from_utf8(&read).unwrap(), read_as), (expected, name));
        }
    }

    #[test]
    fn a_picture_is_refused_as_a_roll() {
        assert!(text(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xfe\0".to_vec()).is_err());
    }

    #[test]
    fn delimiters_are_counted_outside_quotes() {
        for (text, expected) in [
            ("code,name\n", (b',', 0)),
            ("code;name\nH1;\"Karim, Ada, of, 7A\"\n", (b';', 0)),
            ("code\tname\n", (b'\t', 0)),
            ("code|name\n", (b'|', 0)),
            ("\u{feff}code;name\n", (b';', 3)),
            ("sep=;\ncode,x;name\n", (b';', 6)),
            ("\u{feff}SEP=,\r\ncode,name\n", (b',', 10)),
            ("Roll of 7A\n\ncode;name\n", (b';', 0)),
            ("", (b',', 0)),
        ] {
            assert_eq!(delimiter(text.as_bytes()), expected, "{text:?}");
        }
    }
}
