//! The schedule as rows.

pub(crate) mod schedule;
