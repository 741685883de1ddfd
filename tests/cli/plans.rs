//! How SQLite answers the questions behind screens and exports: none of them may walk through the history.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Mutex;

use attend::commands::{Caller, export, history, panel, roster, runner, summary};
use attend::domain::calendar::parse_date;
use attend::domain::occurrence::Occurrence;
use attend::domain::recognition::Told;
use attend::domain::register::Entry;
use attend::domain::summary::{Head, Line};
use attend::domain::time::{Instant, Span};
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
            for question in questions.iter().filter(|question| question.starts_with("SELECT")) {
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
        "SCAN alive",
        "SCAN o\n",
        "SCAN occurrence",
    ] {
        assert!(!plans.contains(big), "{big} in\n{plans}");
    }
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
    runner::list(&mut store, Span::minutes(15), &caller).unwrap();
    history::read(&mut store, "H000101", None, &caller).unwrap();
    let plans = plans(&mut store);
    assert_no_walk(&plans);
    insta::assert_snapshot!(plans, @"
    SELECT c.id, c.name, c.place, c.added_at, h.ts, h.snapshot_every, h.pid, h.target_fps, h.processed_fps, h.detected, h.matched, h.latency_ms, h.last_error FROM camera c LEFT JOIN heartbeat h ON h.camera = c.id ORDER BY c.name
        SCAN c USING INDEX sqlite_autoindex_camera_1
        SEARCH h USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
    SELECT camera, (ts - :from - 1) / :slice, count(*) FROM recognition WHERE ts > :from AND ts <= :to GROUP BY 1, 2
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
        USE TEMP B-TREE FOR GROUP BY
    SELECT decision, marked_by, marked_at, reason FROM mark WHERE occurrence = ?1 AND student = ?2 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=? AND student=?)
    SELECT decision, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT e.student IS NOT NULL, e.group_name, s.id, s.code, s.name, r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH e USING PRIMARY KEY (student=? AND from_date<?) LEFT-JOIN
        SEARCH r USING PRIMARY KEY (occurrence=? AND student=?) LEFT-JOIN
    SELECT from_date, until_date, group_name FROM enrolment WHERE student = ?1 ORDER BY from_date
        SEARCH enrolment USING PRIMARY KEY (student=?)
    SELECT id, name FROM camera
        SCAN camera USING COVERING INDEX sqlite_autoindex_camera_1
    SELECT key, value FROM setting
        SCAN setting
    SELECT minute, max(reach) FROM alive WHERE minute BETWEEN ?1 AND ?2 GROUP BY minute
        SEARCH alive USING PRIMARY KEY (minute>? AND minute<?)
    SELECT name, ok, error, since FROM job ORDER BY name
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
    ");
    no_export_walks_through_more_than_its_dates(&mut store, &caller);
}

/// Takes rows and forgets them.
struct Nobody;

impl export::RecordTaker for Nobody {
    fn begin(&mut self, _: &[export::Covered]) -> anyhow::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &Occurrence, _: &Entry) -> anyhow::Result<()> {
        Ok(())
    }
}

impl export::RecognitionTaker for Nobody {
    fn begin(&mut self, _: RangeInclusive<Instant>) -> anyhow::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &Told) -> anyhow::Result<()> {
        Ok(())
    }
}

impl summary::Taker for Nobody {
    fn begin(&mut self, _: &Head) -> anyhow::Result<()> {
        Ok(())
    }

    fn line(&mut self, _: Line) -> anyhow::Result<()> {
        Ok(())
    }
}

