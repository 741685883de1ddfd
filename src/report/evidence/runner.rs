//! Runners with their state, and their keys.

use chrono_tz::Tz;

use crate::domain::evidence::key::{Issued, State as KeyState};
use crate::domain::evidence::runner::{Runner, State};
use crate::domain::time::{Instant, Span};
use crate::report::text::{about, local};
use crate::report::{Column, Report, Section, Tone, Value, Words};

static RUNNERS: [Column; 12] = [
    Column::text("camera", "CAMERA"),
    Column::text("state", "STATE"),
    Column::text("last_heartbeat", "LAST HEARD"),
    Column::number("events", "EVENTS"),
    Column::number("processed_fps", "FPS"),
    Column::number("target_fps", "TARGET"),
    Column::number("detected", "DETECTED"),
    Column::number("matched", "MATCHED"),
    Column::number("latency_ms", "MS"),
    Column::data("snapshot_every"),
    Column::data("pid"),
    Column::long("last_error", "LAST ERROR"),
];

/// The look of a state: a symbol beside its colour.
pub fn state(state: State) -> Words {
    match state {
        State::Online => Words::new("● online", Tone::Good),
        State::Stale => Words::new("▲ stale", Tone::Warn),
        State::Offline => Words::new("✗ offline", Tone::Bad),
        State::Silent => Words::new("· silent", Tone::Faint),
    }
}

/// Runners with the number of their recognitions within `window`.
pub fn runners<'a>(
    rows: impl Iterator<Item = (&'a Runner, u32)>,
    window: Span,
    now: Instant,
    zone: Tz,
) -> Report {
    let rows: Vec<Vec<Value>> = rows.map(|(runner, events)| row(runner, events, now, zone)).collect();
    Report {
        name: "runners",
        as_of: now,
        zone,
        columns: (&RUNNERS).into(),
        totals: vec![("window_seconds", window.whole_seconds().into())],
        sections: vec![Section { heading: vec![], rows }],
        empty: "No camera has sent anything yet.".into(),
    }
}

fn row(runner: &Runner, events: u32, now: Instant, zone: Tz) -> Vec<Value> {
    let words = state(runner.state(now));
    let vitals = runner.heartbeat.as_ref().map(|(_, vitals)| vitals);
    let heard = runner.heartbeat.as_ref().map(|(ts, _)| {
        let ago = about(now - *ts);
        Value::from(*ts).shown(format!("{}, {ago} ago", local(*ts, zone, "%H:%M:%S")), Tone::Plain)
    });
    let number = |value: Option<f64>| match value {
        Some(number) => Value::from(number).shown(format!("{number:.1}"), Tone::Plain),
        None => Value::Null,
    };
    let error = vitals.map(|vitals| vitals.last_error.clone()).filter(|error| !error.is_empty());
    vec![
        (&runner.camera.name).into(),
        Value::from(runner.state(now).word()).shown(words.text, words.tone),
        heard.into(),
        events.into(),
        number(vitals.and_then(|vitals| vitals.processed_fps)),
        number(vitals.and_then(|vitals| vitals.target_fps)),
        vitals.and_then(|vitals| vitals.detected).into(),
        vitals.and_then(|vitals| vitals.matched).into(),
        number(vitals.and_then(|vitals| vitals.latency_ms)),
        vitals.map(|vitals| vitals.snapshot_every.whole_seconds()).into(),
        vitals.and_then(|vitals| vitals.pid).into(),
        error.map_or(Value::Null, |error| Value::from(&error).shown(error, Tone::Bad)),
    ]
}

static KEYS: [Column; 8] = [
    Column::text("runner", "RUNNER"),
    Column::text("id", "KEY"),
    Column::text("state", "STATE"),
    Column::text("created_at", "MADE"),
    Column::text("created_by", "BY"),
    Column::text("first_used_at", "FIRST USED"),
    Column::text("last_used_at", "LAST USED"),
    Column::text("ends_at", "ENDS"),
];

/// Keys without their secrets.
pub fn keys(keys: &[Issued], now: Instant, zone: Tz) -> Report {
    let rows = keys.iter().map(|key| {
        let state = key.state(now);
        let tone = match state {
            KeyState::Active => Tone::Good,
            KeyState::Replaced => Tone::Warn,
            KeyState::Expired | KeyState::Revoked => Tone::Faint,
        };
        let day = |at: Option<Instant>| Value::from(at.map(|at| Value::at(at, zone, "%-d %b %Y %H:%M")));
        vec![
            (&key.runner).into(),
            (&key.id).into(),
            Value::from(state.word()).shown(state.word(), tone),
            day(Some(key.created_at)),
            (&key.created_by).into(),
            day(key.first_used_at),
            day(key.last_used_at),
            day(key.revoked_at.or(key.ends_at())),
        ]
    });
    Report::list(
        "keys",
        &KEYS,
        rows.collect(),
        now,
        zone,
        "No keys: anybody who can run attend here may send lines.",
    )
}
