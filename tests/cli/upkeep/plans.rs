//! The query plans of screens and exports: none of them may scan the history.

use std::cell::RefCell;
use std::collections::BTreeSet;

use std::ops::RangeInclusive;

use attend::commands::evidence::runner;
use attend::commands::register::{history, panel, recompute, roster};
use attend::commands::upkeep::erase::{self, Witness};
use attend::commands::upkeep::{audit, prune};
use attend::commands::watch::health;
use attend::commands::{Caller, export, summary};
use attend::domain::evidence::recognition::ReportedRecognition;
use attend::domain::register::feed::Cursor;
use attend::domain::register::status::{Entry, Order, Register};
use attend::domain::register::summary::{Head, StudentSummary};
use attend::domain::time::calendar::{parse_date, parse_dates};
use attend::domain::time::{Instant, Span};
use attend::domain::timetable::occurrence::Occurrence;
use attend::domain::upkeep::erasure::Strikes;
use attend::domain::upkeep::retention::{Part, Plan, RowsFound};
use attend::store::Store;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::common::harness::{NOW, School, seen};

thread_local! {
    /// The statements since tracing began. Tracing takes a plain function, so this must be global to its
    /// test, which is a thread.
    static ASKED: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

fn note(event: TraceEvent) {
    if let TraceEvent::Stmt(statement, _) = event {
        ASKED.with_borrow_mut(|asked| asked.insert(statement.sql().into_owned()));
    }
}

/// The steps SQLite takes for a question.
fn plan(conn: &rusqlite::Connection, question: &str) -> Vec<String> {
    let mut stmt = conn.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
    let steps = stmt.raw_query().mapped(|row| row.get(3));
    steps.collect::<Result<_, _>>().unwrap()
}

/// Every statement of a kind, on one line, with its plan below.
fn plans(store: &mut Store, kinds: &[&str]) -> String {
    let questions: Vec<String> = ASKED.take().into_iter().collect();
    let mut shown = String::new();
    store
        .read(|conn| -> attend::failure::Result<()> {
            for question in questions.iter().filter(|q| kinds.iter().any(|kind| q.starts_with(kind))) {
                let words: Vec<&str> = question.split_whitespace().collect();
                shown += &format!("{}\n", words.join(" "));
                plan(conn, question).iter().for_each(|step| shown += &format!("    {step}\n"));
            }
            Ok(())
        })
        .unwrap();
    shown
}

fn assert_no_walk(plans: &str) {
    for big in [
        "SCAN r\n",
        "SCAN recognition",
        "SCAN record",
        "SCAN mark",
        "SCAN excuse",
        "SCAN review",
        "SCAN alive",
        "SCAN o\n",
        "SCAN occurrence",
        "SCAN job_run",
        "SCAN quarantine",
    ] {
        assert!(!plans.contains(big), "{big} in\n{plans}");
    }
}

#[test]
fn no_screen_scans_the_history_and_prune_scans_only_old_rows() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let caller = Caller { by: "test".into(), now: NOW.parse().unwrap() };
    store.connection().trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    for order in [Order::Status, Order::Code, Order::Name, Order::FirstSeen] {
        let request = roster::Request { order, ..roster::Request::default() };
        roster::now(&mut store, None, &request, &caller, &mut Nobody).unwrap();
    }
    let request = panel::Request { window: Span::minutes(15), recent: 10 };
    panel::read(&mut store, request, &caller).unwrap();
    health::read(&mut store, &caller).unwrap();
    runner::list(&mut store, Span::minutes(15), &caller).unwrap();
    history::read(&mut store, "H000101", parse_date("2026-09-07").unwrap(), &caller).unwrap();
    let plans = plans(&mut store, &["SELECT", "WITH"]);
    assert_no_walk(&plans);
    insta::assert_snapshot!(plans, @"
    SELECT (SELECT min(date) FROM occurrence), (SELECT max(date) FROM occurrence)
        SCAN CONSTANT ROW
        SCALAR SUBQUERY 1
        SEARCH occurrence USING COVERING INDEX sqlite_autoindex_occurrence_1
        SCALAR SUBQUERY 2
        SEARCH occurrence USING COVERING INDEX sqlite_autoindex_occurrence_1
    SELECT EXISTS (SELECT 1 FROM share WHERE lines >= ?1)
        SCAN CONSTANT ROW
        SCALAR SUBQUERY 1
        SCAN share
    SELECT c.id FROM camera c WHERE EXISTS (SELECT 1 FROM camera_day WHERE camera = c.id AND date BETWEEN ?1 AND ?2 AND last_beat >= ?3 AND first_beat <= ?4) ORDER BY c.id
        SCAN c
        SEARCH camera_day EXISTS USING PRIMARY KEY (camera=? AND date>? AND date<?)
    SELECT c.id, c.name, c.added_at, h.ts, k.arrived_at, h.snapshot_every, h.pid, h.target_fps, h.processed_fps, h.detected, h.matched, h.latency_ms, h.last_error, h.blind, h.resting, k.ahead, k.heartbeat FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id LEFT JOIN camera_clock k ON k.camera = c.id ORDER BY c.name
        SCAN c USING INDEX sqlite_autoindex_camera_1
        SEARCH h USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
        SEARCH k USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
    SELECT camera, from_ts, kind, until_ts, place, door FROM camera_change WHERE id <= ?1 ORDER BY id
        SEARCH camera_change USING INTEGER PRIMARY KEY (rowid<?)
    SELECT camera, ts FROM recognition WHERE ts > ?1 AND ts <= ?2
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    SELECT camera_changes FROM occurrence WHERE id = ?1
        SEARCH occurrence USING INTEGER PRIMARY KEY (rowid=?)
    SELECT check_name, subject, severity, since, bad, runs, critical_runs, changed_at, episodes, unsteady, told_at, told_severity, told_unsteady, acked_by, acked_at FROM alert
        SCAN alert
    SELECT coalesce(date(first_date, ?1), '') FROM revision
        SCAN revision
    SELECT count(*) FROM (SELECT 1 FROM quarantine WHERE received_at > ?1 LIMIT ?2)
        CO-ROUTINE (subquery-1)
        SEARCH quarantine USING COVERING INDEX quarantine_by_arrival (received_at>?)
        SCAN (subquery-1)
    SELECT count(*) FROM message WHERE state = 'unsure'
        SCAN message USING COVERING INDEX message_unsure
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
    SELECT d.camera, d.date, d.first FROM camera c JOIN camera_day d ON d.camera = c.id AND d.date >= ?1 WHERE d.date <= coalesce((SELECT date FROM camera_day WHERE camera = c.id AND date >= ?1 ORDER BY date LIMIT 1 OFFSET 1), d.date) ORDER BY d.camera, d.date
        SCAN d
        SEARCH c USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED SCALAR SUBQUERY 1
        SEARCH camera_day USING PRIMARY KEY (camera=? AND date>?)
    SELECT decision, minutes, marked_by, marked_at, reason FROM mark WHERE occurrence = ?1 AND student = ?2 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=? AND student=?)
    SELECT decision, minutes, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT from_at, until_at FROM enrolment WHERE student = ?1 ORDER BY from_at
        SEARCH enrolment USING PRIMARY KEY (student=?)
    SELECT from_at, until_at, group_name, source FROM membership WHERE student = ?1 ORDER BY from_at, group_name
        SEARCH membership USING PRIMARY KEY (student=?)
    SELECT from_date, to_date, reason FROM closure ORDER BY id
        SCAN closure
    SELECT id, name FROM student WHERE code = ?1
        SEARCH student USING INDEX sqlite_autoindex_student_1 (code=?)
    SELECT id, name, first_name FROM camera
        SCAN camera
    SELECT id, name, ord, start_minute, end_minute, days, early_grace, late_grace, late_after, groups, enabled, places, closes_after FROM period ORDER BY ord, start_minute, name
        SCAN period
        USE TEMP B-TREE FOR ORDER BY
    SELECT id, started_at, finished_at, fault, error FROM job_run WHERE name = ?1 AND ok IS ?2 ORDER BY id DESC LIMIT 1
        SEARCH job_run USING INDEX job_run_by_outcome (name=? AND ok=?)
    SELECT id, student, kind, from_at, until_at, reason, given_by, given_at, taken_back_by, taken_back_at FROM excuse WHERE student = ?1 ORDER BY id
        SEARCH excuse USING INDEX excuse_of_student (student=?)
    SELECT id, student, kind, from_at, until_at, reason, given_by, given_at, taken_back_by, taken_back_at FROM excuse WHERE taken_back_at IS NULL AND until_at > ?1 AND from_at < ?2 ORDER BY +id
        SEARCH excuse USING INDEX excuse_by_end (until_at>?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT k.id, k.runner, k.created_at, k.created_by, k.first_used_at, k.last_used_at, k.expires_at, k.revoked_at, n.first_used_at, k.grace, k.cameras, k.jobs FROM key k LEFT JOIN key n ON n.id = k.successor ORDER BY k.runner, k.created_at DESC, k.id
        SCAN k
        SEARCH n USING PRIMARY KEY (id=?) LEFT-JOIN
        USE TEMP B-TREE FOR ORDER BY
    SELECT key, value FROM setting
        SCAN setting
    SELECT key, words, code FROM reason ORDER BY key
        SCAN reason
    SELECT kind, name, named, cameras, watched, minutes, failed, blind FROM coverage WHERE occurrence = ?1
        SEARCH coverage USING PRIMARY KEY (occurrence=?)
    SELECT min(minute) FROM alive WHERE signs & 4 AND minute BETWEEN ?1 AND ?2
        SEARCH alive USING INDEX alive_resting (minute>? AND minute<?)
    SELECT minute, camera, signs FROM alive WHERE minute BETWEEN ?1 AND ?2 ORDER BY minute, camera
        SEARCH alive USING PRIMARY KEY (minute>? AND minute<?)
    SELECT name, ok, reported_at, since, last_ok_at, last_error, last_error_at FROM job ORDER BY name
        SCAN job
    SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups, o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1), o.places, o.min_coverage, o.max_blind, o.closes_after FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id
        SEARCH o USING INDEX sqlite_autoindex_occurrence_1 (date>? AND date<?)
        CORRELATED SCALAR SUBQUERY 1
        SCAN closure
        USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
    SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups, o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1), o.places, o.min_coverage, o.max_blind, o.closes_after, o.period, o.touched_by IS NOT NULL OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id) OR EXISTS (SELECT 1 FROM record WHERE occurrence = o.id) FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id
        SEARCH o USING INDEX sqlite_autoindex_occurrence_1 (date>? AND date<?)
        CORRELATED SCALAR SUBQUERY 1
        SCAN closure
        CORRELATED SCALAR SUBQUERY 2
        SEARCH mark USING COVERING INDEX mark_in_force (occurrence=?)
        CORRELATED SCALAR SUBQUERY 3
        SEARCH record USING PRIMARY KEY (occurrence=?)
        USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
    SELECT r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera, r.policy FROM record r WHERE r.occurrence = ?1 AND r.student = ?2
        SEARCH r USING PRIMARY KEY (occurrence=? AND student=?)
    SELECT r.student, r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera FROM record r WHERE r.occurrence = ?1 ORDER BY r.student
        SEARCH r USING PRIMARY KEY (occurrence=?)
    SELECT r.student, s.code, s.name, r.ts, r.camera, r.score, r.crop FROM recognition r JOIN student s ON s.id = r.student LEFT JOIN camera c ON c.id = r.camera WHERE r.ts <= ?1 ORDER BY r.ts DESC, r.student DESC, ifnull(c.first_name, c.name) DESC, r.camera DESC LIMIT ?2
        SEARCH r USING PRIMARY KEY (ts<?)
        SEARCH s USING INTEGER PRIMARY KEY (rowid=?)
        SEARCH c USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
        USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY
    SELECT roll, schedule, settings, review, watermark FROM revision
        SCAN revision
    SELECT runner, count(*) FROM ( SELECT runner FROM quarantine WHERE reason = 'not_your_camera' AND received_at > ?1 ORDER BY received_at DESC LIMIT ?2) GROUP BY runner ORDER BY runner
        CO-ROUTINE (subquery-1)
        SEARCH quarantine USING COVERING INDEX quarantine_foreign (received_at>?)
        SCAN (subquery-1)
        USE TEMP B-TREE FOR GROUP BY
    SELECT s.id, s.code, s.name FROM student s LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id ORDER BY r.first_seen IS NULL, r.first_seen, s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH r USING PRIMARY KEY (occurrence=? AND student=?) LEFT-JOIN
        USE TEMP B-TREE FOR ORDER BY
    SELECT s.id, s.code, s.name FROM student s ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
    SELECT s.id, s.code, s.name FROM student s ORDER BY s.name, s.code
        SCAN s
        USE TEMP B-TREE FOR ORDER BY
    SELECT s.id, s.code, s.name FROM student s WHERE s.id = :student
        SEARCH s USING INTEGER PRIMARY KEY (rowid=?)
    SELECT student, first_seen FROM record WHERE occurrence = ?1
        SEARCH record USING PRIMARY KEY (occurrence=?)
    SELECT student, from_at, until_at FROM enrolment e WHERE (from_at <= :from AND until_at > :to) OR NOT EXISTS (SELECT 1 FROM enrolment s WHERE s.student = e.student AND s.from_at <= :from AND s.until_at > :to) ORDER BY student, from_at
        SCAN e
        CORRELATED SCALAR SUBQUERY 1
        SEARCH s USING PRIMARY KEY (student=? AND from_at<?)
    SELECT student, from_at, until_at, group_name, source FROM membership e WHERE (from_at <= :to AND until_at > :from) OR NOT EXISTS (SELECT 1 FROM enrolment s WHERE s.student = e.student AND s.from_at <= :from AND s.until_at > :to) ORDER BY student, from_at, group_name
        SCAN e
        CORRELATED SCALAR SUBQUERY 1
        SEARCH s USING PRIMARY KEY (student=? AND from_at<?)
    SELECT student, ts, camera, score, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2 AND student IN (SELECT value FROM json_each(?3))
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
        LIST SUBQUERY 1
        SCAN json_each VIRTUAL TABLE INDEX 1:
        CREATE BLOOM FILTER
    SELECT ts, camera, student, verdict, to_student FROM review WHERE ts BETWEEN ?1 AND ?2 ORDER BY +id
        SEARCH review USING INDEX review_by_sighting (ts>? AND ts<?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT ts, camera, student, verdict, to_student, decided_by, decided_at, reason FROM review WHERE ts BETWEEN ?2 AND ?3 AND (student = ?1 OR to_student = ?1) ORDER BY +id
        SEARCH review USING INDEX review_by_sighting (ts>? AND ts<?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT words, key FROM former_reason ORDER BY words
        SCAN former_reason
    SELECT zone_rules FROM revision
        SCAN revision
    WITH RECURSIVE known (name) AS ( SELECT min(name) FROM job_run UNION ALL SELECT (SELECT min(name) FROM job_run r WHERE r.name > known.name) FROM known WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL
        CO-ROUTINE known
        SETUP
        SEARCH job_run USING COVERING INDEX job_run_by_outcome
        RECURSIVE STEP
        SCAN known
        CORRELATED SCALAR SUBQUERY 2
        SEARCH r USING COVERING INDEX job_run_by_outcome (name>?)
        SCAN known
    WITH other AS (SELECT id FROM policy WHERE min_score <> :min_score OR reregister_window <> :window OR min_improve_delta <> :delta) SELECT count(*) FROM record WHERE occurrence IN (SELECT * FROM (SELECT id FROM occurrence WHERE date = :which) WHERE EXISTS (SELECT 1 FROM other)) AND policy IN (SELECT id FROM other)
        SEARCH record USING PRIMARY KEY (occurrence=?)
        LIST SUBQUERY 4
        SEARCH occurrence USING COVERING INDEX sqlite_autoindex_occurrence_1 (date=?)
        SCALAR SUBQUERY 3
        SCAN policy
        LIST SUBQUERY 5
        SCAN policy
        CREATE BLOOM FILTER
    ");
    let later = Caller { now: "2026-12-31T12:00:00+03:00".parse().unwrap(), ..caller };
    let request = prune::Request {
        records_older_than: Some("2026-09-08".parse().unwrap()),
        ..prune::Request::default()
    };
    let (plan, _) = prune::plan(&mut store, &request, &later).unwrap();
    // As if there were something to delete in every table.
    let found = RowsFound { rows: 1, ..RowsFound::default() };
    let parts = plan.parts.iter().map(|part| Part { found, ..*part }).collect();
    prune::apply(&mut store, &Plan { parts, ..plan }, &later, &|_| {}).unwrap();
    insta::assert_snapshot!(self::plans(&mut store, &["DELETE"]), @"
    DELETE FROM absence_told WHERE (date, period) IN (SELECT date, name FROM occurrence WHERE id = ?1)
        SEARCH absence_told USING PRIMARY KEY (date=? AND period=?)
        LIST SUBQUERY 2
        SEARCH occurrence USING INTEGER PRIMARY KEY (rowid=?)
    DELETE FROM alive WHERE minute <= ?1
        SEARCH alive USING PRIMARY KEY (minute<?)
    DELETE FROM coverage WHERE occurrence = ?1
        SEARCH coverage USING PRIMARY KEY (occurrence=?)
    DELETE FROM excuse WHERE until_at <= (SELECT starts_at FROM occurrence WHERE id = ?1)
        SEARCH excuse USING COVERING INDEX excuse_by_end (until_at<?)
        SCALAR SUBQUERY 1
        SEARCH occurrence USING INTEGER PRIMARY KEY (rowid=?)
    DELETE FROM job WHERE reported_at <= ?1
        SCAN job
    DELETE FROM job_run WHERE started_at <= ?1 AND EXISTS (SELECT 1 FROM job_run later WHERE later.name = job_run.name AND later.ok IS job_run.ok AND later.id > job_run.id)
        SEARCH job_run USING INDEX job_run_by_time (started_at<?)
        CORRELATED SCALAR SUBQUERY 1
        SEARCH later USING COVERING INDEX job_run_by_outcome (name=? AND ok=? AND rowid>?)
    DELETE FROM mark WHERE occurrence = ?1
        SEARCH mark USING COVERING INDEX mark_in_force (occurrence=?)
    DELETE FROM message WHERE ended_at <= ?1
        SEARCH message USING INDEX message_ended (ended_at<?)
    DELETE FROM occurrence WHERE id = ?1
        SEARCH occurrence USING INTEGER PRIMARY KEY (rowid=?)
        SEARCH coverage USING PRIMARY KEY (occurrence=?)
        SEARCH mark USING COVERING INDEX mark_in_force (occurrence=?)
        SEARCH record USING PRIMARY KEY (occurrence=?)
    DELETE FROM quarantine WHERE received_at <= ?1
        SEARCH quarantine USING COVERING INDEX quarantine_by_arrival (received_at<?)
    DELETE FROM recognition WHERE ts <= ?1
        SEARCH recognition USING PRIMARY KEY (ts<?)
    DELETE FROM record WHERE occurrence = ?1
        SEARCH record USING PRIMARY KEY (occurrence=?)
    ");
}

/// Takes crops, and no notice.
struct Silent;

impl Witness for Silent {
    fn agree(&mut self, _: &str, _: Option<&str>) -> attend::failure::Result<()> {
        Ok(())
    }
    fn takes_crops(&self) -> bool {
        true
    }
    fn crops(&mut self, _: &[String]) -> attend::failure::Result<()> {
        Ok(())
    }
    fn progress(&mut self, _: u64, _: u64) -> attend::failure::Result<()> {
        Ok(())
    }
}

#[test]
fn recomputing_and_erasing_find_rows_by_key() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    school.ok(&["settings", "set", "min_score", "0.95"]);
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let caller = Caller { by: "test".into(), now: NOW.parse().unwrap() };
    store.connection().trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    recompute::stale(&mut store, &caller).unwrap();
    let dates = parse_dates("2026-09-07").unwrap();
    let request = recompute::Request { dates: dates.clone(), dry_run: false };
    recompute::run(&mut store, &request, &caller, &mut |_, _| Ok(())).unwrap();
    for about in [None, Some("H000101".to_owned())] {
        let request = audit::Request { dates: Some(dates.clone()), about, limit: Some(9), by: None };
        audit::list(&mut store, &request, &caller).unwrap();
    }
    let request = erase::Request { code: "H000101", reason: "asked", strikes: Strikes(&[]), dry_run: false };
    erase::run(&mut store, &request, &caller, &mut Silent).unwrap();
    // The student's own row is not among them: deleting it looks once for records and marks left behind.
    let kinds = ["SELECT", "DELETE FROM record", "DELETE FROM mark", "DELETE FROM audit", "UPDATE"];
    let plans = plans(&mut store, &kinds);
    assert!(plans.contains("DELETE FROM record") && plans.contains("FROM audit a"), "{plans}");
    for big in ["SCAN r\n", "SCAN recognition\n", "SCAN record\n", "SCAN mark\n", "SCAN a\n", "SCAN audit\n"]
    {
        assert!(!plans.contains(big), "{big} in\n{plans}");
    }
}

/// Takes rows and forgets them.
struct Nobody;

impl export::RecordTaker for Nobody {
    fn begin(&mut self, _: &[export::Covered], _: Cursor) -> attend::failure::Result<()> {
        Ok(())
    }

    fn empty(&mut self, _: &Occurrence) -> attend::failure::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &export::Covered, _: &Entry) -> attend::failure::Result<()> {
        Ok(())
    }
}

impl export::RecognitionTaker for Nobody {
    fn begin(&mut self, _: RangeInclusive<Instant>) -> attend::failure::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &ReportedRecognition) -> attend::failure::Result<()> {
        Ok(())
    }
}

