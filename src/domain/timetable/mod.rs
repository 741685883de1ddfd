//! Periods, the occurrences planned from them, and the days without school.

pub mod hours;
pub mod occurrence;
pub mod odd;
pub mod period;
pub mod place;
pub mod schedule;
pub mod weekdays;
