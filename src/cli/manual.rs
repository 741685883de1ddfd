//! The manual: a page for each command, made from the same definitions as its help.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Arg, Args, Command, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::help::{about, built, visible};
use crate::domain::settings::SETTINGS;
use crate::exit::Code;
use crate::failure::Result;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  attend man /usr/local/share/man/man1")]
pub(crate) struct ManualArgs {
    /// The folder to write them to
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

impl ManualArgs {
    pub(crate) fn run(self) -> Result<Code> {
        fs::create_dir_all(&self.folder)?;
        for (name, text) in pages()? {
            fs::write(self.folder.join(name), text)?;
        }
        Ok(Code::Done)
    }
}

/// The meaning of each exit code, and the pages that list it. An empty list means every page without a
/// meaning of its own.
const EXIT_STATUS: [(Code, &str, &[&str]); 13] = [
    (Code::Done, "Success, even if the reader of a report closed the pipe.", &[]),
    (Code::Failed, "No period is active.", &["attend-schedule-now"]),
    (Code::Failed, "The file is sound, but rows in it contradict each other.", &["attend-db-check"]),
    (Code::Failed, "Failed: a named object does not exist, or its state forbids the command.", &[]),
    (Code::Usage, "Wrong usage.", &[]),
    (Code::Refused, "Some lines were refused.", &["attend", "attend-ingest"]),
    (Code::Refused, "The file has invalid rows. Nothing was imported.", &["attend-student-import"]),
    (Code::Io, "The database is damaged.", &["attend-db-check"]),
    (Code::Io, "Input or output failed, or acks could not be delivered.", &["attend-ingest"]),
    (Code::Io, "Input or output failed, or acks or messages could not be delivered.", &[]),
    (Code::TryAgain, "The database was busy, or the same job is running: try again.", &[]),
    (Code::KeyRefused, "The sender's key was refused.", &["attend", "attend-ingest"]),
    (Code::Config, "The database does not exist, or the configuration is invalid.", &[]),
];

/// How `attend health` answers.
const HEALTH_STATUS: [(u8, &str); 4] = [
    (0, "All is well."),
    (1, "A warning."),
    (2, "Something is critical."),
    (3, "Unknown: the database could not be read."),
];

/// Environment variables, and the pages that list them. An empty list means all pages.
const ENVIRONMENT: [(&str, &str, &[&str]); 10] = [
    ("ATTEND_DB", "The database, if --db is not given.", &[]),
    ("ATTEND_CONFIG", "The configuration of messages, if --config is not given.", MESSAGES),
    ("ATTEND_NOW", "The instant to use as now (RFC 3339), if --now is not given.", &[]),
    ("ATTEND_KEY", "The key of the sender.", LINES),
    ("ATTEND_KEY_FILE", "The file with the key of the sender.", LINES),
    ("ATTEND_SLACK_WEBHOOK", "Where Slack messages go; wins over the configuration.", MESSAGES),
    ("ATTEND_SMTP_URL", "The mail server with user and password; wins over the configuration.", MESSAGES),
    ("NO_COLOR", "If it is set to any value, no colours.", &[]),
    ("USER", "Author of changes, if --by is not given.", &[]),
    ("XDG_DATA_HOME, XDG_CONFIG_HOME", "Default folders of the database and the configuration.", &[]),
];

/// Files that commands read or write, and the pages that list them. An empty list means all pages.
const FILES: [(&str, &str, &[&str]); 2] = [
    (
        "~/.local/share/attend/attend.db",
        "The database. Files beside it that end in -wal and -shm belong to it while it is in use; hidden files that end in .lock keep a job from running twice.",
        &[],
    ),
    (
        "~/.config/attend/attend.toml",
        "Where messages go by mail, Slack and webhooks. Only its owner may read it once it holds a secret.",
        MESSAGES,
    ),
];

const LINES: &[&str] = &["attend", "attend-ingest"];
const MESSAGES: &[&str] = &["attend", "attend-alert", "attend-health", "attend-notify", "attend-summary"];

/// Every page: the name of its file, and its text.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    collect(&built(), &[], &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, above: &[&Command], pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    pages.push((format!("{}.1", title(command)), page(command, above)?));
    let below = [above, &[command]].concat();
    visible(command).into_iter().try_for_each(|child| collect(child, &below, pages))
}

