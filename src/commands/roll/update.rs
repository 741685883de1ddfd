//! `attend student import`: the roll follows a file, all of it or nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::{Moved, Touched};
use crate::commands::roll::import::{Reading, Roll};
use crate::commands::roll::recode::recode;
use crate::commands::roll::reuse::Reused;
use crate::commands::roll::start::Start;
use crate::commands::roll::student::{Later, Life, Reach, save};
use crate::commands::roll::{alias, handover, oneroster};
use crate::commands::upkeep::erase;
use crate::commands::{Caller, lookup};
use crate::domain::count::counted;
use crate::domain::roll::alias::Alias;
use crate::domain::roll::enrolment::{Enrolment, EnrolmentSource};
use crate::domain::roll::group::Spellings;
use crate::domain::roll::holder::Held;
use crate::domain::roll::oneroster::{Class, Recoded, Wish};
use crate::domain::roll::student::{RollEntry, RollPlan, Student, StudentChange, StudentId, Unlikely};
use crate::domain::spelling::same;
use crate::domain::time::Instant;
use crate::domain::time::Zone;
use crate::domain::time::calendar::When;
use crate::failure::{Failure, Result};
use crate::store::roll::{aliases, enrolments, feeds, students};
use crate::store::{Connection, Store, settings};

/// Options of `student import`.
#[derive(Debug)]
pub struct Import<'a> {
    /// The roll.
    pub file: &'a Path,
    /// How to read it.
    pub reading: Reading<'a>,
    /// When it takes effect. `None`: now.
    pub from: Option<When>,
    /// Whether students whom the roll does not list leave.
    pub deactivate_missing: bool,
    /// Whether codes that lost their leading zeros match those on the roll.
    pub restore_zeros: bool,
    /// Whether codes of students who left mean the same people, even with another name.
    pub same: bool,
    /// Import even if more than a fifth of the roll leaves or is new, or if codes look damaged.
    pub force: bool,
    /// Options for turning a OneRoster export into a roll.
    pub oneroster: Wish,
}

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The encoding, sheet and columns of the file, if they are worth showing.
    pub told: Option<String>,
    /// The changes of the roll.
    pub plan: RollPlan,
    /// Students whose number changed in the school system.
    pub recoded: Vec<Recoded>,
}

/// Updates the roll from a file, completely or not at all. `show` gets the changes first.
pub fn import(
    store: &mut Store,
    request: &Import,
    consent: Consent,
    deed: PlannedDeed,
    show: &mut dyn FnMut(&Changes) -> Result<()>,
) -> Result<Edited<Imported>> {
    let Opened { roll, classes, recoded, known } = open(store, request, deed.caller)?;
    plan::carry_out(store, consent, |conn| {
        let start = Start::read(conn, request.from, deed.caller)?;
        recode(conn, roll.name(), &recoded, (known, request.force), deed.caller)?;
        let changes =
            Changes { recoded: &recoded, ..Changes::plan(conn, &roll, request, start, deed.caller)? };
        show(&changes)?;
        let handed_over = roll.has_aliases() && start.is_past();
        let touched = match handed_over {
            true => Touched::of_all(start.at..=deed.caller.now),
            false => Touched::of_roll(conn, changes.moved(start)?)?,
        };
        let effect = plan::edit(conn, &touched, deed, || {
            changes.save(start)?;
            changes.hand_out_aliases(start)?;
            if handed_over {
                handover::follow(conn, None, start.at, deed.caller)?;
            }
            feeds::save_classes(conn, &classes)?;
            if let Some(columns) = request.reading.columns {
                feeds::save_columns(conn, &roll.header_key(), columns)?;
            }
            let detail = match (changes.plan.told(), recoded.len()) {
                (told, 0) => told,
                (None, many) => Some(counted(many, "changed code")),
                (Some(told), many) => Some(format!("{told}, {}", counted(many, "changed code"))),
            };
            let detail = detail.map(|detail| start.told(detail));
            Ok(detail.map(|detail| Entry { about: None, detail }).into_iter().collect())
        })?;
        let done = Imported { told: changes.told(), plan: changes.plan, recoded: recoded.clone() };
        Ok(Edited { done, effect })
    })
}

