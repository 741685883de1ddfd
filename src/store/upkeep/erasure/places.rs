//! Every place where free text may name a student, and how it is looked through page by page.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::domain::upkeep::erasure::{Called, Removed};
use crate::store::Result;
use crate::store::upkeep::erasure::tally;

/// A place where free text may name a student.
#[derive(Debug)]
pub struct Place {
    /// The counter: a column of `erasing`.
    kind: &'static str,
    /// Reads `key, text, student` of at most ?2 rows behind the key ?1, in the order of keys. Rows of the
    /// student in question go as a whole, so nothing is looked for in them.
    read: &'static str,
    /// Strikes the row of key ?1, or its text.
    strike: &'static str,
}

/// The replacement for the name of an erased student in a text.
macro_rules! struck {
    () => {
        "'(removed: it named a student who was erased)'"
    };
}

/// Every place. When you add a table with free text or names, add it here.
pub const PLACES: [Place; 9] = [
    Place {
        kind: "quarantine",
        read: "SELECT id, runner || ' ' || detail || ' ' || CAST(line AS TEXT), NULL FROM quarantine
               WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: "DELETE FROM quarantine WHERE id = ?1",
    },
    Place {
        kind: "texts",
        read: "SELECT camera, last_error, NULL FROM heartbeat WHERE camera > ifnull(?1, -1) ORDER BY camera LIMIT ?2",
        strike: concat!("UPDATE heartbeat SET last_error = ", struck!(), " WHERE camera = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT name, last_error, NULL FROM job WHERE name > ifnull(?1, '') ORDER BY name LIMIT ?2",
        strike: concat!("UPDATE job SET last_error = ", struck!(), " WHERE name = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, error, NULL FROM job_run WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE job_run SET error = ", struck!(), " WHERE id = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, reason, student FROM mark WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE mark SET reason = ", struck!(), " WHERE id = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, cancelled, NULL FROM occurrence WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE occurrence SET cancelled = ", struck!(), " WHERE id = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, reason, NULL FROM closure WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE closure SET reason = ", struck!(), " WHERE id = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, key || ' ' || error, NULL FROM message WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE message SET error = ", struck!(), " WHERE id = ?1"),
    },
    Place {
        kind: "texts",
        read: "SELECT id, detail, student FROM audit WHERE id > ifnull(?1, -1) ORDER BY id LIMIT ?2",
        strike: concat!("UPDATE audit SET detail = ", struck!(), " WHERE id = ?1"),
    },
];

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// A page of a place that was looked through.
#[derive(Debug)]
pub struct Page {
    /// The keys of the rows that mention the student.
    pub found: Vec<Value>,
    /// Behind which key the next page begins; `None`: there is none.
    pub next: Option<Value>,
}

impl Place {
    /// Looks through the page behind a key (the first: `Value::Null`).
    pub fn look(&self, conn: &Connection, after: &Value, student: i64, called: &Called) -> Result<Page> {
        let mut stmt = conn.prepare_cached(self.read)?;
        let mut rows = stmt.query(params![after, PAGE])?;
        let (mut found, mut last, mut count) = (Vec::new(), None, 0);
        while let Some(row) = rows.next()? {
            let key: Value = row.get(0)?;
            // Bytes that are not valid UTF-8 are searched too.
            let text = row.get_ref(1)?.as_bytes_or_null().ok().flatten().unwrap_or_default();
            let own = row.get::<_, Option<i64>>(2)? == Some(student);
            if !own && called.mentioned_in(&String::from_utf8_lossy(text)) {
                found.push(key.clone());
            }
            last = Some(key);
            count += 1;
        }
        Ok(Page { found, next: last.filter(|_| count == PAGE) })
    }

    /// Strikes what was found.
    pub fn strike(&self, conn: &Connection, student: i64, found: &[Value]) -> Result<()> {
        let mut stmt = conn.prepare_cached(self.strike)?;
        let rows: rusqlite::Result<usize> = found.iter().map(|key| stmt.execute([key])).sum();
        tally(conn, student, self.kind, rows?)
    }

    /// Adds what was found to a count.
    pub fn count(&self, removed: &mut Removed, found: &[Value]) {
        let rows = u32::try_from(found.len()).unwrap_or(u32::MAX);
        match self.kind {
            "quarantine" => removed.quarantine += rows,
            _ => removed.texts += rows,
        }
    }
}
