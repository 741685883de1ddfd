//! Odd days: other times for one date, an extra occurrence, another day's timetable, half a day. Changes made here are
//! kept by every later run of `schedule generate`, until they are restored.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::schedule::{make_so, planned_now, touched};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, PlannedDeed};
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::time::calendar::{closure_on, resolve};
use crate::domain::time::{Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, OccurrenceState};
use crate::domain::timetable::odd::{Odd, retimed};
use crate::domain::timetable::period::{Groups, is_overnight, shown};
use crate::domain::timetable::place::Criteria;
use crate::domain::timetable::schedule::{
    Action, Existing, PeriodId, SKIPPED_HOUR, Step, Template, occurrence_of, times_on,
};
use crate::failure::Result;
use crate::store::register::marks;
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, Store, settings};

/// A change of one date.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    /// A period is held at other times.
    Move {
        /// Name of the period.
        period: String,
        /// Local start.
        start: NaiveTime,
        /// Local end; on the next day if it is not after the start.
        end: NaiveTime,
    },
    /// Something extra is held.
    Add(Extra),
    /// The timetable of another weekday applies.
    Like(Weekday),
    /// School ends at a time of day.
    Until(NaiveTime),
    /// One period, or the whole date, is restored to the weekly periods.
    Restore(Option<String>),
}

/// An extra occurrence.
#[derive(Debug, Clone)]
pub(crate) struct Extra {
    pub name: String,
    /// Local start.
    pub start: NaiveTime,
    /// Local end; on the next day if it is not after the start.
    pub end: NaiveTime,
    /// The groups that are expected.
    pub groups: Groups,
    /// Students first seen later than this after the start are late.
    pub late_after: Option<Span>,
}

/// Graces of an extra occurrence, as those of a new period.
const EARLY: Span = Span::minutes(5);
const LATE: Span = Span::minutes(10);

/// Why an occurrence stays that has begun.
const BEGUN: &str = "it has already begun";

/// A step, and how the occurrence then differs from its period.
struct Change {
    step: Step,
    odd: Option<Odd>,
}

impl Wish {
    /// The command, as the audit log names it.
    pub(crate) fn action(&self) -> &'static str {
        match self {
            Self::Move { .. } => "schedule move",
            Self::Add(_) => "schedule add",
            Self::Like(_) | Self::Until(_) => "schedule day",
            Self::Restore(_) => "schedule restore",
        }
    }
}

/// Changes a date. Dates that are not scheduled yet are scheduled first.
pub(crate) fn run(
    store: &mut Store,
    wish: &Wish,
    date: NaiveDate,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Vec<Step>>> {
    plan::carry_out(store, consent, |conn| change(conn, wish, date, deed))
}

fn change(conn: &Connection, wish: &Wish, date: NaiveDate, deed: PlannedDeed) -> Result<Edited<Vec<Step>>> {
    let caller = deed.caller;
    let restores = matches!(wish, Wish::Restore(_));
    if let Some(closure) = closure_on(date, &schedule::closures(conn)?).filter(|_| !restores) {
        return Err(Problem::new(Kind::Refused, format!("{date} is closed: {}", closure.reason))
            .hint(format!("attend schedule open {date}"))
            .into());
    }
    let mut effect = Effect::default();
    if !restores {
        let deed = PlannedDeed { action: "schedule generate", ..deed };
        effect = make_so(conn, planned_now(conn, &(date..=date), caller)?, deed)?.effect;
    }
    let context = Context {
        zone: settings::load(conn)?.zone,
        criteria: settings::load(conn)?.criteria,
        templates: periods::list(conn)?,
        existing: schedule::existing(conn, date..=date)?,
        date,
        caller,
    };
    let changes = match wish {
        Wish::Move { period, start, end } => vec![context.moved(conn, period, *start, *end)?],
        Wish::Add(extra) => vec![context.added(extra)?],
        Wish::Like(weekday) => context.like(*weekday),
        Wish::Until(time) => context.until(*time),
        Wish::Restore(period) => context.restored(conn, period.as_deref())?,
    };
    let steps: Vec<Step> = changes.iter().map(|change| change.step.clone()).collect();
    let changed = plan::edit(conn, &touched(conn, &steps)?, deed, || {
        changes.iter().try_for_each(|change| apply(conn, change, caller))?;
        let counted = changes.iter().filter(|change| change.step.action != Action::Skip).count();
        let entry = (counted > 0).then(|| format!("{date}: {counted} changed").into());
        Ok(entry.into_iter().collect())
    })?;
    effect.registers.extend(changed.registers);
    Ok(Edited { done: steps, effect })
}

fn apply(conn: &Connection, change: &Change, caller: &Caller) -> Result<()> {
    let Change { step, odd } = change;
    match step.action {
        Action::Create | Action::Update => {
            schedule::apply(conn, std::slice::from_ref(step))?;
            schedule::set_odd(conn, &step.occurrence, *odd, &caller.by, caller.now)?;
        }
        Action::Remove => schedule::apply(conn, std::slice::from_ref(step))?,
        Action::Unchanged | Action::Skip => {}
    }
    Ok(())
}

/// The present occurrences of the date.
struct Context<'c> {
    zone: Zone,
    criteria: Criteria,
    templates: Vec<Template>,
    existing: Vec<Existing>,
    date: NaiveDate,
    caller: &'c Caller,
}

