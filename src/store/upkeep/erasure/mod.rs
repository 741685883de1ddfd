//! Erasing a student: all rows that name the student, and the tombstone that stays.
//!
//! First the student is removed with all rows that are found by key. Then text is searched step by step
//! (`columns.rs`, `shared.rs`). The table `erasing` remembers the student until the search is complete.

mod columns;
pub(crate) mod list;
mod shared;

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::upkeep::erasure::{Called, Removed, Tombstone, TombstoneKey, tombstone as fingerprint};
use crate::store::Result;
use crate::store::evidence::recognitions::Key;
use crate::store::register::versions;
use crate::store::roll::{aliases, students};
use crate::store::watch::outbox;

pub(crate) use columns::{PLACES, Page, Place};
pub(crate) use shared::{SharedText, best_crops_of_others, crops_of_others, places_that_mention};

/// The key of this database's tombstones.
pub(crate) fn key(conn: &Connection) -> Result<TombstoneKey> {
    Ok(conn.query_row("SELECT key FROM tombstone_key", [], |row| row.get(0))?)
}

/// Whether any student was ever erased.
pub(crate) fn any(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM tombstone)", [], |row| row.get(0))?)
}

/// When the student of this tombstone was erased. `None` if never.
pub(crate) fn erased_at(conn: &Connection, tombstone: &Tombstone) -> Result<Option<Instant>> {
    let mut stmt = conn.prepare_cached("SELECT erased_at FROM tombstone WHERE code_hmac = ?1")?;
    Ok(stmt.query_row([tombstone], |row| row.get(0)).optional()?)
}

/// Whether the student of this alias was erased, and no other student ever had it.
pub(crate) fn erased_alias(conn: &Connection, tombstone: &Tombstone) -> Result<bool> {
    let mut stmt = conn.prepare_cached("SELECT 1 FROM tombstone_alias WHERE alias_hmac = ?1")?;
    Ok(stmt.exists([tombstone])?)
}

/// Removes a tombstone. Lines with this code are then those of an unknown student.
pub(crate) fn lift(conn: &Connection, tombstone: &Tombstone) -> Result<()> {
    list::lift(conn, tombstone)?;
    conn.execute("DELETE FROM tombstone WHERE code_hmac = ?1", [tombstone])?;
    Ok(())
}

/// An erasure under way.
#[derive(Debug, Clone)]
pub(crate) struct Erasing {
    /// The identity the student had.
    pub student: StudentId,
    /// The names and codes of the student.
    pub called: Called,
    /// Counts of erased rows. Crops are not counted here.
    pub removed: Removed,
}

/// The erasure of a tombstone, if it is in progress.
pub(crate) fn under_way(conn: &Connection, tombstone: &Tombstone) -> Result<Option<Erasing>> {
    let mut stmt = conn.prepare_cached(
        "SELECT student, code, name, enrolments, recognitions, records, marks, quarantine, texts, audit, messages,
           aliases, called
         FROM erasing WHERE code_hmac = ?1",
    )?;
    let found = stmt.query_row([tombstone], |row| {
        let (code, name): (String, String) = (row.get(1)?, row.get(2)?);
        let called: String = row.get("called")?;
        Ok(Erasing {
            student: row.get(0)?,
            called: Called::new(&code, &name).or(called.lines().map(str::to_owned).collect()),
            removed: Removed {
                enrolments: row.get(3)?,
                recognitions: row.get(4)?,
                records: row.get(5)?,
                marks: row.get(6)?,
                quarantine: row.get(7)?,
                texts: row.get(8)?,
                audit: row.get(9)?,
                messages: row.get(10)?,
                aliases: row.get(11)?,
                crops: 0,
            },
        })
    });
    Ok(found.optional()?)
}

