//! Masks passwords in addresses: `rtsp://user:password@camera` becomes `rtsp://user:***@camera`. Masks keys of runners in
//! their errors, too.
//!
//! Errors of cameras are shown on screens, mailed and stored, and programs like ffmpeg repeat the whole address in
//! them. Passwords often contain an unescaped `@` or `/`. If an address is ambiguous, too much of it is masked rather
//! than too little.

use std::borrow::Cow;

use memchr::memchr2;
use percent_encoding::percent_decode_str;

/// Stands for a password.
const MASKED: &str = "***";

/// The separator after a scheme, plain and as JSON may escape it.
const STARTS: [&str; 2] = ["://", ":\\/\\/"];

/// The same, percent-encoded: an address within the query of another.
const ENCODED_START: &str = "%3a%2f%2f";

/// Every address has one of these bytes.
pub(super) const MARKS: [u8; 2] = [b':', b'%'];

/// The text with every password masked.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    // Nearly all paths have neither, so they are not searched further.
    if memchr2(MARKS[0], MARKS[1], text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let encoded = text.contains('%') && text.to_ascii_lowercase().contains(ENCODED_START);
    if !encoded && next_start(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    for word in words(text) {
        let decoded = percent_decode_str(word).decode_utf8_lossy();
        match word.to_ascii_lowercase().contains(ENCODED_START) {
            true if mask_word(&decoded) != decoded => masked.push_str(&mask_word(&decoded)),
            _ => masked.push_str(&mask_word(word)),
        }
    }
    if masked == text { Cow::Borrowed(text) } else { Cow::Owned(masked) }
}

/// How a key of a runner begins.
pub(super) const KEY: &str = "atk_";

/// The text with every key masked.
pub(super) fn mask_keys(text: &str) -> String {
    let mut parts = text.split(KEY);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked += KEY;
        masked += MASKED;
        masked += part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    }
    masked
}

/// Like [`mask`], for owned text.
pub(super) fn mask_owned(text: String) -> String {
    match mask(&text) {
        Cow::Owned(masked) => masked,
        Cow::Borrowed(_) => text,
    }
}

/// The text in pieces that end with white space or a quotation mark of JSON, which end an address.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split_inclusive(move |c: char| {
        let quote = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        quote || c.is_whitespace() || c.is_control()
    })
}

/// Masks every address in a word.
fn mask_word(word: &str) -> String {
    let mut masked = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = next_start(rest) {
        let (before, after) = rest.split_at(start);
        masked.push_str(before);
        let end = address_end(after);
        masked.push_str(&mask_address(&after[..end]));
        rest = &after[end..];
    }
    masked + rest
}

/// The offset right after the next `://` that follows a scheme.
fn next_start(text: &str) -> Option<usize> {
    let ends = |start: &'static str| {
        text.match_indices(start)
            .find(|(at, _)| text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
            .map(|(at, start)| at + start.len())
    };
    STARTS.into_iter().filter_map(ends).min()
}

/// The end of the address that begins a text. It is before the scheme of the next address, unless the text between is the
/// beginning of a password.
fn address_end(text: &str) -> usize {
    let mut from = 0;
    while let Some(next) = next_start(&text[from..]) {
        let start = from + next;
        let colon = text[..start].rfind(':').unwrap_or(0);
        let scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let scheme = text[..colon].trim_end_matches(scheme).len();
        if scheme > 0 && is_whole(&text[..scheme]) {
            return scheme;
        }
        from = start;
    }
    text.len()
}

/// Whether an address without its scheme is complete: it names no user, or a user and a host.
fn is_whole(address: &str) -> bool {
    let after_colon = address.split_once(':').map(|(_, after)| after);
    let is_port = |after: &str| {
        let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < after.len() && !rest.starts_with(|c: char| c.is_alphanumeric())
    };
    address.contains('@') || after_colon.is_none_or(is_port)
}

/// Masks an address without its scheme. The password reaches to the last `@`.
fn mask_address(address: &str) -> Cow<'_, str> {
    let user_info = address.rfind('@').map(|at| address.split_at(at));
    match user_info.and_then(|(user_info, host)| Some((user_info.split_once(':')?.0, host))) {
        // A bracket begins the address of a host.
        Some((user, host)) if !user.starts_with('[') => Cow::Owned(format!("{user}:{MASKED}{host}")),
        _ => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        for (text, masked) in [
            ("", ""),
            ("no key", "no key"),
            ("401 for atk_abc_def123: refused", "401 for atk_***: refused"),
            ("atk_a_b atk_c_d", "atk_*** atk_***"),
            ("(xatk_é)", "(xatk_***é)"),
        ] {
            assert_eq!(mask_keys(text), masked, "{text}");
        }
    }

    #[test]
    fn passwords_are_masked_however_they_are_written() {
        for (text, masked) in [
            ("rtsp://hass:Welcome1@10.0.0.3:554/h264: refused", "rtsp://hass:***@10.0.0.3:554/h264: refused"),
            ("rtsp://a:p@b/1, rtsp://c:q@d/2", "rtsp://a:***@b/1, rtsp://c:***@d/2"),
            ("rtsp://a:p@b,rtsp://c:q@d;http://e", "rtsp://a:***@b,rtsp://c:***@d;http://e"),
            ("rtsp://cam:554,rtsp://c:q@d", "rtsp://cam:554,rtsp://c:***@d"),
            ("rtsp://a:p%40ss%2F@b", "rtsp://a:***@b"),
            ("rtsp://a:p@ss/w:rd@b:554/x", "rtsp://a:***@b:554/x"),
            ("rtsp://a:p://w@b/x", "rtsp://a:***@b/x"),
            ("rtsp://:p@b", "rtsp://:***@b"),
            ("rtsp://a:@b", "rtsp://a:***@b"),
            ("rtsp://a:p@[fe80::1%25eth0]:554/x", "rtsp://a:***@[fe80::1%25eth0]:554/x"),
            ("RTSP+tls://a:p@b", "RTSP+tls://a:***@b"),
            ("open('rtsp://a:p'q@b') failed", "open('rtsp://a:***@b') failed"),
            ("get ?src=rtsp%3A%2F%2Fa%3Ap%40b&x=1", "get ?src=rtsp://a:***@b&x=1"),
            (
                r#"{"error":"rtsp:\/\/a:p\"w@b","camera":"x@y"}"#,
                r#"{"error":"rtsp:\/\/a:***@b","camera":"x@y"}"#,
            ),
            ("زقاق rtsp://زا:پ@b", "زقاق rtsp://زا:***@b"),
        ] {
            assert_eq!(mask(text), masked);
            assert_eq!(mask(masked), masked, "masking again changes nothing");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "",
            "no light",
            "rtsp://10.0.0.3:554/h264: Connection refused",
            "http://[fe80::1]:80/user@home",
            "https://user@host/path",
            "http://a/b, ada:x@school.example",
            "http://host:8080/a http://host/b@c",
            "ratio 3://4 a:b@c",
            "100 % of x%3A",
        ] {
            assert!(matches!(mask(text), Cow::Borrowed(same) if same == text), "{text}: {}", mask(text));
        }
    }
}
