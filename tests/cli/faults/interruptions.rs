//! Streams that break: killed, locked out, or with a closed pipe. Acknowledged lines are never lost and
//! never stored twice, and sending everything again repairs the rest (`aftermath.rs`).
//!
//! Every proof has a control: a wrong ingest (`fault_controls.rs`), in which the same oracle must find the
//! fault.

use std::io::Write;
use std::process::Stdio;

use rusqlite::{Connection, TransactionBehavior};

use crate::common::aftermath::{Case, lost};
use crate::common::fault_controls::{self, Control, insert};
use crate::common::harness::{School, Stream, seen};

/// Enough lines for several batches in flight.
const LINES: usize = 3_000;

/// Lines of the morning, each with another instant.
pub fn lines() -> Vec<String> {
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    let line = |n: usize| {
        let at = format!("2026-09-07T08:{:02}:{:02}.{:03}+03:00", 20 + n / 600, n / 10 % 60, n % 10 * 100);
        seen(codes[n % 5], 0.70 + (n * 7 % 30) as f64 / 100.0, &at, &format!("gate-{}", n % 3))
    };
    (0..LINES).map(line).collect()
}

/// Sends lines, stops reading after some acks, and kills the process. Returns the acks that arrived.
fn strike(mut stream: Stream, lines: &[String], after: usize, signal: &str) -> Vec<serde_json::Value> {
    let all = lines.concat();
    let mut acked = Vec::new();
    for chunk in all.as_bytes().chunks(60_000) {
        // The process may be gone already. Its earlier acks still count.
        if stream.send(std::str::from_utf8(chunk).unwrap()).is_err() {
            break;
        }
        while acked.len() < after {
            let Some(ack) = stream.ack() else { break };
            acked.push(ack);
            if acked.len() % 7 == 0 {
                break;
            }
        }
        if acked.len() >= after {
            stream.signal(signal);
        }
    }
    stream.signal(signal);
    acked.extend(stream.end().0);
    acked
}

#[test]
fn killed_at_any_instant_nothing_acknowledged_is_lost() {
    let case = Case::new(School::example(), lines());
    for (round, signal) in ["KILL", "TERM", "KILL", "KILL", "TERM", "KILL"].into_iter().enumerate() {
        let school = case.school();
        let acked = strike(school.stream(&[]), &case.lines, 1 + round * 5, signal);
        assert_eq!(case.complaints(&school, &acked), [""; 0], "round {round}");
    }
}

#[test]
fn the_oracle_finds_an_ingest_that_acknowledges_too_early() {
    let (lines, school) = (lines(), School::example());
    let words = fault_controls::words(Control::AcknowledgesEarly);
    let mut stream = Stream::start(school.program(&words[0]).args(&words[1..]).stderr(Stdio::null()));
    stream.send(&lines[..150].concat()).unwrap();
    // libtest prints a few words before the first ack.
    let acked: Vec<_> = std::iter::from_fn(|| stream.next_json()).take(150).collect();
    stream.signal("KILL");
    drop(stream.end());
    assert_eq!(lost(&school, &lines, &acked).len(), 50, "the last batch was acknowledged and is gone");
}

#[test]
fn the_oracle_finds_a_table_without_identity() {
    let (lines, school) = (lines(), School::example());
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute_batch(
        "DROP TABLE recognition;
         CREATE TABLE recognition (ts INTEGER, student INTEGER, camera INTEGER, score REAL, crop TEXT);",
    )
    .unwrap();
    lines[..10].iter().chain(&lines[..3]).for_each(|line| insert(&conn, line));
    let acked: Vec<_> = (1..=10).map(|line| serde_json::json!({"line": line, "status": 200})).collect();
    assert_eq!(lost(&school, &lines, &acked).len(), 3, "three lines are stored twice");
}

#[test]
fn lines_get_429_if_the_database_is_locked_for_too_long() {
    let (lines, school) = (lines(), School::example());
    let mut other = Connection::open(school.path("school.db")).unwrap();
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut stream = school.stream(&["--max-wait", "50ms"]);
    for number in 1..=3 {
        let ack = stream.ask(&lines[number - 1]);
        assert_eq!((ack["status"].as_u64(), ack["reason"].as_str()), (Some(429), Some("busy")));
        let again = ack["retry_after_ms"].as_u64().unwrap();
        assert!((1_000..=2_100).contains(&again), "{ack}");
    }
    lock.rollback().unwrap();
    let ack = stream.ask(&lines[3]);
    assert_eq!((ack["status"].as_u64(), ack["line"].as_u64()), (Some(200), Some(4)), "the stream lives on");
    let (rest, code) = stream.end();
    assert_eq!((rest.len(), code), (0, Some(75)));
    assert_eq!(school.stored().len(), 1, "what was put off is not stored");
    assert!(school.ingest(lines[..3].concat()).iter().all(|ack| ack["duplicate"] == false));
}

#[test]
fn the_key_of_a_hello_line_answered_429_is_remembered() {
    let (lines, school) = (lines(), School::example());
    let key = school.ok(&["key", "create", "gate-1"]);
    let mut other = Connection::open(school.path("school.db")).unwrap();
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut stream = school.stream(&["--max-wait", "50ms"]);
    let hello = format!("{{\"type\":\"hello\",\"key\":\"{}\"}}\n", key.trim());
    assert_eq!(stream.ask(&hello)["reason"], "busy");
    lock.rollback().unwrap();
    assert_eq!(stream.ask(&lines[1])["status"], 200, "not key_required");
}

#[test]
fn a_short_lock_delays_lines_without_429() {
    let (lines, school) = (lines(), School::example());
    let mut other = Connection::open(school.path("school.db")).unwrap();
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut stream = school.stream(&["--max-wait", "1m"]);
    stream.send(&lines[2]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    lock.commit().unwrap();
    assert_eq!(stream.ack().unwrap()["status"], 200);
}

/// The control: a transaction that reads before it writes fails at once if another one wrote in
/// between, even with a busy timeout. This is why every write begins IMMEDIATE.
#[test]
fn a_deferred_transaction_fails_where_ours_waits() {
    let school = School::example();
    let open = || Connection::open(school.path("school.db")).unwrap();
    let (mut first, second) = (open(), open());
    let add = |conn: &Connection, name: &str| {
        conn.execute("INSERT INTO camera (name, added_at) VALUES (?1, 0)", [name])
    };
    let deferred = first.transaction_with_behavior(TransactionBehavior::Deferred).unwrap();
    deferred.query_row("SELECT count(*) FROM camera", [], |row| row.get::<_, i64>(0)).unwrap();
    add(&second, "a").unwrap();
    let error = add(&deferred, "b").unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));
}

#[test]
fn a_reader_of_acks_that_goes_away_stops_the_stream_and_loses_nothing() {
    let (lines, school) = (lines(), School::example());
    let mut stream = school.stream(&[]);
    let first = stream.ask(&lines[0]);
    let (mut child, mut stdin) = stream.go_away();
    // More output than fits into the pipe, so that the closed reader is noticed.
    let _ = stdin.write_all(lines[1..].concat().as_bytes());
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(74));
    assert_eq!(lost(&school, &lines, &[first]), [""; 0]);
    school.ingest(lines.concat());
    assert_eq!(school.stored().len(), LINES);
}
