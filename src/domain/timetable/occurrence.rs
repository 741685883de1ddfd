//! Occurrences, and the matching of an instant to one of them (docs/rules.md, rule 4).

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::time::{Instant, Span};
use crate::domain::timetable::period::Groups;
use crate::domain::timetable::place::Criteria;

/// Identity of an occurrence in the database; 0 while it is only planned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccurrenceId(pub i64);

/// One period on one date. It is a copy of the period at the time of planning, so a later change of the period
/// does not change an old register.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// Identity in the database.
    pub id: OccurrenceId,
    /// Name of the period.
    pub period: Arc<str>,
    /// Local date.
    pub date: NaiveDate,
    /// Place in the day.
    pub order: i64,
    /// Start without grace.
    pub starts_at: Instant,
    /// End without grace.
    pub ends_at: Instant,
    /// First instant whose recognitions count.
    pub opens_at: Instant,
    /// Last instant whose recognitions count.
    pub closes_at: Instant,
    /// Students first seen later than this after the start are late.
    pub late_after: Option<Span>,
    /// First seen later than this after the start is after the register closed.
    pub closes_after: Option<Span>,
    /// The groups that are expected.
    pub groups: Groups,
    /// How its cameras are judged.
    pub criteria: Criteria,
    /// Whether it is held.
    pub state: OccurrenceState,
}

/// How long unseen students stay expected if the period has no late limit.
const NOT_YET_SEEN: Span = Span::minutes(10);

/// Whether an occurrence is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OccurrenceState {
    /// As planned.
    Planned,
    /// Cancelled by a person, with a reason.
    Cancelled(String),
    /// A closure covers its date, with a reason.
    Closed(String),
}

impl Occurrence {
    /// Whether it is held: neither cancelled nor on a closed date.
    pub fn held(&self) -> bool {
        self.state == OccurrenceState::Planned
    }

    /// Whether it has begun.
    pub fn has_begun(&self, now: Instant) -> bool {
        self.starts_at <= now
    }

    /// Whether its register counts: it is held and has begun. Marks and sightings from before the start are part of its
    /// own roster at once, and of every sum from the start on.
    pub fn counts(&self, now: Instant) -> bool {
        self.held() && self.has_begun(now)
    }

    /// The instant from which unseen students can be called absent.
    pub fn judged_from(&self) -> Instant {
        let allowed = self.late_after.unwrap_or(NOT_YET_SEEN);
        (self.starts_at + allowed).min(self.ends_at)
    }

    /// Whether recognitions that could count in it may have been pruned. Its records and coverage are then final, and
    /// only marks can change its register.
    pub fn settled(&self, watermark: Option<Instant>) -> bool {
        watermark.is_some_and(|watermark| self.opens_at < watermark)
    }

    /// Whether its window contains `ts`. The window includes the graces and both ends.
    pub fn reaches(&self, ts: Instant) -> bool {
        self.opens_at <= ts && ts <= self.closes_at
    }

    /// Whether its core time, without graces and with both ends, contains `ts`.
    fn holds(&self, ts: Instant) -> bool {
        self.starts_at <= ts && ts <= self.ends_at
    }

    /// Sort key among overlapping occurrences of one student. The smallest expects the student.
    fn precedence(&self) -> (bool, Reverse<Instant>, i64, OccurrenceId) {
        (self.groups.everybody(), Reverse(self.starts_at), self.order, self.id)
    }

    /// Sort key among occurrences whose windows contain `ts`. The smallest is matched.
    pub(crate) fn rank(&self, ts: Instant) -> (Reverse<bool>, Instant, i64, OccurrenceId) {
        (Reverse(self.holds(ts)), self.starts_at, self.order, self.id)
    }
}

/// The neighbouring occurrences of an instant at which none is active.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The next to start.
    pub next: Option<Occurrence>,
    /// The last to have ended.
    pub last: Option<Occurrence>,
    /// The reason why the school is closed today.
    pub closed: Option<String>,
    /// The next step of setting up, for a school without any occurrence.
    pub lacks: Option<Lack>,
}

/// A missing step of setting up, in the order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// There are no students.
    Roll,
    /// There are no weekly periods.
    Periods,
    /// The schedule was not generated.
    Schedule,
}

