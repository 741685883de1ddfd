//! The truth about a simulated day.

use crate::domain::evidence::visit::Visit;
use crate::domain::time::{Instant, Zone};
use crate::report::{Column, Report, Rows};

struct Visits;

impl Rows for Visits {
    type Row<'a> = &'a Visit;
}

static VISITS: &[Column<Visits>] = &[
    Column::text("date", "DATE", |visit| visit.date.into()),
    Column::text("period", "PERIOD", |visit| (&visit.period).into()),
    Column::text("student", "CODE", |visit| (&visit.code).into()),
    Column::text("present", "PRESENT", |visit| visit.arrived_at.is_some().into()),
    Column::text("arrived_at", "ARRIVED", |visit| visit.arrived_at.into()),
    Column::text("seen_as", "SEEN AS", |visit| visit.seen_as.as_ref().into()),
];

/// Visits by period and code.
pub(crate) fn truth(visits: &[Visit], now: Instant, zone: Zone) -> Report {
    Report::list("truth", VISITS, visits, now, zone)
}
