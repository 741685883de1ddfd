//! The register, derived from all facts each time.

use chrono::Duration;

use crate::facts::{Identity, Line, Mark, Occurrence, Record, Review, School, Seen, Student, Verdict};
use crate::zones::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Present,
    Absent,
    Excused,
    LowScore,
    Unknown,
    Expected,
    /// Absent or unknown: the rules about coverage leave it to a minute.
    Unseen,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Excused => "excused",
            Self::LowScore => "low_score",
            Self::Unknown => "unknown",
            Self::Expected => "expected",
            Self::Unseen => "absent or unknown",
        }
    }
}

/// One student in the register of one occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub student: String,
    pub status: Status,
    pub record: Record,
    pub minutes_late: Option<i64>,
    pub late: bool,
    /// The author and the reason of the mark or excuse that decided.
    pub decided: Option<(String, String)>,
    /// The groups at the start; nothing to compare for a student who was not expected.
    pub group: Option<Option<String>>,
}

/// The effect of one recognition on its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    NoPeriod,
    LowScore,
    First,
    Counted,
    Held,
    Improved,
    /// A person decided that it does not count for the student whom it names.
    SetAside,
}

impl Effect {
    pub fn word(self) -> &'static str {
        match self {
            Self::NoPeriod => "no active period",
            Self::LowScore => "low score",
            Self::First => "first",
            Self::Counted => "counted",
            Self::Held => "held",
            Self::Improved => "improved",
            Self::SetAside => "set aside",
        }
    }

    pub fn accepted(self) -> bool {
        !matches!(self, Self::NoPeriod | Self::LowScore | Self::SetAside)
    }
}

/// The author of every excuse, and the reason.
pub const EXCUSED_BY: &str = "mr-oz";
pub const EXCUSED_FOR: &str = "ill";

/// The answer to one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Stored,
    Unknown,
    Inactive,
    Future,
    TooOld,
}

impl School {
    /// Takes one line in at `now`.
    pub fn take(&mut self, line: &Line, now: Instant) -> Taken {
        let student = &line.id.student;
        if line.id.at > now + Duration::minutes(2) {
            return Taken::Future;
        }
        if self.watermark.is_some_and(|watermark| line.id.at < watermark) {
            return Taken::TooOld;
        }
        self.cameras.entry(line.id.camera.clone()).or_default().lines.insert(line.id.at);
        let Some(known) = self.named(student, line.id.at) else {
            self.waiting.push(line.clone());
            return Taken::Unknown;
        };
        let before_enrolment = known.spans[0].from.is_some_and(|from| line.id.at < from);
        if known.span_at(line.id.at).is_none()
            && !before_enrolment
            && self.matched(known, line.id.at).is_none()
        {
            self.waiting.push(line.clone());
            return Taken::Inactive;
        }
        let id = self.resolved(&line.id);
        self.recognitions.entry(id).or_default().push(line.clone());
        Taken::Stored
    }

    /// Takes the lines of students who were not on the roll in after all.
    pub fn retry(&mut self, now: Instant) {
        for line in std::mem::take(&mut self.waiting) {
            self.take(&line, now);
        }
    }

    /// Whether the student is on the roll and in the group at the start, regardless of other occurrences.
    pub fn belongs(&self, occurrence: &Occurrence, student: &Student) -> bool {
        student.span_at(occurrence.starts_at).is_some_and(|span| occurrence.wants(&span.groups))
    }

    /// Whether the student can be absent: the student belongs to it, and to no occurrence that takes precedence.
    pub fn expects(&self, occurrence: &Occurrence, student: &Student) -> bool {
        let mut rivals: Vec<&Occurrence> =
            self.occurrences.iter().filter(|o| self.is_held(o) && self.belongs(o, student)).collect();
        rivals.sort_by_key(|o| (o.groups.is_empty(), std::cmp::Reverse(o.starts_at), o.order, o.id));
        let mut goes_to: Vec<&Occurrence> = Vec::new();
        for rival in rivals {
            if !goes_to.iter().any(|chosen| !chosen.groups.is_empty() && chosen.overlaps(rival)) {
                goes_to.push(rival);
            }
        }
        goes_to.iter().any(|chosen| chosen.id == occurrence.id)
    }

