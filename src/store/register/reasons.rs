//! The list of reasons.

use rusqlite::{Connection, params};

use crate::domain::register::reason::{FormerWords, ListedReason, Reasons};
use crate::store::Result;
use crate::store::register::versions;

/// All reasons by key, with their earlier words.
pub(crate) fn list(conn: &Connection) -> Result<Reasons> {
    let mut stmt = conn.prepare_cached("SELECT words, key FROM former_reason ORDER BY words")?;
    let rows =
        stmt.query_map([], |row| Ok(FormerWords { words: row.get("words")?, key: row.get("key")? }))?;
    let former = rows.collect::<rusqlite::Result<_>>()?;
    let mut stmt = conn.prepare_cached("SELECT key, words, code FROM reason ORDER BY key")?;
    let rows = stmt.query_map([], |row| {
        Ok(ListedReason { key: row.get("key")?, words: row.get("words")?, code: row.get("code")? })
    })?;
    Ok(Reasons { listed: rows.collect::<rusqlite::Result<_>>()?, former })
}

/// Keeps words that a reason had. If several had them, they belong to the last one.
pub(crate) fn keep_words(conn: &Connection, former: &FormerWords) -> Result<()> {
    conn.execute(
        "INSERT INTO former_reason (words, key) VALUES (?1, ?2) ON CONFLICT (words) DO UPDATE SET key = ?2",
        params![former.words, former.key],
    )?;
    Ok(())
}

/// Adds a reason, or changes the one with its key. Registers tell its code wherever its words stand.
pub(crate) fn save(conn: &Connection, listed: &ListedReason) -> Result<()> {
    conn.execute(
        "INSERT INTO reason (key, words, code) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET key = ?1, words = ?2, code = ?3",
        params![listed.key, listed.words, listed.code],
    )?;
    versions::touch_reasons(conn)
}

/// Takes a reason off the list.
pub(crate) fn remove(conn: &Connection, key: &str) -> Result<()> {
    conn.execute("DELETE FROM reason WHERE key = ?1", [key])?;
    versions::touch_reasons(conn)
}
