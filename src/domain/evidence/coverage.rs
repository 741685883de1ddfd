//! Coverage: the part of an occurrence during which some camera was demonstrably alive.
//!
//! A blind camera must never become an absence. Signs of life are heartbeats and recognitions; they
//! are counted in whole minutes, because "some camera lived in this minute" does not depend on the
//! order in which runners report, and a minute is finer than any school needs.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::Occurrence;

/// The minutes (since the Unix epoch) in which some camera showed a sign of life.
pub type AliveMinutes = BTreeSet<i64>;

/// Coverage of one occurrence so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Minutes without grace, up to now, in which a camera was alive.
    pub alive: u32,
    /// Minutes without grace, up to now.
    pub minutes: u32,
    /// Whether there was any sign of life in the whole window, grace included.
    pub any: bool,
}

impl Coverage {
    /// Measures `occurrence` as far as it has gone at `now`.
    pub fn of(occurrence: &Occurrence, now: Instant, alive: &AliveMinutes) -> Self {
        let core = minutes(occurrence.starts_at, occurrence.ends_at.min(now));
        let (first, last) = (*core.start(), *core.end());
        let window = minutes(occurrence.opens_at, occurrence.closes_at);
        Self {
            alive: if core.is_empty() { 0 } else { count(alive.range(core).count()) },
            minutes: count(usize::try_from(last - first + 1).unwrap_or_default()),
            any: alive.range(window).next().is_some(),
        }
    }

    /// The coverage of an occurrence that is over, as it was noted down when the evidence was pruned.
    pub fn noted(occurrence: &Occurrence, alive: u32, any: bool) -> Self {
        let core = minutes(occurrence.starts_at, occurrence.ends_at);
        Self { alive, minutes: count(core.count()), any }
    }

    /// Covered share in percent, 0 to 100; `None` before the occurrence has begun.
    pub fn percent(&self) -> Option<f64> {
        (self.minutes > 0).then(|| f64::from(self.alive) * 100.0 / f64::from(self.minutes))
    }

    /// Whether nobody can be called absent: less was seen than `min_percent` demands, or, where the
    /// school demands nothing, there was no sign of life at all.
    pub fn is_blind(&self, min_percent: Option<f64>) -> bool {
        match (min_percent, self.percent()) {
            (Some(min), Some(percent)) => !self.any || percent < min,
            _ => !self.any,
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The minutes from `from` up to, but not into, `to`: periods end on full minutes, and a sign of life
/// in the minute after the end proves nothing about the time before it.
pub fn minutes(from: Instant, to: Instant) -> RangeInclusive<i64> {
    from.minute()..=(to - Span::from_micros(1)).minute()
}

/// The longest a heartbeat may speak for the time around it, in minutes: bounds how far one has to look.
pub const LONGEST_REACH: i64 = 60;

/// The minutes a heartbeat speaks for: its own, and as many to either side as lie within its
/// interval, so that a runner that beats every five minutes is alive in between.
pub fn heartbeat_minutes(minute: i64, every: Span) -> RangeInclusive<i64> {
    let reach = every.whole_minutes();
    minute - reach..=minute + reach
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::timetable::occurrence::OccurrenceId;
    use crate::domain::timetable::occurrence::State;

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    /// Minutes 10 to 20, five minutes of grace on both sides.
    pub(crate) fn occurrence() -> Occurrence {
        Occurrence {
            id: OccurrenceId(1),
            period: "A".into(),
            date: NaiveDate::default(),
            order: 1,
            starts_at: at(10),
            ends_at: at(20),
            opens_at: at(5),
            closes_at: at(25),
            late_after: None,
            groups: Default::default(),
            state: State::Planned,
        }
    }

    #[test]
    fn coverage_counts_minutes_of_core_time_and_any_sign_in_the_window() {
        let none = Coverage { alive: 0, minutes: 10, any: false };
        for (alive, expected) in [
            (vec![], none),
            (vec![4, 25, 26], none),
            (vec![5], Coverage { any: true, ..none }),
            (vec![24], Coverage { any: true, ..none }),
            (vec![9, 10, 19, 20], Coverage { alive: 2, any: true, ..none }),
            ((0..40).collect(), Coverage { alive: 10, any: true, ..none }),
        ] {
            let set: AliveMinutes = alive.iter().copied().collect();
            assert_eq!(Coverage::of(&occurrence(), at(60), &set), expected, "{alive:?}");
        }
    }

    #[test]
    fn an_occurrence_in_progress_is_measured_up_to_now() {
        let alive: AliveMinutes = (10..13).collect();
        let coverage = Coverage::of(&occurrence(), at(14), &alive);
        assert_eq!((coverage.alive, coverage.minutes, coverage.percent()), (3, 4, Some(75.0)));
        assert_eq!(Coverage::of(&occurrence(), at(7), &alive).percent(), None);
    }

    #[test]
    fn blindness_is_no_sign_at_all_or_less_than_the_school_demands() {
        let half = Coverage { alive: 5, minutes: 10, any: true };
        assert!(!half.is_blind(None) && !half.is_blind(Some(50.0)) && half.is_blind(Some(50.1)));
        assert!(Coverage { any: false, alive: 0, minutes: 10 }.is_blind(None));
    }

    #[test]
    fn a_slow_heartbeat_speaks_for_the_minutes_between() {
        assert_eq!(heartbeat_minutes(100, Span::seconds(30)), 100..=100);
        assert_eq!(heartbeat_minutes(100, Span::seconds(300)), 95..=105);
    }
}
