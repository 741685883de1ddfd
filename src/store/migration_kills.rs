//! Proof that a migration killed at any of its statements leaves nothing or everything, and that one without a
//! transaction around it would not.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::*;
use crate::domain::upkeep::database::Verdict;
use crate::limit;

/// Statements until the process dies.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Dies like a killed process: nothing is rolled back or closed.
fn die(_: TraceEvent) {
    if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}

fn seed(tx: &Transaction) -> Result<()> {
    settings::set(tx, "timezone", "Asia/Baghdad", "test", Instant::from_micros(0)).map(drop)
}

/// The process that dies runs this test.
#[test]
#[ignore = "not a test: the body of a process"]
fn body() {
    let (Some(path), Ok(how)) = (std::env::var_os("KILLED_DB"), std::env::var("KILLED_HOW")) else {
        return;
    };
    let path = Path::new(&path);
    LEFT.store(std::env::var("KILLED_AT").unwrap().parse().unwrap(), Ordering::Relaxed);
    File::create(path).unwrap();
    let mut conn = connect(path).unwrap();
    conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(die)).unwrap();
    match how.as_str() {
        "ours" => assert!(make(&mut conn, path, seed).unwrap()),
        _ => conn.execute_batch(include_str!("migrations/0001_initial.sql")).unwrap(),
    }
}

/// Runs the body, which dies at the nth statement, if it has that many.
fn killed(path: &Path, how: &str, nth: usize) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["store::migration_kills::body", "--exact", "--ignored"]);
    command.env("KILLED_DB", path).env("KILLED_HOW", how).env("KILLED_AT", nth.to_string());
    limit::output(&mut command).status
}

/// The schema and rows of a database.
fn shape(store: &mut Store) -> BTreeSet<String> {
    let read = |conn: &Connection| -> Result<BTreeSet<String>> {
        let mut stmt = conn.prepare("SELECT type || name || coalesce(sql, '') FROM sqlite_schema")?;
        Ok(stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    store.read(read).unwrap()
}

#[test]
fn a_migration_killed_at_any_statement_leaves_nothing_or_everything() {
    let folder = tempfile::tempdir().unwrap();
    let calm = folder.path().join("calm.db");
    assert!(Store::create(&calm, seed).unwrap());
    let calm = shape(&mut Store::open(&calm).unwrap());
    let mut struck = 0;
    for nth in 1.. {
        let path = folder.path().join(format!("{nth}.db"));
        if killed(&path, "ours", nth).success() {
            break;
        }
        struck += 1;
        // Either it is made now, or it was.
        Store::create(&path, seed).unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(shape(&mut store), calm, "killed at statement {nth}");
        assert_eq!(store.read(settings::load).unwrap().zone.name(), "Asia/Baghdad");
        let checks = crate::store::upkeep::integrity::checks(store.connection()).unwrap();
        assert!(checks.iter().all(|check| check.verdict == Verdict::Good), "killed at statement {nth}");
    }
    assert!(struck > calm.len(), "only {struck} statements");
}

/// The control: statement by statement, without a transaction.
#[test]
fn a_migration_without_a_transaction_is_left_half_done() {
    let folder = tempfile::tempdir().unwrap();
    for nth in [2, 10, 30] {
        let path = folder.path().join(format!("{nth}.db"));
        assert!(!killed(&path, "control", nth).success());
        assert!(
            matches!(Store::create(&path, seed), Err(StoreError::Foreign { .. })),
            "killed at statement {nth}"
        );
    }
}
