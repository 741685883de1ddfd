//! Files that appear only when they are complete.
//!
//! A new file is written as a part beside its target and renamed. A reader sees the old file or the new one, never
//! half of it, and after an error the old one stays.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process;

use flate2::write::GzEncoder;
use rustix::fs::OFlags;

/// The readers of a file, independent of the umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    Owner,
    /// The group of its folder, if the folder has the set-group-ID bit, as a folder that a web server reads may have.
    /// Otherwise only its owner.
    Folder,
    /// Every user of the machine. For metrics, which another user's program collects and which name no student.
    Everybody,
}

impl Readers {
    fn mode(self, path: &Path) -> io::Result<u32> {
        Ok(match self {
            Self::Owner => PRIVATE,
            Self::Folder if fs::metadata(folder(path))?.mode() & SET_GROUP_ID != 0 => 0o640,
            Self::Folder => PRIVATE,
            Self::Everybody => 0o644,
        })
    }
}

/// Read and written by the owner.
const PRIVATE: u32 = 0o600;
/// New files in such a folder belong to the folder's group.
const SET_GROUP_ID: u32 = 0o2000;

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fails if the folder of a new file does not exist.
pub(crate) fn check_folder(path: &Path) -> io::Result<()> {
    match fs::metadata(folder(path))?.is_dir() {
        true => Ok(()),
        false => Err(ErrorKind::NotADirectory.into()),
    }
}

/// Follows no symbolic link, which another user may have planted, and does not wait for the other end of a pipe.
pub(crate) const UNLINKED: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();

/// Replaces `path` with the output of `fill`, compressed if its name ends in .gz or .zst. If it is a device or a pipe,
/// `fill` writes to it directly.
pub(crate) fn replace<E: From<io::Error>>(
    path: &Path,
    readers: Readers,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), E>,
) -> Result<(), E> {
    let compression = Compression::of(path);
    if let Some(stream) = stream(path)? {
        return finish(stream, compression, fill).map(drop);
    }
    let (part, file) = Part::create(path)?;
    let file = finish(file, compression, fill)?;
    let mode = readers.mode(path)?;
    if mode != PRIVATE {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.sync_all()?;
    Ok(part.rename()?)
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// The compression that the end of a name stands for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match &*ending {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }
}

fn finish<E: From<io::Error>>(
    file: File,
    compression: Option<Compression>,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), E>,
) -> Result<File, E> {
    let mut out = BufWriter::new(file);
    match compression {
        None => fill(&mut out)?,
        Some(Compression::Gzip) => {
            let mut gzip = GzEncoder::new(&mut out, flate2::Compression::default());
            fill(&mut gzip)?;
            gzip.finish()?;
        }
        Some(Compression::Zstd) => {
            let mut zstd = zstd::Encoder::new(&mut out, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            zstd.include_checksum(true)?;
            fill(&mut zstd)?;
            zstd.finish()?;
        }
    }
    Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?)
}

/// Opens a file that is written to but never replaced: replacing /dev/null would break it for every
/// program.
fn stream(path: &Path) -> io::Result<Option<File>> {
    let Ok(found) = fs::metadata(path) else { return Ok(None) };
    // /dev/stdout may stand for a file that the shell has opened.
    let stands_for_another = path.parent().and_then(|folder| folder.canonicalize().ok());
    let stands_for_another =
        stands_for_another.is_some_and(|folder| folder == Path::new("/dev") || folder.starts_with("/proc"));
    if found.is_dir() || found.is_file() && !stands_for_another {
        return Ok(None);
    }
    let file = OpenOptions::new().append(true).open(path)?;
    let opened = file.metadata()?;
    if (opened.dev(), opened.ino()) == (found.dev(), found.ino()) {
        return Ok(Some(file));
    }
    Err(io::Error::other("another file took its place"))
}

/// A file that is still being written. Dropping it before it is put in place removes it.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    target: PathBuf,
}

impl Part {
    /// Makes an empty file beside `target` that only its owner may read. Removes parts that killed processes
    /// of the same user left behind.
    pub(crate) fn create(target: &Path) -> io::Result<(Self, File)> {
        let folder = folder(target).canonicalize()?;
        let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
        let hidden = format!(".{}.", name.to_string_lossy());
        remove_abandoned(&folder, &hidden);
        let path = folder.join(format!("{hidden}{}.part", process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(PRIVATE).custom_flags(UNLINKED);
        let file = options.open(&path)?;
        Ok((Self { path, target: folder.join(name) }, file))
    }

    /// Where it is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Renames it to its target and syncs the folder.
    pub(crate) fn rename(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)?;
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            // Some folders are writable but not readable, and some file systems cannot sync a folder.
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput) => {
                Ok(())
            }
            synced => synced,
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes parts of this user whose names begin with `hidden` and whose writer is dead. Each may hold the data of a
/// whole school.
fn remove_abandoned(folder: &Path, hidden: &str) {
    // Without /proc a dead process cannot be recognised.
    let Ok(us) = fs::metadata("/proc/self").map(|process| process.uid()) else { return };
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = file.file_name();
        let part = name.to_str().and_then(|name| name.strip_prefix(hidden)?.split_once(".part"));
        let writer = part.and_then(|(writer, _)| writer.parse::<u32>().ok());
        // This process has made no part yet, so a part with its process id comes from an earlier boot or a container.
        let dead = |id: u32| id == process::id() || !Path::new(&format!("/proc/{id}")).exists();
        let ours = || file.metadata().is_ok_and(|part| part.is_file() && part.uid() == us);
        if writer.is_some_and(dead) && ours() {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Opens a small regular file, such as one with a secret. A pipe could block forever, and a device may have no end.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if it is not a regular file.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "it is a folder, a pipe or a device, not a file"))
}
