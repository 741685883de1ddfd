//! Cameras, and the decisions about their places, rests and retirement.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::{Camera, CameraChange, CameraId, History, KnownCamera, Place};
use crate::domain::time::Instant;
use crate::store::{Result, word};

/// All cameras by name, including retired ones.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Camera>> {
    let mut histories = histories(conn, None)?;
    let mut stmt = conn.prepare_cached("SELECT id, name, added_at FROM camera ORDER BY name")?;
    let rows = stmt.query_map([], |row| {
        let id = row.get(0)?;
        let history = histories.remove(&id).unwrap_or_default();
        Ok(Camera { id, name: row.get(1)?, added_at: row.get(2)?, history })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A camera by name, if it is known.
pub(crate) fn named(conn: &Connection, name: &str) -> Result<Option<Arc<KnownCamera>>> {
    let mut stmt = conn.prepare_cached("SELECT id, name, first_name FROM camera WHERE name = ?1")?;
    Ok(stmt.query_row([name], camera).optional()?)
}

/// Cameras by identity.
pub(crate) type CamerasById = FxHashMap<CameraId, Arc<KnownCamera>>;

/// The camera of a record, without a name if it is missing. It is read if it is not among those that are `known`.
pub(super) fn of(conn: &Connection, known: &CamerasById, id: CameraId) -> rusqlite::Result<Arc<KnownCamera>> {
    if let Some(known) = known.get(&id) {
        return Ok(known.clone());
    }
    let mut stmt = conn.prepare_cached("SELECT id, name, first_name FROM camera WHERE id = ?1")?;
    Ok(stmt.query_row([id], camera).optional()?.unwrap_or_default())
}

/// All cameras by identity.
pub(crate) fn by_id(conn: &Connection) -> Result<CamerasById> {
    let mut stmt = conn.prepare_cached("SELECT id, name, first_name FROM camera")?;
    let cameras = stmt.query_map([], |row| camera(row).map(|camera| (camera.id, camera)))?;
    Ok(cameras.collect::<rusqlite::Result<_>>()?)
}

fn camera(row: &Row) -> rusqlite::Result<Arc<KnownCamera>> {
    Ok(Arc::new(KnownCamera { id: row.get(0)?, name: row.get(1)?, first_name: row.get(2)? }))
}

/// How many cameras are known.
pub(crate) fn count(conn: &Connection) -> Result<u32> {
    Ok(conn.prepare_cached("SELECT count(*) FROM camera")?.query_row([], |row| row.get(0))?)
}

/// Adds a camera that is not known yet.
pub(crate) fn add(conn: &Connection, name: &str, at: Instant) -> Result<Arc<KnownCamera>> {
    conn.execute("INSERT INTO camera (name, added_at) VALUES (?1, ?2)", params![name, at])?;
    Ok(Arc::new(KnownCamera::new(CameraId(conn.last_insert_rowid()), name)))
}

/// Renames a camera, also in the coverage that was stored and in the keys that may send for it. Its first name is kept,
/// because it orders recognitions.
pub(crate) fn rename(conn: &Connection, camera: CameraId, name: &str) -> Result<()> {
    let old: String = conn.query_row("SELECT name FROM camera WHERE id = ?1", [camera], |row| row.get(0))?;
    let sql = "UPDATE camera SET first_name = coalesce(first_name, name), name = ?2 WHERE id = ?1";
    conn.execute(sql, params![camera, name])?;
    conn.execute("UPDATE coverage SET name = ?2 WHERE kind = 'camera' AND name = ?1", [&*old, name])?;
    for table in ["coverage", "key"] {
        // A line of the list is between two newlines.
        let renamed = "replace(char(10) || cameras || char(10), char(10) || ?1 || char(10), char(10) || ?2 || char(10))";
        conn.execute(
            &format!(
                "UPDATE {table} SET cameras = trim({renamed}, char(10))
                 WHERE instr(char(10) || cameras || char(10), char(10) || ?1 || char(10))"
            ),
            [&*old, name],
        )?;
    }
    Ok(())
}

/// The last decision about any camera; 0 before the first.
pub(crate) fn last_change(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("SELECT coalesce(max(id), 0) FROM camera_change", [], |row| row.get(0))?)
}

/// Adds a decision about a camera from an instant on. Occurrences that have opened by `now` and overlap that time are
/// judged by earlier decisions until they are recomputed. All others are judged by it at once.
pub(crate) fn decide(
    conn: &Connection,
    camera: CameraId,
    from: Instant,
    change: &CameraChange,
    now: Instant,
) -> Result<()> {
    if from < now {
        conn.execute(
            "UPDATE occurrence SET camera_changes = ?1
             WHERE camera_changes IS NULL AND opens_at <= ?2 AND ends_at >= ?3",
            params![last_change(conn)?, now, from],
        )?;
    }
    let (kind, until, place) = match change {
        CameraChange::Place(place) => ("place", None, place.as_ref()),
        CameraChange::Rest(until) => ("rest", Some(*until), None),
        CameraChange::Retire => ("retire", None, None),
        CameraChange::Return => ("return", None, None),
    };
    conn.prepare_cached(
        "INSERT INTO camera_change (camera, kind, from_ts, until_ts, place, door)
         VALUES (:camera, :kind, :from, :until, :place, :door)",
    )?
    .execute(named_params! {
        ":camera": camera,
        ":kind": kind,
        ":from": from,
        ":until": until,
        ":place": place.map(|place| &*place.name),
        ":door": place.is_some_and(|place| place.door),
    })?;
    Ok(())
}

/// The history of each camera, from all decisions up to `known`. `None`: from all decisions.
pub(crate) fn histories(conn: &Connection, known: Option<i64>) -> Result<BTreeMap<CameraId, History>> {
    let mut stmt = conn.prepare_cached(
        "SELECT camera, from_ts, kind, until_ts, place, door FROM camera_change WHERE id <= ?1 ORDER BY id",
    )?;
    let mut rows = stmt.query([known.unwrap_or(i64::MAX)])?;
    let mut histories = BTreeMap::<CameraId, History>::new();
    while let Some(row) = rows.next()? {
        histories.entry(row.get(0)?).or_default().apply(row.get(1)?, change(row)?);
    }
    Ok(histories)
}

fn change(row: &Row) -> rusqlite::Result<CameraChange> {
    let place = row.get::<_, Option<String>>(4)?;
    let place =
        place.map(|name| -> rusqlite::Result<Place> { Ok(Place { name: name.into(), door: row.get(5)? }) });
    let (place, until) = (place.transpose()?, row.get::<_, Option<Instant>>(3)?);
    word(row, 2, |kind| match kind {
        "place" => Some(CameraChange::Place(place)),
        "rest" => until.map(CameraChange::Rest),
        "retire" => Some(CameraChange::Retire),
        "return" => Some(CameraChange::Return),
        _ => None,
    })
}
