//! Rows by day: sessions, and absences.

use crate::domain::register::absence::Absence;
use crate::domain::register::session::Attended;
use crate::report::{Column, Rows, Value};

/// A session of a student.
pub(crate) struct Sessions;

impl Rows for Sessions {
    type Row<'a> = &'a Attended;
}

/// A row for every session of every expected student.
pub(crate) static SESSIONS: &[Column<Sessions>] = &[
    Column::text("date", "DATE", |row| row.date.into()),
    Column::text("session", "SESSION", |row| (&row.session).into()),
    Column::text("student", "CODE", |row| (&row.code).into()),
    Column::long("name", "NAME", |row| (&row.name).into()),
    Column::long("group", "GROUP", |row| row.group.as_ref().into()),
    Column::text("status", "STATUS", |row| Value::Word(row.outcome.status.word())),
    Column::data("late", |row| row.outcome.late.into()),
    Column::data("after_close", |row| row.outcome.after_close.into()),
];

/// The absences of a student on a date.
pub(crate) struct Absences;

impl Rows for Absences {
    type Row<'a> = &'a Absence;
}

/// A row for every student and date with a missed period.
pub(crate) static ABSENCES: &[Column<Absences>] = &[
    Column::text("date", "DATE", |row| row.date.into()),
    Column::text("student", "CODE", |row| (&row.code).into()),
    Column::long("name", "NAME", |row| (&row.name).into()),
    Column::long("group", "GROUP", |row| row.group.as_ref().into()),
    Column::data("whole_day", |row| row.is_whole_day().into()),
    Column::number("absent", "ABSENT", |row| row.counts.absent.into()),
    Column::number("excused", "EXCUSED", |row| row.counts.excused.into()),
    Column::data("low_score", |row| row.counts.low_score.into()),
    Column::data("unknown", |row| row.counts.unknown.into()),
    Column::data("pending", |row| row.counts.pending.into()),
    Column::data("present", |row| row.counts.present.into()),
    Column::number("expected", "EXPECTED", |row| row.counts.expected.into()),
    Column::long("periods", "PERIODS", |row| row.periods.join(", ").into()),
    Column::long("reason", "REASON", |row| joined(&row.reasons).into()),
    Column::text("reason_code", "", |row| joined(&row.codes).into()),
];

fn joined(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(", "))
}
