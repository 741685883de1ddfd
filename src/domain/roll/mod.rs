//! Students: codes, names, groups and enrolment.

pub mod alias;
pub(crate) mod code;
pub mod enrolment;
pub mod expectation;
pub mod group;
pub(crate) mod header;
pub mod holder;
pub(crate) mod name;
pub mod oneroster;
pub mod search;
pub mod student;
