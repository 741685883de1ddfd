//! The register: everybody expected in an occurrence, with what is remembered of them.
//!
//! Marks and names of cameras are few and read once; records and students are met one by one.

use rusqlite::{Connection, Row, named_params};
use rustc_hash::FxHashMap;

use super::{Result, StoreError, cameras, marks, records};
use crate::domain::mark::Mark;
use crate::domain::occurrence::Occurrence;
use crate::domain::record::Record;
use crate::domain::register::Standing;

/// What is remembered of one expected student in one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
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
    let names = cameras::names(conn)?;
    let mut marks = marks::in_force(conn, occurrence.id)?;
    let mut stmt = conn
        .prepare_cached(
            "SELECT e.group_name, s.id, s.code, s.name,
               r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop,
               r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera
             FROM student s
             JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date
             LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id
             ORDER BY s.code",
        )
        .map_err(StoreError::from)?;
    let camera = |row: &Row, column| {
        let id: i64 = row.get(column)?;
        Ok(names.get(&id).cloned().unwrap_or_default())
    };
    let params = named_params! { ":date": occurrence.date, ":occurrence": occurrence.id };
    let mut rows = stmt.query(params).map_err(StoreError::from)?;
    let mut next = || -> Result<Option<Remembered>> {
        while let Some(row) = rows.next()? {
            if expected(occurrence, row)? {
                return Ok(Some(Remembered {
                    group: row.get(0)?,
                    mark: marks.remove(&row.get(1)?),
                    code: row.get(2)?,
                    name: row.get(3)?,
                    record: records::read(row, 4, camera)?,
                }));
            }
        }
        Ok(None)
    };
    while let Some(remembered) = next()? {
        each(remembered)?;
    }
    Ok(())
}

/// How everybody expected in an occurrence stands, in no order: what counting needs, at a fraction of
/// the cost.
pub fn standings(conn: &Connection, occurrence: &Occurrence) -> Result<Vec<Standing>> {
    let marks: FxHashMap<i64, Mark> = marks::in_force(conn, occurrence.id)?;
    let mut stmt = conn.prepare_cached(
        "SELECT e.group_name, e.student, r.first_seen, r.low_sightings
         FROM enrolment e LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = e.student
         WHERE e.from_date <= :date AND e.until_date > :date",
    )?;
    let mut rows = stmt.query(named_params! { ":date": occurrence.date, ":occurrence": occurrence.id })?;
    let mut standings = Vec::new();
    while let Some(row) = rows.next()? {
        if expected(occurrence, row)? {
            let low_sightings: Option<u32> = row.get(3)?;
            standings.push(Standing {
                decision: marks.get(&row.get(1)?).and_then(|mark| mark.decision),
                first_seen: row.get(2)?,
                low: low_sightings.is_some_and(|sightings| sightings > 0),
            });
        }
    }
    Ok(standings)
}

/// Whether the student of a row, whose group stands in the first column, is expected.
fn expected(occurrence: &Occurrence, row: &Row) -> rusqlite::Result<bool> {
    if occurrence.groups.everybody() {
        return Ok(true);
    }
    let group: Option<String> = row.get(0)?;
    Ok(occurrence.groups.expect(group.as_deref()))
}
