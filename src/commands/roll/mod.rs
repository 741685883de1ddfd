//! Editing the roll and importing it from a file.

pub mod alias;
pub mod find;
mod handover;
pub mod import;
mod oneroster;
mod recode;
pub mod reuse;
mod start;
pub mod student;
pub mod update;
