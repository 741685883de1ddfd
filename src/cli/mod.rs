//! The command line: one file per noun. clap lives only here.

mod args;
mod complete;
mod consent;
mod dispatch;
mod evidence;
mod export;
mod file;
mod formats;
mod help;
mod init;
mod manual;
mod output;
mod register;
mod roll;
mod settings;
mod summary;
mod target;
mod timetable;
mod upkeep;
mod watch;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use self::formats::Spelling;
use crate::clock::Clock;
use crate::commands::problem::{Kind, Problem};
use crate::commands::{self, Caller};
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::failure::Result;
use crate::notify::{Config, Source};
use crate::render::json::Head;
use crate::render::{Format, Sink};
use crate::report::Report;
use crate::store::Store;
use crate::ui::Ui;

pub use dispatch::{Ran, main, run_here};

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
    after_help = "Examples:\n  attend init --timezone Asia/Baghdad --school \"Green Valley School\"\n  attend student import roll.csv\n  attend roster now\n\nMore about a command: attend COMMAND --help, or man attend-COMMAND"
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
    /// Where messages go [default: attend/attend.toml in the XDG config directory]
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
    #[arg(long, global = true, value_name = "FORMAT", value_parser = formats::rows(), help_heading = "Global")]
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
    /// Print only errors; exports, keys and acks are still printed
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global")]
    quiet: bool,
    /// Say what was done, even without a terminal
    #[arg(short, long, global = true, help_heading = "Global")]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Alert(watch::alert::AlertArgs),
    Audit(upkeep::audit::AuditArgs),
    Camera(evidence::camera::CameraArgs),
    #[command(hide = true)]
    Complete(complete::CompleteArgs),
    #[command(hide = true)]
    Completions(complete::CompletionsArgs),
    Db(upkeep::db::DbArgs),
    Export(export::ExportArgs),
    Health(watch::health::HealthArgs),
    History(register::history::HistoryArgs),
    Ingest(evidence::ingest::IngestArgs),
    Init(init::InitArgs),
    Job(watch::job::JobArgs),
    Key(evidence::key::KeyArgs),
    #[command(hide = true)]
    Man(manual::ManualArgs),
    Map(evidence::map::MapArgs),
    Mark(register::mark::MarkArgs),
    Notify(watch::notify::NotifyArgs),
    Panel(register::panel::PanelArgs),
    Period(timetable::period::PeriodArgs),
    Prune(upkeep::prune::PruneArgs),
    Quarantine(evidence::quarantine::QuarantineArgs),
    Reason(register::reason::ReasonArgs),
    Recompute(register::recompute::RecomputeArgs),
    Register(register::class::Register),
    Review(register::review::ReviewArgs),
    Roster(register::roster::RosterArgs),
    Runner(evidence::runner::RunnerArgs),
    Schedule(timetable::schedule::ScheduleArgs),
    Session(register::session::SessionArgs),
    Settings(settings::SettingsArgs),
    Simulate(evidence::simulate::SimulateArgs),
    Student(roll::student::StudentArgs),
    Summary(summary::SummaryArgs),
    Unmark(register::mark::UnmarkArgs),
}

/// The options and environment of the process, for a command.
pub(crate) struct Session {
    /// `None`: it is not named, and the home directory is unknown. Some commands need no database.
    db: Option<PathBuf>,
    messages: Source,
    clock: Clock,
    user: String,
    format: Option<Format>,
    quiet: bool,
    ui: Ui,
}

impl Session {
    /// The path of the database.
    fn database(&self) -> Result<&Path> {
        let problem = || {
            Problem::new(Kind::Usage, "the home directory is unknown, so the database has no default path")
                .hint("name it with --db or ATTEND_DB")
        };
        Ok(self.db.as_deref().ok_or_else(problem)?)
    }

    fn store(&self) -> Result<Store> {
        Ok(Store::open(self.database()?)?)
    }

    /// Today in the school's zone.
    fn today(&self, store: &mut Store) -> Result<NaiveDate> {
        Ok(local_date(self.clock.now(), commands::settings::load(store)?.zone))
    }

    /// The configuration of mail, Slack and webhooks.
    fn config(&self) -> Result<Config> {
        commands::watch::notify::config(&self.messages)
    }

    /// The author and instant of a change. `by` comes from the command line, else from `$USER`.
    fn caller(&self, by: Option<&str>) -> Caller {
        Caller { by: by.unwrap_or(&self.user).to_owned(), now: self.clock.now() }
    }

    fn show(&self, report: &Report) -> Result<()> {
        Ok(self.ui.report(report, self.school_id(self.format()).as_deref(), self.format())?)
    }

    /// Prints a report, one row at a time.
    fn print<T>(&self, report: &str, zone: Zone, fill: impl FnOnce(&mut dyn Sink) -> Result<T>) -> Result<T> {
        self.print_on(&self.ui, report, zone, fill)
    }

    /// Prints a report whose rows may stand beside each other on a wide terminal.
    fn print_beside<T>(
        &self,
        report: &str,
        zone: Zone,
        fill: impl FnOnce(&mut dyn Sink) -> Result<T>,
    ) -> Result<T> {
        self.print_on(&self.ui.beside(None), report, zone, fill)
    }

    fn print_on<T>(
        &self,
        ui: &Ui,
        report: &str,
        zone: Zone,
        fill: impl FnOnce(&mut dyn Sink) -> Result<T>,
    ) -> Result<T> {
        let school_id = self.school_id(self.format());
        let head = Head::new(report, self.clock.now(), zone).of_school(school_id.as_deref());
        ui.rows(head, self.format(), fill)
    }

    /// The identity of the school for the head of a report in JSON, the only format with a head.
    fn school_id(&self, format: Format) -> Option<String> {
        let settings = |store: &mut Store| commands::settings::load(store).ok();
        (format == Format::Json).then(|| settings(&mut self.store().ok()?)?.school_id).flatten()
    }

    /// The format of a report.
    fn format(&self) -> Format {
        self.format.unwrap_or(Format::Table)
    }
}
