//! How SQLite answers the questions behind the screens: none of them may walk through the history.

use std::collections::BTreeSet;
use std::sync::Mutex;

use attend::commands::{Caller, health, history, panel, roster, runner};
use attend::domain::time::Span;
use attend::store::Store;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::harness::{NOW, School, seen};

/// What was asked since tracing began. Tracing takes a plain function, so this has to be global; only
/// one test uses it.
static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn note(event: TraceEvent) {
    if let TraceEvent::Stmt(statement, _) = event {
        ASKED.lock().unwrap().insert(statement.sql().into_owned());
    }
}

/// The steps SQLite takes for a question.
fn plan(conn: &rusqlite::Connection, question: &str) -> Vec<String> {
    let mut stmt = conn.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
    let steps = stmt.raw_query().mapped(|row| row.get(3));
    steps.collect::<Result<_, _>>().unwrap()
}

/// Every question the screens ask, on one line, with its plan below.
fn plans(store: &mut Store) -> String {
    let questions: Vec<String> = std::mem::take(&mut *ASKED.lock().unwrap()).into_iter().collect();
    let mut shown = String::new();
    store
        .read(|conn| -> anyhow::Result<()> {
            for question in questions
                .iter()
                .filter(|question| question.starts_with("SELECT") || question.starts_with("WITH"))
            {
                let words: Vec<&str> = question.split_whitespace().collect();
                shown += &format!("{}\n", words.join(" "));
                plan(conn, question).iter().for_each(|step| shown += &format!("    {step}\n"));
            }
            Ok(())
        })
        .unwrap();
    shown
}

