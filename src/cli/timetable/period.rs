//! `attend period`.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use clap::{Args, Subcommand};

use crate::cli::consent::Confirmation;
use crate::cli::target::Target;
use crate::cli::{Session, args};
use crate::commands::settings;
use crate::commands::timetable::period::{self, Edit};
use crate::commands::timetable::weekly::{self, WeeklyPlan};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Span;
use crate::domain::timetable::period::{Groups, Period};
use crate::domain::timetable::place::Places;
use crate::domain::timetable::weekdays::Weekdays;
use crate::domain::timetable::weekly::PeriodChange;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::Format;
use crate::render::json::Head;
use crate::report::timetable::schedule;
use crate::store::Store;
use crate::ui::{Ui, can_ask, is_dumb, picker, say};

const DAYS: &str = "Days are mon-fri, sun-thu, mon,wed, daily, or a mask:\n  Mon 1 · Tue 2 · Wed 4 · Thu 8 · Fri 16 · Sat 32 · Sun 64\n  Mon–Fri 31 · Sat+Sun 96 · Fri+Sat 48 · Sun–Thu 79";

/// Explains which records and plans an edit affects.
const FOLLOWS: &str =
    "occurrences that have begun keep their plan; attend schedule generate updates future ones";

#[derive(Debug, Args)]
#[command(
    after_help = "Edits reach the schedule with the next attend schedule generate. A period that would have opened today also changes
today's register at once: it shows the effect and asks first, or needs --yes."
)]
pub(crate) struct PeriodArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a period
    #[command(after_help = format!("Example:\n  attend period add \"Block 1\" --start 08:20 --end 09:30 --days sun-thu \\\n      --late-after 5m\n\n{DAYS}"))]
    Add(Box<Add>),
    /// Change a period
    #[command(after_help = format!("Example:\n  attend period edit \"Block 1\" --end 09:35 --late-after none\n\n{DAYS}"))]
    Edit(Box<EditArgs>),
    /// Schedule a period again
    #[command(after_help = "Example:\n  attend period enable \"Block 1\"")]
    Enable {
        /// Its name
        #[arg(value_name = "PERIOD")]
        name: String,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
    /// Stop scheduling a period
    #[command(after_help = "Example:\n  attend period disable \"Block 1\"")]
    Disable {
        /// Its name
        #[arg(value_name = "PERIOD")]
        name: String,
        #[command(flatten)]
        why: args::Why,
    },
    /// Remove a period; occurrences that have begun stay in the register
    #[command(after_help = "Example:\n  attend period remove \"Block 1\"")]
    Remove {
        /// Its name
        #[arg(value_name = "PERIOD")]
        name: String,
    },
    /// Bring the weekly plan up to date with a sheet
    #[command(
        after_help = "Examples:\n  attend period export -o plan.csv\n  attend period import plan.csv --dry-run\n  attend period import plan.xlsx --remove-missing\n\nThe columns are those of attend period export; name, start, end and days are needed. All of the sheet is taken in, or nothing. Columns that it does not have keep their values."
    )]
    Import {
        /// The sheet: CSV, .xlsx or .ods; - is standard input
        file: PathBuf,
        /// Remove periods that the sheet does not list
        #[arg(long)]
        remove_missing: bool,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
    /// Write the weekly plan as a sheet that period import reads
    #[command(after_help = "Example:\n  attend period export -o plan.csv")]
    Export {
        #[command(flatten)]
        target: Target,
    },
    /// List periods with their week and its mask
    #[command(after_help = "Example:\n  attend period list")]
    List,
    /// Choose the days of a period: with checkboxes on a terminal, or by argument
    #[command(after_help = format!("Examples:\n  attend period days \"Block 1\"\n  attend period days \"Block 1\" mon,wed\n\n{DAYS}"))]
    Days {
        /// Its name
        #[arg(value_name = "PERIOD")]
        name: String,
        /// The days
        #[arg(value_parser = args::days)]
        days: Option<Weekdays>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// Its name
    #[arg(value_parser = args::line)]
    name: String,
    /// Local start, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    start: NaiveTime,
    /// Local end, HH:MM
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    end: NaiveTime,
    /// Days of the week
    #[arg(long, value_name = "DAYS", value_parser = args::days)]
    days: Weekdays,
    /// Place in the day [default: after all others]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    order: Option<i64>,
    /// Early grace: recognitions up to this long before the start count
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = args::span)]
    early_grace: Span,
    /// Late grace: recognitions up to this long after the end count
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = args::span)]
    late_grace: Span,
    /// Students first seen later than this after the start are late; none: no student is late
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = args::limit)]
    late_after: args::Limit,
    /// Students first seen later than this after the start came after the register closed; none: it never closes
    #[arg(long, value_name = "TIME", default_value = "none", value_parser = args::limit)]
    closes_after: args::Limit,
    /// Only these groups are expected, separated by commas; * stands for any letters
    #[arg(long, value_name = "GROUPS", default_value = "all", hide_default_value = true)]
    groups: String,
    /// The places whose cameras matter: lab,hall, or CLASS=PLACE for single classes [default: all on duty]
    #[arg(long, value_name = "PLACES", default_value = "all", hide_default_value = true, value_parser = Places::parse)]
    places: Places,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    why: args::Why,
}

