//! Records: the fold of one student's recognitions in one occurrence.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, ToSql, named_params, params};
use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::{CameraId, KnownCamera};
use crate::domain::evidence::record::{Accepted, Low, Policy, Record};
use crate::domain::register::recompute::Before;
use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::store::Result;
use crate::store::cursor::Cursor;
use crate::store::evidence::cameras::{self, CamerasById};

/// The columns of a record, in the order in which they are selected and stored. Only the table `record` itself
/// names them once more. Code that reads or writes one column uses its [`place`].
const COLUMNS: [&str; 13] = [
    "first_seen",
    "last_seen",
    "sightings",
    "best_seen",
    "best_score",
    "best_camera",
    "best_crop",
    "low_sightings",
    "low_first",
    "low_last",
    "low_score",
    "low_seen",
    "low_camera",
];

/// The index of a column in [`COLUMNS`]. In a `const` context an unknown name does not compile.
const fn place(name: &str) -> usize {
    let mut nth = 0;
    while nth < COLUMNS.len() {
        if is_same(COLUMNS[nth], name) {
            return nth;
        }
        nth += 1;
    }
    panic!("a record has no such column")
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut nth = 0;
    while nth < one.len() && nth < other.len() && one[nth] == other[nth] {
        nth += 1;
    }
    nth == one.len() && nth == other.len()
}

/// The columns of a record for a SELECT, each through `spelt`.
fn columns(spelt: impl Fn(&str) -> String) -> String {
    COLUMNS.map(spelt).join(", ")
}

/// The columns of the table `r`, for [`read`]. Cameras are identities.
fn selected() -> String {
    columns(|column| format!("r.{column}"))
}

/// Reads a record from its columns, which begin at `at`. A missing record reads as an empty one. `camera` finds a
/// camera.
fn read(
    row: &Row,
    at: usize,
    camera: impl Fn(CameraId) -> rusqlite::Result<Arc<KnownCamera>>,
) -> rusqlite::Result<Record> {
    let counted = |column| -> rusqlite::Result<Option<u32>> {
        Ok(row.get::<_, Option<u32>>(at + column)?.filter(|sightings| *sightings > 0))
    };
    let seen = counted(const { place("sightings") })?.map(|sightings| -> rusqlite::Result<Accepted> {
        Ok(Accepted {
            first: row.get(at + const { place("first_seen") })?,
            last: row.get(at + const { place("last_seen") })?,
            sightings,
            best_seen: row.get(at + const { place("best_seen") })?,
            best_score: row.get(at + const { place("best_score") })?,
            best_camera: camera(row.get(at + const { place("best_camera") })?)?,
            best_crop: row.get(at + const { place("best_crop") })?,
        })
    });
    let low = counted(const { place("low_sightings") })?.map(|sightings| -> rusqlite::Result<Low> {
        Ok(Low {
            sightings,
            first: row.get(at + const { place("low_first") })?,
            last: row.get(at + const { place("low_last") })?,
            best_score: row.get(at + const { place("low_score") })?,
            best_seen: row.get(at + const { place("low_seen") })?,
            best_camera: camera(row.get(at + const { place("low_camera") })?)?,
        })
    });
    Ok(Record { seen: seen.transpose()?, low: low.transpose()? })
}

/// One record, with the identity of the policy it was folded under. `known`: cameras that need not be read.
pub(crate) fn find(
    conn: &Connection,
    occurrence: OccurrenceId,
    student: StudentId,
    known: &CamerasById,
) -> Result<Option<(Record, i64)>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!("SELECT {}, r.policy FROM record r WHERE r.occurrence = ?1 AND r.student = ?2", selected())
    });
    let mut stmt = conn.prepare_cached(&SQL)?;
    let found = stmt.query_row(params![occurrence, student], |row| {
        Ok((read(row, 0, |id| cameras::of(conn, known, id))?, row.get(COLUMNS.len())?))
    });
    Ok(found.optional()?)
}

/// Finds the records of one occurrence for a register, by student.
pub(in crate::store) struct Finder<'s> {
    conn: &'s Connection,
    occurrence: OccurrenceId,
    cameras: CamerasById,
    pass: Option<Pass<'s>>,
}

