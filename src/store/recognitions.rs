//! The big table: recognitions, clustered by (instant, student, camera).
//!
//! An occurrence is a time range here, and so is a day, a retention and "the most recent".

use std::collections::HashMap;
use std::ops::RangeInclusive;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::Result;
use crate::domain::recognition::Recognition;
use crate::domain::time::Instant;

/// The identity of a recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// When.
    pub ts: Instant,
    /// Identity of the student.
    pub student: i64,
    /// Identity of the camera.
    pub camera: i64,
}

/// Stores recognitions one after the other with one prepared statement.
pub struct Inserter<'c>(CachedStatement<'c>);

impl<'c> Inserter<'c> {
    /// Prepares the statement.
    pub fn new(conn: &'c Connection) -> Result<Self> {
        let sql = "INSERT OR IGNORE INTO recognition (ts, student, camera, score, crop) VALUES (?1, ?2, ?3, ?4, ?5)";
        Ok(Self(conn.prepare_cached(sql)?))
    }

    /// Stores a recognition that is not known yet. `false`: there is one of the same identity.
    pub fn insert(&mut self, key: Key, score: f64, crop: Option<&str>) -> Result<bool> {
        Ok(self.0.execute(params![key.ts, key.student, key.camera, score, crop])? == 1)
    }
}

/// The score stored under an identity.
pub fn score(conn: &Connection, key: Key) -> Result<Option<f64>> {
    let mut stmt =
        conn.prepare_cached("SELECT score FROM recognition WHERE ts = ?1 AND student = ?2 AND camera = ?3")?;
    Ok(stmt.query_row(params![key.ts, key.student, key.camera], |row| row.get(0)).optional()?)
}

/// Of two scores for one identity the higher is kept, with its crop where it has one.
pub fn raise(conn: &Connection, key: Key, score: f64, crop: Option<&str>) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "UPDATE recognition SET score = ?4, crop = coalesce(?5, crop) WHERE ts = ?1 AND student = ?2 AND camera = ?3",
    )?;
    stmt.execute(params![key.ts, key.student, key.camera, score, crop])?;
    Ok(())
}

/// The recognitions of some students within a window, each student's in the order of the fold.
pub type ByStudent = HashMap<i64, Vec<Recognition>>;

/// Reads one window of time and keeps the recognitions of students that `wanted` asks for.
pub fn of_students(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    wanted: impl Fn(i64) -> bool,
) -> Result<ByStudent> {
    let mut stmt = conn.prepare_cached(
        "SELECT r.ts, r.student, c.name, r.score, r.crop FROM recognition r CROSS JOIN camera c ON c.id = r.camera
         WHERE r.ts BETWEEN ?1 AND ?2",
    )?;
    let mut rows = stmt.query(params![window.start(), window.end()])?;
    let mut found = ByStudent::new();
    while let Some(row) = rows.next()? {
        let student = row.get(1)?;
        if wanted(student) {
            let recognition =
                Recognition { ts: row.get(0)?, camera: row.get(2)?, score: row.get(3)?, crop: row.get(4)? };
            found.entry(student).or_default().push(recognition);
        }
    }
    for timeline in found.values_mut() {
        timeline.sort_by(Recognition::time_order);
    }
    Ok(found)
}

/// The minutes of a window in which there was any recognition. It costs one seek a minute, however
/// many recognitions there are.
pub fn minutes_with_any(conn: &Connection, window: RangeInclusive<Instant>) -> Result<Vec<i64>> {
    let mut stmt =
        conn.prepare_cached("SELECT ts FROM recognition WHERE ts BETWEEN ?1 AND ?2 ORDER BY ts LIMIT 1")?;
    let mut minutes = Vec::new();
    let mut from = *window.start();
    while let Some(ts) =
        stmt.query_row(params![from, window.end()], |row| row.get::<_, Instant>(0)).optional()?
    {
        minutes.push(ts.minute());
        from = Instant::from_micros((ts.minute() + 1) * 60_000_000);
    }
    Ok(minutes)
}

/// How many recognitions each camera had within a window, by identity.
pub fn per_camera(conn: &Connection, window: RangeInclusive<Instant>) -> Result<HashMap<i64, u32>> {
    let mut stmt = conn.prepare_cached(
        "SELECT camera, count(*) FROM recognition WHERE ts BETWEEN ?1 AND ?2 GROUP BY camera",
    )?;
    let rows = stmt.query_map(params![window.start(), window.end()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
