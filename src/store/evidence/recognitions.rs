//! The big table: recognitions, clustered by (instant, student, camera).
//!
//! An occurrence is a time range here, and so is a day, a retention and "the most recent".

use std::ops::RangeInclusive;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Statement, params};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::evidence::camera::{CameraId, KnownCamera};
use crate::domain::evidence::recognition::{Kept, Recognition, SentAliasId};
use crate::domain::evidence::step::{Lineup, Step};
use crate::domain::register::review::{SightingId, add_given};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::store::evidence::{cameras, reviews};
use crate::store::{Result, StoreError, json_list};

/// The identity of a recognition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// When.
    pub ts: Instant,
    /// Identity of the student.
    pub student: StudentId,
    /// Identity of the camera.
    pub camera: CameraId,
}

/// A recognition as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Its identity.
    pub key: Key,
    pub score: f64,
    pub crop: Option<&'a str>,
    /// The text that named the student, if it was not the code.
    pub sent_alias: Option<SentAliasId>,
}

/// Rows that one statement of [`append`] stores. More rows do not make it faster.
const TOGETHER: usize = 32;
/// Parameters of a row.
const COLUMNS: usize = 6;

/// Stores recognitions whose identity is not stored yet. Returns for each whether it was stored. This is fastest in the
/// order of their keys.
pub(crate) fn insert<'r>(conn: &Connection, rows: impl Iterator<Item = Row<'r>>) -> Result<Vec<bool>> {
    let sql = "INSERT OR IGNORE INTO recognition (ts, student, camera, score, crop, sent_alias)
               VALUES (?, ?, ?, ?, ?, ?)";
    let mut stmt = conn.prepare_cached(sql)?;
    let one = |row| -> Result<bool> {
        bind(&mut stmt, 0, &row)?;
        Ok(stmt.raw_execute()? == 1)
    };
    rows.map(one).collect()
}

/// Stores new recognitions. This is fastest in the order of their keys.
pub(crate) fn append<'r>(conn: &Connection, mut rows: impl ExactSizeIterator<Item = Row<'r>>) -> Result<()> {
    let mut many = conn.prepare_cached(&append_sql(TOGETHER))?;
    while rows.len() >= TOGETHER {
        for (nth, row) in rows.by_ref().take(TOGETHER).enumerate() {
            bind(&mut many, nth, &row)?;
        }
        many.raw_execute()?;
    }
    let mut one = conn.prepare_cached(&append_sql(1))?;
    for row in rows {
        bind(&mut one, 0, &row)?;
        one.raw_execute()?;
    }
    Ok(())
}

/// FAIL rather than the default, which would keep a journal for each statement: a failure undoes the
/// whole transaction anyway.
fn append_sql(rows: usize) -> String {
    let values = vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT OR FAIL INTO recognition (ts, student, camera, score, crop, sent_alias) VALUES {values}")
}

/// Binds the parameters of the `nth` row.
fn bind(stmt: &mut Statement, nth: usize, row: &Row) -> Result<()> {
    let first = nth * COLUMNS;
    stmt.raw_bind_parameter(first + 1, row.key.ts)?;
    stmt.raw_bind_parameter(first + 2, row.key.student)?;
    stmt.raw_bind_parameter(first + 3, row.key.camera)?;
    stmt.raw_bind_parameter(first + 4, row.score)?;
    stmt.raw_bind_parameter(first + 5, row.crop)?;
    stmt.raw_bind_parameter(first + 6, row.sent_alias)?;
    Ok(())
}

/// The latest instant of all recognitions.
pub(crate) fn newest(conn: &Connection) -> Result<Option<Instant>> {
    Ok(conn.prepare_cached("SELECT max(ts) FROM recognition")?.query_row([], |row| row.get(0))?)
}

/// The stored lines of an identity.
pub(crate) fn find(conn: &Connection, key: Key) -> Result<Option<Kept>> {
    let mut stmt = conn.prepare_cached(
        "SELECT score, crop, crop_score, sent_alias FROM recognition
         WHERE ts = ?1 AND student = ?2 AND camera = ?3",
    )?;
    Ok(stmt.query_row(params![key.ts, key.student, key.camera], kept).optional()?)
}

/// Reads what is kept of the lines of an identity, by the names of the columns.
fn kept(row: &rusqlite::Row) -> rusqlite::Result<Kept> {
    let (score, crop) = (row.get("score")?, row.get("crop")?);
    Ok(Kept { score, crop, crop_score: row.get("crop_score")?, sent_alias: row.get("sent_alias")? })
}

