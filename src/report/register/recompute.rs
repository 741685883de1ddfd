//! What a recompute changes, record by record: old → new, and why.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::domain::evidence::record::{Record, Seen};
use crate::domain::register::recompute::Shown;
use crate::domain::register::status::Judgement;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::text::{day, local, two_decimals};
use crate::report::{Column, Report, Section, Tone, Value, Words};

/// Name of the report.
pub const NAME: &str = "recompute";

/// A row for every record that changes.
pub static COLUMNS: [Column; 14] = [
    Column::data("date"),
    Column::data("period"),
    Column::text("student", "CODE"),
    Column::long("name", "NAME"),
    Column::text("change", "CHANGE"),
    Column::text("reason", "REASON"),
    Column::data("status_before"),
    Column::data("status_after"),
    Column::data("first_seen_before"),
    Column::data("first_seen_after"),
    Column::data("best_score_before"),
    Column::data("best_score_after"),
    Column::data("sightings_before"),
    Column::data("sightings_after"),
];

/// Facts about the whole.
pub fn totals(dates: &RangeInclusive<NaiveDate>, dry_run: bool) -> Vec<(&'static str, Value)> {
    vec![("from", (*dates.start()).into()), ("to", (*dates.end()).into()), ("dry_run", dry_run.into())]
}

/// One occurrence as people see it.
pub fn section(occurrence: &Occurrence, shown: &[Shown], now: Instant, zone: Tz) -> Report {
    let heading = vec![vec![
        Words::new(&*occurrence.period, Tone::Strong),
        format!(" · {}", day(occurrence.date)).into(),
    ]];
    let rows = shown.iter().map(|shown| row(occurrence, shown, zone)).collect();
    Report {
        name: NAME,
        as_of: now,
        zone,
        columns: (&COLUMNS).into(),
        totals: vec![],
        sections: vec![Section { heading, rows }],
        empty: String::new(),
    }
}

/// The row of one record.
pub fn row(occurrence: &Occurrence, shown: &Shown, zone: Tz) -> Vec<Value> {
    let before = shown.change.before.as_ref().map(|before| &before.record);
    let after = shown.change.after.as_ref();
    let status = |judgement: Option<Judgement>| Value::from(judgement.map(|j| j.status.word()));
    let seen = |record: Option<&Record>| record.and_then(|record| record.seen.clone());
    let (old, new) = (seen(before), seen(after));
    vec![
        occurrence.date.into(),
        (&occurrence.period).into(),
        (&shown.code).into(),
        (&shown.name).into(),
        change(shown, zone).into(),
        shown.change.reason.words().into(),
        status(shown.status_before),
        status(shown.status_after),
        old.as_ref().map(|s| s.first).into(),
        new.as_ref().map(|s| s.first).into(),
        old.as_ref().map(|s| s.best_score).into(),
        new.as_ref().map(|s| s.best_score).into(),
        old.map_or(0, |s| s.sightings).into(),
        new.map_or(0, |s| s.sightings).into(),
    ]
}

/// `low_score → present, best 0.71 → 0.83`: the status first, then what else differs. What is there only
/// before or only afterwards goes without saying, unless nothing else is to be said.
fn change(shown: &Shown, zone: Tz) -> String {
    let (before, after) = (shown.change.before.as_ref().map(|before| &before.record), &shown.change.after);
    let old = told(before, shown.status_before, zone);
    let new = told(after.as_ref(), shown.status_after, zone);
    let different: Vec<_> = old.iter().zip(&new).filter(|((_, old), (_, new))| old != new).collect();
    let said = |all: bool| -> Vec<String> {
        let telling = different.iter().filter(|((what, old), (_, new))| {
            all || ["", "best"].contains(what) || old.is_some() && new.is_some()
        });
        let words = telling.map(|((what, old), (_, new))| {
            let (old, new) = (old.as_deref().unwrap_or("–"), new.as_deref().unwrap_or("–"));
            format!("{what} {old} → {new}").trim_start().to_owned()
        });
        words.collect()
    };
    Some(said(false)).filter(|said| !said.is_empty()).unwrap_or_else(|| said(true)).join(", ")
}

/// Everything a record says, field by field, in words; `None`: nothing.
fn told(
    record: Option<&Record>,
    judgement: Option<Judgement>,
    zone: Tz,
) -> [(&'static str, Option<String>); 14] {
    let seen = record.and_then(|record| record.seen.as_ref());
    let low = record.and_then(|record| record.low.as_ref());
    let time = |at| local(at, zone, "%H:%M:%S%.f");
    let of_seen = |word: fn(&Seen) -> String| seen.map(word);
    [
        ("", judgement.map(|judgement| judgement.status.word().to_owned())),
        ("best", of_seen(|s| exact(s.best_score))),
        ("first", seen.map(|s| time(s.first))),
        ("last", seen.map(|s| time(s.last))),
        ("sightings", of_seen(|s| s.sightings.to_string())),
        ("minutes late", judgement.and_then(|j| j.minutes_late).map(|minutes| minutes.to_string())),
        ("best at", seen.map(|s| time(s.best_seen))),
        ("camera", of_seen(|s| s.best_camera.to_string())),
        ("crop", seen.and_then(|s| s.best_crop.as_deref()).map(str::to_owned)),
        ("low sightings", low.map(|l| l.sightings.to_string())),
        ("low best", low.map(|l| exact(l.best_score))),
        ("low first", low.map(|l| time(l.first))),
        ("low last", low.map(|l| time(l.last))),
        ("low best at", low.map(|l| format!("{} {}", time(l.best_seen), l.best_camera))),
    ]
}

/// Two decimals where they say it all, else every digit: scores that differ must not look alike.
fn exact(score: f64) -> String {
    let short = two_decimals(score);
    if short.parse() == Ok(score) { short } else { score.to_string() }
}
