//! The class register: a class over some dates, a row for each student and a cell for each period.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::register::mark::MarkDecision;
use crate::domain::register::status::{BriefJudgement, Counts, Judgement, Status};

/// The letters of a register that is filled in by hand, each with its mark.
pub(crate) const LETTERS: [(&str, MarkDecision); 4] = [
    ("P", MarkDecision::Present),
    ("L", MarkDecision::Late(None)),
    ("A", MarkDecision::Absent),
    ("E", MarkDecision::Excused),
];

/// The letter of a judgement; `None`: it is not decided.
pub(crate) fn letter(judged: impl Into<BriefJudgement>) -> Option<&'static str> {
    let judged = judged.into();
    let decision = match judged.status {
        Status::Present if judged.late => MarkDecision::Late(None),
        Status::Present => MarkDecision::Present,
        Status::Absent => MarkDecision::Absent,
        Status::Excused => MarkDecision::Excused,
        Status::LowScore | Status::Unknown | Status::Expected | Status::Elsewhere => return None,
    };
    LETTERS.iter().find(|(_, known)| *known == decision).map(|(letter, _)| *letter)
}

/// One class over some dates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClassRegister {
    /// Name of the class.
    pub class: String,
    /// The dates, both included.
    pub dates: RangeInclusive<NaiveDate>,
    /// The dates with a period or a closure, in order.
    pub days: Vec<ClassDay>,
    /// The students who were in the class on any of the dates, by code.
    pub rows: Vec<ClassRow>,
}

/// A date of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassDay {
    pub date: NaiveDate,
    /// Names of the periods that expect the class, in order.
    pub periods: Vec<String>,
    /// Names of the sessions with some of these periods, in order.
    pub sessions: Vec<String>,
    /// Why nothing is held.
    pub closure: Option<String>,
}

/// A student of a class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClassRow {
    pub code: String,
    pub name: String,
    /// A cell for each period of each day.
    pub cells: Vec<Vec<ClassCell>>,
    /// The outcome in each session of each day, from all of the student's periods. `None`: it has not begun, does not
    /// expect the student, or the student was in another class in its first period.
    pub sessions: Vec<Vec<Option<BriefJudgement>>>,
    /// The cells that have begun, by status.
    pub counts: Counts,
    /// Minutes late in all of them.
    pub minutes_late: i64,
}

/// A student in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassCell {
    /// Not in the class at its start.
    NotEnrolled,
    /// The period has not begun.
    Ahead,
    /// It has begun.
    Judged(Judgement),
}

impl ClassRow {
    /// The sessions that have begun, by status.
    pub(crate) fn session_counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.sessions.iter().flatten().flatten().for_each(|outcome| counts.add(*outcome));
        counts
    }
}
