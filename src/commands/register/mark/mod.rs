//! Marks: a person decides, with a name and a reason, and that holds whatever is seen later.
//!
//! One act may be about many students and many registers. It is planned as a value, shown, and applied
//! as planned, with one audit entry. Excuses for spans of time are decided here, too.

mod apply;
mod list;
mod plan;
mod select;

use chrono::NaiveDate;
use std::ops::RangeInclusive;

use crate::commands::Caller;
use crate::domain::register::act::{Act, Plan};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;
use crate::domain::time::day::Hours;
use crate::failure::Result;
use crate::store::{Store, settings};

pub use list::{MarkList, list};

/// An act to be planned.
#[derive(Debug)]
pub struct Request {
    /// The decision.
    pub act: Act,
    /// Codes of students.
    pub codes: Vec<String>,
    /// Everybody in these groups, beside the codes.
    pub groups: Option<GroupFilter>,
    /// Names of periods; none: see `all_day`.
    pub periods: Vec<String>,
    /// Every period of the dates that expects the student. Otherwise, and without periods, the one active now.
    pub all_day: bool,
    /// `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only this time of each date. Only for excuses.
    pub hours: Option<Hours>,
    /// Why.
    pub reason: Option<String>,
}

/// The outcome of an act.
#[derive(Debug)]
pub enum MarkOutcome {
    /// It was applied.
    Done(Plan),
    /// It changes several registers that have begun, so a person has to agree first.
    NeedsConsent(Plan),
}

/// Plans an act and changes nothing.
pub fn preview(store: &mut Store, request: &Request, caller: &Caller) -> Result<(Plan, Zone)> {
    store.read(|conn| Ok((plan::plan(conn, request, caller)?, settings::load(conn)?.zone)))
}

/// Plans an act and applies it, if it changes at most one register that has begun, or a person has `agreed`.
pub fn run(store: &mut Store, request: &Request, agreed: bool, caller: &Caller) -> Result<MarkOutcome> {
    store.write(|conn| {
        let plan = plan::plan(conn, request, caller)?;
        if plan.registers_begun(caller.now) > 1 && !agreed {
            return Ok(MarkOutcome::NeedsConsent(plan));
        }
        apply::apply(conn, &plan, request, caller)?;
        Ok(MarkOutcome::Done(plan))
    })
}