/// The occurrences that are held, indexed by instant.
#[derive(Debug, Default)]
pub struct Timetable {
    /// By `opens_at`.
    held: Vec<Occurrence>,
    /// The longest window. An occurrence whose window contains an instant opened at most this long before it.
    longest: Span,
    /// For each occurrence the indexes in `held` of the overlapping ones that come first, in their order.
    ahead: FxHashMap<OccurrenceId, Vec<usize>>,
}

impl Timetable {
    /// Indexes those of `occurrences` that are held.
    pub fn new(occurrences: Vec<Occurrence>) -> Self {
        let mut held: Vec<Occurrence> = occurrences.into_iter().filter(Occurrence::held).collect();
        held.sort_by_key(|o| o.opens_at);
        let longest = held.iter().map(|o| o.closes_at - o.opens_at).max().unwrap_or_default();
        let ahead = overlaps(&held);
        Self { held, longest, ahead }
    }

    /// The occurrences that overlap with this one in core time and take precedence for a student of both: one for
    /// named groups before one for everybody, then the later start, the lower order, the lower identity.
    pub fn ahead_of(&self, occurrence: &Occurrence) -> impl Iterator<Item = &Occurrence> {
        let ahead = self.ahead.get(&occurrence.id).map_or(&[][..], Vec::as_slice);
        ahead.iter().map(|place| &self.held[*place])
    }

    /// All of them, by opening.
    pub fn held(&self) -> &[Occurrence] {
        &self.held
    }

    /// One of them by identity.
    pub fn find(&self, id: OccurrenceId) -> Option<&Occurrence> {
        self.held.iter().find(|o| o.id == id)
    }

    /// The occurrences whose windows overlap one of `windows`. Their registers can change if recognitions in these
    /// windows count in another occurrence than before.
    pub fn sharing<'t>(
        &'t self,
        windows: &'t [RangeInclusive<Instant>],
    ) -> impl Iterator<Item = &'t Occurrence> {
        let shares = |o: &Occurrence, window: &RangeInclusive<Instant>| {
            o.opens_at <= *window.end() && *window.start() <= o.closes_at
        };
        self.held.iter().filter(move |o| windows.iter().any(|window| shares(o, window)))
    }

    /// The active occurrences at `ts`, in which a recognition of a student of some group would count at this
    /// instant, best match first. An occurrence that is open only by its grace is not active if every student it
    /// expects matches a better one.
    pub fn active(&self, ts: Instant) -> Vec<&Occurrence> {
        let mut reaching: Vec<&Occurrence> = self.reaching(ts).collect();
        reaching.sort_by_key(|o| o.rank(ts));
        let mut active = BTreeSet::new();
        for group in self.groups_around(&reaching) {
            let wanting = reaching.iter().filter(|o| o.groups.expect(Some(group)));
            active.extend(wanting.min_by_key(|o| !self.expects(o, group)).map(|o| o.id));
        }
        reaching.retain(|o| active.contains(&o.id));
        reaching
    }

    /// Whether an occurrence expects the students of one group alone.
    fn expects(&self, occurrence: &Occurrence, group: &str) -> bool {
        occurrence.groups.expect(Some(group))
            && !self.ahead_of(occurrence).any(|other| self.expects(other, group))
    }

    /// The groups that distinguish some occurrences and those that precede them.
    fn groups_around<'t>(&'t self, occurrences: &[&'t Occurrence]) -> BTreeSet<&'t str> {
        let (mut groups, mut known) = (BTreeSet::new(), BTreeSet::new());
        let mut waiting = occurrences.to_vec();
        while let Some(occurrence) = waiting.pop() {
            if known.insert(occurrence.id) {
                groups.extend(occurrence.groups.names());
                waiting.extend(self.ahead_of(occurrence));
            }
        }
        groups
    }

    /// The start of the unbroken stretch of active periods that contains `ts`. `None` if none is active.
    pub fn session(&self, ts: Instant) -> Option<Instant> {
        self.reaching(ts).next()?;
        let mut began = self.folds_from(ts);
        // Latest opening first. An occurrence that opened earlier and is still open extends the stretch.
        for o in self.held.iter().rev() {
            if o.closes_at >= began {
                began = began.min(o.opens_at);
            }
        }
        Some(began)
    }

    /// The first instant whose recognitions can decide what one at `ts` did: the earliest opening of the occurrences
    /// that contain it. Otherwise the part of a night after midnight would be folded without its evening.
    pub fn folds_from(&self, ts: Instant) -> Instant {
        self.reaching(ts).map(|o| o.opens_at).min().unwrap_or(ts)
    }

    /// The neighbouring occurrences of an instant.
    pub fn around(&self, ts: Instant) -> Around {
        let next = self.held.iter().filter(|o| o.starts_at > ts).min_by_key(|o| (o.starts_at, o.order));
        let last = self.held.iter().filter(|o| o.ends_at < ts).max_by_key(|o| (o.ends_at, Reverse(o.order)));
        Around { next: next.cloned(), last: last.cloned(), closed: None, lacks: None }
    }

    /// The occurrences whose window holds an instant.
    pub(crate) fn reaching(&self, ts: Instant) -> impl Iterator<Item = &Occurrence> {
        let opened = self.held.partition_point(|o| o.opens_at <= ts);
        let earliest = ts - self.longest;
        self.held[..opened]
            .iter()
            .rev()
            .take_while(move |o| o.opens_at >= earliest)
            .filter(move |o| o.reaches(ts))
    }
}

