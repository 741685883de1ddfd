//! Rosters, summaries, histories, the panel and the schedule.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use serde_json::Value;

use super::{begun, days, effects, entry, instant, is_elsewhere, json, rows, same, text};
use crate::facts::{Occurrence, Student};
use crate::machine::{Disagreement, Machine};
use crate::register::{Entry, Status};

/// The numbers of a register: expected, then those that add up to it.
fn counts(entries: &[Entry]) -> [usize; 5] {
    let of = |wanted: &[Status]| entries.iter().filter(|entry| wanted.contains(&entry.status)).count();
    [
        entries.len(),
        of(&[Status::Present]),
        of(&[Status::Excused]),
        of(&[Status::LowScore]),
        of(&[Status::Expected]),
    ]
}

fn compare_counts(what: &str, entries: &[Entry], report: &Value) -> Result<(), Disagreement> {
    let number = |key: &str| usize::try_from(report[key].as_u64().unwrap_or(0)).unwrap();
    let program = ["expected", "present", "excused", "low_score", "pending"].map(number);
    same(what, &counts(entries), &program)?;
    let sum: usize = program[1..].iter().sum::<usize>() + number("absent") + number("unknown");
    same(&format!("{what}: the sum"), &program[0], &sum)?;
    let late = entries.iter().filter(|entry| entry.late).count();
    same(&format!("{what}: late"), &late, &number("late"))?;
    for (key, status) in [("absent", Status::Absent), ("unknown", Status::Unknown)] {
        let certain = entries.iter().filter(|entry| entry.status == status).count();
        let open = entries.iter().filter(|entry| entry.status == Status::Unseen).count();
        if number(key) < certain || number(key) > certain + open {
            return Err(format!(
                "{what}: {} {key}, by the model {certain} to {}",
                number(key),
                certain + open
            ));
        }
    }
    Ok(())
}

pub(super) fn roster(machine: &Machine, index: usize) -> Result<(), Disagreement> {
    let held: Vec<_> = machine.model.occurrences.iter().filter(|o| machine.model.is_held(o)).collect();
    if held.is_empty() {
        return Ok(());
    }
    let occurrence = held[index * 7 % held.len()];
    let (period, date) = (&occurrence.name, occurrence.date.to_string());
    let report = json(machine, &["roster", "show", "--period", period, "--date", &date])?;
    let what = format!("roster show {period} {date}");
    let entries = machine.model.register(occurrence, machine.now);
    compare_counts(&what, &entries, &report)?;
    compare_rows(machine, &what, &entries, &report["rows"])
}

fn compare_rows(machine: &Machine, what: &str, entries: &[Entry], rows: &Value) -> Result<(), Disagreement> {
    let rows: BTreeMap<String, &Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !is_elsewhere(row))
        .map(|row| (text(&row["student"]).unwrap(), row))
        .collect();
    let mut codes: Vec<_> = entries.iter().map(|entry| entry.student.clone()).collect();
    codes.sort();
    same(what, &codes, &rows.keys().cloned().collect::<Vec<_>>())?;
    entries.iter().try_for_each(|model| entry(machine, what, model, rows[&model.student]))
}

/// The latest dates: each student's day and each period's numbers.
pub(super) fn summary(machine: &Machine) -> Result<(), Disagreement> {
    for ago in [0, 1] {
        let date = machine.zone().date(machine.now) - Duration::days(ago);
        let report = json(machine, &["summary", "--date", &date.to_string()])?;
        let what = format!("summary of {date}");
        let of_day: Vec<&Occurrence> = begun(machine).filter(|o| o.date == date).collect();
        for occurrence in &of_day {
            let reported = report["periods"].as_array().unwrap().iter();
            let found = reported.clone().find(|period| period["period"] == *occurrence.name.as_str());
            let found = found.ok_or_else(|| format!("{what} does not know {}", occurrence.name))?;
            let entries = machine.model.register(occurrence, machine.now);
            compare_counts(&format!("{what}, {}", occurrence.name), &entries, found)?;
        }
        let all: Vec<Entry> = of_day.iter().flat_map(|o| machine.model.register(o, machine.now)).collect();
        compare_counts(&what, &all, &report)?;
        for row in report["rows"].as_array().unwrap() {
            let code = text(&row["student"]).unwrap();
            let own: Vec<Entry> = all.iter().filter(|entry| entry.student == code).cloned().collect();
            compare_counts(&format!("{what}, {code}"), &own, row)?;
        }
    }
    Ok(())
}

/// The aliases that each student has now.
pub(super) fn aliases(machine: &Machine) -> Result<(), Disagreement> {
    for student in &machine.model.students {
        let report = json(machine, &["student", "show", &student.code])?;
        let program: Vec<_> = report["aliases"].as_array().unwrap().iter().filter_map(text).collect();
        let model = machine.model.aliases.of(&student.code, machine.now);
        same(&format!("student show {}, the aliases", student.code), &model, &program)?;
    }
    Ok(())
}

