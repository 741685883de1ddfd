//! Recognitions as rows: `export recognitions`, and the recent ones of the panel.

use std::ops::RangeInclusive;

use crate::domain::evidence::recognition::ReportedRecognition;
use crate::domain::time::Instant;
use crate::report::{Column, Rows, Value};

/// Recognitions, each with its effect.
pub(crate) struct Recognitions;

impl Rows for Recognitions {
    type Row<'a> = ReportedRecognition<'a>;
}

/// A row for every recognition.
pub(crate) static COLUMNS: &[Column<Recognitions>] = &[
    Column::text("ts", "TIME", |told| told.ts.into()),
    Column::text("student", "CODE", |told| told.code.into()),
    Column::long("name", "NAME", |told| told.name.into()),
    Column::text("camera", "CAMERA", |told| told.camera.into()),
    Column::number("score", "SCORE", |told| told.score.into()),
    Column::text("accepted", "ACCEPTED", |told| told.verdict.accepted.into()),
    Column::text("period", "PERIOD", |told| told.period.into()),
    Column::data("improved_best", |told| told.verdict.updated_best.into()),
    Column::data("crop", |told| told.crop.into()),
];

/// Facts about the whole: the stretch of time.
pub(crate) fn totals(window: &RangeInclusive<Instant>) -> Vec<(&'static str, Value)> {
    vec![("from", (*window.start()).into()), ("to", (*window.end()).into())]
}
