//! Ed-Fi: resources `studentSchoolAttendanceEvents` of the ODS API (Data Standard 3 to 5), one a line, to be posted one by
//! one. Student, school, session, date and category identify an event, so a corrected category is another event: delete
//! the events of the student and date before posting.

use super::{Layout, Profile, Worded, code, school};
use crate::domain::Invalid;
use crate::domain::register::codes::{Codes, Per};
use crate::domain::register::day_rule::DayRule;
use crate::report::{Column, Value};

pub(super) static PROFILE: Profile = Profile {
    name: "ed-fi",
    layout: Layout::JsonLines,
    per: &[Per::Day],
    in_halves: true,
    wants_term: true,
    wants_group: false,
    longest_student: 32,
    refuses: |code| {
        let is_descriptor = code.starts_with("uri://")
            && code.split_once('#').is_some_and(|(_, value)| (1..=50).contains(&value.chars().count()))
            && code.len() <= 306;
        (!is_descriptor).then_some(
            "write a descriptor such as \"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence\"",
        )
    },
    check,
    // Only that rule makes half days.
    columns: |codes| if codes.day == DayRule::First { &COLUMNS } else { &COLUMNS[..COLUMNS.len() - 1] },
};

/// The most characters of a reason.
const LONGEST_REASON: usize = 255;

static COLUMNS: [Column<Worded>; 7] = [
    Column::data("attendanceEventCategoryDescriptor", |row| code(row).into()),
    Column::data("eventDate", |(_, sent)| sent.date.into()),
    Column::data("attendanceEventReason", |(_, sent)| {
        sent.reason.iter().flat_map(|reason| reason.chars()).take(LONGEST_REASON).collect::<String>().into()
    }),
    Column::data("studentReference", |(_, sent)| {
        Value::Object(vec![("studentUniqueId", (&sent.student).into())])
    }),
    Column::data("schoolReference", |(codes, _)| Value::Object(vec![("schoolId", school_id(codes).into())])),
    Column::data("sessionReference", |(codes, sent)| {
        let term = codes.term(sent.date);
        Value::Object(vec![
            ("schoolId", school_id(codes).into()),
            ("schoolYear", term.map(|term| u32::from(term.school_year)).into()),
            ("sessionName", term.map(|term| term.name.as_str()).into()),
        ])
    }),
    // Of an absence the missed share of the day, of a presence the rest.
    Column::data("eventDuration", |(_, sent)| {
        if sent.outcome.is_missed() { sent.missed } else { 1.0 - sent.missed }.into()
    }),
];

fn school_id(codes: &Codes) -> Option<i64> {
    codes.school.as_deref().and_then(|school| school.parse().ok())
}

fn check(codes: &Codes) -> Result<(), Invalid> {
    let school = school(codes)?;
    if school_id(codes).is_none() {
        return Err(Invalid::new(format!("the schoolId of Ed-Fi is a number, not {school:?}"))
            .hint("write school = \"255901001\" with the number that the ODS knows"));
    }
    if codes.terms.is_empty() {
        return Err(Invalid::new("there is no [[term]], but Ed-Fi wants a session").hint(
            "write [[term]] with name = \"2026-2027 Fall\", school_year = 2027, from = \"2026-09-01\" and to = \"2027-01-31\"",
        ));
    }
    let wrong = codes.terms.iter().find(|term| term.name.is_empty() || term.name.chars().count() > 60);
    wrong.map_or(Ok(()), |term| {
        Err(Invalid::new(format!("a session has a name of 1 to 60 characters, not {:?}", term.name)))
    })
}
