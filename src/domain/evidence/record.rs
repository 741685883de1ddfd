//! The fold of one student's recognitions in one occurrence (docs/rules.md, rule 3).
//!
//! A [`Record`] depends on the recognitions and the [`Policy`] alone, never on the order of arrival. A
//! caller that adds recognitions out of time order must fold again ([`Timeline`](super::timeline::Timeline)).

use std::sync::Arc;

use crate::domain::evidence::camera::KnownCamera;
use crate::domain::evidence::recognition::{Recognition, RecognitionRef, Verdict};
use crate::domain::time::{Instant, Span};

/// The settings the fold obeys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Scores below are not accepted.
    pub min_score: f64,
    /// An improvement this soon after the last sighting is held.
    pub reregister_window: Span,
    /// A better score must be better by more than this.
    pub min_improve_delta: f64,
}

impl Policy {
    /// The same for a sighting that a person may have confirmed: then any score is accepted.
    pub(crate) fn for_sighting(&self, confirmed: bool) -> Self {
        let min_score = if confirmed { f64::NEG_INFINITY } else { self.min_score };
        Self { min_score, ..*self }
    }
}

/// The result of folding one student's recognitions in one occurrence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The accepted recognitions, if there were any.
    pub seen: Option<Accepted>,
    /// The low-score sightings, if there were any.
    pub low: Option<Low>,
}

/// The accepted recognitions of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// First accepted one.
    pub first: Instant,
    /// Latest accepted one.
    pub last: Instant,
    /// Their number.
    pub sightings: u32,
    /// When the best score was reached.
    pub best_seen: Instant,
    /// The best score, subject to `reregister_window` and `min_improve_delta`.
    pub best_score: f64,
    /// The camera it came from.
    pub best_camera: Arc<KnownCamera>,
    /// The crop that goes with it.
    pub best_crop: Option<Arc<str>>,
}

/// Recognitions below `min_score`: too weak to count as present, but worth a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Low {
    /// Their number.
    pub sightings: u32,
    /// Earliest.
    pub first: Instant,
    /// Latest.
    pub last: Instant,
    /// Best score among them.
    pub best_score: f64,
    /// The instant of the best one, the earliest of equals.
    pub best_seen: Instant,
    /// The camera it came from.
    pub best_camera: Arc<KnownCamera>,
}

impl Record {
    /// Folds recognitions that are in [time order](Recognition::time_order).
    pub fn fold<'a>(recognitions: impl IntoIterator<Item = &'a Recognition>, policy: &Policy) -> Self {
        let mut record = Self::default();
        for recognition in recognitions {
            record.apply(recognition, policy);
        }
        record
    }

    /// The best accepted score.
    pub fn best_score(&self) -> Option<f64> {
        self.seen.as_ref().map(|seen| seen.best_score)
    }

    /// The state needed to judge the next recognition.
    pub(super) fn best(&self) -> Option<Best> {
        self.seen.as_ref().map(|seen| Best { last: seen.last, score: seen.best_score })
    }

    /// Counts a recognition from any time. The best of the accepted ones stays.
    pub(super) fn count(&mut self, recognition: RecognitionRef, accepted: bool) {
        match &mut self.seen {
            _ if !accepted => self.apply_low(recognition),
            Some(seen) => seen.count(recognition.ts),
            None => self.seen = Some(Accepted::first(recognition)),
        }
    }

    /// Applies the next recognition in time order.
    pub fn apply(&mut self, next: &Recognition, policy: &Policy) -> Verdict {
        let recognition = RecognitionRef::from(next);
        let policy = &policy.for_sighting(recognition.confirmed);
        let mut best = self.best();
        let verdict = Best::judge(&mut best, recognition.ts, recognition.score, policy);
        self.count(recognition, verdict.accepted);
        if let Some(seen) = self.seen.as_mut().filter(|_| verdict.updated_best) {
            seen.improve(recognition);
        }
        verdict
    }

    fn apply_low(&mut self, recognition: RecognitionRef) {
        match &mut self.low {
            Some(low) => low.apply(recognition),
            None => {
                self.low = Some(Low {
                    sightings: 1,
                    first: recognition.ts,
                    last: recognition.ts,
                    best_score: recognition.score,
                    best_seen: recognition.ts,
                    best_camera: recognition.camera.clone(),
                });
            }
        }
    }
}

