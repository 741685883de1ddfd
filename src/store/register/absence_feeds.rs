//! The lines that receivers of absences were sent, and those they confirmed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Row, params};
use rustc_hash::FxHashMap;

use crate::domain::register::announcement::{Announcement, Event, Told};
use crate::domain::register::feed::Cursor;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::upkeep::dossier::Announced;
use crate::store::Result;

/// A feed whose next edition is being made.
#[derive(Debug)]
pub(crate) struct AbsenceFeed {
    /// Absences of earlier dates are not announced.
    pub begins: NaiveDate,
    /// The number of the edition.
    pub edition: i64,
    /// How far the receiver has confirmed. `None`: nothing was confirmed yet.
    pub confirmed: Option<Cursor>,
}

/// Whether there is such a feed.
pub(crate) fn exists(conn: &Connection, feed: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM absence_feed WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.exists([feed])?)
}

/// Takes the number of the next edition. A new feed begins today.
pub(crate) fn open(conn: &Connection, feed: &str, today: NaiveDate) -> Result<AbsenceFeed> {
    let sql = "INSERT INTO absence_feed (name, begins, edition) VALUES (?1, ?2, 1)
               ON CONFLICT (name) DO UPDATE SET edition = edition + 1
               RETURNING begins, edition, confirmed_version, confirmed_at";
    let read = |row: &Row| {
        let cursor: (Option<i64>, Option<Instant>) = (row.get(2)?, row.get(3)?);
        let confirmed = cursor.0.zip(cursor.1).map(|(version, at)| Cursor { version, at });
        Ok(AbsenceFeed { begins: row.get(0)?, edition: row.get(1)?, confirmed })
    };
    Ok(conn.prepare_cached(sql)?.query_row(params![feed, today], read)?)
}

/// Whether no later edition of a feed was begun.
pub(crate) fn is_latest(conn: &Connection, feed: &str, edition: i64) -> Result<bool> {
    let sql = "SELECT edition FROM absence_feed WHERE name = ?1";
    let latest: Option<i64> = conn.prepare_cached(sql)?.query_row([feed], |row| row.get(0)).optional()?;
    Ok(latest == Some(edition))
}

/// The last line about each student in a period on a date, by code.
pub(crate) fn told(
    conn: &Connection,
    feed: &str,
    date: NaiveDate,
    period: &str,
) -> Result<FxHashMap<String, Told>> {
    let mut stmt = conn.prepare_cached(
        "SELECT code, student, absent, confirmed FROM absence_told WHERE feed = ?1 AND date = ?2 AND period = ?3",
    )?;
    let rows = stmt.query_map(params![feed, date, period], |row| {
        let event = if row.get(2)? { Event::Absent } else { Event::Retracted };
        Ok((row.get(0)?, Told { student: row.get(1)?, event, confirmed: row.get(3)? }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The last line of every feed about each absence of a student.
pub(crate) fn of_student(conn: &Connection, student: StudentId) -> Result<Vec<Announced>> {
    let mut stmt = conn.prepare_cached(
        "SELECT feed, date, period, NOT absent FROM absence_told WHERE student = ?1 ORDER BY date, period, feed",
    )?;
    let rows = stmt.query_map([student], |row| {
        Ok(Announced { feed: row.get(0)?, date: row.get(1)?, period: row.get(2)?, retracted: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The dates and periods about which a receiver must be told again: it has not confirmed all of them, or the
/// occurrence is gone or was moved into the future.
pub(crate) fn open_questions(
    conn: &Connection,
    feed: &str,
    now: Instant,
) -> Result<BTreeSet<(NaiveDate, String)>> {
    let mut stmt = conn.prepare_cached(
        "SELECT DISTINCT t.date, t.period FROM absence_told t LEFT JOIN occurrence o ON o.date = t.date AND o.name = t.period COLLATE BINARY
         WHERE t.feed = ?1 AND (t.confirmed = 0 OR o.id IS NULL OR o.starts_at > ?2)",
    )?;
    let rows = stmt.query_map(params![feed, now], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what an edition tells. The receiver is taken to know it from now on, but not to have confirmed it.
pub(crate) fn tell(
    conn: &Connection,
    feed: &str,
    edition: i64,
    announcements: &[Announcement],
) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT OR REPLACE INTO absence_told (feed, date, period, code, student, absent, edition, confirmed)
         SELECT ?1, ?2, ?3, ?4, id, ?6, ?7, 0 FROM student WHERE id = ?5",
    )?;
    for told in announcements {
        let absent = told.event == Event::Absent;
        stmt.execute(params![feed, told.date, told.period, told.code, told.student, absent, edition])?;
    }
    Ok(())
}

/// Notes that an edition was written to its end.
pub(crate) fn sent(conn: &Connection, feed: &str, edition: i64, to: Cursor) -> Result<()> {
    conn.prepare_cached(
        "UPDATE absence_feed SET sent_edition = ?2, sent_version = ?3, sent_at = ?4 WHERE name = ?1",
    )?
    .execute(params![feed, edition, to.version, to.at])?;
    Ok(())
}

/// Confirms the edition of a feed that was sent last. `false`: there is none.
pub(crate) fn confirm(conn: &Connection, feed: &str) -> Result<bool> {
    let sql = "UPDATE absence_feed SET confirmed_version = sent_version, confirmed_at = sent_at
               WHERE name = ?1 AND sent_edition IS NOT NULL RETURNING sent_edition";
    let edition: Option<i64> = conn.prepare_cached(sql)?.query_row([feed], |row| row.get(0)).optional()?;
    let Some(edition) = edition else { return Ok(false) };
    for sql in [
        "DELETE FROM absence_told WHERE feed = ?1 AND edition <= ?2 AND confirmed = 0 AND absent = 0",
        "UPDATE absence_told SET confirmed = 1 WHERE feed = ?1 AND edition <= ?2 AND confirmed = 0",
    ] {
        conn.prepare_cached(sql)?.execute(params![feed, edition])?;
    }
    Ok(true)
}
