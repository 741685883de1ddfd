//! Odd days: other times for one date, an extra occurrence, another day's timetable, half a day. Changes made here are
//! kept by every later run of `schedule generate`, until they are restored.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::schedule::{Generated, make_so, planned_now, refuse_settled, settled_unheld, touched};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::spelling::same;
use crate::domain::time::calendar::{closure_on, resolve};
use crate::domain::time::{Instant, Span, Zone};
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

/// A date that was changed.
#[derive(Debug)]
pub(crate) struct Changed {
    /// Every step.
    pub steps: Vec<Step>,
    /// Other periods that it now follows, too.
    pub followed: Vec<String>,
}

/// Graces of an extra occurrence, as those of a new period.
const EARLY: Span = Span::minutes(5);
const LATE: Span = Span::minutes(10);

/// The beginning of the reason why lessons after the end of a short day are not held.
const ENDS_AT: &str = "school ends at ";

/// Why an occurrence stays that has begun.
const BEGUN: &str = "it has already begun";

/// Why an occurrence of another weekday is not held.
const TAKEN: &str = "another occurrence of that day has this name";

/// Why an occurrence stays that was cancelled before its recognitions were pruned.
const PRUNED: &str = "its recognitions were pruned";

/// A step, and how the occurrence then differs from its period.
struct Change {
    step: Step,
    odd: Option<Odd>,
    /// A cancelled occurrence is held after all, as it stands.
    held: bool,
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
    let context = Context {
        zone: settings::load(conn)?.zone,
        criteria: settings::load(conn)?.criteria,
        templates: periods::list(conn)?,
        existing: schedule::existing(conn, date..=date)?,
        odd: schedule::odd_on(conn, date)?,
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
    let Change { step, odd, held } = change;
    match step.action {
        Action::Update if *held => {
            schedule::set_cancelled(conn, step.occurrence.id, None, &caller.by, caller.now)?;
        }
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
    odd: Vec<(OccurrenceId, Odd)>,
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
        let day = if is_overnight(start, end) { " of the next day" } else { "" };
        let reason = format!("moved to {}–{}{day}", shown(start), shown(end));
        Ok(self.changed(occurrence, template, reason))
    }

    /// An occurrence that is then another one than its period says. One that was added for this date stays added.
    fn changed(&self, occurrence: Occurrence, template: Option<PeriodId>, reason: String) -> Change {
        let odd = self.odd_of(occurrence.id).unwrap_or(Odd::Moved);
        Change { step: self.step(Action::Update, occurrence, template, reason), odd: Some(odd), held: false }
    }

    fn odd_of(&self, id: OccurrenceId) -> Option<Odd> {
        self.odd.iter().find(|(known, _)| *known == id).map(|(_, odd)| *odd)
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
        let weekly = self.templates.iter().filter(|t| t.period.is_planned_on(self.date.weekday()));
        let weekly = weekly.map(|template| &*template.period.name);
        let mut names = self.existing.iter().map(|e| &*e.occurrence.period).chain(weekly);
        if names.any(|name| same(name, extra.name.trim())) {
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
        Ok(Change { step, odd: Some(Odd::Added), held: false })
    }

    /// Whether another occurrence of the date has its name.
    fn is_taken(&self, occurrence: &Occurrence) -> bool {
        let mut others = self.existing.iter().filter(|e| e.occurrence.id != occurrence.id);
        others.any(|e| same(&e.occurrence.period, &occurrence.period))
    }

    /// An occurrence stays as it is.
    fn kept(&self, existing: &Existing, why: &str) -> Change {
        let reason = format!("kept: {why}");
        Change {
            step: self.step(Action::Skip, existing.occurrence.clone(), existing.template, reason),
            odd: None,
            held: false,
        }
    }

    /// A cancelled occurrence is held after all, with its sightings and marks.
    fn held(&self, existing: &Existing) -> Change {
        let occurrence = Occurrence { state: OccurrenceState::Planned, ..existing.occurrence.clone() };
        let step = self.step(Action::Update, occurrence, existing.template, "held after all".to_owned());
        Change { step, odd: None, held: true }
    }

    fn cancelled(&self, occurrence: Occurrence, template: Option<PeriodId>, reason: &str) -> Change {
        let occurrence = Occurrence { state: OccurrenceState::Cancelled(reason.to_owned()), ..occurrence };
        self.changed(occurrence, template, format!("cancelled: {reason}"))
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
                changes.push(self.cancelled(existing.occurrence.clone(), existing.template, &reason));
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
            let (action, reason) = if self.is_taken(&occurrence) {
                (Action::Skip, TAKEN.to_owned())
            } else if self.has_begun(&occurrence) {
                (Action::Skip, reason.clone())
            } else {
                (Action::Create, reason.clone())
            };
            let step = self.step(action, occurrence, Some(template.id), reason);
            changes.push(Change { step, odd: Some(Odd::Added), held: false });
        }
        changes
    }

    /// School ends at a time of day, instead of an earlier end. Later periods are cancelled, and a running one ends then.
    fn until(&self, time: NaiveTime) -> Vec<Change> {
        let end = resolve(self.date, time, self.zone);
        let reason = format!("{ENDS_AT}{}", shown(time));
        let held = self.existing.iter().filter(|e| e.occurrence.held());
        let over = held.map(|e| e.occurrence.ends_at).max();
        let whole = |existing| Some((existing, self.whole(existing, over)?));
        let changes = self.existing.iter().filter_map(whole).filter_map(|(existing, whole)| {
            let known = &existing.occurrence;
            let cut = retimed(&whole, whole.starts_at, whole.ends_at.min(end));
            if *known == cut || !known.held() && whole.starts_at >= end {
                None
            } else if self.has_begun(known) {
                Some(self.kept(existing, BEGUN))
            } else if whole.starts_at >= end {
                Some(self.cancelled(whole, existing.template, &reason))
            } else if whole.ends_at <= end {
                let odd = self.odd_of(known.id).filter(|odd| *odd == Odd::Added);
                Some(Change { odd, ..self.as_planned(existing) })
            } else {
                Some(self.changed(cut, existing.template, reason.clone()))
            }
        });
        changes.collect()
    }

    /// An occurrence before school was made to end early. `over`: the end of the last one that is held. `None` if it is not
    /// held for another reason.
    fn whole(&self, existing: &Existing, over: Option<Instant>) -> Option<Occurrence> {
        let known = &existing.occurrence;
        let planned = self.as_planned(existing).step.occurrence;
        match &known.state {
            OccurrenceState::Cancelled(why) if why.starts_with(ENDS_AT) => Some(planned),
            OccurrenceState::Planned => {
                let is_cut = Some(known.ends_at) == over
                    && known.starts_at == planned.starts_at
                    && known.ends_at < planned.ends_at;
                Some(if is_cut { planned } else { known.clone() })
            }
            _ => None,
        }
    }

    /// One occurrence, or all of them, as planned by the weekly periods.
    fn restored(&self, conn: &Connection, period: Option<&str>) -> Result<Vec<Change>> {
        let only = period.map(|name| lookup::occurrence(conn, name, self.date)).transpose()?;
        if let Some(Occurrence { period, state: OccurrenceState::Closed(why), .. }) = &only {
            let date = self.date;
            return Err(Problem::new(Kind::Refused, format!("{period} on {date} is closed: {why}"))
                .hint(format!("attend schedule open {date}"))
                .into());
        }
        let of_interest = |e: &&Existing| only.as_ref().is_none_or(|o| o.id == e.occurrence.id);
        let mut changes = Vec::new();
        for existing in self.existing.iter().filter(of_interest) {
            let id = existing.occurrence.id;
            let odd = self.odd_of(id);
            let cancelled = matches!(existing.occurrence.state, OccurrenceState::Cancelled(_));
            let begun = self.has_begun(&existing.occurrence);
            let change = match (odd, &only) {
                (None, _) if !cancelled => continue,
                (_, Some(occurrence)) if cancelled && (begun || odd != Some(Odd::Moved)) => {
                    refuse_settled(conn, std::slice::from_ref(occurrence))?;
                    self.held(existing)
                }
                // The weekly periods do not hold what was added.
                (None | Some(Odd::Moved), None) if cancelled && begun => {
                    match settled_unheld(conn, &existing.occurrence)? {
                        true => self.kept(existing, PRUNED),
                        false => self.held(existing),
                    }
                }
                _ if begun => self.kept(existing, BEGUN),
                (Some(Odd::Added), _) if marks::any(conn, id)? => {
                    self.kept(existing, "students are marked in it")
                }
                (Some(Odd::Added), _) => {
                    let occurrence = existing.occurrence.clone();
                    let reason = "no longer added".to_owned();
                    let step = self.step(Action::Remove, occurrence, existing.template, reason);
                    Change { step, odd: None, held: false }
                }
                (None | Some(Odd::Moved), _) => self.as_planned(existing),
            };
            changes.push(change);
        }
        Ok(changes)
    }

    /// An occurrence as its period says. If that was removed, as it stands.
    fn as_planned(&self, existing: &Existing) -> Change {
        let template = self.templates.iter().find(|template| Some(template.id) == existing.template);
        let planned = template.map(|template| occurrence_of(template, self.date, self.zone, &self.criteria));
        let planned = planned.filter(|planned| !planned.is_swallowed());
        let planned = planned.unwrap_or_else(|| existing.occurrence.clone());
        let mut occurrence =
            Occurrence { id: existing.occurrence.id, state: OccurrenceState::Planned, ..planned };
        if self.is_taken(&occurrence) {
            occurrence.period = existing.occurrence.period.clone();
        }
        let step = self.step(Action::Update, occurrence, existing.template, "as the period says".to_owned());
        Change { step, odd: None, held: false }
    }
}
