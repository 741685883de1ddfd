//! The effect of an edit on registers that have begun.

use crate::domain::register::effect::{Altered, Effect, Register, RegisterRow, Retold, told};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::text::{counted, hours};
use crate::report::{Column, Report, Rows, Value};

/// The most registers listed one by one. The rest are counted.
const REGISTERS: usize = 12;
/// Students named for each register.
const NAMED: usize = 3;

struct Changes;

impl Rows for Changes {
    type Row<'a> = (&'a Occurrence, &'a Altered);
}

static COLUMNS: &[Column<Changes>] = &[
    Column::text("date", "DATE", |(o, _)| o.date.into()),
    Column::text("period", "PERIOD", |(o, _)| (&o.period).into()),
    Column::text("student", "CODE", |(_, row)| (&row.code).into()),
    Column::long("name", "NAME", |(_, row)| (&row.name).into()),
    Column::text("status_before", "BEFORE", |(_, row)| status(row.before.as_ref())),
    Column::text("status_after", "AFTER", |(_, row)| status(row.after.as_ref())),
    Column::text("group_before", "", |(_, row)| group(row.before.as_ref())),
    Column::text("group_after", "", |(_, row)| group(row.after.as_ref())),
];

fn status(row: Option<&RegisterRow>) -> Value {
    row.map(|row| row.judgement.status.word()).into()
}

fn group(row: Option<&RegisterRow>) -> Value {
    row.and_then(|row| row.group.as_ref()).into()
}

/// Every row that changes.
pub(crate) fn report(effect: &Effect, now: Instant, zone: Zone) -> Report {
    let rows = effect
        .registers
        .iter()
        .flat_map(|register| register.rows.iter().map(move |row| (&register.occurrence, row)));
    let heading = effect.retold.iter().flat_map(retold).map(|line| vec![line.into()]).collect();
    Report::list("effect", COLUMNS, rows, now, zone)
        .under(heading)
        .or_empty("No register that has begun changes.")
}

/// A line for each register with counts and examples:
/// `2026-09-07 Block 1: 3 present → not listed (H000101, H000102, …)`.
pub(crate) fn lines(effect: &Effect) -> Vec<String> {
    let mut lines: Vec<String> = effect.retold.iter().flat_map(retold).collect();
    lines.extend(effect.registers.iter().take(REGISTERS).map(line));
    let more = effect.registers.len().saturating_sub(REGISTERS);
    if more > 0 {
        lines.push(format!("and {}", counted(more, "more register")));
    }
    lines
}

fn retold(retold: &Retold) -> Vec<String> {
    let (before, after) = retold.zones;
    let mut lines = Vec::new();
    if let Some(o) = &retold.example {
        let [old, new] = [before, after].map(|zone| hours(o.starts_at, o.ends_at, zone));
        let registers = counted(retold.registers, "register");
        lines.push(format!(
            "{registers} of the past told in other times, such as {} on {}:",
            o.period, o.date
        ));
        lines.push(format!("  {old} in {before}, {new} in {after}"));
    }
    if retold.anew > 0 {
        let planned = counted(retold.anew, "planned period");
        lines.push(format!("{planned} moved to the same local time in {after}"));
    }
    if retold.excuses > 0 {
        lines.push(format!("{} ahead moved to the same local time", counted(retold.excuses, "excuse")));
    }
    if retold.students > 0 {
        let students = counted(retold.students, "student");
        lines.push(format!("planned joins and leaves of {students} moved to the same local time"));
    }
    if retold.kept > 0 {
        let planned = counted(retold.kept, "planned period");
        lines.push(format!("{planned} with changes, marks or sightings left at the same instant"));
    }
    lines
}

fn line(register: &Register) -> String {
    let o = &register.occurrence;
    let mut named: Vec<&str> = register.rows.iter().take(NAMED).map(|row| row.code.as_str()).collect();
    if register.rows.len() > NAMED {
        named.push("…");
    }
    format!("{} {}: {} ({})", o.date, o.period, told(&register.counts()), named.join(", "))
}
