//! `period` and `schedule`.

pub(crate) mod period;
pub(crate) mod schedule;
