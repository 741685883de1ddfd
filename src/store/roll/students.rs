//! Students and their enrolments.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::domain::roll::student::{Enrolment, OPEN_END, Student};
use crate::store::{Result, StoreError};

/// A student with the identity other tables know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Identity.
    pub id: i64,
    /// As on the roll on the date asked for.
    pub student: Student,
}

/// All students with their state on `date`, by code.
pub fn list(conn: &Connection, date: NaiveDate) -> Result<Vec<Stored>> {
    let mut all = Vec::new();
    each_until(conn, date, |known| {
        all.push(Stored { id: known.id, student: known.student() });
        Ok::<(), StoreError>(())
    })?;
    Ok(all)
}

/// One student by code.
pub fn find(conn: &Connection, code: &str, date: NaiveDate) -> Result<Option<Stored>> {
    // A student who left keeps the group of the last enrolment, for people who look them up.
    let mut stmt = conn.prepare_cached(
        "SELECT s.id, s.code, s.name, e.group_name, e.until_date IS NOT NULL AND e.until_date > :date
         FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date =
           (SELECT max(from_date) FROM enrolment WHERE student = s.id AND from_date <= :date)
         WHERE s.code = :code",
    )?;
    Ok(stmt.query_row(named_params! { ":date": date, ":code": code }, stored).optional()?)
}

fn stored(row: &rusqlite::Row) -> rusqlite::Result<Stored> {
    let student = Student { code: row.get(1)?, name: row.get(2)?, group: row.get(3)?, active: row.get(4)? };
    Ok(Stored { id: row.get(0)?, student })
}

/// A student with the group on a date.
#[derive(Debug, Clone, Copy)]
pub struct OnRoll<'a> {
    /// Identity.
    pub id: i64,
    /// Code.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
    /// Whether the student is on the roll on that date.
    pub enrolled: bool,
    /// In which group.
    pub group: Option<&'a str>,
}

impl OnRoll<'_> {
    /// The same, kept.
    pub fn student(&self) -> Student {
        Student {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            group: self.group.map(str::to_owned),
            active: self.enrolled,
        }
    }
}

/// Passes every student to `each`, by code, as on `date`.
pub fn each_on<E: From<StoreError>>(
    conn: &Connection,
    date: NaiveDate,
    each: impl FnMut(OnRoll) -> Result<(), E>,
) -> Result<(), E> {
    let sql = "SELECT s.id, s.code, s.name, e.student IS NOT NULL, e.group_name FROM student s
               LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= ?1 AND e.until_date > ?1
               ORDER BY s.code";
    each_of(conn, sql, date, each)
}

/// Passes every student to `each`, by code, as on `date`; those who had left by then with the last group
/// they were in.
pub fn each_until<E: From<StoreError>>(
    conn: &Connection,
    date: NaiveDate,
    each: impl FnMut(OnRoll) -> Result<(), E>,
) -> Result<(), E> {
    let sql = "SELECT s.id, s.code, s.name, coalesce(e.until_date > ?1, 0), e.group_name FROM student s
               LEFT JOIN enrolment e ON e.student = s.id AND e.from_date =
                 (SELECT max(from_date) FROM enrolment WHERE student = s.id AND from_date <= ?1)
               ORDER BY s.code";
    each_of(conn, sql, date, each)
}

fn each_of<E: From<StoreError>>(
    conn: &Connection,
    sql: &str,
    date: NaiveDate,
    mut each: impl FnMut(OnRoll) -> Result<(), E>,
) -> Result<(), E> {
    let mut stmt = conn.prepare_cached(sql).map_err(StoreError::from)?;
    let mut rows = stmt.query([date]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        each(on_roll(row).map_err(StoreError::from)?)?;
    }
    Ok(())
}

fn on_roll<'a>(row: &'a rusqlite::Row) -> rusqlite::Result<OnRoll<'a>> {
    Ok(OnRoll {
        id: row.get(0)?,
        code: row.get_ref(1)?.as_str()?,
        name: row.get_ref(2)?.as_str()?,
        enrolled: row.get(3)?,
        group: row.get_ref(4)?.as_str_or_null()?,
    })
}

