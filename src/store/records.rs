//! Records: what the fold made of one student in one occurrence, and the register read from them.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::{Result, StoreError};
use crate::domain::mark::Mark;
use crate::domain::occurrence::Occurrence;
use crate::domain::record::{Low, Policy, Record, Seen};

/// The columns [`record`] reads, in its order; `r` is the record, `bc` and `lc` its cameras.
macro_rules! columns {
    () => {
        "r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, bc.name, r.best_crop, \
         r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, lc.name"
    };
}

/// The joins [`columns`] needs.
macro_rules! cameras {
    () => {
        " LEFT JOIN camera bc ON bc.id = r.best_camera LEFT JOIN camera lc ON lc.id = r.low_camera "
    };
}

/// Reads a record from the columns starting at `at`; an absent row reads as an empty record.
fn record(row: &Row, at: usize) -> rusqlite::Result<Record> {
    let sightings: Option<u32> = row.get(at + 2)?;
    let seen = sightings.filter(|n| *n > 0).map(|sightings| -> rusqlite::Result<Seen> {
        Ok(Seen {
            first: row.get(at)?,
            last: row.get(at + 1)?,
            sightings,
            best_seen: row.get(at + 3)?,
            best_score: row.get(at + 4)?,
            best_camera: row.get(at + 5)?,
            best_crop: row.get(at + 6)?,
        })
    });
    let sightings: Option<u32> = row.get(at + 7)?;
    let low = sightings.filter(|n| *n > 0).map(|sightings| -> rusqlite::Result<Low> {
        Ok(Low {
            sightings,
            first: row.get(at + 8)?,
            last: row.get(at + 9)?,
            best_score: row.get(at + 10)?,
            best_seen: row.get(at + 11)?,
            best_camera: row.get(at + 12)?,
        })
    });
    Ok(Record { seen: seen.transpose()?, low: low.transpose()? })
}

/// One record, with the identity of the policy it was folded under.
pub fn find(conn: &Connection, occurrence: i64, student: i64) -> Result<Option<(Record, i64)>> {
    let mut stmt = conn.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        ", r.policy FROM record r ",
        cameras!(),
        "WHERE r.occurrence = ?1 AND r.student = ?2"
    ))?;
    Ok(stmt.query_row(params![occurrence, student], |row| Ok((record(row, 0)?, row.get(13)?))).optional()?)
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

/// What is remembered of one expected student in one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Identity.
    pub student: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Group on the date of the occurrence.
    pub group: Option<String>,
    /// What the recognitions add up to; empty where there were none.
    pub record: Record,
    /// The latest mark, which may be one that takes the others back.
    pub mark: Option<Mark>,
}

/// Passes everybody expected in an occurrence to `each`, by code, with what is remembered of them.
pub fn each_expected<E: From<StoreError>>(
    conn: &Connection,
    occurrence: &Occurrence,
    mut each: impl FnMut(Remembered) -> Result<(), E>,
) -> Result<(), E> {
    let mut stmt = conn
        .prepare_cached(concat!(
        "SELECT ",
        columns!(),
        ", s.id, s.code, s.name, e.group_name, m.decision, m.marked_by, m.marked_at, m.reason
         FROM student s
         JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date
         LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id",
        cameras!(),
        "LEFT JOIN mark m ON m.id = (SELECT max(id) FROM mark WHERE occurrence = :occurrence AND student = s.id)
         ORDER BY s.code"
    )).map_err(StoreError::from)?;
    let params = named_params! { ":date": occurrence.date, ":occurrence": occurrence.id };
    for remembered in stmt.query_and_then(params, remembered).map_err(StoreError::from)? {
        let remembered = remembered?;
        if occurrence.groups.expect(remembered.group.as_deref()) {
            each(remembered)?;
        }
    }
    Ok(())
}

fn remembered(row: &Row) -> Result<Remembered> {
    Ok(Remembered {
        student: row.get(13)?,
        code: row.get(14)?,
        name: row.get(15)?,
        group: row.get(16)?,
        record: record(row, 0)?,
        mark: super::marks::read(row, 17)?,
    })
}
