//! `attend schedule`.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveTime, Weekday};
use clap::{Args, Subcommand};

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::{Edited, PlannedDeed};
use crate::commands::settings;
use crate::commands::timetable::calendar::{self, Followed, Holidays};
use crate::commands::timetable::odd::{self, Extra, Wish};
use crate::commands::timetable::period;
use crate::commands::timetable::schedule::{self, Stretch};
use crate::commands::upkeep::own_clock::refuse_wrong;
use crate::domain::time::calendar::{Closure, local_date};
use crate::domain::time::day::{Day, DayRange};
use crate::domain::timetable::period::Groups;
use crate::domain::timetable::schedule::{Action, Step};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::store::Store;
use crate::ui::say;

/// The schedule: which period is held on which date
#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the occurrences of the coming days from the weekly periods
    #[command(
        after_help = "Examples:\n  attend schedule generate --days 7\n  attend schedule generate --from 2026-09-07 --days 14 --dry-run\n\nRun it as often as you like: it keeps occurrences that have begun and those that people changed.\nWithout --from it continues where its last run ended (at most 31 days back), so that a night without\na run leaves no gap. If the time zone rules of the system have changed, it also plans\nanew all future occurrences that are in the schedule."
    )]
    Generate {
        #[command(flatten)]
        stretch: StretchArgs,
        #[command(flatten)]
        confirmation: Confirmation,
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
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Hold a cancelled occurrence after all, or undo a move or an addition
    #[command(
        after_help = "Examples:\n  attend schedule restore \"Block 2\" --date 2026-09-08\n  attend schedule restore --date 2026-09-08\n\nWithout a period it restores the whole date to the weekly periods."
    )]
    Restore {
        #[command(flatten)]
        which: Restored,
        #[command(flatten)]
        why: args::Why,
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Hold a period at other times on one date
    #[command(
        after_help = "Example:\n  attend schedule move \"Block 2\" --date 2026-09-08 --start 10:00 --end 10:45\n\nLater runs of generate keep it; attend schedule restore undoes it."
    )]
    Move {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        hours: HoursArgs,
        #[command(flatten)]
        how: OddArgs,
    },
    /// Hold something extra on one date
    #[command(
        after_help = "Example:\n  attend schedule add \"Maths exam\" --date 2026-09-08 --start 13:00 --end 15:00 --groups G7,G8\n\nLater runs of generate keep it; attend schedule restore removes it."
    )]
    Add {
        /// Its name
        #[arg(value_parser = args::line)]
        name: String,
        /// Its date [default: today]
        #[arg(long, value_name = "DATE", value_parser = args::date)]
        date: Option<Day>,
        #[command(flatten)]
        hours: HoursArgs,
        /// Only these groups are expected, separated by commas
        #[arg(long, value_name = "GROUPS", default_value = "all", hide_default_value = true)]
        groups: String,
        /// Students first seen later than this after the start are late; none: no student is late
        #[arg(long, value_name = "TIME", default_value = "10m", value_parser = args::limit)]
        late_after: args::Limit,
        #[command(flatten)]
        how: OddArgs,
    },
    /// Another weekday's timetable on one date, or half a day
    #[command(
        after_help = "Examples:\n  attend schedule day 2026-09-10 --like wed\n  attend schedule day tomorrow --until 12:00 --dry-run\n\nPeriods that have begun stay. Later runs of generate keep the change; attend schedule restore --date undoes it."
    )]
    Day {
        /// The date
        #[arg(value_name = "DATE", value_parser = args::date)]
        date: Day,
        /// The weekday whose periods are held
        #[arg(long, value_name = "DAY", value_parser = args::weekday, required_unless_present = "until", conflicts_with = "until")]
        like: Option<Weekday>,
        /// School is over at this time
        #[arg(long, value_name = "HH:MM", value_parser = args::time)]
        until: Option<NaiveTime>,
        #[command(flatten)]
        how: OddArgs,
    },
    /// Close dates: no period is held on them
    #[command(
        after_help = "Examples:\n  attend schedule close 2026-10-05..2026-10-09 --reason \"autumn holiday\"\n  attend schedule close --ics holidays.ics --dry-run\n  attend schedule close --ics school.ics --match holiday --match \"public holiday\"\n  attend schedule close --list\n\nOf a calendar file the all-day events count. The same file changes nothing the second time; an event that moved\nor was called off is followed."
    )]
    Close(Box<Close>),
    /// Open closed dates again
    #[command(after_help = "Example:\n  attend schedule open 2026-10-09")]
    Open {
        /// A date, or first..last
        #[arg(value_name = "DATE[..DATE]", value_parser = args::dates)]
        dates: DayRange,
        #[command(flatten)]
        why: args::Why,
        #[command(flatten)]
        confirmation: Confirmation,
    },
}

