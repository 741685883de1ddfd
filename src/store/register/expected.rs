//! The register: the students listed in an occurrence, with their stored facts.
//!
//! It lists the students who belong to the occurrence, and those who were seen or are marked in it, so that
//! leaving or changing group at noon does not undo the morning.
//!
//! Marks and names of cameras are few and are read at once. Records and students are read one at a time.

use rusqlite::{Connection, ToSql};
use rustc_hash::FxHashSet;

use crate::domain::evidence::record::Record;
use crate::domain::register::excuse::{Excuse, span_of};
use crate::domain::register::mark::Mark;
use crate::domain::register::status::Standing;
use crate::domain::roll::expectation::{Cohort, Expectations, Listed};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::store::evidence::records::{Finder, Pass};
use crate::store::register::excuses::{self, ByStudent};
use crate::store::register::marks;
use crate::store::{Result, StoreError, json_list};

/// The stored facts about one expected student in one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Remembered {
    /// Identity.
    pub id: StudentId,
    pub code: String,
    pub name: String,
    /// Groups at its start, joined by commas.
    pub group: Option<String>,
    /// The fold of the recognitions. Empty if there were none.
    pub record: Record,
    /// The latest mark, which may be one that cancels earlier marks.
    pub mark: Option<Mark>,
    /// The excuse that covers the occurrence.
    pub excuse: Option<Excuse>,
    /// Whether another occurrence expects the student at that time.
    pub elsewhere: bool,
}

/// A selection and order of register rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose<'a> {
    /// One student's, by identity.
    One(StudentId),
    /// Those of some students, by code.
    Some(&'a [StudentId]),
    /// Everybody's, by code.
    ByCode,
    /// Everybody's, by name.
    ByName,
    /// All, by the first accepted recognition. Students without one come last.
    ByFirstSeen,
}

impl Whose<'_> {
    /// The students, and their order.
    fn sql(self) -> &'static str {
        match self {
            Self::One(_) => "WHERE s.id = :student",
            Self::Some(_) => "WHERE s.id IN (SELECT value FROM json_each(:students)) ORDER BY s.code",
            Self::ByCode => "ORDER BY s.code",
            Self::ByName => "ORDER BY s.name, s.code",
            Self::ByFirstSeen => {
                "LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id
                 ORDER BY r.first_seen IS NULL, r.first_seen, s.code"
            }
        }
    }
}

/// Passes every student listed in an occurrence to `each`, with the stored facts.
pub(crate) fn each_expected<E: From<StoreError>>(
    conn: &Connection,
    occurrence: &Occurrence,
    expectations: &Expectations,
    whose: Whose,
    mut each: impl FnMut(Remembered) -> Result<(), E>,
) -> Result<(), E> {
    let mut marks = marks::in_force(conn, occurrence.id)?;
    let mut excuses = excuses::overlapping(conn, span_of(occurrence))?;
    let cohorts = expectations.cohorts(occurrence);
    let mut pass = (whose == Whose::ByCode).then(|| Pass::prepare(conn)).transpose()?;
    let mut records = Finder::new(conn, occurrence.id, pass.as_mut())?;
    let sql = format!("SELECT s.id, s.code, s.name FROM student s {}", whose.sql());
    let mut stmt = conn.prepare_cached(&sql).map_err(StoreError::from)?;
    let mut params: Vec<(&str, &dyn ToSql)> = Vec::new();
    let some;
    match &whose {
        Whose::One(student) => params.push((":student", student)),
        Whose::Some(students) => {
            some = json_list(*students);
            params.push((":students", &some));
        }
        Whose::ByFirstSeen => params.push((":occurrence", &occurrence.id)),
        Whose::ByCode | Whose::ByName => {}
    }
    let mut rows = stmt.query(&params[..]).map_err(StoreError::from)?;
    let mut next = || -> Result<Option<Remembered>> {
        while let Some(row) = rows.next()? {
            let student: StudentId = row.get(0)?;
            let (mark, record) = (marks.remove(&student), records.find(student)?);
            let marked = mark.as_ref().is_some_and(|mark| mark.decision.is_some());
            let cohort = cohorts.of(student);
            let listed = cohort.and_then(|cohort| cohort.listed);
            if marked || record.is_some() || listed.is_some() {
                return Ok(Some(Remembered {
                    id: student,
                    elsewhere: listed == Some(Listed::Elsewhere),
                    group: cohort.and_then(|cohort| cohort.group.clone()),
                    mark,
                    excuse: excuses.remove(&student),
                    code: row.get(1)?,
                    name: row.get(2)?,
                    record: record.unwrap_or_default(),
                }));
            }
        }
        Ok(None)
    };
    while let Some(remembered) = next()? {
        each(remembered)?;
    }
    Ok(())
}

