//! Bytes: of the database, of its log, and free beside them.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::Result;
use crate::domain::health::Sizes;

/// The sizes as the file system tells them; no page is read.
pub fn sizes(conn: &Connection) -> Result<Sizes> {
    let path = PathBuf::from(conn.path().unwrap_or_default());
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    Ok(Sizes { database: bytes(&path), log: bytes(Path::new(&log)), free: free(&path) })
}

/// Bytes that a process of ours may still write beside the database: what is kept for root does not count.
fn free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let told = rustix::fs::statvfs(folder).ok()?;
    Some(told.f_bavail.saturating_mul(told.f_frsize))
}
