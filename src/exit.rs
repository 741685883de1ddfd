//! Exit codes (`man attend`, EXIT STATUS).

/// The exit code of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Success, even if the reader of a report closed the pipe.
    Done = 0,
    /// Failed; for `schedule now`: no period is active; for `health`: a warning.
    Failed = 1,
    /// Wrong usage; for `health`: critical.
    Usage = 2,
    /// `health` could not read the database.
    Unknown = 3,
    /// Some lines were refused.
    Refused = 65,
    /// Input or output failed, or acks or messages could not be delivered.
    Io = 74,
    /// Busy or overloaded: try again.
    TryAgain = 75,
    /// The sender's key was refused.
    KeyRefused = 77,
    /// The database does not exist, or the configuration is invalid.
    Config = 78,
}