    /// A sighting at `at` may count here although the student is not expected.
    fn may_count(&self, occurrence: &Occurrence, student: &Student, at: Instant) -> bool {
        if self.belongs(occurrence, student) {
            return true;
        }
        if let Some(span) = student.span_at(at) {
            return occurrence.wants(&span.groups);
        }
        let first = &student.spans[0];
        first.from.is_some_and(|from| at < from) && occurrence.wants(&first.groups)
    }

    /// The occurrence in which a sighting of this student at this instant counts.
    pub fn matched(&self, student: &Student, at: Instant) -> Option<&Occurrence> {
        self.occurrences
            .iter()
            .filter(|o| self.is_held(o) && o.opens_at() <= at && at <= o.closes_at())
            .filter(|o| self.may_count(o, student, at))
            .min_by_key(|o| {
                let in_core = o.starts_at <= at && at <= o.ends_at;
                (!self.expects(o, student), !in_core, o.starts_at, o.order, o.id)
            })
    }

    /// Everything that counts for a student in the order of time: the student's own sightings that no person set aside,
    /// and those that were given to the student. And whether a person confirmed it.
    fn counting(&self, code: &str) -> Vec<(&Identity, Seen, bool)> {
        let counts = |id: &Identity| match self.reviews.get(id) {
            None => (id.student == code).then_some(false),
            Some(Review::Accept) => (id.student == code).then_some(true),
            Some(Review::Reject) => None,
            Some(Review::Reassign(to)) => (to == code).then_some(true),
        };
        let all = self.recognitions.iter();
        let mut counting: Vec<_> =
            all.filter_map(|(id, lines)| Some((id, merged(lines), counts(id)?))).collect();
        counting.sort_by_key(|(id, ..)| (id.at, id.camera.clone()));
        counting
    }

    /// All sightings of one student in one occurrence, in time order, with the effect of each.
    pub fn fold(&self, occurrence: usize, code: &str) -> (Record, Vec<(Identity, Effect)>) {
        let student = self.student(code).unwrap();
        let mut record = Record::default();
        let mut effects = Vec::new();
        for (id, seen, confirmed) in self.counting(code) {
            if self.matched(student, id.at).map(|o| o.id) == Some(occurrence) {
                effects.push((id.clone(), self.step(&mut record, id, &seen, confirmed)));
            }
        }
        (record, effects)
    }

    fn step(&self, record: &mut Record, id: &Identity, seen: &Seen, confirmed: bool) -> Effect {
        let best_is_now = |record: &mut Record| {
            record.best = Some(id.at);
            record.best_score = Some(seen.score);
            record.best_camera = Some(id.camera.clone());
        };
        if !confirmed && seen.score < self.settings.min_score {
            record.low += 1;
            return Effect::LowScore;
        }
        record.sightings += 1;
        let Some(last) = record.last.replace(id.at) else {
            record.first = Some(id.at);
            best_is_now(record);
            return Effect::First;
        };
        let recent = self.settings.window > Duration::zero() && id.at - last < self.settings.window;
        if seen.score <= record.best_score.unwrap() + self.settings.min_delta {
            Effect::Counted
        } else if recent {
            Effect::Held
        } else {
            best_is_now(record);
            Effect::Improved
        }
    }

    pub fn record(&self, occurrence: usize, code: &str) -> Record {
        match self.kept.get(&(occurrence, code.to_owned())) {
            Some(kept) => kept.clone(),
            None if self.is_pruned(self.occurrence(occurrence)) => Record::default(),
            None => self.fold(occurrence, code).0,
        }
    }

