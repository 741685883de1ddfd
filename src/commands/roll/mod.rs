//! Editing the roll and importing it from a file.

pub mod import;
pub mod reuse;
pub(crate) mod sheet;
pub mod student;
