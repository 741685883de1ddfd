//! Checks the integrity of the database: SQLite's own checks, and the invariants of this program.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use crate::domain::upkeep::database::{Check, Verdict};
use crate::domain::watch::job::Batch;
use crate::store::upkeep::erasure;
use crate::store::{Result, StoreError, lock, schema, settings};

/// The most faults of the file that are listed.
const TOLD: u32 = 10;

/// An invariant of rows beyond foreign keys.
struct Invariant {
    claim: &'static str,
    /// A query that counts contradictions.
    contradictions: &'static str,
    /// The fault if there are any.
    fault: &'static str,
    /// Whether an unfinished prune violates it.
    until_pruned: bool,
}

const INVARIANTS: [Invariant; 10] = [
    Invariant {
        claim: "recognitions show students on the roll",
        contradictions: "SELECT count(*) FROM recognition
         WHERE student NOT IN (SELECT id FROM student) AND student NOT IN (SELECT student FROM erasing)",
        fault: "recognitions without a student",
        until_pruned: false,
    },
    Invariant {
        claim: "erased students are gone",
        contradictions: "SELECT count(*) FROM erasing",
        fault: "erasures that were interrupted: attend student erase, once more",
        until_pruned: false,
    },
    Invariant {
        claim: "recognitions come from known cameras",
        contradictions: "SELECT count(*) FROM recognition WHERE camera NOT IN (SELECT id FROM camera)",
        fault: "recognitions of no camera",
        until_pruned: false,
    },
    Invariant {
        claim: "heartbeats come from known cameras",
        contradictions: "SELECT count(*) FROM alive WHERE camera NOT IN (SELECT id FROM camera)",
        fault: "minutes of no camera",
        until_pruned: false,
    },
    Invariant {
        claim: "nothing is left before the watermark",
        contradictions: "SELECT count(*) FROM recognition WHERE ts < (SELECT watermark FROM revision)",
        fault: "recognitions left by a prune that was interrupted: attend prune",
        until_pruned: true,
    },
    Invariant {
        claim: "records lie within their occurrence",
        contradictions: "SELECT count(*) FROM record r JOIN occurrence o ON o.id = r.occurrence
         WHERE min(coalesce(r.first_seen, r.low_first), coalesce(r.low_first, r.first_seen)) < o.opens_at
           OR max(coalesce(r.last_seen, r.low_last), coalesce(r.low_last, r.last_seen)) > o.closes_at",
        fault: "records of other instants",
        until_pruned: false,
    },
    Invariant {
        claim: "records rest on sightings",
        contradictions: "SELECT count(*) FROM record WHERE sightings = 0 AND low_sightings = 0",
        fault: "records of nothing",
        until_pruned: false,
    },
    Invariant {
        claim: "a settled register knows its coverage",
        contradictions: "SELECT count(*) FROM occurrence o WHERE o.cancelled IS NULL AND o.opens_at < (SELECT watermark FROM revision)
           AND NOT EXISTS (SELECT 1 FROM closure WHERE o.date BETWEEN from_date AND to_date)
           AND NOT EXISTS (SELECT 1 FROM coverage WHERE occurrence = o.id)",
        fault: "occurrences left by a prune that was interrupted: attend prune",
        until_pruned: true,
    },
    Invariant {
        claim: "no student is on the roll twice at once",
        contradictions: "SELECT count(*) FROM enrolment a JOIN enrolment b ON b.student = a.student AND b.from_at > a.from_at
         WHERE b.from_at < a.until_at",
        fault: "stretches that overlap",
        until_pruned: false,
    },
    Invariant {
        claim: "an alias has one student at a time",
        contradictions: "SELECT count(*) FROM alias a JOIN alias b ON b.key = a.key AND b.kind = a.kind AND b.from_at > a.from_at
         WHERE b.from_at < a.until_at",
        fault: "aliases of two students at once",
        until_pruned: false,
    },
];

/// Runs every check. A file that is too damaged for a query is a finding, not an error. Rows that a
/// running prune has not reached yet are no finding.
pub(crate) fn checks(conn: &Connection) -> Result<Vec<Check>> {
    let pruning = is_pruning(conn);
    let mut checks = vec![
        check("the file is whole", faults(conn))?,
        check("every table is there", missing(conn))?,
        check("the settings can be read", settings_fault(conn))?,
        check("references lead somewhere", dangling(conn))?,
        check("erased students stay erased", returned(conn))?,
    ];
    for Invariant { claim, contradictions, fault, until_pruned } in INVARIANTS {
        if pruning && until_pruned {
            let detail = "not judged: prune is running".into();
            checks.push(Check { claim, verdict: Verdict::Good, detail });
            continue;
        }
        let found = conn.query_row(contradictions, [], |row| row.get::<_, u64>(0)).map(|wrong| match wrong {
            0 => (Verdict::Good, String::new()),
            wrong => (Verdict::Wrong(wrong), fault.to_owned()),
        });
        checks.push(check(claim, found)?);
    }
    Ok(checks)
}

