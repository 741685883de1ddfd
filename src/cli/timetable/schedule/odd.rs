//! Changes of the schedule on one date.

use chrono::{NaiveDate, NaiveTime};
use clap::Args;

use super::generate::tell;
use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::PlannedDeed;
use crate::commands::settings;
use crate::commands::timetable::odd::{self, Changed, Wish};
use crate::domain::time::day::Day;
use crate::domain::timetable::period::{is_overnight, shown};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;
use crate::ui::say;

#[derive(Debug, Args)]
pub(super) struct HoursArgs {
    /// Local start, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    pub(super) start: NaiveTime,
    /// Local end, HH:MM; on the next day if it is not after the start
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    pub(super) end: NaiveTime,
}

impl HoursArgs {
    /// Tells that the end is on the next day, because that may be a mistake.
    pub(super) fn note_night(&self, session: &Session) {
        if is_overnight(self.start, self.end) {
            session.ui.note(&format!("{} is on the next day", shown(self.end)));
        }
    }
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
        let deed = PlannedDeed { action: wish.action(), reason: None, caller: &caller };
        change(session, store, (wish, date), &self.confirmation, deed)
    }
}

/// Applies a change of one date, or shows its plan.
fn change(
    session: &Session,
    store: &mut Store,
    (wish, date): (&Wish, NaiveDate),
    confirmation: &Confirmation,
    deed: PlannedDeed,
) -> Result<Code> {
    let zone = settings::load(store)?.zone;
    let Changed { steps, followed } =
        confirmation.carry_out_told(session, |consent| odd::run(store, wish, date, consent, deed))?;
    if confirmation.dry_run || session.format.is_some() {
        let plan = report::plan(&steps, deed.caller.now, zone);
        session.show(&match wish {
            Wish::Until(time) => {
                plan.or_empty(&format!("Nothing to plan: no period of {date} ends after {}.", shown(*time)))
            }
            _ => plan,
        })?;
    }
    // Restoring one occurrence that is held as planned already changes nothing, and says nothing.
    if !(steps.is_empty() && matches!(wish, Wish::Restore(Some(_)))) {
        tell(session, &steps);
    }
    if confirmation.dry_run {
        session.ui.note("dry run: nothing was changed");
    } else if !followed.is_empty() {
        say(&format!("{date} now follows the weekly periods, too: {}", followed.join(", ")));
    }
    Ok(Code::Done)
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
    ) -> Result<Code> {
        let (period, date) = (self.period.or(self.named), self.date.unwrap_or(Day::Today).date(today));
        change(session, store, (&Wish::Restore(period), date), confirmation, deed)
    }
}
