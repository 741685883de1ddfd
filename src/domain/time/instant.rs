//! Instants and spans, the two measures of time in this program.
//!
//! Local times, dates and zones live in [`calendar`](super::calendar).

use std::fmt;
use std::ops::{Add, RangeInclusive, Sub};
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::domain::Invalid;

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds are the resolution of the register: two recognitions of one student by one camera in
/// the same microsecond are the same recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// 10000-01-01T00:00:00Z, which RFC 3339 cannot write any more.
pub(super) const YEAR_10000: i64 = 253_402_300_800 * MICROS_PER_SECOND;

impl Instant {
    /// Before all others.
    pub const MIN: Self = Self(i64::MIN);
    /// After all others.
    pub const MAX: Self = Self(i64::MAX);
    /// All of them.
    pub const EVER: RangeInclusive<Self> = RangeInclusive::new(Self::MIN, Self::MAX);

    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The minute this instant lies in, counted from the Unix epoch.
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(60_000_000)
    }

    /// The same instant as chrono tells it. Instants are read from RFC 3339 or from the database, both
    /// within chrono's years, so the fallback (the epoch) is never shown in practice.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl FromStr for Instant {
    type Err = Invalid;

    /// RFC 3339 with an offset, years 1970 to 9999 of UTC; digits beyond microseconds are cut off.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| not_an_instant(text))?;
        // The resulting instant decides, not the text: an offset or a leap second may cross the end of a
        // year.
        let micros = at.timestamp_micros();
        if !(0..YEAR_10000).contains(&micros) {
            return Err(not_an_instant(text));
        }
        Ok(Self(micros))
    }
}

fn not_an_instant(text: &str) -> Invalid {
    Invalid::new(format!("{text:?} is not an instant"))
        .hint("write RFC 3339 with an offset, such as 2026-09-07T08:03:11.25+03:00")
}

impl Add<Span> for Instant {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Instant {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in microseconds, written `10s`, `5m`, `1h30m`, `90d`, `2w` or `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Every unit a span may be written in, largest first, in microseconds.
const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 86_400 * MICROS_PER_SECOND),
    ("d", 86_400 * MICROS_PER_SECOND),
    ("h", 3_600 * MICROS_PER_SECOND),
    ("m", 60 * MICROS_PER_SECOND),
    ("s", MICROS_PER_SECOND),
    ("ms", 1_000),
];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// From whole minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// From whole hours.
    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    /// From whole days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self::hours(days.saturating_mul(24))
    }

    /// In microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded down.
    pub const fn whole_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Whole minutes, rounded down.
    pub const fn whole_minutes(self) -> i64 {
        self.whole_seconds().div_euclid(60)
    }
}

impl FromStr for Span {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let trimmed = text.trim();
        if trimmed == "0" {
            return Ok(Self::ZERO);
        }
        parse_parts(trimmed).map(Self).ok_or_else(|| {
            Invalid::new(format!("{text:?} is not a length of time"))
                .hint("write a number with its unit: 10s, 5m, 1h30m, 90d, 12w")
        })
    }
}

/// The sum of all `<digits><unit>` parts, or nothing where any part is not one.
fn parse_parts(mut rest: &str) -> Option<i64> {
    let mut total: i64 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == rest[..end].trim())?;
        total = total.checked_add(number.checked_mul(*unit)?)?;
        rest = &rest[end..];
        if rest.is_empty() {
            return Some(total);
        }
    }
}

impl fmt::Display for Span {
    /// The shortest exact form: the largest unit that leaves no rest (`90s`, `10m`, `1h`, `90d`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        // Weeks read worse than days in a policy, so they are accepted but not written.
        let exact = UNITS[1..].iter().find(|(_, unit)| self.0 % unit == 0);
        match exact {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}us", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_microseconds_and_need_an_offset() {
        let at: Instant = "2026-09-07T08:03:11.2500019+03:00".parse().unwrap();
        assert_eq!(at.micros(), 1_788_757_391_250_001);
        for wrong in [
            "2026-09-07T08:03:11",
            "2026-02-30T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:60Z",
            "",
            "now",
        ] {
            assert!(wrong.parse::<Instant>().is_err(), "{wrong}");
        }
        assert_eq!("1969-12-31T20:30:00-03:30".parse(), Ok(Instant::from_micros(0)));
    }

    #[test]
    fn spans_read_as_people_write_them() {
        for (text, seconds, shown) in [
            ("0", 0, "0s"),
            ("10s", 10, "10s"),
            ("5m", 300, "5m"),
            ("1h30m", 5400, "90m"),
            ("90d", 90 * 86_400, "90d"),
            ("2w", 14 * 86_400, "14d"),
            ("1h 30m", 5400, "90m"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span, Span::seconds(seconds), "{text}");
            assert_eq!(span.to_string(), shown);
            assert_eq!(shown.parse::<Span>().unwrap(), span);
        }
    }

    #[test]
    fn invalid_spans_are_refused() {
        for wrong in ["", "5", "m", "-5m", "5x", "5m3", "1.5h", "99999999999999999999d", "9999999999999w"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
