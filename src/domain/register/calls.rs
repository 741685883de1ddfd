//! The calls of the day: students who are absent without a reason, and students who left between lessons.

use chrono::NaiveDate;

use crate::domain::register::gap::Gaps;
use crate::domain::register::whereabouts::Sighting;
use crate::domain::timetable::occurrence::Occurrence;

/// A student who was at school earlier today and is absent in a lesson.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub code: String,
    pub name: String,
    /// Groups, joined by commas.
    pub group: Option<String>,
    /// The lesson.
    pub occurrence: Occurrence,
    /// When and where last, before the lesson.
    pub last: Sighting,
}

/// A student on a date who is absent without a reason, or who may have been missed by the cameras.
#[derive(Debug, Clone, PartialEq)]
pub struct Unexplained {
    pub date: NaiveDate,
    pub code: String,
    pub name: String,
    /// Groups, joined by commas.
    pub group: Option<String>,
    /// Periods in which the student was absent without a reason.
    pub absent: u32,
    /// Periods in which the student may have been missed, because of a low score or a blind camera.
    pub unsure: u32,
    /// The number of these with a low score.
    pub low: u32,
    /// The places that were blind in the others.
    pub gaps: Gaps,
    /// Periods that expected the student and have begun.
    pub expected: u32,
    /// The rest of the student's row in the file of contacts.
    pub contact: Option<String>,
}

impl Unexplained {
    /// Whether to check the cameras before calling.
    pub fn check_first(&self) -> bool {
        self.low > 0 || self.absent == 0
    }

    /// The order of calls: certain cases first, then those who missed most, then by date and code.
    pub fn key(&self) -> (bool, i64, NaiveDate, &str) {
        let share = i64::from(self.absent) * 1000 / i64::from(self.expected.max(1));
        (self.check_first(), -share, self.date, &self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_come_first_and_doubtful_ones_last() {
        let of = |code: &str, absent, low| Unexplained {
            date: NaiveDate::default(),
            code: code.into(),
            name: String::new(),
            group: None,
            absent,
            unsure: 1,
            low,
            gaps: Gaps::default(),
            expected: 4,
            contact: None,
        };
        let mut all = [of("D", 3, 1), of("B", 1, 0), of("A", 1, 0), of("C", 4, 0)];
        all.sort_by(|a, b| a.key().cmp(&b.key()));
        assert_eq!(all.map(|one| one.code), ["C", "A", "B", "D"]);
    }
}
