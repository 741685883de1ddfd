//! `attend student`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::cli::consent::Confirmation;
use crate::cli::output::Output;
use crate::cli::{Session, args};
use crate::commands::problem::{Kind, Problem};
use crate::commands::roll::import::Reading;
use crate::commands::roll::student::{self, Edit, Filter, Newcomer, Shown};
use crate::commands::roll::update::{self, Changed, Changes, Import, Imported};
use crate::commands::roll::{alias, find, reuse};
use crate::commands::upkeep::erase::{Request, Witness};
use crate::commands::{self, Caller, settings};
use crate::domain::roll::alias::Alias;
use crate::domain::roll::group::{GroupChange, check_groups};
use crate::domain::roll::oneroster::{CodeField, GroupField, Recoded, Wish};
use crate::domain::roll::student::{RollPlan, Student, StudentChange};
use crate::domain::upkeep::erasure::Strikes;
use crate::exit::Code;
use crate::failure::Result;
use crate::render::Format;
use crate::render::json;
use crate::report::listing::StudentRow;
use crate::report::{self, column, listing};
use crate::store::Store;
use crate::ui::progress::Progress;
use crate::ui::say;

/// The roll: import it, or edit one student
#[derive(Debug, Args)]
pub(crate) struct StudentArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the roll up to date with a file from a spreadsheet or a school system
    #[command(
        after_help = "Examples:\n  attend student import roll.csv --dry-run\n  attend student import roll.xlsx --sheet Year7\n  attend student import roll.csv --deactivate-missing\n  attend student import roll.csv --columns 'code=\"Student ID\",name=\"First name\"+\" \"+\"Last name\",group=Class'\n  attend student import oneroster.zip --school \"Green Valley School\" --groups-from homeroom --dry-run\n\nAll of the file is taken in, or nothing. CSV with commas, semicolons, tabs or bars in UTF-8, UTF-16 or a Windows\ncode page, .xlsx and .ods. Header words of many languages are recognised; other columns are passed over.\nStudents without a group column keep their group; without an active column they are active. Stated columns are\nremembered for the next file with the same header."
    )]
    Import {
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
    },
    /// Change one student from now or another instant on
    #[command(
        after_help = "Examples:\n  attend student edit H000123 --group G8 --from 2026-09-14\n  attend student edit H000123 --group +Chess,-7A\n  attend student edit H000123 --activate"
    )]
    Edit {
        /// Code of the student
        code: String,
        /// New name
        #[arg(long, value_parser = args::name)]
        name: Option<String>,
        /// New groups, or changes of them: 8A,Chess or +Chess,-7A; none: no group
        #[arg(long, value_name = "GROUPS", allow_hyphen_values = true, value_parser = group_change)]
        group: Option<GroupChange>,
        /// Put the student back on the roll
        #[arg(long)]
        activate: bool,
        /// From this date or instant on [default: now]
        #[arg(long, value_name = "WHEN", value_parser = args::when)]
        from: Option<args::DayOrInstant>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
    /// Give a student other identities: cards, PINs on devices, names in face libraries
    #[command(
        after_help = "Examples:\n  attend student alias H000103 card:3308812528 pin:1003\n  attend student alias H000103 face:\"Ada Karim\"\n  attend student alias H000103 --remove card:3308812528 --from 2026-09-14\n  attend student alias H000104 card:3308812528 --take-over --from 2026-09-14 --dry-run\n\nA line that names the alias, with its kind or without, counts for the student. An alias belongs to one student at a\ntime. One that no student ever had also counts for lines that wait in quarantine: attend quarantine retry.\nIf it changed hands in the past (--from), its sightings since then follow it, and the registers with them."
    )]
    Alias {
        /// Code of the student
        code: String,
        /// Aliases to add: card:NUMBER, pin:NUMBER or face:NAME
        #[arg(value_name = "ALIAS", value_parser = alias, required_unless_present = "remove")]
        aliases: Vec<Alias>,
        /// Take an alias away
        #[arg(long, value_name = "ALIAS", value_parser = alias)]
        remove: Vec<Alias>,
        /// Take the aliases from students on the roll who have them
        #[arg(long)]
        take_over: bool,
        /// From this date or instant on [default: now]
        #[arg(long, value_name = "WHEN", value_parser = args::when)]
        from: Option<args::DayOrInstant>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
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
        after_help = "Examples:\n  attend student erase H000123 --reason \"left the school\" --dry-run\n  attend student erase H000123 --reason \"left the school\" --crops crops.txt\n  attend student erase H000123 --reason \"left the school\" --strike mark.reason:12\n\nPrints a receipt. A free text that contains the code or the name may mean another person, so it is kept and listed;\n--strike removes it, at once or later. If erasing is interrupted, the same command completes it.\nEarlier backups and exported files still hold the student.\nLines with the code are refused from then on (422 erased_student)."
    )]
    Erase {
        /// Code of the student
        code: String,
        /// Reason, which is kept, so it must not name the student
        #[arg(long, value_parser = args::line)]
        reason: String,
        /// Write the paths of the student's crops to a file, so that you can delete them on the runners
        #[arg(long, value_name = "FILE")]
        crops: Option<PathBuf>,
        /// Remove a text that may mention the student, by its place on the receipt; all: all of them
        #[arg(long, value_name = "PLACE")]
        strike: Vec<String>,
        /// Show what would be erased, and erase nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        by: args::By,
    },
    /// Print all data about a student as one JSON object
    #[command(after_help = "Example:\n  attend student export H000123 -o H000123.json")]
    Export {
        /// Code of the student
        code: String,
        /// Write to a file that only its owner can read
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        by: args::By,
    },
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
    Deactivate {
        /// Codes of the students
        #[arg(required = true, value_name = "CODE")]
        codes: Vec<String>,
        /// From this date or instant on [default: now]
        #[arg(long, value_name = "WHEN", value_parser = args::when)]
        from: Option<args::DayOrInstant>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        why: args::Why,
    },
    /// Free the code of a student who left, for use by another student
    #[command(
        after_help = "Example:\n  attend student retire-code H000123\n\nThe records of the student who left are kept under the code and the date of leaving, such as H000123~2026-09-02."
    )]
    RetireCode {
        /// Code of the student
        code: String,
    },
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

