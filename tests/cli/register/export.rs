//! `attend export`: sheets for people, rows for programs, whole files or none.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::Value;

use crate::common::harness::{School, Terminal, has, seen, text};
use crate::common::limit::{ok, output};
use crate::common::strace_kill::{FLUSH, Fault, KILL, attend, has_struck};
use crate::evidence::shuffle;

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
    <BOM>date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07 09:33:20,2026-09-07 09:33:20,2026-09-07 09:33:20,0.93,hall-2,1,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000123,'=1+1,G7,present,2026-09-07 09:46:00,2026-09-07 09:46:00,2026-09-07 09:46:00,0.88,hall-2,1,11,0,,,100,,,,,,,false,,true␍
    2026-09-07,Block 2,H000140,王小明,G8,low_score,,,,,,0,,1,,,100,,2026-09-07 09:41:00,2026-09-07 09:41:00,2026-09-07 09:41:00,0.7,gate-1,false,,false␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,excused,,,,,,0,,0,admin,"dentist, ""again""",100,,,,,,,false,,false␍
    "#);
}

#[test]
fn the_register_is_also_rows_for_programs() {
    let school = monday();
    insta::assert_snapshot!(school.session(&[
        "export records --period \"Block 2\" --dialect plain",
        "export records --period \"Block 2\" --format jsonl --status low_score,excused",
        "export records --period \"Block 2\" --format json --status present --group G7",
        "export records --format table",
    ]), @r#"
    $ attend export records --period "Block 2" --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07T09:33:20.25+03:00,2026-09-07T09:33:20.25+03:00,2026-09-07T09:33:20.25+03:00,0.93,hall-2,1,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000123,=1+1,G7,present,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,0.88,hall-2,1,11,0,,,100,,,,,,,false,,true␍
    2026-09-07,Block 2,H000140,王小明,G8,low_score,,,,,,0,,1,,,100,,2026-09-07T09:41:00+03:00,2026-09-07T09:41:00+03:00,2026-09-07T09:41:00+03:00,0.7,gate-1,false,,false␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,excused,,,,,,0,,0,admin,"dentist, ""again""",100,,,,,,,false,,false␍
    $ attend export records --period "Block 2" --format jsonl --status low_score,excused
    {"date":"2026-09-07","period":"Block 2","student":"H000140","name":"王小明","group":"G8","status":"low_score","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":1,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":"2026-09-07T09:41:00+03:00","low_last_seen":"2026-09-07T09:41:00+03:00","low_best_seen":"2026-09-07T09:41:00+03:00","low_best_score":0.7,"low_best_camera":"gate-1","after_close":false,"reason_code":null,"late":false}
    {"date":"2026-09-07","period":"Block 2","student":"H000177","name":"Omar Haddad","group":"G8","status":"excused","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":"admin","reason":"dentist, \"again\"","coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}
    $ attend export records --period "Block 2" --format json --status present --group G7
    {"report":"records","as_of":"2026-09-07T09:59:12+03:00","periods":[{"period":"Block 2","date":"2026-09-07","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","coverage_percent":100.0,"blind":null}],"rows":[{"date":"2026-09-07","period":"Block 2","student":"H000101","name":"Zoë O'Neil","group":"G7","status":"present","first_seen":"2026-09-07T09:33:20.25+03:00","last_seen":"2026-09-07T09:33:20.25+03:00","best_seen":"2026-09-07T09:33:20.25+03:00","best_score":0.93,"best_camera":"hall-2","sightings":1,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false},{"date":"2026-09-07","period":"Block 2","student":"H000123","name":"=1+1","group":"G7","status":"present","first_seen":"2026-09-07T09:46:00+03:00","last_seen":"2026-09-07T09:46:00+03:00","best_seen":"2026-09-07T09:46:00+03:00","best_score":0.88,"best_camera":"hall-2","sightings":1,"minutes_late":11,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":true}]}
    $ attend export records --format table
    ! attend: an export is csv, xlsx, html, json or jsonl
    ! hint: attend roster show and attend summary print tables
    [2]
    "#);
}

#[test]
fn sheets_have_the_delimiter_of_their_country() {
    let school = monday();
    let rows = |args: &[&str]| -> Vec<String> {
        let args =
            [&["export", "records", "--period", "Block 2", "--columns", "student,best_score"], args].concat();
        school.ok(&args).lines().take(2).map(|line| line.trim_start_matches('\u{feff}').to_owned()).collect()
    };
    assert_eq!(rows(&[]), ["student,best_score", "H000101,0.93"]);
    assert_eq!(rows(&["--delimiter", ";"]), ["student;best_score", "H000101;0,93"]);
    assert_eq!(rows(&["--delimiter", "tab"]), ["student\tbest_score", "H000101\t0.93"]);
    school.ok(&["settings", "set", "csv_delimiter", ";"]);
    assert_eq!(rows(&[]), ["student;best_score", "H000101;0,93"]);
    assert_eq!(rows(&["--delimiter", ","]), ["student,best_score", "H000101,0.93"]);
    // Programs get what they always got.
    assert_eq!(rows(&["--dialect", "plain"]), ["student,best_score", "H000101,0.93"]);
    insta::assert_snapshot!(school.session(&[
        "export records --dialect plain --delimiter ;",
        "export records --delimiter |",
        "settings set csv_delimiter x",
    ]), @r#"
    $ attend export records --dialect plain --delimiter ;
    ! attend: the plain dialect separates cells by commas
    ! hint: --delimiter is for --dialect excel
    [2]
    $ attend export records --delimiter |
    ! error: invalid value '|' for '--delimiter <DELIMITER>': "|" does not separate the cells of a sheet
    !
    ! For more information, try '--help'.
    [2]
    $ attend settings set csv_delimiter x
    ! attend: csv_delimiter: "x" does not separate the cells of a sheet
    ! hint: a delimiter is , or ; or tab; put ; into quotes: --delimiter ';'
    [2]
    "#);
}

#[test]
fn an_empty_export_has_its_headers() {
    let mut school = monday();
    school.at("2026-09-12T12:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "export records --dialect plain",
        "export records --format json",
        "export records --format jsonl",
    ]), @r#"
    $ attend export records --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    $ attend export records --format json
    {"report":"records","as_of":"2026-09-12T12:00:00+03:00","periods":[],"rows":[]}
    $ attend export records --format jsonl
    "#);
}

#[test]
fn only_begun_periods_are_exported_with_every_expected_student() {
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
    school.ok(&["schedule", "cancel", "Block 2", "--date", "2026-09-08", "--reason", "trip", "--yes"]);
    school.ok(&["schedule", "close", "2026-09-09", "--reason", "Eid", "--yes"]);
    assert_eq!(count(&school, &["--from", "2026-09-07", "--to", "2026-09-09"]), 35);
}

#[test]
fn the_statuses_partition_the_register() {
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
    ! attend: an export is csv, xlsx, html, json or jsonl
    ! hint: attend roster show and attend summary print tables
    [2]
    $ attend export records -o nowhere/monday.csv
    ! attend: cannot write nowhere/monday.csv: No such file or directory (os error 2)
    [74]
    $ attend export records -o .
    ! attend: cannot write .: invalid filename
    [74]
    "#);
    assert_eq!(fs::read_to_string(school.path("monday.csv")).unwrap(), written, "the old one stays");
    let parts = fs::read_dir(school.path(""))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0, "half a file was left behind");
}

#[test]
fn wrong_options_are_refused_before_any_output() {
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
    ! error: invalid value 'late' for '--status <STATUS>'
    !   [possible values: absent, unknown, low_score, excused, present, expected, elsewhere]
    !
    ! For more information, try '--help'.
    [2]
    $ attend export records --date 07.09.2026
    ! error: invalid value '07.09.2026' for '--date <DATE[..DATE]>': "07.09.2026" is not a date
    ! hint: write the date as YYYY-MM-DD, such as 2026-09-07, or as today, yesterday, tomorrow or mon to sun (the latest one)
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

/// Some columns of an export, a row a line.
fn columns(school: &School, args: &[&str], columns: &str) -> Vec<String> {
    let asked = ["--columns", columns, "--format", "csv", "--dialect", "plain"];
    let rows = school.ok(&[&["export"], args, &asked].concat());
    let mut lines = rows.lines().map(str::to_owned);
    assert_eq!(lines.next().as_deref(), Some(columns));
    lines.collect()
}

#[test]
fn a_roster_defaults_to_the_active_or_latest_period() {
    let mut school = School::example();
    let periods = |school: &School, args: &[&str]| {
        let mut rows = columns(school, &[&["roster"], args].concat(), "date,period");
        rows.dedup();
        rows
    };
    assert_eq!(periods(&school, &[]), ["2026-09-07,Block 2"]);
    assert_eq!(columns(&school, &["roster"], "student").len(), 5);
    assert_eq!(columns(&school, &["roster", "--group", "G8", "--status", "unknown"], "student").len(), 2);
    for (now, expected) in [
        ("2026-09-07T10:25:00+03:00", &["2026-09-07,Block 2"][..]), // a break
        ("2026-09-07T10:30:00+03:00", &["2026-09-07,Block 3"]),     // already by its grace
        ("2026-09-07T20:00:00+03:00", &["2026-09-07,Block 3"]),
        ("2026-09-08T06:00:00+03:00", &[]), // nothing has begun today
        ("2026-09-12T12:00:00+03:00", &[]), // a free day
    ] {
        school.at(now);
        assert_eq!(periods(&school, &[]), expected, "{now}");
    }
    school.at("2026-09-08T08:10:00+03:00");
    assert_eq!(periods(&school, &["--date", "2026-09-07"]), ["2026-09-07,Block 3"]);
    assert_eq!(periods(&school, &["--date", "2026-09-07", "--period", "assembly"]), ["2026-09-07,Assembly"]);
    assert_eq!(periods(&school, &["--date", "2026-09-09"]), [""; 0]);
    assert_eq!(columns(&school, &["roster", "--period", "Block 3"], "status"), ["expected"; 5]);
    // Lessons side by side: all that are active, and all that began last.
    school.ok(&[
        "period", "add", "Art", "--start", "10:35", "--end", "11:00", "--days", "daily", "--groups", "G8",
    ]);
    school.ok(&["period", "edit", "Block 3", "--groups", "G7"]);
    school.ok(&["schedule", "generate"]);
    for now in ["2026-09-08T10:40:00+03:00", "2026-09-08T15:00:00+03:00"] {
        school.at(now);
        assert_eq!(periods(&school, &[]), ["2026-09-08,Block 3", "2026-09-08,Art"], "{now}");
    }
    school.ok(&["schedule", "cancel", "Block 1", "--date", "2026-09-08", "--reason", "trip", "--yes"]);
    insta::assert_snapshot!(school.session(&[
        "export roster --period \"Block 1\"",
        "export roster --period Nope",
        "export roster --period Art --date 2026-09-20",
    ]), @r#"
    $ attend export roster --period "Block 1"
    ! attend: Block 1 on 2026-09-08 was not held: trip
    [1]
    $ attend export roster --period Nope
    ! attend: no occurrence on 2026-09-08 of the period "Nope"
    ! hint: attend schedule list --from 2026-09-08 --days 1 shows them all
    [1]
    $ attend export roster --period Art --date 2026-09-20
    ! attend: no occurrence on 2026-09-20 of the period "Art"
    ! hint: attend schedule list --from 2026-09-20 --days 1 shows them all
    [1]
    "#);
}

#[test]
fn recognitions_of_the_last_hours_include_both_ends() {
    let mut school = School::example();
    let ends = [
        ("2026-09-06T09:59:11.999999+03:00", "more than a day ago"),
        ("2026-09-06T09:59:12+03:00", "24h"),
        ("2026-09-07T08:59:11.999999+03:00", "24h"),
        ("2026-09-07T08:59:12+03:00", "1h 24h"),
        ("2026-09-07T09:59:12+03:00", "1h 24h"),
        ("2026-09-07T09:59:12.000001+03:00", "after now"),
    ];
    school.at("2026-09-07T10:00:00+03:00");
    school.ingest(ends.map(|(ts, _)| seen("H000101", 0.9, ts, "gate-1")).concat());
    school.at("2026-09-07T09:59:12+03:00");
    for last in ["1h", "24h"] {
        let expected = ends.iter().filter(|(_, of)| of.contains(last)).map(|(ts, _)| *ts);
        let told = columns(&school, &["recognitions", "--last", last], "ts");
        assert_eq!(told, expected.collect::<Vec<_>>(), "{last}");
    }
    let default = columns(&school, &["recognitions"], "ts,period,accepted");
    assert_eq!(default, columns(&school, &["recognitions", "--last", "24h"], "ts,period,accepted"));
    insta::assert_snapshot!(school.session(&[
        "export recognitions --last 1h --dialect plain",
        "export recognitions --last 1h --format json",
        "export recognitions --last 1h --date 2026-09-07",
        "export recognitions --last soon",
    ]), @r#"
    $ attend export recognitions --last 1h --dialect plain
    ts,student,name,camera,score,accepted,period,improved_best,crop␍
    2026-09-07T08:59:12+03:00,H000101,Zoë O'Neil,gate-1,0.9,true,Block 1,false,␍
    2026-09-07T09:59:12+03:00,H000101,Zoë O'Neil,gate-1,0.9,true,Block 2,false,␍
    $ attend export recognitions --last 1h --format json
    {"report":"recognitions","as_of":"2026-09-07T09:59:12+03:00","from":"2026-09-07T08:59:12+03:00","to":"2026-09-07T09:59:12+03:00","rows":[{"ts":"2026-09-07T08:59:12+03:00","student":"H000101","name":"Zoë O'Neil","camera":"gate-1","score":0.9,"accepted":true,"period":"Block 1","improved_best":false,"crop":null},{"ts":"2026-09-07T09:59:12+03:00","student":"H000101","name":"Zoë O'Neil","camera":"gate-1","score":0.9,"accepted":true,"period":"Block 2","improved_best":false,"crop":null}]}
    $ attend export recognitions --last 1h --date 2026-09-07
    ! error: the argument '--last <TIME>' cannot be used with '--date <DATE[..DATE]>'
    !
    ! Usage: attend export recognitions [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend export recognitions --last soon
    ! error: invalid value 'soon' for '--last <TIME>': "soon" is not a length of time
    ! hint: write a number with its unit: 10s, 5m, 1h30m, 90d, 12w
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

#[test]
fn a_date_with_a_clock_change_has_its_real_length() {
    for (zone, date, first, last) in [
        ("Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-29T23:59:59.999999+02:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59.999999+01:00"),
        ("America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00", "2026-09-06T23:59:59.999999-03:00"),
        ("Asia/Baghdad", "2026-09-07", "2026-09-07T00:00:00+03:00", "2026-09-07T23:59:59.999999+03:00"),
    ] {
        let mut school = School::empty();
        school.at("2026-11-01T00:00:00Z");
        school.ok(&["init", "--timezone", zone]);
        school.ok(&["settings", "set", "retention_days", "3650"]);
        school.ok(&["student", "add", "A", "Ada"]);
        let at = |text: &str, micros: i64| {
            let at =
                chrono::DateTime::parse_from_rfc3339(text).unwrap() + chrono::TimeDelta::microseconds(micros);
            seen("A", 0.9, &at.to_rfc3339(), "c")
        };
        let acks = school.ingest([at(first, -1), at(first, 0), at(last, 0), at(last, 1)].concat());
        assert!(acks.iter().all(|ack| ack["reason"] == "no_active_period"), "{acks:?}");
        assert_eq!(columns(&school, &["recognitions", "--date", date], "ts"), [first, last], "{zone}");
        assert_eq!(columns(&school, &["recognitions", "--from", date, "--to", date], "ts"), [first, last]);
        assert_eq!(columns(&school, &["recognitions", "--from", date], "ts").len(), 3);
    }
}

/// Every recognition of the day as JSON lines, as if it were the evening.
fn told(school: &School, args: &[&str]) -> Vec<Value> {
    let now = ["--now", "2026-09-07T23:00:00+03:00", "--format", "jsonl"];
    let rows = school.ok(&[&["export", "recognitions"], &now[..], args].concat());
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[test]
fn exported_effects_agree_with_acks_in_any_order_of_arrival() {
    let template = shuffle::school();
    let lines = proptest::collection::vec(shuffle::line(), 1..80).prop_map(|lines| {
        // One of each identity, in time order and then by the name of the camera.
        let mut lines: Vec<(String, String)> =
            lines.into_iter().map(|line| (identity(&line), line)).collect();
        lines.sort();
        lines.dedup_by(|a, b| a.0 == b.0);
        lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>()
    });
    let cases = lines.prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle(), 1..30u32));
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((lines, shuffled, minutes) in cases)| {
        let school = shuffle::fresh(&template, "2026-09-07T23:00:00+03:00");
        let acks = school.ingest(lines.concat());
        let rows = told(&school, &["--date", "2026-09-07"]);
        prop_assert_eq!(rows.len(), lines.len());
        let mut bolts = 0;
        for (line, ack) in lines.iter().zip(&acks) {
            let row = rows.iter().find(|row| identity(&row_as_line(row)) == identity(line)).unwrap();
            prop_assert_eq!(&row["period"], &ack["period"], "{}", line);
            prop_assert_eq!(row["accepted"].as_bool(), ack["accepted"].as_bool());
            prop_assert_eq!(row["improved_best"].as_bool(), Some(ack["updated_best"] == true), "{} {}", line, ack);
            bolts += u32::from(row["improved_best"] == true);
        }
        prop_assert!(rows.is_sorted_by_key(|row| row["ts"].as_str().unwrap().to_owned()));

        let other = shuffle::fresh(&template, "2026-09-07T23:00:00+03:00");
        other.ingest(shuffled.concat());
        prop_assert_eq!(&told(&other, &["--date", "2026-09-07"]), &rows, "{} bolts", bolts);

        // A window that begins amid a period still knows what was best before it.
        let now = format!("2026-09-07T08:{minutes:02}:00+03:00");
        let within = school.ok(&["export", "recognitions", "--now", &now, "--last", "5m", "--format", "jsonl"]);
        let first = format!("2026-09-07T{:02}:{:02}:00+03:00", if minutes < 5 { 7 } else { 8 }, (minutes + 55) % 60);
        let expected = rows.iter().filter(|row| (first.as_str()..=&now).contains(&at(row).as_str()));
        prop_assert_eq!(within.lines().map(|row| serde_json::from_str::<Value>(row).unwrap()).collect::<Vec<_>>(),
            expected.cloned().collect::<Vec<_>>(), "{}", now);
        // Filters leave rows out and change none.
        for (member, value, filter) in [("period", "All", ["--period", "all"]), ("student", "A", ["--group", "G7"])] {
            let expected: Vec<Value> = rows.iter().filter(|row| row[member] == value).cloned().collect();
            prop_assert_eq!(told(&school, &[&["--date", "2026-09-07"], &filter[..]].concat()), expected);
        }
    });
}

/// A row's instant so that instants of different precision compare as text.
fn at(row: &Value) -> String {
    let ts = row["ts"].as_str().unwrap();
    if ts.contains('.') { ts.to_owned() } else { format!("{}+03:00", &ts[..19]) }
}

fn row_as_line(row: &Value) -> String {
    seen(row["student"].as_str().unwrap(), 0.0, row["ts"].as_str().unwrap(), row["camera"].as_str().unwrap())
}

/// Instant in microseconds, student and camera of a line.
fn identity(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    let ts = chrono::DateTime::parse_from_rfc3339(line["ts"].as_str().unwrap()).unwrap();
    let word = |member: &str| line[member].as_str().unwrap().to_owned();
    format!("{} {} {}", ts.timestamp_micros(), word("student"), word("camera"))
}

#[test]
fn two_cameras_at_one_instant_are_ordered_by_name() {
    let school = School::example();
    let ts = "2026-09-07T09:40:00+03:00";
    // The later name is known first, so it has the lower identity.
    school.ingest([seen("H000101", 0.9, ts, "z-9"), seen("H000101", 0.95, ts, "a-1")].concat());
    let rows = columns(&school, &["recognitions"], "camera,score,improved_best");
    assert_eq!(rows, ["a-1,0.95,false", "z-9,0.9,false"]);
    school.ingest([seen("H000101", 0.97, "2026-09-07T09:41:00+03:00", "z-9")].concat());
    assert_eq!(columns(&school, &["recognitions"], "improved_best"), ["false", "false", "true"]);
}

#[test]
fn the_group_is_that_at_the_time_of_the_recognition() {
    let mut school = School::example();
    let monday = seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1");
    school.at("2026-09-08T07:00:00+03:00");
    school.ok(&["student", "edit", "H000101", "--group", "G8"]);
    school.at("2026-09-08T12:00:00+03:00");
    school.ingest(monday + &seen("H000101", 0.9, "2026-09-08T09:40:00+03:00", "gate-1"));
    for (group, date) in [("G7", "2026-09-07"), ("G8", "2026-09-08")] {
        let of = ["recognitions", "--from", "2026-09-07", "--group", group];
        assert_eq!(columns(&school, &of, "ts"), [format!("{date}T09:40:00+03:00")]);
        let of = ["records", "--from", "2026-09-07", "--group", group, "--status", "present"];
        assert_eq!(columns(&school, &of, "date,student"), [format!("{date},H000101")]);
    }
}

#[test]
fn a_group_without_students_is_a_warning_and_an_empty_report() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "export recognitions --group G77",
        "export records --group \"\"",
        "summary --group g7",
        "summary --date 2026-09-12 --group G7",
        "roster now --group Staff",
    ]), @r#"
    $ attend export recognitions --group G77
    ﻿ts,student,name,camera,score,accepted,period,improved_best,crop␍
    ! no student is in group "G77": did you mean "G7"?
    $ attend export records --group ""
    ! error: invalid value '' for '--group <GROUPS>': no group is named
    ! hint: write a group, such as G7, or a pattern, such as 'G7*'
    !
    ! For more information, try '--help'.
    [2]
    $ attend summary --group g7
    Mon 7 Sep 2026 · 3 students · 4 periods, 3 begun, 0 judged (Assembly, Block 1, Block 2 were blind)
    Nothing could be judged · unknown 9
    unknown: Assembly: no camera on duty 07:55–08:15
    unknown: Block 1: no camera on duty 08:15–09:30
    unknown: Block 2: no camera on duty 09:30–09:59

    NEEDS A PERSON
     not judged        H000101 Zoë O'Neil (G7) · H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         0/4     0        0  ◌    ◌   ◌
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ◌    ◌   ◌
     H000123  Ada Karim    G7         0/4     0        0  ◌    ◌   ◌
    $ attend summary --date 2026-09-12 --group G7
    Sat 12 Sep 2026 · 0 students · 0 periods
    Nothing could be judged
    No period was held.
    $ attend roster now --group Staff
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/0 present · 0 absent
    No student is expected.
    ! no student is in group "Staff": groups are G7, G8
    "#);
}

#[test]
fn columns_are_chosen_and_ordered() {
    let school = monday();
    insta::assert_snapshot!(school.session(&[
        "export roster --columns status,student --format json",
        "export roster --columns status,student --format jsonl --status low_score",
        "export recognitions --columns camera,ts --dialect plain",
        "export roster --columns studnet,status",
        "export records --columns status,shoe_size -o x.csv",
        "export records --columns status,status",
        "export records --columns \"\"",
    ]), @r#"
    $ attend export roster --columns status,student --format json
    {"report":"roster","as_of":"2026-09-07T09:59:12+03:00","periods":[{"period":"Block 2","date":"2026-09-07","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","coverage_percent":100.0,"blind":null}],"rows":[{"status":"present","student":"H000101"},{"status":"absent","student":"H000102"},{"status":"present","student":"H000123"},{"status":"low_score","student":"H000140"},{"status":"excused","student":"H000177"}]}
    $ attend export roster --columns status,student --format jsonl --status low_score
    {"status":"low_score","student":"H000140"}
    $ attend export recognitions --columns camera,ts --dialect plain
    camera,ts␍
    gate-1,2026-09-07T08:25:00+03:00␍
    hall-2,2026-09-07T09:33:20.25+03:00␍
    gate-1,2026-09-07T09:41:00+03:00␍
    hall-2,2026-09-07T09:46:00+03:00␍
    $ attend export roster --columns studnet,status
    ! attend: no column "studnet"
    ! hint: did you mean "student"? (columns: date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late)
    [2]
    $ attend export records --columns status,shoe_size -o x.csv
    ! attend: no column "shoe_size"
    ! hint: columns: date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late
    [2]
    $ attend export records --columns status,status
    ! attend: column "status" is asked for twice
    [2]
    $ attend export records --columns ""
    ! attend: no column ""
    ! hint: columns: date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late
    [2]
    "#);
    assert!(!school.path("x.csv").exists());
}

#[test]
fn the_file_extension_chooses_the_format_unless_an_option_does() {
    let school = monday();
    let begins = |file: &str, args: &[&str]| {
        school.ok(&[&["export", "roster", "-o", file], args].concat());
        let bytes = fs::read(school.path(file)).unwrap();
        let mode = fs::metadata(school.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
        String::from_utf8_lossy(&bytes[..bytes.len().min(9)]).into_owned()
    };
    for (file, args, expected) in [
        ("a.csv", &[][..], "\u{feff}date,p"),
        ("a", &[], "\u{feff}date,p"),
        ("a.txt", &["--dialect", "plain"], "date,peri"),
        ("a.json", &[], "{\"report\""),
        ("a.jsonl", &[], "{\"date\":\""),
        ("a.xlsx", &[], "PK\u{3}\u{4}"),
        ("A.XLSX", &[], "PK\u{3}\u{4}"),
        ("a.json", &["--format", "csv"], "\u{feff}date,p"),
        ("b", &["--format", "xlsx"], "PK\u{3}\u{4}"),
    ] {
        let found = begins(file, args);
        assert!(found.starts_with(expected), "{file} {args:?}: {found:?}");
    }
    // Into a pipe a workbook may go.
    assert!(school.feed(&["export", "roster", "--format", "xlsx"], "").stdout.starts_with(b"PK"));
    insta::assert_snapshot!(school.session(&["roster now --format xlsx", "panel --format xlsx"]), @"
    $ attend roster now --format xlsx
    ! error: invalid value 'xlsx' for '--format <FORMAT>'
    !   [possible values: table, csv, json, jsonl]
    !
    ! For more information, try '--help'.
    [2]
    $ attend panel --format xlsx
    ! error: invalid value 'xlsx' for '--format <FORMAT>'
    !   [possible values: table, csv, json, jsonl]
    !
    ! For more information, try '--help'.
    [2]
    ");
}

#[test]
fn a_reader_that_closes_the_pipe_is_not_an_error() {
    let school = long();
    for format in ["csv", "json", "jsonl", "xlsx"] {
        for args in
            [&["export", "recognitions"][..], &["export", "records"], &["export", "roster"], &["summary"]]
        {
            let output = school.unread(&[args, &["--format", format]].concat(), "");
            assert_eq!(
                (output.status.code(), text(&output.stderr)),
                (Some(0), String::new()),
                "{args:?} {format}"
            );
        }
    }
    let head = output(school.program("sh").args(["-c", "attend export recognitions | head -1"]));
    assert_eq!((text(&head.stdout).lines().count(), text(&head.stderr)), (1, String::new()));
}

/// Enough recognitions for an export to take a while.
const MANY: usize = 100_000;

fn long() -> School {
    let school = monday();
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let many = format!(
        "WITH RECURSIVE n(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n LIMIT {MANY})
         INSERT INTO recognition (ts, student, camera, score) SELECT {} + n * 1000, 1, 1, 0.8 FROM n",
        chrono::DateTime::parse_from_rfc3339("2026-09-07T03:00:00+03:00").unwrap().timestamp_micros()
    );
    conn.execute(&many, []).unwrap();
    school
}

#[test]
fn a_killed_export_never_leaves_a_partial_file() {
    if !has("strace") {
        return;
    }
    let school = long();
    for (file, calls, nth) in [
        ("a.csv", "write", 1),
        ("a.csv", "write", 20),
        ("a.csv", FLUSH, 1),
        ("a.csv", "/^rename", 1),
        ("a.jsonl", "write", 20),
        ("a.xlsx", "write", 20),
        ("a.xlsx", "/^rename", 1),
    ] {
        school.write(file, "the old one");
        let export = attend(&["export", "recognitions", "-o", file]);
        output(&mut Fault::new(calls, KILL).strikes(&school, &export, nth));
        assert!(has_struck(&school), "{file} {calls} {nth}");
        assert_eq!(fs::read_to_string(school.path(file)).unwrap(), "the old one", "{file} {calls} {nth}");
    }
    school.ok(&["export", "recognitions", "-o", "a.jsonl"]);
    let whole = fs::read_to_string(school.path("a.jsonl")).unwrap();
    assert_eq!(whole.lines().count(), MANY + 4);
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_else() {
    if !has("unshare") {
        return;
    }
    let school = long();
    fs::create_dir(school.path("small")).unwrap();
    // A small file system of our own, visible to this one process only.
    let script = "mount -t tmpfs -o size=300k tmpfs small; echo old > small/$1; export TMPDIR=$2
                  attend export recognitions -o small/$1 || echo \"code $?\"; cat small/$1; ls -A small | wc -l";
    for (file, temporary) in [("a.csv", "/tmp"), ("a.json", "/tmp"), ("a.xlsx", "/tmp"), ("a.xlsx", "small")]
    {
        let mut command = school.program("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", file, temporary]);
        let output = output(&mut command);
        assert_eq!(text(&output.stdout), "code 74\nold\n1\n", "{file} {temporary} {}", text(&output.stderr));
        let why = match temporary {
            "small" => "no room for temporary files in small (TMPDIR)",
            _ => "No space left on device (os error 28)",
        };
        assert_eq!(text(&output.stderr), format!("attend: cannot write small/{file}: {why}\n"));
    }
}

#[test]
fn a_pipe_is_written_to_and_stays_one() {
    let school = School::example();
    let pipe = school.path("pipe");
    ok(school.program("mkfifo").arg(&pipe));
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    school.ok(&["export", "roster", "-o", "pipe"]);
    assert!(reader.join().unwrap().contains("H000101"));
    assert!(!std::fs::metadata(pipe).unwrap().is_file());
}

#[test]
fn progress_is_for_terminals() {
    if !has("tmux") {
        return;
    }
    let school = long();
    // The terminal stands in another folder.
    let file = school.path("a.csv");
    let export = ["export", "recognitions", "-o", file.to_str().unwrap()];
    let output = school.feed(&export, "");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    let seen = |args: &[&str]| Terminal::open(&school, args, 80, 24).ended();
    assert!(seen(&export).contains(" % "));
    assert!(!seen(&[&export[..], &["-q"]].concat()).contains('%'));
    // Rows on the screen leave no room for a bar.
    assert!(!seen(&["export", "roster"]).contains('%'));
    assert!(
        seen(&["export", "roster", "--format", "xlsx"]).contains("a workbook cannot be shown on a terminal")
    );
}

#[test]
fn a_mark_that_says_late_without_minutes_is_late_in_every_row() {
    let mut school = School::example();
    school.at("2026-09-08T12:00:00+03:00");
    school.ok(&["mark", "H000101", "late", "--period", "Block 1"]);
    school.ok(&["mark", "H000102", "late", "--minutes", "7", "--period", "Block 1"]);
    school.ok(&["mark", "H000123", "present", "--period", "Block 1"]);
    let columns = ["--columns", "student,minutes_late,late", "--dialect", "plain", "--status", "present"];
    let rows = school.ok(&[&["export", "records", "--date", "today"][..], &columns].concat());
    assert_eq!(
        rows.replace('\r', ""),
        "student,minutes_late,late\nH000101,,true\nH000102,7,true\nH000123,,false\n"
    );
    let roster = school.ok(&["roster", "show", "--period", "Block 1", "--format", "json"]);
    let roster: serde_json::Value = serde_json::from_str(&roster).unwrap();
    let late = roster["rows"].as_array().unwrap().iter().filter(|row| row["late"] == true).count();
    assert_eq!(roster["late"], late);
}
