//! Odd days: occurrences that differ from their weekly period on one date.

use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;

/// How an occurrence differs from its weekly period. `schedule generate` does not change it until it is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// It is held at other times, or not held.
    Moved,
    /// Its period is not held on that weekday, or it has none.
    Added,
}

impl Odd {
    /// The word stored.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Added => "added",
        }
    }

    /// Reads the word back.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Moved, Self::Added].into_iter().find(|odd| odd.word() == word)
    }
}

/// The same occurrence at other times, with the same graces.
pub(crate) fn retimed(known: &Occurrence, starts_at: Instant, ends_at: Instant) -> Occurrence {
    let (early, late) = (known.starts_at - known.opens_at, known.closes_at - known.ends_at);
    Occurrence { starts_at, ends_at, opens_at: starts_at - early, closes_at: ends_at + late, ..known.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::domain::timetable::occurrence::{OccurrenceId, OccurrenceState};
    use crate::domain::timetable::period::Groups;
    use crate::domain::timetable::place::Criteria;

    #[test]
    fn graces_move_with_the_times() {
        let minute = |minute: i64| Instant::from_micros(0) + Span::minutes(minute);
        let known = Occurrence {
            id: OccurrenceId(1),
            period: "A".into(),
            date: chrono::NaiveDate::default(),
            order: 1,
            starts_at: minute(10),
            ends_at: minute(20),
            opens_at: minute(5),
            closes_at: minute(30),
            late_after: None,
            closes_after: None,
            groups: Groups::default(),
            criteria: Criteria::default(),
            state: OccurrenceState::Planned,
        };
        let moved = retimed(&known, minute(40), minute(45));
        let times = [moved.opens_at, moved.starts_at, moved.ends_at, moved.closes_at];
        assert_eq!(times, [35, 40, 45, 55].map(minute));
    }
}
