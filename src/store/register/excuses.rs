//! Excuses: spans in which students need not attend.

use rusqlite::{Connection, Row, params};
use rustc_hash::FxHashMap;

use crate::domain::register::excuse::{Excuse, ExcuseId, Kind};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::store::{Result, word};

/// The excuse of each student that has one, by identity.
pub(crate) type ByStudent = FxHashMap<StudentId, Excuse>;

/// The columns [`read`] takes by name.
macro_rules! columns {
    () => {
        "SELECT id, student, kind, from_at, until_at, reason, given_by, given_at, taken_back_by, taken_back_at FROM excuse "
    };
}

fn read(row: &Row) -> rusqlite::Result<(StudentId, Excuse)> {
    let taken_back: (Option<String>, Option<Instant>) =
        (row.get("taken_back_by")?, row.get("taken_back_at")?);
    let excuse = Excuse {
        id: ExcuseId(row.get("id")?),
        kind: word(row, row.as_ref().column_index("kind")?, Kind::parse)?,
        stretch: Stretch { from: row.get("from_at")?, until: row.get("until_at")? },
        by: row.get("given_by")?,
        at: row.get("given_at")?,
        reason: row.get("reason")?,
        taken_back: taken_back.0.zip(taken_back.1),
    };
    Ok((row.get("student")?, excuse))
}

pub(crate) fn add(conn: &Connection, student: StudentId, excuse: &Excuse) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO excuse (student, kind, from_at, until_at, reason, given_by, given_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Stretch { from, until } = excuse.stretch;
    stmt.execute(params![student, excuse.kind.word(), from, until, excuse.reason, excuse.by, excuse.at])?;
    Ok(())
}

/// Ends an excuse.
pub(crate) fn take_back(conn: &Connection, excuse: ExcuseId, by: &str, at: Instant) -> Result<()> {
    let mut stmt =
        conn.prepare_cached("UPDATE excuse SET taken_back_by = ?2, taken_back_at = ?3 WHERE id = ?1")?;
    stmt.execute(params![excuse.0, by, at])?;
    Ok(())
}

/// Gives an excuse another span.
pub(crate) fn replace(conn: &Connection, excuse: ExcuseId, stretch: Stretch) -> Result<()> {
    let mut stmt = conn.prepare_cached("UPDATE excuse SET from_at = ?2, until_at = ?3 WHERE id = ?1")?;
    stmt.execute(params![excuse.0, stretch.from, stretch.until])?;
    Ok(())
}

/// Every excuse of a student, including those that were taken back, oldest first.
pub(crate) fn of_student(conn: &Connection, student: StudentId) -> Result<Vec<Excuse>> {
    let mut stmt = conn.prepare_cached(concat!(columns!(), "WHERE student = ?1 ORDER BY id"))?;
    let rows = stmt.query_map([student], |row| Ok(read(row)?.1))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The excuses in force that overlap a span, the latest of each student.
pub(crate) fn overlapping(conn: &Connection, span: Stretch) -> Result<ByStudent> {
    let found = in_force(conn, span)?;
    Ok(found.into_iter().collect())
}

/// Every excuse in force that overlaps a span, in the order they were given.
pub(crate) fn in_force(conn: &Connection, span: Stretch) -> Result<Vec<(StudentId, Excuse)>> {
    let mut stmt = conn.prepare_cached(concat!(
        columns!(),
        "WHERE taken_back_at IS NULL AND until_at > ?1 AND from_at < ?2 ORDER BY +id"
    ))?;
    let rows = stmt.query_map(params![span.from, span.until], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