fn no_export_walks_through_more_than_its_dates(store: &mut Store, caller: &Caller) {
    let today = parse_date("2026-09-07").unwrap();
    for of in [export::Occurrences::One(None), export::Occurrences::Begun(Some(today..=today))] {
        let request = export::Records { of, period: None, group: None, statuses: vec![] };
        export::records(store, &request, caller, &mut Nobody).unwrap();
    }
    let when = export::When::Last(Span::hours(24));
    let request = export::Recognitions { when, period: Some("Block 2".into()), group: Some("G7".into()) };
    export::recognitions(store, &request, caller, &mut Nobody).unwrap();
    for dates in [summary::Dates::One(None), summary::Dates::Range(today..=today)] {
        let request = summary::Request { dates, group: Some("G7".into()) };
        summary::read(store, &request, caller, &mut Nobody).unwrap();
    }
    let plans = plans(store);
    assert_no_walk(&plans);
    insta::assert_snapshot!(plans, @"
    SELECT code, name FROM student WHERE id = ?1
        SEARCH student USING INTEGER PRIMARY KEY (rowid=?)
    SELECT decision, marked_by, marked_at, reason, student FROM mark WHERE occurrence = ?1 ORDER BY id
        SEARCH mark USING INDEX mark_in_force (occurrence=?)
        USE TEMP B-TREE FOR ORDER BY
    SELECT e.student IS NOT NULL, e.group_name, s.id, s.code, s.name, r.first_seen, r.last_seen, r.sightings, r.best_seen, r.best_score, r.best_camera, r.best_crop, r.low_sightings, r.low_first, r.low_last, r.low_score, r.low_seen, r.low_camera FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= :date AND e.until_date > :date LEFT JOIN record r ON r.occurrence = :occurrence AND r.student = s.id ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH e USING PRIMARY KEY (student=? AND from_date<?) LEFT-JOIN
        SEARCH r USING PRIMARY KEY (occurrence=? AND student=?) LEFT-JOIN
    SELECT from_date, until_date, group_name FROM enrolment WHERE student = ?1 ORDER BY from_date
        SEARCH enrolment USING PRIMARY KEY (student=?)
    SELECT id, name FROM camera
        SCAN camera USING COVERING INDEX sqlite_autoindex_camera_1
    SELECT key, value FROM setting
        SCAN setting
    SELECT minute, max(reach) FROM alive WHERE minute BETWEEN ?1 AND ?2 GROUP BY minute
        SEARCH alive USING PRIMARY KEY (minute>? AND minute<?)
    SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups, o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1), o.period, o.touched_by IS NOT NULL OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id) OR EXISTS (SELECT 1 FROM record WHERE occurrence = o.id) FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id
        SEARCH o USING INDEX sqlite_autoindex_occurrence_1 (date>? AND date<?)
        CORRELATED SCALAR SUBQUERY 1
        SCAN closure
        CORRELATED SCALAR SUBQUERY 2
        SEARCH mark USING COVERING INDEX mark_in_force (occurrence=?)
        CORRELATED SCALAR SUBQUERY 3
        SEARCH record USING PRIMARY KEY (occurrence=?)
        USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY
    SELECT s.id, s.code, s.name, coalesce(e.until_date > ?1, 0), e.group_name FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date = (SELECT max(from_date) FROM enrolment WHERE student = s.id AND from_date <= ?1) ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH e USING PRIMARY KEY (student=? AND from_date=?) LEFT-JOIN
        CORRELATED SCALAR SUBQUERY 1
        SEARCH enrolment USING PRIMARY KEY (student=? AND from_date<?)
    SELECT s.id, s.code, s.name, e.student IS NOT NULL, e.group_name FROM student s LEFT JOIN enrolment e ON e.student = s.id AND e.from_date <= ?1 AND e.until_date > ?1 ORDER BY s.code
        SCAN s USING INDEX sqlite_autoindex_student_1
        SEARCH e USING PRIMARY KEY (student=? AND from_date<?) LEFT-JOIN
    SELECT student, first_seen, low_sightings FROM record WHERE occurrence = ?1
        SEARCH record USING PRIMARY KEY (occurrence=?)
    SELECT ts FROM recognition WHERE ts BETWEEN ?1 AND ?2 ORDER BY ts LIMIT 1
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    SELECT ts, student, camera, score, crop FROM recognition WHERE ts BETWEEN ?1 AND ?2 ORDER BY ts, student, camera
        SEARCH recognition USING PRIMARY KEY (ts>? AND ts<?)
    ");
}
