//! `attend ingest`: every line is answered, in order, with its outcome.

use std::cell::RefCell;
use std::time::Duration;

use attend::clock::Clock;
use attend::commands::ingest::{Acks, Limits, Request, run};
use attend::store::Store;
use serde_json::{Value, json};

use crate::common::harness::{NOW, School, seen, text};

/// Ada Karim at the gate within Block 2.
fn ada(score: f64, time: &str) -> String {
    seen("H000123", score, &format!("2026-09-07T{time}+03:00"), "gate-1")
}

/// Statuses and reasons of acks.
fn outcomes(acks: &[Value]) -> Vec<(i64, &str)> {
    acks.iter().map(|ack| (ack["status"].as_i64().unwrap(), ack["reason"].as_str().unwrap_or(""))).collect()
}

#[test]
fn a_line_sent_again_counts_if_it_counted_before() {
    let school = School::example();
    // Ada in Block 2, hardly recognised in it, and before school.
    let lines = [ada(0.80, "09:36:00"), ada(0.74, "09:39:00"), ada(0.90, "07:00:00")].concat();
    for duplicate in [false, true] {
        let acks = school.ingest(&lines);
        let told: Vec<_> =
            acks.iter().map(|ack| (ack["accepted"] == true, ack["duplicate"] == true)).collect();
        assert_eq!(told, [(true, duplicate), (false, duplicate), (false, duplicate)]);
    }
}

/// Nearly twice as much as is read at once.
#[test]
fn progress_is_the_bytes_that_are_stored() {
    let school = School::example();
    let lines: String =
        (0..1200).map(|nth| ada(0.8, &format!("09:40:{:02}.{:03}", nth / 100, nth % 100))).collect();
    let files = vec![school.write("day.jsonl", &lines)];
    let (max_wait, limits) = (Duration::from_secs(5), Limits::default());
    let request = Request { files, acks: Acks::None, key: None, max_wait, limits };
    let told = RefCell::new(Vec::new());
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let clock = Clock::new(Some(NOW.parse().unwrap()));
    run(&mut store, request, clock, &mut std::io::sink(), &|bytes| told.borrow_mut().push(bytes)).unwrap();
    let told = told.into_inner();
    assert!(told.is_sorted() && told.last() == Some(&(lines.len() as u64)), "{told:?} of {}", lines.len());
}

