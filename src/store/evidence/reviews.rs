//! Decisions of people about single sightings: append-only, the latest is in force.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, params};

use crate::domain::register::review::{ReviewDecision, ReviewVerdict, Reviews, SightingId};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::store::{Result, word};

fn verdict(row: &Row) -> rusqlite::Result<ReviewVerdict> {
    let to: Option<StudentId> = row.get("to_student")?;
    word(row, row.as_ref().column_index("verdict")?, |text| ReviewVerdict::parse(text, to))
}

fn sighting(row: &Row) -> rusqlite::Result<SightingId> {
    Ok(SightingId { ts: row.get("ts")?, student: row.get("student")?, camera: row.get("camera")? })
}

pub(crate) fn add(conn: &Connection, decision: &ReviewDecision) -> Result<()> {
    let SightingId { ts, student, camera } = decision.sighting;
    let to = match decision.verdict {
        ReviewVerdict::Reassign(to) => Some(to),
        _ => None,
    };
    let mut stmt = conn.prepare_cached(
        "INSERT INTO review (ts, camera, student, verdict, to_student, decided_by, decided_at, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    stmt.execute(params![
        ts,
        camera,
        student,
        decision.verdict.word(),
        to,
        decision.by,
        decision.at,
        decision.reason
    ])?;
    Ok(())
}

/// The decisions in force about sightings within a window.
pub(crate) fn within(conn: &Connection, window: &RangeInclusive<Instant>) -> Result<Reviews> {
    let mut stmt = conn.prepare_cached(
        "SELECT ts, camera, student, verdict, to_student FROM review WHERE ts BETWEEN ?1 AND ?2 ORDER BY +id",
    )?;
    let mut rows = stmt.query(params![window.start(), window.end()])?;
    let mut reviews = Reviews::default();
    while let Some(row) = rows.next()? {
        reviews.add(sighting(row)?, verdict(row)?);
    }
    Ok(reviews)
}

/// The decisions in force.
pub(crate) fn all(conn: &Connection) -> Result<Reviews> {
    within(conn, &Instant::EVER)
}

/// Every decision about sightings of a student, or that gives the student one, within a window.
pub(crate) fn about(
    conn: &Connection,
    student: StudentId,
    window: &RangeInclusive<Instant>,
) -> Result<Vec<ReviewDecision>> {
    let mut stmt = conn.prepare_cached(
        "SELECT ts, camera, student, verdict, to_student, decided_by, decided_at, reason FROM review
         WHERE ts BETWEEN ?2 AND ?3 AND (student = ?1 OR to_student = ?1) ORDER BY +id",
    )?;
    let rows = stmt.query_map(params![student, window.start(), window.end()], |row| {
        Ok(ReviewDecision {
            sighting: sighting(row)?,
            verdict: verdict(row)?,
            by: row.get("decided_by")?,
            at: row.get("decided_at")?,
            reason: row.get("reason")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
