//! What other programs report of themselves.

use rusqlite::{Connection, named_params};

use super::Result;
use crate::domain::health::Job;
use crate::domain::time::Instant;

/// Takes down the latest word of a program; an older one than is known changes nothing.
pub fn report(conn: &Connection, name: &str, ok: bool, error: &str, at: Instant) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO job (name, ok, error, reported_at, since, last_ok_at)
         VALUES (:name, :ok, :error, :at, :at, iif(:ok, :at, NULL))
         ON CONFLICT (name) DO UPDATE SET
           ok = :ok, error = :error, reported_at = :at, since = iif(ok = :ok, since, :at),
           last_ok_at = iif(:ok, :at, last_ok_at)
         WHERE reported_at <= :at",
    )?
    .execute(named_params! { ":name": name, ":ok": ok, ":error": error, ":at": at })?;
    Ok(())
}

/// The latest word of every program, by name.
pub fn list(conn: &Connection) -> Result<Vec<Job>> {
    let mut stmt = conn.prepare_cached("SELECT name, ok, error, since FROM job ORDER BY name")?;
    let rows = stmt.query_map([], |row| {
        Ok(Job { name: row.get(0)?, ok: row.get(1)?, error: row.get(2)?, since: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
