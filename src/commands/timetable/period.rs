//! Periods: the weekly templates. `schedule generate` updates their occurrences. An occurrence that would have opened
//! today is updated at once, as a plan.

use chrono::NaiveTime;

use super::schedule::{planned_now, touched};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::sessions;
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::time::Span;
use crate::domain::timetable::period::{Groups, Period};
use crate::domain::timetable::place::Places;
use crate::domain::timetable::schedule::{Action, PeriodId, Step, Template};
use crate::domain::timetable::weekdays::Weekdays;
use crate::failure::Result;
use crate::store::timetable::{periods, schedule};
use crate::store::upkeep::audit;
use crate::store::{Connection, Store};

/// Changes of `period edit`. `None` keeps the value.
#[derive(Debug, Default)]
pub(crate) struct Edit {
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
    /// New end of the register, or none.
    pub closes_after: Option<Option<Span>>,
    /// New groups.
    pub groups: Option<Groups>,
    /// New places.
    pub places: Option<Places>,
    /// Scheduled or not.
    pub enabled: Option<bool>,
}

/// Adds a period. Without an order it comes after all others.
pub(crate) fn add(
    store: &mut Store,
    period: &Period,
    order: Option<i64>,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    plan::carry_out(store, consent, |conn| {
        let all = periods::list(conn)?;
        let last = all.iter().map(|template| template.period.order).max().unwrap_or_default();
        let period = Period { order: order.unwrap_or(last + 1), ..period.clone() };
        let entry = period.name.clone();
        let effect = save(conn, None, period, deed, entry)?;
        Ok(Edited { done: (), effect })
    })
}

/// Changes a period. Returns whether anything changed.
pub(crate) fn edit(
    store: &mut Store,
    name: &str,
    edit: &Edit,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<bool>> {
    plan::carry_out(store, consent, |conn| {
        let Template { id, period: before } = lookup::period(conn, name)?;
        let changed = edit.applied(&before);
        let differences = before.differences(&changed);
        if differences.is_empty() {
            return Ok(Edited { done: false, effect: Effect::default() });
        }
        if before.name != changed.name {
            sessions::follow_rename(conn, &before.name, &changed.name)?;
        }
        let entry = format!("{}: {}", before.name, differences.join(", "));
        let effect = save(conn, Some(id), changed, deed, entry)?;
        Ok(Edited { done: true, effect })
    })
}

impl Edit {
    fn applied(&self, before: &Period) -> Period {
        let before = before.clone();
        Period {
            name: self.name.clone().unwrap_or(before.name),
            order: self.order.unwrap_or(before.order),
            start: self.start.unwrap_or(before.start),
            end: self.end.unwrap_or(before.end),
            days: self.days.unwrap_or(before.days),
            early_grace: self.early_grace.unwrap_or(before.early_grace),
            late_grace: self.late_grace.unwrap_or(before.late_grace),
            late_after: self.late_after.unwrap_or(before.late_after),
            closes_after: self.closes_after.unwrap_or(before.closes_after),
            groups: self.groups.clone().unwrap_or(before.groups),
            places: self.places.clone().unwrap_or(before.places),
            enabled: self.enabled.unwrap_or(before.enabled),
        }
    }
}

fn save(
    conn: &Connection,
    id: Option<PeriodId>,
    period: Period,
    deed: PlannedDeed,
    entry: String,
) -> Result<Effect> {
    let id = save_template(conn, id, period)?;
    follow(conn, &[id], deed, vec![entry])
}

/// Saves a period without its occurrences.
pub(super) fn save_template(conn: &Connection, id: Option<PeriodId>, period: Period) -> Result<PeriodId> {
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

/// Plans the occurrences of today at once for saved periods that would have opened by now. Otherwise the next
/// `schedule generate` would change the register at a time when no one expects it.
pub(super) fn follow(
    conn: &Connection,
    saved: &[PeriodId],
    deed: PlannedDeed,
    entries: Vec<String>,
) -> Result<Effect> {
    let opened = opened_today(conn, saved, deed.caller)?;
    plan::edit(conn, &touched(conn, &opened)?, deed, || {
        schedule::apply(conn, &opened)?;
        Ok(entries.into_iter().map(Entry::from).collect())
    })
}

/// The steps of the next `schedule generate` for occurrences of these periods that would have opened by now. A day before
/// the first schedule or after the last one waits for that run.
fn opened_today(conn: &Connection, templates: &[PeriodId], caller: &Caller) -> Result<Vec<Step>> {
    let today = lookup::today(conn, caller)?;
    if !schedule::dates(conn)?.is_some_and(|scheduled| scheduled.contains(&today)) {
        return Ok(Vec::new());
    }
    let mut steps = planned_now(conn, &(today..=today), caller)?.steps;
    steps.retain(|step| {
        let occurrence = &step.occurrence;
        let changes = matches!(step.action, Action::Create | Action::Update);
        let concerned = step.template.is_some_and(|template| templates.contains(&template));
        changes && concerned && occurrence.opens_at <= caller.now
    });
    Ok(steps)
}

/// Removes a period. Occurrences that have begun stay in the register.
pub(crate) fn remove(store: &mut Store, name: &str, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let template = lookup::period(conn, name)?;
        periods::remove(conn, template.id)?;
        Ok(audit::add(conn, &caller.deed("period remove", template.period.name))?)
    })
}

/// Warnings about groups that match no student.
pub(crate) fn warnings(store: &mut Store, groups: &Groups) -> Result<Vec<String>> {
    store.read(|conn| lookup::without_members_yet(conn, groups))
}

/// All periods by order.
pub(crate) fn list(store: &mut Store) -> Result<Vec<Template>> {
    store.read(|conn| Ok(periods::list(conn)?))
}

pub(crate) fn find(store: &mut Store, name: &str) -> Result<Period> {
    store.read(|conn| Ok(lookup::period(conn, name)?.period))
}
