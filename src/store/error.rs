//! Database errors, classified by what the caller should do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::Invalid;

/// The result of a store function.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file does not exist.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// The expected path.
        path: PathBuf,
    },
    /// The file is empty: it was created, but `attend init` never finished.
    #[error("{} is empty", path.display())]
    NotInitialised {
        /// The file.
        path: PathBuf,
    },
    /// The file is not an SQLite database.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The database of another program.
    #[error("{} is a database, but not one of attend's", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later release.
    #[error("cannot open {}: it was written by a newer attend (schema {found}; this one knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
        /// The latest schema this program knows.
        known: i32,
    },
    /// Migrated by a later release while this program had it open.
    #[error("a newer attend has changed the database (schema {found}; this one knows {known})")]
    Migrated {
        /// Its schema.
        found: i32,
        /// The latest schema this program knows.
        known: i32,
    },
    /// The path of an open database no longer leads to it: its file, or its log, was moved, deleted or replaced.
    #[error("{} was moved, deleted or replaced while it was in use", path.display())]
    Gone {
        /// Its former path.
        path: PathBuf,
    },
    /// A log lies beside a database whose header says that it has none. SQLite would mix both.
    #[error("{} was restored, and the log of the database before it still lies beside it", path.display())]
    StrayLog {
        /// The database.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// A file that SQLite keeps beside a database is a link or not a regular file.
    #[error("{} is a link, or not a file, and would be written to", path.display())]
    Link {
        /// Its name.
        path: PathBuf,
    },
    /// The library this program runs on has a known defect that corrupts databases.
    #[error("SQLite {version} is too old to be safe")]
    OldSqlite {
        /// The version found.
        version: &'static str,
    },
    /// The file cannot be read or made.
    #[error("cannot open {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A copy cannot be written.
    #[error("cannot write {}", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A copy was written but does not pass its check.
    #[error("the copy is damaged and was removed: {detail}")]
    BadCopy {
        /// The fault.
        detail: String,
    },
    /// Another process kept the database locked for too long.
    #[error("the database is busy: another command has kept it locked")]
    Busy,
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The database is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(rusqlite::Error),
    /// The file, or its folder, may not be written.
    #[error("the database is not writable: {0}")]
    ReadOnly(rusqlite::Error),
    /// Reading or writing failed.
    #[error("the database could not be read or written: {0}")]
    Io(rusqlite::Error),
    /// A stored value that this program would not have stored.
    #[error("the database holds a value that cannot be read: {0}")]
    Value(Invalid),
    /// Any other SQLite error, which is a defect of this program.
    #[error("database error: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// An error about the file itself.
    pub fn file(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path: path.to_owned() },
            _ => Self::File { path: path.to_owned(), source },
        }
    }

    /// Whether the message names the file.
    pub fn names_file(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::NotInitialised { .. }
            | Self::NotADatabase { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::File { .. }
            | Self::Copy { .. }
            | Self::BadCopy { .. }
            | Self::Gone { .. }
            | Self::StrayLog { .. }
            | Self::Link { .. }
            | Self::OldSqlite { .. } => true,
            Self::Busy
            | Self::Migrated { .. }
            | Self::DiskFull
            | Self::Damaged(_)
            | Self::ReadOnly(_)
            | Self::Io(_)
            | Self::Value(_)
            | Self::Sqlite(_) => false,
        }
    }

    /// The next step, if there is one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } | Self::NotInitialised { .. } => {
                "make one: attend init --timezone ZONE, with the same --db if you named one".into()
            }
            Self::NotADatabase { .. } | Self::Foreign { .. } => {
                "name attend's file with --db or ATTEND_DB; this one was not touched".into()
            }
            Self::Newer { .. } => "install the newer attend; the file was not touched".into(),
            Self::OldSqlite { .. } => "build attend with its own SQLite (the default)".into(),
            Self::Migrated { .. } => "start the newer attend, and send lines without an ack again".into(),
            Self::Gone { .. } => "start again, and send lines without an ack again".into(),
            Self::StrayLog { path, log } => {
                format!("move {} and {}-shm away, then try again", log.display(), path.display())
            }
            Self::Link { path } => format!("find out who made it, then: rm {}", path.display()),
            Self::Busy => "try again in a moment".into(),
            Self::DiskFull => "free some space; no acknowledged line was lost".into(),
            Self::Damaged(_) => "restore the latest backup; keep the damaged file".into(),
            Self::ReadOnly(_) => "attend needs to write the file and its folder: check who owns them".into(),
            Self::BadCopy { .. } => "attend db check finds out whether the database itself is damaged".into(),
            Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "run attend as the user who owns it".into()
            }
            Self::Io(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                "see whether the disk is full (df -h) or failing (dmesg)".into()
            }
            Self::Copy { .. } | Self::File { .. } | Self::Io(_) | Self::Value(_) | Self::Sqlite(_) => {
                return None;
            }
        })
    }
}

impl From<Invalid> for StoreError {
    fn from(invalid: Invalid) -> Self {
        Self::Value(invalid)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(error),
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Self::Io(error),
            _ => Self::Sqlite(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::StoreError;

    #[test]
    fn a_foreign_file_gets_a_hint() {
        let error = StoreError::file(Path::new("school.db"), io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.hint().as_deref(), Some("run attend as the user who owns it"));
    }
}
