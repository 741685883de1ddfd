//! `attend key`, and the answers to a runner without the right key.

use std::fs;

use crate::common::harness::{School, seen, text};
use crate::common::limit::ok;

fn line(minute: u32) -> String {
    seen("H000101", 0.9, &format!("2026-09-07T09:{minute:02}:00+03:00"), "gate-1")
}

/// Sends one line with a key from a file. Returns status and reason of its ack, and the exit code.
fn send(school: &School, key: &str, minute: u32) -> (u64, String, Option<i32>) {
    let output = school.feed(&["ingest", "--key-file", key], line(minute));
    let ack: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let reason = ack["reason"].as_str().unwrap_or_default().to_owned();
    (ack["status"].as_u64().unwrap(), reason, output.status.code())
}

fn accepted() -> (u64, String, Option<i32>) {
    (200, String::new(), Some(0))
}

fn refused(reason: &str) -> (u64, String, Option<i32>) {
    (401, reason.to_owned(), Some(77))
}

/// The procedure of docs/runners.md, step by step.
#[test]
fn a_rotation_loses_no_line() {
    let mut school = School::example();
    school.ok(&["key", "create", "gate-1", "-o", "old.key"]);
    assert_eq!(send(&school, "old.key", 36), accepted());

    school.ok(&["key", "rotate", "gate-1", "--grace", "1h", "-o", "new.key"]);
    assert_eq!(send(&school, "old.key", 37), accepted(), "both work");
    school.at("2026-09-20T09:59:12+03:00");
    assert_eq!(send(&school, "old.key", 38), accepted(), "the old key works until the new one is used");

    assert_eq!(send(&school, "new.key", 39), accepted(), "the first use starts the grace");
    school.at("2026-09-20T10:59:11+03:00");
    assert_eq!(send(&school, "old.key", 40), accepted(), "within the grace");
    school.at("2026-09-20T10:59:12+03:00");
    assert_eq!(send(&school, "old.key", 41), refused("key_expired"));
    assert_eq!(send(&school, "new.key", 41), accepted());
    assert_eq!(school.stored().len(), 6, "36 to 41, each once");
}

#[test]
fn a_key_that_was_lost_before_its_first_use_is_rotated_again() {
    let mut school = School::example();
    for (command, file) in [("create", "1.key"), ("rotate", "lost.key"), ("rotate", "3.key")] {
        school.ok(&["key", command, "gate-1", "-o", file]);
    }
    assert_eq!(send(&school, "1.key", 36), accepted());
    assert_eq!(send(&school, "3.key", 37), accepted());
    school.at("2026-10-07T09:59:12+03:00");
    assert_eq!(send(&school, "1.key", 38), refused("key_expired"));
    assert_eq!(send(&school, "lost.key", 38), refused("key_expired"));
}

#[test]
fn once_a_key_exists_every_stream_needs_one() {
    let school = School::example();
    assert_eq!(school.ingest(line(36))[0]["status"], 200);
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    school.ok(&["key", "create", "hall-1", "-o", "hall.key"]);
    let acks = school.ingest(format!("{}{}", line(37), line(38)));
    assert_eq!((acks.len(), acks[0]["reason"].as_str()), (1, Some("key_required")), "nothing more is read");
    school.ok(&["key", "revoke", "gate-1"]);
    assert_eq!(send(&school, "gate.key", 39), refused("key_revoked"));
    assert_eq!(send(&school, "hall.key", 39), accepted(), "another runner's key is not concerned");
    school.ok(&["key", "revoke", "hall-1"]);
    assert_eq!(school.ingest(line(40))[0]["reason"], "key_required", "revoking the last key opens no door");
    assert_eq!(school.stored().len(), 2);
}

#[test]
fn a_revoked_key_stops_a_live_stream_with_its_next_batch() {
    let school = School::example();
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    let mut stream = school.stream(&["--key-file", "gate.key"]);
    assert_eq!(stream.ask(&line(36))["status"], 200);
    school.ok(&["key", "revoke", "gate-1"]);
    assert_eq!(stream.ask(&line(37))["reason"], "key_revoked");
    assert_eq!(stream.end(), (vec![], Some(77)));
    assert_eq!(school.stored().len(), 1);
}

