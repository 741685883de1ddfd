//! What can be typed: one file per noun. clap lives only here.

mod alert;
mod args;
mod camera;
mod dispatch;
mod export;
mod health;
mod history;
mod ingest;
mod init;
mod job;
mod key;
mod mark;
mod notify;
mod panel;
mod period;
mod quarantine;
mod roster;
mod runner;
mod schedule;
mod settings;
mod simulate;
mod student;

use std::path::PathBuf;

use anyhow::Result;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::clock::Clock;
use crate::commands::{self, Caller};
use crate::domain::time::Instant;
use crate::notify::{Config, Source};
use crate::render::Format;
use crate::report::Report;
use crate::store::Store;
use crate::ui::Ui;

pub use dispatch::main;

/// Attendance for schools with cameras: JSON lines in, a register staff can trust out.
#[derive(Debug, Parser)]
#[command(
    name = "attend",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(
    after_help = "Start here: attend init --timezone Asia/Baghdad\nThe manual of a command: attend COMMAND --help"
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// The database [default: attend/attend.db in the XDG data directory]
    #[arg(
        long,
        global = true,
        env = "ATTEND_DB",
        value_name = "PATH",
        hide_env_values = true,
        help_heading = "Global"
    )]
    db: Option<PathBuf>,
    /// Where mail and Slack go [default: attend/attend.toml in the XDG config directory]
    #[arg(
        long,
        global = true,
        env = "ATTEND_CONFIG",
        value_name = "PATH",
        hide_env_values = true,
        help_heading = "Global"
    )]
    config: Option<PathBuf>,
    /// Behave as if it were this instant (RFC 3339)
    #[arg(long, global = true, env = "ATTEND_NOW", value_name = "INSTANT", value_parser = args::instant, hide_env_values = true, help_heading = "Global")]
    now: Option<Instant>,
    /// How to print rows [default: table]
    #[arg(long, global = true, value_name = "FORMAT", value_parser = row_formats(), help_heading = "Global")]
    format: Option<Spelling>,
    /// When to use colours (NO_COLOR is obeyed)
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global"
    )]
    color: ColorArg,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global")]
    quiet: bool,
    /// Say what was done, also where nobody watches
    #[arg(short, long, global = true, help_heading = "Global")]
    verbose: bool,
}

/// How to print rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormatArg {
    Table,
    Csv,
    Json,
    Jsonl,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Table => Self::Table,
            FormatArg::Csv => Self::Csv,
            FormatArg::Json => Self::Json,
            FormatArg::Jsonl => Self::Jsonl,
        }
    }
}

/// Every value of `--format`: those of rows, and two that only `health` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Rows(FormatArg),
    Nagios,
    Prometheus,
}

const ROWS: [(&str, Spelling); 4] = [
    ("table", Spelling::Rows(FormatArg::Table)),
    ("csv", Spelling::Rows(FormatArg::Csv)),
    ("json", Spelling::Rows(FormatArg::Json)),
    ("jsonl", Spelling::Rows(FormatArg::Jsonl)),
];
const MONITORING: [(&str, Spelling); 2] =
    [("nagios", Spelling::Nagios), ("prometheus", Spelling::Prometheus)];

fn row_formats() -> impl TypedValueParser<Value = Spelling> {
    spellings(ROWS.to_vec())
}

/// `--format` of `health`, in place of the global one.
fn health_formats() -> impl TypedValueParser<Value = Spelling> {
    spellings([&ROWS[..], &MONITORING].concat())
}

fn spellings(known: Vec<(&'static str, Spelling)>) -> impl TypedValueParser<Value = Spelling> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).map(move |name| {
        let found = known.iter().find(|(known, _)| *known == name);
        found.expect("the parser lets only these through").1
    })
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Alert(alert::Alert),
    Camera(camera::Camera),
    Export(export::Export),
    Health(health::Health),
    History(history::History),
    Ingest(ingest::Ingest),
    Init(init::Init),
    Job(job::Job),
    Key(key::Key),
    Mark(mark::Mark),
    Notify(notify::Notify),
    Panel(panel::Panel),
    Period(period::Period),
    Quarantine(quarantine::Quarantine),
    Roster(roster::Roster),
    Runner(runner::Runner),
    Schedule(schedule::Schedule),
    Settings(settings::Settings),
    Simulate(simulate::Simulate),
    Student(student::Student),
    Unmark(mark::Unmark),
}

/// Everything a command may ask about the process it runs in.
struct Session {
    db: PathBuf,
    messages: Source,
    clock: Clock,
    user: String,
    format: Option<FormatArg>,
    quiet: bool,
    ui: Ui,
}

impl Session {
    fn store(&self) -> Result<Store> {
        Ok(Store::open(&self.db)?)
    }

    /// Where mail and Slack go.
    fn config(&self) -> Result<Config> {
        commands::notify::config(&self.messages)
    }

    /// Who asks and when; `by` as given on the command line, else `$USER`.
    fn caller(&self, by: Option<&str>) -> Caller {
        Caller { by: by.unwrap_or(&self.user).to_owned(), now: self.clock.now() }
    }

    fn show(&self, report: &Report) -> Result<()> {
        Ok(self.ui.report(report, self.format())?)
    }

    fn format(&self) -> Format {
        self.format.unwrap_or(FormatArg::Table).into()
    }
}
