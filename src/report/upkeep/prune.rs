//! The plan of `attend prune`.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::upkeep::retention::Plan;
use crate::report::text::grouped;
use crate::report::{Column, Report, Section, Tone, Value, Words};

/// How instants are told.
const MINUTE: &str = "%a %-d %b %Y %H:%M";

static COLUMNS: [Column; 4] = [
    Column::text("table", "TABLE"),
    Column::number("rows", "ROWS"),
    Column::text("oldest", "OLDEST"),
    Column::text("before", "GOES BEFORE"),
];

/// What goes, table by table.
pub fn plan(plan: &Plan, now: Instant, zone: Tz) -> Report {
    let parts =
        plan.parts.iter().map(|part| (part.table.word(), part.found.rows, part.found.oldest, part.cutoff));
    let register = plan.register.iter().flat_map(|register| {
        let rows =
            [("records", register.records), ("marks", register.marks), ("occurrences", register.occurrences)];
        rows.map(|(table, rows)| (table, rows, register.oldest, register.cutoff))
    });
    let rows = parts.chain(register).map(|(table, rows, oldest, before)| {
        let count = i64::try_from(rows).unwrap_or(i64::MAX);
        let tone = if rows == 0 { Tone::Faint } else { Tone::Strong };
        vec![
            table.into(),
            Value::from(count).shown(grouped(rows), tone),
            oldest.map(|oldest| Value::at(oldest, zone, MINUTE)).into(),
            Value::at(before, zone, MINUTE),
        ]
    });
    let heading =
        vec![Words::from(format!("Events before {} go; records and marks", plan.keeps_from)), kept(plan)];
    Report {
        name: "prune",
        as_of: now,
        zone,
        columns: (&COLUMNS).into(),
        totals: vec![("keeps_from", plan.keeps_from.into()), ("watermark", plan.watermark.into())],
        sections: vec![Section { heading: vec![heading], rows: rows.collect() }],
        empty: String::new(),
    }
}

fn kept(plan: &Plan) -> Words {
    match &plan.register {
        Some(register) => Words::new(format!(" before {} go, too.", register.keeps_from), Tone::Bad),
        None => " stay.".to_owned().into(),
    }
}
