//! `attend roster`.

use anyhow::Result;
use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::{Session, args};
use crate::commands::roster::{self, Filter};
use crate::exit::Code;
use crate::report::roster::{Sort, report};

/// Who is here now, or was in a period
#[derive(Debug, Args)]
pub struct Roster {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole roll of the active period
    #[command(
        after_help = "Examples:\n  attend roster now\n  attend roster now --group G7 --sort name\n  attend roster now --format json | jq .present"
    )]
    Now {
        #[command(flatten)]
        filter: FilterArgs,
        /// Only this one of several active periods
        #[arg(long, value_name = "NAME")]
        period: Option<String>,
    },
    /// The whole roll of a period on a date
    #[command(after_help = "Example:\n  attend roster show --period \"Block 2\" --date 2026-09-07")]
    Show {
        #[command(flatten)]
        filter: FilterArgs,
        /// Its name
        #[arg(long, value_name = "NAME")]
        period: String,
        /// Its date [default: today]
        #[arg(long, value_name = "DATE", value_parser = args::date)]
        date: Option<NaiveDate>,
    },
}

#[derive(Debug, Args)]
struct FilterArgs {
    /// Only this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// How to sort
    #[arg(long, value_enum, value_name = "BY", default_value = "status")]
    sort: SortArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum SortArg {
    Status,
    Code,
    Name,
    FirstSeen,
}

impl From<SortArg> for Sort {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Status => Self::Status,
            SortArg::Code => Self::Code,
            SortArg::Name => Self::Name,
            SortArg::FirstSeen => Self::FirstSeen,
        }
    }
}

impl Roster {
    pub fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let (found, sort) = match self.command {
            Command::Now { filter, period } => {
                let wanted = Filter { group: filter.group, period };
                (roster::now(&mut store, &wanted, &caller)?, filter.sort)
            }
            Command::Show { filter, period, date } => {
                let wanted = Filter { group: filter.group, period: None };
                (roster::show(&mut store, date, &period, &wanted, &caller)?, filter.sort)
            }
        };
        session.show(&report(&found.registers, &found.around, sort.into(), caller.now, found.zone))?;
        Ok(Code::Done)
    }
}