/// `attend-student-import`
fn title(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}

fn page(command: &Command, above: &[&Command]) -> io::Result<Vec<u8>> {
    let name = title(command);
    let own = own_options(command, above.is_empty());
    let help = After::read(command);
    let mut roff = Roff::new();
    // No date: the pages of a release are the same whenever they are made.
    let source = format!("attend {}", env!("CARGO_PKG_VERSION"));
    roff.control("TH", [&*name.to_uppercase(), "1", "\"\"", &*source, "Attendance"]);
    roff.control("nh", []);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {}", about(command)))]);
    synopsis(&mut roff, command);
    description(&mut roff, command, &help);
    arguments(&mut roff, command);
    let mut text = roff.render();
    let mut options = Vec::new();
    Man::new(own.clone()).render_options_section(&mut options)?;
    text += &String::from_utf8_lossy(&options);
    let mut roff = Roff::new();
    if !above.is_empty() {
        let heading = if own.get_arguments().all(Arg::is_hide_set) { "SH" } else { "PP" };
        roff.control(heading, if heading == "SH" { vec!["OPTIONS"] } else { vec![] });
        roff.text([
            roman("For the global options, such as --db, --format and --quiet, see "),
            bold("attend"),
            roman("(1)."),
        ]);
    }
    commands(&mut roff, command);
    settings(&mut roff, &name);
    examples(&mut roff, command, &help);
    exit_status(&mut roff, &name);
    told(&mut roff, "ENVIRONMENT", &ENVIRONMENT, &name);
    told(&mut roff, "FILES", &FILES, &name);
    see_also(&mut roff, command, above);
    text += &roff.render();
    // Each part begins with the same definition of the apostrophe: once is enough.
    let preamble = Roff::new().render();
    Ok(format!("{preamble}{}", text.replace(&preamble, "")).into_bytes())
}

/// The command with only its own options. Possible values are part of their help.
fn own_options(command: &Command, first: bool) -> Command {
    command.clone().mut_args(|arg| {
        let elsewhere =
            !first && (arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version"));
        let hide = arg.is_hide_set() || elsewhere || arg.is_positional();
        let help = explained(&arg);
        // Global is a heading of the help; here all are options.
        arg.hide(hide).help(help).hide_possible_values(true).help_heading(None::<&str>)
    })
}

/// The help of an argument with its possible values.
fn explained(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = if arg.get_action().takes_values() { arg.get_possible_values() } else { vec![] };
    let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    if values.is_empty() { help } else { format!("{help} [possible values: {}]", values.join(", ")) }
}

fn arguments(roff: &mut Roff, command: &Command) {
    let all: Vec<&Arg> = command.get_positionals().filter(|arg| !arg.is_hide_set()).collect();
    if !all.is_empty() {
        roff.control("SH", ["ARGUMENTS"]);
    }
    for arg in all {
        let names = arg.get_value_names().unwrap_or_default().join("... ");
        let several = arg.get_num_args().is_some_and(|number| number.max_values() > 1);
        let dots = if several && !names.contains(' ') { "..." } else { "" };
        entry(roff, italic(format!("{names}{dots}")), &explained(arg));
    }
}

fn synopsis(roff: &mut Roff, command: &Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let name = command.get_bin_name().unwrap_or(command.get_name());
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(name), roman(usage.strip_prefix(name).unwrap_or(usage))]);
}

fn description(roff: &mut Roff, command: &Command, help: &After) {
    roff.control("SH", ["DESCRIPTION"]);
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let dot = if about.ends_with('.') { "" } else { "." };
    roff.text([roman(format!("{about}{dot}"))]);
    for paragraph in &help.prose {
        roff.control("PP", []);
        write(roff, paragraph);
    }
}

/// A paragraph. Indented lines keep their line breaks.
fn write(roff: &mut Roff, lines: &[String]) {
    for line in lines {
        match line.strip_prefix("  ") {
            Some(example) => {
                roff.control("RS", ["4"]);
                roff.control("nf", []);
                roff.text([roman(example)]);
                roff.control("fi", []);
                roff.control("RE", []);
            }
            None => {
                roff.text([roman(line)]);
            }
        }
    }
}