/// A roll that was read, with what else a OneRoster export says.
struct Opened {
    roll: Roll,
    classes: HashMap<String, Class>,
    recoded: Vec<Recoded>,
    /// How many of its students earlier exports brought.
    known: usize,
}

/// Reads the roll.
fn open(store: &mut Store, request: &Import, caller: &Caller) -> Result<Opened> {
    let Some(archive) = oneroster::find(request.file)? else {
        let remembered = store.read(feeds::columns)?;
        let reading = Reading { remembered: Some(&remembered), ..request.reading };
        let roll = Roll::open(request.file, reading)?;
        return Ok(Opened { roll, classes: HashMap::new(), recoded: Vec::new(), known: 0 });
    };
    let zone = store.read(settings::load)?.zone;
    let at = request.from.map_or(caller.now, |from| from.instant(zone));
    let export = oneroster::read(&archive, &request.oneroster, store, at, zone)?;
    if export.delta && request.deactivate_missing {
        let message =
            format!("{} lists only changes, so a student may be missing without having left", export.name);
        return Err(Problem::new(Kind::Refused, message).hint("leave --deactivate-missing away").into());
    }
    let oneroster::Export { name, sheet, classes, recoded, known, .. } = export;
    Ok(Opened { roll: Roll::made(name, sheet)?, classes, recoded, known })
}

/// A planned import, to be shown or applied.
#[derive(Debug)]
pub struct Changes<'a> {
    conn: &'a Connection,
    roll: &'a Roll,
    /// The instant from which the roll holds.
    at: Instant,
    plan: RollPlan,
    /// The school's spelling of codes, by the row that spells them differently.
    spelled: FxHashMap<usize, String>,
    groups: Spellings,
    zone: Zone,
    /// Students whose number changed in the school system.
    recoded: &'a [Recoded],
}

/// A student who is changed.
#[derive(Debug)]
pub struct Changed {
    /// The kind of change.
    pub change: StudentChange,
    /// The new state of the student.
    pub student: Student,
    /// Before the change; `None`: new.
    pub before: Option<Student>,
    /// Whether the roll speaks of groups.
    grouped: bool,
    /// Groups from later instants on; `None`: the roll speaks of no dates.
    later: Option<Vec<Later>>,
    /// The aliases in the roll. `None` if the roll has no column of aliases.
    aliases: Option<Vec<Alias>>,
    /// The row of the roll, if there is one.
    row: Option<usize>,
}

impl Changed {
    fn reach(&self) -> Reach<'_> {
        match &self.later {
            Some(later) => Reach::Dated(later),
            None if self.grouped => Reach::Groups,
            None => Reach::Kept,
        }
    }
}

impl<'a> Changes<'a> {
    /// Whether the roll has no lines.
    pub fn lists_nobody(&self) -> bool {
        self.plan.lists_nobody()
    }

