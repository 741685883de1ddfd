//! Folds occurrences again from the stored recognitions: planned, and applied as planned.
//!
//! After the schedule changed, so that it makes no difference whether a recognition or its occurrence
//! came first, and for `recompute`.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashSet;

use crate::commands::{Caller, lookup};
use crate::domain::register::recompute::{Change, Plan};
use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::time::calendar::local_date;
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::failure::Result;
use crate::store::evidence::{recognitions, records};
use crate::store::register::versions;
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};

/// Students whose timelines in an occurrence are in memory at once. Each slice of a larger roll reads the stretch of
/// the recognitions anew.
const TOGETHER: i64 = 30_000;

/// Students by identity, from first to last.
pub(crate) type Slice = RangeInclusive<StudentId>;

/// The inputs of a fold other than recognitions.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The settings now.
    pub settings: Settings,
    timetable: Timetable,
    /// The watermark: recognitions before it were pruned.
    watermark: Option<Instant>,
    now: Instant,
}

impl Rules {
    /// Reads the rules that hold for occurrences on `dates`.
    pub(crate) fn read(
        conn: &Connection,
        dates: &RangeInclusive<NaiveDate>,
        caller: &Caller,
    ) -> Result<Self> {
        let settings = settings::load(conn)?;
        let today = local_date(caller.now, settings.zone);
        let last = *lookup::neighbours(today).end().min(dates.end());
        let around = lookup::around(&(*dates.start()..=last));
        Ok(Self {
            timetable: Timetable::new(schedule::occurrences(conn, around)?),
            watermark: settings::revision(conn)?.watermark,
            now: caller.now,
            settings,
        })
    }

    /// The occurrences on `dates` that are held and have opened, by opening.
    pub(crate) fn opened<'r>(
        &'r self,
        dates: &'r RangeInclusive<NaiveDate>,
    ) -> impl DoubleEndedIterator<Item = &'r Occurrence> {
        self.timetable.held().iter().filter(|o| dates.contains(&o.date) && o.opens_at <= self.now)
    }

    /// Whether recognitions of an occurrence were pruned: its records can no longer be justified, so
    /// they stay as they are.
    pub(crate) fn is_pruned(&self, occurrence: &Occurrence) -> bool {
        occurrence.settled(self.watermark)
    }

    /// Plans the records that `wanted` students of a slice have in an occurrence.
    pub(crate) fn plan(
        &self,
        conn: &Connection,
        occurrence: &Occurrence,
        slice: &Slice,
        wanted: impl Fn(StudentId) -> bool,
    ) -> Result<Plan> {
        let wanted = |student| slice.contains(&student) && wanted(student);
        let policy = &self.settings.policy;
        let window = occurrence.opens_at..=occurrence.closes_at;
        let mut stored = records::of_occurrence(conn, occurrence.id, slice)?;
        stored.retain(|student, _| wanted(*student));
        let mut changes = Vec::new();
        for (student, mut timeline) in recognitions::of_students(conn, window, wanted)? {
            let enrolment = enrolments::of(conn, student)?;
            timeline.retain(|recognition| {
                let matching = enrolment.occurrence_at(&self.timetable, recognition.ts);
                matching.is_some_and(|o| o.id == occurrence.id)
            });
            changes.extend(Change::find(student, stored.remove(&student), &timeline, policy));
        }
        // The remaining students have a record, but no recognition in the window.
        changes.extend(
            stored.into_iter().filter_map(|(id, before)| Change::find(id, Some(before), &[], policy)),
        );
        changes.sort_by_key(|change| change.student);
        Ok(Plan { occurrence: occurrence.clone(), changes })
    }

    /// Does what a plan says.
    pub(crate) fn apply(&self, conn: &Connection, plan: &Plan) -> Result<()> {
        let policy = records::policy_id(conn, &self.settings.policy)?;
        if !plan.changes.is_empty() {
            versions::touch_register(conn, plan.occurrence.id)?;
        }
        let mut writer = records::Writer::new(conn, policy)?;
        for change in &plan.changes {
            match &change.after {
                Some(record) => writer.save(plan.occurrence.id, change.student, record)?,
                None => records::remove(conn, plan.occurrence.id, change.student)?,
            }
        }
        Ok(())
    }
}

/// Brings the records that an edit can affect up to date with their recognitions, as far as these are still
/// there.
pub(crate) fn touched(conn: &Connection, touched: &Touched, caller: &Caller) -> Result<()> {
    if touched.windows.is_empty() {
        return Ok(());
    }
    let rules = Rules::read(conn, &(ALWAYS..=OPEN_END), caller)?;
    let sharing = rules.timetable.sharing(&touched.windows);
    let justified = sharing.filter(|o| o.opens_at <= rules.now && !rules.is_pruned(o));
    let slices: Vec<Slice> = slices(conn)?.into_iter().filter(|slice| touched.concerns(slice)).collect();
    for occurrence in justified {
        for slice in &slices {
            let plan = rules.plan(conn, occurrence, slice, |student| touched.is_about(student))?;
            rules.apply(conn, &plan)?;
        }
    }
    Ok(())
}

