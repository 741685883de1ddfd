//! Malformed, oversized and wrongly dated lines. Each is answered on its own, harms no other line and
//! takes no memory. The good lines end as if they had come alone.

use std::process::Stdio;

use serde_json::Value;

use crate::common::aftermath::Case;
use crate::common::fault_controls::{self, Control};
use crate::common::harness::{self, NOW, School, Stream, seen, text};

#[test]
fn a_torn_last_line_is_recognised_at_every_byte() {
    let case = Case::example(3);
    let (whole, last) = (case.lines[..2].concat(), case.lines[2].trim_end());
    for cut in 0..=last.len() {
        let school = case.school();
        let output = school.feed(&["ingest"], format!("{whole}{}", &last[..cut]));
        let acks: Vec<Value> =
            text(&output.stdout).lines().map(|ack| serde_json::from_str(ack).unwrap()).collect();
        let expected = match cut {
            0 => (2, None, 2, Some(0)),
            cut if cut == last.len() => (3, None, 3, Some(0)),
            _ => (3, Some("torn_line"), 2, Some(65)),
        };
        let reason = acks.last().unwrap()["reason"].as_str();
        assert_eq!((acks.len(), reason, school.stored().len(), output.status.code()), expected, "{cut}");
        // The control: with a newline it is not torn, but malformed.
        let ended = case.school().ingest(format!("{}\n", &last[..cut]));
        assert_eq!(ended[0]["reason"] == "malformed", cut < last.len(), "{cut}: {ended:?}");
        if cut % 20 == 0 {
            assert_eq!(case.complaints(&school, &acks), [""; 0], "{cut}");
        }
    }
}

