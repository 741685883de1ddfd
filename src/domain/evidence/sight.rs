//! Sight: the minutes in which a camera was seeing, derived from the signs of life in its lines.
//!
//! Everything is counted in whole minutes since the Unix epoch. Signs of one minute are merged in any
//! order, so the order of arrival does not matter.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use crate::domain::evidence::camera::Vitals;
use crate::domain::time::{Instant, Span};

/// A heartbeat vouches for at most this many minutes to either side, even if it states a longer interval.
pub(crate) const LONGEST_REACH: u8 = 2;

/// A source without heartbeats watches an occurrence if it sent a line this close to it.
pub(crate) const QUIET: i64 = 15;

/// A camera counts its matches since its last heartbeat, if that was at most this many minutes ago.
pub(crate) const LOOK_BACK: i64 = 60;

/// Slack in minutes for recognitions that belong to the `matched` of a heartbeat.
pub(crate) const MATCH_SLACK: i64 = 2;

/// A clock that was found wrong is not trusted for this many minutes.
const WRONG_CLOCK: i64 = 15;

/// The signs of life in the lines of one camera in one minute. It is small, because a district's screens hold a quarter of a
/// million of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sign {
    /// Minutes to either side that a heartbeat without an error vouches for. `None` if there was none.
    pub reach: Option<u8>,
    /// A heartbeat reported an error, or that the camera is blind.
    pub blind: bool,
    /// A heartbeat claimed matches.
    pub matched: bool,
    /// A heartbeat said that the camera rests.
    pub resting: bool,
    /// There was a valid recognition of any student.
    pub line: bool,
}

impl Sign {
    /// A valid recognition.
    pub const LINE: Self = Self { reach: None, blind: false, matched: false, resting: false, line: true };

    /// Whether a heartbeat is among its lines.
    pub fn is_heartbeat(&self) -> bool {
        self.reach.is_some() || self.blind || self.resting
    }

    /// A heartbeat.
    pub fn of(vitals: &Vitals) -> Self {
        let blind = vitals.blind || !vitals.last_error.is_empty();
        Self {
            reach: (!blind && !vitals.resting).then(|| reach(vitals.snapshot_every)),
            blind,
            matched: vitals.matched.is_some_and(|matched| matched > 0),
            resting: vitals.resting,
            line: false,
        }
    }

    /// Merges another sign of the same minute. Returns whether it changed anything.
    pub fn merge(&mut self, other: Self) -> bool {
        let merged = Self {
            reach: self.reach.max(other.reach),
            blind: self.blind || other.blind,
            matched: self.matched || other.matched,
            resting: self.resting || other.resting,
            line: self.line || other.line,
        };
        std::mem::replace(self, merged) != merged
    }

    /// Whether a heartbeat says that the camera is awake.
    fn awake(&self) -> bool {
        (self.reach.is_some() || self.blind) && !self.resting
    }

    fn beat(&self) -> bool {
        self.reach.is_some() || self.blind || self.resting
    }
}

/// The number of minutes to either side that a heartbeat with this interval vouches for.
pub(crate) fn reach(snapshot_every: Span) -> u8 {
    u8::try_from(snapshot_every.whole_minutes().max(0))
        .map_or(LONGEST_REACH, |reach| reach.min(LONGEST_REACH))
}

/// Signs by minute, ascending.
pub(crate) type Signs = Vec<(i64, Sign)>;

/// The minutes in which a camera was seeing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All of them. A source without heartbeats was heard nearby.
    Throughout,
    /// These minutes.
    In(BTreeSet<i64>),
}

impl Sight {
    /// The sight of a source without heartbeats, which counts as watching the whole of `window` if it sent a
    /// line within [`QUIET`] minutes of it.
    pub(crate) fn of_quiet(signs: &Signs, window: &RangeInclusive<i64>) -> Self {
        let near = window.start() - QUIET..=window.end() + QUIET;
        let heard = signs.iter().any(|(minute, sign)| sign.line && near.contains(minute));
        if heard { Self::Throughout } else { Self::In(BTreeSet::new()) }
    }

