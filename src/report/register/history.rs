//! The history of one student on one date.

use chrono_tz::Tz;

use crate::domain::evidence::recognition::Recognition;
use crate::domain::evidence::record::Verdict;
use crate::domain::register::history::{Event, History, What};
use crate::domain::register::mark::{Decision, Mark};
use crate::domain::register::status::Entry;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::register::records::{object, shown};
use crate::report::text::{counted, day, hours, two_decimals};
use crate::report::{Column, Report, Section, Tone, Value, Words};

static COLUMNS: [Column; 9] = [
    Column::text("at", "TIME"),
    Column::text("event", "WHAT"),
    Column::text("period", "PERIOD"),
    Column::text("camera", "CAMERA"),
    Column::number("score", "SCORE"),
    Column::text("effect", "EFFECT"),
    Column::text("by", "BY"),
    Column::long("reason", "REASON"),
    Column::data("crop"),
];

/// What stands above the periods, and not in each of them.
const SAID_ONCE: [&str; 4] = ["date", "student", "name", "group"];

/// What was seen and decided in time order, under what it adds up to.
pub fn report(history: &History, now: Instant, zone: Tz) -> Report {
    let student = &history.student;
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let title = format!(" · {}{group} · {}", student.name, day(history.date));
    let mut heading = vec![vec![Words::new(&student.code, Tone::Strong), title.into()]];
    heading.extend(history.results.iter().map(|(occurrence, entry)| result_line(occurrence, entry, zone)));
    let result =
        |(occurrence, entry): &(Occurrence, Entry)| Value::Object(object(occurrence, entry, &SAID_ONCE));
    let results = history.results.iter().map(result);
    let rows = history.events.iter().map(|event| row(event, zone)).collect();
    Report {
        name: "history",
        as_of: now,
        zone,
        columns: (&COLUMNS).into(),
        totals: vec![
            ("student", (&student.code).into()),
            ("name", (&student.name).into()),
            ("date", history.date.into()),
            ("periods", Value::List(results.collect())),
        ],
        sections: vec![Section { heading, rows }],
        empty: match history.pruned {
            true => "Recognitions of that day were pruned; what they came to stays.".into(),
            false => "Nothing was seen or decided on that day.".into(),
        },
    }
}

/// `Block 1  ✓ present  08:19–09:25  0.93 gate-1  4 sightings`
fn result_line(occurrence: &Occurrence, entry: &Entry, zone: Tz) -> Vec<Words> {
    let row = shown(occurrence, entry, zone);
    let status = crate::report::register::records::COLUMNS.iter().position(|column| column.key == "status");
    let mut words = vec![Words::from(format!("{}  ", occurrence.period))];
    if let Some(Value::Shown(_, status)) = status.map(|index| &row[index]) {
        words.push(Words::new(status.text.trim_end(), status.tone));
    }
    if let Some(seen) = &entry.record.seen {
        let hours = hours(seen.first, seen.last, zone);
        let best = format!("{} {}", two_decimals(seen.best_score), seen.best_camera);
        let sightings = counted(seen.sightings, "sighting");
        words.push(format!("  {hours}  best {best}  {sightings}").into());
    }
    words
}

fn row(event: &Event, zone: Tz) -> Vec<Value> {
    let at = Value::at(event.at, zone, "%H:%M:%S");
    let period = Value::from(event.period.as_ref());
    match &event.what {
        What::Seen(recognition, verdict) => seen(at, period, recognition, *verdict),
        What::Marked(mark) => marked(at, period, mark),
    }
}

fn seen(at: Value, period: Value, recognition: &Recognition, verdict: Verdict) -> Vec<Value> {
    let (effect, tone) = match (verdict, &period) {
        (Verdict { created: true, .. }, _) => ("first", Tone::Good),
        (Verdict { updated_best: true, .. }, _) => ("improved", Tone::Good),
        (Verdict { held_by_window: true, .. }, _) => ("held", Tone::Plain),
        (Verdict { accepted: true, .. }, _) => ("counted", Tone::Plain),
        (_, Value::Null) => ("no active period", Tone::Faint),
        _ => ("low score", Tone::Warn),
    };
    vec![
        at,
        "seen".into(),
        period,
        (&recognition.camera).into(),
        recognition.score.into(),
        Value::from(effect).shown(effect, tone),
        Value::Null,
        Value::Null,
        recognition.crop.as_ref().into(),
    ]
}

fn marked(at: Value, period: Value, mark: &Mark) -> Vec<Value> {
    let decision = mark.decision.map_or("taken back", Decision::word);
    vec![
        at,
        "marked".into(),
        period,
        Value::Null,
        Value::Null,
        Value::from(decision).shown(decision, Tone::Strong),
        (&mark.by).into(),
        mark.reason.as_ref().into(),
        Value::Null,
    ]
}
