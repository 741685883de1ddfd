//! Sixteen runners send while others export, prune, back up and watch the panel. No process fails,
//! every line is stored once, every copy is sound, and the register equals that of one undisturbed run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::aftermath::{Case, converse, copy};
use crate::common::fault_controls::insert;
use crate::common::harness::{School, seen};

const RUNNERS: usize = 16;
const LINES: usize = 60;

/// Lines of all runners, grouped by runner. All instants differ, and all runners see all students in the same minutes.
fn lines() -> Vec<String> {
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    let line = |n: usize| {
        let (runner, nth) = (n / LINES, n % LINES);
        let ts = format!("2026-09-07T09:{:02}:{:02}.{runner:03}+03:00", 36 + nth / 60, nth % 60);
        seen(codes[(runner + nth) % 5], 0.7 + (n * 7 % 30) as f64 / 100.0, &ts, &format!("gate-{runner}"))
    };
    (0..RUNNERS * LINES).map(line).collect()
}

/// The example, with some recognitions of the spring that are to be pruned.
fn case() -> (Case, School) {
    let template = School::example();
    let old: String = (0..600)
        .map(|n| seen("H000101", 0.9, &format!("2026-05-01T10:{:02}:{:02}+03:00", n / 60, n % 60), "gate-0"))
        .collect();
    assert!(template.ingest(old).iter().all(|ack| ack["status"] == 202));
    let pruned = copy(&template);
    pruned.ok(&["prune"]);
    (Case::new(pruned, lines()), template)
}

/// Runs a command repeatedly until everything is sent, and passes its output to `look`.
fn again_and_again(school: &School, sent: &AtomicBool, args: &[&str], look: impl Fn(&str)) -> usize {
    let mut times = 0;
    while !sent.load(Ordering::Relaxed) || times == 0 {
        look(&school.ok(args));
        times += 1;
    }
    times
}

/// Sends what one runner has to send. Acks are numbered as in the case.
fn run(case: &Case, school: &School, runner: usize) -> Vec<Value> {
    let first = runner * LINES;
    let (acks, code) = converse(school.stream(&["--max-wait", "1m"]), &case.lines[first..first + LINES]);
    assert_eq!(code, Some(0), "runner {runner}");
    let number = |ack: &Value| ack["line"].as_u64().unwrap() + first as u64;
    acks.into_iter()
        .map(|mut ack| {
            ack["line"] = number(&ack).into();
            ack
        })
        .collect()
}

#[test]
fn sixteen_runners_an_export_a_prune_a_backup_and_a_watch_at_once() {
    let (case, template) = case();
    let school = copy(&template);
    let sent = AtomicBool::new(false);
    let acks = thread::scope(|scope| {
        let others = [
            scope.spawn(|| {
                again_and_again(&school, &sent, &["export", "records", "--format", "jsonl"], |rows| {
                    // One snapshot: whole occurrences, each student once.
                    assert_eq!(rows.lines().count() % 5, 0, "{rows}");
                })
            }),
            scope.spawn(|| again_and_again(&school, &sent, &["prune"], |_| {})),
            scope.spawn(|| {
                again_and_again(&school, &sent, &["db", "backup", "copy.db"], |_| {
                    // A copy made during a prune holds rows that the prune had not reached. The next prune in the copy deletes them.
                    school.ok(&["--db", "copy.db", "prune"]);
                    school.ok(&["--db", "copy.db", "db", "check"]);
                })
            }),
        ];
        // The watch ends with `q` once it shows the line that is sent last.
        let watch =
            scope.spawn(|| school.at_terminal(&["panel", "--watch", "50ms"], "All At Home", "q", &[]));
        let runners: Vec<_> = (0..RUNNERS)
            .map(|runner| {
                scope.spawn({
                    let (case, school) = (&case, &school);
                    move || run(case, school, runner)
                })
            })
            .collect();
        let acks: Vec<Value> = runners.into_iter().flat_map(|runner| runner.join().unwrap()).collect();
        sent.store(true, Ordering::Relaxed);
        others.into_iter().for_each(|other| assert!(other.join().unwrap() > 0));
        school.ok(&["settings", "set", "school", "All At Home"]);
        assert!(watch.join().unwrap().contains("All At Home"));
        acks
    });
    assert_eq!(acks.len(), case.lines.len());
    assert!(acks.iter().all(|ack| ack["duplicate"] == false), "{acks:?}");
    assert_eq!(case.complaints(&school, &acks), [""; 0]);
}

/// The control: two that read a record, then write it, without one transaction around both. One count is lost, and
/// the oracle sees it.
#[test]
fn the_oracle_finds_overwriting_writers() {
    let (case, _) = case();
    let school = case.school();
    school.ingest(case.lines.concat());
    let open = || Connection::open(school.path("school.db")).unwrap();
    let (first, second) = (open(), open());
    let more = [1, 2].map(|n| seen("H000101", 0.8, &format!("2026-09-07T09:50:0{n}+03:00"), "gate-0"));
    let read = |conn: &Connection| -> i64 {
        conn.query_row("SELECT max(sightings) FROM record WHERE student = 1", [], |row| row.get(0)).unwrap()
    };
    let (a, b) = (read(&first), read(&second));
    for (conn, line, sightings) in [(&first, &more[0], a + 1), (&second, &more[1], b + 1)] {
        insert(conn, line);
        conn.execute("UPDATE record SET sightings = ?1 WHERE student = 1 AND sightings > 0", [sightings])
            .unwrap();
    }
    drop((first, second));
    let lines = [case.lines.clone(), more.to_vec()].concat();
    let calm = Case::new(School::example(), lines);
    let wrong = calm.complaints(&school, &[]);
    assert!(wrong.iter().any(|wrong| wrong.contains("other records")), "{wrong:?}");
}
