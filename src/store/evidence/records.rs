//! Records: what the fold made of one student in one occurrence.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params, params};
use rustc_hash::FxHashMap;

use crate::domain::evidence::recognition::CameraName;
use crate::domain::evidence::record::{Low, Policy, Record, Seen};
use crate::domain::register::recompute::Before;
use crate::store::Result;

/// Reads a record from thirteen columns starting at `at`, in the order of [`find`]; an absent row reads
/// as an empty record. `camera` makes a name of what stands in a camera's column.
pub(in crate::store) fn read(
    row: &Row,
    at: usize,
    camera: impl Fn(&Row, usize) -> rusqlite::Result<CameraName>,
) -> rusqlite::Result<Record> {
    let counted = |column| -> rusqlite::Result<Option<u32>> {
        Ok(row.get::<_, Option<u32>>(at + column)?.filter(|sightings| *sightings > 0))
    };
    let seen = counted(2)?.map(|sightings| -> rusqlite::Result<Seen> {
        Ok(Seen {
            first: row.get(at)?,
            last: row.get(at + 1)?,
            sightings,
            best_seen: row.get(at + 3)?,
            best_score: row.get(at + 4)?,
            best_camera: camera(row, at + 5)?,
            best_crop: row.get(at + 6)?,
        })
    });
    let low = counted(7)?.map(|sightings| -> rusqlite::Result<Low> {
        Ok(Low {
            sightings,
            first: row.get(at + 8)?,
            last: row.get(at + 9)?,
            best_score: row.get(at + 10)?,
            best_seen: row.get(at + 11)?,
            best_camera: camera(row, at + 12)?,
        })
    });
    Ok(Record { seen: seen.transpose()?, low: low.transpose()? })
}

/// One record, with the identity of the policy it was folded under.
pub fn find(conn: &Connection, occurrence: i64, student: i64) -> Result<Option<(Record, i64)>> {
    let mut stmt = conn.prepare_cached(
        "SELECT r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, bc.name, r.best_crop,
           r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, lc.name, r.policy
         FROM record r LEFT JOIN camera bc ON bc.id = r.best_camera LEFT JOIN camera lc ON lc.id = r.low_camera
         WHERE r.occurrence = ?1 AND r.student = ?2",
    )?;
    let found = stmt.query_row(params![occurrence, student], |row| {
        Ok((read(row, 0, |row, column| row.get(column))?, row.get(13)?))
    });
    Ok(found.optional()?)
}

/// Stores a record; its cameras are known, since their recognitions are.
pub fn save(conn: &Connection, occurrence: i64, student: i64, record: &Record, policy: i64) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO record (occurrence, student, policy, first_seen, last_seen, sightings, best_seen, best_score,
           best_camera, best_crop, low_sightings, low_first, low_last, low_score, low_seen, low_camera)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT id FROM camera WHERE name = ?9), ?10, ?11, ?12, ?13, ?14, ?15,
           (SELECT id FROM camera WHERE name = ?16))
         ON CONFLICT (occurrence, student) DO UPDATE SET
           policy = excluded.policy, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
           sightings = excluded.sightings, best_seen = excluded.best_seen, best_score = excluded.best_score,
           best_camera = excluded.best_camera, best_crop = excluded.best_crop,
           low_sightings = excluded.low_sightings, low_first = excluded.low_first, low_last = excluded.low_last,
           low_score = excluded.low_score, low_seen = excluded.low_seen, low_camera = excluded.low_camera",
    )?;
    let (seen, low) = (record.seen.as_ref(), record.low.as_ref());
    stmt.execute(params![
        occurrence,
        student,
        policy,
        seen.map(|s| s.first),
        seen.map(|s| s.last),
        seen.map_or(0, |s| s.sightings),
        seen.map(|s| s.best_seen),
        seen.map(|s| s.best_score),
        seen.map(|s| &*s.best_camera),
        seen.and_then(|s| s.best_crop.as_deref()),
        low.map_or(0, |l| l.sightings),
        low.map(|l| l.first),
        low.map(|l| l.last),
        low.map(|l| l.best_score),
        low.map(|l| l.best_seen),
        low.map(|l| &*l.best_camera),
    ])?;
    Ok(())
}

