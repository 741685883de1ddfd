//! `attend schedule close`: dates by hand or from a calendar file.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::PlannedDeed;
use crate::commands::settings;
use crate::commands::timetable::calendar::{self, Followed, Holidays};
use crate::commands::timetable::schedule;
use crate::domain::time::calendar::Closure;
use crate::domain::time::day::DayRange;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;
use crate::ui::say;

#[derive(Debug, Args)]
pub(super) struct Close {
    /// A date, or first..last
    #[arg(value_name = "DATE[..DATE]", value_parser = args::dates, required_unless_present_any = ["ics", "list"])]
    dates: Option<DayRange>,
    /// Why
    #[arg(long, value_parser = args::line, required_unless_present_any = ["ics", "list"])]
    reason: Option<String>,
    /// Close the all-day events of a calendar file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dates", "reason"])]
    ics: Option<PathBuf>,
    /// Only events with these words in their title; give it again for more
    #[arg(long = "match", value_name = "TEXT", requires = "ics")]
    wanted: Vec<String>,
    /// List the closed dates
    #[arg(long, conflicts_with_all = ["dates", "reason", "ics"])]
    list: bool,
    #[command(flatten)]
    by: args::By,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Close {
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let caller = session.caller(self.by.name());
        let deed = PlannedDeed { action: "schedule close", reason: None, caller: &caller };
        match (self.dates, &self.reason, &self.ics) {
            (Some(dates), Some(reason), _) => {
                let closure = Closure { dates: dates.dates(today)?, reason: reason.clone() };
                self.confirmation
                    .carry_out(session, |consent| schedule::close(store, &closure, consent, deed))
            }
            (_, _, Some(file)) => {
                let holidays = Holidays::open(file, &self.wanted)?;
                let followed = self
                    .confirmation
                    .carry_out_told(session, |consent| calendar::follow(store, &holidays, consent, deed))?;
                self.tell(session, store, &holidays, &followed)
            }
            _ => {
                let zone = settings::load(store)?.zone;
                let all = calendar::list(store)?.into_iter().map(|known| (known.closure, known.by));
                session.show(&report::closures(&all.collect::<Vec<_>>(), caller.now, zone))
            }
        }
    }

    fn tell(
        &self,
        session: &Session,
        store: &mut Store,
        holidays: &Holidays,
        followed: &Followed,
    ) -> Result<()> {
        let caller = session.caller(self.by.name());
        if self.confirmation.dry_run {
            let zone = settings::load(store)?.zone;
            let closed = followed.closed.iter().map(|closure| (closure.clone(), caller.by.clone()));
            session.show(&report::closures(&closed.collect::<Vec<_>>(), caller.now, zone))?;
        }
        for closure in &followed.opened {
            let (first, last) = (closure.dates.start(), closure.dates.end());
            say(&format!("open again: {first}..{last}, {}", closure.reason));
        }
        if !holidays.any_wanted {
            say(match self.wanted[..] {
                [] => "the calendar has no events",
                _ => "no event in the calendar has these words in its title",
            });
        }
        holidays.not_followed.iter().for_each(|why| say(&format!("not followed: {why}")));
        holidays.passed_over.iter().for_each(|why| session.ui.note(&format!("passed over: {why}")));
        let told = args::tally([
            (followed.closed.len(), "closed"),
            (followed.opened.len(), "open again"),
            (followed.kept, "unchanged"),
        ]);
        let dry_run = if self.confirmation.dry_run { " (dry run: nothing was changed)" } else { "" };
        session.ui.note(&format!("{told}{dry_run}"));
        Ok(())
    }
}
