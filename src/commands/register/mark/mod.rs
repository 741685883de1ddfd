//! Marks and excuses: decisions of a person, with author and reason. A mark outranks later recognitions.
//!
//! One action may mark many students in many registers. It is planned as a value, shown, and applied
//! as planned, with one audit entry.

mod apply;
mod list;
mod plan;
mod select;
pub(crate) mod sheet;

use chrono::NaiveDate;
use std::ops::RangeInclusive;

use crate::commands::Caller;
use crate::commands::register::plan::{Consent, Edited, carry_out};
use crate::domain::register::act::{Act, Plan};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::day::Hours;
use crate::failure::Result;
use crate::store::Store;

pub(crate) use list::{MarkList, list};

/// An act to be planned.
#[derive(Debug)]
pub(crate) struct Request {
    /// The decision.
    pub act: Act,
    /// Codes of students.
    pub codes: Vec<String>,
    /// All students in these groups, in addition to the codes.
    pub groups: Option<GroupFilter>,
    /// Names of periods. If empty, see `all_day`.
    pub periods: Vec<String>,
    /// Every period of the dates that expects the student. If false and `periods` is empty, the one active now.
    pub all_day: bool,
    /// `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only between these times of each date. Only for excuses.
    pub hours: Option<Hours>,
    /// Why.
    pub reason: Option<String>,
}

/// Plans an act and applies it. A person has to agree first if it changes several rows of registers that have begun.
pub(crate) fn run(
    store: &mut Store,
    request: &Request,
    consent: Consent,
    caller: &Caller,
) -> Result<Edited<Plan>> {
    carry_out(store, consent, |conn| {
        let plan = plan::plan(conn, request, caller)?;
        apply::apply(conn, &plan, request, caller)?;
        let effect = plan.effect(caller.now);
        Ok(Edited { done: plan, effect })
    })
}
