//! Coverage: the part of an occurrence that the cameras watched, place by place.
//!
//! A blind camera must never become an absence. Each place is judged alone, and a class is undecided if
//! one of the places that matter to it fails. Coverage depends only on the event times of facts, so the
//! order of arrival does not matter (docs/rules.md, rule 8).

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use chrono::NaiveDate;

use crate::domain::evidence::camera::{CameraName, History};
use crate::domain::evidence::sight::{self, LONGEST_REACH, LOOK_BACK, MATCH_SLACK, Sight, Signs};
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::timetable::place::{Criteria, Places};

/// One camera with the facts that coverage needs.
#[derive(Debug, Clone)]
pub struct SightSource {
    /// The name its runner sends.
    pub name: CameraName,
    /// Its places, rests and retirement.
    pub history: History,
    /// When it is on duty without a place: see [`heard_duty`].
    pub heard: Option<Range<Instant>>,
    /// Whether it sent a heartbeat within [`BEATS_WITHIN`] before the end of the occurrence.
    pub beats: bool,
    /// Interval of its heartbeats.
    pub every: Span,
    /// Its signs of life around the occurrence.
    pub signs: Signs,
}

/// A camera without a heartbeat for this long counts as a source that sends none.
pub(crate) const BEATS_WITHIN: Span = Span::days(7);

/// How many days before the first lesson cameras may be tried. A line of a day before that has a wrong clock.
pub(crate) const TRIED_BEFORE: u32 = 31;

/// The duty of a camera without a place. It begins on the second date on which the camera is heard, or with its first
/// line if that is on the school's first date. So a name that was typed wrong once is never on duty later. Silence
/// does not end duty. The arguments are the dates with the first instant of each, and the local midnights.
pub(crate) fn heard_duty(
    dates: &[(NaiveDate, Instant)],
    first_of_school: NaiveDate,
    midnight: impl Fn(NaiveDate) -> Instant,
) -> Option<Range<Instant>> {
    let first = dates.first().filter(|(date, _)| *date == first_of_school).map(|(_, at)| *at);
    let from = first.or_else(|| dates.get(1).map(|(date, _)| midnight(*date)))?;
    Some(from..Instant::MAX)
}

/// The subject of coverage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// A place of a camera, or one named for the period.
    Place(String),
    /// A camera without a place.
    Camera(CameraName),
    /// The time in which no camera was on duty.
    Nothing,
}

/// How a place was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// The place.
    pub what: Watched,
    /// The cameras that were on duty there, by name.
    pub cameras: Vec<CameraName>,
    /// Whether it was named for the period rather than being on duty.
    pub named: bool,
    /// Minutes in which at least one of its cameras was seeing.
    pub watched: u32,
    /// Minutes in which it should have been watched.
    pub minutes: u32,
    /// The blind stretches, ascending. For doors only those longer than `max_blind`.
    pub blind: Vec<Range<Instant>>,
    /// Whether it failed, so that unseen students are unknown rather than absent.
    pub failed: bool,
}

impl Watch {
    /// Whether an unnamed place was watched without a gap.
    fn is_whole(&self) -> bool {
        !self.named && self.watched == self.minutes && self.what != Watched::Nothing
    }

    fn percent(&self) -> Option<f64> {
        (self.minutes > 0).then(|| f64::from(self.watched) * 100.0 / f64::from(self.minutes))
    }
}

/// Coverage of one occurrence so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Coverage {
    places: Places,
    /// Empty before the occurrence opens.
    watches: Vec<Watch>,
    /// Whether a place failed that matters to classes without places of their own.
    general_failed: bool,
}

