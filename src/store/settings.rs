//! Stored settings, and the revision counters.

use std::collections::BTreeMap;

use rusqlite::{Connection, named_params};

use super::Result;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::zoneinfo;

/// The school's settings.
pub(crate) fn load(conn: &Connection) -> Result<Settings> {
    let mut stmt = conn.prepare_cached("SELECT key, value FROM setting")?;
    let given: rusqlite::Result<BTreeMap<String, String>> =
        stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    let mut settings = Settings::from_stored(given?)?;
    settings.zone = zoneinfo::in_force(settings.zone);
    Ok(settings)
}

/// Stores a value in canonical form. Returns `false` if it was stored already.
pub(crate) fn set(conn: &Connection, key: &str, value: &str, by: &str, at: Instant) -> Result<bool> {
    let changed = conn.execute(
        "INSERT INTO setting (key, value, changed_at, changed_by) VALUES (:key, :value, :at, :by)
         ON CONFLICT (key) DO UPDATE SET value = :value, changed_at = :at, changed_by = :by
         WHERE value <> :value",
        named_params! { ":key": key, ":value": value, ":at": at, ":by": by },
    )?;
    Ok(changed > 0)
}

/// Restores the default. Returns `false` if it was in force already.
pub(crate) fn unset(conn: &Connection, key: &str) -> Result<bool> {
    Ok(conn.execute("DELETE FROM setting WHERE key = ?1", [key])? > 0)
}

/// Counters of changes. Each rises when its tables change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revision {
    /// Students, enrolments and the names of cameras.
    pub roll: i64,
    /// Occurrences and closures.
    pub schedule: i64,
    pub settings: i64,
    /// Decisions about sightings.
    pub review: i64,
    /// The watermark: recognitions before it were pruned.
    pub watermark: Option<Instant>,
}

/// The counters now.
pub(crate) fn revision(conn: &Connection) -> Result<Revision> {
    let mut stmt = conn.prepare_cached("SELECT roll, schedule, settings, review, watermark FROM revision")?;
    Ok(stmt.query_row([], |row| {
        Ok(Revision {
            roll: row.get(0)?,
            schedule: row.get(1)?,
            settings: row.get(2)?,
            review: row.get(3)?,
            watermark: row.get(4)?,
        })
    })?)
}
