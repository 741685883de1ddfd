//! A time zone: a name of the IANA database, and the rules that turn its wall clock into instants and back.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike, Utc,
};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};
use jiff::tz::AmbiguousOffset;

use crate::domain::Invalid;
use crate::domain::suggest::did_you_mean;
use crate::domain::time::Instant;

/// Version of the rules that are compiled in, such as `2025b`.
pub const COMPILED_IN: &str = chrono_tz::IANA_TZDB_VERSION;

/// A set of rules for all zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Its version, such as `2026a`: the year of its release, and a letter that counts releases.
    pub version: String,
    /// The folder with one file for each zone; `None`: compiled in.
    pub folder: Option<PathBuf>,
}

impl RuleSet {
    /// The compiled-in rules.
    pub fn compiled_in() -> Self {
        Self { version: COMPILED_IN.to_owned(), folder: None }
    }

    /// Whether the end of the version's year is more than a year ago.
    pub fn is_old(&self, today: NaiveDate) -> bool {
        let year: Option<i32> = self.version.get(..4).and_then(|year| year.parse().ok());
        year.is_some_and(|year| year + 1 < today.year())
    }
}

impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.folder {
            Some(folder) => write!(f, "{} ({})", self.version, folder.display()),
            None => write!(f, "{} (compiled in)", self.version),
        }
    }
}

/// A zone of the IANA database with the rules in force. Cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// The name and the compiled-in rules.
    compiled: Tz,
    /// Newer rules, if the system has them.
    newer: Option<&'static Rules>,
}

/// The rules of one zone, read from a file in the TZif format (RFC 9636). Beyond the last change that the file
/// lists, the POSIX rule at its end holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules(jiff::tz::TimeZone);

impl Rules {
    /// Reads the bytes of a TZif file; `None`: they are damaged.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Option<Self> {
        jiff::tz::TimeZone::tzif(name, bytes).ok().map(Self)
    }

    fn offset_at(&self, at: Instant) -> Option<FixedOffset> {
        fixed(self.0.to_offset(jiff::Timestamp::from_microsecond(at.micros()).ok()?))
    }

    fn instants(&self, local: NaiveDateTime) -> Option<WallClock> {
        let at = |offset| Some(fixed(offset)?.from_local_datetime(&local).single()?.to_utc().into());
        Some(match self.0.to_ambiguous_timestamp(civil(local)?).offset() {
            AmbiguousOffset::Unambiguous { offset } => WallClock::Once(at(offset)?),
            AmbiguousOffset::Fold { before, after } => WallClock::Twice(at(before)?, at(after)?),
            AmbiguousOffset::Gap { after, .. } => {
                // With the offset that holds after the gap, a time inside it comes to an instant before it.
                let earlier: Instant = at(after)?;
                let earlier = jiff::Timestamp::from_microsecond(earlier.micros()).ok()?;
                let change = self.0.following(earlier).find(|change| change.offset() == after)?;
                WallClock::Skipped(Instant::from_micros(change.timestamp().as_microsecond()))
            }
        })
    }
}

