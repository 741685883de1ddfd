//! Changes of the register by people, for an inspector.

use chrono::NaiveDate;

use crate::domain::time::Instant;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A mark, or the end of one.
    Mark,
    /// An excuse for a span of time, or its end.
    Excuse,
    /// A decision about one sighting.
    Review,
}

impl Cause {
    /// The word used in exports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Excuse => "excuse",
            Self::Review => "review",
        }
    }

    /// Reads the word back.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Mark, Self::Excuse, Self::Review].into_iter().find(|cause| cause.word() == word)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// When it was made.
    pub(crate) at: Instant,
    /// Code of the student.
    pub(crate) code: String,
    /// Name of the student.
    pub(crate) name: String,
    /// Date of the occurrence of a mark.
    pub(crate) date: Option<NaiveDate>,
    pub(crate) period: Option<String>,
    /// The span of an excuse; the instant of a sighting, twice.
    pub(crate) span: Option<(Instant, Instant)>,
    pub(crate) cause: Cause,
    /// The decision before. `None` if there was none.
    pub(crate) was: Option<String>,
    /// The decision now. `None` if the earlier one was taken back.
    pub(crate) is: Option<String>,
    pub(crate) by: String,
    /// The reason, if one was given.
    pub(crate) reason: Option<String>,
}
