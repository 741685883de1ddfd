//! The rows of a register, and marks.

pub(crate) mod absence_feeds;
pub(crate) mod changes;
pub mod excuses;
pub mod expected;
pub mod marks;
pub(crate) mod reasons;
pub(crate) mod sessions;
pub mod versions;
