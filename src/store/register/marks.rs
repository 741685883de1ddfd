//! Marks: append-only decisions of people.

use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::OccurrenceId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use rustc_hash::FxHashMap;

use crate::domain::register::mark::{Mark, MarkDecision};
use crate::store::{Result, word};

/// Reads a mark from its columns by name.
fn read(row: &Row) -> rusqlite::Result<Mark> {
    let decision = match row.get_ref("decision")? {
        ValueRef::Null => None,
        _ => {
            let minutes = row.get("minutes")?;
            let column = row.as_ref().column_index("decision")?;
            Some(word(row, column, |text| MarkDecision::parse(text, minutes))?)
        }
    };
    Ok(Mark { decision, by: row.get("marked_by")?, at: row.get("marked_at")?, reason: row.get("reason")? })
}

/// Adds a mark. It is in force until the next one.
pub(crate) fn add(
    conn: &Connection,
    occurrence: OccurrenceId,
    student: StudentId,
    mark: &Mark,
) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO mark (occurrence, student, decision, minutes, marked_by, marked_at, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    stmt.execute(params![
        occurrence,
        student,
        mark.decision.map(MarkDecision::word),
        mark.decision.and_then(MarkDecision::minutes),
        mark.by,
        mark.at,
        mark.reason
    ])?;
    Ok(())
}

/// Every mark of a student in an occurrence, the oldest first.
pub(crate) fn of_student(
    conn: &Connection,
    occurrence: OccurrenceId,
    student: StudentId,
) -> Result<Vec<Mark>> {
    let mut stmt = conn.prepare_cached(
        "SELECT decision, minutes, marked_by, marked_at, reason FROM mark
         WHERE occurrence = ?1 AND student = ?2 ORDER BY id",
    )?;
    let rows = stmt.query_map(params![occurrence, student], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a person ever marked a student in an occurrence. Such an occurrence is never deleted.
pub(crate) fn any(conn: &Connection, occurrence: OccurrenceId) -> Result<bool> {
    let mut stmt = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM mark WHERE occurrence = ?1)")?;
    Ok(stmt.query_row([occurrence], |row| row.get(0))?)
}

/// The latest mark of every student in an occurrence, by identity.
pub(crate) fn in_force(conn: &Connection, occurrence: OccurrenceId) -> Result<FxHashMap<StudentId, Mark>> {
    let mut stmt = conn.prepare_cached(
        "SELECT decision, minutes, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id",
    )?;
    let mut rows = stmt.query([occurrence])?;
    let mut marks = FxHashMap::default();
    while let Some(row) = rows.next()? {
        marks.insert(row.get("student")?, read(row)?);
    }
    Ok(marks)
}
