//! `attend roster`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::lists;
use crate::cli::file::File;
use crate::cli::{Session, args};
use crate::commands::Caller;
use crate::commands::register::roster::{self, Found, Request, Taker};
use crate::commands::settings;
use crate::commands::watch::health;
use crate::domain::register::status::{Entry, Order, Register, Status};
use crate::domain::time::calendar::local_date;
use crate::domain::time::day::Day;
use crate::domain::time::{Instant, Zone};
use crate::exit::Code;
use crate::failure::{Failure, Result};
use crate::render::{Sink, put};
use crate::report::column::{self, Column};
use crate::report::register::blind;
use crate::report::register::records::{self, COLUMNS, Row};
use crate::report::register::roster::{Heads, heading, nobody, totals};
use crate::report::watch::health::{banner, banner_lines};
use crate::store::Store;
use crate::ui::live::{Frame, Narrow, watch_rows};

#[derive(Debug, Args)]
pub(crate) struct RosterArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole roll of the active period
    #[command(
        after_help = "Examples:\n  attend roster now\n  attend roster now --watch\n  attend roster now --status absent,unknown --group \"G7*\"\n  attend roster now --group G7 --sort name\n  attend roster now --format json | jq .present\n  attend roster now -o now.html"
    )]
    Now {
        #[command(flatten)]
        filter: FilterArgs,
        /// Only this one of several active periods
        #[arg(long, value_name = "PERIOD")]
        period: Option<String>,
        #[command(flatten)]
        watch: args::Watch,
        #[command(flatten)]
        file: File,
    },
    /// The whole roll of a period on a date
    #[command(after_help = "Example:\n  attend roster show --period \"Block 2\" --date 2026-09-07")]
    Show {
        #[command(flatten)]
        filter: FilterArgs,
        /// Its name
        #[arg(long, value_name = "PERIOD")]
        period: String,
        /// Its date [default: today]
        #[arg(long, value_name = "DATE", value_parser = args::date)]
        date: Option<Day>,
        #[command(flatten)]
        file: File,
    },
    /// Everybody today, by class: when and where seen last; the list for an evacuation
    #[command(
        after_help = "Examples:\n  attend roster day\n  attend roster day --group \"G7*\" --format csv > where.csv\n  attend roster day --evacuation -o evac.html\n\nIt works in a break and before the first lesson. Students seen today come first. A student counts as out only if marked as left after the last sighting (attend mark CODE left)."
    )]
    Day(lists::Day),
    /// Students who were seen today and are absent in this lesson
    #[command(
        after_help = "Examples:\n  attend roster missing\n  attend roster missing --period \"Block 2\"\n\nStudents whom a blind camera may have missed (unknown) are never listed."
    )]
    Missing(lists::Missing),
    /// Students who are absent without a reason, the worst first
    #[command(
        after_help = "Examples:\n  attend roster unexplained\n  attend roster unexplained --date yesterday --contacts parents.csv\n  attend roster unexplained --older-than 5d\n\nThe file of contacts has a header line and a column called code. The rest of each row is shown and never stored. Low scores and blind cameras are listed separately: check them before you call."
    )]
    Unexplained(lists::Unexplained),
}

#[derive(Debug, Args)]
struct FilterArgs {
    #[command(flatten)]
    groups: args::OnlyGroups,
    /// Only rows with these statuses, separated by commas
    #[arg(long = "status", value_name = "STATUS", value_delimiter = ',', value_parser = args::status())]
    statuses: Vec<Status>,
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

impl From<SortArg> for Order {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Status => Self::Status,
            SortArg::Code => Self::Code,
            SortArg::Name => Self::Name,
            SortArg::FirstSeen => Self::FirstSeen,
        }
    }
}