impl<'s> Finder<'s> {
    /// Pass `pass` if you ask for all students, nearly in the order of their identities.
    pub(in crate::store) fn new(
        conn: &'s Connection,
        occurrence: OccurrenceId,
        pass: Option<&'s mut CachedStatement>,
    ) -> Result<Self> {
        let pass = pass.map(|stmt| Pass::begin(stmt, occurrence)).transpose()?;
        Ok(Self { conn, occurrence, cameras: cameras::by_id(conn)?, pass })
    }

    /// A student's record. If all are asked for in nearly the order of their identities, most are read in one pass.
    pub(in crate::store) fn find(&mut self, student: StudentId) -> Result<Option<Record>> {
        let (conn, known) = (self.conn, &self.cameras);
        if let Some(pass) = &mut self.pass
            && pass.reaches(student)?
        {
            let row = pass.records.row_of(student);
            return Ok(row.map(|row| read(row, 1, |id| cameras::of(conn, known, id))).transpose()?);
        }
        Ok(find(conn, self.occurrence, student, known)?.map(|(record, _)| record))
    }
}

/// The records of one occurrence, read once in the order of students' identities. The order of codes is often nearly the
/// same. A student out of order is looked up, at three times the cost.
pub(in crate::store) struct Pass<'s> {
    records: Cursor<'s>,
    /// The student of the last record that it has passed.
    passed: Option<StudentId>,
}

/// The most records that a pass skips for one student. One who stands farther ahead was added late, and would end it.
const JUMP: usize = 64;

impl<'s> Pass<'s> {
    /// The statement that reads it.
    pub(in crate::store) fn prepare(conn: &Connection) -> Result<CachedStatement<'_>> {
        let sql = format!(
            "SELECT r.student, {} FROM record r WHERE r.occurrence = ?1 ORDER BY r.student",
            selected()
        );
        Ok(conn.prepare_cached(&sql)?)
    }

    fn begin(stmt: &'s mut CachedStatement, occurrence: OccurrenceId) -> Result<Self> {
        Ok(Self { records: Cursor::new(stmt.query([occurrence])?)?, passed: None })
    }

    /// Goes on to the record of a student, or to where it would be. `false`: it has passed that, or it is too far ahead.
    fn reaches(&mut self, student: StudentId) -> rusqlite::Result<bool> {
        if self.passed.is_some_and(|passed| student <= passed) {
            return Ok(false);
        }
        for _ in 0..JUMP {
            match self.records.student {
                Some(present) if present < student => self.passed = Some(present),
                _ => return Ok(true),
            }
            self.records.advance()?;
        }
        Ok(self.records.student.is_none_or(|present| student <= present))
    }
}

/// Whether an occurrence has records.
pub(crate) fn any(conn: &Connection, occurrence: OccurrenceId) -> Result<bool> {
    let mut stmt = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM record WHERE occurrence = ?1)")?;
    Ok(stmt.query_row([occurrence], |row| row.get(0))?)
}

/// The columns of the key and the policy.
const KEY: [&str; 3] = ["occurrence", "student", "policy"];

/// Stores records under one policy. A batch stores thousands, so the statement is looked up once.
pub(crate) struct Writer<'c> {
    stmt: CachedStatement<'c>,
    policy: i64,
}

impl<'c> Writer<'c> {
    /// `policy` is the identity of the policy of the fold.
    pub(crate) fn new(conn: &'c Connection, policy: i64) -> Result<Self> {
        static SQL: LazyLock<String> = LazyLock::new(|| {
            let columns = [&KEY[..], &COLUMNS[..]].concat();
            let values = vec!["?"; columns.len()].join(", ");
            format!("REPLACE INTO record ({}) VALUES ({values})", columns.join(", "))
        });
        Ok(Self { stmt: conn.prepare_cached(&SQL)?, policy })
    }

