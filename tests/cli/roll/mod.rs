//! Sessions about students.

pub mod sheets;
pub mod student;
pub mod student_erase;
