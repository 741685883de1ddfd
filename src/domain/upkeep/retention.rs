//! Retention: how long raw events are kept, and the plan of a deletion.
//!
//! The plan is a value. `--dry-run` prints the value that would be applied.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Days, Months, NaiveDate};

use crate::domain::Invalid;
use crate::domain::evidence::sight::LOOK_BACK;
use crate::domain::time::calendar::{day, local_date};
use crate::domain::time::{Instant, Span, Zone};

/// The longest retention in days: a hundred years. A month counts as 30 days.
const LONGEST: u32 = 36_500;

/// The maximum age of events in calendar days before today. At least one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// A number of days.
    Days(u32),
    /// A number of months, to the same day of the month or else to its last day.
    Months(u32),
}

impl FromStr for Age {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let unreadable = || {
            Invalid::new(format!("{text:?} is not an age"))
                .hint("write whole days, weeks or months: 90d, 12w, 6mo")
        };
        let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
        let number: u32 = text[..unit].parse().map_err(|_| unreadable())?;
        let (age, days) = match text[unit..].trim_start() {
            "d" => (Self::Days(number), Some(number)),
            "w" => (Self::Days(number.saturating_mul(7)), number.checked_mul(7)),
            "mo" => (Self::Months(number), number.checked_mul(30)),
            _ => return Err(unreadable()),
        };
        match days {
            Some(0) => Err(Invalid::new("an age of zero would delete everything")
                .hint("the shortest age is one day: 1d")),
            Some(1..=LONGEST) => Ok(age),
            _ => Err(Invalid::new(format!("{text:?} is more than a hundred years"))
                .hint("to keep events for ever, do not prune them")),
        }
    }
}

impl Age {
    /// The first date whose events are kept.
    pub fn keeps_from(self, today: NaiveDate) -> NaiveDate {
        let date = match self {
            Self::Days(days) => today.checked_sub_days(Days::new(days.into())),
            Self::Months(months) => today.checked_sub_months(Months::new(months)),
        };
        date.unwrap_or(NaiveDate::MIN)
    }
}

/// The tables that retention deletes from, in order. When you add a table of events, add a line here
/// and its query in `store/upkeep/retention.rs`.
pub const TABLES: [Table; 6] =
    [Table::Recognitions, Table::Heartbeats, Table::Quarantine, Table::Jobs, Table::Runs, Table::Messages];

/// A table of events that grow old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Recognitions of cameras.
    Recognitions,
    /// The minutes in which cameras were alive.
    Heartbeats,
    /// Refused lines, by their arrival.
    Quarantine,
    /// Last runs of the batch jobs.
    Jobs,
    /// Runs of our batch commands. The latest run of each outcome is kept.
    Runs,
    /// Messages that were sent or given up.
    Messages,
}

impl Table {
    /// Its name in the plan.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Recognitions => "recognitions",
            Self::Heartbeats => "heartbeats",
            Self::Quarantine => "quarantine",
            Self::Jobs => "jobs",
            Self::Runs => "runs",
            Self::Messages => "messages",
        }
    }

    /// The first instant whose rows are kept. Rows that registers depend on are kept from the watermark on. A
    /// heartbeat vouches for minutes to either side of it, so heartbeats that reach past the watermark are kept,
    /// too.
    pub fn cutoff(self, cutoff: Instant, watermark: Option<Instant>) -> Instant {
        match self {
            Self::Recognitions => watermark.unwrap_or(cutoff),
            Self::Heartbeats => watermark.unwrap_or(cutoff) - Span::minutes(LOOK_BACK),
            Self::Quarantine | Self::Jobs | Self::Runs | Self::Messages => cutoff,
        }
    }
}

/// The rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowsFound {
    /// Rows before the cut-off.
    pub rows: u64,
    /// The oldest of all.
    pub oldest: Option<Instant>,
    /// The newest of all.
    pub newest: Option<Instant>,
}

/// The rows of one table that are to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which table.
    pub table: Table,
    /// The first instant whose rows stay.
    pub cutoff: Instant,
    /// The rows before pruning.
    pub found: RowsFound,
}

/// The part of the register that is to be deleted on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// The first date whose records and marks are kept.
    pub keeps_from: NaiveDate,
    /// The first instant of that date.
    pub cutoff: Instant,
    /// Records.
    pub records: u64,
    /// Marks.
    pub marks: u64,
    /// Occurrences of the schedule.
    pub occurrences: u64,
    /// When the first of these occurrences starts.
    pub oldest: Option<Instant>,
}

/// The new watermark: the cut-off, but not later than the midnight after the newest event, so that a clock that is
/// ahead does not cause later lines to be refused. `None` without events.
pub fn watermark(keeps_from: NaiveDate, newest: Option<Instant>, zone: Zone) -> Option<Instant> {
    let after = local_date(newest?, zone).succ_opt()?;
    Some(midnight(keeps_from.min(after), zone))
}

/// The deletion plan: everything before the cut-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The first date that is kept.
    pub keeps_from: NaiveDate,
    /// The first instant of that date.
    pub cutoff: Instant,
    /// The new watermark. Lines before it will be refused.
    pub watermark: Option<Instant>,
    /// The deletions in each table.
    pub parts: Vec<Part>,
    /// The deletions in the register.
    pub register: Option<Register>,
}

/// The first instant of a date in the school's zone, so that whole days are deleted even if the clocks change.
pub fn midnight(date: NaiveDate, zone: Zone) -> Instant {
    *day(date, zone).start()
}