impl roster::Taker for Nobody {
    fn begin(&mut self, _: &roster::Found) -> attend::failure::Result<()> {
        Ok(())
    }

    fn register(&mut self, _: &Register) -> attend::failure::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &Register, _: &Entry) -> attend::failure::Result<()> {
        Ok(())
    }
}

impl summary::Taker for Nobody {
    fn begin(&mut self, _: &Head) -> attend::failure::Result<()> {
        Ok(())
    }

    fn line(&mut self, _: &Head, _: StudentSummary) -> attend::failure::Result<()> {
        Ok(())
    }
}

#[test]
fn exports_scan_only_their_dates() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let store = &mut store;
    let caller = &Caller { by: "test".into(), now: NOW.parse().unwrap() };
    store.connection().trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    let today = parse_date("2026-09-07").unwrap();
    for of in [export::Occurrences::One(None), export::Occurrences::Begun(Some(today..=today))] {
        let request = export::Records {
            of,
            period: None,
            groups: Default::default(),
            students: vec![],
            statuses: vec![],
            whole_days: false,
        };
        export::records(store, &request, caller, &mut Nobody).unwrap();
    }
    let when = export::When::Last(Span::hours(24));
    let request = export::Recognitions {
        when,
        period: Some("Block 2".into()),
        groups: "G7".parse().unwrap(),
        students: vec![],
        cameras: vec![],
        between: None,
        effects: vec![],
    };
    export::recognitions(store, &request, caller, &mut Nobody).unwrap();
    for dates in [summary::Dates::One(None), summary::Dates::Range(today..=today)] {
        let request = summary::Request { dates, groups: "G7".parse().unwrap(), briefed: true };
        summary::read(store, &request, caller, &mut Nobody).unwrap();
    }
    let plans = plans(store, &["SELECT", "WITH"]);
    assert_no_walk(&plans);
    insta::assert_snapshot!(plans, @"
    SELECT c.id FROM camera c WHERE EXISTS (SELECT 1 FROM camera_day WHERE camera = c.id AND date BETWEEN ?1 AND ?2 AND last_beat >= ?3 AND first_beat <= ?4) ORDER BY c.id
        SCAN c
        SEARCH camera_day EXISTS USING PRIMARY KEY (camera=? AND date>? AND date<?)
    SELECT c.id, c.name, c.added_at, h.ts, k.arrived_at, h.snapshot_every, h.pid, h.target_fps, h.processed_fps, h.detected, h.matched, h.latency_ms, h.last_error, h.blind, h.resting, k.ahead, k.heartbeat FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id LEFT JOIN camera_clock k ON k.camera = c.id ORDER BY c.name
        SCAN c USING INDEX sqlite_autoindex_camera_1
        SEARCH h USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
        SEARCH k USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
    SELECT camera, from_ts, kind, until_ts, place, door FROM camera_change WHERE id <= ?1 ORDER BY id
        SEARCH camera_change USING INTEGER PRIMARY KEY (rowid<?)
    SELECT camera_changes FROM occurrence WHERE id = ?1
        SEARCH occurrence USING INTEGER PRIMARY KEY (rowid=?)
    SELECT coalesce(date(first_date, ?1), '') FROM revision
        SCAN revision
    SELECT code, name FROM student WHERE id = ?1
        SEARCH student USING INTEGER PRIMARY KEY (rowid=?)
    SELECT d.camera, d.date, d.first FROM camera c JOIN camera_day d ON d.camera = c.id AND d.date >= ?1 WHERE d.date <= coalesce((SELECT date FROM camera_day WHERE camera = c.id AND date >= ?1 ORDER BY date LIMIT 1 OFFSET 1), d.date) ORDER BY d.camera, d.date
        SCAN d
        SEARCH c USING INTEGER PRIMARY KEY (rowid=?)
        CORRELATED SCALAR SUBQUERY 1
        SEARCH camera_day USING PRIMARY KEY (camera=? AND date>?)
    SELECT decision, minutes, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT from_at, until_at FROM enrolment WHERE student = ?1 ORDER BY from_at
        SEARCH enrolment USING PRIMARY KEY (student=?)
    SELECT from_at, until_at, group_name, source FROM membership WHERE student = ?1 ORDER BY from_at, group_name
        SEARCH membership USING PRIMARY KEY (student=?)
    SELECT id FROM student ORDER BY id
        SCAN student
    SELECT id, code, name FROM student ORDER BY code
        SCAN student USING INDEX sqlite_autoindex_student_1
    SELECT id, name, first_name FROM camera
        SCAN camera
    SELECT id, student, kind, from_at, until_at, reason, given_by, given_at, taken_back_by, taken_back_at FROM excuse WHERE taken_back_at IS NULL AND until_at > ?1 AND from_at < ?2 ORDER BY +id
        SEARCH excuse USING INDEX excuse_by_end (until_at>?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT key, value FROM setting
        SCAN setting
    SELECT key, words, code FROM reason ORDER BY key
        SCAN reason
    SELECT kind, name, named, cameras, watched, minutes, failed, blind FROM coverage WHERE occurrence = ?1
        SEARCH coverage USING PRIMARY KEY (occurrence=?)
    SELECT min(minute) FROM alive WHERE signs & 4 AND minute BETWEEN ?1 AND ?2
        SEARCH alive USING INDEX alive_resting (minute>? AND minute<?)
    SELECT minute, camera, signs FROM alive WHERE minute BETWEEN ?1 AND ?2 ORDER BY minute, camera
        SEARCH alive USING PRIMARY KEY (minute>? AND minute<?)
    SELECT name, periods, rule FROM session ORDER BY id
        SCAN session
    SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups, o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1), o.places, o.min_coverage, o.max_blind, o.closes_after FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id
        SEARCH o USING INDEX sqlite_autoindex_occurrence_1 (date>? AND date<?)
        CORRELATED SCALAR SUBQUERY 1
        SCAN closure
        USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
    SELECT r.student, r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera FROM record r WHERE r.occurrence = ?1 ORDER BY r.student
        SEARCH r USING PRIMARY KEY (occurrence=?)
    SELECT register - 1 FROM revision
        SCAN revision
    SELECT roll, schedule, settings, review, watermark FROM revision
        SCAN revision
    SELECT s.id, s.code, s.name FROM student s ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
    SELECT student, first_seen FROM record WHERE occurrence = ?1
        SEARCH record USING PRIMARY KEY (occurrence=?)
    SELECT student, from_at, until_at FROM enrolment e WHERE (from_at <= :from AND until_at > :to) OR NOT EXISTS (SELECT 1 FROM enrolment s WHERE s.student = e.student AND s.from_at <= :from AND s.until_at > :to) ORDER BY student, from_at
        SCAN e
        CORRELATED SCALAR SUBQUERY 1
        SEARCH s USING PRIMARY KEY (student=? AND from_at<?)
    SELECT student, from_at, until_at, group_name, source FROM membership e WHERE (from_at <= :to AND until_at > :from) OR NOT EXISTS (SELECT 1 FROM enrolment s WHERE s.student = e.student AND s.from_at <= :from AND s.until_at > :to) ORDER BY student, from_at, group_name
        SCAN e
        CORRELATED SCALAR SUBQUERY 1
        SEARCH s USING PRIMARY KEY (student=? AND from_at<?)
    SELECT ts, camera, student, verdict, to_student FROM review WHERE ts BETWEEN ?1 AND ?2 ORDER BY +id
        SEARCH review USING INDEX review_by_sighting (ts>? AND ts<?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT ts, student, camera, score, crop, sent_alias FROM recognition WHERE ts BETWEEN ?1 AND ?2 ORDER BY ts, student, camera
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    SELECT words, key FROM former_reason ORDER BY words
        SCAN former_reason
    ");
}
