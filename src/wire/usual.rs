//! Reads a line of the usual shape in one pass: an object of texts without escapes, unsigned numbers and flat lists of them.
//!
//! serde_json reads every other line. Both give a member the same value, and [`line`](super::line) interprets it. Nearly
//! all lines of recognisers have this shape, and one pass takes fewer instructions.

use std::convert::Infallible;

use super::member::{Member, Time, Unread};

/// Calls `each` with every member in order. Returns `None` if the line is not usual. The caller then discards the members
/// passed so far. A usual line has no escapes, signs or exponents, nothing nested but lists of texts and numbers, and no
/// space but one after a colon or a comma.
pub(super) fn read<'a>(line: &'a str, mut each: impl FnMut(&'a str, Value<'a>)) -> Option<()> {
    let mut cursor = Cursor { line, at: 0 };
    cursor.take(b'{')?;
    loop {
        let name = cursor.text()?;
        cursor.take(b':')?;
        cursor.skip_space();
        each(name, cursor.value()?);
        if cursor.take(b'}').is_some() {
            return (cursor.at == line.len()).then_some(());
        }
        cursor.take(b',')?;
        cursor.skip_space();
    }
}

/// The value of a member.
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// A whole number, with its digits.
    Whole(i64, &'a str),
    /// A number with a fraction, with its digits.
    Fraction(f64, &'a str),
    Text(&'a str),
    /// A list, such as the place of a face in the picture. It is passed over.
    List,
}

impl<'a> Unread<'a> for Value<'a> {
    type Error = Infallible;

    fn member(self) -> Result<Member<'a>, Infallible> {
        Ok(match self {
            Self::Null => Member::Absent,
            Self::Bool(flag) => Member::Bool(flag),
            Self::Whole(number, _) => Member::Int(number),
            Self::Fraction(number, _) => Member::Float(number),
            Self::Text(text) => Member::Text(text.into()),
            Self::List => Member::Nested,
        })
    }

    fn time(self) -> Result<Time<'a>, Infallible> {
        Ok(match self {
            Self::Null => Time::Absent,
            Self::Bool(_) | Self::List => Time::Other,
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

    fn value(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'[' => self.list(),
            _ => self.scalar(),
        }
    }

    /// A list of values that are no lists.
    fn list(&mut self) -> Option<Value<'a>> {
        self.take(b'[')?;
        loop {
            self.scalar()?;
            if self.take(b']').is_some() {
                return Some(Value::List);
            }
            self.take(b',')?;
            self.skip_space();
        }
    }

    fn scalar(&mut self) -> Option<Value<'a>> {
        match self.peek()? {
            b'"' => self.text().map(Value::Text),
            b'0'..=b'9' => self.number(),
            _ => match self.take_while(|byte| byte.is_ascii_lowercase())? {
                "null" => Some(Value::Null),
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
        }
    }

    /// A number without sign and exponent. The standard library rounds a fraction correctly, as serde_json does with its
    /// feature `float_roundtrip`. A number beyond every double is for serde_json to refuse.
    fn number(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        let whole = self.take_while(|byte| byte.is_ascii_digit())?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        if self.take(b'.').is_none() {
            return Some(Value::Whole(whole.parse().ok()?, whole));
        }
        let fraction = self.take_while(|byte| byte.is_ascii_digit())?;
        let digits = self.line.get(start..self.at).filter(|_| !fraction.is_empty())?;
        let number = digits.parse().ok().filter(|number: &f64| number.is_finite())?;
        Some(Value::Fraction(number, digits))
    }
}
