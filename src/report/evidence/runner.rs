//! Runners with their state, and their keys.

use crate::domain::evidence::camera::Vitals;
use crate::domain::evidence::key::{Issued, KeyState, Scope};
use crate::domain::evidence::runner::{Runner, RunnerState};
use crate::domain::time::{Instant, Span, Zone};
use crate::report::text::{about, local};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// The look of a state: a symbol beside its colour.
pub(crate) fn state(state: RunnerState) -> Words {
    match state {
        RunnerState::Online => Words::new("● online", Tone::Good),
        RunnerState::Stale => Words::new("▲ stale", Tone::Warn),
        RunnerState::Offline => Words::new("✗ offline", Tone::Bad),
        RunnerState::Silent => Words::new("· silent", Tone::Faint),
        RunnerState::Resting => Words::new("· resting", Tone::Faint),
        RunnerState::Retired => Words::new("· retired", Tone::Faint),
    }
}

struct Runners;

impl Rows for Runners {
    type Row<'a> = Live<'a>;
}

/// A runner with the number of its recent recognitions, now.
struct Live<'a> {
    runner: &'a Runner,
    events: u32,
    now: Instant,
    zone: Zone,
}

impl<'a> Live<'a> {
    fn vitals(&self) -> Option<&'a Vitals> {
        self.runner.heartbeat.as_ref().map(|(_, vitals)| vitals)
    }
}

static RUNNERS: &[Column<Runners>] = &[
    Column::text("camera", "CAMERA", |live| (&live.runner.camera.name).into()),
    Column::text("state", "STATE", |live| {
        let words = state(live.runner.state(live.now));
        Value::from(live.runner.state(live.now).word()).shown(words.text, words.tone)
    }),
    Column::text("last_heartbeat", "LAST HEARD", |live| {
        let heard = live.runner.heartbeat.as_ref().map(|(ts, _)| {
            let ago = about(live.now - *ts);
            let time = local(*ts, live.zone, "%H:%M:%S");
            Value::from(*ts).shown(format!("{time}, {ago} ago"), Tone::Plain)
        });
        heard.into()
    }),
    Column::number("events", "EVENTS", |live| live.events.into()),
    Column::number("processed_fps", "FPS", |live| tenths(live.vitals().and_then(|v| v.processed_fps))),
    Column::number("target_fps", "TARGET", |live| tenths(live.vitals().and_then(|v| v.target_fps))),
    Column::number("detected", "DETECTED", |live| live.vitals().and_then(|v| v.detected).into()),
    Column::number("matched", "MATCHED", |live| live.vitals().and_then(|v| v.matched).into()),
    Column::number("latency_ms", "MS", |live| tenths(live.vitals().and_then(|v| v.latency_ms))),
    Column::data("snapshot_every", |live| live.vitals().map(|v| v.snapshot_every.whole_seconds()).into()),
    Column::data("pid", |live| live.vitals().and_then(|v| v.pid).into()),
    Column::long("last_error", "LAST ERROR", |live| {
        let error = live.vitals().map(|vitals| &vitals.last_error).filter(|error| !error.is_empty());
        error.map(|error| Value::from(error).shown(error, Tone::Bad)).into()
    }),
];

fn tenths(number: Option<f64>) -> Value {
    number.map(|number| Value::from(number).shown(format!("{number:.1}"), Tone::Plain)).into()
}

/// Runners with the number of their recognitions within `window`.
pub(crate) fn runners<'a>(
    rows: impl Iterator<Item = (&'a Runner, u32)>,
    window: Span,
    now: Instant,
    zone: Zone,
) -> Report {
    Report::list(
        "runners",
        RUNNERS,
        rows.map(|(runner, events)| Live { runner, events, now, zone }),
        now,
        zone,
    )
    .totals(vec![("window_seconds", window.whole_seconds().into())])
    .or_empty("No camera has sent anything yet.")
    .bounded()
}

struct Keys;

impl Rows for Keys {
    type Row<'a> = (&'a Issued, Instant, Zone);
}

static KEYS: &[Column<Keys>] = &[
    Column::text("runner", "RUNNER", |(key, ..)| (&key.runner).into()),
    Column::text("id", "KEY", |(key, ..)| (&key.id).into()),
    Column::text("state", "STATE", |(key, now, _)| {
        let state = key.state(*now);
        let tone = match state {
            KeyState::Active => Tone::Good,
            KeyState::Replaced => Tone::Warn,
            KeyState::Expired | KeyState::Revoked => Tone::Faint,
        };
        Value::from(state.word()).shown(state.word(), tone)
    }),
    Column::text("created_at", "MADE", |(key, _, zone)| day(Some(key.created_at), *zone)),
    Column::text("created_by", "BY", |(key, ..)| (&key.created_by).into()),
    Column::text("first_used_at", "FIRST USED", |(key, _, zone)| day(key.first_used_at, *zone)),
    Column::text("last_used_at", "LAST USED", |(key, _, zone)| day(key.last_used_at, *zone)),
    Column::text("ends_at", "ENDS", |(key, _, zone)| day(key.revoked_at.or(key.ends_at()), *zone)),
    Column::text("cameras", "MAY SEND", |(key, ..)| cameras(&key.scope)),
    Column::data("jobs", |(key, ..)| key.scope.includes_jobs().into()),
];

/// The cameras a key may send for. In data it is null if the key may send for all.
fn cameras(scope: &Scope) -> Value {
    match scope {
        Scope::Everything => Value::Null.shown("everything", Tone::Plain),
        Scope::Cameras { names, jobs } => {
            let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let jobs = if *jobs { " and jobs" } else { "" };
            Value::from(&names).shown(format!("{names}{jobs}"), Tone::Plain)
        }
    }
}

fn day(at: Option<Instant>, zone: Zone) -> Value {
    at.map(|at| Value::at(at, zone, "%-d %b %Y %H:%M")).into()
}

/// Keys without their secrets.
pub(crate) fn keys(keys: &[Issued], now: Instant, zone: Zone) -> Report {
    Report::list("keys", KEYS, keys.iter().map(|key| (key, now, zone)), now, zone)
        .or_empty("No keys: anybody who can run attend here may send lines.")
}
