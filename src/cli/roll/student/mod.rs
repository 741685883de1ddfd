//! `attend student`.

mod edit;
mod erase;
mod import;

use clap::{Args, Subcommand};

use crate::cli::{Session, args};
use crate::commands::roll::student::{self, Filter, Shown};
use crate::commands::roll::{find, reuse};
use crate::commands::settings;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::put;
use crate::report::listing::StudentRow;
use crate::report::{column, listing};
use crate::store::Store;

use edit::{Add, AliasArgs, Deactivate, EditArgs};
use erase::{Erase, Export};
use import::ImportArgs;

#[derive(Debug, Args)]
pub(crate) struct StudentArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the roll up to date with a file from a spreadsheet or a school system
    #[command(
        after_help = "Examples:\n  attend student import roll.csv --dry-run\n  attend student import roll.xlsx --sheet Year7\n  attend student import roll.csv --deactivate-missing\n  attend student import roll.csv \\\n      --columns 'code=\"Student ID\",name=First+\" \"+Last,group=Class'\n  attend student import oneroster.zip --school \"Green Valley School\" \\\n      --groups-from homeroom --dry-run\n\nAll of the file is taken in, or nothing. CSV with commas, semicolons, tabs or bars in UTF-8, UTF-16 or a Windows code page, .xlsx and .ods. Header words of many languages are recognised; other columns are passed over. Students without a group column keep their group; without an active column they are active. Stated columns are remembered for the next file with the same header."
    )]
    Import(Box<ImportArgs>),
    /// Add one student
    #[command(after_help = "Example:\n  attend student add H000123 \"Ada Karim\" --group G7")]
    Add(Add),
    /// Change one student from now or another instant on
    #[command(
        after_help = "Examples:\n  attend student edit H000123 --group G8 --from 2026-09-14\n  attend student edit H000123 --group +Chess,-7A\n  attend student edit H000123 --activate"
    )]
    Edit(EditArgs),
    /// Give a student other identities: cards, PINs on devices, names in face libraries
    #[command(
        after_help = "Examples:\n  attend student alias H000103 card:3308812528 pin:1003\n  attend student alias H000103 face:\"Ada Karim\"\n  attend student alias H000103 --remove card:3308812528 --from 2026-09-14\n  attend student alias H000104 card:3308812528 --take-over \\\n      --from 2026-09-14 --dry-run\n\nA line that names the alias, with its kind or without, counts for the student. An alias belongs to one student at a time. One that no student ever had also counts for lines that wait in quarantine (attend quarantine retry), unless its value named another student. If it changed hands in the past (--from), its sightings since then follow it, and the registers with them."
    )]
    Alias(AliasArgs),
    /// Find students by a part of the code, the name or an alias
    #[command(
        after_help = "Examples:\n  attend student find \"ada k\"\n  attend student find 3308812528\n\nCase and accents do not matter. Each word is the beginning of a word of the name."
    )]
    Find {
        /// Parts of a name, a code or an alias
        #[arg(required = true)]
        text: Vec<String>,
        /// Also students who left
        #[arg(long)]
        all: bool,
    },
    /// Remove every trace of a student, for good
    #[command(
        after_help = "Examples:\n  attend student erase H000123 --reason \"left the school\" --dry-run\n  attend student erase H000123 --reason \"left the school\" --crops crops.txt\n  attend student erase H000123 --reason \"left the school\" \\\n      --strike mark.reason:12\n\nPrints a receipt. A free text that contains the code or the name may mean another person, so it is kept and listed; --strike removes it, at once or later. If erasing is interrupted, the same command completes it. Earlier backups and exported files still hold the student. Lines with the code are refused from then on (422 erased_student)."
    )]
    Erase(Erase),
    /// Print all data about a student as one JSON object
    #[command(after_help = "Example:\n  attend student export H000123 -o H000123.json")]
    Export(Export),
    /// List students
    #[command(
        after_help = "Examples:\n  attend student list --group \"G7*\"\n  attend student list --all --format csv > roll.csv"
    )]
    List {
        #[command(flatten)]
        groups: args::OnlyGroups,
        /// Also students who left
        #[arg(long)]
        all: bool,
    },
    /// Show one student with enrolments
    #[command(after_help = "Example:\n  attend student show H000123")]
    Show {
        /// Code of the student
        code: String,
    },
    /// Take students off the roll from now or another instant on; their records stay
    #[command(after_help = "Example:\n  attend student deactivate H000123 H000140")]
    Deactivate(Deactivate),
    /// Free the code of a student who left, for use by another student
    #[command(
        after_help = "Example:\n  attend student retire-code H000123\n\nThe records of the student who left are kept under the code and the date of leaving, such as H000123~2026-09-02."
    )]
    RetireCode {
        /// Code of the student
        code: String,
    },
}

impl StudentArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let today = session.today(&mut store)?;
        match self.command {
            Command::Import(import) => import.run(session, &mut store, today)?,
            Command::Add(add) => add.run(session, &mut store, today)?,
            Command::Edit(edit) => edit.run(session, &mut store, today)?,
            Command::Deactivate(deactivate) => deactivate.run(session, &mut store, today)?,
            Command::Alias(alias) => alias.run(session, &mut store, today)?,
            Command::Erase(erase) => erase.run(session, &mut store)?,
            Command::Export(export) => export.run(session, &mut store)?,
            Command::List { groups, all } => list(session, &mut store, groups, all)?,
            Command::Find { text, all } => find(session, &mut store, &text.join(" "), all)?,
            Command::Show { code } => show(session, &mut store, &code)?,
            Command::RetireCode { code } => {
                let kept = reuse::retire(&mut store, &code, &session.caller(None))?;
                session.ui.note(&format!("the past of {code} is kept as {kept}"));
            }
        }
        Ok(Code::Done)
    }
}

fn list(session: &Session, store: &mut Store, groups: args::OnlyGroups, all: bool) -> Result<()> {
    let groups = groups.heeded(store)?;
    let zone = settings::load(store)?.zone;
    session.print("students", zone, |sink| {
        sink.begin(&column::headings(listing::STUDENTS), &[])?;
        sink.nothing(match groups.is_everybody() {
            true => listing::NO_STUDENTS,
            false => listing::NO_MEMBERS,
        })?;
        let filter = Filter { groups, all };
        student::list(store, &filter, &session.caller(None), |student| {
            Ok(put(sink, listing::STUDENTS, &StudentRow::of(student))?)
        })
    })
}

fn find(session: &Session, store: &mut Store, text: &str, all: bool) -> Result<()> {
    let found = find::find(store, text, all, &session.caller(None))?;
    let zone = settings::load(store)?.zone;
    session.print("students", zone, |sink| {
        sink.begin(&column::headings(listing::STUDENTS), &[])?;
        let mut rows = found.iter();
        rows.try_for_each(|student| Ok(put(sink, listing::STUDENTS, &StudentRow::of(student))?))
    })
}

fn show(session: &Session, store: &mut Store, code: &str) -> Result<()> {
    let caller = session.caller(None);
    let Shown { student, spells, aliases } = student::show(store, code, &caller)?;
    let zone = settings::load(store)?.zone;
    session.show(&listing::student(&student, &spells, &aliases, caller.now, zone))
}
