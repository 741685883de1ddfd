//! Periods, occurrences and closures.

pub(crate) mod periods;
pub(crate) mod schedule;
