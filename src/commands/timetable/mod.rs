//! Editing periods and the schedule.

pub mod odd;
pub mod period;
pub mod schedule;
pub mod zone;
