//! Recomputing: the changes to records when the stored recognitions are folded again, with reasons.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::evidence::recognition::Recognition;
use crate::domain::evidence::record::{Policy, Record};
use crate::domain::register::status::Judgement;
use crate::domain::roll::student::StudentId;
use crate::domain::timetable::occurrence::Occurrence;

/// A record as it is stored, with the settings it was folded under.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    pub record: Record,
    /// Its settings.
    pub policy: Policy,
}

/// The change that folding again makes to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Identity of the student.
    pub student: StudentId,
    /// The stored record, if there is one.
    pub before: Option<Before>,
    /// The new record. `None` if none of the student's recognitions counts there.
    pub after: Option<Record>,
    /// Why.
    pub reason: Reason,
}

impl Change {
    /// Compares the stored record with the fold of the counting recognitions, in time order, under
    /// `policy`. `None` if nothing changes.
    pub fn find(
        student: StudentId,
        before: Option<Before>,
        timeline: &[Recognition],
        policy: &Policy,
    ) -> Option<Self> {
        let after = (!timeline.is_empty()).then(|| Record::fold(timeline, policy));
        let reason = Reason::find(before.as_ref(), after.as_ref(), timeline, policy);
        let settled = before.as_ref().is_none_or(|before| before.policy == *policy);
        if settled && before.as_ref().map(|before| &before.record) == after.as_ref() {
            return None;
        }
        Some(Self { student, before, after, reason })
    }

    /// Whether the record itself changes. Otherwise only the settings stored with it do.
    pub fn is_visible(&self) -> bool {
        self.before.as_ref().map(|before| &before.record) != self.after.as_ref()
    }
}

/// Why a record changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reason {
    /// The settings that made the difference, each as `name old → new`.
    pub settings: Vec<String>,
    /// Different recognitions count than before, because of the schedule or the roll. A record does not show which of
    /// the two changed.
    pub schedule_or_roll: bool,
    /// The coverage is judged by different places, retirements or limits.
    pub coverage: bool,
}

impl Reason {
    /// Names the settings if the same recognitions fold to another record under them. Names the schedule or the roll
    /// if the stored record is not the fold of these recognitions under its own settings.
    fn find(
        before: Option<&Before>,
        after: Option<&Record>,
        timeline: &[Recognition],
        policy: &Policy,
    ) -> Self {
        let Some(before) = before else {
            return Self { schedule_or_roll: true, ..Self::default() };
        };
        let as_before = Record::fold(timeline, &before.policy);
        let by_settings = after.is_some_and(|after| *after != as_before);
        Self {
            settings: if by_settings { policy_changes(&before.policy, policy) } else { vec![] },
            schedule_or_roll: as_before != before.record,
            coverage: false,
        }
    }

    /// `setting min_score 0.75 → 0.8; schedule or roll`
    pub fn words(&self) -> String {
        let mut words = self.settings.iter().map(|s| format!("setting {s}")).collect::<Vec<_>>();
        words.extend(self.schedule_or_roll.then(|| "schedule or roll".to_owned()));
        words.extend(self.coverage.then(|| "places or coverage".to_owned()));
        words.join("; ")
    }
}

/// The differences between two policies, each as `name old → new`.
fn policy_changes(before: &Policy, after: &Policy) -> Vec<String> {
    let mut changes = Vec::new();
    let mut compare = |name: &str, before: String, after: String| {
        if before != after {
            changes.push(format!("{name} {before} → {after}"));
        }
    };
    compare("min_score", before.min_score.to_string(), after.min_score.to_string());
    compare("reregister_window", before.reregister_window.to_string(), after.reregister_window.to_string());
    compare("min_improve_delta", before.min_improve_delta.to_string(), after.min_improve_delta.to_string());
    changes
}

