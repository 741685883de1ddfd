//! `attend mark` and `attend unmark`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use clap::{Args, Subcommand};

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::mark::{self, MarkList, Request, sheet};
use crate::commands::register::plan::Edited;
use crate::commands::settings;
use crate::commands::upkeep::own_clock::refuse_unset;
use crate::domain::Invalid;
use crate::domain::register::act::{Act, Plan};
use crate::domain::register::mark::{DECISIONS, MarkDecision};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;
use crate::domain::time::day::{DayRange, Hours};
use crate::exit::Code;
use crate::failure::{Context, Result};
use crate::report::register::mark as report;
use crate::ui::streams;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "attend mark [OPTIONS] [CODE]... <present|late|absent|excused|left|back>\n       attend mark --from-file REGISTER\n       attend mark list [--ahead | --date DATE]",
    after_help = "Examples:\n  attend mark H000123 present --reason \"seen in lab\"\n  attend mark H000123 H000140 absent --period \"Block 2\" --date yesterday \\\n      --by ms-lee\n  attend mark H000123 absent --all-day --date mon..fri --dry-run\n  attend mark --from-file g7a.xlsx --dry-run\n  attend mark excused --group 'G7*' --date 2026-09-10 --reason \"museum\"\n  attend mark excused --from-file trip.txt --date 2026-09-10 --reason \"museum\"\n  attend mark H000123 excused --date 2026-09-10 --between 10:00..12:00 \\\n      --reason dentist\n  attend mark H000123 late --minutes 12\n  attend mark H000123 left --at 11:30 --reason \"fetched by her father\"\n  attend mark H000123 back --at 13:00\n\nWithout --period and --all-day the mark is for the period active now. Excused with dates or hours, but without a period, is an excuse for all that time, even for days that are not scheduled yet. A student who comes in spite of an excuse is present. Every other mark outranks the cameras. If it changes more than one row of registers that have begun, it asks first. A script, which cannot be asked, needs --yes."
)]
pub(crate) struct MarkArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// Codes of the students, then the mark: present, late, absent, excused, left or back
    #[arg(required_unless_present = "from_file", value_names = ["CODE", "MARK"])]
    words: Vec<String>,
    /// Minutes late, with the mark late [default: as the cameras saw]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1440))]
    minutes: Option<u32>,
    /// Time of leaving or coming back, with the marks left and back [default: now]
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    at: Option<NaiveTime>,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the marks and excuses in force
    #[command(
        after_help = "Examples:\n  attend mark list\n  attend mark list --ahead\n  attend mark list --date mon..fri"
    )]
    List {
        /// Today and every later date
        #[arg(long, conflicts_with = "date")]
        ahead: bool,
        /// A date, or first..last [default: today]
        #[arg(long, value_name = "DATE[..DATE]", value_parser = args::dates)]
        date: Option<DayRange>,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  attend unmark H000123 --period \"Block 2\"\n  attend unmark H000123 --date 2026-09-09..2026-09-11\n\nWithout --period, --date and --all-day it unmarks the period active now. With dates, excuses end for these dates and stay for the others."
)]
pub(crate) struct UnmarkArgs {
    /// Codes of the students
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    #[command(flatten)]
    selection: Selection,
}

// The students, when, and how it is written down.
#[derive(Debug, Args)]
struct Selection {
    /// Everybody in these groups; * stands for any letters
    #[arg(long, value_name = "GROUPS", value_parser = args::groups)]
    group: Option<GroupFilter>,
    /// Codes from a file, one per line; - is standard input. Without a mark: a class register that was filled in
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Name of the period; repeat it for more [default: the active one]
    #[arg(long = "period", value_name = "PERIOD")]
    periods: Vec<String>,
    /// Every period of the date
    #[arg(long, conflicts_with = "periods")]
    all_day: bool,
    /// A date, or first..last [default: today]
    #[arg(long, value_name = "DATE[..DATE]", value_parser = args::dates)]
    date: Option<DayRange>,
    /// Only between these times of each date, for an excuse
    #[arg(long, value_name = "HH:MM..HH:MM", value_parser = args::hours, conflicts_with_all = ["periods", "all_day"])]
    between: Option<Hours>,
    /// Why: a reason on the list (attend reason list), or any text
    #[arg(long, value_name = "LISTED|TEXT", value_parser = args::line)]
    reason: Option<String>,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    by: args::By,
}

impl MarkArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        if let Some(Command::List { ahead, date }) = self.command {
            return list(session, ahead, date);
        }
        if let (true, Some(file)) = (self.words.is_empty(), &self.selection.from_file) {
            let file = file.clone();
            return self.selection.decide_sheet(&file, session);
        }
        let mut words = self.words;
        let act = take_act(&mut words, self.minutes, self.at)?;
        self.selection.decide(act, words, session)
    }
}

impl UnmarkArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        self.selection.decide(Act::TakeBack, self.codes, session)
    }
}

fn list(session: &Session, ahead: bool, date: Option<DayRange>) -> Result<Code> {
    let mut store = session.store()?;
    let today = session.today(&mut store)?;
    let caller = session.caller(None);
    let dates = date.map(|dates| dates.dates(today)).transpose()?;
    let which = if ahead { MarkList::Ahead } else { MarkList::Dates(dates) };
    let (listed, zone) = mark::list(&mut store, &which, &caller)?;
    session.show(&report::list(&listed, ahead, caller.now, zone))?;
    Ok(Code::Done)
}

