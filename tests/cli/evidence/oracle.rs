//! Every case that was recorded from an independent implementation must agree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::harness::{School, root};

/// The roll of every case (`tests/data/README.md`).
fn roll() -> String {
    let active = (1..=30).map(|n| format!("H{n:06},Student {n},1\n"));
    let inactive = (301..=303).map(|n| format!("H{n:06},Student {n},0\n"));
    "code,name,active\n".chars().chain(active.chain(inactive).collect::<String>().chars()).collect()
}

/// A school as the case describes it, after its last event.
fn school(case: &Value) -> School {
    let mut school = School::empty();
    let date = case["date"].as_str().unwrap();
    school.at(&format!("{date}T23:59:59+03:00"));
    school.ok(&["init", "--timezone", case["timezone"].as_str().unwrap()]);
    school.write("roll.csv", roll());
    school.ok(&["student", "import", "roll.csv"]);
    for (key, value) in case["settings"].as_object().unwrap() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        school.ok(&["settings", "set", key, &value]);
    }
    for period in case["periods"].as_array().unwrap() {
        let [name, start, end] = ["name", "start", "end"].map(|key| period[key].as_str().unwrap());
        let graces = ["--early-grace", "0", "--late-grace", "0", "--late-after", "none"];
        school.ok(&[
            &["period", "add", name, "--start", start, "--end", end, "--days", "daily"],
            &graces[..],
        ]
        .concat());
    }
    school.ok(&["schedule", "generate", "--from", date, "--days", "1"]);
    school
}

/// The members of an ack that were recorded.
fn ack_agrees(ours: &Value, theirs: &Value) -> bool {
    theirs.as_object().unwrap().iter().all(|(key, value)| same(&ours[key], value))
}

/// Compares values: numbers to the last bit, and instants regardless of their offset.
fn same(ours: &Value, theirs: &Value) -> bool {
    let instant =
        |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default()).ok();
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(ours), Some(theirs)) => ours.to_bits() == theirs.to_bits(),
        _ => match (instant(ours), instant(theirs)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => ours == theirs,
        },
    }
}

/// Records by period and student.
fn by_key<'a>(records: impl IntoIterator<Item = &'a Value>) -> BTreeMap<(String, String), &'a Value> {
    let key = |record: &Value| (record["period"].to_string(), record["student"].to_string());
    records.into_iter().map(|record| (key(record), record)).collect()
}

fn check(case: &Value, order: impl Fn(&mut Vec<String>), acks_too: bool) {
    let (school, date) = (school(case), case["date"].as_str().unwrap());
    let mut lines: Vec<String> =
        case["events"].as_array().unwrap().iter().map(|event| format!("{event}\n")).collect();
    order(&mut lines);
    let acks = school.ingest(lines.concat());
    assert_eq!(acks.len(), lines.len());
    if acks_too {
        for (nth, (ours, theirs)) in acks.iter().zip(case["acks"].as_array().unwrap()).enumerate() {
            assert!(ack_agrees(ours, theirs), "case {} event {nth}: {ours} is not {theirs}", case["case"]);
        }
    }
    let records = school.records(date, date);
    let ours = by_key(records.iter().filter(|record| record["sightings"] != 0));
    let theirs = by_key(case["records"].as_array().unwrap());
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "case {}", case["case"]);
    for (key, theirs) in theirs {
        for (member, value) in theirs.as_object().unwrap() {
            assert!(
                same(&ours[&key][member], value),
                "case {} {key:?} {member}: {}",
                case["case"],
                ours[&key]
            );
        }
    }
}

fn cases() -> Vec<Value> {
    let path = root().join("tests/data/oracle-sample.jsonl");
    let cases = std::fs::read_to_string(path).unwrap();
    cases.lines().map(|case| serde_json::from_str(case).unwrap()).collect()
}

#[test]
fn every_case_of_the_oracle_agrees() {
    let cases = cases();
    assert_eq!(cases.len(), 120);
    for case in &cases {
        check(case, |_| {}, true);
    }
}

#[test]
fn every_case_agrees_backwards_and_with_every_line_twice() {
    for case in &cases() {
        let backwards_twice = |lines: &mut Vec<String>| {
            lines.reverse();
            lines.extend(lines.clone());
        };
        check(case, backwards_twice, false);
    }
}
