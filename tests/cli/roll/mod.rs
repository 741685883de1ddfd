//! Sessions about students.

pub mod alias;
pub mod groups;
pub mod hostile;
pub mod import_cost;
pub mod oneroster;
pub mod plans;
pub mod reuse;
pub mod sheets;
pub mod student;
pub mod student_erase;
