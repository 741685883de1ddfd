//! The summary of a date or a range, from the same judgements as every register.
//!
//! Only the outcomes of a day, or the sums of a range, are held for each student. Names are read one at
//! a time, so memory fits a district.

pub mod by;
pub mod mail;

use std::ops::RangeInclusive;
use std::rc::Rc;

use chrono::NaiveDate;

use crate::commands::register::coverage::Cameras;
use crate::commands::{Caller, lookup};
use crate::domain::register::excuse::span_of;
use crate::domain::register::status::{BriefJudgement, Counts, Standing, Status, judge};
use crate::domain::register::summary::{Head, PeriodSummary, Rules, StudentSummary, Tally};
use crate::domain::roll::expectation::{Expectations, Listed, Roll};
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{day, local_date};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::register::excuses;
use crate::store::roll::students;
use crate::store::roll::students::OnRoll;
use crate::store::timetable::schedule;
use crate::store::{self, Connection, Store, settings};

/// Options of a summary.
#[derive(Debug)]
pub struct Request {
    /// Which dates.
    pub dates: Dates,
    /// Only students of this group, on the date or as a range left them.
    pub group: Option<String>,
}

/// A date or a range.
#[derive(Debug)]
pub enum Dates {
    /// One date, period by period; `None`: today.
    One(Option<NaiveDate>),
    /// A range with both ends, summed up.
    Range(RangeInclusive<NaiveDate>),
}

/// Receives a summary.
pub trait Taker {
    /// Hears first what stands above the lines.
    fn begin(&mut self, head: &Head) -> Result<()>;
    /// Takes the line of one student, beneath the same head; they come by code.
    fn line(&mut self, head: &Head, line: StudentSummary) -> Result<()>;
}

/// Sums up the dates as they stand now: only periods that have begun count.
pub fn read(store: &mut Store, request: &Request, caller: &Caller, taker: &mut dyn Taker) -> Result<()> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let group = request.group.as_deref();
        lookup::group(conn, group)?;
        let dates = match &request.dates {
            Dates::One(date) => {
                let date = date.unwrap_or_else(|| local_date(caller.now, settings.zone));
                date..=date
            }
            Dates::Range(dates) => dates.clone(),
        };
        let expectations = lookup::expectations(conn, &dates)?;
        let source = match &request.dates {
            Dates::One(_) => {
                let (students, cameras) = (students::ids(conn)?.into(), Cameras::read(conn)?);
                let beside = (&expectations, &cameras);
                Source::Day(Day::read(conn, *dates.start(), students, beside, &settings, caller.now)?)
            }
            Dates::Range(dates) => Source::range(conn, dates, &expectations, &settings, caller.now)?,
        };
        let mut head = source.head(&settings);
        let ranged = head.ranged;
        let view =
            View { conn, roll: &expectations.roll, group, at: source.told_at(settings.zone, caller.now) };
        source.each(&view, |student, tally, outcomes| {
            head.add(tally, outcomes, |rules| line(rules, ranged, student, tally, outcomes));
            Ok(())
        })?;
        taker.begin(&head)?;
        source.each(&view, |student, tally, outcomes| {
            taker.line(&head, line(&head.rules, ranged, student, tally, outcomes))
        })
    })
}

fn line(
    rules: &Rules,
    ranged: bool,
    student: &OnRoll,
    tally: &Tally,
    outcomes: &[Option<BriefJudgement>],
) -> StudentSummary {
    StudentSummary {
        code: student.code.to_owned(),
        name: student.name.to_owned(),
        group: student.group.map(str::to_owned),
        tally: *tally,
        anomaly: rules.judge(tally, ranged),
        outcomes: outcomes.to_vec(),
    }
}

/// Everybody who ever was on the roll, by identity. The place of a student here is that of what is held of one.
type Ids = Rc<[StudentId]>;

/// The students of a summary, and the instant it is judged at.
struct View<'c> {
    conn: &'c Connection,
    roll: &'c Roll,
    /// Only this group.
    group: Option<&'c str>,
    at: Instant,
}

/// The source of the lines.
enum Source {
    Day(Day),
    Range { dates: RangeInclusive<NaiveDate>, days: u32, students: Ids, tallies: Vec<Tally> },
}

impl Source {
    fn range(
        conn: &Connection,
        dates: &RangeInclusive<NaiveDate>,
        expectations: &Expectations,
        settings: &Settings,
        now: Instant,
    ) -> Result<Self> {
        let students: Ids = students::ids(conn)?.into();
        let mut tallies = vec![Tally::default(); students.len()];
        let mut held: Vec<NaiveDate> = schedule::occurrences(conn, dates.clone())?
            .iter()
            .filter(|o| o.held() && o.starts_at <= now)
            .map(|o| o.date)
            .collect();
        held.dedup();
        let cameras = Cameras::read(conn)?;
        for date in &held {
            let day = Day::read(conn, *date, students.clone(), (expectations, &cameras), settings, now)?;
            let mut outcomes = Vec::new();
            for (place, student) in students.iter().enumerate() {
                let cap = day.outcomes(*student, &mut outcomes);
                if cap > 0 {
                    tallies[place].add_day(outcomes.iter().flatten().copied(), cap);
                }
            }
        }
        let days = u32::try_from(held.len()).unwrap_or(u32::MAX);
        Ok(Self::Range { dates: dates.clone(), days, students, tallies })
    }

