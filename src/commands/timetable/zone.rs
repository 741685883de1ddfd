//! Another time zone for a school: instants stay and are shown in other local times, and future days are planned again.

use chrono::Days;

use crate::commands::register::plan::{self, Edited, PlannedDeed};
use crate::commands::timetable::schedule::{planned, touched};
use crate::domain::register::effect::{Effect, Retold};
use crate::domain::roll::student::{ALWAYS, OPEN_END};
use crate::domain::settings::TIMEZONE;
use crate::domain::time::Zone;
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::domain::timetable::schedule::{Action, Step};
use crate::failure::Result;
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};

/// Changes the zone, and plans untouched future occurrences again.
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
    let mut effect = plan::edit(conn, &touched(conn, &anew)?, deed, || {
        settings::set(conn, TIMEZONE, zone.name(), &deed.caller.by, deed.caller.now)?;
        schedule::apply(conn, &anew)?;
        Ok(vec![format!("{TIMEZONE} {before} → {zone}").into()])
    })?;
    let now = deed.caller.now;
    let mut begun = schedule::occurrences(conn, ALWAYS..=OPEN_END)?;
    begun.retain(|o| o.opens_at <= now);
    let stays = |step: &&Step| {
        step.action == Action::Skip
            && step.occurrence.id != OccurrenceId::default()
            && step.occurrence.opens_at > now
    };
    let kept = kept.iter().filter(stays).count();
    if !begun.is_empty() || !anew.is_empty() || kept > 0 {
        let (registers, example) = (begun.len(), begun.into_iter().next_back());
        effect.retold = Some(Retold { zones: (before, zone), registers, example, anew: anew.len(), kept });
    }
    Ok(Edited { done: (), effect })
}