impl Coverage {
    /// Judges `occurrence` up to `now`. `midnights` are the local midnights around it, in
    /// minutes and ascending. A rest ends at midnight.
    pub fn of(occurrence: &Occurrence, now: Instant, sources: &[SightSource], midnights: &[i64]) -> Self {
        let criteria = &occurrence.criteria;
        let mut watches = Vec::new();
        if now >= occurrence.opens_at {
            let window = judged_minutes(occurrence, now, sources);
            let tracks = Tracks::of(occurrence, sources, window, midnights);
            if !criteria.places.cover(occurrence.groups.names()) {
                watches.extend(tracks.on_duty(criteria));
            }
            watches.extend(criteria.places.all().into_iter().map(|place| tracks.named(place, criteria)));
        }
        Self::noted(occurrence, watches)
    }

    /// The coverage of a past occurrence, as it was stored when its evidence was pruned.
    pub fn noted(occurrence: &Occurrence, watches: Vec<Watch>) -> Self {
        let general_failed = watches.iter().any(|watch| watch.failed && !watch.named);
        Self { places: occurrence.criteria.places.clone(), watches, general_failed }
    }

    /// The places that a later judgement needs: those with blind time and those named for the period. If no other has a
    /// percentage, one that was watched without a gap tells it.
    pub fn worth_noting(&self) -> impl Iterator<Item = &Watch> {
        let is_told = |watch: &Watch| !watch.is_whole() && !watch.named && watch.what != Watched::Nothing;
        let whole = self.watches.iter().find(|watch| watch.is_whole());
        let whole = whole.filter(|_| !self.watches.iter().any(is_told));
        whole.into_iter().chain(self.watches.iter().filter(|watch| !watch.is_whole()))
    }

    /// The part that matters to a class.
    fn matters(&self, class: Option<&str>) -> impl Iterator<Item = &Watch> {
        let named = self.places.of(class);
        self.watches.iter().filter(move |watch| match &watch.what {
            Watched::Place(place) if watch.named => named.contains(&place.as_str()),
            _ => named.is_empty() && !watch.named,
        })
    }

    /// Whether students of a class who were not seen are unknown rather than absent.
    pub fn is_blind(&self, class: Option<&str>) -> bool {
        if self.places.of(class).is_empty() {
            self.general_failed
        } else {
            self.matters(class).any(|watch| watch.failed)
        }
    }

    /// The share of the time, in percent, in which the least watched place was watched. `None` if
    /// no camera was on duty.
    pub fn percent(&self) -> Option<f64> {
        least(self.watches.iter())
    }

    /// The same for the places that matter to a class.
    pub fn percent_for(&self, class: Option<&str>) -> Option<f64> {
        least(self.matters(class))
    }

    /// The places that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Watch> {
        self.watches.iter().filter(|watch| watch.failed)
    }

    /// Those that matter to a class.
    pub fn failures_for(&self, class: Option<&str>) -> impl Iterator<Item = &Watch> {
        self.matters(class).filter(|watch| watch.failed)
    }
}

fn least<'a>(watches: impl Iterator<Item = &'a Watch>) -> Option<f64> {
    let attended = watches.filter(|watch| watch.what != Watched::Nothing);
    attended.filter_map(Watch::percent).min_by(f64::total_cmp)
}

/// The first minute whose signs of life are needed to judge an occurrence. It is before the opening, because the
/// matches of a heartbeat are counted since the heartbeat before.
pub(crate) fn known_from(occurrence: &Occurrence) -> i64 {
    occurrence.opens_at.minute() - LOOK_BACK - MATCH_SLACK
}

/// The minutes from `from` up to, but without, the minute of `to`. A sign of life in the minute after the end proves
/// nothing about the time before it.
pub(crate) fn minutes(from: Instant, to: Instant) -> RangeInclusive<i64> {
    from.minute()..=(to - Span::from_micros(1)).minute()
}

/// For this long after the end of an occurrence its coverage changes with time alone: a heartbeat that vouches for the
/// last minutes is not due yet.
pub(crate) const SETTLES_WITHIN: Span = Span::minutes(LONGEST_REACH as i64 + 1);

