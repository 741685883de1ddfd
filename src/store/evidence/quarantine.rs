//! Quarantine: refused lines, kept until someone decides.

use rusqlite::{Connection, named_params, params};

use crate::domain::evidence::quarantine::{Kept, Selection};
use crate::domain::evidence::reason::Reason;
use crate::domain::time::Instant;
use crate::store::{Result, word};

/// A line about to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The reason of its ack.
    pub reason: Reason,
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
        "INSERT OR IGNORE INTO quarantine (digest, received_at, runner, reason, detail, line)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    stmt.execute(params![refused.digest, at, runner, refused.reason.word(), refused.detail, refused.line])?;
    Ok(())
}

/// How many lines came after an instant; counting stops at `most`.
pub fn count_since(conn: &Connection, after: Instant, most: u32) -> Result<u32> {
    let mut stmt = conn
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE received_at > ?1 LIMIT ?2)")?;
    Ok(stmt.query_row(params![after, most], |row| row.get(0))?)
}

/// Whether the quarantine holds as many lines as it may, so that each new one drops the oldest.
pub fn is_full(conn: &Connection, limit: u32) -> Result<bool> {
    let limit = i64::from(limit);
    if first_and_last(conn)?.is_none_or(|(first, last)| last - first + 1 < limit) {
        return Ok(false);
    }
    // Some in between may have been dropped or taken in: only now it is worth counting.
    let mut stmt =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM quarantine ORDER BY id LIMIT 1 OFFSET ?1)")?;
    Ok(stmt.query_row([limit - 1], |row| row.get(0))?)
}

/// The identities of the first and the last line. They are never used twice, so their distance bounds the
/// count.
fn first_and_last(conn: &Connection) -> Result<Option<(i64, i64)>> {
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached("SELECT (SELECT min(id) FROM quarantine), (SELECT max(id) FROM quarantine)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last))
}

/// Drops the oldest lines beyond `limit`, and counts them for `health`.
pub fn trim(conn: &Connection, limit: u32) -> Result<()> {
    let Some((first, last)) = first_and_last(conn)? else {
        return Ok(());
    };
    if last - first >= i64::from(limit) {
        let dropped = conn.execute(
            "DELETE FROM quarantine WHERE id <= (SELECT id FROM quarantine ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            [limit],
        )?;
        conn.execute(
            "UPDATE revision SET quarantine_dropped = quarantine_dropped + ?1",
            params![dropped as i64],
        )?;
    }
    Ok(())
}

/// The condition a [`Selection`] stands for.
macro_rules! selected {
    () => {
        "(:id IS NULL OR id = :id) AND (:reason IS NULL OR reason = :reason) AND id > :after"
    };
}

/// The lines of a selection with an identity above `after`, the oldest first, at most `limit`.
pub fn list(conn: &Connection, selection: &Selection, after: i64, limit: u32) -> Result<Vec<Kept>> {
    let mut stmt = conn.prepare_cached(concat!(
        "SELECT id, received_at, runner, reason, detail, line FROM quarantine WHERE ",
        selected!(),
        " ORDER BY id LIMIT :limit"
    ))?;
    let params = named_params! {
        ":id": selection.id, ":reason": selection.reason.map(Reason::word), ":after": after, ":limit": limit,
    };
    let rows = stmt.query_map(params, |row| {
        Ok(Kept {
            id: row.get(0)?,
            received_at: row.get(1)?,
            runner: row.get(2)?,
            reason: word(row, 3, Reason::named)?,
            detail: row.get(4)?,
            line: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Drops a selection. Says how many lines that were.
pub fn drop(conn: &Connection, selection: &Selection) -> Result<usize> {
    let sql = concat!("DELETE FROM quarantine WHERE ", selected!());
    Ok(conn.execute(
        sql,
        named_params! { ":id": selection.id, ":reason": selection.reason.map(Reason::word), ":after": 0 },
    )?)
}
