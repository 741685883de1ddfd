//! Students, added and edited one by one.

use std::collections::BTreeSet;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::{Moved, Touched};
use crate::commands::roll::alias;
use crate::commands::roll::find;
use crate::commands::roll::reuse::{self, Reused};
use crate::commands::roll::start::Start;
use crate::commands::upkeep::erase;
use crate::commands::{Caller, lookup};
use crate::domain::roll::enrolment::{Enrolment, EnrolmentSource, Spell};
use crate::domain::roll::group::{GroupChange, GroupFilter, Spellings};
use crate::domain::roll::holder::Held;
use crate::domain::roll::student::{Student, StudentId};
use crate::domain::time::Instant;
use crate::domain::time::calendar::{When, local_date};
use crate::failure::Result;
use crate::store::roll::students::Stored;
use crate::store::roll::{aliases, enrolments, students};
use crate::store::{Connection, Store, settings};

/// A student to be added.
#[derive(Debug)]
pub struct Newcomer {
    /// As they are to be.
    pub student: Student,
    /// When it takes effect. `None`: now.
    pub from: Option<When>,
    /// Add even if a student with this code was erased.
    pub again: bool,
    /// Whether the code still means the student who left, even with another name.
    pub same: bool,
}

/// Adds one student. Returns a warning if the code is the value of an alias of another.
pub fn add(
    store: &mut Store,
    newcomer: &Newcomer,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Option<String>>> {
    let Newcomer { student, from, again, .. } = newcomer;
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, *from, deed.caller)?;
        let groups = Spellings::of(enrolments::groups(conn)?);
        let mut student = Student { group: groups.spell(student.group.as_deref()), ..student.clone() };
        match find::by_code(conn, &student.code, start.at)? {
            Some(known) => {
                refuse_known(conn, &known, newcomer, start.at, deed.caller)?;
                student.code = known.student.code;
            }
            None if *again => erase::lift(conn, &student.code)?,
            None => {}
        }
        erase::refuse_erased(conn, [student.code.as_str()])?;
        let warning = alias::code_is_alias(conn, &student.code, start)?;
        let life = Life::read(conn, &student, Reach::Groups, start, EnrolmentSource::Hand)?;
        let mut moved = Moved::default();
        match life.id {
            Some(_) => life.add_to(&mut moved),
            None => moved.add_newcomers(students::last_id(conn)?, start.first),
        }
        let effect = plan::edit(conn, &Touched::of_roll(conn, moved)?, deed, || {
            let about = Some(save(conn, &student, Reach::Groups, start, EnrolmentSource::Hand)?);
            Ok(vec![Entry { about, detail: start.told(String::new()) }])
        })?;
        Ok(Edited { done: warning, effect })
    })
}

/// Refuses to add a student whose code exists, unless that student left and comes back.
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
    let enrolment = enrolments::of(conn, *id)?;
    let (words, hint) = match left {
        Some(_) if newcomer.same => return Ok(()),
        None if enrolment.holds(at) => {
            let hint = format!(
                "attend student edit {code} changes name and groups; another student needs another code"
            );
            (format!("student {code:?} is on the roll already: {name}"), hint)
        }
        left => {
            let state = match (left, enrolment.comes(at)) {
                (Some(left), _) => format!("left on {left}"),
                (None, Some(comes)) => {
                    format!("comes on {}", local_date(comes, settings::load(conn)?.zone))
                }
                (None, None) => "is not on the roll".to_owned(),
            };
            let hint = format!(
                "the same student: attend student edit {code} --activate; another one: attend student retire-code {code} first"
            );
            (format!("{code:?} is the code of {name}, who {state}"), hint)
        }
    };
    Err(Problem::new(Kind::Refused, words).hint(hint).into())
}

