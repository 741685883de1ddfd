//! The audit log.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::upkeep::audit::Entry;
use crate::report::{Column, Report, Value};

static COLUMNS: [Column; 6] = [
    Column::data("id"),
    Column::text("at", "WHEN"),
    Column::text("by", "BY"),
    Column::text("action", "DID"),
    Column::text("student", "STUDENT"),
    Column::long("detail", "WHAT"),
];

/// A row for every deed.
pub fn report(entries: &[Entry], now: Instant, zone: Tz) -> Report {
    let rows = entries.iter().map(|entry| {
        vec![
            entry.id.into(),
            Value::at(entry.at, zone, "%a %-d %b %Y %H:%M"),
            (&entry.by).into(),
            (&entry.action).into(),
            entry.student.as_ref().into(),
            (&entry.detail).into(),
        ]
    });
    Report::list("audit", &COLUMNS, rows.collect(), now, zone, "Nobody has done anything of that kind.")
}
