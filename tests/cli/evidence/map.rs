//! `attend map`: messages of other programs become lines, and none of them ends the stream.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::common::harness::{PATIENCE, School, root, text, wait_until};
use crate::common::limit::{Limited, output};

/// A message as its source sends it (tests/data/messages/SOURCES.md).
fn sample(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/data/messages").join(name)).unwrap()
}

/// The lines that become of `input`.
fn map(args: &[&str], input: impl AsRef<[u8]>) -> Vec<Value> {
    let output = School::empty().feed(&[&["map"], args].concat(), input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// For each preset: the arguments, the sample, and the expected lines.
fn samples() -> Vec<(&'static [&'static str], &'static str, Vec<Value>)> {
    let beat = |camera: &str, blind: bool| json!({"type": "heartbeat", "camera": camera, "blind": blind});
    let looked = |detected: u32, matched: u32| json!({"type": "heartbeat", "camera": "hall-1", "detected": detected, "matched": matched});
    vec![
        (
            &["frigate"],
            "frigate-tracked_object_update.jsonl",
            vec![
                json!({"student": "H000103", "score": 0.95, "ts": 1_788_763_511.748_393, "camera": "gate_1"}),
                json!({"student": "H000103", "score": 0.93, "ts": 1_788_763_511.948_393, "camera": "gate_1"}),
                json!({"student": "Ada Karim", "score": 0.91, "ts": 1_788_763_513.3, "camera": "gate_1"}),
            ],
        ),
        (
            &["frigate"],
            "frigate-mosquitto-j.jsonl",
            vec![
                json!({"student": "H000103", "score": 0.95, "ts": 1_788_763_511.748_393, "camera": "gate_1"}),
                beat("gate_1", false),
                beat("gate_1", true),
            ],
        ),
        (
            &["frigate"],
            "frigate-events.jsonl",
            vec![json!({"student": "H000103", "score": 0.79, "ts": 1_788_763_512.08, "camera": "gate_1"})],
        ),
        (
            &["double-take"],
            "double-take-matches.jsonl",
            vec![
                json!({"student": "h000104", "score": 0.9607, "ts": "2026-09-07T06:46:36.030Z", "camera": "hall-1"}),
            ],
        ),
        (
            &["double-take"],
            "double-take-cameras.jsonl",
            vec![
                json!({"student": "h000105", "score": 1, "ts": "2026-09-07T06:47:55.695Z", "camera": "hall-1"}),
                json!({"student": "h000106", "score": 0.715, "ts": "2026-09-07T06:47:55.695Z", "camera": "hall-1"}),
                looked(2, 2),
            ],
        ),
        (
            &["compreface", "--camera", "hall-1"],
            "compreface-recognize.json",
            vec![json!({"student": "H000103", "score": 0.97858, "camera": "hall-1"}), looked(1, 1)],
        ),
        (
            &["deepstack", "--camera", "hall-1"],
            "deepstack-codeprojectai-recognize.json",
            vec![json!({"student": "H000103", "score": 0.76, "camera": "hall-1"}), looked(2, 1)],
        ),
        (
            &["hikvision"],
            "hikvision-http-push.json",
            vec![json!({"student": "1001", "ts": "2026-09-07T09:41:13+03:00", "camera": "door-1"})],
        ),
        (&["hikvision"], "hikvision-http-push-door.json", vec![]),
        (
            &["hikvision", "--camera", "door-9"],
            "hikvision-acsevent-search.json",
            vec![json!({"student": "1001", "ts": "2026-09-07T09:36:11+03:00", "camera": "door-9"})],
        ),
        (
            &["hikvision"],
            "hikvision-alertstream.txt",
            vec![
                json!({"student": "1001", "ts": "2026-09-07T09:41:13+03:00", "camera": "192.0.2.55"}),
                beat("192.0.2.55", false),
                beat("192.0.2.55", true),
            ],
        ),
        (
            &["dahua", "--camera", "door-1"],
            "dahua-eventmanager.txt",
            vec![json!({"student": "1001", "ts": 1_788_763_511, "camera": "door-1"}), beat("door-1", false)],
        ),
        (
            &["zkteco", "--camera", "door-1"],
            "zkteco-attlog.tsv",
            vec![
                json!({"student": "1001", "ts": "2026-09-07 09:36:11", "camera": "door-1"}),
                json!({"student": "1002", "ts": "2026-09-07 09:37:02", "camera": "door-1"}),
                json!({"student": "9999", "ts": "2026-09-07 09:38:00", "camera": "door-1"}),
            ],
        ),
        (
            &["zkteco", "--camera", "door-1"],
            "pyzk-attendance.csv",
            vec![json!({"student": "1001", "ts": "2026-09-07 09:36:11", "camera": "door-1"})],
        ),
        (
            &["badge", "--camera", "gate-1"],
            "rfid-serial.txt",
            vec![
                json!({"student": "0008741523", "camera": "gate-1"}),
                json!({"student": "3308812528", "camera": "gate-1"}),
            ],
        ),
    ]
}

#[test]
fn every_preset_turns_its_samples_into_lines() {
    for (args, name, lines) in samples() {
        assert_eq!(map(args, sample(name)), lines, "{args:?} {name}");
    }
    let presets = map(&["--list", "--format", "jsonl"], "");
    for preset in &presets {
        let name = preset["preset"].as_str().unwrap();
        assert!(samples().iter().any(|(args, ..)| args[0] == name), "{name} has no sample");
        let shown = text(&School::empty().feed(&["map", "--show", name], "").stdout);
        assert!(shown.starts_with("# "), "{name} explains itself");
    }
    assert_eq!(presets.len(), 8);
}

/// Malformed messages, which some sources send.
fn hostile(sample: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        "null",
        "[]",
        "{}",
        "0",
        "\"\"",
        "\"frigate\"",
        "not json {{",
        "{\"a\":",
        "<a>",
        "<a/>",
        "--",
        "--x",
        "Code=",
        "\t",
        "é\u{0}",
        "{\"topic\":\"frigate/x\",\"qos\":0,\"payload\":null}",
        "{\"topic\":\"frigate/x/status/detect\",\"qos\":0,\"payload\":{}}",
        "{\"topic\":7,\"qos\":0,\"payload\":\"\"}",
        "{\"topic\":\"/stats\",\"qos\":0,\"payload\":\"{\\\"cameras\\\":[1]}\"}",
        "{\"type\":\"face\",\"name\":{},\"score\":\"x\"}",
        "{\"after\":7}",
        "{\"match\":7}",
        "{\"matches\":{\"a\":1}}",
        "{\"match\":{\"confidence\":\"x\"}}",
        "{\"result\":7}",
        "{\"result\":[{\"subjects\":7}]}",
        "{\"predictions\":[7]}",
        "{\"AcsEvent\":{\"InfoList\":[{\"major\":\"x\",\"minor\":{}}]}}",
        "{\"AccessControllerEvent\":[]}",
        "Code=AccessControl;action=Pulse;index=0;data={\"UserID\":[1]}",
        "1001\tx",
        "user_id,timestamp",
    ]
    .map(|message| message.as_bytes().to_vec())
    .into();
    all.push(b"\xff\xfe\x00{".to_vec());
    all.push("[".repeat(200_000).into_bytes());
    all.push(format!("{{\"topic\":\"t\",\"qos\":0,\"payload\":\"{}\"}}", "[".repeat(100_000)).into_bytes());
    all.push(format!("{{\"x\":\"{}\"}}", "x".repeat(5 << 20)).into_bytes());
    all.extend((1..sample.len()).step_by(7).map(|end| sample[..end].to_vec()));
    all
}

