//! Every view of the school against the model.

pub mod feed;
mod screens;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;

use crate::facts::{Identity, Occurrence, Record, Seen};
use crate::machine::{Disagreement, Machine};
use crate::register::{Effect, Entry, Status};
use crate::zones::Instant;

fn registers(machine: &Machine) -> Result<Vec<Value>, Disagreement> {
    rows(machine, &["export", "records", "--from", &days(machine, -2), "--to", &days(machine, 0)])
}

/// Compares a few views after every step, and all of them within a few steps.
pub fn compare(machine: &Machine, step: usize) -> Result<(), Disagreement> {
    records(machine)?;
    recognitions(machine)?;
    if let Some([from, to]) = machine.foldable() {
        let plan = rows(machine, &["recompute", "--from", &from, "--to", &to, "--dry-run"])?;
        same("recompute --dry-run", &Vec::new(), &plan)?;
    }
    match step % 6 {
        0 => screens::roster(machine, step / 6),
        1 => screens::summary(machine),
        2 => screens::history(machine, step / 6),
        3 => screens::panel(machine),
        4 => screens::aliases(machine),
        _ => screens::schedule(machine),
    }
}

pub(super) fn json(machine: &Machine, args: &[&str]) -> Result<Value, Disagreement> {
    let (code, out, err) = machine.run(&[args, &["--format", "json"]].concat());
    if code != 0 {
        return Err(format!("attend {} ends with {code}: {err}", args.join(" ")));
    }
    serde_json::from_str(&out).map_err(|error| format!("attend {}: {error}: {out}", args.join(" ")))
}

pub(super) fn rows(machine: &Machine, args: &[&str]) -> Result<Vec<Value>, Disagreement> {
    let report = json(machine, args)?;
    report["rows"].as_array().cloned().ok_or_else(|| format!("attend {}: no rows", args.join(" ")))
}

pub(super) fn same<T: std::fmt::Debug + PartialEq>(
    what: &str,
    model: &T,
    program: &T,
) -> Result<(), Disagreement> {
    if model == program {
        Ok(())
    } else {
        Err(format!("{what}\n  the model: {model:?}\n  attend:    {program:?}"))
    }
}

/// A date this many days after the first (negative: before it) or, from 0 on, after today.
pub(super) fn days(machine: &Machine, days: i64) -> String {
    let from = if days < 0 { machine.first } else { machine.zone().date(machine.now) };
    (from + Duration::days(days)).to_string()
}

pub(super) fn begun(machine: &Machine) -> impl Iterator<Item = &Occurrence> {
    let held = |o: &&Occurrence| o.starts_at <= machine.now && machine.model.is_held(o);
    machine.model.occurrences.iter().filter(held)
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn instant(value: &Value) -> Option<Instant> {
    value.as_str().map(|text| DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc))
}

/// Compares one row of a register with the model's entry.
pub(super) fn entry(machine: &Machine, what: &str, model: &Entry, row: &Value) -> Result<(), Disagreement> {
    let what = format!("{what}: {}", model.student);
    let status = row["status"].as_str().unwrap_or_default();
    let unseen = ["absent", "unknown", "expected"].contains(&status);
    let agrees = match model.status {
        Status::Unseen => unseen && status != "expected",
        other => status == other.word(),
    };
    if !agrees {
        return Err(format!(
            "{what} is {} by the model, {status} by attend\n  {model:?}\n  {row}",
            model.status.word()
        ));
    }
    let record = Record {
        first: instant(&row["first_seen"]),
        last: instant(&row["last_seen"]),
        best: instant(&row["best_seen"]),
        best_score: row["best_score"].as_f64(),
        best_camera: text(&row["best_camera"]),
        sightings: row["sightings"].as_u64().unwrap_or_default(),
        low: row["low_score_sightings"].as_u64().unwrap_or_default(),
    };
    same(&what, &model.record, &record)?;
    same(&format!("{what}, minutes late"), &model.minutes_late, &row["minutes_late"].as_i64())?;
    let decided = (text(&row["marked_by"]).zip(text(&row["reason"]))).clone();
    same(&format!("{what}, marked by, and why"), &model.decided, &decided)?;
    let name = machine.model.student(&model.student).map(|student| student.name.clone());
    if row.get("name").is_some() {
        same(&format!("{what}, name"), &name, &text(&row["name"]))?;
    }
    match &model.group {
        Some(group) if row.get("group").is_some() => {
            same(&format!("{what}, group"), group, &text(&row["group"]))
        }
        _ => Ok(()),
    }
}