/// The state needed to judge the next recognition. A pass over millions of recognitions keeps only this for each
/// student.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The latest accepted one.
    last: Instant,
    /// The best score so far.
    score: f64,
}

impl Best {
    pub(super) fn new(last: Instant, score: f64) -> Self {
        Self { last, score }
    }

    /// The best score so far.
    pub(super) fn score(self) -> f64 {
        self.score
    }

    /// Judges a recognition with `score` at `ts`, which must follow those in `so_far`.
    pub fn judge(so_far: &mut Option<Self>, ts: Instant, score: f64, policy: &Policy) -> Verdict {
        if score < policy.min_score {
            return Verdict::default();
        }
        match so_far {
            Some(best) => best.apply(ts, score, policy),
            None => {
                *so_far = Some(Self { last: ts, score });
                Verdict { accepted: true, created: true, improved: true, ..Verdict::default() }
            }
        }
    }

    fn apply(&mut self, ts: Instant, score: f64, policy: &Policy) -> Verdict {
        // A window of zero never holds, because `ts` is never before the last one.
        let recent = ts - self.last < policy.reregister_window;
        let improved = score > self.score + policy.min_improve_delta;
        self.last = ts;
        if improved && !recent {
            self.score = score;
        }
        Verdict {
            accepted: true,
            created: false,
            improved,
            held_by_window: improved && recent,
            updated_best: improved && !recent,
        }
    }
}

impl Accepted {
    fn first(recognition: RecognitionRef) -> Self {
        Self {
            first: recognition.ts,
            last: recognition.ts,
            sightings: 1,
            best_seen: recognition.ts,
            best_score: recognition.score,
            best_camera: recognition.camera.clone(),
            best_crop: recognition.crop.cloned(),
        }
    }

    fn count(&mut self, ts: Instant) {
        self.sightings += 1;
        self.first = self.first.min(ts);
        self.last = self.last.max(ts);
    }

    fn improve(&mut self, recognition: RecognitionRef) {
        self.best_seen = recognition.ts;
        self.best_score = recognition.score;
        self.best_camera = recognition.camera.clone();
        if let Some(crop) = recognition.crop {
            self.best_crop = Some(crop.clone());
        }
    }
}

