//! The receipt of an erasure.

use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::erasure::Removed;
use crate::report::{Column, Report, Rows, Tone, Words};

struct Kinds;

impl Rows for Kinds {
    type Row<'a> = (&'static str, u32);
}

static COLUMNS: &[Column<Kinds>] = &[
    Column::text("what", "WHAT", |(what, _)| (*what).into()),
    Column::number("removed", "REMOVED", |(_, n)| (*n).into()),
];

/// The copies that the receipt does not cover.
const ELSEWHERE: &str = "Backups made before, exported files and image files still hold the student.";

/// Counts of erased rows, or of rows that would be erased, by kind.
pub fn receipt(code: &str, removed: &Removed, dry_run: bool, now: Instant, zone: Zone) -> Report {
    let title = if dry_run { " would be erased" } else { " is erased" };
    let heading = vec![
        vec![Words::new(code, Tone::Strong), title.to_owned().into()],
        vec![Words::new(ELSEWHERE, Tone::Warn)],
    ];
    Report::list("erasure", COLUMNS, removed.counts(), now, zone).under(heading).totals(vec![
        ("student", code.into()),
        ("dry_run", dry_run.into()),
        ("note", ELSEWHERE.into()),
    ])
}
