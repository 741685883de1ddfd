//! `examples/runner.py` with the real `attend` behind it. Through crashes, locks, limits and new keys
//! every line is stored exactly once, and the records are those of an undisturbed run.

use std::fs;
use std::io::Write;
use std::process::{ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::common::harness::{School, root, text, wait_until};
use crate::common::limit::{LONG_PATIENCE, Limited, ok};
use crate::faults::interruptions;

/// Stores its process id so that it can be killed, and becomes `attend ingest`.
const INGEST: &str = "echo $$ >> pids; exec attend ingest \"$@\"";

fn lines() -> Vec<String> {
    interruptions::lines().into_iter().take(900).collect()
}

/// Every line once, nothing left in the spool, and the records of an undisturbed run.
fn assert_delivered(school: &School, lines: &[String]) {
    let undisturbed = School::example();
    assert_eq!(undisturbed.ingest(lines.concat()).len(), lines.len());
    assert_same(school, &undisturbed, "2026-09-07", lines);
}

fn assert_same(school: &School, undisturbed: &School, date: &str, lines: &[String]) {
    let (ours, theirs) = (school.stored(), undisturbed.stored());
    assert_eq!(theirs.len(), lines.len());
    assert_eq!(ours.iter().filter(|ours| !theirs.contains(ours)).collect::<Vec<_>>(), [""; 0], "made up");
    assert_eq!(theirs.iter().filter(|theirs| !ours.contains(theirs)).collect::<Vec<_>>(), [""; 0], "lost");
    assert_eq!(ours.len(), theirs.len(), "stored twice");
    let records = school.records(date, date).into_iter().zip(undisturbed.records(date, date));
    records.for_each(|(ours, theirs)| assert_eq!(ours, theirs));
    assert_eq!(spooled(school), "");
}

fn spooled(school: &School) -> String {
    fs::read_to_string(school.path("spool/spool.jsonl")).unwrap_or_default()
}

fn wait_stored(school: &School, count: usize) {
    wait_until(&format!("{count} stored"), || school.stored().len() >= count);
}

/// A running runner.py.
struct Runner<'s> {
    school: &'s School,
    child: Limited,
    stdin: Option<ChildStdin>,
}

impl<'s> Runner<'s> {
    /// With options of its own, and those of `attend ingest` behind `--`.
    fn start(school: &'s School, options: &[&str]) -> Self {
        Self::run(school, &mut school.program("python3"), options, INGEST)
    }

    fn run(school: &'s School, python: &mut Command, options: &[&str], ingest_script: &str) -> Self {
        let mut halves = options.split(|option| *option == "--");
        let (own, ingest) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let said = fs::File::options().append(true).create(true).open(school.path("said")).unwrap();
        python.arg(root().join("examples/runner.py")).args(["--spool", "spool", "--grace", "60"]).args(own);
        python.args(["--", "sh", "-c", ingest_script, "sh"]).args(ingest);
        let mut child = Limited::start(python.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(said));
        let stdin = child.stdin.take();
        Self { school, child, stdin }
    }

    /// Lines that the recogniser prints. Use few enough to fit into the pipe, unless the runner reads them.
    fn feed(&mut self, lines: &[String]) {
        self.stdin.as_mut().unwrap().write_all(lines.concat().as_bytes()).unwrap();
    }

    fn said(&self) -> String {
        fs::read_to_string(self.school.path("said")).unwrap()
    }

    fn wait_said(&self, words: &str) {
        wait_until(words, || self.said().contains(words));
    }