/// The register as a sheet.
pub fn records(machine: &Machine) -> Result<(), Disagreement> {
    let mut program: BTreeMap<(String, String, String), Value> = BTreeMap::new();
    for row in registers(machine)? {
        let key = |name: &str| text(&row[name]).unwrap_or_default();
        if is_elsewhere(&row) {
            continue;
        }
        program.insert((key("date"), key("period"), key("student")), row);
    }
    let mut model = BTreeMap::new();
    for occurrence in begun(machine) {
        for entry in machine.model.register(occurrence, machine.now) {
            model
                .insert((occurrence.date.to_string(), occurrence.name.clone(), entry.student.clone()), entry);
        }
    }
    let (in_model, in_program): (Vec<_>, Vec<_>) = (model.keys().collect(), program.keys().collect());
    let only_model: Vec<_> = in_model.iter().filter(|key| !program.contains_key(**key)).collect();
    let only_program: Vec<_> = in_program.iter().filter(|key| !model.contains_key(**key)).collect();
    if !only_model.is_empty() || !only_program.is_empty() {
        return Err(format!(
            "export records\n  only by the model: {only_model:?}\n  only by attend:    {only_program:?}"
        ));
    }
    model.iter().try_for_each(|(key, model)| {
        entry(machine, &format!("export records, {} {}", key.0, key.1), model, &program[key])
    })
}

/// Listed in a register, expected in another one at the same time.
pub(super) fn is_elsewhere(row: &Value) -> bool {
    row["status"] == "elsewhere"
}

/// The effect of a sighting for the student it counts for, and the period it counts in.
pub(super) type Effects = BTreeMap<(String, Identity), (Effect, Option<String>)>;

/// The effects of everything that was seen, by the model. A sighting that a person set aside has none.
pub(super) fn effects(machine: &Machine) -> Effects {
    let model = &machine.model;
    let mut effects = Effects::new();
    for id in model.recognitions.keys() {
        let student = model.student(&id.student).unwrap();
        let period = model.matched(student, id.at).map(|occurrence| occurrence.name.clone());
        let effect = if period.is_none() { Effect::NoPeriod } else { Effect::SetAside };
        effects.insert((id.student.clone(), id.clone()), (effect, period));
    }
    for occurrence in &model.occurrences {
        for student in &model.students {
            for (id, effect) in model.fold(occurrence.id, &student.code).1 {
                effects.insert((student.code.clone(), id), (effect, Some(occurrence.name.clone())));
            }
        }
    }
    effects
}

/// One recognition as it is exported.
#[derive(Debug, PartialEq)]
struct Exported {
    id: Identity,
    score: f64,
    crop: Option<String>,
    accepted: bool,
    improved: bool,
    period: Option<String>,
}

fn recognitions(machine: &Machine) -> Result<(), Disagreement> {
    let effects = effects(machine);
    let of_model = |(id, seen): (Identity, Seen)| {
        let (effect, period) = effects[&(id.student.clone(), id.clone())].clone();
        let (accepted, improved) = (effect.accepted(), effect == Effect::Improved);
        Exported { id, score: seen.score, crop: seen.crop, accepted, improved, period }
    };
    let of_row = |row: &Value| {
        let key = |name: &str| text(&row[name]).unwrap();
        let id =
            Identity { at: instant(&row["ts"]).unwrap(), student: key("student"), camera: key("camera") };
        Exported {
            score: row["score"].as_f64().unwrap(),
            crop: text(&row["crop"]),
            accepted: row["accepted"] == true,
            improved: row["improved_best"] == true,
            period: text(&row["period"]),
            id,
        }
    };
    let args = ["export", "recognitions", "--from", &days(machine, -2), "--to", &days(machine, 0)];
    let model: Vec<Exported> = machine.stored().into_iter().map(of_model).collect();
    let mut program: Vec<Exported> = rows(machine, &args)?.iter().map(of_row).collect();
    program.sort_by(|one, other| one.id.cmp(&other.id));
    for (one, other) in model.iter().zip(&program) {
        same("export recognitions", one, other)?;
    }
    same("export recognitions, how many", &model.len(), &program.len())
}
