//! An online copy of all rows that were committed when it began.
//!
//! It uses `VACUUM INTO` rather than SQLite's backup interface. Both read one snapshot, so writers are not
//! stopped. The backup interface is quicker, but copies free pages, in which pruned rows could survive, and
//! its copies do not get smaller after a prune.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::Connection;

use crate::domain::upkeep::database::Verdict;
use crate::files::Part;
use crate::store::own_files::{COMPANIONS, Occupied, beside};
use crate::store::register::versions;
use crate::store::upkeep::erasure::key;
use crate::store::upkeep::integrity::checks;
use crate::store::watch::jobs;
use crate::store::{Result, Store, StoreError, connect_still};

/// Whether a copy must not replace a file. It may replace a copy of the same database, or an empty file.
pub(crate) fn occupied(conn: &Connection, target: &Path) -> Result<Option<Occupied>> {
    // A link is replaced itself, and what it leads to stays.
    if !fs::symlink_metadata(target).is_ok_and(|found| found.is_file() && found.len() > 0) {
        return Ok(None);
    }
    // A copy has the key of its database. A file that cannot be read is not a copy.
    let key_of_copy = connect_still(target).and_then(|copy| key(&copy));
    let own = key(conn)?;
    Ok((!key_of_copy.is_ok_and(|key| key == own)).then_some(Occupied::NoCopy))
}

/// Writes a copy beside `target`, verifies it, and renames it to `target`. Returns its size in bytes.
pub(crate) fn write(store: &mut Store, target: &Path) -> Result<u64> {
    let failed = |error| StoreError::Copy { path: target.to_owned(), source: error };
    let (part, file) = Part::create(target).map_err(failed)?;
    // SQLite fills an empty file and keeps its mode.
    drop(file);
    let written = write_part(store, part.path());
    if written.is_err() {
        COMPANIONS.iter().for_each(|end| drop(fs::remove_file(beside(part.path(), end))));
    }
    written?;
    part.rename().map_err(failed)?;
    Ok(fs::metadata(target).map_err(failed)?.len())
}

fn write_part(store: &mut Store, part: &Path) -> Result<()> {
    let failed = |error| StoreError::Copy { path: part.to_owned(), source: error };
    let name = part.to_str().ok_or_else(|| failed(ErrorKind::InvalidFilename.into()))?;
    store.conn.execute("VACUUM INTO ?1", [name])?;
    verify(part)?;
    File::open(part).and_then(|file| file.sync_all()).map_err(failed)
}

/// Opens a copy like any command, and checks all of it. Deletes runs that had not ended when it began, such as this
/// backup, because in a restored copy they would look killed. Receivers of feeds may
/// know later registers than the copy, so a restored copy tells them everything again.
///
/// The header of the copy says that it has no log. A log that lies beside it after a restore then belongs to another
/// database, and is refused.
fn verify(part: &Path) -> Result<()> {
    let mut copy = Store::open(part)?;
    copy.write(|conn| {
        jobs::forget_open(conn)?;
        versions::tell_everything_again(conn)
    })?;
    copy.conn.pragma_update(None, "journal_mode", "DELETE")?;
    match checks(&copy.conn)?.into_iter().find(|check| check.verdict == Verdict::Damaged) {
        Some(damage) => Err(StoreError::BadCopy { detail: damage.detail }),
        None => Ok(()),
    }
}
