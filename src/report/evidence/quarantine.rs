//! Lines in quarantine.

use crate::domain::evidence::quarantine::Kept;
use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows, Tone, Value};

/// Characters of a line that a table shows.
const SHOWN: usize = 80;

struct Refused;

impl Rows for Refused {
    type Row<'a> = (Kept, Zone);
}

static COLUMNS: &[Column<Refused>] = &[
    Column::number("id", "ID", |(kept, _)| kept.id.into()),
    Column::text("received_at", "ARRIVED", |(kept, zone)| {
        Value::at(kept.received_at, *zone, "%a %-d %b %H:%M:%S")
    }),
    Column::text("runner", "RUNNER", |(kept, _)| (&kept.runner).into()),
    Column::text("reason", "REASON", |(kept, _)| kept.reason.word().into()),
    Column::long("detail", "DETAIL", |(kept, _)| (&kept.detail).into()),
    // Bytes that are not UTF-8 are shown as the sign for those.
    Column::long("line", "LINE", |(kept, _)| {
        let line = String::from_utf8_lossy(&kept.line);
        let mut short: String = line.chars().take(SHOWN).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        Value::from(&*line).shown(short, Tone::Faint)
    }),
];

/// Lines in quarantine, the oldest first.
pub fn lines(kept: Vec<Kept>, now: Instant, zone: Zone) -> Report {
    let rows = kept.into_iter().map(|kept| (kept, zone));
    Report::list("quarantine", COLUMNS, rows, now, zone).or_empty("Nothing is in quarantine.")
}
