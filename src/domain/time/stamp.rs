//! The timestamp of a message, in any format that devices use.

use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDateTime};

use super::calendar::resolve;
use super::instant::{Instant, YEAR_10000};
use super::zone::Zone;
use crate::domain::Invalid;
use crate::domain::decimal::Decimal;

/// A time as it was sent, cut to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// RFC 3339 with an offset, or Unix seconds.
    At(Instant),
    /// A wall-clock time without an offset, in the school's zone.
    Local(NaiveDateTime),
}

impl Stamp {
    /// From Unix seconds as they are written, years 1970 to 9999.
    pub fn from_unix(seconds: &str) -> Option<Self> {
        let decimal = Decimal::parse(seconds)?;
        let micros = decimal.truncated(6).filter(|micros| (0..YEAR_10000).contains(micros))?;
        // Cutting digits must not move an instant just before 1970 into 1970.
        let negative = seconds.starts_with('-') && decimal.shifted(0) != "0";
        (!negative).then_some(Self::At(Instant::from_micros(micros)))
    }

    /// The instant for a school in `zone`. In a repeated hour it is the first of the two.
    pub fn instant(self, zone: Zone) -> Instant {
        match self {
            Self::At(at) => at,
            Self::Local(local) => resolve(local.date(), local.time(), zone),
        }
    }
}

impl FromStr for Stamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let at = text.parse().ok().map(Self::At);
        at.or_else(|| local(text)).or_else(|| Self::from_unix(text)).ok_or_else(|| {
            Invalid::new(format!("{text:?} is not a time"))
                .hint("write RFC 3339, a local time or Unix seconds: 2026-09-07T08:03:11.25+03:00, 2026-09-07 08:03:11, 1788757391.25")
        })
    }
}

/// RFC 3339 without an offset. Years 1971 to 9998 are in the range of an instant in every zone.
fn local(text: &str) -> Option<Stamp> {
    let as_utc = DateTime::parse_from_rfc3339(&format!("{text}Z")).ok()?;
    let local = DateTime::from_timestamp_micros(as_utc.timestamp_micros())?.naive_utc();
    (1971..=9998).contains(&local.year()).then_some(Stamp::Local(local))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::calendar::parse_zone;

    fn micros(text: &str) -> Option<i64> {
        text.parse::<Stamp>().ok().map(|stamp| stamp.instant(parse_zone("Asia/Baghdad").unwrap()).micros())
    }

    #[test]
    fn every_way_of_writing_an_instant_gives_the_same_one() {
        for text in [
            "2026-09-07T09:45:11.748393+03:00",
            "2026-09-07T06:45:11.7483939Z",
            "2026-09-07T09:45:11.748393",
            "2026-09-07 09:45:11.748393",
            "1788763511.748393",
            "1788763511.7483939",
            "1.788763511748393e9",
        ] {
            assert_eq!(micros(text), Some(1_788_763_511_748_393), "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in [
            "",
            "now",
            "2026-09-07",
            "09:45",
            "2026-9-7 9:45:11",
            "2026-09-07T09:45",
            "2026-02-30 09:45:11",
            "2026-09-07T09:45:11+0300",
            "1788763511748",
            "-1",
            "-0.0000001",
            "1970-12-31 23:59:59",
            "9999-01-01 00:00:00",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
        assert_eq!(micros("-0"), Some(0));
    }

    #[test]
    fn a_local_time_in_the_repeated_hour_is_the_first_of_the_two() {
        let stockholm = parse_zone("Europe/Stockholm").unwrap();
        let at = |text: &str| text.parse::<Stamp>().unwrap().instant(stockholm);
        assert_eq!(at("2026-10-25 02:30:00"), "2026-10-25T02:30:00+02:00".parse().unwrap());
        assert_eq!(at("2026-03-29 02:30:00"), "2026-03-29T03:00:00+02:00".parse().unwrap());
    }
}
