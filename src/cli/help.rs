//! The help: commands in groups, and usage errors.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};

use super::Cli;
use super::complete::walk::Place;
use crate::ui::{is_dumb, streams};
use crate::{store, zoneinfo};

/// The commands, grouped by task. Every listed command is in exactly one group.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Set up", &["init", "student", "camera", "period", "schedule", "session", "reason", "settings", "key"]),
    ("Cameras and runners", &["ingest", "map", "runner", "quarantine", "simulate"]),
    ("Who is here", &["roster", "panel", "history", "mark", "unmark", "review"]),
    ("Reports", &["summary", "register", "export"]),
    ("Maintenance", &["health", "alert", "job", "notify", "db", "prune", "recompute", "audit"]),
];

/// The definition of the whole command line.
pub(crate) fn definition() -> Command {
    let command = Cli::command();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}Options:\n{{options}}{{after-help}}",
        listed(&command)
    );
    command.help_template(template)
}

/// The definitions with everything that clap derives from them, such as global options below each command.
pub(crate) fn built() -> Command {
    let mut command = definition();
    command.build();
    command
}

/// The subcommands that are listed. Those of `attend` itself are in the order of their names.
pub(crate) fn visible(command: &Command) -> Vec<&Command> {
    let mut listed: Vec<&Command> =
        command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    if command.get_name() == "attend" {
        listed.sort_unstable_by_key(|command| command.get_name());
    }
    listed
}

/// The one-line description of a command.
pub(crate) fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// The commands in their groups, as `attend --help` lists them.
fn listed(command: &Command) -> String {
    let mut text = String::new();
    for (group, names) in GROUPS {
        let _ = writeln!(text, "{group}:");
        for found in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = found.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {:<11} {about}", found.get_name());
        }
        text.push('\n');
    }
    text
}

/// The text of `--version`: what a report of a fault should name.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let (program, commit) = (env!("CARGO_PKG_VERSION"), env!("ATTEND_COMMIT"));
        let (sqlite, rules) = (store::sqlite_version(), zoneinfo::rules());
        format!("{program}\ncommit: {commit}\nSQLite: {sqlite}\ntime zone rules: {rules}")
    });
    &VERSION
}

/// Turns `attend help roster now` and `attend version` into `--help` and `--version`.
fn as_options(mut typed: Vec<OsString>) -> Vec<OsString> {
    match typed.get(1).and_then(|word| word.to_str()) {
        Some("help") => {
            typed.remove(1);
            typed.push("--help".into());
        }
        Some("version") if typed.len() == 2 => typed[1] = "--version".into(),
        _ => {}
    }
    typed
}

/// Parses the command line of the process. Prints the mistake and ends the process if there is one.
pub(crate) fn parse() -> Cli {
    let typed = as_options(std::env::args_os().collect());
    parsed(&typed).unwrap_or_else(|error| {
        let words: Vec<_> = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        with_whole_usage(error, &words).exit()
    })
}

/// Parses a command line, which begins with the name of the program.
pub(crate) fn parsed(typed: &[OsString]) -> Result<Cli, Error> {
    let definition = || definition().long_version(version());
    definition().try_get_matches_from(typed).and_then(|mut matches| {
        // Reported with the usage of the whole command, which includes the flattened arguments.
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut definition()))
    })
}

/// Words that people type below a command, and the command that they mean. clap would suggest a command whose name looks
/// alike and may mean something else.
const MEANT: [(&str, &str, &str); 14] = [
    ("attend", "absent", "attend roster missing"),
    ("attend", "absences", "attend export absences"),
    ("attend", "attendance", "attend roster now"),
    ("attend", "backup", "attend db backup FILE"),
    ("attend", "now", "attend roster now"),
    ("attend", "present", "attend mark CODE present"),
    ("attend", "report", "attend summary"),
    ("attend", "students", "attend student list"),
    ("attend", "today", "attend roster day"),
    ("attend", "undo", "attend unmark CODE"),
    ("period", "rename", "attend period edit NAME --name NEW"),
    ("student", "delete", "attend student deactivate CODE"),
    ("student", "remove", "attend student deactivate CODE"),
    ("student", "rename", "attend student edit CODE --name NAME"),
];

