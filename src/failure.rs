//! Errors of commands, and the only place that gives them exit codes.
//!
//! A command ends with a [`Failure`]. Its cause is one of a closed set of types: the compiler refuses `?` on any other,
//! and a new one asks for its exit code here.
//!
//! ```
//! fn command() -> attend::failure::Result<()> {
//!     Ok(std::fs::create_dir_all("/")?)
//! }
//! command().unwrap();
//! ```
//!
//! ```compile_fail
//! fn command() -> attend::failure::Result<u32> {
//!     Ok("12".parse::<u32>()?)
//! }
//! ```

use std::error::Error;
use std::{fmt, io};

use crate::commands::problem::{Kind, Problem};
use crate::domain::Invalid;
use crate::domain::register::effect::Unconfirmed;
use crate::exit::Code;
use crate::store::StoreError;

/// The result of a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The error of a command: a [`Cause`], with a context that says what could not be done.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

/// An error of a library of ours or of the system.
#[derive(Debug)]
pub enum Cause {
    /// A command refused the request.
    Problem(Problem),
    /// The database failed.
    Store(StoreError),
    /// A value broke a rule.
    Invalid(Invalid),
    /// A table could not be read.
    Csv(csv::Error),
    /// The edit needs confirmation, because it changes registers that have begun.
    Unconfirmed(Unconfirmed),
    /// The system failed.
    Io(io::Error),
}

macro_rules! causes {
    ($($kind:ident: $error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(Cause::$kind(error).into())
            }
        })+

        impl Cause {
            fn error(&self) -> &(dyn Error + 'static) {
                match self {
                    $(Self::$kind(error) => error,)+
                }
            }
        }
    };
}

causes!(
    Problem: Problem,
    Store: StoreError,
    Invalid: Invalid,
    Unconfirmed: Unconfirmed,
    Csv: csv::Error,
    Io: io::Error
);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.error(), f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error().source()
    }
}

impl Failure {
    /// The error itself.
    pub fn cause(&self) -> &Cause {
        self.0.downcast_ref().expect("nothing but a cause becomes a failure")
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        match self.cause() {
            Cause::Problem(problem) => problem_code(problem.kind),
            Cause::Store(error) => store_code(error),
            Cause::Invalid(_) => Code::Usage,
            Cause::Unconfirmed(_) => Code::Failed,
            Cause::Csv(error) if !error.is_io_error() => Code::Refused,
            Cause::Csv(_) | Cause::Io(_) => Code::Io,
        }
    }

    /// The next step, if there is one.
    pub fn hint(&self) -> Option<String> {
        match self.cause() {
            Cause::Problem(problem) => problem.hint.clone(),
            Cause::Store(error) => error.hint(),
            Cause::Invalid(invalid) => invalid.hint.clone(),
            Cause::Unconfirmed(_) | Cause::Csv(_) | Cause::Io(_) => None,
        }
    }

    /// Whether the reader of our output closed the pipe. Reports do not treat this as a failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self.cause(), Cause::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Adds the action that failed because of this error in front of it.
    #[must_use]
    pub fn context(self, words: impl Into<String>) -> Self {
        Self(self.0.context(words.into()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The alternate form of anyhow: the whole chain, outermost first, separated by colons.
        write!(f, "{:#}", self.0)
    }
}

/// Adds the action that failed to an error.
pub trait Context<T> {
    /// Adds `words` in front of the error.
    fn context(self, words: impl Into<String>) -> Result<T>;
    /// Like `context`, but makes the words only in case of an error.
    fn with_context(self, words: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Failure>> Context<T> for std::result::Result<T, E> {
    fn context(self, words: impl Into<String>) -> Result<T> {
        self.map_err(|error| error.into().context(words))
    }

    fn with_context(self, words: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.into().context(words()))
    }
}

const fn problem_code(kind: Kind) -> Code {
    match kind {
        Kind::Refused => Code::Failed,
        Kind::Usage => Code::Usage,
        Kind::Data => Code::Refused,
        Kind::Undelivered => Code::Io,
        Kind::Busy => Code::TryAgain,
        Kind::Key => Code::KeyRefused,
        Kind::Config => Code::Config,
    }
}

const fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::Missing { .. }
        | StoreError::NotInitialised { .. }
        | StoreError::NotADatabase { .. }
        | StoreError::Foreign { .. }
        | StoreError::Newer { .. }
        | StoreError::Link { .. }
        | StoreError::OldSqlite { .. } => Code::Config,
        StoreError::Busy => Code::TryAgain,
        StoreError::BadCopy { .. }
        | StoreError::Copy { .. }
        | StoreError::Gone { .. }
        | StoreError::Migrated { .. }
        | StoreError::StrayLog { .. }
        | StoreError::File { .. }
        | StoreError::DiskFull
        | StoreError::Damaged(_)
        | StoreError::ReadOnly(_)
        | StoreError::Io(_) => Code::Io,
        StoreError::Value(_) | StoreError::Sqlite(_) => Code::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_what_could_not_be_done_then_every_cause() {
        let denied: io::Error = io::ErrorKind::PermissionDenied.into();
        let failure = Err::<(), _>(StoreError::File { path: "school.db".into(), source: denied })
            .with_context(|| "cannot look".to_owned())
            .context("health failed")
            .unwrap_err();
        assert_eq!(
            failure.to_string(),
            "health failed: cannot look: cannot open school.db: permission denied"
        );
        assert_eq!((failure.code(), failure.is_broken_pipe()), (Code::Io, false));
        assert_eq!(failure.hint().as_deref(), Some("run attend as the user who owns it"));
    }

    #[test]
    fn only_output_of_our_own_breaks_a_pipe() {
        let pipe = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(Failure::from(pipe()).context("cannot write").is_broken_pipe());
        let source = StoreError::Copy { path: "copy.db".into(), source: pipe() };
        assert!(!Failure::from(source).is_broken_pipe());
    }
}
