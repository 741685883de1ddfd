//! Folding whole days anew after the schedule changed, so that it makes no difference whether a
//! recognition or its occurrence came first.

use std::ops::RangeInclusive;

use anyhow::Result;
use chrono::NaiveDate;

use super::{Caller, lookup};
use crate::domain::calendar::local_date;
use crate::domain::occurrence::{Occurrence, Timetable};
use crate::domain::record::Record;
use crate::domain::settings::Settings;
use crate::domain::student::{Enrolment, enrolment_at};
use crate::domain::time::Instant;
use crate::store::{Connection, recognitions, records, schedule, settings, students};

/// Makes the records of every occurrence on `dates` that has opened what its recognitions add up to.
/// Those that are settled stay as they are: what is left of their recognitions proves nothing.
pub fn dates(conn: &Connection, dates: RangeInclusive<NaiveDate>, caller: &Caller) -> Result<()> {
    let settings = settings::load(conn)?;
    let today = local_date(caller.now, settings.zone);
    let last = *lookup::neighbours(today).end().min(dates.end());
    let around = *lookup::neighbours(*dates.start()).start()..=*lookup::neighbours(last).end();
    let timetable = Timetable::new(schedule::occurrences(conn, around)?);
    let policy = records::policy_id(conn, &settings.policy)?;
    let watermark = settings::revision(conn)?.watermark;
    let wanted =
        |o: &&Occurrence| dates.contains(&o.date) && o.opens_at <= caller.now && !o.settled(watermark);
    for occurrence in timetable.held().iter().filter(wanted) {
        fold_occurrence(conn, occurrence, &timetable, &settings, policy)?;
    }
    Ok(())
}

fn fold_occurrence(
    conn: &Connection,
    occurrence: &Occurrence,
    timetable: &Timetable,
    settings: &Settings,
    policy: i64,
) -> Result<()> {
    let window = occurrence.opens_at..=occurrence.closes_at;
    records::clear(conn, occurrence.id)?;
    for (student, mut timeline) in recognitions::of_students(conn, window, |_| true)? {
        let enrolments = students::enrolments_of(conn, student)?;
        timeline.retain(|recognition| {
            let matching = place(recognition.ts, &enrolments, timetable, settings);
            matching.is_some_and(|o| o.id == occurrence.id)
        });
        if !timeline.is_empty() {
            let record = Record::fold(&timeline, &settings.policy);
            records::save(conn, occurrence.id, student, &record, policy)?;
        }
    }
    Ok(())
}

/// The occurrence in which a student with these enrolments counts at an instant.
pub fn place<'t>(
    ts: Instant,
    enrolments: &[Enrolment],
    timetable: &'t Timetable,
    settings: &Settings,
) -> Option<&'t Occurrence> {
    let enrolment = enrolment_at(enrolments, ts, settings.zone)?;
    timetable.occurrence_at(ts, enrolment.group.as_deref())
}
