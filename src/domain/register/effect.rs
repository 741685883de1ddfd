//! The effect of an edit on registers that have begun: the rows that change in them.

use std::collections::BTreeMap;

use crate::domain::count::counted;
use crate::domain::evidence::record::Record;
use crate::domain::register::mark::Mark;
use crate::domain::register::status::{Entry, Judgement, Status};
use crate::domain::time::Zone;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};

/// A row of a register, without the name.
#[derive(Debug, Clone, PartialEq)]
pub struct RegisterRow {
    /// Groups at the start, joined by commas.
    pub group: Option<String>,
    /// The fold of the recognitions.
    pub record: Record,
    /// The mark in force.
    pub mark: Option<Mark>,
    /// The judgement from record, mark and excuse.
    pub judgement: Judgement,
    /// The person who decided the status, and the reason.
    pub decided: Option<(String, Option<String>)>,
}

impl From<&Entry> for RegisterRow {
    fn from(entry: &Entry) -> Self {
        let decided = entry.decided().map(|(by, reason)| (by.to_owned(), reason.map(str::to_owned)));
        Self {
            group: entry.group.clone(),
            record: entry.record.clone(),
            mark: entry.mark.clone(),
            judgement: entry.judgement,
            decided,
        }
    }
}

/// The rows of one register by code, each with the name.
pub(crate) type Rows = BTreeMap<String, (String, RegisterRow)>;

/// Registers that have begun, by occurrence.
pub(crate) type Registers = BTreeMap<OccurrenceId, (Occurrence, Rows)>;

/// One row that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Altered {
    pub code: String,
    pub name: String,
    /// `None` if the student was not in the register.
    pub before: Option<RegisterRow>,
    /// `None` if the student is no longer in the register.
    pub after: Option<RegisterRow>,
}

impl Altered {
    /// The status before and after.
    pub fn statuses(&self) -> (Option<Status>, Option<Status>) {
        let status = |row: &Option<RegisterRow>| row.as_ref().map(|row| row.judgement.status);
        (status(&self.before), status(&self.after))
    }
}

/// How many rows change from which status to which; `None`: not in the register.
pub(crate) type Counts = BTreeMap<(Option<Status>, Option<Status>), usize>;

/// The rows of one register that change.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    pub occurrence: Occurrence,
    /// By code; never empty.
    pub rows: Vec<Altered>,
}

/// The effect of an edit: shown as a plan, and applied only as shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effect {
    /// By date, start and order.
    pub registers: Vec<Register>,
    /// The change of the school's zone.
    pub retold: Option<Retold>,
}

/// The effect of another time zone: what has passed is shown in other local times, and what lies ahead moves to the same ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Retold {
    /// Before and after.
    pub zones: (Zone, Zone),
    /// How many occurrences have opened.
    pub registers: usize,
    /// The latest of them.
    pub example: Option<Occurrence>,
    /// Planned occurrences that are planned again.
    pub anew: usize,
    /// Planned occurrences that stay as they are, because people changed them or they hold marks or sightings.
    pub kept: usize,
    /// Excuses that begin or end later, and keep their local times.
    pub excuses: usize,
    /// Students who join or leave the roll or a group later, at the same local time.
    pub students: usize,
}

impl Retold {
    /// Whether anything stored is told in other times or moves.
    pub fn is_empty(&self) -> bool {
        self.registers + self.anew + self.kept + self.excuses + self.students == 0
    }
}

impl Effect {
    /// The differences between registers before and after an edit.
    pub fn between(mut before: Registers, after: Registers) -> Self {
        let mut registers: Vec<Register> = after
            .into_iter()
            .map(|(id, (occurrence, rows))| {
                let before = before.remove(&id).map(|(_, rows)| rows).unwrap_or_default();
                Register { occurrence, rows: differences(before, rows) }
            })
            .collect();
        let gone = before.into_values();
        registers.extend(
            gone.map(|(occurrence, rows)| Register { occurrence, rows: differences(rows, Rows::new()) }),
        );
        registers.retain(|register| !register.rows.is_empty());
        registers.sort_by_key(|register| {
            let o = &register.occurrence;
            (o.date, o.starts_at, o.order, o.id)
        });
        Self { registers, retold: None }
    }