/// Changes of `student edit`. `None` keeps the value.
#[derive(Debug, Default)]
pub struct Edit {
    /// New name.
    pub name: Option<String>,
    /// Other groups.
    pub group: Option<GroupChange>,
    /// On or off the roll.
    pub active: Option<bool>,
    /// When it takes effect. `None`: now.
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
        let groups = Spellings::of(enrolments::groups(conn)?);
        let mut students: Vec<(Stored, Student, bool)> = Vec::new();
        for code in &codes {
            let before = lookup::student(conn, code, start.at)?;
            edit.refuse_group_off_the_roll(conn, &before, start.at)?;
            let after = edit.applied(&before.student, &groups)?;
            let mut differs = false;
            if edit.is_about_the_roll() {
                let life = Life::read(conn, &after, edit.reach(), start, EnrolmentSource::Hand)?;
                life.add_to(&mut moved);
                differs = life.differs();
            }
            students.push((before, after, differs));
        }
        let effect = plan::edit(conn, &Touched::of_roll(conn, moved)?, deed, || {
            let mut entries = Vec::new();
            for (before, after, differs) in &students {
                match edit.is_about_the_roll() {
                    true => save(conn, after, edit.reach(), start, EnrolmentSource::Hand).map(drop)?,
                    false => students::rename(conn, before.id, &after.name)?,
                }
                let about = Some(before.id);
                let told = before.student.told_changes(after);
                let detail = told.or_else(|| differs.then(|| after.told_state()));
                entries.extend(detail.map(|detail| Entry { about, detail: start.told(detail) }));
            }
            Ok(entries)
        })?;
        Ok(Edited { done: (), effect })
    })
}

impl Edit {
    /// Whether it changes more than the name. A change of the name alone does not affect enrolments, which may begin
    /// later.
    fn is_about_the_roll(&self) -> bool {
        self.group.is_some() || self.active.is_some()
    }

    fn reach(&self) -> Reach<'static> {
        match &self.group {
            _ if self.active.is_some() => Reach::Stay,
            Some(GroupChange::Alter { .. }) => Reach::Altered,
            Some(GroupChange::Set(_)) | None => Reach::Groups,
        }
    }

    /// Refuses another group for a student who is not on the roll then, because no register would show it.
    fn refuse_group_off_the_roll(&self, conn: &Connection, known: &Stored, at: Instant) -> Result<()> {
        let Stored { id, student: Student { code, active, .. } } = known;
        if self.group.is_none() || self.active.is_some() || *active {
            return Ok(());
        }
        let enrolment = enrolments::of(conn, *id)?;
        let later = enrolment.stretches.iter().map(|stretch| stretch.from).find(|from| at < *from);
        let zone = settings::load(conn)?.zone;
        let hint = match later {
            Some(from) => format!("--from {} or later", When::since(from, zone).written(zone)),
            None => "--activate brings the student back, in that group".to_owned(),
        };
        Err(Problem::new(Kind::Refused, format!("student {code:?} is not on the roll then"))
            .hint(hint)
            .into())
    }

    fn applied(&self, before: &Student, groups: &Spellings) -> Result<Student> {
        let group = match &self.group {
            None => before.group.clone(),
            Some(change) => {
                let changed = change.applied(before.group.as_deref()).map_err(|invalid| {
                    let problem =
                        Problem::new(Kind::Refused, format!("{}: {}", before.code, invalid.message));
                    invalid.hint.into_iter().fold(problem, Problem::hint)
                })?;
                groups.spell(changed.as_deref())
            }
        };
        Ok(Student {
            code: before.code.clone(),
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            group,
            active: self.active.unwrap_or(before.active),
        })
    }
}

/// Groups from an instant on, joined by commas.
pub(super) type Later = (Instant, Option<String>);

/// The reach of an edit that puts a student into groups: what becomes of the time after its instant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach<'a> {
    /// These groups hold ever after. A student on the roll leaves as planned.
    Groups,
    /// Only the groups that differ from those before do.
    Altered,
    /// The roll says nothing about groups: a student on it keeps them.
    Kept,
    /// The student is on the roll until further notice, whatever was planned.
    Stay,
    /// Other groups follow at later instants.
    Dated(&'a [Later]),
}