/// Replaces the stored line of an identity.
pub(crate) fn replace(conn: &Connection, key: Key, kept: &Kept) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "UPDATE recognition SET score = ?4, crop = ?5, crop_score = ?6, sent_alias = ?7
         WHERE ts = ?1 AND student = ?2 AND camera = ?3",
    )?;
    let Key { ts, student, camera } = key;
    stmt.execute(params![ts, student, camera, kept.score, kept.crop, kept.crop_score, kept.sent_alias])?;
    Ok(())
}

/// Every sighting since an instant whose student was named by an alias, with what is kept of it.
pub(crate) fn by_alias(
    conn: &Connection,
    since: Instant,
    mut each: impl FnMut(Key, SentAliasId, Kept),
) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "SELECT ts, student, camera, score, crop, crop_score, sent_alias FROM recognition
         WHERE ts >= ?1 AND sent_alias IS NOT NULL",
    )?;
    let mut rows = stmt.query([since])?;
    while let Some(row) = rows.next()? {
        let key = Key { ts: row.get("ts")?, student: row.get("student")?, camera: row.get("camera")? };
        each(key, row.get("sent_alias")?, kept(row)?);
    }
    Ok(())
}

/// Stores a sighting again under an identity. `false` if there is one already.
pub(crate) fn keep(conn: &Connection, key: Key, line: &Kept) -> Result<bool> {
    if find(conn, key)?.is_some() {
        return Ok(false);
    }
    let row = Row { key, score: line.score, crop: line.crop.as_deref(), sent_alias: line.sent_alias };
    insert(conn, std::iter::once(row))?;
    replace(conn, key, line)?;
    Ok(true)
}

/// Removes a sighting.
pub(crate) fn remove(conn: &Connection, key: Key) -> Result<()> {
    let sql = "DELETE FROM recognition WHERE ts = ?1 AND student = ?2 AND camera = ?3";
    conn.prepare_cached(sql)?.execute(params![key.ts, key.student, key.camera])?;
    Ok(())
}

/// Passes every recognition within a window to `each`, by instant, student and camera.
pub(crate) fn each<E: From<StoreError>>(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let sql =
        "SELECT ts, student, camera, score, crop, sent_alias FROM recognition WHERE ts BETWEEN ?1 AND ?2
               ORDER BY ts, student, camera";
    let mut stmt = conn.prepare_cached(sql).map_err(StoreError::from)?;
    let mut rows = stmt.query(params![window.start(), window.end()]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        each(read(row).map_err(StoreError::from)?)?;
    }
    Ok(())
}

fn read<'a>(row: &'a rusqlite::Row) -> rusqlite::Result<Row<'a>> {
    let key = Key { ts: row.get(0)?, student: row.get(1)?, camera: row.get(2)? };
    let crop = row.get_ref(4)?.as_str_or_null()?;
    Ok(Row { key, score: row.get(3)?, crop, sent_alias: row.get(5)? })
}

/// The recognitions of some students within a window, each student's in the order of the fold.
pub(crate) type ByStudent = FxHashMap<StudentId, Vec<Recognition>>;

/// Reads one window of time and returns the recognitions that count for the `wanted` students: without rejected
/// ones, and with those that were reassigned to them.
pub(crate) fn of_students(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    wanted: impl Fn(StudentId) -> bool,
) -> Result<ByStudent> {
    timelines(conn, window, None, wanted)
}

/// The same for a few students. SQLite skips the others, which takes half as long as reading them.
pub(crate) fn of_few(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    students: &FxHashSet<StudentId>,
) -> Result<ByStudent> {
    timelines(conn, window, Some(students), |student| students.contains(&student))
}

fn timelines(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    few: Option<&FxHashSet<StudentId>>,
    wanted: impl Fn(StudentId) -> bool,
) -> Result<ByStudent> {
    let cameras = cameras::by_id(conn)?;
    let (mut found, given) = counting(conn, window, few, wanted, |sent, confirmed| {
        let camera = cameras.get(&sent.id.camera).cloned().unwrap_or_default();
        let crop = sent.crop.map(Into::into);
        Some(Recognition { ts: sent.id.ts, camera, score: sent.score, crop, confirmed })
    })?;
    for (student, given) in given {
        add_given(found.entry(student).or_default(), given);
    }
    for timeline in found.values_mut() {
        timeline.sort_by(Recognition::time_order);
    }
    Ok(found)
}