    /// Stores a record, or replaces it. Its cameras are known, because their recognitions are stored.
    pub(crate) fn save(
        &mut self,
        occurrence: OccurrenceId,
        student: StudentId,
        record: &Record,
    ) -> Result<()> {
        let (seen, low) = (record.seen.as_ref(), record.low.as_ref());
        self.stmt.raw_bind_parameter(1, occurrence)?;
        self.stmt.raw_bind_parameter(2, student)?;
        self.stmt.raw_bind_parameter(3, self.policy)?;
        self.bind(const { place("first_seen") }, seen.map(|seen| seen.first))?;
        self.bind(const { place("last_seen") }, seen.map(|seen| seen.last))?;
        self.bind(const { place("sightings") }, seen.map_or(0, |seen| seen.sightings))?;
        self.bind(const { place("best_seen") }, seen.map(|seen| seen.best_seen))?;
        self.bind(const { place("best_score") }, seen.map(|seen| seen.best_score))?;
        self.bind(const { place("best_camera") }, seen.map(|seen| seen.best_camera.id))?;
        self.bind(const { place("best_crop") }, seen.and_then(|seen| seen.best_crop.as_deref()))?;
        self.bind(const { place("low_sightings") }, low.map_or(0, |low| low.sightings))?;
        self.bind(const { place("low_first") }, low.map(|low| low.first))?;
        self.bind(const { place("low_last") }, low.map(|low| low.last))?;
        self.bind(const { place("low_score") }, low.map(|low| low.best_score))?;
        self.bind(const { place("low_seen") }, low.map(|low| low.best_seen))?;
        self.bind(const { place("low_camera") }, low.map(|low| low.best_camera.id))?;
        self.stmt.raw_execute()?;
        Ok(())
    }

    fn bind(&mut self, column: usize, value: impl ToSql) -> Result<()> {
        Ok(self.stmt.raw_bind_parameter(KEY.len() + column + 1, value)?)
    }
}

/// The records of an occurrence by student, with the settings they were folded under; only of students in
/// a range of identities.
pub(crate) fn of_occurrence(
    conn: &Connection,
    occurrence: OccurrenceId,
    students: &RangeInclusive<StudentId>,
) -> Result<FxHashMap<StudentId, Before>> {
    let cameras = cameras::by_id(conn)?;
    let camera = |id| cameras::of(conn, &cameras, id);
    let mut stmt = conn.prepare_cached(&format!(
        "SELECT r.student, p.min_score, p.reregister_window, p.min_improve_delta, {}
         FROM record r JOIN policy p ON p.id = r.policy
         WHERE r.occurrence = ?1 AND r.student BETWEEN ?2 AND ?3",
        selected()
    ))?;
    let rows = stmt.query_map(params![occurrence, students.start(), students.end()], |row| {
        let policy =
            Policy { min_score: row.get(1)?, reregister_window: row.get(2)?, min_improve_delta: row.get(3)? };
        Ok((row.get(0)?, Before { record: read(row, 4, camera)?, policy }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a record without recognitions.
pub(crate) fn remove(conn: &Connection, occurrence: OccurrenceId, student: StudentId) -> Result<()> {
    conn.prepare_cached("DELETE FROM record WHERE occurrence = ?1 AND student = ?2")?
        .execute(params![occurrence, student])?;
    Ok(())
}

/// How many records of an occurrence were decided under another policy.
pub(crate) fn outdated_in(conn: &Connection, occurrence: OccurrenceId, policy: &Policy) -> Result<u32> {
    outdated(conn, "SELECT :which", &occurrence, policy)
}

/// How many records of a date were decided under another policy.
pub(crate) fn outdated_on(conn: &Connection, date: NaiveDate, policy: &Policy) -> Result<u32> {
    outdated(conn, "SELECT id FROM occurrence WHERE date = :which", &date, policy)
}

/// Counts in some `occurrences`. Their records are read only if there is another policy, which many schools never have.
fn outdated(conn: &Connection, occurrences: &str, which: &dyn ToSql, policy: &Policy) -> Result<u32> {
    let mut stmt = conn.prepare_cached(&format!(
        "WITH other AS (SELECT id FROM policy WHERE min_score <> :min_score OR reregister_window <> :window
           OR min_improve_delta <> :delta)
         SELECT count(*) FROM record
         WHERE occurrence IN (SELECT * FROM ({occurrences}) WHERE EXISTS (SELECT 1 FROM other))
           AND policy IN (SELECT id FROM other)",
    ))?;
    let named = named_params! {
        ":which": which, ":min_score": policy.min_score, ":window": policy.reregister_window,
        ":delta": policy.min_improve_delta,
    };
    Ok(stmt.query_row(named, |row| row.get(0))?)
}

/// The identity of a policy, stored on first use.
pub(crate) fn policy_id(conn: &Connection, policy: &Policy) -> Result<i64> {
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
