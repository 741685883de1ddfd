//! The sums of some dates by group, period, date or student.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::percent;
use crate::domain::register::status::Counts;
use crate::domain::register::summary::{By, Sum};
use crate::report::register::roster::counts;
use crate::report::text::day;
use crate::report::{Column, Rows, Tone, Value, Words};

/// Sums, a row each.
pub struct Sums;

impl Rows for Sums {
    type Row<'a> = &'a Sum;
}

/// The columns of sums by something.
pub fn columns(by: By) -> Vec<Column<Sums>> {
    let heading = by.word().to_uppercase();
    let first = Column::<Sums>::nth(by.word().to_owned(), heading, 0, |sum, _| match sum.key.as_str() {
        "" => Value::Null.shown("no group", Tone::Faint),
        key => key.into(),
    });
    let mut columns = vec![first];
    if by == By::Student {
        columns.push(Column::long("name", "NAME", |sum| sum.name.as_ref().into()));
    }
    columns.extend([
        Column::<Sums>::number("present_percent", "PRESENT %", |sum| share(sum).into())
            .look(|sum| Some(share(sum).map(|share| format!("{share:.1}")).unwrap_or_default().into())),
        Column::number("present", "PRESENT", |sum| sum.counts.present.into()),
        Column::number("late", "LATE", |sum| sum.counts.late.into()),
        Column::number("absent", "ABSENT", |sum| sum.counts.absent.into()),
        Column::number("excused", "EXCUSED", |sum| sum.counts.excused.into()),
        Column::number("low_score", "LOW", |sum| sum.counts.low_score.into()),
        Column::number("unknown", "UNKNOWN", |sum| sum.counts.unknown.into()),
        Column::data("pending", |sum| sum.counts.pending.into()),
        Column::number("expected", "EXPECTED", |sum| sum.counts.expected.into()),
    ]);
    columns
}

fn share(sum: &Sum) -> Option<f64> {
    percent(sum.counts.present, sum.counts.judged())
}

/// Facts about the whole. Sums by group count memberships, and need not add up to those of the school.
pub fn totals(dates: &RangeInclusive<NaiveDate>, by: By, sums: &[Sum]) -> Vec<(&'static str, Value)> {
    let mut totals =
        vec![("from", (*dates.start()).into()), ("to", (*dates.end()).into()), ("by", by.word().into())];
    if by != By::Group {
        let mut all = Counts::default();
        sums.iter().for_each(|sum| all += sum.counts);
        totals.extend(counts(&all));
    }
    totals
}

/// The line above the sums.
pub fn heading(dates: &RangeInclusive<NaiveDate>, by: By) -> Vec<Vec<Words>> {
    let (first, last) = (dates.start(), dates.end());
    let when = if first == last { day(*first) } else { format!("{} – {}", day(*first), day(*last)) };
    let mut heading = vec![Words::new(when, Tone::Strong), Words::from(format!(" · by {}", by.word()))];
    if by == By::Group {
        heading.push(Words::new(" · a student in two groups counts in both", Tone::Faint));
    }
    vec![heading]
}