    /// Plans every change before any is made. The roll and the student table are merged in code order.
    fn plan(
        conn: &'a Connection,
        roll: &'a Roll,
        request: &Import,
        start: Start,
        caller: &Caller,
    ) -> Result<Self> {
        let at = start.at;
        let mut plan = RollPlan::new(roll.size(), request.deactivate_missing);
        let mut spelled = FxHashMap::default();
        let (mut lost_zeros, mut reused) = (BTreeMap::<usize, Vec<String>>::new(), Vec::new());
        let groups = Spellings::of(enrolments::groups(conn)?).with(roll.groups());
        let everybody = enrolments::roll(conn, &(at..=at.max(start.now)))?;
        let by_hand = everybody.by_hand(at);
        let mut rows = roll.rows()?;
        let mut listed = roll.by_code().peekable();
        students::each(conn, &everybody, at, |known| -> Result<()> {
            while listed.next_if(|(code, _)| *code < known.code).is_some() {}
            let mut line = listed.next_if(|(code, _)| *code == known.code).map(|(_, nth)| nth);
            if line.is_none()
                && let Some(nth) = roll.nearly(known.code)
                && students::id(conn, roll.code(nth))?.is_none()
            {
                let restores = same(roll.code(nth), known.code);
                if !restores {
                    lost_zeros.entry(nth).or_default().push(known.code.to_owned());
                }
                if restores || request.restore_zeros {
                    spelled.insert(nth, known.code.to_owned());
                    line = Some(nth);
                }
            }
            let line =
                line.map(|nth| Ok::<_, Failure>((nth, rows.read(nth)?.spelled(known.code)))).transpose()?;
            if let Some((nth, entry)) = line.as_ref().filter(|_| !request.same) {
                let known = (known.id, known.code, known.name);
                let found = Reused::find(conn, known, &entry.name, at, caller)?;
                reused.extend(found.map(|found| (*nth, found)));
            }
            let student = known.student();
            let line = line.map(|(nth, entry)| -> Result<_> {
                let whom = (known.id, &student, everybody.enrolment(known.id));
                let by_hand = by_hand.of(known.id).1;
                Ok((nth, change_of(conn, roll, entry.grouped(&groups), whom, by_hand, start)?))
            });
            plan.compare(&student, line.transpose()?);
            Ok(())
        })?;
        if roll.is_feed() {
            plan.pass_over_leavers(|nth| Ok::<_, Failure>(rows.read(nth)?.active))?;
        }
        refuse_reused(roll, &reused)?;
        if request.restore_zeros || !request.force {
            refuse_ambiguous_zeros(roll, &lost_zeros)?;
        }
        if !request.restore_zeros && !request.force {
            refuse_lost_zeros(roll, &lost_zeros)?;
        }
        plan.check(request.force).map_err(|refused| unlikely(&refused))?;
        let lines = plan.lines().iter().enumerate();
        let newcomers = lines.filter(|(_, change)| **change == StudentChange::Add);
        erase::refuse_erased(conn, newcomers.map(|(nth, _)| roll.code(nth)))?;
        Ok(Self { conn, roll, at, plan, spelled, groups, zone: settings::load(conn)?.zone, recoded: &[] })
    }

    /// The encoding, sheet and columns of the file, if they are worth showing.
    pub(crate) fn told(&self) -> Option<String> {
        self.roll.told()
    }

    /// Students whose number changed in the school system. They have the new code already.
    pub(crate) fn recoded(&self) -> &[Recoded] {
        self.recoded
    }

    /// The students who will be enrolled differently.
    fn moved(&self, start: Start) -> Result<Moved> {
        let mut moved = Moved::default();
        if self.plan.count(StudentChange::Add) > 0 {
            moved.add_newcomers(students::last_id(self.conn)?, start.first);
        }
        self.each(&mut |changed| {
            if changed.change != StudentChange::Add {
                let life =
                    Life::read(self.conn, &changed.student, changed.reach(), start, EnrolmentSource::Import)?;
                life.add_to(&mut moved);
            }
            Ok(())
        })?;
        Ok(moved)
    }

    /// Saves the students, apart from their aliases.
    fn save(&self, start: Start) -> Result<()> {
        let save = || {
            self.each(&mut |changed| {
                save(self.conn, &changed.student, changed.reach(), start, EnrolmentSource::Import).map(drop)
            })
        };
        match self.plan.count(StudentChange::Add) {
            0 => save(),
            _ => enrolments::add_many(self.conn, start.first, save),
        }
    }

    /// The code of the student whom the `nth` row lists.
    fn code(&self, nth: usize) -> &str {
        self.spelled.get(&nth).map_or_else(|| self.roll.code(nth), String::as_str)
    }

