//! The roster: who is here now, or was in a given period.

use anyhow::Result;
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::problem::{Kind, Problem};
use super::{Caller, lookup, register};
use crate::domain::calendar::local_date;
use crate::domain::occurrence::{Around, Occurrence, State, Timetable};
use crate::domain::register::{Entry, Register};
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::store::{Connection, Store, schedule, settings};

/// Which part of the roll.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only this group.
    pub group: Option<String>,
    /// Only this one of several active periods.
    pub period: Option<String>,
}

/// What `roster now` found.
#[derive(Debug)]
pub struct Found {
    /// A register for each occurrence shown.
    pub registers: Vec<Register>,
    /// What comes next, where nothing is active.
    pub around: Around,
    /// The zone to tell it in.
    pub zone: Tz,
}

/// The active occurrences.
pub fn now(store: &mut Store, filter: &Filter, caller: &Caller) -> Result<Found> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        lookup::group(conn, filter.group.as_deref())?;
        let today = local_date(caller.now, settings.zone);
        let mut active = active(conn, today, caller.now)?;
        if let Some(period) = &filter.period {
            let wanted = lookup::occurrence(conn, period, today)?;
            if !active.is_empty() && active.iter().all(|o| o.id != wanted.id) {
                return Err(not_active(&wanted));
            }
            active.retain(|o| o.id == wanted.id);
        }
        let around = if active.is_empty() { around(conn, caller, &settings)? } else { Around::default() };
        let registers =
            active.into_iter().map(|o| read(conn, o, &settings, filter, caller)).collect::<Result<_>>()?;
        Ok(Found { registers, around, zone: settings.zone })
    })
}

/// The occurrences that are active, the first choice first.
pub fn active(conn: &Connection, today: NaiveDate, now: Instant) -> Result<Vec<Occurrence>> {
    let timetable = lookup::timetable(conn, today)?;
    Ok(timetable.active(now).into_iter().cloned().collect())
}

fn not_active(wanted: &Occurrence) -> anyhow::Error {
    let period = &*wanted.period;
    Problem::new(Kind::Refused, format!("{period} is not active now"))
        .hint(format!("attend roster show --period {period:?} --date {}", wanted.date))
        .into()
}

/// One occurrence by date and period.
pub fn show(
    store: &mut Store,
    date: Option<NaiveDate>,
    period: &str,
    filter: &Filter,
    caller: &Caller,
) -> Result<Found> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        lookup::group(conn, filter.group.as_deref())?;
        let date = date.unwrap_or_else(|| local_date(caller.now, settings.zone));
        let occurrence = one(conn, date, period)?;
        let registers = vec![read(conn, occurrence, &settings, filter, caller)?];
        Ok(Found { registers, around: Around::default(), zone: settings.zone })
    })
}

/// The occurrence of a period on a date, unless it was not held.
pub fn one(conn: &Connection, date: NaiveDate, period: &str) -> Result<Occurrence> {
    let occurrence = lookup::occurrence(conn, period, date)?;
    match &occurrence.state {
        State::Planned => Ok(occurrence),
        State::Cancelled(reason) | State::Closed(reason) => {
            let words = format!("{} on {date} was not held: {reason}", occurrence.period);
            Err(Problem::new(Kind::Refused, words).into())
        }
    }
}

fn read(
    conn: &Connection,
    occurrence: Occurrence,
    settings: &Settings,
    filter: &Filter,
    caller: &Caller,
) -> Result<Register> {
    let wanted = |entry: &Entry| filter.group.is_none() || entry.group == filter.group;
    register::read(conn, occurrence, settings, caller.now, wanted)
}

/// The next and the last occurrence, however far away.
fn around(conn: &Connection, caller: &Caller, settings: &Settings) -> Result<Around> {
    let today = local_date(caller.now, settings.zone);
    let far = chrono::Days::new(366);
    let dates = today - far..=today + far;
    let timetable = Timetable::new(schedule::occurrences(conn, dates)?);
    Ok(timetable.around(caller.now))
}
