//! Late lines decide the past again: policies, schedules and rolls change while lines come in.

use std::process::Stdio;

use serde_json::Value;

use crate::common::harness::{School, seen, text};
use crate::common::limit::Limited;

fn at(student: &str, score: f64, ts: &str) -> String {
    seen(student, score, &format!("2026-09-07T{ts}+03:00"), "gate-1")
}

/// The record of a student in a period, from the register.
fn record(school: &School, student: &str, period: &str) -> Value {
    let found = school.records("2026-09-07", "2026-09-07");
    found.into_iter().find(|row| row["student"] == student && row["period"] == period).unwrap_or_default()
}

fn status(school: &School, student: &str, period: &str) -> String {
    record(school, student, period)["status"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_policy_that_changes_mid_stream_leaves_no_stale_end_of_a_record() {
    let (live, before) = (School::example(), School::example());
    let lines =
        [at("H000101", 0.8, "09:36:00"), at("H000101", 0.85, "09:50:00"), at("H000101", 0.95, "09:40:00")];
    let mut stream = live.stream(&[]);
    stream.ask(&lines[0]);
    live.ok(&["settings", "set", "reregister_window", "5s"]);
    stream.ask(&lines[1]);
    let late = stream.ask(&lines[2]);
    stream.end();
    before.ok(&["settings", "set", "reregister_window", "5s"]);
    before.ingest(lines.concat());
    assert_eq!(late["held_by_window"], false, "{late}");
    assert_eq!(record(&live, "H000101", "Block 2"), record(&before, "H000101", "Block 2"));
}

/// Two cameras at one instant are ordered by their names, regardless of arrival.
#[test]
fn simultaneous_cameras_give_one_result_in_any_order() {
    let line = |camera, score| seen("H000101", score, "2026-09-07T09:40:00+03:00", camera);
    let (one, other) = (line("gate-1", 0.9), line("gate-2", 0.8));
    let best = |lines: [&String; 2]| {
        let school = School::example();
        lines.into_iter().for_each(|line| drop(school.ingest(line)));
        let record = record(&school, "H000101", "Block 2");
        (record["best_score"].as_f64(), record["best_camera"].clone(), record["sightings"].as_u64())
    };
    let expected = (Some(0.9), "gate-1".into(), Some(2));
    assert_eq!((best([&one, &other]), best([&other, &one])), (expected.clone(), expected));
}

#[test]
fn recognitions_that_came_before_their_occurrence_count_once_it_is_there() {
    let school = School::new();
    school.ok(&["student", "add", "A", "Ada"]);
    school.ok(&["period", "add", "P", "--start", "09:00", "--end", "10:30", "--days", "daily"]);
    let acks = school.ingest(at("A", 0.9, "09:12:00"));
    assert_eq!(acks[0]["reason"], "no_active_period");
    school.ok(&["schedule", "generate"]);
    assert_eq!(status(&school, "A", "P"), "present");

    school.ok(&["schedule", "cancel", "P", "--reason", "trip", "--yes"]);
    school.ingest(at("A", 0.9, "09:10:00"));
    school.ok(&["schedule", "restore", "P", "--yes"]);
    assert_eq!(record(&school, "A", "P")["first_seen"], "2026-09-07T09:10:00+03:00");

    school.ok(&["schedule", "close", "2026-09-07", "--reason", "snow", "--yes"]);
    school.ingest(at("A", 0.9, "09:08:00"));
    school.ok(&["schedule", "open", "2026-09-07", "--yes"]);
    assert_eq!(record(&school, "A", "P")["sightings"], 3);
}

#[test]
fn leaving_at_noon_or_changing_the_group_does_not_undo_the_morning() {
    let school = School::example();
    school.ingest([at("H000101", 0.9, "08:30:00"), at("H000102", 0.9, "08:30:00")].concat());
    school.ok(&["mark", "H000123", "present", "--period", "Block 1"]);
    school.ok(&["student", "deactivate", "H000101", "H000123"]);
    assert_eq!(status(&school, "H000101", "Block 1"), "present");
    assert_eq!(status(&school, "H000123", "Block 1"), "present", "a mark sticks");
    assert_eq!(status(&school, "H000101", "Block 2"), "unknown", "it began before they left");
    assert_eq!(status(&school, "H000101", "Block 3"), "", "they left before it begins");
    let panel: Value = serde_json::from_str(&school.ok(&["panel", "--format", "json"])).unwrap();
    assert_eq!((&panel["periods"][1]["present"], &panel["periods"][1]["expected"]), (&3.into(), &5.into()));
}

#[test]
fn a_newcomer_was_not_absent_before_coming() {
    let mut school = School::example();
    school.ingest(at("H000999", 0.9, "08:30:00"));
    school.at("2026-09-09T12:00:00+03:00");
    school.ok(&["student", "add", "H000998", "Newcomer"]);
    school.ok(&["student", "add", "H000999", "Seen on Monday"]);
    school.ok(&["quarantine", "retry"]);
    assert_eq!(status(&school, "H000998", "Block 1"), "", "not on Monday's roll");
    assert_eq!(status(&school, "H000999", "Block 1"), "present", "seen before the roll knew");
}

#[test]
fn lines_from_before_the_watermark_do_not_count() {
    let mut school = School::example();
    school.at("2026-09-09T12:00:00+03:00");
    school.ingest(seen("H000101", 0.9, "2026-09-09T08:30:00+03:00", "gate-1"));
    school.ok(&["prune", "--older-than", "1d"]);
    assert_eq!(school.ingest(at("H000999", 0.9, "08:30:00"))[0]["reason"], "older_than_retention");
    school.ok(&["student", "add", "H000999", "Newcomer"]);
    assert_eq!(
        status(&school, "H000999", "Block 1"),
        "",
        "a wrong camera clock does not make a newcomer absent"
    );
}

#[test]
fn names_of_periods_can_be_swapped_and_taken_over() {
    let school = School::new();
    for (name, start, end) in [("P", "09:00", "10:30"), ("Q", "11:00", "12:00")] {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate"]);
    for (from, to) in [("P", "T"), ("Q", "P"), ("T", "Q")] {
        school.ok(&["period", "edit", from, "--name", to]);
    }
    insta::assert_snapshot!(school.session(&["schedule generate --days 2 -v", "schedule list --days 2"]), @"
    $ attend schedule generate --days 2 -v
    ! 2 updated, 2 skipped: another occurrence of that day keeps this name; kept: it has already begun
    $ attend schedule list --days 2
     DATE            PERIOD  STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  P       09:00   10:30  08:55  10:40   planned
     Mon 7 Sep 2026  Q       11:00   12:00  10:55  12:10   planned
     Tue 8 Sep 2026  Q       09:00   10:30  08:55  10:40   planned
     Tue 8 Sep 2026  P       11:00   12:00  10:55  12:10   planned
    ");
}

#[test]
fn forbidden_content_does_not_enter_the_quarantine() {
    let school = School::example();
    let lines = [
        "{\"student\":\"H000101\",\"score\":0.9,\"camera\":1,\"face_embedding\":[0.25,0.5]}\n",
        "{\"student\":\"H000101\",\"score\":0.9,\"camera\":1,\"image\":\"SECRET\"\n",
        "{\"type\":\"hello\",\"key\":\"atk_abcdefgh_SECRET\",}\n",
    ];
    let acks = school.ingest(lines.concat());
    assert_eq!(acks.iter().map(|ack| ack["status"].as_u64().unwrap()).collect::<Vec<_>>(), [422, 400, 400]);
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    assert!(!kept.contains("0.25") && !kept.contains("SECRET"), "{kept}");
    assert_eq!(kept.lines().count(), 3);
}

#[test]
fn a_csv_reader_that_closes_the_pipe_is_not_a_failure() {
    let school = School::new();
    let roll: String = (0..20_000).map(|n| format!("S{n},Student {n}\n")).collect();
    school.write("roll.csv", format!("code,name\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    let mut command = school.command(&["student", "list", "--format", "csv"]);
    let mut child = Limited::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    drop(child.stdout.take());
    let output = child.output();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}
