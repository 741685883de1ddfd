//! `attend history`.

use clap::Args;

use crate::cli::file::File;
use crate::cli::{Session, args};
use crate::commands::register::history::read;
use crate::commands::register::month;
use crate::domain::time::day::{Day, DayRange};
use crate::exit::Code;
use crate::failure::Result;
use crate::report::register::history::report;
use crate::report::register::month::report as month_report;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend history H000123 --date 2026-09-07\n  attend history H000123 --from 2026-09-01 --to 2026-09-30\n  attend history H000123 --from 2026-09-01 -o ada.html"
)]
pub(crate) struct HistoryArgs {
    /// Code of the student
    code: String,
    /// One date, or first..last for a grid [default: today]
    #[arg(long, value_name = "DATE[..DATE]", value_parser = args::dates, conflicts_with_all = ["from", "to"])]
    date: Option<DayRange>,
    /// First date of a grid with a row for each date
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    from: Option<Day>,
    /// Last date of the grid [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date, requires = "from")]
    to: Option<Day>,
    #[command(flatten)]
    file: File,
}

impl HistoryArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let mut store = session.store()?;
        let today = session.today(&mut store)?;
        let range = self.date.filter(|date| !date.is_one());
        let range = range.or(self.from.map(|from| DayRange::new(from, self.to.unwrap_or(Day::Today))));
        if let Some(range) = range {
            let dates = range.dates(today)?;
            let (month, zone) = month::read(&mut store, &self.code, &dates, &caller)?;
            self.file.report(session, &month_report(&month, &dates, caller.now, zone))?;
            return Ok(Code::Done);
        }
        let date = *self.date.unwrap_or(Day::Today.into()).dates(today)?.start();
        let (history, zone) = read(&mut store, &self.code, date, &caller)?;
        self.file.report(session, &report(&history, caller.now, zone))?;
        Ok(Code::Done)
    }
}
