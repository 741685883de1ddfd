//! The desk: places each line, folds it into its record and stores it, a batch in one transaction.
//!
//! Lines may arrive late, twice or shuffled. Whatever the order of arrival and however lines fall into
//! batches, records and acks come out the same: a line that comes after its time is folded in at its
//! place, with everything that was stored before it arrived.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::gate::{Gate, Sender};
use super::known::{Enrolled, Known, Pair};
use crate::domain::recognition::Recognition;
use crate::domain::record::{Record, Verdict};
use crate::domain::time::Instant;
use crate::store::quarantine::Refused;
use crate::store::recognitions::{self, Key};
use crate::store::{Connection, Result, Store, heartbeats, jobs, quarantine};
use crate::wire::ack::{Ack, Effect};
use crate::wire::line::{Message, Refusal, Sighting};

/// One line on its way through.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Number of the line in its input.
    pub number: u64,
    /// When it arrived.
    pub arrived: Instant,
    /// As it came.
    pub raw: &'a [u8],
    /// As it was read.
    pub message: &'a std::result::Result<Message, Refusal>,
}

/// A recognition that found its student and its occurrence.
struct Placed<'a> {
    sighting: &'a Sighting,
    recognition: Recognition,
    key: Key,
    enrolled: Rc<Enrolled>,
    /// The occurrence it counts in, with the name of its period.
    occurrence: Option<(i64, Arc<str>)>,
}

/// What becomes of a line.
enum Fate<'a> {
    /// Stored, though it is no recognition.
    Taken,
    /// Kept in quarantine.
    Refused(Refusal),
    /// Not kept: the sender may not send, or not now.
    TurnedAway(Refusal),
    /// On its way into its record.
    Placed(Box<Placed<'a>>),
}

/// Whether the stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Continue,
    /// The sender may not send: nothing more is read.
    Stop,
}

/// What a recognition came to.
struct Outcome {
    verdict: Verdict,
    duplicate: bool,
    best_score: Option<f64>,
}

/// Decides and stores.
pub struct Desk<'s> {
    store: &'s Store,
    known: Option<Known>,
    gate: Gate,
    /// Whether refused lines go into quarantine; those that come from there do not go back.
    keep_refused: bool,
}

impl<'s> Desk<'s> {
    /// A desk behind a gate.
    pub fn new(store: &'s Store, gate: Gate) -> Self {
        Self {
            store,
            known: None,
            gate,
            keep_refused: true,
        }
    }

    /// A desk for lines that come out of quarantine: whoever asks may, and what is refused again stays
    /// where it is.
    pub fn for_retry(store: &'s Store) -> Self {
        Self {
            keep_refused: false,
            ..Self::new(store, Gate::Open)
        }
    }

    /// Stores a batch in one transaction and passes an ack for each line to `answer`, in order. The
    /// acks are true once this returns; after an error nothing of the batch is stored. `now` judges
    /// keys, limits and lines ahead of their time.
    pub fn process(
        &mut self,
        batch: &[Incoming],
        now: Instant,
        mut answer: impl FnMut(Ack),
    ) -> Result<Flow> {
        let tx = self.store.begin()?;
        // Taken out while it changes: after an error nobody may rely on it.
        let mut known = match self.known.take() {
            Some(mut known) => {
                known.refresh(&tx)?;
                known
            }
            None => Known::load(&tx)?,
        };
        let sender = Sender::enter(&tx, &known, &self.gate, now)?;
        let mut work = Work {
            conn: &tx,
            known: &mut known,
            gate: &mut self.gate,
            sender,
            now,
            keep_refused: self.keep_refused,
        };
        let (fates, flow) = work.place_all(batch)?;
        work.read_timelines(&fates)?;
        for (incoming, fate) in batch.iter().zip(&fates) {
            let mut ack = work.settle(incoming, fate)?;
            ack.line = incoming.number;
            answer(ack);
        }
        work.sender.leave(&tx)?;
        known.save_records(&tx)?;
        quarantine::trim(&tx, known.settings.quarantine_limit)?;
        tx.commit()?;
        self.known = Some(known);
        Ok(flow)
    }
}

/// A desk within a transaction.
struct Work<'w> {
    conn: &'w Connection,
    known: &'w mut Known,
    gate: &'w mut Gate,
    sender: Sender,
    now: Instant,
    keep_refused: bool,
}

