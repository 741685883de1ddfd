//! Excuses: spans of time in which a student need not be there, even if no occurrences are scheduled in them yet.
//!
//! An excuse is evaluated when a register is read. It never makes anyone expected, and it ranks below an
//! accepted recognition: an excused student who comes is present.

use crate::domain::roll::enrolment::Stretch;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;

/// Identity of an excuse in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExcuseId(pub i64);

/// The kind of an excuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Need not come.
    Excused,
    /// Came, and left with permission.
    Left,
}

impl Kind {
    /// The word used in commands, JSON and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Excused => "excused",
            Self::Left => "left",
        }
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Excused, Self::Left].into_iter().find(|kind| kind.word() == word)
    }
}

/// A span in which a student is excused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Identity; 0 while it is only planned.
    pub id: ExcuseId,
    pub kind: Kind,
    /// The span, half open.
    pub stretch: Stretch,
    /// The author.
    pub by: String,
    /// When it was entered.
    pub at: Instant,
    /// The reason, if one was given.
    pub reason: Option<String>,
    /// The person who took it back, and the time.
    pub taken_back: Option<(String, Instant)>,
}

impl Excuse {
    /// Whether it is in force and overlaps an occurrence.
    pub fn covers(&self, occurrence: &Occurrence) -> bool {
        self.taken_back.is_none() && overlap(self.stretch, span_of(occurrence))
    }

    /// The parts of it that are left when `gone` is taken out.
    pub fn without(&self, gone: Stretch) -> Vec<Self> {
        let Stretch { from, until } = self.stretch;
        let parts =
            [Stretch { from, until: until.min(gone.from) }, Stretch { from: from.max(gone.until), until }];
        let parts = parts.into_iter().filter(|part| part.from < part.until);
        parts.map(|stretch| Self { id: ExcuseId::default(), stretch, ..self.clone() }).collect()
    }
}

/// The core time of an occurrence, half open.
pub(crate) fn span_of(occurrence: &Occurrence) -> Stretch {
    Stretch { from: occurrence.starts_at, until: occurrence.ends_at }
}

/// Whether two spans share an instant.
pub(crate) fn overlap(one: Stretch, other: Stretch) -> bool {
    one.from < other.until && other.from < one.until
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;

    fn excuse(from: i64, until: i64) -> Excuse {
        let minute = |minute: i64| Instant::from_micros(minute * 60_000_000);
        Excuse {
            id: ExcuseId(1),
            kind: Kind::Excused,
            stretch: Stretch { from: minute(from), until: minute(until) },
            by: "ms-lee".into(),
            at: minute(0),
            reason: None,
            taken_back: None,
        }
    }

    #[test]
    fn an_excuse_covers_what_it_overlaps_half_open() {
        // The occurrence lasts from minute 10 to minute 20.
        for (from, until, expected) in
            [(0, 10, false), (0, 11, true), (12, 13, true), (19, 30, true), (20, 30, false)]
        {
            assert_eq!(excuse(from, until).covers(&occurrence()), expected, "{from}..{until}");
        }
        let taken_back = Some(("ms-lee".to_owned(), Instant::from_micros(0)));
        assert!(!Excuse { taken_back, ..excuse(0, 30) }.covers(&occurrence()));
    }

    #[test]
    fn taking_a_part_out_leaves_both_ends() {
        for (from, until, expected) in [
            (3, 5, vec![(0, 3), (5, 9)]),
            (0, 5, vec![(5, 9)]),
            (5, 9, vec![(0, 5)]),
            (0, 9, vec![]),
            (9, 12, vec![(0, 9)]),
        ] {
            let left = excuse(0, 9).without(excuse(from, until).stretch);
            let left: Vec<_> = left.iter().map(|excuse| excuse.stretch).collect();
            let expected: Vec<_> =
                expected.into_iter().map(|(from, until)| excuse(from, until).stretch).collect();
            assert_eq!(left, expected, "{from}..{until}");
        }
    }
}
