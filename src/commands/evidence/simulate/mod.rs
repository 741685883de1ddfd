//! `attend simulate`: the lines a school's runners would send on a day, the same for the same seed.
//!
//! Every student has habits of their own, drawn from the seed and the code: some are always early,
//! some are late, some are seldom recognised. Doors are crowded just before a period begins.

mod dice;
mod line;

use std::io::{self, Write};
use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};

use self::dice::{Dice, fraction};
use self::line::{BEAT, Line, What};
use crate::commands::Caller;
use crate::commands::problem::Problem;
use crate::domain::evidence::camera::{Camera, CameraName};
use crate::domain::evidence::visit::Visit;
use crate::domain::roll::expectation::{Expectations, Listed};
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{closure_on, day, local_date, resolve};
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, Timetable};
use crate::domain::timetable::schedule::occurrence_of;
use crate::failure::Result;
use crate::store::evidence::cameras;
use crate::store::roll::students::Stored;
use crate::store::roll::{enrolments, students};
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, Store, settings};

/// Cameras of a school that has not named any.
const DOORS: [&str; 4] = ["gate-1", "gate-2", "hall-1", "hall-2"];

/// A time in which a camera is dead: it sends no lines and sees no students.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blind {
    /// Name of the camera.
    pub camera: String,
    /// Local time of its failure.
    pub from: NaiveTime,
    /// Local time of its return, on the next day if that is not later.
    pub until: NaiveTime,
}

/// Options of a simulation.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The day.
    pub date: NaiveDate,
    /// The same seed gives the same day.
    pub seed: u64,
    /// How often students are seen: 1 is a usual day.
    pub rate: f64,
    /// Cameras that fail.
    pub blind: Vec<Blind>,
    /// Lines after this instant are left out. `None`: now, if the day is today.
    pub until: Option<Instant>,
}

/// A simulated day.
pub(crate) struct Simulated {
    lines: Vec<Line>,
    /// The visits of every expected student, by period and code.
    pub visits: Vec<Visit>,
    /// The school's zone.
    pub zone: Zone,
}

/// Simulates a day.
pub(crate) fn simulate(store: &mut Store, request: &Request, caller: &Caller) -> Result<Simulated> {
    let school = store.read(|conn| School::load(conn, request, caller))?;
    let blind = school.blind(request)?;
    let (mut lines, visits) = school.visits(request);
    let sees =
        |line: &Line| !blind.iter().any(|(camera, span)| *camera == line.camera && span.contains(&line.ts));
    lines.retain(sees);
    lines.extend(school.heartbeats(&lines).into_iter().filter(sees));
    lines.retain(|line| school.until.is_none_or(|until| line.ts <= until));
    lines.sort_by(|a, b| (a.ts, &a.camera).cmp(&(b.ts, &b.camera)));
    Ok(Simulated { lines, visits, zone: school.settings.zone })
}