impl RosterArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        if let Command::Now { filter, .. } | Command::Show { filter, .. } = &self.command {
            filter.groups.heeded(&mut store)?;
        }
        match self.command {
            Command::Day(day) => return day.run(&mut store, session),
            Command::Missing(missing) => return missing.run(&mut store, session),
            Command::Unexplained(unexplained) => return unexplained.run(&mut store, session),
            Command::Now { ref file, .. } | Command::Show { ref file, .. } if file.is_named() => {
                let zone = settings::load(&mut store)?.zone;
                file.rows(session, "roster", |sink| {
                    let all = Narrow::default();
                    self.command.read(&mut store, &session.caller(None), zone, (Heads::Plain, &all), sink)?;
                    Ok(())
                })?;
                return Ok(Code::Done);
            }
            Command::Now { .. } | Command::Show { .. } => {}
        }
        match self.command.every().filter(|_| session.ui.drawable) {
            Some(every) => watch_rows(every, |size, narrow| {
                let caller = session.caller(None);
                let (health, facts) = health::read(&mut store, &caller)?;
                let room = banner_lines(size.rows.into());
                let banner = banner(&health.findings, facts.now, facts.zone, size.columns.into(), Some(room));
                let mut lines = session.ui.styled(&banner, Some(size.columns));
                let mut head = 0;
                lines.extend(session.ui.beside(Some(size.rows)).table(facts.zone, size.columns, |sink| {
                    head =
                        self.command.read(&mut store, &caller, facts.zone, (Heads::Drawn, narrow), sink)?;
                    Ok::<_, Failure>(())
                })?);
                Ok(Frame { lines, fixed: room + head })
            })?,
            None => {
                let zone = settings::load(&mut store)?.zone;
                session.print_beside("roster", zone, |sink| {
                    let all = Narrow::default();
                    self.command.read(&mut store, &session.caller(None), zone, (Heads::Drawn, &all), sink)
                })?;
            }
        }
        Ok(Code::Done)
    }
}

impl Command {
    /// How often to redraw, if at all.
    fn every(&self) -> Option<Duration> {
        match self {
            Self::Now { watch, .. } => watch.every(),
            _ => None,
        }
    }

    /// Passes the rows that are wanted to `sink`; gives the number of lines from the first heading to the columns.
    fn read(
        &self,
        store: &mut Store,
        caller: &Caller,
        zone: Zone,
        (heads, narrow): (Heads, &Narrow),
        sink: &mut dyn Sink,
    ) -> Result<usize> {
        let columns = COLUMNS.iter().filter(|column| sink.has(column.heading())).collect();
        let (now, blind) = (caller.now, blind::BlindWords::default());
        let mut told = Told { sink, columns, now, zone, blind, heads, narrow, head: 0 };
        match self {
            Self::Now { filter, period, .. } => {
                let request = filter.request(narrow.missing);
                roster::now(store, period.as_deref(), &request, caller, &mut told)?;
            }
            Self::Show { filter, period, date, .. } => {
                let date = date.unwrap_or(Day::Today).date(local_date(caller.now, zone));
                roster::show(store, date, period, &filter.request(false), caller, &mut told)?;
            }
            Self::Day(_) | Self::Missing(_) | Self::Unexplained(_) => {}
        }
        Ok(told.head)
    }
}

impl FilterArgs {
    fn request(&self, only_missing: bool) -> Request {
        Request {
            groups: self.groups.filter(),
            statuses: if only_missing { MISSING.to_vec() } else { self.statuses.clone() },
            order: self.sort.into(),
        }
    }
}

/// The statuses of students who are missing, or may be.
const MISSING: [Status; 4] = [Status::Absent, Status::Unknown, Status::LowScore, Status::Expected];

/// Writes a roster to the screen.
struct Told<'s> {
    sink: &'s mut dyn Sink,
    /// Those for which the sink has a place.
    columns: Vec<&'static Column<records::Register>>,
    now: Instant,
    zone: Zone,
    blind: blind::BlindWords,
    heads: Heads,
    narrow: &'s Narrow,
    /// Lines of the first heading, the empty line and the columns below it; 0 before it is told.
    head: usize,
}

impl Taker for Told<'_> {
    fn begin(&mut self, found: &Found) -> Result<()> {
        let Found { registers, around } = found;
        let columns = column::headings(self.columns.iter().copied());
        self.sink.begin(&columns, &totals(registers, around, self.zone))?;
        let nobody = match self.narrow.text.as_str() {
            "" => nobody(registers, around, self.now, self.zone),
            text => format!("No name and no code contains {text:?}."),
        };
        Ok(self.sink.nothing(&nobody)?)
    }

    fn register(&mut self, register: &Register) -> Result<()> {
        let heading = heading(register, self.now, self.zone, self.heads);
        if self.head == 0 {
            self.head = heading.len() + 2;
        }
        Ok(self.sink.section(&heading)?)
    }

    fn row(&mut self, register: &Register, entry: &Entry) -> Result<()> {
        if !self.narrow.finds(&entry.name) && !self.narrow.finds(&entry.code) {
            return Ok(());
        }
        let (occurrence, coverage, zone) = (&register.occurrence, &register.coverage, self.zone);
        let blind = self.blind.of((occurrence.id, coverage), entry.group.as_deref(), zone);
        let row = Row { occurrence, coverage, blind, entry, zone };
        Ok(put(self.sink, self.columns.iter().copied(), &row)?)
    }
}
