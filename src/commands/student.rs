//! Students: the roll, imported or edited one by one.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use csv::{Position, ReaderBuilder, StringRecord};

use super::problem::{Kind, Problem};
use super::recompute::Moved;
use super::{Caller, erase, lookup, quarantine};
use crate::domain::Invalid;
use crate::domain::calendar::local_date;
use crate::domain::quarantine::Selection;
use crate::domain::student::{
    ALWAYS, Change, Enrolment, RollEntry, RollPlan, Student, TooManyLeave, check_code, check_group,
    check_name, parse_active, plan_roll,
};
use crate::domain::suggest::did_you_mean;
use crate::store::{Connection, Store, StoreError, audit, schedule, settings, students};
use crate::wire::line::{Message, parse};

const COLUMNS: [&str; 4] = ["code", "name", "group", "active"];

/// What `student import` is asked to do.
#[derive(Debug)]
pub struct Import<'a> {
    /// The roll.
    pub file: &'a Path,
    /// Students the roll does not list leave.
    pub deactivate_missing: bool,
    /// Even if more than a fifth of them do.
    pub force: bool,
    /// Only show the plan.
    pub dry_run: bool,
}

/// Brings the roll up to date with a CSV file, all of it or nothing.
/// Says too whose past that changed.
pub fn import(store: &mut Store, request: &Import, caller: &Caller) -> Result<(RollPlan, Moved)> {
    let roll = read_roll(request.file)?;
    let plan_from = |conn: &Connection| -> Result<RollPlan> {
        let today = lookup::today(conn, caller)?;
        let known: Vec<Student> =
            students::list(conn, today)?.into_iter().map(|stored| stored.student).collect();
        let plan = plan_roll(&roll, &known, request.deactivate_missing, request.force)
            .map_err(|refused| too_many_leave(&refused))?;
        let mut newcomers = plan.changes.iter().filter(|(change, _)| *change == Change::Add);
        newcomers.try_for_each(|(_, student)| erase::refuse_erased(conn, &student.code))?;
        Ok(plan)
    };
    if request.dry_run {
        return Ok((store.read(plan_from)?, Moved::default()));
    }
    store.write(|conn| {
        let plan = plan_from(conn)?;
        let today = lookup::today(conn, caller)?;
        let newcomers = plan.count(Change::Add) + plan.count(Change::Activate) > 0;
        let firsts = Firsts::read(conn, today, newcomers)?;
        let mut moved = Moved::default();
        for (_, student) in plan.changes.iter().filter(|(change, _)| *change != Change::Keep) {
            moved.add(students::save(conn, student, today, firsts.of(&student.code))?);
        }
        if let Some(detail) = plan.told() {
            audit::add(conn, &caller.deed("student import", detail))?;
        }
        Ok((plan, moved))
    })
}

fn too_many_leave(refused: &TooManyLeave) -> anyhow::Error {
    Problem::new(Kind::Refused, refused.to_string())
        .hint("nothing was imported; if the roll really shrank this much, say --force")
        .into()
}

/// Reads and checks a whole roll before anything is changed.
fn read_roll(file: &Path) -> Result<Vec<RollEntry>> {
    let name = file.display().to_string();
    let text = read_whole(file, &name)?;
    let mut reader = ReaderBuilder::new().delimiter(delimiter(&text)).from_reader(&text[..]);
    let place = |position: Option<&Position>| format!("{name}:{}", line_of(&text, position));
    let header = reader.headers().map_err(|error| unreadable(place(error.position()), &error))?.clone();
    let columns =
        Columns::find(&header).map_err(|invalid| Problem::in_file(place(header.position()), invalid))?;
    let mut roll = Vec::new();
    let mut places: HashMap<String, Option<Position>> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(place(error.position()), &error))?;
        let at_line = |invalid| Problem::in_file(place(record.position()), invalid);
        let entry = columns.entry(&record).map_err(at_line)?;
        if let Some(first) = places.insert(entry.code.clone(), record.position().cloned()) {
            let first = line_of(&text, first.as_ref());
            let twice = Invalid::new(format!("code {:?} is already on line {first}", entry.code));
            return Err(at_line(twice.hint("codes are unique; nothing was imported")).into());
        }
        roll.push(entry);
    }
    Ok(roll)
}

