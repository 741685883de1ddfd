//! Marks: decisions of people about students. They are append-only and outrank recognitions.

use crate::domain::time::Instant;

/// A person's decision about a student in an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkDecision {
    /// Was there.
    Present,
    /// Was there, but came late. The minutes are whole. `None`: as the cameras saw.
    Late(Option<u32>),
    /// Was not there.
    Absent,
    /// Was not there, with an accepted reason.
    Excused,
}

/// Every decision, without minutes.
pub(crate) const DECISIONS: [MarkDecision; 4] =
    [MarkDecision::Present, MarkDecision::Late(None), MarkDecision::Absent, MarkDecision::Excused];

impl MarkDecision {
    /// The word used in commands, JSON and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late(_) => "late",
            Self::Absent => "absent",
            Self::Excused => "excused",
        }
    }

    /// The decision that a word and its minutes stand for.
    pub fn parse(word: &str, minutes: Option<u32>) -> Option<Self> {
        let decision = DECISIONS.into_iter().find(|decision| decision.word() == word)?;
        Some(if decision == Self::Late(None) { Self::Late(minutes) } else { decision })
    }

    /// The minutes late that were stated.
    pub const fn minutes(self) -> Option<u32> {
        match self {
            Self::Late(minutes) => minutes,
            _ => None,
        }
    }
}

/// The decision in force, with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The decision. `None` if the mark was taken back.
    pub decision: Option<MarkDecision>,
    /// The author.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The reason, if one was given.
    pub reason: Option<String>,
}
