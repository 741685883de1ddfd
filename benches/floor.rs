//! The lower bound for `attend ingest`: only inserts the rows of a CSV file with one prepared statement.
//!
//! `floor DB CSV [ROWS]`: started by `benches/whole.py ingest` and `late`, which make the table. ROWS are those of a
//! transaction, which are inserted in the order of the key. The same SQLite and the same pragmas as `attend`; no JSON,
//! no rules, no acks.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, params};

/// Rows in a transaction.
const BATCH: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [db, csv] if !db.starts_with('-') => insert_all(Path::new(db), Path::new(csv), BATCH),
        [db, csv, rows] => insert_all(Path::new(db), Path::new(csv), rows.parse()?),
        // So does `cargo bench`, which starts every program in this folder.
        _ => Ok(()),
    }
}

fn insert_all(db: &Path, csv: &Path, rows: usize) -> Result<(), Box<dyn Error>> {
    let conn = Connection::open(db)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4096)?;
    let mut insert = conn.prepare("INSERT INTO recognition VALUES (?, ?, ?, ?, ?)")?;
    let mut input = BufReader::with_capacity(1 << 16, File::open(csv)?);
    let mut batch = Batch::default();
    while batch.read(&mut input, rows)? {
        let tx = conn.unchecked_transaction()?;
        for Row { key: (ts, student, camera), score, crop } in &batch.rows {
            insert.execute(params![ts, student, camera, score, &batch.text[crop.clone()]])?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// The rows of a transaction in the order of their keys, and their text.
#[derive(Default)]
struct Batch {
    text: String,
    rows: Vec<Row>,
}

struct Row {
    /// Instant, student and camera.
    key: (i64, i64, i64),
    score: f64,
    /// Where the path of the crop is in the text.
    crop: Range<usize>,
}

impl Batch {
    /// Reads the next rows. Returns whether there are any.
    fn read(&mut self, input: &mut impl BufRead, rows: usize) -> Result<bool, Box<dyn Error>> {
        self.text.clear();
        self.rows.clear();
        while self.rows.len() < rows {
            let start = self.text.len();
            if input.read_line(&mut self.text)? == 0 {
                break;
            }
            let line = self.text[start..].trim_end();
            let mut cells = line.split(',');
            let mut cell = || cells.next().ok_or("too few cells");
            let key = (cell()?.parse()?, cell()?.parse()?, cell()?.parse()?);
            let (score, crop) = (cell()?.parse()?, cell()?.len());
            let end = start + line.len();
            self.rows.push(Row { key, score, crop: end - crop..end });
        }
        self.rows.sort_unstable_by_key(|row| row.key);
        Ok(!self.rows.is_empty())
    }
}
