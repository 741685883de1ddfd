//! The schedule: generated from the periods, then cancelled, restored and closed by people.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::refold::{self, Touched};
use crate::commands::register::roster;
use crate::commands::watch::job;
use crate::commands::{Caller, lookup};
use crate::domain::time::calendar::Closure;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, State};
use crate::domain::timetable::schedule::{Action, Facts, NewRules, Step, plan};
use crate::domain::upkeep::audit as audited;
use crate::domain::watch::job::Batch;
use crate::failure::Result;
use crate::store::evidence::{coverage, records};
use crate::store::timetable::{periods, schedule};
use crate::store::upkeep::audit;
use crate::store::watch::jobs;
use crate::store::{Connection, Store, settings};

/// How far back nights without `schedule generate` are made up for, in days: older holes stay holes.
const CATCH_UP: u64 = 31;

/// Which dates, told as people tell them: from a date (today) for some days.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// First date; `None`: today.
    pub from: Option<NaiveDate>,
    /// How many days, at least 1.
    pub days: u64,
}

impl Stretch {
    fn dates(self, conn: &Connection, caller: &Caller) -> Result<RangeInclusive<NaiveDate>> {
        let from = match self.from {
            Some(from) => from,
            None => lookup::today(conn, caller)?,
        };
        let last = from.checked_add_days(Days::new(self.days - 1)).unwrap_or(from);
        Ok(from..=last)
    }

    /// The same, starting where the last run ended, so that nights without a run leave no gap.
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

/// A plan of the schedule, and its effect.
#[derive(Debug)]
pub struct Generated {
    /// The plan.
    pub steps: Vec<Step>,
    /// The change of the zone rules it follows.
    pub new_rules: Option<NewRules>,
    /// Records that changed.
    pub changed: usize,
}

/// Plans the occurrences of some dates, and unless `dry_run` makes them so. If the zone rules have changed, every
/// future occurrence that is planned already is planned anew.
pub fn generate(store: &mut Store, stretch: Stretch, dry_run: bool, caller: &Caller) -> Result<Generated> {
    if dry_run {
        return store.read(|conn| {
            let dates = stretch.with_missed(jobs::reached(conn, Batch::ScheduleGenerate)?, conn, caller)?;
            planned(conn, &dates, caller)
        });
    }
    job::run(store, Batch::ScheduleGenerate, caller, |store, run| {
        store.write(|conn| {
            let dates = stretch.with_missed(run.until, conn, caller)?;
            let mut plan = planned(conn, &dates, caller)?;
            plan.changed = make_so(conn, &plan, caller)?;
            // Dates far ahead do not count as reached while there is a gap before them.
            if run.until.is_none_or(|until| *dates.start() <= until + Days::new(1)) {
                run.until = run.until.max(Some(*dates.end()));
            }
            Ok(plan)
        })
    })
}

pub(super) fn planned(
    conn: &Connection,
    dates: &RangeInclusive<NaiveDate>,
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
        zone: settings.zone,
        criteria: &settings.criteria,
        now: caller.now,
        watermark: settings::revision(conn)?.watermark,
        new_rules: new_rules.as_ref(),
    };
    let mut steps = plan(&facts, looked_at);
    // Beyond the dates that were asked for, nothing new is planned.
    let corrects = |step: &Step| matches!(step.action, Action::Update | Action::Remove);
    steps.retain(|step| dates.contains(&step.occurrence.date) || corrects(step));
    Ok(Generated { steps, new_rules, changed: 0 })
}

/// Says how many records that changed.
pub(super) fn make_so(conn: &Connection, plan: &Generated, caller: &Caller) -> Result<usize> {
    schedule::apply(conn, &plan.steps)?;
    schedule::note_rules(conn)?;
    note_generated(conn, plan, caller)?;
    let changed = plan.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update));
    let opened = changed.map(|step| &step.occurrence).filter(|occurrence| occurrence.opens_at <= caller.now);
    refold::touched(conn, &Touched::of_schedule(opened), caller)
}

fn note_generated(conn: &Connection, plan: &Generated, caller: &Caller) -> Result<()> {
    let steps = &plan.steps;
    let count = |action| steps.iter().filter(|step| step.action == action).count();
    let counts = [Action::Create, Action::Update, Action::Remove].map(count);
    let [created, updated, removed] = counts;
    if let (Some(first), Some(last)) = (steps.first(), steps.last())
        && created + updated + removed > 0
    {
        let dates = audited::dates(&(first.occurrence.date..=last.occurrence.date));
        let rules = plan.new_rules.as_ref().map(|rules| format!("; {rules}")).unwrap_or_default();
        let detail = format!("{dates}: {created} created, {updated} updated, {removed} removed{rules}");
        audit::add(conn, &caller.deed("schedule generate", detail))?;
    }
    Ok(())
}

/// Counts of records changed by an edit of the schedule, in occurrences that have opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// They count no more, since their occurrence is not held.
    pub set_aside: usize,
    /// They count again.
    pub back: usize,
    /// They say something else, since other recognitions count in them.
    pub changed: usize,
}

