//! The store: one SQLite file, one function to open it, one file per family of tables.
//!
//! The store holds facts, and the domain decides policy. A policy number in a WHERE clause arrives as a named
//! parameter. SQL lives only in this folder.

mod anchor;
mod cursor;
pub(crate) mod error;
pub(crate) mod evidence;
pub(crate) mod lock;
pub(crate) mod own_files;
pub(crate) mod register;
pub(crate) mod roll;
mod schema;
pub(crate) mod settings;
pub(crate) mod timetable;
pub mod upkeep;
pub mod watch;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{OpenFlags, Row, TransactionBehavior};

pub use error::{Result, StoreError};
pub use rusqlite::types::Value;
pub use rusqlite::{Connection, Transaction};

use self::anchor::Anchor;
use self::own_files::{COMPANIONS, MAGIC, beside};
use crate::domain::evidence::camera::CameraId;
use crate::domain::evidence::recognition::SentAliasId;
use crate::domain::roll::student::StudentId;
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::domain::timetable::schedule::PeriodId;
use crate::domain::watch::job::RunId;
use crate::domain::watch::message::MessageId;
use crate::files::UNLINKED;

/// SQLite before this release can corrupt a database when the write-ahead log is reset.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a command waits for another one's transaction. Transactions are short, so this is ample.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a batch job waits for another process's transaction. It runs unattended at night, and a
/// restore, a large import or a slow disk may hold the database for minutes.
pub const JOB_PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The interval at which a stream that waits for another writer tries again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Pages written to the log before they are copied into the database: 16 MiB, so that a bulk ingest
/// does not stop for a checkpoint with every few batches.
const CHECKPOINT_PAGES: i32 = 4096;

/// The same while lines arrive late or touch pages all over the database: 256 MiB. Each batch then writes many pages to
/// the log again, and a checkpoint writes each of them once.
const CHECKPOINT_PAGES_SCATTERED: i32 = 65_536;

/// The log is cut back to this many bytes after a checkpoint.
const LOG_LIMIT: i64 = 64 << 20;

/// The first bytes of a journal that SQLite has to roll back.
const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// An open database.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    anchor: Anchor,
    /// Whether it was opened without locks, because no process can be writing to it.
    still: bool,
}

impl Store {
    /// Opens a database that `attend init` has made, bringing an older one up to date.
    ///
    /// # Errors
    /// Missing, empty, foreign, newer and damaged files give different errors and are left untouched.
    pub fn open(path: &Path) -> Result<Self> {
        let anchor = inspect(path)?;
        let still = anchor.is_still();
        let mut conn = if still { connect_still(path)? } else { connect(path)? };
        // SQLite must have opened the same file that was checked.
        anchor.check()?;
        if is_current(&conn)? {
            return Ok(Self { still, ..Self::tuned(conn, anchor) });
        }
        // Check again inside the write lock, because another process may be migrating.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        refuse_tables_of_others(&tx, path)?;
        match schema::version(&tx)? {
            0 => {
                return Err(StoreError::NotInitialised { path: path.to_owned() });
            }
            version => schema::migrate(&tx, version)?,
        }
        tx.commit()?;
        Ok(Self::tuned(conn, anchor))
    }

    fn tuned(conn: Connection, mut anchor: Anchor) -> Self {
        tune(&conn);
        anchor.hold_log();
        Self { conn, anchor, still: false }
    }

