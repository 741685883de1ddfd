//! The register: the status of every expected student in an occurrence, and the counts (docs/rules.md, rules 5
//! and 10).

use std::ops::AddAssign;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::evidence::record::Record;
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::register::reason::ListedReason;
use crate::domain::roll::expectation::Listed;
use crate::domain::roll::group::{GroupFilter, split};
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::Occurrence;

/// The status of a student in an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not seen, though every place that matters was watched. Sorted first, because it needs attention.
    Absent,
    /// Not seen, and a place that matters was blind.
    Unknown,
    /// Seen, but never with an accepted score.
    LowScore,
    /// Marked as excused.
    Excused,
    /// Seen, or marked as present.
    Present,
    /// Not seen yet, and not late yet.
    Expected,
    /// Neither seen nor marked, and expected in another period at that time. Listed here, but counted there alone.
    Elsewhere,
}

/// Every status, in the order a roster lists them.
pub const STATUSES: [Status; 7] = [
    Status::Absent,
    Status::Unknown,
    Status::LowScore,
    Status::Excused,
    Status::Present,
    Status::Expected,
    Status::Elsewhere,
];

impl Status {
    /// The word used in options, JSON and CSV.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unknown => "unknown",
            Self::LowScore => "low_score",
            Self::Excused => "excused",
            Self::Present => "present",
            Self::Expected => "expected",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// The judgement of one student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The status by the first rule that applies (docs/rules.md, rule 5).
    pub status: Status,
    /// Whether the student came late.
    pub late: bool,
    /// Whole minutes after the start, if the student came late and the time is known.
    pub minutes_late: Option<i64>,
    /// Whether the student came after the register closed; then the student is late, too.
    pub after_close: bool,
}

/// A judgement in brief: what counting asks, in three bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BriefJudgement {
    /// The status.
    pub status: Status,
    /// Whether the student came late.
    pub late: bool,
    /// Whether the student came after the register closed.
    pub after_close: bool,
}

impl From<Judgement> for BriefJudgement {
    fn from(judgement: Judgement) -> Self {
        let Judgement { status, late, after_close, .. } = judgement;
        Self { status, late, after_close }
    }
}

impl BriefJudgement {
    /// The outcome as sums and sessions have it. Before its period begins a student is awaited, whatever was seen,
    /// marked or excused by then.
    #[must_use]
    pub(crate) fn counted(self, begun: bool) -> Self {
        match self.status {
            Status::Elsewhere => self,
            _ if begun => self,
            _ => Self { status: Status::Expected, late: false, after_close: false },
        }
    }
}

/// The inputs of a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The decision in force.
    pub decision: Option<MarkDecision>,
    /// The first accepted recognition.
    pub first_seen: Option<Instant>,
    /// Whether there were low-score sightings. This matters only without an accepted recognition.
    pub low: bool,
    /// Whether an excuse covers the occurrence.
    pub excused: bool,
    /// Whether the student is expected in another occurrence at that time.
    pub elsewhere: bool,
}

impl Standing {
    /// From the mark in force, the record, and whether the student is excused for a span.
    pub fn of(mark: Option<&Mark>, record: &Record, excused: bool) -> Self {
        Self {
            decision: mark.and_then(|mark| mark.decision),
            first_seen: record.seen.as_ref().map(|seen| seen.first),
            low: record.low.is_some(),
            excused,
            elsewhere: false,
        }
    }

    /// A student without sighting, mark or excuse, as the occurrence lists the student.
    pub(crate) fn unseen(listed: Listed) -> Self {
        Self { elsewhere: listed == Listed::Elsewhere, ..Self::default() }
    }
}

