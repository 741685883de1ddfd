//! The schedule, the plan that makes it, and the weekly periods.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::time::calendar::Closure;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Lack, Occurrence, OccurrenceState};
use crate::domain::timetable::period::{Period, shown};
use crate::domain::timetable::schedule::{Action, Step, Template};
use crate::domain::timetable::weekly::PeriodChange;
use crate::domain::upkeep::audit::dates;
use crate::report::register::roster::lacking;
use crate::report::text::counted;
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Occurrences;

impl Rows for Occurrences {
    type Row<'a> = &'a Occurrence;
}

static OCCURRENCES: &[Column<Occurrences>] = &[
    Column::text("date", "DATE", |o| o.date.into()),
    Column::text("period", "PERIOD", |o| (&o.period).into()),
    Column::text("starts_at", "STARTS", |o| o.starts_at.into()),
    Column::text("ends_at", "ENDS", |o| o.ends_at.into()),
    Column::text("opens_at", "OPENS", |o| o.opens_at.into()),
    Column::text("closes_at", "CLOSES", |o| o.closes_at.into()),
    Column::text("state", "STATE", |o| match o.state {
        OccurrenceState::Planned => "planned".into(),
        OccurrenceState::Cancelled(_) => Value::from("cancelled").shown("✗ cancelled", Tone::Warn),
        OccurrenceState::Closed(_) => Value::from("closed").shown("✗ closed", Tone::Warn),
    }),
    Column::long("reason", "", |o| match &o.state {
        OccurrenceState::Planned => Value::Null,
        OccurrenceState::Cancelled(reason) | OccurrenceState::Closed(reason) => reason.into(),
    }),
];

/// The occurrences of some dates.
pub(crate) fn occurrences(occurrences: &[Occurrence], empty: &str, now: Instant, zone: Zone) -> Report {
    Report::list("schedule", OCCURRENCES, occurrences, now, zone).or_empty(empty)
}

/// Closures told above a list; the rest is counted.
const CLOSURES: usize = 8;

/// The schedule of the dates that were asked for, with the closures of these dates and of later ones above it.
pub(crate) fn list(
    asked: &RangeInclusive<NaiveDate>,
    found: &[Occurrence],
    closures: &[Closure],
    lacks: Option<Lack>,
    now: Instant,
    zone: Zone,
) -> Report {
    let covers =
        |closure: &&Closure| closure.dates.contains(asked.start()) && closure.dates.contains(asked.end());
    let empty = match (lacks, closures.iter().find(covers)) {
        (Some(lack), _) => lacking(lack).to_owned(),
        (None, Some(_)) => format!("The school is closed then: attend schedule open {}", dates(asked)),
        (None, None) => "No period is scheduled then: attend schedule generate".to_owned(),
    };
    let mut heading: Vec<Vec<Words>> = closures
        .iter()
        .take(CLOSURES)
        .map(|closure| vec![format!("Closed {}: {}", dates(&closure.dates), closure.reason).into()])
        .collect();
    if closures.len() > CLOSURES {
        heading.push(vec![format!("and {}", counted(closures.len() - CLOSURES, "more closure")).into()]);
    }
    let told = closures.iter().map(|closure| {
        Value::Object(vec![
            ("from", (*closure.dates.start()).into()),
            ("to", (*closure.dates.end()).into()),
            ("reason", (&closure.reason).into()),
        ])
    });
    let totals = vec![("closures", Value::List(told.collect()))];
    occurrences(found, &empty, now, zone).under(heading).totals(totals)
}

struct Steps;

impl Rows for Steps {
    type Row<'a> = &'a Step;
}

static PLAN: &[Column<Steps>] = &[
    Column::text("action", "ACTION", |step| {
        let tone = match step.action {
            Action::Create | Action::Update => Tone::Good,
            Action::Remove => Tone::Bad,
            Action::Unchanged | Action::Skip => Tone::Faint,
        };
        Value::from(step.action.word()).shown(step.action.word(), tone)
    }),
    Column::text("date", "DATE", |step| step.occurrence.date.into()),
    Column::text("period", "PERIOD", |step| (&step.occurrence.period).into()),
    Column::text("starts_at", "STARTS", |step| step.occurrence.starts_at.into()),
    Column::text("ends_at", "ENDS", |step| step.occurrence.ends_at.into()),
    Column::long("reason", "", |step| step.reason.as_ref().into()),
];

/// A plan of the schedule, each step with its reason.
pub(crate) fn plan(steps: &[Step], now: Instant, zone: Zone) -> Report {
    Report::list("plan", PLAN, steps, now, zone).or_empty("Nothing to plan: no period is held on these days.")
}