/// A roll is small: with all of it in hand, faults can be told by the line an editor shows. A byte
/// order mark is passed over by the reader.
fn read_whole(file: &Path, name: &str) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut source: Box<dyn Read> = if name == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {name}"))?)
    };
    source.read_to_end(&mut text).with_context(|| format!("cannot read {name}"))?;
    Ok(text)
}

/// The line a record begins on. The reader's own count is behind after `\r\n` and after empty lines,
/// which it only passes over with the next record.
fn line_of(text: &[u8], position: Option<&Position>) -> usize {
    let before = position.map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
    let (before, rest) = text.split_at(before.min(text.len()));
    let passed_over = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let ends = before.iter().chain(passed_over).filter(|byte| **byte == b'\n');
    ends.count() + 1
}

/// Spreadsheets in half of the world write semicolons.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let most =
        [b',', b';', b'\t'].into_iter().rev().max_by_key(|d| header.iter().filter(|byte| *byte == d).count());
    most.unwrap_or(b',')
}

fn unreadable(place: String, error: &csv::Error) -> Problem {
    let (words, hint) = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            ("not UTF-8".to_owned(), "save the file as \"CSV UTF-8\"; nothing was imported")
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("{}, but the header has {expected_len}", fields(*len)),
            "quote fields that hold commas; nothing was imported",
        ),
        _ => (error.to_string(), "nothing was imported"),
    };
    Problem::in_file(place, Invalid::new(words).hint(hint))
}

fn fields(n: u64) -> String {
    if n == 1 { "1 field".to_owned() } else { format!("{n} fields") }
}

/// Where the columns of a roll are.
struct Columns {
    code: usize,
    name: usize,
    group: Option<usize>,
    active: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, Invalid> {
        let named = |wanted: &str| header.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        for (nth, name) in header.iter().map(str::trim).enumerate() {
            if !COLUMNS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                let meant = did_you_mean(name, COLUMNS).map(|meant| format!("{meant} ")).unwrap_or_default();
                return Err(Invalid::new(format!("there is no column {name:?} in a roll"))
                    .hint(format!("{meant}the header is code,name[,group][,active]; nothing was imported")));
            }
            if header.iter().take(nth).any(|before| before.trim().eq_ignore_ascii_case(name)) {
                return Err(Invalid::new(format!("the column {name:?} is there twice"))
                    .hint("take one of them out; nothing was imported"));
            }
        }
        let required = |wanted: &str| {
            named(wanted).ok_or_else(|| {
                Invalid::new(format!("the column {wanted:?} is missing"))
                    .hint("the first line must be code,name[,group][,active]; nothing was imported")
            })
        };
        Ok(Self {
            code: required("code")?,
            name: required("name")?,
            group: named("group"),
            active: named("active"),
        })
    }

    fn entry(&self, record: &StringRecord) -> Result<RollEntry, Invalid> {
        let cell = |index: usize| record.get(index).unwrap_or_default();
        Ok(RollEntry {
            code: check_code(cell(self.code))?.to_owned(),
            name: check_name(cell(self.name))?.to_owned(),
            group: self.group.map(|index| check_group(cell(index))).transpose()?,
            active: self.active.map_or(Ok(true), |index| parse_active(cell(index)))?,
        })
    }
}

/// Adds one student; `again`: even if one of that code was erased.
pub fn add(store: &mut Store, student: &Student, again: bool, caller: &Caller) -> Result<()> {
    store.write(|conn| {
        let today = lookup::today(conn, caller)?;
        if students::find(conn, &student.code, today)?.is_some() {
            return Err(Problem::new(
                Kind::Refused,
                format!("student {:?} is on the roll already", student.code),
            )
            .hint(format!("attend student edit {}", student.code))
            .into());
        }
        if again {
            erase::lift(conn, &student.code)?;
        }
        erase::refuse_erased(conn, &student.code)?;
        let saved = students::save(conn, student, today, Firsts::read(conn, today, true)?.of(&student.code))?;
        Ok(audit::add(conn, &caller.deed("student add", "").about(saved.id))?)
    })
}

/// What `student edit` changes; `None` stays as it is.
#[derive(Debug, Default)]
pub struct Edit {
    /// New name.
    pub name: Option<String>,
    /// New group, or none.
    pub group: Option<Option<String>>,
    /// On or off the roll.
    pub active: Option<bool>,
}

