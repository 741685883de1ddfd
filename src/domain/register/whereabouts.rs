//! The evacuation list: each student with the last sighting of today, and those who may be in the building unseen.

use crate::domain::evidence::camera::CameraName;
use crate::domain::register::gap::Gaps;
use crate::domain::register::status::Status;
use crate::domain::time::Instant;

/// Where a student is, as far as the evidence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Whereabouts {
    /// Seen or marked present today.
    Seen,
    /// Not seen, and every place that mattered was watched.
    Absent,
    /// Not seen, but a place that mattered was blind or there was a low score, so the student may be inside.
    Unknown,
    /// Not seen, and not expected so far today.
    NotExpected,
    /// Not seen, and excused now.
    Excused,
    /// Left after the last sighting.
    Left,
}

/// All of them, in the order of the list. Students inside come first.
pub(crate) const WHEREABOUTS: [Whereabouts; 6] = [
    Whereabouts::Seen,
    Whereabouts::Unknown,
    Whereabouts::Absent,
    Whereabouts::NotExpected,
    Whereabouts::Excused,
    Whereabouts::Left,
];

impl Whereabouts {
    /// The word used in JSON and CSV.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::NotExpected => "not_expected",
            Self::Excused => "excused",
            Self::Left => "left",
        }
    }

    /// Its place in the order of the list.
    pub(crate) fn rank(self) -> usize {
        WHEREABOUTS.iter().position(|known| *known == self).unwrap_or_default()
    }

    /// Judges a student by the latest evidence of the day, the latest `left` mark, whether an excuse holds now, and
    /// the statuses of the periods that have expected the student so far.
    pub(crate) fn judge(
        last: Option<Instant>,
        left: Option<Instant>,
        excused: bool,
        statuses: &[Status],
    ) -> Self {
        let none = statuses.iter().all(|status| *status == Status::Expected);
        let unsure = |status: &Status| matches!(status, Status::Unknown | Status::LowScore);
        match (last, left) {
            (last, Some(left)) if last.is_none_or(|last| left > last) => Self::Left,
            (Some(_), _) => Self::Seen,
            (None, _) if excused || statuses.last() == Some(&Status::Excused) => Self::Excused,
            (None, _) if none => Self::NotExpected,
            (None, _) if statuses.iter().any(unsure) => Self::Unknown,
            (None, _) => Self::Absent,
        }
    }
}

/// The latest evidence of a student's presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// When.
    pub at: Instant,
    /// By which camera; `None`: a person marked the student present.
    pub camera: Option<CameraName>,
    /// The place that the camera looked at, or the period of the mark.
    pub place: Option<String>,
}

/// A student on the list of the day.
#[derive(Debug, Clone)]
pub(crate) struct StudentWhereabouts {
    /// The periods of today in which the student is unknown.
    pub gaps: Gaps,
    pub code: String,
    pub name: String,
    /// Groups now, joined by commas.
    pub group: Option<String>,
    /// The one of them under which the student is listed.
    pub class: Option<String>,
    /// The judgement.
    pub whereabouts: Whereabouts,
    /// The latest evidence of today.
    pub last: Option<Sighting>,
    /// When the student left, or the end of the excuse, with the reason.
    pub excuse: Option<crate::domain::register::excuse::Excuse>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_today_comes_first_and_only_leave_after_the_last_sighting_counts() {
        let at = |minute: i64| Some(Instant::from_micros(minute * 60_000_000));
        let (absent, unknown, low) = (Status::Absent, Status::Unknown, Status::LowScore);
        for (last, left, excused, statuses, expected) in [
            (at(5), None, false, &[absent][..], Whereabouts::Seen),
            (at(5), None, true, &[Status::Excused], Whereabouts::Seen),
            (at(5), at(6), false, &[Status::Present], Whereabouts::Left),
            (at(7), at(6), false, &[Status::Present], Whereabouts::Seen),
            (None, at(6), false, &[absent], Whereabouts::Left),
            (None, None, true, &[absent], Whereabouts::Excused),
            (None, None, false, &[absent, unknown], Whereabouts::Unknown),
            (None, None, false, &[absent, low], Whereabouts::Unknown),
            (None, None, false, &[absent, Status::Expected], Whereabouts::Absent),
            (None, None, false, &[Status::Expected], Whereabouts::NotExpected),
            (None, None, false, &[], Whereabouts::NotExpected),
        ] {
            assert_eq!(Whereabouts::judge(last, left, excused, statuses), expected, "{statuses:?}");
        }
    }
}
