//! Lines in quarantine: refused, and kept until someone decides.

use crate::domain::time::Instant;

/// The reasons that a better roll undoes.
pub const ROLL_REASONS: [&str; 2] = ["unknown_student", "inactive_student"];

/// A line that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Identity, rising in the order of arrival.
    pub id: i64,
    /// When it arrived: the instant of a sighting that does not tell one.
    pub received_at: Instant,
    /// Who sent it.
    pub runner: String,
    /// The reason of its ack.
    pub reason: String,
    /// The reason in words.
    pub detail: String,
    /// The line as it came.
    pub line: Vec<u8>,
}

/// Which lines are meant; nothing set: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only this one.
    pub id: Option<i64>,
    /// Only those refused for this reason.
    pub reason: Option<String>,
}

impl Selection {
    /// The lines of students who were not known.
    pub fn unknown_students() -> Self {
        Self { id: None, reason: Some(ROLL_REASONS[0].to_owned()) }
    }
}
