//! A receiver that is told only what changed has the same registers, and the same absences, as an export of everything.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use serde_json::Value;

use super::{begun, days, rows, same, text};
use crate::machine::{Disagreement, Machine};

/// By date and period, the rows by student.
type Registers = BTreeMap<(String, String), BTreeMap<String, Value>>;

/// Date, period and student.
type Absence = (String, String, String);

/// A receiver of registers and of absences.
#[derive(Default, Clone)]
pub struct Receiver {
    registers: Registers,
    absences: BTreeSet<Absence>,
    /// The date of the first edition.
    begins: Option<String>,
}

impl Receiver {
    /// Sends the next editions, and compares what was received with the registers.
    pub fn receive(&mut self, machine: &Machine) -> Result<(), Disagreement> {
        for (register, students) in registers(rows(machine, &["export", "records", "--feed", "district"])?) {
            self.registers.insert(register, students);
        }
        self.registers.retain(|_, students| !students.is_empty());
        confirm(machine, "district")?;
        let all = ["export", "records", "--from", &days(machine, -2), "--to", &days(machine, 0)];
        let all = registers(rows(machine, &all)?);
        same("the registers of a receiver", &all, &self.registers)?;
        self.hear(machine)?;
        self.compare_absences(machine, &all)
    }

    fn hear(&mut self, machine: &Machine) -> Result<(), Disagreement> {
        self.begins.get_or_insert_with(|| days(machine, 0));
        let (code, lines, err) = machine.run(&["export", "absences", "--feed", "parents"]);
        same("export absences", &(0, String::new()), &(code, err))?;
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let word = |name: &str| text(&line[name]).unwrap_or_default();
            let absence = (word("date"), word("period"), word("student"));
            if line["event"] == "absent" {
                self.absences.insert(absence)
            } else {
                self.absences.remove(&absence)
            };
        }
        confirm(machine, "parents")
    }

    /// Every absence that is decided was told, and everything that was told and not taken back is an absence. Nothing
    /// more is told about erased students.
    fn compare_absences(&mut self, machine: &Machine, all: &Registers) -> Result<(), Disagreement> {
        self.absences.retain(|(_, _, student)| machine.model.student(student).is_some());
        let absent = |(register, students): (&(String, String), &BTreeMap<String, Value>)| {
            let of_student = |(student, row): (&String, &Value)| {
                (row["status"] == "absent").then(|| (register.0.clone(), register.1.clone(), student.clone()))
            };
            students.iter().filter_map(of_student).collect::<Vec<Absence>>()
        };
        let absent: BTreeSet<Absence> = all.iter().flat_map(absent).collect();
        let over = |o: &&crate::facts::Occurrence| o.ends_at + Duration::minutes(10) <= machine.now;
        let over: BTreeSet<(String, String)> =
            begun(machine).filter(over).map(|o| (o.date.to_string(), o.name.clone())).collect();
        let decided = absent.iter().filter(|(date, period, _)| {
            Some(date) >= self.begins.as_ref() && over.contains(&(date.clone(), period.clone()))
        });
        let untold: Vec<&Absence> = decided.filter(|absence| !self.absences.contains(absence)).collect();
        same("absences that a receiver was not told", &Vec::new(), &untold)?;
        let wrong: Vec<&Absence> = self.absences.difference(&absent).collect();
        same("absences that were not taken back", &Vec::new(), &wrong)
    }
}

fn confirm(machine: &Machine, feed: &str) -> Result<(), Disagreement> {
    let (code, _, err) = machine.run(&["export", "confirm", feed]);
    same("export confirm", &(0, String::new()), &(code, err))
}

fn registers(rows: Vec<Value>) -> Registers {
    let mut registers = Registers::new();
    for mut row in rows {
        let members = row.as_object_mut().unwrap();
        members.remove("register_version");
        members.remove("as_of");
        let word = |name: &str| text(&row[name]).unwrap_or_default();
        let register = registers.entry((word("date"), word("period"))).or_default();
        if let Some(student) = text(&row["student"]) {
            register.insert(student, row);
        }
    }
    registers
}
