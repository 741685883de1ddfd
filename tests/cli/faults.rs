//! What happens when things break: nothing that was acknowledged is lost, nothing is stored twice, and
//! sending everything again mends the rest.
//!
//! Every proof has a control: an ingest built the wrong way, in which the same oracle must find the
//! fault.

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};

use rusqlite::{Connection, TransactionBehavior};

use crate::harness::{School, Stream, has, seen, text};

/// So many lines that several batches are on their way at once.
const LINES: usize = 3_000;

/// Lines of the morning, each of another instant.
pub fn lines() -> Vec<String> {
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    let line = |n: usize| {
        let at = format!("2026-09-07T08:{:02}:{:02}.{:03}+03:00", 20 + n / 600, n / 10 % 60, n % 10 * 100);
        seen(codes[n % 5], 0.70 + (n * 7 % 30) as f64 / 100.0, &at, &format!("gate-{}", n % 3))
    };
    (0..LINES).map(line).collect()
}

/// What is wrong with a database after a fault: acknowledged lines that are not there exactly once.
pub fn lost(school: &School, lines: &[String], acked: &[serde_json::Value]) -> Vec<String> {
    let stored = school.stored();
    let good = acked.iter().filter(|ack| matches!(ack["status"].as_u64(), Some(200 | 202)));
    let numbers = good.map(|ack| usize::try_from(ack["line"].as_u64().unwrap()).unwrap());
    numbers.map(|number| lines[number - 1].clone()).filter(|line| copies(&stored, line) != 1).collect()
}

/// How often a line is stored.
fn copies(stored: &[String], line: &str) -> usize {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let ts = chrono::DateTime::parse_from_rfc3339(line["ts"].as_str().unwrap()).unwrap().timestamp_micros();
    let start = format!("{ts} {} {} ", line["student"].as_str().unwrap(), line["camera"].as_str().unwrap());
    stored.iter().filter(|stored| stored.starts_with(&start)).count()
}

