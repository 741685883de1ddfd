//! Keys of runners, and the rate limit state of each runner.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::domain::evidence::key::{Hash, Issued, Key, Rotation, Scope};
use crate::domain::evidence::rate::Bucket;
use crate::domain::time::{Instant, Span};
use crate::store::Result;

/// The columns [`issued`] reads; `n` is the successor.
macro_rules! columns {
    () => {
        "k.id, k.runner, k.created_at, k.created_by, k.first_used_at, k.last_used_at, k.expires_at, k.revoked_at, \
         n.first_used_at, k.grace, k.cameras, k.jobs"
    };
}

fn issued(row: &Row) -> rusqlite::Result<Issued> {
    let grace: Option<Span> = row.get(9)?;
    let successor_used_at = row.get(8)?;
    let cameras: Option<String> = row.get(10)?;
    let jobs = row.get(11)?;
    Ok(Issued {
        id: row.get(0)?,
        runner: row.get(1)?,
        scope: cameras.map_or(Scope::Everything, |names| Scope::Cameras {
            names: names.lines().map(str::to_owned).collect(),
            jobs,
        }),
        created_at: row.get(2)?,
        created_by: row.get(3)?,
        first_used_at: row.get(4)?,
        last_used_at: row.get(5)?,
        expires_at: row.get(6)?,
        revoked_at: row.get(7)?,
        rotation: grace.map(|grace| Rotation { successor_used_at, grace }),
    })
}

/// Whether a key was ever made. From then on every stream needs one.
pub(crate) fn any(conn: &Connection) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM key)")?.query_row([], |row| row.get(0))?)
}

/// All keys by runner, the newest first.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Issued>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM key k LEFT JOIN key n ON n.id = k.successor ORDER BY k.runner, k.created_at DESC, k.id"
    );
    Ok(conn.prepare_cached(sql)?.query_map([], issued)?.collect::<rusqlite::Result<_>>()?)
}

/// A key by its public part, with the hash of the whole.
pub(crate) fn find(conn: &Connection, id: &str) -> Result<Option<(Issued, Hash)>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", k.hash FROM key k LEFT JOIN key n ON n.id = k.successor WHERE k.id = ?1"
    );
    let mut stmt = conn.prepare_cached(sql)?;
    Ok(stmt.query_row([id], |row| Ok((issued(row)?, row.get("hash")?))).optional()?)
}

/// Stores a new key.
pub(crate) fn add(
    conn: &Connection,
    key: &Key,
    runner: &str,
    scope: &Scope,
    expires_at: Option<Instant>,
    by: &str,
    at: Instant,
) -> Result<()> {
    let (cameras, jobs) = match scope {
        Scope::Everything => (None, true),
        Scope::Cameras { names, jobs } => {
            (Some(names.iter().map(String::as_str).collect::<Vec<_>>().join("\n")), *jobs)
        }
    };
    conn.execute(
        "INSERT INTO key (id, runner, hash, created_at, created_by, expires_at, cameras, jobs)
         VALUES (:id, :runner, :hash, :at, :by, :expires_at, :cameras, :jobs)",
        named_params! {
            ":id": key.id(), ":runner": runner, ":hash": key.hash(), ":at": at, ":by": by, ":expires_at": expires_at,
            ":cameras": cameras, ":jobs": jobs,
        },
    )?;
    Ok(())
}

/// Lets `successor` replace a key. The old key works until `grace` after the first use of the new one.
pub(crate) fn replace(conn: &Connection, id: &str, successor: &str, grace: Span) -> Result<()> {
    conn.execute("UPDATE key SET successor = ?2, grace = ?3 WHERE id = ?1", params![id, successor, grace])?;
    Ok(())
}

/// Revokes a key.
pub(crate) fn revoke(conn: &Connection, id: &str, by: &str, at: Instant) -> Result<()> {
    conn.execute("UPDATE key SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1", params![id, at, by])?;
    Ok(())
}

/// Notes that a key was presented.
pub(crate) fn used(conn: &Connection, id: &str, at: Instant) -> Result<()> {
    conn.prepare_cached(
        "UPDATE key SET first_used_at = coalesce(first_used_at, ?2), last_used_at = ?2 WHERE id = ?1",
    )?
    .execute(params![id, at])?;
    Ok(())
}

/// The stored rate limit state of a runner, if any.
pub(crate) fn bucket(conn: &Connection, runner: &str) -> Result<Option<Bucket>> {
    let mut stmt = conn.prepare_cached("SELECT left, at FROM rate WHERE runner = ?1")?;
    Ok(stmt.query_row([runner], |row| Ok(Bucket { left: row.get(0)?, at: row.get(1)? })).optional()?)
}

/// Stores the rate limit state of a runner.
pub(crate) fn save_bucket(conn: &Connection, runner: &str, bucket: Bucket) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO rate (runner, left, at) VALUES (?1, ?2, ?3)")?
        .execute(params![runner, bucket.left, bucket.at])?;
    Ok(())
}
