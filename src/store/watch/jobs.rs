//! Jobs: every run of our batch commands, and the latest reports of other programs.

use std::path::Path;

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::domain::time::{Instant, Span};
use crate::domain::upkeep::database::Fault;
use crate::domain::watch::job::{Batch, Job, JobOutcome, JobSource, LastError, Run, RunId};
use crate::store::{Result, lock};

/// How far back from the last success, and over how many runs, days with a success are counted.
const WEEK: Span = Span::days(7);
const RUNS_LOOKED_AT: u32 = 200;

/// Stores the report of a program. A report that is older than the stored one changes nothing.
pub(crate) fn report(
    conn: &Connection,
    name: &str,
    ok: bool,
    error: &str,
    at: Instant,
    latest_honest: Instant,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO job (name, ok, reported_at, since, last_ok_at, last_error, last_error_at)
         VALUES (:name, :ok, :at, :at, iif(:ok, :at, NULL), iif(:ok, NULL, :error), iif(:ok, NULL, :at))
         ON CONFLICT (name) DO UPDATE SET
           ok = :ok, reported_at = :at, since = iif(ok = :ok, since, :at),
           last_ok_at = iif(:ok, :at, last_ok_at), last_error = iif(:ok, last_error, :error),
           last_error_at = iif(:ok, last_error_at, :at)
         WHERE reported_at <= :at OR reported_at > :honest",
    )?
    .execute(
        named_params! { ":name": name, ":ok": ok, ":error": error, ":at": at, ":honest": latest_honest },
    )?;
    Ok(())
}

/// Whether a program has reported before, and how many have.
pub(crate) fn known(conn: &Connection, name: &str) -> Result<(bool, u32)> {
    let mut stmt =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM job WHERE name = ?1), (SELECT count(*) FROM job)")?;
    Ok(stmt.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The date up to which the work of a batch command was done by its last run that was ok.
pub(crate) fn reached(conn: &Connection, batch: Batch) -> Result<Option<NaiveDate>> {
    let mut stmt = conn.prepare_cached(
        "SELECT reached FROM job_run WHERE name = ?1 AND ok = 1 AND reached IS NOT NULL ORDER BY id DESC LIMIT 1",
    )?;
    Ok(stmt.query_row([batch.word()], |row| row.get(0)).optional()?)
}

/// Begins a run of a batch command and gives its identity.
pub(crate) fn start(conn: &Connection, batch: Batch, by: &str, at: Instant) -> Result<RunId> {
    conn.prepare_cached("INSERT INTO job_run (name, started_at, started_by, pid) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![batch.word(), at, by, std::process::id()])?;
    Ok(RunId(conn.last_insert_rowid()))
}

/// Ends a run: up to the date that was reached, or with an error.
pub(crate) fn finish(
    conn: &Connection,
    id: RunId,
    at: Instant,
    ended: Result<Option<NaiveDate>, (Option<Fault>, &str)>,
) -> Result<()> {
    let (reached, fault, error) = match ended {
        Ok(reached) => (reached, None, None),
        Err((fault, error)) => (None, fault.map(Fault::word), Some(error)),
    };
    conn.prepare_cached(
        "UPDATE job_run SET finished_at = :at, ok = :error IS NULL, fault = :fault, error = :error,
           reached = :reached
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":at": at, ":fault": fault, ":error": error, ":reached": reached,
    })?;
    Ok(())
}

/// Deletes the runs that have not ended.
pub(crate) fn forget_open(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM job_run WHERE ok IS NULL", [])?;
    Ok(())
}

/// Every job, by name.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Job>> {
    let mut jobs = reported(conn)?;
    for name in batch_names(conn)? {
        jobs.extend(batch(conn, name)?);
    }
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(jobs)
}

