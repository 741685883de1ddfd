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

// Descriptions of commands stand here, because clap builds the arguments of a command only when it is typed. Building those
// of all takes two million instructions. A group of arguments, like this list, must not have a doc comment: clap would describe
// each command that has the group by it.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Alerts of health --notify: list, acknowledge or mute them
    Alert(watch::alert::AlertArgs),
    /// The audit log: marks, settings, keys, schedule, roll, exports
    Audit(upkeep::audit::AuditArgs),
    /// Cameras: name them, put them at places, rest or retire them
    Camera(evidence::camera::CameraArgs),
    /// Complete the next word, for the scripts that `attend completions` writes
    #[command(hide = true)]
    Complete(complete::CompleteArgs),
    /// The script that completes commands, options and names in a shell
    #[command(hide = true)]
    Completions(complete::CompletionsArgs),
    /// The database as a file: check it, copy it, measure it
    Db(upkeep::db::DbArgs),
    /// Sheets for people and data for programs
    Export(export::ExportArgs),
    /// Sightings, marks and statuses of one student on one date
    History(register::history::HistoryArgs),
    /// Take in JSON lines from runners, and answer each with an ack
    Ingest(evidence::ingest::IngestArgs),
    /// Create the database
    Init(init::InitArgs),
    /// Jobs that cron runs, and other programs that report their state
    Job(watch::job::JobArgs),
    /// Keys of runners: once a key exists, every stream needs one
    Key(evidence::key::KeyArgs),
    /// Write the manual pages, one file for each command
    #[command(hide = true)]
    Man(manual::ManualArgs),
    /// Turn messages of other programs into lines for ingest
    Map(evidence::map::MapArgs),
    /// Mark students by hand; a mark outranks the cameras
    Mark(register::mark::MarkArgs),
    /// Messages to people: test the channels, list undelivered ones
    Notify(watch::notify::NotifyArgs),
    /// One screen: periods, cameras, recent recognitions
    Panel(register::panel::PanelArgs),
    /// The weekly periods
    Period(timetable::period::PeriodArgs),
    /// Delete old recognitions, heartbeats, refused lines and job reports
    Prune(upkeep::prune::PruneArgs),
    /// Refused lines: list, retry or drop them
    Quarantine(evidence::quarantine::QuarantineArgs),
    /// The school's short list of reasons for absence
    Reason(register::reason::ReasonArgs),
    /// Derive the records of some dates again under the present settings
    Recompute(register::recompute::RecomputeArgs),
    /// The printable register of classes, with a letter for each period
    Register(register::class::Register),
    /// Low scores and wrong faces: confirm, reject, reassign a sighting
    Review(register::review::ReviewArgs),
    /// Rosters: who is present now, or was in a period
    Roster(register::roster::RosterArgs),
    /// The runners, which are the processes beside the cameras
    Runner(evidence::runner::RunnerArgs),
    /// The schedule: which period is held on which date
    Schedule(timetable::schedule::ScheduleArgs),
    /// Half days and days out of periods
    Session(register::session::SessionArgs),
    /// The school's policy
    Settings(settings::SettingsArgs),
    /// Print JSON lines as the school's runners would send them on a day
    Simulate(evidence::simulate::SimulateArgs),
    /// The roll: import it, or edit one student
    Student(roll::student::StudentArgs),
    /// Remove marks and excuses, so that recognitions count again
    Unmark(register::mark::UnmarkArgs),
    #[command(flatten)]
    OwnFormat(OwnFormat),
}

// Commands with a `--format` of their own instead of the global one, which clap would add before it builds them.
#[derive(Debug, Subcommand)]
enum OwnFormat {
    /// Check what needs attention; the exit code is the severity (0 to 3)
    Health(watch::health::HealthArgs),
    /// Totals of a day or a range, and students who need attention
    Summary(summary::SummaryArgs),
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
