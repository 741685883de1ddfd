//! `attend alert`.

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::settings;
use crate::commands::watch::alert::{self, Target};
use crate::domain::time::calendar::day;
use crate::domain::time::day::Day;
use crate::domain::time::{Instant, Span};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::counted;
use crate::report::watch::alert::alerts;

#[derive(Debug, Args)]
#[command(
    after_help = "CHECK is one of the checks of attend health (runners), or one subject of it (runners:gate-2)."
)]
pub(crate) struct AlertArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Acknowledge an alert: no reminders until it is resolved or becomes worse
    #[command(after_help = "Example:\n  attend alert ack runners:gate-2 --by ms-lee")]
    Ack {
        /// A check, or one subject of it
        #[arg(value_name = "CHECK", value_parser = target)]
        target: Target,
        #[command(flatten)]
        by: args::By,
    },
    /// List open and muted alerts
    #[command(after_help = "Example:\n  attend alert list")]
    List,
    /// Send no messages about a check for some time
    #[command(
        after_help = "Examples:\n  attend alert mute runners:gate-2 3d\n  attend alert mute schedule 2026-09-13\n  attend alert mute jobs 2026-09-08T12:00:00+03:00\n\nhealth, panel and roster still show it."
    )]
    Mute {
        /// A check, or one subject of it
        #[arg(value_name = "CHECK", value_parser = target)]
        target: Target,
        /// A length of time, the beginning of a date, or an instant
        #[arg(value_name = "UNTIL", value_parser = until)]
        until: Until,
        #[command(flatten)]
        by: args::By,
    },
    /// Send messages about a check again
    #[command(after_help = "Example:\n  attend alert unmute runners:gate-2")]
    Unmute {
        /// A check, or one subject of it
        #[arg(value_name = "CHECK", value_parser = target)]
        target: Target,
        #[command(flatten)]
        by: args::By,
    },
}

/// An end as people type it.
#[derive(Debug, Clone, Copy)]
enum Until {
    After(Span),
    Date(Day),
    At(Instant),
}

fn target(text: &str) -> Result<Target, String> {
    args::read(text.parse())
}

fn until(text: &str) -> Result<Until, String> {
    let span = text.parse().map(Until::After);
    let date = || text.parse().map(Until::Date);
    let at = || text.parse().map(Until::At);
    span.or_else(|_| date())
        .or_else(|_| at())
        .map_err(|_| format!("{text:?} is not a duration, a date or an instant\nhint: write 2h, 3d, 2026-09-13 or an RFC 3339 instant"))
}

impl AlertArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        match self.command {
            Command::Ack { target, by } => {
                let acked = alert::ack(&mut store, &target, &session.caller(by.name()))?;
                session.ui.note(&format!("{} acknowledged", counted(acked, "problem")));
            }
            Command::List => {
                let caller = session.caller(None);
                let listed = alert::list(&mut store, &caller)?;
                let open: Vec<_> = listed.open.iter().map(|open| (&open.memory, open.muted_until)).collect();
                session.show(&alerts(&open, &listed.mutes, &listed.health, caller.now, listed.zone))?;
            }
            Command::Mute { target, until, by } => {
                let caller = session.caller(by.name());
                let until = match until {
                    Until::After(span) => caller.now + span,
                    Until::Date(date) => {
                        let date = date.date(session.today(&mut store)?);
                        *day(date, settings::load(&mut store)?.zone).start()
                    }
                    Until::At(at) => at,
                };
                alert::mute(&mut store, &target, until, &caller)?;
            }
            Command::Unmute { target, by } => {
                if !alert::unmute(&mut store, &target, &session.caller(by.name()))? {
                    session.ui.note("it was not muted");
                }
            }
        }
        Ok(Code::Done)
    }
}
