//! Folding: stores recognitions and works each into its record, at its place in time.
//!
//! A recognition later than all accepted ones is applied to the record as it stands. Any other is
//! inserted into the timeline of its student in that occurrence, with everything that was stored
//! before it arrived, and the timeline is folded again.

use std::collections::HashMap;
use std::rc::Rc;

use super::answer::Answer;
use super::known::{Enrolled, Known, Pair};
use super::placing::{Place, Placed};
use crate::domain::recognition::Recognition;
use crate::domain::record::{Policy, Record, Verdict};
use crate::store::recognitions::{self, Inserter};
use crate::store::{Connection, Result};

/// Folds the recognitions of one batch.
pub struct Folder<'w> {
    conn: &'w Connection,
    known: &'w mut Known,
    policy: Policy,
    inserter: Inserter<'w>,
}

/// Students whose timelines are wanted, by identity.
type Students = HashMap<i64, Rc<Enrolled>>;

impl<'w> Folder<'w> {
    /// Prepares to store.
    pub fn new(conn: &'w Connection, known: &'w mut Known) -> Result<Self> {
        let policy = known.settings.policy;
        Ok(Self { conn, known, policy, inserter: Inserter::new(conn)? })
    }

    /// Reads the stored recognitions of every pair that a line of the batch comes too late for, each
    /// occurrence once, before any of the batch is stored.
    pub fn read_timelines(&mut self, places: &[Place]) -> Result<()> {
        let mut wanted: HashMap<i64, Students> = HashMap::new();
        for place in places {
            if let Place::Found(placed) = place
                && let Some(pair) = placed.pair()
                && self.needs_timeline(placed, pair)?
            {
                wanted.entry(pair.0).or_default().insert(pair.1, placed.enrolled.clone());
            }
        }
        for (occurrence, students) in wanted {
            self.read_timeline(occurrence, &students)?;
        }
        Ok(())
    }

    /// Whether a line cannot simply be applied at the end of its record.
    fn needs_timeline(&mut self, placed: &Placed, pair: Pair) -> Result<bool> {
        let (policy, recognition) = (self.known.policy, &placed.recognition);
        let folded = self.known.folded(self.conn, pair)?;
        if folded.timeline.is_some() {
            return Ok(false);
        }
        if folded.policy.is_some_and(|under| under != policy) {
            return Ok(true);
        }
        if recognition.score < self.policy.min_score {
            return Ok(false);
        }
        if folded.latest.is_none_or(|latest| latest < recognition.ts) {
            folded.latest = Some(recognition.ts);
            return Ok(false);
        }
        // What is stored already changes nothing: sending a day again must not read the day again.
        let stored = recognitions::score(self.conn, placed.key)?;
        Ok(stored.is_none_or(|stored| stored < recognition.score))
    }

    /// Reads the timelines of some students in one occurrence and folds them anew.
    fn read_timeline(&mut self, occurrence: i64, students: &Students) -> Result<()> {
        let Some(window) = self.known.timetable.find(occurrence).map(|o| o.opens_at..=o.closes_at) else {
            return Ok(());
        };
        let mut stored =
            recognitions::of_students(self.conn, window, |student| students.contains_key(&student))?;
        for (student, enrolled) in students {
            let mut timeline = stored.remove(student).unwrap_or_default();
            timeline.retain(|recognition| self.counts_in(occurrence, enrolled, recognition));
            let record = Record::fold(&timeline, &self.policy);
            let folded = self.known.changing(self.conn, (occurrence, *student))?;
            folded.record = record;
            folded.timeline = Some(timeline);
        }
        Ok(())
    }

    /// Windows may overlap: only what matches the occurrence counts in it.
    fn counts_in(&self, occurrence: i64, enrolled: &Enrolled, recognition: &Recognition) -> bool {
        let Some(enrolment) = enrolled.at(recognition.ts, self.known.settings.zone) else {
            return false;
        };
        let matching = self.known.timetable.occurrence_at(recognition.ts, enrolment.group.as_deref());
        matching.is_some_and(|o| o.id == occurrence)
    }

    /// Stores a recognition, unless it is stored already, and says what it came to.
    pub fn store(&mut self, placed: &Placed) -> Result<Answer> {
        let Recognition { score, crop, .. } = &placed.recognition;
        if self.inserter.insert(placed.key, *score, crop.as_deref())? {
            let folded = placed.pair().map(|pair| self.fold(placed, pair)).transpose()?;
            return Ok(placed.answer(folded.unwrap_or_default(), false));
        }
        let stored = recognitions::score(self.conn, placed.key)?.unwrap_or(*score);
        if stored < *score {
            recognitions::raise(self.conn, placed.key, *score, crop.as_deref())?;
            let folded = placed.pair().map(|pair| self.fold_raised(placed, pair)).transpose()?;
            return Ok(placed.answer(folded.unwrap_or_default(), false));
        }
        let verdict = Verdict {
            accepted: placed.pair().is_some() && stored >= self.policy.min_score,
            ..Verdict::default()
        };
        let best_score = match placed.pair() {
            Some(pair) => self.known.folded(self.conn, pair)?.record.best_score(),
            None => None,
        };
        Ok(placed.answer((verdict, best_score), true))
    }

    /// Folds a recognition that was just stored into its record; gives the verdict and the best score.
    fn fold(&mut self, placed: &Placed, pair: Pair) -> Result<(Verdict, Option<f64>)> {
        let folded = self.known.changing(self.conn, pair)?;
        let verdict = match &mut folded.timeline {
            None => folded.record.apply(&placed.recognition, &self.policy),
            Some(timeline) => {
                let place = place_of(timeline, &placed.recognition);
                timeline.insert(place, placed.recognition.clone());
                let (record, verdict) = Record::fold_with_verdict(timeline, place, &self.policy);
                folded.record = record;
                verdict
            }
        };
        Ok((verdict, folded.record.best_score()))
    }

    /// A score that rose changed a fact that is folded already: the occurrence is folded again.
    fn fold_raised(&mut self, placed: &Placed, pair: Pair) -> Result<(Verdict, Option<f64>)> {
        self.read_timeline(pair.0, &HashMap::from([(pair.1, placed.enrolled.clone())]))?;
        let folded = self.known.changing(self.conn, pair)?;
        let timeline = folded.timeline.as_deref().unwrap_or_default();
        let (record, verdict) =
            Record::fold_with_verdict(timeline, place_of(timeline, &placed.recognition), &self.policy);
        folded.record = record;
        folded.latest = folded.latest.max(Some(placed.recognition.ts));
        Ok((verdict, folded.record.best_score()))
    }
}

impl Placed {
    /// The record it belongs to.
    fn pair(&self) -> Option<Pair> {
        self.occurrence.as_ref().map(|(occurrence, _)| (*occurrence, self.key.student))
    }

    fn answer(&self, (verdict, best_score): (Verdict, Option<f64>), duplicate: bool) -> Answer {
        let period = self.occurrence.as_ref().map(|(_, period)| period.clone());
        Answer::Stored { verdict, best_score, period, duplicate }
    }
}

/// Where a recognition stands, or would stand, in a timeline.
fn place_of(timeline: &[Recognition], recognition: &Recognition) -> usize {
    timeline.partition_point(|other| other.time_order(recognition).is_lt())
}
