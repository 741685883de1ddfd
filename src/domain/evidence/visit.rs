//! Visits of a simulated day: who was really there, which no camera can tell.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::time::Instant;

/// One student in one occurrence of a simulated day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Local date of the occurrence.
    pub date: NaiveDate,
    /// Name of its period.
    pub period: Arc<str>,
    /// Code of the student.
    pub code: String,
    /// When the student came; `None`: never.
    pub arrived_at: Option<Instant>,
    /// The code that the cameras report, which is another one where they mistake the student. `None` for students
    /// who never came.
    pub seen_as: Option<String>,
}
