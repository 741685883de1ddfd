//! Refusals of commands, classified by their exit code.

use std::fmt;

use crate::domain::Invalid;
use crate::domain::suggest::did_you_mean;

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A named object does not exist, or its state forbids the command.
    Refused,
    /// The command was used wrongly.
    Usage,
    /// A file or stream contains invalid data.
    Data,
    /// Acks or messages could not be delivered.
    Undelivered,
    /// Another process is using it. Trying again later helps.
    Busy,
    /// A key is missing, wrong or no longer valid.
    Key,
    /// Something is set up wrongly.
    Config,
}

/// A refusal, with a hint if there is a next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// Whose move it is.
    pub kind: Kind,
    /// The message, naming the object that failed.
    pub message: String,
    /// The next step for the user.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Problem {
    /// A refusal without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The refusal of an unknown `name`, with a suggestion from `known`.
    pub fn not_found<'a>(
        noun: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        list: &str,
    ) -> Self {
        let hint = match did_you_mean(name, known) {
            Some(meant) => format!("{meant} ({list})"),
            None => format!("{list} shows them all"),
        };
        Self::new(Kind::Refused, format!("no {noun} {name:?}")).hint(hint)
    }

    /// A value of a file that breaks a rule, with its position.
    pub fn in_file(place: impl fmt::Display, invalid: Invalid) -> Self {
        Self { kind: Kind::Data, message: format!("{place}: {}", invalid.message), hint: invalid.hint }
    }
}
