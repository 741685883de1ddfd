//! Files that appear only when they are complete, and that only their owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process;

use anyhow::{Context, Result};

/// Lets `fill` write beside `path`, then puts the result in its place. A reader sees the old file or
/// the new one, never half of it; after an error the old one stays.
pub fn write(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("not the name of a file"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    let beside = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), process::id()));
    let written = write_beside(&beside, fill).and_then(|()| Ok(fs::rename(&beside, path)?));
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

fn write_beside(beside: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(beside)?;
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(())
}
