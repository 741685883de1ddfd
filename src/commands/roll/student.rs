//! Students: the roll, imported or edited one by one.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::Days;
use rustc_hash::FxHashMap;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::{Moved, Touched};
use crate::commands::roll::import::{Reading, Roll};
use crate::commands::roll::reuse::{self, Reused};
use crate::commands::upkeep::erase;
use crate::commands::{Caller, lookup};
use crate::domain::roll::code;
use crate::domain::roll::enrolment::{Enrolment, EnrolmentSource, Spell, Stretch};
use crate::domain::roll::student::{RollPlan, Student, StudentChange, StudentId, Unlikely};
use crate::domain::time::Instant;
use crate::domain::time::calendar::{When, local_date};
use crate::failure::{Failure, Result};
use crate::store::roll::students::Stored;
use crate::store::roll::{enrolments, students};
use crate::store::timetable::schedule;
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
    /// Codes of students who left mean the same people, even under another name.
    pub same: bool,
    /// Even if more than a fifth of the roll leaves or is new, and if codes look like damaged ones.
    pub force: bool,
}

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// How the file was read, where that is worth telling.
    pub told: Option<String>,
    /// The changes of the roll.
    pub plan: RollPlan,
}

/// Brings the roll up to date with a file, all of it or nothing. `show` sees the changes first.
pub fn import(
    store: &mut Store,
    request: &Import,
    consent: Consent,
    deed: PlannedDeed,
    show: &mut dyn FnMut(&Changes) -> Result<()>,
) -> Result<Edited<Imported>> {
    let roll = Roll::open(request.file, request.reading)?;
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, request.from, deed.caller)?;
        let changes = Changes::plan(conn, &roll, request, start.at, deed.caller)?;
        show(&changes)?;
        let touched = Touched::of_roll(conn, changes.moved(start)?)?;
        let effect = plan::edit(conn, &touched, deed, || {
            changes.each(&mut |_, student| save(conn, student, start, EnrolmentSource::Import).map(drop))?;
            let detail = changes.plan.told().map(|detail| start.told(detail));
            Ok(detail.map(|detail| Entry { about: None, detail }).into_iter().collect())
        })?;
        let done = Imported { told: changes.told(), plan: changes.plan };
        Ok(Edited { done, effect })
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
    fn plan(
        conn: &'a Connection,
        roll: &'a Roll,
        request: &Import,
        at: Instant,
        caller: &Caller,
    ) -> Result<Self> {
        let mut plan = RollPlan::new(roll.size(), request.deactivate_missing);
        let mut spelled = FxHashMap::default();
        let (mut lost_zeros, mut reused) = (Vec::new(), Vec::new());
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
            if let Some((nth, entry)) = line.as_ref().filter(|_| !request.same) {
                let known = (known.id, known.code, known.name);
                let found = Reused::find(conn, known, &entry.name, at, caller)?;
                reused.extend(found.map(|found| (*nth, found)));
            }
            plan.compare(&known.student(), line);
            Ok(())
        })?;
        refuse_reused(roll, &reused)?;
        if !request.force {
            refuse_lost_zeros(roll, &lost_zeros)?;
        }
        plan.check(request.force).map_err(|refused| unlikely(&refused))?;
        let lines = plan.lines().iter().enumerate();
        let newcomers = lines.filter(|(_, change)| **change == StudentChange::Add);
        erase::refuse_erased(conn, newcomers.map(|(nth, _)| roll.code(nth)))?;
        Ok(Self { conn, roll, at, plan, spelled })
    }

    /// How the file was read, where that is worth telling.
    pub(crate) fn told(&self) -> Option<String> {
        self.roll.told()
    }

    /// The students who will be enrolled differently.
    fn moved(&self, start: Start) -> Result<Moved> {
        let mut moved = Moved::default();
        if self.plan.count(StudentChange::Add) > 0 {
            moved.add_newcomers(students::last_id(self.conn)?, start.first);
        }
        self.each(&mut |change, student| {
            if change != StudentChange::Add {
                let life = Life::read(self.conn, student, start, EnrolmentSource::Import)?;
                life.add_to(&mut moved);
            }
            Ok(())
        })?;
        Ok(moved)
    }

    /// The code of the student whom the `nth` row lists.
    fn code(&self, nth: usize) -> &str {
        self.spelled.get(&nth).map_or_else(|| self.roll.code(nth), String::as_str)
    }

    /// Passes every student who is changed to `each`, as they are to be: in the order of the roll, then those who
    /// leave because it does not list them.
    pub fn each(&self, each: &mut dyn FnMut(StudentChange, &Student) -> Result<()>) -> Result<()> {
        let mut rows = self.roll.rows()?;
        let lines = self.plan.lines().iter().enumerate();
        for (nth, change) in lines.filter(|(_, change)| **change != StudentChange::Keep) {
            let code = self.code(nth);
            let known = match change {
                StudentChange::Add => None,
                _ => students::find(self.conn, code, self.at)?,
            };
            let entry = rows.read(nth)?.spelled(code);
            let (change, student) = entry.against(known.map(|known| known.student).as_ref());
            each(change, &student)?;
        }
        for code in self.plan.leaving() {
            let known = lookup::student(self.conn, code, self.at)?.student;
            each(StudentChange::Deactivate, &Student { active: false, ..known })?;
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

/// Refuses a roll that gives codes of students who left to other people.
fn refuse_reused(roll: &Roll, reused: &[(usize, Reused)]) -> Result<()> {
    match reused.iter().min_by_key(|(nth, _)| nth) {
        None => Ok(()),
        Some((nth, first)) => {
            let at = format!("{}:{}: ", roll.name(), roll.line(*nth));
            Err(first.refusal(&at, reused.len() - 1))
        }
    }
}

fn unlikely(refused: &Unlikely) -> Failure {
    Problem::new(Kind::Refused, refused.to_string())
        .hint("nothing was imported; if the roll really changed this much, add --force")
        .into()
}

/// A student to be added.
#[derive(Debug)]
pub struct Newcomer {
    /// As they are to be.
    pub student: Student,
    /// From when on; `None`: from now.
    pub from: Option<When>,
    /// Even if a student of that code was erased.
    pub again: bool,
    /// The code means the same person who left, even under another name.
    pub same: bool,
}

/// Adds one student.
pub fn add(
    store: &mut Store,
    newcomer: &Newcomer,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    let Newcomer { student, from, again, .. } = newcomer;
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, *from, deed.caller)?;
        match students::find(conn, &student.code, start.at)? {
            Some(known) => refuse_known(conn, &known, newcomer, start.at, deed.caller)?,
            None if *again => erase::lift(conn, &student.code)?,
            None => {}
        }
        erase::refuse_erased(conn, [student.code.as_str()])?;
        let life = Life::read(conn, student, start, EnrolmentSource::Hand)?;
        let mut moved = Moved::default();
        match life.id {
            Some(_) => life.add_to(&mut moved),
            None => moved.add_newcomers(students::last_id(conn)?, start.first),
        }
        let effect = plan::edit(conn, &Touched::of_roll(conn, moved)?, deed, || {
            let about = Some(save(conn, student, start, EnrolmentSource::Hand)?);
            Ok(vec![Entry { about, detail: start.told(String::new()) }])
        })?;
        Ok(Edited { done: (), effect })
    })
}

