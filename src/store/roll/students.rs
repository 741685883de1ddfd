//! Students by code and name, with their groups at an instant.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::roll::expectation::Roll;
use crate::domain::roll::student::{Student, StudentId};
use crate::domain::time::Instant;
use crate::store::roll::enrolments;
use crate::store::{Result, StoreError};

/// A student with the identity that other tables refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// Identity.
    pub id: StudentId,
    /// The student at the requested instant.
    pub student: Student,
}

/// All students with their state at an instant, by code.
pub(crate) fn list(conn: &Connection, at: Instant) -> Result<Vec<Stored>> {
    let mut all = Vec::new();
    each(conn, &enrolments::roll(conn, &(at..=at))?, at, |known| {
        all.push(Stored { id: known.id, student: known.student() });
        Ok::<(), StoreError>(())
    })?;
    Ok(all)
}

/// One student by code. Students who left keep the groups of their last enrolment.
pub(crate) fn find(conn: &Connection, code: &str, at: Instant) -> Result<Option<Stored>> {
    let mut stmt = conn.prepare_cached("SELECT id, name FROM student WHERE code = ?1")?;
    let found: Option<(StudentId, String)> =
        stmt.query_row([code], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((id, name)) = found else { return Ok(None) };
    let enrolment = enrolments::of(conn, id)?;
    let group = enrolment.group_at(at).or_else(|| enrolment.kept_groups());
    let active = enrolment.holds(at);
    Ok(Some(Stored { id, student: Student { code: code.to_owned(), name, group, active } }))
}

/// The identity of a code.
pub(crate) fn id(conn: &Connection, code: &str) -> Result<Option<StudentId>> {
    let mut stmt = conn.prepare_cached("SELECT id FROM student WHERE code = ?1")?;
    Ok(stmt.query_row([code], |row| row.get(0)).optional()?)
}

/// A student with the groups at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnRoll<'a> {
    /// Identity.
    pub id: StudentId,
    pub code: &'a str,
    pub name: &'a str,
    /// Whether the student is on the roll at that instant.
    pub enrolled: bool,
    /// The groups. For students who left, their last ones.
    pub group: Option<&'a str>,
}

impl OnRoll<'_> {
    /// The same, kept.
    pub(crate) fn student(&self) -> Student {
        Student {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            group: self.group.map(str::to_owned),
            active: self.enrolled,
        }
    }
}

/// Passes every student to `each`, by code, as at an instant.
pub(crate) fn each<E: From<StoreError>>(
    conn: &Connection,
    roll: &Roll,
    at: Instant,
    mut each: impl FnMut(OnRoll) -> Result<(), E>,
) -> Result<(), E> {
    let told = roll.groups_at(at);
    let mut stmt =
        conn.prepare_cached("SELECT id, code, name FROM student ORDER BY code").map_err(StoreError::from)?;
    let mut rows = stmt.query([]).map_err(StoreError::from)?;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        let read = || -> Result<OnRoll> {
            let id = row.get(0)?;
            let (enrolled, group) = told.of(id);
            let text = |column| -> Result<&str> {
                row.get_ref(column)?.as_str().map_err(|error| rusqlite::Error::from(error).into())
            };
            Ok(OnRoll { id, code: text(1)?, name: text(2)?, enrolled, group })
        };
        each(read()?)?;
    }
    Ok(())
}

/// Passes identity, code and name of every student to `each`, by code.
pub(crate) fn each_name<E: From<StoreError>>(
    conn: &Connection,
    mut each: impl FnMut(StudentId, &str, &str) -> Result<(), E>,
) -> Result<(), E> {
    let read = |error: rusqlite::Error| E::from(StoreError::from(error));
    let mut stmt = conn.prepare_cached("SELECT id, code, name FROM student ORDER BY code").map_err(read)?;
    let mut rows = stmt.query([]).map_err(read)?;
    while let Some(row) = rows.next().map_err(read)? {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        each(row.get(0).map_err(read)?, text(1).map_err(read)?, text(2).map_err(read)?)?;
    }
    Ok(())
}

/// Every identity, in order.
pub(crate) fn ids(conn: &Connection) -> Result<Vec<StudentId>> {
    let mut stmt = conn.prepare_cached("SELECT id FROM student ORDER BY id")?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The highest identity of a student; 0 on an empty roll.
pub(crate) fn last_id(conn: &Connection) -> Result<StudentId> {
    let mut stmt = conn.prepare_cached("SELECT coalesce(max(id), 0) FROM student")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// A student's code and name by identity; `None`: the student is being erased.
pub(crate) fn named(conn: &Connection, id: StudentId) -> Result<Option<(String, String)>> {
    let mut stmt = conn.prepare_cached("SELECT code, name FROM student WHERE id = ?1")?;
    Ok(stmt.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Adds a student. `RETURNING` would make a temporary table for each.
pub(crate) fn add(conn: &Connection, code: &str, name: &str) -> Result<StudentId> {
    conn.prepare_cached("INSERT INTO student (code, name) VALUES (?1, ?2)")?.execute([code, name])?;
    Ok(StudentId(conn.last_insert_rowid()))
}

/// Gives a student another name.
pub(crate) fn rename(conn: &Connection, id: StudentId, name: &str) -> Result<()> {
    let mut stmt = conn.prepare_cached("UPDATE student SET name = ?2 WHERE id = ?1 AND name <> ?2")?;
    stmt.execute(params![id, name])?;
    Ok(())
}

/// Gives a student another code, and remembers that the one before named the student until `at`.
pub(crate) fn retire_code(conn: &Connection, id: StudentId, code: &str, at: Instant) -> Result<()> {
    let sql =
        "INSERT INTO former_code (code, until_at, student) SELECT code, ?2, id FROM student WHERE id = ?1";
    conn.execute(sql, params![id, at])?;
    recode(conn, id, code)
}

/// Gives a student another code.
pub(crate) fn recode(conn: &Connection, id: StudentId, code: &str) -> Result<()> {
    conn.execute("UPDATE student SET code = ?2 WHERE id = ?1", params![id, code])?;
    Ok(())
}

/// A code that a student had.
#[derive(Debug)]
pub(crate) struct FormerCode {
    pub code: String,
    /// The first instant at which it no longer named the student.
    pub until: Instant,
    /// `None`: the student was erased.
    pub student: Option<StudentId>,
}

/// Every code that was retired, the earliest first.
pub(crate) fn former_codes(conn: &Connection) -> Result<Vec<FormerCode>> {
    let mut stmt =
        conn.prepare_cached("SELECT code, until_at, student FROM former_code ORDER BY until_at, rowid")?;
    let former = stmt.query_map([], |row| {
        Ok(FormerCode { code: row.get(0)?, until: row.get(1)?, student: row.get(2)? })
    })?;
    Ok(former.collect::<rusqlite::Result<_>>()?)
}

/// Forgets which codes a student had. A code that another student has now stays that of an erased student for lines
/// of that time.
pub(crate) fn forget_former_codes(conn: &Connection, id: StudentId) -> Result<()> {
    for sql in [
        "DELETE FROM former_code WHERE student IS NULL AND code IN (SELECT code FROM student WHERE id = ?1)",
        "DELETE FROM former_code WHERE student = ?1 AND code NOT IN (SELECT code FROM student)",
        "UPDATE former_code SET student = NULL WHERE student = ?1",
    ] {
        conn.execute(sql, [id])?;
    }
    Ok(())
}
