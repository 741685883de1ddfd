//! `attend student`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Session, args};
use crate::commands::recompute::{self, Moved};
use crate::commands::student::{self, Edit, Filter, Import};
use crate::commands::{Caller, settings};
use crate::domain::student::{Change, RollPlan, Student as OnTheRoll, check_group};
use crate::exit::Code;
use crate::report::listing;
use crate::report::text::counted;
use crate::store::Store;

/// The roll: import it, or edit one student
#[derive(Debug, Args)]
pub struct Student {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the roll up to date with a CSV file: header code,name[,group][,active]
    #[command(
        after_help = "Examples:\n  attend student import roll.csv --dry-run\n  attend student import roll.csv --deactivate-missing\n\nAll of the file is taken in, or nothing. Commas, semicolons and tabs are understood.\nStudents without a group column keep their group; without an active column they are active."
    )]
    Import {
        /// The roll; - is standard input
        file: PathBuf,
        /// Students the file does not list leave the roll
        #[arg(long)]
        deactivate_missing: bool,
        /// Even if more than a fifth of the roll would leave
        #[arg(long)]
        force: bool,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Add one student
    #[command(after_help = "Example:\n  attend student add H000123 \"Ada Karim\" --group G7")]
    Add {
        /// Unique code
        #[arg(value_parser = args::code)]
        code: String,
        /// Full name
        #[arg(value_parser = args::name)]
        name: String,
        /// Class or group
        #[arg(long, value_parser = group)]
        group: Option<GroupArg>,
    },
    /// Change one student from today on
    #[command(
        after_help = "Examples:\n  attend student edit H000123 --group G8\n  attend student edit H000123 --activate"
    )]
    Edit {
        /// Code of the student
        code: String,
        /// New name
        #[arg(long, value_parser = args::name)]
        name: Option<String>,
        /// New group; none takes it away
        #[arg(long, value_parser = group)]
        group: Option<GroupArg>,
        /// Back on the roll from today on
        #[arg(long)]
        activate: bool,
    },
    /// List students
    List {
        /// Only this group
        #[arg(long)]
        group: Option<String>,
        /// Those who left, too
        #[arg(long)]
        all: bool,
    },
    /// Show one student with the dates on the roll
    Show {
        /// Code of the student
        code: String,
    },
    /// Take students off the roll from today on; what is recorded stays
    Deactivate {
        /// Codes of the students
        #[arg(required = true)]
        codes: Vec<String>,
    },
}

#[derive(Debug, Clone)]
struct GroupArg(Option<String>);

fn group(text: &str) -> Result<GroupArg, String> {
    let text = if text == "none" { "" } else { text };
    check_group(text).map(GroupArg).map_err(|error| error.message)
}

impl Student {
    pub fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        match self.command {
            Command::Import { file, deactivate_missing, force, dry_run } => {
                let request = Import { file: &file, deactivate_missing, force, dry_run };
                let (plan, moved) = student::import(&mut store, &request, &caller)?;
                if dry_run {
                    let zone = settings::load(&mut store)?.zone;
                    session.show(&listing::roll(&plan, caller.now, zone))?;
                }
                session.ui.note(&said(&plan, dry_run));
                tell_moved(&mut store, &moved, &caller, session)?;
            }
            Command::Add { code, name, group } => {
                let added = OnTheRoll { code, name, group: group.and_then(|group| group.0), active: true };
                student::add(&mut store, &added, &caller)?;
            }
            Command::Edit { code, name, group, activate } => {
                let edit = Edit { name, group: group.map(|group| group.0), active: activate.then_some(true) };
                let moved = student::edit(&mut store, &code, &edit, &caller)?;
                tell_moved(&mut store, &moved, &caller, session)?;
            }
            Command::List { group, all } => {
                let found = student::list(&mut store, &Filter { group, all }, &caller)?;
                let zone = settings::load(&mut store)?.zone;
                session.show(&listing::students(&found, caller.now, zone))?;
            }
            Command::Show { code } => {
                let (found, enrolments) = student::show(&mut store, &code, &caller)?;
                let zone = settings::load(&mut store)?.zone;
                session.show(&listing::student(&found, &enrolments, caller.now, zone))?;
            }
            Command::Deactivate { codes } => {
                let moved = student::deactivate(&mut store, &codes, &caller)?;
                tell_moved(&mut store, &moved, &caller, session)?;
            }
        }
        Ok(Code::Done)
    }
}

/// `3 added, 1 updated, 20 unchanged`
fn said(plan: &RollPlan, dry_run: bool) -> String {
    let count = |change, what| (plan.count(change), what);
    let words = args::tally([
        count(Change::Add, "added"),
        count(Change::Update, "updated"),
        count(Change::Activate, "activated"),
        count(Change::Deactivate, "deactivated"),
        count(Change::Keep, "unchanged"),
    ]);
    if dry_run { format!("{words} (dry run: nothing was changed)") } else { words }
}

/// Which records stay as they were decided, though the roll of now would make others of them; only where
/// somebody listens.
fn tell_moved(store: &mut Store, moved: &Moved, caller: &Caller, session: &Session) -> Result<()> {
    if session.ui.is_chatty()
        && let Some(affected) = recompute::moved(store, moved, caller)?
    {
        let records = counted(affected.records, "record");
        session.ui.note(&format!(
            "{records} would differ under the roll of now; to fold anew: {}",
            affected.command()
        ));
    }
    Ok(())
}
