//! Editing the roll and importing it from a file.

pub(crate) mod alias;
pub(crate) mod find;
mod handover;
pub mod import;
mod oneroster;
mod recode;
pub(crate) mod reuse;
mod start;
pub mod student;
pub mod update;
