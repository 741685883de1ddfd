//! Jobs: batch commands, of which every run is stored, and other programs that report their state.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::harness::{School, text, wait_until};
use crate::common::limit::Limited;

const LOCK: &str = ".school.db.schedule-generate.lock";

fn database(school: &School) -> Connection {
    Connection::open(school.path("school.db")).unwrap()
}

/// Sets the duration of every run to three seconds, so that the output does not depend on the machine.
fn same_everywhere(school: &School) {
    let sql = "UPDATE job_run SET finished_at = started_at + 3000000 WHERE finished_at IS NOT NULL";
    database(school).execute_batch(sql).unwrap();
}

fn runs(school: &School) -> i64 {
    database(school).query_row("SELECT count(*) FROM job_run", [], |row| row.get(0)).unwrap()
}

fn dates(school: &School, from: &str, days: &str) -> Vec<String> {
    let rows = school.ok(&["schedule", "list", "--from", from, "--days", days, "--format", "jsonl"]);
    let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
    let mut dates: Vec<String> = rows.map(|row| row["date"].as_str().unwrap().to_owned()).collect();
    dates.dedup();
    dates
}

#[test]
fn every_job_is_listed_with_its_last_run_success_and_error() {
    let mut school = School::example();
    let word = |ok, error: &str| {
        format!("{{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":{ok},\"error\":\"{error}\"}}\n")
    };
    insta::assert_snapshot!(School::new().session(&["job list"]), @"
    $ attend job list
    No job has run yet.
    ");
    school.ingest(word(false, "camera 3: no route\\u001b[2J"));
    same_everywhere(&school);
    insta::assert_snapshot!(school.session(&["job list"]), @r"
    $ attend job list
     JOB                STATE     LAST RUN  TOOK  LAST OK  LAST ERROR
     enforcer           ✗ failed  09:59                    09:59       camera 3: no route\u{1b}[2J
     schedule generate  ✓ ok      09:59      3 s  09:59
    ");
    school.at("2026-09-08T07:00:00+03:00");
    school.ingest(word(true, ""));
    database(&school)
        .execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON occurrence BEGIN SELECT RAISE(ABORT, 'no more'); END",
        )
        .unwrap();
    insta::assert_snapshot!(school.session(&["schedule generate --days 9"]), @"
    $ attend schedule generate --days 9
    ! attend: ~/school.db: database error: no more
    [1]
    ");
    same_everywhere(&school);
    insta::assert_snapshot!(school.session(&["job list", "job list --format csv"]), @r"
    $ attend job list
     JOB                STATE     LAST RUN  TOOK  LAST OK    LAST ERROR
     enforcer           ✓ ok      07:00           07:00      Mon 09:59   camera 3: no route\u{1b}[2J
     schedule generate  ✗ failed  07:00      3 s  Mon 09:59  07:00       database error: no more
    $ attend job list --format csv
    job,source,state,last_run,took_seconds,last_ok,last_error_at,last_error␍
    enforcer,reported,ok,2026-09-08T07:00:00+03:00,,2026-09-08T07:00:00+03:00,2026-09-07T09:59:12+03:00,camera 3: no route[2J␍
    schedule generate,batch,failed,2026-09-08T07:00:00+03:00,3,2026-09-07T09:59:12+03:00,2026-09-08T07:00:00+03:00,database error: no more␍
    ");
    database(&school).execute_batch("DROP TRIGGER broken").unwrap();
    school.ok(&["schedule", "generate", "--days", "9"]);
    let listed = school.ok(&["job", "list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let row = &listed["rows"][1];
    assert_eq!((&row["state"], &row["last_error"]), (&"ok".into(), &"database error: no more".into()));
    assert!(row["took_seconds"].is_u64());
}

#[test]
fn a_second_concurrent_job_exits_with_75() {
    let school = School::example();
    let before = runs(&school);
    let mut held = File::options().write(true).open(school.path(LOCK)).unwrap();
    assert_eq!(held.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    held.lock().unwrap();
    held.set_len(0).unwrap();
    held.write_all(b"4242").unwrap();
    insta::assert_snapshot!(school.session(&["schedule generate"]), @"
    $ attend schedule generate
    ! attend: schedule generate is already running (pid 4242)
    [75]
    ");
    assert_eq!(runs(&school), before, "it leaves no row");
    // Another job is not in its way, and looking at the plan needs no lock.
    assert!(!school.ok(&["schedule", "generate", "--dry-run"]).is_empty());
    held.unlock().unwrap();
    school.ok(&["schedule", "generate"]);
    assert_eq!(runs(&school), before + 1);
    assert_eq!(
        fs::read_dir(school.path(""))
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".lock") })
            .count(),
        1
    );
}

#[test]
fn concurrent_jobs_run_alone_or_exit_with_75() {
    let school = School::example();
    let before = runs(&school);
    let generate = || {
        let mut command = school.command(&["schedule", "generate", "--days", "300"]);
        Limited::start(command.stderr(Stdio::piped()))
    };
    let crowd: Vec<_> = (0..6).map(|_| generate()).collect();
    let mut done = 0;
    for process in crowd {
        let output = process.output();
        match output.status.code() {
            Some(0) => done += 1,
            Some(75) => assert!(text(&output.stderr).contains("is already running"), "{output:?}"),
            _ => panic!("{output:?}"),
        }
    }
    assert!(done >= 1);
    assert_eq!(runs(&school), before + done);
}

/// Planning does not end by itself.
const ENDLESS: &str = "CREATE TRIGGER endless AFTER INSERT ON occurrence BEGIN
    SELECT (WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n) SELECT max(n) FROM n); END";

#[test]
fn a_killed_run_is_shown_until_the_next_success() {
    let school = School::example();
    let before = runs(&school);
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute_batch(ENDLESS).unwrap();
    let mut process = Limited::start(&mut school.command(&["schedule", "generate", "--days", "3660"]));
    wait_until("a run", || runs(&school) > before);
    let running = school.session(&["job list"]);
    process.kill().unwrap();
    process.wait().unwrap();
    conn.execute_batch("DROP TRIGGER endless").unwrap();
    assert!(running.contains("schedule generate  ▸ running  09:59"), "{running}");
    insta::assert_snapshot!(school.session(&["job list"]), @"
    $ attend job list
     JOB                STATE   LAST RUN  TOOK  LAST OK  LAST ERROR
     schedule generate  ✗ lost  09:59           09:59
    ");
    assert_eq!(dates(&school, "2026-09-07", "3660").len(), 5, "the work itself was undone");
    let health = school.session(&["health"]);
    let told = "▲ jobs        schedule generate was killed: its last run never ended";
    assert!(health.contains(told) && health.ends_with("[1]\n"), "{health}");
    school.ok(&["schedule", "generate"]);
    assert!(school.ok(&["job", "list"]).contains("schedule generate  ✓ ok"));
    school.ok(&["health"]);
}

#[test]
fn generating_continues_where_the_last_run_ended() {
    let mut school = School::example();
    assert_eq!(dates(&school, "2026-09-07", "60").last().unwrap(), "2026-09-13");
    // Ten nights without cron, then one run: the days between are there, although they have passed.
    school.at("2026-09-23T02:00:00+03:00");
    let plan = school.ok(&["schedule", "generate", "--dry-run", "--format", "jsonl"]);
    let before = runs(&school);
    let made = school.ok(&["schedule", "generate", "--yes", "--format", "jsonl"]);
    assert_eq!(made, plan, "the plan is what is done");
    assert_eq!(runs(&school), before + 1, "a dry run leaves no row");
    let days = ["14", "15", "16", "17", "20", "21", "22", "23", "24", "27", "28", "29"];
    assert_eq!(dates(&school, "2026-09-14", "60"), days.map(|day| format!("2026-09-{day}")));
    // Dates given by hand are used unchanged. Dates far ahead do not count as a gap.
    school.ok(&["schedule", "generate", "--from", "2026-12-01", "--days", "1"]);
    school.at("2026-10-02T02:00:00+03:00").ok(&["schedule", "generate", "--yes", "--days", "3"]);
    assert_eq!(dates(&school, "2026-09-30", "30"), ["2026-09-30", "2026-10-01", "2026-10-04"]);
    // Dates more than 31 days back are not planned any more.
    school.at("2027-06-01T02:00:00+03:00").ok(&["schedule", "generate", "--yes", "--days", "1"]);
    assert_eq!(dates(&school, "2026-12-02", "400").first().unwrap(), "2027-05-02");
}

#[test]
fn a_wrong_name_and_a_closed_pipe_are_not_failed_runs() {
    let mut school = School::example();
    school.ingest("{\"student\":\"H000101\",\"score\":0.8,\"ts\":\"2026-09-07T08:03:00+03:00\",\"camera\":\"gate-1\"}\n");
    school.ok(&["settings", "set", "min_score", "0.85"]);
    let unread = school.unread(&["recompute", "--from", "2026-09-07", "--to", "2026-09-07"], "");
    assert_eq!(unread.status.code(), Some(0));
    school.at("2026-09-09T12:00:00+03:00").ok(&["prune", "--older-than", "1d", "--all"]);
    insta::assert_snapshot!(school.session(&[
        "recompute --from 2026-09-07 --to 2026-09-07",
        "db backup school.db",
    ]), @"
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    ! attend: recognitions of 2026-09-07 were pruned: what its records say cannot be derived again
    ! hint: they stay as they were decided; marks can still be made
    [1]
    $ attend db backup school.db
    ! attend: school.db is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    ");
    let states: Vec<String> = school
        .ok(&["job", "list", "--format", "jsonl"])
        .lines()
        .map(|job| serde_json::from_str::<serde_json::Value>(job).unwrap())
        .map(|job| format!("{} {}", job["job"].as_str().unwrap(), job["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, ["prune ok", "recompute ok", "schedule generate ok"]);
}

#[test]
fn no_run_looks_killed_in_a_copy() {
    let school = School::example();
    school.ok(&["db", "backup", "copy.db"]);
    let jobs = school.ok(&["--db", "copy.db", "job", "list", "--format", "csv"]);
    assert!(
        jobs.contains("schedule generate") && !jobs.contains("lost") && !jobs.contains("db backup"),
        "{jobs}"
    );
}
