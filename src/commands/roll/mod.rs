//! Editing the roll and importing it from a file.

pub mod alias;
pub mod find;
pub mod import;
mod oneroster;
pub mod reuse;
mod start;
pub mod student;
pub mod update;