#[test]
fn a_hello_line_presents_the_key() {
    let school = School::example();
    let key = school.ok(&["key", "create", "gate-1"]);
    let hello = |key: &str| format!("{{\"type\":\"hello\",\"key\":\"{}\"}}\n", key.trim());
    let acks = school.ingest(format!("{}{}", hello(&key), line(36)));
    assert_eq!(acks.iter().map(|ack| ack["status"].as_u64()).collect::<Vec<_>>(), [Some(200), Some(200)]);

    let mut wrong = key.trim().to_owned();
    let last = wrong.pop();
    wrong.push(if last == Some('a') { 'b' } else { 'a' });
    for wrong in [wrong.as_str(), "atk_x", ""] {
        let acks = school.ingest(format!("{}{}", hello(wrong), line(37)));
        assert_eq!((acks.len(), acks[0]["reason"].as_str()), (1, Some("key_invalid")), "{wrong}");
    }
    assert_eq!(school.stored().len(), 1);
}

#[test]
fn another_schools_key_is_unknown_here() {
    let (ours, theirs) = (School::example(), School::example());
    ours.ok(&["key", "create", "gate-1"]);
    let key = theirs.ok(&["key", "create", "gate-1"]);
    ours.write("theirs.key", &key);
    ok(ours.program("chmod").args(["600", "theirs.key"]));
    assert_eq!(send(&ours, "theirs.key", 36), refused("key_invalid"));
}

