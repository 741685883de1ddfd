//! Editing the roll and importing it from a file.

pub mod alias;
pub mod find;
pub mod import;
pub mod reuse;
pub(crate) mod sheet;
mod start;
pub mod student;
pub mod update;
