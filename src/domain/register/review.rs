//! Review: a person's decisions about single sightings. A sighting itself is never changed.
//!
//! Decisions are append-only, and the latest about a sighting is in force. The fold of a student takes the student's
//! own sightings that were not rejected, and those of others that were given to the student.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::domain::Invalid;
use crate::domain::evidence::camera::{CameraId, CameraName};
use crate::domain::evidence::recognition::Recognition;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;

/// The identity of a sighting. People type it as `s` and three numbers in base 36, separated by dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SightingId {
    /// When.
    pub ts: Instant,
    /// Identity of the student whom the runner recognised.
    pub student: StudentId,
    /// Identity of the camera.
    pub camera: CameraId,
}

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

fn base36(number: i64) -> String {
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
        if rest == 0 {
            return digits.iter().rev().collect();
        }
    }
}

impl fmt::Display for SightingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ts, student, camera } = self;
        write!(f, "s{}-{}-{}", base36(ts.micros()), base36(student.0), base36(camera.0))
    }
}

impl FromStr for SightingId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(format!("{text:?} is not the ID of a sighting"))
                .hint("attend review list shows their IDs")
        };
        let rest = text.strip_prefix('s').ok_or_else(invalid)?;
        let numbers: Option<Vec<i64>> =
            rest.split('-').map(|part| i64::from_str_radix(part, 36).ok()).collect();
        match numbers.as_deref() {
            Some([ts, student, camera]) => Ok(Self {
                ts: Instant::from_micros(*ts),
                student: StudentId(*student),
                camera: CameraId(*camera),
            }),
            _ => Err(invalid()),
        }
    }
}

/// A decision about one sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// It shows the student. Any score is accepted.
    Accept,
    /// It shows another person.
    Reject,
    /// It shows this student. Any score is accepted.
    Reassign(StudentId),
    /// The decision before it is undone.
    Undo,
}

impl ReviewVerdict {
    /// The word used in commands, JSON and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Reassign(_) => "reassign",
            Self::Undo => "undo",
        }
    }

    /// Parses a stored verdict. `to` is the student of a reassignment.
    pub fn parse(word: &str, to: Option<StudentId>) -> Option<Self> {
        match (word, to) {
            ("accept", None) => Some(Self::Accept),
            ("reject", None) => Some(Self::Reject),
            ("reassign", Some(to)) => Some(Self::Reassign(to)),
            ("undo", None) => Some(Self::Undo),
            _ => None,
        }
    }
}

/// A decision with its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDecision {
    /// The sighting.
    pub sighting: SightingId,
    /// The decision.
    pub verdict: ReviewVerdict,
    /// The author.
    pub by: String,
    /// When it was made.
    pub at: Instant,
    /// The reason, if one was given.
    pub reason: Option<String>,
}

/// The decisions in force, by sighting.
#[derive(Debug, Clone, Default)]
pub struct Reviews(BTreeMap<SightingId, ReviewVerdict>);

