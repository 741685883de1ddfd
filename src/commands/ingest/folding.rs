//! Folding: stores recognitions and merges each into its record, in time order.
//!
//! A recognition later than all accepted ones is applied to the record directly. Any other is inserted into the timeline
//! of its student in that occurrence, and those after it are folded again as far as they differ. Timelines are read from
//! the database once, and stay in memory as long as there is room.

use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::OccurrenceId;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::answer::Answer;
use super::cache::{Cache, Enrolled, Pair, Slot, Students};
use super::placing::{Place, Placed};
use crate::domain::evidence::recognition::{Kept, Recognition, Verdict};
use crate::domain::evidence::record::Policy;
use crate::domain::evidence::step::Step;
use crate::domain::evidence::timeline::{Picture, Timeline};
use crate::domain::register::review::{ReviewVerdict, SightingId};
use crate::domain::time::Instant;
use crate::store::evidence::recognitions::{self, Key, Row};
use crate::store::roll::enrolments;
use crate::store::{Connection, Result};

/// The verdict about a recognition and the best score of its record, if it has one.
type Outcome = (Verdict, Option<f64>);

/// Folds the recognitions of one batch.
pub(crate) struct Folder<'w> {
    conn: &'w Connection,
    known: &'w mut Cache,
    policy: Policy,
    /// The most steps of timelines that stay in memory.
    most_steps: usize,
}

/// A recognition of a batch.
struct Line<'p> {
    /// The number of its line in the batch.
    nth: usize,
    placed: &'p Placed,
    /// Its record.
    slot: Option<Slot>,
}

impl Line<'_> {
    fn occurrence(&self) -> Option<OccurrenceId> {
        self.placed.occurrence
    }
}

impl<'w> Folder<'w> {
    /// Prepares to fold.
    pub(crate) fn new(conn: &'w Connection, known: &'w mut Cache, most_steps: usize) -> Self {
        let policy = known.settings.policy;
        Self { conn, known, policy, most_steps }
    }

    /// Stores the recognitions of a batch and folds them, those of each occurrence in the order of arrival. Returns the
    /// answers, and how many lines came late.
    pub(crate) fn store_all(&mut self, places: &[Place]) -> Result<(Vec<Answer>, usize)> {
        let mut answers: Vec<Answer> = places.iter().map(Place::answer).collect();
        let mut lines = self.lines(places)?;
        let newest = recognitions::newest(self.conn)?;
        // One occurrence at a time, so that only its timelines are needed at once. Records and acks do not depend on
        // other occurrences, unless a sighting was reassigned.
        let reviewed = |line: &Line| self.known.reviews.of(line.placed.sighting()).is_some();
        let together = !self.known.reviews.is_empty() && lines.iter().any(reviewed);
        if !together {
            lines.sort_by_key(Line::occurrence);
        }
        let mut late = 0;
        for turn in lines.chunk_by(|one, other| together || one.occurrence() == other.occurrence()) {
            late += self.store_turn(turn, newest, &mut answers)?;
            let folded = turn.first().and_then(Line::occurrence);
            let is_last = |occurrence| together || folded == Some(occurrence);
            self.known.bound_timelines(self.most_steps, is_last);
        }
        Ok((answers, late))
    }

