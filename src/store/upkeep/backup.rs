//! An online copy: everything that was committed when it began, in a file of its own.
//!
//! `VACUUM INTO` rather than SQLite's backup interface. Both read one snapshot, so writers go on. Copying
//! pages is quicker, but takes the free ones along: what was pruned would live on in the copy, and a
//! prune that frees half of a file would not make its backups any smaller.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process;

use crate::domain::upkeep::database::Verdict;
use crate::store::upkeep::integrity::checks;
use crate::store::upkeep::secure_delete;
use crate::store::watch::jobs;
use crate::store::{Result, Store, StoreError, beside};

/// What SQLite keeps beside a database, by what it appends to its name.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Why a file may not be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occupied {
    /// It is the database itself, or belongs to it.
    ByUs,
    /// It is a database with a log: somebody uses it, and would take the copy for a part of it.
    InUse,
    /// It is a device or a pipe, which a file would take the place of.
    NoFile,
}

/// Whether a copy may be put at `target`; a file that is there already is replaced.
pub fn occupied(database: &Path, target: &Path) -> Option<Occupied> {
    let same = |a: &Path, b: &Path| match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    };
    let ours = COMPANIONS.map(|end| beside(database, end));
    if same(database, target) || ours.iter().any(|companion| same(companion, target) || companion == target) {
        return Some(Occupied::ByUs);
    }
    if fs::metadata(target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Some(Occupied::NoFile);
    }
    let logs = COMPANIONS.map(|end| beside(target, end));
    logs.iter().any(|log| log.exists()).then_some(Occupied::InUse)
}

/// Writes a copy beside `target`, proves that it is whole, and puts it in its place. Says how many bytes.
pub fn write(store: &mut Store, target: &Path) -> Result<u64> {
    let failed = |error| StoreError::Copy { path: target.to_owned(), source: error };
    // Absolute: SQLite would read a name such as `file:x` as something else.
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(failed)?;
    let name = target.file_name().ok_or_else(|| failed(ErrorKind::InvalidFilename.into()))?;
    remove_abandoned(&folder, &name.to_string_lossy());
    let part = folder.join(format!(".{}.{}.part", name.to_string_lossy(), process::id()));
    let written = write_part(store, &part).and_then(|()| {
        fs::rename(&part, folder.join(name)).map_err(failed)?;
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(fs::metadata(target).map_err(failed)?.len())
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
        COMPANIONS.iter().for_each(|end| drop(fs::remove_file(beside(&part, end))));
    }
    written
}

/// Removes what copies of this name left whose process was killed: each is as large as the database.
fn remove_abandoned(folder: &Path, name: &str) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = file.file_name();
        let part =
            found.to_str().and_then(|found| found.strip_prefix(&format!(".{name}."))?.split_once(".part"));
        let whose = part.and_then(|(id, _)| id.parse::<u32>().ok());
        if whose.is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists()) {
            let _ = fs::remove_file(file.path());
        }
    }
}

fn write_part(store: &mut Store, part: &Path) -> Result<()> {
    let failed = |error| StoreError::Copy { path: part.to_owned(), source: error };
    // SQLite fills an empty file and leaves its mode alone.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).map_err(failed)?;
    let name = part.to_str().ok_or_else(|| failed(ErrorKind::InvalidFilename.into()))?;
    store.conn.execute("VACUUM INTO ?1", [name])?;
    verify(part)?;
    File::open(part).and_then(|file| file.sync_all()).map_err(failed)
}

/// Opens a copy as every command would, and looks at all of it. Runs that went on when it began (this one)
/// did not happen in it: to whoever restores it they would look killed.
fn verify(part: &Path) -> Result<()> {
    let mut copy = Store::open(part)?;
    copy.write(jobs::forget_open)?;
    secure_delete::empty_log(&copy.conn)?;
    match checks(&copy.conn)?.into_iter().find(|check| check.verdict == Verdict::Damaged) {
        Some(damage) => Err(StoreError::BadCopy { detail: damage.detail }),
        None => Ok(()),
    }
}
