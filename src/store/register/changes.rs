//! All decisions of people about students, in the order they were made.

use std::ops::RangeInclusive;

use rusqlite::{Connection, Row, params};

use crate::domain::register::changes::{Cause, Change};
use crate::domain::time::Instant;
use crate::store::{Result, word};

/// Marks with the one before, excuses with their end, and decisions about sightings. `from_at` and `until_at`
/// tell the excuses apart.
const SQL: &str = "
    SELECT 'mark' AS cause, m.marked_at AS at, s.code, s.name, o.date, o.name AS period, NULL AS from_at, NULL AS until_at,
      (SELECT decision FROM mark p WHERE p.occurrence = m.occurrence AND p.student = m.student AND p.id < m.id
       ORDER BY p.id DESC LIMIT 1) AS was,
      m.decision AS become, m.marked_by AS by, m.reason, m.id AS nth
    FROM mark m JOIN occurrence o ON o.id = m.occurrence JOIN student s ON s.id = m.student
    WHERE m.marked_at BETWEEN ?1 AND ?2
    UNION ALL
    SELECT 'excuse', e.given_at, s.code, s.name, NULL, NULL, e.from_at, e.until_at, NULL, e.kind, e.given_by, e.reason, e.id
    FROM excuse e JOIN student s ON s.id = e.student WHERE e.given_at BETWEEN ?1 AND ?2
    UNION ALL
    SELECT 'excuse', e.taken_back_at, s.code, s.name, NULL, NULL, e.from_at, e.until_at, e.kind, NULL, e.taken_back_by, e.reason, e.id
    FROM excuse e JOIN student s ON s.id = e.student WHERE e.taken_back_at BETWEEN ?1 AND ?2
    UNION ALL
    SELECT 'review', r.decided_at, s.code, s.name, NULL, NULL, r.ts, r.ts,
      (SELECT verdict FROM review p WHERE p.ts = r.ts AND p.camera = r.camera AND p.student = r.student AND p.id < r.id
       ORDER BY p.id DESC LIMIT 1),
      r.verdict, r.decided_by, r.reason, r.id
    FROM review r JOIN student s ON s.id = r.student WHERE r.decided_at BETWEEN ?1 AND ?2
    ORDER BY 2, 3, 1, 13";

fn read(row: &Row) -> rusqlite::Result<Change> {
    let span: (Option<Instant>, Option<Instant>) = (row.get("from_at")?, row.get("until_at")?);
    Ok(Change {
        at: row.get("at")?,
        code: row.get("code")?,
        name: row.get("name")?,
        date: row.get("date")?,
        period: row.get("period")?,
        span: span.0.zip(span.1),
        cause: word(row, row.as_ref().column_index("cause")?, Cause::parse)?,
        was: row.get("was")?,
        is: row.get("become")?,
        by: row.get("by")?,
        reason: row.get("reason")?,
    })
}

/// The changes made within a window, by time and code.
pub(crate) fn within(conn: &Connection, window: &RangeInclusive<Instant>) -> Result<Vec<Change>> {
    let mut stmt = conn.prepare_cached(SQL)?;
    let rows = stmt.query_map(params![window.start(), window.end()], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