/// The instants at which the clocks of a zone show a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallClock {
    /// Once, at this instant.
    Once(Instant),
    /// Twice, the earlier one first, because the clocks went back.
    Twice(Instant, Instant),
    /// Never, because the clocks skipped it at this instant.
    Skipped(Instant),
}

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self::compiled_in(Tz::UTC);

    /// A zone with the compiled-in rules.
    const fn compiled_in(zone: Tz) -> Self {
        Self { compiled: zone, newer: None }
    }

    /// Every name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The same zone under newer rules.
    pub const fn with_rules(self, rules: &'static Rules) -> Self {
        Self { newer: Some(rules), ..self }
    }

    /// Its IANA name.
    pub fn name(self) -> &'static str {
        self.compiled.name()
    }

    /// The wall clock at an instant.
    pub fn local(self, at: Instant) -> DateTime<FixedOffset> {
        let utc = at.to_utc();
        let newer = self.newer.and_then(|rules| rules.offset_at(at));
        let offset = newer.unwrap_or_else(|| self.compiled.offset_from_utc_datetime(&utc.naive_utc()).fix());
        utc.with_timezone(&offset)
    }

    /// When the wall clock shows a local time.
    pub fn instants(self, local: NaiveDateTime) -> WallClock {
        let newer = self.newer.and_then(|rules| rules.instants(local));
        newer.unwrap_or_else(|| compiled_instants(self.compiled, local))
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    /// The zone of an IANA name, with the compiled-in rules.
    fn from_str(name: &str) -> Result<Self, Invalid> {
        name.parse().map(Self::compiled_in).map_err(|_| {
            let hint = did_you_mean(name, Self::names())
                .unwrap_or_else(|| "write an IANA name, such as Asia/Baghdad or Europe/Stockholm".to_owned());
            Invalid::new(format!("no time zone is called {name:?}")).hint(hint)
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn compiled_instants(zone: Tz, local: NaiveDateTime) -> WallClock {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => WallClock::Once(at.to_utc().into()),
        LocalResult::Ambiguous(first, second) => {
            WallClock::Twice(first.to_utc().into(), second.to_utc().into())
        }
        LocalResult::None => {
            let end = GapInfo::new(&local, &zone).and_then(|gap| gap.end);
            let end = end.map_or_else(|| Utc.from_utc_datetime(&local), |end| end.to_utc());
            WallClock::Skipped(end.into())
        }
    }
}

fn fixed(offset: jiff::tz::Offset) -> Option<FixedOffset> {
    FixedOffset::east_opt(offset.seconds())
}

/// The same local time for the other library; `None` after the year 9999.
fn civil(local: NaiveDateTime) -> Option<jiff::civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(local.year()).ok()?;
    let (hour, minute, second) = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    let nanosecond = i32::try_from(local.nanosecond()).ok()?;
    let (month, day) = (small(local.month())?, small(local.day())?);
    jiff::civil::DateTime::new(year, month, day, hour, minute, second, nanosecond).ok()
}

/// The version in the first line of the file `tzdata.zi`: `# version 2026a`. Versions are ordered as text.
pub fn version_in(tzdata_zi: &str) -> Option<&str> {
    let version = tzdata_zi.lines().next()?.strip_prefix("# version ")?.trim();
    let (year, release) = version.split_at_checked(4)?;
    let dated = year.bytes().all(|byte| byte.is_ascii_digit());
    (dated && release.starts_with(|c: char| c.is_ascii_lowercase())).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_in_the_first_line() {
        for (text, version) in [
            ("# version 2026a\n# This zic input", Some("2026a")),
            ("# version 2026a", Some("2026a")),
            ("# version 2025b-12-g0123abc\n", Some("2025b-12-g0123abc")),
            ("# version unknown\n", None),
            ("# version 2026", None),
            ("# redo\n# version 2026a\n", None),
            ("", None),
        ] {
            assert_eq!(version_in(text), version, "{text:?}");
        }
        assert_eq!(version_in(&format!("# version {COMPILED_IN}")), Some(COMPILED_IN));
    }

    #[test]
    fn rules_are_old_in_the_second_year_after_their_release() {
        let on = |date: &str| RuleSet { version: "2025b".into(), folder: None }.is_old(date.parse().unwrap());
        assert_eq!(["2025-03-01", "2026-12-31", "2027-01-01"].map(on), [false, false, true]);
    }

    #[test]
    fn damaged_rules_are_refused() {
        for bytes in [&b""[..], b"TZif", b"TZif2\0\0\0\0\0\0\0\0\0\0\0", b"UTC0\n"] {
            assert_eq!(Rules::from_tzif("Asia/Baghdad", bytes), None, "{bytes:?}");
        }
    }
}
