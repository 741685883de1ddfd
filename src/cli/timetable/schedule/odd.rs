//! Changes of the schedule on one date.

use chrono::{NaiveDate, NaiveTime};
use clap::Args;

use super::generate::tell;
use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::{Edited, PlannedDeed};
use crate::commands::settings;
use crate::commands::timetable::odd::{self, Wish};
use crate::commands::timetable::schedule;
use crate::domain::time::day::Day;
use crate::domain::timetable::period::shown;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;

#[derive(Debug, Args)]
pub(super) struct HoursArgs {
    /// Local start, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    pub(super) start: NaiveTime,
    /// Local end, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    pub(super) end: NaiveTime,
}

#[derive(Debug, Args)]
pub(super) struct OddArgs {
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    by: args::By,
}

impl OddArgs {
    /// Applies a change of one date, or shows its plan.
    pub(super) fn run(
        &self,
        session: &Session,
        store: &mut Store,
        wish: &Wish,
        date: NaiveDate,
    ) -> Result<Code> {
        let caller = session.caller(self.by.name());
        let zone = settings::load(store)?.zone;
        let deed = PlannedDeed { action: wish.action(), reason: None, caller: &caller };
        let dry_run = self.confirmation.dry_run;
        let steps = self
            .confirmation
            .carry_out_told(session, |consent| odd::run(store, wish, date, consent, deed))?;
        if dry_run || session.format.is_some() {
            let plan = report::plan(&steps, caller.now, zone);
            session.show(&match wish {
                Wish::Until(time) => plan
                    .or_empty(&format!("Nothing to plan: no period of {date} ends after {}.", shown(*time))),
                _ => plan,
            })?;
        }
        tell(session, &steps);
        if dry_run {
            session.ui.note("dry run: nothing was changed");
        }
        Ok(Code::Done)
    }
}

/// An occurrence to be restored, or a whole date.
#[derive(Debug, Args)]
pub(super) struct Restored {
    /// Name of the period [default: everything of the date]
    #[arg(value_name = "PERIOD")]
    period: Option<String>,
    /// The same as an option, as in attend mark
    #[arg(long = "period", id = "named", value_name = "PERIOD", conflicts_with = "period")]
    named: Option<String>,
    /// Its date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date, required_unless_present_any = ["period", "named"])]
    date: Option<Day>,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Name of the period
    #[arg(value_name = "PERIOD", required_unless_present = "named")]
    period: Option<String>,
    /// The same as an option, as in attend mark
    #[arg(long = "period", id = "named", value_name = "PERIOD", conflicts_with = "period")]
    named: Option<String>,
    /// Its date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<Day>,
}

impl Which {
    pub(super) fn name(&self) -> String {
        self.period.clone().or(self.named.clone()).unwrap_or_default()
    }

    pub(super) fn date(&self, today: NaiveDate) -> NaiveDate {
        self.date.unwrap_or(Day::Today).date(today)
    }
}

impl Restored {
    /// Restores what was moved, added or cancelled.
    pub(super) fn run(
        self,
        session: &Session,
        store: &mut Store,
        today: NaiveDate,
        confirmation: &Confirmation,
        deed: PlannedDeed,
    ) -> Result<()> {
        let (period, date) = (self.period.or(self.named), self.date.unwrap_or(Day::Today).date(today));
        let wish = Wish::Restore(period.clone());
        let steps = confirmation.carry_out(session, |consent| {
            let edited = odd::run(store, &wish, date, consent, deed)?;
            match period.as_ref().filter(|_| edited.done.is_empty()) {
                Some(period) => {
                    let edited = schedule::set_cancelled(store, period, date, None, consent, deed)?;
                    Ok(Edited { done: None, effect: edited.effect })
                }
                None => Ok(Edited { done: Some(edited.done), effect: edited.effect }),
            }
        })?;
        steps.iter().for_each(|steps| tell(session, steps));
        Ok(())
    }
}