/// Sends lines, stops reading after some acks, and strikes; gives the acks that came through.
fn strike(mut stream: Stream, lines: &[String], after: usize, signal: &str) -> Vec<serde_json::Value> {
    let all = lines.concat();
    let mut acked = Vec::new();
    for chunk in all.as_bytes().chunks(60_000) {
        // The process may be gone already; what it acknowledged before that still counts.
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

/// The register after an undisturbed run.
fn undisturbed(lines: &[String]) -> (Vec<String>, Vec<serde_json::Value>) {
    let school = School::example();
    assert_eq!(school.ingest(lines.concat()).len(), lines.len());
    (school.stored(), school.records("2026-09-07", "2026-09-07"))
}

#[test]
fn killed_at_any_instant_nothing_acknowledged_is_lost() {
    let lines = lines();
    let (stored, records) = undisturbed(&lines);
    for (round, signal) in ["KILL", "TERM", "KILL", "KILL", "TERM", "KILL"].into_iter().enumerate() {
        let school = School::example();
        let acked = strike(school.stream(&[]), &lines, 1 + round * 5, signal);
        assert_eq!(lost(&school, &lines, &acked), [""; 0], "round {round}");
        // Sending everything again mends what was cut off, and a third time changes nothing.
        for _ in 0..2 {
            let acks = school.ingest(lines.concat());
            assert!(acks.iter().all(|ack| matches!(ack["status"].as_u64(), Some(200 | 202))));
            assert_eq!(
                (school.stored(), school.records("2026-09-07", "2026-09-07")),
                (stored.clone(), records.clone())
            );
        }
    }
}

/// The control: acknowledges before it commits. Run as a process by the test below.
#[test]
#[ignore = "not a test: the body of a process"]
fn control_that_acknowledges_before_it_commits() {
    let Some(db) = std::env::var_os("CONTROL_DB") else {
        return;
    };
    let mut conn = Connection::open(db).unwrap();
    let mut out = std::io::stdout().lock();
    let mut batch = Vec::new();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        writeln!(out, "{{\"line\":{},\"status\":200}}", number + 1).unwrap();
        out.flush().unwrap();
        batch.push(line.unwrap());
        if batch.len() == 100 {
            let tx = conn.transaction().unwrap();
            batch.drain(..).for_each(|line| insert(&tx, &line));
            tx.commit().unwrap();
        }
    }
}

fn insert(conn: &Connection, line: &str) {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let ts = chrono::DateTime::parse_from_rfc3339(line["ts"].as_str().unwrap()).unwrap().timestamp_micros();
    conn.execute("INSERT OR IGNORE INTO camera (name, added_at) VALUES (?1, 0)", [line["camera"].as_str()])
        .unwrap();
    conn.execute(
        "INSERT INTO recognition (ts, student, camera, score)
         SELECT ?1, s.id, c.id, ?4 FROM student s, camera c WHERE s.code = ?2 AND c.name = ?3",
        rusqlite::params![ts, line["student"].as_str(), line["camera"].as_str(), line["score"].as_f64()],
    )
    .unwrap();
}

#[test]
fn the_oracle_finds_an_ingest_that_acknowledges_too_early() {
    let (lines, school) = (lines(), School::example());
    let mut control = Command::new(std::env::current_exe().unwrap());
    let name = "faults::control_that_acknowledges_before_it_commits";
    control
        .args([name, "--exact", "--ignored", "--nocapture", "--quiet"])
        .env("CONTROL_DB", school.path("school.db"));
    let mut stream = Stream::start(control.stderr(Stdio::null()));
    stream.send(&lines[..150].concat()).unwrap();
    // libtest says a few words of its own before the first ack.
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
fn a_database_locked_for_longer_than_the_patience_puts_lines_off() {
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
fn a_hello_line_that_is_put_off_is_remembered() {
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
fn patience_outlasts_a_short_lock() {
    let (lines, school) = (lines(), School::example());
    let mut other = Connection::open(school.path("school.db")).unwrap();
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut stream = school.stream(&["--max-wait", "1m"]);
    stream.send(&lines[2]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    lock.commit().unwrap();
    assert_eq!(stream.ack().unwrap()["status"], 200);
}

/// The control: a transaction that reads before it writes fails at once where another one wrote in
/// between, whatever its patience. This is why every write begins IMMEDIATE.
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
fn a_torn_last_line_is_told_from_a_whole_one_at_every_byte() {
    let lines = lines();
    let last = lines[2].trim_end();
    for cut in (0..=last.len()).step_by(9).chain([last.len() - 1, last.len()]) {
        let school = School::example();
        let output = school.feed(&["ingest"], format!("{}{}", lines[..2].concat(), &last[..cut]));
        let acks: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
        let whole = cut == last.len();
        assert_eq!(acks.len(), if cut == 0 { 2 } else { 3 }, "{cut}");
        assert_eq!(
            acks[2..].iter().all(|ack| ack.contains("torn_line")),
            !whole || cut == 0,
            "{cut}: {acks:?}"
        );
        assert_eq!(school.stored().len(), if whole { 3 } else { 2 }, "{cut}");
        assert_eq!(output.status.code(), Some(if whole || cut == 0 { 0 } else { 65 }), "{cut}");
    }
}

#[test]
fn a_reader_of_acks_that_goes_away_stops_the_stream_and_loses_nothing() {
    let (lines, school) = (lines(), School::example());
    let mut stream = school.stream(&[]);
    let first = stream.ask(&lines[0]);
    let (mut child, mut stdin) = stream.go_away();
    // Enough to notice: what does not fit into the pipe any more is refused by the system.
    let _ = stdin.write_all(lines[1..].concat().as_bytes());
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(74));
    assert_eq!(lost(&school, &lines, &[first]), [""; 0]);
    school.ingest(lines.concat());
    assert_eq!(school.stored().len(), LINES);
}

#[test]
fn a_disk_that_takes_no_more_answers_503_and_stops() {
    let (lines, school) = (lines(), School::example());
    // A file size limit stands in for a disk that fails: writes beyond it give an error.
    let script = "trap '' XFSZ; ulimit -f 300; exec \"$0\" ingest";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_attend")]).current_dir(school.path("")).env_clear();
    command
        .env("PATH", "/usr/bin:/bin")
        .env("ATTEND_DB", school.path("school.db"))
        .env("ATTEND_NOW", crate::harness::NOW);
    let mut stream = Stream::start(command.stderr(Stdio::null()));
    let mut acked = vec![stream.ask(&lines[0])];
    stream.send(&lines[1..].concat()).unwrap();
    let (rest, code) = stream.end();
    acked.extend(rest);
    assert_eq!(code, Some(74));
    let last = acked.last().unwrap();
    assert_eq!((last["status"].as_u64(), last["reason"].as_str()), (Some(503), Some("io_error")), "{last}");
    assert!(last["retry_after_ms"].as_u64().unwrap() >= 30_000);
    assert_eq!(lost(&school, &lines, &acked), [""; 0]);
    school.ingest(lines.concat());
    assert_eq!(school.stored().len(), LINES);
}

#[test]
fn a_full_disk_answers_503_and_stops() {
    if !has("unshare") {
        return;
    }
    let (lines, school) = (lines(), School::example());
    // A small file system of our own, visible to this one process only.
    let script = "set -e; size=$(( $(stat -c %s school.db) / 1024 + 120 ))k; mount -t tmpfs -o size=$size tmpfs small; cp school.db small/; export ATTEND_DB=small/school.db
                  \"$0\" ingest || echo \"code $?\"; cp small/school.db* . ";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_attend")]);
    command.current_dir(school.path("")).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
        .env("ATTEND_NOW", crate::harness::NOW)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    std::fs::create_dir(school.path("small")).unwrap();
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let all = lines.concat();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(all.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    let out = text(&output.stdout);
    assert!(
        out.ends_with("code 74\n") && out.contains("\"reason\":\"disk_full\""),
        "{out}{}",
        text(&output.stderr)
    );
    let acked: Vec<serde_json::Value> =
        out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(lost(&school, &lines, &acked), [""; 0]);
}
