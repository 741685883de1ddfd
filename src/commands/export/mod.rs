//! Exports: any number of rows, streamed one by one.

pub(crate) mod absence_feed;
mod absences;
mod changes;
pub(crate) mod codes;
pub(crate) mod feed;
pub(crate) mod profile;
mod recognitions;
mod sessions;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::{entries, roster};
use crate::commands::{Caller, lookup};
use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::{Entry, Status};
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::spelling::same;
use crate::domain::time::Instant;
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::register::expected::Whose;
use crate::store::register::versions;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, StoreError, settings};

pub(crate) use absences::absences;
pub(crate) use changes::changes;
pub use recognitions::{RecognitionTaker, Recognitions, When, recognitions};
pub(crate) use sessions::{Days, sessions};

/// Which rows of the register.
#[derive(Debug)]
pub struct Records {
    /// Which occurrences.
    pub of: Occurrences,
    /// Only this period.
    pub period: Option<String>,
    /// Only students of these groups.
    pub groups: GroupFilter,
    /// Only these students; none: all.
    pub students: Vec<String>,
    /// Only these statuses; empty: all.
    pub statuses: Vec<Status>,
    /// Whether every occurrence of a selected date is read, also those that have not begun.
    pub whole_days: bool,
}

/// A selection of occurrences for a register.
#[derive(Debug)]
pub enum Occurrences {
    /// The occurrences of some dates, inclusive, that have begun. `None`: of today.
    Begun(Option<RangeInclusive<NaiveDate>>),
    /// The occurrence of a period on a date, today by default. Without a period, the active ones, else
    /// the latest of the date that has begun, with those that began at the same time.
    One(Option<NaiveDate>),
    /// Those whose registers may differ from what a receiver was told.
    Changed(Cursor),
}

/// An occurrence with its coverage.
pub type Covered = (Occurrence, Coverage);

/// Receives the rows of a register.
pub trait RecordTaker {
    /// Takes the occurrences of the rows, and how far a receiver of all rows has been told. It is called first and once,
    /// unless the request is refused.
    fn begin(&mut self, occurrences: &[Covered], reached: Cursor) -> Result<()>;
    /// Takes one row.
    fn row(&mut self, covered: &Covered, entry: &Entry) -> Result<()>;
    /// Called for a register without rows, because it is not held or expects no student.
    fn empty(&mut self, occurrence: &Occurrence) -> Result<()>;
}

/// Passes a row for every expected student of every selected occurrence to `taker`, by date, start and
/// code.
pub fn records(
    store: &mut Store,
    request: &Records,
    caller: &Caller,
    taker: &mut dyn RecordTaker,
) -> Result<()> {
    if matches!(request.of, Occurrences::Changed(_)) {
        close_version(store)?;
    }
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let students = lookup::codes(conn, &request.students, caller.now)?;
        let cameras = Cameras::read(conn)?;
        let mut selected = occurrences(conn, request, &settings, caller.now)?;
        if request.whole_days {
            selected = whole_days(conn, &selected)?;
        }
        let covered = selected.into_iter().map(|occurrence| {
            let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
            Ok((occurrence, coverage))
        });
        let covered = covered.collect::<Result<Vec<Covered>>>()?;
        taker.begin(&covered, Cursor { version: versions::closed(conn)?, at: caller.now })?;
        let dates = covered.iter().map(|(occurrence, _)| occurrence.date);
        let (first, last) = (dates.clone().min().unwrap_or_default(), dates.max().unwrap_or_default());
        let expectations = lookup::expectations(conn, &(first..=last))?;
        for covered @ (occurrence, coverage) in &covered {
            if !occurrence.held() {
                taker.empty(occurrence)?;
                continue;
            }
            let mut rows = 0;
            entries::each_entry(
                conn,
                occurrence,
                &expectations,
                Whose::ByCode,
                coverage,
                caller.now,
                |entry| {
                    let in_group = request.groups.passes(entry.group.as_deref())
                        && (students.is_empty() || students.contains(&entry.code));
                    let statuses = &request.statuses;
                    let in_status = statuses.is_empty() || statuses.contains(&entry.judgement.status);
                    if !(in_group && in_status) {
                        return Ok(());
                    }
                    rows += 1;
                    taker.row(covered, &entry)
                },
            )?;
            if rows == 0 {
                taker.empty(occurrence)?;
            }
        }
        Ok(())
    })
}

/// Closes the version of the registers. A caller who may only read cannot do that, and is told the changes of the open
/// version again next time.
fn close_version(store: &mut Store) -> Result<()> {
    match store.write(versions::close) {
        Err(StoreError::ReadOnly(_)) => Ok(()),
        closed => Ok(closed?),
    }
}

fn occurrences(
    conn: &Connection,
    request: &Records,
    settings: &Settings,
    now: Instant,
) -> Result<Vec<Occurrence>> {
    let today = local_date(now, settings.zone);
    let period = request.period.as_deref();
    match &request.of {
        Occurrences::Changed(since) => changed(conn, *since, now),
        Occurrences::Begun(dates) => begun(conn, dates.clone().unwrap_or(today..=today), period, now),
        Occurrences::One(date) => match (date.unwrap_or(today), period) {
            (date, Some(period)) => Ok(vec![roster::one(conn, date, period)?]),
            (date, None) => {
                let active = if date == today { roster::active(conn, today, now)? } else { Vec::new() };
                if !active.is_empty() {
                    return Ok(active);
                }
                let mut latest = begun(conn, date..=date, None, now)?;
                let start = latest.last().map(|o| o.starts_at);
                latest.retain(|o| Some(o.starts_at) == start);
                Ok(latest)
            }
        },
    }
}

/// The occurrences that have begun and whose registers may differ from what a receiver was told, also those that
/// are no longer held.
fn changed(conn: &Connection, since: Cursor, now: Instant) -> Result<Vec<Occurrence>> {
    let closed = versions::closed(conn)?;
    if since.version > closed {
        let words =
            format!("the cursor is of version {}, but this database is of version {closed}", since.version);
        return Err(Problem::new(Kind::Refused, words)
            .hint("an older backup was restored: send everything once, with --changed-since 0@0")
            .into());
    }
    let changed = versions::changed(conn, since, now)?;
    let dates = changed.values();
    let Some((first, last)) = dates.clone().min().zip(dates.max()) else { return Ok(Vec::new()) };
    let mut occurrences = schedule::occurrences(conn, *first..=*last)?;
    occurrences.retain(|o| changed.contains_key(&o.id));
    Ok(occurrences)
}

/// Every occurrence on the dates of some.
fn whole_days(conn: &Connection, selected: &[Occurrence]) -> Result<Vec<Occurrence>> {
    let dates: BTreeSet<NaiveDate> = selected.iter().map(|o| o.date).collect();
    let Some((first, last)) = dates.first().zip(dates.last()) else { return Ok(Vec::new()) };
    let mut occurrences = schedule::occurrences(conn, *first..=*last)?;
    occurrences.retain(|o| dates.contains(&o.date));
    Ok(occurrences)
}

/// The occurrences of some dates that are held and have begun.
fn begun(
    conn: &Connection,
    dates: RangeInclusive<NaiveDate>,
    period: Option<&str>,
    now: Instant,
) -> Result<Vec<Occurrence>> {
    let mut occurrences = schedule::occurrences(conn, dates)?;
    occurrences.retain(|o| o.counts(now));
    if let Some(period) = period {
        let name = lookup::period_name(conn, period, &occurrences)?;
        occurrences.retain(|o| same(&o.period, &name));
    }
    Ok(occurrences)
}