#[derive(Debug, Args)]
struct EditArgs {
    /// Its name
    #[arg(value_name = "PERIOD")]
    name: String,
    /// New name
    #[arg(long = "name", id = "new_name", value_name = "NAME", value_parser = args::line)]
    new_name: Option<String>,
    /// New local start
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    start: Option<NaiveTime>,
    /// New local end
    #[arg(long, value_name = "HH:MM", value_parser = args::time)]
    end: Option<NaiveTime>,
    /// New days of the week
    #[arg(long, value_name = "DAYS", value_parser = args::days)]
    days: Option<Weekdays>,
    /// New place in the day
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    order: Option<i64>,
    /// New early grace
    #[arg(long, value_name = "TIME", value_parser = args::span)]
    early_grace: Option<Span>,
    /// New late grace
    #[arg(long, value_name = "TIME", value_parser = args::span)]
    late_grace: Option<Span>,
    /// New limit for being late; none: no student is late
    #[arg(long, value_name = "TIME", value_parser = args::limit)]
    late_after: Option<args::Limit>,
    /// New end of the register; none: it never closes
    #[arg(long, value_name = "TIME", value_parser = args::limit)]
    closes_after: Option<args::Limit>,
    /// New groups, separated by commas; all: everybody
    #[arg(long, value_name = "GROUPS")]
    groups: Option<String>,
    /// New places, such as lab,hall or 7A=lab,7B=hall; all: every camera on duty
    #[arg(long, value_name = "PLACES", value_parser = Places::parse)]
    places: Option<Places>,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    why: args::Why,
}

impl From<&Add> for Period {
    fn from(add: &Add) -> Self {
        Self {
            name: add.name.clone(),
            order: 0,
            start: add.start,
            end: add.end,
            days: add.days,
            early_grace: add.early_grace,
            late_grace: add.late_grace,
            late_after: add.late_after.0,
            closes_after: add.closes_after.0,
            groups: Groups::parse(&add.groups),
            places: add.places.clone(),
            enabled: true,
        }
    }
}

impl From<&EditArgs> for Edit {
    fn from(edit: &EditArgs) -> Self {
        Self {
            name: edit.new_name.clone(),
            order: edit.order,
            start: edit.start,
            end: edit.end,
            days: edit.days,
            early_grace: edit.early_grace,
            late_grace: edit.late_grace,
            late_after: edit.late_after.as_ref().map(|limit| limit.0),
            closes_after: edit.closes_after.as_ref().map(|limit| limit.0),
            groups: edit.groups.as_deref().map(Groups::parse),
            places: edit.places.clone(),
            enabled: None,
        }
    }
}

impl PeriodArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let enabled = |enabled| Edit { enabled: Some(enabled), ..Edit::default() };
        match self.command {
            Command::Add(args) => add(&mut store, &args, session)?,
            Command::Edit(args) => {
                let change = Change { action: "period edit", name: &args.name, edit: (&*args).into() };
                change.carry_out(&mut store, &args.confirmation, &args.why, session)?;
            }
            Command::Enable { name, confirmation, why } => {
                let change = Change { action: "period enable", name: &name, edit: enabled(true) };
                change.carry_out(&mut store, &confirmation, &why, session)?;
            }
            Command::Disable { name, why } => {
                let change = Change { action: "period disable", name: &name, edit: enabled(false) };
                change.carry_out(&mut store, &Confirmation::default(), &why, session)?;
            }
            Command::Remove { name } => {
                period::remove(&mut store, &name, &session.caller(None))?;
                session.ui.note(FOLLOWS);
            }
            Command::Import { file, remove_missing, confirmation, why } => {
                import(&mut store, &file, remove_missing, &confirmation, &why, session)?;
            }
            Command::Export { target } => {
                let settings = settings::load(&mut store)?;
                let head = Head::new("periods", session.clock.now(), settings.zone);
                let all = period::list(&mut store)?;
                let everybody = GroupFilter::default();
                target.write((session, &settings, &everybody), "period export", head, |rows| {
                    rows.begin(schedule::PERIODS, &[], "weekly plan")?;
                    all.iter().try_for_each(|template| rows.row(schedule::PERIODS, &&template.period))
                })?;
            }
            Command::List => {
                let zone = settings::load(&mut store)?.zone;
                let now = session.clock.now();
                session.show(&schedule::periods(&period::list(&mut store)?, now, zone))?;
            }
            Command::Days { name, days, confirmation, why } => {
                if let Some(days) = choose_days(&session.ui, &period::find(&mut store, &name)?, days)? {
                    let edit = Edit { days: Some(days), ..Edit::default() };
                    let change = Change { action: "period days", name: &name, edit };
                    change.carry_out(&mut store, &confirmation, &why, session)?;
                }
            }
        }
        Ok(Code::Done)
    }
}

