//! The schedule: generated from the periods, then cancelled, restored and closed by people.

use std::ops::RangeInclusive;

use anyhow::Result;
use chrono::{Days, NaiveDate};

use super::problem::{Kind, Problem};
use super::{Caller, job, lookup, refold};
use crate::domain::calendar::Closure;
use crate::domain::occurrence::{Occurrence, State};
use crate::domain::schedule::{Action, Facts, Step, plan};
use crate::store::{Connection, Store, jobs, periods, schedule, settings};

/// The job that generates the schedule.
const GENERATE: &str = "schedule generate";

/// How far back nights without `schedule generate` are made up for, in days: older holes stay holes.
const CATCH_UP: u64 = 31;

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

    /// The same, going on where the last run ended, so that nights on which nobody ran it leave no hole.
    fn with_missed(
        self,
        reached: Option<NaiveDate>,
        conn: &Connection,
        caller: &Caller,
    ) -> Result<RangeInclusive<NaiveDate>> {
        let dates = self.dates(conn, caller)?;
        let Some(next) = reached.and_then(|reached| reached.succ_opt()).filter(|_| self.from.is_none())
        else {
            return Ok(dates);
        };
        let earliest = *dates.start() - Days::new(CATCH_UP);
        Ok(next.clamp(earliest, *dates.start())..=*dates.end())
    }
}

/// Plans the occurrences of some dates, and unless `dry_run` makes them so.
pub fn generate(store: &mut Store, stretch: Stretch, dry_run: bool, caller: &Caller) -> Result<Vec<Step>> {
    if dry_run {
        return store.read(|conn| {
            let dates = stretch.with_missed(jobs::reached(conn, GENERATE)?, conn, caller)?;
            planned(conn, dates, caller)
        });
    }
    job::run(store, GENERATE, caller, |store, run| {
        store.write(|conn| {
            let dates = stretch.with_missed(run.until, conn, caller)?;
            let steps = planned(conn, dates.clone(), caller)?;
            make_so(conn, &steps, caller)?;
            // Dates far ahead do not count as reached while there is a gap before them.
            if run.until.is_none_or(|until| *dates.start() <= until + Days::new(1)) {
                run.until = run.until.max(Some(*dates.end()));
            }
            Ok(steps)
        })
    })
}

fn planned(conn: &Connection, dates: RangeInclusive<NaiveDate>, caller: &Caller) -> Result<Vec<Step>> {
    let (templates, closures) = (periods::list(conn)?, schedule::closures(conn)?);
    let existing = schedule::existing(conn, dates.clone())?;
    let zone = settings::load(conn)?.zone;
    let facts =
        Facts { templates: &templates, closures: &closures, existing: &existing, zone, now: caller.now };
    Ok(plan(&facts, dates))
}

fn make_so(conn: &Connection, steps: &[Step], caller: &Caller) -> Result<()> {
    schedule::apply(conn, steps)?;
    let changed = steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update));
    let opened = changed.filter(|step| step.occurrence.opens_at <= caller.now);
    let mut dates: Vec<NaiveDate> = opened.map(|step| step.occurrence.date).collect();
    dates.dedup();
    dates.into_iter().try_for_each(|date| refold::dates(conn, date..=date, caller))
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
        let touched = schedule::open(conn, dates, &caller.by, caller.now)?;
        if touched > 0 {
            refold::dates(conn, dates.clone(), caller)?;
        }
        Ok(touched)
    })
}
