//! Periods, the occurrences planned from them, and the days without school.

pub mod holiday;
pub mod hours;
pub mod occurrence;
pub mod odd;
pub mod period;
pub mod place;
pub mod schedule;
pub mod weekdays;
pub mod weekly;