#[test]
fn no_screen_walks_through_the_history() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let caller = Caller { by: "test".into(), now: NOW.parse().unwrap() };
    store.connection().trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    roster::now(&mut store, &roster::Filter::default(), &caller).unwrap();
    let request = panel::Request { window: Span::minutes(15), recent: 10 };
    panel::read(&mut store, request, &caller).unwrap();
    health::read(&mut store, &caller).unwrap();
    runner::list(&mut store, Span::minutes(15), &caller).unwrap();
    history::read(&mut store, "H000101", None, &caller).unwrap();
    let plans = plans(&mut store);
    for big in [
        "SCAN r\n",
        "SCAN recognition",
        "SCAN record",
        "SCAN mark",
        "SCAN alive",
        "SCAN o\n",
        "SCAN occurrence",
        "SCAN job_run",
        "SCAN quarantine",
    ] {
        assert!(!plans.contains(big), "{big} in\n{plans}");
    }
    insta::assert_snapshot!(plans, @"
    SELECT (SELECT min(id) FROM quarantine), (SELECT max(id) FROM quarantine)
        SCAN CONSTANT ROW
        SCALAR SUBQUERY 1
        SEARCH quarantine
        SCALAR SUBQUERY 2
        SEARCH quarantine
    SELECT c.id, c.name, c.place, c.added_at, h.ts, h.snapshot_every, h.pid, h.target_fps, h.processed_fps, h.detected, h.matched, h.latency_ms, h.last_error FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id ORDER BY c.name
        SCAN c USING INDEX sqlite_autoindex_camera_1
        SEARCH h USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
    SELECT camera, (ts - :from - 1) / :slice, count(*) FROM recognition WHERE ts > :from AND ts <= :to GROUP BY 1, 2
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
        USE TEMP B-TREE FOR GROUP BY
    SELECT check_name, subject, severity, since, bad, runs, critical_runs, changed_at, episodes, unsteady, told_at, told_severity, told_unsteady, acked_by, acked_at FROM alert
        SCAN alert
    SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE received_at > ?1 LIMIT ?2)
        CO-ROUTINE (subquery-1)
        SEARCH quarantine USING COVERING INDEX quarantine_by_arrival (received_at>?)
        SCAN (subquery-1)
    SELECT count(*) FROM record WHERE occurrence IN (SELECT id FROM occurrence WHERE date = :date) AND policy IS NOT (SELECT id FROM policy WHERE min_score = :min_score AND reregister_window = :window AND min_improve_delta = :delta)
        SEARCH record USING PRIMARY KEY (occurrence=?)
        LIST SUBQUERY 1
        SEARCH occurrence USING COVERING INDEX sqlite_autoindex_occurrence_1 (date=?)
        SCALAR SUBQUERY 2
        SEARCH policy USING COVERING INDEX sqlite_autoindex_policy_1 (min_score=? AND reregister_window=? AND min_improve_delta=?)
    SELECT count(DISTINCT started_at / :day) FROM ( SELECT started_at FROM job_run WHERE name = :name AND ok = 1 ORDER BY id DESC LIMIT :runs) WHERE started_at > :from
        CO-ROUTINE (subquery-1)
        SEARCH job_run USING INDEX job_run_by_outcome (name=? AND ok=?)
        USE TEMP B-TREE FOR count(DISTINCT)
        SCAN (subquery-1)
    SELECT created_at, error FROM message WHERE state = 'failed' UNION ALL SELECT created_at, error FROM message WHERE state = 'waiting' AND created_at < ?1 AND attempts > 0 ORDER BY created_at
        MERGE (UNION ALL)
        LEFT
        SCAN message USING INDEX message_failed
        USE TEMP B-TREE FOR ORDER BY
        RIGHT
        SCAN message USING INDEX message_waiting
        USE TEMP B-TREE FOR ORDER BY
    SELECT decision, marked_by, marked_at, reason FROM mark WHERE occurrence = ?1 AND student = ?2 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=? AND student=?)
    SELECT decision, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT e.student IS NOT NULL, e.group_name, s.id, s.code, s.name, r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH e USING PRIMARY KEY (student=? AND from_date<?) LEFT-JOIN
        SEARCH r USING PRIMARY KEY (occurrence=? AND student=?) LEFT-JOIN
    SELECT from_date, to_date, reason FROM closure ORDER BY id
        SCAN closure
    SELECT from_date, until_date, group_name FROM enrolment WHERE student = ?1 ORDER BY from_date
        SEARCH enrolment USING PRIMARY KEY (student=?)
    SELECT id, name FROM camera
        SCAN camera USING COVERING INDEX sqlite_autoindex_camera_1
    SELECT id, name, ord, start_minute, end_minute, days, early_grace, late_grace, late_after, groups, enabled FROM period ORDER BY ord, start_minute, name
        SCAN period
        USE TEMP B-TREE FOR ORDER BY
    SELECT id, started_at, finished_at, error FROM job_run WHERE name = ?1 AND ok IS ?2 ORDER BY id DESC LIMIT 1
        SEARCH job_run USING INDEX job_run_by_outcome (name=? AND ok=?)
    SELECT k.id, k.runner, k.created_at, k.created_by, k.first_used_at, k.last_used_at, k.expires_at, k.revoked_at, n.first_used_at, k.grace FROM key k LEFT JOIN key n ON n.id = k.successor ORDER BY k.runner, k.created_at DESC, k.id
        SCAN k
        SEARCH n USING PRIMARY KEY (id=?) LEFT-JOIN
        USE TEMP B-TREE FOR ORDER BY
    SELECT key, value FROM setting
        SCAN setting
    SELECT max(date) FROM occurrence
        SEARCH occurrence USING COVERING INDEX sqlite_autoindex_occurrence_1
    SELECT minute, max(reach) FROM alive WHERE minute BETWEEN ?1 AND ?2 GROUP BY minute
        SEARCH alive USING PRIMARY KEY (minute>? AND minute<?)
    SELECT name, ok, reported_at, since, last_ok_at, last_error, last_error_at FROM job ORDER BY name
        SCAN job
    SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups, o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1), o.period, o.touched_by IS NOT NULL OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id) OR EXISTS (SELECT 1 FROM record WHERE occurrence = o.id) FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id
        SEARCH o USING INDEX sqlite_autoindex_occurrence_1 (date>? AND date<?)
        CORRELATED SCALAR SUBQUERY 1
        SCAN closure
        CORRELATED SCALAR SUBQUERY 2
        SEARCH mark USING COVERING INDEX mark_in_force (occurrence=?)
        CORRELATED SCALAR SUBQUERY 3
        SEARCH record USING PRIMARY KEY (occurrence=?)
        USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
    SELECT r.student, s.code, s.name, r.ts, c.name, r.score, r.crop FROM recognition r JOIN student s ON s.id = r.student JOIN camera c ON c.id = r.camera WHERE r.ts <= ?1 ORDER BY r.ts DESC, r.student DESC, r.camera DESC LIMIT ?2
        SEARCH r USING PRIMARY KEY (ts<?)
        SEARCH s USING INTEGER PRIMARY KEY (rowid=?)
        SEARCH c USING INTEGER PRIMARY KEY (rowid=?)
    SELECT s.id, s.code, s.name, e.group_name, e.until_date IS NOT NULL AND e.until_date > :date FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date = (SELECT max(from_date) FROM enrolment WHERE student = s.id AND from_date <= :date) WHERE s.code = :code
        SEARCH s USING INDEX sqlite_autoindex_student_1 (code=?)
        SEARCH e USING PRIMARY KEY (student=? AND from_date=?) LEFT-JOIN
        CORRELATED SCALAR SUBQUERY 1
        SEARCH enrolment USING PRIMARY KEY (student=? AND from_date<?)
    SELECT student, first_seen, low_sightings FROM record WHERE occurrence = ?1
        SEARCH record USING PRIMARY KEY (occurrence=?)
    SELECT student, group_name FROM enrolment WHERE from_date <= :date AND until_date > :date
        SCAN enrolment
    SELECT student, ts, camera, score, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    SELECT ts FROM recognition WHERE ts BETWEEN ?1 AND ?2 ORDER BY ts LIMIT 1
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    WITH RECURSIVE known (name) AS ( SELECT min(name) FROM job_run UNION ALL SELECT (SELECT min(name) FROM job_run r WHERE r.name > known.name) FROM known WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL
        CO-ROUTINE known
        SETUP
        SEARCH job_run USING COVERING INDEX job_run_by_outcome
        RECURSIVE STEP
        SCAN known
        CORRELATED SCALAR SUBQUERY 2
        SEARCH r USING COVERING INDEX job_run_by_outcome (name>?)
        SCAN known
    ");
}
