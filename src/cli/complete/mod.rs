//! `attend complete`: the scripts in completions/ call it with every Tab.
//!
//! Answers come from the definitions of the commands. The values of an argument come from its
//! placeholder: `PERIOD` lists the periods of the database. The first line says `names` or `files`. One
//! name a line follows, each with a tab and a description. An error gives an empty answer, so that Tab
//! never prints a message.

pub(crate) mod line;
pub(crate) mod walk;

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Arg, Args, Command, ValueEnum, ValueHint};

use self::line::Line;
use self::walk::Place;
use super::Session;
use super::help::{built, visible};
use crate::commands::complete::{Kind, Name, names};
use crate::domain::time::day::Day;
use crate::exit::Code;
use crate::failure::Result;
use crate::report::text::safe;
use crate::ui::streams;

#[derive(Debug, Args)]
pub(crate) struct CompleteArgs {
    /// Which shell asks
    shell: Shell,
    /// bash: its word breaks and its line; others: the words after the command, the last one unfinished
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend completions bash > /etc/bash_completion.d/attend\n  attend completions zsh > /usr/local/share/zsh/site-functions/_attend\n  attend completions fish > ~/.config/fish/completions/attend.fish"
)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Fish,
    Zsh,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> Result<Code> {
        let script = match self.shell {
            Shell::Bash => include_str!("../../../completions/attend.bash"),
            Shell::Fish => include_str!("../../../completions/attend.fish"),
            Shell::Zsh => include_str!("../../../completions/_attend"),
        };
        streams::out().write_all(script.as_bytes())?;
        Ok(Code::Done)
    }
}

/// The completions of one word.
enum Answer {
    Files,
    Names(Vec<Name>),
}

impl CompleteArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut words: Vec<String> =
            self.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let last = words.pop().unwrap_or_default();
        let line = match self.shell {
            Shell::Bash => {
                let mut line = Line::read(&last, &words.pop().unwrap_or_default());
                line.words.drain(..1.min(line.words.len()));
                line
            }
            // fish passes the unfinished word with its quotes, and quotes completions itself.
            Shell::Fish => Line { words, ..Line::read(&last, "") },
            Shell::Zsh => Line { words, last, ..Line::default() },
        };
        let command = built();
        let Ok(answer) = answer(&command, &line, session) else { return Ok(Code::Done) };
        let bash = matches!(self.shell, Shell::Bash);
        streams::out().write_all(written(&answer, &line, bash).as_bytes())?;
        Ok(Code::Done)
    }
}

/// Leaves out names with control characters, and names that would be read as options.
fn written(answer: &Answer, line: &Line, bash: bool) -> String {
    let Answer::Names(names) = answer else { return "files\n".to_owned() };
    let mut text = "names\n".to_owned();
    for Name { name, about } in names.iter().filter(|found| safe(&found.name) == found.name) {
        if !bash {
            let _ = writeln!(text, "{name}\t{}", safe(about));
        } else if let Some(word) = line.completed(name) {
            let _ = writeln!(text, "{word}");
        }
    }
    text
}

fn answer(command: &Command, line: &Line, session: &Session) -> Result<Answer> {
    let mut place = Place::new(command);
    line.words.iter().for_each(|word| place.pass(word));
    let db = match place.db.as_deref() {
        Some(typed) => path(typed),
        None => session.database()?.to_owned(),
    };
    let known = |kind: Kind, begin: &str| {
        let found = names(kind, begin, &db, &session.caller(None))?;
        Ok(found.into_iter().filter(|found| !found.name.starts_with('-')).collect())
    };
    let typed = line.last.as_str();
    let option = typed.starts_with('-') && !place.only_words;
    match place.pending {
        Some((arg, optional)) if !(optional && option) => return values(arg, "", typed, &known),
        _ => {}
    }
    if option {
        return match typed.split_once('=') {
            Some((name, value)) => match name.strip_prefix("--").and_then(|name| place.long(name)) {
                Some(arg) => values(arg, &format!("{name}="), value, &known),
                None => Ok(Answer::Names(vec![])),
            },
            None => Ok(Answer::Names(options(&place, typed))),
        };
    }
    let mut found = if place.words == 0 && !place.only_words { subcommands(&place, typed) } else { vec![] };
    // The name of a new item is not known yet.
    if let Some(arg) = place.word().filter(|_| place.command.get_name() != "add") {
        match values(arg, "", typed, &known)? {
            Answer::Files => return Ok(Answer::Files),
            Answer::Names(values) => found.extend(values),
        }
    }
    Ok(Answer::Names(found))
}