impl Low {
    /// Counts, extremes and the earliest best do not depend on the order.
    fn apply(&mut self, recognition: RecognitionRef) {
        self.sightings += 1;
        self.first = self.first.min(recognition.ts);
        self.last = self.last.max(recognition.ts);
        let rank = (recognition.ts, recognition.camera.rank());
        let better = recognition.score > self.best_score;
        let equal_but_earlier =
            recognition.score == self.best_score && rank < (self.best_seen, self.best_camera.rank());
        if better || equal_but_earlier {
            self.best_score = recognition.score;
            self.best_seen = recognition.ts;
            self.best_camera = recognition.camera.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::evidence::camera::CameraId;

    const POLICY: Policy =
        Policy { min_score: 0.75, reregister_window: Span::seconds(10), min_improve_delta: 0.01 };

    fn at(micros: i64, score: f64) -> Recognition {
        Recognition {
            ts: Instant::from_micros(micros),
            camera: KnownCamera::new(CameraId(1), "gate-1").into(),
            score,
            crop: None,
            confirmed: false,
        }
    }

    /// Flags of the second recognition after one of 0.80 at zero, written as letters:
    /// a(ccepted) i(mproved) h(eld) u(pdated best).
    fn second(micros: i64, score: f64, policy: Policy) -> String {
        let mut record = Record::fold([&at(0, 0.80)], &policy);
        let v = record.apply(&at(micros, score), &policy);
        let flags = [(v.accepted, 'a'), (v.improved, 'i'), (v.held_by_window, 'h'), (v.updated_best, 'u')];
        flags.into_iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect()
    }

    #[test]
    fn the_threshold_itself_is_accepted() {
        for (score, accepted) in [
            (0.75, true),
            (0.749_999_999_999_999_9, false),
            (0.750_000_000_000_000_1, true),
            (0.0, false),
            (1.0, true),
        ] {
            let record = Record::fold([&at(0, score)], &POLICY);
            assert_eq!(record.seen.is_some(), accepted, "{score}");
            assert_eq!(record.low.is_some(), !accepted, "{score}");
        }
    }

    #[test]
    fn the_first_accepted_one_makes_the_record() {
        let mut record = Record::default();
        assert_eq!(
            record.apply(&at(0, 0.5), &POLICY),
            Verdict::default(),
            "a low score does not make a student present"
        );
        let first = record.apply(&at(1, 0.8), &POLICY);
        let expected = Verdict { accepted: true, created: true, improved: true, ..Verdict::default() };
        assert_eq!((first, record.best_score()), (expected, Some(0.8)));
        assert!(!record.apply(&at(30_000_000, 0.9), &POLICY).created);
        assert_eq!(record.best_score(), Some(0.9));
    }

    #[test]
    fn the_delta_must_be_exceeded_and_the_window_passed() {
        const S: i64 = 1_000_000;
        let no_window = Policy { reregister_window: Span::ZERO, ..POLICY };
        for (micros, score, policy, flags) in [
            (20 * S, 0.90, POLICY, "aiu"),
            (20 * S, 0.80 + 0.01, POLICY, "a"), // equal to best + delta: not more
            (20 * S, 0.810_000_000_000_000_2, POLICY, "aiu"),
            (20 * S, 0.70, POLICY, ""),
            (10 * S, 0.90, POLICY, "aiu"), // exactly the window: no longer recent
            (10 * S - 1, 0.90, POLICY, "aih"),
            (S, 0.79, POLICY, "a"), // recent, but nothing to hold
            (1, 0.90, no_window, "aiu"),
        ] {
            assert_eq!(second(micros, score, policy), flags, "{micros} µs {score}");
        }
    }

    #[test]
    fn recency_is_judged_by_the_last_sighting_not_the_best() {
        let seconds = |s: i64| s * 1_000_000;
        let steps = [at(0, 0.80), at(seconds(9), 0.79), at(seconds(18), 0.95), at(seconds(28), 0.95)];
        let record = Record::fold(&steps, &POLICY);
        let seen = record.seen.unwrap();
        assert_eq!((seen.sightings, seen.best_seen.micros()), (4, seconds(28)));
    }

    #[test]
    fn a_better_sighting_without_a_crop_keeps_the_crop() {
        let mut first = at(0, 0.80);
        first.crop = Some("a.jpg".into());
        let seen = Record::fold([&first, &at(20_000_000, 0.95)], &POLICY).seen.unwrap();
        assert_eq!((seen.best_score, seen.best_crop.as_deref()), (0.95, Some("a.jpg")));
    }

    proptest! {
        /// An export keeps only the last instant and the best score of each student, and gives the same verdicts as the acks.
        #[test]
        fn the_short_state_judges_like_the_record(
            steps in proptest::collection::vec((0..30i64, 60..100u8), 0..30),
        ) {
            let (mut record, mut brief, mut now) = (Record::default(), None, 0);
            for (seconds, score) in steps {
                now += seconds * 1_000_000;
                let recognition = at(now, f64::from(score) / 100.0);
                let verdict = Best::judge(&mut brief, recognition.ts, recognition.score, &POLICY);
                prop_assert_eq!(verdict, record.apply(&recognition, &POLICY));
            }
        }
    }

    #[test]
    fn low_scores_count_in_any_order() {
        let mut lows = [at(5, 0.6), at(1, 0.7), at(9, 0.7), at(3, 0.1)];
        let sorted = Record::fold(&lows, &POLICY);
        lows.reverse();
        assert_eq!(sorted, Record::fold(&lows, &POLICY));
        let low = sorted.low.unwrap();
        assert_eq!((low.sightings, low.best_score, low.best_seen.micros()), (4, 0.7, 1));
        assert_eq!((low.first.micros(), low.last.micros()), (1, 9));
    }
}