/// The weekly periods.
pub(crate) struct Periods;

impl Rows for Periods {
    type Row<'a> = &'a Period;
}

/// The columns of the weekly plan; `period import` reads them back.
pub(crate) static PERIODS: &[Column<Periods>] = &[
    Column::number("order", "ORDER", |period| period.order.into()),
    Column::text("name", "NAME", |period| (&period.name).into()),
    Column::text("start", "TIME", |period| {
        let (start, end) = (shown(period.start), shown(period.end));
        Value::from(&start).shown(format!("{start}–{end}"), Tone::Plain)
    }),
    Column::data("end", |period| shown(period.end).into()),
    Column::text("days", "WEEK", |period| {
        Value::from(period.days.to_string()).shown(period.days.drawn(), Tone::Plain)
    }),
    Column::number("mask", "MASK", |period| u32::from(period.days.mask()).into()),
    Column::text("early_grace", "GRACE", |period| {
        let both = format!("{} / {}", or_dash(period.early_grace), or_dash(period.late_grace));
        Value::from(period.early_grace.to_string()).shown(both, Tone::Plain)
    }),
    Column::data("late_grace", |period| period.late_grace.to_string().into()),
    Column::text("late_after", "LATE AFTER", |period| {
        let words = period.late_after.map_or("–".to_owned(), or_dash);
        Value::from(period.late_after.map(|span| span.to_string())).shown(words, Tone::Plain)
    }),
    Column::data("closes_after", |period| period.closes_after.map(|span| span.to_string()).into()),
    Column::text("places", "PLACES", |period| {
        let places = period.places.written();
        if places.is_empty() { "all".into() } else { places.into() }
    }),
    Column::text("groups", "GROUPS", |period| {
        if period.groups.everybody() { "all".into() } else { period.groups.written().into() }
    }),
    Column::text("enabled", "", |period| {
        Value::from(period.enabled).shown(if period.enabled { "" } else { "disabled" }, Tone::Warn)
    }),
];

/// The weekly periods.
pub(crate) fn periods(templates: &[Template], now: Instant, zone: Zone) -> Report {
    Report::list("periods", PERIODS, templates.iter().map(|template| &template.period), now, zone)
        .or_empty("No periods yet: attend period add \"Block 1\" --start 08:00 --end 08:45 --days mon-fri")
}

struct Weekly;

impl Rows for Weekly {
    type Row<'a> = &'a (String, PeriodChange);
}

static WEEKLY: &[Column<Weekly>] = &[
    Column::text("change", "CHANGE", |(_, change)| {
        let (word, tone) = match change {
            PeriodChange::Add => ("add", Tone::Good),
            PeriodChange::Edit(_) => ("update", Tone::Plain),
            PeriodChange::Remove => ("remove", Tone::Bad),
            PeriodChange::Keep => ("keep", Tone::Faint),
        };
        Value::from(word).shown(word, tone)
    }),
    Column::text("name", "NAME", |(name, _)| name.into()),
    Column::long("changes", "CHANGES", |(_, change)| match change {
        PeriodChange::Edit(differences) => differences.join(", ").into(),
        _ => Value::Null,
    }),
];

/// The changes of the weekly plan.
pub(crate) fn weekly(plan: &[(String, PeriodChange)], now: Instant, zone: Zone) -> Report {
    Report::list("weekly_plan", WEEKLY, plan, now, zone).or_empty("The sheet lists no period.")
}

struct Closures;

impl Rows for Closures {
    type Row<'a> = &'a (Closure, String);
}

static CLOSED: &[Column<Closures>] = &[
    Column::text("from", "FROM", |(closure, _)| (*closure.dates.start()).into()),
    Column::text("to", "TO", |(closure, _)| (*closure.dates.end()).into()),
    Column::long("reason", "REASON", |(closure, _)| (&closure.reason).into()),
    Column::text("by", "BY", |(_, by)| by.into()),
];

/// Closed dates with the persons who closed them.
pub(crate) fn closures(closures: &[(Closure, String)], now: Instant, zone: Zone) -> Report {
    Report::list("closures", CLOSED, closures, now, zone).or_empty(
        "No date is closed: attend schedule close 2026-10-05..2026-10-09 --reason \"autumn holiday\"",
    )
}

fn or_dash(span: Span) -> String {
    match span {
        Span::ZERO => "–".to_owned(),
        span if span.micros() % Span::minutes(1).micros() == 0 => {
            format!("{} min", span.whole_minutes())
        }
        span => span.to_string(),
    }
}
