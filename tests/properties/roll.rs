//! The roll: `student import` reads a file correctly in any of its forms, or names the
//! line that is wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;

use attend::commands::problem::Problem;
use attend::commands::register::plan::{Consent, PlannedDeed};
use attend::commands::roll::import::Reading;
use attend::commands::roll::student::{Newcomer, add};
use attend::commands::roll::update::{Import, import};
use attend::commands::{Caller, init};
use attend::domain::roll::group::{check_groups, joined, split};
use attend::domain::roll::oneroster::Wish;
use attend::domain::roll::student::{RollEntry, RollPlan, Student, StudentChange, check_code, check_name};
use attend::domain::time::Instant;
use attend::failure::Cause;
use attend::store::Store;
use tempfile::TempDir;

use super::Choices;

/// The first byte says whether the rest is a complete file or the choices for building one.
pub fn hold(input: &[u8]) {
    match input.split_first() {
        Some((0..128, file)) => any_file(file),
        Some((128.., cells)) => a_written_file(&mut Choices(cells)),
        None => {}
    }
}

/// The roll before the import: one student for each possible case.
fn known() -> [Student; 4] {
    [
        ("A", "Ada", Some("G7"), true),
        ("B", "Ben", None, true),
        ("C", "Cem", None, false),
        ("D", "Dana", None, true),
    ]
    .map(|(code, name, group, active)| Student {
        code: code.into(),
        name: name.into(),
        group: group.map(Into::into),
        active,
    })
}

/// A school with that roll. Nothing is ever imported into it, only planned.
struct School {
    folder: TempDir,
    store: Store,
}

thread_local! {
    static SCHOOL: RefCell<School> = RefCell::new(School::new());
}

fn caller() -> Caller {
    Caller { by: "test".into(), now: Instant::from_micros(1_788_757_391_000_000) }
}

impl School {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("school.db");
        init::run(&path, "Asia/Baghdad".parse().unwrap(), None, &caller()).unwrap();
        let mut store = Store::open(&path).unwrap();
        for student in known() {
            let newcomer = Newcomer { student, from: None, again: false, same: false };
            let deed = PlannedDeed { action: "student add", reason: None, caller: &caller() };
            add(&mut store, &newcomer, Consent::Given, deed).unwrap();
        }
        Self { folder, store }
    }
}

/// The plan of importing a file.
pub(super) struct Planned {
    plan: RollPlan,
    /// The students that change, in their new state.
    pub(super) changes: Vec<(StudentChange, Student)>,
}

/// The plan of importing a file, or the line that is refused, which must be one of the file.
fn planned(text: &[u8]) -> Result<Planned, usize> {
    planned_with(text, false, true).map_err(|problem| {
        let Some((_, place)) = problem.message.split_once("roll.csv:") else { panic!("{problem:?}") };
        // An undecodable file has no line numbers.
        let Ok(line) = place.split(':').next().unwrap().parse::<usize>() else { return 0 };
        let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
        assert!((1..=lines).contains(&line), "{problem:?} of {lines} lines");
        line
    })
}

pub(super) fn planned_with(text: &[u8], deactivate_missing: bool, force: bool) -> Result<Planned, Problem> {
    let mut changes = Vec::new();
    let result = SCHOOL.with_borrow_mut(|school| {
        let file = school.folder.path().join("roll.csv");
        std::fs::write(&file, text).unwrap();
        let reading = Reading::default();
        let request = Import {
            file: &file,
            reading,
            from: None,
            deactivate_missing,
            restore_zeros: false,
            same: false,
            force,
            oneroster: Wish::default(),
        };
        let deed = PlannedDeed { action: "student import", reason: None, caller: &caller() };
        import(&mut school.store, &request, Consent::DryRun, deed, &mut |found| {
            found.each(&mut |changed| {
                let (change, student) = (changed.change, &changed.student);
                changes.push((change, student.clone()));
                Ok(())
            })
        })
    });
    result.map(|edited| Planned { plan: edited.done.plan, changes }).map_err(|error| {
        let Cause::Problem(problem) = error.cause() else { panic!("{error}") };
        for words in [Some(&problem.message), problem.hint.as_ref()].into_iter().flatten() {
            assert!(!words.is_empty() && !words.chars().any(char::is_control), "{problem:?}");
        }
        problem.clone()
    })
}

