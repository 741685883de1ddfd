//! Cameras as a list, and the places proposed for them.

use crate::domain::evidence::camera::Camera;
use crate::domain::evidence::suggest::Suggestion;
use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows, Tone, Value};

struct Cameras;

impl Rows for Cameras {
    type Row<'a> = (&'a Camera, Instant, Zone);
}

static CAMERAS: &[Column<Cameras>] = &[
    Column::text("camera", "CAMERA", |(camera, ..)| (&camera.name).into()),
    Column::long("place", "PLACE", |(camera, now, _)| camera.place(*now).map(|place| &place.name).into()),
    Column::text("kind", "KIND", |(camera, now, _)| camera.place(*now).map(|place| kind(place.door)).into()),
    Column::text("retired", "", |(camera, now, _)| {
        let retired = camera.is_retired(*now);
        Value::from(retired).shown(if retired { "retired" } else { "" }, Tone::Faint)
    }),
    Column::text("added_at", "ADDED", |(camera, _, zone)| Value::at(camera.added_at, *zone, "%a %-d %b %Y")),
];

fn kind(door: bool) -> &'static str {
    if door { "door" } else { "room" }
}

const NO_CAMERAS: &str = "No cameras yet: each adds itself with its first valid line.";

/// Cameras by name.
pub(crate) fn list(cameras: &[Camera], now: Instant, zone: Zone) -> Report {
    Report::list("cameras", CAMERAS, cameras.iter().map(|camera| (camera, now, zone)), now, zone)
        .or_empty(NO_CAMERAS)
        .bounded()
}

struct Suggestions;

impl Rows for Suggestions {
    type Row<'a> = &'a Suggestion;
}

static SUGGESTIONS: &[Column<Suggestions>] = &[
    Column::text("camera", "CAMERA", |suggestion| (&suggestion.camera).into()),
    Column::long("place", "PLACE", |suggestion| (&suggestion.place.name).into()),
    Column::text("kind", "KIND", |suggestion| kind(suggestion.place.door).into()),
    Column::number("students", "STUDENTS", |suggestion| (suggestion.students as i64).into()),
];

/// The places proposed for cameras without one.
pub(crate) fn plan(suggestions: &[Suggestion], has_cameras: bool, now: Instant, zone: Zone) -> Report {
    let empty = if has_cameras { "Every camera is at a place." } else { NO_CAMERAS };
    Report::list("suggestions", SUGGESTIONS, suggestions.iter(), now, zone).or_empty(empty).bounded()
}