/// Judges one student. `blind` says that a place that matters to the student failed ([`Coverage::is_blind`]).
pub fn judge(occurrence: &Occurrence, now: Instant, blind: bool, standing: Standing) -> Judgement {
    let status = match (standing.decision, standing.first_seen, standing.low) {
        (Some(MarkDecision::Present), ..) => Status::Present,
        (Some(MarkDecision::Late(stated)), first_seen, _) => {
            let seen = first_seen.map(|first_seen| first_seen - occurrence.starts_at);
            let seen = seen.filter(|after| *after > Span::ZERO);
            let after = stated.map(|minutes| Span::minutes(minutes.into())).or(seen);
            let after_close = after.is_some_and(|after| is_later(after, occurrence.closes_after));
            let minutes_late = after.map(Span::whole_minutes);
            return Judgement { status: Status::Present, late: true, minutes_late, after_close };
        }
        (Some(MarkDecision::Absent), ..) => Status::Absent,
        (Some(MarkDecision::Excused), ..) => Status::Excused,
        (None, Some(first_seen), _) => {
            let after = first_seen - occurrence.starts_at;
            let after_close = is_later(after, occurrence.closes_after);
            let late = after_close || is_later(after, occurrence.late_after);
            let minutes_late = late.then(|| after.whole_minutes());
            return Judgement { status: Status::Present, late, minutes_late, after_close };
        }
        (None, None, false) if standing.elsewhere => Status::Elsewhere,
        (None, None, _) if standing.excused => Status::Excused,
        (None, None, true) => Status::LowScore,
        (None, None, false) if now < occurrence.judged_from() => Status::Expected,
        (None, None, false) if blind => Status::Unknown,
        (None, None, false) => Status::Absent,
    };
    Judgement { status, late: false, minutes_late: None, after_close: false }
}

/// Whether a student who came so long after the start came after a limit.
fn is_later(after_start: Span, limit: Option<Span>) -> bool {
    limit.is_some_and(|limit| after_start > limit)
}

/// The number of students with each status. The statuses add up to `expected` in every view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Everybody on the roll of the occurrence.
    pub expected: u32,
    /// Seen or marked present.
    pub present: u32,
    /// Students who came late. They are part of `present`.
    pub late: u32,
    /// Students who came after the register closed. They are part of `late`.
    pub after_close: u32,
    /// See [`Status::LowScore`].
    pub low_score: u32,
    /// See [`Status::Excused`].
    pub excused: u32,
    /// See [`Status::Unknown`].
    pub unknown: u32,
    /// See [`Status::Absent`].
    pub absent: u32,
    /// See [`Status::Expected`]. Zero once `late_after` has passed.
    pub pending: u32,
    /// See [`Status::Elsewhere`]. They are not part of `expected`.
    pub elsewhere: u32,
}

impl Counts {
    /// Whether the status of some students cannot be judged.
    pub fn is_undecided(&self) -> bool {
        self.unknown > 0 || self.pending > 0
    }

    /// Counts one more student.
    pub fn add(&mut self, outcome: impl Into<BriefJudgement>) {
        self.add_all(outcome, 1);
    }

    /// Counts some more students with the same outcome.
    pub fn add_all(&mut self, outcome: impl Into<BriefJudgement>, students: u32) {
        let BriefJudgement { status, late, after_close } = outcome.into();
        self.expected += u32::from(status != Status::Elsewhere) * students;
        self.late += u32::from(late) * students;
        self.after_close += u32::from(after_close) * students;
        *match status {
            Status::Present => &mut self.present,
            Status::LowScore => &mut self.low_score,
            Status::Excused => &mut self.excused,
            Status::Unknown => &mut self.unknown,
            Status::Absent => &mut self.absent,
            Status::Expected => &mut self.pending,
            Status::Elsewhere => &mut self.elsewhere,
        } += students;
    }

    /// The same students before the period counts: all of them are awaited.
    #[must_use]
    pub fn before_the_start(&self) -> Self {
        Self { expected: self.expected, pending: self.expected, elsewhere: self.elsewhere, ..Self::default() }
    }

    /// How many have this status.
    pub fn of(&self, status: Status) -> u32 {
        match status {
            Status::Present => self.present,
            Status::LowScore => self.low_score,
            Status::Excused => self.excused,
            Status::Unknown => self.unknown,
            Status::Absent => self.absent,
            Status::Expected => self.pending,
            Status::Elsewhere => self.elsewhere,
        }
    }

    /// The number of judged students: all but the unknown and those not yet seen.
    pub fn judged(&self) -> u32 {
        self.expected - self.unknown - self.pending
    }

