//! Students: codes, names, groups and enrolment.

pub(crate) mod alias;
pub(crate) mod code;
pub mod enrolment;
pub(crate) mod expectation;
pub mod group;
pub(crate) mod header;
pub(crate) mod holder;
pub(crate) mod name;
pub mod oneroster;
pub(crate) mod search;
pub mod student;
