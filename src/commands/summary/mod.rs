//! The summary of a date or a range, from the same judgements as every register.
//!
//! Only the outcomes of a day, or the sums of a range, are kept in memory for each student. Names are read one at
//! a time, so it works for a district.

mod briefing;
pub(crate) mod by;
pub(crate) mod day;
pub(crate) mod mail;
mod parts;

use std::ops::RangeInclusive;
use std::rc::Rc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::commands::register::coverage::Cameras;
use crate::commands::{Caller, lookup};
use crate::domain::register::briefing::Briefing;
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::BriefJudgement;
use crate::domain::register::summary::{Head, PeriodSummary, RangeParts, StudentSummary};
use crate::domain::register::tally::{Rules, Tally};
use crate::domain::roll::expectation::Roll;
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::time::calendar::{self, local_date};
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::timetable::period_rows::PeriodRows;
use crate::failure::Result;
use crate::store::register::sessions;
use crate::store::roll::students::OnRoll;
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};
use briefing::Reader;
use day::{Day, Facts};
use parts::Parts;

/// Options of a summary.
#[derive(Debug)]
pub struct Request {
    /// Which dates.
    pub dates: Dates,
    /// Only periods in which the student was in one of these groups.
    pub groups: GroupFilter,
    /// Whether one date comes with its briefing.
    pub briefed: bool,
}

/// A date or a range.
#[derive(Debug)]
pub enum Dates {
    /// One date, period by period. `None`: today.
    One(Option<NaiveDate>),
    /// A range with both ends, summed up.
    Range(RangeInclusive<NaiveDate>),
}

/// Receives a summary.
pub trait Taker {
    /// Takes the heading. It is called first.
    fn begin(&mut self, head: &Head) -> Result<()>;
    /// Hears the briefing next, if one was asked for.
    fn briefing(&mut self, _briefing: Briefing) -> Result<()> {
        Ok(())
    }
    /// Takes the row of one student, in the order of codes.
    fn line(&mut self, head: &Head, line: StudentSummary) -> Result<()>;
}

/// Sums up the dates as of now. Only periods that have begun count.
pub fn read(store: &mut Store, request: &Request, caller: &Caller, taker: &mut dyn Taker) -> Result<()> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let dates = match &request.dates {
            Dates::One(date) => {
                let date = date.unwrap_or_else(|| local_date(caller.now, settings.zone));
                date..=date
            }
            Dates::Range(dates) => dates.clone(),
        };
        let reach = if request.briefed { briefing::dates(*dates.end()) } else { dates.clone() };
        let reach = *reach.start().min(dates.start())..=*dates.end();
        let expectations = lookup::expectations(conn, &reach)?;
        // Groups are told as at the end of the dates, or now where that comes first.
        let at = caller.now.min(*calendar::day(*dates.end(), settings.zone).end());
        let facts = Facts {
            expectations: &expectations,
            cameras: &Cameras::read(conn)?,
            settings: &settings,
            groups: &request.groups,
        };
        let counted = (!request.groups.is_everybody()).then_some(&expectations.roll);
        let view = View { conn, roll: &enrolments::roll(conn, &(at..=at))?, at, counted };
        let students: Ids = students::ids(conn)?.into();
        let source = match &request.dates {
            Dates::One(_) => Source::Day(Day::read(conn, *dates.start(), students, &facts, caller.now)?),
            Dates::Range(dates) => Source::range(&view, dates, students, &facts, caller.now)?,
        };
        let mut head = head(&source, &view, &settings)?;
        head.sessions = sessions::list(conn)?.into_iter().map(|session| session.name).collect();
        if head.is_free() {
            head.lacks = lookup::lack(conn)?;
        }
        taker.begin(&head)?;
        if let (Source::Day(day), true) = (&source, request.briefed) {
            taker.briefing(Reader { view: &view, facts: &facts, caller }.briefing(day)?)?;
        }
        source.each(&view, |student, found| taker.line(&head, line(&head.rules, head.ranged, student, found)))
    })
}

/// Sums up all lines, to stand above them.
fn head(source: &Source, view: &View, settings: &Settings) -> Result<Head> {
    let mut head = source.head(settings);
    let ranged = head.ranged;
    source.each(view, |student, found| {
        head.add(&found.tally, found.outcomes, |rules| line(rules, ranged, student, found));
        Ok(())
    })?;
    Ok(head)
}

fn line(rules: &Rules, ranged: bool, student: &OnRoll, found: &Found) -> StudentSummary {
    StudentSummary {
        code: student.code.to_owned(),
        name: student.name.to_owned(),
        group: found.group.clone(),
        tally: found.tally,
        anomaly: rules.judge(&found.tally, ranged),
        outcomes: found.outcomes.to_vec(),
        sessions: found.sessions.clone(),
        gaps: found.gaps.clone(),
    }
}

/// The sums of one student.
struct Found<'o> {
    group: Option<String>,
    tally: Tally,
    /// On a single date: the outcome in each of its periods.
    outcomes: &'o [Option<BriefJudgement>],
    /// On a single date: the outcome in each session.
    sessions: Vec<Option<BriefJudgement>>,
    gaps: Gaps,
}

