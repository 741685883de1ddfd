//! Sightings follow their alias: if a card changed hands earlier than was known, its sightings since then show its other
//! holder. Sightings without a student on the roll return to the quarantine, and so does one whose place is taken: two cards
//! of one student can be in one picture.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::commands::Caller;
use crate::commands::ingest::fingerprint;
use crate::commands::register::refold::Touched;
use crate::domain::evidence::camera::{CameraId, KnownCamera};
use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::recognition::{Kept, SentAliasId};
use crate::domain::register::review::{Reviews, SightingId};
use crate::domain::roll::alias::{Alias, bare};
use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::holder::{Held, shown};
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::spelling::folded;
use crate::domain::time::calendar::rfc3339;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Timetable;
use crate::failure::Result;
use crate::store::evidence::quarantine::{self, Refused, Share};
use crate::store::evidence::recognitions::Key;
use crate::store::evidence::{cameras, recognitions, reviews};
use crate::store::roll::{aliases, enrolments};
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};
use crate::wire::written::WrittenRecognition;

/// The registers that change if some aliases pass to a student from an instant on.
pub(super) fn touched(conn: &Connection, given: &[&Alias], to: StudentId, since: Instant) -> Result<Touched> {
    let mut sightings = Vec::new();
    for alias in given {
        let holders: Vec<StudentId> =
            aliases::named(conn, &alias.value)?.iter().map(|held| held.student).chain([to]).collect();
        let texts = aliases::texts(conn, Some(&key(&alias.value)))?;
        recognitions::by_alias(conn, since, |key, sent, _| {
            if texts.contains_key(&sent) {
                sightings.extend(holders.iter().map(|holder| (key.ts, *holder)));
            }
        })?;
    }
    Ok(Touched::of_sightings(sightings))
}

/// The value of an alias as texts are found by it.
fn key(value: &str) -> String {
    folded(bare(value))
}

/// Gives the sightings since an instant to the students who held their alias then. `value`: only those of one value.
pub(super) fn follow(conn: &Connection, value: Option<&str>, since: Instant, caller: &Caller) -> Result<()> {
    let texts = aliases::texts(conn, value.map(key).as_deref())?;
    let mut sightings = Vec::new();
    recognitions::by_alias(conn, since, |key, sent, kept| {
        if texts.contains_key(&sent) {
            sightings.push((key, sent, kept));
        }
    })?;
    let mut follower = Follower::read(conn, texts, since)?;
    // Two students may swap their cards, so all sightings that move leave their places first.
    let mut moving = Vec::new();
    for (key, sent, kept) in &sightings {
        if let Some(destination) = follower.destination(conn, *key, *sent)? {
            recognitions::remove(conn, *key)?;
            moving.push((*key, (*sent, kept), destination));
        }
    }
    for (key, (sent, kept), destination) in moving {
        let (reason, detail) = match destination {
            Destination::Other(student) => {
                if recognitions::keep(conn, Key { student, ..key }, kept)? {
                    continue;
                }
                (Reason::UnknownStudent, "the holder has another sighting of this instant and camera")
            }
            Destination::Quarantine(reason) => (reason, "the alias changed hands before this sighting"),
        };
        follower.keep(conn, key, (sent, kept), (reason, detail), caller.now)?;
    }
    Ok(quarantine::trim(conn, settings::load(conn)?.quarantine_limit)?)
}

/// Where a sighting belongs.
enum Destination {
    Other(StudentId),
    /// It waits there until the roll knows its student.
    Quarantine(Reason),
}

/// The facts that decide about sightings.
struct Follower {
    /// The texts that named students, each with the holders of the alias.
    texts: FxHashMap<SentAliasId, (String, Vec<Held>)>,
    cameras: FxHashMap<CameraId, Arc<KnownCamera>>,
    reviews: Reviews,
    timetable: Timetable,
    enrolments: FxHashMap<StudentId, Enrolment>,
    zone: Zone,
}

impl Follower {
    fn read(conn: &Connection, texts: FxHashMap<SentAliasId, String>, since: Instant) -> Result<Self> {
        let texts = texts.into_iter().map(|(id, text)| {
            let held = aliases::named(conn, &text)?;
            Ok((id, (text, held)))
        });
        Ok(Self {
            texts: texts.collect::<Result<_>>()?,
            cameras: cameras::by_id(conn)?,
            reviews: reviews::within(conn, &(since..=*Instant::EVER.end()))?,
            timetable: Timetable::new(schedule::occurrences(conn, ALWAYS..=OPEN_END)?),
            enrolments: FxHashMap::default(),
            zone: settings::load(conn)?.zone,
        })
    }

    /// Where a sighting belongs now; `None`: where it is. A person's decision about it stays in force.
    fn destination(&mut self, conn: &Connection, key: Key, sent: SentAliasId) -> Result<Option<Destination>> {
        let Key { ts, student, camera } = key;
        let Some((text, held)) = self.texts.get(&sent) else { return Ok(None) };
        if self.reviews.of(SightingId { ts, student, camera }).is_some() {
            return Ok(None);
        }
        let Some(holder) = shown(held.iter(), text, ts, student) else {
            return Ok(Some(Destination::Quarantine(Reason::UnknownStudent)));
        };
        if holder == student {
            return Ok(None);
        }
        let enrolment = match self.enrolments.get(&holder) {
            Some(known) => known,
            None => self.enrolments.entry(holder).or_insert(enrolments::of(conn, holder)?),
        };
        let known = enrolment.knows(ts) || enrolment.occurrence_at(&self.timetable, ts).is_some();
        Ok(Some(match known {
            true => Destination::Other(holder),
            false => Destination::Quarantine(Reason::InactiveStudent),
        }))
    }

    /// Keeps a sighting as the line that it was.
    fn keep(
        &self,
        conn: &Connection,
        key: Key,
        (sent, kept): (SentAliasId, &Kept),
        (reason, detail): (Reason, &'static str),
        now: Instant,
    ) -> Result<()> {
        let text = self.texts.get(&sent).map_or("", |(text, _)| text);
        let camera = self.cameras.get(&key.camera).map_or("", |camera| &camera.name);
        let (ts, crop) = (rfc3339(key.ts, self.zone), kept.crop.as_deref().map(Into::into));
        let line = WrittenRecognition { student: text, score: kept.score, ts, camera, crop }.line();
        let refused =
            Refused { reason, detail, line: line.as_bytes(), digest: fingerprint(line.as_bytes(), None) };
        Ok(quarantine::keep(conn, &refused, Share { runner: "", camera }, now)?)
    }
}
