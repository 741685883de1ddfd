//! Cameras, and what their runners say of themselves.

use crate::domain::evidence::recognition::CameraName;
use crate::domain::time::{Instant, Span};

/// A camera as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Identity in the database.
    pub id: i64,
    /// The name its runner sends.
    pub name: CameraName,
    /// Where it hangs, for people.
    pub place: Option<String>,
    /// When it was added, or first sent a valid line.
    pub added_at: Instant,
}

/// What a heartbeat tells of a runner.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vitals {
    /// How often it beats.
    pub snapshot_every: Span,
    /// Process id on the runner's machine.
    pub pid: Option<i64>,
    /// Frames per second it should look at.
    pub target_fps: Option<f64>,
    /// Frames per second it does look at.
    pub processed_fps: Option<f64>,
    /// Faces found since the heartbeat before: what a list shows is how it is now, as with the rates.
    pub detected: Option<i64>,
    /// Faces matched since the heartbeat before.
    pub matched: Option<i64>,
    /// Milliseconds from frame to match.
    pub latency_ms: Option<f64>,
    /// Its last error; empty when all is well.
    pub last_error: String,
}
