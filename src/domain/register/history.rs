//! The history of one student on one date: sightings, decisions and the resulting statuses.

use chrono::NaiveDate;

use crate::domain::evidence::camera::CameraName;
use crate::domain::evidence::recognition::{Recognition, Verdict};
use crate::domain::evidence::record::{Policy, Record};
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::Mark;
use crate::domain::register::review::ReviewDecision;
use crate::domain::register::status::Judged;
use crate::domain::roll::student::Student;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};

/// Something that happened to a student.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// The period in which it counts.
    pub period: Option<String>,
    /// The event.
    pub what: What,
}

impl From<Folded> for Event {
    fn from(folded: Folded) -> Self {
        let Folded { recognition, period, verdict } = folded;
        Self { at: recognition.ts, period, what: What::Seen(recognition, verdict) }
    }
}

/// The kinds of events in a student's history.
#[derive(Debug, Clone)]
pub enum What {
    /// A camera saw the student, with the effect on the record.
    Seen(Recognition, Verdict),
    /// A camera saw the student, but a person decided that it does not count.
    SetAside(Recognition),
    /// A person decided about the sighting of this camera at that instant.
    Reviewed(ReviewDecision, CameraName),
    /// A person marked the student, or took a mark back.
    Marked(Mark),
    /// A person excused the student for a span of time.
    Excused(Excuse),
    /// An excuse ended.
    TakenBack(Excuse),
}

/// Everything about one student on one date.
#[derive(Debug)]
pub struct History {
    pub student: Student,
    /// When.
    pub date: NaiveDate,
    /// The events, in time order.
    pub events: Vec<Event>,
    /// Whether recognitions of that date were pruned.
    pub pruned: bool,
    /// The entry in each occurrence that expects the student.
    pub results: Vec<Judged>,
}

/// A recognition with the effect it had when it was folded.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The recognition as the camera sent it.
    pub recognition: Recognition,
    /// The period it counts in, or would count in with a better score.
    pub period: Option<String>,
    /// The effect on its record.
    pub verdict: Verdict,
}

/// Folds the recognitions of one student, in time order, each in the occurrence that `place` finds.
pub(crate) fn fold_each<'t>(
    timeline: Vec<Recognition>,
    policy: &Policy,
    place: impl Fn(Instant) -> Option<&'t Occurrence>,
) -> Vec<Folded> {
    let mut records: Vec<(OccurrenceId, Record)> = Vec::new();
    let fold = |recognition: Recognition| {
        let occurrence = place(recognition.ts);
        let verdict = occurrence.map(|o| {
            let known = records.iter().position(|(id, _)| *id == o.id).unwrap_or_else(|| {
                records.push((o.id, Record::default()));
                records.len() - 1
            });
            records[known].1.apply(&recognition, policy)
        });
        let period = occurrence.map(|o| o.period.to_string());
        Folded { recognition, period, verdict: verdict.unwrap_or_default() }
    };
    timeline.into_iter().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::camera::{CameraId, KnownCamera};
    use crate::domain::evidence::coverage::tests::occurrence;
    use crate::domain::time::Span;

    #[test]
    fn each_period_has_a_record_of_its_own() {
        let policy = Policy { min_score: 0.75, reregister_window: Span::ZERO, min_improve_delta: 0.0 };
        let (first, second) =
            (occurrence(), Occurrence { id: OccurrenceId(2), period: "B".into(), ..occurrence() });
        let at = |minute: i64| Instant::from_micros(minute * 60_000_000);
        let seen = |minute, score| Recognition {
            ts: at(minute),
            camera: KnownCamera::new(CameraId(1), "c").into(),
            score,
            crop: None,
            confirmed: false,
        };
        let timeline =
            vec![seen(10, 0.8), seen(20, 0.9), seen(30, 0.8), seen(31, 0.9), seen(40, 0.9), seen(41, 0.7)];
        let folded = fold_each(timeline, &policy, |ts| match ts {
            ts if ts < at(30) => Some(&first),
            ts if ts < at(40) => Some(&second),
            _ => None,
        });
        let shown: Vec<_> = folded
            .iter()
            .map(|one| (one.period.as_deref(), one.verdict.created, one.verdict.updated_best))
            .collect();
        let expected = [
            (Some("A"), true, false),
            (Some("A"), false, true),
            (Some("B"), true, false),
            (Some("B"), false, true),
        ];
        assert_eq!(
            shown,
            [&expected[..], &[(None, false, false); 2]].concat(),
            "in no period it does nothing"
        );
    }
}
