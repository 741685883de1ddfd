//! Frappe Education: rows for the data import of `Student Attendance` (version 15). Frappe refuses a second row for the
//! same student, group and date, so a correction of an imported row is made there.

use super::{Layout, Profile, Worded, code};
use crate::domain::register::codes::Per;
use crate::report::Column;

pub(super) static PROFILE: Profile = Profile {
    name: "frappe",
    layout: Layout::Csv,
    per: &[Per::Day],
    in_halves: false,
    wants_term: false,
    wants_group: true,
    longest_student: usize::MAX,
    refuses: |code| {
        let known = matches!(code, "Present" | "Absent" | "Leave");
        (!known).then_some("Frappe knows Present, Absent and Leave")
    },
    check: |_| Ok(()),
    columns: |_| &COLUMNS,
};

static COLUMNS: [Column<Worded>; 4] = [
    Column::data("student", |(_, sent)| (&sent.student).into()),
    Column::data("date", |(_, sent)| sent.date.into()),
    Column::data("status", |row| code(row).into()),
    Column::data("student_group", |(_, sent)| sent.group.as_ref().into()),
];