/// Takes the mark out of the words of the command line. It is the last one, or else the first.
fn take_act(words: &mut Vec<String>, minutes: Option<u32>, at: Option<NaiveTime>) -> Result<Act> {
    let mut places = [words.len().checked_sub(1), Some(0)].into_iter().flatten();
    let found = places.find_map(|place| Some((place, named(words.get(place)?, minutes, at)?)));
    let Some((place, act)) = found else { return Err(without_mark(words).into()) };
    words.remove(place);
    let problem = match act {
        Act::Mark(MarkDecision::Late(_)) if at.is_none() => return Ok(act),
        Act::Leave(_) | Act::Return(_) if minutes.is_none() => return Ok(act),
        _ if minutes.is_some() => "--minutes goes with the mark late",
        _ if at.is_some() => "--at goes with the marks left and back",
        _ => return Ok(act),
    };
    Err(Problem::new(Kind::Usage, problem).hint("attend mark --help").into())
}

/// The action that a word names.
fn named(word: &str, minutes: Option<u32>, at: Option<NaiveTime>) -> Option<Act> {
    match word.to_lowercase().as_str() {
        "left" => Some(Act::Leave(at)),
        "back" => Some(Act::Return(at)),
        word => MarkDecision::parse(word, minutes).map(Act::Mark),
    }
}

/// No mark comes last or first: what to type instead.
fn without_mark(words: &[String]) -> Invalid {
    let last = words.last().map_or("", String::as_str);
    let hint = match words.iter().rev().nth(1).and_then(|word| named(word, None, None)) {
        Some(Act::Mark(MarkDecision::Late(_))) => {
            format!("{} --minutes {last}", MarkDecision::Late(None).word())
        }
        Some(act @ (Act::Leave(_) | Act::Return(_))) => format!("{} --at {last}", act.word()),
        _ => "a mark comes last: present, late, absent, excused, left or back".to_owned(),
    };
    Invalid::new(format!("{last:?} is not a mark")).hint(hint)
}

/// The possible last words of `attend mark`, for completion.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    DECISIONS.map(MarkDecision::word).into_iter().chain([Act::Leave(None), Act::Return(None)].map(Act::word))
}

impl Selection {
    /// Marks as a class register says that was filled in.
    fn decide_sheet(self, file: &Path, session: &Session) -> Result<Code> {
        if self.group.is_some() || !self.periods.is_empty() || self.all_day || self.date.is_some() {
            return Err(Problem::new(
                Kind::Usage,
                "a class register says itself which periods and dates it is about",
            )
            .hint("leave --group, --period, --all-day and --date away")
            .into());
        }
        let letters = &sheet::letters(file)?;
        let mut store = session.store()?;
        refuse_unset(&mut store, session.clock)?;
        let caller = session.caller(self.by.name());
        let reason = self.reason.as_deref();
        let Edited { done: plan, .. } =
            self.confirmation.attempt(|consent| sheet::run(&mut store, letters, reason, consent, &caller))?;
        let zone = settings::load(&mut store)?.zone;
        if self.confirmation.dry_run {
            Self::show(&plan, zone, &caller, session)?;
        } else {
            session.ui.note(&report::counts(&plan));
        }
        Ok(Code::Done)
    }

    /// Shows a plan of which nothing is applied.
    fn show(plan: &Plan, zone: Zone, caller: &Caller, session: &Session) -> Result<()> {
        session.show(&report::plan(plan, caller.now, zone))?;
        session.ui.note(&format!("{} (dry run: nothing was changed)", report::counts(plan)));
        Ok(())
    }

    fn decide(self, act: Act, mut codes: Vec<String>, session: &Session) -> Result<Code> {
        if let Some(file) = &self.from_file {
            codes.extend(codes_in(file)?);
        }
        if codes.is_empty() && self.group.is_none() {
            return Err(Problem::new(Kind::Usage, "no student is named")
                .hint("name students by code, with --group or with --from-file")
                .into());
        }
        if self.between.is_some() && !matches!(act, Act::Mark(MarkDecision::Excused) | Act::TakeBack) {
            return Err(Problem::new(Kind::Usage, "--between goes with the mark excused")
                .hint("name periods with --period, or add --all-day")
                .into());
        }
        let mut store = session.store()?;
        refuse_unset(&mut store, session.clock)?;
        if let Some(groups) = &self.group {
            args::warn_without_members(&mut store, groups)?;
        }
        let today = session.today(&mut store)?;
        let caller = session.caller(self.by.name());
        let request = Request {
            act,
            codes,
            groups: self.group,
            periods: self.periods,
            all_day: self.all_day,
            dates: self.date.map(|dates| dates.dates(today)).transpose()?,
            hours: self.between,
            reason: self.reason,
        };
        let Edited { done: plan, .. } =
            self.confirmation.attempt(|consent| mark::run(&mut store, &request, consent, &caller))?;
        let zone = settings::load(&mut store)?.zone;
        if self.confirmation.dry_run {
            Self::show(&plan, zone, &caller, session)?;
        } else {
            report::done(&plan, act, zone).iter().for_each(|words| session.ui.note(words));
        }
        Ok(Code::Done)
    }
}

/// Longest list of codes that is read, in bytes.
const LONGEST_LIST: u64 = 16 << 20;

/// Codes from a file, one per line. Empty lines and lines that begin with # are skipped.
fn codes_in(file: &Path) -> Result<Vec<String>> {
    let mut text = String::new();
    let named = || file.display().to_string();
    match file.as_os_str() == "-" {
        true => streams::input().take(LONGEST_LIST).read_to_string(&mut text).context("standard input")?,
        false => fs::File::open(file)
            .and_then(|open| open.take(LONGEST_LIST).read_to_string(&mut text))
            .with_context(named)?,
    };
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let codes: Vec<String> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    if codes.is_empty() {
        return Err(Problem::new(Kind::Data, format!("{} names no student", named()))
            .hint("write one code a line")
            .into());
    }
    Ok(codes)
}