/// The records of an occurrence by student, with the settings they were folded under; only of students in
/// a range of identities.
pub fn of_occurrence(
    conn: &Connection,
    occurrence: i64,
    students: &RangeInclusive<i64>,
) -> Result<FxHashMap<i64, Before>> {
    let cameras = crate::store::evidence::cameras::names(conn)?;
    let camera = |row: &Row, column| {
        let id: i64 = row.get(column)?;
        Ok(cameras.get(&id).cloned().unwrap_or_default())
    };
    let mut stmt = conn.prepare_cached(
        "SELECT r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop,
           r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera,
           r.student, p.min_score, p.reregister_window, p.min_improve_delta
         FROM record r JOIN policy p ON p.id = r.policy
         WHERE r.occurrence = ?1 AND r.student BETWEEN ?2 AND ?3",
    )?;
    let rows = stmt.query_map(params![occurrence, students.start(), students.end()], |row| {
        let policy = Policy {
            min_score: row.get(14)?,
            reregister_window: row.get(15)?,
            min_improve_delta: row.get(16)?,
        };
        Ok((row.get(13)?, Before { record: read(row, 0, camera)?, policy }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Drops a record of which no recognition is left.
pub fn remove(conn: &Connection, occurrence: i64, student: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM record WHERE occurrence = ?1 AND student = ?2")?
        .execute(params![occurrence, student])?;
    Ok(())
}

/// How many students have a record in an occurrence.
pub fn count(conn: &Connection, occurrence: i64) -> Result<usize> {
    let mut stmt = conn.prepare_cached("SELECT count(*) FROM record WHERE occurrence = ?1")?;
    Ok(stmt.query_row([occurrence], |row| row.get::<_, u32>(0))? as usize)
}

/// How many records of an occurrence were decided under another policy.
pub fn outdated_in(conn: &Connection, occurrence: i64, policy: &Policy) -> Result<u32> {
    outdated(conn, "occurrence = :which", &occurrence, policy)
}

/// How many records of a date were decided under another policy.
pub fn outdated_on(conn: &Connection, date: NaiveDate, policy: &Policy) -> Result<u32> {
    outdated(conn, "occurrence IN (SELECT id FROM occurrence WHERE date = :which)", &date, policy)
}

fn outdated(conn: &Connection, condition: &str, which: &dyn ToSql, policy: &Policy) -> Result<u32> {
    let mut stmt = conn.prepare_cached(&format!(
        "SELECT count(*) FROM record
         WHERE {condition} AND policy IS NOT
           (SELECT id FROM policy WHERE min_score = :min_score AND reregister_window = :window
              AND min_improve_delta = :delta)",
    ))?;
    let named = named_params! {
        ":which": which, ":min_score": policy.min_score, ":window": policy.reregister_window,
        ":delta": policy.min_improve_delta,
    };
    Ok(stmt.query_row(named, |row| row.get(0))?)
}

/// The identity of a policy, stored on first use.
pub fn policy_id(conn: &Connection, policy: &Policy) -> Result<i64> {
    let named = named_params! {
        ":min_score": policy.min_score,
        ":window": policy.reregister_window,
        ":delta": policy.min_improve_delta,
    };
    conn.execute(
        "INSERT OR IGNORE INTO policy (min_score, reregister_window, min_improve_delta) VALUES (:min_score, :window, :delta)",
        named,
    )?;
    Ok(conn.query_row(
        "SELECT id FROM policy WHERE min_score = :min_score AND reregister_window = :window AND min_improve_delta = :delta",
        named,
        |row| row.get(0),
    )?)
}