#[derive(Debug, Args)]
struct Close {
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
    fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
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
struct HoursArgs {
    /// Local start, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    start: NaiveTime,
    /// Local end, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    end: NaiveTime,
}

#[derive(Debug, Args)]
struct OddArgs {
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    by: args::By,
}

impl OddArgs {
    /// Applies a change of one date, or shows its plan.
    fn run(&self, session: &Session, store: &mut Store, wish: &Wish, date: NaiveDate) -> Result<Code> {
        let caller = session.caller(self.by.name());
        let zone = settings::load(store)?.zone;
        let deed = PlannedDeed { action: wish.action(), reason: None, caller: &caller };
        let dry_run = self.confirmation.dry_run;
        let steps = self
            .confirmation
            .carry_out_told(session, |consent| odd::run(store, wish, date, consent, deed))?;
        if dry_run || session.format.is_some() {
            session.show(&report::plan(&steps, caller.now, zone))?;
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
struct Restored {
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
struct Which {
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
    fn name(&self) -> String {
        self.period.clone().or(self.named.clone()).unwrap_or_default()
    }

    fn date(&self, today: NaiveDate) -> NaiveDate {
        self.date.unwrap_or(Day::Today).date(today)
    }
}

impl Restored {
    /// Restores what was moved, added or cancelled.
    fn run(
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

impl StretchArgs {
    fn stretch(&self, today: NaiveDate) -> Stretch {
        Stretch { from: self.from.map(|day| day.date(today)), days: self.days }
    }
}

impl ScheduleArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let zone = settings::load(&mut store)?.zone;
        let today = local_date(session.caller(None).now, zone);
        match self.command {
            Command::Generate { stretch, confirmation } => {
                refuse_wrong(&mut store, session.clock)?;
                generate(&mut store, stretch.stretch(today), &confirmation, session)?;
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
                session.show(&report::list(
                    &found.occurrences,
                    &found.closures,
                    found.lacks,
                    caller.now,
                    zone,
                ))?;
            }
            Command::Cancel { which, reason, by, confirmation } => {
                let (period, date) = (which.name(), which.date(today));
                let caller = session.caller(by.name());
                let deed = PlannedDeed { action: "schedule cancel", reason: None, caller: &caller };
                let reason = Some(&*reason);
                confirmation.carry_out(session, |consent| {
                    schedule::set_cancelled(&mut store, &period, date, reason, consent, deed)
                })?;
            }
            Command::Restore { which, why, confirmation } => {
                let caller = session.caller(why.by.name());
                let reason = why.reason.as_deref();
                let deed = PlannedDeed { action: "schedule restore", reason, caller: &caller };
                which.run(session, &mut store, today, &confirmation, deed)?;
            }
            Command::Move { which, hours, how } => {
                let (period, HoursArgs { start, end }) = (which.name(), hours);
                return how.run(session, &mut store, &Wish::Move { period, start, end }, which.date(today));
            }
            Command::Add { name, date, hours, groups, late_after, how } => {
                let HoursArgs { start, end } = hours;
                let (groups, late_after) = (Groups::parse(&groups), late_after.0);
                period::warnings(&mut store, &groups)?.iter().for_each(|warning| say(warning));
                let wish = Wish::Add(Extra { name, start, end, groups, late_after });
                return how.run(session, &mut store, &wish, date.unwrap_or(Day::Today).date(today));
            }
            Command::Day { date, like, until, how } => {
                let until = until.map(Wish::Until);
                let Some(wish) = like.map(Wish::Like).or(until) else { return Ok(Code::Done) };
                return how.run(session, &mut store, &wish, date.date(today));
            }
            Command::Close(close) => close.run(session, &mut store, today)?,
            Command::Open { dates, why, confirmation } => {
                let dates = dates.dates(today)?;
                let caller = session.caller(why.by.name());
                let reason = why.reason.as_deref();
                let deed = PlannedDeed { action: "schedule open", reason, caller: &caller };
                let closed = confirmation
                    .carry_out(session, |consent| schedule::open(&mut store, &dates, consent, deed))?;
                if !closed {
                    session.ui.note("these dates were not closed");
                }
            }
        }
        Ok(Code::Done)
    }
}

fn generate(
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
fn tell(session: &Session, steps: &[Step]) {
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
