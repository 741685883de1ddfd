//! Coverage of occurrences whose evidence was pruned, as it was noted down before.

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::store::Result;

/// What was noted down of an occurrence, if anything was.
pub fn noted(conn: &Connection, occurrence: &Occurrence) -> Result<Option<Coverage>> {
    let mut stmt = conn.prepare_cached("SELECT alive, any_sign FROM coverage WHERE occurrence = ?1")?;
    let found =
        stmt.query_row([occurrence.id], |row| Ok(Coverage::noted(occurrence, row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

/// The identities of all occurrences of which something was noted down.
pub fn all_noted(conn: &Connection) -> Result<FxHashSet<OccurrenceId>> {
    let mut stmt = conn.prepare_cached("SELECT occurrence FROM coverage")?;
    let rows = stmt.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes down how much of an occurrence was seen. What stands already stays.
pub fn note(conn: &Connection, occurrence: OccurrenceId, coverage: &Coverage) -> Result<()> {
    let mut stmt = conn
        .prepare_cached("INSERT OR IGNORE INTO coverage (occurrence, alive, any_sign) VALUES (?1, ?2, ?3)")?;
    stmt.execute(params![occurrence, coverage.alive, coverage.any])?;
    Ok(())
}
