//! Review: sightings that need a person, and the decisions about them.

mod list;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::Touched;
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::register::review::{ReviewDecision, ReviewVerdict, SightingId};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::time::calendar::local_date;
use crate::failure::Result;
use crate::store::evidence::recognitions::Key;
use crate::store::evidence::{cameras, recognitions, reviews};
use crate::store::roll::enrolments;
use crate::store::{Connection, Store, settings};

pub(crate) use list::{Listing, list};

/// A requested decision about a sighting.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// It shows the student.
    Accept,
    /// It shows another person.
    Reject,
    /// It shows the student of this code.
    Reassign(String),
    /// The decision before it is undone.
    Undo,
}

/// A decision to be made.
#[derive(Debug)]
pub(crate) struct Request {
    /// The ID of a sighting, as the list shows it.
    pub id: String,
    /// The decision.
    pub asked: Asked,
    /// Why.
    pub reason: Option<String>,
    /// Only show the effect.
    pub dry_run: bool,
}

/// Decides about a sighting; says what that changes in registers that have begun. A decision is about one sighting and
/// can be taken back, so it needs no further consent.
///
/// # Errors
/// The sighting is unknown, or its evidence was pruned.
pub(crate) fn decide(store: &mut Store, request: &Request, caller: &Caller) -> Result<Effect> {
    let consent = if request.dry_run { Consent::DryRun } else { Consent::Given };
    let edited = plan::carry_out(store, consent, |conn| {
        Ok(Edited { done: (), effect: decide_in(conn, request, caller)? })
    })?;
    Ok(edited.effect)
}

fn decide_in(conn: &Connection, request: &Request, caller: &Caller) -> Result<Effect> {
    let sighting = sighting(conn, &request.id)?;
    let verdict = verdict(conn, request, sighting.student, caller)?;
    let ts = sighting.ts;
    let stands = reviews::within(conn, &(ts..=ts))?.of(sighting);
    if stands == Some(verdict) || (stands.is_none() && verdict == ReviewVerdict::Undo) {
        return Ok(Effect::default());
    }
    let mut concerned = vec![sighting.student];
    concerned.extend([stands, Some(verdict)].into_iter().flatten().filter_map(|verdict| match verdict {
        ReviewVerdict::Reassign(to) => Some(to),
        _ => None,
    }));
    concerned.dedup();
    refuse_pruned(conn, &concerned, ts)?;
    let touched = Touched::of_sightings(concerned.iter().map(|student| (ts, *student)));
    let deed = PlannedDeed { action: action(verdict), reason: request.reason.as_deref(), caller };
    plan::edit(conn, &touched, deed, || {
        let (by, at, reason) = (caller.by.clone(), caller.now, request.reason.clone());
        reviews::add(conn, &ReviewDecision { sighting, verdict, by, at, reason })?;
        let camera = cameras::by_id(conn)?.get(&sighting.camera).cloned().unwrap_or_default();
        let at = settings::load(conn)?.zone.local(ts).format("%Y-%m-%d %H:%M:%S");
        Ok(vec![Entry { about: Some(sighting.student), detail: format!("{camera} {at}") }])
    })
}

/// The sighting of an ID as people type it.
fn sighting(conn: &Connection, id: &str) -> Result<SightingId> {
    if id.starts_with('q') {
        let message = format!("{id} is a line in quarantine, not a sighting");
        return Err(Problem::new(Kind::Refused, message)
            .hint("attend student add CODE NAME, then attend quarantine retry")
            .into());
    }
    let sighting: SightingId = id.parse()?;
    let SightingId { ts, student, camera } = sighting;
    match recognitions::find(conn, Key { ts, student, camera })? {
        Some(_) => Ok(sighting),
        None => Err(Problem::new(Kind::Refused, format!("no sighting {id:?}"))
            .hint("attend review list shows their IDs")
            .into()),
    }
}

fn verdict(
    conn: &Connection,
    request: &Request,
    student: StudentId,
    caller: &Caller,
) -> Result<ReviewVerdict> {
    Ok(match &request.asked {
        Asked::Accept => ReviewVerdict::Accept,
        Asked::Reject => ReviewVerdict::Reject,
        Asked::Undo => ReviewVerdict::Undo,
        Asked::Reassign(to) => {
            let to = lookup::student(conn, to, caller.now)?;
            if to.id == student {
                let message = format!("the sighting is that of {} already", to.student.code);
                return Err(Problem::new(Kind::Refused, message)
                    .hint(format!("attend review accept {}", request.id))
                    .into());
            }
            ReviewVerdict::Reassign(to.id)
        }
    })
}

const fn action(verdict: ReviewVerdict) -> &'static str {
    match verdict {
        ReviewVerdict::Accept => "review accept",
        ReviewVerdict::Reject => "review reject",
        ReviewVerdict::Reassign(_) => "review reassign",
        ReviewVerdict::Undo => "review undo",
    }
}

/// Refuses a sighting whose evidence was pruned: its record can no longer be folded anew.
fn refuse_pruned(conn: &Connection, concerned: &[StudentId], ts: Instant) -> Result<()> {
    let Some(watermark) = settings::revision(conn)?.watermark else { return Ok(()) };
    let timetable = lookup::timetable(conn, local_date(ts, settings::load(conn)?.zone))?;
    let mut settled = None;
    for student in concerned {
        let enrolment = enrolments::of(conn, *student)?;
        let counts_in = enrolment.occurrence_at(&timetable, ts).cloned();
        settled = settled.or(counts_in.filter(|occurrence| occurrence.settled(Some(watermark))));
    }
    if settled.is_none() && ts >= watermark {
        return Ok(());
    }
    let place = settled.map(|o| format!(" of {} on {}", o.period, o.date)).unwrap_or_default();
    Err(Problem::new(Kind::Refused, format!("the evidence{place} was pruned"))
        .hint("its register changes by marks alone: attend mark CODE present --period PERIOD --date DATE")
        .into())
}
