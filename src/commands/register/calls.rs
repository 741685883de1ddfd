//! The calls of the day: students who were seen earlier but are missing in a lesson, and students who are absent
//! without a reason.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::Path;

use chrono::{Days, NaiveDate};
use rustc_hash::FxHashMap;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::{day, entries, roster};
use crate::commands::sheet::records::each_record;
use crate::commands::{Caller, lookup, sheet};
use crate::domain::Invalid;
use crate::domain::count::counted;
use crate::domain::register::calls::{Missing, Unexplained};
use crate::domain::register::gap::{ByClass, Gaps};
use crate::domain::register::status::Status;
use crate::domain::roll::code::{tidy, unguarded};
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::header::code_column;
use crate::domain::roll::student::ALWAYS;
use crate::domain::spelling::folded;
use crate::domain::time::Zone;
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::register::expected::Whose;
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, StoreError, settings};

/// The lessons, with the students who are missing in them.
#[derive(Debug)]
pub(crate) struct Lessons {
    /// The requested lessons.
    pub occurrences: Vec<Occurrence>,
    /// By lesson and code.
    pub missing: Vec<Missing>,
    /// The zone of times.
    pub zone: Zone,
}

/// Students who were seen or present earlier today and are absent in the active lessons, or in that of a period.
/// Students who may have been missed by a blind camera are never listed.
pub(crate) fn missing(
    store: &mut Store,
    period: Option<&str>,
    groups: &GroupFilter,
    caller: &Caller,
) -> Result<Lessons> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let occurrences = match period {
            Some(period) => vec![roster::one(conn, today, period)?],
            None => roster::active(conn, today, caller.now)?,
        };
        let expectations = lookup::expectations(conn, &lookup::neighbours(today))?;
        let cameras = Cameras::read(conn)?;
        let mut missing = Vec::new();
        for occurrence in &occurrences {
            let before = occurrence.opens_at.min(caller.now);
            let last = day::last_seen(conn, before, &settings)?;
            let last = with_codes(conn, last)?;
            let coverage = cameras.coverage(conn, occurrence, caller.now)?;
            entries::each_entry(
                conn,
                occurrence,
                &expectations,
                Whose::ByCode,
                &coverage,
                caller.now,
                |entry| {
                    let absent =
                        entry.judgement.status == Status::Absent && groups.passes(entry.group.as_deref());
                    if let Some(last) = last.get(&entry.code).filter(|_| absent) {
                        let (occurrence, last) = (occurrence.clone(), last.clone());
                        let (code, name, group) = (entry.code, entry.name, entry.group);
                        missing.push(Missing { code, name, group, occurrence, last });
                    }
                    Ok(())
                },
            )?;
        }
        Ok(Lessons { occurrences, missing, zone: settings.zone })
    })
}

fn with_codes<T>(
    conn: &Connection,
    by_id: FxHashMap<crate::domain::roll::student::StudentId, T>,
) -> Result<FxHashMap<String, T>> {
    let mut by_code = FxHashMap::default();
    for (student, value) in by_id {
        if let Some((code, _)) = crate::store::roll::students::named(conn, student)? {
            by_code.insert(code, value);
        }
    }
    Ok(by_code)
}

/// Which absences are listed.
#[derive(Debug)]
pub(crate) struct Request {
    /// The dates. `None`: today, or with `older_than` the month before that.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only absences at least this many days ago.
    pub older_than: Option<u64>,
    /// Only these groups.
    pub groups: GroupFilter,
    /// The greatest plausible share of absent students on a day, in percent. More indicates a fault of the schedule or
    /// the cameras.
    pub max_percent: f64,
    /// Contact details by folded code, from a file that is not stored.
    pub contacts: FxHashMap<String, String>,
}

impl Request {
    /// Every absence, whatever share of a day's students is on the list.
    pub(crate) fn all() -> Self {
        Self {
            dates: None,
            older_than: None,
            groups: GroupFilter::default(),
            max_percent: 100.0,
            contacts: FxHashMap::default(),
        }
    }
}

/// The search for absences older than some days goes back this many days.
const LOOK_BACK: u64 = 31;

/// A number of days before a date, at most back to the first date that there is.
fn earlier(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).map_or(ALWAYS, |date| date.max(ALWAYS))
}

/// Students who are absent without a reason, the worst first.
///
/// # Errors
/// More than the greatest share of the students of a date is on the list.
pub(crate) fn unexplained(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
) -> Result<(Vec<Unexplained>, Zone)> {
    store.read(|conn| {
        refuse_strangers(conn, &request.contacts)?;
        let zone = settings::load(conn)?.zone;
        let today = local_date(caller.now, zone);
        let latest = request.older_than.map_or(today, |days| earlier(today, days));
        let dates = match (&request.dates, request.older_than) {
            (Some(dates), _) => *dates.start()..=latest.min(*dates.end()),
            (None, Some(_)) => earlier(latest, LOOK_BACK)..=latest,
            (None, None) => today..=today,
        };
        let expectations = lookup::expectations(conn, &dates)?;
        let cameras = Cameras::read(conn)?;
        let mut occurrences = schedule::occurrences(conn, dates)?;
        occurrences.retain(|o| o.counts(caller.now));
        let mut all = Vec::new();
        for of_date in occurrences.chunk_by(|a, b| a.date == b.date) {
            all.extend(listed(conn, of_date, (&expectations, &cameras), request, caller)?);
        }
        all.sort_by(|a, b| a.key().cmp(&b.key()));
        Ok((all, zone))
    })
}

