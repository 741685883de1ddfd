//! Finds and removes bytes that deleted rows leave in the files of a database.

use std::fs::File;
use std::io::Read;
use std::mem::ManuallyDrop;
use std::path::Path;

use rusqlite::Connection;

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
    // Never closed, because closing it would release the locks of every connection of this process.
    let mut file = ManuallyDrop::new(File::open(path).map_err(failed)?);
    let mut bytes = Vec::new();
    loop {
        // A match may span two blocks, so the tail is searched again with the next block.
        bytes.drain(..bytes.len().saturating_sub(longest));
        if (&mut *file).take(CHUNK as u64).read_to_end(&mut bytes).map_err(failed)? == 0 {
            return Ok(false);
        }
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
