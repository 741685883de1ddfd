//! One recognition of a [timeline](super::timeline), in little memory.
//!
//! A running ingest keeps the recognitions of a whole day in memory. A camera is therefore a number, a crop stays in the
//! database, and a kept step has 16 bytes.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::evidence::camera::{CameraId, KnownCamera};
use crate::domain::evidence::recognition::{Recognition, RecognitionRef};
use crate::domain::time::{Instant, Span};

/// The cameras of steps, numbered in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Lineup {
    cameras: Vec<Arc<KnownCamera>>,
    numbers: FxHashMap<CameraId, u32>,
}

impl Lineup {
    /// The number of a camera.
    pub(crate) fn number(&mut self, camera: &Arc<KnownCamera>) -> u32 {
        if let Some(number) = self.numbers.get(&camera.id) {
            return *number;
        }
        let number = u32::try_from(self.cameras.len()).unwrap_or(u32::MAX);
        self.cameras.push(camera.clone());
        self.numbers.insert(camera.id, number);
        number
    }

    /// The camera of a step.
    pub(crate) fn camera(&self, step: &Step) -> &Arc<KnownCamera> {
        &self.cameras[step.camera as usize]
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
    pub(super) fn recognition<'a>(&self, lineup: &'a Lineup) -> RecognitionRef<'a> {
        let Self { ts, score, confirmed, .. } = *self;
        RecognitionRef { ts, camera: lineup.camera(self), score, crop: None, confirmed }
    }
}

/// A step in 16 bytes. From the highest bit on: the microseconds since the origin of its timeline (38 bits), the number
/// of its camera (23), and three flags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Packed {
    bits: u64,
    pub score: f64,
}

impl Packed {
    /// Where the time begins. It has room for 76 hours. A window has at most 49: a day, two graces of half a day, and an
    /// hour when clocks go back.
    const TIME: u32 = 26;
    /// Where the camera begins.
    const CAMERA: u32 = 3;
    const CAMERAS: u64 = (1 << (Self::TIME - Self::CAMERA)) - 1;
    const CONFIRMED: u64 = 1;
    const HAS_CROP: u64 = 2;
    const SETS_BEST: u64 = 4;

    /// `origin` is an instant before all steps of the timeline.
    pub(super) fn new(step: &Step, origin: Instant) -> Self {
        let since = (step.ts - origin).micros().cast_unsigned();
        let flags = if step.confirmed { Self::CONFIRMED } else { 0 };
        let flags = if step.has_crop { flags | Self::HAS_CROP } else { flags };
        Self { bits: since << Self::TIME | u64::from(step.camera) << Self::CAMERA | flags, score: step.score }
    }

    /// The step, given the same origin.
    pub(super) fn step(self, origin: Instant) -> Step {
        Step {
            ts: origin + Span::from_micros((self.bits >> Self::TIME).cast_signed()),
            score: self.score,
            camera: self.camera(),
            has_crop: self.has(Self::HAS_CROP),
            confirmed: self.has(Self::CONFIRMED),
        }
    }

    fn camera(self) -> u32 {
        (self.bits >> Self::CAMERA & Self::CAMERAS) as u32
    }

    fn has(self, flag: u64) -> bool {
        self.bits & flag != 0
    }

    /// Whether it is accepted with this least score.
    pub(super) fn is_accepted(self, min_score: f64) -> bool {
        self.has(Self::CONFIRMED) || self.score >= min_score
    }

    /// Whether it gave the record its best score.
    pub(super) fn sets_best(self) -> bool {
        self.has(Self::SETS_BEST)
    }

    /// The same with a crop.
    pub(super) fn sets_picture(self) -> bool {
        self.sets_best() && self.has(Self::HAS_CROP)
    }

    /// Notes whether it gave the record its best score.
    pub(super) fn note_best(&mut self, sets_best: bool) {
        self.bits = if sets_best { self.bits | Self::SETS_BEST } else { self.bits & !Self::SETS_BEST };
    }

    /// Equal for steps that are the same recognition of the student.
    pub(super) fn identity(self) -> u64 {
        self.bits >> Self::CAMERA
    }

    /// The order of the fold, as [`Recognition::time_order`].
    pub(super) fn order(self, other: Self, lineup: &Lineup) -> Ordering {
        let rank = |packed: Self| lineup.cameras[packed.camera() as usize].rank();
        (self.bits >> Self::TIME).cmp(&(other.bits >> Self::TIME)).then_with(|| rank(self).cmp(&rank(other)))
    }
}
