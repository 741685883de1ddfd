//! The roster of the active period, or of a given period.

use chrono::NaiveDate;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::status::{Counts, Entry, Order, Register, STATUSES, Status};
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::time::calendar::{closure_on, local_date};
use crate::domain::timetable::occurrence::{Around, Occurrence, OccurrenceState, Timetable};
use crate::failure::{Failure, Result};
use crate::store::register::expected::Whose;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// The most rows of a register that are kept in memory. A longer register is read once for each status.
const HELD: u32 = 10_000;

/// A selection and order of rows.
#[derive(Debug, Default)]
pub struct Request {
    /// Only students of these groups.
    pub groups: GroupFilter,
    /// Only rows with these statuses. Empty: all. The counts ignore this selection.
    pub statuses: Vec<Status>,
    /// How the rows are sorted.
    pub order: Order,
}

/// The registers that were found, without their rows.
#[derive(Debug)]
pub struct Found {
    /// A register for each occurrence shown.
    pub registers: Vec<Register>,
    /// The neighbouring occurrences, if none is active.
    pub around: Around,
}

/// Receives a roster.
pub trait Taker {
    /// Hears first what was found.
    fn begin(&mut self, found: &Found) -> Result<()>;
    /// Takes the register of the rows that follow.
    fn register(&mut self, register: &Register) -> Result<()>;
    /// Takes one row.
    fn row(&mut self, register: &Register, entry: &Entry) -> Result<()>;
}

/// The active occurrences, or only the one of a period.
pub fn now(
    store: &mut Store,
    period: Option<&str>,
    request: &Request,
    caller: &Caller,
    taker: &mut dyn Taker,
) -> Result<()> {
    store.read(|conn| {
        let roster = Roster::new(conn, None, request, caller)?;
        let timetable = &roster.expectations.timetable;
        let mut active: Vec<Occurrence> = timetable.active(caller.now).into_iter().cloned().collect();
        if let Some(period) = period {
            let wanted = lookup::occurrence(conn, period, roster.date)?;
            if !active.is_empty() && active.iter().all(|o| o.id != wanted.id) {
                return Err(not_active(&wanted));
            }
            active.retain(|o| o.id == wanted.id);
        }
        let around =
            if active.is_empty() { around(conn, caller, &roster.settings)? } else { Around::default() };
        roster.tell(active, around, taker)
    })
}

/// The active occurrences, best match first.
pub fn active(conn: &Connection, today: NaiveDate, now: Instant) -> Result<Vec<Occurrence>> {
    let timetable = lookup::timetable(conn, today)?;
    Ok(timetable.active(now).into_iter().cloned().collect())
}

fn not_active(wanted: &Occurrence) -> Failure {
    let period = &*wanted.period;
    Problem::new(Kind::Refused, format!("{period} is not active now"))
        .hint(format!("attend roster show --period {period:?} --date {}", wanted.date))
        .into()
}

/// One occurrence by date and period.
pub fn show(
    store: &mut Store,
    date: NaiveDate,
    period: &str,
    request: &Request,
    caller: &Caller,
    taker: &mut dyn Taker,
) -> Result<()> {
    store.read(|conn| {
        let roster = Roster::new(conn, Some(date), request, caller)?;
        roster.tell(vec![one(conn, date, period)?], Around::default(), taker)
    })
}

/// The occurrence of a period on a date, unless it was not held.
pub fn one(conn: &Connection, date: NaiveDate, period: &str) -> Result<Occurrence> {
    let occurrence = lookup::occurrence(conn, period, date)?;
    match &occurrence.state {
        OccurrenceState::Planned => Ok(occurrence),
        OccurrenceState::Cancelled(reason) | OccurrenceState::Closed(reason) => {
            let words = format!("{} on {date} was not held: {reason}", occurrence.period);
            Err(Problem::new(Kind::Refused, words).into())
        }
    }
}

/// The inputs of the rows of a roster.
struct Roster<'c> {
    conn: &'c Connection,
    expectations: Expectations,
    settings: Settings,
    date: NaiveDate,
    cameras: Cameras,
    request: &'c Request,
    now: Instant,
}

impl<'c> Roster<'c> {
    /// `date` is the date of the registers to show. `None`: today.
    fn new(
        conn: &'c Connection,
        date: Option<NaiveDate>,
        request: &'c Request,
        caller: &Caller,
    ) -> Result<Self> {
        let settings = settings::load(conn)?;
        let date = date.unwrap_or_else(|| local_date(caller.now, settings.zone));
        Ok(Self {
            conn,
            expectations: lookup::expectations(conn, &lookup::neighbours(date))?,
            settings,
            date,
            cameras: Cameras::read(conn)?,
            request,
            now: caller.now,
        })
    }

