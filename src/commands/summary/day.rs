//! The periods of one date and everybody's outcomes in them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Ids;
use crate::commands::register::coverage::Cameras;
use crate::commands::register::sessions;
use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::excuse::span_of;
use crate::domain::register::gap::{ByClass, Gap, Gaps};
use crate::domain::register::session::HeldSession;
use crate::domain::register::status::{BriefJudgement, Counts, Standing, Status, judge};
use crate::domain::register::summary::PeriodSummary;
use crate::domain::register::tally::Tally;
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::Connection;
use crate::store::register::excuses::{self, ByStudent};
use crate::store::register::expected::each_remembered;
use crate::store::timetable::schedule;

/// Everything that judges a date, read once for all dates.
pub(crate) struct Facts<'f> {
    pub(crate) expectations: &'f Expectations,
    pub(crate) cameras: &'f Cameras,
    pub(crate) settings: &'f Settings,
    /// Only periods and sessions in which the student was in one of these groups count.
    pub(crate) groups: &'f GroupFilter,
}

/// The periods of one date, and the outcome of every student in each of them.
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    pub(crate) periods: Vec<PeriodSummary>,
    sessions: Vec<HeldSession>,
    /// The setting `max_periods_per_day`.
    cap: Option<u32>,
    pub(super) students: Ids,
    /// Outcomes of students who were expected, seen or marked: a row for each student, with a place for
    /// each period.
    outcomes: Vec<Option<BriefJudgement>>,
    /// Whether the student of each outcome was in the requested groups when the period started. Empty if all students
    /// are requested.
    requested: Vec<bool>,
    /// The gap behind each outcome, as its place in `known` counted from 1. Empty if no student is unknown.
    gaps: Vec<u32>,
    known: Vec<Arc<Gap>>,
}

impl Day {
    pub(crate) fn read(
        conn: &Connection,
        date: NaiveDate,
        students: Ids,
        facts: &Facts,
        now: Instant,
    ) -> Result<Self> {
        let mut occurrences = schedule::occurrences(conn, date..=date)?;
        occurrences.retain(Occurrence::held);
        let width = occurrences.len();
        let mut day = Self {
            date,
            periods: Vec::with_capacity(width),
            sessions: sessions::held(conn, &occurrences, now)?,
            cap: facts.settings.max_periods_per_day,
            outcomes: vec![None; students.len() * width],
            students,
            requested: Vec::new(),
            gaps: Vec::new(),
            known: Vec::new(),
        };
        for (place, occurrence) in occurrences.into_iter().enumerate() {
            let coverage = facts.cameras.coverage(conn, &occurrence, now)?;
            let excuses = excuses::overlapping(conn, span_of(&occurrence))?;
            day.take_remembered(conn, (place, width), &occurrence, &excuses, now)?;
            day.take_unseen((place, width), (&occurrence, &coverage), facts.expectations, &excuses, now);
            day.note_requested((place, width), &occurrence, facts);
            let begun = occurrence.has_begun(now);
            day.periods.push(PeriodSummary { occurrence, coverage, begun, counts: Counts::default() });
        }
        Ok(day)
    }

    /// Students who were seen, marked or excused. They are never unknown.
    fn take_remembered(
        &mut self,
        conn: &Connection,
        (place, width): (usize, usize),
        occurrence: &Occurrence,
        excuses: &ByStudent,
        now: Instant,
    ) -> Result<()> {
        Ok(each_remembered(conn, occurrence.id, excuses, |student, standing| {
            if let Ok(row) = self.students.binary_search(&student) {
                let outcome = judge(occurrence, now, false, standing).into();
                self.outcomes[row * width + place] = Some(outcome);
            }
        })?)
    }

    /// Students of whom nothing is known but that they are expected.
    fn take_unseen(
        &mut self,
        (place, width): (usize, usize),
        (occurrence, coverage): (&Occurrence, &Coverage),
        expectations: &Expectations,
        excuses: &ByStudent,
        now: Instant,
    ) {
        let groups = expectations.roll.groups_at(occurrence.starts_at);
        let mut gaps = ByClass::new(occurrence, coverage);
        for (student, listed) in expectations.of(occurrence).students() {
            let Ok(row) = self.students.binary_search(&student) else { continue };
            let cell = row * width + place;
            if self.outcomes[cell].is_some() {
                continue;
            }
            let excused = excuses.contains_key(&student);
            let unseen = Standing { excused, ..Standing::unseen(listed) };
            let class = groups.of(student).1;
            let judged = judge(occurrence, now, coverage.is_blind(class), unseen);
            self.outcomes[cell] = Some(judged.into());
            if judged.status == Status::Unknown {
                self.note_gap(cell, gaps.of(class));
            }
        }
    }

    /// Notes which students are in the requested groups when an occurrence starts.
    fn note_requested(&mut self, (place, width): (usize, usize), occurrence: &Occurrence, facts: &Facts) {
        if facts.groups.is_everybody() {
            return;
        }
        self.requested.resize(self.outcomes.len(), false);
        let groups = facts.expectations.roll.groups_at(occurrence.starts_at);
        for (row, student) in self.students.iter().enumerate() {
            self.requested[row * width + place] = facts.groups.passes(groups.of(*student).1);
        }
    }

    /// Whether a student was in the requested groups when a period started.
    fn is_requested(&self, cell: usize) -> bool {
        self.requested.get(cell).is_none_or(|requested| *requested)
    }

