//! The register as rows: `export records`, and the columns it shares with the roster.

use chrono_tz::Tz;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::status::{Entry, Status};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::text::{fit, local, two_decimals};
use crate::report::{Column, Tone, Value, Words};

/// Columns of the longest status, so that a watched roster does not jump when one turns up.
const STATUS: usize = 16;

/// A row for every expected student of an occurrence.
pub static COLUMNS: [Column; 16] = [
    Column::data("date"),
    Column::data("period"),
    Column::text("student", "CODE"),
    Column::long("name", "NAME"),
    Column::text("group", "GROUP"),
    Column::text("status", "STATUS"),
    Column::text("first_seen", "FIRST"),
    Column::text("last_seen", "LAST"),
    Column::data("best_seen"),
    Column::number("best_score", "SCORE"),
    Column::text("best_camera", "CAMERA"),
    Column::data("sightings"),
    Column::data("minutes_late"),
    Column::data("low_score_sightings"),
    Column::data("marked_by"),
    Column::long("reason", ""),
];

/// Facts about the whole: every occurrence with how much of it was seen.
pub fn totals(occurrences: &[(Occurrence, Coverage)]) -> Vec<(&'static str, Value)> {
    let periods = occurrences.iter().map(|(occurrence, coverage)| {
        let mut members = times(occurrence);
        members.push(("coverage_percent", coverage.percent().into()));
        Value::Object(members)
    });
    vec![("periods", Value::List(periods.collect()))]
}

/// When an occurrence is, as members of JSON.
pub fn times(o: &Occurrence) -> Vec<(&'static str, Value)> {
    vec![
        ("period", (&o.period).into()),
        ("date", o.date.into()),
        ("starts_at", o.starts_at.into()),
        ("ends_at", o.ends_at.into()),
    ]
}

/// The row of one student as data. Times, score and camera are those of accepted recognitions.
pub fn row(occurrence: &Occurrence, entry: &Entry) -> Vec<Value> {
    let (seen, low) = (entry.record.seen.as_ref(), entry.record.low.as_ref());
    let mark = entry.mark.as_ref().filter(|mark| mark.decision.is_some());
    vec![
        occurrence.date.into(),
        (&occurrence.period).into(),
        (&entry.code).into(),
        (&entry.name).into(),
        entry.group.as_ref().into(),
        entry.judgement.status.word().into(),
        seen.map(|s| s.first).into(),
        seen.map(|s| s.last).into(),
        seen.map(|s| s.best_seen).into(),
        seen.map(|s| s.best_score).into(),
        seen.map(|s| &s.best_camera).into(),
        seen.map_or(0, |s| s.sightings).into(),
        entry.judgement.minutes_late.into(),
        low.map_or(0, |l| l.sightings).into(),
        mark.map(|mark| &mark.by).into(),
        mark.and_then(|mark| mark.reason.as_ref()).into(),
    ]
}

/// The same row as members of JSON, without those that are said elsewhere.
pub fn object(occurrence: &Occurrence, entry: &Entry, without: &[&str]) -> Vec<(&'static str, Value)> {
    let columns = COLUMNS.iter().map(|column| &*column.key);
    columns.zip(row(occurrence, entry)).filter(|(key, _)| !without.contains(key)).collect()
}

/// The same row as people see it in a table: the status with a symbol, the author of a mark, and for
/// low-score sightings when and where they were.
pub fn shown(occurrence: &Occurrence, entry: &Entry, zone: Tz) -> Vec<Value> {
    let mut row = row(occurrence, entry);
    let mut show = |key: &str, words: Words| {
        if let Some(cell) = COLUMNS.iter().position(|column| column.key == key).map(|index| &mut row[index]) {
            let value = std::mem::replace(cell, Value::Null);
            *cell = value.shown(words.text, words.tone);
        }
    };
    let status = status(entry);
    show("status", Words::new(fit(&status.text, STATUS), status.tone));
    if let (None, Some(low)) = (&entry.record.seen, &entry.record.low) {
        let time = |at| Words::from(local(at, zone, "%H:%M"));
        show("first_seen", time(low.first));
        show("last_seen", time(low.last));
        show("best_score", two_decimals(low.best_score).into());
        show("best_camera", low.best_camera.to_string().into());
    }
    if let Some(mark) = entry.mark.as_ref().filter(|mark| mark.decision.is_some()) {
        let why = mark.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        show("reason", Words::new(format!("{}{why}", mark.by), Tone::Faint));
    }
    row
}

/// The status with a symbol beside its colour.
fn status(entry: &Entry) -> Words {
    let marked = entry.mark.as_ref().is_some_and(|mark| mark.decision.is_some());
    match (entry.judgement.status, entry.judgement.minutes_late) {
        (Status::Present, _) if marked => Words::new("✓ marked present", Tone::Good),
        (Status::Absent, _) if marked => Words::new("✗ marked absent", Tone::Bad),
        (Status::Present, Some(minutes)) => Words::new(format!("✓ late {minutes} min"), Tone::Good),
        (Status::Present, None) => Words::new("✓ present", Tone::Good),
        (Status::Absent, _) => Words::new("✗ absent", Tone::Bad),
        (Status::LowScore, _) => Words::new("? low score", Tone::Warn),
        (Status::Excused, _) => Words::new("– excused", Tone::Plain),
        (Status::Unknown, _) => Words::new("◌ unknown", Tone::Warn),
        (Status::Expected, _) => Words::new("· expected", Tone::Faint),
    }
}
