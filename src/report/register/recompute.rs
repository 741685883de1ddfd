//! The changes of a recompute, record by record: old → new, and why.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::evidence::record::{Accepted, Record};
use crate::domain::register::recompute::Shown;
use crate::domain::register::status::Judgement;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::text::{day, local, two_decimals};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// Name of the report.
pub(crate) const NAME: &str = "recompute";

/// Records that change.
pub(crate) struct Changes;

impl Rows for Changes {
    type Row<'a> = Row<'a>;
}

/// A record that changes.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub occurrence: &'a Occurrence,
    /// The coverage before and after.
    pub shown: &'a Shown,
    /// The zone of shown times.
    pub zone: Zone,
}

impl<'a> Row<'a> {
    fn before(&self) -> Option<&'a Accepted> {
        self.shown.change.before.as_ref().and_then(|before| before.record.seen.as_ref())
    }

    fn after(&self) -> Option<&'a Accepted> {
        self.shown.change.after.as_ref().and_then(|after| after.seen.as_ref())
    }
}

/// A row for every record that changes.
pub(crate) static COLUMNS: &[Column<Changes>] = &[
    Column::data("date", |row| row.occurrence.date.into()),
    Column::data("period", |row| (&row.occurrence.period).into()),
    Column::text("student", "CODE", |row| (&row.shown.code).into()),
    Column::long("name", "NAME", |row| (&row.shown.name).into()),
    Column::text("change", "CHANGE", |row| change(row.shown, row.zone).into()),
    Column::text("reason", "REASON", |row| row.shown.change.reason.words().into()),
    Column::data("status_before", |row| word(row.shown.status_before)),
    Column::data("status_after", |row| word(row.shown.status_after)),
    Column::data("first_seen_before", |row| row.before().map(|seen| seen.first).into()),
    Column::data("first_seen_after", |row| row.after().map(|seen| seen.first).into()),
    Column::data("best_score_before", |row| row.before().map(|seen| seen.best_score).into()),
    Column::data("best_score_after", |row| row.after().map(|seen| seen.best_score).into()),
    Column::data("sightings_before", |row| row.before().map_or(0, |seen| seen.sightings).into()),
    Column::data("sightings_after", |row| row.after().map_or(0, |seen| seen.sightings).into()),
];

fn word(judgement: Option<Judgement>) -> Value {
    judgement.map(|judgement| judgement.status.word()).into()
}

/// Facts about the whole.
pub(crate) fn totals(dates: &RangeInclusive<NaiveDate>, dry_run: bool) -> Vec<(&'static str, Value)> {
    vec![("from", (*dates.start()).into()), ("to", (*dates.end()).into()), ("dry_run", dry_run.into())]
}

/// One occurrence for people.
pub(crate) fn section(occurrence: &Occurrence, shown: &[Shown], now: Instant, zone: Zone) -> Report {
    let heading =
        vec![Words::new(&*occurrence.period, Tone::Strong), format!(" · {}", day(occurrence.date)).into()];
    let rows = shown.iter().map(|shown| Row { occurrence, shown, zone });
    Report::list(NAME, COLUMNS, rows, now, zone).under(vec![heading])
}

/// `low_score → present, best 0.71 → 0.83`: the status first, then the other differences. A value that
/// exists only before or only after is left out, unless it is the only difference.
fn change(shown: &Shown, zone: Zone) -> String {
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

/// Every field of a record in words. `None` if it is empty.
fn told(
    record: Option<&Record>,
    judgement: Option<Judgement>,
    zone: Zone,
) -> [(&'static str, Option<String>); 14] {
    let seen = record.and_then(|record| record.seen.as_ref());
    let low = record.and_then(|record| record.low.as_ref());
    let time = |at| local(at, zone, "%H:%M:%S%.f");
    let of_seen = |word: fn(&Accepted) -> String| seen.map(word);
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

/// Two decimals if they are exact, else every digit, so that different scores never look equal.
fn exact(score: f64) -> String {
    let short = two_decimals(score);
    if short.parse() == Ok(score) { short } else { score.to_string() }
}