    fn note_gap(&mut self, cell: usize, gap: Arc<Gap>) {
        self.gaps.resize(self.outcomes.len(), 0);
        // Students of a class come in any order, so a gap may be known from before.
        let place = self.known.iter().rposition(|known| Arc::ptr_eq(known, &gap));
        let place = place.unwrap_or_else(|| {
            self.known.push(gap);
            self.known.len() - 1
        });
        self.gaps[cell] = u32::try_from(place + 1).unwrap_or_default();
    }

    /// Adds the gaps of a student, in the order of periods, to those that `gaps` gives; not asked for without gaps.
    pub(crate) fn add_gaps<'g>(&self, student: StudentId, gaps: impl FnOnce() -> &'g mut Gaps) {
        if self.gaps.is_empty() {
            return;
        }
        let Ok(row) = self.students.binary_search(&student) else { return };
        let cells = row * self.periods.len()..;
        let noted = cells.zip(&self.periods).map(|(cell, period)| (cell, self.gaps[cell], period));
        let mut noted = noted.filter(|(cell, gap, _)| *gap > 0 && self.is_requested(*cell)).peekable();
        if noted.peek().is_some() {
            let gaps = gaps();
            for (_, gap, period) in noted {
                gaps.add(period.occurrence.id, || self.known[gap as usize - 1].clone());
            }
        }
    }

    /// Counts the outcomes of a student in.
    pub(crate) fn count(&mut self, outcomes: &[Option<BriefJudgement>]) {
        for (period, outcome) in self.periods.iter_mut().zip(outcomes) {
            outcome.iter().for_each(|outcome| period.counts.add(*outcome));
        }
    }

    /// The outcome of the student of a row in a period, if the student was in the requested groups then.
    pub(super) fn outcome(&self, row: usize, place: usize) -> Option<BriefJudgement> {
        let cell = row * self.periods.len() + place;
        self.outcomes[cell].filter(|_| self.is_requested(cell))
    }

    /// Adds the date to the sums of a student, with the outcome in each period that counts. Returns whether the student
    /// could have attended any of them: of all periods if the date is `alone`, else of those that have begun.
    pub(crate) fn add_to(
        &self,
        student: StudentId,
        tally: &mut Tally,
        outcomes: &mut Vec<Option<BriefJudgement>>,
        alone: bool,
    ) -> bool {
        outcomes.clear();
        let Ok(row) = self.students.binary_search(&student) else { return false };
        let is_present =
            |outcome: Option<BriefJudgement>| outcome.is_some_and(|o| o.status == Status::Present);
        let (mut expected, mut present, mut attended) = (0, 0, false);
        for (place, period) in self.periods.iter().enumerate() {
            let outcome = self.outcome(row, place);
            let counts = alone || period.begun;
            expected += u32::from(counts && outcome.is_some_and(|o| o.status != Status::Elsewhere));
            let begun = outcome.filter(|_| period.begun);
            present += u32::from(is_present(begun));
            attended |= period.begun && is_present(self.outcomes[row * self.periods.len() + place]);
            outcomes.push(begun);
        }
        let cap = cap(self.cap, present, expected);
        if cap > 0 {
            tally.add_day(outcomes.iter().flatten().copied(), cap, attended);
        }
        cap > 0
    }

    /// The start of the last period with an outcome of a student: of all periods if the date is `alone`, else of those
    /// that have begun.
    pub(crate) fn last_start(&self, student: StudentId, alone: bool) -> Option<Instant> {
        let row = self.students.binary_search(&student).ok()?;
        let counts =
            |place: &usize| (alone || self.periods[*place].begun) && self.outcome(row, *place).is_some();
        let last = (0..self.periods.len()).rfind(counts)?;
        Some(self.periods[last].occurrence.starts_at)
    }

    /// Names of the sessions, in their order.
    pub(crate) fn session_names(&self) -> impl Iterator<Item = &str> {
        self.sessions.iter().map(|held| held.session.name.as_str())
    }

    /// The outcome of a student in each session; `None`: no period of it expected the student, none has begun, or the
    /// student was not in the requested groups in the first of them.
    pub(crate) fn sessions(&self, student: StudentId) -> Vec<Option<BriefJudgement>> {
        self.judged_sessions(student).map(|judged| Some(judged?.1)).collect()
    }

    /// The same, each with the place of the first period that expects the student.
    pub(crate) fn judged_sessions(
        &self,
        student: StudentId,
    ) -> impl Iterator<Item = Option<(usize, BriefJudgement)>> {
        let row = self.students.binary_search(&student).ok().map(|row| row * self.periods.len());
        self.sessions.iter().map(move |held| {
            let judged = held.judge(|place| self.outcomes[row? + place]);
            judged.filter(|(first, _)| row.is_some_and(|row| self.is_requested(row + first)))
        })
    }
}

/// How many periods a student could have attended: the setting, but never fewer than the student was present in, nor
/// more than expected the student.
fn cap(setting: Option<u32>, present: u32, expected: u32) -> u32 {
    setting.map_or(expected, |cap| cap.max(present).min(expected))
}

#[cfg(test)]
mod tests {
    use super::cap;

    #[test]
    fn the_cap_is_never_less_than_present_nor_more_than_expected() {
        for (setting, present, expected, shown) in
            [(None, 1, 4, 4), (Some(1), 3, 4, 3), (Some(4), 1, 1, 1), (Some(2), 1, 4, 2), (Some(3), 0, 0, 0)]
        {
            assert_eq!(cap(setting, present, expected), shown, "{setting:?} {present}/{expected}");
        }
    }
}
