//! Quarantine: refused lines, kept until someone decides.

use rusqlite::{Connection, params};

use super::Result;
use crate::domain::time::Instant;

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The reason of its ack.
    pub reason: &'a str,
    /// What was wrong, in words; names the field where one is to blame.
    pub detail: &'a str,
    /// The line as it came, at most 64 KiB of it.
    pub line: &'a [u8],
    /// Identifies the line, so that the same input again is kept once.
    pub digest: [u8; 16],
}

/// Keeps a refused line, unless it is kept already.
pub fn keep(conn: &Connection, refused: &Refused, runner: &str, at: Instant) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT OR IGNORE INTO quarantine (digest, received_at, runner, reason, detail, line) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    stmt.execute(params![
        refused.digest,
        at,
        runner,
        refused.reason,
        refused.detail,
        refused.line
    ])?;
    Ok(())
}

/// Drops the oldest lines beyond `limit`.
pub fn trim(conn: &Connection, limit: u32) -> Result<usize> {
    // Identities are never used twice, so the distance between first and last bounds the count.
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached(
            "SELECT (SELECT min(id) FROM quarantine), (SELECT max(id) FROM quarantine)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match (first, last) {
        (Some(first), Some(last)) if last - first >= i64::from(limit) => {
            let excess = "DELETE FROM quarantine WHERE id <= (SELECT id FROM quarantine ORDER BY id DESC LIMIT 1 OFFSET ?1)";
            Ok(conn.execute(excess, [limit])?)
        }
        _ => Ok(0),
    }
}