    /// Absent and excused students.
    pub fn missed(&self) -> u32 {
        self.absent + self.excused
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.expected += other.expected;
        self.present += other.present;
        self.late += other.late;
        self.after_close += other.after_close;
        self.low_score += other.low_score;
        self.excused += other.excused;
        self.unknown += other.unknown;
        self.absent += other.absent;
        self.pending += other.pending;
        self.elsewhere += other.elsewhere;
    }
}

/// A row of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The student's code.
    pub code: String,
    /// The student's name.
    pub name: String,
    /// The student's group on that date.
    pub group: Option<String>,
    /// The fold of the recognitions.
    pub record: Record,
    /// The mark in force.
    pub mark: Option<Mark>,
    /// The excuse that covers the occurrence.
    pub excuse: Option<Excuse>,
    /// The judgement from record, mark and excuse.
    pub judgement: Judgement,
    /// The entry of the school's list that the reason of the decision names.
    pub listed: Option<ListedReason>,
}

impl Entry {
    /// The person who decided the status, and the reason: of the mark, else of the excuse where it decided.
    pub fn decided(&self) -> Option<(&str, Option<&str>)> {
        let mark = self.mark.as_ref().filter(|mark| mark.decision.is_some());
        let excuse = self.excuse.as_ref().filter(|_| self.judgement.status == Status::Excused);
        let mark = mark.map(|mark| (mark.by.as_str(), mark.reason.as_deref()));
        mark.or_else(|| excuse.map(|excuse| (excuse.by.as_str(), excuse.reason.as_deref())))
    }

    /// The reason of the decision.
    pub fn reason(&self) -> Option<&str> {
        self.decided().and_then(|(_, reason)| reason)
    }
}

impl Entry {
    /// The row for each group of the student that passes; once for a student without groups.
    pub fn of_each_group(&self, groups: &GroupFilter) -> impl Iterator<Item = Self> {
        let mut own: Vec<Option<String>> =
            split(self.group.as_deref()).map(|group| Some(group.to_owned())).collect();
        if own.is_empty() {
            own.push(None);
        }
        own.retain(|group| groups.passes(group.as_deref()));
        own.into_iter().map(|group| Self { group, ..self.clone() })
    }
}

/// The register of one occurrence, without its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// How much of it was seen.
    pub coverage: Coverage,
    /// The counts by status.
    pub counts: Counts,
}

/// One student in one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// How it was watched.
    pub coverage: Coverage,
    /// The student's row.
    pub entry: Entry,
}

