//! Looks things up by typed names, with a suggestion if nothing is found.

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};

use super::Caller;
use super::problem::{Kind, Problem};
pub(crate) use super::roll::find::{codes, known_student, student};
use crate::domain::evidence::camera::Camera;
use crate::domain::roll::expectation::{Expectations, Roll};
use crate::domain::roll::student::StudentId;
use crate::domain::spelling::{matches, same};
use crate::domain::suggest::did_you_mean;
use crate::domain::time::Instant;
use crate::domain::time::calendar::{closure_on, local_date};
use crate::domain::timetable::occurrence::{Lack, Occurrence, Timetable};
use crate::domain::timetable::period::Groups;
use crate::domain::timetable::schedule::Template;
use crate::failure::Result;
use crate::store::evidence::cameras;
use crate::store::roll::{enrolments, students};
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, settings};

/// A period by name, ignoring case.
pub(crate) fn period(conn: &Connection, name: &str) -> Result<Template> {
    let all = periods::list(conn)?;
    if let Some(found) = all.iter().find(|template| same(&template.period.name, name.trim())) {
        return Ok(found.clone());
    }
    let names = all.iter().map(|template| template.period.name.as_str());
    Err(Problem::not_found("period named", name, names, "attend period list").into())
}

pub(crate) fn camera(conn: &Connection, name: &str) -> Result<Camera> {
    let all = cameras::list(conn)?;
    if let Some(found) = all.iter().find(|camera| &*camera.name == name) {
        return Ok(found.clone());
    }
    Err(Problem::not_found("camera", name, all.iter().map(|camera| &*camera.name), "attend camera list")
        .into())
}

/// A warning for each name or pattern that matches no group of any student, past or present.
pub(crate) fn without_members<'n>(
    conn: &Connection,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<String>> {
    let mut names = names.peekable();
    if names.peek().is_none() {
        return Ok(Vec::new());
    }
    let known = enrolments::groups(conn)?;
    let nobody = |name: &&str| !name.is_empty() && !known.iter().any(|group| matches(name, group));
    Ok(names.filter(nobody).map(|name| without_member(name, &known)).collect())
}

/// The same for a period. A school without groups is still being set up.
pub(crate) fn without_members_yet(conn: &Connection, groups: &Groups) -> Result<Vec<String>> {
    let warnings = without_members(conn, groups.names())?;
    Ok(if enrolments::groups(conn)?.is_empty() { Vec::new() } else { warnings })
}

/// Groups that a warning names.
const NAMED: usize = 6;

fn without_member(name: &str, known: &[String]) -> String {
    let meant = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| match known {
        [] => "no student is in any group".to_owned(),
        [only] => format!("the only group is {only}"),
        _ if known.len() > NAMED => format!("groups are {} and others", known[..NAMED].join(", ")),
        _ => format!("groups are {}", known.join(", ")),
    });
    format!("no student is in group {name:?}: {meant}")
}

/// The occurrence of the period called `name` on `date`.
pub(crate) fn occurrence(conn: &Connection, name: &str, date: NaiveDate) -> Result<Occurrence> {
    let all = schedule::occurrences(conn, date..=date)?;
    if let Some(found) = all.iter().find(|o| same(&o.period, name.trim())) {
        return Ok(found.clone());
    }
    if let Some(closure) = closure_on(date, &schedule::closures(conn)?) {
        return Err(Problem::new(Kind::Refused, format!("{date} is closed: {}", closure.reason))
            .hint(format!("attend schedule open {date}"))
            .into());
    }
    let list = format!("attend schedule list --from {date} --days 1");
    let noun = format!("occurrence on {date} of the period");
    Err(Problem::not_found(&noun, name, all.iter().map(|o| &*o.period), &list).into())
}

/// The exact name of a period, from `occurrences` or else from the weekly plan.
pub(crate) fn period_name(conn: &Connection, name: &str, occurrences: &[Occurrence]) -> Result<String> {
    match occurrences.iter().find(|o| same(&o.period, name.trim())) {
        Some(found) => Ok(found.period.to_string()),
        None => Ok(period(conn, name)?.period.name),
    }
}

/// Today in the school's zone.
pub(crate) fn today(conn: &Connection, caller: &Caller) -> Result<NaiveDate> {
    Ok(local_date(caller.now, settings::load(conn)?.zone))
}

/// The occurrences that can be active on a date.
pub(crate) fn timetable(conn: &Connection, date: NaiveDate) -> Result<Timetable> {
    Ok(Timetable::new(schedule::occurrences(conn, neighbours(date))?))
}

/// The first thing that a school lacks before a period can be active; `None`: it has a schedule.
pub(crate) fn lack(conn: &Connection) -> Result<Option<Lack>> {
    Ok(if students::last_id(conn)? == StudentId(0) {
        Some(Lack::Roll)
    } else if periods::list(conn)?.is_empty() {
        Some(Lack::Periods)
    } else if schedule::last_date(conn)?.is_none() {
        Some(Lack::Schedule)
    } else {
        None
    })
}

/// Everybody on the roll around some dates, and what is held then.
pub(crate) fn expectations(conn: &Connection, dates: &RangeInclusive<NaiveDate>) -> Result<Expectations> {
    let dates = around(dates);
    let timetable = Timetable::new(schedule::occurrences(conn, dates.clone())?);
    Ok(Expectations::new(enrolments::roll(conn, &in_any_zone(&dates))?, timetable))
}

/// Every instant of some dates, in whatever zone they are told.
fn in_any_zone(dates: &RangeInclusive<NaiveDate>) -> RangeInclusive<Instant> {
    let midnight = |date: NaiveDate| {
        Instant::from_micros(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
    };
    let day = Days::new(1);
    let (first, last) = (dates.start().checked_sub_days(day), dates.end().checked_add_days(Days::new(2)));
    midnight(first.unwrap_or(*dates.start()))..=midnight(last.unwrap_or(*dates.end()))
}

/// The same for one student alone.
pub(crate) fn expectations_of(
    conn: &Connection,
    student: StudentId,
    dates: &RangeInclusive<NaiveDate>,
) -> Result<Expectations> {
    let timetable = Timetable::new(schedule::occurrences(conn, around(dates))?);
    Ok(Expectations::new(Roll::single(student, enrolments::of(conn, student)?), timetable))
}

/// The number of days that an occurrence can reach beyond its date. A night ends on the next day, and its grace on the
/// day after.
const REACH: Days = Days::new(2);

/// Some dates, and the dates around them whose occurrences can reach into them.
pub(crate) fn around(dates: &RangeInclusive<NaiveDate>) -> RangeInclusive<NaiveDate> {
    *neighbours(*dates.start()).start()..=*neighbours(*dates.end()).end()
}

/// The dates around `date` whose occurrences can reach into it.
pub(crate) fn neighbours(date: NaiveDate) -> RangeInclusive<NaiveDate> {
    date.checked_sub_days(REACH).unwrap_or(date)..=date.checked_add_days(REACH).unwrap_or(date)
}