/// The minutes to judge, from the opening to the end. While the occurrence runs they end one heartbeat interval before
/// now, at a whole minute. Before the first whole minute, the last whole minute before the opening decides.
fn judged_minutes(occurrence: &Occurrence, now: Instant, sources: &[SightSource]) -> Range<i64> {
    let all = minutes(occurrence.opens_at, occurrence.ends_at);
    let every = sources.iter().filter(|source| source.beats).map(|source| source.every).max();
    let every = every.unwrap_or_default().min(Span::minutes(LONGEST_REACH.into()));
    let until = (now - every).minute().min(all.end() + 1);
    (*all.start()).min(until - 1)..until
}

/// For each minute of a place whether a camera was seeing. `None` if none of its cameras was on duty.
struct Tracks {
    first: i64,
    minutes: usize,
    places: BTreeMap<Watched, Track>,
}

#[derive(Default)]
struct Track {
    states: Vec<Option<bool>>,
    cameras: Vec<CameraName>,
    door: bool,
}

impl Tracks {
    fn of(occurrence: &Occurrence, sources: &[SightSource], window: Range<i64>, midnights: &[i64]) -> Self {
        let minutes = usize::try_from(window.end - window.start).unwrap_or_default();
        let mut tracks = Self { first: window.start, minutes, places: BTreeMap::new() };
        let around = occurrence.opens_at.minute()..=occurrence.closes_at.minute();
        let during = *around.start()..=occurrence.ends_at.minute();
        for source in sources {
            let sight = match source.beats {
                true => Sight::of_beating(&source.signs, known_from(occurrence)),
                false => Sight::of_quiet(&source.signs, &around),
            };
            let rests = sight::rests(&source.signs, source.history.rests(), midnights);
            let awake = |minute: &i64| !rests.iter().any(|rest| rest.contains(minute));
            for (span, what, door) in source.duty() {
                let first = (span.start - Span::from_micros(1)).minute() + 1;
                // A source without heartbeats counts for the whole of the period it is first heard in. One that is heard
                // only after the end tells nothing about it.
                let from = if !source.beats && during.contains(&first) { window.start } else { first };
                let on_duty = from.max(window.start)..(span.end.minute()).min(window.end);
                if on_duty.is_empty() {
                    continue;
                }
                let track = tracks.places.entry(what).or_default();
                track.door |= door;
                track.cameras.push(source.name.clone());
                track.states.resize(minutes, None);
                for minute in on_duty.filter(awake) {
                    let state = &mut track.states[usize::try_from(minute - window.start).unwrap_or_default()];
                    *state = Some(state.unwrap_or(false) || sight.holds(minute));
                }
            }
        }
        tracks
    }

    /// Every place on duty, and the time in which none was.
    fn on_duty(&self, criteria: &Criteria) -> Vec<Watch> {
        let mut watches = Vec::new();
        for (what, track) in &self.places {
            if track.states.iter().any(Option::is_some) {
                watches.push(self.watch(what.clone(), track, false, &track.states, criteria));
            }
        }
        let attended = |minute: usize| self.places.values().any(|track| track.states[minute].is_some());
        let unattended: Vec<Option<bool>> =
            (0..self.minutes).map(|minute| (!attended(minute)).then_some(false)).collect();
        if unattended.iter().any(Option::is_some) {
            let none = Track { door: true, ..Track::default() };
            let mut watch = self.watch(Watched::Nothing, &none, false, &unattended, criteria);
            watch.failed |= watches.is_empty();
            watches.push(watch);
        }
        watches
    }

    /// A place that was named for the period: without a camera on duty it is unwatched.
    fn named(&self, place: &str, criteria: &Criteria) -> Watch {
        let (what, none) = (Watched::Place(place.to_owned()), Track::default());
        let track = self.places.get(&what).unwrap_or(&none);
        let states: Vec<Option<bool>> = (0..self.minutes)
            .map(|minute| Some(track.states.get(minute).copied().flatten().unwrap_or(false)))
            .collect();
        self.watch(what, track, true, &states, criteria)
    }

