//! Batch commands: only one process runs each at a time, every run is stored, and a run can continue where the last
//! one ended.

use std::time::Instant as Stopwatch;

use chrono::NaiveDate;

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::time::{Span, Zone};
use crate::domain::upkeep::database::Fault;
use crate::domain::watch::job::{Batch, Job, RunId};
use crate::failure::{Failure, Result};
use crate::store::lock::{Asked, take};
use crate::store::watch::jobs;
use crate::store::{JOB_PATIENCE, Store, settings};

/// Errors are kept up to this many letters.
const LONGEST_ERROR: usize = 500;

/// One run of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Its number; no other run of any job has it.
    pub id: RunId,
    /// The last finished date. It starts with the value of the last successful run, and is stored if this run
    /// succeeds, too. A job without dates does not change it.
    pub until: Option<NaiveDate>,
    /// The fault that it found in the database.
    pub fault: Option<Fault>,
}

/// Runs a batch command under its lock and stores a row of the run. A run that is killed leaves a row, too,
/// without an end.
///
/// # Errors
/// Those of `work`; and [`Kind::Busy`] while another process runs the same.
pub(crate) fn run<T>(
    store: &mut Store,
    batch: Batch,
    caller: &Caller,
    work: impl FnOnce(&mut Store, &mut Run) -> Result<T>,
) -> Result<T> {
    let _lock = match take(&store.path(), batch)? {
        Asked::Held(lock) => lock,
        Asked::Taken(holder) => {
            let holder = holder.map(|pid| format!(" (pid {pid})")).unwrap_or_default();
            return Err(
                Problem::new(Kind::Busy, format!("{} is already running{holder}", batch.word())).into()
            );
        }
    };
    store.wait_at_most(JOB_PATIENCE)?;
    let since = Stopwatch::now();
    let mut run = store.write(|conn| -> Result<_> {
        let until = jobs::reached(conn, batch)?;
        let id = jobs::start(conn, batch, &caller.by, caller.now)?;
        Ok(Run { id, until, fault: None })
    })?;
    let done = work(store, &mut run);
    let finished = caller.now + Span::from_micros(i64::try_from(since.elapsed().as_micros()).unwrap_or(0));
    let error = done.as_ref().err().map(told);
    let ended = error.as_deref().map_or(Ok(run.until), |error| Err((run.fault, error)));
    let noted = store.write(|conn| jobs::finish(conn, run.id, finished, ended));
    // The error of the work is more useful than an error of storing its row.
    let done = done?;
    noted?;
    Ok(done)
}

fn told(error: &Failure) -> String {
    error.to_string().chars().take(LONGEST_ERROR).collect()
}

/// Every job, both our batch commands and other programs, by name.
pub(crate) fn list(store: &mut Store) -> Result<(Vec<Job>, Zone)> {
    store.read(|conn| Ok((jobs::list(conn)?, settings::load(conn)?.zone)))
}
