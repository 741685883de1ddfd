//! Marks: manual decisions, append-only, that outrank recognitions.

use std::str::FromStr;

use crate::domain::Invalid;
use crate::domain::time::Instant;

/// A person's decision about a student in an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Was there.
    Present,
    /// Was not there.
    Absent,
    /// Was not there, and need not have been.
    Excused,
}

impl Decision {
    /// The word used in commands, JSON and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Excused => "excused",
        }
    }
}

impl FromStr for Decision {
    type Err = Invalid;

    fn from_str(word: &str) -> Result<Self, Invalid> {
        [Self::Present, Self::Absent, Self::Excused]
            .into_iter()
            .find(|decision| decision.word() == word)
            .ok_or_else(|| {
                Invalid::new(format!("{word:?} is not a mark")).hint("a mark is present, absent or excused")
            })
    }
}

/// The decision in force, with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The decision. `None` if the mark was taken back.
    pub decision: Option<Decision>,
    /// The author.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why, where they said.
    pub reason: Option<String>,
}