    /// Passes every changed student to `each`, in the new state. The order is that of the roll, followed by the students
    /// who leave.
    pub fn each(&self, each: &mut dyn FnMut(&Changed) -> Result<()>) -> Result<()> {
        let mut rows = self.roll.rows()?;
        let lines = self.plan.lines().iter().enumerate();
        for (row, change) in lines.filter(|(_, change)| **change != StudentChange::Keep) {
            let code = self.code(row);
            let known = match change {
                StudentChange::Add => None,
                _ => students::find(self.conn, code, self.at)?,
            };
            let entry = rows.read(row)?.spelled(code).grouped(&self.groups);
            let (before, by_hand) = match known {
                Some(known) => {
                    let enrolment = enrolments::of(self.conn, known.id)?;
                    let planned = as_planned(&entry, &known.student, &enrolment, self.at);
                    let (student, by_hand) =
                        planned.unwrap_or_else(|| (known.student, enrolment.by_hand(self.at)));
                    (Some(student), by_hand)
                }
                None => (None, None),
            };
            let (aliases, later) = (entry.aliases.clone(), later(&entry, self.zone));
            let grouped = entry.group.is_some();
            let (_, student) = entry.against(before.as_ref(), by_hand.as_deref());
            each(&Changed { change: *change, student, before, grouped, later, aliases, row: Some(row) })?;
        }
        for code in self.plan.leaving() {
            let known = lookup::student(self.conn, code, self.at)?.student;
            let student = Student { active: false, ..known.clone() };
            let (change, before) = (StudentChange::Deactivate, Some(known));
            each(&Changed {
                change,
                student,
                before,
                grouped: false,
                later: None,
                aliases: None,
                row: None,
            })?;
        }
        Ok(())
    }

    /// Removes all aliases that are no longer in the roll, then adds the new ones, because a card may move from one
    /// student of the roll to another.
    fn hand_out_aliases(&self, start: Start) -> Result<()> {
        self.each_alias(|id, aliases, _| {
            for held in imported(self.conn, self.roll, id, start.at)? {
                if !aliases.iter().any(|alias| alias.is(&held.alias)) {
                    aliases::end(self.conn, &held, start.at)?;
                }
            }
            Ok(())
        })?;
        self.each_alias(|id, aliases, row| {
            for alias in aliases {
                let at = alias::begins(self.conn, id, alias, start)?;
                if let Some(held) = alias::give(self.conn, id, alias, at, EnrolmentSource::Import)? {
                    let free = |code: &str| {
                        format!("attend student alias {code} --remove {} takes it away first", held.alias)
                    };
                    let Problem { kind, message, hint } = alias::taken(self.conn, &held, free)?;
                    let place = format!("{}:{}", self.roll.name(), self.roll.line(row));
                    return Err(Problem { kind, message: format!("{place}: {message}"), hint }.into());
                }
            }
            Ok(())
        })
    }

    fn each_alias(&self, mut each: impl FnMut(StudentId, &[Alias], usize) -> Result<()>) -> Result<()> {
        if !self.roll.has_aliases() {
            return Ok(());
        }
        self.each(&mut |Changed { student, aliases, row, .. }| match (
            students::id(self.conn, &student.code)?,
            aliases,
            row,
        ) {
            (Some(id), Some(aliases), Some(row)) => each(id, aliases, *row),
            _ => Ok(()),
        })
    }
}

/// The change of a known student whom the roll lists.
fn change_of(
    conn: &Connection,
    roll: &Roll,
    entry: RollEntry,
    (id, student, enrolment): (StudentId, &Student, Option<&Enrolment>),
    by_hand: Option<&str>,
    start: Start,
) -> Result<StudentChange> {
    let away = enrolment.filter(|_| !student.active);
    let planned = away.and_then(|enrolment| as_planned(&entry, student, enrolment, start.at));
    let (student, by_hand) = match &planned {
        Some((student, by_hand)) => (student, by_hand.as_deref()),
        None => (student, by_hand),
    };
    // Most entries say nothing but code, name and groups, and a roll may have a million of them.
    let rich = (entry.aliases.is_some() || entry.later.is_some()).then(|| entry.clone());
    let moved = entry.group.is_some() && enrolment.is_some_and(|e| e.was_moved_within(start.at, start.now));
    let (change, after) = entry.against(Some(student), by_hand);
    let more = match rich.filter(|_| change == StudentChange::Keep) {
        Some(entry) => changes_more(conn, roll, (id, &after), &entry, start)?,
        None => false,
    };
    let update = change == StudentChange::Keep && (moved || more);
    Ok(if update { StudentChange::Update } else { change })
}