/// Counts a student's rows that are found without searching text. Reads all recognitions.
pub(crate) fn count(conn: &Connection, student: StudentId) -> Result<Removed> {
    let count = |sql: &str| conn.query_row(sql, [student], |row| row.get::<_, u32>(0));
    Ok(Removed {
        enrolments: count("SELECT count(*) FROM enrolment WHERE student = ?1")?,
        recognitions: count("SELECT count(*) FROM recognition WHERE student = ?1")?,
        records: count("SELECT count(*) FROM record WHERE student = ?1")?,
        marks: count(
            "SELECT (SELECT count(*) FROM mark WHERE student = ?1) + (SELECT count(*) FROM excuse WHERE student = ?1)
                  + (SELECT count(*) FROM review WHERE student = ?1)",
        )?,
        aliases: count("SELECT count(*) FROM alias WHERE student = ?1")?,
        audit: count("SELECT count(*) FROM audit WHERE student = ?1")?,
        messages: outbox::naming_students(conn)?,
        crops: count(
            "SELECT count(*) FROM (SELECT crop FROM recognition WHERE student = ?1 AND crop IS NOT NULL
               UNION SELECT best_crop FROM record WHERE student = ?1 AND best_crop IS NOT NULL
               UNION SELECT path FROM erased_crop WHERE student = ?1)",
        )?,
        ..Removed::default()
    })
}

/// Removes a student with all rows found by key, sets the tombstone, and remembers the names for
/// the search.
pub(crate) fn begin(
    conn: &Connection,
    student: StudentId,
    (code, name, aliases): (&str, &str, &[String]),
    tombstone: &Tombstone,
    at: Instant,
) -> Result<()> {
    conn.execute(
        "INSERT INTO tombstone (code_hmac, number, erased_at) VALUES (?1, ?2, ?3)",
        params![tombstone, list::number(conn, tombstone)?, at],
    )?;
    conn.execute(
        "INSERT INTO erasing VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        params![student, tombstone, code, name, aliases.join("\n")],
    )?;
    let key = key(conn)?;
    for alias in aliases {
        conn.execute(
            "INSERT OR REPLACE INTO tombstone_alias (alias_hmac, code_hmac) VALUES (?1, ?2)",
            params![fingerprint(&key, alias), tombstone],
        )?;
        aliases::forget_texts(conn, alias)?;
    }
    // The rows that tell where the student is listed go next.
    versions::touch_outside_enrolment(conn, student)?;
    remove_rows(conn, student)
}

/// Removes a student with all rows found by key, and counts them.
fn remove_rows(conn: &Connection, student: StudentId) -> Result<()> {
    // By occurrence, so that the primary key finds each row.
    conn.execute(
        "INSERT OR IGNORE INTO erased_crop SELECT student, best_crop FROM record
         WHERE student = ?1 AND occurrence IN (SELECT id FROM occurrence) AND best_crop IS NOT NULL",
        [student],
    )?;
    let marks = "DELETE FROM mark WHERE student = ?1 AND occurrence IN (SELECT id FROM occurrence)";
    let records = "DELETE FROM record WHERE student = ?1 AND occurrence IN (SELECT id FROM occurrence)";
    for (kind, sql) in [
        ("enrolments", "DELETE FROM enrolment WHERE student = ?1"),
        ("aliases", "DELETE FROM alias WHERE student = ?1"),
        ("marks", marks),
        ("marks", "DELETE FROM excuse WHERE student = ?1"),
        ("marks", "DELETE FROM review WHERE student = ?1"),
        ("records", records),
        ("audit", "DELETE FROM audit WHERE student = ?1"),
    ] {
        let rows = conn.execute(sql, [student])?;
        tally(conn, student, kind, rows)?;
    }
    // A sighting that was reassigned to the student stays rejected, because it still does not show its own student.
    conn.execute("UPDATE review SET verdict = 'reject', to_student = NULL WHERE to_student = ?1", [student])?;
    // The bytes of a message do not reveal which students it names, so all such messages are dropped.
    tally(conn, student, "messages", outbox::drop_naming_students(conn)?)?;
    students::forget_former_codes(conn, student)?;
    conn.execute("DELETE FROM absence_told WHERE student = ?1", [student])?;
    conn.execute("DELETE FROM membership WHERE student = ?1", [student])?;
    conn.execute("DELETE FROM student WHERE id = ?1", [student])?;
    Ok(())
}