    /// The instant whose groups are told: the end of the dates, or now where that comes first.
    fn told_at(&self, zone: Zone, now: Instant) -> Instant {
        let last = match self {
            Self::Day(day) => day.date,
            Self::Range { dates, .. } => *dates.end(),
        };
        now.min(*day(last, zone).end())
    }

    fn head(&self, settings: &Settings) -> Head {
        let (dates, ranged, days, periods) = match self {
            Self::Day(day) => {
                let begun = day.periods.iter().any(|period| period.begun);
                (day.date..=day.date, false, u32::from(begun), day.periods.clone())
            }
            Self::Range { dates, days, .. } => (dates.clone(), true, *days, Vec::new()),
        };
        let rules =
            Rules { min_periods: settings.min_periods, chronic_percent: settings.chronic_absence_percent };
        let school = settings.name().map(str::to_owned);
        let (students, counts, anomalies, people) = Default::default();
        let zone = settings.zone;
        Head { dates, ranged, zone, school, rules, periods, days, students, counts, anomalies, people }
    }

    /// Passes every student who was expected to `each`, by code.
    fn each(
        &self,
        view: &View,
        mut each: impl FnMut(&OnRoll, &Tally, &[Option<BriefJudgement>]) -> Result<()>,
    ) -> Result<()> {
        let mut outcomes = Vec::new();
        let line = |student: OnRoll| {
            let tally = match self {
                Self::Day(day) => {
                    let cap = day.outcomes(student.id, &mut outcomes);
                    let mut tally = Tally::default();
                    tally.add_day(outcomes.iter().flatten().copied(), cap);
                    tally
                }
                Self::Range { students, tallies, .. } => {
                    students.binary_search(&student.id).map(|place| tallies[place]).unwrap_or_default()
                }
            };
            let in_group = view.group.is_none() || student.group == view.group;
            if in_group && tally.is_expected() { each(&student, &tally, &outcomes) } else { Ok(()) }
        };
        students::each(view.conn, view.roll, view.at, line)
    }
}

/// The periods of one date, and what everybody was in each of them.
struct Day {
    date: NaiveDate,
    periods: Vec<PeriodSummary>,
    /// The setting `max_periods_per_day`.
    cap: Option<u32>,
    students: Ids,
    /// Outcomes of students who were expected, seen or marked: a row for each student, with a place for
    /// each period.
    outcomes: Vec<Option<BriefJudgement>>,
}

impl Day {
    fn read(
        conn: &Connection,
        date: NaiveDate,
        students: Ids,
        (expectations, cameras): (&Expectations, &Cameras),
        settings: &Settings,
        now: Instant,
    ) -> Result<Self> {
        let mut occurrences = schedule::occurrences(conn, date..=date)?;
        occurrences.retain(Occurrence::held);
        let periods = Vec::new();
        let cap = settings.max_periods_per_day;
        let width = occurrences.len();
        let outcomes = vec![None; students.len() * width];
        let mut day = Self { date, periods, cap, students, outcomes };
        for (place, occurrence) in occurrences.into_iter().enumerate() {
            let coverage = cameras.coverage(conn, &occurrence, now)?;
            let outcome = |blind, standing| BriefJudgement::from(judge(&occurrence, now, blind, standing));
            let excuses = excuses::overlapping(conn, span_of(&occurrence))?;
            store::register::expected::each_remembered(
                conn,
                occurrence.id,
                &excuses,
                |student, standing| {
                    if let Ok(row) = day.students.binary_search(&student) {
                        day.outcomes[row * width + place] = Some(outcome(false, standing));
                    }
                },
            )?;
            let groups = expectations.roll.groups_at(occurrence.starts_at);
            for (student, listed) in expectations.of(&occurrence).students() {
                if let Ok(row) = day.students.binary_search(&student) {
                    let (excused, elsewhere) = (excuses.contains_key(&student), listed == Listed::Elsewhere);
                    let unseen = Standing { excused, elsewhere, ..Standing::default() };
                    let blind = coverage.is_blind(groups.of(student).1);
                    day.outcomes[row * width + place].get_or_insert_with(|| outcome(blind, unseen));
                }
            }
            let begun = occurrence.starts_at <= now;
            day.periods.push(PeriodSummary { occurrence, coverage, begun, counts: Counts::default() });
        }
        Ok(day)
    }

    /// The outcome of a student in each period. Returns the number of periods the student could have
    /// attended.
    fn outcomes(&self, student: StudentId, outcomes: &mut Vec<Option<BriefJudgement>>) -> u32 {
        outcomes.clear();
        let width = self.periods.len();
        let row = self.students.binary_search(&student).ok().map(|row| row * width);
        let mut expected = 0;
        for (place, period) in self.periods.iter().enumerate() {
            let outcome = row.and_then(|row| self.outcomes[row + place]);
            expected += u32::from(outcome.is_some_and(|outcome| outcome.status != Status::Elsewhere));
            outcomes.push(outcome.filter(|_| period.begun));
        }
        if expected > 0 { self.cap.unwrap_or(expected) } else { 0 }
    }
}
