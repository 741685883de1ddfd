//! Cameras: their heartbeats, and when each was on duty at which place.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::domain::time::{Instant, Span};

/// Identity of a camera in the database. It outlives a change of name.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameraId(pub i64);

/// The name of a camera, as its runner sends it. It is shared, because thousands of recognitions have the same one.
pub type CameraName = Arc<str>;

/// A camera as a recognition names it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct KnownCamera {
    /// Identity in the database.
    pub id: CameraId,
    /// The name its runner sends.
    pub name: CameraName,
    /// The name it had before it was renamed for the first time.
    pub first_name: Option<CameraName>,
}

impl KnownCamera {
    /// A camera that has the name under which it was added.
    pub fn new(id: CameraId, name: &str) -> Self {
        Self { id, name: name.into(), first_name: None }
    }

    /// The order of recognitions of one instant: by the first names of their cameras. These do not depend on the order
    /// of arrival, as identities do, and no edit changes them. Two cameras may have had the same name first, one after
    /// the other.
    pub fn rank(&self) -> (&str, CameraId) {
        (self.first_name.as_deref().unwrap_or(&self.name), self.id)
    }
}

impl fmt::Display for KnownCamera {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A camera as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Identity in the database.
    pub id: CameraId,
    /// The name its runner sends.
    pub name: CameraName,
    /// When it was added, or first sent a valid line.
    pub added_at: Instant,
    /// Its places, rests and retirement.
    pub history: History,
}

impl Camera {
    /// Its place at an instant.
    pub fn place(&self, at: Instant) -> Option<&Place> {
        self.history.at(at).and_then(|post| post.place.as_ref())
    }

    /// Whether it is retired at an instant.
    pub fn is_retired(&self, at: Instant) -> bool {
        self.history.at(at).is_some_and(|post| post.retired)
    }
}

/// The place of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name, shared by the cameras that can stand in for each other.
    pub name: Arc<str>,
    /// Whether students pass it rather than stay there.
    pub door: bool,
}

/// A decision about a camera. Decisions are kept for ever, and the history is their fold in the order they were
/// made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraChange {
    /// From now on it is at a place, or at none.
    Place(Option<Place>),
    /// It rests until then.
    Rest(Instant),
    /// It is taken down.
    Retire,
    /// Its retirement is taken back.
    Return,
}

/// The place and duty of a camera from an instant until the next post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Post {
    /// Its place.
    pub place: Option<Place>,
    /// Whether it was taken down.
    pub retired: bool,
}

/// When a camera was on duty at which place. Before the first post it has no place and is not retired.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    posts: Vec<(Instant, Post)>,
    rests: Vec<Range<Instant>>,
}

impl History {
    /// Adds the next decision. It replaces all posts from its instant on, but not rests.
    pub fn apply(&mut self, from: Instant, change: CameraChange) {
        let before = self.at(from).cloned().unwrap_or_default();
        let post = match change {
            CameraChange::Rest(until) => {
                self.rests.push(from..until);
                return;
            }
            CameraChange::Place(place) => Post { place, ..before },
            CameraChange::Retire => Post { retired: true, ..before },
            CameraChange::Return => Post { retired: false, ..before },
        };
        self.posts.retain(|(start, _)| *start < from);
        self.posts.push((from, post));
    }

    /// The post at an instant. `None` if no decision covers that time.
    pub fn at(&self, at: Instant) -> Option<&Post> {
        self.posts.iter().rev().find(|(from, _)| *from <= at).map(|(_, post)| post)
    }

    /// Every post with the time it lasts, from the beginning of time to its end.
    pub fn posts(&self) -> Vec<(Range<Instant>, Post)> {
        let mut starts = vec![(Instant::MIN, Post::default())];
        starts.extend(self.posts.iter().cloned());
        let ends: Vec<Instant> = starts.iter().skip(1).map(|(from, _)| *from).chain([Instant::MAX]).collect();
        starts.into_iter().zip(ends).map(|((from, post), until)| (from..until, post)).collect()
    }

    /// The rests that people decided.
    pub fn rests(&self) -> &[Range<Instant>] {
        &self.rests
    }
}

/// The content of a heartbeat.
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
    /// Faces found since the previous heartbeat.
    pub detected: Option<i64>,
    /// Faces matched since the previous heartbeat.
    pub matched: Option<i64>,
    /// Milliseconds from frame to match.
    pub latency_ms: Option<f64>,
    /// Its last error; empty when all is well.
    pub last_error: String,
    /// The runner is alive, but its camera does not see.
    pub blind: bool,
    /// The camera has nothing to watch now.
    pub resting: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    fn place(name: &str) -> CameraChange {
        CameraChange::Place(Some(Place { name: name.into(), door: false }))
    }

    fn told(history: &History, minute: i64) -> String {
        let post = history.at(at(minute)).cloned().unwrap_or_default();
        let place = post.place.map(|place| place.name.to_string()).unwrap_or_default();
        if post.retired { format!("{place} retired") } else { place }
    }

    #[test]
    fn cameras_rank_by_their_first_name_and_then_by_identity() {
        let camera = |id, name, first_name: Option<&str>| KnownCamera {
            first_name: first_name.map(Into::into),
            ..KnownCamera::new(CameraId(id), name)
        };
        // The name gate-1 went from the second camera to the third, which is still called so.
        let mut all = [
            camera(1, "a", Some("gate-2")),
            camera(3, "gate-1", None),
            camera(2, "z", Some("gate-1")),
            camera(4, "gate-0", None),
        ];
        all.sort_by(|a, b| a.rank().cmp(&b.rank()));
        assert_eq!(all.map(|camera| camera.id.0), [4, 2, 3, 1]);
    }

    #[test]
    fn the_past_of_a_camera_stays_when_it_moves_or_retires() {
        let mut history = History::default();
        history.apply(at(10), place("gate"));
        history.apply(at(20), place("hall"));
        history.apply(at(30), CameraChange::Retire);
        let all = |history: &History| [5, 10, 19, 20, 30, 99].map(|minute| told(history, minute));
        assert_eq!(all(&history), ["", "gate", "gate", "hall", "hall retired", "hall retired"]);
        // Said later about an earlier time: it holds from there on.
        history.apply(at(15), CameraChange::Return);
        assert_eq!(all(&history), ["", "gate", "gate", "gate", "gate", "gate"]);
        assert_eq!(history.posts().len(), 3);
    }

    #[test]
    fn rests_do_not_move_a_camera() {
        let mut history = History::default();
        history.apply(at(10), place("gate"));
        history.apply(at(12), CameraChange::Rest(at(20)));
        assert_eq!((told(&history, 15).as_str(), history.rests()), ("gate", &[at(12)..at(20)][..]));
    }
}
