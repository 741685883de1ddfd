//! Marks: a person decides, with a name and a reason, and that holds whatever is seen later.

use chrono::NaiveDate;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::register::mark::{Decision, Mark};
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::{Failure, Result};
use crate::store::evidence::records;
use crate::store::register::marks;
use crate::store::roll::enrolments;
use crate::store::roll::students::Stored;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, settings};

/// The mark to set.
#[derive(Debug)]
pub struct Request {
    /// Codes of the students.
    pub codes: Vec<String>,
    /// `None` takes the marks back.
    pub decision: Option<Decision>,
    /// `None`: the period active now for each student.
    pub period: Option<String>,
    /// `None`: today.
    pub date: Option<NaiveDate>,
    /// Why.
    pub reason: Option<String>,
}

/// Marks every student, or none where one cannot be marked. Gives what was marked, in words.
pub fn run(store: &mut Store, request: &Request, caller: &Caller) -> Result<Vec<String>> {
    store.write(|conn| request.codes.iter().map(|code| mark_one(conn, code, request, caller)).collect())
}

fn mark_one(conn: &Connection, code: &str, request: &Request, caller: &Caller) -> Result<String> {
    let zone = settings::load(conn)?.zone;
    let date = request.date.unwrap_or_else(|| local_date(caller.now, zone));
    let student = lookup::student(conn, code, caller.now)?;
    let occurrence = match &request.period {
        Some(period) => listing(conn, lookup::occurrence(conn, period, date)?, &student)?,
        None if request.date.is_some() => return Err(needs_period(code)),
        None => active(conn, &student, date, caller)?,
    };
    let before = marks::of_student(conn, occurrence.id, student.id)?.pop();
    let in_force = before.as_ref().and_then(|mark| mark.decision);
    let words = request.decision.map_or("unmarked", Decision::word);
    let described = format!("{code} {words} in {} on {}", occurrence.period, occurrence.date);
    // Saying the same thing twice changes nothing; saying it with another reason does.
    let same_reason = before.is_none_or(|mark| mark.reason == request.reason || request.decision.is_none());
    if in_force == request.decision && same_reason {
        return Ok(described);
    }
    let mark = Mark {
        decision: request.decision,
        by: caller.by.clone(),
        at: caller.now,
        reason: request.reason.clone(),
    };
    marks::add(conn, occurrence.id, student.id, &mark)?;
    let action = if request.decision.is_some() { "mark" } else { "unmark" };
    let detail = format!("{words} in {} on {}", occurrence.period, occurrence.date);
    audit::add(conn, &caller.deed(action, detail).about(student.id))?;
    Ok(described)
}

fn needs_period(code: &str) -> Failure {
    Problem::new(Kind::Usage, format!("a date alone does not say in which period to mark {code}"))
        .hint("name it with --period")
        .into()
}

/// The occurrence, if it is held and its register lists the student: a mark of anyone else would never be
/// counted.
fn listing(conn: &Connection, occurrence: Occurrence, student: &Stored) -> Result<Occurrence> {
    let (period, date, code) = (&occurrence.period, occurrence.date, &student.student.code);
    if !occurrence.held() {
        return Err(Problem::new(Kind::Refused, format!("{period} on {date} is not held"))
            .hint("attend schedule list shows why")
            .into());
    }
    let enrolment = enrolments::of(conn, student.id)?;
    let listed = enrolment.expected_in(&occurrence)
        || records::find(conn, occurrence.id, student.id)?.is_some()
        || !marks::of_student(conn, occurrence.id, student.id)?.is_empty();
    if listed {
        return Ok(occurrence);
    }
    if !enrolment.holds(occurrence.starts_at) {
        let message = format!("student {code:?} was not on the roll when {period} began on {date}");
        return Err(Problem::new(Kind::Refused, message).hint(format!("attend student show {code}")).into());
    }
    let group = enrolment.group_at(occurrence.starts_at).unwrap_or_else(|| "none".to_owned());
    let message = format!("student {code:?} is not expected in {period} (group {group})");
    Err(Problem::new(Kind::Refused, message)
        .hint(format!("{period} is for {}", occurrence.groups.written()))
        .into())
}

/// The occurrence in which a recognition of the student would count now.
fn active(conn: &Connection, student: &Stored, today: NaiveDate, caller: &Caller) -> Result<Occurrence> {
    let timetable = lookup::timetable(conn, today)?;
    match enrolments::of(conn, student.id)?.occurrence_at(&timetable, caller.now) {
        Some(occurrence) => Ok(occurrence.clone()),
        None => Err(Problem::new(Kind::Refused, format!("no period is active for {}", student.student.code))
            .hint("name one with --period (and --date)")
            .into()),
    }
}