/// A line of the morning whose score is spelt like this.
fn score(score: &str) -> Vec<u8> {
    format!(r#"{{"student":"H000101","score":{score},"camera":"gate-1"}}"#).into_bytes()
}

/// A line whose instant is spelt like this.
fn ts(ts: &str) -> Vec<u8> {
    format!(r#"{{"student":"H000101","score":0.9,"ts":"{ts}","camera":"gate-1"}}"#).into_bytes()
}

/// A line with another member.
fn with(member: &[u8]) -> Vec<u8> {
    [br#"{"student":"H000101","score":"none","camera":"gate-1","#, member, b"}"].concat()
}

fn nested(open: &str, close: &str) -> Vec<u8> {
    format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes()
}

/// Lines with their answers: status and reason, or the wrong member.
fn hostile() -> Vec<(Vec<u8>, u64, &'static str)> {
    let heartbeat =
        |member: &str| format!(r#"{{"type":"heartbeat","camera":"gate-1",{member}}}"#).into_bytes();
    vec![
        (b"\0\0\0\0".to_vec(), 400, "malformed"),
        (vec![0; 70_000], 413, "too_long"),
        (with(b"\"x\":\"\0\""), 400, "malformed"),
        (br#"{"student":"H000101\u0000","score":0.9,"camera":"gate-1"}"#.to_vec(), 422, "student"),
        (br#"{"student":"H000101","score":0.9,"camera":"gate-1\u0000"}"#.to_vec(), 422, "camera"),
        (br#"{"student":"H000101","score":0.9,"camera":"gate-1","crop":"a\u0000"}"#.to_vec(), 422, "crop"),
        (with(b"\"x\":\"\xff\""), 400, "malformed"),
        (with(b"\"x\":\"\xc0\xaf\""), 400, "malformed"),
        (with(b"\"x\":\"\xed\xa0\x80\""), 400, "malformed"),
        (br#"{"student":"\ud800","score":0.9,"camera":"gate-1"}"#.to_vec(), 400, "malformed"),
        (nested("[", "]"), 400, "malformed"),
        (nested("{\"x\":", "}"), 422, "student"),
        (with(&[b"\"x\":".to_vec(), nested("[", "]")].concat()), 422, "score"),
        (b"{".repeat(60_000), 400, "malformed"),
        ([b"\xef\xbb\xbf".to_vec(), score("0.9")].concat(), 400, "malformed"),
        (text(&score("0.9")).encode_utf16().flat_map(u16::to_le_bytes).collect(), 400, "malformed"),
        (score("18446744073709551616"), 422, "score"),
        (score("-9223372036854775809"), 422, "score"),
        (score("1e400"), 400, "malformed"),
        (score(&"9".repeat(400)), 400, "malformed"),
        (score("NaN"), 400, "malformed"),
        (score("Infinity"), 400, "malformed"),
        (score("-Infinity"), 400, "malformed"),
        (score("1.0000000000000002"), 422, "score"),
        (score("-5e-324"), 422, "score"),
        (br#"{"student":"H000101","score":0.9,"camera":18446744073709551616}"#.to_vec(), 422, "camera"),
        (heartbeat("\"pid\":18446744073709551616"), 422, "pid"),
        (heartbeat("\"detected\":9223372036854775808"), 422, "detected"),
        (heartbeat("\"snapshot_every\":9223372036854775807"), 422, "snapshot_every"),
        (heartbeat("\"target_fps\":1e308"), 422, "target_fps"),
        (heartbeat("\"latency_ms\":1e400"), 400, "malformed"),
        (heartbeat("\"ts\":\"9999-12-31T23:59:59Z\""), 422, "future"),
        (ts("9999-12-31T23:59:59Z"), 422, "future"),
        (ts("2262-04-12T00:00:00Z"), 422, "future"),
        (ts("2026-09-07T09:50:00-23:59"), 422, "future"),
        (ts("+10000-01-01T00:00:00Z"), 422, "ts"),
        (ts("294247-01-10T04:00:54Z"), 422, "ts"),
        (ts("0000-01-01T00:00:00Z"), 422, "ts"),
        (ts("-0001-01-01T00:00:00Z"), 422, "ts"),
        (ts("0001-01-01T00:00:00Z"), 422, "ts"),
        (ts("2026-09-07T24:00:00Z"), 422, "ts"),
        (ts("2026-09-07T09:50:00+99:99"), 422, "ts"),
        (ts("2026-02-29T09:50:00Z"), 422, "ts"),
        (ts(""), 422, "ts"),
    ]
}

/// Sends each between two good lines, after a byte order mark.
fn among_good_ones(good: &[String], hostile: &[(Vec<u8>, u64, &str)]) -> Vec<u8> {
    let mut input = b"\xef\xbb\xbf".to_vec();
    for (good, (bad, ..)) in good.iter().zip(hostile) {
        input.extend_from_slice(good.as_bytes());
        input.extend_from_slice(bad);
        input.push(b'\n');
    }
    input
}

#[test]
fn a_hostile_line_gets_its_own_answer_and_harms_no_other() {
    let hostile = hostile();
    let case = Case::example(hostile.len());
    let school = case.school();
    let output = school.feed(&["ingest"], among_good_ones(&case.lines, &hostile));
    assert_eq!(output.status.code(), Some(65), "{}", text(&output.stderr));
    let acks: Vec<Value> =
        text(&output.stdout).lines().map(|ack| serde_json::from_str(ack).unwrap()).collect();
    assert_eq!(acks.len(), 2 * hostile.len());
    for (pair, (line, status, word)) in acks.chunks(2).zip(&hostile) {
        let shown = text(&line[..line.len().min(80)]);
        assert_eq!(pair[0]["status"].as_u64().unwrap() / 100, 2, "before {shown:?}: {}", pair[0]);
        let told = pair[1]["field"].as_str().filter(|_| pair[1]["reason"] == "invalid");
        let told = told.or(pair[1]["reason"].as_str());
        assert_eq!((pair[1]["status"].as_u64(), told), (Some(*status), Some(*word)), "{shown:?}");
    }
    // The same state as with the good lines alone, and every screen is still readable.
    let good = acks.iter().step_by(2).zip(1..).map(|(ack, line)| {
        let mut ack = ack.clone();
        ack["line"] = line.into();
        ack
    });
    assert_eq!(case.complaints(&school, &good.collect::<Vec<_>>()), [""; 0]);
    for args in [&["quarantine", "list"][..], &["health"], &["panel"], &["history", "H000101"]] {
        let output = school.feed(args, "");
        assert!(text(&output.stderr).is_empty() && !output.stdout.contains(&0), "{args:?}");
    }
}

/// The control: an ingest that trusts its input ends at the first bad line, and the later good lines are missing.
#[test]
fn the_oracle_finds_an_ingest_that_trusts_its_input() {
    let hostile = hostile();
    let case = Case::example(hostile.len());
    let school = case.school();
    let words = fault_controls::words(Control::CommitsAndSyncs);
    let mut control = school.program(&words[0]);
    let output = harness::run(control.args(&words[1..]), among_good_ones(&case.lines, &hostile));
    assert_ne!(output.status.code(), Some(0));
    assert!(school.stored().len() < 2);
}

/// The memory limit of a process while a line of any length passes, in KiB.
const BOUND: u64 = 64 << 10;

/// Sends a line of this many MiB between two others. Returns the acks and the peak memory in KiB.
fn endless(mut stream: Stream, mebibytes: usize, lines: &[String]) -> (Vec<Value>, u64) {
    stream.send(&lines[0]).unwrap();
    let mebibyte = "a".repeat(1 << 20);
    for _ in 0..mebibytes {
        stream.send(&mebibyte).unwrap();
    }
    stream.send("\n").unwrap();
    stream.send(&lines[1]).unwrap();
    let acks: Vec<Value> = (0..3).map_while(|_| stream.next_json()).collect();
    let peak = stream.peak_memory();
    stream.end();
    (acks, peak)
}

#[test]
fn a_line_of_a_gibibyte_takes_no_memory() {
    let case = Case::example(2);
    let school = case.school();
    let (acks, peak) = endless(school.stream(&[]), 1024, &case.lines);
    let statuses: Vec<_> = acks.iter().map(|ack| ack["status"].as_u64().unwrap()).collect();
    assert_eq!((statuses[1], &acks[1]["reason"]), (413, &"too_long".into()));
    assert!(peak < BOUND, "{peak} KiB");
    let good = [acks[0].clone(), serde_json::json!({"line": 2, "status": statuses[2]})];
    assert_eq!(case.complaints(&school, &good), [""; 0]);
    // The control: an ingest that reads whole lines needs more memory even for a sixteenth of it.
    let words = fault_controls::words(Control::ReadsWholeLines);
    let mut control = school.program(&words[0]);
    let (_, peak) = endless(Stream::start(control.args(&words[1..]).stderr(Stdio::null())), 64, &case.lines);
    assert!(peak >= BOUND, "{peak} KiB");
}

/// All commands of a day, with a clock that goes back.
fn a_day(school: &mut School, case: &Case, clocks: [&str; 4]) -> Vec<Value> {
    let mut acks = Vec::new();
    let third = case.lines.len() / 3;
    for (clock, lines) in
        clocks.into_iter().zip(case.lines.chunks(third).map(<[String]>::concat).chain([String::new()]))
    {
        school.at(clock);
        let before = acks.len() as u64;
        acks.extend(school.ingest(lines).into_iter().map(|mut ack| {
            ack["line"] = (ack["line"].as_u64().unwrap() + before).into();
            ack
        }));
        let beat = r#"{"type":"heartbeat","camera":"gate-1","ts":"2026-09-07T08:20:00+03:00"}"#;
        assert_eq!(school.ingest(beat)[0]["status"], 200);
        for args in [
            &["schedule", "generate"][..],
            &["summary", "--date", "2026-09-07"],
            &["panel"],
            &["runner", "list"],
            &["job", "list"],
            &["roster", "now"],
            &["prune"],
            &["recompute", "--from", "2026-09-07", "--to", "2026-09-07"],
            &["db", "check"],
        ] {
            school.ok(args);
        }
        assert!(matches!(school.feed(&["health"], "").status.code(), Some(0..=2)), "{clock}");
    }
    acks
}

#[test]
fn a_clock_set_back_loses_nothing() {
    let case = Case::example(90);
    let mut school = case.school();
    // Back by half an hour, then into the minute of the lines, then right again. Lines carry their own instants.
    let clocks = [NOW, "2026-09-07T09:30:00+03:00", "2026-09-07T08:20:01+03:00", NOW];
    let acks = a_day(&mut school, &case, clocks);
    assert_eq!(acks.len(), case.lines.len());
    assert_eq!(case.complaints(&school, &acks), [""; 0]);
    // Set back by a month: what is now ahead is refused, kept, and taken once the clock is right.
    let mut school = case.school();
    let acks = school.at("2026-08-07T09:00:00+03:00").ingest(case.lines.concat());
    assert!(acks.iter().all(|ack| ack["reason"] == "future"));
    assert_eq!(school.stored(), [""; 0]);
    school.at(NOW).ok(&["quarantine", "retry", "--reason", "future"]);
    assert_eq!(school.stored().len(), case.lines.len());
    assert_eq!(case.complaints(&school, &[]), [""; 0]);
}

#[test]
fn a_clock_set_back_leaves_the_register_and_the_watermark() {
    let case = Case::example(90);
    let mut school = case.school();
    school.ingest(case.lines.concat());
    let summary = |school: &School| school.ok(&["summary", "--date", "2026-09-07", "--format", "csv"]);
    // A prune at a clock that is months ahead, then the clock goes back.
    school.at("2026-12-20T12:00:00+03:00").ok(&["prune", "--all"]);
    let (ahead, watermark) = (summary(&school), watermark(&school));
    school.at("2026-09-07T18:00:00+03:00").ok(&["prune"]);
    assert_eq!((summary(&school), self::watermark(&school)), (ahead, watermark));
    let acks = school.ingest(&case.lines[0]);
    assert_eq!(
        (acks[0]["status"].as_u64(), acks[0]["reason"].as_str()),
        (Some(422), Some("older_than_retention"))
    );
    let tomorrow = seen("H000101", 0.9, "2026-09-08T08:30:00+03:00", "gate-1");
    assert_eq!(school.at("2026-09-08T08:31:00+03:00").ingest(tomorrow)[0]["status"], 200, "life goes on");
    school.ok(&["db", "check"]);
}

fn watermark(school: &School) -> Option<i64> {
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    conn.query_row("SELECT watermark FROM revision", [], |row| row.get(0)).unwrap()
}

/// The control: lines without an instant get that of the clock, and the oracle detects it.
#[test]
fn lines_without_an_instant_follow_a_clock_that_was_set_back() {
    let case = Case::example(3);
    let mut school = case.school();
    school.at("2026-09-07T08:21:30+03:00");
    let without: String = case
        .lines
        .iter()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("ts");
            format!("{line}\n")
        })
        .collect();
    let acks = school.ingest(without);
    school.at(NOW);
    assert!(!case.complaints(&school, &acks).is_empty());
}
