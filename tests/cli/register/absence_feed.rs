//! `export absences --feed`: each absence is told once it is decided, and taken back if it turns out to be none.

use std::collections::BTreeSet;
use std::fs;

use crate::common::harness::{School, has, seen};
use crate::common::limit::output;
use crate::common::strace_kill::{FLUSH, Fault, KILL, attend, has_struck};

/// Two students and a period from 08:00 to 08:45, which one of them attends.
fn morning() -> School {
    let mut school = School::empty();
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    school.write("roll.csv", "code,name,group\nA,Ada,G7\nB,Bob,G7\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in [("P1", "08:00", "08:45"), ("P2", "10:00", "10:45")] {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate", "--days", "1"]);
    school.ok(&["settings", "set", "school_id", "0101"]);
    school.at("2026-09-07T08:30:00+03:00");
    school.ingest(seen("A", 0.9, "2026-09-07T08:05:00+03:00", "gate"));
    school
}

const EDITION: &str = "export absences --feed parents";
const CONFIRM: &str = "export confirm parents";

/// The next edition without the values of the register.
fn edition(school: &School) -> Vec<String> {
    let lines = school.ok(&["export", "absences", "--feed", "parents"]);
    let brief = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| line[key].as_str().unwrap_or("–").to_owned();
        [word("event"), word("period"), word("student"), word("status")].join(" ")
    };
    lines.lines().map(brief).collect()
}

fn confirm(school: &School) {
    school.ok(&["export", "confirm", "parents"]);
}

#[test]
fn an_absence_is_told_once_it_is_decided_and_taken_back_by_late_evidence() {
    let mut school = morning();
    let mut told = school.session(&[EDITION]);
    school.at("2026-09-07T08:54:59+03:00");
    told += &school.session(&[EDITION]);
    school.at("2026-09-07T08:55:00+03:00");
    told += &school.session(&[EDITION, CONFIRM, EDITION, CONFIRM]);
    school.at("2026-09-07T09:00:00+03:00");
    school.ingest(seen("B", 0.9, "2026-09-07T08:10:00+03:00", "gate"));
    told += &school.session(&[EDITION, CONFIRM, EDITION]);
    insta::assert_snapshot!(told, @r#"
    $ attend export absences --feed parents
    $ attend export absences --feed parents
    $ attend export absences --feed parents
    {"school_id":"0101","event":"absent","date":"2026-09-07","period":"P1","student":"B","name":"Bob","group":"G7","starts_at":"2026-09-07T08:00:00+03:00","ends_at":"2026-09-07T08:45:00+03:00","status":"absent","reason":null}
    $ attend export confirm parents
    $ attend export absences --feed parents
    $ attend export confirm parents
    $ attend export absences --feed parents
    {"school_id":"0101","event":"retracted","date":"2026-09-07","period":"P1","student":"B","name":"Bob","group":"G7","starts_at":"2026-09-07T08:00:00+03:00","ends_at":"2026-09-07T08:45:00+03:00","status":"present","reason":null}
    $ attend export confirm parents
    $ attend export absences --feed parents
    "#);
}

#[test]
fn a_restored_copy_tells_every_absence_again() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    confirm(&school);
    school.ok(&["db", "backup", "copy.db"]);
    // The receiver is told something that the copy does not know.
    school.ok(&["mark", "B", "present", "--period", "P1"]);
    assert_eq!(edition(&school), ["retracted P1 B present"]);
    confirm(&school);
    fs::rename(school.path("copy.db"), school.path("school.db")).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(school.path(&format!("school.db{end}")));
    }
    assert_eq!(edition(&school), ["absent P1 B absent"]);
}

#[test]
fn a_line_is_repeated_or_taken_back_until_it_is_confirmed() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    // It may have arrived, although nothing was confirmed.
    school.ok(&["mark", "B", "excused", "--period", "P1"]);
    assert_eq!(edition(&school), ["retracted P1 B excused"]);
    assert_eq!(edition(&school), ["retracted P1 B excused"]);
    school.ok(&["unmark", "B", "--period", "P1"]);
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    confirm(&school);
    assert_eq!(edition(&school), [""; 0]);
    school.ok(&["schedule", "cancel", "P1", "--reason", "trip", "--yes"]);
    assert_eq!(edition(&school), ["retracted P1 B –"]);
    confirm(&school);
    assert_eq!(edition(&school), [""; 0]);
}

#[test]
fn an_edition_that_was_cut_short_cannot_be_confirmed() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    let cut = school.feed(&["export", "absences", "--feed", "parents", "-o", "no/such/folder.jsonl"], "");
    assert!(!cut.status.success());
    let unread = school.unread(&["export", "absences", "--feed", "parents"], "");
    assert!(!unread.status.success() || edition(&school) == ["absent P1 B absent"]);
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    confirm(&school);
    school.at("2026-09-07T11:00:00+03:00");
    school.ingest(seen("A", 0.9, "2026-09-07T10:05:00+03:00", "gate"));
    // The new line is written nowhere, so that this confirms the edition before it.
    school.feed(&["export", "absences", "--feed", "parents", "-o", "/dev/full"], "");
    confirm(&school);
    assert_eq!(edition(&school), ["absent P2 B absent"]);
}

