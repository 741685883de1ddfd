//! `attend student export`: all data about one student, for the family.

use crate::commands::evidence::quarantine;
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::upkeep::audit::note;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::camera::CameraName;
use crate::domain::evidence::quarantine::{Kept, QuarantineSelection};
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::Mark;
use crate::domain::register::review::ReviewDecision;
use crate::domain::register::status::Judged;
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::domain::upkeep::audit::AuditSelection;
use crate::domain::upkeep::dossier::Dossier;
use crate::domain::upkeep::erasure::{Called, Reference};
use crate::failure::Result;
use crate::store::evidence::{cameras, recognitions, records, reviews};
use crate::store::register::expected::Remembered;
use crate::store::register::{absence_feeds, excuses, marks};
use crate::store::roll::aliases;
use crate::store::roll::enrolments;
use crate::store::roll::students::Stored;
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, settings};

/// Reads all data about a student, and adds an audit entry for the export. `target` is the kind of target
/// it goes to.
pub(crate) fn read(store: &mut Store, code: &str, target: &str, caller: &Caller) -> Result<(Dossier, Zone)> {
    note(store, |conn| {
        let stored = lookup::student(conn, code, caller.now)?;
        Ok(audit::add(conn, &caller.deed("student export", target).about(stored.id))?)
    })?;
    store.read(|conn| {
        let settings = settings::load(conn)?;
        let stored = lookup::student(conn, code, caller.now)?;
        let about = AuditSelection { about: Some(stored.id), ..AuditSelection::default() };
        let excuses = excuses::of_student(conn, stored.id)?;
        let (entries, marks) = in_register(conn, &stored, &excuses, caller)?;
        let dossier = Dossier {
            enrolments: enrolments::of(conn, stored.id)?.spells(),
            aliases: aliases::of(conn, stored.id)?,
            recognitions: recognitions::of_student(conn, stored.id)?,
            entries,
            marks,
            excuses,
            decisions: decisions(conn, stored.id)?,
            announced: absence_feeds::of_student(conn, stored.id)?,
            quarantine: kept(conn, &stored)?,
            deeds: audit::list(conn, &about)?,
            student: stored.student,
        };
        Ok((dossier, settings.zone))
    })
}

type Entries = Vec<Judged>;
type Marks = Vec<(Occurrence, Mark)>;

/// The student's rows of the register, and every mark, by date and start.
fn in_register(
    conn: &Connection,
    stored: &Stored,
    excuses: &[Excuse],
    caller: &Caller,
) -> Result<(Entries, Marks)> {
    let (cameras, known) = (Cameras::read(conn)?, cameras::by_id(conn)?);
    let enrolment = enrolments::of(conn, stored.id)?;
    let (mut entries, mut decided) = (Entries::new(), Marks::new());
    let all = schedule::occurrences(conn, ALWAYS..=OPEN_END)?;
    let timetable = Timetable::new(all.clone());
    for occurrence in all {
        let record = records::find(conn, occurrence.id, stored.id, &known)?.map(|(record, _)| record);
        let marks = marks::of_student(conn, occurrence.id, stored.id)?;
        let group = enrolment.group_at(occurrence.starts_at);
        let begun = occurrence.counts(caller.now);
        let listed = begun && enrolment.belongs_to(&occurrence);
        let marked = marks.last().is_some_and(|mark| mark.decision.is_some());
        if record.is_some() || marked || listed {
            let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
            let (record, mark) = (record.unwrap_or_default(), marks.last().cloned());
            let (code, name) = (stored.student.code.clone(), stored.student.name.clone());
            let excuse = excuses.iter().find(|excuse| excuse.covers(&occurrence)).cloned();
            let elsewhere = listed && !enrolment.expected_in(&timetable, &occurrence);
            let known = Remembered { id: stored.id, code, name, group, record, mark, excuse, elsewhere };
            let entry = entries::entry(&occurrence, caller.now, &coverage, known);
            entries.push(Judged { occurrence: occurrence.clone(), coverage, entry });
        }
        decided.extend(marks.into_iter().map(|mark| (occurrence.clone(), mark)));
    }
    Ok((entries, decided))
}

/// The decisions about the student's sightings, each with the camera.
fn decisions(conn: &Connection, student: StudentId) -> Result<Vec<(ReviewDecision, CameraName)>> {
    let cameras = cameras::by_id(conn)?;
    let all = reviews::about(conn, student, &Instant::EVER)?.into_iter();
    let named = all.map(|decision| {
        let camera =
            cameras.get(&decision.sighting.camera).map(|camera| camera.name.clone()).unwrap_or_default();
        (decision, camera)
    });
    Ok(named.collect())
}

/// The lines in quarantine about the student. Lines about other students are left out, even if they mention this one.
fn kept(conn: &Connection, stored: &Stored) -> Result<Vec<Kept>> {
    let called = Called::new(&stored.student.code, &stored.student.name).or(aliases::own(conn, stored.id)?);
    let mut about = Vec::new();
    quarantine::walk(conn, &QuarantineSelection::default(), |kept| {
        if called.in_line(&String::from_utf8_lossy(&kept.line)) == Reference::Certain {
            about.push(kept.clone());
        }
        Ok(())
    })?;
    Ok(about)
}
