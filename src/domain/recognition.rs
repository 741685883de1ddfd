//! A recognition: the immutable fact that a camera saw a student at an instant with a score.

use std::cmp::Ordering;
use std::sync::Arc;

use super::time::Instant;

/// A camera by the name its runner gives it. Shared: one camera names thousands of recognitions.
pub type CameraName = Arc<str>;

/// One recognition of one student (which one is known from where it is kept).
#[derive(Debug, Clone, PartialEq)]
pub struct Recognition {
    /// When, to the microsecond.
    pub ts: Instant,
    /// What saw the student.
    pub camera: CameraName,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// Path of the cropped face, where the runner keeps one. `attend` never opens it.
    pub crop: Option<Arc<str>>,
}

impl Recognition {
    /// The order of the fold: by time; at one instant by camera name, which does not depend on
    /// the order of arrival.
    pub fn time_order(&self, other: &Self) -> Ordering {
        self.ts.cmp(&other.ts).then_with(|| self.camera.cmp(&other.camera))
    }
}
