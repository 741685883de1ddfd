//! The calls of the day.

use chrono::NaiveDate;

use crate::domain::register::calls::{Missing, Unexplained};
use crate::domain::register::gap::Gap;
use crate::domain::time::calendar::clock;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::register::blind;
use crate::report::text::hours;
use crate::report::{Column, Report, Rows, Section, Tone, Value, Words, column};

struct Missed;

impl Rows for Missed {
    type Row<'a> = (&'a Missing, Zone);
}

static MISSING: &[Column<Missed>] = &[
    Column::text("period", "PERIOD", |(missing, _)| (&missing.occurrence.period).into()),
    Column::text("student", "CODE", |(missing, _)| (&missing.code).into()),
    Column::long("name", "NAME", |(missing, _)| (&missing.name).into()),
    Column::long("group", "GROUP", |(missing, _)| missing.group.as_ref().into()),
    Column::text("last_seen", "LAST SEEN", |(missing, zone)| Value::at(missing.last.at, *zone, "%H:%M")),
    Column::text("camera", "CAMERA", |(missing, _)| missing.last.camera.as_ref().into()),
    Column::text("place", "WHERE", |(missing, _)| missing.last.place.as_ref().into()),
];

/// Students who were there earlier and are absent now.
pub(crate) fn missing(occurrences: &[Occurrence], missing: &[Missing], now: Instant, zone: Zone) -> Report {
    let rows = missing.iter().map(|missing| (missing, zone));
    let judged = occurrences.iter().find(|o| now < o.judged_from());
    let empty = match (occurrences, judged) {
        ([], _) => "No period is active: name one with --period, or look at attend roster day.".to_owned(),
        (_, Some(o)) => {
            let from = clock(o.judged_from(), zone);
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
    type Row<'a> = (&'a Unexplained, Zone);
}

static UNEXPLAINED: &[Column<Calls>] = &[
    Column::text("date", "DATE", |(call, _)| call.date.into()),
    Column::text("student", "CODE", |(call, _)| (&call.code).into()),
    Column::long("name", "NAME", |(call, _)| (&call.name).into()),
    Column::long("group", "GROUP", |(call, _)| call.group.as_ref().into()),
    Column::<Calls>::number("absent", "ABSENT", |(call, _)| call.absent.into())
        .look(|(call, _)| Some(format!("{}/{}", call.absent, call.expected).into())),
    Column::data("expected", |(call, _)| call.expected.into()),
    Column::number("unsure", "UNSURE", |(call, _)| call.unsure.into()),
    Column::data("blind", |(call, zone)| blind::row(&call.gaps, false, *zone).into()),
    Column::data("check_first", |(call, _)| call.check_first().into()),
    Column::long("contact", "CONTACT", |(call, _)| call.contact.as_ref().into()),
];

/// The distinct gaps that leave some of these students in doubt.
fn gaps_of(calls: &[&Unexplained]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for gap in calls.iter().flat_map(|call| &call.gaps.named) {
        if !gaps.contains(gap) {
            gaps.push(Gap::clone(gap));
        }
    }
    gaps
}

/// Students who are absent without a reason: first those to call, then those to check first.
pub(crate) fn unexplained(calls: &[Unexplained], today: NaiveDate, now: Instant, zone: Zone) -> Report {
    let (check, call): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.check_first());
    let section = |title: String, calls: &[&Unexplained]| Section {
        heading: std::iter::once(vec![Words::new(title, Tone::Strong)])
            .chain(blind::lines(&gaps_of(calls), calls.iter().any(|call| call.date != calls[0].date), zone))
            .collect(),
        rows: calls.iter().map(|call| column::cells(UNEXPLAINED, &(*call, zone))).collect(),
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
        legend: None,
    }
}
