//! `attend quarantine`: refused lines are kept, and count once the roll is right.

use crate::common::harness::{School, seen};

#[test]
fn a_student_who_is_imported_later_counts_as_if_on_time() {
    let (late, on_time) = (School::example(), School::example());
    let lines: String = (0..4)
        .map(|n| {
            seen(
                "H000999",
                0.80 + f64::from(n) / 100.0,
                &format!("2026-09-07T09:{}:00+03:00", 36 + n),
                "gate-1",
            )
        })
        .collect();
    on_time.ok(&["student", "add", "H000999", "Nour Saleh"]);
    on_time.ingest(&lines);

    let acks = late.ingest(&lines);
    assert!(acks.iter().all(|ack| ack["status"] == 202 && ack["reason"] == "unknown_student"));
    late.ok(&["student", "add", "H000999", "Nour Saleh"]);
    insta::assert_snapshot!(late.session(&["quarantine retry -v", "quarantine retry -v", "quarantine list"]), @r"
    $ attend quarantine retry -v
    ! 4 lines taken in, 0 refused again
    $ attend quarantine retry -v
    ! 0 lines taken in, 0 refused again
    $ attend quarantine list
    Nothing is in quarantine.
    ");
    assert_eq!(late.records("2026-09-07", "2026-09-07"), on_time.records("2026-09-07", "2026-09-07"));
}

/// A face library knows names, and a reader numbers of cards.
#[test]
fn unknown_names_are_grouped_beside_the_command_that_gives_them_to_a_student() {
    let mut school = School::example();
    let face = |n: u32| seen("Ada Karim", 0.9, &format!("2026-09-07T09:36:{n:02}+03:00"), "gate-1");
    school.at("2026-09-07T09:40:00+03:00").ingest((0..41).map(face).collect::<String>());
    let others = [("3308812528", "09:41:00"), ("3308812528", "09:42:00"), ("Zoë O'Hara", "09:43:00")];
    let others = others.map(|(name, time)| seen(name, 0.9, &format!("2026-09-07T{time}+03:00"), "gate-1"));
    school.at("2026-09-07T09:50:00+03:00").ingest(others.concat() + "{}\n");
    let list = school.ok(&["quarantine", "list"]);
    let (names, lines) = list.split_once("\n\n").unwrap();
    insta::assert_snapshot!(names, @r"
    NOT ON THE ROLL
     Ada Karim, 41 times, last 09:40: attend student alias CODE 'face:Ada Karim'
     3308812528, 2 times, last 09:50: attend student alias CODE 'card:3308812528'
     Zoë O'Hara, 1 time, last 09:50: attend student alias CODE 'face:Zoë O'\''Hara'
    Then: attend quarantine retry
    ");
    assert_eq!(lines.lines().count(), 1 + 45, "every line is there as well");
    let json: serde_json::Value =
        serde_json::from_str(&school.ok(&["quarantine", "list", "--format", "json"])).unwrap();
    let ada = serde_json::json!({"identity": "Ada Karim", "lines": 41, "last": "2026-09-07T09:40:00+03:00"});
    assert_eq!(json["not_on_the_roll"][0], ada);
    // Typed as it is shown, the hint leads on.
    let hints = names.lines().filter_map(|line| line.split_once(": attend "));
    for (hint, student) in hints.map(|(_, hint)| hint).zip(["H000123", "H000140", "H000101"]) {
        let typed = format!("attend {}", hint.replace("CODE", student));
        let done = crate::common::harness::run(school.program("sh").args(["-c", &typed]), "");
        assert!(done.status.success(), "{typed}: {}", crate::common::harness::text(&done.stderr));
    }
    insta::assert_snapshot!(school.session(&["quarantine retry -v"]), @"
    $ attend quarantine retry -v
    ! 44 lines taken in, 0 refused again
    ");
}

#[test]
fn a_line_without_an_instant_keeps_that_of_its_arrival() {
    let mut school = School::example();
    let line = "{\"student\":\"H000999\",\"score\":0.9,\"camera\":\"gate-1\"}\n";
    school.ingest(line);
    school.at("2026-09-07T10:01:00+03:00").ingest(line);
    school.ingest(line);
    school.ok(&["student", "add", "H000999", "Nour Saleh"]);
    school.at("2026-09-08T12:00:00+03:00").ok(&["quarantine", "retry"]);
    assert_eq!(
        school.stored(),
        ["1788764352000000 H000999 gate-1 0.9", "1788764460000000 H000999 gate-1 0.9"]
    );
}

#[test]
fn lines_refused_again_stay_and_dropped_lines_are_gone() {
    let school = School::example();
    let input = [
        &seen("H000999", 0.9, "2026-09-07T09:36:00+03:00", "gate-1"),
        "{\"student\":\u{1b}[2J\n",
        "{}\n",
        "{}\n",
    ];
    school.ingest(input.concat());
    insta::assert_snapshot!(school.session(&["quarantine list", "quarantine retry -v", "quarantine drop", "quarantine drop --reason invalid -v", "quarantine drop 1 -v", "quarantine drop --all -v"]), @r#"
    $ attend quarantine list
    NOT ON THE ROLL
     H000999, 1 time, last 09:59: attend student alias CODE 'face:H000999'
    Then: attend quarantine retry

     ID  ARRIVED             RUNNER  REASON           DETAIL                        LINE
      1  Mon 7 Sep 09:59:12  local   unknown_student  this code is not on the roll  {"student":"H000999","score":0.9,"ts":"2026-09-07T09:36:00+03:00","camera":"gate…
      2  Mon 7 Sep 09:59:12  local   malformed        expected value (column 12)    {"student":\u{1b}[2J
      3  Mon 7 Sep 09:59:12  local   invalid          student is missing            {}
    $ attend quarantine retry -v
    ! 0 lines taken in, 1 refused again
    $ attend quarantine drop
    ! error: the following required arguments were not provided:
    !   --all
    !
    ! Usage: attend quarantine drop [OPTIONS] [ID]
    !
    ! For more information, try '--help'.
    [2]
    $ attend quarantine drop --reason invalid -v
    ! 1 line dropped
    $ attend quarantine drop 1 -v
    ! 1 line dropped
    $ attend quarantine drop --all -v
    ! 1 line dropped
    "#);
}

/// Retrying a line that was stored without its picture does not add another one.
#[test]
fn retrying_a_line_kept_without_its_picture_adds_no_other() {
    let school = School::example();
    school.ingest("{\"student\":\"H000101\",\"image\":\"\n");
    for _ in 0..2 {
        school.ok(&["quarantine", "retry", "--reason", "malformed"]);
    }
    assert_eq!(school.ok(&["quarantine", "list", "--format", "jsonl"]).lines().count(), 1);
}

#[test]
fn the_quarantine_is_bounded_and_the_oldest_go_first() {
    let school = School::example();
    school.ok(&["settings", "set", "quarantine_limit", "100"]);
    let lines: String = (0..250).map(|n| format!("nonsense {n}\n")).collect();
    school.ingest(&lines);
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    assert_eq!(kept.lines().count(), 100);
    assert!(kept.lines().next().unwrap().contains("nonsense 150") && kept.contains("nonsense 249"));
}

#[test]
fn a_deactivated_student_waits_for_the_roll_too() {
    let mut school = School::example();
    school.ok(&["student", "deactivate", "H000101", "--from", "2026-09-07", "--yes"]);
    let line = seen("H000101", 0.9, "2026-09-07T09:36:00+03:00", "gate-1");
    assert_eq!(school.ingest(&line)[0]["reason"], "inactive_student");
    school.at("2026-09-07T11:00:00+03:00").ok(&[
        "student",
        "edit",
        "H000101",
        "--activate",
        "--yes",
        "--from",
        "2026-09-07",
    ]);
    school.ok(&["quarantine", "retry"]);
    assert_eq!(school.stored().len(), 1);
}

/// How many lines in quarantine contain each of some words.
fn kept(school: &School, words: &[&str]) -> Vec<usize> {
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    words.iter().map(|word| kept.lines().filter(|line| line.contains(word)).count()).collect()
}

fn garbage(lines: u32) -> String {
    (0..lines).map(|n| format!("garbage {n}\n")).collect()
}

/// Lines of students who are not on the roll yet.
fn strangers(lines: u32, camera: &str) -> String {
    (0..lines).map(|n| seen(&format!("N{n:05}"), 0.9, "2026-09-07T09:36:00+03:00", camera)).collect()
}

#[test]
fn a_flood_pushes_out_no_other_lines_and_no_attendance() {
    let school = School::example();
    school.ok(&["settings", "set", "quarantine_limit", "100"]);
    for runner in ["hall", "door"] {
        school.ok(&["key", "create", runner, "-o", &format!("{runner}.key")]);
    }
    let send = |runner: &str, lines: String| {
        school.feed(&["ingest", "--key-file", &format!("{runner}.key")], lines);
    };
    send("hall", strangers(60, "hall-1") + "torn\n");
    send("door", strangers(40, "door-1") + &garbage(50));
    send("door", garbage(5_000));
    assert_eq!(kept(&school, &["hall-1", "torn", "door-1", "garbage"]), [60, 1, 40, 60]);
    assert!(kept(&school, &["garbage 4999\"", "garbage 4939\""]) == [1, 0], "the oldest garbage went");
    // Attendance that waits for the roll is all counted once the roll is right.
    let roll: String = (0..60).map(|n| format!("N{n:05},Somebody New\n")).collect();
    school.write("new.csv", format!("code,name\n{roll}"));
    school.ok(&["student", "import", "new.csv", "--force"]);
    school.ok(&["quarantine", "retry"]);
    assert_eq!(school.stored().len(), 100);
}

#[test]
fn without_keys_each_known_camera_has_a_share_and_those_beyond_the_limit_have_one_together() {
    let school = School::example();
    school.ok(&["settings", "set", "quarantine_limit", "100"]);
    school.ok(&["settings", "set", "max_cameras", "3"]);
    school.ingest(strangers(80, "gate-1"));
    school.ingest(strangers(500, "gate-2"));
    let invented: String =
        (0..500).map(|n| seen("N9", 0.9, "2026-09-07T09:36:00+03:00", &format!("cam-{n}"))).collect();
    school.ingest(invented + &garbage(500));
    assert_eq!(
        kept(&school, &["gate-1", "gate-2", "cam-", "garbage"]),
        [80, 100, 101, 0],
        "cam-0 is the third"
    );
}
