//! The sightings that need a person.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::commands::evidence::quarantine;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::camera::Camera;
use crate::domain::evidence::quarantine::{Kept, QuarantineSelection};
use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::recognition::Recognition;
use crate::domain::register::excuse::span_of;
use crate::domain::register::mark::MarkDecision;
use crate::domain::register::review::{Case, Doubt, SightingId};
use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{days, local_date};
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, Timetable};
use crate::domain::upkeep::erasure::identities;
use crate::failure::Result;
use crate::store::evidence::{cameras, recognitions};
use crate::store::register::{excuses, marks};
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// A student cannot walk from one place to another in less time.
const AT_ONCE: Span = Span::seconds(5);

/// Which cases are listed.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The dates. `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only sightings of this camera.
    pub camera: Option<String>,
}

/// Lists doubtful sightings without a decision, newest first.
pub(crate) fn list(store: &mut Store, listing: &Listing, caller: &Caller) -> Result<(Vec<Case>, Zone)> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        if let Some(camera) = &listing.camera {
            lookup::camera(conn, camera)?;
        }
        let today = local_date(caller.now, settings.zone);
        let dates = listing.dates.clone().unwrap_or(today..=today);
        let window = days(&dates, settings.zone);
        let around = *lookup::neighbours(*dates.start()).start()..=*lookup::neighbours(*dates.end()).end();
        let timetable = Timetable::new(schedule::occurrences(conn, around)?);
        let mut finder = Finder {
            conn,
            settings: &settings,
            timetable: &timetable,
            cameras: cameras::list(conn)?,
            excused: FxHashMap::default(),
            cases: Vec::new(),
        };
        let evidence = timetable.folds_from(*window.start())..=*window.end();
        for (student, timeline) in recognitions::of_students(conn, evidence, |_| true)? {
            finder.look_at(student, &timeline)?;
        }
        let mut cases = finder.cases;
        cases.retain(|case| window.contains(&case.at));
        cases.extend(unknown_names(conn, &window)?);
        let of_camera =
            |case: &Case| listing.camera.is_none() || case.camera.as_deref() == listing.camera.as_deref();
        cases.retain(of_camera);
        cases.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        Ok((cases, settings.zone))
    })
}

/// Looks for doubtful sightings, one student after another.
struct Finder<'c> {
    conn: &'c Connection,
    settings: &'c Settings,
    timetable: &'c Timetable,
    cameras: Vec<Camera>,
    /// The students excused in an occurrence.
    excused: FxHashMap<OccurrenceId, Vec<StudentId>>,
    cases: Vec<Case>,
}

