//! Codes that a school gives to another student after the first one left. The records of two people must never mix under
//! one code.

use chrono::NaiveDate;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::count::counted;
use crate::domain::roll::name::nearly_same;
use crate::domain::roll::student::{Student, StudentId};
use crate::domain::time::Instant;
use crate::domain::time::calendar::local_date;
use crate::failure::{Failure, Result};
use crate::store::roll::students::Stored;
use crate::store::roll::{enrolments, students};
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, settings};

/// The date on which a student left, if the student is not on the roll now or will not be at `at`.
pub(super) fn left(
    conn: &Connection,
    student: StudentId,
    at: Instant,
    caller: &Caller,
) -> Result<Option<NaiveDate>> {
    let enrolment = enrolments::of(conn, student)?;
    let Some(left) = enrolment.left(caller.now).or_else(|| enrolment.left(at)) else { return Ok(None) };
    Ok(Some(local_date(left, settings::load(conn)?.zone)))
}

/// A code of a student who left, under a name that is not nearly the same.
#[derive(Debug)]
pub(super) struct Reused {
    code: String,
    before: String,
    left: NaiveDate,
    after: String,
}

impl Reused {
    /// Compares a student with the name that a code will have from `at` on.
    pub(super) fn find(
        conn: &Connection,
        (id, code, before): (StudentId, &str, &str),
        after: &str,
        at: Instant,
        caller: &Caller,
    ) -> Result<Option<Self>> {
        if nearly_same(before, after) {
            return Ok(None);
        }
        let (code, before, after) = (code.to_owned(), before.to_owned(), after.to_owned());
        Ok(left(conn, id, at, caller)?.map(|left| Self { code, before, left, after }))
    }

    /// The refusal. `at` is the place in a file, `more` counts rows like it.
    pub(super) fn refusal(&self, at: &str, more: usize) -> Failure {
        let Self { code, before, left, after } = self;
        let more = if more > 0 { format!(" ({} like it)", counted(more, "more row")) } else { String::new() };
        let message =
            format!("{at}code {code:?} was {before:?} until {left}, and would become {after:?}{more}");
        let hint = format!(
            "the same person under another name: --same; another person: another code, or first \
             attend student retire-code {code}, which keeps the past of {before:?} as {:?}; nothing was changed",
            retired(code, *left),
        );
        Problem::new(Kind::Refused, message).hint(hint).into()
    }
}

fn retired(code: &str, left: NaiveDate) -> String {
    format!("{code}~{left}")
}

/// Renames the code of a student who left, so that another student can have it. Lines from before the retirement belong
/// to the former student, even if they arrive later. Returns the code under which the former student is kept.
pub(crate) fn retire(store: &mut Store, code: &str, caller: &Caller) -> Result<String> {
    store.write(|conn| {
        let Stored { id, student: Student { code, .. } } = lookup::known_student(conn, code, caller.now)?;
        let enrolment = enrolments::of(conn, id)?;
        if enrolment.holds(caller.now) {
            return Err(Problem::new(Kind::Refused, format!("student {code:?} is on the roll"))
                .hint(format!("attend student deactivate {code}, then retire the code"))
                .into());
        }
        // A student who never was on the roll has no records, only a name.
        let left = local_date(enrolment.left(caller.now).unwrap_or(caller.now), settings::load(conn)?.zone);
        let name = free(conn, retired(&code, left))?;
        students::retire_code(conn, id, &name, caller.now)?;
        audit::add(conn, &caller.deed("student retire-code", format!("left {left}")).about(id))?;
        Ok(name)
    })
}

/// The name, or the first of `name.2`, `name.3` … that no student has: a code can be retired twice on one date.
fn free(conn: &Connection, name: String) -> Result<String> {
    let mut candidate = name.clone();
    for nth in 2.. {
        if students::id(conn, &candidate)?.is_none() {
            break;
        }
        candidate = format!("{name}.{nth}");
    }
    Ok(candidate)
}
