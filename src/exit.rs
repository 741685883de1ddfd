//! Exit codes (`man attend`, EXIT STATUS), and the one place where errors are judged.

use std::io;

use crate::commands::problem::{Kind, Problem};
use crate::domain::Invalid;
use crate::store::StoreError;

/// The exit code of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done, also when the reader of a report closed the pipe.
    Done = 0,
    /// Failed; for `schedule now`: no period is active; for `health`: a warning.
    Failed = 1,
    /// Wrong usage; for `health`: critical.
    Usage = 2,
    /// `health` could not look.
    Unknown = 3,
    /// Some lines were refused.
    Refused = 65,
    /// Input or output failed, or acks or messages could not be delivered.
    Io = 74,
    /// Busy or overloaded: try again.
    TryAgain = 75,
    /// The sender's key was refused.
    KeyRefused = 77,
    /// Not set up, or set up wrongly.
    Config = 78,
}

/// The classification of an error.
#[derive(Debug)]
pub struct Judgement {
    /// The exit code.
    pub code: Code,
    /// The next step, if there is one.
    pub hint: Option<String>,
}

/// Uses the first cause that we know. Any other error is a general failure.
pub fn judge(error: &anyhow::Error) -> Judgement {
    let judged = error.chain().find_map(|cause| {
        cause
            .downcast_ref::<Problem>()
            .map(judge_problem)
            .or_else(|| cause.downcast_ref::<StoreError>().map(judge_store))
            .or_else(|| {
                cause
                    .downcast_ref::<Invalid>()
                    .map(|invalid| Judgement { code: Code::Usage, hint: invalid.hint.clone() })
            })
            .or_else(|| cause.downcast_ref::<io::Error>().map(|_| Judgement { code: Code::Io, hint: None }))
    });
    judged.unwrap_or(Judgement { code: Code::Failed, hint: None })
}

/// Whether the reader of our output went away: no failure for a report.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    kinds.into_iter().any(|kind| kind == io::ErrorKind::BrokenPipe)
}

fn judge_problem(problem: &Problem) -> Judgement {
    let code = match problem.kind {
        Kind::Refused => Code::Failed,
        Kind::Usage => Code::Usage,
        Kind::Data => Code::Refused,
        Kind::Undelivered => Code::Io,
        Kind::Busy => Code::TryAgain,
        Kind::Key => Code::KeyRefused,
        Kind::Config => Code::Config,
    };
    Judgement { code, hint: problem.hint.clone() }
}

fn judge_store(error: &StoreError) -> Judgement {
    let code = match error {
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
        | StoreError::StrayLog { .. }
        | StoreError::File { .. }
        | StoreError::DiskFull
        | StoreError::Damaged(_)
        | StoreError::ReadOnly(_)
        | StoreError::Io(_) => Code::Io,
        StoreError::Value(_) | StoreError::Sqlite(_) => Code::Failed,
    };
    Judgement { code, hint: error.hint() }
}
