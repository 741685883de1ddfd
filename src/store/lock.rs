//! Locks of batch commands: a hidden file beside the database, held as long as the process lives.
//!
//! The system releases a lock when its holder ends for any reason. The files stay, because removing one
//! would let two processes hold "the same" lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::own_files::is_own;
use super::{Result, StoreError};
use crate::domain::watch::job::Batch;
use crate::files::UNLINKED;

/// Interval and number of retries while other processes only check the lock. The limit prevents a process
/// that is stopped during its check from blocking this one forever.
const LOOKERS: (Duration, u32) = (Duration::from_millis(5), 2_000);

/// A held lock. Dropping it releases it.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// Closing the file is not enough: a program that another thread is just starting has a copy of it until it runs,
    /// and the copy would keep the lock.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// The result of asking for a lock.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It is ours.
    Held(Lock),
    /// Another process has it. Its process id is missing if it has just created the file.
    Taken(Option<u32>),
}

/// Asks for the lock of a job of the database at `path`.
pub(crate) fn take(path: &Path, batch: Batch) -> Result<Asked> {
    let database = path;
    let path = file(database, batch.word());
    let failed = |error| StoreError::file(&path, error);
    let mut file = open(&path, database)?;
    if try_lock(&file).map_err(failed)? {
        // Overwrites the last holder's id with one write of fixed width, so that readers never see half a number.
        file.write_all(format!("{:<10}", std::process::id()).as_bytes()).map_err(failed)?;
        return Ok(Asked::Held(Lock(file)));
    }
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    Ok(Asked::Taken(holder.trim().parse().ok()))
}

/// Takes the lock unless another process holds it. Processes that only look share it for an instant, so
/// they are waited for.
fn try_lock(file: &File) -> std::io::Result<bool> {
    for _ in 0..LOOKERS.1 {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match file.try_lock_shared() {
            Ok(()) => file.unlock()?,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        std::thread::sleep(LOOKERS.0);
    }
    Ok(false)
}

/// Whether a process holds the lock of a job.
pub(crate) fn is_held(path: &Path, job: &str) -> bool {
    let opened = OpenOptions::new().read(true).custom_flags(UNLINKED).open(file(path, job));
    let looked = opened.map(|file| file.try_lock_shared());
    matches!(looked, Ok(Err(TryLockError::WouldBlock)))
}

/// `.school.db.schedule-generate.lock`
fn file(path: &Path, job: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.lock", job.replace(' ', "-")))
}

/// Opens a lock file, or creates it. If root creates it, it is given to the owner of the database, whose
/// jobs need it. An existing file keeps its owner, because it may be a link to a file of another user.
fn open(path: &Path, database: &Path) -> Result<File> {
    let failed = |error| StoreError::file(path, error);
    let owner = fs::metadata(database).map_err(|error| StoreError::file(database, error))?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600).custom_flags(UNLINKED);
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            let _ = fchown(&file, Some(owner.uid()), Some(owner.gid()));
            Ok(file)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path).is_ok_and(|found| !is_own(&found, owner.uid())) {
                return Err(StoreError::Link { path: path.to_owned() });
            }
            let file = options.open(path).map_err(failed)?;
            match is_own(&file.metadata().map_err(failed)?, owner.uid()) {
                true => Ok(file),
                false => Err(StoreError::Link { path: path.to_owned() }),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_waits_for_lookers_but_not_for_holders() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("school.db");
        File::create(&database).unwrap();
        let held = take(&database, Batch::Prune).unwrap();
        assert!(
            matches!(take(&database, Batch::Prune).unwrap(), Asked::Taken(Some(pid)) if pid == std::process::id())
        );
        assert!(is_held(&database, Batch::Prune.word()));
        drop(held);
        assert!(!is_held(&database, Batch::Prune.word()));
        // A program that is being started has a copy of the file for a moment.
        let Asked::Held(held) = take(&database, Batch::Prune).unwrap() else { panic!("it is free") };
        let copy = held.0.try_clone().unwrap();
        drop(held);
        assert!(matches!(take(&database, Batch::Prune).unwrap(), Asked::Held(_)));
        drop(copy);
        // A process that is stopped while it checks the lock.
        let looker = File::open(file(&database, Batch::Prune.word())).unwrap();
        looker.try_lock_shared().unwrap();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| take(&database, Batch::Prune).unwrap());
            std::thread::sleep(Duration::from_millis(100));
            drop(looker);
            assert!(matches!(asked.join().unwrap(), Asked::Held(_)));
        });
    }
}
