//! The latest heartbeat of each camera, and the error of its clock.

use rusqlite::{Connection, Row, named_params};

use crate::domain::evidence::camera::{Camera, CameraId, Vitals};
use crate::domain::evidence::runner::{ClockLead, Runner};
use crate::domain::time::Instant;
use crate::store::Result;
use crate::store::evidence::cameras;

/// Stores a heartbeat as the camera's latest unless a later one is stored. A stored one after
/// `latest_honest` does not count: a clock that was ahead once must not hide heartbeats after it was
/// corrected.
pub(crate) fn keep_latest(
    conn: &Connection,
    camera: CameraId,
    ts: Instant,
    beat: &Vitals,
    latest_honest: Instant,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO heartbeat
           (camera, ts, snapshot_every, pid, target_fps, processed_fps, detected, matched, latency_ms, last_error,
            blind, resting)
         VALUES (:camera, :ts, :every, :pid, :target, :processed, :detected, :matched, :latency, :error,
            :blind, :resting)
         ON CONFLICT (camera) DO UPDATE SET ts = :ts, snapshot_every = :every, pid = :pid, target_fps = :target,
           processed_fps = :processed, detected = :detected, matched = :matched, latency_ms = :latency,
           last_error = :error, blind = :blind, resting = :resting
         WHERE ts <= :ts OR ts > :honest",
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
        ":blind": beat.blind,
        ":resting": beat.resting,
        ":honest": latest_honest,
    })?;
    Ok(())
}

/// Stores how far a camera's clock was ahead when a line with a `ts` arrived. A clock that was close and is close
/// writes nothing, or each line of a live runner would write one more page.
pub(crate) fn note_clock(conn: &Connection, camera: CameraId, lead: ClockLead) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO camera_clock (camera, arrived_at, ahead, heartbeat) VALUES (:camera, :at, :ahead, :heartbeat)
         ON CONFLICT (camera) DO UPDATE SET arrived_at = :at, ahead = :ahead, heartbeat = :heartbeat
         WHERE arrived_at <= :at AND NOT (:ahead BETWEEN :behind AND :most
           AND (ahead BETWEEN :behind AND :most OR (:heartbeat AND NOT heartbeat)))",
    )?
    .execute(named_params! {
        ":camera": camera,
        ":at": lead.arrived_at,
        ":ahead": lead.ahead,
        ":heartbeat": lead.heartbeat,
        ":behind": ClockLead::CLOSE.start(),
        ":most": ClockLead::CLOSE.end(),
    })?;
    Ok(())
}

/// Every camera with its latest heartbeat, by name.
pub(crate) fn runners(conn: &Connection) -> Result<Vec<Runner>> {
    let mut histories = cameras::histories(conn, None)?;
    let mut stmt = conn.prepare_cached(
        "SELECT c.id, c.name, c.added_at, h.ts, k.arrived_at, h.snapshot_every, h.pid, h.target_fps,
           h.processed_fps, h.detected, h.matched, h.latency_ms, h.last_error, h.blind, h.resting, k.ahead, k.heartbeat
         FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id LEFT JOIN camera_clock k ON k.camera = c.id
         ORDER BY c.name",
    )?;
    let rows = stmt.query_map([], |row| {
        let id = row.get(0)?;
        let history = histories.remove(&id).unwrap_or_default();
        let camera = Camera { id, name: row.get(1)?, added_at: row.get(2)?, history };
        let heartbeat = match row.get(3)? {
            Some(ts) => Some((ts, vitals(row)?)),
            None => None,
        };
        let clock = match row.get(4)? {
            Some(arrived_at) => Some(ClockLead { arrived_at, ahead: row.get(15)?, heartbeat: row.get(16)? }),
            None => None,
        };
        Ok(Runner { camera, heartbeat, clock })
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
        blind: row.get(13)?,
        resting: row.get(14)?,
    })
}
