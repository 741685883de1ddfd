//! The panel: the state of the school on one screen.

use crate::domain::evidence::coverage::Coverage;
use crate::domain::evidence::recognition::{Recognition, ReportedRecognition, Verdict};
use crate::domain::evidence::runner::Runner;
use crate::domain::register::status::Counts;
use crate::domain::register::sums::Sum;
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::{Around, Occurrence, OccurrenceId};

/// Slices of the window in which events are counted.
pub(crate) const SLICES: usize = 5;

/// The content of the panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The school's name.
    pub school: String,
    /// The instant at which it holds.
    pub now: Instant,
    /// Today's occurrences that are held, in order, with their counts.
    pub today: Vec<PanelPeriod>,
    /// Identities of the active ones, best match first.
    pub active: Vec<OccurrenceId>,
    /// The neighbouring occurrences, if none is active.
    pub around: Around,
    /// The classes in the active occurrences, by name.
    pub classes: Vec<Sum>,
    /// The window in which events are counted, up to now.
    pub window: Span,
    /// Every camera with its runner.
    pub cameras: Vec<Camera>,
    /// The latest recognitions, the newest first.
    pub recent: Vec<Recent>,
}

/// An occurrence of today with its counts.
#[derive(Debug, Clone)]
pub struct PanelPeriod {
    /// Which one.
    pub occurrence: Occurrence,
    /// The number of students with each status.
    pub counts: Counts,
    /// How much of it was seen.
    pub coverage: Coverage,
}

/// A camera with its recognitions within the window.
#[derive(Debug, Clone)]
pub struct Camera {
    pub runner: Runner,
    /// Recognitions in each slice of the window, the oldest first.
    pub events: [u32; SLICES],
}

impl Camera {
    /// Recognitions within the window.
    pub fn total(&self) -> u32 {
        self.events.iter().sum()
    }
}

/// A recognition with its effect.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Code of the student.
    pub code: String,
    /// Name of the student.
    pub name: String,
    /// The recognition as the camera sent it.
    pub recognition: Recognition,
    /// The period it counts in, or would count in with a better score.
    pub period: Option<String>,
    /// The effect on its record.
    pub verdict: Verdict,
}

impl Recent {
    /// The row for reports.
    pub fn told(&self) -> ReportedRecognition<'_> {
        let Recognition { ts, camera, score, crop, .. } = &self.recognition;
        ReportedRecognition {
            ts: *ts,
            code: &self.code,
            name: &self.name,
            camera: &camera.name,
            score: *score,
            period: self.period.as_deref(),
            verdict: self.verdict,
            crop: crop.as_deref(),
        }
    }
}
