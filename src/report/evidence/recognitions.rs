//! Recognitions as rows: `export recognitions`, and the recent ones of the panel.

use std::ops::RangeInclusive;

use crate::domain::evidence::recognition::Told;
use crate::domain::time::Instant;
use crate::report::{Column, Value};

/// A row for every recognition.
pub static COLUMNS: [Column; 9] = [
    Column::data("ts"),
    Column::data("student"),
    Column::data("name"),
    Column::data("camera"),
    Column::data("score"),
    Column::data("accepted"),
    Column::data("period"),
    Column::data("improved_best"),
    Column::data("crop"),
];

/// Facts about the whole: the stretch of time.
pub fn totals(window: &RangeInclusive<Instant>) -> Vec<(&'static str, Value)> {
    vec![("from", (*window.start()).into()), ("to", (*window.end()).into())]
}

/// The row of one recognition.
pub fn row(told: &Told) -> Vec<Value> {
    vec![
        told.ts.into(),
        told.code.into(),
        told.name.into(),
        told.camera.into(),
        told.score.into(),
        told.verdict.accepted.into(),
        told.period.into(),
        told.verdict.updated_best.into(),
        told.crop.into(),
    ]
}
