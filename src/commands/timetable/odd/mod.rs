//! Odd days: other times for one date, an extra occurrence, another day's timetable, half a day. Changes made here are
//! kept by every later run of `schedule generate`, until they are restored.

mod changes;

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::schedule::{Generated, make_so, planned_now, touched};
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::domain::register::effect::Effect;
use crate::domain::spelling::same;
use crate::domain::time::Span;
use crate::domain::time::calendar::closure_on;
use crate::domain::timetable::period::Groups;
use crate::domain::timetable::schedule::{Action, Step};
use crate::failure::Result;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store};

use changes::{Change, Context};

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

/// A date that was changed.
#[derive(Debug)]
pub(crate) struct Changed {
    /// Every step.
    pub steps: Vec<Step>,
    /// Other periods that it now follows, too.
    pub followed: Vec<String>,
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

/// Changes a date, and gives every step of it. A date without any occurrence is scheduled first. On a date with
/// occurrences, pending edits of periods wait for `schedule generate`, unless the change is about the whole date.
pub(crate) fn run(
    store: &mut Store,
    wish: &Wish,
    date: NaiveDate,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Changed>> {
    plan::carry_out(store, consent, |conn| change(conn, wish, date, deed))
}

fn change(conn: &Connection, wish: &Wish, date: NaiveDate, deed: PlannedDeed) -> Result<Edited<Changed>> {
    let caller = deed.caller;
    let restores = matches!(wish, Wish::Restore(_));
    if let Some(closure) = closure_on(date, &schedule::closures(conn)?).filter(|_| !restores) {
        return Err(Problem::new(Kind::Refused, format!("{date} is closed: {}", closure.reason))
            .hint(format!("attend schedule open {date}"))
            .into());
    }
    let mut effect = Effect::default();
    let mut first = Vec::new();
    if !restores {
        let deed = PlannedDeed { action: "schedule generate", ..deed };
        let edited = make_so(conn, due_first(conn, wish, date, caller)?, deed)?;
        // Other dates may still wait for new rules.
        if edited.done.new_rules.is_none() {
            schedule::note_rules(conn)?;
        }
        (effect, first) = (edited.effect, edited.done.steps);
    }
    let changes = Context::read(conn, date, caller)?.changes(conn, wish)?;
    let steps: Vec<Step> = changes.iter().map(|change| change.step.clone()).collect();
    let changed = plan::edit(conn, &touched(conn, &steps)?, deed, || {
        changes.iter().try_for_each(|change| apply(conn, change, caller))?;
        Ok(noted(&changes, wish, date).map(Entry::from).into_iter().collect())
    })?;
    effect.registers.extend(changed.registers);
    let asked = |name: &str| steps.iter().any(|step| same(&step.occurrence.period, name));
    let followed = first.iter().map(|step| step.occurrence.period.to_string());
    let followed = followed.filter(|name| !asked(name)).collect();
    Ok(Edited { done: Changed { steps: joined(first, steps), followed }, effect })
}

/// The changes, for the audit log.
fn noted(changes: &[Change], wish: &Wish, date: NaiveDate) -> Option<String> {
    let changed: Vec<&Change> = changes.iter().filter(|change| change.step.action != Action::Skip).collect();
    match (&changed[..], wish) {
        ([], _) => None,
        ([change], Wish::Restore(Some(_))) if change.held => {
            Some(format!("{} on {date}", change.step.occurrence.period))
        }
        _ => Some(format!("{date}: {} changed", changed.len())),
    }
}

/// The part of the next run of `schedule generate` that a change of a date needs first: all of it where the date has no
/// occurrence yet or the change is about the whole date, else at most the occurrence to be moved.
fn due_first(conn: &Connection, wish: &Wish, date: NaiveDate, caller: &Caller) -> Result<Generated> {
    let mut plan = planned_now(conn, &(date..=date), caller)?;
    let existing = schedule::occurrences(conn, date..=date)?;
    let changes = |step: &Step| matches!(step.action, Action::Create | Action::Update | Action::Remove);
    plan.steps.retain(|step| step.occurrence.date == date && changes(step));
    if existing.is_empty() {
        return Ok(plan);
    }
    match wish {
        Wish::Like(_) | Wish::Until(_) => {}
        Wish::Move { period, .. } if !existing.iter().any(|o| same(&o.period, period.trim())) => {
            plan.steps
                .retain(|step| step.action == Action::Create && same(&step.occurrence.period, period.trim()));
        }
        Wish::Move { .. } | Wish::Add(_) | Wish::Restore(_) => plan.steps.clear(),
    }
    Ok(plan)
}

/// All steps of a date: those that came first, with what then became of them.
fn joined(first: Vec<Step>, then: Vec<Step>) -> Vec<Step> {
    let mut steps = first;
    for step in then {
        let known = steps.iter_mut().find(|known| {
            let same = same(&known.occurrence.period, &step.occurrence.period);
            same && known.action != Action::Remove && step.action != Action::Skip
        });
        match known {
            Some(known) => *known = Step { action: known.action, ..step },
            None => steps.push(step),
        }
    }
    steps.sort_by_key(|step| (step.occurrence.starts_at, step.occurrence.order));
    steps
}

fn apply(conn: &Connection, change: &Change, caller: &Caller) -> Result<()> {
    let Change { step, odd, whole_end, held } = change;
    match step.action {
        Action::Update if *held => {
            schedule::set_cancelled(conn, step.occurrence.id, None, &caller.by, caller.now)?;
        }
        Action::Create | Action::Update => {
            schedule::apply(conn, std::slice::from_ref(step))?;
            schedule::set_odd(conn, &step.occurrence, *odd, *whole_end, (&caller.by, caller.now))?;
        }
        Action::Remove => schedule::apply(conn, std::slice::from_ref(step))?,
        Action::Unchanged | Action::Skip => {}
    }
    Ok(())
}
