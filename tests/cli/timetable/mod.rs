//! Sessions about periods and the schedule.

pub mod calendar;
pub mod odd;
pub mod period;
pub mod schedule;
pub mod weekly;
pub mod zone_rules;
