//! Simulated lines, as a runner writes them.

use serde::Serialize;

use crate::domain::evidence::camera::CameraName;
use crate::domain::time::calendar::{local_date, rfc3339};
use crate::domain::time::{Instant, Span, Zone};
use crate::wire::written::WrittenRecognition;

/// The heartbeat interval of a simulated runner.
pub(super) const BEAT: Span = Span::seconds(30);

/// A line before it is written.
pub(super) struct Line {
    pub ts: Instant,
    pub camera: CameraName,
    pub what: What,
}

pub(super) enum What {
    Seen { code: String, score: f64 },
    Beat { pid: u32, seen: u32 },
}

/// A line as a runner writes it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Wire<'a> {
    Recognition(WrittenRecognition<'a>),
    Heartbeat {
        r#type: &'static str,
        camera: &'a str,
        ts: String,
        pid: u32,
        target_fps: f64,
        processed_fps: f64,
        snapshot_every: i64,
        detected: u32,
        matched: u32,
        latency_ms: u32,
        last_error: &'static str,
    },
}

impl Line {
    pub(super) fn wire(&self, zone: Zone) -> Wire<'_> {
        let ts = rfc3339(self.ts, zone);
        match &self.what {
            What::Seen { code, score } => {
                let crop = format!(
                    "{}/{}-{}.jpg",
                    local_date(self.ts, zone).format("%Y/%m/%d"),
                    code,
                    self.ts.micros() / 1000
                );
                let (camera, crop) = (&*self.camera, Some(crop.into()));
                Wire::Recognition(WrittenRecognition { student: code, score: *score, ts, camera, crop })
            }
            What::Beat { pid, seen } => Wire::Heartbeat {
                r#type: "heartbeat",
                camera: &self.camera,
                ts,
                pid: *pid,
                target_fps: 6.0,
                processed_fps: 6.0 - f64::from(seen % 5) / 10.0,
                snapshot_every: BEAT.whole_seconds(),
                detected: seen + seen / 4,
                matched: *seen,
                latency_ms: 35 + seen % 20,
                last_error: "",
            },
        }
    }
}
