//! Heartbeats: the latest of each camera, and the minutes in which a camera was alive.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, named_params, params};

use crate::domain::evidence::camera::{Camera, Vitals};
use crate::domain::evidence::coverage::{AliveMinutes, LONGEST_REACH, heartbeat_minutes};
use crate::domain::evidence::runner::Runner;
use crate::domain::time::{Instant, Span};
use crate::store::Result;

/// Stores a heartbeat: as the camera's latest if none is later, and in the history of its minute.
pub fn add(conn: &Connection, camera: i64, ts: Instant, beat: &Vitals) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO heartbeat
           (camera, ts, snapshot_every, pid, target_fps, processed_fps, detected, matched, latency_ms, last_error)
         VALUES (:camera, :ts, :every, :pid, :target, :processed, :detected, :matched, :latency, :error)
         ON CONFLICT (camera) DO UPDATE SET ts = :ts, snapshot_every = :every, pid = :pid, target_fps = :target,
           processed_fps = :processed, detected = :detected, matched = :matched, latency_ms = :latency,
           last_error = :error
         WHERE ts <= :ts",
    )?
    .execute(named_params! {
        ":camera": camera,
        ":ts": ts,
        ":every": beat.snapshot_every,
        ":pid": beat.pid,
        ":target": beat.target_fps,
        ":processed": beat.processed_fps,
        ":detected": beat.detected,
        ":matched": beat.matched,
        ":latency": beat.latency_ms,
        ":error": beat.last_error,
    })?;
    let reach = beat.snapshot_every.whole_minutes().min(LONGEST_REACH);
    conn.prepare_cached(
        "INSERT INTO alive (minute, camera, reach) VALUES (?1, ?2, ?3)
         ON CONFLICT (minute, camera) DO UPDATE SET reach = max(reach, excluded.reach)
         WHERE excluded.reach > reach",
    )?
    .execute(params![ts.minute(), camera, reach])?;
    Ok(())
}

/// The minutes around a window in which some camera was alive, by heartbeats and by recognitions.
pub fn alive(conn: &Connection, window: RangeInclusive<Instant>) -> Result<AliveMinutes> {
    let mut stmt = conn.prepare_cached(
        "SELECT minute, max(reach) FROM alive WHERE minute BETWEEN ?1 AND ?2 GROUP BY minute",
    )?;
    let (first, last) = (window.start().minute() - LONGEST_REACH, window.end().minute() + LONGEST_REACH);
    let beats = stmt.query_map(params![first, last], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut alive = AliveMinutes::new();
    for beat in beats {
        let (minute, reach) = beat?;
        alive.extend(heartbeat_minutes(minute, Span::minutes(reach)));
    }
    alive.extend(crate::store::evidence::recognitions::minutes_with_any(conn, window)?);
    Ok(alive)
}

/// Every camera with its latest heartbeat, by name.
pub fn runners(conn: &Connection) -> Result<Vec<Runner>> {
    let mut stmt = conn.prepare_cached(
        "SELECT c.id, c.name, c.place, c.added_at, h.ts, h.snapshot_every, h.pid, h.target_fps, h.processed_fps,
           h.detected, h.matched, h.latency_ms, h.last_error
         FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id ORDER BY c.name",
    )?;
    let rows = stmt.query_map([], |row| {
        let camera = Camera { id: row.get(0)?, name: row.get(1)?, place: row.get(2)?, added_at: row.get(3)? };
        let heartbeat = match row.get(4)? {
            Some(ts) => Some((ts, vitals(row)?)),
            None => None,
        };
        Ok(Runner { camera, heartbeat })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn vitals(row: &Row) -> rusqlite::Result<Vitals> {
    Ok(Vitals {
        snapshot_every: row.get(5)?,
        pid: row.get(6)?,
        target_fps: row.get(7)?,
        processed_fps: row.get(8)?,
        detected: row.get(9)?,
        matched: row.get(10)?,
        latency_ms: row.get(11)?,
        last_error: row.get(12)?,
    })
}