#[test]
fn a_key_file_must_be_a_regular_file() {
    let school = School::example();
    ok(school.program("mkfifo").args(["-m", "600", "pipe.key"]));
    insta::assert_snapshot!(school.session(&["ingest --key-file pipe.key", "ingest --key-file /dev/zero"]), @"
    $ attend ingest --key-file pipe.key
    ! attend: pipe.key contains no key: it is a folder, a pipe or a device, not a file
    ! hint: write the key to a file: attend key create RUNNER -o FILE
    [78]
    $ attend ingest --key-file /dev/zero
    ! attend: /dev/zero contains no key: it is a folder, a pipe or a device, not a file
    ! hint: write the key to a file: attend key create RUNNER -o FILE
    [78]
    ");
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let school = School::example();
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    ok(school.program("chmod").args(["640", "gate.key"]));
    insta::assert_snapshot!(school.session(&["ingest --key-file gate.key", "ingest --key-file none.key"]), @r"
    $ attend ingest --key-file gate.key
    ! attend: gate.key is readable by other users, so its key is exposed
    ! hint: chmod 600 gate.key, then rotate the key
    [78]
    $ attend ingest --key-file none.key
    ! attend: cannot open none.key: No such file or directory (os error 2)
    [74]
    ");
}

#[test]
fn the_secret_is_shown_once_and_kept_nowhere() {
    let school = School::example();
    let key = school.ok(&["key", "create", "gate-1"]);
    let secret = &key.trim()[13..];
    for file in std::fs::read_dir(school.path("")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    let list = school.ok(&["key", "list", "--format", "json"]);
    assert!(!list.contains(secret) && list.contains(&key[4..12]));
}

#[test]
fn a_key_that_cannot_be_handed_over_is_not_made() {
    let school = School::example();
    let failed = school.feed(&["key", "create", "gate-1", "-o", "/dev/full"], "");
    assert_eq!(failed.status.code(), Some(74));
    school.ingest(line(30)); // Without a key no stream needs one.
    school.ok(&["key", "create", "gate-1", "-o", "gate-1.key"]);
}

#[test]
fn a_key_in_the_error_of_a_runner_is_not_stored() {
    let school = School::example();
    school.ok(&["key", "create", "gate-1", "-o", "gate-1.key"]);
    let key = fs::read_to_string(school.path("gate-1.key")).unwrap();
    let key = key.trim_end();
    let beat = format!("{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"last_error\":\"refused {key}\"}}");
    let job = format!("{{\"type\":\"job\",\"name\":\"crops\",\"ok\":false,\"error\":\"refused {key}\"}}");
    assert_eq!(send_all(&school, "gate-1.key", &[&beat, &job]), ["200", "200"]);
    let shown = school.ok(&["runner", "list"]) + &school.ok(&["job", "list"]);
    assert!(shown.contains("refused atk_***") && !shown.contains(key), "{shown}");
}

#[test]
fn a_key_made_to_end_ends() {
    let mut school = School::example();
    school.ok(&["key", "create", "gate-1", "--expires", "30d", "-o", "gate.key"]);
    assert_eq!(send(&school, "gate.key", 36), accepted());
    school.at("2026-10-07T09:59:12+03:00");
    assert_eq!(send(&school, "gate.key", 37), refused("key_expired"));
}

#[test]
fn a_list_says_which_keys_work() {
    let mut school = School::example();
    school.ok(&["key", "create", "gate-1", "--expires", "30d"]);
    school.ok(&["key", "create", "gate-2"]);
    school.ok(&["key", "revoke", "gate-2"]);
    school.ok(&["key", "create", "gate-3"]);
    school.at("2026-10-08T09:59:12+03:00").ok(&["key", "rotate", "gate-3"]);
    let list: Vec<serde_json::Value> = school
        .ok(&["key", "list", "--format", "jsonl"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut states: Vec<_> =
        list.iter().map(|key| (key["runner"].as_str().unwrap(), key["state"].as_str().unwrap())).collect();
    states.sort_unstable();
    let expected =
        [("gate-1", "expired"), ("gate-2", "revoked"), ("gate-3", "active"), ("gate-3", "replaced")];
    assert_eq!(states, expected);
}

/// The last use is stored to the hour, so that the row is not written with every batch.
#[test]
fn a_list_says_when_a_key_was_used_last() {
    let mut school = School::example();
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    let mut used = |at: &str| {
        let school = school.at(&format!("2026-09-07T{at}+03:00"));
        assert_eq!(send(school, "gate.key", 40), accepted());
        let list: serde_json::Value =
            serde_json::from_str(&school.ok(&["key", "list", "--format", "jsonl"])).unwrap();
        list["last_used_at"].as_str().unwrap_or_default().to_owned()
    };
    let times = ["10:00:00", "10:59:59", "11:00:00", "14:30:00"].map(|at| used(at)[11..19].to_owned());
    assert_eq!(times, ["10:00:00", "10:00:00", "11:00:00", "14:30:00"]);
}

#[test]
fn keys_are_told_apart_and_mistakes_are_named() {
    let school = School::example();
    school.ok(&["key", "create", "gate-1", "--by", "ms-lee"]);
    insta::assert_snapshot!(school.session(&["key rotate gate1", "key revoke gate-2"]), @r#"
    $ attend key rotate gate1
    ! attend: no key of a runner "gate1"
    ! hint: did you mean "gate-1"? (attend key list)
    [1]
    $ attend key revoke gate-2
    ! attend: no key of a runner "gate-2"
    ! hint: did you mean "gate-1"? (attend key list)
    [1]
    "#);
    let again = school.session(&["key create gate-1"]);
    assert!(
        again.contains("gate-1 has a key already") && again.contains("attend key rotate gate-1"),
        "{again}"
    );
}

#[test]
fn a_rate_limit_puts_lines_off_and_says_for_how_long() {
    let mut school = School::example();
    school.ok(&["settings", "set", "rate_limit", "2"]);
    let lines: String = (36..40).map(line).collect();
    let output = school.feed(&["ingest"], &lines);
    let acks: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|ack| serde_json::from_str(ack).unwrap()).collect();
    assert_eq!(
        acks.iter().map(|ack| ack["status"].as_u64().unwrap()).collect::<Vec<_>>(),
        [200, 200, 429, 429]
    );
    assert_eq!((acks[2]["reason"].as_str(), output.status.code()), (Some("rate_limited"), Some(75)));
    let again = acks[2]["retry_after_ms"].as_u64().unwrap();
    assert!((500..=1_002).contains(&again), "half a second, with jitter: {again}");
    assert_eq!(
        school.ingest(line(38))[0]["status"],
        429,
        "another process of the same runner shares the limit"
    );
    school.at("2026-09-07T09:59:13+03:00");
    assert_eq!(school.ingest(line(38))[0]["status"], 200);
}

/// Sends lines with a key from a file. Returns status and reason of each ack.
fn send_all(school: &School, key: &str, lines: &[&str]) -> Vec<String> {
    let output = school.feed(&["ingest", "--acks", "all", "--key-file", key], lines.join("\n") + "\n");
    let acks = text(&output.stdout);
    let ack = |ack: &str| {
        let ack: serde_json::Value = serde_json::from_str(ack).unwrap();
        format!("{} {}", ack["status"], ack["reason"].as_str().unwrap_or_default()).trim_end().to_owned()
    };
    acks.lines().map(ack).collect()
}

const RECOGNITION_2: &str =
    r#"{"student":"H000101","score":0.9,"ts":"2026-09-07T09:38:00+03:00","camera":"gate-2"}"#;
const HEARTBEAT_1: &str = r#"{"type":"heartbeat","camera":"gate-1"}"#;
const HEARTBEAT_2: &str = r#"{"type":"heartbeat","camera":"gate-2","last_error":"forged"}"#;
const JOB: &str = r#"{"type":"job","name":"enforcer","ok":true}"#;
const INVENTED: &str = r#"{"type":"heartbeat","camera":"gate-3"}"#;
const UNKNOWN: &str = r#"{"student":"H000999","score":0.9,"camera":"gate-2"}"#;

#[test]
fn a_limited_key_sends_for_its_cameras_only() {
    let school = School::example();
    school.ok(&["key", "create", "door-pc", "--cameras", "gate-1", "-o", "door.key"]);
    let own = line(38);
    let lines = [own.trim_end(), RECOGNITION_2, HEARTBEAT_1, HEARTBEAT_2, JOB, INVENTED, UNKNOWN, "nonsense"];
    let foreign = "403 not_your_camera";
    assert_eq!(
        send_all(&school, "door.key", &lines),
        ["200", foreign, "200", foreign, foreign, foreign, foreign, "400 malformed"],
        "the good lines pass"
    );
    assert_eq!(school.stored().len(), 1);
    let cameras = school.ok(&["camera", "list", "--format", "jsonl"]);
    assert_eq!(cameras.lines().count(), 1, "no other camera came into being: {cameras}");
    insta::assert_snapshot!(school.session(&["quarantine list --reason not_your_camera"]), @r#"
    $ attend quarantine list --reason not_your_camera
     ID  ARRIVED             RUNNER   REASON           DETAIL                                   LINE
      1  Mon 7 Sep 09:59:12  door-pc  not_your_camera  this key may not send for camera gate-2  {"student":"H000101","score":0.9,"ts":"2026-09-07T09:38:00+03:00","camera":"gate…
      2  Mon 7 Sep 09:59:12  door-pc  not_your_camera  this key may not send for camera gate-2  {"type":"heartbeat","camera":"gate-2","last_error":"forged"}
      3  Mon 7 Sep 09:59:12  door-pc  not_your_camera  this key may not report jobs             {"type":"job","name":"enforcer","ok":true}
      4  Mon 7 Sep 09:59:12  door-pc  not_your_camera  this key may not send for camera gate-3  {"type":"heartbeat","camera":"gate-3"}
      5  Mon 7 Sep 09:59:12  door-pc  not_your_camera  this key may not send for camera gate-2  {"student":"H000999","score":0.9,"camera":"gate-2"}
    "#);
    assert!(!school.ok(&["job", "list"]).contains("enforcer"));
    assert!(school.ok(&["key", "list"]).lines().nth(1).unwrap().ends_with("  gate-1"));
    let audit = school.ok(&["audit"]);
    assert!(audit.lines().nth(1).unwrap().ends_with("), for gate-1"), "{audit}");
    let health = school.feed(&["health"], "");
    assert!(
        text(&health.stdout).contains("5 lines of door-pc refused since yesterday: not its cameras"),
        "{}",
        text(&health.stdout)
    );
    // Staff may take such lines in after all.
    school.ok(&["quarantine", "retry", "--reason", "not_your_camera"]);
    assert_eq!(school.stored().len(), 2);
}

#[test]
fn a_limited_key_follows_a_camera_to_its_new_name() {
    let school = School::example();
    school.ok(&["camera", "add", "gate-1"]);
    school.ok(&["key", "create", "door-pc", "--cameras", "gate-10,gate-1,gate-2", "-o", "door.key"]);
    school.ok(&["camera", "edit", "gate-1", "--name", "gate-2b"]);
    let renamed = HEARTBEAT_1.replace("gate-1", "gate-2b");
    let sent = send_all(&school, "door.key", &[&renamed, HEARTBEAT_2, HEARTBEAT_1]);
    assert_eq!(sent, ["200", "200", "403 not_your_camera"], "no camera comes into being under the old name");
    assert!(school.ok(&["key", "list"]).lines().nth(1).unwrap().contains("gate-10"));
}

#[test]
fn jobs_need_a_key_that_may_report_them() {
    let school = School::example();
    school.ok(&["key", "create", "all", "-o", "all.key"]);
    school.ok(&["key", "create", "jobs", "--cameras", "gate-1,gate-2", "--jobs", "-o", "jobs.key"]);
    for key in ["all.key", "jobs.key"] {
        assert_eq!(send_all(&school, key, &[JOB, HEARTBEAT_2]), ["200", "200"], "{key}");
    }
    assert_eq!(send_all(&school, "jobs.key", &[INVENTED]), ["403 not_your_camera"]);
    assert_eq!(school.feed(&["key", "create", "x", "--jobs"], "").status.code(), Some(2));
}

#[test]
fn a_rotated_key_inherits_its_limits_unless_given_new_ones() {
    let school = School::example();
    school.ok(&["key", "create", "door-pc", "--cameras", "gate-1", "--jobs", "-o", "1.key"]);
    school.ok(&["key", "rotate", "door-pc", "-o", "2.key"]);
    assert_eq!(
        send_all(&school, "2.key", &[HEARTBEAT_1, HEARTBEAT_2, JOB]),
        ["200", "403 not_your_camera", "200"]
    );
    school.ok(&["key", "rotate", "door-pc", "--cameras", "gate-2", "-o", "3.key"]);
    let foreign = "403 not_your_camera";
    assert_eq!(send_all(&school, "3.key", &[HEARTBEAT_1, HEARTBEAT_2, JOB]), [foreign, "200", foreign]);
}

#[test]
fn a_live_stream_obeys_the_limits_of_the_key_it_presents() {
    let school = School::example();
    school.ok(&["key", "create", "one", "--cameras", "gate-1", "-o", "1.key"]);
    school.ok(&["key", "create", "two", "--cameras", "gate-2", "-o", "2.key"]);
    let mut stream = school.stream(&["--key-file", "1.key"]);
    assert_eq!(stream.ask(&format!("{HEARTBEAT_2}\n"))["status"], 403);
    let key = std::fs::read_to_string(school.path("2.key")).unwrap();
    assert_eq!(stream.ask(&format!("{{\"type\":\"hello\",\"key\":\"{}\"}}\n", key.trim()))["status"], 200);
    assert_eq!(stream.ask(&format!("{HEARTBEAT_2}\n"))["status"], 200);
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    conn.execute("UPDATE key SET cameras = 'gate-1', jobs = 0 WHERE runner = 'two'", []).unwrap();
    assert_eq!(stream.ask(&format!("{HEARTBEAT_2}\n"))["status"], 403, "with the next batch");
}