fn commands(roff: &mut Roff, command: &Command) {
    if visible(command).is_empty() {
        return;
    }
    roff.control("SH", ["COMMANDS"]);
    for child in visible(command) {
        roff.control("TP", []);
        roff.text([bold(title(child)), roman("(1)")]);
        roff.text([roman(about(child))]);
    }
}

/// The examples of a command, or the first example of each subcommand.
fn examples(roff: &mut Roff, command: &Command, help: &After) {
    let own = help.examples.iter().cloned();
    let first = visible(command).into_iter().filter_map(|child| After::read(child).examples.first().cloned());
    let all: Vec<String> = if help.examples.is_empty() { first.collect() } else { own.collect() };
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in all.iter().flat_map(|example| example.lines()) {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

/// Every setting, for the page of `attend settings`.
fn settings(roff: &mut Roff, page: &str) {
    if page != "attend-settings" {
        return;
    }
    roff.control("SH", ["SETTINGS"]);
    for setting in SETTINGS {
        let default = setting.default.map(|default| format!(" Default: {default}.")).unwrap_or_default();
        let values = format!("{} ({})", setting.range(), setting.unit());
        entry(roff, bold(setting.key), &format!("{}. Values: {values}.{default}", sentence(setting.meaning)));
    }
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn exit_status(roff: &mut Roff, page: &str) {
    roff.control("SH", ["EXIT STATUS"]);
    let health = page == "attend-health";
    let own = HEALTH_STATUS.iter().filter(|_| health).copied();
    let others = EXIT_STATUS.iter().filter(|(.., pages)| pages.is_empty() || pages.contains(&page));
    let others = others.filter(|(code, ..)| !health || *code == Code::TryAgain);
    let others = others.map(|(code, meaning, _)| (*code as u8, *meaning));
    let mut told = Vec::new();
    for (code, meaning) in own.chain(others) {
        if !told.contains(&code) {
            entry(roff, bold(code.to_string()), meaning);
            told.push(code);
        }
    }
}

fn told(roff: &mut Roff, heading: &str, entries: &[(&str, &str, &[&str])], page: &str) {
    roff.control("SH", [heading]);
    let holds = |pages: &[&str]| {
        pages.is_empty()
            || pages
                .iter()
                .any(|told| page == *told || (*told != "attend" && page.starts_with(&format!("{told}-"))))
    };
    for (name, meaning, _) in entries.iter().filter(|(.., pages)| holds(pages)) {
        entry(roff, italic(*name), meaning);
    }
}

fn entry(roff: &mut Roff, name: Inline, meaning: &str) {
    roff.control("TP", []);
    roff.text([name]);
    roff.text([roman(meaning)]);
}

/// The pages of the parent, the subcommands and the siblings.
fn see_also(roff: &mut Roff, command: &Command, above: &[&Command]) {
    let beside = above.last().filter(|_| above.len() > 1);
    let beside =
        beside.into_iter().flat_map(|above| visible(above)).filter(|other| title(other) != title(command));
    let all: Vec<&Command> = above.iter().copied().chain(visible(command)).chain(beside).collect();
    roff.control("SH", ["SEE ALSO"]);
    let mut line = Vec::new();
    for (nth, page) in all.iter().enumerate() {
        let comma = if nth == 0 { "" } else { ", " };
        line.extend([roman(comma), bold(title(page)), roman("(1)")]);
    }
    roff.text(line);
}

/// The sections at the end of a help text.
#[derive(Debug, Default)]
struct After {
    /// Command lines to try. A long one is several lines, all but the last with a backslash at the end.
    examples: Vec<String>,
    /// Paragraphs of lines.
    prose: Vec<Vec<String>>,
}

impl After {
    fn read(command: &Command) -> Self {
        let mut after = Self::default();
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            let mut lines = paragraph.lines();
            if paragraph.starts_with("Example") {
                let lines: Vec<&str> =
                    lines.skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
                let whole = lines.chunk_by(|line, _| line.ends_with('\\')).map(|lines| lines.join("\n"));
                after.examples.extend(whole);
            } else {
                after.prose.push(lines.by_ref().map(str::to_owned).collect());
            }
        }
        after
    }
}
