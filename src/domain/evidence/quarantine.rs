//! Lines in quarantine: refused lines that are kept until a person retries or drops them.

use crate::domain::evidence::reason::Reason;
use crate::domain::time::Instant;

/// A line in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Identity. It grows in the order of arrival.
    pub id: i64,
    /// When it arrived. This is the instant of a sighting without `ts`.
    pub received_at: Instant,
    /// The runner that sent it.
    pub runner: String,
    /// The reason of its ack.
    pub reason: Reason,
    /// The reason in words.
    pub detail: String,
    /// The line as it arrived.
    pub line: Vec<u8>,
}

/// An identity that is not on the roll, with the lines that wait under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownName {
    /// A code, the name in a face library, a card number or a PIN, as it came.
    pub identity: String,
    /// Lines that wait under it.
    pub lines: u32,
    /// When the latest of them arrived.
    pub last: Instant,
}

/// A selection of lines. By default it selects all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct QuarantineSelection {
    /// Only this one.
    pub id: Option<i64>,
    /// Only those refused for this reason.
    pub reason: Option<Reason>,
}

impl QuarantineSelection {
    /// The lines that were refused for one reason.
    pub(crate) fn of(reason: Reason) -> Self {
        Self { id: None, reason: Some(reason) }
    }
}
