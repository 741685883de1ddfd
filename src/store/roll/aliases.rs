//! Aliases: cards, PINs and names in face libraries. Each belongs to one student at a time.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use rustc_hash::FxHashMap;

use crate::domain::evidence::recognition::SentAliasId;
use crate::domain::roll::alias::{Alias, AliasKind, bare};
use crate::domain::roll::enrolment::{EnrolmentSource, Stretch};
use crate::domain::roll::holder::Held;
use crate::domain::roll::student::StudentId;
use crate::domain::spelling::folded;
use crate::domain::time::Instant;
use crate::store::{Result, word};

const COLUMNS: &str = "kind, value, student, from_at, until_at, source";

fn held(row: &Row) -> rusqlite::Result<Held> {
    Ok(Held {
        alias: Alias { kind: word(row, 0, AliasKind::parse)?, value: row.get(1)? },
        student: row.get(2)?,
        stretch: Stretch { from: row.get(3)?, until: row.get(4)? },
        source: word(row, 5, EnrolmentSource::parse)?,
    })
}

/// The aliases that a text can refer to: those with this value, and those with the value after its kind.
pub(crate) fn named(conn: &Connection, text: &str) -> Result<Vec<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM alias WHERE key IN (?1, ?2) ORDER BY key, kind, from_at");
    let mut stmt = conn.prepare_cached(&sql)?;
    let rows = stmt.query_map([folded(text), folded(bare(text))], held)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The holders of one alias, in time order.
pub(crate) fn holders(conn: &Connection, alias: &Alias) -> Result<Vec<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM alias WHERE key = ?1 AND kind = ?2 ORDER BY from_at");
    let mut stmt = conn.prepare_cached(&sql)?;
    let rows = stmt.query_map(params![alias.key(), alias.kind.word()], held)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The aliases that a student has or had.
pub(crate) fn of(conn: &Connection, student: StudentId) -> Result<Vec<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM alias WHERE student = ?1 ORDER BY kind, key, from_at");
    let mut stmt = conn.prepare_cached(&sql)?;
    Ok(stmt.query_map([student], held)?.collect::<rusqlite::Result<_>>()?)
}

/// Every alias, by student.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Held>> {
    let sql = format!("SELECT {COLUMNS} FROM alias ORDER BY student, kind, key, from_at");
    let mut stmt = conn.prepare_cached(&sql)?;
    Ok(stmt.query_map([], held)?.collect::<rusqlite::Result<_>>()?)
}

/// The identity of each student in the school system at an instant, by code.
pub(crate) fn sis_by_code(conn: &Connection, at: Instant) -> Result<HashMap<String, String>> {
    let mut stmt = conn.prepare_cached(
        "SELECT s.code, a.value FROM alias a JOIN student s ON s.id = a.student
         WHERE a.kind = 'sis' AND a.from_at <= ?1 AND a.until_at > ?1 ORDER BY a.from_at",
    )?;
    Ok(stmt.query_map([at], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// The values of aliases that only this student has or had.
pub(crate) fn own(conn: &Connection, student: StudentId) -> Result<Vec<String>> {
    let mut stmt = conn.prepare_cached(
        "SELECT DISTINCT value FROM alias a WHERE student = ?1
         AND NOT EXISTS (SELECT 1 FROM alias b WHERE b.key = a.key AND b.student <> ?1) ORDER BY value",
    )?;
    Ok(stmt.query_map([student], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a stretch.
pub(crate) fn insert(conn: &Connection, held: &Held) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO alias (key, kind, from_at, until_at, student, value, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let Held { alias, student, stretch: Stretch { from, until }, source } = held;
    stmt.execute(params![alias.key(), alias.kind.word(), from, until, student, alias.value, source.word()])?;
    Ok(())
}

/// Ends a stretch at an instant. A stretch that begins then or later is removed.
pub(crate) fn end(conn: &Connection, held: &Held, at: Instant) -> Result<()> {
    let (key, kind, from) = (held.alias.key(), held.alias.kind.word(), held.stretch.from);
    if from >= at {
        let sql = "DELETE FROM alias WHERE key = ?1 AND kind = ?2 AND from_at = ?3";
        conn.prepare_cached(sql)?.execute(params![key, kind, from])?;
    } else {
        let sql =
            "UPDATE alias SET until_at = min(until_at, ?4) WHERE key = ?1 AND kind = ?2 AND from_at = ?3";
        conn.prepare_cached(sql)?.execute(params![key, kind, from, at])?;
    }
    Ok(())
}

/// The identity of a text that named a student otherwise than by code.
pub(crate) fn sent(conn: &Connection, text: &str) -> Result<SentAliasId> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO sent_alias (text, key) VALUES (?1, ?2)
         ON CONFLICT (text) DO UPDATE SET text = text RETURNING id",
    )?;
    Ok(stmt.query_row(params![text, folded(bare(text))], |row| row.get(0))?)
}

/// Whether any line named a student by an alias.
pub(crate) fn any_sent(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM sent_alias)", [], |row| row.get(0))?)
}

/// The identity of a text, if a line named a student by it.
pub(crate) fn sent_before(conn: &Connection, text: &str) -> Result<Option<SentAliasId>> {
    let mut stmt = conn.prepare_cached("SELECT id FROM sent_alias WHERE text = ?1")?;
    Ok(stmt.query_row([text], |row| row.get(0)).optional()?)
}

/// The text of an identity.
pub(crate) fn text(conn: &Connection, id: SentAliasId) -> Result<Option<String>> {
    let mut stmt = conn.prepare_cached("SELECT text FROM sent_alias WHERE id = ?1")?;
    Ok(stmt.query_row([id], |row| row.get(0)).optional()?)
}

/// The texts that named students, by identity; with `key`, those of the aliases of one value.
pub(crate) fn texts(conn: &Connection, key: Option<&str>) -> Result<FxHashMap<SentAliasId, String>> {
    let mut stmt = conn.prepare_cached("SELECT id, text FROM sent_alias WHERE ?1 IS NULL OR key = ?1")?;
    let rows = stmt.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets the texts of an alias.
pub(crate) fn forget_texts(conn: &Connection, value: &str) -> Result<()> {
    conn.execute("DELETE FROM sent_alias WHERE key = ?1", [folded(bare(value))])?;
    Ok(())
}
