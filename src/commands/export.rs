//! Exports: rows streamed one by one, whatever their number.

use std::ops::RangeInclusive;

use anyhow::Result;
use chrono::NaiveDate;

use super::{Caller, lookup, register};
use crate::domain::calendar::local_date;
use crate::domain::coverage::Coverage;
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

/// An occurrence with how much of it was seen.
pub type Covered = (Occurrence, Coverage);

/// Who takes the rows of an export.
pub trait Taker {
    /// Hears first of which occurrences there will be rows; called once, unless the request is refused.
    fn begin(&mut self, occurrences: &[Covered]) -> Result<()>;
    /// Takes one row.
    fn row(&mut self, occurrence: &Occurrence, entry: &Entry) -> Result<()>;
}

/// Passes a row for every expected student of every occurrence that has begun to `taker`, by date,
/// start and code.
pub fn records(store: &mut Store, request: &Records, caller: &Caller, taker: &mut dyn Taker) -> Result<()> {
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
        let covered = occurrences.into_iter().map(|occurrence| {
            let coverage = register::coverage(conn, &occurrence, caller.now)?;
            Ok((occurrence, coverage))
        });
        let covered = covered.collect::<Result<Vec<Covered>>>()?;
        taker.begin(&covered)?;
        for (occurrence, _) in &covered {
            register::each_entry(conn, occurrence, &settings, caller.now, |entry| {
                let in_group = request.group.is_none() || entry.group == request.group;
                let statuses = &request.statuses;
                let in_status = statuses.is_empty() || statuses.contains(&entry.judgement.status);
                if in_group && in_status { taker.row(occurrence, &entry) } else { Ok(()) }
            })?;
        }
        Ok(())
    })
}
