//! Lines in quarantine.

use chrono_tz::Tz;

use crate::domain::evidence::quarantine::Kept;
use crate::report::{Column, Tone, Value};

/// Characters of a line that a table shows.
const SHOWN: usize = 80;

/// A row for every line.
pub static COLUMNS: [Column; 6] = [
    Column::number("id", "ID"),
    Column::text("received_at", "ARRIVED"),
    Column::text("runner", "RUNNER"),
    Column::text("reason", "REASON"),
    Column::long("detail", "DETAIL"),
    Column::long("line", "LINE"),
];

/// The row of one line. Bytes that are not UTF-8 are shown as what they are not.
pub fn row(kept: &Kept, zone: Tz) -> Vec<Value> {
    let line = String::from_utf8_lossy(&kept.line);
    let mut short: String = line.chars().take(SHOWN).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    vec![
        kept.id.into(),
        Value::at(kept.received_at, zone, "%a %-d %b %H:%M:%S"),
        (&kept.runner).into(),
        kept.reason.word().into(),
        (&kept.detail).into(),
        Value::from(&*line).shown(short, Tone::Faint),
    ]
}
