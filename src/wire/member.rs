//! One member of a line: its JSON value, and its conversion to the required type.
//!
//! [`line`](super::line) defines the members of a line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::refusal::{MAX_LINE, Refusal};
use crate::domain::time::Stamp;

/// Counts and measures beyond this are nonsense.
const MOST: f64 = 1e9;

/// A value that is not read yet. The name of its member decides how it is read.
pub(super) trait Unread<'a> {
    /// Why it cannot be read.
    type Error;

    /// Its value by JSON type.
    fn member(self) -> Result<Member<'a>, Self::Error>;
    /// Its value as a time.
    fn time(self) -> Result<Time<'a>, Self::Error>;
    /// Passes over it.
    fn skip(self) -> Result<(), Self::Error>;
}

/// A value that serde reads.
pub(super) struct SerdeValue<'m, M>(pub(super) &'m mut M);

impl<'de, M: MapAccess<'de>> Unread<'de> for SerdeValue<'_, M> {
    type Error = M::Error;

    fn member(self) -> Result<Member<'de>, M::Error> {
        self.0.next_value()
    }

    fn time(self) -> Result<Time<'de>, M::Error> {
        self.0.next_value()
    }

    fn skip(self) -> Result<(), M::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }
}

/// A value by its JSON type.
#[derive(Default)]
pub(super) enum Member<'a> {
    #[default]
    Absent,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// An array or an object.
    Nested,
}

impl<'a> Member<'a> {
    pub(super) fn text(self, field: &'static str, longest: usize) -> Result<Option<Cow<'a, str>>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) if text.len() <= longest => Ok(Some(text)),
            Self::Text(_) => Err(Refusal::invalid(field, format!("{field} is longer than {longest} bytes"))),
            _ => Err(Refusal::invalid(field, format!("{field} must be text"))),
        }
    }

    /// Text, or a whole number as its digits.
    pub(super) fn word(self, field: &'static str) -> Result<Option<Cow<'a, str>>, Refusal> {
        match self {
            Self::Int(number) => Ok(Some(number.to_string().into())),
            other => other.text(field, MAX_LINE),
        }
    }

    pub(super) fn number(self, field: &'static str) -> Result<Option<f64>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Float(number) => Ok(Some(number)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a score or a measure this large is refused anyway"
            )]
            Self::Int(number) => Ok(Some(number as f64)),
            _ => Err(Refusal::invalid(field, format!("{field} must be a number"))),
        }
    }

    pub(super) fn measure(self, field: &'static str) -> Result<Option<f64>, Refusal> {
        let number = self.number(field)?;
        if number.is_some_and(|n| !(0.0..=MOST).contains(&n)) {
            return Err(Refusal::invalid(field, format!("{field} must be from 0 to {MOST}")));
        }
        Ok(number)
    }

    pub(super) fn count(self, field: &'static str) -> Result<Option<i64>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Int(number) if (0..=MOST as i64).contains(&number) => Ok(Some(number)),
            _ => Err(Refusal::invalid(field, format!("{field} must be a whole number from 0 to {MOST}"))),
        }
    }

    /// True or false. False if it is left out.
    pub(super) fn flag(self, field: &'static str) -> Result<bool, Refusal> {
        match self {
            Self::Bool(flag) => Ok(flag),
            Self::Absent => Ok(false),
            _ => Err(Refusal::invalid(field, format!("{field} must be true or false"))),
        }
    }

    /// Whether the member is missing or null.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A time. A number is kept as text, because a double cannot hold the microseconds of every year.
#[derive(Default)]
pub(super) enum Time<'a> {
    #[default]
    Absent,
    /// Digits of a JSON number.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// Neither a number nor text.
    Other,
}

impl Time<'_> {
    pub(super) fn stamp(&self) -> Result<Option<Stamp>, Refusal> {
        let stamp = match self {
            Self::Absent => return Ok(None),
            Self::Number(seconds) => Stamp::from_unix(seconds),
            Self::Text(text) => text.parse().ok(),
            Self::Other => None,
        };
        let forms =
            "ts must be RFC 3339 (2026-09-07T08:03:11.25+03:00), a local time without offset or Unix seconds";
        stamp.map(Some).ok_or_else(|| Refusal::invalid("ts", forms))
    }

    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'de> Deserialize<'de> for Time<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match raw.as_bytes().first() {
            Some(b'n') => Self::Absent,
            Some(b'-' | b'0'..=b'9') => Self::Number(raw),
            Some(b'"') if !raw.contains('\\') => Self::Text(Cow::Borrowed(raw.trim_matches('"'))),
            Some(b'"') => Self::Text(Cow::Owned(serde_json::from_str(raw).map_err(de::Error::custom)?)),
            _ => Self::Other,
        })
    }
}

/// The name of a member, borrowed from the line unless it holds escapes.
pub(super) struct Name<'a>(pub(super) Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(MemberVisitor)? {
            Member::Text(text) => Ok(Self(text)),
            _ => Err(de::Error::custom("a name must be text")),
        }
    }
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    /// `null` is the same as leaving the member out.
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Member::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Member::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond i64 only the size matters: it is out of every range"
        )]
        Ok(i64::try_from(value).map_or(Member::Float(value as f64), Member::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Member::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Nested)
    }
}
