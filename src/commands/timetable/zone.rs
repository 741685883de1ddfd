//! Another time zone for a school. The past stays at its instants, which are shown in other local times. Periods, excuses and
//! enrolments of the future keep their local times instead.

use chrono::Days;

use crate::commands::register::plan::{self, Edited, PlannedDeed};
use crate::commands::timetable::schedule::{planned, touched};
use crate::domain::count::counted;
use crate::domain::register::effect::{Effect, Retold};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::roll::student::{ALWAYS, OPEN_END};
use crate::domain::settings::TIMEZONE;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::domain::timetable::schedule::{Action, Step};
use crate::failure::Result;
use crate::store::register::excuses;
use crate::store::roll::enrolments;
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};

/// Changes the zone, plans untouched future occurrences again, and moves excuses and enrolments that lie ahead.
pub(crate) fn change(conn: &Connection, zone: Zone, deed: PlannedDeed) -> Result<Edited<()>> {
    let before = settings::load(conn)?.zone;
    if zone == before {
        return Ok(Edited { done: (), effect: Effect::default() });
    }
    let last = schedule::last_date(conn)?.unwrap_or(ALWAYS);
    // Today may be another date in the new zone.
    let first = local_date(deed.caller.now, before).min(local_date(deed.caller.now, zone)) - Days::new(1);
    let steps = planned(conn, &(first..=last), zone, deed.caller)?.steps;
    let (anew, kept): (Vec<Step>, Vec<Step>) =
        steps.into_iter().partition(|step| matches!(step.action, Action::Update | Action::Remove));
    let now = deed.caller.now;
    let mut touched = touched(conn, &anew)?;
    touched.windows.push(now..=*Instant::EVER.end());
    let (mut excuses, mut students) = (0, 0);
    let mut effect = plan::edit(conn, &touched, deed, || {
        settings::set(conn, TIMEZONE, zone.name(), &deed.caller.by, now)?;
        schedule::apply(conn, &anew)?;
        excuses = move_excuses(conn, (before, zone), now)?;
        students = move_enrolments(conn, (before, zone), now)?;
        Ok(vec![detail((before, zone), excuses, students).into()])
    })?;
    let mut begun = schedule::occurrences(conn, ALWAYS..=OPEN_END)?;
    begun.retain(|o| o.opens_at <= now);
    let stays = |step: &&Step| {
        step.action == Action::Skip
            && step.occurrence.id != OccurrenceId::default()
            && step.occurrence.opens_at > now
    };
    let kept = kept.iter().filter(stays).count();
    let (registers, example) = (begun.len(), begun.into_iter().next_back());
    let retold =
        Retold { zones: (before, zone), registers, example, anew: anew.len(), kept, excuses, students };
    effect.retold = Some(retold).filter(|retold| !retold.is_empty());
    Ok(Edited { done: (), effect })
}

/// Gives the number of excuses that moved.
fn move_excuses(conn: &Connection, zones: (Zone, Zone), now: Instant) -> Result<usize> {
    let mut moved = 0;
    for (_, excuse) in excuses::in_force(conn, Stretch::since(now))? {
        let stretch = excuse.stretch.in_zone(zones, now);
        if let Some(stretch) = stretch.filter(|stretch| *stretch != excuse.stretch) {
            excuses::replace(conn, excuse.id, stretch)?;
            moved += 1;
        }
    }
    Ok(moved)
}

/// Gives the number of students whose enrolments moved.
fn move_enrolments(conn: &Connection, zones: (Zone, Zone), now: Instant) -> Result<usize> {
    let mut moved = 0;
    for student in enrolments::moving_after(conn, now)? {
        let before = enrolments::of(conn, student)?;
        if let Some(after) = before.in_zone(zones, now).filter(|after| *after != before) {
            enrolments::replace(conn, student, &after)?;
            moved += 1;
        }
    }
    Ok(moved)
}

/// For the audit log.
fn detail((before, after): (Zone, Zone), excuses: usize, students: usize) -> String {
    let mut detail = format!("{TIMEZONE} {before} → {after}");
    for (moved, what) in [(excuses, "excuse"), (students, "enrolment")] {
        if moved > 0 {
            detail += &format!("; {} at the same local time", counted(moved, what));
        }
    }
    detail
}
