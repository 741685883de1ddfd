//! Reads a line of the usual shape in one pass: an object of texts without escapes and of unsigned numbers.
//!
//! serde_json reads every other line. Both give a member the same value, and [`line`](super::line) interprets it. Of the
//! lines that recognisers send nearly all are of this shape, so that a line takes fewer instructions to read.

use std::convert::Infallible;

use super::member::{Member, Time, Value};

/// Calls `each` with every member in order. Returns `None` for any other line: the members passed so far must not be
/// used. A usual line has no escapes, signs or exponents, no space but one after a colon or a comma, and no value within
/// another.
pub(super) fn read<'a>(line: &'a str, mut each: impl FnMut(&'a str, Scalar<'a>)) -> Option<()> {
    let mut cursor = Cursor { line, at: 0 };
    cursor.take(b'{')?;
    loop {
        let name = cursor.text()?;
        cursor.take(b':')?;
        cursor.skip_space();
        each(name, cursor.scalar()?);
        if cursor.take(b'}').is_some() {
            return (cursor.at == line.len()).then_some(());
        }
        cursor.take(b',')?;
        cursor.skip_space();
    }
}

/// A value that holds no other.
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// A whole number, with its digits.
    Whole(i64, &'a str),
    /// A number with a fraction, with its digits.
    Fraction(f64, &'a str),
    Text(&'a str),
}

impl<'a> Value<'a> for Scalar<'a> {
    type Error = Infallible;

    fn member(self) -> Result<Member<'a>, Infallible> {
        Ok(match self {
            Self::Null => Member::Absent,
            Self::Bool(flag) => Member::Bool(flag),
            Self::Whole(number, _) => Member::Int(number),
            Self::Fraction(number, _) => Member::Float(number),
            Self::Text(text) => Member::Text(text.into()),
        })
    }

    fn time(self) -> Result<Time<'a>, Infallible> {
        Ok(match self {
            Self::Null => Time::Absent,
            Self::Bool(_) => Time::Other,
            Self::Whole(_, digits) | Self::Fraction(_, digits) => Time::Number(digits),
            Self::Text(text) => Time::Text(text.into()),
        })
    }

    fn skip(self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A place in a line.
struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        let _ = self.take(b' ');
    }

    /// Takes the bytes at the cursor that are of one kind.
    fn take_while(&mut self, of_kind: impl Fn(u8) -> bool) -> Option<&'a str> {
        let start = self.at;
        while self.peek().is_some_and(&of_kind) {
            self.at += 1;
        }
        self.line.get(start..self.at)
    }

    /// A text without escapes and without the characters that JSON forbids in a text.
    fn text(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let text = self.take_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')?;
        self.take(b'"')?;
        Some(text)
    }

    fn scalar(&mut self) -> Option<Scalar<'a>> {
        match self.peek()? {
            b'"' => self.text().map(Scalar::Text),
            b'0'..=b'9' => self.number(),
            _ => match self.take_while(|byte| byte.is_ascii_lowercase())? {
                "null" => Some(Scalar::Null),
                "true" => Some(Scalar::Bool(true)),
                "false" => Some(Scalar::Bool(false)),
                _ => None,
            },
        }
    }

    /// A number without sign and exponent. The standard library rounds a fraction correctly, as serde_json does with its
    /// feature `float_roundtrip`.
    fn number(&mut self) -> Option<Scalar<'a>> {
        let start = self.at;
        let whole = self.take_while(|byte| byte.is_ascii_digit())?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        if self.take(b'.').is_none() {
            return Some(Scalar::Whole(whole.parse().ok()?, whole));
        }
        let fraction = self.take_while(|byte| byte.is_ascii_digit())?;
        let digits = self.line.get(start..self.at).filter(|_| !fraction.is_empty())?;
        Some(Scalar::Fraction(digits.parse().ok()?, digits))
    }
}