/// The same as steps of timelines, in no order and without the sightings that are `left_out`.
pub(crate) fn steps(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    lineup: &mut Lineup,
    wanted: impl Fn(StudentId) -> bool,
    left_out: impl Fn(SightingId) -> bool,
) -> Result<FxHashMap<StudentId, Vec<Step>>> {
    let cameras = cameras::by_id(conn)?;
    let numbers: FxHashMap<CameraId, u32> =
        cameras.iter().map(|(id, camera)| (*id, lineup.number(camera))).collect();
    let unknown = lineup.number(&Arc::default());
    let (mut found, given) = counting(conn, window, None, wanted, |sent, confirmed| {
        let camera = numbers.get(&sent.id.camera).copied().unwrap_or(unknown);
        let step =
            Step { ts: sent.id.ts, score: sent.score, camera, has_crop: sent.crop.is_some(), confirmed };
        (!left_out(sent.id)).then_some(step)
    })?;
    for (student, given) in given {
        let own = found.entry(student).or_default();
        for step in given {
            if !own.iter().any(|known| known.is_same(&step)) {
                own.push(step);
            }
        }
    }
    Ok(found)
}

/// A stored recognition, as the camera sent it.
struct Sent<'r> {
    id: SightingId,
    score: f64,
    crop: Option<&'r str>,
}

type Sorted<T> = FxHashMap<StudentId, Vec<T>>;

/// Makes a value of every recognition within a window that counts for a wanted student, from the recognition and whether
/// a person confirmed it. Returns the students' own ones, and those that were reassigned to them. `few`: the wanted ones,
/// if they are few.
fn counting<T>(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    few: Option<&FxHashSet<StudentId>>,
    wanted: impl Fn(StudentId) -> bool,
    make: impl Fn(&Sent, bool) -> Option<T>,
) -> Result<(Sorted<T>, Sorted<T>)> {
    let reviews = reviews::within(conn, &window)?;
    let (mut found, mut given) = (Sorted::default(), Sorted::default());
    // Without reviews no recognition counts for another student than the one for whom it was sent.
    let few = few.filter(|_| reviews.is_empty());
    let may_count = |student| !reviews.is_empty() || wanted(student);
    each_sent(conn, window, few, may_count, |sent| match reviews.counts_for(sent.id) {
        Some((student, confirmed)) if wanted(student) => {
            let counting = if student == sent.id.student { &mut found } else { &mut given };
            if let Some(made) = make(sent, confirmed) {
                counting.entry(student).or_default().push(made);
            }
        }
        _ => {}
    })?;
    Ok((found, given))
}

/// Passes every recognition of `wanted` students within a window to `each`, in no order. `few`: no others are looked at.
fn each_sent(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    few: Option<&FxHashSet<StudentId>>,
    wanted: impl Fn(StudentId) -> bool,
    mut each: impl FnMut(&Sent),
) -> Result<()> {
    let sql = "SELECT student, ts, camera, score, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2";
    let (from, until) = window.into_inner();
    let mut stmt;
    let mut rows = match few {
        None => {
            stmt = conn.prepare_cached(sql)?;
            stmt.query(params![from, until])?
        }
        Some(students) => {
            let of_few = format!("{sql} AND student IN (SELECT value FROM json_each(?3))");
            stmt = conn.prepare_cached(&of_few)?;
            stmt.query(params![from, until, json_list(students)])?
        }
    };
    while let Some(row) = rows.next()? {
        // Reading a row takes longer than finding it, and a screen wants few.
        let student = row.get(0)?;
        if !wanted(student) {
            continue;
        }
        let id = SightingId { student, ts: row.get(1)?, camera: row.get(2)? };
        let crop = row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        each(&Sent { id, score: row.get(3)?, crop });
    }
    Ok(())
}

/// The recognitions of one student within a window as the cameras sent them, regardless of reviews, by time.
pub(crate) fn sent(
    conn: &Connection,
    student: StudentId,
    window: RangeInclusive<Instant>,
) -> Result<Vec<(SightingId, Recognition)>> {
    let cameras = cameras::by_id(conn)?;
    let mut stmt = conn.prepare_cached(
        "SELECT ts, camera, score, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2 AND student = ?3",
    )?;
    let rows = stmt.query_map(params![window.start(), window.end(), student], |row| {
        let id = SightingId { student, ts: row.get(0)?, camera: row.get(1)? };
        let camera = cameras.get(&id.camera).cloned().unwrap_or_default();
        let (score, crop) = (row.get(2)?, row.get(3)?);
        Ok((id, Recognition { ts: id.ts, camera, score, crop, confirmed: false }))
    })?;
    let mut sent: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    sent.sort_by(|(_, a), (_, b)| a.time_order(b));
    Ok(sent)
}

