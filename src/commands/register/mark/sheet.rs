//! Marks from class registers that were filled in and typed back (`attend register --blank`).

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::{Request, apply, plan};
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::register::plan::{Consent, Edited, carry_out};
use crate::commands::sheet;
use crate::commands::{Caller, lookup};
use crate::domain::Invalid;
use crate::domain::register::act::{Act, Plan};
use crate::domain::register::class::{LETTERS, letter};
use crate::failure::Result;
use crate::store::register::expected::Whose;
use crate::store::{Connection, Store};

/// The letters of a register, by date and period: those of each student.
pub(crate) type Letters = BTreeMap<(NaiveDate, String), BTreeMap<String, &'static str>>;

/// Reads the letters of every sheet of a file.
///
/// # Errors
/// The file is not a class register, or a cell holds another letter.
pub(crate) fn letters(file: &Path) -> Result<Letters> {
    let mut letters = Letters::new();
    let mut found = false;
    for sheet in sheet::open_all(file)? {
        found |= read(&sheet, &file.display().to_string(), &mut letters)?;
    }
    if found {
        return Ok(letters);
    }
    let message = format!("{} is not a class register, and the mark is missing", file.display());
    Err(Problem::new(Kind::Data, message)
        .hint("attend register --blank -o g7a.xlsx makes one; a list of codes goes with a mark: attend mark excused --from-file trip.txt")
        .into())
}

/// The place of a column, and its date and period.
type Column = (usize, (NaiveDate, String));

/// Reads one sheet; says whether it is a class register.
fn read(sheet: &sheet::Sheet, name: &str, letters: &mut Letters) -> Result<bool> {
    let mut reader = csv::ReaderBuilder::new();
    reader.flexible(true).has_headers(false).delimiter(sheet.delimiter);
    let mut reader = reader.from_reader(&sheet.text[sheet.begins..]);
    let mut header: Option<(usize, Vec<Column>)> = None;
    for (nth, row) in reader.records().enumerate() {
        let row = row.map_err(|error| in_row(name, nth, &error.to_string()))?;
        let Some((code, columns)) = &header else {
            header = columns(&row);
            continue;
        };
        let Some(code) = row.get(*code).map(str::trim).filter(|code| !code.is_empty()) else { continue };
        for (place, of) in columns {
            let cell = row.get(*place).unwrap_or_default().trim().to_uppercase();
            // These say that nothing is decided.
            if cell.is_empty() || ["?", "◌", "→"].contains(&&*cell) {
                continue;
            }
            let letter = LETTERS.iter().map(|(letter, _)| *letter).find(|letter| *letter == cell);
            let letter = letter.ok_or_else(|| {
                let words = format!("{cell:?} of {code} in {} on {} is not P, L, A or E", of.1, of.0);
                in_row(name, nth, &words)
            })?;
            letters.entry(of.clone()).or_default().insert(code.to_owned(), letter);
        }
    }
    Ok(header.is_some())
}

fn in_row(name: &str, nth: usize, words: &str) -> Problem {
    let hint = "write P present, L late, A absent or E excused; nothing was marked";
    Problem::in_file(format!("{name}:{}", nth + 1), Invalid::new(words).hint(hint))
}

/// The columns of a header: that of the code, and those headed like `2026-09-07 Block 1`.
fn columns(row: &csv::StringRecord) -> Option<(usize, Vec<Column>)> {
    let code = row.iter().position(|cell| cell.trim().eq_ignore_ascii_case("code"))?;
    let columns = row.iter().enumerate().filter_map(|(place, cell)| {
        let (date, period) = cell.trim().split_once(char::is_whitespace)?;
        let closed = period.trim_start().starts_with("closed: ");
        Some((place, (date.parse().ok()?, period.trim().to_owned()))).filter(|_| !closed)
    });
    let columns: Vec<Column> = columns.collect();
    (!columns.is_empty()).then_some((code, columns))
}

/// Marks as the letters say, as [`super::run`] does.
///
/// # Errors
/// `Unconfirmed` where `consent` does not cover what changes.
pub(crate) fn run(
    store: &mut Store,
    letters: &Letters,
    reason: Option<&str>,
    consent: Consent,
    caller: &Caller,
) -> Result<Edited<Plan>> {
    carry_out(store, consent, |conn| {
        let plans = plans(conn, letters, reason, caller)?;
        for (request, plan) in &plans {
            apply::apply(conn, plan, request, caller)?;
        }
        let plan = whole(&plans);
        let effect = plan.effect(caller.now);
        Ok(Edited { done: plan, effect })
    })
}

/// All plans as one to be shown.
fn whole(plans: &[(Request, Plan)]) -> Plan {
    let mut whole = Plan::default();
    for (_, plan) in plans {
        whole.rows.extend(plan.rows.iter().cloned());
        whole.students.extend(plan.students.iter().cloned());
    }
    whole.students.sort();
    whole.students.dedup();
    whole
}

/// A plan for each letter in each period. Letters that agree with the register are left out: a sheet that is typed
/// back unchanged must not turn sightings into decisions of a person.
fn plans(
    conn: &Connection,
    letters: &Letters,
    reason: Option<&str>,
    caller: &Caller,
) -> Result<Vec<(Request, Plan)>> {
    let mut plans = Vec::new();
    for ((date, period), of_period) in letters {
        let now = judged(conn, *date, period, caller)?;
        let changed = |typed: &&str, code: &&String| now.get(*code) != Some(typed);
        for (letter, decision) in LETTERS {
            let typed = of_period.iter().filter(|(code, typed)| **typed == letter && changed(typed, code));
            let codes: Vec<String> = typed.map(|(code, _)| code.clone()).collect();
            if codes.is_empty() {
                continue;
            }
            let request = Request {
                act: Act::Mark(decision),
                codes,
                groups: None,
                periods: vec![period.clone()],
                all_day: false,
                dates: Some(*date..=*date),
                hours: None,
                reason: reason.map(str::to_owned),
            };
            let plan = plan::plan(conn, &request, caller)?;
            plans.push((request, plan));
        }
    }
    Ok(plans)
}

/// The letters that a register has now.
fn judged(
    conn: &Connection,
    date: NaiveDate,
    period: &str,
    caller: &Caller,
) -> Result<FxHashMap<String, &'static str>> {
    let occurrence = lookup::occurrence(conn, period, date)?;
    let expectations = lookup::expectations(conn, &(date..=date))?;
    let coverage = Cameras::read(conn)?.coverage(conn, &occurrence, caller.now)?;
    let mut judged = FxHashMap::default();
    entries::each_entry(conn, &occurrence, &expectations, Whose::ByCode, &coverage, caller.now, |entry| {
        judged.extend(letter(entry.judgement).map(|letter| (entry.code, letter)));
        Ok(())
    })?;
    Ok(judged)
}
