//! Students and their enrolments.

pub mod enrolments;
pub mod students;
