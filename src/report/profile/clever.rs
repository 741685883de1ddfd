//! Clever: `attendance.csv`, which districts upload by SFTP (dev.clever.com, "Attendance Data - How Does it Work?").
//! It takes new and changed rows; a row replaces the one with the same identity.

use super::{Layout, Profile, Worded, code, school};
use crate::domain::Invalid;
use crate::domain::register::codes::{Codes, Per, Sent};
use crate::report::{Column, Value};

pub(super) static PROFILE: Profile = Profile {
    name: "clever",
    layout: Layout::Csv,
    per: &[Per::Period, Per::Day],
    in_halves: false,
    wants_term: false,
    wants_group: false,
    longest_student: usize::MAX,
    refuses: |code| {
        let known = matches!(code, "absent" | "tardy" | "present");
        (!known).then_some("Clever knows absent, tardy and present")
    },
    check,
    columns: |codes| match codes.id_column.as_deref() {
        Some(SIS_ID) => &WITH_SIS_ID,
        _ => &WITH_ATTENDANCE_ID,
    },
};

/// The names that Clever's pages have given to the last column.
const ATTENDANCE_ID: &str = "Attendance_id";
const SIS_ID: &str = "Sis_id";

static WITH_ATTENDANCE_ID: [Column<Worded>; 8] = columns(ATTENDANCE_ID);
static WITH_SIS_ID: [Column<Worded>; 8] = columns(SIS_ID);

const fn columns(id_column: &'static str) -> [Column<Worded>; 8] {
    [
        Column::data("Student_id", |(_, sent)| (&sent.student).into()),
        Column::data("School_id", |(codes, _)| codes.school.as_ref().into()),
        Column::data("Section_id", |(_, sent)| sent.period.as_ref().and(sent.group.as_ref()).into()),
        Column::data("Attendance_date", |(_, sent)| sent.date.into()),
        Column::data("Attendance_type", |(_, sent)| {
            if sent.period.is_some() { "section" } else { "daily" }.into()
        }),
        Column::data("Attendance_status", |row| code(row).into()),
        Column::data("Excuse_code", |(_, sent)| sent.reason_code.as_ref().into()),
        Column::data(id_column, |(codes, sent)| id(codes, sent)),
    ]
}

/// `0101/2026-09-07/Block 2/H000103`, without the period for a day. It stays the same when the status changes.
fn id(codes: &Codes, sent: &Sent) -> Value {
    let school = codes.school.as_deref().unwrap_or_default();
    let period = sent.period.iter().map(|period| format!("/{period}")).collect::<String>();
    format!("{school}/{}{period}/{}", sent.date, sent.student).into()
}

fn check(codes: &Codes) -> Result<(), Invalid> {
    school(codes)?;
    match codes.id_column.as_deref() {
        None | Some(ATTENDANCE_ID | SIS_ID) => Ok(()),
        Some(other) => Err(Invalid::new(format!("Clever has no column {other:?}"))
            .hint(format!("write id_column = \"{ATTENDANCE_ID}\" or \"{SIS_ID}\""))),
    }
}