/// Passes the judgement inputs of every student who was seen or marked in an occurrence to `each`, by identity of the
/// student. `excuses` are those of the occurrence.
pub(crate) fn each_remembered(
    conn: &Connection,
    occurrence: OccurrenceId,
    excuses: &ByStudent,
    mut each: impl FnMut(StudentId, Standing),
) -> Result<()> {
    let mut marks = marks::in_force(conn, occurrence)?;
    // A screen reads thousands of rows, so no column more than it needs: a record without an accepted recognition has
    // low-score ones, or `db check` finds it.
    let mut stmt = conn.prepare_cached("SELECT student, first_seen FROM record WHERE occurrence = ?1")?;
    let mut rows = stmt.query([occurrence])?;
    while let Some(row) = rows.next()? {
        let student = row.get(0)?;
        let decision = marks.remove(&student).and_then(|mark| mark.decision);
        let first_seen: Option<Instant> = row.get(1)?;
        let (low, excused) = (first_seen.is_none(), excuses.contains_key(&student));
        each(student, Standing { decision, first_seen, low, excused, elsewhere: false });
    }
    for (student, mark) in marks.into_iter().filter(|(_, mark)| mark.decision.is_some()) {
        let excused = excuses.contains_key(&student);
        each(student, Standing { decision: mark.decision, excused, ..Standing::default() });
    }
    Ok(())
}

/// Passes the judgement inputs of every student listed in an occurrence to `each`, in no order, with the group of
/// students who were neither seen nor marked. This is enough for counting, at a fraction of the cost of
/// [`each_expected`].
pub(crate) fn each_standing(
    conn: &Connection,
    occurrence: &Occurrence,
    expectations: &Expectations,
    mut each: impl FnMut(StudentId, Option<&str>, Standing),
) -> Result<()> {
    let mut remembered: FxHashSet<StudentId> = FxHashSet::default();
    let excuses = excuses::overlapping(conn, span_of(occurrence))?;
    each_remembered(conn, occurrence.id, &excuses, |student, standing| {
        remembered.insert(student);
        each(student, None, standing);
    })?;
    let (listing, groups) = (expectations.of(occurrence), expectations.roll.groups_at(occurrence.starts_at));
    for (student, listed) in listing.students().filter(|(student, _)| !remembered.contains(student)) {
        let excused = excuses.contains_key(&student);
        each(student, groups.of(student).1, Standing { excused, ..Standing::unseen(listed) });
    }
    Ok(())
}

/// Passes the judgement inputs of the students listed in an occurrence to `each`, with their groups at its start and
/// their number: of every student who was seen, marked or excused alone, and of all others with one enrolment together.
/// This is enough for counts, at a fraction of the cost of [`each_standing`].
pub(crate) fn each_alike(
    conn: &Connection,
    occurrence: &Occurrence,
    expectations: &Expectations,
    mut each: impl FnMut(Option<&str>, Standing, u32),
) -> Result<()> {
    let mut cohorts = expectations.cohorts(occurrence);
    let excuses = excuses::overlapping(conn, span_of(occurrence))?;
    let mut excused: FxHashSet<StudentId> = excuses.keys().copied().collect();
    each_remembered(conn, occurrence.id, &excuses, |student, standing| {
        excused.remove(&student);
        each(cohorts.take_out(student).and_then(|cohort| cohort.group.as_deref()), standing, 1);
    })?;
    for student in excused {
        if let Some(Cohort { group, listed: Some(listed), .. }) = cohorts.take_out(student) {
            each(group.as_deref(), Standing { excused: true, ..Standing::unseen(*listed) }, 1);
        }
    }
    for (cohort, listed) in cohorts.rest() {
        each(cohort.group.as_deref(), Standing::unseen(listed), cohort.students);
    }
    Ok(())
}
