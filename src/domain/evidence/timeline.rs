//! The timeline of one student in one occurrence: the recognitions in the order of the fold, and which of them gave the
//! record its best score.
//!
//! A step may come at any place. Only those after it can change, and only until the best score is again what it was.

use crate::domain::evidence::recognition::Verdict;
use crate::domain::evidence::record::{Best, Policy, Record};
use crate::domain::evidence::step::{Lineup, Packed, Step};
use crate::domain::time::Instant;

/// The effect of a step on the record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Effect {
    /// The verdict of the step.
    pub verdict: Verdict,
    /// The crop of the record after it.
    pub picture: Picture,
}

/// The crop of a record after a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Picture {
    /// It stays.
    Kept,
    /// It is the one of this step, or none. The record has none until the caller sets it.
    Of(Option<Step>),
}

/// Steps in time order.
#[derive(Debug)]
pub(crate) struct Timeline {
    origin: Instant,
    steps: Vec<Packed>,
    /// The identity of the step whose crop the record has.
    pictured: Option<u64>,
}

impl Timeline {
    /// An empty timeline of an occurrence that opens at `origin`.
    pub(crate) fn since(origin: Instant) -> Self {
        Self { origin, steps: Vec::new(), pictured: None }
    }

    /// Sorts steps into a timeline and folds them into its record. The crop of the record is missing.
    pub(crate) fn of(
        origin: Instant,
        steps: &[Step],
        policy: &Policy,
        lineup: &Lineup,
    ) -> (Self, Record, Picture) {
        let mut timeline = Self::since(origin);
        timeline.steps.extend(steps.iter().map(|step| Packed::new(step, origin)));
        timeline.steps.sort_by(|a, b| a.order(*b, lineup));
        let mut record = Record::default();
        let Effect { picture, .. } = timeline.fold(usize::MAX, policy, lineup, &mut record);
        (timeline, record, picture)
    }

    /// The number of its steps.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Adds a step to the timeline and to its record, or replaces the one of the same identity.
    pub(crate) fn put(
        &mut self,
        step: &Step,
        policy: &Policy,
        lineup: &Lineup,
        record: &mut Record,
    ) -> Effect {
        let step = Packed::new(step, self.origin);
        let place = self.place(step, lineup);
        match self.steps.get_mut(place) {
            Some(known) if known.identity() == step.identity() => {
                *known = step;
                self.fold(place, policy, lineup, record)
            }
            _ => {
                // A quarter at a time rather than twice the room: thousands of timelines grow all day.
                if self.steps.len() == self.steps.capacity() {
                    self.steps.reserve_exact(self.steps.len() / 4 + 4);
                }
                self.steps.insert(place, step);
                self.fold_from(place, policy, lineup, record)
            }
        }
    }

    /// The verdict of a step that the timeline has.
    pub(crate) fn verdict(&self, step: &Step, policy: &Policy, lineup: &Lineup) -> Option<Verdict> {
        let step = Packed::new(step, self.origin);
        let place = self.place(step, lineup);
        let known = self.steps.get(place).filter(|known| known.identity() == step.identity())?;
        Some(self.judge(*known, &mut self.before(place, policy), policy))
    }

    /// The place of the step with this identity, or where it belongs.
    fn place(&self, step: Packed, lineup: &Lineup) -> usize {
        let is_before = |known: &Packed| known.order(step, lineup).is_lt();
        match self.steps.last() {
            Some(last) if !is_before(last) => self.steps.partition_point(is_before),
            _ => self.steps.len(),
        }
    }

    /// Folds all steps into the record, with the verdict of the one at `place`.
    fn fold(&mut self, place: usize, policy: &Policy, lineup: &Lineup, record: &mut Record) -> Effect {
        let crop = record.seen.take().and_then(|seen| seen.best_crop);
        *record = Record::default();
        let (mut so_far, mut verdict) = (None, Verdict::default());
        for nth in 0..self.steps.len() {
            let judged = self.judge_and_note(nth, &mut so_far, policy);
            record.count(self.steps[nth].step(self.origin).recognition(lineup), judged.accepted);
            if nth == place {
                verdict = judged;
            }
        }
        let picture = self.find_best(place, lineup, record);
        if let (Picture::Kept, Some(seen)) = (picture, &mut record.seen) {
            seen.best_crop = crop;
        }
        Effect { verdict, picture }
    }

