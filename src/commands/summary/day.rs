//! The periods of one date and everybody's outcomes in them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Ids;
use crate::commands::register::coverage::Cameras;
use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::excuse::span_of;
use crate::domain::register::gap::{ByClass, Gap, Gaps};
use crate::domain::register::session::SchoolSession;
use crate::domain::register::status::{BriefJudgement, Counts, Standing, Status, judge};
use crate::domain::register::summary::PeriodSummary;
use crate::domain::roll::expectation::Expectations;
use crate::domain::roll::student::StudentId;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::Connection;
use crate::store::register::excuses::{self, ByStudent};
use crate::store::register::expected::each_remembered;
use crate::store::register::sessions;
use crate::store::timetable::schedule;

/// Everything that judges a date, read once for all dates.
pub(crate) struct Facts<'f> {
    pub(crate) expectations: &'f Expectations,
    pub(crate) cameras: &'f Cameras,
    pub(crate) settings: &'f Settings,
}

/// The periods of one date, and the outcome of every student in each of them.
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    pub(crate) periods: Vec<PeriodSummary>,
    /// The sessions, each with the places of its periods.
    sessions: Vec<(SchoolSession, Vec<usize>)>,
    /// The setting `max_periods_per_day`.
    cap: Option<u32>,
    pub(super) students: Ids,
    /// Outcomes of students who were expected, seen or marked: a row for each student, with a place for
    /// each period.
    pub(super) outcomes: Vec<Option<BriefJudgement>>,
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
            sessions: places_of_sessions(conn, &occurrences)?,
            cap: facts.settings.max_periods_per_day,
            outcomes: vec![None; students.len() * width],
            students,
            gaps: Vec::new(),
            known: Vec::new(),
        };
        for (place, occurrence) in occurrences.into_iter().enumerate() {
            let coverage = facts.cameras.coverage(conn, &occurrence, now)?;
            let excuses = excuses::overlapping(conn, span_of(&occurrence))?;
            day.take_remembered(conn, (place, width), &occurrence, &excuses, now)?;
            day.take_unseen((place, width), (&occurrence, &coverage), facts.expectations, &excuses, now);
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
        let width = self.periods.len();
        let cells = &self.gaps[row * width..(row + 1) * width];
        let mut noted = cells.iter().zip(&self.periods).filter(|(gap, _)| **gap > 0).peekable();
        if noted.peek().is_some() {
            let gaps = gaps();
            for (gap, period) in noted {
                gaps.add(period.occurrence.id, || self.known[*gap as usize - 1].clone());
            }
        }
    }

    /// Counts the outcomes of a student in.
    pub(crate) fn count(&mut self, outcomes: &[Option<BriefJudgement>]) {
        for (period, outcome) in self.periods.iter_mut().zip(outcomes) {
            outcome.iter().for_each(|outcome| period.counts.add(*outcome));
        }
    }

    /// The outcome of a student in each period. Returns the number of periods the student could have
    /// attended.
    pub(crate) fn outcomes(&self, student: StudentId, outcomes: &mut Vec<Option<BriefJudgement>>) -> u32 {
        outcomes.clear();
        let width = self.periods.len();
        let row = self.students.binary_search(&student).ok().map(|row| row * width);
        let (mut expected, mut present) = (0, 0);
        for (place, period) in self.periods.iter().enumerate() {
            let outcome = row.and_then(|row| self.outcomes[row + place]);
            expected += u32::from(outcome.is_some_and(|outcome| outcome.status != Status::Elsewhere));
            let begun = outcome.filter(|_| period.begun);
            present += u32::from(begun.is_some_and(|outcome| outcome.status == Status::Present));
            outcomes.push(begun);
        }
        cap(self.cap, present, expected)
    }

    /// Names of the sessions, in their order.
    pub(crate) fn session_names(&self) -> impl Iterator<Item = &str> {
        self.sessions.iter().map(|(session, _)| session.name.as_str())
    }

    /// The first period of a session on this date.
    pub(crate) fn first_of(&self, session: usize) -> Option<&PeriodSummary> {
        self.sessions[session].1.first().map(|place| &self.periods[*place])
    }

    /// The outcome of a student in each session; `None`: no period of it expected the student, or none has begun.
    pub(crate) fn sessions(&self, student: StudentId) -> Vec<Option<BriefJudgement>> {
        let width = self.periods.len();
        let row = self.students.binary_search(&student).ok().map(|row| row * width);
        let judged = self.sessions.iter().map(|(session, places)| {
            let begun = places.iter().any(|place| self.periods[*place].begun);
            let outcomes = places.iter().filter_map(|place| self.outcomes[row? + place]);
            session.judge(outcomes).filter(|_| begun)
        });
        judged.collect()
    }
}

/// The sessions with the places of their periods among the occurrences of a date.
fn places_of_sessions(
    conn: &Connection,
    occurrences: &[Occurrence],
) -> Result<Vec<(SchoolSession, Vec<usize>)>> {
    let places = sessions::list(conn)?.into_iter().map(|session| {
        let own = occurrences.iter().enumerate().filter(|(_, o)| session.holds(&o.period));
        let places = own.map(|(place, _)| place).collect();
        (session, places)
    });
    Ok(places.collect())
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
