//! Visits of a simulated day: the students who were really there, independent of the cameras.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::time::Instant;

/// One student in one occurrence of a simulated day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Local date of the occurrence.
    pub date: NaiveDate,
    /// Name of its period.
    pub period: Arc<str>,
    /// Code of the student.
    pub code: String,
    /// When the student came; `None`: never.
    pub arrived_at: Option<Instant>,
    /// The code that the cameras report, which is wrong if they mistake the student for another. `None` for students
    /// who never came.
    pub seen_as: Option<String>,
}
