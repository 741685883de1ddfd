//! The database: checks and sizes.

use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::database::{Check, Size, Sizes, Verdict};
use crate::report::text::{bytes, counted, grouped};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

struct Checks;

impl Rows for Checks {
    type Row<'a> = &'a Check;
}

static CHECKS: &[Column<Checks>] = &[
    Column::text("check", "CHECK", |check| check.claim.into()),
    Column::text("result", "RESULT", |check| {
        let (words, tone) = match check.verdict {
            Verdict::Good => ("✓ ok", Tone::Good),
            Verdict::Wrong(_) => ("✗ wrong", Tone::Bad),
            Verdict::Damaged => ("✗ damaged", Tone::Bad),
        };
        Value::from(check.verdict.word()).shown(words, tone)
    }),
    Column::number("rows", "ROWS", |check| match check.verdict {
        Verdict::Wrong(rows) => number(rows),
        Verdict::Good | Verdict::Damaged => Value::Null,
    }),
    Column::long("detail", "", |check| Some(&check.detail).filter(|detail| !detail.is_empty()).into()),
];

/// The checks and their results.
pub(crate) fn checks(checks: &[Check], now: Instant, zone: Zone) -> Report {
    Report::list("check", CHECKS, checks, now, zone)
}

struct Tables;

impl Rows for Tables {
    /// A table, the days until the events are pruned, and the zone of shown dates.
    type Row<'a> = (&'a Size, u32, Zone);
}

static SIZES: &[Column<Tables>] = &[
    Column::text("table", "TABLE", |(size, ..)| (&size.table).into()),
    Column::number("rows", "ROWS", |(size, ..)| number(size.rows)),
    Column::number("bytes", "SIZE", |(size, ..)| weight(size.bytes)),
    Column::text("oldest", "OLDEST", |(size, _, zone)| {
        day(size.aged.as_ref().map(|(_, oldest, _)| *oldest), *zone)
    }),
    Column::data("newest", |(size, _, zone)| day(size.aged.as_ref().map(|(.., newest)| *newest), *zone)),
    Column::number("rows_per_day", "ROWS A DAY", |(size, ..)| rounded(size.rows_per_day(), number)),
    Column::number("bytes_per_day", "SIZE A DAY", |(size, ..)| rounded(size.bytes_per_day(), weight)),
    Column::number("bytes_at_horizon", "LATER", |(size, horizon, _)| weight(size.bytes_in(*horizon))),
];

/// Tables by size, and the projected size of the file.
pub(crate) fn sizes(sizes: &Sizes, now: Instant, zone: Zone) -> Report {
    let rows = sizes.tables.iter().map(|size| (size, sizes.horizon, zone));
    let parts = [("", sizes.file, ""), (", log ", sizes.log, ""), (", free ", sizes.free, "")];
    let parts: String =
        parts.iter().map(|(before, n, after)| format!("{before}{}{after}", bytes(*n))).collect();
    let grows = format!(
        "Grows by {} a day; with the events of {} it will be about {}.",
        bytes(sizes.bytes_per_day()),
        counted(sizes.horizon, "day"),
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
    Report::list("sizes", SIZES, rows, now, zone).under(heading).totals(totals)
}

fn day(at: Option<Instant>, zone: Zone) -> Value {
    at.map(|at| Value::at(at, zone, "%-d %b %Y")).into()
}

fn rounded(n: Option<f64>, value: fn(u64) -> Value) -> Value {
    n.map(|n| value(n.round() as u64)).into()
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
