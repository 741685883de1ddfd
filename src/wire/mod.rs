//! The wire: JSON lines in, acks out (docs/runners.md).
//!
//! This layer knows the form of a line. Whether the student exists and what the line does to a
//! record is decided elsewhere.

pub mod ack;
pub mod line;
mod mask;
mod member;
pub mod reader;
pub mod redaction;
pub mod refusal;
mod usual;
pub(crate) mod written;
