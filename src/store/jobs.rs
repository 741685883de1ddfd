//! What other programs report of themselves.

use rusqlite::{Connection, named_params};

use super::Result;
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