    fn watch(
        &self,
        what: Watched,
        track: &Track,
        named: bool,
        states: &[Option<bool>],
        criteria: &Criteria,
    ) -> Watch {
        let count = |state| states.iter().filter(|other| **other == state).count();
        let (watched, blind) = (count(Some(true)), count(Some(false)));
        let room = matches!(what, Watched::Place(_)) && !track.door;
        let mut stretches = self.stretches(states);
        if !room {
            stretches.retain(|stretch| stretch.end - stretch.start > criteria.max_blind);
        }
        let share = percent(watched, watched + blind);
        let failed = if room { share < criteria.min_coverage } else { !stretches.is_empty() };
        // A place that was not watched at all fails, however short the time was.
        let failed = failed || watched == 0 && blind == self.minutes;
        let mut cameras = track.cameras.clone();
        cameras.sort();
        cameras.dedup();
        let [watched, minutes] = [watched, watched + blind].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Watch { what, cameras, named, watched, minutes, blind: stretches, failed }
    }

    /// The stretches of blind minutes.
    fn stretches(&self, states: &[Option<bool>]) -> Vec<Range<Instant>> {
        let at = |minute: usize| {
            let minute = self.first.saturating_add(i64::try_from(minute).unwrap_or_default());
            Instant::from_micros(minute.saturating_mul(60_000_000))
        };
        let mut stretches: Vec<Range<Instant>> = Vec::new();
        for (minute, _) in states.iter().enumerate().filter(|(_, state)| **state == Some(false)) {
            match stretches.last_mut() {
                Some(last) if last.end == at(minute) => last.end = at(minute + 1),
                _ => stretches.push(at(minute)..at(minute + 1)),
            }
        }
        stretches
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    let [part, whole] = [part, whole].map(|n| f64::from(u32::try_from(n).unwrap_or(u32::MAX)));
    if whole > 0.0 { part * 100.0 / whole } else { 0.0 }
}

impl SightSource {
    /// The time it is on duty, at its place or for itself, and whether the place is a door.
    fn duty(&self) -> Vec<(Range<Instant>, Watched, bool)> {
        let mut duty = Vec::new();
        for (span, post) in self.history.posts().into_iter().filter(|(_, post)| !post.retired) {
            match post.place {
                Some(place) => duty.push((span, Watched::Place(place.name.to_string()), place.door)),
                None => duty.extend(self.heard.as_ref().and_then(|heard| {
                    let both = heard.start.max(span.start)..heard.end.min(span.end);
                    (!both.is_empty()).then(|| (both, Watched::Camera(self.name.clone()), true))
                })),
            }
        }
        duty
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::Days;

    use super::*;
    use crate::domain::evidence::camera::{CameraChange, Place};
    use crate::domain::evidence::sight::Sign;
    use crate::domain::timetable::occurrence::OccurrenceId;
    use crate::domain::timetable::occurrence::OccurrenceState;

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    /// Minutes 10 to 20, five minutes of grace on both sides.
    pub(crate) fn occurrence() -> Occurrence {
        Occurrence {
            id: OccurrenceId(1),
            period: "A".into(),
            date: NaiveDate::default(),
            order: 1,
            starts_at: at(10),
            ends_at: at(20),
            opens_at: at(5),
            closes_at: at(25),
            late_after: None,
            closes_after: None,
            groups: Default::default(),
            criteria: Criteria::default(),
            state: OccurrenceState::Planned,
        }
    }

    fn with_places(text: &str) -> Occurrence {
        let criteria = Criteria { places: Places::parse(text).unwrap(), ..Criteria::default() };
        Occurrence { criteria, ..occurrence() }
    }

    fn beat() -> Sign {
        Sign { reach: Some(0), ..Sign::default() }
    }

    /// A camera that saw in `seen`, on duty from the beginning.
    fn camera(name: &str, place: Option<(&str, bool)>, seen: impl IntoIterator<Item = i64>) -> SightSource {
        let mut history = History::default();
        if let Some((place, door)) = place {
            history.apply(at(0), CameraChange::Place(Some(Place { name: place.into(), door })));
        }
        SightSource {
            name: name.into(),
            history,
            heard: Some(at(0)..at(1_000)),
            beats: true,
            every: Span::seconds(30),
            signs: seen.into_iter().map(|minute| (minute, beat())).collect(),
        }
    }

    fn but(hole: Range<i64>) -> impl Iterator<Item = i64> {
        (0..40).filter(move |minute| !hole.contains(minute))
    }

    fn judged(occurrence: &Occurrence, sources: &[SightSource]) -> Coverage {
        Coverage::of(occurrence, at(60), sources, &[0, 1440])
    }

    /// `gate-1 6-9` for each failure.
    fn failed(coverage: &Coverage) -> String {
        let told = |watch: &Watch| {
            let what = match &watch.what {
                Watched::Place(place) => place.clone(),
                Watched::Camera(name) => name.to_string(),
                Watched::Nothing => "nothing".to_owned(),
            };
            let spans =
                watch.blind.iter().map(|span| format!(" {}-{}", span.start.minute(), span.end.minute()));
            format!("{what}{}", spans.collect::<String>())
        };
        coverage.failures().map(told).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn cameras_without_a_place_fail_alone_and_only_beyond_the_allowance() {
        for (hole, expected) in [
            (0..0, ""),
            (7..9, ""),
            (7..10, "gate-1 7-10"),
            (0..7, ""),
            (0..8, "gate-1 5-8"),
            (18..40, ""),
            (17..40, "gate-1 17-20"),
            (20..40, ""),
            (0..40, "gate-1 5-20"),
        ] {
            let sources = [camera("gate-1", None, but(hole.clone())), camera("gate-2", None, 0..40)];
            assert_eq!(failed(&judged(&occurrence(), &sources)), expected, "{hole:?}");
        }
    }

    #[test]
    fn cameras_at_one_place_stand_in_for_each_other() {
        let gate = Some(("gate", true));
        let sources = |hole: Range<i64>, other: Range<i64>| {
            [camera("gate-1", gate, but(hole)), camera("gate-2", gate, but(other))]
        };
        assert_eq!(failed(&judged(&occurrence(), &sources(5..20, 0..0))), "");
        assert_eq!(failed(&judged(&occurrence(), &sources(5..12, 10..20))), "");
        assert_eq!(failed(&judged(&occurrence(), &sources(5..14, 10..20))), "gate 10-14");
    }

    #[test]
    fn rooms_may_be_unwatched_for_a_share_of_the_time_doors_for_a_stretch() {
        for (hole, room, door) in [(6..8, "", ""), (6..9, "", "lab 6-9"), (6..10, "lab 6-10", "lab 6-10")] {
            let lab =
                |door| judged(&occurrence(), &[camera("lab-1", Some(("lab", door)), but(hole.clone()))]);
            assert_eq!(failed(&lab(false)), room, "{hole:?}");
            assert_eq!(failed(&lab(true)), door, "{hole:?}");
        }
    }

    #[test]
    fn only_the_places_named_for_a_class_matter_to_it() {
        let sources = [
            camera("lab-1", Some(("lab", false)), 0..0),
            camera("hall-1", Some(("hall", false)), 0..40),
            camera("gate-1", None, 0..0),
        ];
        let coverage = judged(&with_places("7A=lab,7B=hall"), &sources);
        let blind = |coverage: &Coverage, class| coverage.is_blind(Some(class));
        assert!(blind(&coverage, "7A") && !blind(&coverage, "7B") && blind(&coverage, "8A"));
        assert_eq!(coverage.percent_for(Some("7B")), Some(100.0));
        assert!(!judged(&with_places("hall"), &sources).is_blind(None));
        assert_eq!(failed(&judged(&with_places("hall"), &sources)), "", "nothing else is looked at");
        assert_eq!(failed(&judged(&with_places("gym"), &sources)), "gym 5-20", "it has no camera");
    }

    #[test]
    fn without_a_camera_on_duty_nothing_can_be_said() {
        let none = judged(&occurrence(), &[]);
        assert!(none.is_blind(None) && none.percent().is_none());
        let late = SightSource { heard: Some(at(12)..at(99)), ..camera("gate-1", None, 12..40) };
        assert_eq!(failed(&judged(&occurrence(), &[late])), "nothing 5-12");
    }

    #[test]
    fn a_camera_on_duty_later_is_judged_from_then_on() {
        let late = SightSource { heard: Some(at(12)..at(99)), ..camera("gate-2", None, 12..40) };
        assert_eq!(failed(&judged(&occurrence(), &[camera("gate-1", None, 0..40), late])), "");
    }

    #[test]
    fn resting_and_retired_cameras_do_not_matter() {
        let mut resting = camera("gate-1", None, 0..3);
        resting.signs.push((4, Sign { resting: true, ..Sign::default() }));
        let hall = || camera("hall-1", None, 0..40);
        assert_eq!(failed(&judged(&occurrence(), &[resting.clone(), hall()])), "");
        assert_eq!(failed(&judged(&occurrence(), &[resting])), "nothing 5-20");
        let mut retired = camera("gate-1", None, 0..3);
        retired.history.apply(at(5), CameraChange::Retire);
        assert_eq!(failed(&judged(&occurrence(), &[retired, hall()])), "");
    }

    #[test]
    fn sources_without_heartbeats_watch_the_whole_of_it() {
        let reader = |line: i64| SightSource {
            beats: false,
            signs: vec![(line, Sign::LINE)],
            ..camera("reader", None, 0..0)
        };
        assert_eq!(failed(&judged(&occurrence(), &[reader(-10)])), "");
        assert_eq!(failed(&judged(&occurrence(), &[reader(-11)])), "reader 5-20");
        let new = SightSource { heard: Some(at(12)..at(99)), ..reader(12) };
        assert_eq!(failed(&judged(&occurrence(), &[new])), "", "first heard in the middle of it");
        let later = SightSource { heard: Some(at(23)..at(99)), ..reader(23) };
        assert_eq!(failed(&judged(&occurrence(), &[later])), "nothing 5-20", "first heard after the end");
    }

    #[test]
    fn running_occurrences_are_judged_up_to_the_last_whole_minute_before_the_last_heartbeat() {
        let sources = [camera("gate-1", None, 0..9)];
        let failed_at = |micros: i64| {
            let now = Instant::from_micros(micros);
            failed(&Coverage::of(&occurrence(), now, &sources, &[0]))
        };
        let second = 1_000_000;
        assert_eq!(failed_at(12 * 60 * second + 29 * second), "");
        assert_eq!(failed_at(12 * 60 * second + 30 * second), "gate-1 9-12");
        assert!(Coverage::of(&occurrence(), at(4), &sources, &[0]).watches.is_empty());
        // Before the first whole minute the one before the opening decides.
        let now = Coverage::of(&occurrence(), at(5), &sources, &[0]);
        assert_eq!((now.is_blind(None), now.watches[0].minutes), (false, 1));
        assert!(Coverage::of(&occurrence(), at(5), &[camera("gate-1", None, 5..9)], &[0]).is_blind(None));
    }

    #[test]
    fn cameras_without_a_place_matter_from_the_second_day_they_are_heard() {
        let first = NaiveDate::default();
        let midnight = |date: NaiveDate| at((date - first).num_days() * 1440);
        let day = |n: u64| first + Days::new(n);
        let heard = |dates: &[(u64, i64)]| {
            let dates: Vec<_> = dates.iter().map(|(date, minute)| (day(*date), at(*minute))).collect();
            heard_duty(&dates, first, midnight)
        };
        let ever = Instant::MAX;
        assert_eq!(heard(&[]), None);
        assert_eq!(heard(&[(0, 600)]), Some(at(600)..ever), "the school's first day");
        assert_eq!(heard(&[(3, 5_000)]), None, "seen once by mistake");
        assert_eq!(heard(&[(3, 5_000), (7, 11_000)]), Some(at(7 * 1440)..ever));
        assert_eq!(heard(&[(0, 600), (1, 2_000)]), Some(at(600)..ever));
    }
}
