//! What is true: the words of the contract and the rules between them.
//!
//! Everything here is a pure function of its arguments. This layer knows no files, no SQL, no command
//! line, no environment and no clock; `tests/cli/architecture.rs` holds it to that.

pub mod alerts;
pub mod audit;
pub mod calendar;
pub mod camera;
pub mod checks;
pub mod coverage;
pub mod database;
pub mod dossier;
pub mod erasure;
pub mod health;
pub mod history;
pub mod hours;
pub mod invalid;
pub mod job;
pub mod key;
pub mod mark;
pub mod message;
pub mod occurrence;
pub mod panel;
pub mod period;
pub mod quarantine;
pub mod rate;
pub mod recognition;
pub mod recompute;
pub mod record;
pub mod register;
pub mod retention;
pub mod runner;
pub mod schedule;
pub mod settings;
pub mod student;
pub mod suggest;
pub mod summary;
pub mod time;
pub mod weekdays;

pub use invalid::Invalid;
