//! The history of one student on one date.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::evidence::recognition::{Recognition, Verdict};
use crate::domain::register::history::{Event, History, What};
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::register::review::ReviewDecision;
use crate::domain::register::status::{Judged, Status};
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;
use crate::report::register::mark::span;
use crate::report::register::records::{object, status};
use crate::report::text::{counted, day, hours, local, two_decimals};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Events;

impl Rows for Events {
    type Row<'a> = Row<'a>;
}

/// An event of a date.
struct Row<'a> {
    event: &'a Event,
    date: NaiveDate,
    zone: Zone,
}

static COLUMNS: &[Column<Events>] = &[
    Column::text("at", "TIME", |Row { event, date, zone }| {
        // A decision may be made on another day than that of its sighting.
        let same = local_date(event.at, *zone) == *date;
        Value::at(event.at, *zone, if same { "%H:%M:%S" } else { "%-d %b %H:%M" })
    }),
    Column::text("event", "WHAT", |Row { event, .. }| match event.what {
        What::Seen(..) | What::SetAside(_) => "seen".into(),
        What::Reviewed(..) => "reviewed".into(),
        What::Marked(_) => "marked".into(),
        What::Excused(ref excuse) => excuse.kind.word().into(),
        What::TakenBack(_) => "taken back".into(),
    }),
    Column::text("period", "PERIOD", |Row { event, .. }| event.period.as_ref().into()),
    Column::text("camera", "CAMERA", |Row { event, .. }| match &event.what {
        What::Reviewed(_, camera) => camera.into(),
        _ => seen(event).map(|seen| &seen.camera.name).into(),
    }),
    Column::number("score", "SCORE", |Row { event, .. }| seen(event).map(|seen| seen.score).into()),
    Column::text("effect", "EFFECT", |Row { event, zone, .. }| {
        let (effect, tone): (Cow<str>, _) = match &event.what {
            What::Seen(_, verdict) => {
                let (effect, tone) = effect(*verdict, event.period.is_some());
                (effect.into(), tone)
            }
            What::SetAside(_) => ("set aside".into(), Tone::Faint),
            What::Reviewed(decision, _) => (reviewed(decision, *zone).into(), Tone::Strong),
            What::Marked(mark) => (decision(mark), Tone::Strong),
            What::Excused(excuse) | What::TakenBack(excuse) => {
                (span(excuse.stretch, *zone).into(), Tone::Strong)
            }
        };
        Value::from(&*effect).shown(&*effect, tone)
    }),
    Column::text("by", "BY", |Row { event, .. }| person(event).into()),
    Column::long("reason", "REASON", |Row { event, .. }| match &event.what {
        What::Seen(..) | What::SetAside(_) => Value::Null,
        What::Reviewed(decision, _) => decision.reason.as_ref().into(),
        What::Marked(mark) => mark.reason.as_ref().into(),
        What::Excused(excuse) | What::TakenBack(excuse) => excuse.reason.as_ref().into(),
    }),
    Column::data("crop", |Row { event, .. }| seen(event).and_then(|seen| seen.crop.as_ref()).into()),
];

fn seen(event: &Event) -> Option<&Recognition> {
    match &event.what {
        What::Seen(recognition, _) | What::SetAside(recognition) => Some(recognition),
        What::Reviewed(..) | What::Marked(_) | What::Excused(_) | What::TakenBack(_) => None,
    }
}

/// The author of a decision.
fn person(event: &Event) -> Option<&String> {
    match &event.what {
        What::Seen(..) | What::SetAside(_) => None,
        What::Reviewed(decision, _) => Some(&decision.by),
        What::Marked(mark) => Some(&mark.by),
        What::Excused(excuse) => Some(&excuse.by),
        What::TakenBack(excuse) => excuse.taken_back.as_ref().map(|(by, _)| by),
    }
}

/// `reject 09:36:00`: a decision about a sighting in words.
fn reviewed(decision: &ReviewDecision, zone: Zone) -> String {
    format!("{} {}", decision.verdict.word(), local(decision.sighting.ts, zone, "%H:%M:%S"))
}

/// `late 12 min`: a mark in words.
fn decision(mark: &Mark) -> Cow<'static, str> {
    match mark.decision {
        None => "taken back".into(),
        Some(MarkDecision::Late(Some(minutes))) => format!("late {minutes} min").into(),
        Some(decision) => decision.word().into(),
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

/// The words of the column `effect`.
const LEGEND: &str = "Effect: first: present from this sighting on · counted: seen again · improved: seen more clearly \
    than before · held: clearer, but too soon after the last sighting to replace it · low score: not sure enough to count · \
    no active period: at a time without a lesson · set aside: a person decided that it does not count.";

/// Columns shown above the periods, not repeated in each.
const SAID_ONCE: [&str; 4] = ["date", "student", "name", "group"];

/// Sightings and decisions in time order, below the totals.
pub(crate) fn report(history: &History, now: Instant, zone: Zone) -> Report {
    let student = &history.student;
    let group = student.group.as_ref().map(|group| format!(" · {group}")).unwrap_or_default();
    let title = format!(" · {}{group} · {}", student.name, day(history.date));
    let mut heading = vec![vec![Words::new(&student.code, Tone::Strong), title.into()]];
    heading.extend(history.results.iter().map(|judged| result_line(judged, zone)));
    let result = |judged: &Judged| Value::Object(object(judged, &SAID_ONCE, zone));
    let results = history.results.iter().map(result);
    let rows = history.events.iter().map(|event| Row { event, date: history.date, zone });
    Report::list("history", COLUMNS, rows, now, zone)
        .under(heading)
        .explained(LEGEND)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effect_of_a_sighting_is_explained_on_the_page() {
        let seen = |created, updated_best, held_by_window, accepted| Verdict {
            created,
            updated_best,
            held_by_window,
            accepted,
            ..Verdict::default()
        };
        let verdicts = [
            seen(true, true, false, true),
            seen(false, true, false, true),
            seen(false, false, true, true),
            seen(false, false, false, true),
            Verdict::default(),
        ];
        for (verdict, in_period) in
            verdicts.into_iter().flat_map(|verdict| [(verdict, true), (verdict, false)])
        {
            let (word, _) = effect(verdict, in_period);
            assert!(LEGEND.contains(&format!(" {word}:")), "{word}");
        }
        assert!(LEGEND.contains(" set aside:"));
    }
}