/// A change with its student, and the status before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub code: String,
    pub name: String,
    /// The judgement before. `None` if the student was not in the register.
    pub status_before: Option<Judgement>,
    /// The judgement afterwards. `None` if the student is not in the register then.
    pub status_after: Option<Judgement>,
    /// The change to the record.
    pub change: Change,
}

/// The plan for one occurrence. It is shown, and applied unless it is a dry run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub occurrence: Occurrence,
    /// The records to be written, by identity of the student.
    pub changes: Vec<Change>,
}

/// Records that `recompute` would derive again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// Their number.
    pub records: usize,
    /// First and last of their dates.
    pub dates: RangeInclusive<NaiveDate>,
}

impl Affected {
    /// Takes in more records of a date.
    pub fn add(affected: Option<Self>, records: usize, date: NaiveDate) -> Option<Self> {
        match affected {
            _ if records == 0 => affected,
            None => Some(Self { records, dates: date..=date }),
            Some(so_far) => {
                let (first, last) = so_far.dates.into_inner();
                Some(Self { records: so_far.records + records, dates: first.min(date)..=last.max(date) })
            }
        }
    }

    /// The command that recomputes them.
    pub fn command(&self) -> String {
        format!("attend recompute --from {} --to {}", self.dates.start(), self.dates.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::camera::{CameraId, KnownCamera};
    use crate::domain::time::{Instant, Span};

    const OLD: Policy =
        Policy { min_score: 0.75, reregister_window: Span::seconds(10), min_improve_delta: 0.01 };
    const NEW: Policy = Policy { min_score: 0.8, ..OLD };

    fn seen(scores: &[f64]) -> Vec<Recognition> {
        let at = |nth: usize| Instant::from_micros(nth as i64 * 60_000_000);
        let seen = scores.iter().enumerate().map(|(nth, score)| Recognition {
            ts: at(nth),
            camera: KnownCamera::new(CameraId(1), "gate-1").into(),
            score: *score,
            crop: None,
            confirmed: false,
        });
        seen.collect()
    }

    fn folded(scores: &[f64], policy: Policy) -> Option<Before> {
        Some(Before { record: Record::fold(&seen(scores), &policy), policy })
    }

    #[test]
    fn the_reason_is_told_by_folding_under_the_old_settings() {
        let setting = "setting min_score 0.75 → 0.8";
        for (before, scores, policy, reason) in [
            (folded(&[0.9], OLD), &[0.9][..], OLD, None),
            (None, &[], OLD, None),
            (folded(&[0.77], OLD), &[0.77], NEW, Some(setting)),
            // The settings make no difference to this record, so only the stored settings change.
            (folded(&[0.9], OLD), &[0.9], NEW, Some("")),
            (folded(&[0.9], OLD), &[], OLD, Some("schedule or roll")),
            (folded(&[0.9], OLD), &[0.9, 0.95], OLD, Some("schedule or roll")),
            (None, &[0.9], OLD, Some("schedule or roll")),
            (folded(&[0.9], OLD), &[0.9, 0.95], NEW, Some("schedule or roll")),
            (folded(&[0.9], OLD), &[0.9, 0.77], NEW, Some("setting min_score 0.75 → 0.8; schedule or roll")),
        ] {
            let change = Change::find(StudentId(1), before.clone(), &seen(scores), &policy);
            let words = change.as_ref().map(|change| change.reason.words());
            assert_eq!(words.as_deref(), reason, "{before:?} {scores:?}");
            if let Some(change) = change {
                assert_eq!(change.is_visible(), reason != Some(""));
            }
        }
    }

    #[test]
    fn affected_dates_grow_from_the_first_to_the_last() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 9, n).unwrap();
        let mut affected = None;
        for (records, date) in [(0, 1), (1, 7), (0, 4), (2, 3), (0, 9)] {
            affected = Affected::add(affected, records, day(date));
        }
        let affected = affected.unwrap();
        assert_eq!(affected.records, 3);
        assert_eq!(affected.command(), "attend recompute --from 2026-09-03 --to 2026-09-07");
    }
}
