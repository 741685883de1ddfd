//! Runs the command that the arguments name, and turns its result into an exit code.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use super::formats::Spelling;
use super::{Cli, ColorArg, Command, OwnFormat, Session, help};
use crate::clock::Clock;
use crate::exit::Code;
use crate::failure::{Cause, Failure, Result};
use crate::notify::{Secret, Source};
use crate::ui::{Color, Ui, say, streams};

/// Runs the process: arguments in, exit code out.
pub fn main() -> ExitCode {
    let cli = help::parse();
    let user = env::var("USER").ok().filter(|user| !user.is_empty()).or_else(system_user);
    ExitCode::from(finish(cli, user.unwrap_or_else(|| "unknown".to_owned())))
}

/// A command that ran within this process.
#[derive(Debug)]
pub struct Ran {
    /// The exit code. 2 if the command line could not be parsed.
    pub code: u8,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: Vec<u8>,
}

/// Runs one command within this process for `user`, without a terminal and with empty standard input. A test that runs
/// thousands of commands would otherwise spend most of its time starting processes. Relative paths are relative to
/// the directory of this process, and its environment counts: name the database and the instant in `arguments`.
#[must_use]
pub fn run_here(arguments: &[&str], user: &str) -> Ran {
    let typed: Vec<_> = ["attend"].iter().chain(arguments).map(OsString::from).collect();
    let (code, out, err) = streams::captured(|| match help::parsed(&typed) {
        Ok(cli) => finish(cli, user.to_owned()),
        Err(error) => {
            say(&error.to_string());
            Code::Usage as u8
        }
    });
    Ran { code, out, err }
}

fn finish(cli: Cli, user: String) -> u8 {
    let code = match session(&cli, user) {
        Ok(session) => run(cli.command, &session).unwrap_or_else(|error| fail(&error, session.db.as_deref())),
        Err(error) => fail(&error, None),
    };
    code as u8
}

/// Prints one line that says what failed, and one that says what to do next. A reader that closes the pipe of a
/// report is not a failure. For acks it is, and the command reports it itself.
fn fail(error: &Failure, db: Option<&Path>) -> Code {
    if error.is_broken_pipe() {
        return Code::Done;
    }
    tell(error, db);
    error.code()
}

/// Prints an error and its hint. Names the database if the error does not.
pub(crate) fn tell(error: &Failure, db: Option<&Path>) {
    let unnamed = matches!(error.cause(), Cause::Store(error) if !error.names_file());
    match db.filter(|_| unnamed) {
        Some(db) => say(&format!("attend: {}: {error}", db.display())),
        None => say(&format!("attend: {error}")),
    }
    if let Some(hint) = error.hint() {
        say(&format!("hint: {hint}"));
    }
}

fn session(cli: &Cli, user: String) -> Result<Session> {
    let global = &cli.global;
    let color = match global.color {
        ColorArg::Auto => Color::Auto,
        ColorArg::Always => Color::Always,
        ColorArg::Never => Color::Never,
    };
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Ok(Session {
        db: global.db.clone().or_else(default_db),
        messages: messages(global.config.clone()),
        clock: Clock::new(global.now),
        user,
        format: global.format.and_then(Spelling::rows),
        quiet: global.quiet,
        ui: Ui::new(color, no_color, global.quiet, global.verbose),
    })
}

/// The login name of this process. cron and containers often leave `$USER` empty.
fn system_user() -> Option<String> {
    let owner = fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id == owner && !name.is_empty()).then(|| name.to_owned())
    })
}

/// `attend/attend.db` in the XDG data directory.
fn default_db() -> Option<PathBuf> {
    xdg("XDG_DATA_HOME", ".local/share").map(|data| data.join("attend/attend.db"))
}

/// The configuration: `--config`, else `attend/attend.toml` in the XDG config directory, with overrides from the
/// environment.
fn messages(named: Option<PathBuf>) -> Source {
    let secret = |name: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty());
        value.map(|value| Secret::new(value.to_string_lossy()))
    };
    Source {
        named: named.is_some(),
        file: named
            .or_else(|| xdg("XDG_CONFIG_HOME", ".config").map(|config| config.join("attend/attend.toml"))),
        smtp_url: secret("ATTEND_SMTP_URL"),
        slack_webhook: secret("ATTEND_SLACK_WEBHOOK"),
    }
}

/// A directory by the XDG specification: the value of a variable, else a folder in the home directory.
fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))
}

fn run(command: Command, session: &Session) -> Result<Code> {
    match command {
        Command::Alert(args) => args.run(session),
        Command::Audit(args) => args.run(session),
        Command::Camera(args) => args.run(session),
        Command::Complete(args) => args.run(session),
        Command::Completions(args) => args.run(),
        Command::Db(args) => args.run(session),
        Command::Export(args) => args.run(session),
        Command::History(args) => args.run(session),
        Command::Ingest(args) => args.run(session),
        Command::Init(args) => args.run(session),
        Command::Job(args) => args.run(session),
        Command::Key(args) => args.run(session),
        Command::Man(args) => args.run(),
        Command::Map(args) => args.run(session),
        Command::Mark(args) => args.run(session),
        Command::Notify(args) => args.run(session),
        Command::Panel(args) => args.run(session),
        Command::Period(args) => args.run(session),
        Command::Prune(args) => args.run(session),
        Command::Quarantine(args) => args.run(session),
        Command::Reason(args) => args.run(session),
        Command::Recompute(args) => args.run(session),
        Command::Register(args) => args.run(session),
        Command::Review(args) => args.run(session),
        Command::Roster(args) => args.run(session),
        Command::Runner(args) => args.run(session),
        Command::Schedule(args) => args.run(session),
        Command::Session(args) => args.run(session),
        Command::Settings(args) => args.run(session),
        Command::Simulate(args) => args.run(session),
        Command::Student(args) => args.run(session),
        Command::Unmark(args) => args.run(session),
        Command::OwnFormat(OwnFormat::Health(args)) => args.run(session),
        Command::OwnFormat(OwnFormat::Summary(args)) => args.run(session),
    }
}