fn alias(text: &str) -> Result<Alias, String> {
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

impl StudentArgs {
    pub(crate) fn run(self, session: &Session) -> Result<Code> {
        let mut store = session.store()?;
        let caller = session.caller(None);
        let today = session.today(&mut store)?;
        let asked = |from: Option<args::DayOrInstant>| from.map(|from| from.when(today));
        match self.command {
            Command::Import {
                file,
                columns,
                sheet,
                deactivate_missing,
                restore_zeros,
                same,
                from,
                force,
                oneroster,
                confirmation,
                why,
            } => {
                let reading =
                    Reading { columns: columns.as_deref(), sheet: sheet.as_deref(), remembered: None };
                let request = Import {
                    file: &file,
                    reading,
                    from: asked(from),
                    deactivate_missing,
                    restore_zeros,
                    same,
                    force,
                    oneroster: oneroster.wish(),
                };
                import(&mut store, &request, &confirmation, &why, session)?;
            }
            Command::Add { code, name, group, from, again, same, confirmation, why } => {
                let student = Student { code, name, group: group.and_then(|group| group.0), active: true };
                let newcomer = Newcomer { student, from: asked(from), again, same };
                let caller = session.caller(why.by.name());
                let deed = why.deed("student add", &caller);
                confirmation
                    .carry_out(session, |consent| student::add(&mut store, &newcomer, consent, deed))?;
            }
            Command::Erase { code, reason, crops, strike, dry_run, by } => {
                let request = Request { code: &code, reason: &reason, strikes: Strikes(&strike), dry_run };
                erase(&mut store, &request, crops.as_deref(), &session.caller(by.name()), session)?;
            }
            Command::Export { code, output, by } => {
                export(&mut store, &code, output.as_deref(), &session.caller(by.name()), session)?;
            }
            Command::Edit { code, name, group, activate, from, confirmation, why } => {
                let edit = Edit { name, group, active: activate.then_some(true), from: asked(from) };
                let change = Editing { action: "student edit", codes: &[code], edit: &edit };
                change.carry_out(&mut store, &confirmation, &why, session)?;
            }
            Command::List { groups, all } => {
                let groups = groups.heeded(&mut store)?;
                let zone = settings::load(&mut store)?.zone;
                session.print("students", zone, |sink| {
                    sink.begin(&column::headings(listing::STUDENTS), &[])?;
                    sink.nothing(match groups.is_everybody() {
                        true => listing::NO_STUDENTS,
                        false => listing::NO_MEMBERS,
                    })?;
                    let filter = Filter { groups, all };
                    student::list(&mut store, &filter, &caller, |student| {
                        Ok(sink.row(&column::cells(listing::STUDENTS, &StudentRow::of(student)))?)
                    })
                })?;
            }
            Command::Show { code } => {
                let found = student::show(&mut store, &code, &caller)?;
                let zone = settings::load(&mut store)?.zone;
                let Shown { student, spells, aliases } = &found;
                session.show(&listing::student(student, spells, aliases, caller.now, zone))?;
            }
            Command::Alias { code, aliases, remove, take_over, from, confirmation, why } => {
                let edit = alias::Edit { give: aliases, remove, from: asked(from), take_over };
                let caller = session.caller(why.by.name());
                let deed = why.deed("student alias", &caller);
                let warnings = confirmation
                    .carry_out(session, |consent| alias::edit(&mut store, &code, &edit, consent, deed))?;
                warnings.iter().for_each(|warning| say(warning));
            }
            Command::Find { text, all } => {
                let found = find::find(&mut store, &text.join(" "), all, &caller)?;
                let zone = settings::load(&mut store)?.zone;
                session.print("students", zone, |sink| {
                    sink.begin(&column::headings(listing::STUDENTS), &[])?;
                    let mut rows = found.iter();
                    rows.try_for_each(|student| {
                        Ok(sink.row(&column::cells(listing::STUDENTS, &StudentRow::of(student)))?)
                    })
                })?;
            }
            Command::RetireCode { code } => {
                let kept = reuse::retire(&mut store, &code, &caller)?;
                session.ui.note(&format!("the past of {code} is kept as {kept}"));
            }
            Command::Deactivate { codes, from, confirmation, why } => {
                let edit = Edit { active: Some(false), from: asked(from), ..Edit::default() };
                let change = Editing { action: "student deactivate", codes: &codes, edit: &edit };
                change.carry_out(&mut store, &confirmation, &why, session)?;
            }
        }
        Ok(Code::Done)
    }
}

/// Imports a roll, or prints the plan of an import.
fn import(
    store: &mut Store,
    request: &Import,
    confirmation: &Confirmation,
    why: &args::Why,
    session: &Session,
) -> Result<()> {
    let zone = settings::load(store)?.zone;
    let caller = session.caller(why.by.name());
    let deed = why.deed("student import", &caller);
    let mut show = |changes: &Changes| -> Result<()> {
        if !confirmation.dry_run {
            return Ok(());
        }
        session.print("roll", zone, |sink| {
            sink.begin(&column::headings(listing::ROLL), &[])?;
            sink.nothing(if changes.recoded().is_empty() {
                listing::NO_CHANGES
            } else {
                listing::NO_MORE_CHANGES
            })?;
            changes.each(&mut |Changed { student, change, before, .. }| {
                let row = StudentRow { student, change: *change, before: before.as_ref() };
                Ok(sink.row(&column::cells(listing::ROLL, &row))?)
            })
        })
    };
    let Imported { told, plan, recoded } = confirmation
        .carry_out_told(session, |consent| update::import(store, request, consent, deed, &mut show))?;
    told.iter().for_each(|told| session.ui.note(told));
    for Recoded { before, after, .. } in &recoded {
        let words = format!("{before} → {after}: the number changed in the school system");
        if confirmation.dry_run { say(&words) } else { session.ui.note(&words) }
    }
    let dry_run = if confirmation.dry_run { " (dry run: nothing was changed)" } else { "" };
    session.ui.note(&format!("{}{dry_run}", said(&plan)));
    Ok(())
}

/// A change of students on the roll.
struct Editing<'c> {
    action: &'static str,
    codes: &'c [String],
    edit: &'c Edit,
}