    /// The sight of a camera whose runner sends heartbeats. `signs` are complete from the minute `known_from` on.
    pub(crate) fn of_beating(signs: &Signs, known_from: i64) -> Self {
        let lines: Vec<i64> = signs.iter().filter(|(_, sign)| sign.line).map(|(minute, _)| *minute).collect();
        let (mut seen, mut blind) = (lines.iter().copied().collect::<BTreeSet<i64>>(), Vec::new());
        let (mut before, mut wrong_since) = (None, None);
        for (minute, sign) in signs.iter().filter(|(_, sign)| sign.beat()) {
            let since = before.replace(*minute).unwrap_or(minute - LOOK_BACK) - MATCH_SLACK;
            let nearby = lines.partition_point(|line| *line < since);
            let confirmed = lines.get(nearby).is_some_and(|line| *line <= minute + MATCH_SLACK);
            // It matched faces, but no recognition of that time arrived, so its clock is wrong until matches
            // arrive again. Recognitions of another time can fall into this one for a moment, and heartbeats without
            // matches prove nothing.
            if sign.matched && !confirmed && since >= known_from {
                wrong_since = Some(*minute);
            } else if sign.matched && wrong_since.is_some_and(|since| minute - since >= WRONG_CLOCK) {
                wrong_since = None;
            }
            if sign.blind || wrong_since.is_some() {
                blind.push(*minute);
            } else if let Some(reach) = sign.reach {
                seen.extend(minute - i64::from(reach)..=minute + i64::from(reach));
            }
        }
        blind.iter().for_each(|minute| {
            seen.remove(minute);
        });
        Self::In(seen)
    }

    /// Whether it was seeing in a minute.
    pub(crate) fn holds(&self, minute: i64) -> bool {
        match self {
            Self::Throughout => true,
            Self::In(minutes) => minutes.contains(&minute),
        }
    }
}

