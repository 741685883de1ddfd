//! `attend history`.

use clap::Args;

use crate::cli::{Session, args};
use crate::commands::register::history::read;
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::register::history::report;

/// Sightings, marks and statuses of one student on one date
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  attend history H000123 --date 2026-09-07")]
pub struct History {
    /// Code of the student
    code: String,
    /// The date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    date: Option<Day>,
}

impl History {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let mut store = session.store()?;
        let today = session.today(&mut store)?;
        let date = self.date.unwrap_or(Day::Today).date(today);
        let (history, zone) = read(&mut store, &self.code, date, &caller)?;
        session.show(&report(&history, caller.now, zone))?;
        Ok(Code::Done)
    }
}
