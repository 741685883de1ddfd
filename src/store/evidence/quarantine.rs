//! Quarantine: refused lines that are kept until a person retries or drops them.

use rusqlite::{Connection, named_params, params};

use crate::domain::evidence::quarantine::{Kept, QuarantineSelection};
use crate::domain::evidence::reason::Reason;
use crate::domain::time::Instant;
use crate::store::{Result, word};

/// A line for the quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused<'a> {
    /// The reason of its ack.
    pub reason: Reason,
    /// The error in words. It names the wrong member, if there is one.
    pub detail: &'a str,
    /// The line as it arrived, at most 64 KiB of it.
    pub line: &'a [u8],
    /// Identifies the line, so that the same input is not kept twice.
    pub digest: [u8; 16],
}

/// The part of the quarantine that a line counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share<'a> {
    /// The runner that sent it.
    pub runner: &'a str,
    /// Without keys, the known camera that the line names. Otherwise empty.
    pub camera: &'a str,
}

/// Keeps a refused line, unless it is kept already.
pub(crate) fn keep(conn: &Connection, refused: &Refused, share: Share, at: Instant) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT OR IGNORE INTO quarantine (digest, received_at, runner, camera, reason, waits, detail, line)
         VALUES (:digest, :at, :runner, :camera, :reason, :waits, :detail, :line)",
    )?;
    stmt.execute(named_params! {
        ":digest": refused.digest, ":at": at, ":runner": share.runner, ":camera": share.camera,
        ":reason": refused.reason.word(), ":waits": Reason::OF_THE_ROLL.contains(&refused.reason),
        ":detail": refused.detail, ":line": refused.line,
    })?;
    Ok(())
}

/// The number of lines that arrived after an instant. Counting stops at `most`.
pub(crate) fn count_since(conn: &Connection, after: Instant, most: u32) -> Result<u32> {
    let mut stmt = conn
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE received_at > ?1 LIMIT ?2)")?;
    Ok(stmt.query_row(params![after, most], |row| row.get(0))?)
}

/// The runners that sent lines for other cameras than their key allows after an instant, each with the number of such
/// lines. Only the latest `most` lines are read.
pub(crate) fn foreign_since(conn: &Connection, after: Instant, most: u32) -> Result<Vec<(String, u32)>> {
    let mut stmt = conn.prepare_cached(
        "SELECT runner, count(*) FROM (
           SELECT runner FROM quarantine WHERE reason = 'not_your_camera' AND received_at > ?1
           ORDER BY received_at DESC LIMIT ?2)
         GROUP BY runner ORDER BY runner",
    )?;
    let rows = stmt.query_map(params![after, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether some share is full, so that each new line drops an old one.
pub(crate) fn is_full(conn: &Connection, limit: u32) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM share WHERE lines >= ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([limit], |row| row.get(0))?)
}

/// Drops the oldest lines of every share beyond `limit`, and counts them for `health`. Lines that wait for the roll
/// are dropped last, because they may become attendance.
pub(crate) fn trim(conn: &Connection, limit: u32) -> Result<()> {
    let mut stmt = conn.prepare_cached("SELECT runner, camera, lines - ?1 FROM share WHERE lines > ?1")?;
    let over = stmt.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let over: Vec<(String, String, i64)> = over.collect::<rusqlite::Result<_>>()?;
    for (runner, camera, surplus) in over {
        conn.prepare_cached(
            "DELETE FROM quarantine WHERE id IN (
               SELECT id FROM quarantine WHERE runner = ?1 AND camera = ?2 ORDER BY waits, id LIMIT ?3)",
        )?
        .execute(params![runner, camera, surplus])?;
        conn.execute("UPDATE revision SET quarantine_dropped = quarantine_dropped + ?1", [surplus])?;
    }
    Ok(())
}

/// The WHERE condition of a [`QuarantineSelection`].
macro_rules! selected {
    () => {
        "(:id IS NULL OR id = :id) AND (:reason IS NULL OR reason = :reason) AND id > :after"
    };
}

/// The lines of a selection with an identity above `after`, the oldest first, at most `limit`.
pub(crate) fn list(
    conn: &Connection,
    selection: &QuarantineSelection,
    after: i64,
    limit: u32,
) -> Result<Vec<Kept>> {
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

/// Drops the selected lines. Returns their number.
pub(crate) fn drop(conn: &Connection, selection: &QuarantineSelection) -> Result<usize> {
    let sql = concat!("DELETE FROM quarantine WHERE ", selected!());
    Ok(conn.execute(
        sql,
        named_params! { ":id": selection.id, ":reason": selection.reason.map(Reason::word), ":after": 0 },
    )?)
}