fn add(store: &mut Store, args: &Add, session: &Session) -> Result<()> {
    let caller = session.caller(args.why.by.name());
    let deed = args.why.deed("period add", &caller);
    let added = args.into();
    args.confirmation.carry_out(session, |consent| period::add(store, &added, args.order, consent, deed))?;
    warn(store, &added.groups)
}

/// Names groups that match no student.
fn warn(store: &mut Store, groups: &Groups) -> Result<()> {
    period::warnings(store, groups)?.iter().for_each(|warning| say(warning));
    Ok(())
}

/// Brings the weekly plan up to date with a sheet, or shows what that would change.
fn import(
    store: &mut Store,
    file: &Path,
    remove_missing: bool,
    confirmation: &Confirmation,
    why: &args::Why,
    session: &Session,
) -> Result<()> {
    let zone = settings::load(store)?.zone;
    let caller = session.caller(why.by.name());
    let deed = why.deed("period import", &caller);
    let (plan, warnings) = confirmation
        .carry_out_told(session, |consent| weekly::import(store, file, remove_missing, consent, deed))?;
    warnings.iter().for_each(|warning| say(warning));
    if confirmation.dry_run || session.format.is_some() {
        session.show(&schedule::weekly(&plan, caller.now, zone))?;
    }
    let dry_run = if confirmation.dry_run { " (dry run: nothing was changed)" } else { "" };
    session.ui.note(&format!("{}{dry_run}", said(&plan)));
    if plan.iter().any(|(_, change)| *change != PeriodChange::Keep) && !confirmation.dry_run {
        session.ui.note(FOLLOWS);
    }
    Ok(())
}

/// `2 added, 1 changed, 5 unchanged`
fn said(plan: &WeeklyPlan) -> String {
    let count = |wanted: fn(&PeriodChange) -> bool| plan.iter().filter(|(_, change)| wanted(change)).count();
    args::tally([
        (count(|change| *change == PeriodChange::Add), "added"),
        (count(|change| matches!(change, PeriodChange::Edit(_))), "changed"),
        (count(|change| *change == PeriodChange::Remove), "removed"),
        (count(|change| *change == PeriodChange::Keep), "unchanged"),
    ])
}

/// A change of an existing period.
struct Change<'c> {
    action: &'static str,
    name: &'c str,
    edit: Edit,
}

impl Change<'_> {
    fn carry_out(
        &self,
        store: &mut Store,
        confirmation: &Confirmation,
        why: &args::Why,
        session: &Session,
    ) -> Result<()> {
        let caller = session.caller(why.by.name());
        let deed = why.deed(self.action, &caller);
        let changed = confirmation
            .carry_out(session, |consent| period::edit(store, self.name, &self.edit, consent, deed))?;
        if changed && !confirmation.dry_run {
            session.ui.note(FOLLOWS);
        }
        self.edit.groups.as_ref().map_or(Ok(()), |groups| warn(store, groups))
    }
}

/// Sets the days from the argument, else from checkboxes. Without a terminal it prints them.
fn choose_days(ui: &Ui, current: &Period, days: Option<Weekdays>) -> Result<Option<Weekdays>> {
    match days {
        Some(days) => Ok(Some(days)),
        None if can_ask() && !is_dumb() => {
            Ok(picker::pick(&format!("Days of {:?}", current.name), current.days)?)
        }
        None => {
            let days = current.days;
            let mut out = ui.report_out(Format::Table);
            writeln!(out, "{}  {}  {days}", days.drawn(), days.mask())?;
            out.flush()?;
            Ok(None)
        }
    }
}