    /// Creates a database and lets `seed` add the mandatory rows, in one transaction. If
    /// it exists already, nothing is changed and `false` is returned.
    pub fn create(path: &Path, seed: impl FnOnce(&Transaction) -> Result<()>) -> Result<bool> {
        // The mode is set before SQLite sees the file, because its log and index inherit it.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(StoreError::file(path, error));
            }
            Ok(_) | Err(_) => drop(inspect(path)?),
        }
        make(&mut connect(path)?, path, seed)
    }

    /// The connection itself, for statements that cannot run in a transaction, such as `VACUUM`.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.conn
    }

    /// Whether the file, or the folder that would hold its log, is read-only.
    pub fn is_read_only(&self) -> bool {
        self.conn.is_readonly("main").unwrap_or(false) || self.anchor.folder_is_read_only()
    }

    /// Where the database lies.
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.conn.path().unwrap_or_default())
    }

    /// Checks that the path of the database still leads to it.
    ///
    /// # Errors
    /// It was moved, deleted or replaced. This connection leaves the log alone from then on.
    pub fn check_place(&self) -> Result<()> {
        let checked = self.anchor.check();
        if checked.is_err() {
            // Closing the connection would copy the log into the file that is there now.
            self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        checked
    }

    /// Runs `work` on one consistent snapshot.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.check_place()?;
        let tx = self.conn.transaction().map_err(StoreError::from)?;
        let read = work(&tx)?;
        if self.still {
            self.anchor.check_still()?;
        }
        Ok(read)
    }

    /// Runs `work` as the only writer and commits what it did; an error undoes all of it.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.check_place()?;
        let tx =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let done = work(&tx)?;
        tx.commit().map_err(StoreError::from)?;
        self.check_place()?;
        Ok(done)
    }

    /// From now on waits at most this long for other writers, and polls often: a runner wants its ack
    /// within milliseconds.
    pub fn wait_at_most(&mut self, patience: Duration) -> Result<()> {
        let mut since = std::time::Instant::now();
        let wait = move |tries: i32| {
            if tries == 0 {
                since = std::time::Instant::now();
            }
            let goes_on = since.elapsed() < patience;
            if goes_on {
                std::thread::sleep(LOOK_AGAIN);
            }
            goes_on
        };
        Ok(self.conn.busy_handler(Some(wait))?)
    }

    /// From now on foreign keys are not looked up, for a caller that reads each identity in the transaction that stores
    /// it. The five of a record would take half of the time of storing it.
    pub(crate) fn trust_identities(&self) -> Result<()> {
        Ok(self.conn.pragma_update(None, "foreign_keys", false)?)
    }

    /// Whether the log may grow long before it is copied into the database. This is optional tuning: a failure is
    /// ignored.
    pub(crate) fn keep_long_log(&self, long: bool) {
        let pages = if long { CHECKPOINT_PAGES_SCATTERED } else { CHECKPOINT_PAGES };
        let _ = self.conn.pragma_update(None, "wal_autocheckpoint", pages);
    }

    /// A write transaction. The caller commits it, and calls [`Self::check_place`] before it relies on the commit.
    /// Dropping it rolls back.
    pub fn begin(&self) -> Result<Transaction<'_>> {
        self.check_place()?;
        Ok(Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?)
    }

    /// A number that changes when another process commits.
    pub fn data_version(conn: &Connection) -> Result<i64> {
        Ok(conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Refuses to go on with a database that a newer program has migrated since it was opened: rows of the old shape
    /// would contradict the new schema.
    ///
    /// # Errors
    /// [`StoreError::Migrated`].
    pub(crate) fn refuse_migrated(conn: &Connection) -> Result<()> {
        let (found, known) = (schema::version(conn)?, schema::latest());
        if found > known { Err(StoreError::Migrated { found, known }) } else { Ok(()) }
    }
}

/// Creates the tables in an empty database. Does nothing if another process has done so already.
fn make(conn: &mut Connection, path: &Path, seed: impl FnOnce(&Transaction) -> Result<()>) -> Result<bool> {
    refuse_tables_of_others(conn, path)?;
    // It has an effect only before the first table. It lets prune give space back in small steps.
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if schema::version(&tx)? > 0 {
        return Ok(false);
    }
    schema::migrate(&tx, 0)?;
    seed(&tx)?;
    tx.commit()?;
    tune(conn);
    Ok(true)
}

/// The version of the SQLite library that is compiled in.
pub(crate) fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// Checks a file before SQLite opens it, so that a refused file is not changed.
fn inspect(path: &Path) -> Result<Anchor> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite { version: sqlite_version() });
    }
    refuse_links(path)?;
    let anchor = Anchor::new(path)?;
    let head = anchor.header()?;
    if head.is_empty() {
        return Ok(anchor);
    }
    if head.len() < 100 || !head.starts_with(MAGIC) {
        // A power cut interrupted its creation. SQLite rolls back with the journal beside it.
        if begins_with(&beside(path, "-journal"), &JOURNAL) {
            return Ok(anchor);
        }
        return Err(StoreError::NotADatabase { path: path.to_owned() });
    }
    let number = |at: usize| i32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (version, application) = (number(60), number(68));
    // A database of ours has neither mark while its first transaction is only in the log.
    if application != schema::APPLICATION_ID && (application, version) != (0, 0) {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if version > schema::latest() {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: schema::latest() });
    }
    anchor.refuse_stray_log()?;
    Ok(anchor)
}

/// SQLite writes through a link with the name of one of its files and, as root, gives the target of the link to the
/// owner of the database.
fn refuse_links(path: &Path) -> Result<()> {
    let Ok(path) = path.canonicalize() else { return Ok(()) };
    let Ok(owner) = fs::metadata(&path).map(|database| database.uid()) else { return Ok(()) };
    let linked =
        |file: &PathBuf| fs::symlink_metadata(file).is_ok_and(|file| !own_files::is_own(&file, owner));
    match COMPANIONS.map(|end| beside(&path, end)).into_iter().find(linked) {
        Some(path) => Err(StoreError::Link { path }),
        None => Ok(()),
    }
}

fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes.len() as u64).read_to_end(&mut head));
    read.is_ok() && head == bytes
}

/// A database without our marks may be initialised only if it is empty.
fn refuse_tables_of_others(conn: &Connection, path: &Path) -> Result<()> {
    // The order matters, because another process may be creating the database, with tables and version in one commit.
    if schema::has_tables(conn)? && schema::version(conn)? == 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

/// The log and its index get the mode of the database when they are made. If a command read the database while it was
/// read-only, they stay behind as read-only, and no later command could write.
fn restore_modes(path: &Path) {
    let Ok(path) = path.canonicalize() else { return };
    let Some(database) = fs::metadata(&path).ok().filter(|database| !database.permissions().readonly())
    else {
        return;
    };
    for companion in ["-wal", "-shm"].map(|end| beside(&path, end)) {
        let own = |file: &fs::Metadata| own_files::is_own(file, database.uid());
        // Opened only if the mode must be changed. Closing the file releases the locks of other connections in this
        // process, and another process that finds no locks truncates the index.
        if !fs::symlink_metadata(&companion).is_ok_and(|file| own(&file) && file.permissions().readonly()) {
            continue;
        }
        let Ok(file) = OpenOptions::new().read(true).custom_flags(UNLINKED).open(companion) else { continue };
        if file.metadata().is_ok_and(|file| own(&file) && file.permissions().readonly()) {
            let _ = file.set_permissions(database.permissions());
        }
    }
}

/// Opens a database that no process can be writing to, in a folder where SQLite cannot create the index
/// of a log.
fn connect_still(path: &Path) -> Result<Connection> {
    let path = path.canonicalize().map_err(|error| StoreError::file(path, error))?;
    let encoded = percent_encode(path.as_os_str().as_bytes(), NON_ALPHANUMERIC);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    prepared(Connection::open_with_flags(format!("file:{encoded}?immutable=1"), flags)?)
}

fn connect(path: &Path) -> Result<Connection> {
    restore_modes(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    prepared(Connection::open_with_flags(path, flags)?)
}

/// The order matters: the busy timeout comes before any statement that may find a lock.
fn prepared(conn: Connection) -> Result<Connection> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // Overwrites deleted bytes, so that erasing a student or dropping a line leaves nothing in free space.
    conn.pragma_update(None, "secure_delete", true)?;
    // Acknowledged means on the disk: in WAL mode only FULL survives a power cut.
    conn.pragma_update(None, "synchronous", "FULL")?;
    // One plan for all parameters. Otherwise SQLite prepares some statements again for each new value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Whether the schema is the latest. Versions only rise, so a current one need not be checked again.
fn is_current(conn: &Connection) -> Result<bool> {
    Ok(schema::version(conn)? == schema::latest())
}

/// Optional tuning. A failure (for example a read-only folder) is ignored.
fn tune(conn: &Connection) {
    let _ = conn.pragma_update(None, "journal_mode", "WAL");
    let _ = conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES);
    let _ = conn.pragma_update(None, "journal_size_limit", LOG_LIMIT);
}

/// Reads a value that is stored as a word.
fn word<T>(row: &Row, column: usize, read: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    read(text).ok_or_else(|| rusqlite::Error::InvalidColumnType(column, text.to_owned(), Type::Text))
}

/// Some students as the parameter of `json_each`.
fn json_list<'s>(students: impl IntoIterator<Item = &'s StudentId>) -> String {
    let ids: Vec<String> = students.into_iter().map(|StudentId(id)| id.to_string()).collect();
    format!("[{}]", ids.join(","))
}

/// Stores a type as the integer it wraps.
macro_rules! stored_as_integer {
    ($kind:ty, $read:expr, $written:expr) => {
        impl ToSql for $kind {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok($written(self).into())
            }
        }

        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map($read)
            }
        }
    };
}

stored_as_integer!(Instant, Self::from_micros, |at: &Self| at.micros());
stored_as_integer!(Span, Self::from_micros, |span: &Self| span.micros());
stored_as_integer!(StudentId, Self, |id: &Self| id.0);
stored_as_integer!(OccurrenceId, Self, |id: &Self| id.0);
stored_as_integer!(SentAliasId, Self, |id: &Self| id.0);
stored_as_integer!(CameraId, Self, |id: &Self| id.0);
stored_as_integer!(PeriodId, Self, |id: &Self| id.0);
stored_as_integer!(MessageId, Self, |id: &Self| id.0);
stored_as_integer!(RunId, Self, |id: &Self| id.0);

#[cfg(test)]
mod migration_kills;
