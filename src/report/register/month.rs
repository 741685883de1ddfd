//! The grid of one student.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::register::month::{Month, MonthLine};
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;
use crate::report::register::roster::counts;
use crate::report::summary::{cell, headings, percent};
use crate::report::text::day;
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Days;

impl Rows for Days {
    type Row<'a> = (&'a MonthLine, Zone);
}

/// The marks of [`cell`].
const LEGEND: &str = "✓ present, ✗ absent, – excused, ? seen with a low score, ◌ a camera was blind, · not over yet, \
    → in another class at that time.";

fn told(remarks: impl Iterator<Item = String>) -> Option<String> {
    Some(remarks.collect::<Vec<_>>().join("; ")).filter(|words| !words.is_empty())
}

/// A row for each date, a column for each period.
pub(crate) fn report(month: &Month, dates: &RangeInclusive<NaiveDate>, now: Instant, zone: Zone) -> Report {
    let names: Vec<&str> = month.periods.iter().map(String::as_str).collect();
    let mut columns: Vec<Column<Days>> = vec![Column::text("date", "DATE", |(line, _)| line.date.into())];
    columns.extend(names.iter().zip(headings(&names)).enumerate().map(|(nth, (name, heading))| {
        Column::<Days>::nth((*name).to_owned(), heading, nth, |(line, _), nth| {
            line.outcomes.get(nth).copied().flatten().map_or(Value::Null, cell)
        })
    }));
    let remarks = Column::<Days>::long("remarks", "", |(line, _)| told(line.remarks.iter().cloned()).into());
    columns.push(remarks.look(|(line, zone)| {
        let blind = blind::row(&line.gaps, false, *zone);
        told(line.remarks.iter().cloned().chain(blind)).map(Words::from)
    }));
    columns.push(Column::data("blind", |(line, zone)| blind::row(&line.gaps, false, *zone).into()));
    let student = &month.student;
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let when = format!(" · {}{group} · {} – {}", student.name, day(*dates.start()), day(*dates.end()));
    let all = month.counts;
    let share = percent(all.present, all.judged()).map_or_else(
        || "nothing judged".to_owned(),
        |share| format!("Present {share:.1} % ({} of {})", all.present, all.judged()),
    );
    let mut sums = format!(
        "{share} · late {} · absent {} · excused {} · unknown {}",
        all.late, all.absent, all.excused, all.unknown
    );
    for (number, what) in [(all.low_score, "low score"), (all.pending, "not yet seen")] {
        if number > 0 {
            sums += &format!(" · {what} {number}");
        }
    }
    let heading = vec![vec![Words::new(&student.code, Tone::Strong), when.into()], vec![sums.into()]];
    let mut totals = vec![
        ("student", (&student.code).into()),
        ("name", (&student.name).into()),
        ("from", (*dates.start()).into()),
        ("to", (*dates.end()).into()),
    ];
    totals.extend(counts(&all));
    let days = month.days.iter().map(|line| (line, zone));
    Report::list("history", &columns, days, now, zone)
        .under(heading)
        .explained(LEGEND)
        .totals(totals)
        .or_empty("No period expected the student on these dates.")
}