#[test]
fn a_feed_that_is_killed_anywhere_forgets_nothing() {
    if !has("strace") {
        return;
    }
    let first = morning();
    for calls in [FLUSH, "write", "rename", "openat"] {
        for nth in Fault::new(calls, KILL).nths() {
            let mut school = School::empty();
            fs::copy(first.path("school.db"), school.path("school.db")).unwrap();
            school.at("2026-09-07T09:00:00+03:00");
            let export = attend(&["export", "absences", "--feed", "parents", "-q", "-o", "told.jsonl"]);
            output(&mut Fault::new(calls, KILL).strikes(&school, &export, nth));
            // The receiver takes whatever there is, and it turns out wrong before anything is confirmed.
            let mut known = BTreeSet::new();
            hear(&mut known, &fs::read_to_string(school.path("told.jsonl")).unwrap_or_default());
            let truth = if nth % 2 == 0 { vec![] } else { vec!["P1 B".to_owned()] };
            if truth.is_empty() {
                school.ingest(seen("B", 0.9, "2026-09-07T08:10:00+03:00", "gate"));
            }
            hear(&mut known, &school.ok(&["export", "absences", "--feed", "parents"]));
            assert_eq!(known.iter().cloned().collect::<Vec<_>>(), truth, "{calls} {nth}");
            confirm(&school);
            assert_eq!(edition(&school), [""; 0], "{calls} {nth}");
            if !has_struck(&school) {
                break;
            }
        }
    }
}

/// Applies the lines of an edition to the absences that a receiver knows.
fn hear(known: &mut BTreeSet<String>, lines: &str) {
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let absence = format!("{} {}", line["period"].as_str().unwrap(), line["student"].as_str().unwrap());
        if line["event"] == "absent" {
            known.insert(absence)
        } else {
            known.remove(&absence)
        };
    }
}

#[test]
fn what_cannot_be_judged_is_not_told() {
    let mut school = morning();
    school.at("2026-09-07T12:00:00+03:00");
    // Nothing was heard of the camera in the second period.
    assert_eq!(edition(&school), ["absent P1 B absent"]);
    school.ingest(seen("A", 0.9, "2026-09-07T10:05:00+03:00", "gate"));
    assert_eq!(edition(&school), ["absent P1 B absent", "absent P2 B absent"]);
}

#[test]
fn announcements_belong_to_the_student_and_are_erased_together() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    edition(&school);
    confirm(&school);
    let dossier: serde_json::Value = serde_json::from_str(&school.ok(&["student", "export", "B"])).unwrap();
    let announced = r#"[{"feed":"parents","date":"2026-09-07","period":"P1","event":"absent"}]"#;
    assert_eq!(dossier["announced"], serde_json::from_str::<serde_json::Value>(announced).unwrap());
    school.ok(&["student", "erase", "B", "--reason", "asked"]);
    assert_eq!(edition(&school), [""; 0]);
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let left: i64 = conn.query_row("SELECT count(*) FROM absence_told", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_register_that_is_pruned_takes_nothing_back() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    edition(&school);
    confirm(&school);
    school.at("2026-12-07T09:00:00+03:00");
    school.ok(&["prune", "--records-older-than", "2026-09-08", "--all", "--yes"]);
    assert!(school.records("2026-09-07", "2026-09-07").is_empty());
    assert_eq!(edition(&school), [""; 0]);
}

#[test]
fn a_feed_begins_on_the_day_it_is_named() {
    let mut school = morning();
    school.ok(&["schedule", "generate", "--days", "2"]);
    school.at("2026-09-08T07:00:00+03:00");
    assert_eq!(edition(&school), [""; 0]);
    confirm(&school);
    // A camera's new name touches all registers, and yesterday stays untold.
    school.ok(&["camera", "edit", "gate", "--name", "door"]);
    assert_eq!(edition(&school), [""; 0]);
}

#[test]
fn a_feed_is_one_of_registers_or_of_absences() {
    let mut school = morning();
    school.at("2026-09-07T09:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "export records --feed district -q -o changed.csv",
        "export absences --feed district",
        "export absences --feed parents -q -o told.jsonl",
        "export records --feed parents",
        "export absences --feed parents --format csv",
        "export absences --feed parents --date today",
        "export confirm parent",
    ]), @r#"
    $ attend export records --feed district -q -o changed.csv
    $ attend export absences --feed district
    ! attend: "district" is a feed of registers (export records)
    ! hint: choose another name for the absences
    [1]
    $ attend export absences --feed parents -q -o told.jsonl
    $ attend export records --feed parents
    ! attend: "parents" is a feed of absences (export absences)
    ! hint: choose another name for the registers
    [1]
    $ attend export absences --feed parents --format csv
    ! attend: the receiver reads jsonl, not csv
    ! hint: leave out --format
    [2]
    $ attend export absences --feed parents --date today
    ! error: the argument '--feed <NAME>' cannot be used with '--date <DATE[..DATE]>'
    !
    ! Usage: attend export absences [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend export confirm parent
    ! attend: nothing was sent to the feed "parent" yet
    ! hint: attend export records --feed parent -o changed.csv
    [1]
    "#);
}
