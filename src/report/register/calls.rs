//! The calls of the day.

use chrono::NaiveDate;

use crate::domain::register::calls::{Missing, Unexplained};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::text::{hours, local};
use crate::report::{Column, Report, Rows, Section, Tone, Value, Words, column};

struct Missed;

impl Rows for Missed {
    type Row<'a> = (&'a Missing, Zone);
}

static MISSING: &[Column<Missed>] = &[
    Column::text("period", "PERIOD", |(missing, _)| (&missing.occurrence.period).into()),
    Column::text("student", "CODE", |(missing, _)| (&missing.code).into()),
    Column::long("name", "NAME", |(missing, _)| (&missing.name).into()),
    Column::text("group", "GROUP", |(missing, _)| missing.group.as_ref().into()),
    Column::text("last_seen", "LAST SEEN", |(missing, zone)| Value::at(missing.last.at, *zone, "%H:%M")),
    Column::text("camera", "CAMERA", |(missing, _)| missing.last.camera.as_ref().into()),
    Column::text("place", "WHERE", |(missing, _)| missing.last.place.as_ref().into()),
];

/// Students who were there earlier and are absent now.
pub fn missing(occurrences: &[Occurrence], missing: &[Missing], now: Instant, zone: Zone) -> Report {
    let rows = missing.iter().map(|missing| (missing, zone));
    let judged = occurrences.iter().find(|o| now < o.judged_from());
    let empty = match (occurrences, judged) {
        ([], _) => "No period is active: name one with --period, or look at attend roster day.".to_owned(),
        (_, Some(o)) => {
            let from = local(o.judged_from(), zone, "%H:%M");
            format!("No student is missing yet in {}: students may still come until {from}.", o.period)
        }
        ([one], None) => {
            format!("No student is missing in {} ({}).", one.period, hours(one.starts_at, one.ends_at, zone))
        }
        _ => "No student is missing.".to_owned(),
    };
    Report::list("missing", MISSING, rows, now, zone).or_empty(&empty)
}

struct Calls;

impl Rows for Calls {
    type Row<'a> = &'a Unexplained;
}

static UNEXPLAINED: &[Column<Calls>] = &[
    Column::text("date", "DATE", |call| call.date.into()),
    Column::text("student", "CODE", |call| (&call.code).into()),
    Column::long("name", "NAME", |call| (&call.name).into()),
    Column::text("group", "GROUP", |call| call.group.as_ref().into()),
    Column::<Calls>::number("absent", "ABSENT", |call| call.absent.into())
        .look(|call| Some(format!("{}/{}", call.absent, call.expected).into())),
    Column::data("expected", |call| call.expected.into()),
    Column::number("unsure", "UNSURE", |call| call.unsure.into()),
    Column::data("check_first", |call| call.check_first().into()),
    Column::long("contact", "CONTACT", |call| call.contact.as_ref().into()),
];

/// Students who are absent without a reason: first those to call, then those to check first.
pub fn unexplained(calls: &[Unexplained], today: NaiveDate, now: Instant, zone: Zone) -> Report {
    let (check, call): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.check_first());
    let section = |title: String, calls: &[&Unexplained]| Section {
        heading: vec![vec![Words::new(title, Tone::Strong)]],
        rows: calls.iter().map(|call| column::cells(UNEXPLAINED, call)).collect(),
    };
    let mut sections = Vec::new();
    if !call.is_empty() {
        sections.push(section(format!("ABSENT WITHOUT A REASON · {}", call.len()), &call));
    }
    if !check.is_empty() {
        let title = format!("CHECK FIRST: low scores, or a camera was blind · {}", check.len());
        sections.push(section(title, &check));
    }
    let number = |calls: usize| u32::try_from(calls).unwrap_or(u32::MAX);
    Report {
        name: "unexplained",
        as_of: now,
        zone,
        columns: column::headings(UNEXPLAINED),
        totals: vec![
            ("today", today.into()),
            ("to_call", number(call.len()).into()),
            ("check_first", number(check.len()).into()),
        ],
        sections,
        empty: "No student is absent without a reason.".to_owned(),
        most: usize::MAX,
    }
}
