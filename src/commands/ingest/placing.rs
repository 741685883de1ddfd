//! Placing: finds the sender, the student and the occurrence of each line.

use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::answer::{Answer, Flow, Incoming};
use super::cache::{Cache, Enrolled, Named};
use super::gate::{Gate, Sender};
use crate::domain::evidence::camera::KnownCamera;
use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::recognition::{Recognition, SentAliasId};
use crate::domain::evidence::runner::ClockLead;
use crate::domain::evidence::sight::Sign;
use crate::domain::time::{Instant, Stamp};
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::store::evidence::quarantine::{Refused, Share};
use crate::store::evidence::recognitions::Key;
use crate::store::evidence::{heartbeats, quarantine};
use crate::store::watch::jobs;
use crate::store::{Connection, Result};
use crate::wire::line::{Beat, Job, Message, Sighting};
use crate::wire::redaction::presentable;
use crate::wire::refusal::Refusal;

/// Where a line led to.
pub(crate) enum Place {
    Answered(Answer),
    /// It is a recognition of a student on the roll.
    Found(Placed),
}

/// A recognition that found its student, and perhaps its occurrence.
pub(crate) struct Placed {
    /// The recognition as the camera sent it.
    pub recognition: Recognition,
    pub key: Key,
    /// The student who was seen.
    pub enrolled: Rc<Enrolled>,
    /// The text that named the student, if it was not the code.
    pub sent_alias: Option<SentAliasId>,
    /// The occurrence it counts in.
    pub occurrence: Option<OccurrenceId>,
}

/// Places the lines of one round.
pub(crate) struct Placer<'w> {
    conn: &'w Connection,
    known: &'w mut Cache,
    gate: &'w mut Gate,
    sender: Sender,
    now: Instant,
    keep_refused: bool,
}

impl<'w> Placer<'w> {
    /// Checks the sender at the gate.
    pub(crate) fn new(
        conn: &'w Connection,
        known: &'w mut Cache,
        gate: &'w mut Gate,
        now: Instant,
        keep_refused: bool,
    ) -> Result<Self> {
        let sender = Sender::enter(conn, known, gate, now)?;
        Ok(Self { conn, known, gate, sender, now, keep_refused })
    }

