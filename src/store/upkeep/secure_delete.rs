//! Finds and removes bytes that deleted rows leave in the files of a database.

use std::path::Path;

use rusqlite::Connection;

use crate::store::anchor::Anchor;
use crate::store::{Result, StoreError};

/// Bytes of a file that are searched at a time.
const CHUNK: usize = 1 << 20;

/// Copies the log into the database and empties it.
///
/// # Errors
/// Busy, if another process keeps reading.
pub(crate) fn empty_log(conn: &Connection) -> Result<()> {
    let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
}

/// Whether the file of a database contains any of these spellings, even in free space.
pub(crate) fn any_in_file(conn: &Connection, spellings: &[Vec<u8>]) -> Result<bool> {
    let Some(path) = conn.path().map(Path::new) else {
        return Ok(false);
    };
    let failed = |error| StoreError::file(path, error);
    let longest = spellings.iter().map(Vec::len).max().unwrap_or_default();
    let file = Anchor::new(path)?;
    let (mut block, mut bytes, mut offset) = (vec![0; CHUNK], Vec::new(), 0);
    loop {
        // A match may span two blocks, so the tail is searched again with the next block.
        bytes.drain(..bytes.len().saturating_sub(longest));
        let read = file.read_at(&mut block, offset).map_err(failed)?;
        if read == 0 {
            return Ok(false);
        }
        bytes.extend_from_slice(&block[..read]);
        offset += read as u64;
        if spellings.iter().any(|spelling| contains(&bytes, spelling)) {
            return Ok(true);
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Rewrites the whole database without free space, and empties the log.
///
/// # Errors
/// Those of [`empty_log`].
pub(crate) fn rewrite(conn: &Connection) -> Result<()> {
    conn.execute_batch("VACUUM")?;
    empty_log(conn)
}