impl Reviews {
    /// Adds the next decision, in the order in which they were made.
    pub fn add(&mut self, sighting: SightingId, verdict: ReviewVerdict) {
        match verdict {
            ReviewVerdict::Undo => drop(self.0.remove(&sighting)),
            verdict => drop(self.0.insert(sighting, verdict)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The decision in force about a sighting.
    pub fn of(&self, sighting: SightingId) -> Option<ReviewVerdict> {
        self.0.get(&sighting).copied()
    }

    /// The decisions in force about what a camera saw at an instant.
    pub(crate) fn at(
        &self,
        ts: Instant,
        camera: CameraId,
    ) -> impl Iterator<Item = (SightingId, ReviewVerdict)> {
        let first = SightingId { ts, student: StudentId(i64::MIN), camera: CameraId(i64::MIN) };
        let of_ts = self.0.range(first..).take_while(move |(sighting, _)| sighting.ts == ts);
        let of_camera = of_ts.filter(move |(sighting, _)| sighting.camera == camera);
        of_camera.map(|(sighting, verdict)| (*sighting, *verdict))
    }

    /// The sighting of another student at an instant that was given to this one.
    pub(crate) fn given(&self, to: StudentId, ts: Instant, camera: CameraId) -> Option<SightingId> {
        let given = |(_, verdict): &(SightingId, ReviewVerdict)| *verdict == ReviewVerdict::Reassign(to);
        self.at(ts, camera).find(given).map(|(sighting, _)| sighting)
    }

    /// The instants of a student's sightings that are given to others, each with the one who has it.
    pub(crate) fn given_away(&self, by: StudentId) -> impl Iterator<Item = (Instant, StudentId)> {
        self.0.iter().filter_map(move |(sighting, verdict)| match verdict {
            ReviewVerdict::Reassign(to) if sighting.student == by => Some((sighting.ts, *to)),
            _ => None,
        })
    }

    /// The student a sighting counts for, and whether its score matters.
    pub fn counts_for(&self, sighting: SightingId) -> Option<(StudentId, bool)> {
        match self.of(sighting) {
            None | Some(ReviewVerdict::Undo) => Some((sighting.student, false)),
            Some(ReviewVerdict::Accept) => Some((sighting.student, true)),
            Some(ReviewVerdict::Reassign(to)) => Some((to, true)),
            Some(ReviewVerdict::Reject) => None,
        }
    }
}

/// The reason why a sighting is listed for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Its score is too low, and the student was not seen otherwise in that period.
    LowScore,
    /// The student was seen at another place at the same time.
    TwoPlaces,
    /// The student is excused.
    Excused,
    /// No student of that name is on the roll.
    UnknownName,
}

impl Doubt {
    /// The word used in JSON and CSV.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LowScore => "low_score",
            Self::TwoPlaces => "two_places",
            Self::Excused => "excused",
            Self::UnknownName => "unknown_name",
        }
    }

    /// The words in tables.
    pub const fn words(self) -> &'static str {
        match self {
            Self::LowScore => "low score",
            Self::TwoPlaces => "two places at once",
            Self::Excused => "seen though excused",
            Self::UnknownName => "not on the roll",
        }
    }
}

/// A row of the list of `attend review`.
#[derive(Debug, Clone)]
pub struct Case {
    /// The ID to type, of a sighting or of a line in quarantine.
    pub id: String,
    /// When.
    pub at: Instant,
    /// Code, or the name that is not on the roll.
    pub code: String,
    /// Name of the student.
    pub name: Option<String>,
    /// The camera.
    pub camera: Option<CameraName>,
    /// The score.
    pub score: Option<f64>,
    /// The period it counts in, or would count in with a better score.
    pub period: Option<String>,
    /// Path of the cropped face.
    pub crop: Option<String>,
    /// Why it is listed.
    pub doubt: Doubt,
}

/// Merges a student's own sightings with those reassigned to the student. If two have the same identity, the own one
/// is kept.
pub fn add_given(own: &mut Vec<Recognition>, given: Vec<Recognition>) {
    for recognition in given {
        if !own.iter().any(|known| known.time_order(&recognition).is_eq()) {
            own.push(recognition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(ts: i64) -> SightingId {
        SightingId { ts: Instant::from_micros(ts), student: StudentId(37), camera: CameraId(2) }
    }

    #[test]
    fn identities_are_read_back() {
        let id = sighting(1_788_763_511_748_393);
        assert_eq!(id.to_string(), "shm2am2e149-11-2");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "s1-2", "1-2-3", "s1-2-3-4", "s1-_-3", "q17"] {
            assert!(wrong.parse::<SightingId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_latest_decision_is_in_force() {
        let mut reviews = Reviews::default();
        let owner = StudentId(37);
        assert_eq!(reviews.counts_for(sighting(1)), Some((owner, false)));
        for (verdict, expected) in [
            (ReviewVerdict::Accept, Some((owner, true))),
            (ReviewVerdict::Reject, None),
            (ReviewVerdict::Reassign(StudentId(5)), Some((StudentId(5), true))),
            (ReviewVerdict::Undo, Some((owner, false))),
        ] {
            reviews.add(sighting(1), verdict);
            assert_eq!(reviews.counts_for(sighting(1)), expected, "{verdict:?}");
            assert_eq!(reviews.counts_for(sighting(2)), Some((owner, false)));
        }
        assert!(reviews.is_empty());
    }
}
