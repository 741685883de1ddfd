//! The panel: everything on one screen, read in one snapshot.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::commands::evidence::runner::cameras;
use crate::commands::register::coverage::Judged;
use crate::commands::register::history::fold_student;
use crate::commands::register::{entries, roster};
use crate::commands::watch::health::look_at;
use crate::commands::{Caller, lookup};
use crate::domain::register::history::Folded;
use crate::domain::register::panel::{Panel, PanelPeriod, Recent};
use crate::domain::register::status::Counts;
use crate::domain::register::sums::{Sum, memberships};
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Span, Zone};
use crate::domain::timetable::occurrence::{Around, Occurrence, OccurrenceId, Timetable};
use crate::domain::watch::health::Finding;
use crate::failure::Result;
use crate::store::evidence::recognitions;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// Options of the panel.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The window in which events are counted, up to now.
    pub window: Span,
    /// Number of recent recognitions.
    pub recent: u32,
}

/// Reads the panel as of now, with what needs attention, the worst first.
pub fn read(store: &mut Store, request: Request, caller: &Caller) -> Result<(Panel, Vec<Finding>, Zone)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let expectations = lookup::expectations(conn, &lookup::neighbours(today))?;
        let timetable = &expectations.timetable;
        let active: Vec<OccurrenceId> = timetable.active(caller.now).iter().map(|o| o.id).collect();
        let around =
            if active.is_empty() { roster::around(conn, caller, &settings)? } else { Around::default() };
        let cameras = cameras(conn, request.window, caller)?;
        let runners: Vec<_> = cameras.iter().map(|camera| camera.runner.clone()).collect();
        let judged = Judged::read(conn, caller.now)?;
        let findings = look_at(conn, &settings, runners, &judged, caller)?.0.findings;
        let (today, classes) = periods(conn, &expectations, &active, &judged, &settings, caller)?;
        let panel = Panel {
            school: settings.school().to_owned(),
            now: caller.now,
            today,
            active,
            around,
            classes,
            window: request.window,
            cameras,
            recent: recent(conn, timetable, &settings, request.recent, caller)?,
        };
        Ok((panel, findings, settings.zone))
    })
}

/// Today's occurrences, and those of neighbouring days that are still active; with the classes in the active ones.
fn periods(
    conn: &Connection,
    expectations: &Expectations,
    active: &[OccurrenceId],
    judged: &Judged,
    settings: &Settings,
    caller: &Caller,
) -> Result<(Vec<PanelPeriod>, Vec<Sum>)> {
    let today = local_date(caller.now, settings.zone);
    let mut shown: Vec<&Occurrence> =
        expectations.timetable.held().iter().filter(|o| o.date == today || active.contains(&o.id)).collect();
    shown.sort_by_key(|o| (o.starts_at, o.order, o.id));
    let (mut periods, mut together) = (Vec::new(), FxHashMap::<String, Counts>::default());
    for occurrence in shown {
        let active = active.contains(&occurrence.id);
        let coverage = judged.coverage(conn, occurrence)?;
        let class = |groups: Option<&str>, judgement, students| {
            if active {
                // No group has an empty name. A school has few groups, so few names are copied.
                let groups = groups.unwrap_or_default();
                match together.get_mut(groups) {
                    Some(counts) => counts.add_all(judgement, students),
                    None => together.entry(groups.to_owned()).or_default().add_all(judgement, students),
                }
            }
        };
        let counts = entries::count(conn, occurrence, &coverage, expectations, caller.now, class)?;
        let shown = active || occurrence.has_begun(caller.now);
        let counts = if shown { counts } else { counts.before_the_start() };
        periods.push(PanelPeriod { occurrence: occurrence.clone(), counts, coverage: (*coverage).clone() });
    }
    let mut classes = BTreeMap::<(i64, String), Counts>::new();
    let everybody = GroupFilter::default();
    for (groups, counts) in together {
        let groups = Some(&*groups).filter(|groups| !groups.is_empty());
        for (order, group) in memberships(groups, &everybody) {
            *classes.entry((order, group.to_owned())).or_default() += counts;
        }
    }
    Ok((periods, Sum::by_group(classes)))
}

/// The latest recognitions, each folded with the earlier ones to find its effect.
fn recent(
    conn: &Connection,
    timetable: &Timetable,
    settings: &Settings,
    limit: u32,
    caller: &Caller,
) -> Result<Vec<Recent>> {
    let latest = recognitions::latest(conn, caller.now, limit)?;
    let Some(oldest) = latest.last().map(|seen| seen.recognition.ts) else {
        return Ok(Vec::new());
    };
    // After a holiday the latest recognitions are older than the timetable of today.
    let dates = local_date(oldest, settings.zone)..=local_date(caller.now, settings.zone);
    let older = match dates.start() == dates.end() {
        true => None,
        false => Some(Timetable::new(schedule::occurrences(conn, lookup::around(&dates))?)),
    };
    let timetable = older.as_ref().unwrap_or(timetable);
    let window = timetable.folds_from(oldest)..=caller.now;
    let students: FxHashSet<StudentId> = latest.iter().map(|seen| seen.student).collect();
    let timelines = recognitions::of_few(conn, window, &students)?;
    let mut folded = FxHashMap::default();
    for (student, timeline) in timelines {
        folded.insert(student, fold_student(conn, student, timeline, timetable, settings)?);
    }
    let recent = latest.into_iter().map(|seen| {
        let same = |folded: &&Folded| folded.recognition.time_order(&seen.recognition).is_eq();
        let folded = folded.get(&seen.student).and_then(|all| all.iter().find(same));
        Recent {
            code: seen.code,
            name: seen.name,
            period: folded.and_then(|folded| folded.period.clone()),
            verdict: folded.map(|folded| folded.verdict).unwrap_or_default(),
            recognition: seen.recognition,
        }
    });
    Ok(recent.collect())
}