impl Work<'_> {
    /// Finds out what each line is about, up to the first whose sender may not send.
    fn place_all<'a>(&mut self, batch: &[Incoming<'a>]) -> Result<(Vec<Fate<'a>>, Flow)> {
        let mut fates = Vec::with_capacity(batch.len());
        for incoming in batch {
            let fate = self.admit_and_place(incoming)?;
            let stop = matches!(&fate, Fate::TurnedAway(refusal) if refusal.status == 401);
            fates.push(fate);
            if stop {
                return Ok((fates, Flow::Stop));
            }
        }
        Ok((fates, Flow::Continue))
    }

    fn admit_and_place<'a>(&mut self, incoming: &Incoming<'a>) -> Result<Fate<'a>> {
        if let Ok(Message::Hello { key }) = incoming.message {
            self.sender.leave(self.conn)?;
            self.gate.present(key);
            self.sender = Sender::enter(self.conn, self.known, self.gate, self.now)?;
            return Ok(self.sender.refusal().map_or(Fate::Taken, Fate::TurnedAway));
        }
        match self.sender.take(self.now) {
            Err(refusal) => Ok(Fate::TurnedAway(refusal)),
            Ok(()) => self.place(incoming),
        }
    }

    /// Finds out what a line is about; stores what is no recognition.
    fn place<'a>(&mut self, incoming: &Incoming<'a>) -> Result<Fate<'a>> {
        let message = match incoming.message {
            Ok(message) => message,
            Err(refusal) => return Ok(Fate::Refused(refusal.clone())),
        };
        let at = message.ts().unwrap_or(incoming.arrived);
        if let Some(refusal) = self.untimely(at) {
            return Ok(Fate::Refused(refusal));
        }
        match message {
            Message::Recognition(sighting) => return self.place_sighting(sighting, at),
            Message::Heartbeat(beat) => {
                let (camera, _) = self.known.camera(self.conn, &beat.camera, self.now)?;
                heartbeats::add(self.conn, camera, at, &beat.vitals)?;
            }
            Message::Job(job) => jobs::report(self.conn, &job.name, job.ok, &job.error, at)?,
            Message::Hello { .. } => {}
        }
        Ok(Fate::Taken)
    }

    /// Whether an instant is too far ahead, or so far back that its recognitions were pruned.
    fn untimely(&self, at: Instant) -> Option<Refusal> {
        let tolerance = self.known.settings.future_tolerance;
        let (reason, detail) = if at > self.now + tolerance {
            (
                "future",
                format!("ts is more than {tolerance} ahead of this machine's clock"),
            )
        } else if self
            .known
            .watermark()
            .is_some_and(|watermark| at < watermark)
        {
            (
                "older_than_retention",
                "recognitions of that time were pruned".to_owned(),
            )
        } else {
            return None;
        };
        Some(Refusal::new(422, reason, Some("ts"), detail))
    }

    fn place_sighting<'a>(&mut self, sighting: &'a Sighting, ts: Instant) -> Result<Fate<'a>> {
        let Some(enrolled) = self.known.student(self.conn, &sighting.student)? else {
            return Ok(Fate::Refused(not_on_the_roll(
                "unknown_student",
                "this code is not on the roll",
            )));
        };
        let Some(enrolment) = enrolled.on(self.known.date(ts)) else {
            return Ok(Fate::Refused(not_on_the_roll(
                "inactive_student",
                "this student is not on the roll on that day",
            )));
        };
        let occurrence = self
            .known
            .timetable
            .occurrence_at(ts, enrolment.group.as_deref());
        let occurrence = occurrence.map(|o| (o.id, o.period.clone()));
        let (camera_id, camera) = self.known.camera(self.conn, &sighting.camera, self.now)?;
        let key = Key {
            ts,
            student: enrolled.id,
            camera: camera_id,
        };
        let recognition = Recognition {
            ts,
            camera,
            score: sighting.score,
            crop: sighting.crop.clone(),
        };
        Ok(Fate::Placed(Box::new(Placed {
            sighting,
            recognition,
            key,
            enrolled,
            occurrence,
        })))
    }

    /// Reads the stored recognitions of every pair that a line of the batch comes too late for, each
    /// occurrence once, before any of the batch is stored.
    fn read_timelines(&mut self, fates: &[Fate]) -> Result<()> {
        let mut wanted: HashMap<i64, HashMap<i64, Rc<Enrolled>>> = HashMap::new();
        for placed in fates.iter().filter_map(Fate::placed) {
            if let Some((occurrence, _)) = placed.occurrence
                && self.needs_timeline(placed, (occurrence, placed.key.student))?
            {
                wanted
                    .entry(occurrence)
                    .or_default()
                    .insert(placed.key.student, placed.enrolled.clone());
            }
        }
        for (occurrence, students) in wanted {
            self.read_timeline(occurrence, &students)?;
        }
        Ok(())
    }

    /// Whether a line cannot simply be applied at the end of its record.
    fn needs_timeline(&mut self, placed: &Placed, pair: Pair) -> Result<bool> {
        let policy = self.known.policy;
        let accepted = placed.recognition.score >= self.known.settings.policy.min_score;
        let folded = self.known.folded(self.conn, pair)?;
        if folded.timeline.is_some() {
            return Ok(false);
        }
        if folded.policy.is_some_and(|under| under != policy) {
            return Ok(true);
        }
        if !accepted {
            return Ok(false);
        }
        let ts = placed.recognition.ts;
        if folded.latest.is_none_or(|latest| latest < ts) {
            folded.latest = Some(ts);
            return Ok(false);
        }
        // What is stored already changes nothing: sending a day again must not read the day again.
        let stored = recognitions::score(self.conn, placed.key)?;
        Ok(stored.is_none_or(|stored| stored < placed.recognition.score))
    }

    /// Reads the timelines of some students in one occurrence and folds them anew.
    fn read_timeline(
        &mut self,
        occurrence: i64,
        students: &HashMap<i64, Rc<Enrolled>>,
    ) -> Result<()> {
        let Some(window) = self
            .known
            .timetable
            .find(occurrence)
            .map(|o| o.opens_at..=o.closes_at)
        else {
            return Ok(());
        };
        let mut stored = recognitions::of_students(self.conn, window, |student| {
            students.contains_key(&student)
        })?;
        for (student, enrolled) in students {
            let mut timeline = stored.remove(student).unwrap_or_default();
            timeline.retain(|recognition| self.counts_in(occurrence, enrolled, recognition.ts));
            let record = Record::fold(&timeline, &self.known.settings.policy);
            let folded = self.known.changing(self.conn, (occurrence, *student))?;
            folded.record = record;
            folded.timeline = Some(timeline);
        }
        Ok(())
    }

    /// Windows may overlap: only what matches the occurrence counts in it.
    fn counts_in(&self, occurrence: i64, enrolled: &Enrolled, ts: Instant) -> bool {
        let enrolment = enrolled.on(self.known.date(ts));
        let group = enrolment.and_then(|enrolment| enrolment.group.as_deref());
        enrolment.is_some()
            && self
                .known
                .timetable
                .occurrence_at(ts, group)
                .is_some_and(|o| o.id == occurrence)
    }

    /// Stores a line, or refuses it, and says so.
    fn settle<'a>(&mut self, incoming: &Incoming<'a>, fate: &'a Fate<'a>) -> Result<Ack<'a>> {
        match fate {
            Fate::Taken => Ok(Ack {
                status: 200,
                accepted: true,
                ..Ack::default()
            }),
            Fate::TurnedAway(refusal) => Ok(Ack::refused(refusal)),
            Fate::Refused(refusal) => {
                if self.keep_refused {
                    self.keep(incoming, refusal)?;
                }
                let student = match incoming.message {
                    Ok(Message::Recognition(sighting)) => Some(&*sighting.student),
                    _ => None,
                };
                Ok(Ack {
                    student,
                    ..Ack::refused(refusal)
                })
            }
            Fate::Placed(placed) => {
                let outcome = self.store_recognition(placed)?;
                Ok(self.answer(placed, &outcome))
            }
        }
    }

    fn keep(&self, incoming: &Incoming, refusal: &Refusal) -> Result<()> {
        let digest = digest(incoming);
        let refused = Refused {
            reason: refusal.reason,
            detail: &refusal.detail,
            line: incoming.raw,
            digest,
        };
        quarantine::keep(self.conn, &refused, self.sender.runner(), incoming.arrived)
    }

    fn store_recognition(&mut self, placed: &Placed) -> Result<Outcome> {
        let Recognition { score, crop, .. } = &placed.recognition;
        let pair = placed
            .occurrence
            .as_ref()
            .map(|(occurrence, _)| (*occurrence, placed.key.student));
        if recognitions::insert(self.conn, placed.key, *score, crop.as_deref())? {
            return self.fold(placed, pair);
        }
        let stored = recognitions::score(self.conn, placed.key)?.unwrap_or(*score);
        if stored < *score {
            recognitions::raise(self.conn, placed.key, *score, crop.as_deref())?;
            return self.fold_raised(placed, pair);
        }
        let accepted = pair.is_some() && stored >= self.known.settings.policy.min_score;
        let best_score = self.best_score(pair)?;
        Ok(Outcome {
            verdict: Verdict {
                accepted,
                ..Verdict::default()
            },
            duplicate: true,
            best_score,
        })
    }

    /// Folds a recognition that was just stored into its record.
    fn fold(&mut self, placed: &Placed, pair: Option<Pair>) -> Result<Outcome> {
        let Some(pair) = pair else {
            return Ok(Outcome {
                verdict: Verdict::default(),
                duplicate: false,
                best_score: None,
            });
        };
        let policy = self.known.settings.policy;
        let folded = self.known.changing(self.conn, pair)?;
        let verdict = match &mut folded.timeline {
            None => folded.record.apply(&placed.recognition, &policy),
            Some(timeline) => {
                let place =
                    timeline.partition_point(|other| other.time_order(&placed.recognition).is_lt());
                timeline.insert(place, placed.recognition.clone());
                let (record, verdict) = Record::fold_with_verdict(timeline, place, &policy);
                folded.record = record;
                verdict
            }
        };
        let best_score = folded.record.seen.as_ref().map(|seen| seen.best_score);
        Ok(Outcome {
            verdict,
            duplicate: false,
            best_score,
        })
    }

    /// A score that rose changed a fact that is folded already: the occurrence is folded again.
    fn fold_raised(&mut self, placed: &Placed, pair: Option<Pair>) -> Result<Outcome> {
        let Some(pair) = pair else {
            return self.fold(placed, None);
        };
        let student = HashMap::from([(pair.1, placed.enrolled.clone())]);
        self.read_timeline(pair.0, &student)?;
        let policy = self.known.settings.policy;
        let folded = self.known.changing(self.conn, pair)?;
        let timeline = folded.timeline.as_deref().unwrap_or_default();
        let place = timeline.partition_point(|other| other.time_order(&placed.recognition).is_lt());
        let (record, verdict) = Record::fold_with_verdict(timeline, place, &policy);
        folded.record = record;
        folded.latest = folded.latest.max(Some(placed.recognition.ts));
        Ok(Outcome {
            verdict,
            duplicate: false,
            best_score: self.best_score(Some(pair))?,
        })
    }

    fn best_score(&mut self, pair: Option<Pair>) -> Result<Option<f64>> {
        let Some(pair) = pair else {
            return Ok(None);
        };
        let folded = self.known.folded(self.conn, pair)?;
        Ok(folded.record.seen.as_ref().map(|seen| seen.best_score))
    }

    fn answer<'a>(&self, placed: &'a Placed, outcome: &Outcome) -> Ack<'a> {
        let accepted = outcome.verdict.accepted;
        let reason = match &placed.occurrence {
            _ if accepted || outcome.duplicate => None,
            Some(_) => Some("below_min_score"),
            None => Some("no_active_period"),
        };
        Ack {
            status: if reason.is_some() { 202 } else { 200 },
            accepted,
            effect: outcome
                .best_score
                .filter(|_| accepted)
                .map(|best| Effect::new(outcome.verdict, best)),
            student: Some(&placed.sighting.student),
            period: placed.occurrence.as_ref().map(|(_, period)| &**period),
            duplicate: Some(outcome.duplicate),
            reason,
            ..Ack::default()
        }
    }
}

impl<'a> Fate<'a> {
    fn placed(&self) -> Option<&Placed<'a>> {
        match self {
            Self::Placed(placed) => Some(placed),
            Self::Taken | Self::Refused(_) | Self::TurnedAway(_) => None,
        }
    }
}

fn not_on_the_roll(reason: &'static str, detail: &str) -> Refusal {
    Refusal::new(202, reason, None, detail)
}

/// Identifies a refused line. One without `ts` is the sighting of its arrival: the same text at
/// another time is another sighting.
fn digest(incoming: &Incoming) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(incoming.raw);
    if let Ok(Message::Recognition(Sighting { ts: None, .. })) = incoming.message {
        hash.update(incoming.arrived.micros().to_be_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}
