//! `attend recompute`: folds the stored recognitions again under today's settings, schedule and roll.
//!
//! It works on one occurrence at a time, and in a district on one slice of its students. Each is planned, applied and
//! committed before the next, so that large requests need no more memory and do not block a running ingest.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashSet;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::refold::{Rules, Slice, slices};
use crate::commands::watch::job;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::coverage::Coverage;
use crate::domain::evidence::record::Record;
use crate::domain::register::excuse::span_of;
use crate::domain::register::recompute::{Affected, Change, Plan, Reason, Shown};
use crate::domain::register::status::{Standing, judge};
use crate::domain::roll::student::{ALWAYS, StudentId};
use crate::domain::settings::Settings;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::domain::timetable::place::Criteria;
use crate::domain::upkeep::audit as audited;
use crate::domain::watch::job::Batch;
use crate::failure::Result;
use crate::store::evidence::records;
use crate::store::register::expected::{self, Whose};
use crate::store::register::{excuses, marks};
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// Options of `recompute`.
#[derive(Debug)]
pub struct Request {
    /// The dates, both ends included.
    pub dates: RangeInclusive<NaiveDate>,
    /// Only show the plan.
    pub dry_run: bool,
}

/// Counts of records by change.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct RecomputeOutcome {
    /// The number of changed records.
    pub changed: usize,
    /// The number of records that are the same, but whose stored settings changed.
    pub confirmed: usize,
}

/// Folds every occurrence that has opened again. Passes those with changes to `each`, by date and start.
///
/// # Errors
/// Dates whose recognitions were pruned are refused before any change. If `each` fails, everything is still applied
/// before its error is returned.
pub fn run(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
    each: &mut dyn FnMut(&Occurrence, &[Shown]) -> Result<()>,
) -> Result<RecomputeOutcome> {
    // Rejected requests are not recorded as runs, and a closed pipe is not a failed run. Otherwise health
    // would report them until the next run.
    let occurrences = store.read(|conn| justified(conn, &request.dates, caller))?;
    let mut told = Ok(());
    let mut tell = |occurrence: &Occurrence, shown: &[Shown]| {
        if told.is_ok() {
            told = each(occurrence, shown);
        }
        told.is_ok()
    };
    let outcome = if request.dry_run {
        fold(store, &occurrences, request, caller, &mut tell)
    } else {
        job::run(store, Batch::Recompute, caller, |store, _| {
            fold(store, &occurrences, request, caller, &mut tell)
        })
    }?;
    told.map(|()| outcome)
}

/// `tell` is called for every occurrence with changes, slice by slice, and returns whether it wants more.
fn fold(
    store: &mut Store,
    occurrences: &[(NaiveDate, OccurrenceId)],
    request: &Request,
    caller: &Caller,
    tell: &mut dyn FnMut(&Occurrence, &[Shown]) -> bool,
) -> Result<RecomputeOutcome> {
    let mut outcome = RecomputeOutcome::default();
    let mut noted = request.dry_run;
    let slices = store.read(slices)?;
    for (&occurrence, slice) in occurrences.iter().flat_map(|o| slices.iter().map(move |slice| (o, slice))) {
        let work = |conn: &Connection| -> Result<_> {
            let done = one(conn, occurrence, slice, request.dry_run, caller)?;
            if !noted
                && done.as_ref().is_some_and(|(plan, shown)| !(plan.changes.is_empty() && shown.is_empty()))
            {
                audit::add(conn, &caller.deed("recompute", audited::dates(&request.dates)))?;
            }
            Ok(done)
        };
        let done = if request.dry_run { store.read(work) } else { store.write(work) };
        let Some((plan, shown)) = done? else {
            continue;
        };
        noted |= !plan.changes.is_empty() || !shown.is_empty();
        outcome.changed += shown.len();
        outcome.confirmed += plan.changes.iter().filter(|change| !change.is_visible()).count();
        if !shown.is_empty() && !tell(&plan.occurrence, &shown) && request.dry_run {
            break;
        }
    }
    Ok(outcome)
}

