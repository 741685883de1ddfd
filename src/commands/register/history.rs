//! The history of one student on one date: sightings, decisions and the resulting statuses.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashSet;

use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::recognition::Recognition;
use crate::domain::register::history::{Event, Folded, History, What, fold_each};
use crate::domain::register::status::Judged;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::day;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::failure::Result;
use crate::store::evidence::{cameras, recognitions, reviews};
use crate::store::register::expected::Whose;
use crate::store::register::{excuses, marks};
use crate::store::roll::enrolments;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// Reads the history of a student on a date.
pub fn read(store: &mut Store, code: &str, date: NaiveDate, caller: &Caller) -> Result<(History, Zone)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let student = lookup::student(conn, code, *day(date, settings.zone).end())?;
        let around = schedule::occurrences(conn, lookup::neighbours(date))?;
        let expectations = lookup::expectations_of(conn, student.id, &(date..=date))?;
        let mut events = seen(conn, student.id, date, &around, &settings)?;
        let cameras = Cameras::read(conn)?;
        let mut results = Vec::new();
        for occurrence in around.into_iter().filter(|o| o.date == date) {
            events.extend(marks::of_student(conn, occurrence.id, student.id)?.into_iter().map(|mark| {
                Event { at: mark.at, period: Some(occurrence.period.to_string()), what: What::Marked(mark) }
            }));
            // Decisions stay listed after their period was cancelled, but no longer count.
            if !occurrence.held() {
                continue;
            }
            let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
            let whose = Whose::One(student.id);
            entries::each_entry(conn, &occurrence, &expectations, whose, &coverage, caller.now, |entry| {
                let (occurrence, coverage) = (occurrence.clone(), coverage.clone());
                results.push(Judged { occurrence, coverage, entry });
                Ok(())
            })?;
        }
        events.extend(excused(conn, student.id, day(date, settings.zone))?);
        events.sort_by_key(|event| event.at);
        let begins = *day(date, settings.zone).start();
        let pruned = settings::revision(conn)?.watermark.is_some_and(|watermark| watermark > begins);
        let history = History { student: student.student, date, events, pruned, results };
        Ok((history, settings.zone))
    })
}

/// The excuses that overlap a window, and their ends.
fn excused(conn: &Connection, student: StudentId, window: RangeInclusive<Instant>) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let excuses = excuses::of_student(conn, student)?.into_iter();
    for excuse in excuses.filter(|e| e.stretch.from <= *window.end() && *window.start() < e.stretch.until) {
        events.push(Event { at: excuse.at, period: None, what: What::Excused(excuse.clone()) });
        if let Some((_, at)) = &excuse.taken_back {
            events.push(Event { at: *at, period: None, what: What::TakenBack(excuse) });
        }
    }
    Ok(events)
}

/// The recognitions of a date, each folded in its occurrence.
fn seen(
    conn: &Connection,
    student: StudentId,
    date: NaiveDate,
    around: &[Occurrence],
    settings: &Settings,
) -> Result<Vec<Event>> {
    let timetable = Timetable::new(around.to_vec());
    let window = day(date, settings.zone);
    let folded_from = timetable.folds_from(*window.start());
    let one = FxHashSet::from_iter([student]);
    let mut found = recognitions::of_few(conn, folded_from..=*window.end(), &one)?;
    let timeline = found.remove(&student).unwrap_or_default();
    let mut folded = fold_student(conn, student, timeline, &timetable, settings)?;
    folded.retain(|folded| window.contains(&folded.recognition.ts));
    let mut events: Vec<Event> = folded.into_iter().map(Event::from).collect();
    events.extend(reviewed(conn, student, window)?);
    Ok(events)
}

/// The decisions about sightings within a window, and the sightings that no longer count for the student.
fn reviewed(conn: &Connection, student: StudentId, window: RangeInclusive<Instant>) -> Result<Vec<Event>> {
    let decisions = reviews::about(conn, student, &window)?;
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let (in_force, cameras) = (reviews::within(conn, &window)?, cameras::by_id(conn)?);
    let counts =
        |sighting| in_force.counts_for(sighting).is_some_and(|(counts_for, _)| counts_for == student);
    let sent = recognitions::sent(conn, student, window)?.into_iter();
    let aside = sent.filter(|(sighting, _)| !counts(*sighting));
    let mut events: Vec<Event> = aside
        .map(|(sighting, seen)| Event { at: sighting.ts, period: None, what: What::SetAside(seen) })
        .collect();
    events.extend(decisions.into_iter().map(|decision| {
        let camera =
            cameras.get(&decision.sighting.camera).map(|camera| camera.name.clone()).unwrap_or_default();
        Event { at: decision.at, period: None, what: What::Reviewed(decision, camera) }
    }));
    Ok(events)
}

/// Folds recognitions of one student, in time order, each in the occurrence that expects the student.
pub fn fold_student(
    conn: &Connection,
    student: StudentId,
    timeline: Vec<Recognition>,
    timetable: &Timetable,
    settings: &Settings,
) -> Result<Vec<Folded>> {
    let enrolment = enrolments::of(conn, student)?;
    Ok(fold_each(timeline, &settings.policy, |ts| enrolment.occurrence_at(timetable, ts)))
}
