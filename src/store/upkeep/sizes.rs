//! Sizes of the database, as a file and table by table, and the free space beside it.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::domain::time::Instant;
use crate::domain::upkeep::database::{Kept, Size};
use crate::domain::watch::health::FileSizes;
use crate::store::Result;

/// The tables whose rows have an age: how to find the oldest and the newest row, and whether they are pruned.
const AGED: [(&str, &str, Kept); 7] = [
    ("recognition", "SELECT min(ts), max(ts) FROM recognition", Kept::UntilPruned),
    ("alive", "SELECT min(minute) * 60000000, max(minute) * 60000000 FROM alive", Kept::UntilPruned),
    ("quarantine", "SELECT min(received_at), max(received_at) FROM quarantine", Kept::UntilPruned),
    (
        "record",
        "SELECT min(starts_at), max(starts_at) FROM occurrence WHERE id IN (SELECT occurrence FROM record)",
        Kept::ForGood,
    ),
    ("mark", "SELECT min(marked_at), max(marked_at) FROM mark", Kept::ForGood),
    ("excuse", "SELECT min(given_at), max(given_at) FROM excuse", Kept::ForGood),
    ("occurrence", "SELECT min(starts_at), max(starts_at) FROM occurrence", Kept::ForGood),
];

/// Bytes of a page.
pub(crate) fn page_size(conn: &Connection) -> Result<u64> {
    pragma(conn, "page_size")
}

/// Bytes of the file and of its free pages.
pub(crate) fn file(conn: &Connection) -> Result<(u64, u64)> {
    let page = page_size(conn)?;
    Ok((pragma(conn, "page_count")? * page, pragma(conn, "freelist_count")? * page))
}

fn pragma(conn: &Connection, name: &str) -> Result<u64> {
    Ok(conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
}

/// Bytes of the write-ahead log.
pub(crate) fn log(conn: &Connection) -> u64 {
    let log = conn.path().map(|path| format!("{path}-wal"));
    log.and_then(|log| fs::metadata(log).ok()).map_or(0, |log| log.len())
}

/// Sizes of the database, its log and the free disk space, from the file system. It reads no page.
pub(crate) fn outside(conn: &Connection) -> FileSizes {
    let path = Path::new(conn.path().unwrap_or_default());
    let database = fs::metadata(path).map_or(0, |file| file.len());
    FileSizes { database, log: log(conn), free: free(path) }
}

/// Free bytes for our processes beside the database. Space reserved for root does not
/// count.
fn free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let told = rustix::fs::statvfs(folder).ok()?;
    Some(told.f_bavail.saturating_mul(told.f_frsize))
}

/// Every table with its indexes, the largest first. It reads every page.
pub(crate) fn tables(conn: &Connection) -> Result<Vec<Size>> {
    let mut stmt = conn.prepare(
        "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
         WHERE d.aggregate = TRUE AND s.tbl_name NOT LIKE 'sqlite~_%' ESCAPE '~' GROUP BY 1 ORDER BY 2 DESC, 1",
    )?;
    let found = stmt.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.map(|found| found.map_err(Into::into).and_then(|(table, bytes)| size(conn, table, bytes))).collect()
}

fn size(conn: &Connection, table: String, bytes: u64) -> Result<Size> {
    let rows = conn.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0))?;
    let aged = match AGED.iter().find(|(name, ..)| *name == table) {
        Some((_, sql, kept)) => {
            let ends: (Option<Instant>, Option<Instant>) =
                conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            ends.0.zip(ends.1).map(|(oldest, newest)| (*kept, oldest, newest))
        }
        None => None,
    };
    Ok(Size { table, rows, bytes, aged })
}
