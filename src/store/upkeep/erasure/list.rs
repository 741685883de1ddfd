//! The list of erasures beside the database: `.school.db.erased`.
//!
//! A restored backup lacks later erasures. The list stays in place when the database is replaced, so
//! `db check` sees that an erased student is back. It holds neither code nor name, and its fingerprints can be compared
//! only with the key in the database.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::domain::time::Zone;
use crate::domain::time::calendar::rfc3339;
use crate::domain::upkeep::erasure::{Erased, Tombstone, tombstone};
use crate::files::{Part, open_regular};
use crate::store::own_files::erased_beside;
use crate::store::{Result, StoreError};

/// The first line of the list.
const HEADING: &str =
    "# Erasures: receipt, time, fingerprint. attend db check looks for these students in a restored backup.";

/// The number for the receipt of an erasure: its old one if the student was erased before, else the next.
pub(crate) fn number(conn: &Connection, mark: &Tombstone) -> Result<u32> {
    let all = all(conn)?;
    let before = all.iter().find(|erased| erased.tombstone == *mark);
    let last = all.iter().map(|erased| erased.number).max().unwrap_or_default();
    Ok(before.map_or(last + 1, |erased| erased.number))
}

/// Writes the erasures that the database knows into the list.
pub(crate) fn update(conn: &Connection) -> Result<()> {
    write(conn, &all(conn)?)
}

/// Removes an erasure from the list, because its code may be used again.
pub(crate) fn lift(conn: &Connection, mark: &Tombstone) -> Result<()> {
    let mut listed = read(conn)?;
    let before = listed.len();
    listed.retain(|erased| erased.tombstone != *mark);
    if listed.len() == before { Ok(()) } else { write(conn, &listed) }
}

/// The listed erasures whose students are on the roll.
pub(crate) fn returned(conn: &Connection) -> Result<Vec<Erased>> {
    let mut listed = read(conn)?;
    if !listed.is_empty() {
        let key = super::key(conn)?;
        let mut stmt = conn.prepare("SELECT code FROM student")?;
        let codes = stmt.query_map([], |row| Ok(tombstone(&key, row.get_ref(0)?.as_str()?)))?;
        let present: HashSet<Tombstone> = codes.collect::<rusqlite::Result<_>>()?;
        listed.retain(|erased| present.contains(&erased.tombstone));
    }
    Ok(listed)
}

/// The erasures in the list and those in the database, by number.
fn all(conn: &Connection) -> Result<Vec<Erased>> {
    let mut stmt = conn.prepare("SELECT number, erased_at, code_hmac FROM tombstone")?;
    let stored = stmt
        .query_map([], |row| Ok(Erased { number: row.get(0)?, at: row.get(1)?, tombstone: row.get(2)? }))?;
    let stored: Vec<Erased> = stored.collect::<rusqlite::Result<_>>()?;
    let by_number = read(conn)?.into_iter().chain(stored).map(|erased| (erased.number, erased));
    Ok(by_number.collect::<BTreeMap<_, _>>().into_values().collect())
}

/// An in-memory database has no files.
fn path(conn: &Connection) -> Option<PathBuf> {
    conn.path().filter(|path| !path.is_empty()).map(|path| erased_beside(Path::new(path)))
}

fn read(conn: &Connection) -> Result<Vec<Erased>> {
    let Some(path) = path(conn) else { return Ok(Vec::new()) };
    let mut text = String::new();
    match open_regular(&path).and_then(|mut file| file.read_to_string(&mut text)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::file(&path, error)),
        _ => Ok(text.lines().filter_map(erased).collect()),
    }
}

fn write(conn: &Connection, listed: &[Erased]) -> Result<()> {
    let (Some(path), Some(database)) = (path(conn), conn.path()) else { return Ok(()) };
    let written = || {
        let owner = fs::metadata(database)?;
        let (part, mut file) = Part::create(&path)?;
        // If root erases a student, the jobs of the database's owner must still be able to read the list.
        let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
        let lines: String = listed.iter().map(|erased| line(erased) + "\n").collect();
        file.write_all(format!("{HEADING}\n{lines}").as_bytes())?;
        file.sync_all()?;
        part.rename()
    };
    written().map_err(|source| StoreError::Copy { path, source })
}

/// `3 2026-09-07T06:59:12Z 13ac9063…`
fn line(erased: &Erased) -> String {
    let fingerprint: String = erased.tombstone.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {} {fingerprint}", erased.number, rfc3339(erased.at, Zone::UTC))
}

fn erased(line: &str) -> Option<Erased> {
    let mut words = line.split_whitespace();
    let (number, at, hex) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    let mut tombstone = Tombstone::default();
    if hex.len() != 2 * tombstone.len() || !hex.is_ascii() {
        return None;
    }
    for (nth, byte) in tombstone.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * nth..2 * nth + 2], 16).ok()?;
    }
    Some(Erased { number, at, tombstone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_anything_else_is_no_erasure() {
        let at = "2026-09-07T06:59:12Z".parse().unwrap();
        let erasure = Erased { number: 3, at, tombstone: [0xa7; 32] };
        assert_eq!(erased(&line(&erasure)), Some(erasure));
        let hex = "a7".repeat(32);
        for text in [
            "",
            HEADING,
            "3 2026-09-07T06:59:12Z a7",
            &format!("x 2026-09-07T06:59:12Z {hex}"),
            &format!("3 now {hex}"),
        ] {
            assert_eq!(erased(text), None, "{text}");
        }
    }
}