fn subcommands(place: &Place, begin: &str) -> Vec<Name> {
    let all = visible(place.command).into_iter();
    let all = all.filter(|command| command.get_name().starts_with(begin));
    all.map(|command| name(command.get_name(), command.get_about().map(ToString::to_string))).collect()
}

/// Options that begin with the typed letters and are not on the line yet.
fn options(place: &Place, begin: &str) -> Vec<Name> {
    let all = place.command.get_arguments().filter(|arg| !arg.is_hide_set());
    let left = all.filter(|arg| !place.given.contains(&arg.get_id()));
    let named = left.filter_map(|arg| {
        Some(name(&format!("--{}", arg.get_long()?), arg.get_help().map(ToString::to_string)))
    });
    named.filter(|found| found.name.starts_with(begin)).collect()
}

/// The values of an argument that begin with `typed`, each with `before` in front.
fn values(
    arg: &Arg,
    before: &str,
    typed: &str,
    known: &impl Fn(Kind, &str) -> Result<Vec<Name>>,
) -> Result<Answer> {
    if matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath) {
        return Ok(Answer::Files);
    }
    // In a list with commas, the last value is unfinished.
    let placeholders = arg.get_value_names().unwrap_or_default();
    let several = arg.get_value_delimiter().is_some() || placeholders.iter().any(|name| name == "GROUPS");
    let begin = typed.rfind(',').filter(|_| several).map_or(0, |comma| comma + 1);
    let (done, typed) = typed.split_at(begin);
    let possible = arg.get_possible_values();
    let possible =
        possible.iter().filter(|value| !value.is_hide_set() && value.get_name().starts_with(typed));
    let mut found: Vec<Name> = possible.map(named).collect();
    for placeholder in placeholders {
        match kind(placeholder) {
            Some(kind) => found.extend(known(kind, typed).unwrap_or_default()),
            None if placeholder.starts_with("DATE") => {
                let words = Day::words().map(|(word, _)| word).filter(|word| word.starts_with(typed));
                found.extend(words.map(|word| name(word, None)));
            }
            None if placeholder == "MARK" => {
                let words = crate::cli::register::mark::words().filter(|word| word.starts_with(typed));
                found.extend(words.map(|word| name(word, None)));
            }
            None => {}
        }
    }
    for found in &mut found {
        found.name = format!("{before}{done}{}", found.name);
    }
    Ok(Answer::Names(found))
}

fn named(value: &PossibleValue) -> Name {
    name(value.get_name(), value.get_help().map(ToString::to_string))
}

fn name(name: &str, about: Option<String>) -> Name {
    Name { name: name.to_owned(), about: about.unwrap_or_default() }
}

/// The kind of name that a placeholder stands for.
fn kind(placeholder: &str) -> Option<Kind> {
    Some(match placeholder {
        "CAMERA" | "CAMERAS" => Kind::Camera,
        "CODE" => Kind::Student,
        "GROUP" | "GROUPS" => Kind::Group,
        "PERIOD" => Kind::Period,
        "LISTED" | "LISTED|TEXT" => Kind::Reason,
        "RUNNER" => Kind::Runner,
        "SESSION" => Kind::Session,
        "SETTING" => Kind::Setting,
        "ZONE" => Kind::Zone,
        _ => return None,
    })
}

/// A path on the line. No shell has expanded its `~` yet.
fn path(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(typed),
    }
}
