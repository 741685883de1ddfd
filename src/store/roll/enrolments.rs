//! Enrolments: the spans in which students are on the roll and in groups.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, named_params, params};

use crate::domain::roll::enrolment::{Enrolment, EnrolmentSource, Membership, Stretch};
use crate::domain::roll::expectation::Roll;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::store::cursor::Cursor;
use crate::store::register::versions;
use crate::store::{Result, StoreError, word};

/// The columns of a membership. A roll has thousands, so they are read by place.
const MEMBERSHIP: &str = "from_at, until_at, group_name, source";

/// Reads `from_at` and `until_at` from a column on.
fn stretch(row: &Row, first: usize) -> rusqlite::Result<Stretch> {
    Ok(Stretch { from: row.get(first)?, until: row.get(first + 1)? })
}

/// Reads [`MEMBERSHIP`] from a column on.
fn membership(row: &Row, first: usize) -> rusqlite::Result<Membership> {
    Ok(Membership {
        stretch: stretch(row, first)?,
        group: row.get_ref(first + 2)?.as_str()?.into(),
        source: word(row, first + 3, EnrolmentSource::parse)?,
    })
}

/// The enrolment of one student. Empty if the student never was on the roll.
pub(crate) fn of(conn: &Connection, student: StudentId) -> Result<Enrolment> {
    let mut stmt =
        conn.prepare_cached("SELECT from_at, until_at FROM enrolment WHERE student = ?1 ORDER BY from_at")?;
    let stretches = stmt.query_map([student], |row| stretch(row, 0))?.collect::<rusqlite::Result<_>>()?;
    let mut stmt = conn.prepare_cached(&format!(
        "SELECT {MEMBERSHIP} FROM membership WHERE student = ?1 ORDER BY from_at, group_name"
    ))?;
    let memberships =
        stmt.query_map([student], |row| membership(row, 0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Enrolment { stretches, memberships })
}

/// The students who join or leave the roll or a group after an instant.
pub(crate) fn moving_after(conn: &Connection, at: Instant) -> Result<Vec<StudentId>> {
    let mut stmt = conn.prepare_cached(
        "SELECT student FROM enrolment WHERE from_at > :at OR (until_at > :at AND until_at < :end)
         UNION SELECT student FROM membership WHERE from_at > :at OR (until_at > :at AND until_at < :end)",
    )?;
    let rows = stmt.query_map(named_params! { ":at": at, ":end": Stretch::OPEN_END }, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a student is on the roll throughout a window. Nothing before or after it then says anything about it.
const STAYS: &str =
    "SELECT 1 FROM enrolment s WHERE s.student = e.student AND s.from_at <= :from AND s.until_at > :to";

/// The enrolments of everybody, as far as they tell something about a window: a school of many years reads those of
/// this year. Both tables pass once, side by side.
pub(crate) fn roll(conn: &Connection, window: &RangeInclusive<Instant>) -> Result<Roll> {
    let window = named_params! { ":from": window.start(), ":to": window.end() };
    let mut stretches = conn.prepare_cached(&format!(
        "SELECT student, from_at, until_at FROM enrolment e
         WHERE (from_at <= :from AND until_at > :to) OR NOT EXISTS ({STAYS}) ORDER BY student, from_at"
    ))?;
    let mut memberships = conn.prepare_cached(&format!(
        "SELECT student, {MEMBERSHIP} FROM membership e
         WHERE (from_at <= :to AND until_at > :from) OR NOT EXISTS ({STAYS}) ORDER BY student, from_at, group_name"
    ))?;
    let mut stretches = Cursor::new(stretches.query(window)?)?;
    let mut memberships = Cursor::new(memberships.query(window)?)?;
    let mut roll = Roll::default();
    // One buffer for all students, because few of them have an enrolment that is new to the roll.
    let mut enrolment = Enrolment::default();
    while let Some(student) = stretches.student {
        enrolment.stretches.clear();
        while let Some(row) = stretches.row_of(student) {
            enrolment.stretches.push(stretch(row, 1)?);
            stretches.advance()?;
        }
        enrolment.memberships.clear();
        memberships.seek(student)?;
        while let Some(row) = memberships.row_of(student) {
            enrolment.memberships.push(membership(row, 1)?);
            memberships.advance()?;
        }
        roll.push(student, &enrolment);
    }
    Ok(roll)
}

/// Replaces the enrolment of a student.
pub(crate) fn replace(conn: &Connection, student: StudentId, enrolment: &Enrolment) -> Result<()> {
    for sql in ["DELETE FROM enrolment WHERE student = ?1", "DELETE FROM membership WHERE student = ?1"] {
        conn.prepare_cached(sql)?.execute([student])?;
    }
    add(conn, student, enrolment)?;
    // Those rows show the first groups, or the last ones, which may be others now.
    versions::touch_outside_enrolment(conn, student)
}

/// Stores the enrolment of a newcomer.
pub(crate) fn add(conn: &Connection, student: StudentId, enrolment: &Enrolment) -> Result<()> {
    let mut stmt =
        conn.prepare_cached("INSERT INTO enrolment (student, from_at, until_at) VALUES (?1, ?2, ?3)")?;
    for stretch in &enrolment.stretches {
        stmt.execute(params![student, stretch.from, stretch.until])?;
    }
    let mut stmt = conn.prepare_cached(
        "INSERT INTO membership (student, group_name, from_at, until_at, source) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for membership in &enrolment.memberships {
        let Stretch { from, until } = membership.stretch;
        stmt.execute(params![student, membership.group.as_str(), from, until, membership.source.word()])?;
    }
    Ok(())
}

/// Runs an edit that adds many students, who are enrolled from `from` on or later. That the roll and the registers
/// changed is noted once and not for each row, which would take half of the time. After an error the transaction has
/// to be rolled back.
pub(crate) fn add_many<T, E: From<StoreError>>(
    conn: &Connection,
    from: Instant,
    edit: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let set = |sql: &str| conn.execute(sql, ()).map_err(StoreError::from);
    set("UPDATE revision SET bulk = 1, roll = roll + 1")?;
    let done = edit()?;
    set("UPDATE revision SET bulk = 0")?;
    versions::touch(conn, from, Stretch::OPEN_END)?;
    Ok(done)
}

/// Every group that a student is or was in, by name.
pub(crate) fn groups(conn: &Connection) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached("SELECT DISTINCT group_name FROM membership")?;
    let mut groups: Vec<String> = stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    // SQLite would sort the memberships of all students before it finds the groups.
    groups.sort_unstable();
    Ok(groups)
}
