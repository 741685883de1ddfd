//! A receiver that is told only what changed has the same registers as an export of everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{days, rows, same, text};
use crate::machine::{Disagreement, Machine};

/// The registers of a receiver: by date and period, the rows by student.
pub type Received = BTreeMap<(String, String), BTreeMap<String, Value>>;

/// Sends the next edition to the receiver, who replaces each register in it.
pub fn receive(machine: &Machine, received: &mut Received) -> Result<(), Disagreement> {
    let edition = registers(rows(machine, &["export", "records", "--feed", "district"])?);
    for (register, students) in edition {
        received.insert(register, students);
    }
    received.retain(|_, students| !students.is_empty());
    let (code, _, err) = machine.run(&["export", "confirm", "district"]);
    same("export confirm", &(0, String::new()), &(code, err))?;
    let all = rows(machine, &["export", "records", "--from", &days(machine, -2), "--to", &days(machine, 0)])?;
    same("the registers of a receiver", &registers(all), received)
}

fn registers(rows: Vec<Value>) -> Received {
    let mut registers = Received::new();
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
