//! The error of the domain: an invalid value.

/// An input that breaks a rule, with a message for the person who typed or sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The error, naming the value.
    pub message: String,
    /// The suggested correction, if there is one.
    pub hint: Option<String>,
}

impl Invalid {
    /// An error without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same error with the next step to take.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