    /// The recognitions of a batch with their records.
    fn lines<'p>(&mut self, places: &'p [Place]) -> Result<Vec<Line<'p>>> {
        let found = || places.iter().enumerate().filter_map(|(nth, place)| Some((nth, place.found()?)));
        let slots = self.known.open_records(self.conn, found().map(|(_, placed)| placed.pair()))?;
        Ok(found().zip(slots).map(|((nth, placed), slot)| Line { nth, placed, slot }).collect())
    }

    /// Stores and folds some lines, in the order of arrival. Returns how many came late.
    fn store_turn(
        &mut self,
        turn: &[Line],
        newest: Option<Instant>,
        answers: &mut [Answer],
    ) -> Result<usize> {
        self.read_timelines(turn)?;
        let (stored, late) = self.store(turn, newest)?;
        let mut periods = FxHashMap::default();
        for (at, line) in turn.iter().enumerate() {
            let ((verdict, best_score), duplicate) = if stored[at] {
                (self.fold_new(line)?, false)
            } else {
                let later = turn.iter().zip(&stored).skip(at + 1);
                let to_come = later.filter(|(_, stored)| **stored).map(|(line, _)| line.placed.key);
                self.fold_repeat(line, to_come)?
            };
            let name =
                |occurrence| periods.entry(occurrence).or_insert_with(|| self.period(occurrence)).clone();
            let period = line.occurrence().map(name);
            answers[line.nth] = Answer::Stored { verdict, best_score, period, duplicate };
        }
        Ok(late)
    }

    /// The name of a period, copied for each turn: two threads that count references to the same copy slow each other
    /// down.
    fn period(&self, occurrence: OccurrenceId) -> Arc<str> {
        let found = self.known.timetable.find(occurrence);
        found.map(|found| Arc::from(&*found.period)).unwrap_or_default()
    }

    /// Stores recognitions in the order of their keys. Those later than `newest`, the latest stored before the batch,
    /// cannot be duplicates and are stored in one go: for a runner that keeps up, these are nearly all lines. Returns for
    /// each line whether it was stored, and how many came late.
    fn store(&self, turn: &[Line], newest: Option<Instant>) -> Result<(Vec<bool>, usize)> {
        let mut fresh: Vec<(Key, usize)> =
            turn.iter().enumerate().map(|(at, line)| (line.placed.key, at)).collect();
        fresh.sort();
        // If a line is repeated within the batch, only the first is new. The others are handled as duplicates later.
        fresh.dedup_by_key(|(key, _)| *key);
        let late = fresh.partition_point(|(key, _)| newest.is_some_and(|newest| key.ts <= newest));
        let row = |(_, at): &(Key, usize)| turn[*at].placed.row();
        let new = recognitions::insert(self.conn, fresh[..late].iter().map(row))?;
        recognitions::append(self.conn, fresh[late..].iter().map(row))?;
        let mut stored = vec![false; turn.len()];
        let appended = std::iter::repeat(true);
        fresh.into_iter().zip(new.into_iter().chain(appended)).for_each(|((_, at), new)| stored[at] = new);
        Ok((stored, late))
    }

    /// Reads the stored recognitions of every pair that has a late line, each occurrence once, before any of these lines
    /// is stored.
    fn read_timelines(&mut self, turn: &[Line]) -> Result<()> {
        let mut wanted: FxHashMap<OccurrenceId, Students> = FxHashMap::default();
        for Line { placed, slot, .. } in turn {
            if let (Some(slot), Some(occurrence)) = (slot, placed.occurrence)
                && self.needs_timeline(placed, *slot)?
            {
                wanted.entry(occurrence).or_default().insert(placed.key.student, placed.enrolled.clone());
            }
        }
        for (occurrence, students) in wanted {
            self.read_timeline(occurrence, &students, &FxHashSet::default())?;
        }
        Ok(())
    }

    /// Whether a line cannot be applied at the end of its record.
    fn needs_timeline(&mut self, placed: &Placed, slot: Slot) -> Result<bool> {
        let (policy, recognition) = (self.known.policy, &placed.recognition);
        let folded = self.known.folded(slot);
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

    /// Reads the timelines of some students in one occurrence and folds them again. `to_come` are stored recognitions that
    /// are folded later.
    fn read_timeline(
        &mut self,
        occurrence: OccurrenceId,
        students: &Students,
        to_come: &FxHashSet<Key>,
    ) -> Result<()> {
        let Some((opens_at, closes_at)) =
            self.known.timetable.find(occurrence).map(|found| (found.opens_at, found.closes_at))
        else {
            return Ok(());
        };
        // The same pass reads the timelines that will be needed next. Their records stay as they are.
        let mut others = self.known.without_timeline(occurrence);
        others.retain(|student, _| !students.contains_key(student));
        let window = opens_at..=closes_at;
        let wanted = |student| students.contains_key(&student) || others.contains_key(&student);
        let left_out = |SightingId { ts, student, camera }| to_come.contains(&Key { ts, student, camera });
        let mut stored = recognitions::steps(self.conn, window, &mut self.known.lineup, wanted, left_out)?;
        for enrolled in students.values().chain(others.values()) {
            let slot = self.known.slot(self.conn, (occurrence, enrolled.id))?;
            let mut steps = stored.remove(&enrolled.id).unwrap_or_default();
            steps.retain(|step| self.counts_in(occurrence, enrolled, step.ts));
            let (timeline, record, picture) =
                Timeline::of(opens_at, &steps, &self.policy, &self.known.lineup);
            if students.contains_key(&enrolled.id) {
                let (folded, _) = self.known.changing(slot);
                folded.latest = folded.latest.max(record.seen.as_ref().map(|seen| seen.last));
                folded.record = record;
                self.picture(slot, picture, None)?;
            }
            self.known.keep_timeline(slot, timeline);
        }
        Ok(())
    }

    /// Windows may overlap, so only recognitions that match this occurrence count in it.
    fn counts_in(&self, occurrence: OccurrenceId, enrolled: &Enrolled, ts: Instant) -> bool {
        enrolled.enrolment.occurrence_at(&self.known.timetable, ts).is_some_and(|o| o.id == occurrence)
    }

    /// Merges a recognition with the stored one of the same identity. Returns the verdict and the best score, and whether
    /// it is a duplicate. `to_come` are the keys of those that are stored already, though they arrived after it.
    fn fold_repeat(&mut self, line: &Line, to_come: impl Iterator<Item = Key>) -> Result<(Outcome, bool)> {
        let Line { placed, slot, .. } = *line;
        let sent = Kept::of(&placed.recognition, placed.sent_alias);
        let stored = recognitions::find(self.conn, placed.key)?.unwrap_or_else(|| sent.clone());
        let merged = stored.merge(&sent);
        let mut raised = (Verdict::default(), None);
        if merged != stored {
            recognitions::replace(self.conn, placed.key, &merged)?;
            if let Some(slot) = slot {
                raised = match self.known.reviews.of(placed.sighting()) {
                    Some(_) => self.fold_reviewed(placed, slot, &to_come.collect())?,
                    None => self.fold_merged(placed, slot, merged.clone(), to_come)?,
                };
            }
        }
        if merged.score > stored.score {
            return Ok((raised, false));
        }
        let accepted = slot.is_some() && self.is_accepted(placed, stored.score);
        let best_score = slot.and_then(|slot| self.known.folded(slot).record.best_score());
        Ok(((Verdict { accepted, ..Verdict::default() }, best_score), true))
    }

    /// Folds a recognition that was just stored.
    fn fold_new(&mut self, line: &Line) -> Result<Outcome> {
        let folded = line.slot.map(|slot| self.fold(&line.placed.recognition, slot)).transpose()?;
        Ok(folded.unwrap_or_default())
    }

    /// Folds a recognition into its record, in place of the same one with another score if its timeline has it. If that was
    /// a sighting of another student that was reassigned to this one, the student's own one counts. Returns the verdict
    /// and the best score.
    fn fold(&mut self, recognition: &Recognition, slot: Slot) -> Result<Outcome> {
        let policy = self.policy;
        let (folded, lineup) = self.known.changing(slot);
        let Some(timeline) = &mut folded.timeline else {
            let verdict = folded.record.apply(recognition, &policy);
            return Ok((verdict, folded.record.best_score()));
        };
        let (step, before) = (Step::of(recognition, lineup), timeline.len());
        let effect = timeline.put(&step, &policy, lineup, &mut folded.record);
        let grown = timeline.len() - before;
        folded.latest = folded.latest.max(folded.record.seen.as_ref().map(|seen| seen.last));
        let folded = (effect.verdict, folded.record.best_score());
        self.known.steps += grown;
        self.picture(slot, effect.picture, Some((step, &recognition.crop)))?;
        Ok(folded)
    }

    /// Gives a record its crop, which is read from the database unless it is at hand.
    fn picture(
        &mut self,
        slot: Slot,
        picture: Picture,
        at_hand: Option<(Step, &Option<Arc<str>>)>,
    ) -> Result<()> {
        let Picture::Of(Some(step)) = picture else { return Ok(()) };
        let crop = match at_hand.filter(|(fresh, _)| fresh.is_same(&step)) {
            Some((_, crop)) => crop.clone(),
            None => self.crop(self.known.student_of(slot), &step)?,
        };
        if let Some(seen) = &mut self.known.folded(slot).record.seen {
            seen.best_crop = crop;
        }
        Ok(())
    }

    /// The crop of a step of a student's timeline.
    fn crop(&self, student: StudentId, step: &Step) -> Result<Option<Arc<str>>> {
        let camera = self.known.lineup.camera(step).id;
        let own = SightingId { ts: step.ts, student, camera };
        let reviews = &self.known.reviews;
        let given = reviews.given(student, step.ts, camera).filter(|_| step.confirmed);
        let seen =
            given.filter(|_| reviews.of(own) != Some(ReviewVerdict::Accept)).map_or(student, |id| id.student);
        let stored = recognitions::find(self.conn, Key { ts: step.ts, student: seen, camera })?;
        Ok(stored.and_then(|stored| stored.crop))
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
    fn fold_reviewed(&mut self, placed: &Placed, slot: Slot, to_come: &FxHashSet<Key>) -> Result<Outcome> {
        self.read_own_timeline(placed, to_come)?;
        if let Some((to, _)) =
            self.known.reviews.counts_for(placed.sighting()).filter(|(to, _)| *to != placed.key.student)
        {
            let enrolment = enrolments::of(self.conn, to)?;
            let occurrence = enrolment.occurrence_at(&self.known.timetable, placed.key.ts).map(|o| o.id);
            if let Some(occurrence) = occurrence {
                let given = Rc::new(Enrolled { id: to, enrolment });
                self.read_timeline(occurrence, &[(to, given)].into_iter().collect(), to_come)?;
            }
        }
        let policy = self.policy;
        let (folded, lineup) = self.known.changing(slot);
        let step = Step::of(&placed.recognition, lineup);
        let verdict = folded.timeline.as_ref().and_then(|timeline| timeline.verdict(&step, &policy, lineup));
        Ok((verdict.unwrap_or_default(), folded.record.best_score()))
    }

    /// A repeat changed a recognition that was already folded, so the timeline is folded again.
    fn fold_merged(
        &mut self,
        placed: &Placed,
        slot: Slot,
        merged: Kept,
        to_come: impl Iterator<Item = Key>,
    ) -> Result<Outcome> {
        if self.known.folded(slot).timeline.is_none() {
            self.read_own_timeline(placed, &to_come.collect())?;
        }
        let Kept { score, crop, .. } = merged;
        self.fold(&Recognition { score, crop, ..placed.recognition.clone() }, slot)
    }

    /// Reads the timeline of the record in which a recognition counts.
    fn read_own_timeline(&mut self, placed: &Placed, to_come: &FxHashSet<Key>) -> Result<()> {
        let Some(occurrence) = placed.occurrence else { return Ok(()) };
        let student = [(placed.key.student, placed.enrolled.clone())].into_iter().collect();
        self.read_timeline(occurrence, &student, to_come)
    }
}

impl Place {
    /// The answer so far.
    fn answer(&self) -> Answer {
        match self {
            Self::Answered(answer) => answer.clone(),
            Self::Found(_) => Answer::Taken,
        }
    }

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
        self.occurrence.map(|occurrence| (occurrence, self.key.student))
    }
}