impl Context<'_> {
    fn step(
        &self,
        action: Action,
        occurrence: Occurrence,
        template: Option<PeriodId>,
        reason: String,
    ) -> Step {
        Step { action, occurrence, template, reason: Some(reason) }
    }

    fn has_begun(&self, occurrence: &Occurrence) -> bool {
        occurrence.opens_at <= self.caller.now
    }

    fn refuse_begun(&self, occurrence: &Occurrence) -> Result<()> {
        if !self.has_begun(occurrence) {
            return Ok(());
        }
        let (period, date) = (&occurrence.period, occurrence.date);
        Err(Problem::new(Kind::Refused, format!("{period} on {date} has already begun"))
            .hint(format!("attend schedule cancel {:?} --date {date} --reason REASON", &**period))
            .into())
    }

    fn moved(&self, conn: &Connection, period: &str, start: NaiveTime, end: NaiveTime) -> Result<Change> {
        let known = lookup::occurrence(conn, period, self.date)?;
        self.refuse_begun(&known)?;
        let occurrence = self.at(&known, start, end)?;
        self.refuse_begun(&occurrence)?;
        let template = self.existing.iter().find(|e| e.occurrence.id == known.id).and_then(|e| e.template);
        let odd = if template.is_some() { Odd::Moved } else { Odd::Added };
        let day = if is_overnight(start, end) { " of the next day" } else { "" };
        let reason = format!("moved to {}–{}{day}", shown(start), shown(end));
        Ok(Change { step: self.step(Action::Update, occurrence, template, reason), odd: Some(odd) })
    }

    /// The same occurrence at other times.
    fn at(&self, known: &Occurrence, start: NaiveTime, end: NaiveTime) -> Result<Occurrence> {
        let (starts_at, ends_at) = times_on(self.date, (start, end), self.zone);
        let occurrence = retimed(known, starts_at, ends_at);
        if !occurrence.is_swallowed() {
            return Ok(occurrence);
        }
        let hours = format!("{}–{} on {}", shown(start), shown(end), self.date);
        Err(Problem::new(Kind::Refused, format!("{hours} cannot be held: {SKIPPED_HOUR}"))
            .hint("write other times with --start and --end")
            .into())
    }

    fn added(&self, extra: &Extra) -> Result<Change> {
        let name = extra.name.to_lowercase();
        if self.existing.iter().any(|e| e.occurrence.period.to_lowercase() == name) {
            return Err(Problem::new(
                Kind::Refused,
                format!("{} on {} is scheduled already", extra.name, self.date),
            )
            .hint(format!(
                "attend schedule move {:?} --date {} --start HH:MM --end HH:MM",
                extra.name, self.date
            ))
            .into());
        }
        let order = self.existing.iter().map(|e| e.occurrence.order).max().unwrap_or_default() + 1;
        let (starts_at, ends_at) = times_on(self.date, (extra.start, extra.end), self.zone);
        let blank = Occurrence {
            id: OccurrenceId::default(),
            period: extra.name.as_str().into(),
            date: self.date,
            order,
            starts_at,
            ends_at,
            opens_at: starts_at - EARLY,
            closes_at: ends_at + LATE,
            late_after: extra.late_after,
            closes_after: None,
            groups: extra.groups.clone(),
            criteria: self.criteria.clone(),
            state: OccurrenceState::Planned,
        };
        let occurrence = self.at(&blank, extra.start, extra.end)?;
        self.refuse_begun(&occurrence)?;
        let step = self.step(Action::Create, occurrence, None, "added".to_owned());
        Ok(Change { step, odd: Some(Odd::Added) })
    }

    /// An occurrence stays as it is.
    fn kept(&self, existing: &Existing, why: &str) -> Change {
        let reason = format!("kept: {why}");
        Change {
            step: self.step(Action::Skip, existing.occurrence.clone(), existing.template, reason),
            odd: None,
        }
    }

    fn cancelled(&self, existing: &Existing, reason: &str) -> Change {
        let occurrence = Occurrence {
            state: OccurrenceState::Cancelled(reason.to_owned()),
            ..existing.occurrence.clone()
        };
        let step = self.step(Action::Update, occurrence, existing.template, format!("cancelled: {reason}"));
        Change { step, odd: Some(Odd::Moved) }
    }

    /// The timetable of another weekday.
    fn like(&self, weekday: Weekday) -> Vec<Change> {
        let reason = format!("as on {weekday}");
        let held = |template: &&Template| template.period.is_planned_on(weekday);
        let mut changes = Vec::new();
        for existing in self.existing.iter().filter(|e| e.occurrence.held()) {
            let wanted =
                self.templates.iter().filter(held).any(|template| Some(template.id) == existing.template);
            if !wanted && self.has_begun(&existing.occurrence) {
                changes.push(self.kept(existing, BEGUN));
            } else if !wanted {
                changes.push(self.cancelled(existing, &reason));
            }
        }
        for template in self.templates.iter().filter(held) {
            if self.existing.iter().any(|existing| existing.template == Some(template.id)) {
                continue;
            }
            let occurrence = occurrence_of(template, self.date, self.zone, &self.criteria);
            if occurrence.is_swallowed() {
                continue;
            }
            let action = if self.has_begun(&occurrence) { Action::Skip } else { Action::Create };
            let step = self.step(action, occurrence, Some(template.id), reason.clone());
            changes.push(Change { step, odd: Some(Odd::Added) });
        }
        changes
    }

    /// School ends at a time of day. Later periods are cancelled, and a running one ends then.
    fn until(&self, time: NaiveTime) -> Vec<Change> {
        let end = resolve(self.date, time, self.zone);
        let reason = format!("school ends at {}", shown(time));
        let affected = self.existing.iter().filter(|e| e.occurrence.held() && e.occurrence.ends_at > end);
        affected
            .map(|existing| {
                let known = &existing.occurrence;
                if known.starts_at >= end && !self.has_begun(known) {
                    return self.cancelled(existing, &reason);
                }
                if self.has_begun(known) {
                    return self.kept(existing, BEGUN);
                }
                let step = self.step(
                    Action::Update,
                    retimed(known, known.starts_at, end),
                    existing.template,
                    reason.clone(),
                );
                Change { step, odd: Some(Odd::Moved) }
            })
            .collect()
    }

    /// As planned by the weekly periods.
    fn restored(&self, conn: &Connection, period: Option<&str>) -> Result<Vec<Change>> {
        let only = period.map(|name| lookup::occurrence(conn, name, self.date)).transpose()?.map(|o| o.id);
        let odd = schedule::odd_on(conn, self.date)?;
        let mut changes = Vec::new();
        for existing in self.existing.iter().filter(|e| only.is_none_or(|id| id == e.occurrence.id)) {
            let id = existing.occurrence.id;
            let odd = odd.iter().find(|(known, _)| *known == id).map(|(_, odd)| *odd);
            let cancelled = matches!(existing.occurrence.state, OccurrenceState::Cancelled(_));
            let template = self.templates.iter().find(|template| Some(template.id) == existing.template);
            // A cancelled period is restored with its sightings.
            let whole = period.is_none() && cancelled && !self.has_begun(&existing.occurrence);
            if odd.is_none() && !whole {
                continue;
            }
            if self.has_begun(&existing.occurrence) {
                // Held after all, as it was planned for the date: the caller does that.
                if period.is_none() || !cancelled {
                    changes.push(self.kept(existing, BEGUN));
                }
            } else if odd == Some(Odd::Added) && marks::any(conn, id)? {
                changes.push(self.kept(existing, "students are marked in it"));
            } else if odd == Some(Odd::Added) {
                let occurrence = existing.occurrence.clone();
                let step =
                    self.step(Action::Remove, occurrence, existing.template, "no longer added".to_owned());
                changes.push(Change { step, odd: None });
            } else {
                let planned =
                    template.map(|template| occurrence_of(template, self.date, self.zone, &self.criteria));
                let planned = planned.filter(|planned| !planned.is_swallowed());
                let planned = planned.unwrap_or_else(|| existing.occurrence.clone());
                let occurrence = Occurrence { id, state: OccurrenceState::Planned, ..planned };
                let reason = "as the period says".to_owned();
                let step = self.step(Action::Update, occurrence, existing.template, reason);
                changes.push(Change { step, odd: None });
            }
        }
        Ok(changes)
    }
}
