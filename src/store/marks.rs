//! Marks: append-only decisions of people.

use rusqlite::{Connection, Row, params};

use super::{Result, StoreError};
use crate::domain::mark::{Decision, Mark};

/// Reads a mark from the columns decision, marked_by, marked_at, reason starting at `at`; `None` where
/// there is no row.
pub fn read(row: &Row, at: usize) -> Result<Option<Mark>> {
    let Some(by) = row.get(at + 1)? else {
        return Ok(None);
    };
    let decision: Option<String> = row.get(at)?;
    let decision = decision.map(|word| word.parse::<Decision>()).transpose().map_err(StoreError::Value)?;
    Ok(Some(Mark { decision, by, at: row.get(at + 2)?, reason: row.get(at + 3)? }))
}

/// Adds a mark; it is in force until the next one.
pub fn add(conn: &Connection, occurrence: i64, student: i64, mark: &Mark) -> Result<()> {
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
pub fn of_student(conn: &Connection, occurrence: i64, student: i64) -> Result<Vec<Mark>> {
    let mut stmt = conn.prepare_cached(
        "SELECT decision, marked_by, marked_at, reason FROM mark WHERE occurrence = ?1 AND student = ?2 ORDER BY id",
    )?;
    let rows = stmt.query_and_then(params![occurrence, student], |row| read(row, 0))?;
    rows.filter_map(Result::transpose).collect()
}
