//! The files of a database: itself, the files that SQLite keeps beside it, the locks of its jobs, and the list of its
//! erasures.

use std::fs::{self, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::files::open_regular;

/// The suffixes of the files that SQLite keeps beside a database.
pub(super) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The end of the name of the list of erasures.
const ERASED: &str = "erased";

/// How every SQLite database begins.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The reason why a file must not be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occupied {
    /// It is the database or belongs to it, perhaps under another name.
    ByUs,
    /// It is another database, or belongs to one.
    ByDatabase,
    /// A log lies beside it, so it is a database in use. SQLite would take the log for a part of the new file.
    InUse,
    /// It is a device or a pipe.
    NoFile,
    /// It is a file, but no copy of the database.
    NoCopy,
}

/// Whether an export may replace `target` while `database` is in use.
pub(crate) fn export_occupied(database: &Path, target: &Path) -> Option<Occupied> {
    if belongs(database, target) {
        return Some(Occupied::ByUs);
    }
    (is_database(target) || is_companion(database, target)).then_some(Occupied::ByDatabase)
}

/// Whether a file is named like one that SQLite keeps beside another database that exists.
fn is_companion(database: &Path, target: &Path) -> bool {
    let name = target.as_os_str().to_string_lossy();
    let owner = COMPANIONS.iter().find_map(|end| name.strip_suffix(end)).map(Path::new);
    owner.is_some_and(|owner| !belongs(database, owner) && is_database(owner))
}

/// Whether a copy of `database` may be written to `target`, as far as its name and its neighbours tell.
pub(crate) fn copy_occupied(database: &Path, target: &Path) -> Option<Occupied> {
    if belongs(database, target) {
        return Some(Occupied::ByUs);
    }
    if fs::metadata(target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Some(Occupied::NoFile);
    }
    if is_companion(database, target) {
        return Some(Occupied::ByDatabase);
    }
    COMPANIONS.iter().any(|end| beside(target, end).exists()).then_some(Occupied::InUse)
}

/// Whether `target` is a file of `database`, or a link to one.
fn belongs(database: &Path, target: &Path) -> bool {
    let (database, place) = (resolved(database), in_real_folder(target));
    let mut own = vec![database.clone()];
    own.extend(COMPANIONS.map(|end| beside(&database, end)));
    if own.contains(&place) || is_hidden(&database, &place) {
        return true;
    }
    let beside =
        database.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    own.extend(beside.map(|file| file.path()).filter(|file| is_hidden(&database, file)));
    own.iter().any(|file| is_same(file, target))
}

/// Whether a file beside a database may be written to. A link must not lead to a file that its owner
/// could not write.
pub(super) fn is_own(file: &Metadata, owner: u32) -> bool {
    file.is_file() && (file.nlink() <= 1 || file.uid() == owner)
}

/// Whether two names lead to one file.
fn is_same(a: &Path, b: &Path) -> bool {
    let file = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((file(a), file(b)), (Ok(a), Ok(b)) if a == b)
}

/// Whether a file is named like the lock of a job, `.school.db.prune.lock`, or is the list of erasures.
fn is_hidden(database: &Path, file: &Path) -> bool {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rest = name(file)
        .strip_prefix(&format!(".{}.", name(database)))
        .map(|rest| rest.ends_with(".lock") || rest == ERASED);
    file.parent() == database.parent() && rest == Some(true)
}

/// The file that a name leads to. It need not exist.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| in_real_folder(path))
}

/// The name in its real folder.
fn in_real_folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
}

/// Whether a file is an SQLite database. Never call it for a file that this process has open: closing it would release
/// the locks of that connection.
fn is_database(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = open_regular(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut head));
    read.is_ok() && head == MAGIC
}

/// The list of erasures of a database: `.school.db.erased`. Hidden, so that it stays behind when `mv school.db*` puts
/// a database away.
pub(super) fn erased_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{ERASED}"))
}

/// A file beside a database, by its suffix.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
