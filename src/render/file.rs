//! Files that appear only when they are complete, and that only their owner may read.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process;

use anyhow::{Context, Result};

/// Who may read a file.
const OWNER: u32 = 0o600;
const EVERYBODY: u32 = 0o644;

/// Lets `fill` write beside `path`, then puts the result in its place, where only its owner may read it. A
/// reader sees the old file or the new one, never half of it; after an error the old one stays.
pub fn write(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    replace(path, OWNER, fill)
}

/// The same with a file that everybody may read, whatever the umask: for what is about no student and read
/// by another user's program.
pub fn publish(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    replace(path, EVERYBODY, fill)
}

fn replace(path: &Path, mode: u32, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    // A device or a pipe is written to: a file in the place of /dev/null would break it for everybody.
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        fill(&mut out)?;
        return Ok(out.flush()?);
    }
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("not the name of a file"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    let beside = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), process::id()));
    let written = write_beside(&beside, mode, fill).and_then(|()| Ok(fs::rename(&beside, path)?));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    match written {
        Err(error) if error.is::<io::Error>() => {
            Err(error.context(format!("cannot write {}", path.display())))
        }
        other => other,
    }
}

fn write_beside(
    beside: &Path,
    mode: u32,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER).open(beside)?;
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush()?;
    if mode != OWNER {
        out.get_ref().set_permissions(Permissions::from_mode(mode))?;
    }
    out.get_ref().sync_all()?;
    Ok(())
}
