//! The cost of the pages of a large school, in instructions and memory, which are the same on a busy machine.

use std::process::Command;

use rusqlite::Connection;

use super::report_page::large;
use crate::common::harness::{School, has, text};
use crate::common::limit;

/// The pages that cron writes, the list of a fire drill, and how many times the instructions of [`workload`] each takes at
/// most. A class register reads the 56 periods of its week for its class alone: for the whole school it would take seven
/// times the workload.
const PAGES: [(&str, f64); 8] = [
    ("panel -o page.html", 1.0),
    ("panel --names -o page.html", 1.0),
    ("roster now -o page.html", 1.0),
    ("roster day", 1.2),
    ("roster day -o page.html", 1.0),
    ("roster day --evacuation -o page.html", 1.0),
    ("summary -o page.html", 1.5),
    ("register --group G07 --week 2026-09-07 -o page.html", 0.6),
];

/// A page takes at most this much memory, in KiB. An empty school's takes half of it.
const MEMORY: u64 = 80 * 1024;

/// Runs a command, and prints its peak memory in KiB.
const PEAK: &str = "import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

/// The instructions of a program.
fn instructions(valgrind: &mut Command, program: &str, args: &[&str]) -> f64 {
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program]).args(args);
    let output = limit::output(valgrind);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    let collected = said.split("Collected : ").nth(1).and_then(|rest| rest.lines().next());
    collected.unwrap_or_else(|| panic!("{said}")).trim().parse().unwrap()
}

/// A fixed amount of work for the same SQLite in the same build: 20,000 rows, written and read in order.
#[test]
#[ignore = "not a test: the body of a process"]
fn workload() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE seen (ts INTEGER, student TEXT, score REAL, PRIMARY KEY (ts, student)) WITHOUT ROWID",
    )
    .unwrap();
    let mut insert = conn.prepare("INSERT INTO seen VALUES (?, ?, ?)").unwrap();
    for nth in 0..20_000_i64 {
        insert.execute((nth * 7919 % 20_011, format!("H{nth:06}"), 0.9)).unwrap();
    }
    let mut sums = conn.prepare("SELECT student, max(score), min(ts) FROM seen GROUP BY student").unwrap();
    let mut rows = sums.query(()).unwrap();
    let mut read = 0;
    while rows.next().unwrap().is_some() {
        read += 1;
    }
    assert_eq!(read, 20_000);
}

#[test]
fn a_page_of_a_large_school_costs_little_more_than_reading_it() {
    let school = large();
    for (page, _) in PAGES {
        let peak = limit::output(python(&school).args(page.split(' ')));
        assert!(peak.status.success(), "{}", text(&peak.stderr));
        let peak: u64 = text(&peak.stdout).lines().last().unwrap().parse().unwrap();
        assert!(peak < MEMORY, "{page}: {peak} KiB");
    }
    if !has("valgrind") {
        return;
    }
    let this = std::env::current_exe().unwrap();
    let body = ["--ignored", "--exact", "register::page_cost::workload"];
    let fixed = instructions(&mut school.program("valgrind"), this.to_str().unwrap(), &body);
    for (page, most) in PAGES {
        let args: Vec<&str> = page.split(' ').collect();
        let mut valgrind = school.program("valgrind");
        valgrind.env("TZDIR", school.path(""));
        let times = instructions(&mut valgrind, env!("CARGO_BIN_EXE_attend"), &args) / fixed;
        assert!(times < most, "{page}: {times:.2} times the workload of {fixed}");
    }
}

fn python(school: &School) -> Command {
    let mut python = school.program("python3");
    python.env("TZDIR", school.path("")).args(["-c", PEAK, env!("CARGO_BIN_EXE_attend")]);
    python
}
