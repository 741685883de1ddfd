//! JSON in and out of a program's values, strictly: jq's own reader takes more than JSON and has no bound on depth.

use jaq_json::Val;
use jaq_json::write::{Pp, write};
use serde::de::IgnoredAny;

use super::Fault;

/// Deepest nesting of arrays and objects. Values are walked recursively, so this bounds the stack.
pub(crate) const MAX_DEPTH: usize = 100;

/// Reads one JSON value; numbers keep their digits.
pub(crate) fn parse(bytes: &[u8]) -> Result<Val, Fault> {
    if depth(bytes) > MAX_DEPTH {
        return Err(Fault::TooDeep);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotJson)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| Fault::NotJson)?;
    jaq_json::read::parse_single(bytes).map_err(|_| Fault::NotJson)
}

/// The deepest nesting outside strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                now += 1;
                deepest = deepest.max(now);
            }
            b'}' | b']' if !quoted => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Appends a program's result as one line.
pub(crate) fn write_line(value: &Val, out: &mut Vec<u8>) -> Result<(), Fault> {
    let start = out.len();
    let written = matches!(value, Val::Obj(_)) && write(out, &Pp::default(), 0, value).is_ok();
    // A program can make values that JSON cannot express, such as NaN.
    if !written || serde_json::from_slice::<IgnoredAny>(&out[start..]).is_err() {
        out.truncate(start);
        return Err(Fault::NotALine);
    }
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_read_although_jq_reads_more() {
        for wrong in
            ["", "NaN", "{\"a\":NaN}", "b\"x\"", "+1", "# c\n1", "{1:2}", "\"\\ud800", "[1,]", "{} {}"]
        {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(matches!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(Fault::TooDeep)));
        assert!(matches!(parse("[{".repeat(1_000_000).as_bytes()), Err(Fault::TooDeep)));
        let quoted = format!("[\"{}\\\"{}\"]", "[".repeat(200), "[".repeat(200));
        assert!(parse(quoted.as_bytes()).is_ok(), "brackets in text nest nothing");
    }

    #[test]
    fn numbers_come_out_as_they_went_in() {
        let text = r#"{"ts":1788763511.748393,"a":0.10,"b":1e2,"c":12345678901234567890123,"d":"é\u0007"}"#;
        let mut out = Vec::new();
        write_line(&parse(text.as_bytes()).unwrap(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{text}\n"));
    }
}
