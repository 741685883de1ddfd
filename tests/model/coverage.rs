//! Whether the cameras that matter watched an occurrence, minute by minute.
//!
//! The rules leave a minute or two to the implementation: how a sign of life at 08:01:59 vouches for 08:02, and how
//! far behind the present a live stream is judged. The model therefore judges twice, once in favour of the cameras
//! and once against them, and checks the result only if both agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use crate::facts::{Occurrence, School, Student};
use crate::zones::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Seeing,
    /// Alive with an error, or with `"blind":true`.
    Blind,
    Resting,
}

#[derive(Clone, Debug, Default)]
pub struct Camera {
    /// Instants of heartbeats.
    pub beats: BTreeMap<Instant, Sight>,
    /// Instants of valid recognitions, those of unknown students included.
    pub lines: BTreeSet<Instant>,
    /// Its place from an instant on.
    pub places: Vec<(Instant, Option<Place>)>,
    /// Rests that a person stated: from, until.
    pub rests: Vec<(Instant, Instant)>,
    pub retired: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub name: String,
    pub door: bool,
}

pub type Cameras = BTreeMap<String, Camera>;

/// How kindly signs of life are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Kind,
    Strict,
}

/// Cameras that stand in for each other, and how their absence is judged.
struct Watch<'a> {
    place: Option<&'a String>,
    cameras: Vec<&'a Camera>,
    /// Judged by the longest blind stretch rather than by the share of what was seen.
    unbroken: bool,
    /// On duty under every reading of the rules.
    certain: bool,
}

impl Camera {
    /// The first sign of life at an instant or after it.
    fn heard_from(&self, from: Instant) -> Option<Instant> {
        let beat = self.beats.range(from..).next().map(|(at, _)| at);
        beat.into_iter().chain(self.lines.range(from..).next()).min().copied()
    }

    pub fn place_at(&self, at: Instant) -> Option<&Place> {
        self.places.iter().rfind(|(from, _)| *from <= at).and_then(|(_, place)| place.as_ref())
    }

    /// A rest, said by a heartbeat or by a person, until the next heartbeat without it or midnight.
    fn rests(&self, school: &School, at: Instant) -> bool {
        let same_day = |from: Instant| school.zone.date(from) == school.zone.date(at);
        let last = self.beats.range(..=at).next_back();
        let by_beat = last.is_some_and(|(&beat, &sight)| sight == Sight::Resting && same_day(beat));
        let unbroken = |from: Instant| self.beats.range(from..=at).all(|(_, &sight)| sight == Sight::Resting);
        let by_person = |&(from, until): &(Instant, Instant)| {
            from <= at && at < until && same_day(from) && unbroken(from)
        };
        by_beat || self.rests.iter().any(by_person)
    }

    /// Something a person said about this camera begins or ends then.
    fn changes(&self) -> impl Iterator<Item = Instant> {
        let placed = self.places.iter().map(|(from, _)| *from);
        placed.chain(self.retired).chain(self.rests.iter().flat_map(|&(from, until)| [from, until]))
    }

    fn sees(&self, school: &School, minute: Instant, occurrence: &Occurrence, reading: Reading) -> bool {
        let week_before = occurrence.ends_at - Duration::days(7);
        if self.beats.range(week_before..=occurrence.ends_at).next().is_none() {
            let (from, to) = match reading {
                // A minute counts as a whole.
                Reading::Kind => (occurrence.opens_at(), occurrence.closes_at() + Duration::minutes(1)),
                Reading::Strict => (occurrence.starts_at, occurrence.ends_at),
            };
            let near = Duration::minutes(15);
            return self.lines.range(from - near..=to + near).next().is_some();
        }
        let within = |minutes: i64, wanted: Sight| {
            let (from, to) = (minute - Duration::minutes(minutes), minute + Duration::minutes(minutes + 1));
            self.beats.range(from..to).any(|(_, &sight)| sight == wanted)
        };
        match reading {
            Reading::Kind => {
                within(3, Sight::Seeing) && (within(0, Sight::Seeing) || !within(0, Sight::Blind))
            }
            Reading::Strict => {
                within(0, Sight::Seeing) && !within(1, Sight::Blind) && !self.rests(school, minute)
            }
        }
    }
}

impl School {
    /// Whether unseen students of a class in an occurrence are unknown (`true`) or absent (`false`). `None` where
    /// the rules leave it to a minute.
    pub fn verdict(&self, occurrence: &Occurrence, student: &Student, now: Instant) -> Option<bool> {
        let opens = occurrence.opens_at() - Duration::minutes(2);
        let during = |at: Instant| opens < at && at <= occurrence.ends_at;
        if self.cameras.values().flat_map(Camera::changes).any(during) {
            return None;
        }
        let watches = self.watches(occurrence, student, now);
        if watches.is_empty() {
            return Some(true);
        }
        let fails = |watch: &Watch, reading| self.fails(watch, occurrence, now, reading);
        let surely = |watch: &Watch| watch.certain && fails(watch, Reading::Kind);
        if watches.iter().any(surely) {
            return Some(true);
        }
        let any_certain = watches.iter().any(|watch| watch.certain);
        (any_certain && !watches.iter().any(|watch| fails(watch, Reading::Strict))).then_some(false)
    }

