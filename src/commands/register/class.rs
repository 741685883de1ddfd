//! Reading class registers: every occurrence is read once, for the students of the classes that are asked for.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::register::class::{ClassCell, ClassDay, ClassRegister, ClassRow};
use crate::domain::register::session::SchoolSession;
use crate::domain::register::status::Counts;
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::time::calendar::{closure_on, each_date};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::{Failure, Result};
use crate::store::register::expected::Whose;
use crate::store::register::sessions;
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, Store, settings};

/// The week of a date as the school has it: it begins after the free days, on a Sunday or a Saturday in many countries.
pub(crate) fn week(store: &mut Store, date: NaiveDate) -> Result<RangeInclusive<NaiveDate>> {
    let periods = store.read(|conn| Ok::<_, Failure>(periods::list(conn)?))?;
    let held = |day: Weekday| periods.iter().any(|template| template.period.is_planned_on(day));
    let begins =
        [Weekday::Mon, Weekday::Sun, Weekday::Sat].into_iter().find(|day| held(*day) && !held(day.pred()));
    let since = date.weekday().days_since(begins.unwrap_or(Weekday::Mon));
    let first = date - Days::new(since.into());
    Ok(first..=first + Days::new(6))
}

/// The registers of the classes that `groups` names, over some dates, by name.
///
/// # Errors
/// No period is held for them on these dates.
pub(crate) fn read(
    store: &mut Store,
    groups: &GroupFilter,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<(Vec<ClassRegister>, Settings)> {
    store.read(|conn| {
        let mut held = schedule::occurrences(conn, dates.clone())?;
        held.retain(Occurrence::held);
        let cells = cells(conn, &held, groups, dates, caller)?;
        if cells.is_empty() {
            let (first, last) = (dates.start(), dates.end());
            return Err(Problem::new(
                Kind::Refused,
                format!("no period is held for these classes on {first}..{last}"),
            )
            .hint(format!("attend schedule list --from {first}, or attend schedule generate --from {first}"))
            .into());
        }
        let closures = schedule::closures(conn)?;
        let closed: Vec<(NaiveDate, String)> = each_date(dates)
            .filter_map(|date| Some((date, closure_on(date, &closures)?.reason.clone())))
            .collect();
        let sessions = sessions::list(conn)?;
        let plan = Plan { held: &held, sessions: &sessions, closed: &closed, dates, now: caller.now };
        let registers = cells.into_iter().map(|(class, students)| plan.register(class, students));
        Ok((registers.collect(), settings::load(conn)?))
    })
}

/// The cells of a student by the place of the occurrence, below the code and name.
type Students = BTreeMap<(String, String), BTreeMap<usize, ClassCell>>;

/// The cells of every class that is asked for.
fn cells(
    conn: &Connection,
    held: &[Occurrence],
    groups: &GroupFilter,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<BTreeMap<String, Students>> {
    let (expectations, cameras) = (lookup::expectations(conn, dates)?, Cameras::read(conn)?);
    let members = expectations.roll.members(|group| groups.passes(Some(group)));
    let mut classes: BTreeMap<String, Students> = BTreeMap::new();
    for (place, occurrence) in held.iter().enumerate() {
        let coverage = cameras.coverage(conn, occurrence, caller.now)?;
        let whose = Whose::Some(&members);
        entries::each_entry(conn, occurrence, &expectations, whose, &coverage, caller.now, |entry| {
            let begun = occurrence.has_begun(caller.now);
            let cell = if begun { ClassCell::Judged(entry.judgement) } else { ClassCell::Ahead };
            let of_entry = entry.group.as_deref().into_iter().flat_map(|group| group.split(','));
            for class in of_entry.filter(|group| groups.passes(Some(group))) {
                let students = classes.entry(class.to_owned()).or_default();
                let student = (entry.code.clone(), entry.name.clone());
                students.entry(student).or_default().insert(place, cell);
            }
            Ok(())
        })?;
    }
    Ok(classes)
}

/// The occurrences, sessions and closures of the dates.
struct Plan<'p> {
    held: &'p [Occurrence],
    sessions: &'p [SchoolSession],
    closed: &'p [(NaiveDate, String)],
    dates: &'p RangeInclusive<NaiveDate>,
    now: Instant,
}

impl Plan<'_> {
    /// The register of a class from the cells of its students.
    fn register(&self, class: String, students: Students) -> ClassRegister {
        let of_class = |place: &usize| students.values().any(|cells| cells.contains_key(place));
        let places: Vec<usize> = (0..self.held.len()).filter(of_class).collect();
        let by_day: Vec<&[usize]> =
            places.chunk_by(|a, b| self.held[*a].date == self.held[*b].date).collect();
        let mut days: Vec<ClassDay> = by_day.iter().map(|day| self.day(day)).collect();
        let rows = students.into_iter().map(|(student, cells)| self.row(student, &cells, &by_day));
        let mut rows: Vec<ClassRow> = rows.collect();
        for (date, reason) in self.closed {
            let at = days.partition_point(|day| day.date < *date);
            if days.get(at).is_some_and(|day| day.date == *date) {
                continue;
            }
            let (periods, sessions, closure) = (Vec::new(), Vec::new(), Some(reason.clone()));
            days.insert(at, ClassDay { date: *date, periods, sessions, closure });
            for row in &mut rows {
                row.cells.insert(at, Vec::new());
                row.sessions.insert(at, Vec::new());
            }
        }
        ClassRegister { class, dates: self.dates.clone(), days, rows }
    }

    fn day(&self, day: &[usize]) -> ClassDay {
        ClassDay {
            date: self.held[day[0]].date,
            periods: day.iter().map(|place| self.held[*place].period.to_string()).collect(),
            sessions: self.sessions_of(day).map(|(session, _)| session.name.clone()).collect(),
            closure: None,
        }
    }

    /// The sessions of a day, each with the places of its periods.
    fn sessions_of(&self, day: &[usize]) -> impl Iterator<Item = (&SchoolSession, Vec<usize>)> {
        let sessions = self.sessions.iter().map(move |session| {
            let own = day.iter().copied().filter(|place| session.holds(&self.held[*place].period));
            (session, own.collect::<Vec<usize>>())
        });
        sessions.filter(|(_, places)| !places.is_empty())
    }

    fn row(
        &self,
        (code, name): (String, String),
        cells: &BTreeMap<usize, ClassCell>,
        by_day: &[&[usize]],
    ) -> ClassRow {
        let cell = |place: &usize| cells.get(place).copied().unwrap_or(ClassCell::NotEnrolled);
        let (mut counts, mut minutes_late) = (Counts::default(), 0);
        for cell in cells.values() {
            if let ClassCell::Judged(judged) = cell {
                counts.add(*judged);
                minutes_late += judged.minutes_late.unwrap_or_default();
            }
        }
        let session = |(session, places): (&SchoolSession, Vec<usize>)| {
            let begun = places.iter().any(|place| self.held[*place].has_begun(self.now));
            session.judge(places.iter().filter_map(|place| cell(place).outcome())).filter(|_| begun)
        };
        ClassRow {
            code,
            name,
            cells: by_day.iter().map(|day| day.iter().map(cell).collect()).collect(),
            sessions: by_day.iter().map(|day| self.sessions_of(day).map(session).collect()).collect(),
            counts,
            minutes_late,
        }
    }
}
