//! Ingests that are wrong on purpose. The oracle must find the fault in each of them.
//!
//! Each runs in its own process: this test program, started with one ignored test.

use std::io::{BufRead, Write};

use rusqlite::{Connection, params};
use serde_json::Value;

/// How a control does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Acknowledges each line and commits a hundred at a time.
    AcknowledgesEarly,
    /// Commits, then acknowledges, but does not sync: `synchronous=NORMAL`.
    CommitsWithoutSync,
    /// Commits with `synchronous=FULL`, then acknowledges. This one is correct.
    CommitsAndSyncs,
    /// Reads whole lines, however long.
    ReadsWholeLines,
}

const ALL: [Control; 4] = [
    Control::AcknowledgesEarly,
    Control::CommitsWithoutSync,
    Control::CommitsAndSyncs,
    Control::ReadsWholeLines,
];

/// The command that starts a control. Like `attend`, it finds its database by `ATTEND_DB`.
pub fn words(control: Control) -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let words = [
        "common::fault_controls::body",
        "--exact",
        "--ignored",
        "--nocapture",
        "--quiet",
        "--test-threads=1",
    ];
    let mut command = vec!["env".to_owned(), format!("CONTROL={control:?}"), program];
    command.extend(words.map(str::to_owned));
    command
}

/// Not a test. libtest prints a few words before its first ack.
#[test]
#[ignore = "not a test: the body of a process"]
fn body() {
    let Ok(name) = std::env::var("CONTROL") else {
        return;
    };
    let control = ALL.into_iter().find(|control| format!("{control:?}") == name).unwrap();
    let mut conn = Connection::open(std::env::var_os("ATTEND_DB").unwrap()).unwrap();
    let sync = if control == Control::CommitsWithoutSync { "NORMAL" } else { "FULL" };
    conn.pragma_update(None, "synchronous", sync).unwrap();
    let mut batch = Vec::new();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        batch.push(line.unwrap());
        match control {
            Control::AcknowledgesEarly => {
                acknowledge(number);
                if batch.len() == 100 {
                    store(&mut conn, &mut batch);
                }
            }
            Control::CommitsWithoutSync | Control::CommitsAndSyncs => {
                store(&mut conn, &mut batch);
                acknowledge(number);
            }
            Control::ReadsWholeLines => {
                batch.clear();
                acknowledge(number);
            }
        }
    }
}

fn acknowledge(number: usize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{{\"line\":{},\"status\":200}}", number + 1).unwrap();
    out.flush().unwrap();
}

fn store(conn: &mut Connection, batch: &mut Vec<String>) {
    let tx = conn.transaction().unwrap();
    batch.drain(..).for_each(|line| insert(&tx, &line));
    tx.commit().unwrap();
}

/// Stores a recognition, but no record.
pub fn insert(conn: &Connection, line: &str) {
    let line: Value = serde_json::from_str(line).unwrap();
    let ts = chrono::DateTime::parse_from_rfc3339(line["ts"].as_str().unwrap()).unwrap().timestamp_micros();
    conn.execute("INSERT OR IGNORE INTO camera (name, added_at) VALUES (?1, 0)", [line["camera"].as_str()])
        .unwrap();
    conn.execute(
        "INSERT INTO recognition (ts, student, camera, score)
         SELECT ?1, s.id, c.id, ?4 FROM student s, camera c WHERE s.code = ?2 AND c.name = ?3",
        params![ts, line["student"].as_str(), line["camera"].as_str(), line["score"].as_f64()],
    )
    .unwrap();
}