/// When a student is on the roll, before and after an edit.
pub(super) struct Life {
    /// `None`: a newcomer.
    id: Option<StudentId>,
    before: Enrolment,
    after: Enrolment,
}

impl Life {
    pub(super) fn read(
        conn: &Connection,
        student: &Student,
        reach: Reach,
        start: Start,
        source: EnrolmentSource,
    ) -> Result<Self> {
        let id = students::id(conn, &student.code)?;
        let before = id.map_or(Ok(Enrolment::default()), |id| enrolments::of(conn, id))?;
        let at = if before.first().is_some() { start.at } else { start.first };
        let (group, life) = (student.group.as_deref(), before.clone());
        let imported = source == EnrolmentSource::Import;
        let listed = life.found(at, source).filter(|_| imported).map(|day| life.group_at(day));
        let after = match reach {
            // An import lists students who left long ago, and some of them come back as planned.
            _ if !student.active && imported && !life.holds(at) => life,
            _ if !student.active => life.leave(at),
            Reach::Kept if life.found(at, source).is_some() => life,
            // An import that only changes the name leaves alone what an earlier one planned.
            Reach::Groups
                if listed.is_some_and(|listed| listed.as_deref() == group)
                    && !life.was_moved_within(at, start.now) =>
            {
                life
            }
            Reach::Stay => life.rejoin(at, group, source),
            Reach::Altered if life.holds(at) => life.alter(at, group),
            Reach::Groups | Reach::Altered | Reach::Kept => life.join(at, group, source),
            Reach::Dated(later) => {
                let later = later.iter().filter(|(from, _)| *from > at);
                let life = life.join(at, group, source);
                later.fold(life, |life, (from, group)| life.regroup(*from, group.as_deref(), source))
            }
        };
        Ok(Self { id, before, after })
    }

    /// Whether the edit changes it.
    pub(super) fn differs(&self) -> bool {
        self.before != self.after
    }

    pub(super) fn add_to(&self, moved: &mut Moved) {
        if let Some(id) = self.id {
            moved.add(id, &self.before, &self.after);
        }
    }
}

/// Adds or changes a student.
pub(super) fn save(
    conn: &Connection,
    student: &Student,
    reach: Reach,
    start: Start,
    source: EnrolmentSource,
) -> Result<StudentId> {
    let life = Life::read(conn, student, reach, start, source)?;
    let Some(id) = life.id else {
        let id = students::add(conn, &student.code, &student.name)?;
        enrolments::add(conn, id, &life.after)?;
        return Ok(id);
    };
    students::rename(conn, id, &student.name)?;
    if life.differs() {
        enrolments::replace(conn, id, &life.after)?;
    }
    Ok(id)
}

/// Which students to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only these groups.
    pub groups: GroupFilter,
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
        let now = caller.now;
        students::each(conn, &enrolments::roll(conn, &(now..=now))?, now, |on_roll| {
            let in_group = filter.groups.passes(on_roll.group);
            if in_group && (filter.all || on_roll.enrolled) { each(&on_roll.student()) } else { Ok(()) }
        })
    })
}

/// A warning for each chosen group that no student is or was in.
pub(crate) fn without_members(store: &mut Store, groups: &GroupFilter) -> Result<Vec<String>> {
    store.read(|conn| lookup::without_members(conn, groups.patterns()))
}

/// One student with the times on the roll.
#[derive(Debug)]
pub struct Shown {
    /// As on the roll now.
    pub student: Student,
    /// The times in the same groups.
    pub spells: Vec<Spell>,
    /// Every alias, those that were taken away too.
    pub aliases: Vec<Held>,
}

/// Reads one student.
pub fn show(store: &mut Store, code: &str, caller: &Caller) -> Result<Shown> {
    store.read(|conn| {
        let stored = lookup::student(conn, code, caller.now)?;
        let spells = enrolments::of(conn, stored.id)?.spells();
        Ok(Shown { student: stored.student, spells, aliases: aliases::of(conn, stored.id)? })
    })
}
