//! Marks: append-only decisions of people.

use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::OccurrenceId;
use rusqlite::{Connection, Row, params};
use rustc_hash::FxHashMap;

use crate::domain::register::mark::{Decision, Mark};
use crate::store::{Result, StoreError};

/// Reads a mark from the columns decision, marked_by, marked_at, reason.
fn read(row: &Row) -> Result<Mark> {
    let decision: Option<String> = row.get(0)?;
    let decision = decision.map(|word| word.parse::<Decision>()).transpose().map_err(StoreError::Value)?;
    Ok(Mark { decision, by: row.get(1)?, at: row.get(2)?, reason: row.get(3)? })
}

/// Adds a mark; it is in force until the next one.
pub fn add(conn: &Connection, occurrence: OccurrenceId, student: StudentId, mark: &Mark) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO mark (occurrence, student, decision, marked_by, marked_at, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    stmt.execute(params![
        occurrence,
        student,
        mark.decision.map(Decision::word),
        mark.by,
        mark.at,
        mark.reason
    ])?;
    Ok(())
}

/// Every mark of a student in an occurrence, the oldest first.
pub fn of_student(conn: &Connection, occurrence: OccurrenceId, student: StudentId) -> Result<Vec<Mark>> {
    let mut stmt = conn.prepare_cached(
        "SELECT decision, marked_by, marked_at, reason FROM mark WHERE occurrence = ?1 AND student = ?2 ORDER BY id",
    )?;
    let rows = stmt.query_and_then(params![occurrence, student], read)?;
    rows.collect()
}

/// The latest mark of every student in an occurrence, by identity.
pub fn in_force(conn: &Connection, occurrence: OccurrenceId) -> Result<FxHashMap<StudentId, Mark>> {
    let mut stmt = conn.prepare_cached(
        "SELECT decision, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id",
    )?;
    let mut rows = stmt.query([occurrence])?;
    let mut marks = FxHashMap::default();
    while let Some(row) = rows.next()? {
        marks.insert(row.get(4)?, read(row)?);
    }
    Ok(marks)
}
