//! Actions of people on the register: marks and excuses, planned before they are applied.

use chrono::NaiveTime;

use crate::domain::register::effect::{Altered, Effect, Register};
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;

/// A decision of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Adds a mark. Excused without a period is an excuse for the whole time.
    Mark(MarkDecision),
    /// Marks and excuses are taken back.
    TakeBack,
    /// Students leave at a time of day, now by default, until they are back or the day ends.
    Leave(Option<NaiveTime>),
    /// Students who left are back at a time of day, now by default.
    Return(Option<NaiveTime>),
}

impl Act {
    /// The word people type.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Mark(decision) => decision.word(),
            Self::TakeBack => "unmarked",
            Self::Leave(_) => "left",
            Self::Return(_) => "back",
        }
    }
}

/// A row of a register that an act changes.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Which register.
    pub occurrence: Occurrence,
    /// Identity of the student.
    pub student: StudentId,
    /// The row before and after.
    pub altered: Altered,
    /// The mark that the action adds. `None` if an excuse changes the status.
    pub mark: Option<Mark>,
}

/// The effect of an act.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The rows that change, by date, start and code.
    pub rows: Vec<Row>,
    /// Excuses that are given.
    pub given: Vec<(StudentId, Excuse)>,
    /// Excuses that end, each followed by rows for what is left of it.
    pub ended: Vec<(StudentId, Excuse, Vec<Excuse>)>,
    /// The affected students with their codes.
    pub students: Vec<(StudentId, String)>,
}

impl Plan {
    /// The effect on registers that have begun by `now`.
    pub(crate) fn effect(&self, now: Instant) -> Effect {
        let begun = |rows: &&[Row]| rows[0].occurrence.has_begun(now);
        let registers = self.rows.chunk_by(|a, b| a.occurrence.id == b.occurrence.id).filter(begun);
        let register = |rows: &[Row]| Register {
            occurrence: rows[0].occurrence.clone(),
            rows: rows.iter().map(|row| row.altered.clone()).collect(),
        };
        Effect { registers: registers.map(register).collect(), retold: None }
    }

    /// The reason that its marks and excuses hold.
    pub(crate) fn reason(&self) -> Option<&str> {
        let mark = self.rows.iter().find_map(|row| row.mark.as_ref()).and_then(|mark| mark.reason.as_deref());
        mark.or_else(|| self.given.first().and_then(|(_, excuse)| excuse.reason.as_deref()))
    }

    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.given.is_empty() && self.ended.is_empty()
    }
}

/// A mark or an excuse in force.
#[derive(Debug)]
pub(crate) enum Decided {
    /// A mark in an occurrence.
    Mark(Occurrence, Mark),
    /// An excuse for a span.
    Excuse(Excuse),
}

/// One line of the list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub code: String,
    pub name: String,
    /// The mark or excuse.
    pub decided: Decided,
}

impl Listed {
    /// When it begins.
    pub(crate) fn from(&self) -> Instant {
        match &self.decided {
            Decided::Mark(occurrence, _) => occurrence.starts_at,
            Decided::Excuse(excuse) => excuse.stretch.from,
        }
    }
}
