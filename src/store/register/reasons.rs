//! The list of reasons.

use rusqlite::{Connection, params};

use crate::domain::register::reason::{ListedReason, Reasons};
use crate::store::Result;

/// All reasons by key.
pub(crate) fn list(conn: &Connection) -> Result<Reasons> {
    let mut stmt = conn.prepare_cached("SELECT key, words, code FROM reason ORDER BY key")?;
    let rows = stmt.query_map([], |row| {
        Ok(ListedReason { key: row.get("key")?, words: row.get("words")?, code: row.get("code")? })
    })?;
    Ok(Reasons(rows.collect::<rusqlite::Result<_>>()?))
}

/// Adds a reason, or changes the one with its key.
pub(crate) fn save(conn: &Connection, listed: &ListedReason) -> Result<()> {
    conn.execute(
        "INSERT INTO reason (key, words, code) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET key = ?1, words = ?2, code = ?3",
        params![listed.key, listed.words, listed.code],
    )?;
    Ok(())
}

/// Takes a reason off the list.
pub(crate) fn remove(conn: &Connection, key: &str) -> Result<()> {
    conn.execute("DELETE FROM reason WHERE key = ?1", [key])?;
    Ok(())
}