/// All students who ever were on the roll, by identity. Other lists use the same indexes.
pub(crate) type Ids = Rc<[StudentId]>;

/// The names and groups of the students, and the instant of the groups.
struct View<'c> {
    conn: &'c Connection,
    roll: &'c Roll,
    at: Instant,
    /// The roll on all dates, if only periods in some groups count: then the groups in the last of these are told.
    counted: Option<&'c Roll>,
}

impl View<'_> {
    /// The groups of a student; `last` is the start of the last period that counts.
    fn group(&self, student: &OnRoll, last: Option<Instant>) -> Option<String> {
        let counted = self.counted.and_then(|roll| roll.enrolment(student.id)).zip(last);
        counted.map_or_else(|| student.group.map(str::to_owned), |(enrolment, at)| enrolment.group_at(at))
    }
}

/// The source of the lines.
enum Source {
    Day(Day),
    Range {
        dates: RangeInclusive<NaiveDate>,
        days: u32,
        students: Ids,
        tallies: Vec<Tally>,
        /// The start of the last period that counts, for each student.
        last: Vec<Option<Instant>>,
        /// By the places of students who are unknown somewhere.
        gaps: FxHashMap<usize, Gaps>,
        /// The gaps of the students together.
        undecided: Vec<Gap>,
        parts: RangeParts,
    },
}

impl Source {
    fn range(
        view: &View,
        dates: &RangeInclusive<NaiveDate>,
        students: Ids,
        facts: &Facts,
        now: Instant,
    ) -> Result<Self> {
        let held = schedule::occurrences(view.conn, dates.clone())?;
        let held: Vec<&Occurrence> = held.iter().filter(|o| o.counts(now)).collect();
        let mut parts = Parts::new(facts, PeriodRows::of(held.iter().copied()));
        let (mut tallies, mut last) = (vec![Tally::default(); students.len()], vec![None; students.len()]);
        let (mut gaps, mut undecided) = (FxHashMap::<usize, Gaps>::default(), Vec::new());
        let mut days = 0;
        for of_date in held.chunk_by(|a, b| a.date == b.date) {
            let mut day = Day::read(view.conn, of_date[0].date, students.clone(), facts, now)?;
            days += 1;
            parts.add(&day);
            let mut outcomes = Vec::new();
            for (place, student) in students.iter().enumerate() {
                if day.add_to(*student, &mut tallies[place], &mut outcomes, false) {
                    tallies[place].add_sessions(&day.sessions(*student));
                    day.add_gaps(*student, || gaps.entry(place).or_default());
                    day.count(&outcomes);
                    last[place] = day.last_start(*student, false).or(last[place]);
                }
            }
            undecided.extend(day.periods.iter().filter_map(PeriodSummary::gap));
        }
        let (dates, parts) = (dates.clone(), parts.finish());
        Ok(Self::Range { dates, days, students, tallies, last, gaps, undecided, parts })
    }

    fn head(&self, settings: &Settings) -> Head {
        let (dates, ranged, days, periods, gaps) = match self {
            Self::Day(day) => {
                let begun = day.periods.iter().any(|period| period.begun);
                (day.date..=day.date, false, u32::from(begun), day.periods.clone(), Vec::new())
            }
            Self::Range { dates, days, undecided, .. } => {
                (dates.clone(), true, *days, Vec::new(), undecided.clone())
            }
        };
        let rules =
            Rules { min_periods: settings.min_periods, chronic_percent: settings.chronic_absence_percent };
        let school = settings.name().map(str::to_owned);
        let (sessions, lacks, students, counts, anomalies, people) = Default::default();
        let zone = settings.zone;
        let parts = match self {
            Self::Day(_) => RangeParts::default(),
            Self::Range { parts, .. } => parts.clone(),
        };
        Head {
            dates,
            ranged,
            zone,
            school,
            rules,
            periods,
            gaps,
            sessions,
            days,
            lacks,
            parts,
            students,
            counts,
            anomalies,
            people,
        }
    }

    /// Passes every student who was expected in a period that counts to `each`, by code.
    fn each(&self, view: &View, mut each: impl FnMut(&OnRoll, &Found) -> Result<()>) -> Result<()> {
        let mut outcomes = Vec::new();
        students::each(view.conn, view.roll, view.at, |student: OnRoll| {
            let (mut tally, mut gaps, mut sessions) = (Tally::default(), Gaps::default(), Vec::new());
            let mut last = None;
            match self {
                Self::Day(day) => {
                    day.add_to(student.id, &mut tally, &mut outcomes, true);
                    last = day.last_start(student.id, true);
                    sessions = day.sessions(student.id);
                    tally.add_sessions(&sessions);
                    day.add_gaps(student.id, || &mut gaps);
                }
                Self::Range { students, tallies, last: lasts, gaps: known, .. } => {
                    if let Ok(place) = students.binary_search(&student.id) {
                        (tally, last) = (tallies[place], lasts[place]);
                        gaps = known.get(&place).cloned().unwrap_or_default();
                    }
                }
            }
            if tally.is_expected() {
                let group = view.group(&student, last);
                each(&student, &Found { group, tally, outcomes: &outcomes, sessions, gaps })
            } else {
                Ok(())
            }
        })
    }
}