/// Every identity, in order.
pub fn ids(conn: &Connection) -> Result<Vec<i64>> {
    let mut stmt = conn.prepare_cached("SELECT id FROM student ORDER BY id")?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The highest identity of a student; 0 on an empty roll.
pub fn last_id(conn: &Connection) -> Result<i64> {
    let mut stmt = conn.prepare_cached("SELECT coalesce(max(id), 0) FROM student")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Every code on the roll, for suggestions.
pub fn codes(conn: &Connection) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached("SELECT code FROM student ORDER BY code")?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The identity and all enrolments of a code: what ingest needs to place a line.
pub fn enrolments(conn: &Connection, code: &str) -> Result<Option<(i64, Vec<Enrolment>)>> {
    let mut stmt = conn.prepare_cached(
        "SELECT s.id, e.from_date, e.until_date, e.group_name
         FROM student s LEFT JOIN enrolment e ON e.student = s.id WHERE s.code = ?1 ORDER BY e.from_date",
    )?;
    let mut rows = stmt.query([code])?;
    let mut found: Option<(i64, Vec<Enrolment>)> = None;
    while let Some(row) = rows.next()? {
        let (_, enrolments) = found.get_or_insert((row.get(0)?, Vec::new()));
        if let Some(from) = row.get(1)? {
            enrolments.push(Enrolment { from, until: row.get(2)?, group: row.get(3)? });
        }
    }
    Ok(found)
}

/// All enrolments of a student, by date.
pub fn enrolments_of(conn: &Connection, id: i64) -> Result<Vec<Enrolment>> {
    let mut stmt = conn.prepare_cached(
        "SELECT from_date, until_date, group_name FROM enrolment WHERE student = ?1 ORDER BY from_date",
    )?;
    let rows = stmt
        .query_map([id], |row| Ok(Enrolment { from: row.get(0)?, until: row.get(1)?, group: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A student's code and name by identity; `None`: the student is being erased.
pub fn named(conn: &Connection, id: i64) -> Result<Option<(String, String)>> {
    let mut stmt = conn.prepare_cached("SELECT code, name FROM student WHERE id = ?1")?;
    Ok(stmt.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// A student as stored by [`save`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Identity.
    pub id: i64,
    /// From when on the student is enrolled otherwise than before; `None` where nothing changed, and for
    /// newcomers, who had no past to change.
    pub since: Option<NaiveDate>,
}

/// Every group that anybody is or was in, by name.
pub fn groups(conn: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT group_name FROM enrolment WHERE group_name IS NOT NULL ORDER BY group_name";
    let mut stmt = conn.prepare_cached(sql)?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Adds or changes a student from `date` on; dates before keep the group and the state they had. Who was
/// never enrolled is from `first` on.
pub fn save(conn: &Connection, student: &Student, date: NaiveDate, first: NaiveDate) -> Result<Saved> {
    let id: i64 = conn
        .prepare_cached(
            "INSERT INTO student (code, name) VALUES (?1, ?2)
             ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING id",
        )?
        .query_row(params![student.code, student.name], |row| row.get(0))?;
    let enrolments = enrolments_of(conn, id)?;
    let holding = enrolments.iter().find(|e| e.holds(date));
    if holding.is_some_and(|e| student.active && e.group == student.group) {
        return Ok(Saved { id, since: None });
    }
    if let Some(enrolment) = holding {
        end_enrolment(conn, id, enrolment, date)?;
    }
    let mut since = date;
    if student.active {
        since = begins(&enrolments, holding, date, first);
        begin_enrolment(conn, id, since, student.group.as_deref())?;
    }
    let moved = !enrolments.is_empty() && (student.active || holding.is_some());
    Ok(Saved { id, since: moved.then_some(since) })
}

/// From when a new enrolment holds. The first group of a student who never had one is a correction
/// rather than a move, so it holds for as long as the student is enrolled.
fn begins(
    enrolments: &[Enrolment],
    holding: Option<&Enrolment>,
    date: NaiveDate,
    first: NaiveDate,
) -> NaiveDate {
    match (enrolments, holding) {
        ([], _) => first,
        ([only], Some(_)) if only.group.is_none() => only.from,
        _ => date,
    }
}

fn end_enrolment(conn: &Connection, id: i64, enrolment: &Enrolment, date: NaiveDate) -> Result<()> {
    if enrolment.from == date {
        conn.execute("DELETE FROM enrolment WHERE student = ?1 AND from_date = ?2", params![id, date])?;
    } else {
        conn.execute(
            "UPDATE enrolment SET until_date = ?3 WHERE student = ?1 AND from_date = ?2",
            params![id, enrolment.from, date],
        )?;
    }
    Ok(())
}

fn begin_enrolment(conn: &Connection, id: i64, from: NaiveDate, group: Option<&str>) -> Result<()> {
    conn.execute(
        "INSERT INTO enrolment (student, from_date, until_date, group_name) VALUES (:id, :from, :until, :group)
         ON CONFLICT (student, from_date) DO UPDATE SET until_date = :until, group_name = :group",
        named_params! { ":id": id, ":from": from, ":until": OPEN_END, ":group": group },
    )?;
    Ok(())
}
