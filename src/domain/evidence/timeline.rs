//! The timeline of one student in one occurrence: the recognitions in the order of the fold.
//!
//! A running ingest keeps the timelines of a day in memory. A step therefore has only 24 bytes: its camera is a number,
//! and its crop stays in the database.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::domain::evidence::recognition::{CameraName, Recognition, RecognitionRef, Verdict};
use crate::domain::evidence::record::{Policy, Record};
use crate::domain::time::Instant;

/// The cameras of steps, numbered in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Lineup {
    names: Vec<CameraName>,
    numbers: FxHashMap<CameraName, u32>,
}

impl Lineup {
    /// The number of a camera.
    pub(crate) fn number(&mut self, name: &CameraName) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), number);
        number
    }

    /// The name of a step's camera.
    pub(crate) fn name(&self, step: &Step) -> &CameraName {
        &self.names[step.camera as usize]
    }
}

/// One recognition of a timeline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub ts: Instant,
    pub score: f64,
    /// Its number in the [`Lineup`].
    pub camera: u32,
    pub has_crop: bool,
    /// As in [`Recognition::confirmed`].
    pub confirmed: bool,
}

impl Step {
    /// The step of a recognition.
    pub(crate) fn of(recognition: &Recognition, lineup: &mut Lineup) -> Self {
        let Recognition { ts, camera, score, crop, confirmed } = recognition;
        let camera = lineup.number(camera);
        Self { ts: *ts, score: *score, camera, has_crop: crop.is_some(), confirmed: *confirmed }
    }

    /// Whether both are the same recognition of the student, perhaps with another score.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.ts, self.camera) == (other.ts, other.camera)
    }

    /// The recognition without its crop.
    fn recognition<'a>(&self, lineup: &'a Lineup) -> RecognitionRef<'a> {
        let Self { ts, score, confirmed, .. } = *self;
        RecognitionRef { ts, camera: lineup.name(self), score, crop: None, confirmed }
    }
}

/// The result of folding a timeline.
#[derive(Debug)]
pub(crate) struct Refold {
    /// The record, without its crop.
    pub record: Record,
    /// The effect of the step that was asked about.
    pub verdict: Verdict,
    /// The step whose crop belongs to the record.
    pub pictured: Option<Step>,
}

/// Steps in time order.
#[derive(Debug, Default)]
pub(crate) struct Timeline(Vec<Step>);

impl Timeline {
    /// Sorts steps into a timeline.
    pub(crate) fn new(mut steps: Vec<Step>, lineup: &Lineup) -> Self {
        steps.sort_by(|a, b| order(a, b, lineup));
        steps.shrink_to_fit();
        Self(steps)
    }

    /// The number of its steps.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Inserts a step, or replaces the one of the same identity. Returns its place.
    pub(crate) fn put(&mut self, step: Step, lineup: &Lineup) -> usize {
        let place = self.0.partition_point(|known| order(known, &step, lineup).is_lt());
        match self.0.get_mut(place) {
            Some(known) if known.is_same(&step) => *known = step,
            _ => {
                // A quarter at a time rather than twice the room: thousands of timelines grow all day.
                if self.0.len() == self.0.capacity() {
                    self.0.reserve_exact(self.0.len() / 4 + 4);
                }
                self.0.insert(place, step);
            }
        }
        place
    }

    /// The place of the step with the same identity.
    pub(crate) fn find(&self, step: &Step, lineup: &Lineup) -> Option<usize> {
        self.0.binary_search_by(|known| order(known, step, lineup)).ok()
    }

    /// Folds all steps, with the verdict of the one at `place`.
    pub(crate) fn fold(&self, place: usize, policy: &Policy, lineup: &Lineup) -> Refold {
        let mut refold = Refold { record: Record::default(), verdict: Verdict::default(), pictured: None };
        for (nth, step) in self.0.iter().enumerate() {
            let verdict = refold.record.apply(step.recognition(lineup), policy);
            if verdict.sets_best() && step.has_crop {
                refold.pictured = Some(*step);
            }
            if nth == place {
                refold.verdict = verdict;
            }
        }
        refold
    }
}

/// The order of the fold, as [`Recognition::time_order`].
fn order(one: &Step, other: &Step, lineup: &Lineup) -> Ordering {
    one.ts.cmp(&other.ts).then_with(|| lineup.name(one).cmp(lineup.name(other)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::time::Span;

    const POLICY: Policy =
        Policy { min_score: 0.75, reregister_window: Span::seconds(10), min_improve_delta: 0.01 };

    fn recognition(second: i64, camera: u8, score: u8, crop: bool) -> Recognition {
        Recognition {
            ts: Instant::from_micros(second * 1_000_000),
            // The numbers of cameras do not follow their names.
            camera: format!("gate-{}", 9 - camera).into(),
            score: f64::from(score) / 100.0,
            crop: crop.then(|| format!("{second}-{camera}.jpg").into()),
            confirmed: false,
        }
    }

    #[test]
    fn a_late_line_is_judged_at_its_place_in_time() {
        let (mut lineup, mut timeline) = (Lineup::default(), Timeline::default());
        // 95 arrives last but comes between the others in time. It is an improvement there, and 90 no longer is.
        let mut put = |second, score| {
            let step = Step::of(&recognition(second, 0, score, false), &mut lineup);
            let place = timeline.put(step, &lineup);
            (
                place,
                timeline.fold(place, &POLICY, &lineup).verdict,
                timeline.fold(2, &POLICY, &lineup).verdict,
            )
        };
        put(0, 80);
        assert!(put(40, 90).1.updated_best);
        let (place, verdict, next) = put(20, 95);
        assert_eq!(place, 1);
        assert!(verdict.updated_best && !verdict.created && next.accepted && !next.improved);
    }

    proptest! {
        /// Put in any order, the steps fold as their recognitions do, and tell which crop is the record's.
        #[test]
        fn a_timeline_folds_as_its_recognitions_do(
            seen in proptest::collection::vec((0..90i64, 0..3u8, 60..100u8, any::<bool>()), 1..30),
        ) {
            let mut lineup = Lineup::default();
            let mut timeline = Timeline::default();
            let mut sorted: Vec<Recognition> = Vec::new();
            for (second, camera, score, crop) in seen {
                let recognition = recognition(second, camera, score, crop);
                let place = timeline.put(Step::of(&recognition, &mut lineup), &lineup);
                sorted.retain(|known| known.time_order(&recognition).is_ne());
                sorted.push(recognition);
                sorted.sort_by(Recognition::time_order);
                let mut record = Record::default();
                let verdicts: Vec<Verdict> = sorted.iter().map(|known| record.apply(known, &POLICY)).collect();
                let verdict = verdicts[place];
                let mut refold = timeline.fold(place, &POLICY, &lineup);
                prop_assert_eq!(refold.verdict, verdict);
                if let Some(seen) = &mut refold.record.seen {
                    let crop = |step: Step| {
                        sorted.iter().find(|known| known.ts == step.ts && &known.camera == lineup.name(&step))
                    };
                    seen.best_crop = refold.pictured.and_then(crop).and_then(|known| known.crop.clone());
                }
                prop_assert_eq!(refold.record, record);
            }
            prop_assert_eq!(timeline.len(), sorted.len());
        }
    }
}
