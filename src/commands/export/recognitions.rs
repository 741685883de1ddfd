//! Exports recognitions of a span of time, each with the period it counts in and its effect there.
//!
//! It is one pass in time order. Its memory does not grow with the length of the span: it keeps only the best score of
//! each student in the occurrences that are still open.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::super::{Caller, lookup};
use crate::domain::evidence::camera::{CameraId, KnownCamera};
use crate::domain::evidence::recognition::{Effect, ReportedRecognition, Verdict};
use crate::domain::evidence::record::{Best, Policy};
use crate::domain::register::review::{Reviews, SightingId};
use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::spelling::same;
use crate::domain::time::calendar::{days, local_date};
use crate::domain::time::day::Hours;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::failure::Result;
use crate::store::evidence::recognitions::Row;
use crate::store::evidence::{cameras, recognitions, reviews};
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// Which recognitions.
#[derive(Debug)]
pub struct Recognitions {
    /// How far back.
    pub when: When,
    /// Only recognitions that count in this period.
    pub period: Option<String>,
    /// Only students who were in these groups at the time.
    pub groups: GroupFilter,
    /// Only these students. Empty: all.
    pub students: Vec<String>,
    /// Only these cameras. Empty: all.
    pub cameras: Vec<String>,
    /// Only between these times of each day.
    pub between: Option<Hours>,
    /// Only recognitions with these effects. Empty: all.
    pub effects: Vec<Effect>,
}

impl Recognitions {
    /// `students`: codes of those asked for.
    fn wants(
        &self,
        students: &[String],
        told: &ReportedRecognition,
        enrolment: &Enrolment,
        zone: Zone,
    ) -> bool {
        let one_of =
            |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|known| known == name);
        let time = || zone.local(told.ts).time();
        one_of(students, told.code)
            && one_of(&self.cameras, told.camera)
            && (self.groups.is_everybody() || self.groups.passes(enrolment.group_at(told.ts).as_deref()))
            && self.between.is_none_or(|hours| hours.contains(time()))
            && (self.effects.is_empty() || self.effects.contains(&Effect::of(told)))
    }

    /// Refuses unknown names, because a report about them would be empty without an explanation.
    fn check(&self, conn: &Connection) -> Result<()> {
        self.cameras.iter().try_for_each(|name| lookup::camera(conn, name).map(drop))
    }
}

/// A stretch of time.
#[derive(Debug, Clone)]
pub enum When {
    /// So long until now.
    Last(Span),
    /// Local dates, both included.
    Dates(RangeInclusive<NaiveDate>),
}

impl When {
    fn window(&self, now: Instant, zone: Zone) -> RangeInclusive<Instant> {
        match self {
            Self::Last(span) => now - *span..=now,
            Self::Dates(dates) => days(dates, zone),
        }
    }
}

/// Receives the rows.
pub trait RecognitionTaker {
    /// Takes the span of time. It is called first and once, unless the request is refused.
    fn begin(&mut self, window: RangeInclusive<Instant>) -> Result<()>;
    /// Takes one row.
    fn row(&mut self, told: &ReportedRecognition) -> Result<()>;
}

/// Passes the recognitions to `taker` in time order. Returns the watermark if part of the requested span was pruned.
pub fn recognitions(
    store: &mut Store,
    request: &Recognitions,
    caller: &Caller,
    taker: &mut dyn RecognitionTaker,
) -> Result<Option<Instant>> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        request.check(conn)?;
        let students = lookup::codes(conn, &request.students, caller.now)?;
        let window = request.when.window(caller.now, settings.zone);
        let timetable = timetable(conn, &window, settings.zone)?;
        let period = request.period.as_deref();
        let period = period.map(|name| lookup::period_name(conn, name, timetable.held())).transpose()?;
        taker.begin(window.clone())?;
        let from = timetable.folds_from(*window.start());
        let mut pass = Pass::new(conn, &timetable, &settings)?;
        let mut wanted = |told: &ReportedRecognition, enrolment: &Enrolment| {
            let in_period =
                period.as_deref().is_none_or(|name| told.period.is_some_and(|period| same(period, name)));
            let wanted = in_period && request.wants(&students, told, enrolment, settings.zone);
            if told.ts >= *window.start() && wanted { taker.row(told) } else { Ok(()) }
        };
        recognitions::each(conn, from..=*window.end(), |row| pass.take(row, &mut wanted))?;
        pass.tell(&mut wanted)?;
        let watermark = settings::revision(conn)?.watermark;
        Ok(watermark.filter(|watermark| *watermark > *window.start()))
    })
}

fn timetable(conn: &Connection, window: &RangeInclusive<Instant>, zone: Zone) -> Result<Timetable> {
    let first = lookup::neighbours(local_date(*window.start(), zone));
    let last = lookup::neighbours(local_date(*window.end(), zone));
    Ok(Timetable::new(schedule::occurrences(conn, *first.start()..=*last.end())?))
}

/// The most students kept in memory. Beyond that, students are read again.
const STUDENTS: usize = 65_536;

/// A recognition that waits for others at its instant.
struct Waiting {
    ts: Instant,
    student: StudentId,
    sighting: SightingId,
    camera: Arc<KnownCamera>,
    score: f64,
    crop: Option<Arc<str>>,
}

