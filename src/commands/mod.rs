//! What is done: one file per noun. Commands take typed requests and give values to show; they know
//! no command line and print nothing.

pub mod alert;
pub mod audit;
pub mod camera;
pub mod complete;
pub mod db;
pub mod dossier;
pub mod erase;
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
pub mod prune;
pub mod quarantine;
pub mod recompute;
pub mod refold;
pub mod register;
pub mod roll;
pub mod roster;
pub mod runner;
pub mod schedule;
pub mod settings;
pub mod simulate;
pub mod student;
pub mod summary;

use crate::domain::audit::Deed;
use crate::domain::time::Instant;

/// Who asks, and when: every change has an author and an instant.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `--by`, else `$USER`.
    pub by: String,
    /// `--now`, else the clock.
    pub now: Instant,
}

impl Caller {
    /// Something this caller does now, for the audit log.
    pub fn deed(&self, action: &'static str, detail: impl Into<String>) -> Deed<'_> {
        Deed { at: self.now, by: &self.by, action, student: None, detail: detail.into() }
    }
}
