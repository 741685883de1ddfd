//! Finds the students, occurrences and spans of time of an action.

use chrono::{Datelike, Days, NaiveDate};
use std::ops::RangeInclusive;

use super::Request;
use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::register::act::Act;
use crate::domain::register::mark::MarkDecision;
use crate::domain::roll::enrolment::Stretch;
use crate::domain::roll::student::StudentId;
use crate::domain::time::calendar::{closure_on, day, each_date, local_date, resolve};
use crate::domain::time::day::Hours;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceState, Timetable};
use crate::domain::timetable::schedule::{Template, times_of};
use crate::failure::{Failure, Result};
use crate::store::roll::enrolments;
use crate::store::roll::students::{self, Stored};
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, settings};

/// A student of an action.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// The student with the groups at the first date.
    pub student: Stored,
    /// Whether the student was named by code. It is an error if nothing can be done for such a student. Students of a
    /// group are skipped.
    pub named: bool,
}

/// The subjects of an action.
#[derive(Debug, Default)]
pub(crate) struct MarkSelection {
    pub students: Vec<Chosen>,
    /// Registers in which every student is marked whom the register lists.
    pub registers: Vec<Occurrence>,
    /// The active register of each student.
    pub own: Vec<(StudentId, Occurrence)>,
    /// Spans of time that are excused, or in which excuses end.
    pub spans: Vec<Stretch>,
}

