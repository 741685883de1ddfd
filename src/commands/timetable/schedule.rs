//! The schedule: `generate`, `cancel`, `restore`, `close` and `open`.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::Touched;
use crate::commands::register::roster;
use crate::commands::watch::job;
use crate::commands::{Caller, lookup};
use crate::domain::register::effect::Effect;
use crate::domain::roll::student::OPEN_END;
use crate::domain::time::Zone;
use crate::domain::time::calendar::Closure;
use crate::domain::timetable::occurrence::{Lack, Occurrence, OccurrenceId, OccurrenceState};
use crate::domain::timetable::schedule::{Action, Facts, NewRules, Step, plan};
use crate::domain::upkeep::audit as audited;
use crate::domain::watch::job::Batch;
use crate::failure::Result;
use crate::store::evidence::{coverage, signs};
use crate::store::timetable::{periods, schedule};
use crate::store::watch::jobs;
use crate::store::{Connection, Store, settings};

/// The most days in the past that `schedule generate` still plans after nights without a run.
const CATCH_UP: u64 = 31;

/// The dates to plan: a number of days from a date, today by default.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// First date; `None`: today.
    pub from: Option<NaiveDate>,
    /// The number of days, at least 1.
    pub days: u64,
}

impl Stretch {
    fn dates(self, conn: &Connection, caller: &Caller) -> Result<RangeInclusive<NaiveDate>> {
        let from = match self.from {
            Some(from) => from,
            None => lookup::today(conn, caller)?,
        };
        let last = from.checked_add_days(Days::new(self.days - 1)).unwrap_or(from);
        Ok(from..=last.min(OPEN_END))
    }

    /// The same dates, but starting where the last run ended, so that nights without a run leave no gap.
    fn with_missed(
        self,
        reached: Option<NaiveDate>,
        conn: &Connection,
        caller: &Caller,
    ) -> Result<RangeInclusive<NaiveDate>> {
        let dates = self.dates(conn, caller)?;
        let Some(next) = reached.and_then(|reached| reached.succ_opt()).filter(|_| self.from.is_none())
        else {
            return Ok(dates);
        };
        let earliest = *dates.start() - Days::new(CATCH_UP);
        Ok(next.clamp(earliest, *dates.start())..=*dates.end())
    }
}

/// A plan of the schedule.
#[derive(Debug)]
pub(crate) struct Generated {
    /// The plan.
    pub steps: Vec<Step>,
    /// The change of the zone rules that caused it, if any.
    pub new_rules: Option<NewRules>,
}

