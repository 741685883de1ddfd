//! Checks that the path of an open database still leads to it.
//!
//! SQLite keeps writing to a file that was moved or deleted, or whose content was replaced by a copy.
//! Those commits are missing from the database that others open later.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{Access, access};

use super::own_files::beside;
use super::{Result, StoreError};

/// The offset in the header that says whether a database uses a write-ahead log, and the value for yes.
const KEEPS_LOG: (u64, u8) = (19, 2);

/// A file by device and inode.
type Identity = (u64, u64);

/// A handle that all anchors of a file share, and their number.
struct Shared {
    file: File,
    anchors: usize,
}

/// The databases that this process has open. POSIX releases every lock of a process on a file when the process closes
/// any handle of it, even those of its SQLite connections. So a file has one handle here, which is closed after the last
/// connection, and while no other can be made.
static OPEN: Mutex<BTreeMap<Identity, Shared>> = Mutex::new(BTreeMap::new());

fn open_files() -> MutexGuard<'static, BTreeMap<Identity, Shared>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity_in(found: &fs::Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// An open database file, and its log if there is one. It must be dropped after the connection.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    identity: Identity,
    log: Option<Identity>,
}

impl Drop for Anchor {
    fn drop(&mut self) {
        let mut open = open_files();
        if let Entry::Occupied(mut shared) = open.entry(self.identity) {
            shared.get_mut().anchors -= 1;
            if shared.get().anchors == 0 {
                shared.remove();
            }
        }
    }
}

impl Anchor {
    /// Opens the file, before SQLite does.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let identity = Self::hold(path).map_err(|error| StoreError::file(path, error))?;
        Ok(Self { path: path.to_owned(), identity, log: None })
    }

    /// Counts another anchor of a file, which is opened if it is the first.
    fn hold(path: &Path) -> io::Result<Identity> {
        let mut open = open_files();
        let known = identity_in(&fs::metadata(path)?);
        if let Some(shared) = open.get_mut(&known) {
            shared.anchors += 1;
            return Ok(known);
        }
        let file = File::open(path)?;
        let opened = identity_in(&file.metadata()?);
        match open.entry(opened) {
            Entry::Vacant(place) => {
                place.insert(Shared { file, anchors: 1 });
            }
            // The path led to another file a moment ago. Closing this handle would release locks.
            Entry::Occupied(mut known) => {
                known.get_mut().anchors += 1;
                std::mem::forget(file);
            }
        }
        Ok(opened)
    }

    /// Reads bytes of the file at an offset. Returns how many were read: none at the end.
    pub(super) fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            let read =
                open_files().get(&self.identity).map_or(Ok(0), |shared| shared.file.read_at(bytes, offset));
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// The first bytes of the database, at most 100: all of its header.
    pub(super) fn header(&self) -> Result<Vec<u8>> {
        let mut head = [0; 100];
        let mut length = 0;
        while length < head.len() {
            match self.read_at(&mut head[length..], length as u64) {
                Ok(0) => break,
                Ok(bytes) => length += bytes,
                Err(error) => return Err(StoreError::file(&self.path, error)),
            }
        }
        Ok(head[..length].to_vec())
    }

    /// Whether the folder of the database is not writable.
    pub(super) fn folder_is_read_only(&self) -> bool {
        self.log_path().parent().is_some_and(|folder| access(folder, Access::WRITE_OK).is_err())
    }

    /// Whether the database keeps a log, no process has it open, and SQLite could not make the log's index:
    /// a copy on read-only media, or in a folder of another user. A process that has it open has made an
    /// index.
    pub(super) fn is_still(&self) -> bool {
        let log = self.log_path();
        let empty = fs::metadata(&log).map_or(true, |log| log.len() == 0);
        self.keeps_log() && empty && !self.beside("-shm").exists() && self.folder_is_read_only()
    }

    /// # Errors
    /// Whether another process has begun to write to a database that was [still](Self::is_still).
    pub(super) fn check_still(&self) -> Result<()> {
        if fs::metadata(self.log_path()).is_ok_and(|log| log.len() > 0) {
            Err(StoreError::Busy)
        } else {
            Ok(())
        }
    }

    /// Remembers the log that SQLite writes to. It stays the same as long as the connection lives.
    pub(super) fn hold_log(&mut self) {
        self.log = if self.keeps_log() { identity(&self.log_path()) } else { None };
    }

    /// # Errors
    /// The database, or its log, is gone from its path, or a copy that keeps no log was written over it.
    pub(super) fn check(&self) -> Result<()> {
        let moved = identity(&self.path) != Some(self.identity);
        let log_moved = self.log.is_some() && identity(&self.log_path()) != self.log;
        if moved || log_moved || self.log.is_some() && !self.keeps_log() {
            return Err(StoreError::Gone { path: self.path.clone() });
        }
        Ok(())
    }

    /// Refuses a log beside a database whose header says that it keeps none: it belongs to another database, such as
    /// the one that this copy of it was restored over.
    pub(super) fn refuse_stray_log(&self) -> Result<()> {
        let log = self.log_path();
        if fs::metadata(&log).is_ok_and(|log| log.len() > 0) && !self.keeps_log() {
            return Err(StoreError::StrayLog { path: self.path.clone(), log });
        }
        Ok(())
    }

    /// If the header cannot be read, SQLite reports the same error with more detail.
    fn keeps_log(&self) -> bool {
        let mut byte = [0];
        self.read_at(&mut byte, KEEPS_LOG.0).is_err() || byte[0] == KEEPS_LOG.1
    }

    fn log_path(&self) -> PathBuf {
        self.beside("-wal")
    }

    /// The path of a file beside the real database file, where SQLite keeps its files.
    fn beside(&self, end: &str) -> PathBuf {
        beside(&self.path.canonicalize().unwrap_or_else(|_| self.path.clone()), end)
    }
}

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().as_ref().map(identity_in)
}