/// Whether a prune was running when the snapshot was taken.
fn is_pruning(conn: &Connection) -> bool {
    let held = || conn.path().is_some_and(|path| lock::is_held(Path::new(path), Batch::Prune.word()));
    let before = held();
    let _ = conn.query_row("SELECT watermark FROM revision", [], |_| Ok(()));
    before || held()
}

fn check(claim: &'static str, found: rusqlite::Result<(Verdict, String)>) -> Result<Check> {
    // A query that cannot be prepared refers to a missing table or column.
    let damaged = |error: &rusqlite::Error| {
        use ErrorCode::{DatabaseCorrupt, NotADatabase, Unknown};
        matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase | Unknown))
    };
    let (verdict, detail) = match found {
        Err(error) if damaged(&error) => (Verdict::Damaged, error.to_string()),
        found => found?,
    };
    Ok(Check { claim, verdict, detail })
}

/// Tables, indexes and triggers of the schema that the database does not have.
fn missing(conn: &Connection) -> rusqlite::Result<(Verdict, String)> {
    let names = |conn: &Connection| -> rusqlite::Result<BTreeSet<String>> {
        let mut stmt = conn.prepare("SELECT type || ' ' || name FROM sqlite_schema")?;
        stmt.query_map([], |row| row.get(0))?.collect()
    };
    let (wanted, found) = (names(&schema::empty()?)?, names(conn)?);
    let missing: Vec<&str> = wanted.difference(&found).map(String::as_str).collect();
    Ok(match missing.as_slice() {
        [] => (Verdict::Good, String::new()),
        missing => (Verdict::Damaged, format!("missing: {}", missing.join(", "))),
    })
}

/// A setting that is missing or unknown, such as the time zone: nearly every command needs all of them.
fn settings_fault(conn: &Connection) -> rusqlite::Result<(Verdict, String)> {
    match settings::load(conn) {
        Ok(_) => Ok((Verdict::Good, String::new())),
        Err(StoreError::Value(invalid)) => Ok((Verdict::Wrong(1), invalid.to_string())),
        Err(other) => Ok((Verdict::Damaged, other.to_string())),
    }
}

/// Erased students who are on the roll again, by the numbers of their receipts.
fn returned(conn: &Connection) -> rusqlite::Result<(Verdict, String)> {
    Ok(match erasure::list::returned(conn) {
        Ok(back) if back.is_empty() => (Verdict::Good, String::new()),
        Ok(back) => {
            let receipts: Vec<String> = back.iter().map(|erased| erased.number.to_string()).collect();
            let receipts = receipts.join(", ");
            let fault =
                format!("students on the roll again: attend student erase CODE, as on receipt {receipts}");
            (Verdict::Wrong(back.len() as u64), fault)
        }
        Err(error @ StoreError::File { .. }) => (Verdict::Wrong(1), error.to_string()),
        Err(other) => (Verdict::Damaged, other.to_string()),
    })
}

/// SQLite's own check of pages, trees, indexes and types.
fn faults(conn: &Connection) -> rusqlite::Result<(Verdict, String)> {
    let mut stmt = conn.prepare(&format!("PRAGMA integrity_check({TOLD})"))?;
    let said: Vec<String> = stmt.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(match said.as_slice() {
        [only] if only == "ok" => (Verdict::Good, String::new()),
        faults => (Verdict::Damaged, faults.join("; ")),
    })
}

/// Rows that refer to missing rows.
fn dangling(conn: &Connection) -> rusqlite::Result<(Verdict, String)> {
    let mut stmt =
        conn.prepare("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2")?;
    let rows = stmt.query_map([], |row| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((row.get::<_, u64>(2)?, format!("{table} without {parent}")))
    })?;
    let found: Vec<(u64, String)> = rows.collect::<rusqlite::Result<_>>()?;
    let detail: Vec<String> = found.iter().map(|(_, detail)| detail.clone()).collect();
    Ok(match found.iter().map(|(rows, _)| rows).sum() {
        0 => (Verdict::Good, String::new()),
        rows => (Verdict::Wrong(rows), detail.join("; ")),
    })
}
