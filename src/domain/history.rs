//! The history of one student on one date: what was seen, what was decided, what it adds up to.

use chrono::NaiveDate;

use super::mark::Mark;
use super::occurrence::Occurrence;
use super::recognition::Recognition;
use super::record::{Policy, Record, Verdict};
use super::register::Entry;
use super::student::Student;
use super::time::Instant;

/// Something that happened to a student.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// In which period it counts.
    pub period: Option<String>,
    /// What it was.
    pub what: What,
}

impl From<Folded> for Event {
    fn from(folded: Folded) -> Self {
        let Folded { recognition, period, verdict } = folded;
        Self { at: recognition.ts, period, what: What::Seen(recognition, verdict) }
    }
}

/// What can happen to a student.
#[derive(Debug, Clone)]
pub enum What {
    /// A camera saw the student, and this is what that did.
    Seen(Recognition, Verdict),
    /// Somebody decided.
    Marked(Mark),
}

/// Everything about one student on one date.
#[derive(Debug)]
pub struct History {
    /// Who.
    pub student: Student,
    /// When.
    pub date: NaiveDate,
    /// What happened, in time order.
    pub events: Vec<Event>,
    /// Whether recognitions of that date were pruned.
    pub pruned: bool,
    /// What it adds up to in each occurrence that expects the student.
    pub results: Vec<(Occurrence, Entry)>,
}

/// A recognition folded at its turn.
#[derive(Debug, Clone)]
pub struct Folded {
    /// What the camera saw.
    pub recognition: Recognition,
    /// The period it counts in, or would.
    pub period: Option<String>,
    /// What it did to its record.
    pub verdict: Verdict,
}

/// Folds the recognitions of one student, in time order, each in the occurrence that `place` finds.
pub fn fold_each<'t>(
    timeline: Vec<Recognition>,
    policy: &Policy,
    place: impl Fn(Instant) -> Option<&'t Occurrence>,
) -> Vec<Folded> {
    let mut records: Vec<(i64, Record)> = Vec::new();
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