#[test]
fn no_message_ends_the_stream_or_loses_the_next_one() {
    for (args, name, lines) in samples() {
        let sample = sample(name);
        let mut input = hostile(&sample).join(&b"\n"[..]);
        input.extend(b"\n");
        input.extend(&sample);
        let told = map(args, input);
        assert!(told.ends_with(&lines), "{args:?} {name}: {told:?}");
        assert!(told.iter().all(Value::is_object));
    }
}

#[test]
fn messages_that_are_not_understood_are_counted_and_shown_once_a_kind() {
    let school = School::empty();
    school.write("good.jq", "{student: .who, score: (.percent | scaled(-2)), camera: ($camera // \"c\")}");
    let input = "{\"who\":\"A\",\"percent\":96.07}\nnot json\nnor this\n7\n8\n[1]\n{\"who\":\"B\",\"percent\":\"71.5\"}\n";
    insta::assert_snapshot!(school.session_with("map good.jq -v", input), @r#"
    $ attend map good.jq -v
    {"student":"A","score":0.9607,"camera":"c"}
    {"student":"B","score":0.715,"camera":"c"}
    ! attend: not understood: not JSON: not json
    ! attend: not understood: cannot index 7 with "who": 7
    ! attend: 7 messages: 2 lines, 0 passed over, 5 not understood
    "#);
    insta::assert_snapshot!(school.session_with("map good.jq", input), @r#"
    $ attend map good.jq
    {"student":"A","score":0.9607,"camera":"c"}
    {"student":"B","score":0.715,"camera":"c"}
    ! attend: 7 messages: 2 lines, 0 passed over, 5 not understood
    "#);
    insta::assert_snapshot!(school.session_with("map good.jq -q", input), @r#"
    $ attend map good.jq -q
    {"student":"A","score":0.9607,"camera":"c"}
    {"student":"B","score":0.715,"camera":"c"}
    "#);
    insta::assert_snapshot!(school.session_with("map good.jq --camera x", "{\"who\":\"A\",\"percent\":100}"), @r#"
    $ attend map good.jq --camera x
    {"student":"A","score":1,"camera":"x"}
    "#);
}

#[test]
fn a_mistake_in_a_program_is_reported_with_its_line() {
    let school = School::empty();
    for (name, code) in [
        ("torn.jq", "# one\n{student: .name"),
        ("unknown.jq", "# one\n# two\n{student: nobody}"),
        ("env.jq", "env"),
        ("variable.jq", "{a: $ENV}"),
        ("clock.jq", "now"),
        ("import.jq", "import \"a\" as a; ."),
    ] {
        school.write(name, code);
    }
    insta::assert_snapshot!(
        school.session(&["map torn.jq", "map unknown.jq", "map env.jq", "map variable.jq", "map clock.jq", "map import.jq", "map missing.jq"]),
        @r#"
    $ attend map torn.jq
    ! attend: torn.jq: line 2: expected closing brace, found the end
    [65]
    $ attend map unknown.jq
    ! attend: unknown.jq: line 3: there is no filter nobody
    [65]
    $ attend map env.jq
    ! attend: env.jq: line 1: there is no filter env
    [65]
    $ attend map variable.jq
    ! attend: variable.jq: line 1: there is no variable $ENV
    [65]
    $ attend map clock.jq
    ! attend: clock.jq: line 1: there is no filter now
    [65]
    $ attend map import.jq
    ! attend: import.jq: a program reads no other files: a
    [65]
    $ attend map missing.jq
    ! attend: cannot read missing.jq: No such file or directory (os error 2)
    [74]
    "#
    );
    for (args, words) in [
        (&["map", "frigat"][..], "hint: did you mean \"frigate\"?"),
        (&["map", "zkteco"], "hint: attend map zkteco --camera gate-1"),
        (&["map"], "PRESET|FILE.jq"),
    ] {
        let output = school.feed(args, "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

#[test]
fn presets_are_listed_and_shown() {
    insta::assert_snapshot!(School::empty().session(&["map --list", "map --show badge"]), @r#"
    $ attend map --list
     PRESET       CAMERA           SOURCE
     badge        --camera         badge readers and scanners that type a number and a newline
     compreface   --camera         CompreFace, the answers of its recognition service
     dahua        --camera         Dahua terminals and cameras, the stream of eventManager.cgi
     deepstack    --camera         DeepStack and CodeProject.AI, the answers of face recognition
     double-take  in its messages  Double Take by MQTT
     frigate      in its messages  Frigate by MQTT
     hikvision    in its messages  Hikvision terminals: alertStream, AcsEvent searches and pushed events
     zkteco       --camera         ZKTeco terminals: ATTLOG lines and pyzk tables
    $ attend map --show badge
    # Badge readers and scanners: a card number and a newline, as they type it. The time is when the line is read.
    trim | select(. != "")
    | if test("^[0-9A-Za-z:._-]{1,64}$") | not then error("not a badge") end
    | {
        student: .,                            # leading zeros stay
        camera: $camera
      }
    "#);
}

#[test]
fn each_line_comes_at_once_and_the_end_soon_after_the_input() {
    let school = School::empty();
    let mut child = school.command(&["map", "compreface", "--camera", "hall-1"]);
    let mut child = Limited::start(child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut input = child.stdin.take().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    for _ in 0..3 {
        // As curl prints it: without a newline.
        input.write_all(b"{\"result\":[]}").unwrap();
        assert!(lines.next().unwrap().unwrap().contains("heartbeat"), "before anything else comes");
    }
    drop(input);
    wait_until("the end", || child.try_wait().unwrap().is_some());
    assert!(child.wait().unwrap().success() && lines.next().is_none());
}

#[test]
fn it_ends_when_its_reader_is_gone_even_if_no_message_comes() {
    let school = School::empty();
    for quiet in [true, false] {
        let mut child = school.command(&["map", "compreface", "--camera", "hall-1"]);
        let mut child =
            Limited::start(child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut input = child.stdin.take().unwrap();
        drop(child.stdout.take());
        if !quiet {
            drop(input.write_all(b"{\"result\":[]}"));
        }
        let begun = Instant::now();
        wait_until("it ends", || child.try_wait().unwrap().is_some());
        assert!(begun.elapsed() < PATIENCE);
        assert_eq!(child.wait().unwrap().code(), Some(74));
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert!(said.contains("lines could not be delivered") && said.contains("hint: "), "{said}");
    }
}

/// From each source's own message to a present student.
#[test]
fn every_source_makes_its_students_present() {
    let school = School::new();
    let codes = ["H000103", "h000104", "h000105", "1001", "1002", "0008741523"];
    let roll: String = codes.iter().map(|code| format!("{code},Name of {code},G7\n")).collect();
    school.write("roll.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "roll.csv"]);
    school.ok(&["period", "add", "Block 2", "--start", "09:35", "--end", "10:20", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.ok(&["settings", "set", "default_score", "1"]);
    for (args, name, lines) in samples() {
        let mapped: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let acks = school.ingest(&mapped);
        for (line, ack) in lines.iter().zip(&acks) {
            let known = codes.iter().any(|code| line["student"] == *code) || line["type"] == "heartbeat";
            assert_eq!(ack["status"], if known { 200 } else { 202 }, "{args:?} {name}: {line} {ack}");
        }
    }
    let roster = school.ok(&["roster", "now", "--format", "csv"]);
    assert_eq!(roster.matches(",present,").count(), codes.len(), "{roster}");
}

#[test]
fn a_mapping_needs_neither_a_database_nor_a_home() {
    let school = School::empty();
    let without = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_attend"));
        output(command.args(args).env_clear().current_dir(school.path("")))
    };
    assert!(without(&["map", "--list"]).status.success());
    let refused = without(&["roster", "now"]);
    assert_eq!(
        (refused.status.code(), text(&refused.stderr).as_str()),
        (
            Some(2),
            "attend: the home directory is unknown, so the database has no default path\n\
             hint: name it with --db or ATTEND_DB\n"
        )
    );
}
