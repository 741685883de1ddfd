//! Jobs: our batch commands with their runs, and other programs that report their state.

use crate::domain::time::{Instant, Span};
use crate::domain::upkeep::database::Fault;

/// One of our batch commands. Only one process runs it at a time, and every run is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// Plans the days ahead.
    ScheduleGenerate,
    /// Mails the summary.
    Summary,
    /// Runs the health checks and reports the findings.
    Health,
    /// Deletes old events.
    Prune,
    /// Folds records again.
    Recompute,
    /// Checks the database for damage and contradictions.
    DbCheck,
    /// Copies the database.
    DbBackup,
}

impl Batch {
    /// Its name in lists, in JSON and in the database, and that of its lock.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ScheduleGenerate => "schedule generate",
            Self::Summary => "summary",
            Self::Health => "health",
            Self::Prune => "prune",
            Self::Recompute => "recompute",
            Self::DbCheck => "db check",
            Self::DbBackup => "db backup",
        }
    }
}

/// The latest failure of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// When the run started, or when the other program reported it.
    pub at: Instant,
    /// The fault that `db check` found. `None` for any other failure.
    pub fault: Option<Fault>,
    /// The message of its last run.
    pub message: String,
}

/// The source of a job's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobSource {
    /// One of our batch commands. Every run is stored.
    Batch,
    /// Another program, which sends job lines.
    Reported,
}

impl JobSource {
    /// The word in lists and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Reported => "reported",
        }
    }
}

/// The result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// It succeeded.
    Ok,
    /// It ended with an error.
    Failed,
    /// It has not ended, and a process holds its lock.
    Running,
    /// It has not ended, and no process holds its lock: it was killed.
    Lost,
}

impl JobOutcome {
    /// The word in lists and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Lost => "lost",
        }
    }
}

/// The number of one run of a batch command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct RunId(pub i64);

/// One run of a batch command, or one report of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// When it started.
    pub started_at: Instant,
    /// Its duration, if it has ended.
    pub took: Option<Span>,
    /// How it ended.
    pub outcome: JobOutcome,
}

/// The last runs of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, such as `schedule generate` or `enforcer`.
    pub name: String,
    /// The source of this state.
    pub source: JobSource,
    /// Its latest run.
    pub last_run: Run,
    /// When a run that was ok last started.
    pub last_ok: Option<Instant>,
    /// The instant and the message of the last failed run.
    pub last_error: Option<LastError>,
    /// When it stopped being ok. `None` if it is ok.
    pub unwell_since: Option<Instant>,
    /// The number of days on which it was ok in the week before its last success: 7 for a daily job.
    pub busy_days: u32,
}

/// A job that was ok on this many days of a week is meant to run daily.
const DAILY: u32 = 3;

impl Job {
    /// Whether it is this batch command. Another program may report under the same name.
    pub fn is(&self, batch: Batch) -> bool {
        self.source == JobSource::Batch && self.name == batch.word()
    }

    /// Whether it used to run daily and has not been ok for longer than `limit`. A job that people start
    /// by hand now and then is never overdue.
    pub fn overdue(&self, limit: Span, now: Instant) -> bool {
        self.source == JobSource::Batch
            && self.busy_days >= DAILY
            && self.last_ok.is_some_and(|last| now - last > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_daily_jobs_can_be_overdue() {
        let now = Instant::from_micros(0) + Span::days(10);
        let job = |source, busy_days, last_ok: Option<i64>| Job {
            name: "prune".into(),
            source,
            last_run: Run { started_at: now, took: None, outcome: JobOutcome::Running },
            last_ok: last_ok.map(|hours| now - Span::minutes(hours * 60)),
            last_error: None,
            unwell_since: None,
            busy_days,
        };
        for (job, expected) in [
            (job(JobSource::Batch, 7, Some(49)), true),
            (job(JobSource::Batch, 3, Some(49)), true),
            (job(JobSource::Batch, 7, Some(48)), false),
            (job(JobSource::Batch, 2, Some(1000)), false),
            (job(JobSource::Batch, 0, None), false),
            (job(JobSource::Reported, 7, Some(49)), false),
        ] {
            assert_eq!(job.overdue(Span::days(2), now), expected, "{job:?}");
        }
    }
}
