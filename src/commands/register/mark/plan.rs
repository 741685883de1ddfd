//! The plan of an action: every row of a register that it changes, and the excuses that it adds or ends.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Request;
use super::select::{Chosen, MarkSelection, overlapping};
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::domain::evidence::coverage::Coverage;
use crate::domain::evidence::record::Record;
use crate::domain::register::act::{Act, Plan, Row};
use crate::domain::register::effect::{Altered, RegisterRow};
use crate::domain::register::excuse::{self, Excuse, ExcuseId, span_of};
use crate::domain::register::mark::{Mark, MarkDecision};
use crate::domain::register::status::{Entry, Standing, Status, judge};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::roll::expectation::{Expectations, Listed, Roll};
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, Timetable};
use crate::failure::{Failure, Result};
use crate::store::register::expected::Whose;
use crate::store::register::{excuses, reasons};
use crate::store::roll::enrolments;
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};

/// Plans an act.
pub(crate) fn plan(conn: &Connection, request: &Request, caller: &Caller) -> Result<Plan> {
    let selection = MarkSelection::find(conn, request, caller)?;
    let students =
        selection.students.iter().map(|c| (c.student.id, c.student.student.code.clone())).collect();
    let reasons = reasons::list(conn)?;
    let mut planner = Planner {
        conn,
        request,
        reason: request.reason.as_ref().map(|typed| reasons.expand(typed)),
        caller,
        cameras: Cameras::read(conn)?,
        expectations: expectations(conn, &selection.students)?,
        listed: FxHashSet::default(),
        excuses: FxHashMap::default(),
        plan: Plan { students, ..Plan::default() },
    };
    planner.plan_excuses(&selection)?;
    planner.plan_marks(&selection)?;
    planner.plan_excused_rows(&selection)?;
    planner.refuse_unlisted(&selection)?;
    let mut plan = planner.plan;
    plan.rows.sort_by(|a, b| {
        let place = |row: &Row| (row.occurrence.date, row.occurrence.starts_at, row.occurrence.id);
        place(a).cmp(&place(b)).then_with(|| a.altered.code.cmp(&b.altered.code))
    });
    Ok(plan)
}

fn expectations(conn: &Connection, students: &[Chosen]) -> Result<Expectations> {
    let roll = match students {
        [only] => Roll::single(only.student.id, enrolments::of(conn, only.student.id)?),
        _ => enrolments::roll(conn, &Instant::EVER)?,
    };
    Ok(Expectations::new(roll, Timetable::new(schedule::occurrences(conn, ALWAYS..=OPEN_END)?)))
}

fn by_code(students: &[Chosen]) -> FxHashMap<&str, StudentId> {
    students.iter().map(|chosen| (chosen.student.student.code.as_str(), chosen.student.id)).collect()
}

struct Planner<'c> {
    conn: &'c Connection,
    request: &'c Request,
    /// The reason as the register keeps it.
    reason: Option<String>,
    caller: &'c Caller,
    cameras: Cameras,
    expectations: Expectations,
    /// Students whom one of the registers lists.
    listed: FxHashSet<StudentId>,
    /// The excuses that are in force once the plan is applied, in the order they are then stored.
    excuses: FxHashMap<StudentId, Vec<Excuse>>,
    plan: Plan,
}

/// The change of one row.
enum RowChange {
    Mark(Mark),
    /// Only the excuses of the student change.
    Excuse,
}

