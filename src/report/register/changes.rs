//! Changes of the register by people, as rows.

use crate::domain::register::changes::Change;
use crate::report::{Column, Rows};

/// Changes, a row each.
pub(crate) struct Changes;

impl Rows for Changes {
    type Row<'a> = &'a Change;
}

/// A row for every change.
pub(crate) static COLUMNS: &[Column<Changes>] = &[
    Column::data("at", |change| change.at.into()),
    Column::data("by", |change| (&change.by).into()),
    Column::data("student", |change| (&change.code).into()),
    Column::data("name", |change| (&change.name).into()),
    Column::data("date", |change| change.date.into()),
    Column::data("period", |change| change.period.as_ref().into()),
    Column::data("from", |change| change.span.map(|(from, _)| from).into()),
    Column::data("until", |change| change.span.map(|(_, until)| until).into()),
    Column::data("cause", |change| change.cause.word().into()),
    Column::data("was", |change| change.was.as_ref().into()),
    Column::data("is", |change| change.is.as_ref().into()),
    Column::data("reason", |change| change.reason.as_ref().into()),
];
