//! `period import`: the weekly plan follows a sheet, all of it or nothing.

use std::path::Path;
use std::rc::Rc;

use csv::StringRecord;

use crate::commands::problem::Problem;
use crate::commands::register::plan::{self, Consent, Edited, PlannedDeed};
use crate::commands::sheet::Sheet;
use crate::commands::sheet::records::{each_record, is_blank};
use crate::commands::timetable::period::{follow, save_template};
use crate::commands::{lookup, sheet};
use crate::domain::Invalid;
use crate::domain::roll::code::{tidy, unguarded};
use crate::domain::spelling::same;
use crate::domain::timetable::period::Period;
use crate::domain::timetable::schedule::Template;
use crate::domain::timetable::weekly::{PeriodChange, WeeklyColumns, blank};
use crate::failure::{Failure, Result};
use crate::store::Store;
use crate::store::timetable::periods;

/// The changes of a weekly plan, by period.
pub(crate) type WeeklyPlan = Vec<(String, PeriodChange)>;

/// Makes the weekly plan as a sheet says; with `remove_missing`, periods that it does not list are removed. Gives
/// warnings about groups that match no student, too.
pub(crate) fn import(
    store: &mut Store,
    file: &Path,
    remove_missing: bool,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<(WeeklyPlan, Vec<String>)>> {
    let rows = read(file)?;
    plan::carry_out(store, consent, |conn| {
        let known = periods::list(conn)?;
        let (mut plan, mut warnings, mut saved) = (WeeklyPlan::new(), Vec::new(), Vec::new());
        let last = known.iter().map(|template| template.period.order).max().unwrap_or_default();
        for (order, row) in (last + 1..).zip(&rows) {
            let before = known.iter().find(|template| same(&template.period.name, row.name()));
            let period = row.period(before.map(|template| &template.period), order)?;
            warnings.extend(lookup::without_members_yet(conn, &period.groups)?);
            let change = match before.map(|template| template.period.differences(&period)) {
                None => PeriodChange::Add,
                Some(differences) if differences.is_empty() => PeriodChange::Keep,
                Some(differences) => PeriodChange::Edit(differences),
            };
            let name = period.name.clone();
            if change != PeriodChange::Keep {
                saved.push(save_template(conn, before.map(|template| template.id), period)?);
            }
            plan.push((name, change));
        }
        let listed = |template: &&Template| rows.iter().any(|row| same(row.name(), &template.period.name));
        for Template { id, period } in known.iter().filter(|known| remove_missing && !listed(known)) {
            periods::remove(conn, *id)?;
            plan.push((period.name.clone(), PeriodChange::Remove));
        }
        let effect = follow(conn, &saved, deed, told(&plan).into_iter().collect())?;
        Ok(Edited { done: (plan, warnings), effect })
    })
}

/// The changes for the audit log.
fn told(plan: &WeeklyPlan) -> Option<String> {
    let told: Vec<String> = plan
        .iter()
        .filter_map(|(name, change)| match change {
            PeriodChange::Add => Some(format!("{name} added")),
            PeriodChange::Edit(differences) => Some(format!("{name}: {}", differences.join(", "))),
            PeriodChange::Remove => Some(format!("{name} removed")),
            PeriodChange::Keep => None,
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// A row of the sheet.
struct Row {
    columns: Rc<WeeklyColumns>,
    cells: Vec<String>,
    /// The file and the line.
    place: String,
}

impl Row {
    fn cells(&self) -> Vec<&str> {
        self.cells.iter().map(String::as_str).collect()
    }

    fn name(&self) -> &str {
        self.columns.name(&self.cells())
    }

    fn period(&self, before: Option<&Period>, order: i64) -> Result<Period, Problem> {
        let base = before.cloned().unwrap_or_else(|| Period { order, ..blank() });
        let fault = |invalid| Problem::in_file(&self.place, invalid);
        self.columns.apply(base, &self.cells()).map_err(fault)
    }
}

/// The rows of a sheet below its header.
fn read(file: &Path) -> Result<Vec<Row>> {
    let name = file.display().to_string();
    // The first sheet of a workbook that attend wrote says what it is about, so the first one that is a plan counts.
    let mut first = None;
    for sheet in sheet::open_all(file)? {
        match rows(&name, &sheet) {
            Ok(rows) => return Ok(rows),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| is_empty(&name)))
}

fn is_empty(name: &str) -> Failure {
    let empty = Invalid::new("the file is empty").hint("attend period export shows the columns");
    Problem::in_file(name, empty).into()
}

fn rows(name: &str, sheet: &Sheet) -> Result<Vec<Row>> {
    let (mut rows, mut columns) = (Vec::<Row>::new(), None);
    let mut read = |line: usize, record: &StringRecord| -> Result<(), Problem> {
        if is_blank(record) {
            return Ok(());
        }
        let place = format!("{name}:{line}");
        let fault = |invalid| Problem::in_file(&place, invalid);
        let cells: Vec<String> =
            record.iter().map(|cell| tidy(unguarded(cell.trim())).into_owned()).collect();
        let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
        match &columns {
            None => columns = Some(Rc::new(WeeklyColumns::recognise(&texts).map_err(fault)?)),
            Some(columns) => {
                let name = columns.name(&texts);
                if let Some(first) = rows.iter().find(|row| same(row.name(), name)) {
                    let twice = Invalid::new(format!("the period {name:?} is already at {}", first.place));
                    return Err(fault(twice.hint("remove one of the rows; nothing was imported")));
                }
                rows.push(Row { columns: columns.clone(), cells, place });
            }
        }
        Ok(())
    };
    each_record(name, sheet, &mut read).map_err(|fault| sheet::unless_cover(name, sheet, fault))?;
    if columns.is_none() {
        return Err(is_empty(name));
    }
    Ok(rows)
}
