//! The plan of `attend prune`.

use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::retention::Plan;
use crate::report::text::grouped;
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// The format of instants.
const MINUTE: &str = "%a %-d %b %Y %H:%M";

struct Parts;

impl Rows for Parts {
    type Row<'a> = Part;
}

/// The deletions in one table.
struct Part {
    table: &'static str,
    rows: u64,
    oldest: Option<Instant>,
    /// Older rows are deleted.
    before: Instant,
    zone: Zone,
}

static COLUMNS: &[Column<Parts>] = &[
    Column::text("table", "TABLE", |part| part.table.into()),
    Column::number("rows", "ROWS", |part| {
        let tone = if part.rows == 0 { Tone::Faint } else { Tone::Strong };
        Value::from(i64::try_from(part.rows).unwrap_or(i64::MAX)).shown(grouped(part.rows), tone)
    }),
    Column::text("oldest", "OLDEST", |part| part.oldest.map(|at| Value::at(at, part.zone, MINUTE)).into()),
    Column::text("before", "GOES BEFORE", |part| Value::at(part.before, part.zone, MINUTE)),
];

/// The deletions, table by table.
pub(crate) fn plan(plan: &Plan, now: Instant, zone: Zone) -> Report {
    let parts = plan.parts.iter().map(|part| Part {
        table: part.table.word(),
        rows: part.found.rows,
        oldest: part.found.oldest,
        before: part.cutoff,
        zone,
    });
    let register = plan.register.iter().flat_map(|register| {
        let tables =
            [("records", register.records), ("marks", register.marks), ("occurrences", register.occurrences)];
        let (oldest, before) = (register.oldest, register.cutoff);
        tables.map(|(table, rows)| Part { table, rows, oldest, before, zone })
    });
    let heading =
        vec![Words::from(format!("Events before {} go; records and marks", plan.keeps_from)), kept(plan)];
    Report::list("prune", COLUMNS, parts.chain(register), now, zone)
        .under(vec![heading])
        .totals(vec![("keeps_from", plan.keeps_from.into()), ("watermark", plan.watermark.into())])
}

fn kept(plan: &Plan) -> Words {
    match &plan.register {
        Some(register) => Words::new(format!(" before {} go, too.", register.keeps_from), Tone::Bad),
        None => " stay.".to_owned().into(),
    }
}
