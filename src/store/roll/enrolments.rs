//! Enrolments: the spans in which students are on the roll and in groups.

use rusqlite::{Connection, Row, params};

use crate::domain::roll::enrolment::{Enrolment, EnrolmentSource, Membership, Stretch};
use crate::domain::roll::expectation::Roll;
use crate::domain::roll::student::StudentId;
use crate::store::{Result, word};

fn stretch(row: &Row) -> rusqlite::Result<Stretch> {
    Ok(Stretch { from: row.get("from_at")?, until: row.get("until_at")? })
}

fn membership(row: &Row) -> rusqlite::Result<Membership> {
    Ok(Membership {
        stretch: stretch(row)?,
        group: row.get("group_name")?,
        source: word(row, row.as_ref().column_index("source")?, EnrolmentSource::parse)?,
    })
}

/// The enrolment of one student. Empty if the student never was on the roll.
pub fn of(conn: &Connection, student: StudentId) -> Result<Enrolment> {
    let mut stmt =
        conn.prepare_cached("SELECT from_at, until_at FROM enrolment WHERE student = ?1 ORDER BY from_at")?;
    let stretches = stmt.query_map([student], stretch)?.collect::<rusqlite::Result<_>>()?;
    let mut stmt = conn.prepare_cached(
        "SELECT from_at, until_at, group_name, source FROM membership WHERE student = ?1
         ORDER BY from_at, group_name",
    )?;
    let memberships = stmt.query_map([student], membership)?.collect::<rusqlite::Result<_>>()?;
    Ok(Enrolment { stretches, memberships })
}

/// The enrolments of all students. Both tables are read once and merged.
pub fn roll(conn: &Connection) -> Result<Roll> {
    let mut stretches =
        conn.prepare_cached("SELECT student, from_at, until_at FROM enrolment ORDER BY student, from_at")?;
    let stretches = stretches.query_map([], |row| Ok((row.get::<_, StudentId>(0)?, stretch(row)?)))?;
    let mut stretches = stretches.peekable();
    let mut memberships = conn.prepare_cached(
        "SELECT student, from_at, until_at, group_name, source FROM membership
         ORDER BY student, from_at, group_name",
    )?;
    let memberships = memberships.query_map([], |row| Ok((row.get::<_, StudentId>(0)?, membership(row)?)))?;
    let mut memberships = memberships.peekable();
    let mut roll = Roll::default();
    while let Some(first) = stretches.next() {
        let (student, stretch) = first?;
        let mut enrolment = Enrolment { stretches: vec![stretch], memberships: Vec::new() };
        while let Some(next) = stretches.next_if(|row| matches!(row, Ok((id, _)) if *id == student)) {
            enrolment.stretches.push(next?.1);
        }
        while let Some(next) = memberships.next_if(|row| matches!(row, Ok((id, _)) if *id <= student)) {
            let (id, membership) = next?;
            enrolment.memberships.extend((id == student).then_some(membership));
        }
        roll.push(student, enrolment);
    }
    Ok(roll)
}

/// Replaces the enrolment of a student.
pub fn replace(conn: &Connection, student: StudentId, enrolment: &Enrolment) -> Result<()> {
    for sql in ["DELETE FROM enrolment WHERE student = ?1", "DELETE FROM membership WHERE student = ?1"] {
        conn.prepare_cached(sql)?.execute([student])?;
    }
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
        stmt.execute(params![student, membership.group, from, until, membership.source.word()])?;
    }
    Ok(())
}

/// Every group that a student is or was in, by name.
pub fn groups(conn: &Connection) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached("SELECT DISTINCT group_name FROM membership ORDER BY group_name")?;
    Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
