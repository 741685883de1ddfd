//! Acks: what became of each line, told in its own JSON line.

use serde::Serialize;

use super::line::Refusal;
use crate::domain::record::Verdict;

/// One ack. Members that do not apply are left out.
#[derive(Debug, Default, Serialize)]
pub struct Ack<'a> {
    /// The file, where files were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// Number of the line in its input, from 1.
    pub line: u64,
    /// As in the contract's table.
    pub status: u16,
    /// Whether it counts.
    pub accepted: bool,
    /// Of an accepted recognition: it was the first of its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<bool>,
    /// The score was better by more than the delta.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub improved: Option<bool>,
    /// Better, and taken over as the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_best: Option<bool>,
    /// Better, but too soon after the last sighting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by_window: Option<bool>,
    /// The best score of the record now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_score: Option<f64>,
    /// Code of the student.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<&'a str>,
    /// Name of the period it counts in, or would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<&'a str>,
    /// Whether it was stored before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<bool>,
    /// Why it is refused or does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// The member to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
    /// When to send it again, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl<'a> Ack<'a> {
    /// The ack of a line that is not stored or does not count.
    pub fn refused(refusal: &'a Refusal) -> Self {
        Self {
            status: refusal.status,
            reason: Some(refusal.reason),
            field: refusal.field,
            detail: Some(&refusal.detail),
            retry_after_ms: refusal.retry_after_ms,
            ..Self::default()
        }
    }

    /// The same with what the recognition did to its record.
    #[must_use]
    pub fn effect(self, verdict: Verdict, best_score: f64) -> Self {
        Self {
            created: Some(verdict.created),
            improved: Some(verdict.improved),
            updated_best: Some(verdict.updated_best),
            held_by_window: Some(verdict.held_by_window),
            best_score: Some(best_score),
            ..self
        }
    }

    /// Whether the line was refused: neither stored nor a quarantined line of the roll.
    pub fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// Appends the ack as one line.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        // Into memory, and of nothing but numbers and text: there is nothing to fail.
        let written = serde_json::to_writer(&mut *out, self);
        debug_assert!(written.is_ok(), "{written:?}");
        out.push(b'\n');
    }
}
