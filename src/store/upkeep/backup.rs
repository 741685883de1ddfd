//! An online copy: everything that was committed when it began, in a file of its own.
//!
//! `VACUUM INTO` rather than SQLite's backup interface. Both read one snapshot, so writers go on. Copying
//! pages is quicker, but takes the free ones along: what was pruned would live on in the copy, and a
//! prune that frees half of a file would not make its backups any smaller.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use crate::domain::upkeep::database::Verdict;
use crate::files::Part;
use crate::store::own_files::{COMPANIONS, beside};
use crate::store::upkeep::integrity::checks;
use crate::store::watch::jobs;
use crate::store::{Result, Store, StoreError};

/// Writes a copy beside `target`, proves that it is whole, and puts it in its place. Gives its size in bytes.
pub fn write(store: &mut Store, target: &Path) -> Result<u64> {
    let failed = |error| StoreError::Copy { path: target.to_owned(), source: error };
    let (part, file) = Part::create(target).map_err(failed)?;
    // SQLite fills an empty file and leaves its mode alone.
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

/// Opens a copy as every command would, and looks at all of it. Runs that had not ended when it began (this one)
/// are removed from it: once restored, they would look killed.
///
/// The copy keeps no log, and its header says so: a log that lies beside it once it is restored belongs to another
/// database, and is refused.
fn verify(part: &Path) -> Result<()> {
    let mut copy = Store::open(part)?;
    copy.write(jobs::forget_open)?;
    copy.conn.pragma_update(None, "journal_mode", "DELETE")?;
    match checks(&copy.conn)?.into_iter().find(|check| check.verdict == Verdict::Damaged) {
        Some(damage) => Err(StoreError::BadCopy { detail: damage.detail }),
        None => Ok(()),
    }
}
