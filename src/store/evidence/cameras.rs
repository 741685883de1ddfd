//! Cameras: what the runners look through.

use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::Camera;
use crate::domain::evidence::recognition::CameraName;
use crate::domain::time::Instant;
use crate::store::Result;

/// All cameras by name.
pub fn list(conn: &Connection) -> Result<Vec<Camera>> {
    let mut stmt = conn.prepare_cached("SELECT id, name, place, added_at FROM camera ORDER BY name")?;
    let rows = stmt.query_map([], |row| {
        Ok(Camera { id: row.get(0)?, name: row.get(1)?, place: row.get(2)?, added_at: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The identity of a camera, if it is known.
pub fn find(conn: &Connection, name: &str) -> Result<Option<i64>> {
    let mut stmt = conn.prepare_cached("SELECT id FROM camera WHERE name = ?1")?;
    Ok(stmt.query_row([name], |row| row.get(0)).optional()?)
}

/// Adds a camera that is not known yet.
pub fn add(conn: &Connection, name: &str, place: Option<&str>, at: Instant) -> Result<i64> {
    conn.execute("INSERT INTO camera (name, place, added_at) VALUES (?1, ?2, ?3)", params![name, place, at])?;
    Ok(conn.last_insert_rowid())
}

/// Renames a camera and says where it hangs.
pub fn save(conn: &Connection, camera: &Camera) -> Result<()> {
    conn.execute(
        "UPDATE camera SET name = ?2, place = ?3 WHERE id = ?1",
        params![camera.id, camera.name, camera.place],
    )?;
    Ok(())
}

/// The names of all cameras by identity.
pub fn names(conn: &Connection) -> Result<FxHashMap<i64, CameraName>> {
    let mut stmt = conn.prepare_cached("SELECT id, name FROM camera")?;
    Ok(stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}
