//! Students and their enrolments.

pub mod aliases;
pub mod enrolments;
pub mod feeds;
pub mod students;
