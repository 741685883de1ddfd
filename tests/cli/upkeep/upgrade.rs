//! Databases of every released schema open, are migrated, and have the same content.
//!
//! `tests/data/schemas/N.sql` is a small school from the program of schema N. `ATTEND_BLESS=1` writes the
//! one of the newest schema. Once a schema is released, its file never changes again.

use std::fs;
use std::path::PathBuf;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::common::harness::{School, root, seen};

fn fixtures() -> PathBuf {
    root().join("tests/data/schemas")
}

/// A school with something in every table that people fill.
fn school() -> School {
    let school = School::example();
    let lines = [
        seen("H000101", 0.91, "2026-09-07T09:38:00+03:00", "gate-1"),
        seen("H000140", 0.5, "2026-09-07T09:39:00+03:00", "gate-2"),
        seen("H000999", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"),
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"snapshot_every\":30}\n".to_owned(),
        "{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":false,\"error\":\"camera 3: no route\"}\n".to_owned(),
    ];
    school.ingest(lines.concat());
    for line in [
        "mark H000123 excused --period \"Block 2\" --reason dentist",
        "settings set min_score 0.8",
        "schedule close 2026-12-24 --reason eve",
        "schedule cancel Assembly --date 2026-09-08 --reason rain",
        "alert mute runners:gate-2 3d",
        "student erase H000177 --reason asked",
    ] {
        let said = school.session(&[line]);
        assert!(!said.contains("\n["), "{said}");
    }
    school
}

/// The output that must not depend on the schema it came from.
fn told(school: &School) -> String {
    school.session(&[
        "roster show --period \"Block 2\"",
        "history H000101",
        "schedule list --days 2",
        "quarantine list",
        "alert list",
        "job list --format csv",
        "audit --format csv",
    ])
}

/// Everything in a database as SQL.
fn dump(conn: &Connection) -> String {
    let mut sql = String::new();
    for object in schema(conn) {
        sql += &format!("{object};\n");
        let table = object.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split(" (").next());
        if let Some(table) = table {
            let mut stmt = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = stmt.column_count();
            let mut rows = stmt.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<String> = (0..columns).map(|column| literal(row, column)).collect();
                sql += &format!("INSERT INTO {table} VALUES ({});\n", values.join(", "));
            }
        }
    }
    sql
}

fn literal(row: &Row, column: usize) -> String {
    match row.get_ref(column).unwrap() {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => format!("'{}'", std::str::from_utf8(text).unwrap().replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    }
}

/// Every object of a database, tables first, since rows go in before triggers could see them.
fn schema(conn: &Connection) -> Vec<String> {
    let mut stmt = conn
        .prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
             ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, name",
        )
        .unwrap();
    stmt.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn open(school: &School) -> Connection {
    Connection::open(school.path("school.db")).unwrap()
}

#[test]
fn a_database_of_every_schema_opens_with_the_same_content() {
    let newest = school();
    let version: i32 = open(&newest).query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let fixture = |version: i32| fixtures().join(format!("{version}.sql"));
    if std::env::var_os("ATTEND_BLESS").is_some() {
        fs::create_dir_all(fixtures()).unwrap();
        fs::write(fixture(version), dump(&open(&newest))).unwrap();
    }
    let expected = told(&newest);
    for version in 1..=version {
        let old = School::empty();
        let sql = fs::read_to_string(fixture(version)).unwrap();
        let conn = open(&old);
        conn.execute_batch("PRAGMA foreign_keys = 0; BEGIN;").unwrap();
        conn.execute_batch(&sql).unwrap();
        conn.execute_batch(&format!(
            "COMMIT; PRAGMA application_id = {}; PRAGMA user_version = {version};",
            0x6174_7464
        ))
        .unwrap();
        drop(conn);
        assert_eq!(told(&old), expected, "schema {version}");
        old.ok(&["db", "check"]);
        assert_eq!(schema(&open(&old)), schema(&open(&newest)), "schema {version}");
    }
}