/// The facts of a student that rows need.
struct Known {
    code: String,
    name: String,
    enrolment: Enrolment,
}

/// The best recognition of each student in one occurrence.
type Bests = FxHashMap<StudentId, Option<Best>>;

/// One pass over recognitions in the order of their keys.
struct Pass<'a> {
    conn: &'a Connection,
    timetable: &'a Timetable,
    settings: &'a Settings,
    cameras: FxHashMap<CameraId, Arc<KnownCamera>>,
    reviews: Reviews,
    /// `None`: being erased.
    students: FxHashMap<StudentId, Option<Known>>,
    /// The open occurrences, with the best recognitions in each.
    open: Vec<(&'a Occurrence, Bests)>,
    /// Recognitions of one student at one instant, which are ordered by the cameras.
    waiting: Vec<Waiting>,
}

impl<'a> Pass<'a> {
    fn new(conn: &'a Connection, timetable: &'a Timetable, settings: &'a Settings) -> Result<Self> {
        let cameras = cameras::by_id(conn)?;
        let (students, open, waiting) = Default::default();
        let reviews = reviews::all(conn)?;
        Ok(Self { conn, timetable, settings, cameras, reviews, students, open, waiting })
    }

    fn take(
        &mut self,
        row: Row,
        taker: &mut impl FnMut(&ReportedRecognition, &Enrolment) -> Result<()>,
    ) -> Result<()> {
        let (ts, student) = (row.key.ts, row.key.student);
        if self.waiting.first().is_some_and(|first| (first.ts, first.student) != (ts, student)) {
            self.tell(taker)?;
        }
        let camera = self.cameras.get(&row.key.camera).cloned().unwrap_or_default();
        let sighting = SightingId { ts, student, camera: row.key.camera };
        let (score, crop) = (row.score, row.crop.map(Arc::from));
        self.waiting.push(Waiting { ts, student, sighting, camera, score, crop });
        Ok(())
    }

    /// Tells those that waited.
    fn tell(&mut self, taker: &mut impl FnMut(&ReportedRecognition, &Enrolment) -> Result<()>) -> Result<()> {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_by(|a, b| a.camera.rank().cmp(&b.camera.rank()));
        for recognition in waiting.drain(..) {
            self.remember(recognition.student)?;
            if let Some((other, _)) = self.reviews.counts_for(recognition.sighting)
                && other != recognition.student
            {
                self.give(other, &recognition)?;
            }
            let Some(known) = &self.students[&recognition.student] else {
                continue; // The student is being erased.
            };
            let occurrence = known.enrolment.occurrence_at(self.timetable, recognition.ts);
            let counts_for = self.reviews.counts_for(recognition.sighting);
            let verdict = match (occurrence, counts_for) {
                (Some(occurrence), Some((student, confirmed))) if student == recognition.student => {
                    let seen = (recognition.student, recognition.ts, recognition.score);
                    judge(&mut self.open, occurrence, seen, confirmed, self.settings)
                }
                _ => Verdict::default(),
            };
            let told = ReportedRecognition {
                ts: recognition.ts,
                code: &known.code,
                name: &known.name,
                camera: &recognition.camera.name,
                score: recognition.score,
                period: occurrence.map(|o| &*o.period),
                verdict,
                crop: recognition.crop.as_deref(),
            };
            taker(&told, &known.enrolment)?;
        }
        self.waiting = waiting;
        Ok(())
    }

    /// Counts a reassigned sighting for its new student. Its row still shows the original sighting.
    fn give(&mut self, student: StudentId, recognition: &Waiting) -> Result<()> {
        self.remember(student)?;
        let enrolment = self.students[&student].as_ref().map(|known| &known.enrolment);
        let occurrence =
            enrolment.and_then(|enrolment| enrolment.occurrence_at(self.timetable, recognition.ts));
        if let Some(occurrence) = occurrence {
            judge(
                &mut self.open,
                occurrence,
                (student, recognition.ts, recognition.score),
                true,
                self.settings,
            );
        }
        Ok(())
    }

    fn remember(&mut self, student: StudentId) -> Result<()> {
        if !self.students.contains_key(&student) {
            if self.students.len() == STUDENTS {
                self.students.clear();
            }
            let enrolment = enrolments::of(self.conn, student)?;
            let known = students::named(self.conn, student)?;
            let known = known.map(|(code, name)| Known { code, name, enrolment });
            self.students.insert(student, known);
        }
        Ok(())
    }
}

/// The effect of a recognition on the occurrence it counts in. Occurrences that have closed are dropped
/// from memory.
fn judge<'a>(
    open: &mut Vec<(&'a Occurrence, Bests)>,
    occurrence: &'a Occurrence,
    (student, ts, score): (StudentId, Instant, f64),
    confirmed: bool,
    settings: &Settings,
) -> Verdict {
    let at = open.iter().position(|(o, _)| o.id == occurrence.id).unwrap_or_else(|| {
        open.retain(|(o, _)| o.closes_at >= ts);
        open.push((occurrence, Bests::default()));
        open.len() - 1
    });
    let best = open[at].1.entry(student).or_default();
    let lowest = if confirmed { f64::NEG_INFINITY } else { settings.policy.min_score };
    let policy = Policy { min_score: lowest, ..settings.policy };
    Best::judge(best, ts, score, &policy)
}
