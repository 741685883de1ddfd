//! Students added and edited one by one.

use std::slice;

use chrono::NaiveDate;
use clap::Args;

use crate::cli::consent::Confirmation;
use crate::cli::{Session, args};
use crate::commands::register::plan::{Consent, Edited, PlannedDeed};
use crate::commands::roll::alias;
use crate::commands::roll::student::{self, Edit, Newcomer};
use crate::domain::roll::alias::Alias;
use crate::domain::roll::group::{GroupChange, check_groups};
use crate::domain::roll::student::Student;
use crate::domain::time::calendar::When;
use crate::failure::Result;
use crate::store::Store;
use crate::ui::say;

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Unique code
    #[arg(value_parser = args::code)]
    code: String,
    /// Full name
    #[arg(value_parser = args::name)]
    name: String,
    /// Classes and groups, separated by commas
    #[arg(long, value_name = "GROUPS", value_parser = groups)]
    group: Option<GroupsArg>,
    /// From this date or instant on [default: now]
    #[arg(long, value_name = "WHEN", value_parser = args::when)]
    from: Option<args::DayOrInstant>,
    /// Add even if a student with this code was erased
    #[arg(long)]
    again: bool,
    /// The code still means the student who left, even with another name
    #[arg(long)]
    same: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    why: args::Why,
}

#[derive(Debug, Args)]
pub(super) struct EditArgs {
    /// Code of the student
    code: String,
    /// New name
    #[arg(long, value_parser = args::name)]
    name: Option<String>,
    /// New groups, or changes of them: 8A,Chess or +Chess,-7A; none: no group
    #[arg(long, value_name = "GROUPS", allow_hyphen_values = true, value_parser = group_change)]
    group: Option<GroupChange>,
    /// Put the student back on the roll, or cancel a planned departure
    #[arg(long)]
    activate: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(super) struct Deactivate {
    /// Codes of the students
    #[arg(required = true, value_name = "CODE")]
    codes: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub(super) struct AliasArgs {
    /// Code of the student
    code: String,
    /// Aliases to add: card:NUMBER, pin:NUMBER or face:NAME
    #[arg(value_name = "ALIAS", value_parser = one_alias, required_unless_present = "remove")]
    aliases: Vec<Alias>,
    /// Take an alias away
    #[arg(long, value_name = "ALIAS", value_parser = one_alias)]
    remove: Vec<Alias>,
    /// Take the aliases from students on the roll who have them
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    how: How,
}

fn one_alias(text: &str) -> Result<Alias, String> {
    args::read(text.parse())
}

#[derive(Debug, Clone)]
struct GroupsArg(Option<String>);

fn groups(text: &str) -> Result<GroupsArg, String> {
    let text = if text == "none" { "" } else { text };
    args::read(check_groups(text).map(GroupsArg))
}

fn group_change(text: &str) -> Result<GroupChange, String> {
    args::read(text.parse())
}

impl Add {
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let Self { code, name, group, from, again, same, confirmation, why } = self;
        let student = Student { code, name, group: group.and_then(|group| group.0), active: true };
        let newcomer = Newcomer { student, from: from.map(|from| from.when(today)), again, same };
        let caller = session.caller(why.by.name());
        let deed = why.deed("student add", &caller);
        let warning =
            confirmation.carry_out(session, |consent| student::add(store, &newcomer, consent, deed))?;
        warning.iter().for_each(|warning| say(warning));
        Ok(())
    }
}

impl EditArgs {
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let Self { code, name, group, activate, how } = self;
        let edit = Edit { name, group, active: activate.then_some(true), from: how.from(today) };
        how.carry_out(session, "student edit", |consent, deed| {
            student::edit(store, slice::from_ref(&code), &edit, consent, deed)
        })
    }
}

impl Deactivate {
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let Self { codes, how } = self;
        let edit = Edit { active: Some(false), from: how.from(today), ..Edit::default() };
        how.carry_out(session, "student deactivate", |consent, deed| {
            student::edit(store, &codes, &edit, consent, deed)
        })
    }
}

impl AliasArgs {
    pub(super) fn run(self, session: &Session, store: &mut Store, today: NaiveDate) -> Result<()> {
        let Self { code, aliases, remove, take_over, how } = self;
        let edit = alias::Edit { give: aliases, remove, from: how.from(today), take_over };
        let warnings = how.carry_out(session, "student alias", |consent, deed| {
            alias::edit(store, &code, &edit, consent, deed)
        })?;
        warnings.iter().for_each(|warning| say(warning));
        Ok(())
    }
}

/// Since when students on the roll are changed, whether a plan is confirmed, and why.
#[derive(Debug, Args)]
struct How {
    /// From this date or instant on [default: now]
    #[arg(long, value_name = "WHEN", value_parser = args::when)]
    from: Option<args::DayOrInstant>,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    why: args::Why,
}

impl How {
    fn from(&self, today: NaiveDate) -> Option<When> {
        self.from.map(|from| from.when(today))
    }

    /// Carries out an edit that `action` names in the audit log.
    fn carry_out<T>(
        &self,
        session: &Session,
        action: &'static str,
        mut edit: impl FnMut(Consent, PlannedDeed) -> Result<Edited<T>>,
    ) -> Result<T> {
        let caller = session.caller(self.why.by.name());
        let deed = self.why.deed(action, &caller);
        self.confirmation.carry_out(session, |consent| edit(consent, deed))
    }
}
