//! The cost of a line, in instructions and in pages that are written.

use crate::common::cost;
use crate::common::harness::{School, Stream, has, seen};

/// Lines that are counted, beyond a few that pay for the start of the program. They are one chunk of the input and one
/// batch, so that the number of transactions does not depend on the threads.
const FEW: usize = 50;
const MANY: usize = 450;

/// The bytes that `attend` reads at once (`src/wire/reader.rs`). A debug build takes as long to clear the buffer of one
/// more read as for dozens of lines.
const CHUNK: usize = 64 * 1024;

/// A school of two periods, after them.
fn school() -> School {
    let mut school = School::empty();
    school.at("2026-09-07T23:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    let roll: String = (0..20).map(|nth| format!("H{nth:02},Student {nth}\n")).collect();
    school.write("roll.csv", format!("code,name\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in [("One", "08:00", "08:45"), ("Two", "09:00", "09:45")] {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate", "--from", "2026-09-07", "--days", "1"]);
    school
}

/// The line of a moment of these periods.
fn line(nth: usize) -> String {
    let second = nth * 11;
    let at = format!("2026-09-07T{:02}:{:02}:{:02}+03:00", 8 + second / 3600, second / 60 % 60, second % 60);
    seen(
        &format!("H{:02}", nth * 7 % 20),
        0.76 + nth as f64 * 7.0 % 20.0 / 100.0,
        &at,
        ["a", "b", "c"][nth % 3],
    )
}

/// The lines of a day in an order that depends on the number of lines alone.
fn shuffled(number: usize) -> Vec<String> {
    (0..number).map(|nth| line(nth * 271 % number)).collect()
}

fn with_unknown_members(number: usize) -> Vec<String> {
    let more = r#","frame_id":17,"track":"t-9","box":[1,2,3,4]}"#;
    (0..number).map(|nth| line(nth).replace("}\n", &format!("{more}\n"))).collect()
}

/// The instructions of one of these lines.
fn cost_of_a_line(lines: impl Fn(usize) -> Vec<String>) -> f64 {
    let cost = |number: usize| {
        let school = school();
        let text = lines(number).concat();
        assert!(text.len() < CHUNK);
        school.write("lines.jsonl", text);
        cost::of(&school, &["ingest", "lines.jsonl"])
    };
    (cost(MANY) - cost(FEW)) / (MANY - FEW) as f64
}

#[test]
fn a_line_costs_little_more_than_the_row_that_it_becomes() {
    if !has("valgrind") {
        return;
    }
    let row = cost::of_a_row(&school());
    let in_order = cost_of_a_line(|number| (0..number).map(line).collect());
    assert!(in_order < 4.0 * row, "a line costs as much as {:.1} rows", in_order / row);
    let late = cost_of_a_line(shuffled);
    assert!(late < 2.0 * in_order, "a late line costs as much as {:.2} lines in order", late / in_order);
    let unknown = cost_of_a_line(with_unknown_members);
    let members = (unknown - in_order) / in_order;
    assert!(members < 0.5, "three unknown members cost {members:.2} of a line");
}

/// Pages that a line adds to the log, if the same camera has just seen the same student.
fn pages_of_a_live_line(runner: &mut Stream, school: &School, minute: &str) -> u64 {
    const FRAME: u64 = 24 + 4096;
    let mut log_after = |second| {
        runner.ask(&seen("H000123", 0.9, &format!("2026-09-07T{minute}:0{second}+03:00"), "gate-1"));
        school.path("school.db-wal").metadata().unwrap().len()
    };
    log_after(1);
    let (before, after) = (log_after(2), log_after(3));
    assert_eq!((after - before) % FRAME, 0, "whole pages");
    (after - before) / FRAME
}

#[test]
fn a_line_of_a_live_runner_writes_its_row_and_its_record_alone() {
    let school = School::example();
    assert_eq!(pages_of_a_live_line(&mut school.stream(&[]), &school, "09:57"), 2);
    let key = school.ok(&["key", "create", "gate"]);
    let mut runner = school.stream(&[]);
    runner.ask(&format!("{{\"type\":\"hello\",\"key\":\"{}\"}}\n", key.trim()));
    assert_eq!(pages_of_a_live_line(&mut runner, &school, "09:58"), 2, "a key adds none");
}