/// For every occurrence the indexes of overlapping ones that take precedence. Of two occurrences for everybody neither
/// does, because no group says where a student belongs.
fn overlaps(held: &[Occurrence]) -> FxHashMap<OccurrenceId, Vec<usize>> {
    let mut ahead: FxHashMap<OccurrenceId, Vec<usize>> = FxHashMap::default();
    let mut by_start: Vec<usize> = (0..held.len()).collect();
    by_start.sort_by_key(|place| held[*place].starts_at);
    let mut running: Vec<usize> = Vec::new();
    for place in by_start {
        running.retain(|other| held[*other].ends_at > held[place].starts_at);
        for &other in &running {
            let other_first = held[other].precedence() < held[place].precedence();
            let (first, second) = if other_first { (other, place) } else { (place, other) };
            if held[first].groups.everybody() {
                continue;
            }
            ahead.entry(held[second].id).or_default().push(first);
        }
        running.push(place);
    }
    for places in ahead.values_mut() {
        places.sort_by_key(|place| held[*place].precedence());
    }
    ahead
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An occurrence in plain microseconds; `grace` on both sides.
    fn occurrence(id: i64, period: &str, starts: i64, ends: i64, grace: i64) -> Occurrence {
        Occurrence {
            id: OccurrenceId(id),
            period: period.into(),
            date: NaiveDate::default(),
            order: id,
            starts_at: Instant::from_micros(starts),
            ends_at: Instant::from_micros(ends),
            opens_at: Instant::from_micros(starts - grace),
            closes_at: Instant::from_micros(ends + grace),
            late_after: None,
            closes_after: None,
            groups: Groups::default(),
            criteria: Criteria::default(),
            state: OccurrenceState::Planned,
        }
    }

    fn with_groups(mut o: Occurrence, groups: &str) -> Occurrence {
        o.groups = Groups::parse(groups);
        o
    }

    fn found(table: &Timetable, ts: i64, group: Option<&str>) -> Option<i64> {
        let ts = Instant::from_micros(ts);
        table.reaching(ts).filter(|o| o.groups.expect(group)).min_by_key(|o| o.rank(ts)).map(|o| o.id.0)
    }

    #[test]
    fn both_ends_of_the_window_are_inside() {
        let table = Timetable::new(vec![occurrence(1, "A", 100, 200, 10)]);
        for (ts, expected) in
            [(89, None), (90, Some(1)), (100, Some(1)), (200, Some(1)), (210, Some(1)), (211, None)]
        {
            assert_eq!(found(&table, ts, None), expected, "{ts}");
        }
    }

    #[test]
    fn touching_and_overlapping_windows_follow_rule_4() {
        let touching = Timetable::new(vec![occurrence(2, "B", 200, 300, 0), occurrence(1, "A", 100, 200, 0)]);
        assert_eq!(found(&touching, 200, None), Some(1), "the earlier start");
        assert_eq!(found(&touching, 201, None), Some(2));

        let graces = Timetable::new(vec![occurrence(1, "A", 100, 200, 50), occurrence(2, "B", 220, 300, 50)]);
        assert_eq!(found(&graces, 210, None), Some(1), "grace against grace: the earlier start");
        assert_eq!(found(&graces, 180, None), Some(1), "core time beats grace");
        assert_eq!(found(&graces, 220, None), Some(2), "core time beats grace");
        assert_eq!(found(&graces, 251, None), Some(2));

        let mut together = vec![occurrence(1, "A", 100, 200, 0), occurrence(2, "B", 100, 200, 0)];
        together[0].order = 9;
        assert_eq!(found(&Timetable::new(together.clone()), 150, None), Some(2), "the lower order");
        together[0].order = 2;
        assert_eq!(found(&Timetable::new(together), 150, None), Some(1), "the lower id");
    }

    #[test]
    fn a_long_window_behind_a_short_one_is_still_found() {
        let table =
            Timetable::new(vec![occurrence(1, "day", 0, 1000, 0), occurrence(2, "short", 400, 410, 0)]);
        assert_eq!(found(&table, 900, None), Some(1));
    }

    #[test]
    fn cancelled_and_closed_ones_never_match() {
        for state in [OccurrenceState::Cancelled("trip".into()), OccurrenceState::Closed("Eid".into())] {
            let off = Occurrence { state, ..occurrence(1, "A", 100, 200, 0) };
            assert_eq!(found(&Timetable::new(vec![off]), 150, None), None);
        }
    }

    #[test]
    fn an_occurrence_that_opens_before_the_watermark_is_settled() {
        let opens_at_90 = occurrence(1, "A", 100, 200, 10);
        for (watermark, settled) in [(None, false), (Some(89), false), (Some(90), false), (Some(91), true)] {
            // The instant of the watermark itself was not pruned, so an occurrence that opens there is complete.
            assert_eq!(opens_at_90.settled(watermark.map(Instant::from_micros)), settled, "{watermark:?}");
        }
    }

    #[test]
    fn students_match_where_they_are_expected() {
        let table = Timetable::new(vec![
            with_groups(occurrence(1, "Math", 100, 200, 0), "G7"),
            with_groups(occurrence(2, "Lab", 100, 200, 0), "G8"),
        ]);
        assert_eq!(found(&table, 150, Some("G7")), Some(1));
        assert_eq!(found(&table, 150, Some("G8")), Some(2));
        assert_eq!(found(&table, 150, Some("G9")), None);
        assert_eq!(found(&table, 150, None), None);
    }

    #[test]
    fn an_occurrence_is_active_while_a_recognition_can_count_in_it() {
        let ids = |occurrences: Vec<Occurrence>, ts| -> Vec<i64> {
            Timetable::new(occurrences).active(Instant::from_micros(ts)).iter().map(|o| o.id.0).collect()
        };
        let graces = vec![occurrence(1, "A", 100, 200, 50), occurrence(2, "B", 220, 300, 50)];
        assert_eq!(ids(graces.clone(), 230), [2], "A is open by grace alone and everybody counts in B");
        assert_eq!(ids(graces.clone(), 210), [1]);
        assert_eq!(ids(graces, 400), [0; 0]);
        let groups = vec![
            with_groups(occurrence(1, "Math", 100, 200, 0), "G7"),
            with_groups(occurrence(2, "Lab", 100, 200, 0), "G8"),
            with_groups(occurrence(3, "Again", 100, 200, 0), "G7,G8"),
            occurrence(4, "All", 100, 200, 0),
        ];
        assert_eq!(ids(groups, 150), [1, 2, 4]);
    }

    #[test]
    fn a_session_goes_back_over_periods_that_touch_to_the_first_break() {
        let table = Timetable::new(vec![
            occurrence(1, "A", 100, 200, 0),
            occurrence(2, "B", 300, 400, 0),
            occurrence(3, "C", 400, 500, 0),
            occurrence(4, "D", 500, 600, 10),
        ]);
        for (ts, began) in
            [(150, Some(100)), (250, None), (350, Some(300)), (450, Some(300)), (600, Some(300)), (611, None)]
        {
            assert_eq!(table.session(Instant::from_micros(ts)), began.map(Instant::from_micros), "{ts}");
        }
    }

    #[test]
    fn around_names_the_next_and_the_last() {
        let table = Timetable::new(vec![occurrence(1, "A", 100, 200, 0), occurrence(2, "B", 300, 400, 0)]);
        for (ts, next, last) in [
            (99, Some(1), None),
            (200, Some(2), None), // A ends, and has not ended
            (250, Some(2), Some(1)),
            (300, None, Some(1)), // B starts, and is not the next
            (401, None, Some(2)),
        ] {
            let around = table.around(Instant::from_micros(ts));
            assert_eq!((around.next.map(|o| o.id.0), around.last.map(|o| o.id.0)), (next, last), "{ts}");
        }
    }
}
