//! The presets of `attend map`.

use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows, Value};

/// A preset in the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed {
    /// The word on the command line.
    pub name: &'static str,
    /// Whether `--camera` must name the camera.
    pub needs_camera: bool,
    /// The source, in words.
    pub source: &'static str,
}

struct Presets;

impl Rows for Presets {
    type Row<'a> = Listed;
}

static COLUMNS: &[Column<Presets>] = &[
    Column::text("preset", "PRESET", |listed| listed.name.into()),
    Column::text("camera", "CAMERA", |listed| {
        Value::from(if listed.needs_camera { "--camera" } else { "in its messages" })
    }),
    Column::long("source", "SOURCE", |listed| listed.source.into()),
];

pub(crate) fn presets(all: impl IntoIterator<Item = Listed>, now: Instant) -> Report {
    Report::list("presets", COLUMNS, all, now, Zone::UTC)
}
