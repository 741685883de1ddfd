//! The cost of a program in instructions, which are the same on a busy machine, compared with a fixed amount of work.

use std::process::Command;

use rusqlite::Connection;

use super::harness::{School, text};
use super::limit;

/// Rows that [`workload`] stores and reads.
const ROWS: i32 = 20_000;

/// The instructions of a command of the school.
pub fn of(school: &School, args: &[&str]) -> f64 {
    let mut valgrind = school.program("valgrind");
    valgrind.env("TZDIR", school.path(""));
    counted(&mut valgrind, env!("CARGO_BIN_EXE_attend"), args)
}

/// The instructions of [`workload`] for each of its rows.
pub fn of_a_row(school: &School) -> f64 {
    let this = std::env::current_exe().unwrap();
    let body = ["--ignored", "--exact", "common::cost::workload"];
    counted(&mut school.program("valgrind"), this.to_str().unwrap(), &body) / f64::from(ROWS)
}

fn counted(valgrind: &mut Command, program: &str, args: &[&str]) -> f64 {
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program]).args(args);
    let output = limit::output(valgrind);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    let collected = said.split("Collected : ").nth(1).and_then(|rest| rest.lines().next());
    collected.unwrap_or_else(|| panic!("{said}")).trim().parse().unwrap()
}

/// A fixed amount of work for the same SQLite in the same build: rows written and read in order.
#[test]
#[ignore = "not a test: the body of a process"]
fn workload() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE seen (ts INTEGER, student TEXT, score REAL, PRIMARY KEY (ts, student)) WITHOUT ROWID",
    )
    .unwrap();
    let mut insert = conn.prepare("INSERT INTO seen VALUES (?, ?, ?)").unwrap();
    for nth in 0..ROWS {
        insert.execute((i64::from(nth) * 7919 % 20_011, format!("H{nth:06}"), 0.9)).unwrap();
    }
    let mut sums = conn.prepare("SELECT student, max(score), min(ts) FROM seen GROUP BY student").unwrap();
    let mut rows = sums.query(()).unwrap();
    let mut read = 0;
    while rows.next().unwrap().is_some() {
        read += 1;
    }
    assert_eq!(read, ROWS);
}