impl Editing<'_> {
    fn carry_out(
        &self,
        store: &mut Store,
        confirmation: &Confirmation,
        why: &args::Why,
        session: &Session,
    ) -> Result<()> {
        let caller = session.caller(why.by.name());
        let deed = why.deed(self.action, &caller);
        confirmation.carry_out(session, |consent| student::edit(store, self.codes, self.edit, consent, deed))
    }
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

/// Erases a student and prints the receipt.
fn erase(
    store: &mut Store,
    request: &Request,
    crops: Option<&Path>,
    caller: &Caller,
    session: &Session,
) -> Result<()> {
    let crops = crops.map(|path| Output::new(session, path)).transpose()?;
    let mut hand = Hand { crops, progress: Progress::share(session.ui.progress && !request.dry_run) };
    let done = commands::upkeep::erase::run(store, request, caller, &mut hand);
    hand.progress.done();
    let receipt = done?;
    let zone = settings::load(store)?.zone;
    session.show(&report::upkeep::erasure::receipt(
        request.code,
        receipt.number,
        &receipt.removed,
        &receipt.doubts,
        caller.now,
        zone,
    ))?;
    if receipt.rewritten? {
        session.ui.note("the code or the name was still found in the file, so the file was rewritten");
    }
    Ok(())
}

