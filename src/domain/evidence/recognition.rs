//! A recognition: the immutable fact that a camera saw a student at an instant with a score.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::domain::time::Instant;

/// A camera by the name its runner gives it. Shared: one camera names thousands of recognitions.
pub type CameraName = Arc<str>;

/// One recognition of one student (which one is known from where it is kept).
#[derive(Debug, Clone, PartialEq)]
pub struct Recognition {
    /// When, to the microsecond.
    pub ts: Instant,
    /// The camera that saw the student.
    pub camera: CameraName,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// Path of the cropped face, where the runner keeps one. `attend` never opens it.
    pub crop: Option<Arc<str>>,
}

/// The effect of one recognition on its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The score reached `min_score`.
    pub accepted: bool,
    /// It was the first accepted one.
    pub created: bool,
    /// The score was better by more than the delta (or the first).
    pub improved: bool,
    /// Better, but too soon after the sighting before it.
    pub held_by_window: bool,
    /// Better, and taken over.
    pub updated_best: bool,
}

/// A recognition as reports tell it: with its student, the period it counts in, and what it did there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told<'a> {
    /// When.
    pub ts: Instant,
    /// Code of the student.
    pub code: &'a str,
    /// Name of the student.
    pub name: &'a str,
    /// The camera that saw the student.
    pub camera: &'a str,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// The period it counts in, or would with a better score.
    pub period: Option<&'a str>,
    /// The effect on its record.
    pub verdict: Verdict,
    /// Path of the cropped face.
    pub crop: Option<&'a str>,
}

impl Recognition {
    /// The order of the fold: by time; at one instant by camera name, which does not depend on
    /// the order of arrival.
    pub fn time_order(&self, other: &Self) -> Ordering {
        self.ts.cmp(&other.ts).then_with(|| self.camera.cmp(&other.camera))
    }
}