impl MarkSelection {
    /// Finds the subjects of a request.
    pub(crate) fn find(conn: &Connection, request: &Request, caller: &Caller) -> Result<Self> {
        let zone = settings::load(conn)?.zone;
        let today = local_date(caller.now, zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let students = students(conn, request, *day(*dates.start(), zone).start(), caller)?;
        let mut selection = Self { students, ..Self::default() };
        let excuse = request.act == Act::Mark(MarkDecision::Excused);
        let whole = request.all_day || request.dates.is_some() || request.hours.is_some();
        match request.act {
            Act::Leave(at) | Act::Return(at) => {
                let at = match (at, &request.dates) {
                    (Some(time), _) => resolve(*dates.start(), time, zone),
                    (None, None) => caller.now,
                    (None, Some(_)) => {
                        return Err(needs("a date alone does not say when", "name the time with --at"));
                    }
                };
                selection.spans =
                    vec![Stretch { from: at, until: midnight_after(local_date(at, zone), zone) }];
            }
            _ if !request.periods.is_empty() => {
                selection.add_periods(conn, request, &dates, zone)?;
            }
            Act::Mark(_) if excuse && whole => selection.spans = spans(&dates, request.hours, zone)?,
            Act::TakeBack if whole => {
                selection.spans = spans(&dates, request.hours, zone)?;
                selection.registers = on(conn, &dates)?;
            }
            _ if request.all_day => selection.registers = held(conn, &dates)?,
            _ if request.dates.is_some() => {
                let whom = request.codes.first().map_or("a group", String::as_str);
                let message = format!("a date alone does not say in which period to mark {whom}");
                return Err(needs(&message, "name it with --period, or add --all-day"));
            }
            _ => selection.add_active(conn, today, caller)?,
        }
        Ok(selection)
    }

    /// The named periods of some dates. An excuse may be for a period that is not scheduled yet.
    fn add_periods(
        &mut self,
        conn: &Connection,
        request: &Request,
        dates: &RangeInclusive<NaiveDate>,
        zone: Zone,
    ) -> Result<()> {
        let single = dates.start() == dates.end();
        for date in each_date(dates) {
            for name in &request.periods {
                let found = lookup::occurrence(conn, name, date);
                match found {
                    Ok(occurrence) if occurrence.held() => self.registers.push(occurrence),
                    Ok(occurrence) if single => return Err(not_held(&occurrence)),
                    Ok(_) => {}
                    Err(error) if request.act == Act::Mark(MarkDecision::Excused) => {
                        match template_on(conn, name, date)? {
                            Some(template) => {
                                let (from, until) = times_of(&template.period, date, zone);
                                self.spans.push(Stretch { from, until });
                            }
                            None if single => return Err(error),
                            None => {}
                        }
                    }
                    Err(error) if single => return Err(error),
                    Err(_) => {}
                }
            }
        }
        if self.registers.is_empty() && self.spans.is_empty() {
            return Err(nothing_held(conn, dates)?);
        }
        Ok(())
    }

    /// The occurrence in which a recognition of each student would count now.
    fn add_active(&mut self, conn: &Connection, today: NaiveDate, caller: &Caller) -> Result<()> {
        let timetable = lookup::timetable(conn, today)?;
        for chosen in &self.students {
            let id = chosen.student.id;
            match enrolments::of(conn, id)?.occurrence_at(&timetable, caller.now) {
                Some(occurrence) => self.own.push((id, occurrence.clone())),
                None if chosen.named => return Err(none_active(conn, chosen, today)?),
                None => {}
            }
        }
        Ok(())
    }
}

fn needs(message: &str, hint: &str) -> Failure {
    Problem::new(Kind::Usage, message).hint(hint).into()
}

/// Students by code, then all students on the roll in one of the groups.
fn students(conn: &Connection, request: &Request, first: Instant, caller: &Caller) -> Result<Vec<Chosen>> {
    let mut chosen: Vec<Chosen> = Vec::new();
    for code in &request.codes {
        let student = lookup::student(conn, code, caller.now)?;
        if chosen.iter().all(|known| known.student.id != student.id) {
            chosen.push(Chosen { student, named: true });
        }
    }
    if let Some(groups) = &request.groups {
        // A range that begins before the first enrolment uses the groups of today.
        let at = if request.dates.is_some() { first } else { caller.now };
        let all = students::list(conn, at)?.into_iter();
        let members =
            all.filter(|known| known.student.active && groups.passes(known.student.group.as_deref()));
        for student in members {
            if chosen.iter().all(|known| known.student.id != student.id) {
                chosen.push(Chosen { student, named: false });
            }
        }
        if chosen.is_empty() {
            return Err(Problem::new(Kind::Refused, "no student is in that group then")
                .hint("attend student list")
                .into());
        }
    }
    Ok(chosen)
}

/// The whole of the dates, or the same hours of each.
fn spans(dates: &RangeInclusive<NaiveDate>, hours: Option<Hours>, zone: Zone) -> Result<Vec<Stretch>> {
    let mut spans: Vec<Stretch> = match hours {
        None => vec![Stretch {
            from: *day(*dates.start(), zone).start(),
            until: midnight_after(*dates.end(), zone),
        }],
        Some(Hours { from, until }) => each_date(dates)
            .map(|date| Stretch { from: resolve(date, from, zone), until: resolve(date, until, zone) })
            .collect(),
    };
    // Hours and dates that the clocks skip have no length, so they are left out.
    spans.retain(|span| span.from < span.until);
    if spans.is_empty() {
        return Err(Problem::new(Kind::Refused, "the clocks of the school skip that time")
            .hint("name other dates, or other times with --between")
            .into());
    }
    Ok(spans)
}

fn midnight_after(date: NaiveDate, zone: Zone) -> Instant {
    *day(date + Days::new(1), zone).start()
}

fn on(conn: &Connection, dates: &RangeInclusive<NaiveDate>) -> Result<Vec<Occurrence>> {
    let mut all = schedule::occurrences(conn, dates.clone())?;
    all.retain(Occurrence::held);
    Ok(all)
}

/// Every occurrence that is held on some dates. It is an error if there is none.
fn held(conn: &Connection, dates: &RangeInclusive<NaiveDate>) -> Result<Vec<Occurrence>> {
    let all = on(conn, dates)?;
    if all.is_empty() { Err(nothing_held(conn, dates)?) } else { Ok(all) }
}

/// Names the holiday, if there is one.
fn nothing_held(conn: &Connection, dates: &RangeInclusive<NaiveDate>) -> Result<Failure> {
    let (first, last) = (dates.start(), dates.end());
    let closures = schedule::closures(conn)?;
    let closed = each_date(dates).find_map(|date| closure_on(date, &closures));
    let when = if first == last { first.to_string() } else { format!("{first}..{last}") };
    Ok(match closed {
        Some(closure) => {
            Problem::new(Kind::Refused, format!("no period is held on {when}: {}", closure.reason))
                .hint(format!("attend schedule open {when}"))
        }
        None if is_free(conn, dates)? => Problem::new(
            Kind::Refused,
            format!("no period is scheduled on {when}, and the weekly plan has none then"),
        )
        .hint("attend schedule add adds a lesson on one date; attend period list shows the weekly plan"),
        None => Problem::new(Kind::Refused, format!("no period is scheduled on {when}"))
            .hint(format!("attend schedule generate --from {first} --days 7")),
    }
    .into())
}

/// Whether the weekly plan has no period on any of these dates.
fn is_free(conn: &Connection, dates: &RangeInclusive<NaiveDate>) -> Result<bool> {
    let plan = periods::list(conn)?;
    let planned = |date: NaiveDate| plan.iter().any(|template| template.period.is_planned_on(date.weekday()));
    Ok(!each_date(dates).any(planned))
}

fn not_held(occurrence: &Occurrence) -> Failure {
    let (period, date) = (&occurrence.period, occurrence.date);
    let (why, hint) = match &occurrence.state {
        OccurrenceState::Closed(reason) => (reason.as_str(), format!("attend schedule open {date}")),
        OccurrenceState::Cancelled(reason) => {
            (reason.as_str(), format!("attend schedule restore {:?} --date {date}", &**period))
        }
        OccurrenceState::Planned => ("", String::new()),
    };
    Problem::new(Kind::Refused, format!("{period} on {date} is not held: {why}")).hint(hint).into()
}

/// A period of the weekly plan, if it is held on a date.
fn template_on(conn: &Connection, name: &str, date: NaiveDate) -> Result<Option<Template>> {
    let template = lookup::period(conn, name)?;
    let closures = schedule::closures(conn)?;
    let held = template.period.is_planned_on(date.weekday());
    Ok(Some(template).filter(|_| held && closure_on(date, &closures).is_none()))
}

/// Names the holiday, if today is one.
fn none_active(conn: &Connection, chosen: &Chosen, today: NaiveDate) -> Result<Failure> {
    let code = &chosen.student.student.code;
    let closures = schedule::closures(conn)?;
    let message = match closure_on(today, &closures) {
        Some(closure) => format!("no period is active for {code}: {} ({})", closure.reason, today),
        None => format!("no period is active for {code}"),
    };
    Ok(Problem::new(Kind::Refused, message).hint("name one with --period (and --date)").into())
}

/// The timetable of the occurrences that are held.
pub(crate) fn overlapping(conn: &Connection, span: Stretch, zone: Zone) -> Result<Vec<Occurrence>> {
    let last = Instant::from_micros(span.until.micros() - 1);
    let dates = *lookup::neighbours(local_date(span.from, zone)).start()..=local_date(last, zone);
    let timetable = Timetable::new(schedule::occurrences(conn, dates)?);
    let overlaps = |o: &&Occurrence| span.from < o.ends_at && o.starts_at < span.until;
    Ok(timetable.held().iter().filter(overlaps).cloned().collect())
}