impl Planner<'_> {
    fn plan_marks(&mut self, selection: &MarkSelection) -> Result<()> {
        let everybody = by_code(&selection.students);
        // A mark for a whole day applies only where the student is expected.
        let whole_day = selection.registers.len() > 1;
        for occurrence in &selection.registers {
            self.each(occurrence, &everybody, &|planner, _, entry| {
                let elsewhere = whole_day && entry.judgement.status == Status::Elsewhere;
                if elsewhere { None } else { planner.marked(entry) }
            })?;
        }
        for (id, occurrence) in &selection.own {
            let own =
                everybody.iter().filter(|(_, known)| *known == id).map(|(code, id)| (*code, *id)).collect();
            self.each(occurrence, &own, &|planner, _, entry| planner.marked(entry))?;
            if !self.listed.contains(id) {
                self.add_unlisted(selection, *id, occurrence);
            }
        }
        Ok(())
    }

    /// A student who was enrolled during the occurrence may count in it, so a mark is possible, too.
    fn add_unlisted(&mut self, selection: &MarkSelection, id: StudentId, occurrence: &Occurrence) {
        let Act::Mark(decision) = self.request.act else { return };
        let chosen = selection.students.iter().find(|chosen| chosen.student.id == id);
        let Some(student) = chosen.map(|chosen| chosen.student.student.clone()) else { return };
        let standing = Standing { decision: Some(decision), ..Standing::default() };
        let judgement = judge(occurrence, self.caller.now, false, standing);
        let mark = Some(self.mark(Some(decision)));
        let after = RegisterRow {
            group: student.group,
            record: Record::default(),
            mark: mark.clone(),
            judgement,
            decided: Some((self.caller.by.clone(), self.reason.clone())),
        };
        let altered = Altered { code: student.code, name: student.name, before: None, after: Some(after) };
        self.plan.rows.push(Row { occurrence: occurrence.clone(), student: id, altered, mark });
    }

    fn mark(&self, decision: Option<MarkDecision>) -> Mark {
        let reason = self.reason.clone();
        Mark { decision, by: self.caller.by.clone(), at: self.caller.now, reason }
    }

    /// The mark that the action adds to an entry. `None` if the entry has it already.
    fn marked(&self, entry: &Entry) -> Option<RowChange> {
        let decision = match self.request.act {
            Act::Mark(decision) => Some(decision),
            _ => None,
        };
        let in_force = entry.mark.as_ref().and_then(|mark| mark.decision);
        // Repeating a mark changes nothing, unless the reason differs.
        let reason = entry.mark.as_ref().map(|mark| &mark.reason);
        let same_reason = decision.is_none() || reason.is_none_or(|reason| *reason == self.reason);
        if in_force == decision && same_reason {
            return None;
        }
        Some(RowChange::Mark(self.mark(decision)))
    }

    /// Adds the rows of a register that change for some students.
    fn each(
        &mut self,
        occurrence: &Occurrence,
        students: &FxHashMap<&str, StudentId>,
        change: &dyn Fn(&Self, StudentId, &Entry) -> Option<RowChange>,
    ) -> Result<()> {
        let now = self.caller.now;
        let coverage = self.cameras.coverage(self.conn, occurrence, now)?;
        let one = students.values().next().filter(|_| students.len() == 1);
        let whose = one.map_or(Whose::ByCode, |id| Whose::One(*id));
        let mut found = Vec::new();
        let listing = self.expectations.of(occurrence);
        entries::each_entry(self.conn, occurrence, &self.expectations, whose, &coverage, now, |entry| {
            if let Some(student) = students.get(entry.code.as_str()) {
                found.push((*student, listing.find(*student), entry));
            }
            Ok(())
        })?;
        for (student, listed, entry) in found {
            self.listed.insert(student);
            let mark = match change(self, student, &entry) {
                Some(RowChange::Mark(mark)) => Some(mark),
                Some(RowChange::Excuse) => None,
                None => continue,
            };
            let excuse = self.excuse_after(student, occurrence).cloned();
            let then = Entry { mark: mark.clone().or_else(|| entry.mark.clone()), excuse, ..entry.clone() };
            let before = RegisterRow::from(&entry);
            let after = row_after(then, occurrence, listed, &coverage, now);
            if mark.is_some() || after.as_ref() != Some(&before) {
                let altered = Altered { code: entry.code, name: entry.name, before: Some(before), after };
                self.plan.rows.push(Row { occurrence: occurrence.clone(), student, altered, mark });
            }
        }
        Ok(())
    }

    /// Plans the excuses that are added or end.
    fn plan_excuses(&mut self, selection: &MarkSelection) -> Result<()> {
        for chosen in &selection.students {
            let (id, code) = (chosen.student.id, &chosen.student.student.code);
            let before = excuses::of_student(self.conn, id)?;
            match self.request.act {
                Act::Mark(_) | Act::Leave(_) => self.give(id, &before, &selection.spans),
                Act::Return(_) => self.end_leave(id, code, &before, &selection.spans)?,
                Act::TakeBack => {
                    self.end(id, &before, &taken_back(selection, id), |_| true);
                }
            }
            self.note_excuses(id, before);
        }
        Ok(())
    }

    fn give(&mut self, student: StudentId, before: &[Excuse], spans: &[Stretch]) {
        let kind =
            if let Act::Leave(_) = self.request.act { excuse::Kind::Left } else { excuse::Kind::Excused };
        for stretch in spans {
            let reason = &self.reason;
            let said = |known: &Excuse| {
                known.taken_back.is_none()
                    && (known.kind, known.stretch, &known.reason) == (kind, *stretch, reason)
            };
            if !before.iter().any(said) {
                let by = self.caller.by.clone();
                let (id, at, taken_back) = (ExcuseId::default(), self.caller.now, None);
                let given =
                    Excuse { id, kind, stretch: *stretch, by, at, reason: reason.clone(), taken_back };
                self.plan.given.push((student, given));
            }
        }
    }

    fn end_leave(
        &mut self,
        student: StudentId,
        code: &str,
        before: &[Excuse],
        spans: &[Stretch],
    ) -> Result<()> {
        let ended = self.plan.ended.len();
        self.end(student, before, spans, |known| known.kind == excuse::Kind::Left);
        if self.plan.ended.len() == ended {
            let message = format!("{code} has not left before that time");
            return Err(Problem::new(Kind::Refused, message).hint(format!("attend history {code}")).into());
        }
        Ok(())
    }

    /// Removes some spans from the excuses of a student.
    fn end(
        &mut self,
        student: StudentId,
        before: &[Excuse],
        gone: &[Stretch],
        wanted: impl Fn(&Excuse) -> bool,
    ) {
        for known in before.iter().filter(|known| known.taken_back.is_none() && wanted(known)) {
            let mut rest = vec![known.clone()];
            for gone in gone {
                rest = rest.iter().flat_map(|part| part.without(*gone)).collect();
            }
            if rest.iter().map(|part| part.stretch).ne([known.stretch]) {
                self.plan.ended.push((student, known.clone(), rest));
            }
        }
    }

    /// The rows that change only because of excuses.
    fn plan_excused_rows(&mut self, selection: &MarkSelection) -> Result<()> {
        let zone = settings::load(self.conn)?.zone;
        let given = self.plan.given.iter().map(|(_, given)| given.stretch);
        let ended = self.plan.ended.iter().map(|(_, ended, _)| ended.stretch);
        let spans: FxHashSet<Stretch> = given.chain(ended).collect();
        let mut occurrences: Vec<Occurrence> = Vec::new();
        for span in spans {
            for found in overlapping(self.conn, span, zone)? {
                if occurrences.iter().all(|known| known.id != found.id) {
                    occurrences.push(found);
                }
            }
        }
        let marked: FxHashSet<(OccurrenceId, StudentId)> =
            self.plan.rows.iter().map(|row| (row.occurrence.id, row.student)).collect();
        let everybody = by_code(&selection.students);
        for occurrence in &occurrences {
            self.each(occurrence, &everybody, &|_, student, _| {
                (!marked.contains(&(occurrence.id, student))).then_some(RowChange::Excuse)
            })?;
        }
        Ok(())
    }

    /// Notes which excuses of a student are in force once the plan is applied.
    fn note_excuses(&mut self, student: StudentId, before: Vec<Excuse>) {
        let ended = self.plan.ended.iter().filter(|(whose, ..)| *whose == student);
        let given = self.plan.given.iter().filter(|(whose, _)| *whose == student).map(|(_, given)| given);
        let stays = |known: &Excuse| ended.clone().all(|(_, ended, _)| ended.id != known.id);
        let mut excuses: Vec<Excuse> = before.into_iter().filter(stays).collect();
        excuses.extend(ended.clone().flat_map(|(.., rest)| rest).chain(given).cloned());
        self.excuses.insert(student, excuses);
    }

    /// The excuse that covers an occurrence once the plan is applied: the latest one.
    fn excuse_after(&self, student: StudentId, occurrence: &Occurrence) -> Option<&Excuse> {
        self.excuses.get(&student)?.iter().rev().find(|excuse| excuse.covers(occurrence))
    }

    /// Refuses named students whom no selected register lists.
    fn refuse_unlisted(&self, selection: &MarkSelection) -> Result<()> {
        let occurrences: Vec<&Occurrence> = selection.registers.iter().collect();
        if occurrences.is_empty() || !selection.spans.is_empty() {
            return Ok(());
        }
        let unlisted = selection.students.iter().find(|c| c.named && !self.listed.contains(&c.student.id));
        if let Some(chosen) = unlisted {
            return Err(not_listed(self.conn, chosen, occurrences[0])?);
        }
        if self.listed.is_empty() {
            return Err(Problem::new(Kind::Refused, "none of these students is expected then")
                .hint(format!("{} is for {}", occurrences[0].period, occurrences[0].groups.written()))
                .into());
        }
        Ok(())
    }
}

