//! The oracle of the fault campaign: the conditions that must hold after every fault, and a proof that
//! each of them can fail.
//!
//! Every acknowledged line is stored exactly once, and the database is sound. Sending everything again
//! ends where an undisturbed run ends. Sending it once more changes nothing.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::harness::{School, Stream, text};

/// The date of every line of the campaign.
const DATE: &str = "2026-09-07";

/// A school, lines for it, and where an undisturbed run ends.
pub struct Case {
    template: School,
    pub lines: Vec<String>,
    end: End,
}

/// The stored lines and the resulting records, without their coverage: some campaigns add heartbeats and
/// lines of other dates, which say more about the cameras than the lines of the case.
#[derive(PartialEq)]
struct End {
    stored: Vec<String>,
    records: Vec<Value>,
}

impl End {
    fn of(school: &School) -> Self {
        let mut records = school.records(DATE, DATE);
        for record in &mut records {
            record.as_object_mut().unwrap().retain(|key, _| key != "coverage" && key != "blind");
        }
        Self { stored: school.stored(), records }
    }
}

impl Case {
    /// Sends the lines to a copy of the school that nothing disturbs.
    pub fn new(template: School, lines: Vec<String>) -> Self {
        let calm = copy(&template);
        assert!(calm.ingest(lines.concat()).iter().all(is_taken));
        let end = End::of(&calm);
        assert_eq!(end.stored.len(), lines.len());
        Self { template, lines, end }
    }

    /// Some lines of the morning for the example, not in the order of time, so that records are folded as well.
    pub fn example(lines: usize) -> Self {
        let all = crate::faults::interruptions::lines();
        Self::new(School::example(), (0..lines).map(|n| all[n * 7 % lines].clone()).collect())
    }

    /// The school before the first line.
    pub fn school(&self) -> School {
        copy(&self.template)
    }

    /// All faults of a database after a fault injection, given the acks that arrived.
    pub fn complaints(&self, school: &School, acks: &[Value]) -> Vec<String> {
        let mut wrong = lost(school, &self.lines, acks);
        let checked = school.feed(&["db", "check"], "");
        if !checked.status.success() {
            wrong.push(format!("db check: {}{}", text(&checked.stdout), text(&checked.stderr)));
        }
        for round in ["once", "twice"] {
            let acks = school.ingest(self.lines.concat());
            if acks.len() != self.lines.len() || !acks.iter().all(is_taken) {
                wrong.push(format!("sent again {round}: not every line is taken"));
            }
            if round == "twice" && !acks.iter().all(|ack| ack["duplicate"] == true) {
                wrong.push("sent again twice: something is new".to_owned());
            }
            let end = End::of(school);
            if end.stored != self.end.stored {
                wrong.push(format!("sent again {round}: other recognitions than undisturbed"));
            }
            if end.records != self.end.records {
                wrong.push(format!("sent again {round}: other records than undisturbed"));
            }
        }
        wrong
    }
}

/// A copy of a school whose database no process has open.
pub fn copy(template: &School) -> School {
    let school = School::empty();
    std::fs::copy(template.path("school.db"), school.path("school.db")).unwrap();
    school
}

fn is_taken(ack: &Value) -> bool {
    matches!(ack["status"].as_u64(), Some(200 | 202))
}

/// Acknowledged lines that are not stored exactly once.
pub fn lost(school: &School, lines: &[String], acks: &[Value]) -> Vec<String> {
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for row in school.stored() {
        let identity = row.rsplit_once(' ').unwrap().0.to_owned();
        *copies.entry(identity).or_default() += 1;
    }
    let numbers = acks.iter().filter(|ack| is_taken(ack)).map(|ack| ack["line"].as_u64().unwrap());
    numbers
        .map(|number| &lines[usize::try_from(number).unwrap() - 1])
        .map(|line| (copies.get(&identity(line)).copied().unwrap_or_default(), line))
        .filter(|(copies, _)| *copies != 1)
        .map(|(copies, line)| format!("acknowledged and stored {copies} times: {line}"))
        .collect()
}

/// The identity of a line, as [`School::stored`] writes it.
fn identity(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    let ts = chrono::DateTime::parse_from_rfc3339(line["ts"].as_str().unwrap()).unwrap();
    let word = |key: &str| line[key].as_str().unwrap().to_owned();
    format!("{} {} {}", ts.timestamp_micros(), word("student"), word("camera"))
}

/// Sends lines in groups, and waits for the acks of each group before the next, so that there are many commits. Returns
/// the acks that arrived, and the exit code.
pub fn converse(mut stream: Stream, lines: &[String]) -> (Vec<Value>, Option<i32>) {
    let mut acks = Vec::new();
    let mut rest = lines;
    for size in [1, 2, 30, 7].into_iter().cycle() {
        let (group, later) = rest.split_at(size.min(rest.len()));
        // The process may be gone already. Its earlier acks still count.
        if group.is_empty() || stream.send(&group.concat()).is_err() {
            break;
        }
        acks.extend((0..group.len()).map_while(|_| stream.next_json()));
        rest = later;
    }
    let (others, code) = stream.end();
    acks.extend(others);
    (acks, code)
}

/// All lines acknowledged.
fn all_acked(lines: usize) -> Vec<Value> {
    (1..=lines).map(|line| serde_json::json!({"line": line, "status": 200})).collect()
}

#[test]
fn an_undisturbed_run_has_no_complaint() {
    let case = Case::example(60);
    let school = case.school();
    let (acks, code) = converse(school.stream(&[]), &case.lines);
    assert_eq!((acks.len(), code), (60, Some(0)));
    assert_eq!(case.complaints(&school, &acks), [""; 0]);
}

#[test]
fn every_part_of_the_oracle_can_fail() {
    let case = Case::example(60);
    for (harm, complaint) in [
        ("DELETE FROM recognition WHERE ts = (SELECT min(ts) FROM recognition)", "stored 0 times"),
        (
            "CREATE TABLE other AS SELECT * FROM recognition; DROP TABLE recognition;
             ALTER TABLE other RENAME TO recognition; INSERT INTO recognition SELECT * FROM recognition LIMIT 1",
            "stored 2 times",
        ),
        ("INSERT INTO alive VALUES (1, 999, 16)", "db check: "),
        ("UPDATE record SET sightings = sightings + 1", "sent again once: other records"),
        (
            "UPDATE recognition SET ts = ts + 1 WHERE ts = (SELECT min(ts) FROM recognition)",
            "sent again once: other recognitions",
        ),
        (
            "CREATE TRIGGER forgets AFTER INSERT ON recognition BEGIN
             DELETE FROM recognition WHERE ts = new.ts; END; DELETE FROM recognition",
            "sent again twice: something is new",
        ),
        ("INSERT INTO setting VALUES ('rate_limit', '1', 0, 'x')", "not every line is taken"),
    ] {
        let school = case.school();
        school.ingest(case.lines.concat());
        let conn = Connection::open(school.path("school.db")).unwrap();
        conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; {harm}")).unwrap();
        drop(conn);
        let complaints = case.complaints(&school, &all_acked(60));
        assert!(complaints.iter().any(|found| found.contains(complaint)), "{harm}: {complaints:#?}");
    }
}
