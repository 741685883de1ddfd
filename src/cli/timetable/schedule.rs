//! `attend schedule`.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::timetable::schedule::{self, Effect, Stretch};
use crate::commands::{Caller, settings};
use crate::domain::time::calendar::{Closure, local_date};
use crate::domain::time::day::{Day, DayRange};
use crate::domain::timetable::schedule::{Action, Step};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;

/// The schedule: which period is held on which date
#[derive(Debug, Args)]
pub(crate) struct Schedule {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the occurrences of the coming days from the weekly periods
    #[command(
        after_help = "Examples:\n  attend schedule generate --days 7\n  attend schedule generate --from 2026-09-07 --days 14 --dry-run\n\nRun it as often as you like: what has begun, and what people changed, stays as it is.\nWithout --from it goes on where its last run ended (at most 31 days back), so that nights on which it\ndid not run leave no hole. If the time zone rules of the system have changed, it also plans\nanew all future occurrences that are in the schedule."
    )]
    Generate {
        #[command(flatten)]
        stretch: StretchArgs,
        /// Show the plan, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// The active periods; exit code 0 when there is one, 1 when none
    #[command(after_help = "Example:\n  attend schedule now -q && start-runners")]
    Now,
    /// List the occurrences of the coming days
    #[command(
        after_help = "Examples:\n  attend schedule list\n  attend schedule list --from 2026-09-07 --days 1"
    )]
    List {
        #[command(flatten)]
        stretch: StretchArgs,
    },
    /// Cancel one occurrence
    #[command(
        after_help = "Example:\n  attend schedule cancel \"Block 2\" --date 2026-09-08 --reason \"sports day\""
    )]
    Cancel {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, value_parser = args::line)]
        reason: String,
        #[command(flatten)]
        by: args::By,
    },
    /// Hold a cancelled occurrence after all
    #[command(after_help = "Example:\n  attend schedule restore \"Block 2\" --date 2026-09-08")]
    Restore {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        by: args::By,
    },
    /// Close dates: no period is held on them
    #[command(
        after_help = "Example:\n  attend schedule close 2026-10-05..2026-10-09 --reason \"autumn holiday\""
    )]
    Close {
        /// A date, or first..last
        #[arg(value_name = "DATE[..DATE]", value_parser = args::dates)]
        dates: DayRange,
        /// Why
        #[arg(long, value_parser = args::line)]
        reason: String,
        #[command(flatten)]
        by: args::By,
    },
    /// Open closed dates again
    #[command(after_help = "Example:\n  attend schedule open 2026-10-09")]
    Open {
        /// A date, or first..last
        #[arg(value_name = "DATE[..DATE]", value_parser = args::dates)]
        dates: DayRange,
        #[command(flatten)]
        by: args::By,
    },
}

#[derive(Debug, Args)]
struct StretchArgs {
    /// How many days
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u64).range(1..=3660))]
    days: u64,
    /// The first one [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    from: Option<Day>,
}

#[derive(Debug, Args)]
struct Which {
    /// Name of the period
    #[arg(value_name = "PERIOD", required_unless_present = "named")]
    period: Option<String>,
    /// The same as an option, as mark takes it
    #[arg(long = "period", id = "named", value_name = "PERIOD", conflicts_with = "period")]
    named: Option<String>,
    /// Its date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<Day>,
}

impl Which {
    /// Cancels the occurrence for a reason; without one it is held after all.
    fn set_cancelled(
        self,
        store: &mut Store,
        today: NaiveDate,
        reason: Option<&str>,
        caller: &Caller,
    ) -> Result<Effect> {
        let period = self.period.or(self.named).unwrap_or_default();
        let date = self.date.unwrap_or(Day::Today).date(today);
        schedule::set_cancelled(store, &period, date, reason, caller)
    }
}

impl StretchArgs {
    fn stretch(&self, today: NaiveDate) -> Stretch {
        Stretch { from: self.from.map(|day| day.date(today)), days: self.days }
    }
}

impl Schedule {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let zone = settings::load(&mut store)?.zone;
        let today = local_date(session.caller(None).now, zone);
        match self.command {
            Command::Generate { stretch, dry_run } => {
                let caller = session.caller(None);
                let plan = schedule::generate(&mut store, stretch.stretch(today), dry_run, &caller)?;
                if dry_run || session.format.is_some() {
                    session.show(&report::plan(&plan.steps, caller.now, zone))?;
                }
                if let Some(rules) = &plan.new_rules {
                    session.ui.note(&rules.to_string());
                }
                session.ui.note(&said(&plan.steps));
                tell(session, Effect { changed: plan.changed, ..Effect::default() });
            }
            Command::Now => {
                let caller = session.caller(None);
                let active = schedule::now(&mut store, &caller)?;
                if !session.quiet {
                    session.show(&report::occurrences(&active, "No period is active.", caller.now, zone))?;
                }
                return Ok(if active.is_empty() { Code::Failed } else { Code::Done });
            }
            Command::List { stretch } => {
                let caller = session.caller(None);
                let found = schedule::list(&mut store, stretch.stretch(today), &caller)?;
                let empty = "No period is scheduled then.";
                session.show(&report::occurrences(&found, empty, caller.now, zone))?;
            }
            Command::Cancel { which, reason, by } => {
                tell(
                    session,
                    which.set_cancelled(&mut store, today, Some(&reason), &session.caller(by.name()))?,
                );
            }
            Command::Restore { which, by } => {
                tell(session, which.set_cancelled(&mut store, today, None, &session.caller(by.name()))?);
            }
            Command::Close { dates, reason, by } => {
                let closure = Closure { dates: dates.dates(today)?, reason };
                tell(session, schedule::close(&mut store, &closure, &session.caller(by.name()))?);
            }
            Command::Open { dates, by } => {
                match schedule::open(&mut store, &dates.dates(today)?, &session.caller(by.name()))? {
                    Some(effect) => tell(session, effect),
                    None => session.ui.note("these dates were not closed"),
                }
            }
        }
        Ok(Code::Done)
    }
}

/// Prints the effect of an edit on records, if it had one.
fn tell(session: &Session, effect: Effect) {
    if effect != Effect::default() {
        session.ui.note(&format!(
            "records: {}",
            args::tally([
                (effect.set_aside, "count no more"),
                (effect.back, "count again"),
                (effect.changed, "changed"),
            ])
        ));
    }
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
