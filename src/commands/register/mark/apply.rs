//! Applies the plan of an action, with one audit entry.

use super::Request;
use crate::commands::Caller;
use crate::domain::count::counted;
use crate::domain::register::act::{Act, Plan};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::audit::dates;
use crate::failure::Result;
use crate::store::register::{excuses, marks};
use crate::store::upkeep::audit;
use crate::store::{Connection, settings};

/// Does what a plan says.
pub(crate) fn apply(conn: &Connection, plan: &Plan, request: &Request, caller: &Caller) -> Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    for row in &plan.rows {
        if let Some(mark) = &row.mark {
            marks::add(conn, row.occurrence.id, row.student, mark)?;
        }
    }
    for (student, ended, rest) in &plan.ended {
        excuses::take_back(conn, ended.id, &caller.by, caller.now)?;
        for part in rest {
            excuses::add(conn, *student, part)?;
        }
    }
    for (student, given) in &plan.given {
        excuses::add(conn, *student, given)?;
    }
    let action = if request.act == Act::TakeBack { "unmark" } else { "mark" };
    let deed = caller.deed(action, detail(plan, request, settings::load(conn)?.zone));
    let deed = match plan.students.as_slice() {
        [(only, _)] => deed.about(*only),
        _ => deed,
    };
    Ok(audit::add(conn, &deed)?)
}

/// `present in Block 2 on 2026-09-07`, or for more than one row: `absent in 24 rows of 8 registers on
/// 2026-09-07..2026-09-08, 3 students`.
fn detail(plan: &Plan, request: &Request, zone: Zone) -> String {
    let word = request.act.word();
    let marked: Vec<_> = plan.rows.iter().filter(|row| row.mark.is_some()).collect();
    let spans = plan.given.iter().map(|(_, excuse)| excuse.stretch);
    let spans = spans.chain(plan.ended.iter().map(|(_, excuse, _)| excuse.stretch));
    let mut told = match marked.as_slice() {
        [] => format!("{word} {}", told_spans(spans, zone)),
        [row] => format!("{word} in {} on {}", row.occurrence.period, row.occurrence.date),
        [first, .., last] => {
            let mut registers: Vec<_> = marked.iter().map(|row| row.occurrence.id).collect();
            registers.dedup();
            let dates = dates(&(first.occurrence.date..=last.occurrence.date));
            match registers.len() {
                1 => format!("{word} in {} on {dates}", first.occurrence.period),
                several => {
                    let (rows, registers) = (counted(marked.len(), "row"), counted(several, "register"));
                    format!("{word} in {rows} of {registers} on {dates}")
                }
            }
        }
    };
    if plan.students.len() > 1 {
        told += &format!(", {}", counted(plan.students.len(), "student"));
    }
    if let Some(reason) = plan.reason() {
        told += &format!("; {reason}");
    }
    told
}

/// The dates that some spans lie in.
fn told_spans(spans: impl Iterator<Item = Stretch>, zone: Zone) -> String {
    let all: Vec<Stretch> = spans.collect();
    let first = all.iter().map(|span| span.from).min();
    let last = all.iter().map(|span| span.until).max();
    match first.zip(last) {
        Some((first, last)) => {
            let last = Instant::from_micros(last.micros() - 1);
            dates(&(local_date(first, zone)..=local_date(last, zone)))
        }
        None => String::new(),
    }
}
