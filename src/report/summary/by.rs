//! The sums of some dates by group, period, date, student, session or reason.

use super::percent;
use crate::domain::register::status::Counts;
use crate::domain::register::sums::{By, Sum, Sums};
use crate::domain::time::Zone;
use crate::report::register::blind;
use crate::report::register::lists::NO_SESSIONS;
use crate::report::register::roster::counts;
use crate::report::text::days;
use crate::report::{Column, Rows, Tone, Value, Words};

/// Sums, a row each.
pub(crate) struct SumRows;

impl Rows for SumRows {
    type Row<'a> = (&'a Sum, Zone);
}

/// The columns of totals by group, period, date or student. People see the column of students not yet seen only if there
/// are some.
pub(crate) fn columns(sums: &Sums) -> Vec<Column<SumRows>> {
    let by = sums.by;
    let pending = match sums.rows.iter().any(|sum| sum.counts.pending > 0) {
        true => Column::<SumRows>::number("pending", "NOT YET SEEN", pending),
        false => Column::<SumRows>::data("pending", pending),
    };
    let heading = by.word().to_uppercase();
    let first =
        Column::<SumRows>::nth(by.word().to_owned(), heading, 0, |(sum, _), _| match sum.key.as_str() {
            "" => Value::Null.shown("none", Tone::Faint),
            key => key.into(),
        });
    let mut columns = vec![if by == By::Student { first } else { first.elastic() }];
    if by == By::Student {
        columns.push(Column::long("name", "NAME", |(sum, _)| sum.name.as_ref().into()));
    }
    columns.extend([
        Column::<SumRows>::number("present_percent", "PRESENT %", |(sum, _)| share(sum).into())
            .look(|(sum, _)| Some(share(sum).map(|share| format!("{share:.1}")).unwrap_or_default().into())),
        Column::number("present", "PRESENT", |(sum, _)| sum.counts.present.into()),
        Column::number("late", "LATE", |(sum, _)| sum.counts.late.into()),
        Column::data("after_close", |(sum, _)| sum.counts.after_close.into()),
        Column::number("absent", "ABSENT", |(sum, _)| sum.counts.absent.into()),
        Column::number("excused", "EXCUSED", |(sum, _)| sum.counts.excused.into()),
        Column::number("low_score", "LOW", |(sum, _)| sum.counts.low_score.into()),
        Column::number("unknown", "UNKNOWN", |(sum, _)| sum.counts.unknown.into()),
        pending,
        Column::number("expected", "EXPECTED", |(sum, _)| sum.counts.expected.into()),
        Column::data("blind", |(sum, zone)| blind::row(&sum.gaps, true, *zone).into()),
    ]);
    columns
}

fn pending((sum, _): &(&Sum, Zone)) -> Value {
    sum.counts.pending.into()
}

fn share(sum: &Sum) -> Option<f64> {
    percent(sum.counts.present, sum.counts.judged())
}

/// Facts about the whole. Sums by group count memberships, and need not add up to those of the school.
pub(crate) fn totals(sums: &Sums) -> Vec<(&'static str, Value)> {
    let (first, last) = (*sums.dates.start(), *sums.dates.end());
    let mut totals = vec![("from", first.into()), ("to", last.into()), ("by", sums.by.word().into())];
    if sums.by != By::Group {
        let mut all = Counts::default();
        sums.rows.iter().for_each(|sum| all += sum.counts);
        totals.extend(counts(&all));
    }
    totals.push(blind::members(&sums.gaps, sums.zone));
    totals
}

/// Shown when there are no rows.
pub(crate) fn nobody(sums: &Sums) -> &'static str {
    match sums.by {
        By::Session if !sums.has_sessions => NO_SESSIONS,
        _ if !sums.begun => "No period of these dates has begun: attend schedule list",
        By::Session => "No session of these dates has begun.",
        By::Reason => "Nobody was absent or excused, and no mark has a reason.",
        By::Group | By::Period | By::Date | By::Student => "No student was expected.",
    }
}

/// The lines above the sums.
pub(crate) fn heading(sums: &Sums) -> Vec<Vec<Words>> {
    let by = format!(" · by {}", sums.by.word());
    let mut title = vec![Words::new(days(&sums.dates), Tone::Strong), Words::from(by)];
    if sums.by == By::Group {
        title.push(Words::new(" · a student in two groups counts in both", Tone::Faint));
    }
    std::iter::once(title)
        .chain(blind::lines(&sums.gaps, sums.dates.start() != sums.dates.end(), sums.zone))
        .collect()
}