    /// How many rows change.
    pub fn rows(&self) -> usize {
        self.registers.iter().map(|register| register.rows.len()).sum()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.registers.is_empty() && self.retold.is_none()
    }

    /// Whether the edit needs consent. An edit may change one row without asking.
    pub fn must_be_shown(&self) -> bool {
        self.rows() > 1 || self.retold.is_some()
    }

    /// `5 rows of 2 registers: 3 present → not listed, 2 absent → present`.
    pub fn told(&self) -> String {
        if let Some(Retold { zones: (before, after), .. }) = &self.retold {
            return format!("the times of everything stored, from {before} to {after}");
        }
        let counts = counts(self.registers.iter().flat_map(|register| &register.rows));
        let (rows, registers) = (counted(self.rows(), "row"), counted(self.registers.len(), "register"));
        format!("{rows} of {registers}: {}", told(&counts))
    }
}

/// The error of an edit that needs consent.
#[derive(Debug, thiserror::Error)]
#[error("this would change {}", .effect.told())]
pub struct Unconfirmed {
    /// The effect to be shown.
    pub effect: Box<Effect>,
}

/// The changes of some rows, counted: `3 present → not listed, 1 absent → present`.
pub(crate) fn told(counts: &Counts) -> String {
    let word = |status: &Option<Status>| status.map_or("not listed", Status::word);
    let told = counts.iter().map(|((before, after), count)| {
        if before == after {
            format!("{count} {} with other details", word(before))
        } else {
            format!("{count} {} → {}", word(before), word(after))
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

impl Register {
    /// How many rows change from which status to which.
    pub fn counts(&self) -> Counts {
        counts(self.rows.iter())
    }
}

fn counts<'r>(rows: impl Iterator<Item = &'r Altered>) -> Counts {
    let mut counts = BTreeMap::new();
    rows.for_each(|row| *counts.entry(row.statuses()).or_default() += 1);
    counts
}

fn differences(mut before: Rows, after: Rows) -> Vec<Altered> {
    let mut rows = Vec::new();
    for (code, (name, row)) in after {
        let before = before.remove(&code).map(|(_, row)| row);
        if before.as_ref() != Some(&row) {
            rows.push(Altered { code, name, before, after: Some(row) });
        }
    }
    let gone = before.into_iter();
    rows.extend(gone.map(|(code, (name, row))| Altered { code, name, before: Some(row), after: None }));
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;

    fn register(rows: &[(&str, Status)]) -> Registers {
        let row = |status| RegisterRow {
            group: None,
            record: Record::default(),
            mark: None,
            judgement: Judgement { status, late: false, minutes_late: None, after_close: false },
            decided: None,
        };
        let rows = rows.iter().map(|(code, status)| ((*code).to_owned(), (String::new(), row(*status))));
        let occurrence = occurrence();
        [(occurrence.id, (occurrence, rows.collect()))].into()
    }

    #[test]
    fn an_effect_holds_the_rows_that_differ() {
        let (absent, present) = (Status::Absent, Status::Present);
        let before = register(&[("A", absent), ("B", absent), ("C", present)]);
        let after = register(&[("A", present), ("C", present), ("D", absent)]);
        let effect = Effect::between(before.clone(), after);
        let told: Vec<_> = effect.registers[0].rows.iter().map(|row| (&*row.code, row.statuses())).collect();
        let expected =
            [("A", (Some(absent), Some(present))), ("B", (Some(absent), None)), ("D", (None, Some(absent)))];
        assert_eq!(told, expected);
        assert_eq!(Effect::between(before.clone(), before.clone()), Effect::default());
        let closed = Effect::between(before, Registers::new());
        assert_eq!((closed.rows(), closed.must_be_shown()), (3, true), "a register that goes loses its rows");
    }
}
