//! The text of `attend.toml`: its permissions, and positions in it for errors.
//!
//! Errors do not repeat values, because a value may be a secret, perhaps in the wrong place.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::Secret;
use crate::domain::Invalid;
use crate::domain::suggest::did_you_mean;
use crate::files::open_regular;

/// The contents of the file, if there is one.
pub(crate) struct Page {
    path: PathBuf,
    text: String,
    /// Whether others than its owner can read it.
    open_to_others: bool,
}

impl Page {
    /// Opens the file. It must exist only if it was named explicitly.
    pub(crate) fn open(path: Option<&Path>, named: bool) -> Result<Self, Invalid> {
        let name = path.unwrap_or(Path::new("attend.toml"));
        let nothing = Self { path: name.to_owned(), text: String::new(), open_to_others: false };
        let Some(path) = path else { return Ok(nothing) };
        match File::open(path) {
            Ok(file) => Self::of(path, file),
            Err(error) if error.kind() == ErrorKind::NotFound && !named => Ok(nothing),
            Err(error) => Err(Invalid::new(format!("cannot open {}: {error}", path.display()))),
        }
    }

    /// Reads an open file.
    fn of(path: &Path, mut file: File) -> Result<Self, Invalid> {
        let cannot_read = |error| Invalid::new(format!("cannot read {}: {error}", path.display()));
        let open_to_others = file.metadata().map_err(cannot_read)?.permissions().mode() & 0o077 != 0;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(cannot_read)?;
        Ok(Self { path: path.to_owned(), text, open_to_others })
    }

    /// The name of the file.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads the whole of it.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Invalid> {
        toml::from_str(&self.text).map_err(|error| self.unreadable(&error))
    }

    /// Refuses a file that others than its owner can read.
    pub(crate) fn refuse_other_readers(&self) -> Result<(), Invalid> {
        if self.open_to_others { Err(open_to_others(&self.path)) } else { Ok(()) }
    }

    /// Reads a value. Errors name its place and key.
    pub(crate) fn at<T, U>(
        &self,
        key: &str,
        value: &Spanned<T>,
        read: impl FnOnce(&T) -> Result<U, Invalid>,
    ) -> Result<U, Invalid> {
        read(value.get_ref()).map_err(|error| named(&self.line(value.span().start), named(key, error)))
    }

    /// Reads a value that may be missing.
    pub(crate) fn value<T, U>(
        &self,
        key: &str,
        value: Option<&Spanned<T>>,
        read: impl FnOnce(&T) -> Result<U, Invalid>,
    ) -> Result<Option<U>, Invalid> {
        value.map(|value| self.at(key, value, read)).transpose()
    }

    /// A file that this one names. Its path is relative to this file.
    pub(crate) fn file_beside(&self, path: &Path) -> Result<Vec<u8>, Invalid> {
        let path = self.beside(path);
        let mut bytes = Vec::new();
        regular(&path)?
            .read_to_end(&mut bytes)
            .map_err(|error| Invalid::new(format!("cannot read {}: {error}", path.display())))?;
        Ok(bytes)
    }

    /// A file with nothing but a secret, which only its owner may read.
    pub(crate) fn secret_beside(&self, path: &Path) -> Result<Secret, Invalid> {
        let path = self.beside(path);
        let file = Self::of(&path, regular(&path)?)?;
        file.refuse_other_readers()?;
        Ok(Secret::new(file.text.trim_end_matches(['\r', '\n'])))
    }

    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// `attend.toml:12`.
    fn line(&self, at: usize) -> String {
        let before = self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        format!("{}:{}", self.name(), before + 1)
    }

    /// The error of the TOML parser, without its message, which would quote the line.
    fn unreadable(&self, error: &toml::de::Error) -> Invalid {
        let at = error.span().map_or(0, |span| span.start);
        let wrong = |words: String| named(&self.line(at), Invalid::new(words));
        let message = error.message();
        if message.starts_with("unknown field ") {
            let mut names = message.split('`').skip(1).step_by(2);
            let name = names.next().unwrap_or_default();
            let known: Vec<&str> = names.collect();
            if !is_name(name) {
                return wrong("this is not a key".to_owned())
                    .hint(format!("keys here: {}", known.join(", ")));
            }
            let hint = did_you_mean(name, known.iter().copied());
            return wrong(format!("unknown key {name:?}"))
                .hint(hint.unwrap_or_else(|| format!("keys here: {}", known.join(", "))));
        }
        match message.strip_prefix("invalid ").and_then(|message| message.rsplit_once(", expected ")) {
            Some((what, expected)) if what.starts_with("type: ") || what.starts_with("value: ") => {
                wrong(format!("{}expected {}", self.key_before(at), expected.replace("sequence", "list")))
            }
            // Any other quoted text in it may be an address in the place of a key.
            _ if message.split('`').skip(1).step_by(2).all(|quoted| is_name(quoted) || quoted.len() == 1) => {
                wrong(message.to_owned())
            }
            _ => wrong("this cannot be read".to_owned()),
        }
    }

    /// `key: ` if the line begins with a key before the position. Any other text there may be a value.
    fn key_before(&self, at: usize) -> String {
        let line = self.text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let key = line.split('=').next().unwrap_or_default().trim();
        if is_name(key) { format!("{key}: ") } else { String::new() }
    }
}

/// Whether a word looks like the name of a key rather than an address or a password in its place.
fn is_name(word: &str) -> bool {
    (1..=30).contains(&word.len()) && word.chars().all(|c| c == '_' || c == '-' || c.is_ascii_alphabetic())
}

/// An error with the place or the key it is about.
pub(crate) fn named(name: &str, error: Invalid) -> Invalid {
    Invalid { message: format!("{name}: {}", error.message), hint: error.hint }
}

/// Opens a file that the configuration names. A pipe is refused, because a command would wait for it for ever.
fn regular(path: &Path) -> Result<File, Invalid> {
    open_regular(path).map_err(|error| Invalid::new(format!("cannot open {}: {error}", path.display())))
}

fn open_to_others(path: &Path) -> Invalid {
    let shown = path.display();
    Invalid::new(format!("{shown} is readable by other users, so its secrets are exposed"))
        .hint(format!("chmod 600 {shown}, then change the secrets"))
}
