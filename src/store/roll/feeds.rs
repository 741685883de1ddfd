//! Classes that exports of school systems brought: later exports that list changes alone refer to them.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::domain::roll::oneroster::Class;
use crate::store::Result;

/// Every class by its identity in the school system.
pub(crate) fn classes(conn: &Connection) -> Result<HashMap<String, Class>> {
    let mut stmt = conn.prepare_cached("SELECT id, title, homeroom, school FROM feed_class")?;
    let rows = stmt.query_map([], |row| {
        Ok((row.get(0)?, Class { title: row.get(1)?, homeroom: row.get(2)?, school: row.get(3)? }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Remembers classes.
pub(crate) fn save_classes(conn: &Connection, classes: &HashMap<String, Class>) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT OR REPLACE INTO feed_class (id, title, homeroom, school) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (id, Class { title, homeroom, school }) in classes {
        stmt.execute(params![id, title, homeroom, school])?;
    }
    Ok(())
}

/// The stated columns of a sheet with this header.
pub(crate) fn columns(conn: &Connection) -> Result<HashMap<String, String>> {
    let mut stmt = conn.prepare_cached("SELECT header, columns FROM sheet_columns")?;
    Ok(stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// Remembers the stated columns of a sheet with this header.
pub(crate) fn save_columns(conn: &Connection, header: &str, columns: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO sheet_columns (header, columns) VALUES (?1, ?2)";
    conn.execute(sql, params![header, columns])?;
    Ok(())
}
