//! Editing periods and the schedule.

pub mod period;
pub mod schedule;
