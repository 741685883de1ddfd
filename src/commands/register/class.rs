//! Reading class registers: every occurrence is read once, for the students of the classes that are asked for.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::{entries, sessions};
use crate::commands::{Caller, lookup};
use crate::domain::register::class::{ClassCell, ClassDay, ClassRegister, ClassRow};
use crate::domain::register::session::HeldSession;
use crate::domain::register::status::{BriefJudgement, Counts};
use crate::domain::roll::group::GroupFilter;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{closure_on, each_date};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::{Failure, Result};
use crate::store::register::expected::Whose;
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
        let Found { classes, outcomes } = found(conn, &held, groups, dates, caller)?;
        if classes.is_empty() {
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
        let sessions = sessions::held(conn, &held, caller.now)?;
        let plan = Plan { held: &held, outcomes: &outcomes, sessions: &sessions, closed: &closed, dates };
        let registers = classes.into_iter().map(|(class, students)| plan.register(class, students));
        Ok((registers.collect(), settings::load(conn)?))
    })
}

/// The cells of a student by the place of the occurrence, below the code and name.
type Students = BTreeMap<(String, String), BTreeMap<usize, ClassCell>>;

/// The registers of the students of some classes.
#[derive(Default)]
struct Found {
    /// The cells of every class that is asked for.
    classes: BTreeMap<String, Students>,
    outcomes: Outcomes,
}

/// The outcomes of a student by the place of the occurrence, below the code, whatever class the student was in.
type Outcomes = BTreeMap<String, BTreeMap<usize, BriefJudgement>>;

fn found(
    conn: &Connection,
    held: &[Occurrence],
    groups: &GroupFilter,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<Found> {
    let (expectations, cameras) = (lookup::expectations(conn, dates)?, Cameras::read(conn)?);
    let members = expectations.roll.members(|group| groups.passes(Some(group)));
    let mut found = Found::default();
    for (place, occurrence) in held.iter().enumerate() {
        let coverage = cameras.coverage(conn, occurrence, caller.now)?;
        let whose = Whose::Some(&members);
        entries::each_entry(conn, occurrence, &expectations, whose, &coverage, caller.now, |entry| {
            let begun = occurrence.has_begun(caller.now);
            let cell = if begun { ClassCell::Judged(entry.judgement) } else { ClassCell::Ahead };
            let of_entry = entry.group.as_deref().into_iter().flat_map(|group| group.split(','));
            for class in of_entry.filter(|group| groups.passes(Some(group))) {
                let students = found.classes.entry(class.to_owned()).or_default();
                let student = (entry.code.clone(), entry.name.clone());
                students.entry(student).or_default().insert(place, cell);
            }
            found.outcomes.entry(entry.code).or_default().insert(place, entry.judgement.into());
            Ok(())
        })?;
    }
    Ok(found)
}

/// The occurrences, sessions and closures of the dates.
struct Plan<'p> {
    held: &'p [Occurrence],
    outcomes: &'p Outcomes,
    sessions: &'p [HeldSession],
    closed: &'p [(NaiveDate, String)],
    dates: &'p RangeInclusive<NaiveDate>,
}

impl Plan<'_> {
    /// The register of a class from the cells of its students.
    fn register(&self, class: String, students: Students) -> ClassRegister {
        let of_class = |place: &usize| students.values().any(|cells| cells.contains_key(place));
        let places: Vec<usize> = (0..self.held.len()).filter(of_class).collect();
        let by_day: Vec<&[usize]> =
            places.chunk_by(|a, b| self.held[*a].date == self.held[*b].date).collect();
        let sessions: Vec<Vec<&HeldSession>> = by_day.iter().map(|day| self.sessions_of(day)).collect();
        let mut days: Vec<ClassDay> =
            by_day.iter().zip(&sessions).map(|(day, sessions)| self.day(day, sessions)).collect();
        let rows = students.into_iter().map(|(student, cells)| self.row(student, &cells, &by_day, &sessions));
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

    fn day(&self, day: &[usize], sessions: &[&HeldSession]) -> ClassDay {
        ClassDay {
            date: self.held[day[0]].date,
            periods: day.iter().map(|place| self.held[*place].period.to_string()).collect(),
            sessions: sessions.iter().map(|held| held.session.name.clone()).collect(),
            closure: None,
        }
    }

    /// The sessions with some of the periods of a class on a day.
    fn sessions_of(&self, day: &[usize]) -> Vec<&HeldSession> {
        self.sessions.iter().filter(|held| held.places().any(|place| day.contains(&place))).collect()
    }

    fn row(
        &self,
        (code, name): (String, String),
        cells: &BTreeMap<usize, ClassCell>,
        by_day: &[&[usize]],
        sessions: &[Vec<&HeldSession>],
    ) -> ClassRow {
        let cell = |place: &usize| cells.get(place).copied().unwrap_or(ClassCell::NotEnrolled);
        let (mut counts, mut minutes_late) = (Counts::default(), 0);
        for cell in cells.values() {
            if let ClassCell::Judged(judged) = cell {
                counts.add(*judged);
                minutes_late += judged.minutes_late.unwrap_or_default();
            }
        }
        let outcomes = &self.outcomes[&code];
        // A session stands in the register of the class in which it began for the student, as in all sums.
        let session = |held: &&HeldSession| {
            let (first, outcome) = held.judge(|place| outcomes.get(&place).copied())?;
            cells.contains_key(&first).then_some(outcome)
        };
        ClassRow {
            code,
            name,
            cells: by_day.iter().map(|day| day.iter().map(cell).collect()).collect(),
            sessions: sessions.iter().map(|day| day.iter().map(session).collect()).collect(),
            counts,
            minutes_late,
        }
    }
}
