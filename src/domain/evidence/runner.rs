//! Runners: whether the process beside a camera is alive.

use crate::domain::evidence::camera::{Camera, Vitals};
use crate::domain::time::{Instant, Span};

/// A runner that has missed this many heartbeats is gone rather than late.
const OFFLINE_AFTER: i64 = 20;

/// Whether a runner is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Heard within twice its interval.
    Online,
    /// Not heard for longer than that.
    Stale,
    /// Not heard for twenty intervals.
    Offline,
    /// It never sent a heartbeat.
    Silent,
}

impl State {
    /// The word in lists and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Silent => "silent",
        }
    }
}

/// A camera with what its runner last said.
#[derive(Debug, Clone, PartialEq)]
pub struct Runner {
    /// The camera.
    pub camera: Camera,
    /// The latest heartbeat.
    pub heartbeat: Option<(Instant, Vitals)>,
}

impl Runner {
    /// Whether it is alive at `now`.
    pub fn state(&self, now: Instant) -> State {
        let Some((heard, vitals)) = &self.heartbeat else {
            return State::Silent;
        };
        let (age, every) = (now - *heard, vitals.snapshot_every);
        if age <= limit(every) {
            State::Online
        } else if age.micros() <= every.micros().saturating_mul(OFFLINE_AFTER) {
            State::Stale
        } else {
            State::Offline
        }
    }
}

/// How old a heartbeat may be before its runner is stale.
pub fn limit(snapshot_every: Span) -> Span {
    Span::from_micros(snapshot_every.micros().saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_is_stale_after_twice_its_interval() {
        let vitals = Vitals { snapshot_every: Span::seconds(30), ..Vitals::default() };
        let heard = Instant::from_micros(1_000_000_000);
        let camera = Camera { id: 1, name: "gate".into(), place: None, added_at: heard };
        let runner = Runner { camera: camera.clone(), heartbeat: Some((heard, vitals)) };
        for (seconds, state) in [
            (0, State::Online),
            (60, State::Online),
            (61, State::Stale),
            (600, State::Stale),
            (601, State::Offline),
        ] {
            assert_eq!(runner.state(heard + Span::seconds(seconds)), state, "{seconds}");
        }
        assert_eq!(Runner { camera, heartbeat: None }.state(heard), State::Silent);
    }
}
