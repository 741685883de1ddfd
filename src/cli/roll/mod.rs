//! `student`.

pub mod student;