/// How the rows of a register are sorted; equals by code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Statuses that need attention first.
    #[default]
    Status,
    /// By code.
    Code,
    /// By name.
    Name,
    /// By first sighting. Students who were not seen come last.
    FirstSeen,
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::evidence::camera::{CameraId, KnownCamera};
    use crate::domain::evidence::coverage;
    use crate::domain::evidence::recognition::Recognition;
    use crate::domain::evidence::record::Policy;

    const MINUTE: i64 = 60_000_000;
    const POLICY: Policy =
        Policy { min_score: 0.75, reregister_window: Span::seconds(10), min_improve_delta: 0.01 };

    /// Starts at minute 10, ends at 20; late after five minutes.
    fn occurrence() -> Occurrence {
        Occurrence { late_after: Some(Span::minutes(5)), ..coverage::tests::occurrence() }
    }

    /// A day in letters: Present, Late, after Closing, Absent, Excused, low Score, eXpected, Unknown.
    pub(crate) fn outcomes(day: &str) -> Vec<BriefJudgement> {
        let outcome = |letter| {
            let status = match letter {
                'p' | 'l' | 'c' => Status::Present,
                'a' => Status::Absent,
                'e' => Status::Excused,
                's' => Status::LowScore,
                'x' => Status::Expected,
                _ => Status::Unknown,
            };
            BriefJudgement { status, late: matches!(letter, 'l' | 'c'), after_close: letter == 'c' }
        };
        day.chars().map(outcome).collect()
    }

    fn record(sightings: &[(i64, f64)]) -> Record {
        let recognitions: Vec<Recognition> = sightings
            .iter()
            .map(|(micros, score)| Recognition {
                ts: Instant::from_micros(*micros),
                camera: KnownCamera::new(CameraId(1), "c").into(),
                score: *score,
                crop: None,
                confirmed: false,
            })
            .collect();
        Record::fold(&recognitions, &POLICY)
    }

    fn mark(decision: Option<MarkDecision>) -> Mark {
        Mark { decision, by: "ms-lee".into(), at: Instant::from_micros(0), reason: None }
    }

    #[test]
    fn the_first_matching_rule_decides_the_status() {
        let (seen, low, none) =
            (record(&[(12 * MINUTE, 0.9)]), record(&[(12 * MINUTE, 0.5)]), Record::default());
        let both = record(&[(11 * MINUTE, 0.5), (12 * MINUTE, 0.9)]);
        let marks = [Some(MarkDecision::Present), Some(MarkDecision::Absent), Some(MarkDecision::Excused)]
            .map(|d| Some(mark(d)));
        let [present, absent, excused] = marks;
        let back = Some(mark(None));
        for (now, blind, mark, record, expected) in [
            (15, false, &None, &seen, Status::Present),
            (15, false, &None, &both, Status::Present),
            (15, true, &None, &seen, Status::Present),
            (15, false, &absent, &seen, Status::Absent),
            (15, true, &excused, &none, Status::Excused),
            (15, false, &present, &none, Status::Present),
            (15, false, &back, &seen, Status::Present),
            (15, false, &back, &none, Status::Absent),
            (15, false, &None, &low, Status::LowScore),
            (15, true, &None, &low, Status::LowScore),
            (15, true, &None, &none, Status::Unknown),
            (15, false, &None, &none, Status::Absent),
            (14, false, &None, &none, Status::Expected),
            (14, true, &None, &none, Status::Expected),
            (9, false, &None, &none, Status::Expected),
            (9, true, &None, &none, Status::Expected),
            (9, false, &None, &seen, Status::Present),
            (9, false, &absent, &none, Status::Absent),
        ] {
            let now = Instant::from_micros(now * MINUTE);
            let judged = judge(&occurrence(), now, blind, Standing::of(mark.as_ref(), record, false));
            assert_eq!(judged.status, expected, "{now:?} {blind} {mark:?} {record:?}");
        }
    }

    #[test]
    fn late_is_later_than_the_limit_and_told_in_minutes_since_the_start() {
        let after = Instant::from_micros(30 * MINUTE);
        for (first_seen, expected) in [
            (8 * MINUTE, None),
            (15 * MINUTE, None),
            (15 * MINUTE + 1, Some(5)),
            (18 * MINUTE - 1, Some(7)),
            (18 * MINUTE, Some(8)),
        ] {
            let judged =
                judge(&occurrence(), after, false, Standing::of(None, &record(&[(first_seen, 0.9)]), false));
            assert_eq!(judged.minutes_late, expected, "{first_seen}");
        }
        let never = Occurrence { late_after: None, ..occurrence() };
        assert_eq!(
            judge(&never, after, false, Standing::of(None, &record(&[(19 * MINUTE, 0.9)]), false))
                .minutes_late,
            None
        );
        let standing =
            Standing::of(Some(&mark(Some(MarkDecision::Present))), &record(&[(19 * MINUTE, 0.9)]), false);
        let marked = judge(&occurrence(), after, false, standing);
        assert_eq!(marked.minutes_late, None, "a mark settles it");
    }

    #[test]
    fn a_student_first_seen_after_the_register_closed_is_flagged() {
        for (late_after, decision, first_seen, expected) in [
            (Some(5), None, 17, (true, false)),
            (Some(5), None, 18, (true, true)),
            (None, None, 17, (false, false)),
            (None, None, 18, (true, true)),
            (Some(5), Some(MarkDecision::Late(None)), 18, (true, true)),
            (Some(5), Some(MarkDecision::Late(Some(3))), 18, (true, false)),
            (Some(5), Some(MarkDecision::Late(Some(8))), 11, (true, true)),
            (Some(5), Some(MarkDecision::Present), 18, (false, false)),
        ] {
            let (late_after, closes_after) = (late_after.map(Span::minutes), Some(Span::minutes(7)));
            let occurrence = Occurrence { late_after, closes_after, ..occurrence() };
            let first_seen = Some(Instant::from_micros(first_seen * MINUTE));
            let standing = Standing { decision, first_seen, ..Standing::default() };
            let judged = judge(&occurrence, Instant::from_micros(30 * MINUTE), false, standing);
            assert_eq!((judged.late, judged.after_close), expected, "{decision:?} {first_seen:?}");
        }
    }

    #[test]
    fn an_excuse_ranks_below_an_accepted_recognition_and_above_everything_else_without_a_mark() {
        let seen = Some(Instant::from_micros(12 * MINUTE));
        for (decision, first_seen, low, now, expected) in [
            (None, None, false, 9, Status::Excused),
            (None, None, false, 15, Status::Excused),
            (None, None, true, 15, Status::Excused),
            (None, seen, false, 15, Status::Present),
            (Some(MarkDecision::Absent), None, false, 15, Status::Absent),
            (Some(MarkDecision::Present), None, false, 15, Status::Present),
        ] {
            let standing = Standing { decision, first_seen, low, excused: true, elsewhere: false };
            for blind in [false, true] {
                let judged = judge(&occurrence(), Instant::from_micros(now * MINUTE), blind, standing);
                assert_eq!(judged.status, expected, "{standing:?}");
            }
        }
    }

    #[test]
    fn a_late_mark_states_the_minutes_or_takes_those_of_the_cameras() {
        for (stated, first_seen, expected) in [
            (Some(7), Some(12), Some(7)),
            (None, Some(12), Some(2)),
            (None, Some(9), None),
            (None, None, None),
        ] {
            let first_seen = first_seen.map(|minute| Instant::from_micros(minute * MINUTE));
            let standing =
                Standing { decision: Some(MarkDecision::Late(stated)), first_seen, ..Standing::default() };
            let judged = judge(&occurrence(), Instant::from_micros(15 * MINUTE), false, standing);
            let late =
                Judgement { status: Status::Present, late: true, minutes_late: expected, after_close: false };
            assert_eq!(judged, late, "{stated:?} {first_seen:?}");
        }
    }

    #[test]
    fn unknown_and_expected_students_are_not_judged() {
        let mut counts = Counts::default();
        outcomes("lc").into_iter().for_each(|outcome| counts.add(outcome));
        for status in STATUSES {
            counts.add(BriefJudgement { status, late: false, after_close: false });
        }
        assert_eq!((counts.expected, counts.present, counts.late, counts.after_close), (8, 3, 2, 1));
        assert_eq!((counts.judged(), counts.missed()), (6, 2), "absent and excused were missed");
    }

    proptest! {
        /// The counts of a range are those of its days, in any order of addition.
        #[test]
        fn counts_of_parts_are_the_counts_of_the_whole(
            parts in proptest::collection::vec(proptest::collection::vec((0..6usize, any::<bool>()), 0..9), 0..5),
        ) {
            let (mut whole, mut sum) = (Counts::default(), Counts::default());
            for part in parts {
                let mut counts = Counts::default();
                for (status, late) in part {
                    let outcome = BriefJudgement { status: STATUSES[status], late, after_close: late };
                    counts.add(outcome);
                    whole.add(outcome);
                }
                sum += counts;
            }
            prop_assert_eq!(sum, whole);
        }

        #[test]
        fn statuses_add_up_to_the_expected(
            students in proptest::collection::vec((0..5u8, proptest::collection::vec((0..30 * MINUTE, 0.0..1.0f64), 0..4)), 0..40),
            now in 0..40 * MINUTE,
            blind: bool,
        ) {
            let mut counts = Counts::default();
            for (marked, sightings) in &students {
                let decision = [None, Some(MarkDecision::Present), Some(MarkDecision::Absent), Some(MarkDecision::Excused), None][usize::from(*marked)];
                let mark = (*marked != 0).then(|| mark(decision));
                counts.add(judge(&occurrence(), Instant::from_micros(now), blind, Standing::of(mark.as_ref(), &record(sightings), false)));
            }
            let c = counts;
            prop_assert_eq!(c.expected as usize, students.len());
            prop_assert_eq!(c.present + c.absent + c.excused + c.low_score + c.unknown + c.pending, c.expected);
            prop_assert!(c.late <= c.present);
            prop_assert!(now < 15 * MINUTE || c.pending == 0);
        }
    }
}
