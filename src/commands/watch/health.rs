//! Health: reads the facts for the checks in one snapshot.

use chrono::NaiveDate;

use crate::commands::register::coverage::Judged;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::coverage::Watch;
use crate::domain::evidence::runner::Runner;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::hours::Calendar;
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::domain::timetable::place::Places;
use crate::domain::watch::alerts::Memory;
use crate::domain::watch::checks::examine;
use crate::domain::watch::health::{Facts, HealthReport, Refusals};
use crate::failure::Result;
use crate::store::evidence::{heartbeats, keys, quarantine, records};
use crate::store::timetable::{periods, schedule};
use crate::store::upkeep::sizes;
use crate::store::watch::{alerts, jobs, outbox};
use crate::store::{Connection, Store, settings};
use crate::zoneinfo;

/// Lines refused within this long count as recent.
const RECENT: Span = Span::days(1);

/// A message that waits longer than this for its delivery is a finding.
const DELIVERY: Span = Span::minutes(60);

/// Runs the checks, and returns the results with the facts.
pub fn read(store: &mut Store, caller: &Caller) -> Result<(HealthReport, Facts)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        look(conn, &settings, caller)
    })
}

/// The same within a transaction.
pub(crate) fn look(conn: &Connection, settings: &Settings, caller: &Caller) -> Result<(HealthReport, Facts)> {
    look_at(conn, settings, heartbeats::runners(conn)?, &Judged::read(conn, caller.now)?, caller)
}

/// The same from runners and judgements that were read before. If a check does not know when a problem began,
/// `health --notify` may have remembered it.
pub fn look_at(
    conn: &Connection,
    settings: &Settings,
    runners: Vec<Runner>,
    judged: &Judged,
    caller: &Caller,
) -> Result<(HealthReport, Facts)> {
    let facts = facts(conn, settings, runners, judged, caller)?;
    let mut health = examine(&facts);
    let remembered = alerts::list(conn)?;
    for finding in health.findings.iter_mut().filter(|finding| finding.since.is_none()) {
        let same = |memory: &&Memory| {
            memory.bad && memory.check == finding.check && memory.subject == finding.subject
        };
        finding.since = remembered.iter().find(same).map(|memory| memory.since);
    }
    Ok((health, facts))
}

/// The periods of a date that have begun and in which a place failed that matters to a student.
fn undecided(
    conn: &Connection,
    timetable: &Timetable,
    judged: &Judged,
    date: NaiveDate,
    now: Instant,
) -> Result<Vec<(Occurrence, Vec<Watch>)>> {
    // A school without cameras, or before its first one, marks by hand.
    let Some(known_since) = judged.cameras.known_since() else { return Ok(Vec::new()) };
    let begun = |o: &&Occurrence| o.date == date && o.has_begun(now) && o.ends_at > known_since;
    let begun = timetable.held().iter().filter(begun);
    let mut undecided = Vec::new();
    for occurrence in begun {
        let coverage = judged.coverage(conn, occurrence)?;
        let failures: Vec<Watch> = coverage.failures().cloned().collect();
        // A failed place may be named for no class of today. Without names every place matters.
        let matters = !failures.is_empty()
            && (occurrence.criteria.places == Places::default()
                || entries::count(
                    conn,
                    occurrence,
                    &coverage,
                    &lookup::expectations(conn, &(date..=date))?,
                    now,
                    |_, _, _| {},
                )?
                .is_undecided());
        if matters {
            undecided.push((occurrence.clone(), failures));
        }
    }
    Ok(undecided)
}

/// The inputs of the checks. No query here scans the history (`tests/cli/upkeep/plans.rs`), because every
/// screen runs them with every refresh.
fn facts(
    conn: &Connection,
    settings: &Settings,
    runners: Vec<Runner>,
    judged: &Judged,
    caller: &Caller,
) -> Result<Facts> {
    let (now, zone) = (caller.now, settings.zone);
    let today = local_date(now, zone);
    let (templates, closures) = (periods::list(conn)?, schedule::closures(conn)?);
    let calendar =
        Calendar { templates: &templates, closures: &closures, hours: settings.school_hours, zone };
    let last = calendar.next_school_day(today).or(today.succ_opt()).unwrap_or(today);
    let existing = schedule::existing(conn, today.pred_opt().unwrap_or(today)..=last)?;
    let timetable = Timetable::new(existing.iter().map(|existing| existing.occurrence.clone()).collect());
    let undecided = undecided(conn, &timetable, judged, today, now)?;
    Ok(Facts {
        now,
        undecided,
        zone,
        limits: settings.limits,
        criteria: settings.criteria.clone(),
        hours: settings.school_hours,
        timetable,
        planned_until: schedule::last_date(conn)?,
        templates,
        closures,
        existing,
        runners,
        jobs: jobs::list(conn)?,
        keys: keys::list(conn)?,
        sizes: sizes::outside(conn),
        refusals: Refusals {
            recent: quarantine::count_since(conn, now - RECENT, settings.limits.quarantine + 1)?,
            full: quarantine::is_full(conn, settings.quarantine_limit)?,
            foreign: quarantine::foreign_since(conn, now - RECENT, settings.limits.quarantine + 1)?,
        },
        outdated: records::outdated_on(conn, today, &settings.policy)?,
        waiting: outbox::stuck(conn, now - DELIVERY)?,
        rules: zoneinfo::rules().clone(),
        new_rules: schedule::new_rules(conn)?,
    })
}