    /// Folds a new step at `place` into the record, and looks at those after it as long as anything differs for them.
    fn fold_from(&mut self, place: usize, policy: &Policy, lineup: &Lineup, record: &mut Record) -> Effect {
        let at_end = place + 1 == self.steps.len();
        let mut so_far = if at_end { record.best() } else { self.before(place, policy) };
        let mut best_was = so_far.map(Best::score);
        let verdict = self.judge_and_note(place, &mut so_far, policy);
        record.count(self.steps[place].step(self.origin).recognition(lineup), verdict.accepted);
        if !verdict.accepted {
            return Effect { verdict, picture: Picture::Kept };
        }
        let mut is_other = verdict.sets_best();
        for nth in place + 1..self.steps.len() {
            let before = self.steps[nth];
            let judged = self.judge_and_note(nth, &mut so_far, policy);
            if before.sets_best() {
                best_was = Some(before.score);
            }
            is_other |= before.sets_best() != judged.sets_best();
            // For the next one, the latest accepted step and the best score are as before.
            if judged.accepted && so_far.map(Best::score) == best_was {
                break;
            }
        }
        let picture = if is_other { self.find_best(place, lineup, record) } else { Picture::Kept };
        Effect { verdict, picture }
    }

    /// Judges the step at a place, which follows those in `so_far`, and notes whether it sets the best score.
    fn judge_and_note(&mut self, nth: usize, so_far: &mut Option<Best>, policy: &Policy) -> Verdict {
        let verdict = self.judge(self.steps[nth], so_far, policy);
        self.steps[nth].note_best(verdict.sets_best());
        verdict
    }

    fn judge(&self, step: Packed, so_far: &mut Option<Best>, policy: &Policy) -> Verdict {
        let Step { ts, score, confirmed, .. } = step.step(self.origin);
        Best::judge(so_far, ts, score, &policy.for_sighting(confirmed))
    }

    /// The state before a place.
    fn before(&self, place: usize, policy: &Policy) -> Option<Best> {
        let mut before = self.steps[..place].iter().rev();
        let last = before.clone().find(|step| step.is_accepted(policy.min_score))?.step(self.origin);
        Some(Best::new(last.ts, before.find(|step| step.sets_best())?.score))
    }

