//! The list of the day: every student on the roll, with the time and place of the last sighting. It does not need an
//! active period, because a fire may break out in a break.

use rustc_hash::FxHashMap;

use crate::commands::register::coverage::Cameras;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::camera::Camera;
use crate::domain::register::excuse::{Excuse, Kind};
use crate::domain::register::gap::{ByClass, Gap, Gaps};
use crate::domain::register::mark::MarkDecision;
use crate::domain::register::status::{Status, judge};
use crate::domain::register::whereabouts::{Sighting, StudentWhereabouts, Whereabouts};
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::{Classes, GroupFilter};
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{day, local_date};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::evidence::{cameras, recognitions};
use crate::store::register::{excuses, expected, marks};
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, StoreError, settings};

/// The list of a day.
#[derive(Debug)]
pub(crate) struct Day {
    /// All students on the roll now, each in one class, by class and whereabouts.
    pub found: Vec<StudentWhereabouts>,
    /// The occurrences of today that have begun and leave listed students unknown.
    pub gaps: Vec<Gap>,
    /// The zone of times.
    pub zone: Zone,
}

/// Reads the list of today.
pub(crate) fn read(store: &mut Store, groups: &GroupFilter, caller: &Caller) -> Result<Day> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let expectations = lookup::expectations(conn, &(today..=today))?;
        let is_listed = |(enrolled, group): (bool, Option<&str>)| enrolled && groups.passes(group);
        let of_now = expectations.roll.groups_at(caller.now);
        let (mut judged, gaps) =
            judged(conn, &expectations, &settings, caller.now, |student| is_listed(of_now.of(student)))?;
        let last = last_seen(conn, caller.now, &settings)?;
        let excuses = current(conn, &settings, caller.now)?;
        let (mut found, mut classes) = (Vec::new(), Classes::default());
        students::each(conn, &expectations.roll, caller.now, |student| -> Result<(), StoreError> {
            if student.enrolled {
                classes.learn(student.group);
            }
            if !is_listed((student.enrolled, student.group)) {
                return Ok(());
            }
            let excuse = excuses.get(&student.id);
            let left = excuse.filter(|excuse| excuse.kind == Kind::Left).map(|excuse| excuse.stretch.from);
            let last = last.get(&student.id).cloned();
            let (statuses, gaps) = judged.remove(&student.id).unwrap_or_default();
            let at = last.as_ref().map(|last| last.at);
            let whereabouts = Whereabouts::judge(at, left, excuse.is_some(), &statuses);
            found.push(StudentWhereabouts {
                code: student.code.to_owned(),
                name: student.name.to_owned(),
                group: student.group.map(str::to_owned),
                class: None,
                whereabouts,
                last,
                excuse: excuse.cloned(),
                gaps,
            });
            Ok(())
        })?;
        for student in &mut found {
            student.class = classes.of(student.group.as_deref(), groups).map(str::to_owned);
        }
        found.sort_by_cached_key(|student: &StudentWhereabouts| {
            (student.class.is_none(), student.class.clone(), student.whereabouts.rank())
        });
        Ok(Day { found, gaps, zone: settings.zone })
    })
}

/// The statuses and gaps of each student in the occurrences of today that have begun.
type Judged = FxHashMap<StudentId, (Vec<Status>, Gaps)>;

/// The students in the occurrences of today that have begun, and the gaps of those occurrences that leave listed students
/// unknown.
fn judged(
    conn: &Connection,
    expectations: &Expectations,
    settings: &Settings,
    now: Instant,
    is_listed: impl Fn(StudentId) -> bool,
) -> Result<(Judged, Vec<Gap>)> {
    let (mut judged, mut gaps) = (Judged::default(), Vec::new());
    let cameras = Cameras::read(conn)?;
    for occurrence in begun(conn, settings, now)? {
        let coverage = cameras.coverage(conn, &occurrence, now)?;
        let (mut by_class, mut unknown) = (ByClass::new(&occurrence, &coverage), false);
        expected::each_standing(conn, &occurrence, expectations, |student, group, standing| {
            let judgement = judge(&occurrence, now, coverage.is_blind(group), standing);
            if judgement.status == Status::Elsewhere {
                return;
            }
            let (statuses, gaps) = judged.entry(student).or_default();
            statuses.push(judgement.status);
            if judgement.status == Status::Unknown {
                gaps.add(occurrence.id, || by_class.of(group));
                unknown |= is_listed(student);
            }
        })?;
        gaps.extend(unknown.then(|| Gap::of_school(&occurrence, &coverage)));
    }
    Ok((judged, gaps))
}

/// The occurrences of today that are held and have begun, by start.
pub(crate) fn begun(conn: &Connection, settings: &Settings, now: Instant) -> Result<Vec<Occurrence>> {
    let today = local_date(now, settings.zone);
    let mut all = schedule::occurrences(conn, today..=today)?;
    all.retain(|o| o.counts(now));
    Ok(all)
}

/// When and where each student was seen last today, or marked present.
pub(crate) fn last_seen(
    conn: &Connection,
    now: Instant,
    settings: &Settings,
) -> Result<FxHashMap<StudentId, Sighting>> {
    let today = *day(local_date(now, settings.zone), settings.zone).start();
    let known = cameras::list(conn)?;
    let mut last: FxHashMap<StudentId, Sighting> = FxHashMap::default();
    recognitions::last_of_each(conn, today..=now, settings.policy.min_score, |student, at, seen_by| {
        let camera: Option<&Camera> = known.iter().find(|known| known.id == seen_by.id);
        let place = camera.and_then(|camera| camera.place(at)).map(|place| place.name.to_string());
        last.insert(student, Sighting { at, camera: Some(seen_by.name.clone()), place });
    })?;
    for occurrence in begun(conn, settings, now)? {
        for (student, mark) in marks::in_force(conn, occurrence.id)? {
            let there = matches!(mark.decision, Some(MarkDecision::Present | MarkDecision::Late(_)));
            let later = last.get(&student).is_none_or(|last| last.at < occurrence.starts_at);
            if there && later {
                let place = Some(occurrence.period.to_string());
                last.insert(student, Sighting { at: occurrence.starts_at, camera: None, place });
            }
        }
    }
    Ok(last)
}

/// The excuse of each student that holds now. A `left` mark comes before other excuses.
fn current(conn: &Connection, settings: &Settings, now: Instant) -> Result<FxHashMap<StudentId, Excuse>> {
    let today = local_date(now, settings.zone);
    let mut current: FxHashMap<StudentId, Excuse> = FxHashMap::default();
    let window = day(today, settings.zone);
    let span = crate::domain::roll::enrolment::Stretch { from: *window.start(), until: *window.end() };
    let all = excuses::in_force(conn, span)?.into_iter();
    for (student, excuse) in all.filter(|(_, excuse)| excuse.stretch.holds(now)) {
        match current.get(&student) {
            Some(known) if known.kind == Kind::Left => {}
            _ => drop(current.insert(student, excuse)),
        }
    }
    Ok(current)
}
