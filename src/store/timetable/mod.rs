//! Periods, occurrences and closures.

pub mod periods;
pub mod schedule;
