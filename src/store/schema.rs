//! The schema, and the migration of older databases.
//!
//! Migrations are one append-only list. All steps run in the same IMMEDIATE transaction.

use rusqlite::{Connection, Transaction};

/// Every migration in order. The version of a database is the number of migrations it has seen.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_initial.sql")];

/// "attd": marks a file as ours (offset 68 of the file).
pub(crate) const APPLICATION_ID: i32 = 0x6174_7464;

/// The version this program writes and reads.
pub(crate) fn latest() -> i32 {
    i32::try_from(MIGRATIONS.len()).expect("fewer migrations than 2^31")
}

/// The version of a database, 0 for an empty one.
pub(crate) fn version(conn: &Connection) -> rusqlite::Result<i32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Whether it contains a table.
pub(crate) fn has_tables(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// A database in memory with the latest schema and no row.
pub(crate) fn empty() -> rusqlite::Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    let tx = conn.transaction()?;
    migrate(&tx, 0)?;
    tx.commit()?;
    Ok(conn)
}

/// Brings the database from `version` to the latest.
pub(crate) fn migrate(tx: &Transaction, version: i32) -> rusqlite::Result<()> {
    let done = usize::try_from(version).unwrap_or_default();
    for step in &MIGRATIONS[done..] {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", latest())
}
