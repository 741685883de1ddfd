//! The rules of the register (docs/rules.md) and their terms.
//!
//! Everything here is a pure function of its arguments. This layer uses no files, no SQL, no command
//! line, no environment and no clock. `tests/cli/project/architecture.rs` checks this.

pub(crate) mod count;
pub(crate) mod decimal;
pub(crate) mod delimiter;
pub mod evidence;
pub(crate) mod invalid;
pub(crate) mod quoted;
pub mod register;
pub mod roll;
pub mod settings;
pub(crate) mod spelling;
pub(crate) mod suggest;
pub mod time;
pub mod timetable;
pub mod upkeep;
pub mod watch;

pub use invalid::Invalid;
