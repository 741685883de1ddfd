//! The briefing of a date: what a principal reads beside the summary. Classes with the week before, the days before,
//! and every student whose family should be called.

use chrono::NaiveDate;

use crate::domain::register::calls::Unexplained;
use crate::domain::register::status::Counts;

/// School days of a briefing, its date included.
pub(crate) const SCHOOL_DAYS: usize = 20;

/// Everything beside the summary of a date.
#[derive(Debug, Clone)]
pub struct Briefing {
    /// Absences without a reason on the date, the worst first.
    pub calls: Vec<Call>,
    /// The classes by name.
    pub classes: Vec<BriefClass>,
    /// The same day of the week before; `None`: nothing was held then.
    pub week_before: Option<NaiveDate>,
    /// Up to [`SCHOOL_DAYS`] dates on which some period has begun, the date itself last.
    pub days: Vec<(NaiveDate, Counts)>,
    /// For each band of the setting `absence_bands`, in percent: the students who missed at least that share of the
    /// judged periods of these days.
    pub bands: Vec<(f64, u32)>,
}

/// A student who is absent without a reason on the date.
#[derive(Debug, Clone)]
pub struct Call {
    /// The absences of the date.
    pub student: Unexplained,
    /// Whole school days missed in a row, the date included; 0: some of it was attended.
    pub in_a_row: u32,
    /// Whole school days missed of those of the briefing.
    pub days_absent: u32,
}

/// A class on the date.
#[derive(Debug, Clone)]
pub struct BriefClass {
    /// Its name; empty: students without a group.
    pub name: String,
    /// Its students in all periods that have begun.
    pub counts: Counts,
    /// The same a week before.
    pub before: Option<Counts>,
    /// Its students in each period of the date, in order.
    pub periods: Vec<Counts>,
}

impl Briefing {
    /// How many students are absent without a reason and without a doubt.
    pub fn unexplained(&self) -> usize {
        self.calls.iter().filter(|call| !call.student.check_first()).count()
    }
}