impl Simulated {
    /// Writes its lines in time order. Returns their number.
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<usize> {
        for line in &self.lines {
            // serde_json hides the error of the pipe from callers that inspect causes, so it is converted.
            serde_json::to_writer(&mut *out, &line.wire(self.zone)).map_err(io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(self.lines.len())
    }
}

/// The data of the school that a simulation uses.
struct School {
    settings: Settings,
    expectations: Expectations,
    students: Vec<Stored>,
    cameras: Vec<Camera>,
    names: Vec<CameraName>,
    occurrences: Vec<Occurrence>,
    until: Option<Instant>,
}

impl School {
    fn load(conn: &Connection, request: &Request, caller: &Caller) -> Result<Self> {
        let settings = settings::load(conn)?;
        let mut cameras = cameras::list(conn)?;
        cameras.retain(|camera| !camera.is_retired(*day(request.date, settings.zone).end()));
        let mut names: Vec<CameraName> = cameras.iter().map(|camera| camera.name.clone()).collect();
        if names.is_empty() {
            names = DOORS.map(CameraName::from).to_vec();
        }
        let today = local_date(caller.now, settings.zone);
        let until = request.until.or((request.date == today).then_some(caller.now));
        let students = students::list(conn, *day(request.date, settings.zone).end())?;
        let occurrences = occurrences(conn, request.date, &settings)?;
        let timetable = Timetable::new(occurrences.clone());
        let expectations = Expectations::new(enrolments::roll(conn, &Instant::EVER)?, timetable);
        Ok(Self { settings, expectations, students, cameras, names, occurrences, until })
    }

    /// The spans in which cameras are dead.
    fn blind(&self, request: &Request) -> Result<Vec<(CameraName, Range<Instant>)>> {
        let spans = request.blind.iter().map(|blind| {
            let Some(camera) = self.names.iter().find(|name| ***name == blind.camera) else {
                let known = self.names.iter().map(|name| &**name);
                return Err(Problem::not_found("camera", &blind.camera, known, "attend camera list").into());
            };
            let last = if blind.until > blind.from { Some(request.date) } else { request.date.succ_opt() };
            let at = |date, time| resolve(date, time, self.settings.zone);
            let until = at(last.unwrap_or(request.date), blind.until);
            Ok((camera.clone(), at(request.date, blind.from)..until))
        });
        spans.collect()
    }

    /// The lines of cameras without failures, and the visits behind them.
    fn visits(&self, request: &Request) -> (Vec<Line>, Vec<Visit>) {
        let (mut lines, mut visits) = (Vec::new(), Vec::new());
        for (nth, occurrence) in self.occurrences.iter().enumerate() {
            let listing = self.expectations.of(occurrence);
            let groups = self.expectations.roll.groups_at(occurrence.starts_at);
            let expected = |stored: &&Stored| listing.find(stored.id) == Some(Listed::Here);
            for stored in self.students.iter().filter(expected) {
                let doors = self.doors(occurrence, nth, groups.of(stored.id).1);
                let visit = visit(occurrence, &doors, &stored.student.code, request, &mut lines);
                visits.push(visit);
            }
        }
        (lines, visits)
    }

    /// The doors through which a class enters an occurrence, each with the cameras there. All cameras at a place see its
    /// students. Without places, the gates see them in the morning and the halls later on.
    fn doors(&self, occurrence: &Occurrence, nth: usize, class: Option<&str>) -> Vec<Vec<CameraName>> {
        let places = occurrence.criteria.places.of(class);
        if !places.is_empty() {
            let there = |camera: &&Camera, name: &str| {
                camera.place(occurrence.starts_at).is_some_and(|place| *place.name == *name)
            };
            let cameras = |name: &&str| {
                let cameras = self.cameras.iter().filter(|camera| there(camera, name));
                cameras.map(|camera| camera.name.clone()).collect()
            };
            return places.iter().map(cameras).collect();
        }
        let half = self.names.len().div_ceil(2);
        let index = |which: usize| if nth == 0 { which % half } else { half + which } % self.names.len();
        [0, 1].map(|which| vec![self.names[index(which)].clone()]).to_vec()
    }

    /// Every camera beats from the first opening to the last closing of the day.
    fn heartbeats(&self, sightings: &[Line]) -> Vec<Line> {
        let opens = self.occurrences.iter().map(|o| o.opens_at).min();
        let closes = self.occurrences.iter().map(|o| o.closes_at).max();
        let (Some(opens), Some(closes)) = (opens, closes) else {
            return Vec::new();
        };
        let slot = |ts: Instant| (ts - opens).micros().div_euclid(BEAT.micros());
        let mut seen = std::collections::HashMap::<(&str, i64), u32>::new();
        for line in sightings {
            *seen.entry((&line.camera, slot(line.ts))).or_default() += 1;
        }
        let mut beats = Vec::new();
        for (n, camera) in self.names.iter().enumerate() {
            for beat in 0..=slot(closes) {
                let ts = opens + Span::from_micros(beat * BEAT.micros());
                let seen = seen.get(&(&**camera, beat - 1)).copied().unwrap_or_default();
                let pid = 4200 + u32::try_from(n).unwrap_or_default();
                beats.push(Line { ts, camera: camera.clone(), what: What::Beat { pid, seen } });
            }
        }
        beats
    }
}

/// Simulates the visit of one student to one occurrence.
fn visit(
    occurrence: &Occurrence,
    doors: &[Vec<CameraName>],
    code: &str,
    request: &Request,
    lines: &mut Vec<Line>,
) -> Visit {
    let mut habits = Dice::new(request.seed, &[code]);
    let (punctual, face) = (habits.share(), 0.80 + 0.14 * habits.share());
    let ill = habits.share() < 0.04;
    let mut dice = Dice::new(request.seed, &[code, &occurrence.period, &occurrence.date.to_string()]);
    let mut visit = Visit {
        date: occurrence.date,
        period: occurrence.period.clone(),
        code: code.to_owned(),
        arrived_at: None,
        seen_as: None,
    };
    if ill || dice.share() < 0.04 {
        return visit;
    }
    let stranger = dice.share() < 0.01;
    let poor = dice.share() < 0.025;
    let late = punctual < 0.15 && dice.share() < 0.5;
    let minutes = if late { 4.0 + 14.0 * dice.share() } else { -6.0 + 7.0 * dice.bell() };
    let which = usize::try_from(dice.below(2)).unwrap_or_default();
    let mut at = occurrence.starts_at + minutes_long(minutes);
    let length = (occurrence.ends_at - occurrence.starts_at).micros();
    let again = occurrence.starts_at + Span::from_micros(fraction(length, dice.share()));
    visit.arrived_at = Some(whole_millis(at));
    let cameras = doors.get(which % doors.len().max(1)).map(Vec::as_slice).unwrap_or_default();
    let seen_as = if stranger { format!("X{:06}", dice.below(1_000_000)) } else { code.to_owned() };
    visit.seen_as = (!cameras.is_empty()).then(|| seen_as.clone());
    let sightings = 1 + dice.below(3) + fraction(3, request.rate - 1.0).max(0);
    for n in 0..sightings {
        if n > 0 {
            // Most are seen again within seconds at the same door; some pass a camera later on.
            at = if dice.share() < 0.75 {
                at + minutes_long(0.01 + 0.15 * dice.share())
            } else {
                again.max(at)
            };
        }
        let dip = if dice.share() < 0.06 { 0.15 } else { 0.0 };
        let raw = if poor { 0.55 + 0.12 * dice.share() } else { face + 0.08 * (dice.bell() - 0.5) - dip };
        let score = (raw.clamp(0.05, 0.99) * 10_000.0).round() / 10_000.0;
        lines.extend(cameras.iter().map(|camera| {
            let what = What::Seen { code: seen_as.clone(), score };
            Line { ts: whole_millis(at), camera: camera.clone(), what }
        }));
    }
    visit
}

/// The schedule of that day, else the weekly periods.
fn occurrences(conn: &Connection, date: NaiveDate, settings: &Settings) -> Result<Vec<Occurrence>> {
    let mut scheduled = schedule::occurrences(conn, date..=date)?;
    if scheduled.is_empty() && closure_on(date, &schedule::closures(conn)?).is_none() {
        let weekday = chrono::Datelike::weekday(&date);
        let templates = periods::list(conn)?;
        let held = templates.iter().filter(|t| t.period.is_planned_on(weekday));
        let planned = held.map(|template| occurrence_of(template, date, settings.zone, &settings.criteria));
        scheduled = (1..).zip(planned).map(|(id, o)| Occurrence { id: OccurrenceId(id), ..o }).collect();
    }
    scheduled.retain(Occurrence::held);
    Ok(scheduled)
}

#[expect(clippy::cast_possible_truncation, reason = "minutes of a school day")]
fn minutes_long(minutes: f64) -> Span {
    Span::from_micros((minutes * 60e6) as i64)
}

/// Runners tell milliseconds.
fn whole_millis(at: Instant) -> Instant {
    Instant::from_micros(at.micros() / 1000 * 1000)
}
