//! Folding: stores recognitions and merges each into its record, in time order.
//!
//! A recognition later than all accepted ones is applied to the record directly. Any other is
//! inserted into the timeline of its student in that occurrence, with everything that was stored
//! before it arrived, and the timeline is folded again.

use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::OccurrenceId;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::answer::Answer;
use super::cache::{Cache, Enrolled, Pair};
use super::placing::{Place, Placed};
use crate::domain::evidence::recognition::{Kept, Recognition, Verdict};
use crate::domain::evidence::record::{Policy, Record};
use crate::domain::register::review::SightingId;
use crate::store::evidence::recognitions::{self, Row};
use crate::store::roll::enrolments;
use crate::store::{Connection, Result};

/// Folds the recognitions of one batch.
pub(crate) struct Folder<'w> {
    conn: &'w Connection,
    known: &'w mut Cache,
    policy: Policy,
}

/// Students whose timelines are needed, by identity.
type Students = FxHashMap<StudentId, Rc<Enrolled>>;

impl<'w> Folder<'w> {
    /// Prepares to fold.
    pub(crate) fn new(conn: &'w Connection, known: &'w mut Cache) -> Self {
        let policy = known.settings.policy;
        Self { conn, known, policy }
    }

    /// Stores the recognitions of a batch and folds them in the order of arrival.
    pub(crate) fn store_all(&mut self, places: &[Place]) -> Result<Vec<Answer>> {
        self.read_timelines(places)?;
        let appended = self.append(places)?;
        let mut answers = Vec::with_capacity(places.len());
        for (nth, place) in places.iter().enumerate() {
            answers.push(match place {
                Place::Answered(answer) => answer.clone(),
                Place::Found(placed) if appended[nth] => self.fold_new(placed)?,
                Place::Found(placed) => {
                    let later = places.iter().zip(&appended).skip(nth + 1);
                    let to_come =
                        later.filter(|(_, appended)| **appended).filter_map(|(place, _)| place.found());
                    self.store(placed, to_come)?
                }
            });
        }
        Ok(answers)
    }

    /// Stores recognitions that are later than everything stored, and so cannot be duplicates, in one go. For
    /// a runner that keeps up, these are nearly all lines. Returns for each recognition whether it was stored.
    fn append(&self, places: &[Place]) -> Result<Vec<bool>> {
        let newest = recognitions::newest(self.conn)?;
        let later = |placed: &Placed| newest.is_none_or(|newest| newest < placed.key.ts);
        let mut fresh: Vec<(usize, Row)> = places
            .iter()
            .enumerate()
            .filter_map(|(nth, place)| {
                place.found().filter(|placed| later(placed)).map(|placed| (nth, placed.row()))
            })
            .collect();
        fresh.sort_by_key(|(_, row)| row.key);
        // If a line is repeated within the batch, only the first is new. The others are handled as duplicates later.
        fresh.dedup_by_key(|(_, row)| row.key);
        let mut appended = vec![false; places.len()];
        fresh.iter().for_each(|(nth, _)| appended[*nth] = true);
        let rows: Vec<Row> = fresh.into_iter().map(|(_, row)| row).collect();
        recognitions::append(self.conn, &rows)?;
        Ok(appended)
    }

    /// Reads the stored recognitions of every pair for which the batch has a late line, each
    /// occurrence once, before any line of the batch is stored.
    fn read_timelines(&mut self, places: &[Place]) -> Result<()> {
        let pairs = places.iter().filter_map(|place| place.found()?.pair());
        self.known.open_records(self.conn, pairs)?;
        let mut wanted: FxHashMap<OccurrenceId, Students> = FxHashMap::default();
        for place in places {
            if let Some(placed) = place.found()
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

    /// Whether a line cannot be applied at the end of its record.
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
        // A repeat changes nothing, so sending a day again must not read the whole day again.
        let stored = recognitions::find(self.conn, placed.key)?;
        Ok(stored.is_none_or(|stored| stored.merge(&Kept::of(recognition, placed.sent_alias)) != stored))
    }

    /// Reads the timelines of some students in one occurrence and folds them again.
    fn read_timeline(&mut self, occurrence: OccurrenceId, students: &Students) -> Result<()> {
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
            folded.settle(record);
            folded.timeline = Some(timeline);
        }
        Ok(())
    }

    /// Windows may overlap, so only recognitions that match this occurrence count in it.
    fn counts_in(&self, occurrence: OccurrenceId, enrolled: &Enrolled, recognition: &Recognition) -> bool {
        let matching = enrolled.enrolment.occurrence_at(&self.known.timetable, recognition.ts);
        matching.is_some_and(|o| o.id == occurrence)
    }

