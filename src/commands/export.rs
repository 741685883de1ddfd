//! Exports: rows streamed one by one, whatever their number.

use std::ops::RangeInclusive;

use anyhow::Result;
use chrono::NaiveDate;

use super::{Caller, lookup, register};
use crate::domain::calendar::local_date;
use crate::domain::occurrence::Occurrence;
use crate::domain::register::{Entry, Status};
use crate::store::{Store, schedule, settings};

/// Which rows of the register.
#[derive(Debug, Default)]
pub struct Records {
    /// Dates, both ends included; `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only this period.
    pub period: Option<String>,
    /// Only this group.
    pub group: Option<String>,
    /// Only these statuses; empty: all.
    pub statuses: Vec<Status>,
}

/// Passes a row for every expected student of every occurrence that has begun to `each`, by date,
/// start and code.
pub fn records(
    store: &mut Store,
    request: &Records,
    caller: &Caller,
    mut each: impl FnMut(&Occurrence, &Entry) -> Result<()>,
) -> Result<()> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let mut occurrences = schedule::occurrences(conn, dates)?;
        occurrences.retain(|o| o.held() && o.starts_at <= caller.now);
        if let Some(period) = &request.period {
            let name = lookup::period_name(conn, period, &occurrences)?;
            occurrences.retain(|o| *o.period == *name);
        }
        for occurrence in &occurrences {
            register::each_entry(conn, occurrence, &settings, caller.now, |entry| {
                let in_group = request.group.is_none() || entry.group == request.group;
                let status =
                    request.statuses.is_empty() || request.statuses.contains(&entry.judgement.status);
                if in_group && status { each(occurrence, &entry) } else { Ok(()) }
            })?;
        }
        Ok(())
    })
}
