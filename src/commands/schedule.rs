//! The schedule: generated from the periods, then cancelled, restored and closed by people.

use std::ops::RangeInclusive;

use anyhow::Result;
use chrono::{Days, NaiveDate};

use super::problem::{Kind, Problem};
use super::{Caller, lookup, refold};
use crate::domain::calendar::Closure;
use crate::domain::occurrence::{Occurrence, State};
use crate::domain::schedule::{Action, Facts, Step, plan};
use crate::store::{Connection, Store, coverage, periods, schedule, settings};

/// Which dates, told as people tell them: from a date (today) for some days.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// First date; `None`: today.
    pub from: Option<NaiveDate>,
    /// How many days, at least 1.
    pub days: u64,
}

impl Stretch {
    fn dates(self, conn: &Connection, caller: &Caller) -> Result<RangeInclusive<NaiveDate>> {
        let from = match self.from {
            Some(from) => from,
            None => lookup::today(conn, caller)?,
        };
        let last = from.checked_add_days(Days::new(self.days - 1)).unwrap_or(from);
        Ok(from..=last)
    }
}

/// Plans the occurrences of some dates, and unless `dry_run` makes them so.
pub fn generate(store: &mut Store, stretch: Stretch, dry_run: bool, caller: &Caller) -> Result<Vec<Step>> {
    let planned = |conn: &Connection| -> Result<Vec<Step>> {
        let dates = stretch.dates(conn, caller)?;
        let (templates, closures) = (periods::list(conn)?, schedule::closures(conn)?);
        let existing = schedule::existing(conn, dates.clone())?;
        let zone = settings::load(conn)?.zone;
        let facts = Facts {
            templates: &templates,
            closures: &closures,
            existing: &existing,
            zone,
            now: caller.now,
            watermark: settings::revision(conn)?.watermark,
        };
        Ok(plan(&facts, dates))
    };
    if dry_run {
        return store.read(planned);
    }
    store.write(|conn| {
        let steps = planned(conn)?;
        schedule::apply(conn, &steps)?;
        let changed = steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update));
        let opened = changed.filter(|step| step.occurrence.opens_at <= caller.now);
        let mut dates: Vec<NaiveDate> = opened.map(|step| step.occurrence.date).collect();
        dates.dedup();
        dates.into_iter().try_for_each(|date| refold::dates(conn, date..=date, caller))?;
        Ok(steps)
    })
}

/// The active occurrences, the first choice first.
pub fn now(store: &mut Store, caller: &Caller) -> Result<Vec<Occurrence>> {
    store.read(|conn| {
        let today = lookup::today(conn, caller)?;
        let timetable = lookup::timetable(conn, today)?;
        Ok(timetable.active(caller.now).into_iter().cloned().collect())
    })
}

/// The occurrences of some dates.
pub fn list(store: &mut Store, stretch: Stretch, caller: &Caller) -> Result<Vec<Occurrence>> {
    store.read(|conn| Ok(schedule::occurrences(conn, stretch.dates(conn, caller)?)?))
}

/// Cancels one occurrence (`reason`), or restores it (`None`).
pub fn set_cancelled(
    store: &mut Store,
    period: &str,
    date: Option<NaiveDate>,
    reason: Option<&str>,
    caller: &Caller,
) -> Result<()> {
    store.write(|conn| {
        let today = lookup::today(conn, caller)?;
        let occurrence = lookup::occurrence(conn, period, date.unwrap_or(today))?;
        if let (None, State::Closed(why)) = (reason, &occurrence.state) {
            let date = occurrence.date;
            return Err(Problem::new(
                Kind::Refused,
                format!("{} on {date} is closed: {why}", occurrence.period),
            )
            .hint(format!("attend schedule open {date}"))
            .into());
        }
        let stands = match (&occurrence.state, reason) {
            (State::Cancelled(stands), Some(reason)) => stands == reason,
            (state, None) => *state == State::Planned,
            _ => false,
        };
        if !stands && reason.is_none() {
            refuse_settled(conn, std::slice::from_ref(&occurrence))?;
        }
        if !stands {
            schedule::set_cancelled(conn, occurrence.id, reason, &caller.by, caller.now)?;
            refold::dates(conn, occurrence.date..=occurrence.date, caller)?;
        }
        Ok(())
    })
}

/// Closes dates: no period is held on them.
pub fn close(store: &mut Store, closure: &Closure, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        if !schedule::closures(conn)?.contains(closure) {
            schedule::close(conn, closure, &caller.by, caller.now)?;
        }
        Ok(())
    })
}

/// Opens dates again; what a closure says about other dates stays. Says how many closures it touched.
pub fn open(store: &mut Store, dates: &RangeInclusive<NaiveDate>, caller: &Caller) -> Result<usize> {
    store.write(|conn| {
        let closed = schedule::occurrences(conn, dates.clone())?;
        let closed: Vec<_> = closed.into_iter().filter(|o| matches!(o.state, State::Closed(_))).collect();
        refuse_settled(conn, &closed)?;
        let touched = schedule::open(conn, dates, &caller.by, caller.now)?;
        if touched > 0 {
            refold::dates(conn, dates.clone(), caller)?;
        }
        Ok(touched)
    })
}

/// An occurrence that was not held when its recognitions were pruned cannot be held after all: nobody
/// can tell any more who was there.
fn refuse_settled(conn: &Connection, occurrences: &[Occurrence]) -> Result<()> {
    let watermark = settings::revision(conn)?.watermark;
    for occurrence in occurrences.iter().filter(|o| o.settled(watermark)) {
        if coverage::noted(conn, occurrence)?.is_none() {
            let (period, date) = (&occurrence.period, occurrence.date);
            let message = format!("{period} on {date} was not held, and its recognitions were pruned since");
            return Err(Problem::new(Kind::Refused, message)
                .hint("who was there can no longer be told; nothing was changed")
                .into());
        }
    }
    Ok(())
}
