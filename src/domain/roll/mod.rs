//! Students: codes, names, groups and enrolment.

pub mod student;