    /// Stores a recognition, or merges it with the one of the same identity, and returns its outcome. `to_come` are those
    /// of the batch that are stored already, though they arrived after it.
    fn store<'a>(&mut self, placed: &Placed, to_come: impl Iterator<Item = &'a Placed>) -> Result<Answer> {
        if recognitions::insert(self.conn, &placed.row())? {
            return self.fold_new(placed);
        }
        let line = Kept::of(&placed.recognition, placed.sent_alias);
        let stored = recognitions::find(self.conn, placed.key)?.unwrap_or_else(|| line.clone());
        let merged = stored.merge(&line);
        let mut raised = (Verdict::default(), None);
        if merged != stored {
            recognitions::replace(self.conn, placed.key, &merged)?;
            if let Some(pair) = placed.pair() {
                raised = match self.known.reviews.of(placed.sighting()) {
                    Some(_) => self.fold_reviewed(placed, pair)?,
                    None => self.fold_merged(placed, pair, &merged, to_come)?,
                };
            }
        }
        if merged.score > stored.score {
            return Ok(placed.answer(raised, false));
        }
        let accepted = placed.pair().is_some() && self.is_accepted(placed, stored.score);
        let best_score = match placed.pair() {
            Some(pair) => self.known.folded(self.conn, pair)?.record.best_score(),
            None => None,
        };
        Ok(placed.answer((Verdict { accepted, ..Verdict::default() }, best_score), true))
    }

    /// Folds a recognition that was just stored.
    fn fold_new(&mut self, placed: &Placed) -> Result<Answer> {
        let folded = placed.pair().map(|pair| self.fold(placed, pair)).transpose()?;
        Ok(placed.answer(folded.unwrap_or_default(), false))
    }

    /// Folds a recognition into its record. Returns the verdict and the best score.
    fn fold(&mut self, placed: &Placed, pair: Pair) -> Result<(Verdict, Option<f64>)> {
        let folded = self.known.changing(self.conn, pair)?;
        let verdict = match &mut folded.timeline {
            None => folded.record.apply(&placed.recognition, &self.policy),
            Some(timeline) => {
                let place = place_of(timeline, &placed.recognition);
                // A sighting of another student may have been reassigned to this one. Then the student's own one counts.
                timeline.retain(|known| known.time_order(&placed.recognition).is_ne());
                timeline.insert(place, placed.recognition.clone());
                let (record, verdict) = Record::fold_with_verdict(timeline, place, &self.policy);
                folded.settle(record);
                verdict
            }
        };
        Ok((verdict, folded.record.best_score()))
    }

    /// Whether a stored sighting counts for its own student.
    fn is_accepted(&self, placed: &Placed, score: f64) -> bool {
        match self.known.reviews.counts_for(placed.sighting()) {
            Some((student, confirmed)) => {
                student == placed.key.student && (confirmed || score >= self.policy.min_score)
            }
            None => false,
        }
    }

    /// A repeat changed a recognition that a person has decided about. The decision stays in force at any score. The
    /// timelines of both students are read again.
    fn fold_reviewed(&mut self, placed: &Placed, pair: Pair) -> Result<(Verdict, Option<f64>)> {
        self.read_timeline(pair.0, &[(pair.1, placed.enrolled.clone())].into_iter().collect())?;
        if let Some((to, _)) =
            self.known.reviews.counts_for(placed.sighting()).filter(|(to, _)| *to != pair.1)
        {
            let enrolment = enrolments::of(self.conn, to)?;
            let occurrence = enrolment.occurrence_at(&self.known.timetable, placed.key.ts).map(|o| o.id);
            if let Some(occurrence) = occurrence {
                let given = Rc::new(Enrolled { id: to, enrolment });
                self.read_timeline(occurrence, &[(to, given)].into_iter().collect())?;
            }
        }
        let folded = self.known.folded(self.conn, pair)?;
        let at = |timeline: &Vec<Recognition>| {
            timeline.iter().position(|known| known.time_order(&placed.recognition).is_eq())
        };
        let place = folded.timeline.as_ref().and_then(|timeline| Some((timeline, at(timeline)?)));
        let verdict = place.map(|(timeline, at)| Record::fold_with_verdict(timeline, at, &self.policy).1);
        Ok((verdict.unwrap_or_default(), folded.record.best_score()))
    }

    /// A repeat changed a recognition that was already folded, so the timeline is folded again.
    fn fold_merged<'a>(
        &mut self,
        placed: &Placed,
        pair: Pair,
        merged: &Kept,
        to_come: impl Iterator<Item = &'a Placed>,
    ) -> Result<(Verdict, Option<f64>)> {
        if self.known.folded(self.conn, pair)?.timeline.is_none() {
            self.read_timeline(pair.0, &[(pair.1, placed.enrolled.clone())].into_iter().collect())?;
        }
        let folded = self.known.changing(self.conn, pair)?;
        let timeline = folded.timeline.get_or_insert_default();
        // Later lines of the batch are folded in their own turn.
        for other in to_come.filter(|other| other.pair() == Some(pair)) {
            timeline.retain(|recognition| recognition.time_order(&other.recognition).is_ne());
        }
        let place = place_of(timeline, &placed.recognition);
        if let Some(fact) = timeline.get_mut(place) {
            fact.score = merged.score;
            fact.crop.clone_from(&merged.crop);
        }
        let (record, verdict) = Record::fold_with_verdict(timeline, place, &self.policy);
        folded.settle(record);
        Ok((verdict, folded.record.best_score()))
    }
}

impl Place {
    fn found(&self) -> Option<&Placed> {
        match self {
            Self::Found(placed) => Some(placed),
            Self::Answered(_) => None,
        }
    }
}

impl Placed {
    fn row(&self) -> Row<'_> {
        let Recognition { score, crop, .. } = &self.recognition;
        Row { key: self.key, score: *score, crop: crop.as_deref(), sent_alias: self.sent_alias }
    }

    fn sighting(&self) -> SightingId {
        SightingId { ts: self.key.ts, student: self.key.student, camera: self.key.camera }
    }

    /// The record it belongs to.
    fn pair(&self) -> Option<Pair> {
        self.occurrence.as_ref().map(|(occurrence, _)| (*occurrence, self.key.student))
    }

    fn answer(&self, (verdict, best_score): (Verdict, Option<f64>), duplicate: bool) -> Answer {
        let period = self.occurrence.as_ref().map(|(_, period)| period.clone());
        Answer::Stored { verdict, best_score, period, duplicate }
    }
}

/// The position of a recognition in a timeline, or where it would be inserted.
fn place_of(timeline: &[Recognition], recognition: &Recognition) -> usize {
    timeline.partition_point(|other| other.time_order(recognition).is_lt())
}
