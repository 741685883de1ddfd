//! Sightings that need a person.

use crate::domain::register::effect::{Effect, RegisterRow};
use crate::domain::register::review::{Case, Doubt};
use crate::domain::time::{Instant, Zone};
use crate::report::text::{moment, two_decimals};
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

/// `two places at once: H000123 Ada Karim, 09:36, hall-1, score 0.80, Block 2`
pub(crate) fn described(case: &Case, now: Instant, zone: Zone) -> String {
    let score = case.score.map(|score| format!("score {}", two_decimals(score)));
    let who = match &case.name {
        Some(name) => format!("{} {name}", case.code),
        None => case.code.clone(),
    };
    let camera = case.camera.as_ref().map(ToString::to_string);
    let told = [Some(who), Some(moment(case.at, now, zone)), camera, score, case.period.clone()];
    format!("{}: {}", case.doubt.words(), told.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// A line for each status that a decision changes: `H000123 in Block 2: present → absent`.
pub(crate) fn changes(effect: &Effect) -> Vec<String> {
    let mut told = Vec::new();
    for register in &effect.registers {
        let judged = |row: &Option<RegisterRow>| row.as_ref().map(|row| row.judgement);
        for row in register.rows.iter().filter(|row| judged(&row.before) != judged(&row.after)) {
            let word = |row| judged(row).map_or("not listed", |judged| judged.status.word());
            let (before, after) = (word(&row.before), word(&row.after));
            told.push(format!("{} in {}: {before} → {after}", row.code, register.occurrence.period));
        }
    }
    if told.is_empty() {
        told.push("no status changes".to_owned());
    }
    told
}

/// The list to be reviewed.
pub(crate) fn report(cases: &[Case], now: Instant, zone: Zone) -> Report {
    let rows = cases.iter().map(|case| (case, now, zone));
    Report::list("review", COLUMNS, rows, now, zone).or_empty("Nothing needs a look.")
}
