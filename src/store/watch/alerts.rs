//! Stored alerts and mutes.

use rusqlite::{Connection, Row, named_params, params};

use crate::domain::time::Instant;
use crate::domain::watch::alerts::{LastTold, Memory, Mute};
use crate::domain::watch::health::{Check, Severity, name};
use crate::store::{Result, word};

/// All stored alerts, by check and subject.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Memory>> {
    let mut stmt = conn.prepare_cached(
        "SELECT check_name, subject, severity, since, bad, runs, critical_runs, changed_at, episodes, unsteady,
           told_at, told_severity, told_unsteady, acked_by, acked_at
         FROM alert",
    )?;
    let rows = stmt.query_map([], memory)?;
    let mut remembered: Vec<Memory> = rows.collect::<rusqlite::Result<_>>()?;
    remembered.sort_by(|a, b| (a.check, &a.subject).cmp(&(b.check, &b.subject)));
    Ok(remembered)
}

fn memory(row: &Row) -> rusqlite::Result<Memory> {
    let told = match (row.get(10)?, row.get::<_, Option<String>>(11)?, row.get(12)?) {
        (Some(at), Some(_), Some(unsteady)) => {
            Some(LastTold { at, severity: word(row, 11, Severity::named)?, unsteady })
        }
        _ => None,
    };
    let by: Option<String> = row.get(13)?;
    Ok(Memory {
        check: word(row, 0, Check::named)?,
        subject: row.get(1)?,
        severity: word(row, 2, Severity::named)?,
        since: row.get(3)?,
        bad: row.get(4)?,
        runs: row.get(5)?,
        critical_runs: row.get(6)?,
        changed_at: row.get(7)?,
        episodes: word(row, 8, instants)?,
        unsteady: row.get(9)?,
        told,
        acked: by.map(|by| Ok::<_, rusqlite::Error>((by, row.get(14)?))).transpose()?,
    })
}

/// A few instants, one after the other.
fn instants(text: &str) -> Option<Vec<Instant>> {
    text.split_whitespace().map(|micros| Some(Instant::from_micros(micros.parse().ok()?))).collect()
}

/// The checks whose subject may be a camera.
const OF_CAMERAS: [Check; 2] = [Check::Runners, Check::Clock];

/// The alerts and the mutes of a camera follow it to its new name.
pub(crate) fn follow_camera(conn: &Connection, old: &str, new: &str) -> Result<()> {
    for check in OF_CAMERAS {
        conn.execute(
            "UPDATE OR REPLACE alert SET subject = ?3 WHERE check_name = ?1 AND subject = ?2",
            params![check.word(), old, new],
        )?;
        conn.execute(
            "UPDATE OR REPLACE alert_mute SET target = ?2 WHERE target = ?1",
            params![name(check, old), name(check, new)],
        )?;
    }
    Ok(())
}

/// Remembers this and nothing else.
pub(crate) fn replace(conn: &Connection, remembered: &[Memory]) -> Result<()> {
    conn.execute("DELETE FROM alert", [])?;
    remembered.iter().try_for_each(|memory| save(conn, memory))
}

fn save(conn: &Connection, memory: &Memory) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO alert (check_name, subject, severity, since, bad, runs, critical_runs, changed_at, episodes,
           unsteady, told_at, told_severity, told_unsteady, acked_by, acked_at)
         VALUES (:check, :subject, :severity, :since, :bad, :runs, :critical_runs, :changed_at, :episodes,
           :unsteady, :told_at, :told_severity, :told_unsteady, :acked_by, :acked_at)",
    )?;
    let episodes: Vec<String> = memory.episodes.iter().map(|at| at.micros().to_string()).collect();
    stmt.execute(named_params! {
        ":check": memory.check.word(),
        ":subject": memory.subject,
        ":severity": memory.severity.word(),
        ":since": memory.since,
        ":bad": memory.bad,
        ":runs": memory.runs,
        ":critical_runs": memory.critical_runs,
        ":changed_at": memory.changed_at,
        ":episodes": episodes.join(" "),
        ":unsteady": memory.unsteady,
        ":told_at": memory.told.map(|told| told.at),
        ":told_severity": memory.told.map(|told| told.severity.word()),
        ":told_unsteady": memory.told.map(|told| told.unsteady),
        ":acked_by": memory.acked.as_ref().map(|(by, _)| by),
        ":acked_at": memory.acked.as_ref().map(|(_, at)| at),
    })?;
    Ok(())
}

/// Acknowledges a problem.
pub(crate) fn ack(conn: &Connection, check: Check, subject: &str, by: &str, at: Instant) -> Result<()> {
    conn.execute(
        "UPDATE alert SET acked_by = ?3, acked_at = ?4 WHERE check_name = ?1 AND subject = ?2",
        params![check.word(), subject, by, at],
    )?;
    Ok(())
}

/// All mutes, including those that have ended but were not deleted yet.
pub(crate) fn mutes(conn: &Connection) -> Result<Vec<Mute>> {
    let mut stmt = conn.prepare_cached("SELECT target, until, muted_by FROM alert_mute ORDER BY target")?;
    let rows =
        stmt.query_map([], |row| Ok(Mute { target: row.get(0)?, until: row.get(1)?, by: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores a mute, and deletes those that have ended.
pub(crate) fn mute(conn: &Connection, mute: &Mute, now: Instant) -> Result<()> {
    conn.execute("DELETE FROM alert_mute WHERE until <= ?1", [now])?;
    conn.execute(
        "INSERT OR REPLACE INTO alert_mute (target, until, muted_by, muted_at) VALUES (?1, ?2, ?3, ?4)",
        params![mute.target, mute.until, mute.by, now],
    )?;
    Ok(())
}

/// Deletes a mute. Returns whether there was one.
pub(crate) fn unmute(conn: &Connection, target: &str) -> Result<bool> {
    Ok(conn.execute("DELETE FROM alert_mute WHERE target = ?1", [target])? == 1)
}