/// The row of an entry with the mark and the excuse that it will have. `None` if the register will not list the student.
fn row_after(
    mut entry: Entry,
    occurrence: &Occurrence,
    listed: Option<Listed>,
    coverage: &Coverage,
    now: Instant,
) -> Option<RegisterRow> {
    let standing = Standing {
        elsewhere: listed == Some(Listed::Elsewhere),
        ..Standing::of(entry.mark.as_ref(), &entry.record, entry.excuse.is_some())
    };
    entry.judgement = judge(occurrence, now, coverage.is_blind(entry.group.as_deref()), standing);
    let stays = standing.decision.is_some() || listed.is_some() || entry.record != Record::default();
    stays.then(|| RegisterRow::from(&entry))
}

/// The spans in which the excuses of a student end: whole dates, or single registers. The excuse of the next date still
/// covers its part of a night.
fn taken_back(selection: &MarkSelection, student: StudentId) -> Vec<Stretch> {
    if !selection.spans.is_empty() {
        return selection.spans.clone();
    }
    let own = selection.own.iter().filter(|(own, _)| *own == student).map(|(_, o)| o);
    selection.registers.iter().chain(own).map(span_of).collect()
}

/// The refusal of a mark for a student whom the register does not list. Such a mark would never count.
fn not_listed(conn: &Connection, chosen: &Chosen, occurrence: &Occurrence) -> Result<Failure> {
    let (period, date, code) = (&occurrence.period, occurrence.date, &chosen.student.student.code);
    let enrolment = enrolments::of(conn, chosen.student.id)?;
    if !enrolment.holds(occurrence.starts_at) {
        let message = format!("student {code:?} was not on the roll when {period} began on {date}");
        return Ok(Problem::new(Kind::Refused, message).hint(format!("attend student show {code}")).into());
    }
    let group = enrolment.group_at(occurrence.starts_at).unwrap_or_else(|| "none".to_owned());
    let message = format!("student {code:?} is not expected in {period} (group {group})");
    let hint = format!("{period} is for {}", occurrence.groups.written());
    Ok(Problem::new(Kind::Refused, message).hint(hint).into())
}
