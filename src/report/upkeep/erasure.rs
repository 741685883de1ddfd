//! The receipt of an erasure.

use chrono_tz::Tz;

use crate::domain::time::Instant;
use crate::domain::upkeep::erasure::Removed;
use crate::report::{Column, Report, Section, Tone, Value, Words};

static COLUMNS: [Column; 2] = [Column::text("what", "WHAT"), Column::number("removed", "REMOVED")];

/// What the receipt cannot vouch for.
const ELSEWHERE: &str = "Backups made before, exported files and image files still hold the student.";

/// What is gone, or would be, by kind.
pub fn receipt(code: &str, removed: &Removed, dry_run: bool, now: Instant, zone: Tz) -> Report {
    let title = if dry_run { " would be erased" } else { " is erased" };
    let heading = vec![
        vec![Words::new(code, Tone::Strong), title.to_owned().into()],
        vec![Words::new(ELSEWHERE, Tone::Warn)],
    ];
    let rows = removed.counts().into_iter().map(|(what, n)| vec![Value::from(what), n.into()]);
    Report {
        name: "erasure",
        as_of: now,
        zone,
        columns: (&COLUMNS).into(),
        totals: vec![("student", code.into()), ("dry_run", dry_run.into()), ("note", ELSEWHERE.into())],
        sections: vec![Section { heading, rows: rows.collect() }],
        empty: String::new(),
    }
}
