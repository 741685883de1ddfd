//! The schedule, the plan that makes it, and the weekly periods.

use chrono_tz::Tz;

use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::{Occurrence, State};
use crate::domain::timetable::period::shown;
use crate::domain::timetable::schedule::{Action, Step, Template};
use crate::report::{Column, Report, Tone, Value};

static OCCURRENCES: [Column; 8] = [
    Column::text("date", "DATE"),
    Column::text("period", "PERIOD"),
    Column::text("starts_at", "STARTS"),
    Column::text("ends_at", "ENDS"),
    Column::text("opens_at", "OPENS"),
    Column::text("closes_at", "CLOSES"),
    Column::text("state", "STATE"),
    Column::long("reason", ""),
];

/// The occurrences of some dates.
pub fn occurrences(occurrences: &[Occurrence], empty: &str, now: Instant, zone: Tz) -> Report {
    let rows = occurrences.iter().map(row).collect();
    Report::list("schedule", &OCCURRENCES, rows, now, zone, empty)
}

fn row(o: &Occurrence) -> Vec<Value> {
    let (state, reason) = match &o.state {
        State::Planned => (Value::from("planned"), None),
        State::Cancelled(reason) => (Value::from("cancelled").shown("✗ cancelled", Tone::Warn), Some(reason)),
        State::Closed(reason) => (Value::from("closed").shown("✗ closed", Tone::Warn), Some(reason)),
    };
    vec![
        o.date.into(),
        (&o.period).into(),
        o.starts_at.into(),
        o.ends_at.into(),
        o.opens_at.into(),
        o.closes_at.into(),
        state,
        reason.into(),
    ]
}

static PLAN: [Column; 6] = [
    Column::text("action", "ACTION"),
    Column::text("date", "DATE"),
    Column::text("period", "PERIOD"),
    Column::text("starts_at", "STARTS"),
    Column::text("ends_at", "ENDS"),
    Column::long("reason", ""),
];

/// A plan of the schedule, each step with its reason.
pub fn plan(steps: &[Step], now: Instant, zone: Tz) -> Report {
    let rows = steps.iter().map(|step| {
        let tone = match step.action {
            Action::Create | Action::Update => Tone::Good,
            Action::Remove => Tone::Bad,
            Action::Unchanged | Action::Skip => Tone::Faint,
        };
        let o = &step.occurrence;
        vec![
            Value::from(step.action.word()).shown(step.action.word(), tone),
            o.date.into(),
            (&o.period).into(),
            o.starts_at.into(),
            o.ends_at.into(),
            step.reason.as_ref().into(),
        ]
    });
    Report::list(
        "plan",
        &PLAN,
        rows.collect(),
        now,
        zone,
        "Nothing to plan: no period is held on these days.",
    )
}

static PERIODS: [Column; 11] = [
    Column::number("order", "ORDER"),
    Column::text("name", "NAME"),
    Column::text("start", "TIME"),
    Column::data("end"),
    Column::text("days", "WEEK"),
    Column::number("mask", "MASK"),
    Column::text("early_grace", "GRACE"),
    Column::data("late_grace"),
    Column::text("late_after", "LATE AFTER"),
    Column::text("groups", "GROUPS"),
    Column::text("enabled", ""),
];

/// The weekly periods.
pub fn periods(templates: &[Template], now: Instant, zone: Tz) -> Report {
    let rows = templates.iter().map(|template| {
        let p = &template.period;
        let (start, end) = (shown(p.start), shown(p.end));
        let grace = format!("{} / {}", or_dash(p.early_grace), or_dash(p.late_grace));
        let late_after = p.late_after.map_or("–".to_owned(), or_dash);
        let groups = if p.groups.everybody() { "all".to_owned() } else { p.groups.written() };
        let enabled = if p.enabled { "" } else { "disabled" };
        vec![
            p.order.into(),
            (&p.name).into(),
            Value::from(&start).shown(format!("{start}–{end}"), Tone::Plain),
            end.into(),
            Value::from(p.days.to_string()).shown(p.days.drawn(), Tone::Plain),
            u32::from(p.days.mask()).into(),
            Value::from(p.early_grace.to_string()).shown(grace, Tone::Plain),
            p.late_grace.to_string().into(),
            Value::from(p.late_after.map(|span| span.to_string())).shown(late_after, Tone::Plain),
            groups.into(),
            Value::from(p.enabled).shown(enabled, Tone::Warn),
        ]
    });
    Report::list(
        "periods",
        &PERIODS,
        rows.collect(),
        now,
        zone,
        "No periods yet: attend period add \"Block 1\" --start 08:00 --end 08:45 --days mon-fri",
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
