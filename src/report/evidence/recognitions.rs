//! Recognitions as rows: `export recognitions`, and the recent ones of the panel.

use std::ops::RangeInclusive;

use crate::domain::evidence::recognition::ReportedRecognition;
use crate::domain::time::Instant;
use crate::report::{Column, Rows, Value};

/// Recognitions, each with its effect.
pub struct Recognitions;

impl Rows for Recognitions {
    type Row<'a> = ReportedRecognition<'a>;
}

/// A row for every recognition.
pub static COLUMNS: &[Column<Recognitions>] = &[
    Column::data("ts", |told| told.ts.into()),
    Column::data("student", |told| told.code.into()),
    Column::data("name", |told| told.name.into()),
    Column::data("camera", |told| told.camera.into()),
    Column::data("score", |told| told.score.into()),
    Column::data("accepted", |told| told.verdict.accepted.into()),
    Column::data("period", |told| told.period.into()),
    Column::data("improved_best", |told| told.verdict.updated_best.into()),
    Column::data("crop", |told| told.crop.into()),
];

/// Facts about the whole: the stretch of time.
pub fn totals(window: &RangeInclusive<Instant>) -> Vec<(&'static str, Value)> {
    vec![("from", (*window.start()).into()), ("to", (*window.end()).into())]
}
