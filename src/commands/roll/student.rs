//! Students: the roll, imported or edited one by one.

use std::path::Path;

use rustc_hash::FxHashMap;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::refold::{self, Moved, Touched};
use crate::commands::roll::import::{Reading, Roll};
use crate::commands::upkeep::erase;
use crate::commands::{Caller, lookup};
use crate::domain::roll::code;
use crate::domain::roll::enrolment::{Source, Spell, Stretch};
use crate::domain::roll::student::{Change, RollPlan, Student, StudentId, Unlikely};
use crate::domain::time::Instant;
use crate::domain::time::calendar::{When, local_date};
use crate::failure::{Failure, Result};
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, settings};

/// Options of `student import`.
#[derive(Debug)]
pub struct Import<'a> {
    /// The roll.
    pub file: &'a Path,
    /// How to read it.
    pub reading: Reading<'a>,
    /// From when on it holds; `None`: from now.
    pub from: Option<When>,
    /// Students the roll does not list leave.
    pub deactivate_missing: bool,
    /// Codes that lost their leading zeros mean the students on the roll who have them.
    pub restore_zeros: bool,
    /// Even if more than a fifth of the roll leaves or is new, and if codes look like damaged ones.
    pub force: bool,
}

/// Brings the roll up to date with a file, all of it or nothing. Gives how the file was read, where that is worth
/// telling, and how many records changed.
pub fn import(
    store: &mut Store,
    request: &Import,
    caller: &Caller,
) -> Result<(Option<String>, RollPlan, usize)> {
    let roll = Roll::open(request.file, request.reading)?;
    store.write(|conn| {
        let start = Start::read(conn, request.from, caller)?;
        let changes = Changes::plan(conn, &roll, request, start.at)?;
        let mut moved = Moved::default();
        changes.each(&mut |_, student| {
            save(conn, student, start, Source::Import, &mut moved)?;
            Ok(())
        })?;
        let changed = refold::touched(conn, &Touched::of_roll(moved, conn)?, caller)?;
        if let Some(detail) = changes.plan.told() {
            audit::add(conn, &caller.deed("student import", start.told(detail)))?;
        }
        Ok((changes.told(), changes.plan, changed))
    })
}

/// Passes what importing a file would change to `show`, and changes nothing.
pub fn preview(
    store: &mut Store,
    request: &Import,
    caller: &Caller,
    show: impl FnOnce(&Changes) -> Result<()>,
) -> Result<RollPlan> {
    let roll = Roll::open(request.file, request.reading)?;
    store.read(|conn| {
        let changes = Changes::plan(conn, &roll, request, Start::read(conn, request.from, caller)?.at)?;
        show(&changes)?;
        Ok(changes.plan)
    })
}

/// A planned import, to be shown or applied.
#[derive(Debug)]
pub struct Changes<'a> {
    conn: &'a Connection,
    roll: &'a Roll,
    /// The instant from which the roll holds.
    at: Instant,
    plan: RollPlan,
    /// Codes as the roll of the school spells them, by the row that spells them differently.
    spelled: FxHashMap<usize, String>,
}

impl<'a> Changes<'a> {
    /// Decides about everybody before anything is done. Roll and students go side by side, both by code.
    fn plan(conn: &'a Connection, roll: &'a Roll, request: &Import, at: Instant) -> Result<Self> {
        let mut plan = RollPlan::new(roll.size(), request.deactivate_missing);
        let mut spelled = FxHashMap::default();
        let mut lost_zeros = Vec::new();
        let by_key = roll.by_key();
        let mut rows = roll.rows()?;
        let mut listed = roll.by_code().peekable();
        students::each(conn, &enrolments::roll(conn)?, at, |known| -> Result<()> {
            while listed.next_if(|(code, _)| *code < known.code).is_some() {}
            let mut line = listed.next_if(|(code, _)| *code == known.code).map(|(_, nth)| nth);
            if line.is_none()
                && let Some(nth) = by_key.find(known.code)
                && students::id(conn, roll.code(nth))?.is_none()
            {
                if request.restore_zeros || code::folded(roll.code(nth)) == code::folded(known.code) {
                    spelled.insert(nth, known.code.to_owned());
                    line = Some(nth);
                } else {
                    lost_zeros.push((nth, known.code.to_owned()));
                }
            }
            let line =
                line.map(|nth| Ok::<_, Failure>((nth, rows.read(nth)?.spelled(known.code)))).transpose()?;
            plan.compare(&known.student(), line);
            Ok(())
        })?;
        if !request.force {
            refuse_lost_zeros(roll, &lost_zeros)?;
        }
        plan.check(request.force).map_err(|refused| unlikely(&refused))?;
        let lines = plan.lines().iter().enumerate();
        let newcomers = lines.filter(|(_, change)| **change == Change::Add);
        erase::refuse_erased(conn, newcomers.map(|(nth, _)| roll.code(nth)))?;
        Ok(Self { conn, roll, at, plan, spelled })
    }

