//! The history of one student on one date.

use crate::domain::evidence::recognition::{Recognition, Verdict};
use crate::domain::register::history::{Event, History, What};
use crate::domain::register::mark::{Decision, Mark};
use crate::domain::register::status::{Judged, Status};
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;
use crate::report::register::records::{object, status};
use crate::report::text::{counted, day, hours, two_decimals};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Events;

impl Rows for Events {
    type Row<'a> = (&'a Event, Zone);
}

static COLUMNS: &[Column<Events>] = &[
    Column::text("at", "TIME", |(event, zone)| Value::at(event.at, *zone, "%H:%M:%S")),
    Column::text("event", "WHAT", |(event, _)| match event.what {
        What::Seen(..) => "seen".into(),
        What::Marked(_) => "marked".into(),
    }),
    Column::text("period", "PERIOD", |(event, _)| event.period.as_ref().into()),
    Column::text("camera", "CAMERA", |(event, _)| seen(event).map(|seen| &seen.camera).into()),
    Column::number("score", "SCORE", |(event, _)| seen(event).map(|seen| seen.score).into()),
    Column::text("effect", "EFFECT", |(event, _)| {
        let (effect, tone) = match &event.what {
            What::Seen(_, verdict) => effect(*verdict, event.period.is_some()),
            What::Marked(mark) => (mark.decision.map_or("taken back", Decision::word), Tone::Strong),
        };
        Value::from(effect).shown(effect, tone)
    }),
    Column::text("by", "BY", |(event, _)| mark(event).map(|mark| &mark.by).into()),
    Column::long("reason", "REASON", |(event, _)| mark(event).and_then(|mark| mark.reason.as_ref()).into()),
    Column::data("crop", |(event, _)| seen(event).and_then(|seen| seen.crop.as_ref()).into()),
];

fn seen(event: &Event) -> Option<&Recognition> {
    match &event.what {
        What::Seen(recognition, _) => Some(recognition),
        What::Marked(_) => None,
    }
}

fn mark(event: &Event) -> Option<&Mark> {
    match &event.what {
        What::Marked(mark) => Some(mark),
        What::Seen(..) => None,
    }
}

/// The effect of a recognition on the record of its period.
fn effect(verdict: Verdict, in_period: bool) -> (&'static str, Tone) {
    match verdict {
        Verdict { created: true, .. } => ("first", Tone::Good),
        Verdict { updated_best: true, .. } => ("improved", Tone::Good),
        Verdict { held_by_window: true, .. } => ("held", Tone::Plain),
        Verdict { accepted: true, .. } => ("counted", Tone::Plain),
        _ if !in_period => ("no active period", Tone::Faint),
        _ => ("low score", Tone::Warn),
    }
}

/// Columns shown above the periods, not repeated in each.
const SAID_ONCE: [&str; 4] = ["date", "student", "name", "group"];

/// Sightings and decisions in time order, below their sums.
pub fn report(history: &History, now: Instant, zone: Zone) -> Report {
    let student = &history.student;
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let title = format!(" · {}{group} · {}", student.name, day(history.date));
    let mut heading = vec![vec![Words::new(&student.code, Tone::Strong), title.into()]];
    heading.extend(history.results.iter().map(|judged| result_line(judged, zone)));
    let result = |judged: &Judged| Value::Object(object(judged, &SAID_ONCE, zone));
    let results = history.results.iter().map(result);
    let rows = history.events.iter().map(|event| (event, zone));
    Report::list("history", COLUMNS, rows, now, zone)
        .under(heading)
        .totals(vec![
            ("student", (&student.code).into()),
            ("name", (&student.name).into()),
            ("date", history.date.into()),
            ("periods", Value::List(results.collect())),
        ])
        .or_empty(match history.pruned {
            true => "Recognitions of that day were pruned; what they came to stays.",
            false => "Nothing was seen or decided on that day.",
        })
}

/// `Block 1  ✓ present  08:19–09:25  0.93 gate-1  4 sightings`
fn result_line(Judged { occurrence, coverage, entry }: &Judged, zone: Zone) -> Vec<Words> {
    let mut words = vec![Words::from(format!("{}  ", occurrence.period)), status(entry)];
    if let Some(seen) = &entry.record.seen {
        let hours = hours(seen.first, seen.last, zone);
        let best = format!("{} {}", two_decimals(seen.best_score), seen.best_camera);
        let sightings = counted(seen.sightings, "sighting");
        words.push(format!("  {hours}  best {best}  {sightings}").into());
    }
    if entry.judgement.status == Status::Unknown {
        let places = blind::places(coverage.failures_for(entry.group.as_deref()), zone);
        words.push(Words::new(format!("  {places}"), Tone::Warn));
    }
    words
}
