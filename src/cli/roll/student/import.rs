//! `attend student import`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::roll::import::Reading;
use crate::commands::roll::update::{self, Changed, Changes, Import, Imported};
use crate::commands::settings;
use crate::domain::roll::oneroster::{CodeField, GroupField, Recoded, Wish};
use crate::domain::roll::student::{RollPlan, StudentChange};
use crate::domain::time::Zone;
use crate::failure::Result;
use crate::render::put;
use crate::report::listing::StudentRow;
use crate::report::{column, listing};
use crate::store::Store;
use crate::ui::say;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The roll, or a OneRoster export as a folder or an archive; - is standard input
    file: PathBuf,
    /// The columns of the file, if the header words are not recognised
    #[arg(long, value_name = "COLUMNS")]
    columns: Option<String>,
    /// Sheet of a workbook [default: the first with a header]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Take students off the roll who are not in the file
    #[arg(long)]
    deactivate_missing: bool,
    /// From this date or instant on [default: now]
    #[arg(long, value_name = "WHEN", value_parser = args::when)]
    from: Option<args::DayOrInstant>,
    /// Match codes that lost their leading zeros with the codes on the roll
    #[arg(long)]
    restore_zeros: bool,
    /// A code of a student who left still means that student, even with another name
    #[arg(long)]
    same: bool,
    /// Import even if more than a fifth of the roll would leave or be new
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    oneroster: OneRoster,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    why: args::Why,
}

/// Options for turning a OneRoster export into a roll.
#[derive(Debug, Args)]
#[command(next_help_heading = "OneRoster")]
struct OneRoster {
    /// The member of a user that holds the code [default: identifier]
    #[arg(long = "code", value_name = "MEMBER", value_parser = code_field())]
    code_field: Option<CodeField>,
    /// Only students of this school, by name, identifier or sourcedId; give it again for more
    #[arg(long = "school", value_name = "SCHOOL")]
    schools: Vec<String>,
    /// Take groups from classes, homeroom classes or grades, with commas between them [default: classes]
    #[arg(long = "groups-from", value_name = "WHAT", value_delimiter = ',', value_parser = group_field())]
    groups_from: Vec<GroupField>,
}

impl OneRoster {
    fn wish(self) -> Wish {
        Wish { code: self.code_field.unwrap_or_default(), groups: self.groups_from, schools: self.schools }
    }
}

fn code_field() -> impl TypedValueParser<Value = CodeField> {
    let words = PossibleValuesParser::new(CodeField::ALL.map(CodeField::word));
    words.try_map(|word| {
        CodeField::ALL.into_iter().find(|field| field.word() == word).ok_or("users have no such member")
    })
}

fn group_field() -> impl TypedValueParser<Value = GroupField> {
    let words = PossibleValuesParser::new(GroupField::ALL.map(GroupField::word));
    words.try_map(|word| {
        GroupField::ALL
            .into_iter()
            .find(|field| field.word() == word)
            .ok_or("groups come from classes, homeroom or grade")
    })
}

impl ImportArgs {
    /// Imports a roll, or prints the plan of an import.
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let request = Import {
            file: &self.file,
            reading: Reading {
                columns: self.columns.as_deref(),
                sheet: self.sheet.as_deref(),
                remembered: None,
            },
            from: self.from.map(|from| from.when(today)),
            deactivate_missing: self.deactivate_missing,
            restore_zeros: self.restore_zeros,
            same: self.same,
            force: self.force,
            oneroster: self.oneroster.wish(),
        };
        let zone = settings::load(store)?.zone;
        let caller = session.caller(self.why.by.name());
        let deed = self.why.deed("student import", &caller);
        let dry_run = self.confirmation.dry_run;
        let mut show =
            |changes: &Changes| if dry_run { print_changes(changes, zone, session) } else { Ok(()) };
        let Imported { told, plan, recoded } = self
            .confirmation
            .carry_out_told(session, |consent| update::import(store, &request, consent, deed, &mut show))?;
        told.iter().for_each(|told| session.ui.note(told));
        for Recoded { before, after, .. } in &recoded {
            let words = format!("{before} → {after}: the number changed in the school system");
            if dry_run { say(&words) } else { session.ui.note(&words) }
        }
        let dry_run = if dry_run { " (dry run: nothing was changed)" } else { "" };
        let said = if plan.lists_nobody() { "the file lists no students".to_owned() } else { said(&plan) };
        session.ui.note(&format!("{said}{dry_run}"));
        Ok(())
    }
}

fn print_changes(changes: &Changes, zone: Zone, session: &Session) -> Result<()> {
    session.print("roll", zone, |sink| {
        sink.begin(&column::headings(listing::ROLL), &[])?;
        sink.nothing(match changes.recoded() {
            _ if changes.lists_nobody() => listing::NOBODY,
            [] => listing::NO_CHANGES,
            _ => listing::NO_MORE_CHANGES,
        })?;
        changes.each(&mut |Changed { student, change, before, .. }| {
            let row = StudentRow { student, change: *change, before: before.as_ref() };
            Ok(put(sink, listing::ROLL, &row)?)
        })
    })
}

/// `3 added, 1 updated, 20 unchanged`
fn said(plan: &RollPlan) -> String {
    let count = |change, what| (plan.count(change), what);
    args::tally([
        count(StudentChange::Add, "added"),
        count(StudentChange::Update, "updated"),
        count(StudentChange::Activate, "activated"),
        count(StudentChange::Deactivate, "deactivated"),
        count(StudentChange::Keep, "unchanged"),
    ])
}
