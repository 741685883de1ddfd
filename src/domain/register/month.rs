//! The grid of one student: a row for each date, a column for each period.

use chrono::NaiveDate;

use crate::domain::register::gap::Gaps;
use crate::domain::register::status::{BriefJudgement, Counts};
use crate::domain::roll::student::Student;

/// The dates of one student.
#[derive(Debug)]
pub(crate) struct Month {
    /// The student as at the last date.
    pub student: Student,
    /// Names of the periods that expected the student on any of the dates, in their order.
    pub periods: Vec<String>,
    /// The dates with a period or a closure, in order.
    pub days: Vec<MonthLine>,
    /// Everything together.
    pub counts: Counts,
}

/// One date.
#[derive(Debug, Clone)]
pub(crate) struct MonthLine {
    pub date: NaiveDate,
    /// The outcome in each of the periods; `None`: not held, not begun, or not for this student.
    pub outcomes: Vec<Option<BriefJudgement>>,
    /// Reasons of marks and excuses, or of the closure.
    pub remarks: Vec<String>,
    /// The periods in which the student is unknown.
    pub gaps: Gaps,
}
