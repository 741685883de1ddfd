//! The audit log: who did what, and when. Facts that come in from runners are no deeds.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;

/// Something a person, or a job in a person's name, has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// When.
    pub at: Instant,
    /// The author.
    pub by: &'a str,
    /// The words of the command that did it, such as `period edit`.
    pub action: &'static str,
    /// Identity of the one student it is about, where it is about one.
    pub student: Option<StudentId>,
    /// The details. Never a code or a name of a student, nor the reason of a mark: those are erased at their source.
    pub detail: String,
}

impl Deed<'_> {
    /// The same, about one student.
    #[must_use]
    pub fn about(self, student: StudentId) -> Self {
        Self { student: Some(student), ..self }
    }
}

/// A deed as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log, from 1.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// The author.
    pub by: String,
    /// The kind of action.
    pub action: String,
    /// Code of the student it is about.
    pub student: Option<String>,
    /// The details.
    pub detail: String,
}

/// Which deeds are meant; nothing set: all of them.
#[derive(Debug, Clone, Default)]
pub struct AuditSelection {
    /// From this instant to that, both included.
    pub window: Option<RangeInclusive<Instant>>,
    /// Only those of this person.
    pub by: Option<String>,
    /// Only those about the student of this identity.
    pub about: Option<StudentId>,
    /// At most this many entries, newest first.
    pub limit: Option<u32>,
}

/// Dates as a detail tells them: `2026-09-07`, or `2026-09-07..2026-09-11`.
pub fn dates(dates: &RangeInclusive<NaiveDate>) -> String {
    let (first, last) = (dates.start(), dates.end());
    if first == last { first.to_string() } else { format!("{first}..{last}") }
}
