//! Students and their enrolments.

pub mod students;
