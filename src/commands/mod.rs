//! The commands: one file per noun. Commands take typed requests and return values to show. They know
//! no command line and print nothing.

pub(crate) mod complete;
pub mod evidence;
pub mod export;
pub mod ingest;
pub mod init;
pub(crate) mod lookup;
pub mod problem;
pub mod register;
pub mod roll;
pub mod settings;
pub(crate) mod sheet;
pub mod summary;
pub mod timetable;
pub mod upkeep;
pub mod watch;

use crate::domain::time::Instant;
use crate::domain::upkeep::audit::Deed;

/// The caller of a command: every change has an author and an instant.
#[derive(Debug, Clone)]
pub struct Caller {
    /// `--by`, else `$USER`.
    pub by: String,
    /// `--now`, else the clock.
    pub now: Instant,
}

impl Caller {
    /// An audit entry for an action of this caller now.
    pub fn deed(&self, action: &'static str, detail: impl Into<String>) -> Deed<'_> {
        Deed { at: self.now, by: &self.by, action, student: None, detail: detail.into() }
    }
}