/// The registers that an edit can change: those of occurrences that overlap some windows, as far as
/// they are about some students.
#[derive(Debug, Default)]
pub struct Touched {
    /// From opening to closing.
    pub windows: Vec<RangeInclusive<Instant>>,
    /// `None`: everybody.
    pub whom: Option<Whom>,
}

/// Students who are enrolled differently than before.
#[derive(Debug, Default)]
pub struct Whom {
    /// Those known before.
    pub known: FxHashSet<StudentId>,
    /// Newcomers have identities above this one.
    newcomers_after: Option<StudentId>,
}

impl Whom {
    /// Whether a student is among them.
    pub fn contains(&self, student: StudentId) -> bool {
        self.known.contains(&student) || self.newcomers_after.is_some_and(|last| student > last)
    }

    /// The only one, if it is a student known before.
    pub fn single(&self) -> Option<StudentId> {
        let single = self.known.len() == 1 && self.newcomers_after.is_none();
        self.known.iter().copied().next().filter(|_| single)
    }
}

impl Touched {
    /// The effect of adding, changing, cancelling, restoring, closing or opening occurrences. Pass the
    /// occurrences from before and after the edit.
    pub fn of_schedule(conn: &Connection, occurrences: impl Iterator<Item = Occurrence>) -> Result<Self> {
        let mut all: Vec<(bool, Occurrence)> = occurrences.map(|o| (true, o)).collect();
        all.extend(schedule::occurrences(conn, ALWAYS..=OPEN_END)?.into_iter().map(|o| (false, o)));
        Ok(Self { windows: windows(all), whom: None })
    }

    /// The effect of changing the enrolments of some students: every occurrence that continues after the
    /// first instant at which one of them is enrolled differently.
    pub fn of_roll(conn: &Connection, moved: Moved) -> Result<Self> {
        let Some(since) = moved.since else { return Ok(Self::default()) };
        let all = schedule::occurrences(conn, ALWAYS..=OPEN_END)?;
        let all = all.into_iter().map(|o| (o.closes_at >= since, o)).collect();
        Ok(Self { windows: windows(all), whom: Some(moved.whom) })
    }

    /// Every register within a span.
    pub fn of_all(span: RangeInclusive<Instant>) -> Self {
        Self { windows: vec![span], whom: None }
    }

    /// The effect of decisions about sightings: the instant of each, and a student it may count for.
    pub fn of_sightings(decided: impl IntoIterator<Item = (Instant, StudentId)>) -> Self {
        let (windows, known) = decided.into_iter().map(|(ts, student)| (ts..=ts, student)).unzip();
        Self { windows, whom: Some(Whom { known, newcomers_after: None }) }
    }

    /// Whether it is about a student.
    pub fn is_about(&self, student: StudentId) -> bool {
        self.whom.as_ref().is_none_or(|whom| whom.contains(student))
    }

    fn concerns(&self, slice: &Slice) -> bool {
        self.whom.as_ref().is_none_or(|whom| whom.known.iter().any(|student| slice.contains(student)))
    }
}

/// The windows of the affected occurrences, and of all that overlap with them directly or through others. A
/// student of several is expected in one of them, so each can depend on every other.
fn windows(mut all: Vec<(bool, Occurrence)>) -> Vec<RangeInclusive<Instant>> {
    all.sort_by_key(|(_, o)| o.starts_at);
    let mut windows = Vec::new();
    let mut chain: Vec<&(bool, Occurrence)> = Vec::new();
    let mut end_chain = |chain: &mut Vec<&(bool, Occurrence)>| {
        if chain.iter().any(|(touched, _)| *touched) {
            windows.extend(chain.iter().map(|(_, o)| o.opens_at..=o.closes_at));
        }
        chain.clear();
    };
    for one in &all {
        if chain.iter().all(|(_, o)| o.ends_at <= one.1.starts_at) {
            end_chain(&mut chain);
        }
        chain.push(one);
    }
    end_chain(&mut chain);
    windows
}

/// Students who are enrolled differently from an instant on.
#[derive(Debug, Default)]
pub struct Moved {
    whom: Whom,
    since: Option<Instant>,
}

impl Moved {
    /// Adds the change of one student.
    pub fn add(&mut self, student: StudentId, before: &Enrolment, after: &Enrolment) {
        if let Some(since) = before.differs_since(after) {
            self.whom.known.insert(student);
            self.begin(since);
        }
    }

    /// Adds new students, enrolled from an instant on. `last` is the highest identity so far. Their sightings wait in
    /// quarantine, so none of them counts yet.
    pub fn add_newcomers(&mut self, last: StudentId, from: Instant) {
        self.whom.newcomers_after = Some(last);
        self.begin(from);
    }

    fn begin(&mut self, since: Instant) {
        self.since = Some(self.since.map_or(since, |earliest| earliest.min(since)));
    }
}

/// All students who ever were on the roll, in slices that are folded one after the other.
pub(crate) fn slices(conn: &Connection) -> Result<Vec<Slice>> {
    let StudentId(last) = students::last_id(conn)?;
    let firsts = (1..=last).step_by(TOGETHER as usize);
    Ok(firsts.map(|first| StudentId(first)..=StudentId(first + TOGETHER - 1)).collect())
}