/// Does `work`, which says of some occurrences whether they are held, and folds anew what that touches.
fn edit(
    conn: &Connection,
    occurrences: &[Occurrence],
    caller: &Caller,
    work: impl FnOnce() -> Result<()>,
) -> Result<Effect> {
    let held = || -> Result<HashMap<OccurrenceId, usize>> {
        let mut held = HashMap::new();
        for date in occurrences.iter().map(|o| o.date).collect::<BTreeSet<_>>() {
            let all = schedule::occurrences(conn, date..=date)?;
            for now in all.iter().filter(|now| now.held() && occurrences.iter().any(|o| o.id == now.id)) {
                held.insert(now.id, records::count(conn, now.id)?);
            }
        }
        Ok(held)
    };
    let gone = |from: &HashMap<OccurrenceId, usize>, to: &HashMap<OccurrenceId, usize>| -> usize {
        from.iter().filter(|(id, _)| !to.contains_key(id)).map(|(_, records)| records).sum()
    };
    let before = held()?;
    work()?;
    let changed = refold::touched(conn, &Touched::of_schedule(occurrences.iter()), caller)?;
    let after = held()?;
    Ok(Effect { set_aside: gone(&before, &after), back: gone(&after, &before), changed })
}

/// The active occurrences, the first choice first.
pub fn now(store: &mut Store, caller: &Caller) -> Result<Vec<Occurrence>> {
    store.read(|conn| roster::active(conn, lookup::today(conn, caller)?, caller.now))
}

/// The occurrences of some dates.
pub fn list(store: &mut Store, stretch: Stretch, caller: &Caller) -> Result<Vec<Occurrence>> {
    store.read(|conn| Ok(schedule::occurrences(conn, stretch.dates(conn, caller)?)?))
}

/// Cancels one occurrence (`reason`), or restores it (`None`).
pub fn set_cancelled(
    store: &mut Store,
    period: &str,
    date: NaiveDate,
    reason: Option<&str>,
    caller: &Caller,
) -> Result<Effect> {
    store.write(|conn| {
        let occurrence = lookup::occurrence(conn, period, date)?;
        if let (None, State::Closed(why)) = (reason, &occurrence.state) {
            let date = occurrence.date;
            return Err(Problem::new(
                Kind::Refused,
                format!("{} on {date} is closed: {why}", occurrence.period),
            )
            .hint(format!("attend schedule open {date}"))
            .into());
        }
        let stands = match (&occurrence.state, reason) {
            (State::Cancelled(stands), Some(reason)) => stands == reason,
            (state, None) => *state == State::Planned,
            _ => false,
        };
        if stands {
            return Ok(Effect::default());
        }
        if reason.is_none() {
            refuse_settled(conn, std::slice::from_ref(&occurrence))?;
        }
        edit(conn, std::slice::from_ref(&occurrence), caller, || {
            schedule::set_cancelled(conn, occurrence.id, reason, &caller.by, caller.now)?;
            let action = if reason.is_some() { "schedule cancel" } else { "schedule restore" };
            let detail = format!("{} on {}", occurrence.period, occurrence.date);
            Ok(audit::add(conn, &caller.deed(action, detail))?)
        })
    })
}

/// Closes dates: no period is held on them.
pub fn close(store: &mut Store, closure: &Closure, caller: &Caller) -> Result<Effect> {
    store.write(|conn| {
        if schedule::closures(conn)?.contains(closure) {
            return Ok(Effect::default());
        }
        let occurrences = schedule::occurrences(conn, closure.dates.clone())?;
        edit(conn, &occurrences, caller, || {
            schedule::close(conn, closure, &caller.by, caller.now)?;
            let detail = audited::dates(&closure.dates);
            Ok(audit::add(conn, &caller.deed("schedule close", detail))?)
        })
    })
}

/// Opens dates again; what a closure says about other dates stays. `None`: they were not closed.
pub fn open(store: &mut Store, dates: &RangeInclusive<NaiveDate>, caller: &Caller) -> Result<Option<Effect>> {
    store.write(|conn| {
        let closed =
            |closure: &Closure| closure.dates.start() <= dates.end() && dates.start() <= closure.dates.end();
        if !schedule::closures(conn)?.iter().any(closed) {
            return Ok(None);
        }
        let occurrences = schedule::occurrences(conn, dates.clone())?;
        let shut: Vec<_> =
            occurrences.iter().filter(|o| matches!(o.state, State::Closed(_))).cloned().collect();
        refuse_settled(conn, &shut)?;
        let effect = edit(conn, &occurrences, caller, || {
            schedule::open(conn, dates, &caller.by, caller.now)?;
            Ok(audit::add(conn, &caller.deed("schedule open", audited::dates(dates)))?)
        })?;
        Ok(Some(effect))
    })
}

/// An occurrence that was cancelled when its recognitions were pruned cannot be restored. The evidence
/// of who was there is gone.
fn refuse_settled(conn: &Connection, occurrences: &[Occurrence]) -> Result<()> {
    let watermark = settings::revision(conn)?.watermark;
    for occurrence in occurrences.iter().filter(|o| o.settled(watermark)) {
        if coverage::noted(conn, occurrence)?.is_none() {
            let (period, date) = (&occurrence.period, occurrence.date);
            let message = format!("{period} on {date} was not held, and its recognitions were pruned since");
            return Err(Problem::new(Kind::Refused, message)
                .hint("who was there can no longer be told; nothing was changed")
                .into());
        }
    }
    Ok(())
}
