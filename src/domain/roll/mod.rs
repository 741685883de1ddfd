//! Students: codes, names, groups and enrolment.

pub(crate) mod code;
pub mod enrolment;
pub mod group;
pub(crate) mod header;
pub mod student;