/// Commands that delete for good. They are never suggested in place of another word.
const FINAL: [&str; 2] = ["erase", "prune"];

/// Says what to type instead of an unknown subcommand of `parent`.
fn suggest(error: &mut Error, parent: &str) {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return };
    let meant = MEANT.iter().find(|(below, typed, _)| *below == parent && typed == word);
    if let Some((_, _, command)) = meant {
        let command = ContextValue::StyledStrs(vec![(*command).into()]);
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, command);
        return;
    }
    let alike = match error.remove(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(name)) => vec![name],
        Some(ContextValue::Strings(names)) => names,
        _ => Vec::new(),
    };
    let harmless: Vec<String> = alike.into_iter().filter(|name| !FINAL.contains(&name.as_str())).collect();
    if !harmless.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(harmless));
    }
}

/// Replaces clap's usage line. clap shows options that were used as if they were required, even if they came from
/// the environment: `Usage: attend init --timezone <ZONE> --db <PATH>`.
///
/// With `ATTEND_DB` set, clap also calls `attend` alone an error. It prints the help instead.
fn with_whole_usage(mut error: Error, words: &[String]) -> Error {
    if error.get(ContextKind::Usage).is_none() {
        return error;
    }
    let mut command = definition();
    command.build();
    let whole = command.clone();
    let mut place = Place::new(&whole);
    words.iter().for_each(|word| place.pass(word));
    let found = place.path.iter().try_fold(&mut command, |found, name| found.find_subcommand_mut(name));
    if let Some(found) = found {
        if error.kind() == ErrorKind::MissingSubcommand {
            let help = found.render_help();
            let terminal = streams::err_is_terminal() && !is_dumb();
            let _ = match terminal {
                true => write!(streams::err(), "{}", help.ansi()),
                false => write!(streams::err(), "{help}"),
            };
            std::process::exit(error.exit_code());
        }
        suggest(&mut error, found.get_name());
        error.insert(ContextKind::Usage, ContextValue::StyledStr(found.render_usage()));
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::{GROUPS, built, definition};
    use crate::cli::complete::line::Line;

    #[test]
    fn every_command_is_in_one_group() {
        let command = definition();
        let visible = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut visible: Vec<&str> = visible.map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        visible.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, visible);
        for line in super::listed(&command).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    /// The longest line that a terminal of 80 columns does not break. A broken line would be two commands when pasted.
    const WIDTH: usize = 78;

    /// The command lines of `attend` in a line of a shell.
    fn lines(example: &str) -> Vec<Vec<String>> {
        let words = Line::read(&format!("{example} "), "").words;
        let parts = words.split(|word| matches!(word.as_str(), "|" | "||" | "&&"));
        let parts = parts.map(|part| part.split(|word| word == ">").next().unwrap_or_default().to_vec());
        parts.filter(|part| part.first().is_some_and(|word| word == "attend")).collect()
    }

    fn check(command: &Command) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let long = help.lines().find(|line| line.starts_with("  ") && line.chars().count() > WIDTH);
        assert_eq!(long, None, "{}", command.get_name());
        let whole = help.replace(" \\\n     ", "");
        let examples = whole.lines().filter(|line| line.starts_with("  ") && line.contains("attend "));
        for words in examples.flat_map(lines) {
            let parsed = definition().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{words:?}: {}", parsed.unwrap_err());
        }
        let own = help.contains("Example");
        assert!(
            own || command.has_subcommands() || command.is_hide_set(),
            "{} has no example",
            command.get_name()
        );
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn every_command_has_examples_and_they_can_be_typed() {
        check(&built());
    }
}
