//! The audit log: changes with author and time. Lines of runners are not logged.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;

/// A change that a person made, or a job on behalf of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// When.
    pub at: Instant,
    /// The author.
    pub by: &'a str,
    /// The command, such as `period edit`.
    pub action: &'static str,
    /// Identity of the student, if it is about one student.
    pub student: Option<StudentId>,
    /// The details. They must not contain a code or a name of a student, or the reason of a mark, so that an erasure
    /// need not search them.
    pub detail: String,
}

impl Deed<'_> {
    /// The same, about one student.
    #[must_use]
    pub fn about(self, student: StudentId) -> Self {
        Self { student: Some(student), ..self }
    }
}

/// A listed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the log, from 1.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// The author.
    pub by: String,
    /// The kind of action.
    pub action: String,
    /// Code of the student it is about.
    pub student: Option<String>,
    pub detail: String,
}

/// A selection of entries. By default it selects all.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditSelection {
    /// The first and last instant, inclusive.
    pub window: Option<RangeInclusive<Instant>>,
    /// Only those of this person.
    pub by: Option<String>,
    /// Only those about the student of this identity.
    pub about: Option<StudentId>,
    /// At most this many entries, newest first.
    pub limit: Option<u32>,
}

/// Dates as a detail tells them: `2026-09-07`, or `2026-09-07..2026-09-11`.
pub(crate) fn dates(dates: &RangeInclusive<NaiveDate>) -> String {
    let (first, last) = (dates.start(), dates.end());
    if first == last { first.to_string() } else { format!("{first}..{last}") }
}
