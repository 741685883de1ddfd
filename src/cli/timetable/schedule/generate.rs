//! `attend schedule generate`, and what a plan of the schedule says in a line.

use chrono::NaiveDate;
use clap::Args;

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::PlannedDeed;
use crate::commands::settings;
use crate::commands::timetable::schedule::{self, Stretch};
use crate::domain::time::day::Day;
use crate::domain::timetable::schedule::{Action, Step};
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;
use crate::ui::say;

#[derive(Debug, Args)]
pub(super) struct StretchArgs {
    /// How many days
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u64).range(1..=3660))]
    days: u64,
    /// The first one [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    from: Option<Day>,
}

impl StretchArgs {
    pub(super) fn stretch(&self, today: NaiveDate) -> Stretch {
        Stretch { from: self.from.map(|day| day.date(today)), days: self.days }
    }
}

pub(super) fn generate(
    store: &mut Store,
    stretch: Stretch,
    confirmation: &Confirmation,
    session: &Session,
) -> Result<()> {
    let zone = settings::load(store)?.zone;
    let caller = session.caller(None);
    let deed = PlannedDeed { action: "schedule generate", reason: None, caller: &caller };
    let plan =
        confirmation.carry_out_told(session, |consent| schedule::generate(store, stretch, consent, deed))?;
    if confirmation.dry_run || session.format.is_some() {
        session.show(&report::plan(&plan.steps, caller.now, zone))?;
    }
    if let Some(rules) = &plan.new_rules {
        session.ui.note(&rules.to_string());
    }
    session.ui.note(&match plan.steps.as_slice() {
        [] => NO_PERIODS.to_owned(),
        steps => said(steps),
    });
    Ok(())
}

/// Shown when there are no periods to schedule.
const NO_PERIODS: &str =
    "no period is planned yet: attend period add \"Block 1\" --start 08:20 --end 09:30 --days mon-fri";

/// Says what became of one date. A change is a note, but everybody is told that nothing changed, and why.
pub(super) fn tell(session: &Session, steps: &[Step]) {
    let stays = |step: &Step| matches!(step.action, Action::Unchanged | Action::Skip);
    if steps.iter().all(stays) { say(&said(steps)) } else { session.ui.note(&said(steps)) }
}

/// `38 created, 2 updated, 8 skipped: closure "Eid"`
fn said(steps: &[Step]) -> String {
    let count = |action| steps.iter().filter(|step| step.action == action).count();
    let mut words = args::tally([
        (count(Action::Create), "created"),
        (count(Action::Update), "updated"),
        (count(Action::Remove), "removed"),
        (count(Action::Unchanged), "unchanged"),
        (count(Action::Skip), "skipped"),
    ]);
    let mut reasons: Vec<&str> = steps
        .iter()
        .filter(|step| step.action == Action::Skip)
        .filter_map(|step| step.reason.as_deref())
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    if !reasons.is_empty() {
        words += &format!(": {}", reasons.join("; "));
    }
    words
}
