//! `attend audit`.

use clap::Args;

use crate::cli::{Session, args};
use crate::commands::upkeep::audit::{Request, list};
use crate::exit::Code;
use crate::failure::Result;
use crate::render::Format;
use crate::report::upkeep::audit::report;

/// Entries that a table shows by default.
const LATEST: u32 = 50;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend audit --about H000123\n  attend audit --from 2026-09-01 --to 2026-09-30 --by ms-lee\n  attend audit --format csv > audit.csv\n\nThe newest entry comes first. Entries are never changed, and only erasing a student removes entries:\nthose about the student."
)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    dates: args::OpenDates,
    /// Only entries by this person
    #[arg(long, value_name = "WHO")]
    by: Option<String>,
    /// Only entries about this student
    #[arg(long, value_name = "CODE")]
    about: Option<String>,
    /// At most N entries, newest first [default: 50 in a table, all in other formats]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl AuditArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let table = matches!(session.format, None | Some(Format::Table));
        let mut store = session.store()?;
        let request = Request {
            dates: self.dates.range(session.today(&mut store)?)?,
            by: self.by,
            about: self.about,
            limit: self.limit.or(table.then_some(LATEST)),
        };
        let (entries, zone) = list(&mut store, &request, &caller)?;
        session.show(&report(&entries, caller.now, zone))?;
        Ok(Code::Done)
    }
}