/// Adds to a count of erased rows. `kind` is a column of `erasing`.
fn tally(conn: &Connection, student: StudentId, kind: &str, rows: usize) -> Result<()> {
    let sql = format!("UPDATE erasing SET {kind} = {kind} + ?2 WHERE student = ?1");
    conn.execute(&sql, params![student, rows as i64])?;
    Ok(())
}

/// The first and the last instant of all recognitions.
pub(crate) fn span(conn: &Connection) -> Result<Option<(Instant, Instant)>> {
    let sql = "SELECT (SELECT min(ts) FROM recognition), (SELECT max(ts) FROM recognition)";
    let (first, last) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (first, last): (Option<Instant>, Option<Instant>) = (first, last);
    Ok(first.zip(last))
}

/// A recognition to be erased, with its crop.
pub(crate) type Found = (Key, Option<String>);

/// The recognitions of a student within a window.
pub(crate) fn find(conn: &Connection, student: StudentId, from: Instant, to: Instant) -> Result<Vec<Found>> {
    let mut stmt = conn.prepare_cached(
        "SELECT ts, camera, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2 AND student = ?3",
    )?;
    let rows = stmt.query_map(params![from, to, student], |row| {
        Ok((Key { ts: row.get(0)?, student, camera: row.get(1)? }, row.get(2)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Erases recognitions. Their crops are kept for the list of crops. The signs of life of their cameras stay, so no other
/// student becomes unknown.
pub(crate) fn remove(conn: &Connection, student: StudentId, found: &[Found]) -> Result<()> {
    let mut keep = conn.prepare_cached("INSERT OR IGNORE INTO erased_crop VALUES (?1, ?2)")?;
    let mut erase =
        conn.prepare_cached("DELETE FROM recognition WHERE ts = ?1 AND student = ?2 AND camera = ?3")?;
    let mut rows = 0;
    for (key, crop) in found {
        if let Some(crop) = crop {
            keep.execute(params![student, crop])?;
        }
        rows += erase.execute(params![key.ts, key.student, key.camera])?;
    }
    tally(conn, student, "recognitions", rows)
}

/// The crops of an erasure in progress, by path.
pub(crate) fn crops(conn: &Connection, student: StudentId) -> Result<Vec<String>> {
    let mut stmt = conn.prepare("SELECT path FROM erased_crop WHERE student = ?1 ORDER BY path")?;
    Ok(stmt.query_map([student], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Counts struck texts for an erasure in progress.
pub(crate) fn count_struck(conn: &Connection, student: StudentId, rows: usize) -> Result<()> {
    tally(conn, student, "texts", rows)
}

/// Stores a place for a person to decide about.
pub(crate) fn doubt(conn: &Connection, tombstone: &Tombstone, place: &str) -> Result<()> {
    conn.execute("INSERT OR IGNORE INTO erasure_doubt VALUES (?1, ?2)", params![tombstone, place])?;
    Ok(())
}

/// The places that a person has to decide about.
pub(crate) fn doubts(conn: &Connection, tombstone: &Tombstone) -> Result<Vec<String>> {
    let mut stmt = conn.prepare("SELECT place FROM erasure_doubt WHERE code_hmac = ?1 ORDER BY place")?;
    Ok(stmt.query_map([tombstone], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Forgets such a place.
pub(crate) fn settle_doubt(conn: &Connection, tombstone: &Tombstone, place: &str) -> Result<()> {
    conn.execute("DELETE FROM erasure_doubt WHERE code_hmac = ?1 AND place = ?2", params![tombstone, place])?;
    Ok(())
}

/// Deletes the names of the erased student. Only the tombstone is left.
pub(crate) fn finish(conn: &Connection, student: StudentId) -> Result<()> {
    conn.execute("DELETE FROM erased_crop WHERE student = :id", named_params! { ":id": student })?;
    conn.execute("DELETE FROM erasing WHERE student = ?1", [student])?;
    Ok(())
}
