//! `attend simulate`: the lines a school's runners would send on a day, the same for the same seed.
//!
//! Every student has habits of their own, drawn from the seed and the code: some are always early,
//! some are late, some are seldom recognised. Doors are crowded just before a period begins.

use std::io::{self, Write};

use chrono::NaiveDate;
use serde::Serialize;

use crate::commands::Caller;
use crate::domain::evidence::recognition::CameraName;
use crate::domain::roll::expectation::{Expectations, Listed};
use crate::domain::settings::Settings;
use crate::domain::time::calendar::{closure_on, day, local_date, rfc3339};
use crate::domain::time::{Instant, Span};
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
/// How often a simulated runner beats.
const BEAT: Span = Span::seconds(30);

/// Options of a simulation.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The day.
    pub date: NaiveDate,
    /// The same seed gives the same day.
    pub seed: u64,
    /// How often students are seen: 1 is a usual day.
    pub rate: f64,
    /// Lines after it are not sent yet; `None`: now, where the day is today.
    pub until: Option<Instant>,
}

/// Writes the lines of a day in time order. Gives their number.
pub fn run(store: &mut Store, request: &Request, out: &mut dyn Write, caller: &Caller) -> Result<u64> {
    let school = store.read(|conn| School::load(conn, request, caller))?;
    let mut lines = school.lines(request);
    lines.sort_by(|a, b| (a.ts, &a.camera).cmp(&(b.ts, &b.camera)));
    let mut written = 0;
    for line in lines.iter().filter(|line| school.until.is_none_or(|until| line.ts <= until)) {
        // serde_json hides the error of the pipe from callers that look for causes, so it is converted.
        serde_json::to_writer(&mut *out, &line.wire(&school.settings)).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
        written += 1;
    }
    out.flush()?;
    Ok(written)
}

/// A line before it is written.
struct Line {
    ts: Instant,
    camera: CameraName,
    what: What,
}

enum What {
    Seen { code: String, score: f64 },
    Beat { pid: u32, seen: u32 },
}

/// A line as a runner writes it.
#[derive(Serialize)]
#[serde(untagged)]
enum Wire<'a> {
    Recognition {
        student: &'a str,
        score: f64,
        ts: String,
        camera: &'a str,
        crop: String,
    },
    Heartbeat {
        r#type: &'static str,
        camera: &'a str,
        ts: String,
        pid: u32,
        target_fps: f64,
        processed_fps: f64,
        snapshot_every: i64,
        detected: u32,
        matched: u32,
        latency_ms: u32,
        last_error: &'static str,
    },
}

impl Line {
    fn wire(&self, settings: &Settings) -> Wire<'_> {
        let ts = rfc3339(self.ts, settings.zone);
        match &self.what {
            What::Seen { code, score } => {
                let crop = format!(
                    "{}/{}-{}.jpg",
                    local_date(self.ts, settings.zone).format("%Y/%m/%d"),
                    code,
                    self.ts.micros() / 1000
                );
                Wire::Recognition { student: code, score: *score, ts, camera: &self.camera, crop }
            }
            What::Beat { pid, seen } => Wire::Heartbeat {
                r#type: "heartbeat",
                camera: &self.camera,
                ts,
                pid: *pid,
                target_fps: 6.0,
                processed_fps: 6.0 - f64::from(seen % 5) / 10.0,
                snapshot_every: BEAT.whole_seconds(),
                detected: seen + seen / 4,
                matched: *seen,
                latency_ms: 35 + seen % 20,
                last_error: "",
            },
        }
    }
}

/// The parts of the school that a simulation uses.
struct School {
    settings: Settings,
    expectations: Expectations,
    students: Vec<Stored>,
    cameras: Vec<CameraName>,
    occurrences: Vec<Occurrence>,
    until: Option<Instant>,
}

impl School {
    fn load(conn: &Connection, request: &Request, caller: &Caller) -> Result<Self> {
        let settings = settings::load(conn)?;
        let mut names: Vec<CameraName> = cameras::list(conn)?.into_iter().map(|camera| camera.name).collect();
        if names.is_empty() {
            names = DOORS.map(CameraName::from).to_vec();
        }
        let today = local_date(caller.now, settings.zone);
        let until = request.until.or((request.date == today).then_some(caller.now));
        let students = students::list(conn, *day(request.date, settings.zone).end())?;
        let occurrences = occurrences(conn, request.date, &settings)?;
        let timetable = Timetable::new(occurrences.clone());
        let expectations = Expectations::new(enrolments::roll(conn)?, timetable);
        Ok(Self { settings, expectations, students, cameras: names, occurrences, until })
    }

