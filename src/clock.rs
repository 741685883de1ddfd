//! The only place that reads the system clock. Everything else gets the instant as an argument.

use chrono::Utc;

use crate::domain::time::Instant;

/// Tells the time: the system's, or the one `--now` fixed.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Option<Instant>);

impl Clock {
    /// The system's clock, unless an instant is given.
    pub fn new(fixed: Option<Instant>) -> Self {
        Self(fixed)
    }

    /// Whether `--now` gave the instant.
    pub fn is_fixed(&self) -> bool {
        self.0.is_some()
    }

    /// The instant now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Instant {
        self.0.unwrap_or_else(|| Utc::now().into())
    }
}
