//! Editing the roll and importing it from a file.

pub mod import;
pub(crate) mod sheet;
pub mod student;