    fn lines(&self, request: &Request) -> Vec<Line> {
        let mut lines = Vec::new();
        for (nth, occurrence) in self.occurrences.iter().enumerate() {
            let listing = self.expectations.of(occurrence);
            let expected = |stored: &&Stored| listing.find(stored.id) == Some(Listed::Here);
            for stored in self.students.iter().filter(expected) {
                self.visit(occurrence, nth, stored, request, &mut lines);
            }
        }
        lines.extend(self.heartbeats(&lines));
        lines
    }

    /// One student comes to one occurrence, or does not.
    fn visit(
        &self,
        occurrence: &Occurrence,
        nth: usize,
        stored: &Stored,
        request: &Request,
        lines: &mut Vec<Line>,
    ) {
        let code = &stored.student.code;
        let mut habits = Dice::new(request.seed, &[code]);
        let (punctual, face) = (habits.share(), 0.80 + 0.14 * habits.share());
        let ill = habits.share() < 0.04;
        let mut dice = Dice::new(request.seed, &[code, &occurrence.period, &occurrence.date.to_string()]);
        if ill || dice.share() < 0.04 {
            return;
        }
        let stranger = dice.share() < 0.01;
        let poor = dice.share() < 0.025;
        let late = punctual < 0.15 && dice.share() < 0.5;
        let minutes = if late { 4.0 + 14.0 * dice.share() } else { -6.0 + 7.0 * dice.bell() };
        let door = self.door(nth, dice.below(2));
        let mut at = occurrence.starts_at + minutes_long(minutes);
        let length = (occurrence.ends_at - occurrence.starts_at).micros();
        let again = occurrence.starts_at + Span::from_micros(fraction(length, dice.share()));
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
            let code = if stranger { format!("X{:06}", dice.below(1_000_000)) } else { code.clone() };
            let what = What::Seen { code, score: (raw.clamp(0.05, 0.99) * 10_000.0).round() / 10_000.0 };
            lines.push(Line { ts: whole_millis(at), camera: door.clone(), what });
        }
    }

    /// The first period is entered by the gates, the others through the halls.
    fn door(&self, nth: usize, which: i64) -> CameraName {
        let half = self.cameras.len().div_ceil(2);
        let which = usize::try_from(which).unwrap_or_default();
        let index = if nth == 0 { which % half } else { half + which };
        self.cameras[index % self.cameras.len()].clone()
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
        for (n, camera) in self.cameras.iter().enumerate() {
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

/// The schedule of that day, else the weekly periods.
fn occurrences(conn: &Connection, date: NaiveDate, settings: &Settings) -> Result<Vec<Occurrence>> {
    let mut scheduled = schedule::occurrences(conn, date..=date)?;
    if scheduled.is_empty() && closure_on(date, &schedule::closures(conn)?).is_none() {
        let weekday = chrono::Datelike::weekday(&date);
        let templates = periods::list(conn)?;
        let held = templates.iter().filter(|t| t.period.enabled && t.period.days.contains(weekday));
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

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a part of a school day")]
fn fraction(whole: i64, share: f64) -> i64 {
    (whole as f64 * share) as i64
}

/// Runners tell milliseconds.
fn whole_millis(at: Instant) -> Instant {
    Instant::from_micros(at.micros() / 1000 * 1000)
}

/// SplitMix64: a few lines that give the same numbers for ever, which no library promises.
struct Dice(u64);

impl Dice {
    /// Seeded by what the numbers are about, so that one student's do not depend on another's.
    fn new(seed: u64, about: &[&str]) -> Self {
        let bytes = about.iter().flat_map(|part| part.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to 1, mostly in the middle.
    fn bell(&mut self) -> f64 {
        (self.share() + self.share() + self.share()) / 3.0
    }

    /// A whole number from 0 to below `n`.
    fn below(&mut self, n: i64) -> i64 {
        fraction(n, self.share())
    }
}
