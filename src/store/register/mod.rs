//! The rows of a register, and marks.

pub mod excuses;
pub mod expected;
pub mod marks;
