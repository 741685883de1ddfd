//! Students: codes, names, groups and enrolment.

pub(crate) mod code;
pub(crate) mod header;
pub mod student;