/// Refuses to add a student whose code is known, unless it is the code of one who left and comes back.
fn refuse_known(
    conn: &Connection,
    known: &Stored,
    newcomer: &Newcomer,
    at: Instant,
    caller: &Caller,
) -> Result<()> {
    let Stored { id, student: Student { code, name, .. } } = known;
    let left = reuse::left(conn, *id, at, caller)?;
    if let Some(reused) = Reused::find(conn, (*id, code, name), &newcomer.student.name, at, caller)?
        && !newcomer.same
    {
        return Err(reused.refusal("", 0));
    }
    let (words, hint) = match left {
        Some(_) if newcomer.same => return Ok(()),
        Some(left) => (format!("left on {left}"), format!("attend student edit {code} --activate")),
        None => ("is on the roll already".to_owned(), format!("attend student edit {code}")),
    };
    Err(Problem::new(Kind::Refused, format!("student {code:?} {words}")).hint(hint).into())
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

/// Changes students from now or another instant on, all of them or none.
pub fn edit(
    store: &mut Store,
    codes: &[String],
    edit: &Edit,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<()>> {
    let codes: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, edit.from, deed.caller)?;
        let mut moved = Moved::default();
        let mut students: Vec<(Student, Student)> = Vec::new();
        for code in &codes {
            let before = lookup::student(conn, code, start.at)?;
            edit.refuse_group_off_the_roll(conn, &before, start.at)?;
            let (before, after) = (before.student.clone(), edit.applied(&before.student));
            if edit.is_about_the_roll() {
                Life::read(conn, &after, start, EnrolmentSource::Hand)?.add_to(&mut moved);
            }
            students.push((before, after));
        }
        let effect = plan::edit(conn, &Touched::of_roll(conn, moved)?, deed, || {
            let mut entries = Vec::new();
            for (before, after) in &students {
                let about = Some(match edit.is_about_the_roll() {
                    true => save(conn, after, start, EnrolmentSource::Hand)?,
                    false => students::save(conn, &after.code, &after.name)?,
                });
                let detail = before.told_changes(after);
                entries.extend(detail.map(|detail| Entry { about, detail: start.told(detail) }));
            }
            Ok(entries)
        })?;
        Ok(Edited { done: (), effect })
    })
}

