//! `period` and `schedule`.

pub mod period;
pub mod schedule;