pub(super) fn history(machine: &Machine, index: usize) -> Result<(), Disagreement> {
    let students = &machine.model.students;
    if students.is_empty() {
        return Ok(());
    }
    let student = &students[index * 5 % students.len()];
    let today = machine.zone().date(machine.now);
    for date in [today, today - Duration::days(1)] {
        history_of(machine, student, date)?;
    }
    Ok(())
}

fn history_of(machine: &Machine, student: &Student, date: NaiveDate) -> Result<(), Disagreement> {
    let report = json(machine, &["history", &student.code, "--date", &date.to_string()])?;
    let what = format!("history {} {date}", student.code);
    let effects = effects(machine);
    let reported = report["rows"].as_array().unwrap();
    for ((code, id), (effect, period)) in &effects {
        if *code != student.code || machine.zone().date(id.at) != date {
            continue;
        }
        let is_it = |row: &&Value| instant(&row["at"]) == Some(id.at) && row["camera"] == *id.camera.as_str();
        let row = reported.iter().find(is_it).ok_or_else(|| format!("{what} does not show {id:?}"))?;
        if machine.model.reviews.contains_key(id) && !effect.accepted() {
            continue;
        }
        let model = (Some(effect.word().to_owned()), period.clone());
        same(&format!("{what}, {id:?}"), &model, &(text(&row["effect"]), text(&row["period"])))?;
    }
    let of_day = machine.model.occurrences.iter().filter(|o| o.date == date && machine.model.is_held(o));
    for occurrence in of_day {
        let model = machine.model.entry(occurrence, student, machine.now);
        let reported = report["periods"].as_array().unwrap().iter();
        let found = reported.clone().find(|row| row["period"] == *occurrence.name.as_str());
        let found = found.filter(|row| !is_elsewhere(row));
        match (model, found) {
            (Some(model), Some(row)) => entry(machine, &format!("{what}, {}", occurrence.name), &model, row)?,
            (None, None) => {}
            (model, row) => {
                return Err(format!("{what}, {}: model {model:?}, attend {row:?}", occurrence.name));
            }
        }
    }
    Ok(())
}

/// The periods of today on the panel, and the roster of now.
pub(super) fn panel(machine: &Machine) -> Result<(), Disagreement> {
    let today = machine.zone().date(machine.now);
    let report = json(machine, &["panel"])?;
    let reported = report["periods"].as_array().unwrap();
    for occurrence in machine.model.occurrences.iter().filter(|o| o.date == today && machine.model.is_held(o))
    {
        let found = reported.iter().find(|row| {
            row["period"] == *occurrence.name.as_str() && row["date"] == *occurrence.date.to_string().as_str()
        });
        let found = found.ok_or_else(|| format!("the panel does not show {}", occurrence.name))?;
        let entries = machine.model.register(occurrence, machine.now);
        let what = format!("panel, {}", occurrence.name);
        // Marks and excuses count from the start on, or while the period is active.
        if occurrence.starts_at <= machine.now || found["active"] == true {
            compare_counts(&what, &entries, found)?;
        } else {
            let number = |key: &str| usize::try_from(found[key].as_u64().unwrap_or(0)).unwrap();
            let waiting = [entries.len(), entries.len(), 0, 0];
            same(&what, &waiting, &["expected", "pending", "present", "excused"].map(number))?;
        }
        let open = |o: &Occurrence| o.opens_at() <= machine.now && machine.now <= o.closes_at();
        // Of two for the same students only the one that sightings count in now is active.
        let shares = |o: &Occurrence| {
            o.groups.is_empty() || o.groups.iter().any(|group| occurrence.groups.contains(group))
        };
        let twin = |o: &&Occurrence| o.id != occurrence.id && shares(o) && open(o);
        if machine.model.occurrences.iter().filter(|o| machine.model.is_held(o)).any(|o| twin(&o)) {
            continue;
        }
        let active = open(occurrence);
        same(&format!("panel, {} active", occurrence.name), &active, &(found["active"] == true))?;
    }
    Ok(())
}

pub(super) fn schedule(machine: &Machine) -> Result<(), Disagreement> {
    let rows = rows(machine, &["schedule", "list", "--from", &days(machine, -2), "--days", "14"])?;
    let mut program: Vec<_> = rows
        .iter()
        .map(|row| {
            let at = |key: &str| instant(&row[key]).unwrap();
            let times = [at("opens_at"), at("starts_at"), at("ends_at"), at("closes_at")];
            (text(&row["date"]).unwrap(), text(&row["period"]).unwrap(), times, text(&row["state"]).unwrap())
        })
        .collect();
    let mut model: Vec<_> = machine
        .model
        .occurrences
        .iter()
        .map(|o| {
            let state = match o.cancelled {
                true => "cancelled",
                false if machine.model.closures.contains(&o.date) => "closed",
                false => "planned",
            };
            let times = [o.opens_at(), o.starts_at, o.ends_at, o.closes_at()];
            (o.date.to_string(), o.name.clone(), times, state.to_owned())
        })
        .collect();
    program.sort();
    model.sort();
    for (one, other) in model.iter().zip(&program) {
        same("schedule list", one, other)?;
    }
    same("schedule list, how many", &model.len(), &program.len())
}