/// The minutes in which a camera rested. A rest begins with a heartbeat that says so, or with one of `told`. It ends
/// with the next heartbeat that does not say so, or at local midnight. `midnights` are minutes, ascending.
pub(crate) fn rests(signs: &Signs, told: &[Range<Instant>], midnights: &[i64]) -> Vec<Range<i64>> {
    let midnight = |start: i64| midnights.iter().copied().find(|midnight| *midnight > start).unwrap_or(start);
    let woken = |start: i64| {
        signs.iter().find(|(minute, sign)| *minute > start && sign.awake()).map(|(minute, _)| *minute)
    };
    let rest = |start: i64, until: i64| start..woken(start).unwrap_or(until).min(until).min(midnight(start));
    let beaten = signs.iter().filter(|(_, sign)| sign.resting);
    let beaten = beaten.map(|(minute, _)| rest(*minute, i64::MAX));
    let told = told.iter().map(|span| rest(span.start.minute(), span.end.minute()));
    beaten.chain(told).filter(|rest| !rest.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(reach: u8) -> Sign {
        Sign { reach: Some(reach), ..Sign::default() }
    }

    const BLIND: Sign = Sign { reach: None, blind: true, matched: false, resting: false, line: false };
    const RESTS: Sign = Sign { reach: None, blind: false, matched: false, resting: true, line: false };

    fn matched(reach: u8) -> Sign {
        Sign { matched: true, ..beat(reach) }
    }

    fn seen(signs: &Signs) -> Vec<i64> {
        (0..40).filter(|minute| Sight::of_beating(signs, -100).holds(*minute)).collect()
    }

    #[test]
    fn heartbeats_vouch_for_two_minutes_to_either_side_at_most() {
        for (seconds, expected) in [(0, 0), (59, 0), (60, 1), (119, 1), (120, 2), (86_400, 2)] {
            assert_eq!(reach(Span::seconds(seconds)), expected, "{seconds}");
        }
        assert_eq!(seen(&vec![(10, beat(2))]), [8, 9, 10, 11, 12]);
        assert_eq!(seen(&vec![(10, beat(0)), (12, beat(0))]), [10, 12]);
    }

    #[test]
    fn minutes_with_an_error_are_blind_even_where_another_heartbeat_vouches() {
        assert_eq!(seen(&vec![(10, beat(1)), (11, BLIND), (12, beat(1))]), [9, 10, 12, 13]);
        let mut both = beat(1);
        assert!(both.merge(BLIND) && !both.merge(BLIND));
        assert_eq!(seen(&vec![(10, both)]), Vec::<i64>::new(), "good and bad within a minute");
    }

    #[test]
    fn recognitions_are_sight_in_their_own_minute() {
        assert_eq!(seen(&vec![(10, Sign::LINE)]), [10]);
    }

    #[test]
    fn matches_without_recognitions_are_not_sight() {
        for (signs, expected) in [
            (vec![(10, matched(0))], vec![]),
            (vec![(8, Sign::LINE), (10, matched(0))], vec![8, 10]),
            (vec![(10, matched(0)), (12, Sign::LINE)], vec![10, 12]),
            (vec![(10, matched(0)), (13, Sign::LINE)], vec![13]),
            // Since the heartbeat before, with two minutes of slack.
            (vec![(5, Sign::LINE), (8, beat(0)), (10, matched(0))], vec![5, 8]),
            (vec![(6, Sign::LINE), (8, beat(0)), (10, matched(0))], vec![6, 8, 10]),
        ] {
            assert_eq!(seen(&signs), expected, "{signs:?}");
        }
    }

    #[test]
    fn a_clock_stays_wrong_until_matches_arrive_again() {
        let lost = vec![(10, matched(0)), (11, beat(0)), (12, beat(1)), (24, Sign::LINE)];
        let then = |more: &[(i64, Sign)]| seen(&[lost.clone(), more.to_vec()].concat());
        // Too soon to be trusted, then long enough.
        assert_eq!(then(&[(24, matched(0)), (26, beat(0))]), Vec::<i64>::new());
        // The recognitions that it matched may lie before all that is known.
        assert!(Sight::of_beating(&vec![(10, matched(0))], -51).holds(10));
        assert_eq!(then(&[(25, matched(0)), (26, beat(0)), (28, BLIND), (29, beat(0))]), [24, 25, 26, 29]);
    }

    #[test]
    fn a_source_without_heartbeats_watches_if_it_was_heard_within_a_quarter_of_an_hour() {
        let window = 100..=140;
        for (minute, watches) in [(84, false), (85, true), (120, true), (155, true), (156, false)] {
            let sight = Sight::of_quiet(&vec![(minute, Sign::LINE)], &window);
            assert_eq!(sight.holds(100), watches, "{minute}");
        }
        assert!(!Sight::of_quiet(&vec![], &window).holds(100));
    }

    #[test]
    fn rest_lasts_until_the_next_heartbeat_without_it_or_midnight() {
        let told = |from: i64, until: i64| {
            let at = |minute: i64| Instant::from_micros(minute * 60_000_000);
            vec![at(from)..at(until)]
        };
        let midnights = [0, 100, 200];
        for (signs, told, expected) in [
            (vec![(10, RESTS)], vec![], 10..100),
            (vec![(10, RESTS), (30, beat(0))], vec![], 10..30),
            (vec![(10, RESTS), (30, BLIND)], vec![], 10..30),
            (vec![(10, RESTS), (30, Sign::LINE)], vec![], 10..100),
            (vec![], told(20, 50), 20..50),
            (vec![], told(20, 150), 20..100),
            (vec![(20, beat(0)), (40, beat(0))], told(20, 50), 20..40),
        ] {
            assert_eq!(rests(&signs, &told, &midnights), [expected], "{signs:?} {told:?}");
        }
    }
}