    /// How the file was read, where that is worth telling.
    pub(crate) fn told(&self) -> Option<String> {
        self.roll.told()
    }

    /// The code of the student whom the `nth` row lists.
    fn code(&self, nth: usize) -> &str {
        self.spelled.get(&nth).map_or_else(|| self.roll.code(nth), String::as_str)
    }

    /// Passes every student who is changed to `each`, as they are to be: in the order of the roll, then those who
    /// leave because it does not list them.
    pub fn each(&self, each: &mut dyn FnMut(Change, &Student) -> Result<()>) -> Result<()> {
        let mut rows = self.roll.rows()?;
        let lines = self.plan.lines().iter().enumerate();
        for (nth, change) in lines.filter(|(_, change)| **change != Change::Keep) {
            let code = self.code(nth);
            let known = match change {
                Change::Add => None,
                _ => students::find(self.conn, code, self.at)?,
            };
            let entry = rows.read(nth)?.spelled(code);
            let (change, student) = entry.against(known.map(|known| known.student).as_ref());
            each(change, &student)?;
        }
        for code in self.plan.leaving() {
            let known = lookup::student(self.conn, code, self.at)?.student;
            each(Change::Deactivate, &Student { active: false, ..known })?;
        }
        Ok(())
    }
}

/// Refuses a roll whose codes are those of known students without the leading zeros: a spreadsheet removed them.
fn refuse_lost_zeros(roll: &Roll, lost: &[(usize, String)]) -> Result<()> {
    let Some((nth, known)) = lost.iter().min() else { return Ok(()) };
    let count = match lost.len() {
        1 => String::new(),
        n => format!(" (and {} more rows like it)", n - 1),
    };
    let message = format!(
        "{}:{}: code {:?} is {known:?} on the roll, so its leading zeros are lost{count}",
        roll.name(),
        roll.line(*nth),
        roll.code(*nth),
    );
    let hint = "--restore-zeros takes them for the students on the roll, --force adds them as others; \
                in the spreadsheet, format the column as Text; nothing was imported";
    Err(Problem::new(Kind::Refused, message).hint(hint).into())
}

fn unlikely(refused: &Unlikely) -> Failure {
    Problem::new(Kind::Refused, refused.to_string())
        .hint("nothing was imported; if the roll really changed this much, add --force")
        .into()
}

