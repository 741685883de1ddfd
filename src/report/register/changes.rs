//! Changes of the register by people, as rows.

use crate::domain::register::changes::Change;
use crate::domain::time::Zone;
use crate::report::{Column, Rows, Value};

/// Changes, a row each.
pub(crate) struct Changes;

impl Rows for Changes {
    type Row<'a> = (&'a Change, Zone);
}

/// How people see an instant, which may lie on any day.
const MADE: &str = "%-d %b %H:%M";

/// A row for every change.
pub(crate) static COLUMNS: &[Column<Changes>] = &[
    Column::text("at", "MADE", |(change, zone)| Value::at(change.at, *zone, MADE)),
    Column::text("by", "BY", |(change, _)| (&change.by).into()),
    Column::text("student", "CODE", |(change, _)| (&change.code).into()),
    Column::long("name", "NAME", |(change, _)| (&change.name).into()),
    Column::text("date", "DATE", |(change, _)| change.date.into()),
    Column::text("period", "PERIOD", |(change, _)| change.period.as_ref().into()),
    Column::text("from", "FROM", |(change, zone)| {
        change.span.map_or(Value::Null, |(from, _)| Value::at(from, *zone, MADE))
    }),
    Column::text("until", "UNTIL", |(change, zone)| {
        change.span.map_or(Value::Null, |(_, until)| Value::at(until, *zone, MADE))
    }),
    Column::text("cause", "CAUSE", |(change, _)| Value::Word(change.cause.word())),
    Column::long("was", "WAS", |(change, _)| change.was.as_ref().into()),
    Column::long("is", "IS", |(change, _)| change.is.as_ref().into()),
    Column::long("reason", "REASON", |(change, _)| change.reason.as_ref().into()),
];