impl Edit {
    /// Whether it says more than a name. A name alone leaves alone when the student is on the roll, which may begin later.
    fn is_about_the_roll(&self) -> bool {
        self.group.is_some() || self.active.is_some()
    }

    /// Refuses another group for a student who is not on the roll then: no register would ever show it.
    fn refuse_group_off_the_roll(&self, conn: &Connection, known: &Stored, at: Instant) -> Result<()> {
        let Stored { id, student: Student { code, active, .. } } = known;
        if self.group.is_none() || self.active.is_some() || *active {
            return Ok(());
        }
        let enrolment = enrolments::of(conn, *id)?;
        let later = enrolment.stretches.iter().map(|stretch| stretch.from).find(|from| at < *from);
        let zone = settings::load(conn)?.zone;
        let hint = match later {
            Some(from) => {
                // The first midnight at which the student is on the roll.
                let before = local_date(Instant::from_micros(from.micros() - 1), zone);
                format!("--from {} or later", before + Days::new(1))
            }
            None => "--activate brings the student back, in that group".to_owned(),
        };
        Err(Problem::new(Kind::Refused, format!("student {code:?} is not on the roll then"))
            .hint(hint)
            .into())
    }

    fn applied(&self, before: &Student) -> Student {
        Student {
            code: before.code.clone(),
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            group: self.group.clone().unwrap_or_else(|| before.group.clone()),
            active: self.active.unwrap_or(before.active),
        }
    }
}

/// When a student is on the roll, before and after an edit.
struct Life {
    /// `None`: a newcomer.
    id: Option<StudentId>,
    before: Enrolment,
    after: Enrolment,
}

impl Life {
    fn read(conn: &Connection, student: &Student, start: Start, source: EnrolmentSource) -> Result<Self> {
        let id = students::id(conn, &student.code)?;
        let before = id.map_or(Ok(Enrolment::default()), |id| enrolments::of(conn, id))?;
        let at = if before.first().is_some() { start.at } else { start.first };
        let after = match student.active {
            true => before.clone().join(at, student.group.as_deref(), source),
            false => before.clone().leave(at),
        };
        Ok(Self { id, before, after })
    }

    fn add_to(&self, moved: &mut Moved) {
        if let Some(id) = self.id {
            moved.add(id, &self.before, &self.after);
        }
    }
}

/// Adds or changes a student.
fn save(conn: &Connection, student: &Student, start: Start, source: EnrolmentSource) -> Result<StudentId> {
    let Life { before, after, .. } = Life::read(conn, student, start, source)?;
    let id = students::save(conn, &student.code, &student.name)?;
    if after != before {
        enrolments::replace(conn, id, &after)?;
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