/// Adds one student; `again`: even if one of that code was erased.
pub fn add(
    store: &mut Store,
    student: &Student,
    from: Option<When>,
    again: bool,
    caller: &Caller,
) -> Result<()> {
    store.write(|conn| {
        let start = Start::read(conn, from, caller)?;
        if students::id(conn, &student.code)?.is_some() {
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
        erase::refuse_erased(conn, [student.code.as_str()])?;
        let id = save(conn, student, start, Source::Hand, &mut Moved::default())?;
        Ok(audit::add(conn, &caller.deed("student add", start.told(String::new())).about(id))?)
    })
}

/// Changes of `student edit`. `None` keeps the value.
#[derive(Debug, Default)]
pub struct Edit {
    /// New name.
    pub name: Option<String>,
    /// New group, or none.
    pub group: Option<Option<String>>,
    /// On or off the roll.
    pub active: Option<bool>,
    /// From when on; `None`: from now.
    pub from: Option<When>,
}

/// Changes one student from now or another instant on. Says how many records that changed.
pub fn edit(store: &mut Store, code: &str, edit: &Edit, caller: &Caller) -> Result<usize> {
    edit_all(store, "student edit", std::slice::from_ref(&code), edit, caller)
}

/// Takes students off the roll from now or another instant on, all of them or none. Says how many records that
/// changed.
pub fn deactivate(store: &mut Store, codes: &[String], from: Option<When>, caller: &Caller) -> Result<usize> {
    let leaves = Edit { active: Some(false), from, ..Edit::default() };
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    edit_all(store, "student deactivate", &codes, &leaves, caller)
}

fn edit_all(
    store: &mut Store,
    action: &'static str,
    codes: &[&str],
    edit: &Edit,
    caller: &Caller,
) -> Result<usize> {
    store.write(|conn| {
        let start = Start::read(conn, edit.from, caller)?;
        let mut moved = Moved::default();
        for code in codes {
            edit_one(conn, action, code, edit, start, caller, &mut moved)?;
        }
        refold::touched(conn, &Touched::of_roll(moved, conn)?, caller)
    })
}

fn edit_one(
    conn: &Connection,
    action: &'static str,
    code: &str,
    edit: &Edit,
    start: Start,
    caller: &Caller,
    moved: &mut Moved,
) -> Result<()> {
    let before = lookup::student(conn, code, start.at)?.student;
    let mut student = before.clone();
    if let Some(name) = &edit.name {
        student.name.clone_from(name);
    }
    if let Some(group) = &edit.group {
        student.group.clone_from(group);
    }
    student.active = edit.active.unwrap_or(student.active);
    let id = save(conn, &student, start, Source::Hand, moved)?;
    if let Some(detail) = before.told_changes(&student) {
        audit::add(conn, &caller.deed(action, start.told(detail)).about(id))?;
    }
    Ok(())
}

/// Adds or changes a student; what was before stays as it was.
fn save(
    conn: &Connection,
    student: &Student,
    start: Start,
    source: Source,
    moved: &mut Moved,
) -> Result<StudentId> {
    let newcomer = students::id(conn, &student.code)?.is_none();
    let id = students::save(conn, &student.code, &student.name)?;
    let before = enrolments::of(conn, id)?;
    let at = if before.first().is_some() { start.at } else { start.first };
    let after = match student.active {
        true => before.clone().join(at, student.group.as_deref(), source),
        false => before.clone().leave(at),
    };
    if after != before {
        enrolments::replace(conn, id, &after)?;
    }
    // Sightings of a newcomer wait in quarantine: none of them counts anywhere yet.
    if !newcomer {
        moved.add(id, &before, &after);
    }
    Ok(id)
}

/// From when an edit of the roll holds.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: Instant,
    /// From when students are enrolled who never were: since always where no occurrence has started yet. A newcomer
    /// in March was not absent in September.
    first: Instant,
    /// The date or instant that was asked for.
    asked: Option<When>,
}

impl Start {
    fn read(conn: &Connection, asked: Option<When>, caller: &Caller) -> Result<Self> {
        let at = asked.map_or(Ok(caller.now), |when| {
            settings::load(conn).map(|settings| when.instant(settings.zone))
        })?;
        let pruned = |watermark: &Instant| asked.is_some() && at < *watermark;
        if let Some(watermark) = settings::revision(conn)?.watermark.filter(pruned) {
            let date = local_date(watermark, settings::load(conn)?.zone);
            let message = "recognitions of that time were pruned: its registers stay as they are";
            return Err(Problem::new(Kind::Refused, message).hint(format!("--from {date} or later")).into());
        }
        let always = asked.is_none() && !schedule::any_started(conn, at)?;
        Ok(Self { at, first: if always { Stretch::ALWAYS } else { at }, asked })
    }

    /// `detail` with the instant where it is not now.
    fn told(self, detail: String) -> String {
        let from = match self.asked {
            None => return detail,
            Some(When::Date(date)) => format!("from {date}"),
            Some(When::At(at)) => format!("from {}", at.to_utc().to_rfc3339()),
        };
        if detail.is_empty() { from } else { format!("{detail}, {from}") }
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

/// Passes students as they are now to `each`, by code.
pub fn list(
    store: &mut Store,
    filter: &Filter,
    caller: &Caller,
    mut each: impl FnMut(&Student) -> Result<()>,
) -> Result<()> {
    store.read(|conn| {
        lookup::group(conn, filter.group.as_deref())?;
        students::each(conn, &enrolments::roll(conn)?, caller.now, |on_roll| {
            let in_group = filter.group.is_none() || on_roll.group == filter.group.as_deref();
            if in_group && (filter.all || on_roll.enrolled) { each(&on_roll.student()) } else { Ok(()) }
        })
    })
}

/// One student with the times on the roll.
pub fn show(store: &mut Store, code: &str, caller: &Caller) -> Result<(Student, Vec<Spell>)> {
    store.read(|conn| {
        let stored = lookup::student(conn, code, caller.now)?;
        Ok((stored.student, enrolments::of(conn, stored.id)?.spells()))
    })
}