/// Changes one student from today on. Says whose past that changed.
pub fn edit(store: &mut Store, code: &str, edit: &Edit, caller: &Caller) -> Result<Moved> {
    let mut moved = Moved::default();
    store.write(|conn| edit_one(conn, "student edit", code, edit, caller, &mut moved))?;
    Ok(moved)
}

/// Takes students off the roll from today on, all of them or none. Says whose past that changed.
pub fn deactivate(store: &mut Store, codes: &[String], caller: &Caller) -> Result<Moved> {
    let leaves = Edit { active: Some(false), ..Edit::default() };
    let mut moved = Moved::default();
    store.write(|conn| {
        let mut each = codes.iter();
        each.try_for_each(|code| edit_one(conn, "student deactivate", code, &leaves, caller, &mut moved))
    })?;
    Ok(moved)
}

fn edit_one(
    conn: &Connection,
    action: &'static str,
    code: &str,
    edit: &Edit,
    caller: &Caller,
    moved: &mut Moved,
) -> Result<()> {
    let today = lookup::today(conn, caller)?;
    let before = lookup::student(conn, code, today)?.student;
    let mut student = before.clone();
    if let Some(name) = &edit.name {
        student.name.clone_from(name);
    }
    if let Some(group) = &edit.group {
        student.group.clone_from(group);
    }
    student.active = edit.active.unwrap_or(student.active);
    let firsts = Firsts::read(conn, today, edit.active == Some(true))?;
    let saved = students::save(conn, &student, today, firsts.of(code))?;
    moved.add(saved);
    if let Some(detail) = before.told_changes(&student) {
        audit::add(conn, &caller.deed(action, detail).about(saved.id))?;
    }
    Ok(())
}

/// From when students are enrolled who never were: before the first school day since always, later from
/// today, or from the first sighting that waits for them in quarantine. A newcomer in March was not absent
/// in September.
struct Firsts {
    otherwise: NaiveDate,
    sighted: HashMap<String, NaiveDate>,
}

impl Firsts {
    /// `anybody` says whether there is a student who may never have been enrolled: without one there is
    /// nothing to look for.
    fn read(conn: &Connection, today: NaiveDate, anybody: bool) -> Result<Self> {
        if !anybody {
            return Ok(Self { otherwise: today, sighted: HashMap::new() });
        }
        if !schedule::any_before(conn, today)? {
            return Ok(Self { otherwise: ALWAYS, sighted: HashMap::new() });
        }
        let zone = settings::load(conn)?.zone;
        let mut sighted = HashMap::new();
        quarantine::walk(conn, &Selection::unknown_students(), |kept| {
            if let Ok(Message::Recognition(sighting)) = parse(&kept.line) {
                let date = local_date(sighting.ts.unwrap_or(kept.received_at), zone);
                let first: &mut NaiveDate = sighted.entry(sighting.student.to_string()).or_insert(date);
                *first = date.min(*first);
            }
            Ok(())
        })?;
        Ok(Self { otherwise: today, sighted })
    }

    fn of(&self, code: &str) -> NaiveDate {
        self.sighted.get(code).map_or(self.otherwise, |sighted| self.otherwise.min(*sighted))
    }
}

/// Which students to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only this group.
    pub group: Option<String>,
    /// Those who left, too.
    pub all: bool,
}

/// Passes students as they are today to `each`, by code.
pub fn list(
    store: &mut Store,
    filter: &Filter,
    caller: &Caller,
    mut each: impl FnMut(&Student) -> Result<()>,
) -> Result<()> {
    store.read(|conn| {
        let today = lookup::today(conn, caller)?;
        students::each_until(conn, today, |on_roll| {
            let in_group = filter.group.is_none() || on_roll.group == filter.group.as_deref();
            if in_group && (filter.all || on_roll.enrolled) { each(&on_roll.student()) } else { Ok(()) }
        })
    })
}

/// One student with the dates on the roll.
pub fn show(store: &mut Store, code: &str, caller: &Caller) -> Result<(Student, Vec<Enrolment>)> {
    store.read(|conn| {
        let today = lookup::today(conn, caller)?;
        let stored = lookup::student(conn, code, today)?;
        let enrolments: Result<Vec<Enrolment>, StoreError> = students::enrolments_of(conn, stored.id);
        Ok((stored.student, enrolments?))
    })
}
