//! Periods, the occurrences planned from them, and the days without school.

pub(crate) mod holiday;
pub mod hours;
pub mod occurrence;
pub(crate) mod odd;
pub mod period;
pub(crate) mod period_rows;
pub(crate) mod place;
pub mod schedule;
pub mod weekdays;
pub(crate) mod weekly;
