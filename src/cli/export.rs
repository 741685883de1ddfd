//! `attend export`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Result;
use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args, Subcommand, ValueEnum};

use super::{FormatArg, Session, args};
use crate::commands::export::{self, Records};
use crate::commands::problem::{Kind, Problem};
use crate::commands::settings;
use crate::domain::calendar::local_date;
use crate::domain::occurrence::Occurrence;
use crate::domain::register::{Entry, STATUSES, Status};
use crate::domain::time::Instant;
use crate::exit::Code;
use crate::render::csv::{Csv, Dialect};
use crate::render::json::{Document, Head, Lines};
use crate::render::{Sink, file};
use crate::report::records::{COLUMNS, row, totals};

/// Sheets for people and data for programs
#[derive(Debug, Args)]
pub struct Export {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The register: a row for every expected student of every period that has begun
    #[command(
        after_help = "Examples:\n  attend export records --date 2026-09-07 -o monday.csv\n  attend export records --from 2026-09-01 --to 2026-09-30 --status absent,unknown\n  attend export records --format jsonl | jq -r .student"
    )]
    Records {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// First date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date)]
    from: Option<NaiveDate>,
    /// Last date [default: today]
    #[arg(long, value_name = "DATE", value_parser = args::date, requires = "from")]
    to: Option<NaiveDate>,
    /// One date
    #[arg(long, value_name = "DATE", value_parser = args::date, conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,
    /// Only this period
    #[arg(long, value_name = "NAME")]
    period: Option<String>,
    /// Only this group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only these statuses
    #[arg(long = "status", value_name = "A,B", value_delimiter = ',', value_parser = status)]
    statuses: Vec<Status>,
}

#[derive(Debug, Args)]
struct Target {
    /// For people with a spreadsheet, or for programs
    #[arg(long, value_enum, value_name = "DIALECT", default_value = "excel")]
    dialect: DialectArg,
    /// Write to a file, which appears when it is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DialectArg {
    Excel,
    Plain,
}

fn status(word: &str) -> Result<Status, String> {
    let known = STATUSES.map(Status::word);
    STATUSES
        .into_iter()
        .find(|status| status.word() == word)
        .ok_or_else(|| format!("a status is one of {}", known.join(", ")))
}

impl Export {
    pub fn run(self, session: &Session) -> Result<Code> {
        let Command::Records { which, target } = self.command;
        let caller = session.caller(None);
        let mut store = session.store()?;
        let zone = settings::load(&mut store)?.zone;
        let dates = which.dates(local_date(caller.now, zone))?;
        let request = Records { dates, period: which.period, group: which.group, statuses: which.statuses };
        target.write(session, "records", caller.now, zone, |sink| {
            export::records(&mut store, &request, &caller, &mut Rows(sink))?;
            Ok(sink.end()?)
        })?;
        Ok(Code::Done)
    }
}

/// Rows on their way into a file.
struct Rows<'a>(&'a mut dyn Sink);

impl export::Taker for Rows<'_> {
    fn begin(&mut self, occurrences: &[export::Covered]) -> Result<()> {
        Ok(self.0.begin(&COLUMNS, &totals(occurrences))?)
    }

    fn row(&mut self, occurrence: &Occurrence, entry: &Entry) -> Result<()> {
        Ok(self.0.row(&row(occurrence, entry))?)
    }
}

impl Which {
    fn dates(&self, today: NaiveDate) -> Result<Option<std::ops::RangeInclusive<NaiveDate>>> {
        let to = self.to.or(self.from.map(|_| today));
        match (self.date, self.from, to) {
            (Some(date), ..) => Ok(Some(date..=date)),
            (None, Some(from), Some(to)) if to < from => {
                Err(Problem::new(Kind::Usage, format!("--to {to} is before --from {from}")).into())
            }
            (None, Some(from), Some(to)) => Ok(Some(from..=to)),
            _ => Ok(None),
        }
    }
}

impl Target {
    /// Opens the file or standard output in the format asked for, and lets `fill` write the rows.
    fn write(
        &self,
        session: &Session,
        report: &str,
        as_of: Instant,
        zone: Tz,
        fill: impl FnOnce(&mut dyn Sink) -> Result<()>,
    ) -> Result<()> {
        let into = |out: &mut dyn Write| -> Result<()> {
            let dialect = match self.dialect {
                DialectArg::Excel => Dialect::Excel,
                DialectArg::Plain => Dialect::Plain,
            };
            match session.format {
                None | Some(FormatArg::Csv) => fill(&mut Csv::new(out, dialect, zone)),
                Some(FormatArg::Json) => fill(&mut Document::new(out, Head { report, as_of, zone })),
                Some(FormatArg::Jsonl) => fill(&mut Lines::new(out, zone)),
                Some(FormatArg::Table) => Err(Problem::new(Kind::Usage, "an export is csv, json or jsonl")
                    .hint("attend roster show prints a table")
                    .into()),
            }
        };
        match &self.output {
            Some(path) => file::write(path, into),
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                into(&mut out)?;
                Ok(out.flush()?)
            }
        }
    }
}
