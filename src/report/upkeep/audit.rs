//! The audit log.

use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::audit::Entry;
use crate::report::{Column, Report, Rows, Value};

struct Deeds;

impl Rows for Deeds {
    type Row<'a> = (&'a Entry, Zone);
}

static COLUMNS: &[Column<Deeds>] = &[
    Column::data("id", |(entry, _)| entry.id.into()),
    Column::text("at", "WHEN", |(entry, zone)| Value::at(entry.at, *zone, "%a %-d %b %Y %H:%M")),
    Column::text("by", "BY", |(entry, _)| (&entry.by).into()),
    Column::text("action", "DID", |(entry, _)| (&entry.action).into()),
    Column::text("student", "STUDENT", |(entry, _)| entry.student.as_ref().into()),
    Column::long("detail", "WHAT", |(entry, _)| (&entry.detail).into()),
];

/// A row for every deed.
pub(crate) fn report(entries: &[Entry], now: Instant, zone: Zone) -> Report {
    Report::list("audit", COLUMNS, entries.iter().map(|entry| (entry, zone)), now, zone)
        .or_empty("There are no such entries.")
}
