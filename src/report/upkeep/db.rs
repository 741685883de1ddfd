//! The database: checks and sizes.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::upkeep::database::{Check, Size, Sizes, Verdict};
use crate::report::text::{bytes, grouped};
use crate::report::{Column, Report, Section, Tone, Value, Words};

static CHECKS: [Column; 4] = [
    Column::text("check", "CHECK"),
    Column::text("result", "RESULT"),
    Column::number("rows", "ROWS"),
    Column::long("detail", ""),
];

/// What was looked at, and what came of it.
pub fn checks(checks: &[Check], now: Instant, zone: Tz) -> Report {
    let rows = checks.iter().map(|check| {
        let (words, tone, rows) = match check.verdict {
            Verdict::Good => ("✓ ok", Tone::Good, Value::Null),
            Verdict::Wrong(rows) => ("✗ wrong", Tone::Bad, number(rows)),
            Verdict::Damaged => ("✗ damaged", Tone::Bad, Value::Null),
        };
        let detail = if check.detail.is_empty() { Value::Null } else { (&check.detail).into() };
        vec![check.claim.into(), Value::from(check.verdict.word()).shown(words, tone), rows, detail]
    });
    Report::list("check", &CHECKS, rows.collect(), now, zone, "")
}

static SIZES: [Column; 8] = [
    Column::text("table", "TABLE"),
    Column::number("rows", "ROWS"),
    Column::number("bytes", "SIZE"),
    Column::text("oldest", "OLDEST"),
    Column::data("newest"),
    Column::number("rows_per_day", "ROWS A DAY"),
    Column::number("bytes_per_day", "SIZE A DAY"),
    Column::number("bytes_at_horizon", "LATER"),
];

/// Tables by size, and what the whole will come to.
pub fn sizes(sizes: &Sizes, now: Instant, zone: Tz) -> Report {
    let rows = sizes.tables.iter().map(|size| row(size, sizes.horizon, zone)).collect();
    let parts = [("", sizes.file, ""), (", log ", sizes.log, ""), (", free ", sizes.free, "")];
    let parts: String =
        parts.iter().map(|(before, n, after)| format!("{before}{}{after}", bytes(*n))).collect();
    let grows = format!(
        "Grows by {} a day; with the events of {} days it will be about {}.",
        bytes(sizes.bytes_per_day()),
        sizes.horizon,
        bytes(sizes.at_horizon())
    );
    let totals = vec![
        ("file_bytes", data(sizes.file)),
        ("log_bytes", data(sizes.log)),
        ("free_bytes", data(sizes.free)),
        ("bytes_per_day", data(sizes.bytes_per_day())),
        ("horizon_days", sizes.horizon.into()),
        ("bytes_at_horizon", data(sizes.at_horizon())),
    ];
    let heading = vec![vec![Words::new("Database ", Tone::Strong), parts.into()], vec![grows.into()]];
    Report {
        name: "sizes",
        as_of: now,
        zone,
        columns: (&SIZES).into(),
        totals,
        sections: vec![Section { heading, rows }],
        empty: String::new(),
    }
}

fn row(size: &Size, horizon: u32, zone: Tz) -> Vec<Value> {
    let ends = size.aged.as_ref().map(|(_, oldest, newest)| (*oldest, *newest));
    let day = |at: Option<Instant>| Value::from(at.map(|at| Value::at(at, zone, "%-d %b %Y")));
    let rounded =
        |n: Option<f64>, value: fn(u64) -> Value| n.map_or(Value::Null, |n| value(n.round() as u64));
    vec![
        (&size.table).into(),
        number(size.rows),
        weight(size.bytes),
        day(ends.map(|ends| ends.0)),
        day(ends.map(|ends| ends.1)),
        rounded(size.rows_per_day(), number),
        rounded(size.bytes_per_day(), weight),
        weight(size.bytes_in(horizon)),
    ]
}

fn data(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

fn number(n: u64) -> Value {
    data(n).shown(grouped(n), Tone::Plain)
}

fn weight(n: u64) -> Value {
    data(n).shown(bytes(n), Tone::Plain)
}