/// The file for the crops and the progress bar of an erasure.
struct Hand {
    crops: Option<Output>,
    progress: Progress,
}

impl Witness for Hand {
    fn takes_crops(&self) -> bool {
        self.crops.is_some()
    }

    fn crops(&mut self, paths: &[String]) -> Result<()> {
        match &self.crops {
            Some(file) => file.write(|out| paths.iter().try_for_each(|path| Ok(writeln!(out, "{path}")?))),
            None => Ok(()),
        }
    }

    fn progress(&mut self, done: u64, total: u64) -> Result<()> {
        self.progress.set_share(done as f64 / total as f64);
        Ok(())
    }
}

/// Writes all data about a student.
fn export(
    store: &mut Store,
    code: &str,
    output: Option<&Path>,
    caller: &Caller,
    session: &Session,
) -> Result<()> {
    if !matches!(session.format, None | Some(Format::Json)) {
        return Err(Problem::new(Kind::Usage, "student export writes only JSON")
            .hint("attend history CODE, attend export records: rows in every format")
            .into());
    }
    let output = output.map(|path| Output::new(session, path)).transpose()?;
    let target = if output.is_some() { "to a file" } else { "to standard output" };
    let (dossier, zone) = commands::upkeep::dossier::read(store, code, target, caller)?;
    let mut members = report::upkeep::dossier::members(&dossier, caller.now, zone);
    if let Some(school_id) = settings::load(store)?.school_id {
        members.push(("school_id", school_id.into()));
    }
    match output {
        Some(file) => file.write(|out| Ok(json::object(out, members, zone)?)),
        None => {
            let mut out = session.ui.data_out();
            json::object(&mut *out, members, zone)?;
            Ok(out.flush()?)
        }
    }
}
