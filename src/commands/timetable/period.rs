//! Periods: the weekly templates. Their occurrences follow with the next `schedule generate`.

use chrono::NaiveTime;

use crate::commands::problem::{Kind, Problem};
use crate::commands::{Caller, lookup};
use crate::domain::time::Span;
use crate::domain::timetable::period::{Groups, Period};
use crate::domain::timetable::place::Places;
use crate::domain::timetable::schedule::{PeriodId, Template};
use crate::domain::timetable::weekdays::Weekdays;
use crate::failure::Result;
use crate::store::timetable::periods;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// Changes of `period edit`. `None` keeps the value.
#[derive(Debug, Default)]
pub struct Edit {
    /// New name.
    pub name: Option<String>,
    /// New place in the day.
    pub order: Option<i64>,
    /// New local start.
    pub start: Option<NaiveTime>,
    /// New local end.
    pub end: Option<NaiveTime>,
    /// New days of the week.
    pub days: Option<Weekdays>,
    /// New early grace.
    pub early_grace: Option<Span>,
    /// New late grace.
    pub late_grace: Option<Span>,
    /// New limit, or none.
    pub late_after: Option<Option<Span>>,
    /// New groups.
    pub groups: Option<Groups>,
    /// New places.
    pub places: Option<Places>,
    /// Scheduled or not.
    pub enabled: Option<bool>,
}

/// Adds a period; without an order it comes after all others.
pub fn add(store: &mut Store, mut period: Period, order: Option<i64>, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let all = periods::list(conn)?;
        let last = all.iter().map(|template| template.period.order).max().unwrap_or_default();
        period.order = order.unwrap_or(last + 1);
        let name = period.name.clone();
        save(conn, None, period)?;
        Ok(audit::add(conn, &caller.deed("period add", name))?)
    })
}

/// Changes a period; `action` is the command that does. Says whether it changed.
pub fn edit(
    store: &mut Store,
    action: &'static str,
    name: &str,
    edit: Edit,
    caller: &Caller,
) -> Result<bool> {
    store.write(|conn| {
        let Template { id, period } = lookup::period(conn, name)?;
        let before = period.clone();
        let changed = Period {
            name: edit.name.unwrap_or(period.name),
            order: edit.order.unwrap_or(period.order),
            start: edit.start.unwrap_or(period.start),
            end: edit.end.unwrap_or(period.end),
            days: edit.days.unwrap_or(period.days),
            early_grace: edit.early_grace.unwrap_or(period.early_grace),
            late_grace: edit.late_grace.unwrap_or(period.late_grace),
            late_after: edit.late_after.unwrap_or(period.late_after),
            groups: edit.groups.unwrap_or(period.groups),
            places: edit.places.unwrap_or(period.places),
            enabled: edit.enabled.unwrap_or(period.enabled),
        };
        let differences = before.differences(&changed);
        save(conn, Some(id), changed)?;
        if !differences.is_empty() {
            let detail = format!("{}: {}", before.name, differences.join(", "));
            audit::add(conn, &caller.deed(action, detail))?;
        }
        Ok(!differences.is_empty())
    })
}

fn save(conn: &Connection, id: Option<PeriodId>, period: Period) -> Result<()> {
    let period = period.check()?;
    let same_name = |template: &&Template| template.period.name.to_lowercase() == period.name.to_lowercase();
    if let Some(other) = periods::list(conn)?.iter().find(same_name).filter(|other| Some(other.id) != id) {
        let name = &other.period.name;
        return Err(Problem::new(Kind::Refused, format!("there is a period named {name:?} already"))
            .hint(format!("attend period edit {name:?} changes it"))
            .into());
    }
    Ok(periods::save(conn, id, &period)?)
}

/// Removes a period. Occurrences that have begun stay in the register.
pub fn remove(store: &mut Store, name: &str, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let template = lookup::period(conn, name)?;
        periods::remove(conn, template.id)?;
        Ok(audit::add(conn, &caller.deed("period remove", template.period.name))?)
    })
}

/// All periods by order.
pub fn list(store: &mut Store) -> Result<Vec<Template>> {
    store.read(|conn| Ok(periods::list(conn)?))
}

/// One period.
pub fn find(store: &mut Store, name: &str) -> Result<Period> {
    store.read(|conn| Ok(lookup::period(conn, name)?.period))
}
