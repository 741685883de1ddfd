//! A recognition: the immutable fact that a camera saw a student at an instant with a score.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use crate::domain::evidence::camera::KnownCamera;
use crate::domain::time::Instant;

/// Identity of a text by which lines name a student otherwise than by code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentAliasId(pub i64);

/// One recognition. Its student is stored beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognition {
    /// When, to the microsecond.
    pub ts: Instant,
    /// The camera that saw the student.
    pub camera: Arc<KnownCamera>,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// Path of the cropped face, if the runner keeps one. `attend` never opens it.
    pub crop: Option<Arc<str>>,
    /// Whether a person confirmed the student, so that any score is accepted.
    pub confirmed: bool,
}

/// A recognition as the fold reads it, without copies. Timelines have no crops.
#[derive(Debug, Clone, Copy)]
pub struct RecognitionRef<'a> {
    /// When.
    pub ts: Instant,
    /// The camera that saw the student.
    pub camera: &'a Arc<KnownCamera>,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// Path of the cropped face.
    pub crop: Option<&'a Arc<str>>,
    /// Whether a person confirmed the student.
    pub confirmed: bool,
}

impl<'a> From<&'a Recognition> for RecognitionRef<'a> {
    fn from(recognition: &'a Recognition) -> Self {
        let Recognition { ts, camera, score, crop, confirmed } = recognition;
        Self { ts: *ts, camera, score: *score, crop: crop.as_ref(), confirmed: *confirmed }
    }
}

/// The effect of one recognition on its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The score reached `min_score`.
    pub accepted: bool,
    /// It was the first accepted one.
    pub created: bool,
    /// The score was better by more than the delta (or the first).
    pub improved: bool,
    /// Improved, but too soon after the previous sighting.
    pub held_by_window: bool,
    /// Improved, and the best score was replaced.
    pub updated_best: bool,
}

impl Verdict {
    /// Whether the recognition gave the record its best score.
    pub(crate) fn sets_best(self) -> bool {
        self.created || self.updated_best
    }
}

/// A recognition for reports, with its student, its period and its effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportedRecognition<'a> {
    /// When.
    pub ts: Instant,
    /// Code of the student.
    pub code: &'a str,
    /// Name of the student.
    pub name: &'a str,
    /// The camera that saw the student.
    pub camera: &'a str,
    /// Similarity, 0 to 1.
    pub score: f64,
    /// The period it counts in, or would count in with a better score.
    pub period: Option<&'a str>,
    /// The effect on its record.
    pub verdict: Verdict,
    /// Path of the cropped face.
    pub crop: Option<&'a str>,
}

/// The effect of a recognition, as `--status` selects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It counts in a period.
    Accepted,
    /// Its score was too low to count.
    LowScore,
    /// No period was held for the student then.
    NoPeriod,
}

/// Every effect.
pub const EFFECTS: [Effect; 3] = [Effect::Accepted, Effect::LowScore, Effect::NoPeriod];

impl Effect {
    /// The word used in options.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::LowScore => "low_score",
            Self::NoPeriod => "no_period",
        }
    }

    /// The effect of a recognition.
    pub fn of(told: &ReportedRecognition) -> Self {
        match (told.period, told.verdict.accepted) {
            (None, _) => Self::NoPeriod,
            (Some(_), true) => Self::Accepted,
            (Some(_), false) => Self::LowScore,
        }
    }
}

impl Recognition {
    /// The order of the fold: by time; at one instant by camera.
    pub fn time_order(&self, other: &Self) -> Ordering {
        self.ts.cmp(&other.ts).then_with(|| self.camera.rank().cmp(&other.camera.rank()))
    }
}

/// The merge of all lines with one identity: the highest score, and the crop of the line with the
/// highest score among those with a crop. Merging is commutative, associative and idempotent, so the
/// order of arrival makes no difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The highest score, 0 to 1.
    pub score: f64,
    /// Path of the cropped face.
    pub crop: Option<Arc<str>>,
    /// The score of the line that the crop came with, if that differs from `score`.
    pub crop_score: Option<f64>,
    /// The text that named the student. `None` if some line named the code.
    pub sent_alias: Option<SentAliasId>,
}

impl Kept {
    /// Of one line.
    pub(crate) fn of(recognition: &Recognition, sent_alias: Option<SentAliasId>) -> Self {
        Self { score: recognition.score, crop: recognition.crop.clone(), crop_score: None, sent_alias }
    }

    /// Merges the lines of both. If two crops have one score, the path that sorts first is kept.
    #[must_use]
    pub(crate) fn merge(&self, other: &Self) -> Self {
        let score = self.score.max(other.score);
        let rank = |kept: &Self| (kept.crop_score.unwrap_or(kept.score), Reverse(kept.crop.clone()));
        let from = match (&self.crop, &other.crop) {
            (_, None) => self,
            (None, Some(_)) => other,
            (Some(_), Some(_)) if rank(self) < rank(other) => other,
            (Some(_), Some(_)) => self,
        };
        let crop_score = from.crop_score.unwrap_or(from.score);
        let elsewhere = from.crop.is_some() && crop_score != score;
        let sent_alias = self.sent_alias.min(other.sent_alias);
        Self { score, crop: from.crop.clone(), crop_score: elsewhere.then_some(crop_score), sent_alias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(score: f64, crop: Option<&str>) -> Kept {
        Kept { score, crop: crop.map(Into::into), crop_score: None, sent_alias: None }
    }

    #[test]
    fn a_crop_belongs_to_the_best_line_that_has_one_in_any_order() {
        let cases = [
            (vec![line(0.8, Some("a")), line(0.9, None)], (0.9, Some("a"))),
            (vec![line(0.8, Some("a")), line(0.9, Some("b"))], (0.9, Some("b"))),
            (vec![line(0.8, None), line(0.7, Some("a"))], (0.8, Some("a"))),
            (vec![line(0.8, Some("b")), line(0.8, Some("a"))], (0.8, Some("a"))),
            (vec![line(0.8, Some("a")), line(0.9, None), line(0.85, Some("b"))], (0.9, Some("b"))),
            (vec![line(0.8, Some("a")), line(0.9, None), line(0.7, Some("b"))], (0.9, Some("a"))),
            (vec![line(0.8, None), line(0.8, None)], (0.8, None)),
        ];
        for (lines, (score, crop)) in cases {
            for turn in 0..lines.len() {
                let turned = lines[turn..].iter().chain(&lines[..turn]);
                for order in [turned.clone().collect::<Vec<_>>(), turned.rev().collect()] {
                    let kept = order.iter().fold(order[0].clone(), |kept, line| kept.merge(line));
                    assert_eq!((kept.score, kept.crop.as_deref()), (score, crop), "{order:?}");
                }
            }
        }
    }
}
