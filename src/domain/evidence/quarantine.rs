//! Lines in quarantine: refused, and kept until someone decides.

use crate::domain::evidence::reason::Reason;
use crate::domain::time::Instant;

/// A line that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Identity, rising in the order of arrival.
    pub id: i64,
    /// When it arrived: the instant of a sighting that does not tell one.
    pub received_at: Instant,
    /// The runner that sent it.
    pub runner: String,
    /// The reason of its ack.
    pub reason: Reason,
    /// The reason in words.
    pub detail: String,
    /// The line as it came.
    pub line: Vec<u8>,
}

/// An identity that is not on the roll, with the lines that wait under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// A code, the name in a face library, a card number or a PIN, as it came.
    pub identity: String,
    /// Lines that wait under it.
    pub lines: u32,
    /// When the latest of them arrived.
    pub last: Instant,
}

/// Which lines are meant; nothing set: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineSelection {
    /// Only this one.
    pub id: Option<i64>,
    /// Only those refused for this reason.
    pub reason: Option<Reason>,
}

impl QuarantineSelection {
    /// The lines that were refused for one reason.
    pub fn of(reason: Reason) -> Self {
        Self { id: None, reason: Some(reason) }
    }
}