/// A listed student who comes as planned, as on that day, with the groups given by hand. `None`: the student does not come,
/// or the roll lists a student who is away.
fn as_planned(
    entry: &RollEntry,
    student: &Student,
    enrolment: &Enrolment,
    at: Instant,
) -> Option<(Student, Option<String>)> {
    let day = enrolment.comes(at).filter(|_| entry.active)?;
    let student = Student { active: true, group: enrolment.group_at(day), ..student.clone() };
    Some((student, enrolment.by_hand(day)))
}

/// The groups from later dates on, as instants.
fn later(entry: &RollEntry, zone: Zone) -> Option<Vec<Later>> {
    let later = entry.later.as_ref()?.iter();
    Some(later.map(|(date, groups)| (When::Date(*date).instant(zone), groups.clone())).collect())
}

/// The aliases that an import gave a student, of the kinds that a roll speaks of, and that go on at an instant.
fn imported(conn: &Connection, roll: &Roll, student: StudentId, at: Instant) -> Result<Vec<Held>> {
    let mut held = aliases::of(conn, student)?;
    let wanted = |held: &Held| held.source == EnrolmentSource::Import && roll.speaks_of(held.alias.kind);
    held.retain(|held| wanted(held) && held.stretch.holds(at));
    Ok(held)
}

/// Whether a line whose student stays as before changes aliases, or groups of later dates.
fn changes_more(
    conn: &Connection,
    roll: &Roll,
    (id, student): (StudentId, &Student),
    entry: &RollEntry,
    start: Start,
) -> Result<bool> {
    if let Some(aliases) = &entry.aliases {
        let held = aliases::of(conn, id)?;
        let has =
            |alias: &Alias| held.iter().any(|held| held.stretch.holds(start.at) && held.alias.is(alias));
        let listed = |held: &Held| aliases.iter().any(|alias| alias.is(&held.alias));
        if !aliases.iter().all(has) || !imported(conn, roll, id, start.at)?.iter().all(listed) {
            return Ok(true);
        }
    }
    let Some(later) = later(entry, settings::load(conn)?.zone) else { return Ok(false) };
    Ok(Life::read(conn, student, Reach::Dated(&later), start, EnrolmentSource::Import)?.differs())
}

/// Refuses a roll with a code that could be that of several students, who differ in leading zeros alone.
fn refuse_ambiguous_zeros(roll: &Roll, lost: &BTreeMap<usize, Vec<String>>) -> Result<()> {
    let Some((nth, known)) = lost.iter().find(|(_, known)| known.len() > 1) else { return Ok(()) };
    let known: Vec<String> = known.iter().map(|code| format!("{code:?}")).collect();
    let message = format!(
        "{}:{}: code {:?} could be {} on the roll, which differ in leading zeros",
        roll.name(),
        roll.line(*nth),
        roll.code(*nth),
        known.join(" or "),
    );
    let hint = "write the code in the file as it is on the roll, or add the row as another student with --force; \
                nothing was imported";
    Err(Problem::new(Kind::Refused, message).hint(hint).into())
}

/// Refuses a roll whose codes are those of known students without the leading zeros: a spreadsheet removed them.
fn refuse_lost_zeros(roll: &Roll, lost: &BTreeMap<usize, Vec<String>>) -> Result<()> {
    let Some((nth, [known, ..])) = lost.first_key_value().map(|(nth, known)| (nth, &known[..])) else {
        return Ok(());
    };
    let count = match lost.len() {
        1 => String::new(),
        n => format!(" (and {} like it)", counted(n - 1, "more row")),
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

/// Refuses a roll that gives the codes of former students to other people.
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