/// Plans the occurrences of some dates and applies the plan. If the zone rules have changed, every scheduled future
/// occurrence is planned again.
pub(crate) fn generate(
    store: &mut Store,
    stretch: Stretch,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Generated>> {
    if let Consent::DryRun = consent {
        return plan::carry_out(store, consent, |conn| {
            let reached = jobs::reached(conn, Batch::ScheduleGenerate)?;
            let dates = stretch.with_missed(reached, conn, deed.caller)?;
            make_so(conn, planned_now(conn, &dates, deed.caller)?, deed)
        });
    }
    job::run(store, Batch::ScheduleGenerate, deed.caller, |store, run| {
        plan::carry_out(store, consent, |conn| {
            let dates = stretch.with_missed(run.until, conn, deed.caller)?;
            let edited = make_so(conn, planned_now(conn, &dates, deed.caller)?, deed)?;
            schedule::note_rules(conn)?;
            // Dates far ahead do not count as reached while there is a gap before them.
            if run.until.is_none_or(|until| *dates.start() <= until + Days::new(1)) {
                run.until = run.until.max(Some(*dates.end()));
            }
            Ok(edited)
        })
    })
}

pub(super) fn planned_now(
    conn: &Connection,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<Generated> {
    planned(conn, dates, settings::load(conn)?.zone, caller)
}

/// The plan of some dates in a zone.
pub(super) fn planned(
    conn: &Connection,
    dates: &RangeInclusive<NaiveDate>,
    zone: Zone,
    caller: &Caller,
) -> Result<Generated> {
    let new_rules = schedule::new_rules(conn)?;
    let looked_at = match (&new_rules, schedule::last_date(conn)?) {
        (Some(_), Some(last)) => lookup::today(conn, caller)?.min(*dates.start())..=last.max(*dates.end()),
        _ => dates.clone(),
    };
    let (templates, closures) = (periods::list(conn)?, schedule::closures(conn)?);
    let existing = schedule::existing(conn, looked_at.clone())?;
    let settings = settings::load(conn)?;
    let facts = Facts {
        templates: &templates,
        closures: &closures,
        existing: &existing,
        zone,
        criteria: &settings.criteria,
        now: caller.now,
        watermark: settings::revision(conn)?.watermark,
        new_rules: new_rules.as_ref(),
    };
    let mut steps = plan(&facts, looked_at);
    // Outside the requested dates, nothing new is planned.
    let corrects = |step: &Step| matches!(step.action, Action::Update | Action::Remove);
    steps.retain(|step| dates.contains(&step.occurrence.date) || corrects(step));
    Ok(Generated { steps, new_rules })
}

/// Applies a plan of the schedule.
pub(super) fn make_so(conn: &Connection, plan: Generated, deed: PlannedDeed) -> Result<Edited<Generated>> {
    let touched = touched(conn, &plan.steps)?;
    let effect = plan::edit(conn, &touched, deed, || {
        schedule::apply(conn, &plan.steps)?;
        Ok(noted(&plan).map(Entry::from).into_iter().collect())
    })?;
    Ok(Edited { done: plan, effect })
}

/// The occurrences that a plan creates, changes or removes, before and after.
pub(super) fn touched(conn: &Connection, steps: &[Step]) -> Result<Touched> {
    let changed: Vec<&Step> = steps
        .iter()
        .filter(|step| matches!(step.action, Action::Create | Action::Update | Action::Remove))
        .collect();
    let dates = changed.iter().map(|step| step.occurrence.date);
    let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else { return Ok(Touched::default()) };
    let ids: HashSet<OccurrenceId> = changed.iter().map(|step| step.occurrence.id).collect();
    let mut touched = schedule::occurrences(conn, first..=last)?;
    touched.retain(|o| ids.contains(&o.id));
    touched.extend(changed.iter().map(|step| step.occurrence.clone()));
    // Earlier lessons may make another date the first one of the school, on which every camera matters.
    let heard = signs::first_dates(conn)?.into_values().filter_map(|dates| dates.first().copied()).min();
    if let Some((known, _)) = heard.filter(|(known, _)| first < *known) {
        touched.extend(schedule::occurrences(conn, known..=known)?);
    }
    Touched::of_schedule(conn, touched.into_iter())
}

/// The changes of a plan, for the audit log.
fn noted(plan: &Generated) -> Option<String> {
    let steps = &plan.steps;
    let count = |action| steps.iter().filter(|step| step.action == action).count();
    let [created, updated, removed] = [Action::Create, Action::Update, Action::Remove].map(count);
    let (first, last) = (steps.first()?, steps.last()?);
    let dates = audited::dates(&(first.occurrence.date..=last.occurrence.date));
    let rules = plan.new_rules.as_ref().map(|rules| format!("; {rules}")).unwrap_or_default();
    (created + updated + removed > 0)
        .then(|| format!("{dates}: {created} created, {updated} updated, {removed} removed{rules}"))
}

/// The active occurrences, best match first.
pub(crate) fn now(store: &mut Store, caller: &Caller) -> Result<Vec<Occurrence>> {
    store.read(|conn| roster::active(conn, lookup::today(conn, caller)?, caller.now))
}

/// The schedule of some dates.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The dates.
    pub dates: RangeInclusive<NaiveDate>,
    pub occurrences: Vec<Occurrence>,
    /// The closures of these dates and of later ones, by their first date.
    pub closures: Vec<Closure>,
    /// The next thing to set up, for a school without any schedule.
    pub lacks: Option<Lack>,
}

/// Lists some dates.
pub(crate) fn list(store: &mut Store, stretch: Stretch, caller: &Caller) -> Result<Listed> {
    store.read(|conn| {
        let dates = stretch.dates(conn, caller)?;
        let mut closures = schedule::closures(conn)?;
        closures.retain(|closure| closure.dates.end() >= dates.start());
        closures.sort_by_key(|closure| *closure.dates.start());
        let occurrences = schedule::occurrences(conn, dates.clone())?;
        Ok(Listed { dates, occurrences, closures, lacks: lookup::lack(conn)? })
    })
}

/// Cancels one occurrence.
pub(crate) fn cancel(
    store: &mut Store,
    period: &str,
    date: NaiveDate,
    reason: &str,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    plan::carry_out(store, consent, |conn| {
        let occurrence = lookup::occurrence(conn, period, date)?;
        if matches!(&occurrence.state, OccurrenceState::Cancelled(stands) if stands == reason) {
            return Ok(Edited { done: (), effect: Effect::default() });
        }
        let touched = Touched::of_schedule(conn, std::iter::once(occurrence.clone()))?;
        let effect = plan::edit(conn, &touched, deed, || {
            schedule::set_cancelled(conn, occurrence.id, Some(reason), &deed.caller.by, deed.caller.now)?;
            Ok(vec![format!("{} on {}", occurrence.period, occurrence.date).into()])
        })?;
        Ok(Edited { done: (), effect })
    })
}

/// Closes dates: no period is held on them.
pub(crate) fn close(
    store: &mut Store,
    closure: &Closure,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    plan::carry_out(store, consent, |conn| {
        if schedule::closures(conn)?.contains(closure) {
            return Ok(Edited { done: (), effect: Effect::default() });
        }
        let occurrences = schedule::occurrences(conn, closure.dates.clone())?;
        let touched = Touched::of_schedule(conn, occurrences.into_iter())?;
        let effect = plan::edit(conn, &touched, deed, || {
            schedule::close(conn, closure, None, &deed.caller.by, deed.caller.now)?;
            Ok(vec![audited::dates(&closure.dates).into()])
        })?;
        Ok(Edited { done: (), effect })
    })
}

/// Opens dates again. Closures keep their other dates. Returns whether the dates were closed.
pub(crate) fn open(
    store: &mut Store,
    dates: &RangeInclusive<NaiveDate>,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<bool>> {
    plan::carry_out(store, consent, |conn| {
        let closed =
            |closure: &Closure| closure.dates.start() <= dates.end() && dates.start() <= closure.dates.end();
        if !schedule::closures(conn)?.iter().any(closed) {
            return Ok(Edited { done: false, effect: Effect::default() });
        }
        let occurrences = schedule::occurrences(conn, dates.clone())?;
        let shut: Vec<_> =
            occurrences.iter().filter(|o| matches!(o.state, OccurrenceState::Closed(_))).cloned().collect();
        refuse_settled(conn, &shut)?;
        let touched = Touched::of_schedule(conn, occurrences.into_iter())?;
        let effect = plan::edit(conn, &touched, deed, || {
            schedule::open(conn, dates, &deed.caller.by, deed.caller.now)?;
            Ok(vec![audited::dates(dates).into()])
        })?;
        Ok(Edited { done: true, effect })
    })
}

/// Refuses to restore an occurrence that was cancelled when its recognitions were pruned, because the evidence
/// is gone.
pub(super) fn refuse_settled(conn: &Connection, occurrences: &[Occurrence]) -> Result<()> {
    for occurrence in occurrences {
        if settled_unheld(conn, occurrence)? {
            let (period, date) = (&occurrence.period, occurrence.date);
            let message = format!("{period} on {date} was not held, and its recognitions were pruned since");
            return Err(Problem::new(Kind::Refused, message)
                .hint("the recognitions of that date were pruned; nothing was changed")
                .into());
        }
    }
    Ok(())
}

/// Whether the recognitions of an occurrence were pruned while it was not held.
pub(super) fn settled_unheld(conn: &Connection, occurrence: &Occurrence) -> Result<bool> {
    let settled = occurrence.settled(settings::revision(conn)?.watermark);
    Ok(settled && coverage::noted(conn, occurrence)?.is_none())
}
