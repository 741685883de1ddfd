//! What is done: one file per noun. Commands take typed requests and give values to show; they know
//! no command line and print nothing.

pub mod alert;
pub mod camera;
pub mod export;
pub mod health;
pub mod history;
pub mod ingest;
pub mod init;
pub mod job;
pub mod key;
pub mod lookup;
pub mod mark;
pub mod notify;
pub mod outbox;
pub mod panel;
pub mod period;
pub mod problem;
pub mod quarantine;
pub mod refold;
pub mod register;
pub mod roster;
pub mod runner;
pub mod schedule;
pub mod settings;
pub mod simulate;
pub mod student;

use crate::domain::time::Instant;

/// Who asks, and when: every change has an author and an instant.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `--by`, else `$USER`.
    pub by: String,
    /// `--now`, else the clock.
    pub now: Instant,
}