fn reported(conn: &Connection) -> Result<Vec<Job>> {
    let mut stmt = conn.prepare_cached(
        "SELECT name, ok, reported_at, since, last_ok_at, last_error, last_error_at FROM job ORDER BY name",
    )?;
    let rows = stmt.query_map([], |row| {
        let ok: bool = row.get(1)?;
        let error: Option<String> = row.get(5)?;
        Ok(Job {
            name: row.get(0)?,
            source: JobSource::Reported,
            last_run: Run {
                started_at: row.get(2)?,
                took: None,
                outcome: if ok { JobOutcome::Ok } else { JobOutcome::Failed },
            },
            last_ok: row.get(4)?,
            last_error: match error {
                Some(message) => Some(LastError { at: row.get(6)?, fault: None, message }),
                None => None,
            },
            unwell_since: if ok { None } else { row.get(3)? },
            busy_days: 0,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The names of all batch commands that ever ran, each found by one step through the index.
fn batch_names(conn: &Connection) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached(
        "WITH RECURSIVE known (name) AS (
           SELECT min(name) FROM job_run
           UNION ALL SELECT (SELECT min(name) FROM job_run r WHERE r.name > known.name) FROM known
           WHERE known.name IS NOT NULL)
         SELECT name FROM known WHERE name IS NOT NULL",
    )?;
    let names = stmt.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// A run as it is stored.
struct Stored {
    id: RunId,
    started_at: Instant,
    finished_at: Option<Instant>,
    fault: Option<String>,
    error: Option<String>,
}

/// The latest run with this outcome.
fn latest(conn: &Connection, name: &str, ok: Option<bool>) -> Result<Option<Stored>> {
    let mut stmt = conn.prepare_cached(
        "SELECT id, started_at, finished_at, fault, error FROM job_run WHERE name = ?1 AND ok IS ?2
         ORDER BY id DESC LIMIT 1",
    )?;
    let read = |row: &Row| {
        Ok(Stored {
            id: row.get(0)?,
            started_at: row.get(1)?,
            finished_at: row.get(2)?,
            fault: row.get(3)?,
            error: row.get(4)?,
        })
    };
    Ok(stmt.query_row(params![name, ok], read).optional()?)
}

fn batch(conn: &Connection, name: String) -> Result<Option<Job>> {
    let (ok, failed, open) =
        (latest(conn, &name, Some(true))?, latest(conn, &name, Some(false))?, latest(conn, &name, None)?);
    let Some(last) = [&ok, &failed, &open].into_iter().flatten().max_by_key(|run| run.id) else {
        return Ok(None);
    };
    let outcome = match (last.finished_at, &last.error) {
        (Some(_), None) => JobOutcome::Ok,
        (Some(_), Some(_)) => JobOutcome::Failed,
        (None, _) if conn.path().is_some_and(|path| lock::is_held(Path::new(path), &name)) => {
            JobOutcome::Running
        }
        (None, _) => JobOutcome::Lost,
    };
    let unwell = match outcome {
        JobOutcome::Ok => None,
        _ => unwell_since(conn, &name, ok.as_ref().map_or(RunId::default(), |run| run.id), outcome)?,
    };
    Ok(Some(Job {
        source: JobSource::Batch,
        last_run: Run {
            started_at: last.started_at,
            took: last.finished_at.map(|finished| finished - last.started_at),
            outcome,
        },
        last_ok: ok.as_ref().map(|run| run.started_at),
        last_error: failed.and_then(|run| {
            let fault = run.fault.as_deref().and_then(Fault::from_word);
            Some(LastError { at: run.started_at, fault, message: run.error? })
        }),
        unwell_since: unwell,
        busy_days: match &ok {
            Some(run) => busy_days(conn, &name, run)?,
            None => 0,
        },
        name,
    }))
}

/// The start of the first run that was not ok after the last one that was. One that still runs is not
/// unwell by itself.
fn unwell_since(
    conn: &Connection,
    name: &str,
    last_ok: RunId,
    outcome: JobOutcome,
) -> Result<Option<Instant>> {
    let mut stmt = conn.prepare_cached(
        "SELECT started_at FROM job_run WHERE name = ?1 AND ok IS ?2 AND id > ?3 ORDER BY id LIMIT 1",
    )?;
    let mut first = |ok: Option<bool>| -> Result<Option<Instant>> {
        Ok(stmt.query_row(params![name, ok, last_ok], |row| row.get(0)).optional()?)
    };
    let failed = first(Some(false))?;
    let lost = if outcome == JobOutcome::Lost { first(None)? } else { None };
    Ok([failed, lost].into_iter().flatten().min())
}

/// On how many days of the week before `last` the job was ok.
fn busy_days(conn: &Connection, name: &str, last: &Stored) -> Result<u32> {
    let mut stmt = conn.prepare_cached(
        "SELECT count(DISTINCT started_at / :day) FROM (
           SELECT started_at FROM job_run WHERE name = :name AND ok = 1 ORDER BY id DESC LIMIT :runs)
         WHERE started_at > :from",
    )?;
    Ok(stmt.query_row(
        named_params! {
            ":name": name, ":day": Span::days(1), ":runs": RUNS_LOOKED_AT, ":from": last.started_at - WEEK,
        },
        |row| row.get(0),
    )?)
}
