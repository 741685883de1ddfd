//! The register: everybody expected in an occurrence, with what is remembered of them.
//!
//! Expected is who is enrolled on its date and in one of its groups, and who was seen or marked in it:
//! leaving at noon, or moving to another group, does not undo the morning.
//!
//! Marks and names of cameras are few and read once; records and students are met one by one.

use chrono::NaiveDate;
use rusqlite::{Connection, Row, ToSql, named_params};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::evidence::record::Record;
use crate::domain::register::mark::Mark;
use crate::domain::register::status::Standing;
use crate::domain::timetable::occurrence::Occurrence;
use crate::store::evidence::{cameras, records};
use crate::store::register::marks;
use crate::store::{Result, StoreError};

/// The stored facts about one expected student in one occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Group on the date of the occurrence.
    pub group: Option<String>,
    /// The fold of the recognitions. Empty if there were none.
    pub record: Record,
    /// The latest mark, which may be one that takes the others back.
    pub mark: Option<Mark>,
}

/// Whose rows of a register are read, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One student's, by identity.
    One(i64),
    /// Everybody's, by code.
    ByCode,
    /// Everybody's, by name.
    ByName,
    /// Everybody's, by the first accepted recognition; those without one last.
    ByFirstSeen,
}

impl Whose {
    fn sql(self) -> &'static str {
        match self {
            Self::One(_) => "WHERE s.id = :student",
            Self::ByCode => "ORDER BY s.code",
            Self::ByName => "ORDER BY s.name, s.code",
            Self::ByFirstSeen => "ORDER BY r.first_seen IS NULL, r.first_seen, s.code",
        }
    }
}

/// Passes everybody expected in an occurrence to `each`, with what is remembered of them.
pub fn each_expected<E: From<StoreError>>(
    conn: &Connection,
    occurrence: &Occurrence,
    whose: Whose,
    mut each: impl FnMut(Remembered) -> Result<(), E>,
) -> Result<(), E> {
    let names = cameras::names(conn)?;
    let mut marks = marks::in_force(conn, occurrence.id)?;
    let mut stmt = conn
        .prepare_cached(&format!(
            "SELECT e.student IS NOT NULL, e.group_name, s.id, s.code, s.name, {}
             FROM student s
             LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date
             LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id
             {}",
            records::selected(),
            whose.sql()
        ))
        .map_err(StoreError::from)?;
    let camera = |row: &Row, column| {
        let id: i64 = row.get(column)?;
        Ok(names.get(&id).cloned().unwrap_or_default())
    };
    let mut params: Vec<(&str, &dyn ToSql)> =
        vec![(":date", &occurrence.date), (":occurrence", &occurrence.id)];
    if let Whose::One(student) = &whose {
        params.push((":student", student));
    }
    let mut rows = stmt.query(&params[..]).map_err(StoreError::from)?;
    let mut next = || -> Result<Option<Remembered>> {
        while let Some(row) = rows.next()? {
            let (enrolled, group, student): (bool, Option<String>, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let mark = marks.remove(&student);
            let remembered = mark.is_some() || records::is_there(row, 5)?;
            if remembered || enrolled && occurrence.groups.expect(group.as_deref()) {
                return Ok(Some(Remembered {
                    group,
                    mark,
                    code: row.get(3)?,
                    name: row.get(4)?,
                    record: records::read(row, 5, camera)?,
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

/// Everybody enrolled on a date, by identity, each with the place of a group among `groups`.
#[derive(Debug, Default)]
pub struct Roll {
    students: Vec<(i64, u32)>,
    groups: Vec<Option<String>>,
}

/// Reads the roll of a date.
pub fn roll(conn: &Connection, date: NaiveDate) -> Result<Roll> {
    let mut stmt = conn.prepare_cached(
        "SELECT student, group_name FROM enrolment WHERE from_date <= :date AND until_date > :date",
    )?;
    let mut rows = stmt.query(named_params! { ":date": date })?;
    let mut roll = Roll::default();
    let mut places: FxHashMap<Option<String>, u32> = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let group: Option<String> = row.get(1)?;
        let place = *places.entry(group).or_insert_with_key(|group| {
            roll.groups.push(group.clone());
            u32::try_from(roll.groups.len() - 1).unwrap_or(u32::MAX)
        });
        roll.students.push((row.get(0)?, place));
    }
    Ok(roll)
}

/// Passes how everybody who was seen or marked in an occurrence stands to `each`, by identity of the
/// student.
pub fn each_remembered(
    conn: &Connection,
    occurrence: i64,
    mut each: impl FnMut(i64, Standing),
) -> Result<()> {
    let mut marks = marks::in_force(conn, occurrence)?;
    let mut stmt =
        conn.prepare_cached("SELECT student, first_seen, low_sightings FROM record WHERE occurrence = ?1")?;
    let mut rows = stmt.query([occurrence])?;
    while let Some(row) = rows.next()? {
        let student = row.get(0)?;
        let decision = marks.remove(&student).and_then(|mark| mark.decision);
        let low = row.get::<_, u32>(2)? > 0;
        each(student, Standing { decision, first_seen: row.get(1)?, low });
    }
    for (student, mark) in marks {
        each(student, Standing { decision: mark.decision, ..Standing::default() });
    }
    Ok(())
}

/// Passes how everybody expected in an occurrence stands to `each`, in no order: what counting needs, at a
/// fraction of the cost of [`each_expected`]. `roll` is that of its date.
pub fn each_standing(
    conn: &Connection,
    occurrence: &Occurrence,
    roll: &Roll,
    mut each: impl FnMut(Standing),
) -> Result<()> {
    let mut remembered: FxHashSet<i64> = FxHashSet::default();
    each_remembered(conn, occurrence.id, |student, standing| {
        remembered.insert(student);
        each(standing);
    })?;
    let expected: Vec<bool> =
        roll.groups.iter().map(|group| occurrence.groups.expect(group.as_deref())).collect();
    let unseen = roll
        .students
        .iter()
        .filter(|(student, group)| expected[*group as usize] && !remembered.contains(student));
    unseen.for_each(|_| each(Standing::default()));
    Ok(())
}
