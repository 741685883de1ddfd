//! Editing periods and the schedule.

pub mod calendar;
pub(crate) mod odd;
pub(crate) mod period;
pub(crate) mod schedule;
pub(crate) mod weekly;
pub(crate) mod zone;
