//! The plain lists: students, the changes of a roll, cameras, settings.

use chrono_tz::Tz;

use super::{Column, Report, Tone, Value, Words};
use crate::domain::evidence::camera::Camera;
use crate::domain::roll::student::ALWAYS;
use crate::domain::roll::student::{Change, Enrolment, OPEN_END, Student};
use crate::domain::settings::{SETTINGS, Settings};
use crate::domain::time::Instant;

/// Columns of the list of students.
pub static STUDENTS: [Column; 4] = [
    Column::text("code", "CODE"),
    Column::long("name", "NAME"),
    Column::text("group", "GROUP"),
    Column::text("active", ""),
];

/// What people read where the roll is empty.
pub const NO_STUDENTS: &str = "Nobody is on the roll yet: attend student import roll.csv";

/// A student with the state of today.
pub fn student_row(student: &Student) -> Vec<Value> {
    let shown = if student.active { "" } else { "inactive" };
    vec![
        (&student.code).into(),
        (&student.name).into(),
        student.group.as_ref().into(),
        Value::from(student.active).shown(shown, Tone::Faint),
    ]
}

/// Columns of what a roll changes.
pub static ROLL: [Column; 5] = [
    Column::text("change", "CHANGE"),
    Column::text("code", "CODE"),
    Column::long("name", "NAME"),
    Column::text("group", "GROUP"),
    Column::text("active", ""),
];

/// What people read where a roll changes nothing.
pub const NO_CHANGES: &str = "The roll is as in the file already.";

/// What a roll makes of one student.
pub fn change(change: Change, student: &Student) -> Vec<Value> {
    let (word, tone) = match change {
        Change::Add => ("add", Tone::Good),
        Change::Update => ("update", Tone::Plain),
        Change::Activate => ("activate", Tone::Good),
        Change::Deactivate => ("deactivate", Tone::Bad),
        Change::Keep => ("keep", Tone::Faint),
    };
    let mut row = vec![Value::from(word).shown(word, tone)];
    row.extend(student_row(student));
    row
}

static ENROLMENTS: [Column; 3] =
    [Column::text("from", "FROM"), Column::text("until", "UNTIL"), Column::text("group", "GROUP")];

/// One student with the dates on the roll.
pub fn student(student: &Student, enrolments: &[Enrolment], now: Instant, zone: Tz) -> Report {
    let rows = enrolments.iter().map(|enrolment| {
        let from = match enrolment.from {
            ALWAYS => Value::Null.shown("always", Tone::Faint),
            from => from.into(),
        };
        let last = match enrolment.until {
            OPEN_END => Value::Null.shown("further notice", Tone::Faint),
            until => until.pred_opt().into(),
        };
        vec![from, last, enrolment.group.as_ref().into()]
    });
    let mut report = Report::list("student", &ENROLMENTS, rows.collect(), now, zone, "Never on the roll.");
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let active = if student.active { "" } else { " · inactive" };
    report.sections[0].heading = vec![vec![
        Words::new(&student.code, Tone::Strong),
        format!(" · {}{group}{active}", student.name).into(),
    ]];
    report.totals = STUDENTS.iter().map(|column| &*column.key).zip(student_row(student)).collect();
    report
}

static CAMERAS: [Column; 3] =
    [Column::text("camera", "CAMERA"), Column::long("place", "PLACE"), Column::text("added_at", "ADDED")];

/// Cameras by name.
pub fn cameras(cameras: &[Camera], now: Instant, zone: Tz) -> Report {
    let rows = cameras.iter().map(|camera| {
        let added = Value::at(camera.added_at, zone, "%a %-d %b %Y");
        vec![(&camera.name).into(), camera.place.as_ref().into(), added]
    });
    let empty = "No cameras yet: each adds itself with its first valid line.";
    Report::list("cameras", &CAMERAS, rows.collect(), now, zone, empty)
}

static SETTING: [Column; 6] = [
    Column::text("setting", "SETTING"),
    Column::text("value", "VALUE"),
    Column::text("default", "DEFAULT"),
    Column::text("unit", "UNIT"),
    Column::text("range", "RANGE"),
    Column::long("meaning", "MEANING"),
];

/// Every setting with its value, default, unit, range and meaning.
pub fn settings(settings: &Settings, now: Instant) -> Report {
    let rows = SETTINGS.iter().map(|setting| {
        let given = settings.given(setting.key);
        let value = Value::from(given.or(setting.default));
        let tone = if given.is_some() { Tone::Strong } else { Tone::Faint };
        let words = given.or(setting.default).unwrap_or("–").to_owned();
        vec![
            setting.key.into(),
            value.shown(words, tone),
            setting.default.into(),
            setting.unit.into(),
            setting.range.into(),
            setting.meaning.into(),
        ]
    });
    Report::list("settings", &SETTING, rows.collect(), now, settings.zone, "")
}