/// An accepted file is in order. Written out in full, it is accepted again with the same result.
fn any_file(text: &[u8]) {
    let Ok(plan) = planned(text) else { return };
    for (_, student) in &plan.changes {
        assert_eq!(check_code(&student.code), Ok(student.code.as_str()));
        assert_eq!(check_name(&student.name), Ok(student.name.as_str()));
        assert_eq!(check_groups(student.group.as_deref().unwrap_or_default()), Ok(student.group.clone()));
    }
    let codes: BTreeSet<&str> = plan.changes.iter().map(|(_, student)| student.code.as_str()).collect();
    assert_eq!(codes.len(), plan.changes.len(), "a code twice");
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["code", "name", "group", "active"]).unwrap();
    for (_, Student { code, name, group, active }) in &plan.changes {
        let group = group.as_deref().unwrap_or_default();
        csv.write_record([code.as_str(), name, group, if *active { "1" } else { "no" }]).unwrap();
    }
    // A cell that looks like a guard of our own sheets means another text when it is written unguarded.
    let guarded = |text: &str| text.starts_with(['=', '\'']);
    if plan.changes.iter().any(|(_, student)| {
        guarded(&student.code) || guarded(&student.name) || student.group.as_deref().is_some_and(guarded)
    }) {
        return;
    }
    let again = planned(&csv.into_inner().unwrap()).unwrap();
    assert_eq!(again.changes, plan.changes);
}

const CODES: [&str; 9] = ["A", "B", "C", "D", " H1 ", "H\"2", "ÄÖ-3", "", "H 1"];
const NAMES: [&str; 7] =
    ["Ada", "Ben", "Ŷ, \"the\" first", "two\nlines", "two\r\nlines; again", "a\ttab", " "];
const GROUPS: [&str; 5] = ["", "G7", "G 8 ", "\"", "G7,G8"];
const ACTIVE: [&str; 6] = ["", "1", "No", " yes", "0", "perhaps"];

/// How a file is written.
struct Style {
    delimiter: char,
    end: &'static str,
    /// Cells that need no quotes get them too.
    quoted: bool,
    /// Before the header and between rows.
    blank: &'static str,
}

impl Style {
    fn row(&self, cells: &[&str]) -> String {
        let quote = |cell: &&str| {
            let needed = cell.contains(['"', ',', ';', '\t', '\n', '\r']);
            if needed || self.quoted {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                (*cell).to_owned()
            }
        };
        let cells: Vec<String> = cells.iter().map(quote).collect();
        cells.join(&self.delimiter.to_string()) + self.end
    }
}