/// The students on the list of one date, of which `occurrences` have begun, the worst first.
pub(crate) fn listed(
    conn: &Connection,
    occurrences: &[Occurrence],
    reads: (&Expectations, &Cameras),
    request: &Request,
    caller: &Caller,
) -> Result<Vec<Unexplained>> {
    let mut students = of_one_date(conn, occurrences, reads, request, caller)?;
    if let Some(occurrence) = occurrences.first() {
        refuse_too_many(&students, occurrence.date, request.max_percent)?;
    }
    students.retain(|student| student.absent > 0 || student.unsure > 0 && student.unsure == student.expected);
    students.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(students)
}

/// Every student expected on one date, with the number of absences without a reason.
fn of_one_date(
    conn: &Connection,
    occurrences: &[Occurrence],
    (expectations, cameras): (&Expectations, &Cameras),
    request: &Request,
    caller: &Caller,
) -> Result<Vec<Unexplained>> {
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    let mut students: Vec<Unexplained> = Vec::new();
    for occurrence in occurrences {
        let coverage = cameras.coverage(conn, occurrence, caller.now)?;
        let mut gaps = ByClass::new(occurrence, &coverage);
        entries::each_entry(conn, occurrence, expectations, Whose::ByCode, &coverage, caller.now, |entry| {
            let undecided = matches!(entry.judgement.status, Status::Expected | Status::Elsewhere);
            if !request.groups.passes(entry.group.as_deref()) || undecided {
                return Ok(());
            }
            let place = *places.entry(entry.code.clone()).or_insert(students.len());
            if place == students.len() {
                students.push(Unexplained {
                    date: occurrence.date,
                    code: entry.code.clone(),
                    name: entry.name.clone(),
                    group: entry.group.clone(),
                    absent: 0,
                    unsure: 0,
                    low: 0,
                    gaps: Gaps::default(),
                    expected: 0,
                    contact: request.contacts.get(&folded(&entry.code)).cloned(),
                });
            }
            let student = &mut students[place];
            student.expected += 1;
            match entry.judgement.status {
                Status::Absent if entry.reason().is_none() => student.absent += 1,
                Status::LowScore => {
                    student.unsure += 1;
                    student.low += 1;
                }
                Status::Unknown => {
                    student.unsure += 1;
                    student.gaps.add(occurrence.id, || gaps.of(entry.group.as_deref()));
                }
                _ => {}
            }
            Ok(())
        })?;
    }
    Ok(students)
}

/// If half a school seems to be absent, the schedule or a camera is wrong, so no calls are listed.
fn refuse_too_many(students: &[Unexplained], date: NaiveDate, max_percent: f64) -> Result<()> {
    let listed = students.iter().filter(|student| student.absent > 0 && !student.check_first()).count();
    let percent = listed as f64 * 100.0 / students.len().max(1) as f64;
    if listed > 1 && percent > max_percent {
        let of = counted(students.len(), "student");
        let message = format!("{listed} of {of} would be called for {date}: more than {max_percent} %");
        return Err(Problem::new(Kind::Refused, message)
            .hint("look at attend schedule list and attend health; --max-percent 100 lists them anyway")
            .into());
    }
    Ok(())
}

/// Refuses contacts without the code of any student: another column was taken for the codes. The keys are folded codes.
fn refuse_strangers(conn: &Connection, contacts: &FxHashMap<String, String>) -> Result<()> {
    let Some(first) = contacts.keys().min() else { return Ok(()) };
    let mut known = false;
    students::each_name(conn, |_, code, _| {
        known |= contacts.contains_key(&folded(code));
        Ok::<(), StoreError>(())
    })?;
    if known {
        return Ok(());
    }
    let message = format!("no code in the file of contacts belongs to a student; the first one is {first:?}");
    let hint = "call the column of codes \"code\"; attend student list shows the codes";
    Err(Problem::new(Kind::Data, message).hint(hint).into())
}

/// Reads a file of contacts, as spreadsheets write them: a header, and a column of codes that is called like that of a
/// roll. The rest of each row is shown unchanged, that of several rows of a student together. The keys are folded codes.
///
/// # Errors
/// No header names a column of codes.
pub(crate) fn contacts(file: &Path) -> Result<FxHashMap<String, String>> {
    let name = file.display().to_string();
    let (mut column, mut faults) = (None, Vec::new());
    let mut contacts: FxHashMap<String, String> = FxHashMap::default();
    each_record(&name, &sheet::open(file, None)?, &mut |line, row| {
        let cells: Vec<Cow<str>> = row.iter().map(tidy).collect();
        let cells: Vec<&str> = cells.iter().map(|cell| unguarded(cell)).collect();
        let Some(code) = column else {
            if faults.len() < sheet::HEADER_WITHIN {
                let in_line = |fault| Problem::in_file(format!("{name}:{line}"), fault);
                column = code_column(&cells).map_err(|fault| faults.push(in_line(fault))).ok();
            }
            return Ok(());
        };
        let told = cells.iter().enumerate().filter(|(nth, cell)| *nth != code && !cell.is_empty());
        let told = told.map(|(_, cell)| *cell).collect::<Vec<_>>().join(" · ");
        if let Some(code) = cells.get(code).filter(|code| !code.is_empty() && !told.is_empty()) {
            let known = contacts.entry(folded(code)).or_default();
            let between = if known.is_empty() { "" } else { " · " };
            *known = format!("{known}{between}{told}");
        }
        Ok(())
    })?;
    match (column, faults.into_iter().next()) {
        (Some(_), _) => Ok(contacts),
        (None, Some(fault)) => Err(fault.into()),
        (None, None) => Err(Problem::in_file(name, Invalid::new("the file of contacts is empty")).into()),
    }
}
