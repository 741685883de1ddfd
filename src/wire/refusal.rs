//! The refusal of a line, and the longest line.

use super::mask::mask_owned;
use crate::domain::evidence::reason::Reason;

/// Longest line accepted, in bytes, without its end.
pub const MAX_LINE: usize = 64 * 1024;

/// Why a line is not stored or does not count: the reason and the words of its ack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, which also gives the status.
    pub reason: Reason,
    /// The member to blame, if one is.
    pub field: Option<&'static str>,
    /// The reason in words, with masked passwords in addresses.
    pub detail: String,
    /// The wait before sending it again, if it should be sent again.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that is final.
    pub fn new(reason: Reason, field: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self { reason, field, detail: mask_owned(detail.into()), retry_after_ms: None }
    }

    /// 400: not JSON.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Reason::Malformed, None, detail)
    }

    /// 400: the input ended within the line.
    pub fn torn() -> Self {
        Self::new(Reason::TornLine, None, "the input ended within this line")
    }

    /// 413: longer than [`MAX_LINE`].
    pub fn too_long() -> Self {
        Self::new(Reason::TooLong, None, format!("longer than {MAX_LINE} bytes"))
    }

    /// 422: a member is missing or has an invalid value.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Reason::Invalid, Some(field), detail)
    }
}