/// The occurrences to fold, by date and identity. It is an error if recognitions of one were pruned.
fn justified(
    conn: &Connection,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<Vec<(NaiveDate, OccurrenceId)>> {
    let rules = Rules::read(conn, dates, caller)?;
    if let Some(last) = rules.opened(dates).filter(|o| rules.is_pruned(o)).map(|o| o.date).max() {
        return Err(pruned(last, dates).into());
    }
    let mut opened: Vec<&Occurrence> = rules.opened(dates).collect();
    opened.sort_by_key(|o| (o.date, o.starts_at, o.order, o.id));
    Ok(opened.into_iter().map(|o| (o.date, o.id)).collect())
}

fn pruned(last: NaiveDate, dates: &RangeInclusive<NaiveDate>) -> Problem {
    let message = format!("recognitions of {last} were pruned: what its records say cannot be derived again");
    let hint = match last.succ_opt().filter(|first| first <= dates.end()) {
        Some(first) => format!("attend recompute --from {first} --to {}", dates.end()),
        None => "they stay as they were decided; marks can still be made".to_owned(),
    };
    Problem::new(Kind::Refused, message).hint(hint)
}

/// Plans one slice of an occurrence, applies the plan unless it is a dry run, and returns it. `None` if the
/// occurrence was cancelled or pruned meanwhile.
fn one(
    conn: &Connection,
    (date, id): (NaiveDate, OccurrenceId),
    slice: &Slice,
    dry_run: bool,
    caller: &Caller,
) -> Result<Option<(Plan, Vec<Shown>)>> {
    let dates = date..=date;
    let rules = Rules::read(conn, &dates, caller)?;
    let Some(occurrence) = rules.opened(&dates).find(|o| o.id == id && !rules.is_pruned(o)) else {
        return Ok(None);
    };
    let plan = rules.plan(conn, occurrence, slice, |_| true)?;
    let judged = Rejudged::read(conn, occurrence, &rules.settings, caller)?;
    let mut shown = show(conn, &plan, &judged, caller)?;
    // Students whose status differs only by coverage are not in any slice, so the first slice shows them.
    if *slice.start() <= StudentId(1) {
        judged.add_unseen(conn, caller, &mut shown)?;
    }
    if !dry_run {
        rules.apply(conn, &plan)?;
        schedule::adopt(conn, id, &judged.anew.criteria)?;
    }
    Ok(Some((plan, shown)))
}

/// The coverage of an occurrence as it was judged, and by the present places, decisions and limits.
struct Rejudged {
    occurrence: Occurrence,
    anew: Occurrence,
    before: Coverage,
    after: Coverage,
}

impl Rejudged {
    fn read(
        conn: &Connection,
        occurrence: &Occurrence,
        settings: &Settings,
        caller: &Caller,
    ) -> Result<Self> {
        let places = schedule::places_now(conn, occurrence)?;
        let criteria = Criteria { places, ..settings.criteria.clone() };
        let anew = Occurrence { criteria, ..occurrence.clone() };
        let cameras = Cameras::read(conn)?;
        Ok(Self {
            before: cameras.coverage(conn, occurrence, caller.now)?,
            after: cameras.coverage_anew(conn, &anew, caller.now)?,
            occurrence: occurrence.clone(),
            anew,
        })
    }

    /// Adds the students without a changed record whose status differs because of coverage.
    fn add_unseen(&self, conn: &Connection, caller: &Caller, shown: &mut Vec<Shown>) -> Result<()> {
        if self.before == self.after {
            return Ok(());
        }
        let known: FxHashSet<String> = shown.iter().map(|shown| shown.code.clone()).collect();
        let date = self.occurrence.date;
        let expectations = lookup::expectations(conn, &(date..=date))?;
        expected::each_expected(
            conn,
            &self.occurrence,
            &expectations,
            Whose::ByCode,
            |student| -> Result<()> {
                let judged = |coverage: &Coverage| {
                    let blind = coverage.is_blind(student.group.as_deref());
                    judge(
                        &self.occurrence,
                        caller.now,
                        blind,
                        Standing {
                            elsewhere: student.elsewhere,
                            ..Standing::of(student.mark.as_ref(), &student.record, student.excuse.is_some())
                        },
                    )
                };
                let [before, after] = [&self.before, &self.after].map(judged);
                if before == after || known.contains(&student.code) {
                    return Ok(());
                }
                let reason = Reason { coverage: true, ..Reason::default() };
                shown.push(Shown {
                    code: student.code,
                    name: student.name,
                    status_before: Some(before),
                    status_after: Some(after),
                    change: Change { student: student.id, before: None, after: None, reason },
                });
                Ok(())
            },
        )?;
        shown.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(())
    }
}

/// The visible changes, by code.
fn show(conn: &Connection, plan: &Plan, cameras: &Rejudged, caller: &Caller) -> Result<Vec<Shown>> {
    let occurrence = &plan.occurrence;
    let visible: Vec<&Change> = plan.changes.iter().filter(|change| change.is_visible()).collect();
    if visible.is_empty() {
        return Ok(Vec::new());
    }
    let marks = marks::in_force(conn, occurrence.id)?;
    let excuses = excuses::overlapping(conn, span_of(occurrence))?;
    let timetable = lookup::timetable(conn, occurrence.date)?;
    let mut shown = Vec::with_capacity(visible.len());
    for change in visible {
        let Some((code, name)) = students::named(conn, change.student)? else {
            continue;
        };
        let enrolment = enrolments::of(conn, change.student)?;
        let listed = enrolment.belongs_to(occurrence);
        let elsewhere = listed && !enrolment.expected_in(&timetable, occurrence);
        let group = enrolment.group_at(occurrence.starts_at);
        let mark = marks.get(&change.student);
        let excused = excuses.contains_key(&change.student);
        let judged = |record: Option<&Record>, coverage: &Coverage| {
            let listed = record.is_some() || mark.is_some_and(|mark| mark.decision.is_some()) || listed;
            let standing = Standing::of(mark, record.unwrap_or(&Record::default()), excused);
            let standing = Standing { elsewhere, ..standing };
            listed.then(|| judge(occurrence, caller.now, coverage.is_blind(group.as_deref()), standing))
        };
        shown.push(Shown {
            code,
            name,
            status_before: judged(change.before.as_ref().map(|before| &before.record), &cameras.before),
            status_after: judged(change.after.as_ref(), &cameras.after),
            change: change.clone(),
        });
    }
    shown.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(shown)
}

/// Records that were folded under other settings than the present ones, as far as they can be recomputed.
pub fn stale(store: &mut Store, caller: &Caller) -> Result<Option<Affected>> {
    store.read(|conn| {
        let dates = ALWAYS..=*lookup::neighbours(lookup::today(conn, caller)?).end();
        let rules = Rules::read(conn, &dates, caller)?;
        let mut affected = None;
        for occurrence in rules.opened(&dates).filter(|occurrence| !rules.is_pruned(occurrence)) {
            let records = records::outdated_in(conn, occurrence.id, &rules.settings.policy)? as usize;
            affected = Affected::add(affected, records, occurrence.date);
        }
        Ok(affected)
    })
}
