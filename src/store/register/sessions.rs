//! Sessions: parts of the day that are told as one.

use rusqlite::{Connection, params};

use crate::domain::register::session::SchoolSession;
use crate::store::{Result, word};

/// All sessions in the order they were added.
pub(crate) fn list(conn: &Connection) -> Result<Vec<SchoolSession>> {
    let mut stmt = conn.prepare_cached("SELECT name, periods, rule FROM session ORDER BY id")?;
    let rows = stmt.query_map([], |row| {
        let periods: String = row.get("periods")?;
        Ok(SchoolSession {
            name: row.get("name")?,
            periods: periods.lines().map(str::to_owned).collect(),
            rule: word(row, 2, |text| text.parse().ok())?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Adds a session, or changes the one with its name.
pub(crate) fn save(conn: &Connection, session: &SchoolSession) -> Result<()> {
    conn.execute(
        "INSERT INTO session (name, periods, rule) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET name = ?1, periods = ?2, rule = ?3",
        params![session.name, session.periods.join("\n"), session.rule.to_string()],
    )?;
    Ok(())
}

/// Removes a session.
pub(crate) fn remove(conn: &Connection, name: &str) -> Result<()> {
    conn.execute("DELETE FROM session WHERE name = ?1", [name])?;
    Ok(())
}