    /// Gives the record its best step. The crop of the one at `place` is new.
    fn find_best(&mut self, place: usize, lineup: &Lineup, record: &mut Record) -> Picture {
        let mut latest_first = self.steps.iter().rev();
        let pictured = latest_first.clone().find(|step| step.sets_picture()).copied();
        let fresh = self.steps.get(place).map(|step| step.identity());
        let identity = pictured.map(Packed::identity);
        let is_kept = identity == self.pictured && identity != fresh;
        self.pictured = identity;
        if let (Some(best), Some(seen)) = (latest_first.find(|step| step.sets_best()), &mut record.seen) {
            let step = best.step(self.origin);
            (seen.best_seen, seen.best_score) = (step.ts, step.score);
            seen.best_camera = lineup.camera(&step).clone();
            if !is_kept {
                seen.best_crop = None;
            }
        }
        if is_kept { Picture::Kept } else { Picture::Of(pictured.map(|step| step.step(self.origin))) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::evidence::camera::{CameraId, KnownCamera};
    use crate::domain::evidence::recognition::Recognition;
    use crate::domain::time::Span;

    const POLICY: Policy =
        Policy { min_score: 0.75, reregister_window: Span::seconds(10), min_improve_delta: 0.01 };

    /// Neither identities nor present names are in the order of first names.
    fn seen_by(camera: u8) -> Arc<KnownCamera> {
        let first_name = Some(format!("gate-{}", 9 - camera).into());
        Arc::new(KnownCamera {
            first_name,
            ..KnownCamera::new(CameraId(camera.into()), &format!("hall-{camera}"))
        })
    }

    fn recognition(second: i64, camera: u8, score: u8, crop: bool) -> Recognition {
        Recognition {
            ts: Instant::from_micros(second * 1_000_000),
            camera: seen_by(camera),
            score: f64::from(score) / 100.0,
            crop: crop.then(|| format!("{second}-{camera}.jpg").into()),
            confirmed: false,
        }
    }

    /// A timeline with its record, as a caller keeps them.
    struct Kept {
        lineup: Lineup,
        timeline: Timeline,
        record: Record,
    }

    impl Kept {
        fn new() -> Self {
            let timeline = Timeline::since(Instant::from_micros(-1));
            Self { lineup: Lineup::default(), timeline, record: Record::default() }
        }

        fn put(&mut self, seen: &Recognition, all: &[Recognition]) -> Verdict {
            let step = Step::of(seen, &mut self.lineup);
            let effect = self.timeline.put(&step, &POLICY, &self.lineup, &mut self.record);
            self.set_crop(effect.picture, all);
            effect.verdict
        }

        fn set_crop(&mut self, picture: Picture, all: &[Recognition]) {
            let Picture::Of(step) = picture else { return };
            let crop = |step: Step| {
                all.iter().find(|known| known.ts == step.ts && &known.camera == self.lineup.camera(&step))
            };
            if let Some(seen) = &mut self.record.seen {
                assert_eq!(seen.best_crop, None, "the caller sets it");
                seen.best_crop = step.and_then(crop).and_then(|known| known.crop.clone());
            }
        }
    }

    #[test]
    fn a_late_line_is_judged_at_its_place_in_time() {
        let mut kept = Kept::new();
        // 95 arrives last but comes between the others in time. It is an improvement there, and 90 no longer is.
        let mut put = |second, score| kept.put(&recognition(second, 0, score, false), &[]);
        put(0, 80);
        assert!(put(40, 90).updated_best);
        let verdict = put(20, 95);
        assert!(verdict.updated_best && !verdict.created);
        let seen = kept.record.seen.unwrap();
        assert_eq!((seen.best_score, seen.best_seen.micros(), seen.sightings), (0.95, 20_000_000, 3));
    }

    #[test]
    fn a_late_line_can_hold_the_next_improvement() {
        let mut kept = Kept::new();
        let mut put = |second, score| kept.put(&recognition(second, 0, score, false), &[]);
        // 76 is low for the record, but so close before 90 that 90 is held. Then 85 is the best.
        for (second, score) in [(0, 80), (30, 90), (60, 85)] {
            put(second, score);
        }
        put(25, 76);
        let seen = kept.record.seen.unwrap();
        assert_eq!((seen.best_score, seen.best_seen.micros()), (0.85, 60_000_000));
    }

    proptest! {
        /// Put in any order, the steps fold as their recognitions do, and tell which crop is the record's.
        #[test]
        fn a_timeline_folds_as_its_recognitions_do(
            seen in proptest::collection::vec((0..90i64, 0..3u8, 60..100u8, any::<bool>(), 0..9u8), 1..40),
        ) {
            let mut kept = Kept::new();
            let mut sorted: Vec<Recognition> = Vec::new();
            for (second, camera, score, crop, confirmed) in seen {
                let mut recognition = recognition(second, camera, score, crop);
                recognition.confirmed = confirmed == 0;
                sorted.retain(|known| known.time_order(&recognition).is_ne());
                sorted.push(recognition.clone());
                sorted.sort_by(Recognition::time_order);
                let told = kept.put(&recognition, &sorted);
                let mut record = Record::default();
                let verdicts: Vec<Verdict> = sorted.iter().map(|known| record.apply(known, &POLICY)).collect();
                let place = sorted.iter().position(|known| known.time_order(&recognition).is_eq()).unwrap();
                prop_assert_eq!(told, verdicts[place]);
                prop_assert_eq!(&kept.record, &record);
            }
            prop_assert_eq!(kept.timeline.len(), sorted.len());
            let steps: Vec<Step> = sorted.iter().rev().map(|known| Step::of(known, &mut kept.lineup)).collect();
            let (timeline, record, picture) =
                Timeline::of(Instant::from_micros(-1), &steps, &POLICY, &kept.lineup);
            let whole = std::mem::replace(&mut kept.record, record);
            kept.set_crop(picture, &sorted);
            prop_assert_eq!(&kept.record, &whole);
            for known in &sorted {
                let step = Step::of(known, &mut kept.lineup);
                let both = [&timeline, &kept.timeline].map(|t| t.verdict(&step, &POLICY, &kept.lineup));
                prop_assert!(both[0].is_some() && both[0] == both[1]);
            }
        }
    }
}
