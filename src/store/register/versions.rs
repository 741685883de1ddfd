//! Versions of registers, and the cursor of each feed.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, named_params, params};
use rustc_hash::FxHashMap;

use crate::domain::register::feed::Cursor;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::store::Result;

/// Notes that the registers whose windows share an instant with a span may have changed.
pub(crate) fn touch(conn: &Connection, from: Instant, until: Instant) -> Result<()> {
    conn.prepare_cached("INSERT INTO register_touched VALUES (?1, ?2)")?.execute(params![from, until])?;
    Ok(())
}

/// Notes that the register of an occurrence, and those beside it, may have changed.
pub(crate) fn touch_register(conn: &Connection, occurrence: OccurrenceId) -> Result<()> {
    let sql = "INSERT INTO register_touched SELECT opens_at, closes_at FROM occurrence WHERE id = ?1";
    conn.prepare_cached(sql)?.execute([occurrence])?;
    Ok(())
}

/// Notes that every register with a reason may have changed.
pub(crate) fn touch_reasons(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "INSERT INTO register_touched SELECT DISTINCT opens_at, closes_at FROM occurrence
           WHERE id IN (SELECT occurrence FROM mark WHERE reason IS NOT NULL);
         INSERT INTO register_touched SELECT DISTINCT from_at, until_at FROM excuse
           WHERE reason IS NOT NULL AND taken_back_at IS NULL",
    )?;
    Ok(())
}

/// Notes that the registers may have changed that list a student who is not enrolled then.
pub(crate) fn touch_outside_enrolment(conn: &Connection, student: StudentId) -> Result<()> {
    let sql = "INSERT INTO register_touched
               SELECT opens_at, closes_at FROM listed_outside_enrolment WHERE student = ?1";
    conn.prepare_cached(sql)?.execute([student])?;
    Ok(())
}

/// Closes the version if anything belongs to it: later changes belong to the next one. An export that begins now then
/// need not tell these changes again.
pub(crate) fn close(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "UPDATE revision SET register = register + 1
         WHERE EXISTS (SELECT 1 FROM register_change WHERE version = register)",
    )?;
    Ok(())
}

/// The last closed version. All its changes are in this snapshot, and no more will belong to it.
pub(crate) fn closed(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("SELECT register - 1 FROM revision", [], |row| row.get(0))?)
}

/// The occurrences that have started by `now` and whose registers may differ from what a cursor was told, with their
/// dates: something has changed, or they were not decided yet.
pub(crate) fn changed(
    conn: &Connection,
    since: Cursor,
    now: Instant,
) -> Result<FxHashMap<OccurrenceId, NaiveDate>> {
    let mut stmt = conn.prepare_cached(
        "SELECT o.id, o.date FROM occurrence o WHERE o.starts_at <= :now
         AND (o.closes_at >= :at OR o.ends_at >= :settling OR EXISTS (
           SELECT 1 FROM register_change c WHERE c.version > :version
             AND c.from_at <= o.closes_at AND c.until_at >= o.opens_at))",
    )?;
    let rows = stmt.query_map(
        named_params! {
            ":now": now,
            ":at": since.at,
            ":settling": since.settling(),
            ":version": since.version,
        },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The confirmed cursor of a feed. `None` if nothing was ever confirmed.
pub(crate) fn confirmed(conn: &Connection, feed: &str) -> Result<Option<Cursor>> {
    let sql = "SELECT confirmed_version, confirmed_at FROM feed WHERE name = ?1 AND confirmed_at IS NOT NULL";
    let read = |row: &rusqlite::Row| Ok(Cursor { version: row.get(0)?, at: row.get(1)? });
    Ok(conn.prepare_cached(sql)?.query_row([feed], read).optional()?)
}

/// Notes the edition of a feed that was sent last.
pub(crate) fn sent(conn: &Connection, feed: &str, to: Cursor) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO feed (name, sent_version, sent_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET sent_version = excluded.sent_version, sent_at = excluded.sent_at",
    )?
    .execute(params![feed, to.version, to.at])?;
    Ok(())
}

/// Confirms the edition of a feed that was sent last. `false`: there is none.
pub(crate) fn confirm(conn: &Connection, feed: &str) -> Result<bool> {
    let sql = "UPDATE feed SET confirmed_version = sent_version, confirmed_at = sent_at WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.execute([feed])? > 0)
}

/// The names of the feeds.
pub(crate) fn feeds(conn: &Connection) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached("SELECT name FROM feed ORDER BY name")?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Versions that no database skips by itself.
const LEAP: i64 = 1 << 40;

/// Makes every register newer than any exported one, for a restored copy, which lacks later exports.
pub(crate) fn tell_everything_again(conn: &Connection) -> Result<()> {
    conn.execute("UPDATE revision SET register = register + ?1", [LEAP])?;
    conn.execute("UPDATE absence_told SET confirmed = 0", [])?;
    touch(conn, Instant::MIN, Instant::MAX)
}