#[test]
fn a_counted_line_is_acked_with_its_effect() {
    let lines = [
        ada(0.80, "09:36:00"),
        ada(0.80, "09:36:00"),
        ada(0.91, "09:36:05"),
        ada(0.91, "09:37:00"),
        ada(0.815, "09:38:00"),
        ada(0.95, "09:38:00"),
        ada(0.74, "09:39:00"),
        ada(0.95, "10:00:00"),
    ];
    insta::assert_snapshot!(School::example().session_with("ingest", lines.concat()), @r#"
    $ attend ingest
    {"line":1,"status":200,"accepted":true,"created":true,"improved":true,"updated_best":false,"held_by_window":false,"best_score":0.8,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":2,"status":200,"accepted":true,"created":false,"improved":false,"updated_best":false,"held_by_window":false,"best_score":0.8,"student":"H000123","period":"Block 2","duplicate":true}
    {"line":3,"status":200,"accepted":true,"created":false,"improved":true,"updated_best":false,"held_by_window":true,"best_score":0.8,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":4,"status":200,"accepted":true,"created":false,"improved":true,"updated_best":true,"held_by_window":false,"best_score":0.91,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":5,"status":200,"accepted":true,"created":false,"improved":false,"updated_best":false,"held_by_window":false,"best_score":0.91,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":6,"status":200,"accepted":true,"created":false,"improved":true,"updated_best":true,"held_by_window":false,"best_score":0.95,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":7,"status":202,"accepted":false,"student":"H000123","period":"Block 2","duplicate":false,"reason":"below_min_score"}
    {"line":8,"status":200,"accepted":true,"created":false,"improved":false,"updated_best":false,"held_by_window":false,"best_score":0.95,"student":"H000123","period":"Block 2","duplicate":false}
    "#);
}

#[test]
fn an_uncounted_line_is_acked_with_its_reason() {
    let school = School::example();
    school.ok(&["student", "deactivate", "H000177", "--from", "2026-09-07", "--yes"]);
    let lines = [
        ada(0.7499, "09:36:00"),
        ada(0.9, "09:31:00.25"),
        ada(0.9, "07:00:00"),
        seen("X000001", 0.9, "2026-09-07T09:36:00+03:00", "gate-1"),
        seen("H000177", 0.9, "2026-09-07T09:36:00+03:00", "gate-1"),
        seen("H000177", 0.9, "2026-09-06T09:36:00+03:00", "gate-1"),
    ];
    insta::assert_snapshot!(school.session_with("ingest", lines.concat()), @r#"
    $ attend ingest
    {"line":1,"status":202,"accepted":false,"student":"H000123","period":"Block 2","duplicate":false,"reason":"below_min_score"}
    {"line":2,"status":200,"accepted":true,"created":true,"improved":true,"updated_best":false,"held_by_window":false,"best_score":0.9,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":3,"status":202,"accepted":false,"student":"H000123","duplicate":false,"reason":"no_active_period"}
    {"line":4,"status":202,"accepted":false,"student":"X000001","reason":"unknown_student","detail":"this code is not on the roll"}
    {"line":5,"status":202,"accepted":false,"student":"H000177","reason":"inactive_student","detail":"this student is not on the roll at that time"}
    {"line":6,"status":202,"accepted":false,"student":"H000177","duplicate":false,"reason":"no_active_period"}
    "#);
}

#[test]
fn a_refused_line_names_the_fault_and_stops_no_other() {
    let long = format!("{{\"student\":\"{}\"}}\n", "x".repeat(70_000));
    let lines = [
        "not json\n".to_owned(),
        "{\"student\":\"H000123\",\n".to_owned(),
        "\n".to_owned(),
        long,
        ada(1.01, "09:36:00"),
        seen("H000123", 0.9, "07.09.2026 09:36", "gate-1"),
        ada(0.9, "10:01:13"),
        ada(0.9, "10:01:12"),
        "{\"student\":\"H000123\",\"camera\":\"gate-1\"}\n".to_owned(),
        "{\"score\":0.9,\"camera\":\"gate-1\"}\n".to_owned(),
        "{\"student\":\"H000123\",\"score\":0.9}\n".to_owned(),
        "{\"student\":\"H000123\",\"score\":\"0.9\",\"camera\":1}\n".to_owned(),
        "{\"student\":\"H000123\",\"score\":0.9,\"camera\":1,\"embedding\":[0.1]}\n".to_owned(),
        "{\"type\":\"song\"}\n".to_owned(),
        "{\"student\":\"H000123\",\"score\":0.9,\"camera\":1,\"score\":0.8}\n".to_owned(),
        ada(0.9, "09:40:00"),
        "{\"student\":\"H000123\",\"sco".to_owned(),
    ];
    insta::assert_snapshot!(School::example().session_with("ingest", lines.concat()), @r#"
    $ attend ingest
    {"line":1,"status":400,"accepted":false,"reason":"malformed","detail":"expected ident (column 2)"}
    {"line":2,"status":400,"accepted":false,"reason":"malformed","detail":"EOF while parsing a value (column 21)"}
    {"line":3,"status":400,"accepted":false,"reason":"malformed","detail":"EOF while parsing a value (column 0)"}
    {"line":4,"status":413,"accepted":false,"reason":"too_long","detail":"longer than 65536 bytes"}
    {"line":5,"status":422,"accepted":false,"reason":"invalid","field":"score","detail":"score 1.01 is not from 0 to 1"}
    {"line":6,"status":422,"accepted":false,"reason":"invalid","field":"ts","detail":"ts must be RFC 3339 (2026-09-07T08:03:11.25+03:00), a local time without offset or Unix seconds"}
    {"line":7,"status":422,"accepted":false,"student":"H000123","reason":"future","field":"ts","detail":"ts is more than 2m ahead of this machine's clock"}
    {"line":8,"status":200,"accepted":true,"created":true,"improved":true,"updated_best":false,"held_by_window":false,"best_score":0.9,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":9,"status":422,"accepted":false,"student":"H000123","reason":"invalid","field":"score","detail":"score is missing; for devices that send none: attend settings set default_score 1"}
    {"line":10,"status":422,"accepted":false,"reason":"invalid","field":"student","detail":"student is missing"}
    {"line":11,"status":422,"accepted":false,"reason":"invalid","field":"camera","detail":"camera is missing"}
    {"line":12,"status":422,"accepted":false,"reason":"invalid","field":"score","detail":"score must be a number"}
    {"line":13,"status":422,"accepted":false,"reason":"invalid","field":"embedding","detail":"images and embeddings are not stored: send the path of the crop"}
    {"line":14,"status":422,"accepted":false,"reason":"invalid","field":"type","detail":"type is recognition, heartbeat, job or hello"}
    {"line":15,"status":422,"accepted":false,"reason":"invalid","field":"score","detail":"score is given twice"}
    {"line":16,"status":200,"accepted":true,"created":true,"improved":true,"updated_best":false,"held_by_window":false,"best_score":0.9,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":17,"status":400,"accepted":false,"reason":"torn_line","detail":"the input ended within this line"}
    [65]
    "#);
}

#[test]
fn lines_are_numbered_in_the_order_of_arrival() {
    let school = School::example();
    let lines: String = (0..3000)
        .map(|n| match n % 3 {
            0 => ada(0.9, &format!("09:{:02}:{:02}.{n:06}", 35 + n / 150, n % 60)),
            1 => "?\n".to_owned(),
            _ => seen("X", 0.9, "2026-09-07T09:36:00+03:00", "gate-1"),
        })
        .collect();
    let acks = school.ingest(lines);
    assert_eq!(acks.len(), 3000);
    for (n, ack) in acks.iter().enumerate() {
        assert_eq!((&ack["line"], &ack["status"]), (&json!(n + 1), &json!([200, 400, 202][n % 3])));
    }
}

#[test]
fn other_names_carriage_returns_and_a_byte_order_mark_are_understood() {
    let school = School::example();
    let acks = school.ingest(
        "\u{feff}{\"h_code\":\"H000123\",\"score\":0.9,\"camera_id\":3,\"crop_path\":\"a/b.jpg\",\"ts\":\"2026-09-07T06:36:00Z\"}\r\n\
         {\"student\":\"H000140\",\"score\":1,\"camera\":\"3\",\"ts\":\"2026-09-07T09:36:00+03:00\"}",
    );
    assert_eq!(outcomes(&acks), [(200, ""), (200, "")]);
    insta::assert_snapshot!(school.session(&[
        "export records --status present --period \"Block 2\" --dialect plain",
        "history H000123 --format csv",
    ]), @r#"
    $ attend export records --status present --period "Block 2" --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000123,Ada Karim,G7,present,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,0.9,3,1,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000140,王小明,G8,present,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,1,3,1,,0,,,100,,,,,,,false,,false␍
    $ attend history H000123 --format csv
    at,event,period,camera,score,effect,by,reason,crop␍
    2026-09-07T09:36:00+03:00,seen,Block 2,3,0.9,first,,,a/b.jpg␍
    "#);
}

#[test]
fn a_line_without_an_instant_counts_now() {
    let school = School::example();
    let line = "{\"student\":\"H000123\",\"score\":0.9,\"camera\":\"gate-1\"}\n";
    assert_eq!(outcomes(&school.ingest(line)), [(200, "")]);
    let records = school.records("2026-09-07", "2026-09-07");
    let ada = records.iter().find(|record| record["status"] == "present").unwrap();
    assert_eq!(ada["first_seen"], "2026-09-07T09:59:12+03:00");
}

#[test]
fn a_higher_score_for_the_same_sighting_is_kept_and_a_lower_one_is_not() {
    let school = School::example();
    let acks = school.ingest(ada(0.7, "09:36:00") + &ada(0.8, "09:36:00") + &ada(0.75, "09:36:00"));
    assert_eq!(outcomes(&acks), [(202, "below_min_score"), (200, ""), (200, "")]);
    assert_eq!(acks.iter().map(|ack| &ack["duplicate"]).collect::<Vec<_>>(), [false, false, true]);
    let acks = school.ingest(ada(0.7, "09:36:00"));
    assert_eq!((&acks[0]["duplicate"], &acks[0]["best_score"]), (&json!(true), &json!(0.8)));
    insta::assert_snapshot!(school.session(&["history H000123"]), @"
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 2  ✓ present  09:36–09:36  best 0.80 gate-1  1 sighting
    Block 3  · not yet seen

     TIME      WHAT  PERIOD   CAMERA  SCORE  EFFECT  BY  REASON
     09:36:00  seen  Block 2  gate-1   0.80  first
    ");
}

#[test]
fn heartbeats_and_jobs_are_taken() {
    let school = School::example();
    let lines = [
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"pid\":4242,\"target_fps\":6,\"processed_fps\":5.8,\
          \"snapshot_every\":30,\"detected\":10,\"matched\":8,\"latency_ms\":41,\"last_error\":\"\"}",
        "{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":false,\"error\":\"camera 3: no route\"}",
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"pid\":-1}",
        "{\"type\":\"heartbeat\"}",
        "{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":1}",
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"2026-09-07T11:00:00+03:00\"}",
    ];
    insta::assert_snapshot!(school.session_with("ingest", lines.join("\n")), @r#"
    $ attend ingest
    {"line":1,"status":200,"accepted":true}
    {"line":2,"status":200,"accepted":true}
    {"line":3,"status":422,"accepted":false,"reason":"invalid","field":"pid","detail":"pid must be a whole number from 0 to 1000000000"}
    {"line":4,"status":422,"accepted":false,"reason":"invalid","field":"camera","detail":"camera is missing"}
    {"line":5,"status":422,"accepted":false,"reason":"invalid","field":"ok","detail":"ok must be true or false"}
    {"line":6,"status":422,"accepted":false,"reason":"future","field":"ts","detail":"ts is more than 2m ahead of this machine's clock"}
    [65]
    "#);
}

#[test]
fn only_the_requested_acks_are_written() {
    let school = School::example();
    let lines = ada(0.9, "09:36:00") + "?\n" + &ada(0.5, "09:37:00");
    insta::assert_snapshot!(school.session_with("ingest --acks all", &lines), @r#"
    $ attend ingest --acks all
    {"line":1,"status":200,"accepted":true,"created":true,"improved":true,"updated_best":false,"held_by_window":false,"best_score":0.9,"student":"H000123","period":"Block 2","duplicate":false}
    {"line":2,"status":400,"accepted":false,"reason":"malformed","detail":"expected value (column 1)"}
    {"line":3,"status":202,"accepted":false,"student":"H000123","period":"Block 2","duplicate":false,"reason":"below_min_score"}
    [65]
    "#);
    insta::assert_snapshot!(school.session_with("ingest --acks errors -v", &lines), @r#"
    $ attend ingest --acks errors -v
    {"line":2,"status":400,"accepted":false,"reason":"malformed","detail":"expected value (column 1)"}
    ! 3 lines: 2 known already, 1 refused
    [65]
    "#);
    insta::assert_snapshot!(school.session_with("ingest --acks none", &lines), @"
    $ attend ingest --acks none
    [65]
    ");
}

#[test]
fn files_are_read_one_after_the_other() {
    let school = School::example();
    school.write("monday.jsonl", ada(0.9, "09:36:00") + "?\n");
    school.write("more.jsonl", ada(0.9, "09:37:00"));
    insta::assert_snapshot!(school.session(&[
        "ingest more.jsonl -v",
        "ingest monday.jsonl more.jsonl -v",
        "ingest --acks all monday.jsonl",
        "ingest more.jsonl nothere.jsonl",
        "ingest .",
    ]), @r#"
    $ attend ingest more.jsonl -v
    ! 1 line: 1 counted
    $ attend ingest monday.jsonl more.jsonl -v
    {"file":"monday.jsonl","line":2,"status":400,"accepted":false,"reason":"malformed","detail":"expected value (column 1)"}
    ! 3 lines: 1 counted, 1 known already, 1 refused
    [65]
    $ attend ingest --acks all monday.jsonl
    {"file":"monday.jsonl","line":1,"status":200,"accepted":true,"created":false,"improved":false,"updated_best":false,"held_by_window":false,"best_score":0.9,"student":"H000123","period":"Block 2","duplicate":true}
    {"file":"monday.jsonl","line":2,"status":400,"accepted":false,"reason":"malformed","detail":"expected value (column 1)"}
    [65]
    $ attend ingest more.jsonl nothere.jsonl
    ! attend: cannot open nothere.jsonl: No such file or directory (os error 2)
    [74]
    $ attend ingest .
    ! attend: cannot read .: Is a directory (os error 21)
    [74]
    "#);
}

#[test]
fn unread_acks_are_a_failure() {
    let school = School::example();
    let output = school.unread(&["ingest"], ada(0.9, "09:36:00"));
    assert_eq!(output.status.code(), Some(74));
    insta::assert_snapshot!(text(&output.stderr), @"
    attend: acks could not be delivered: Broken pipe (os error 32)
    hint: acknowledged lines are stored; sending the rest again is safe
    ");
    let again = school.ingest(ada(0.9, "09:36:00"));
    assert_eq!(again[0]["duplicate"], true, "what was stored is known");
}

#[test]
fn a_lone_line_is_answered_at_once() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    for n in 0..5 {
        let ack = stream.ask(&ada(0.9, &format!("09:36:{n:02}")));
        assert_eq!((&ack["line"], &ack["status"]), (&json!(n + 1), &json!(200)));
    }
}

#[test]
fn a_stream_notices_changes_by_other_processes() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    let mut told = |line: &str| {
        let ack = stream.ask(line);
        (ack["status"].as_i64().unwrap(), ack["reason"].as_str().unwrap_or("").to_owned())
    };
    let counted = (200, String::new());
    assert_eq!(told(&ada(0.8, "09:36:00")), counted);

    school.ok(&["settings", "set", "min_score", "0.85"]);
    assert_eq!(told(&ada(0.8, "09:37:00")), (202, "below_min_score".into()));
    school.ok(&["settings", "unset", "min_score"]);
    assert_eq!(told(&ada(0.8, "09:38:00")), counted);

    let new = seen("H000300", 0.9, "2026-09-07T09:36:00+03:00", "gate-1");
    assert_eq!(told(&new), (202, "unknown_student".into()));
    school.ok(&["student", "add", "H000300", "New One"]);
    assert_eq!(told(&new), counted);
    school.ok(&["student", "deactivate", "H000300", "--from", "2026-09-07", "--yes"]);
    assert_eq!(told(&new.replace("09:36:00", "09:36:30")), (202, "inactive_student".into()));

    school.ok(&["schedule", "cancel", "Block 2", "--reason", "fire drill", "--yes"]);
    assert_eq!(told(&ada(0.8, "09:39:00")), (202, "no_active_period".into()));
    school.ok(&["schedule", "restore", "Block 2", "--yes"]);
    assert_eq!(told(&ada(0.8, "09:40:00")), counted);
    school.ok(&["schedule", "close", "2026-09-07", "--reason", "Eid", "--yes"]);
    assert_eq!(told(&ada(0.8, "09:41:00")), (202, "no_active_period".into()));
    school.ok(&["schedule", "open", "2026-09-07", "--yes"]);

    school.ok(&["mark", "H000123", "absent"]);
    assert_eq!(told(&ada(0.9, "09:42:00")), counted);
    school.ok(&["camera", "edit", "gate-1", "--name", "north"]);
    assert_eq!(told(&ada(0.95, "09:43:00").replace("gate-1", "north")), counted);
    let records = school.records("2026-09-07", "2026-09-07");
    let ada = records
        .iter()
        .find(|record| record["student"] == "H000123" && record["period"] == "Block 2")
        .unwrap();
    assert_eq!(
        [&ada["status"], &ada["best_camera"], &ada["best_score"]],
        [&json!("absent"), &json!("north"), &json!(0.95)]
    );
}

#[test]
fn a_new_policy_judges_the_whole_record_again() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    stream.ask(&ada(0.80, "09:36:00"));
    stream.ask(&ada(0.90, "09:36:05"));
    school.ok(&["settings", "set", "reregister_window", "0s"]);
    let ack = stream.ask(&ada(0.85, "09:50:00"));
    assert_eq!([&ack["best_score"], &ack["improved"]], [&json!(0.9), &json!(false)]);
}

#[test]
fn two_streams_in_turn_share_one_record() {
    let school = School::example();
    let mut streams = [school.stream(&[]), school.stream(&[])];
    for n in 0..6 {
        let line = ada(0.8 + f64::from(n) / 50.0, &format!("09:4{n}:00"));
        let ack = streams[usize::try_from(n % 2).unwrap()].ask(&line);
        assert_eq!([&ack["created"], &ack["updated_best"]], [&json!(n == 0), &json!(n > 0)]);
    }
    let records = school.records("2026-09-07", "2026-09-07");
    let sightings = records.iter().map(|record| &record["sightings"]);
    assert_eq!(sightings.filter(|n| **n == 6).count(), 1);
}

#[test]
fn two_streams_at_once_lose_nothing() {
    let school = School::example();
    let lines = |camera: &str| -> String {
        (0..400)
            .map(|n| {
                let ts = format!("2026-09-07T09:{:02}:{:02}.5+03:00", 36 + n / 60, n % 60);
                seen("H000123", 0.9, &ts, camera)
            })
            .collect()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = ["gate-1", "gate-2", "gate-3"]
            .map(|camera| scope.spawn(|| school.ingest(lines(camera))))
            .into_iter()
            .collect();
        for thread in threads {
            let acks = thread.join().unwrap();
            assert!(acks.len() == 400 && acks.iter().all(|ack| ack["status"] == 200));
        }
    });
    let records = school.records("2026-09-07", "2026-09-07");
    assert_eq!(records.iter().map(|record| record["sightings"].as_i64().unwrap()).sum::<i64>(), 1200);
}

#[test]
fn a_device_that_only_identifies_needs_a_default_score() {
    let school = School::example();
    let line = "{\"student\":\"H000123\",\"camera\":7,\"ts\":\"2026-09-07 09:36:11\"}\n";
    let acks = school.ingest(line);
    assert_eq!((&acks[0]["status"], &acks[0]["field"]), (&json!(422), &json!("score")), "{acks:?}");
    assert!(acks[0]["detail"].as_str().unwrap().contains("attend settings set default_score"), "{acks:?}");
    school.ok(&["settings", "set", "default_score", "1"]);
    let acks = school.ingest(line);
    assert_eq!((&acks[0]["status"], &acks[0]["best_score"]), (&json!(200), &json!(1.0)), "{acks:?}");
    let stored = school.ok(&["export", "recognitions", "--dialect", "plain", "--columns", "ts,camera,score"]);
    assert_eq!(stored.lines().nth(1), Some("2026-09-07T09:36:11+03:00,7,1"), "the school's own time");
}

#[test]
fn the_same_time_written_differently_is_the_same_recognition() {
    let school = School::example();
    let line =
        |ts: &str| format!("{{\"student\":\"H000123\",\"score\":0.9,\"camera\":\"gate_1\",\"ts\":{ts}}}\n");
    let lines =
        ["1788763511.748393", "\"1788763511.748393\"", "\"2026-09-07T09:45:11.748393\"", "1788763511.948393"];
    let acks = school.ingest(lines.map(line).concat());
    let told: Vec<_> = acks.iter().map(|ack| (ack["status"].as_i64(), ack["duplicate"] == true)).collect();
    assert_eq!(told, [(Some(200), false), (Some(200), true), (Some(200), true), (Some(200), false)]);
}

#[test]
fn a_time_under_another_name_is_refused_and_not_stamped_with_the_arrival() {
    let school = School::example();
    for (name, field) in [
        ("timestamp", "timestamp"),
        ("time", "time"),
        ("datetime", "datetime"),
        ("dateTime", "datetime"),
        ("date", "date"),
    ] {
        let line =
            format!("{{\"student\":\"H000123\",\"score\":0.9,\"camera\":1,\"{name}\":1788753600.748}}\n");
        let ack = &school.ingest(&line)[0];
        assert_eq!((&ack["status"], &ack["field"]), (&json!(422), &json!(field)), "{ack}");
    }
    assert!(!school.ok(&["export", "recognitions", "--format", "jsonl"]).contains("H000123"));
}

#[test]
fn a_name_of_a_face_library_waits_in_quarantine_unchanged() {
    let school = School::example();
    let ack = &school.ingest(seen("Ada Karim", 0.9, "2026-09-07T09:36:00+03:00", "gate-1"))[0];
    assert_eq!(
        (&ack["status"], &ack["reason"], &ack["student"]),
        (&json!(202), &json!("unknown_student"), &json!("Ada Karim"))
    );
}

#[test]
fn a_crop_does_not_depend_on_the_order_of_arrival() {
    let line = |score: f64, crop: Option<&str>| {
        let crop = crop.map(|crop| format!(r#","crop":"{crop}""#)).unwrap_or_default();
        format!(
            r#"{{"student":"H000123","score":{score},"ts":"2026-09-07T08:05:00+03:00","camera":"gate-1"{crop}}}"#
        )
    };
    let lines = [line(0.8, Some("a.jpg")), line(0.95, None), line(0.9, Some("b.jpg"))];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let together: String = order.iter().map(|nth| lines[*nth].clone() + "\n").collect();
        for batches in [vec![together.clone()], together.lines().map(|line| format!("{line}\n")).collect()] {
            let school = School::example();
            for batch in batches {
                school.write("lines", batch);
                school.ok(&["ingest", "lines"]);
            }
            let columns = ["--columns", "score,crop", "--dialect", "plain"];
            let stored =
                school.ok(&[&["export", "recognitions", "--date", "2026-09-07"], &columns[..]].concat());
            assert_eq!(stored, "score,crop\r\n0.95,b.jpg\r\n", "{order:?}");
            let shown = school.ok(&["history", "H000123", "--date", "2026-09-07", "--format", "json"]);
            assert!(shown.contains("b.jpg") && !shown.contains("a.jpg"), "{shown}");
        }
    }
}