    /// Places lines, up to the first whose sender may not send, and adds them to `places`.
    pub(crate) fn place_all(&mut self, lines: &[Incoming], places: &mut Vec<Place>) -> Result<Flow> {
        let codes = lines.iter().filter_map(|incoming| match incoming.message {
            Ok(Message::Recognition(sighting)) => Some(&*sighting.student),
            _ => None,
        });
        self.known.meet(self.conn, codes)?;
        places.reserve(lines.len());
        for incoming in lines {
            let place = self.admit_and_place(incoming)?;
            let stop =
                matches!(&place, Place::Answered(Answer::Refused(refusal)) if refusal.reason.turns_away());
            places.push(place);
            if stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    /// Stores the rate limit state of the sender.
    pub(crate) fn leave(&self) -> Result<()> {
        self.sender.leave(self.conn)
    }

    fn admit_and_place(&mut self, incoming: &Incoming) -> Result<Place> {
        if let Ok(Message::Hello { key }) = incoming.message {
            self.leave()?;
            self.gate.present(key);
            self.sender = Sender::enter(self.conn, self.known, self.gate, self.now)?;
            return Ok(Place::Answered(self.sender.refusal().map_or(Answer::Taken, refused)));
        }
        match self.sender.take(self.now) {
            Err(refusal) => Ok(Place::Answered(refused(refusal))),
            Ok(()) => match self.place(incoming)? {
                Ok(place) => Ok(place),
                Err(refusal) => self.keep(incoming, refusal),
            },
        }
    }

    /// Finds the subject of a line. Stores lines that are not recognitions.
    fn place(&mut self, incoming: &Incoming) -> Result<std::result::Result<Place, Refusal>> {
        let message = match incoming.message {
            Ok(message) => message,
            Err(refusal) => return Ok(Err(refusal.clone())),
        };
        if let Err(refusal) = self.sender.check_scope(message) {
            return Ok(Err(refusal));
        }
        let at = message.ts().map_or(incoming.arrived, |ts| ts.instant(self.known.settings.zone));
        if let Some(refusal) = self.untimely(at) {
            self.note_clock_ahead(incoming, &refusal)?;
            return Ok(Err(refusal));
        }
        let taken = match message {
            Message::Recognition(sighting) => {
                let clock = self.clock(incoming, sighting.ts);
                return Ok(self.place_sighting(sighting, at, clock)?.map(Place::Found));
            }
            Message::Heartbeat(beat) => {
                let clock = self.clock(incoming, beat.ts);
                self.take_heartbeat(beat, at, clock)?
            }
            Message::Job(job) => self.take_job(job, at)?,
            Message::Hello { .. } => Ok(()),
        };
        Ok(taken.map(|()| Place::Answered(Answer::Taken)))
    }

    /// A heartbeat that comes at once shows that the clock of heartbeats is right. A late one may have waited.
    fn take_heartbeat(
        &mut self,
        beat: &Beat,
        at: Instant,
        clock: Option<ClockLead>,
    ) -> Result<std::result::Result<(), Refusal>> {
        let Some(camera) = self.known.camera(self.conn, &beat.camera, self.now)? else {
            return Ok(Err(self.too_many_cameras()));
        };
        self.known.signs.add(camera.id, at.minute(), Sign::of(&beat.vitals));
        if let Some(clock) = clock.filter(ClockLead::is_close) {
            self.known.signs.clock(camera.id, clock);
        }
        heartbeats::keep_latest(self.conn, camera.id, at, &beat.vitals, self.latest_honest())?;
        Ok(Ok(()))
    }

    fn take_job(&mut self, job: &Job, at: Instant) -> Result<std::result::Result<(), Refusal>> {
        let (known, most) = (jobs::known(self.conn, &job.name)?, self.known.settings.max_jobs);
        if let (false, count) = known
            && count >= most
        {
            let detail = format!("as many jobs are known as max_jobs allows ({most})");
            return Ok(Err(Refusal::new(Reason::TooManyJobs, Some("name"), detail)));
        }
        jobs::report(self.conn, &job.name, job.ok, &job.error, at, self.latest_honest())?;
        Ok(Ok(()))
    }

    /// The latest instant that a line may have now.
    fn latest_honest(&self) -> Instant {
        self.now + self.known.settings.future_tolerance
    }

    fn too_many_cameras(&self) -> Refusal {
        let detail =
            format!("as many cameras are known as max_cameras allows ({})", self.known.settings.max_cameras);
        Refusal::new(Reason::TooManyCameras, Some("camera"), detail)
    }

    /// The clock difference of a line that came directly from its runner.
    fn clock(&self, incoming: &Incoming, ts: Option<Stamp>) -> Option<ClockLead> {
        let ts = ts.filter(|_| self.keep_refused)?.instant(self.known.settings.zone);
        let heartbeat = matches!(incoming.message, Ok(Message::Heartbeat(_)));
        Some(ClockLead { arrived_at: incoming.arrived, ahead: ts - incoming.arrived, heartbeat })
    }

    /// Stores the clock of a known camera whose line is refused because it is ahead.
    fn note_clock_ahead(&mut self, incoming: &Incoming, refusal: &Refusal) -> Result<()> {
        let (name, ts) = match incoming.message {
            Ok(Message::Recognition(sighting)) => (&sighting.camera, sighting.ts),
            Ok(Message::Heartbeat(beat)) => (&beat.camera, beat.ts),
            _ => return Ok(()),
        };
        let clock = self.clock(incoming, ts).filter(|_| refusal.reason == Reason::Future);
        if let (Some(clock), Some(camera)) = (clock, self.known.known_camera(self.conn, name)?) {
            self.known.signs.clock(camera.id, clock);
        }
        Ok(())
    }

    /// Whether an instant is too far ahead, or so far back that its recognitions were pruned.
    fn untimely(&self, at: Instant) -> Option<Refusal> {
        let tolerance = self.known.settings.future_tolerance;
        let (reason, detail) = if at > self.latest_honest() {
            (Reason::Future, format!("ts is more than {tolerance} ahead of this machine's clock"))
        } else if self.known.watermark().is_some_and(|watermark| at < watermark) {
            return Some(too_old());
        } else {
            return None;
        };
        Some(Refusal::new(reason, Some("ts"), detail))
    }

    fn place_sighting(
        &mut self,
        sighting: &Sighting,
        ts: Instant,
        clock: Option<ClockLead>,
    ) -> Result<std::result::Result<Placed, Refusal>> {
        let Some(score) = sighting.score.or(self.known.settings.default_score) else {
            let detail = "score is missing; for devices that send none: attend settings set default_score 1";
            return Ok(Err(Refusal::invalid("score", detail)));
        };
        let named = match self.known.student_at(self.conn, &sighting.student, ts)? {
            Some(by_code) if !by_code.is_shared => Some(by_code),
            named => match self.known.decided(self.conn, sighting, ts)? {
                Some(decided) => Some(decided),
                None => self.known.stored(self.conn, sighting, ts, named.as_ref())?.or(named),
            },
        };
        let Some(Named { enrolled, sent_alias, .. }) = named else {
            if self.known.is_erased_at(self.conn, &sighting.student, ts)? {
                self.saw(&sighting.camera, ts, clock)?;
                let detail = "this student was erased";
                return Ok(Err(Refusal::new(Reason::ErasedStudent, Some("student"), detail)));
            }
            self.saw(&sighting.camera, ts, clock)?;
            return Ok(Err(not_on_the_roll(Reason::UnknownStudent, "this code is not on the roll")));
        };
        let occurrence = enrolled.enrolment.occurrence_at(&self.known.timetable, ts);
        if occurrence.is_none() && !enrolled.enrolment.knows(ts) {
            self.saw(&sighting.camera, ts, clock)?;
            return Ok(Err(not_on_the_roll(
                Reason::InactiveStudent,
                "this student is not on the roll at that time",
            )));
        }
        // It opened before the watermark, so it cannot be folded again.
        if occurrence.is_some_and(|o| o.settled(self.known.watermark())) {
            return Ok(Err(too_old()));
        }
        let occurrence = occurrence.map(|o| o.id);
        let Some(camera) = self.saw(&sighting.camera, ts, clock)? else {
            return Ok(Err(self.too_many_cameras()));
        };
        let key = Key { ts, student: enrolled.id, camera: camera.id };
        let recognition = Recognition { ts, camera, score, crop: sighting.crop.clone(), confirmed: false };
        Ok(Ok(Placed { recognition, key, enrolled, sent_alias, occurrence }))
    }

    /// Registers the camera of a valid recognition and adds its sign of life, even if the student is unknown, because the
    /// sight of a camera must not depend on the order of its lines. `None` if too many cameras are known.
    fn saw(
        &mut self,
        camera: &str,
        ts: Instant,
        clock: Option<ClockLead>,
    ) -> Result<Option<Arc<KnownCamera>>> {
        let camera = self.known.camera(self.conn, camera, self.now)?;
        if let Some(camera) = &camera {
            self.known.signs.line(camera.id, ts, clock);
        }
        Ok(camera)
    }

    /// The part of the quarantine that a line counts against. Without keys a sender could invent cameras, so
    /// only known ones, of which there are at most `max_cameras`, have a part of their own.
    fn share<'i>(&'i self, incoming: &Incoming<'i>) -> Result<Share<'i>> {
        let named = camera(incoming.message).filter(|_| !self.sender.has_key());
        let known = match named {
            Some(name) if self.known.knows_camera(self.conn, name)? => name,
            _ => "",
        };
        Ok(Share { runner: self.sender.runner(), camera: known })
    }

    /// Keeps a refused line in quarantine, unless it names an erased student.
    fn keep(&self, incoming: &Incoming, refusal: Refusal) -> Result<Place> {
        if self.keep_refused && refusal.reason.is_kept() {
            let (reason, mut detail) = (refusal.reason, refusal.detail.as_str());
            let mut line = presentable(incoming.raw, &refusal);
            if self.known.names_erased(self.conn, incoming.raw)? {
                (line, detail) = ("(not kept: it named a student who was erased)".to_owned(), "");
            }
            let kept = Refused { reason, detail, line: line.as_bytes(), digest: digest(incoming) };
            quarantine::keep(self.conn, &kept, self.share(incoming)?, incoming.arrived)?;
        }
        Ok(Place::Answered(refused(refusal)))
    }
}

/// The camera a line names.
fn camera(message: &std::result::Result<Message, Refusal>) -> Option<&str> {
    match message {
        Ok(Message::Recognition(Sighting { camera, .. }) | Message::Heartbeat(Beat { camera, .. })) => {
            Some(camera)
        }
        _ => None,
    }
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused(Box::new(refusal))
}

fn too_old() -> Refusal {
    Refusal::new(Reason::OlderThanRetention, Some("ts"), "recognitions of that time were pruned")
}

fn not_on_the_roll(reason: Reason, detail: &str) -> Refusal {
    Refusal::new(reason, None, detail)
}

/// Identifies a refused line. Without `ts` its instant is the arrival: the same text at
/// another time is another sighting.
fn digest(incoming: &Incoming) -> [u8; 16] {
    let timeless = matches!(incoming.message, Ok(Message::Recognition(Sighting { ts: None, .. })));
    fingerprint(incoming.raw, timeless.then_some(incoming.arrived))
}

/// The digest of a line, and of its arrival if that is the instant of its sighting.
pub(crate) fn fingerprint(line: &[u8], arrived: Option<Instant>) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(line);
    if let Some(arrived) = arrived {
        hash.update(arrived.micros().to_be_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}
