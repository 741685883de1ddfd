//! Sightings that need a person.

use crate::domain::register::review::{Case, Doubt};
use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows, Tone, Value};

struct Cases;

impl Rows for Cases {
    type Row<'a> = (&'a Case, Instant, Zone);
}

static COLUMNS: &[Column<Cases>] = &[
    Column::text("id", "ID", |(case, ..)| (&case.id).into()),
    Column::text("at", "WHEN", |(case, now, zone)| Value::moment(case.at, *now, *zone)),
    Column::text("student", "CODE", |(case, ..)| (&case.code).into()),
    Column::long("name", "NAME", |(case, ..)| case.name.as_ref().into()),
    Column::text("camera", "CAMERA", |(case, ..)| case.camera.as_ref().into()),
    Column::number("score", "SCORE", |(case, ..)| case.score.into()),
    Column::text("period", "PERIOD", |(case, ..)| case.period.as_ref().into()),
    Column::text("doubt", "WHY", |(case, ..)| {
        let tone = if case.doubt == Doubt::UnknownName { Tone::Plain } else { Tone::Warn };
        Value::from(case.doubt.word()).shown(case.doubt.words(), tone)
    }),
    Column::long("crop", "CROP", |(case, ..)| case.crop.as_ref().into()),
];

/// The list to be reviewed.
pub fn report(cases: &[Case], now: Instant, zone: Zone) -> Report {
    let rows = cases.iter().map(|case| (case, now, zone));
    Report::list("review", COLUMNS, rows, now, zone).or_empty("Nothing needs a look.")
}
