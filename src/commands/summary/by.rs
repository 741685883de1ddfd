//! The sums of some dates by group, period, date, student, session or reason.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::Ids;
use super::day::{Day, Facts};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::{Counts, Judgement, Status, judge};
use crate::domain::register::sums::{By, Sum, SumOrder, Sums, memberships};
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::timetable::period_rows::{PeriodRow, PeriodRows};
use crate::failure::Result;
use crate::store::register::expected::{self, Whose};
use crate::store::register::sessions;
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// Which sums.
#[derive(Debug)]
pub(crate) struct Request {
    /// The dates. `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only students of these groups.
    pub groups: GroupFilter,
    /// The rows.
    pub by: By,
    /// How the rows are sorted.
    pub order: SumOrder,
}

/// The sums of the periods that have begun, sorted.
pub(crate) fn sums(store: &mut Store, request: &Request, caller: &Caller) -> Result<Sums> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let expectations = lookup::expectations(conn, &dates)?;
        let cameras = Cameras::read(conn)?;
        let mut counting = Counting {
            by: request.by,
            groups: &request.groups,
            rows: FxHashMap::default(),
            gaps: Vec::new(),
        };
        let mut held = schedule::occurrences(conn, dates.clone())?;
        held.retain(|o| o.counts(caller.now));
        let facts = Facts {
            expectations: &expectations,
            cameras: &cameras,
            settings: &settings,
            groups: &request.groups,
        };
        if request.by == By::Session {
            for of_date in held.chunk_by(|a, b| a.date == b.date) {
                counting.count_sessions(conn, of_date[0].date, &facts, caller.now)?;
            }
        }
        for occurrence in held.iter().filter(|_| request.by == By::Reason) {
            counting.count_reasons(conn, occurrence, &facts, caller.now)?;
        }
        let periods = PeriodRows::of(&held);
        for occurrence in held.iter().filter(|_| !matches!(request.by, By::Session | By::Reason)) {
            counting.count_students(conn, (occurrence, &periods.row(occurrence)), &facts, caller.now)?;
        }
        let mut rows = Vec::new();
        for (key, sums) in counting.rows {
            rows.extend(sum(conn, request.by, key, sums)?);
        }
        request.order.sort(&mut rows);
        Ok(Sums {
            dates,
            by: request.by,
            rows,
            gaps: counting.gaps,
            begun: !held.is_empty(),
            has_sessions: !sessions::list(conn)?.is_empty(),
            zone: settings.zone,
        })
    })
}

/// Place and name of a row; students by identity, until their names are read.
type Key = (i64, String);

/// The sums as they grow.
struct Counting<'r> {
    by: By,
    /// The groups that have a row.
    groups: &'r GroupFilter,
    rows: FxHashMap<Key, (Counts, Gaps)>,
    gaps: Vec<Gap>,
}

impl Counting<'_> {
    /// Counts the students of an occurrence.
    fn count_students(
        &mut self,
        conn: &Connection,
        (occurrence, row): (&Occurrence, &PeriodRow),
        facts: &Facts,
        now: Instant,
    ) -> Result<()> {
        let mut unknown = false;
        let coverage = facts.cameras.coverage(conn, occurrence, now)?;
        let groups = facts.expectations.roll.groups_at(occurrence.starts_at);
        expected::each_standing(conn, occurrence, facts.expectations, |student, _, standing| {
            let class = groups.of(student).1;
            if facts.groups.passes(class) {
                let judged = judge(occurrence, now, coverage.is_blind(class), standing);
                unknown |= judged.status == Status::Unknown;
                self.count((occurrence, &coverage, row), student, class, judged);
            }
        })?;
        self.gaps.extend(unknown.then(|| Gap::of_school(occurrence, &coverage)));
        Ok(())
    }

    /// Counts a student in, in every row that the student belongs to.
    fn count(
        &mut self,
        (occurrence, coverage, (order, period)): (&Occurrence, &Coverage, &PeriodRow),
        student: StudentId,
        class: Option<&str>,
        judged: Judgement,
    ) {
        let (by, rows) = (self.by, &mut self.rows);
        let mut add = |key: Key| {
            let name = key.1.clone();
            let (counts, gaps) = rows.entry(key).or_default();
            counts.add(judged);
            if judged.status == Status::Unknown {
                gaps.add(occurrence.id, || gap((occurrence, coverage), by, class, &name).into());
            }
        };
        match by {
            By::Date => add((0, occurrence.date.to_string())),
            By::Period => add((*order, period.to_string())),
            By::Student => add((student.0, String::new())),
            By::Group => {
                memberships(class, self.groups).for_each(|(order, group)| add((order, group.to_owned())));
            }
            By::Session | By::Reason => {}
        }
    }

    /// Counts the sessions of a date.
    fn count_sessions(
        &mut self,
        conn: &Connection,
        date: NaiveDate,
        facts: &Facts,
        now: Instant,
    ) -> Result<()> {
        let students: Ids = students::ids(conn)?.into();
        let day = Day::read(conn, date, students.clone(), facts, now)?;
        let keys: Vec<Key> = (0..).zip(day.session_names().map(str::to_owned)).collect();
        for student in students.iter() {
            for (key, outcome) in keys.iter().zip(day.sessions(*student)) {
                let Some(outcome) = outcome else { continue };
                self.rows.entry(key.clone()).or_default().0.add(outcome);
            }
        }
        Ok(())
    }

    /// Counts the rows of a register that a person gave a reason, and absences without one.
    fn count_reasons(
        &mut self,
        conn: &Connection,
        occurrence: &Occurrence,
        facts: &Facts,
        now: Instant,
    ) -> Result<()> {
        let coverage = facts.cameras.coverage(conn, occurrence, now)?;
        let whose = Whose::ByCode;
        entries::each_entry(conn, occurrence, facts.expectations, whose, &coverage, now, |entry| {
            let missed = matches!(entry.judgement.status, Status::Absent | Status::Excused);
            let listed = entry.listed.as_ref().map(|listed| listed.words.as_str());
            let key = match listed.or(entry.reason()) {
                Some(reason) => Some((0, reason.to_owned())),
                None => missed.then(|| (1, String::new())),
            };
            if let Some(key) = key.filter(|_| facts.groups.passes(entry.group.as_deref())) {
                self.rows.entry(key).or_default().0.add(entry.judgement);
            }
            Ok(())
        })
    }
}

/// The gap that a student of `class` makes in a row; in sums by group, `key` is the group.
fn gap((occurrence, coverage): (&Occurrence, &Coverage), by: By, class: Option<&str>, key: &str) -> Gap {
    match by {
        By::Date | By::Period | By::Session | By::Reason => Gap::of_school(occurrence, coverage),
        By::Student => Gap::of_class(occurrence, coverage, class),
        By::Group => {
            let gap = Gap::of_class(occurrence, coverage, Some(key));
            // A student in two groups may be unknown because of a place of the other.
            if gap.places.is_empty() { Gap::of_class(occurrence, coverage, class) } else { gap }
        }
    }
}

/// A row with its names; `None`: the student is being erased.
fn sum(conn: &Connection, by: By, (order, key): Key, (counts, gaps): (Counts, Gaps)) -> Result<Option<Sum>> {
    if by != By::Student {
        return Ok(Some(Sum { order, key, name: None, counts, gaps }));
    }
    let named = students::named(conn, StudentId(order))?;
    Ok(named.map(|(key, name)| Sum { order: 0, key, name: Some(name), counts, gaps }))
}
