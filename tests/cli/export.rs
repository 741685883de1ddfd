//! `attend export`: sheets for people, rows for programs, whole files or none.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::{School, seen};

/// Monday up to Block 2, with a formula for a name.
fn monday() -> School {
    let school = School::example();
    school.write("roll.csv", "code,name,group\nH000123,=1+1,G7\n");
    school.ok(&["student", "import", "roll.csv"]);
    let lines = [
        seen("H000101", 0.93, "2026-09-07T09:33:20.25+03:00", "hall-2"),
        seen("H000123", 0.88, "2026-09-07T09:46:00+03:00", "hall-2"),
        seen("H000140", 0.7, "2026-09-07T09:41:00+03:00", "gate-1"),
        seen("H000102", 0.9, "2026-09-07T08:25:00+03:00", "gate-1"),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000177", "excused", "--reason", "dentist, \"again\""]);
    school
}

#[test]
fn the_register_is_a_sheet_for_people() {
    insta::assert_snapshot!(monday().session(&["export records --period \"Block 2\""]).replace('\u{feff}', "<BOM>"), @r#"
    $ attend export records --period "Block 2"
    <BOM>date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07 09:33:20,2026-09-07 09:33:20,2026-09-07 09:33:20,0.93,hall-2,1,,0,,␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,␍
    2026-09-07,Block 2,H000123,'=1+1,G7,present,2026-09-07 09:46:00,2026-09-07 09:46:00,2026-09-07 09:46:00,0.88,hall-2,1,11,0,,␍
    2026-09-07,Block 2,H000140,王小明,G8,low_score,,,,,,0,,1,,␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,excused,,,,,,0,,0,admin,"dentist, ""again"""␍
    "#);
}

#[test]
fn and_rows_for_programs() {
    let school = monday();
    insta::assert_snapshot!(school.session(&[
        "export records --period \"Block 2\" --dialect plain",
        "export records --period \"Block 2\" --format jsonl --status low_score,excused",
        "export records --period \"Block 2\" --format json --status present --group G7",
        "export records --format table",
    ]), @r#"
    $ attend export records --period "Block 2" --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07T09:33:20.25+03:00,2026-09-07T09:33:20.25+03:00,2026-09-07T09:33:20.25+03:00,0.93,hall-2,1,,0,,␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,␍
    2026-09-07,Block 2,H000123,=1+1,G7,present,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,0.88,hall-2,1,11,0,,␍
    2026-09-07,Block 2,H000140,王小明,G8,low_score,,,,,,0,,1,,␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,excused,,,,,,0,,0,admin,"dentist, ""again"""␍
    $ attend export records --period "Block 2" --format jsonl --status low_score,excused
    {"date":"2026-09-07","period":"Block 2","student":"H000140","name":"王小明","group":"G8","status":"low_score","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":1,"marked_by":null,"reason":null}
    {"date":"2026-09-07","period":"Block 2","student":"H000177","name":"Omar Haddad","group":"G8","status":"excused","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":"admin","reason":"dentist, \"again\""}
    $ attend export records --period "Block 2" --format json --status present --group G7
    {"report":"records","as_of":"2026-09-07T09:59:12+03:00","periods":[{"period":"Block 2","date":"2026-09-07","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","coverage_percent":8.0}],"rows":[{"date":"2026-09-07","period":"Block 2","student":"H000101","name":"Zoë O'Neil","group":"G7","status":"present","first_seen":"2026-09-07T09:33:20.25+03:00","last_seen":"2026-09-07T09:33:20.25+03:00","best_seen":"2026-09-07T09:33:20.25+03:00","best_score":0.93,"best_camera":"hall-2","sightings":1,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null},{"date":"2026-09-07","period":"Block 2","student":"H000123","name":"=1+1","group":"G7","status":"present","first_seen":"2026-09-07T09:46:00+03:00","last_seen":"2026-09-07T09:46:00+03:00","best_seen":"2026-09-07T09:46:00+03:00","best_score":0.88,"best_camera":"hall-2","sightings":1,"minutes_late":11,"low_score_sightings":0,"marked_by":null,"reason":null}]}
    $ attend export records --format table
    ! attend: an export is csv, xlsx, json or jsonl
    ! hint: attend roster show and attend summary print tables
    [2]
    "#);
}

#[test]
fn nothing_to_tell_still_has_its_headers() {
    let mut school = monday();
    school.at("2026-09-12T12:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "export records --dialect plain",
        "export records --format json",
        "export records --format jsonl",
    ]), @r#"
    $ attend export records --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason␍
    $ attend export records --format json
    {"report":"records","as_of":"2026-09-12T12:00:00+03:00","periods":[],"rows":[]}
    $ attend export records --format jsonl
    "#);
}

#[test]
fn only_what_has_begun_is_told_and_every_expected_student_of_it() {
    let mut school = monday();
    let count = |school: &School, args: &[&str]| {
        school.ok(&[&["export", "records", "--format", "jsonl"], args].concat()).lines().count()
    };
    // Three periods of Monday have begun; five students are on the roll.
    assert_eq!(count(&school, &[]), 15);
    assert_eq!(count(&school, &["--date", "2026-09-08"]), 0);
    assert_eq!(count(&school, &["--period", "Block 3"]), 0);
    school.at("2026-09-07T10:34:59+03:00");
    assert_eq!(count(&school, &["--period", "Block 3"]), 0);
    school.at("2026-09-07T10:35:00+03:00");
    assert_eq!(count(&school, &["--period", "Block 3"]), 5);
    school.at("2026-09-09T08:00:00+03:00");
    assert_eq!(count(&school, &["--from", "2026-09-07", "--to", "2026-09-09"]), 45);
    assert_eq!(count(&school, &["--from", "2026-09-07", "--to", "2026-09-09", "--group", "G8"]), 18);
    school.ok(&["schedule", "cancel", "Block 2", "--date", "2026-09-08", "--reason", "trip"]);
    school.ok(&["schedule", "close", "2026-09-09", "--reason", "Eid"]);
    assert_eq!(count(&school, &["--from", "2026-09-07", "--to", "2026-09-09"]), 35);
}

#[test]
fn statuses_part_the_register() {
    let school = monday();
    let rows = |status: &str| {
        let status: Vec<&str> = status.split(' ').filter(|word| !word.is_empty()).collect();
        let rows = school.ok(&[&["export", "records", "--format", "jsonl"], &status[..]].concat());
        let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
        rows.collect::<Vec<_>>()
    };
    let all = rows("");
    let mut parts = 0;
    for status in ["present", "absent", "excused", "low_score", "unknown"] {
        let part = rows(&format!("--status {status}"));
        assert!(!part.is_empty() && part.iter().all(|row| row["status"] == status), "{status}");
        parts += part.len();
    }
    assert_eq!(parts, all.len());
    let unknown = rows("--status unknown --period Assembly");
    assert_eq!(unknown.len(), 5, "no camera was alive in Assembly");
}

#[test]
fn a_file_appears_whole_and_for_its_owner_only() {
    let school = monday();
    insta::assert_snapshot!(school.session(&["export records -o monday.csv --dialect plain"]), @"$ attend export records -o monday.csv --dialect plain");
    let written = fs::read_to_string(school.path("monday.csv")).unwrap();
    assert_eq!(written, school.ok(&["export", "records", "--dialect", "plain"]));
    let mode = fs::metadata(school.path("monday.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    insta::assert_snapshot!(school.session(&[
        "export records -o monday.csv --period Nope",
        "export records -o monday.csv --format table",
        "export records -o nowhere/monday.csv",
        "export records -o .",
    ]), @r#"
    $ attend export records -o monday.csv --period Nope
    ! attend: no period named "Nope"
    ! hint: attend period list shows them all
    [1]
    $ attend export records -o monday.csv --format table
    ! attend: an export is csv, xlsx, json or jsonl
    ! hint: attend roster show and attend summary print tables
    [2]
    $ attend export records -o nowhere/monday.csv
    ! attend: cannot write nowhere/monday.csv: No such file or directory (os error 2)
    [74]
    $ attend export records -o .
    ! attend: cannot write .: not the name of a file
    [74]
    "#);
    assert_eq!(fs::read_to_string(school.path("monday.csv")).unwrap(), written, "the old one stays");
    let parts = fs::read_dir(school.path(""))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0, "half a file was left behind");
}

#[test]
fn wrong_wishes_are_refused_before_a_word_is_written() {
    insta::assert_snapshot!(monday().session(&[
        "export records --period Nope",
        "export records --period Nope --format json",
        "export records --from 2026-09-08 --to 2026-09-07",
        "export records --status late",
        "export records --date 07.09.2026",
    ]), @r#"
    $ attend export records --period Nope
    ! attend: no period named "Nope"
    ! hint: attend period list shows them all
    [1]
    $ attend export records --period Nope --format json
    ! attend: no period named "Nope"
    ! hint: attend period list shows them all
    [1]
    $ attend export records --from 2026-09-08 --to 2026-09-07
    ! attend: --to 2026-09-07 is before --from 2026-09-08
    ! hint: write the earlier date first
    [2]
    $ attend export records --status late
    ! error: invalid value 'late' for '--status <A,B>': a status is one of absent, unknown, low_score, excused, present, expected
    !
    ! For more information, try '--help'.
    [2]
    $ attend export records --date 07.09.2026
    ! error: invalid value '07.09.2026' for '--date <DATE>': "07.09.2026" is not a date
    ! hint: write the date as YYYY-MM-DD, such as 2026-09-07
    !
    ! For more information, try '--help'.
    [2]
    "#);
}