/// A plan that deletes all recognitions of more than this many days indicates a wrong clock, because a school that
/// prunes every night deletes one day at a time.
const SUSPICIOUS_DAYS: i64 = 7;

impl Plan {
    /// The number of event rows to be deleted.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.found.rows).sum()
    }

    /// The first and last recognition, if the plan deletes all of them and they span more than a few days.
    pub fn leaves_nothing_of(&self) -> Option<RangeInclusive<Instant>> {
        let part = self.parts.iter().find(|part| part.table == Table::Recognitions)?;
        let (oldest, newest) = (part.found.oldest?, part.found.newest?);
        let long = newest - oldest > Span::days(SUSPICIOUS_DAYS);
        (newest < self.cutoff && long).then_some(oldest..=newest)
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::domain::time::calendar::{parse_date, rfc3339};

    #[test]
    fn ages_count_days_of_the_calendar() {
        for (age, today, first_kept) in [
            ("1d", "2026-09-07", "2026-09-06"),
            ("90d", "2026-09-07", "2026-06-09"),
            ("12w", "2026-09-07", "2026-06-15"),
            ("6mo", "2026-09-07", "2026-03-07"),
            ("1mo", "2026-03-31", "2026-02-28"),
            ("12 mo", "2024-02-29", "2023-02-28"),
        ] {
            let age: Age = age.parse().unwrap();
            let today = parse_date(today).unwrap();
            assert_eq!(age.keeps_from(today), parse_date(first_kept).unwrap(), "{age:?}");
        }
    }

    #[test]
    fn an_age_that_keeps_nothing_or_says_nothing_is_refused() {
        for wrong in [
            "0d",
            "0w",
            "0mo",
            "00d",
            "",
            "90",
            "d",
            "-1d",
            "90m",
            "12h",
            "1.5d",
            "1d1d",
            "4294967295w",
            "36501d",
        ] {
            assert!(wrong.parse::<Age>().is_err(), "{wrong}");
        }
        for nothing in ["0d", "0w", "0mo", "00d"] {
            assert!(nothing.parse::<Age>().unwrap_err().message.contains("would delete everything"));
        }
    }

    #[test]
    fn the_cutoff_is_local_midnight_also_when_the_clocks_change() {
        for (zone, date, midnight) in [
            ("Asia/Baghdad", "2026-06-09", "2026-06-09T00:00:00+03:00"),
            ("Europe/Stockholm", "2026-03-29", "2026-03-29T00:00:00+01:00"),
            ("Europe/Stockholm", "2026-03-30", "2026-03-30T00:00:00+02:00"),
            // The clocks skipped midnight, so the day began at one.
            ("Asia/Beirut", "2026-03-29", "2026-03-29T01:00:00+03:00"),
            // Midnight came twice, and the day began with the first.
            ("America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"),
        ] {
            let zone: Zone = zone.parse().unwrap();
            assert_eq!(rfc3339(super::midnight(parse_date(date).unwrap(), zone), zone), midnight);
        }
    }

    #[test]
    fn the_watermark_does_not_run_ahead_of_the_events() {
        let zone: Zone = "Asia/Baghdad".parse().unwrap();
        let at = |text: &str| -> Instant { text.parse().unwrap() };
        let keeps_from = parse_date("2026-06-09").unwrap();
        for (newest, expected) in [
            (Some(at("2026-09-07T09:00:00+03:00")), Some(at("2026-06-09T00:00:00+03:00"))),
            (Some(at("2026-06-08T23:59:00+03:00")), Some(at("2026-06-09T00:00:00+03:00"))),
            (Some(at("2026-06-05T00:00:00+03:00")), Some(at("2026-06-06T00:00:00+03:00"))),
            (None, None),
        ] {
            assert_eq!(watermark(keeps_from, newest, zone), expected, "{newest:?}");
        }
    }

    #[test]
    fn heartbeats_that_reach_past_the_watermark_stay() {
        let at = |minute: i64| Instant::from_micros(minute * 60_000_000);
        for (table, without, with) in [
            (Table::Recognitions, at(600), at(500)),
            // A heartbeat may vouch for an hour to either side.
            (Table::Heartbeats, at(540), at(440)),
            // Registers do not depend on these.
            (Table::Quarantine, at(600), at(600)),
            (Table::Runs, at(600), at(600)),
        ] {
            assert_eq!(table.cutoff(at(600), None), without, "{table:?}");
            assert_eq!(table.cutoff(at(600), Some(at(500))), with, "{table:?}");
        }
    }

    #[test]
    fn deleting_everything_is_suspicious_and_a_last_day_is_not() {
        let at = |day: i64| Instant::from_micros(day * 86_400_000_000);
        let plan = |oldest, newest, cutoff| Plan {
            keeps_from: NaiveDate::default(),
            cutoff: at(cutoff),
            watermark: None,
            parts: vec![Part {
                table: Table::Recognitions,
                cutoff: at(cutoff),
                found: RowsFound { rows: 9, oldest: Some(at(oldest)), newest: Some(at(newest)) },
            }],
            register: None,
        };
        assert_eq!(plan(0, 60, 100).leaves_nothing_of(), Some(at(0)..=at(60)));
        assert_eq!(plan(0, 60, 60).leaves_nothing_of(), None, "one at the cut-off stays");
        assert_eq!(plan(59, 60, 100).leaves_nothing_of(), None, "the last day before the holidays");
        assert_eq!(plan(53, 60, 100).leaves_nothing_of(), None, "no more than a week");
        assert_eq!(plan(0, 60, 100).rows(), 9);
    }
}
