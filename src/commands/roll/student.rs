//! Students: the roll, imported or edited one by one.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::commands::evidence::quarantine;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::recompute::Moved;
use crate::commands::roll::import::{Reading, Roll};
use crate::commands::upkeep::erase;
use crate::commands::{Caller, lookup};
use crate::domain::evidence::quarantine::Selection;
use crate::domain::evidence::reason::Reason;
use crate::domain::roll::code;
use crate::domain::roll::student::{ALWAYS, Change, Enrolment, RollPlan, Student, Unlikely};
use crate::domain::time::calendar::local_date;
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::{Connection, Store, StoreError, settings};
use crate::wire::line::{Message, parse};

/// Options of `student import`.
#[derive(Debug)]
pub struct Import<'a> {
    /// The roll.
    pub file: &'a Path,
    /// How to read it.
    pub reading: Reading<'a>,
    /// Students the roll does not list leave.
    pub deactivate_missing: bool,
    /// Codes that lost their leading zeros mean the students on the roll who have them.
    pub restore_zeros: bool,
    /// Even if more than a fifth of the roll leaves or is new, and if codes look like damaged ones.
    pub force: bool,
}

/// Brings the roll up to date with a file, all of it or nothing. Gives how the file was read, where that is worth
/// telling, and whose past changed.
pub fn import(
    store: &mut Store,
    request: &Import,
    caller: &Caller,
) -> Result<(Option<String>, RollPlan, Moved)> {
    let roll = Roll::open(request.file, request.reading)?;
    store.write(|conn| {
        let today = lookup::today(conn, caller)?;
        let changes = Changes::plan(conn, &roll, request, today)?;
        let newcomers = changes.plan.count(Change::Add) + changes.plan.count(Change::Activate) > 0;
        let firsts = Firsts::read(conn, today, newcomers)?;
        let mut moved = Moved::default();
        changes.each(&mut |_, student| {
            moved.add(students::save(conn, student, today, firsts.of(&student.code))?);
            Ok(())
        })?;
        if let Some(detail) = changes.plan.told() {
            audit::add(conn, &caller.deed("student import", detail))?;
        }
        Ok((changes.told(), changes.plan, moved))
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
        let changes = Changes::plan(conn, &roll, request, lookup::today(conn, caller)?)?;
        show(&changes)?;
        Ok(changes.plan)
    })
}

/// A planned import, to be shown or applied.
#[derive(Debug)]
pub struct Changes<'a> {
    conn: &'a Connection,
    roll: &'a Roll,
    today: NaiveDate,
    plan: RollPlan,
    /// Codes as the roll of the school spells them, by the row that spells them differently.
    spelled: FxHashMap<usize, String>,
}

impl<'a> Changes<'a> {
    /// Decides about everybody before anything is done. Roll and students go side by side, both by code.
    fn plan(conn: &'a Connection, roll: &'a Roll, request: &Import, today: NaiveDate) -> Result<Self> {
        let mut plan = RollPlan::new(roll.size(), request.deactivate_missing);
        let mut spelled = FxHashMap::default();
        let mut lost_zeros = Vec::new();
        let by_key = roll.by_key();
        let mut rows = roll.rows()?;
        let mut listed = roll.by_code().peekable();
        students::each_until(conn, today, |known| -> Result<()> {
            while listed.next_if(|(code, _)| *code < known.code).is_some() {}
            let mut line = listed.next_if(|(code, _)| *code == known.code).map(|(_, nth)| nth);
            if line.is_none()
                && let Some(nth) = by_key.find(known.code)
                && students::find(conn, roll.code(nth), today)?.is_none()
            {
                if request.restore_zeros || code::folded(roll.code(nth)) == code::folded(known.code) {
                    spelled.insert(nth, known.code.to_owned());
                    line = Some(nth);
                } else {
                    lost_zeros.push((nth, known.code.to_owned()));
                }
            }
            let line = line.map(|nth| anyhow::Ok((nth, rows.read(nth)?.spelled(known.code)))).transpose()?;
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
        Ok(Self { conn, roll, today, plan, spelled })
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
                _ => students::find(self.conn, code, self.today)?,
            };
            let entry = rows.read(nth)?.spelled(code);
            let (change, student) = entry.against(known.map(|known| known.student).as_ref());
            each(change, &student)?;
        }
        for code in self.plan.leaving() {
            let known = lookup::student(self.conn, code, self.today)?.student;
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

fn unlikely(refused: &Unlikely) -> anyhow::Error {
    Problem::new(Kind::Refused, refused.to_string())
        .hint("nothing was imported; if the roll really changed this much, add --force")
        .into()
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
        erase::refuse_erased(conn, [student.code.as_str()])?;
        let saved = students::save(conn, student, today, Firsts::read(conn, today, true)?.of(&student.code))?;
        Ok(audit::add(conn, &caller.deed("student add", "").about(saved.id))?)
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
        quarantine::walk(conn, &Selection::of(Reason::UnknownStudent), |kept| {
            if let Ok(Message::Recognition(sighting)) = parse(&kept.line) {
                let date = local_date(sighting.ts.map_or(kept.received_at, |ts| ts.instant(zone)), zone);
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