    /// The mark in force.
    pub fn mark(&self, occurrence: usize, code: &str) -> Option<&Mark> {
        let of_both = |mark: &&Mark| mark.occurrence == occurrence && mark.student == code;
        self.marks.iter().rfind(of_both).filter(|mark| mark.verdict != Verdict::TakenBack)
    }

    /// One student in one held occurrence. `None` if the student was not expected, seen or marked.
    pub fn entry(&self, occurrence: &Occurrence, student: &Student, now: Instant) -> Option<Entry> {
        let record = self.record(occurrence.id, &student.code);
        let mark = self.mark(occurrence.id, &student.code).cloned();
        let expected = self.expects(occurrence, student);
        if !expected && record == Record::default() && mark.is_none() {
            return None;
        }
        let excused = self.excuses.iter().any(|excuse| {
            let overlaps = excuse.from < occurrence.ends_at && occurrence.starts_at < excuse.until;
            excuse.student == student.code && overlaps
        });
        let status = self.status(occurrence, student, &record, mark.as_ref(), excused, now);
        let after = |first: Instant| first - occurrence.starts_at;
        let by_cameras = record
            .first
            .filter(|_| status == Status::Present && mark.is_none())
            .filter(|&first| occurrence.late_after.is_some_and(|limit| after(first) > limit));
        let (late, minutes_late) = match mark.as_ref().map(|mark| mark.verdict) {
            Some(Verdict::Late(stated)) => {
                let seen = record.first.map(after).filter(|after| *after > Duration::zero());
                (true, stated.or(seen.map(|after| after.num_minutes())))
            }
            _ => (by_cameras.is_some(), by_cameras.map(|first| after(first).num_minutes())),
        };
        let by_excuse = || (EXCUSED_BY.to_owned(), EXCUSED_FOR.to_owned());
        let decided = match mark {
            Some(mark) => Some((mark.by, mark.reason)),
            None => (excused && status == Status::Excused).then(by_excuse),
        };
        let group = expected.then(|| student.span_at(occurrence.starts_at).unwrap().groups.told());
        Some(Entry { student: student.code.clone(), status, record, minutes_late, late, decided, group })
    }

    fn status(
        &self,
        o: &Occurrence,
        student: &Student,
        record: &Record,
        mark: Option<&Mark>,
        excused: bool,
        now: Instant,
    ) -> Status {
        let too_early = now < o.starts_at + o.late_after.unwrap_or(Duration::minutes(10));
        match mark.map(|mark| mark.verdict) {
            Some(Verdict::Present | Verdict::Late(_)) => Status::Present,
            Some(Verdict::Absent) => Status::Absent,
            Some(Verdict::Excused) => Status::Excused,
            _ if record.sightings > 0 => Status::Present,
            _ if excused => Status::Excused,
            _ if record.low > 0 => Status::LowScore,
            _ if too_early => Status::Expected,
            _ => match self.verdict(o, student, now) {
                Some(true) => Status::Unknown,
                Some(false) => Status::Absent,
                None => Status::Unseen,
            },
        }
    }

    /// All entries of one held occurrence, by code.
    pub fn register(&self, occurrence: &Occurrence, now: Instant) -> Vec<Entry> {
        if !self.is_held(occurrence) {
            return Vec::new();
        }
        self.students.iter().filter_map(|student| self.entry(occurrence, student, now)).collect()
    }
}

/// The sighting of all lines of one identity.
pub fn merged(lines: &[Line]) -> Seen {
    best_of(&lines.iter().map(|line| line.seen.clone()).collect::<Vec<_>>())
}

/// Merges what was seen: the highest score, and the crop that came with the highest score.
pub fn best_of(lines: &[Seen]) -> Seen {
    let highest =
        |lines: &mut dyn Iterator<Item = &Seen>| lines.max_by(|a, b| a.score.total_cmp(&b.score)).cloned();
    let with_crop = highest(&mut lines.iter().filter(|seen| seen.crop.is_some()));
    let best = highest(&mut lines.iter()).unwrap();
    Seen { score: best.score, crop: with_crop.and_then(|seen| seen.crop) }
}
