//! `attend schedule`.

mod close;
mod generate;
mod odd;

use chrono::{NaiveTime, Weekday};
use clap::{Args, Subcommand};

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::PlannedDeed;
use crate::commands::settings;
use crate::commands::timetable::odd::{Extra, Wish};
use crate::commands::timetable::{period, schedule};
use crate::commands::upkeep::own_clock::refuse_wrong;
use crate::domain::time::calendar::local_date;
use crate::domain::time::day::{Day, DayRange};
use crate::domain::timetable::period::Groups;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::timetable::schedule as report;
use crate::ui::say;

use close::Close;
use generate::{StretchArgs, generate};
use odd::{HoursArgs, OddArgs, Restored, Which};

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the occurrences of the coming days from the weekly periods
    #[command(
        after_help = "Examples:\n  attend schedule generate --days 7\n  attend schedule generate --from 2026-09-07 --days 14 --dry-run\n\nRun it as often as you like: it keeps occurrences that have begun and those that people changed. Without --from it continues where its last run ended (at most 31 days back), so that a night without a run leaves no gap. If the time zone rules of the system have changed, it also plans anew all future occurrences that are in the schedule."
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
        after_help = "Examples:\n  attend schedule restore \"Block 2\" --date 2026-09-08\n  attend schedule restore --date 2026-09-08\n\nWithout a period it restores the whole date to the weekly periods. Periods that have begun keep their times."
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
        after_help = "Example:\n  attend schedule add \"Maths exam\" --date 2026-09-08 --start 13:00 \\\n      --end 15:00 --groups G7,G8\n\nLater runs of generate keep it; attend schedule restore removes it."
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
        after_help = "Examples:\n  attend schedule day 2026-09-10 --like wed\n  attend schedule day tomorrow --until 12:00 --dry-run\n\nPeriods that have begun stay. Edits of periods that generate has not followed yet take effect on this date, too; --dry-run shows them. Later runs of generate keep the change; attend schedule restore --date undoes it."
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
        after_help = "Examples:\n  attend schedule close 2026-10-05..2026-10-09 --reason \"autumn holiday\"\n  attend schedule close --ics holidays.ics --dry-run\n  attend schedule close --ics school.ics --match holiday \\\n      --match \"public holiday\"\n  attend schedule close --list\n\nOf a calendar file the all-day events count. The same file changes nothing the second time; an event that moved or was called off is followed."
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
                    &found.dates,
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
                confirmation.carry_out(session, |consent| {
                    schedule::cancel(&mut store, &period, date, &reason, consent, deed)
                })?;
            }
            Command::Restore { which, why, confirmation } => {
                let caller = session.caller(why.by.name());
                let reason = why.reason.as_deref();
                let deed = PlannedDeed { action: "schedule restore", reason, caller: &caller };
                return which.run(session, &mut store, today, &confirmation, deed);
            }
            Command::Move { which, hours, how } => {
                hours.note_night(session);
                let (period, HoursArgs { start, end }) = (which.name(), hours);
                return how.run(session, &mut store, &Wish::Move { period, start, end }, which.date(today));
            }
            Command::Add { name, date, hours, groups, late_after, how } => {
                hours.note_night(session);
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
