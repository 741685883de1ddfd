//! Students and their enrolments.

pub(crate) mod aliases;
pub(crate) mod enrolments;
pub(crate) mod feeds;
pub(crate) mod students;
