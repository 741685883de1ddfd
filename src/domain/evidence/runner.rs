//! Runners: whether the process beside a camera is alive.

use std::ops::RangeInclusive;

use crate::domain::evidence::camera::{Camera, Vitals};
use crate::domain::time::{Instant, Span};

/// A runner that has missed this many heartbeats is gone rather than late.
const OFFLINE_AFTER: i64 = 20;

/// Whether a runner is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerState {
    /// Heard within twice its interval.
    Online,
    /// Not heard for longer than that.
    Stale,
    /// Not heard for twenty intervals.
    Offline,
    /// It never sent a heartbeat, or only one from the future.
    Silent,
    /// Its last heartbeat said that it rests, or a person decided so (`camera rest`).
    Resting,
    /// Its camera was taken down.
    Retired,
}

impl RunnerState {
    /// The word in lists and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Silent => "silent",
            Self::Resting => "resting",
            Self::Retired => "retired",
        }
    }
}

/// The difference between a runner's clock and ours when a line arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockLead {
    /// When the line arrived by our clock.
    pub arrived_at: Instant,
    /// The instant of the line minus its arrival.
    pub ahead: Span,
    /// Whether the line is a heartbeat, whose clock may be another one than that of the recognitions.
    pub heartbeat: bool,
}

/// A runner's clock may run ahead by this much without a warning.
const AHEAD: Span = Span::minutes(2);
/// Recognitions this much older than their arrival were delayed, or their clock is behind.
const BEHIND: Span = Span::minutes(15);
/// A wrong clock is reported for this long after its last line.
const CLOCK_MEMORY: Span = Span::minutes(60);

/// A camera with the last report of its runner.
#[derive(Debug, Clone, PartialEq)]
pub struct Runner {
    /// The camera.
    pub camera: Camera,
    /// The latest heartbeat.
    pub heartbeat: Option<(Instant, Vitals)>,
    /// The clock difference of its last line with a `ts` that tells it, or an earlier one if both are close.
    pub clock: Option<ClockLead>,
}

impl Runner {
    /// Whether it is alive at `now`.
    pub fn state(&self, now: Instant) -> RunnerState {
        if self.camera.is_retired(now) {
            return RunnerState::Retired;
        }
        if self.camera.history.rests().iter().any(|rest| rest.contains(&now)) {
            return RunnerState::Resting;
        }
        let Some((heard, vitals)) = &self.heartbeat else {
            return RunnerState::Silent;
        };
        let (age, every) = (now - *heard, vitals.snapshot_every);
        if age.micros() < -limit(every).micros() {
            RunnerState::Silent
        } else if age <= limit(every) {
            if vitals.resting { RunnerState::Resting } else { RunnerState::Online }
        } else if age.micros() <= every.micros().saturating_mul(OFFLINE_AFTER) {
            RunnerState::Stale
        } else {
            RunnerState::Offline
        }
    }
}

impl ClockLead {
    /// The differences that never give a warning. Which of them was the last does not matter.
    pub const CLOSE: RangeInclusive<Span> = Span::from_micros(-BEHIND.micros())..=AHEAD;

    /// Whether a later one takes the place of an earlier one. A heartbeat in time does not show that the clock of the
    /// recognitions is right.
    pub fn replaces(&self, known: &Self) -> bool {
        known.heartbeat || !self.heartbeat || !self.is_close()
    }

    /// Whether it never gives a warning.
    pub fn is_close(&self) -> bool {
        Self::CLOSE.contains(&self.ahead)
    }
}

impl Runner {
    /// How far its clock is ahead, or behind if negative. `None` if it is close enough. A clock counts as behind only
    /// if a heartbeat of these minutes claims matches. Otherwise the lines were merely late.
    pub fn clock_error(&self, now: Instant) -> Option<Span> {
        let lead = self.clock.filter(|lead| now - lead.arrived_at <= CLOCK_MEMORY)?;
        let matches_now = self.heartbeat.as_ref().is_some_and(|(heard, vitals)| {
            lead.arrived_at - *heard <= BEHIND && vitals.matched.is_some_and(|matched| matched > 0)
        });
        let wrong =
            lead.ahead > *ClockLead::CLOSE.end() || matches_now && lead.ahead < *ClockLead::CLOSE.start();
        wrong.then_some(lead.ahead)
    }
}

/// The age of a heartbeat beyond which its runner is stale.
pub fn limit(snapshot_every: Span) -> Span {
    Span::from_micros(snapshot_every.micros().saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::camera::{CameraChange, CameraId, History};

    #[test]
    fn a_runner_is_stale_after_twice_its_interval() {
        let vitals = Vitals { snapshot_every: Span::seconds(30), ..Vitals::default() };
        let heard = Instant::from_micros(1_000_000_000);
        let camera =
            Camera { id: CameraId(1), name: "gate".into(), added_at: heard, history: History::default() };
        let runner = Runner { camera: camera.clone(), heartbeat: Some((heard, vitals)), clock: None };
        for (seconds, state) in [
            (0, RunnerState::Online),
            (60, RunnerState::Online),
            (61, RunnerState::Stale),
            (600, RunnerState::Stale),
            (601, RunnerState::Offline),
            // A heartbeat from the future does not count.
            (-61, RunnerState::Silent),
        ] {
            assert_eq!(runner.state(heard + Span::seconds(seconds)), state, "{seconds}");
        }
        assert_eq!(Runner { camera, heartbeat: None, clock: None }.state(heard), RunnerState::Silent);
    }

    #[test]
    fn a_runner_may_be_silent_while_a_person_lets_its_camera_rest() {
        let at = |minutes| Instant::from_micros(0) + Span::minutes(minutes);
        let mut camera =
            Camera { id: CameraId(1), name: "gate".into(), added_at: at(0), history: History::default() };
        camera.history.apply(at(10), CameraChange::Rest(at(20)));
        let runner = Runner {
            camera,
            heartbeat: Some((at(9), Vitals { snapshot_every: Span::seconds(30), ..Vitals::default() })),
            clock: None,
        };
        assert_eq!(
            [9, 15, 25].map(|minute| runner.state(at(minute))),
            [RunnerState::Online, RunnerState::Resting, RunnerState::Offline]
        );
    }

    #[test]
    fn clocks_are_wrong_when_ahead_or_when_their_matches_land_long_ago() {
        let heard = Instant::from_micros(1_000_000_000_000);
        let runner = |minutes: i64, matched: i64, late: i64| Runner {
            camera: Camera {
                id: CameraId(1),
                name: "gate".into(),
                added_at: heard,
                history: History::default(),
            },
            heartbeat: Some((
                heard - Span::minutes(late),
                Vitals { matched: Some(matched), ..Vitals::default() },
            )),
            clock: Some(ClockLead { arrived_at: heard, ahead: Span::minutes(minutes), heartbeat: false }),
        };
        for (minutes, matched, late, wrong) in [
            (0, 2, 0, false),
            (2, 2, 0, false),
            (3, 0, 0, true),
            (-15, 2, 0, false),
            (-16, 2, 0, true),
            (-16, 0, 0, false),
            (-16, 2, 16, false), // stored, and sent with its heartbeats
        ] {
            let error = runner(minutes, matched, late).clock_error(heard);
            assert_eq!(error.is_some(), wrong, "{minutes} {matched} {late}");
        }
        assert_eq!(runner(3, 0, 0).clock_error(heard + Span::minutes(61)), None, "long ago");
    }
}
