//! The parts of a range: its classes day by day, and its periods.

use std::collections::BTreeMap;

use super::day::{Day, Facts};
use crate::domain::register::status::Counts;
use crate::domain::register::summary::RangeParts;
use crate::domain::register::sums::memberships;
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::GroupFilter;
use crate::domain::timetable::period_rows::{PeriodRow, PeriodRows};

/// The parts, while the days of a range are read.
pub(super) struct Parts<'e> {
    expectations: &'e Expectations,
    /// The classes that are told.
    groups: &'e GroupFilter,
    days: usize,
    classes: BTreeMap<(i64, String), Vec<Counts>>,
    rows: PeriodRows,
    periods: BTreeMap<PeriodRow, Counts>,
}

impl<'e> Parts<'e> {
    pub(super) fn new(facts: &Facts<'e>, rows: PeriodRows) -> Self {
        let (days, classes, periods) = Default::default();
        let Facts { expectations, groups, .. } = *facts;
        Self { expectations, groups, days, classes, rows, periods }
    }

    /// Adds the next day.
    pub(super) fn add(&mut self, day: &Day) {
        self.days += 1;
        for (place, period) in day.periods.iter().enumerate().filter(|(_, period)| period.begun) {
            let groups = self.expectations.roll.groups_at(period.occurrence.starts_at);
            let of_period = self.periods.entry(self.rows.row(&period.occurrence)).or_default();
            for (row, student) in day.students.iter().enumerate() {
                let Some(outcome) = day.outcome(row, place) else { continue };
                of_period.add(outcome);
                for (order, class) in memberships(groups.of(*student).1, self.groups) {
                    let of_class = self.classes.entry((order, class.to_owned())).or_default();
                    of_class.resize(self.days, Counts::default());
                    of_class[self.days - 1].add(outcome);
                }
            }
        }
    }

    pub(super) fn finish(self) -> RangeParts {
        let days = self.days;
        let classes = self.classes.into_iter().map(|((_, name), mut counts)| {
            counts.resize(days, Counts::default());
            (name, counts)
        });
        let periods = self.periods.into_iter().map(|((_, name), counts)| (name.to_string(), counts));
        RangeParts { classes: classes.collect(), periods: periods.collect() }
    }
}
