//! `attend roster day`, `missing` and `unexplained`: the lists of the office.

use std::path::PathBuf;

use clap::Args;
use rustc_hash::FxHashMap;

use crate::cli::file::File;
use crate::cli::formats::Spelling;
use crate::cli::{Session, args};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::calls::{self, Request};
use crate::commands::register::day;
use crate::commands::settings;
use crate::domain::time::Span;
use crate::domain::time::day::DayRange;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::html::{self, Frame};
use crate::report::register::evacuation::{Evacuation, evacuation};
use crate::report::register::{calls as calls_report, day as day_report};
use crate::store::Store;

#[derive(Debug, Args)]
pub(crate) struct Day {
    #[command(flatten)]
    groups: args::OnlyGroups,
    #[command(flatten)]
    file: File,
    /// A page for each class to take outside, with boxes to tick; needs -o FILE.html
    #[arg(long, requires = "output")]
    evacuation: bool,
}

impl Day {
    pub(crate) fn run(self, store: &mut Store, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let groups = self.groups.heeded(store)?;
        let list = day::read(store, &groups, &caller)?;
        if self.evacuation {
            let evacuation = evacuation(&list.found, &list.gaps, list.zone);
            return self.evacuate(&evacuation, store, session);
        }
        self.file.report(session, &day_report::report(&list.found, &list.gaps, caller.now, list.zone))?;
        Ok(Code::Done)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Missing {
    /// Only this period of today [default: the active ones]
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    #[command(flatten)]
    groups: args::OnlyGroups,
}

impl Day {
    fn evacuate(&self, list: &Evacuation, store: &mut Store, session: &Session) -> Result<Code> {
        let settings = settings::load(store)?;
        let title = "Evacuation list".to_owned();
        let frame =
            Frame { title, school: settings.school(), as_of: session.clock.now(), zone: settings.zone };
        match self.file.named(session)? {
            Some((output, Spelling::Html)) => {
                let page = html::evacuation(list, &frame);
                output.share(|out| Ok(out.write_all(page.as_bytes())?))?;
                Ok(Code::Done)
            }
            _ => Err(Problem::new(Kind::Usage, "an evacuation list is a page")
                .hint("name it with -o, such as -o evac.html")
                .into()),
        }
    }
}

impl Missing {
    pub(crate) fn run(self, store: &mut Store, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let groups = self.groups.heeded(store)?;
        let found = calls::missing(store, self.period.as_deref(), &groups, &caller)?;
        session.show(&calls_report::missing(&found.occurrences, &found.missing, caller.now, found.zone))?;
        Ok(Code::Done)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Unexplained {
    /// A date, or first..last [default: today]
    #[arg(long, value_name = "DATE[..DATE]", value_parser = args::dates)]
    date: Option<DayRange>,
    /// Only absences at least this long ago, such as 5d; without --date, up to a month before that
    #[arg(long, value_name = "TIME", value_parser = args::span)]
    older_than: Option<Span>,
    #[command(flatten)]
    groups: args::OnlyGroups,
    /// Contacts by code from a CSV file, shown beside the names and never stored
    #[arg(long, value_name = "FILE")]
    contacts: Option<PathBuf>,
    /// Refuse if more than this share of a day's students is on the list
    #[arg(long, value_name = "PERCENT", default_value = "25", value_parser = percent)]
    max_percent: f64,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim().parse().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| "write a number from 0 to 100".to_owned())
}

impl Unexplained {
    pub(crate) fn run(self, store: &mut Store, session: &Session) -> Result<Code> {
        let caller = session.caller(None);
        let today = session.today(store)?;
        let contacts = match &self.contacts {
            Some(file) => calls::contacts(file)?,
            None => FxHashMap::default(),
        };
        let request = Request {
            dates: self.date.map(|dates| dates.dates(today)).transpose()?,
            older_than: self
                .older_than
                .map(|span| u64::try_from(span.whole_minutes() / 1440).unwrap_or_default()),
            groups: self.groups.heeded(store)?,
            max_percent: self.max_percent,
            contacts,
        };
        let (found, zone) = calls::unexplained(store, &request, &caller)?;
        session.show(&calls_report::unexplained(&found, today, caller.now, zone))?;
        Ok(Code::Done)
    }
}
