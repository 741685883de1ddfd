//! `student`.

pub(crate) mod student;