impl Finder<'_> {
    fn look_at(&mut self, student: StudentId, timeline: &[Recognition]) -> Result<()> {
        let Some((code, name)) = students::named(self.conn, student)? else { return Ok(()) };
        let enrolment = enrolments::of(self.conn, student)?;
        let mut by_occurrence: Vec<(&Occurrence, Vec<&Recognition>)> = Vec::new();
        for seen in timeline {
            let Some(occurrence) = enrolment.occurrence_at(self.timetable, seen.ts) else { continue };
            match by_occurrence.iter_mut().find(|(known, _)| known.id == occurrence.id) {
                Some((_, within)) => within.push(seen),
                None => by_occurrence.push((occurrence, vec![seen])),
            }
        }
        let mut found: Vec<(&Recognition, Doubt)> = Vec::new();
        for (occurrence, within) in by_occurrence {
            match within.iter().find(|seen| self.is_accepted(seen)) {
                Some(first) if self.is_excused(occurrence, student)? => found.push((first, Doubt::Excused)),
                Some(_) => {}
                None => {
                    let best = within.iter().max_by(|a, b| a.score.total_cmp(&b.score));
                    found.extend(best.map(|best| (*best, Doubt::LowScore)));
                }
            }
        }
        found.extend(self.two_places(timeline).into_iter().map(|seen| (seen, Doubt::TwoPlaces)));
        for (seen, doubt) in found {
            self.add(student, (&code, &name), &enrolment, seen, doubt);
        }
        Ok(())
    }

    fn is_accepted(&self, seen: &Recognition) -> bool {
        seen.confirmed || seen.score >= self.settings.policy.min_score
    }

    fn is_excused(&mut self, occurrence: &Occurrence, student: StudentId) -> Result<bool> {
        if !self.excused.contains_key(&occurrence.id) {
            let excused = excuses::overlapping(self.conn, span_of(occurrence))?;
            let mut excused: Vec<StudentId> = excused.into_keys().collect();
            let marks = marks::in_force(self.conn, occurrence.id)?.into_iter();
            excused.extend(
                marks
                    .filter(|(_, mark)| mark.decision == Some(MarkDecision::Excused))
                    .map(|(student, _)| student),
            );
            self.excused.insert(occurrence.id, excused);
        }
        Ok(self.excused[&occurrence.id].contains(&student))
    }

    /// Accepted sightings at two named places within seconds of each other.
    fn two_places<'r>(&self, timeline: &'r [Recognition]) -> Vec<&'r Recognition> {
        let accepted: Vec<&Recognition> = timeline.iter().filter(|seen| self.is_accepted(seen)).collect();
        let place = |seen: &Recognition| {
            let camera = self.cameras.iter().find(|camera| camera.id == seen.camera.id)?;
            camera.place(seen.ts).map(|place| place.name.clone())
        };
        let mut doubtful: Vec<&Recognition> = Vec::new();
        for pair in accepted.windows(2) {
            let places = place(pair[0]).zip(place(pair[1]));
            let apart = places.is_some_and(|(one, other)| one != other);
            if apart && pair[1].ts - pair[0].ts < AT_ONCE {
                let unlisted =
                    pair.iter().filter(|seen| !doubtful.iter().any(|known| known.time_order(seen).is_eq()));
                doubtful.extend(unlisted.copied().collect::<Vec<_>>());
            }
        }
        doubtful
    }

    /// Adds a sighting, unless a person has confirmed it.
    fn add(
        &mut self,
        student: StudentId,
        (code, name): (&str, &str),
        enrolment: &Enrolment,
        seen: &Recognition,
        doubt: Doubt,
    ) {
        if seen.confirmed {
            return;
        }
        self.cases.push(Case {
            id: SightingId { ts: seen.ts, student, camera: seen.camera.id }.to_string(),
            at: seen.ts,
            code: code.to_owned(),
            name: Some(name.to_owned()),
            camera: Some(seen.camera.name.clone()),
            score: Some(seen.score),
            period: enrolment.occurrence_at(self.timetable, seen.ts).map(|o| o.period.to_string()),
            crop: seen.crop.as_deref().map(str::to_owned),
            doubt,
        });
    }
}

/// The names in quarantine that are not on the roll, each with its latest line.
fn unknown_names(conn: &Connection, window: &RangeInclusive<Instant>) -> Result<Vec<Case>> {
    let mut latest: FxHashMap<String, Case> = FxHashMap::default();
    quarantine::walk(conn, &QuarantineSelection::of(Reason::UnknownStudent), |kept| {
        if window.contains(&kept.received_at)
            && let Some(case) = unknown_name(kept)
        {
            latest.insert(case.code.clone(), case);
        }
        Ok(())
    })?;
    Ok(latest.into_values().collect())
}

fn unknown_name(kept: &Kept) -> Option<Case> {
    let line = String::from_utf8_lossy(&kept.line);
    let members: Value = serde_json::from_str(&line).unwrap_or_default();
    let text =
        |names: [&str; 2]| names.iter().find_map(|name| Some(members.get(*name)?.as_str()?.to_owned()));
    Some(Case {
        id: format!("q{}", kept.id),
        at: kept.received_at,
        code: identities(&line).into_iter().next()?,
        name: None,
        camera: text(["camera", "camera_id"]).map(Into::into),
        score: members.get("score").and_then(Value::as_f64),
        period: None,
        crop: text(["crop", "crop_path"]),
        doubt: Doubt::UnknownName,
    })
}