    /// Passes the registers of some occurrences to `taker`, first the counts and then the rows.
    fn tell(&self, occurrences: Vec<Occurrence>, around: Around, taker: &mut dyn Taker) -> Result<()> {
        let mut held = Vec::new();
        let mut found = Found { registers: Vec::new(), around };
        for occurrence in occurrences {
            let (register, entries) = self.count(occurrence)?;
            found.registers.push(register);
            held.push(entries);
        }
        taker.begin(&found)?;
        for (register, entries) in found.registers.iter().zip(held) {
            taker.register(register)?;
            match entries {
                Some(entries) => self.tell_held(register, &entries, taker)?,
                None => self.read_again(register, taker)?,
            }
        }
        Ok(())
    }

    /// Passes the rows that were kept to `taker`. Sorting would move them, and an entry is large.
    fn tell_held(&self, register: &Register, entries: &[Entry], taker: &mut dyn Taker) -> Result<()> {
        if self.request.order != Order::Status {
            return entries.iter().try_for_each(|entry| taker.row(register, entry));
        }
        for status in STATUSES {
            let mut rows = entries.iter().filter(|entry| entry.judgement.status == status);
            rows.try_for_each(|entry| taker.row(register, entry))?;
        }
        Ok(())
    }

    /// Counts a register, and keeps its rows unless they are too many.
    fn count(&self, occurrence: Occurrence) -> Result<(Register, Option<Vec<Entry>>)> {
        let mut counts = Counts::default();
        let mut entries = Vec::new();
        let coverage = self.cameras.coverage(self.conn, &occurrence, self.now)?;
        self.each(&occurrence, &coverage, |entry| {
            counts.add(entry.judgement);
            if counts.expected + counts.elsewhere <= HELD && self.shows(&entry) {
                entries.push(entry);
            }
            Ok(())
        })?;
        let whole = counts.expected + counts.elsewhere <= HELD;
        Ok((Register { occurrence, coverage, counts }, whole.then_some(entries)))
    }

    /// Passes the rows of a register that is too long for memory to `taker`.
    fn read_again(&self, register: &Register, taker: &mut dyn Taker) -> Result<()> {
        if self.request.order != Order::Status {
            let row = |entry: Entry| if self.shows(&entry) { taker.row(register, &entry) } else { Ok(()) };
            return self.each(&register.occurrence, &register.coverage, row);
        }
        for status in STATUSES.into_iter().filter(|status| register.counts.of(*status) > 0) {
            if !self.request.statuses.is_empty() && !self.request.statuses.contains(&status) {
                continue;
            }
            self.each(&register.occurrence, &register.coverage, |entry| {
                if entry.judgement.status == status { taker.row(register, &entry) } else { Ok(()) }
            })?;
        }
        Ok(())
    }

    /// Passes every row that is wanted to `each`; in the order of the request, but by code where that
    /// is by status.
    fn each(
        &self,
        occurrence: &Occurrence,
        coverage: &Coverage,
        mut each: impl FnMut(Entry) -> Result<()>,
    ) -> Result<()> {
        let whose = match self.request.order {
            Order::Status | Order::Code => Whose::ByCode,
            Order::Name => Whose::ByName,
            Order::FirstSeen => Whose::ByFirstSeen,
        };
        entries::each_entry(self.conn, occurrence, &self.expectations, whose, coverage, self.now, |entry| {
            if self.request.groups.passes(entry.group.as_deref()) { each(entry) } else { Ok(()) }
        })
    }

    fn shows(&self, entry: &Entry) -> bool {
        let statuses = &self.request.statuses;
        statuses.is_empty() || statuses.contains(&entry.judgement.status)
    }
}

/// The next and the last occurrence at any distance.
pub(crate) fn around(conn: &Connection, caller: &Caller, settings: &Settings) -> Result<Around> {
    let today = local_date(caller.now, settings.zone);
    let far = chrono::Days::new(366);
    let dates = today - far..=today + far;
    let timetable = Timetable::new(schedule::occurrences(conn, dates)?);
    let closures = schedule::closures(conn)?;
    let closed = closure_on(today, &closures).map(|closure| closure.reason.clone());
    let around = Around { closed, ..timetable.around(caller.now) };
    if around.next.is_some() || around.last.is_some() {
        return Ok(around);
    }
    Ok(Around { lacks: lookup::lack(conn)?, ..around })
}
