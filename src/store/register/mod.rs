//! The rows of a register, and marks.

pub mod expected;
pub mod marks;