/// A written file reads back the same, or the first wrong row is reported with its line.
fn a_written_file(choices: &mut Choices) {
    let style = Style {
        delimiter: choices.one_of(&[',', ';', '\t']),
        end: choices.one_of(&["\n", "\r\n"]),
        quoted: choices.one_of(&[false, true]),
        blank: choices.one_of(&["", "", "\n", "\r\n\r\n"]),
    };
    let columns = choices.one_of(&[&[0, 1, 2, 3][..], &[0, 1], &[1, 0, 3], &[2, 1, 0]]);
    let shuffled =
        |cells: [&'static str; 4]| -> Vec<&'static str> { columns.iter().map(|nth| cells[*nth]).collect() };
    let mut text = choices.one_of(&["", "\u{feff}"]).to_owned();
    text += &style.row(&shuffled(
        choices.one_of(&[["code", "name", "group", "active"], ["Code", "NAME ", " group", "Active"]]),
    ));
    let mut expected: Result<Vec<RollEntry>, usize> = Ok(Vec::new());
    while choices.more() {
        text += style.blank;
        let line = text.matches('\n').count() + 1;
        let (code, name) = (choices.one_of(&CODES), choices.one_of(&NAMES));
        let (group, active) = (choices.one_of(&GROUPS), choices.one_of(&ACTIVE));
        let cells = shuffled([code, name, group, active]);
        let short = choices.byte() > 250;
        let written = if short { &cells[1..] } else { &cells };
        text += &style.row(written);
        if written.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let has = |column: usize| columns.contains(&column);
        let entry =
            (!short).then(|| entry(code, name, has(2).then_some(group), has(3).then_some(active))).flatten();
        if let Ok(entries) = &mut expected {
            match entry.filter(|entry| entries.iter().all(|before| before.code != entry.code)) {
                Some(entry) => entries.push(entry),
                None => expected = Err(line),
            }
        }
    }
    if choices.byte() > 128 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    match (planned(text.as_bytes()), expected) {
        (Ok(plan), Ok(entries)) => {
            as_the_roll_says(&plan, &entries);
            missing_students_leave(text.as_bytes(), &entries);
        }
        (read, expected) => {
            assert_eq!(read.map(|planned| planned.changes), expected.map(|_| vec![]), "{text:?}");
        }
    }
}

/// A row as the documentation reads it; `None`: it is wrong.
fn entry(code: &str, name: &str, group: Option<&str>, active: Option<&str>) -> Option<RollEntry> {
    let wrong = ["", "H 1"].contains(&code) || name == " " || active == Some("perhaps");
    (!wrong).then(|| RollEntry {
        code: code.trim().to_owned(),
        name: name.to_owned(),
        group: group.map(|group| (!group.is_empty()).then(|| group.trim().to_owned())),
        active: active.is_none_or(|active| !["No", "0"].contains(&active)),
        aliases: None,
        later: None,
    })
}

/// One change for every row, in order and of the right kind. Unchanged students are passed over.
fn as_the_roll_says(planned: &Planned, entries: &[RollEntry]) {
    let lines = planned.plan.lines();
    assert_eq!(lines.len(), entries.len());
    let mut changes = planned.changes.iter();
    for (line, entry) in lines.iter().zip(entries) {
        let known = known().into_iter().find(|known| known.code == entry.code);
        let was = known.as_ref().map(|known| known.active);
        // Everybody known was added by hand, and an import leaves such groups alone.
        let own = known.as_ref().and_then(|known| known.group.as_deref());
        let group = match &entry.group {
            Some(group) => joined(split(group.as_deref()).chain(split(own.filter(|_| was == Some(true))))),
            None => own.map(str::to_owned),
        };
        let RollEntry { code, name, active, .. } = entry.clone();
        let student = Student { code, name, group, active };
        let same = known.as_ref() == Some(&student);
        let named_as_before = known.is_some_and(|known| known.name == student.name);
        let expected = match (was, entry.active) {
            (None, _) => StudentChange::Add,
            (Some(false), true) => StudentChange::Activate,
            (Some(true), false) => StudentChange::Deactivate,
            (Some(true), true) => {
                if same {
                    StudentChange::Keep
                } else {
                    StudentChange::Update
                }
            }
            // A student who is not on the roll is in no group.
            (Some(false), false) => {
                if named_as_before {
                    StudentChange::Keep
                } else {
                    StudentChange::Update
                }
            }
        };
        assert_eq!(*line, expected, "{student:?}");
        if expected != StudentChange::Keep {
            assert_eq!(changes.next(), Some(&(expected, student)));
        }
    }
    assert_eq!(changes.next(), None, "only who is on the roll");
}

/// A roll that is taken for complete takes the others off, unless they are more than a fifth; planned
/// again after that, nothing changes.
fn missing_students_leave(text: &[u8], entries: &[RollEntry]) {
    let Planned { plan, changes } = planned_with(text, true, true).unwrap();
    let leaving = plan.count(StudentChange::Deactivate);
    let stays = |known: &Student| entries.iter().any(|entry| entry.code == known.code && entry.active);
    assert_eq!(leaving, known().iter().filter(|known| known.active && !stays(known)).count());
    let refused = planned_with(text, true, false).is_err();
    assert_eq!(refused, leaving * 5 > known().iter().filter(|known| known.active).count());

    let unchanged = |known: &Student| !changes.iter().any(|(_, student)| student.code == known.code);
    let mut after: Vec<Student> = known().into_iter().filter(unchanged).collect();
    after.extend(changes.iter().map(|(_, student)| student.clone()));
    let mut again = RollPlan::new(entries.len(), true);
    for student in &after {
        let nth = entries.iter().position(|entry| entry.code == student.code);
        let before = known().into_iter().find(|known| known.code == student.code && known.active);
        let by_hand = before.and_then(|known| known.group);
        let change = |nth: usize| entries[nth].clone().against(Some(student), by_hand.as_deref()).0;
        again.compare(student, nth.map(|nth| (nth, change(nth))));
    }
    assert_eq!(again.told(), None, "{again:?}");
}