    /// The places named for the class, else those of the period, else every camera on duty.
    fn watches(&self, occurrence: &Occurrence, student: &Student, now: Instant) -> Vec<Watch<'_>> {
        let named = occurrence.named_places(student);
        let all = self.all_watches(occurrence);
        if named.is_empty() {
            return all.into_iter().filter(|watch| !self.rests_throughout(watch, occurrence, now)).collect();
        }
        let at_place = |name: &String| {
            let found = all.iter().find(|watch| watch.place == Some(name));
            let (cameras, unbroken) =
                found.map_or_else(Default::default, |w| (w.cameras.clone(), w.unbroken));
            Watch { place: None, cameras, unbroken, certain: true }
        };
        named.iter().map(at_place).collect()
    }

    fn rests_throughout(&self, watch: &Watch, occurrence: &Occurrence, now: Instant) -> bool {
        let end = occurrence.ends_at.min(now) + Duration::minutes(2);
        let mut minute = occurrence.opens_at() - Duration::minutes(2);
        while minute < end {
            if !watch.cameras.iter().all(|camera| camera.rests(self, minute)) {
                return false;
            }
            minute += Duration::minutes(1);
        }
        true
    }

    /// Every camera on duty, and those of one place together.
    fn all_watches(&self, occurrence: &Occurrence) -> Vec<Watch<'_>> {
        let mut places: BTreeMap<&Place, Vec<(&Camera, bool)>> = BTreeMap::new();
        let mut watches = Vec::new();
        for camera in self.cameras.values() {
            if camera.retired.is_some_and(|retired| retired < occurrence.ends_at) {
                continue;
            }
            match camera.place_at(occurrence.opens_at()) {
                Some(place) => {
                    let first = camera.heard_from(Instant::MIN_UTC);
                    let certain = first.is_some_and(|at| at <= occurrence.opens_at());
                    places.entry(place).or_default().push((camera, certain));
                }
                None => watches.extend(self.duty(camera, occurrence).map(|certain| Watch {
                    place: None,
                    cameras: vec![camera],
                    unbroken: true,
                    certain,
                })),
            }
        }
        watches.extend(places.into_iter().map(|(place, cameras)| Watch {
            place: Some(&place.name),
            unbroken: place.door,
            certain: cameras.iter().all(|(_, certain)| *certain),
            cameras: cameras.into_iter().map(|(camera, _)| camera).collect(),
        }));
        watches
    }

    /// Whether a camera without a place is on duty: from the second day it is heard, and on the school's first
    /// day at once. Not certain where duty begins on the day itself.
    fn duty(&self, camera: &Camera, occurrence: &Occurrence) -> Option<bool> {
        let heard = |camera: &Camera| camera.heard_from(Instant::MIN_UTC);
        let of_school = self.cameras.values().filter_map(heard).min()?;
        let first = heard(camera)?;
        let first = match self.zone.date(first) {
            date if date == self.zone.date(of_school) => first,
            date => {
                let midnight = date.succ_opt().unwrap().and_hms_opt(0, 0, 0).unwrap();
                camera.heard_from(self.zone.instant(midnight))?
            }
        };
        let begins = self.zone.date(first);
        if begins < occurrence.date || first <= occurrence.opens_at() {
            Some(true)
        } else {
            (begins <= self.zone.date(occurrence.ends_at)).then_some(false)
        }
    }

    fn fails(&self, watch: &Watch, occurrence: &Occurrence, now: Instant, reading: Reading) -> bool {
        let live = if reading == Reading::Kind { now - Duration::minutes(4) } else { now };
        let end = occurrence.ends_at.min(live);
        let mut minute = occurrence.opens_at();
        let (mut all, mut seen, mut stretch, mut longest) = (0, 0, 0, 0);
        while minute < end {
            all += 1;
            if watch.cameras.iter().any(|camera| self.excused(camera, minute, occurrence, reading)) {
                seen += 1;
                stretch = 0;
            } else {
                stretch += 1;
                longest = longest.max(stretch);
            }
            minute += Duration::minutes(1);
        }
        match (watch.unbroken, reading) {
            (true, Reading::Kind) => longest > 3,
            (true, Reading::Strict) => longest > 1,
            (false, Reading::Kind) => seen * 100 < all * 75,
            (false, Reading::Strict) => seen * 100 < all * 85,
        }
    }

    /// A camera that rests owes nothing.
    fn excused(&self, camera: &Camera, minute: Instant, occurrence: &Occurrence, reading: Reading) -> bool {
        camera.sees(self, minute, occurrence, reading)
            || reading == Reading::Kind && camera.rests(self, minute + Duration::minutes(1))
    }
}
