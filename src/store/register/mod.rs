//! The rows of a register, and marks.

pub(crate) mod absence_feeds;
pub(crate) mod changes;
pub(crate) mod excuses;
pub(crate) mod expected;
pub(crate) mod marks;
pub(crate) mod reasons;
pub(crate) mod sessions;
pub(crate) mod versions;
