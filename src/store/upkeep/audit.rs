//! The audit log. Triggers keep it append-only. Only erasing a student removes rows.

use rusqlite::{Connection, Row, named_params, params};

use crate::domain::time::Instant;
use crate::domain::upkeep::audit::{AuditSelection, Deed, Entry};
use crate::store::Result;

/// Adds an audit entry. Call it in the transaction of the change, so that one never exists without
/// the other.
pub(crate) fn add(conn: &Connection, deed: &Deed) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT INTO audit (at, done_by, action, student, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    stmt.execute(params![deed.at, deed.by, deed.action, deed.student, deed.detail])?;
    Ok(())
}

/// The columns [`entry`] reads.
macro_rules! columns {
    () => {
        "SELECT a.id, a.at, a.done_by, a.action, s.code, a.detail
         FROM audit a LEFT JOIN student s ON s.id = a.student "
    };
}

/// The part that both queries share.
macro_rules! rest {
    () => {
        "a.at BETWEEN :from AND :to AND (:by IS NULL OR a.done_by = :by) ORDER BY a.at DESC, a.id DESC LIMIT :limit"
    };
}

/// The selected entries, newest first.
pub(crate) fn list(conn: &Connection, selection: &AuditSelection) -> Result<Vec<Entry>> {
    let sql = match selection.about {
        Some(_) => concat!(columns!(), "WHERE a.student = :about AND ", rest!()),
        None => concat!(columns!(), "WHERE :about IS NULL AND ", rest!()),
    };
    let (from, to) = selection.window.clone().unwrap_or(Instant::EVER).into_inner();
    let mut stmt = conn.prepare_cached(sql)?;
    let params = named_params! {
        ":about": selection.about,
        ":from": from,
        ":to": to,
        ":by": selection.by,
        ":limit": selection.limit.map_or(-1, i64::from),
    };
    Ok(stmt.query_map(params, entry)?.collect::<rusqlite::Result<_>>()?)
}

fn entry(row: &Row) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        by: row.get(2)?,
        action: row.get(3)?,
        student: row.get(4)?,
        detail: row.get(5)?,
    })
}
