//! The lower bound for `attend ingest`: only inserts the rows of a CSV file with one prepared statement.
//!
//! `floor DB CSV`: started by `benches/whole.py ingest`, which makes the table. The same SQLite, the same
//! batches and the same pragmas as `attend`; no JSON, no rules, no acks.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use rusqlite::{Connection, params};

/// Rows in a transaction.
const BATCH: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [db, csv] if !db.starts_with('-') => insert_all(Path::new(db), Path::new(csv)),
        // So does `cargo bench`, which starts every program in this folder.
        _ => Ok(()),
    }
}

fn insert_all(db: &Path, csv: &Path) -> Result<(), Box<dyn Error>> {
    let conn = Connection::open(db)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4096)?;
    let mut insert = conn.prepare("INSERT INTO recognition VALUES (?, ?, ?, ?, ?)")?;
    let mut input = BufReader::with_capacity(1 << 16, File::open(csv)?);
    let mut line = String::new();
    let mut more = true;
    while more {
        let tx = conn.unchecked_transaction()?;
        for _ in 0..BATCH {
            line.clear();
            more = input.read_line(&mut line)? > 0;
            if !more {
                break;
            }
            let mut cells = line.trim_end().split(',');
            let mut cell = || cells.next().ok_or("too few cells");
            let (ts, student, camera): (i64, i64, i64) =
                (cell()?.parse()?, cell()?.parse()?, cell()?.parse()?);
            let (score, crop): (f64, &str) = (cell()?.parse()?, cell()?);
            insert.execute(params![ts, student, camera, score, crop])?;
        }
        tx.commit()?;
    }
    Ok(())
}
