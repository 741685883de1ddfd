//! Sessions about students.

pub mod student;
pub mod student_erase;
