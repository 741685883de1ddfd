//! Lines of a feed of absences.

use crate::domain::register::announcement::Announcement;
use crate::report::{Column, Rows};

/// Lines to a receiver of absences.
pub(crate) struct Announcements;

impl Rows for Announcements {
    type Row<'a> = &'a Announcement;
}

/// Date, period and student name the absence. The other values are those of the register now; a period that is not held
/// any more has none.
pub(crate) static COLUMNS: &[Column<Announcements>] = &[
    Column::data("event", |told| told.event.word().into()),
    Column::data("date", |told| told.date.into()),
    Column::data("period", |told| (&told.period).into()),
    Column::data("student", |told| (&told.code).into()),
    Column::data("name", |told| told.row.as_ref().map(|row| &row.name).into()),
    Column::data("group", |told| told.row.as_ref().and_then(|row| row.group.as_ref()).into()),
    Column::data("starts_at", |told| told.row.as_ref().map(|row| row.starts_at).into()),
    Column::data("ends_at", |told| told.row.as_ref().map(|row| row.ends_at).into()),
    Column::data("status", |told| told.row.as_ref().map(|row| row.status.word()).into()),
    Column::data("reason", |told| told.row.as_ref().and_then(|row| row.reason.as_ref()).into()),
];
