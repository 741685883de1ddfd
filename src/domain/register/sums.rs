//! Sums of some dates by group, period, date, student, session or reason.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::Counts;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;

/// The rows of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A row for each group.
    Group,
    /// A row for each period.
    Period,
    /// A row for each date.
    Date,
    /// A row for each student.
    Student,
    /// A row for each session, which counts sessions instead of periods.
    Session,
    /// A row for each reason of absences, excuses and marks.
    Reason,
}

impl By {
    /// The word used in options, JSON and CSV.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Period => "period",
            Self::Date => "date",
            Self::Student => "student",
            Self::Session => "session",
            Self::Reason => "reason",
        }
    }
}

/// The sum of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Place of the period or session in the day; otherwise 0, and 1 for what has no group or reason.
    pub order: i64,
    /// Name of the group, period or session, the date, the reason, or the code of the student; empty: none.
    pub key: String,
    /// Name of the student.
    pub name: Option<String>,
    /// The statuses.
    pub counts: Counts,
    /// The occurrences in which students of it are unknown.
    pub gaps: Gaps,
}

/// The sums of some dates.
#[derive(Debug)]
pub(crate) struct Sums {
    /// The dates, both included.
    pub dates: RangeInclusive<NaiveDate>,
    /// The kind of row.
    pub by: By,
    /// The rows, sorted.
    pub rows: Vec<Sum>,
    /// The occurrences that left students unknown, in time order.
    pub gaps: Vec<Gap>,
    /// Whether a period of the dates has begun.
    pub begun: bool,
    /// Whether the school has sessions.
    pub has_sessions: bool,
    /// The school's zone.
    pub zone: Zone,
}

/// The keys of the sums by group that a student counts in: one for each membership, so a student in two groups
/// counts in both. `groups` are joined by commas. Groups that are not `selected` have no sum, because only some of their
/// students would be in it.
pub(crate) fn memberships<'g>(
    groups: Option<&'g str>,
    selected: &'g GroupFilter,
) -> impl Iterator<Item = (i64, &'g str)> {
    let none = (groups.is_none() && selected.is_everybody()).then_some((1, ""));
    selected.of(groups).map(|group| (0, group)).chain(none)
}

impl Sum {
    /// The sums of some counts by group.
    pub fn by_group(counts: BTreeMap<(i64, String), Counts>) -> Vec<Self> {
        let sums = counts.into_iter();
        sums.map(|((order, key), counts)| Self { order, key, name: None, counts, gaps: Gaps::default() })
            .collect()
    }

    /// The share of presence among judged periods, in thousandths.
    fn present(&self) -> Option<u32> {
        let judged = self.counts.judged();
        (judged > 0).then(|| self.counts.present * 1000 / judged)
    }
}

/// How sums are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SumOrder {
    /// The smallest share of presence first; rows that could not be judged last.
    #[default]
    Worst,
    /// By name, code, date, or the order of periods.
    Name,
    /// The most absences first.
    Absent,
    /// The most late students first.
    Late,
}

impl SumOrder {
    /// Sorts some sums; equals by name.
    pub(crate) fn sort(self, sums: &mut [Sum]) {
        sums.sort_by(|a, b| (a.order, &a.key).cmp(&(b.order, &b.key)));
        match self {
            Self::Worst => sums.sort_by_key(|sum| sum.present().unwrap_or(u32::MAX)),
            Self::Name => {}
            Self::Absent => sums.sort_by_key(|sum| std::cmp::Reverse(sum.counts.absent)),
            Self::Late => sums.sort_by_key(|sum| std::cmp::Reverse(sum.counts.late)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_student_counts_in_each_selected_group() {
        for (groups, selected, expected) in [
            (Some("7A,Chess"), "*", "7A Chess"),
            (Some("7A,Chess"), "chess", "Chess"),
            (Some("7A"), "Chess", ""),
            (None, "Chess", ""),
        ] {
            let selected = selected.parse().unwrap();
            let named: Vec<&str> = memberships(groups, &selected).map(|(_, group)| group).collect();
            assert_eq!(named.join(" "), expected, "{groups:?}");
        }
        assert!(memberships(None, &GroupFilter::default()).eq([(1, "")]));
    }

    #[test]
    fn the_worst_sums_come_first_and_unjudged_ones_last() {
        let sum = |key: &str, present, absent, unknown| {
            let expected = present + absent + unknown;
            let counts = Counts { expected, present, absent, unknown, ..Counts::default() };
            Sum { order: 0, key: key.into(), name: None, counts, gaps: Gaps::default() }
        };
        let all = [sum("A", 9, 1, 0), sum("B", 1, 1, 0), sum("C", 0, 0, 9), sum("D", 5, 5, 9)];
        for (order, expected) in
            [(SumOrder::Worst, "BDAC"), (SumOrder::Name, "ABCD"), (SumOrder::Absent, "DABC")]
        {
            let mut sums = all.to_vec();
            sums.reverse();
            order.sort(&mut sums);
            let sorted: String = sums.iter().map(|sum| sum.key.as_str()).collect();
            assert_eq!(sorted, expected, "{order:?}");
        }
    }
}
