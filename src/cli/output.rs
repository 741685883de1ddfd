//! The only way for a command to write a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Session;
use crate::commands::upkeep::db::refuse_database;
use crate::failure::{Cause, Failure, Result};
use crate::files::{self, Readers};

/// A file that may be written because it belongs to no database.
#[derive(Debug)]
pub(crate) struct Output(PathBuf);

impl Output {
    /// Checks the path before the command does any work, so that a refusal changes nothing.
    ///
    /// # Errors
    /// The name leads to a database, or to a file that belongs to one, or its folder does not exist.
    pub(crate) fn new(session: &Session, path: &Path) -> Result<Self> {
        refuse_database(session.database()?, path)?;
        files::check_folder(path).map_err(|error| cannot_write(path, error.into()))?;
        Ok(Self(path.to_owned()))
    }

    /// Replaces the file with one that only its owner may read.
    pub(crate) fn write(&self, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
        self.replace(Readers::Owner, fill)
    }

    /// Replaces the file with one that its folder's group may read as well, if the folder is shared with that group.
    pub(crate) fn share(&self, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
        self.replace(Readers::Folder, fill)
    }

    /// Replaces the file with one that every user may read.
    pub(crate) fn publish(&self, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
        self.replace(Readers::Everybody, fill)
    }

    fn replace(
        &self,
        readers: Readers,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
    ) -> Result<()> {
        files::replace(&self.0, readers, fill).map_err(|failure: Failure| match failure.cause() {
            Cause::Io(_) => cannot_write(&self.0, failure),
            _ => failure,
        })
    }
}

fn cannot_write(path: &Path, failure: Failure) -> Failure {
    failure.context(format!("cannot write {}", path.display()))
}