/// Every recognition of one student in the order of the fold. It reads the whole table.
pub(crate) fn of_student(conn: &Connection, student: StudentId) -> Result<Vec<Recognition>> {
    Ok(sent(conn, student, Instant::EVER)?.into_iter().map(|(_, recognition)| recognition).collect())
}

/// Passes camera and instant of every recognition from `from` (exclusive) to `to` to `each`.
pub(crate) fn each_instant(
    conn: &Connection,
    from: Instant,
    to: Instant,
    mut each: impl FnMut(CameraId, Instant),
) -> Result<()> {
    let mut stmt = conn.prepare_cached("SELECT camera, ts FROM recognition WHERE ts > ?1 AND ts <= ?2")?;
    let mut rows = stmt.query(params![from, to])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get(1)?);
    }
    Ok(())
}

/// The student for whom a line with this alias was stored.
pub(crate) fn holder_at(
    conn: &Connection,
    ts: Instant,
    camera: CameraId,
    sent: SentAliasId,
) -> Result<Option<StudentId>> {
    let mut stmt = conn.prepare_cached(
        "SELECT student FROM recognition WHERE ts = ?1 AND camera = ?2 AND sent_alias = ?3 ORDER BY student",
    )?;
    Ok(stmt.query_row(params![ts, camera, sent], |row| row.get(0)).optional()?)
}

/// Passes the latest recognition within a window of at least `min_score` of each student to `each`: identity of the
/// student, instant, camera.
pub(crate) fn last_of_each(
    conn: &Connection,
    window: RangeInclusive<Instant>,
    min_score: f64,
    mut each: impl FnMut(StudentId, Instant, &KnownCamera),
) -> Result<()> {
    if !reviews::within(conn, &window)?.is_empty() {
        for (student, timeline) in of_students(conn, window, |_| true)? {
            let counts = |seen: &&Recognition| seen.confirmed || seen.score >= min_score;
            if let Some(last) = timeline.iter().rev().find(counts) {
                each(student, last.ts, &last.camera);
            }
        }
        return Ok(());
    }
    let cameras = cameras::by_id(conn)?;
    let mut last = FxHashMap::<StudentId, (Instant, Arc<KnownCamera>)>::default();
    let mut stmt = conn.prepare_cached(
        "SELECT student, ts, camera FROM recognition WHERE ts BETWEEN ?1 AND ?2 AND score >= ?3 ORDER BY ts",
    )?;
    let mut rows = stmt.query(params![window.start(), window.end(), min_score])?;
    while let Some(row) = rows.next()? {
        let seen = (row.get(1)?, cameras.get(&row.get(2)?).cloned().unwrap_or_default());
        let known = last.entry(row.get(0)?).or_insert_with(|| seen.clone());
        if (known.0, known.1.rank()) < (seen.0, seen.1.rank()) {
            *known = seen;
        }
    }
    last.iter().for_each(|(student, (at, camera))| each(*student, *at, camera));
    Ok(())
}

/// A recognition with its student.
#[derive(Debug, Clone)]
pub(crate) struct RecognisedStudent {
    /// Identity of the student.
    pub student: StudentId,
    pub code: String,
    pub name: String,
    /// The recognition as the camera sent it.
    pub recognition: Recognition,
}

/// The latest recognitions up to an instant, the newest first.
pub(crate) fn latest(conn: &Connection, until: Instant, limit: u32) -> Result<Vec<RecognisedStudent>> {
    let cameras = cameras::by_id(conn)?;
    let mut stmt = conn.prepare_cached(
        "SELECT r.student, s.code, s.name, r.ts, r.camera, r.score, r.crop
         FROM recognition r JOIN student s ON s.id = r.student LEFT JOIN camera c ON c.id = r.camera
         WHERE r.ts <= ?1
         ORDER BY r.ts DESC, r.student DESC, ifnull(c.first_name, c.name) DESC, r.camera DESC LIMIT ?2",
    )?;
    let rows = stmt.query_map(params![until, limit], |row| {
        Ok(RecognisedStudent {
            student: row.get(0)?,
            code: row.get(1)?,
            name: row.get(2)?,
            recognition: Recognition {
                ts: row.get(3)?,
                camera: cameras.get(&row.get(4)?).cloned().unwrap_or_default(),
                score: row.get(5)?,
                crop: row.get(6)?,
                confirmed: false,
            },
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