    /// The recogniser ends, and the runner once all is delivered.
    fn finish(mut self) -> String {
        drop(self.stdin.take());
        let mut code = None;
        wait_until("the runner ends", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        assert_eq!(code.unwrap().code(), Some(0), "{}", self.said());
        self.said()
    }

    /// It is killed, and it alone: its ingest finds the end of its input.
    fn die(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Process ids of every ingest that was started.
fn pids(school: &School) -> Vec<String> {
    fs::read_to_string(school.path("pids")).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[test]
fn the_runner_delivers_lines() {
    let (lines, school) = (lines(), School::example());
    let mut runner = Runner::start(&school, &[]);
    runner.feed(&lines);
    assert_eq!(runner.finish(), "");
    assert_delivered(&school, &lines);
    assert_eq!(pids(&school).len(), 1, "one ingest took them all");
}

#[test]
fn heartbeats_count_since_the_previous_heartbeat() {
    let (lines, school) = (lines(), School::example());
    let mut python = school.program("python3");
    let overheard = "tee -a wire | attend ingest";
    let mut runner =
        Runner::run(&school, &mut python, &["--heartbeat", "1", "--camera", "gate-1"], overheard);
    let counts = || -> Vec<(u64, u64)> {
        let wire = fs::read_to_string(school.path("wire")).unwrap_or_default();
        let whole = wire.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let beats = whole.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        beats
            .filter(|line| line["type"] == "heartbeat")
            .map(|beat| (beat["detected"].as_u64().unwrap(), beat["matched"].as_u64().unwrap()))
            .collect()
    };
    let sum =
        |counts: &[(u64, u64)]| counts.iter().fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
    wait_until("the first heartbeat", || !counts().is_empty());
    runner.feed(&lines[..10]);
    // Two of the ten are below the threshold.
    wait_until("heartbeats that tell of all", || sum(&counts()) == (10, 8));
    let told = counts().len();
    wait_until("another heartbeat", || counts().len() > told);
    runner.finish();
    assert_eq!(sum(&counts()), (10, 8), "nothing is counted twice: {:?}", counts());
    let listed = school.ok(&["runner", "list"]);
    assert!(listed.contains(" gate-1  ● online  09:59:12"), "{listed}");
}

#[test]
fn an_ingest_killed_again_and_again_loses_nothing() {
    let (lines, school) = (lines(), School::example());
    let mut runner = Runner::start(&school, &[]);
    for (round, chunk) in lines.chunks(100).enumerate() {
        runner.feed(chunk);
        wait_until("an ingest that lives", || pids(&school).len() > round);
        // At a different stage every time: before it reads, while it stores, after it has answered.
        sleep(Duration::from_millis([0, 40, 15, 80, 25, 5, 60, 10, 30][round % 9]));
        let pid = pids(&school).pop().unwrap();
        ok(Command::new("kill").args(["-s", "KILL", &pid]));
        wait_until("another ingest", || pids(&school).len() > round + 1);
    }
    let said = runner.finish();
    assert!(said.contains("the command ended (exit code -9); lines are kept and sent again"), "{said}");
    assert_delivered(&school, &lines);
}

#[test]
fn a_long_locked_database_delays_lines_and_loses_none() {
    let (lines, school) = (lines(), School::example());
    let mut other = Connection::open(school.path("school.db")).unwrap();
    let lock = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let mut runner = Runner::start(&school, &["--", "--max-wait", "50ms"]);
    runner.feed(&lines);
    runner.wait_said("attend answered 429 busy");
    assert_eq!(school.stored().len(), 0);
    lock.rollback().unwrap();
    runner.finish();
    assert_delivered(&school, &lines);
    assert_eq!(pids(&school).len(), 1, "the stream lived on");
}

#[test]
fn a_key_rotated_while_lines_flow_costs_nothing() {
    let (lines, school) = (lines(), School::example());
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    fs::copy(school.path("gate.key"), school.path("old.key")).unwrap();
    let mut runner = Runner::start(&school, &["--key-file", "gate.key"]);
    runner.feed(&lines[..300]);
    wait_stored(&school, 100);
    // No grace: the old key is refused from the first use of the new one on.
    school.ok(&["key", "rotate", "gate-1", "--grace", "0", "-o", "gate.key"]);
    runner.feed(&lines[300..600]);
    wait_until("the swap", || pids(&school).len() == 2);
    runner.feed(&lines[600..]);
    assert_eq!(runner.finish(), "", "no line was ever refused");
    assert_delivered(&school, &lines);
    let late = school.feed(&["ingest", "--key-file", "old.key"], &lines[0]);
    assert!(text(&late.stdout).contains("key_expired"), "{}", text(&late.stdout));
}

#[test]
fn a_revoked_key_holds_lines_until_there_is_another() {
    let (lines, school) = (lines(), School::example());
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    let mut runner = Runner::start(&school, &["--key-file", "gate.key"]);
    runner.feed(&lines[..300]);
    wait_stored(&school, 300);
    school.ok(&["key", "revoke", "gate-1"]);
    runner.feed(&lines[300..]);
    runner.wait_said("attend answered 401 key_revoked (exit code 77, key refused)");
    assert_eq!(school.stored().len(), 300);
    school.ok(&["key", "create", "gate-1", "-o", "gate.key"]);
    runner.finish();
    assert_delivered(&school, &lines);
}

#[test]
fn a_killed_runner_continues_from_its_spool() {
    let (lines, school) = (lines(), School::example());
    let mut taken = 0;
    for round in 0..6 {
        let mut runner = Runner::start(&school, &[]);
        runner.feed(&lines[taken..(taken + 120).min(lines.len())]);
        wait_until("lines taken", || last_taken(&school, &lines) > taken);
        sleep(Duration::from_millis([0, 30, 10, 60, 5, 20][round]));
        runner.die();
        // Lines still in the pipe die with it. The recogniser continues after the last line that the runner
        // took.
        taken = last_taken(&school, &lines);
    }
    let mut runner = Runner::start(&school, &[]);
    runner.feed(&lines[taken..]);
    runner.finish();
    assert_delivered(&school, &lines);
}

/// The number of lines that the runner has accepted: those in its spool, delivered or not, and those stored.
fn last_taken(school: &School, lines: &[String]) -> usize {
    let (stored, spooled) = (school.stored().len(), spooled(school));
    // A delivered line is struck out by its first byte; a torn one does not count.
    let spooled = |line: &String| spooled.contains(&line[1..]);
    lines.iter().rposition(spooled).map_or(0, |last| last + 1).max(stored)
}

#[test]
fn a_rate_limit_slows_a_runner_down_and_loses_nothing() {
    // The limit needs a clock that runs, so the lines are of a day that has certainly passed.
    let monday = |school: &School| school.ok(&["schedule", "generate", "--from", "2024-09-02", "--yes"]);
    let lines: Vec<String> = lines().iter().map(|line| line.replace("2026-09-07", "2024-09-02")).collect();
    let (school, undisturbed) = (School::example(), School::example());
    monday(&school);
    monday(&undisturbed);
    undisturbed.ingest(lines.concat());
    school.ok(&["settings", "set", "rate_limit", "300"]);
    let mut python = school.program("python3");
    let mut runner = Runner::run(&school, python.env_remove("ATTEND_NOW"), &[], INGEST);
    runner.feed(&lines);
    let said = runner.finish();
    assert!(said.contains("attend answered 429 rate_limited"), "{said}");
    assert_same(&school, &undisturbed, "2024-09-02", &lines);
    assert_eq!(pids(&school).len(), 1, "the stream lived on");
}

/// Runs the unit tests of the runner, with test classes in parallel, because they mostly wait for faults.
#[test]
fn the_runners_own_tests_pass() {
    let file = root().join("tests/runner/test_runner.py");
    let source = fs::read_to_string(&file).unwrap();
    let classes =
        source.lines().filter_map(|line| line.strip_prefix("class ")?.strip_suffix("(RunnerTest):"));
    let running: Vec<(&str, Limited)> = classes
        .map(|class| {
            let mut python = Command::new("python3");
            python.arg(&file).arg(class).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            (class, Limited::within(LONG_PATIENCE, &mut python))
        })
        .collect();
    assert_eq!(running.len(), 6);
    for (class, child) in running {
        let output = child.output();
        assert!(output.status.success(), "{class}: {}", text(&output.stderr));
    }
}
