//! The steps of a change of one date: which occurrences it moves, adds, shortens, cancels or restores.

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};

use super::{Extra, Wish};
use crate::commands::problem::{Kind, Problem};
use crate::commands::timetable::schedule::{refuse_settled, settled_unheld};
use crate::commands::{Caller, lookup};
use crate::domain::settings::Settings;
use crate::domain::spelling::same;
use crate::domain::time::calendar::resolve;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, OccurrenceState};
use crate::domain::timetable::odd::{Odd, retimed};
use crate::domain::timetable::period::{is_overnight, shown};
use crate::domain::timetable::place::Criteria;
use crate::domain::timetable::schedule::{
    Action, Existing, PeriodId, SKIPPED_HOUR, Step, Template, occurrence_of, times_on,
};
use crate::failure::Result;
use crate::store::register::marks;
use crate::store::timetable::{periods, schedule};
use crate::store::{Connection, settings};

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
pub(super) struct Change {
    pub(super) step: Step,
    pub(super) odd: Option<Odd>,
    /// When it ended before school was made to end earlier.
    pub(super) whole_end: Option<Instant>,
    /// A cancelled occurrence is held after all, as it stands.
    pub(super) held: bool,
}

/// The present occurrences of the date.
pub(super) struct Context<'c> {
    zone: Zone,
    criteria: Criteria,
    templates: Vec<Template>,
    existing: Vec<Existing>,
    odd: Vec<(OccurrenceId, Odd, Option<Instant>)>,
    date: NaiveDate,
    caller: &'c Caller,
}

impl<'c> Context<'c> {
    /// Reads them.
    pub(super) fn read(conn: &Connection, date: NaiveDate, caller: &'c Caller) -> Result<Self> {
        let Settings { zone, criteria, .. } = settings::load(conn)?;
        Ok(Self {
            zone,
            criteria,
            templates: periods::list(conn)?,
            existing: schedule::existing(conn, date..=date)?,
            odd: schedule::odd_on(conn, date)?,
            date,
            caller,
        })
    }

    /// The changes that a wish needs.
    pub(super) fn changes(&self, conn: &Connection, wish: &Wish) -> Result<Vec<Change>> {
        Ok(match wish {
            Wish::Move { period, start, end } => vec![self.moved(conn, period, *start, *end)?],
            Wish::Add(extra) => vec![self.added(extra)?],
            Wish::Like(weekday) => self.like(*weekday),
            Wish::Until(time) => self.until(*time),
            Wish::Restore(period) => self.restored(conn, period.as_deref())?,
        })
    }

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
        let odd = self.odd_of(occurrence.id).map_or(Odd::Moved, |(odd, _)| odd);
        Change {
            step: self.step(Action::Update, occurrence, template, reason),
            odd: Some(odd),
            whole_end: None,
            held: false,
        }
    }

    /// How a person changed an occurrence, and when it ended before school was made to end earlier.
    fn odd_of(&self, id: OccurrenceId) -> Option<(Odd, Option<Instant>)> {
        self.odd.iter().find(|(known, ..)| *known == id).map(|(_, odd, whole_end)| (*odd, *whole_end))
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
        Ok(Change { step, odd: Some(Odd::Added), whole_end: None, held: false })
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
            whole_end: None,
            held: false,
        }
    }

    /// A cancelled occurrence is held after all, with its sightings and marks.
    fn held(&self, existing: &Existing) -> Change {
        let occurrence = Occurrence { state: OccurrenceState::Planned, ..existing.occurrence.clone() };
        let step = self.step(Action::Update, occurrence, existing.template, "held after all".to_owned());
        Change { step, odd: None, whole_end: None, held: true }
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
            changes.push(Change { step, odd: Some(Odd::Added), whole_end: None, held: false });
        }
        changes
    }

    /// School ends at a time of day, instead of an earlier end. Later periods are cancelled, and a running one ends then.
    fn until(&self, time: NaiveTime) -> Vec<Change> {
        let end = resolve(self.date, time, self.zone);
        let reason = format!("{ENDS_AT}{}", shown(time));
        let whole = |existing| Some((existing, self.whole(existing)?));
        let changes = self.existing.iter().filter_map(whole).filter_map(|(existing, whole)| {
            let known = &existing.occurrence;
            let planned = self.as_planned(existing);
            let change = if whole.starts_at >= end {
                self.cancelled(whole, existing.template, &reason)
            } else if whole.ends_at > end {
                let cut = retimed(&whole, whole.starts_at, end);
                Change {
                    whole_end: Some(whole.ends_at),
                    ..self.changed(cut, existing.template, reason.clone())
                }
            } else if whole == planned.step.occurrence {
                let odd = self.odd_of(known.id).map(|(odd, _)| odd);
                Change { odd: odd.filter(|odd| *odd == Odd::Added), ..planned }
            } else {
                self.changed(whole, existing.template, reason.clone())
            };
            match change.step.occurrence == *known {
                true => None,
                false if self.has_begun(known) => Some(self.kept(existing, BEGUN)),
                false => Some(change),
            }
        });
        changes.collect()
    }

    /// An occurrence before school was made to end early. `None` if it is not held for another reason.
    fn whole(&self, existing: &Existing) -> Option<Occurrence> {
        let known = &existing.occurrence;
        let odd = self.odd_of(known.id);
        match &known.state {
            OccurrenceState::Planned => {
                let end = odd.and_then(|(_, whole_end)| whole_end).unwrap_or(known.ends_at);
                Some(retimed(known, known.starts_at, end))
            }
            OccurrenceState::Cancelled(why) if odd.is_some() && why.starts_with(ENDS_AT) => {
                Some(Occurrence { state: OccurrenceState::Planned, ..known.clone() })
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
            let odd = self.odd_of(id).map(|(odd, _)| odd);
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
                    Change { step, odd: None, whole_end: None, held: false }
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
        Change { step, odd: None, whole_end: None, held: false }
    }
}
