//! Retention: counts old rows and deletes them in small steps.

use rusqlite::{Connection, named_params, params};

use crate::domain::time::Instant;
use crate::domain::upkeep::retention::{Register, RowsFound, Table};
use crate::store::Result;

/// Rows deleted in a step, which takes less than a millisecond.
const ROWS: i64 = 1000;
/// Pages moved in a step.
const PAGES: u32 = 64;
/// 1/32 of the file may stay free. The next day's rows fill it again, so giving it back would be wasted work.
const SPARE: i64 = 32;

/// The name of a table, the column with the age of its rows, and the last value of that column that is deleted.
fn source(table: Table, cutoff: Instant) -> (&'static str, &'static str, i64) {
    match table {
        Table::Recognitions => ("recognition", "ts", cutoff.micros() - 1),
        Table::Heartbeats => ("alive", "minute", cutoff.minute() - 1),
        Table::Quarantine => ("quarantine", "received_at", cutoff.micros() - 1),
        Table::Jobs => ("job", "reported_at", cutoff.micros() - 1),
        Table::Runs => ("job_run", "started_at", cutoff.micros() - 1),
        // Waiting messages have no ended_at, so they are kept.
        Table::Messages => ("message", "ended_at", cutoff.micros() - 1),
    }
}

/// Conditions besides age. The latest run of each outcome of a batch command is kept, because it says up
/// to which date the work is done.
fn condition(table: Table) -> &'static str {
    match table {
        Table::Runs => {
            " AND EXISTS (SELECT 1 FROM job_run later
               WHERE later.name = job_run.name AND later.ok IS job_run.ok AND later.id > job_run.id)"
        }
        _ => "",
    }
}

/// Instants of a column, which may count minutes.
fn instant(table: Table, value: Option<i64>) -> Option<Instant> {
    value.map(|value| match table {
        Table::Heartbeats => Instant::from_micros(value.saturating_mul(60_000_000)),
        _ => Instant::from_micros(value),
    })
}

/// Counts rows before a cut-off.
pub fn count(conn: &Connection, table: Table, cutoff: Instant) -> Result<RowsFound> {
    let (name, column, last) = source(table, cutoff);
    let condition = condition(table);
    let sql = format!(
        "SELECT (SELECT count(*) FROM {name} WHERE {column} <= ?1{condition}), (SELECT min({column}) FROM {name}),
           (SELECT max({column}) FROM {name})"
    );
    Ok(conn.prepare_cached(&sql)?.query_row([last], |row| {
        Ok(RowsFound {
            rows: row.get(0)?,
            oldest: instant(table, row.get(1)?),
            newest: instant(table, row.get(2)?),
        })
    })?)
}

/// The newest of all events that registers depend on.
pub fn newest_event(conn: &Connection) -> Result<Option<Instant>> {
    let minute: Option<i64> = conn.query_row("SELECT max(minute) FROM alive", [], |row| row.get(0))?;
    Ok(crate::store::evidence::recognitions::newest(conn)?.max(instant(Table::Heartbeats, minute)))
}

/// Deletes some rows before a cut-off, oldest first. Returns their number, 0 if none is left.
pub fn delete_some(conn: &Connection, table: Table, cutoff: Instant) -> Result<u64> {
    let (name, column, last) = source(table, cutoff);
    // Two statements: a range with a known end is deleted while it is scanned.
    let condition = condition(table);
    let nth = format!(
        "SELECT {column} FROM {name} WHERE {column} <= ?1{condition} ORDER BY {column} LIMIT 1 OFFSET ?2"
    );
    let mut nth = conn.prepare_cached(&nth)?;
    let until: Option<i64> = nth.query_map([last, ROWS - 1], |row| row.get(0))?.next().transpose()?;
    let delete = format!("DELETE FROM {name} WHERE {column} <= ?1{condition}");
    let deleted = conn.prepare_cached(&delete)?.execute([until.unwrap_or(last)])?;
    Ok(deleted as u64)
}

/// Raises the watermark. From then on lines before `cutoff` are refused, and occurrences that opened before it are
/// settled.
/// The watermark never goes back.
pub fn raise_watermark(conn: &Connection, cutoff: Instant) -> Result<()> {
    conn.execute("UPDATE revision SET watermark = ?1 WHERE watermark IS NULL OR watermark < ?1", [cutoff])?;
    Ok(())
}

/// Counts the register before a date.
pub fn count_register(conn: &Connection, register: &Register) -> Result<Register> {
    let sql = "SELECT (SELECT count(*) FROM record WHERE occurrence IN old), (SELECT count(*) FROM mark WHERE occurrence IN old),
                 (SELECT count(*) FROM old), (SELECT min(starts_at) FROM occurrence WHERE date < :date)";
    let sql = format!("WITH old AS (SELECT id FROM occurrence WHERE date < :date) {sql}");
    Ok(conn.query_row(&sql, named_params! { ":date": register.keeps_from }, |row| {
        Ok(Register {
            records: row.get(0)?,
            marks: row.get(1)?,
            occurrences: row.get(2)?,
            oldest: row.get(3)?,
            ..*register
        })
    })?)
}

/// Deletes the oldest occurrence before a date with all its rows in one step, so that a partial
/// register is never visible. Returns the number of rows, 0 if none is left.
pub fn delete_oldest_occurrence(conn: &Connection, register: &Register) -> Result<u64> {
    let mut oldest =
        conn.prepare_cached("SELECT id FROM occurrence WHERE date < ?1 ORDER BY date, id LIMIT 1")?;
    let mut found = oldest.query_map([register.keeps_from], |row| row.get::<_, i64>(0))?;
    let Some(id) = found.next().transpose()? else {
        return Ok(0);
    };
    // Excuses that ended before it cannot apply to any remaining register.
    conn.prepare_cached(
        "DELETE FROM excuse WHERE until_at <= (SELECT starts_at FROM occurrence WHERE id = ?1)",
    )?
    .execute(params![id])?;
    // Pruning does not change the register, so no announced absence is retracted.
    conn.prepare_cached(
        "DELETE FROM absence_told WHERE (date, period) IN (SELECT date, name FROM occurrence WHERE id = ?1)",
    )?
    .execute(params![id])?;
    let mut deleted = 0;
    for sql in [
        "DELETE FROM record WHERE occurrence = ?1",
        "DELETE FROM mark WHERE occurrence = ?1",
        "DELETE FROM coverage WHERE occurrence = ?1",
        "DELETE FROM occurrence WHERE id = ?1",
    ] {
        deleted += conn.prepare_cached(sql)?.execute(params![id])?;
    }
    Ok(deleted as u64)
}

/// Free pages beyond the spare part.
pub fn spare_pages(conn: &Connection) -> Result<u64> {
    let number = |pragma: &str| conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let (free, all) = (number("freelist_count")?, number("page_count")?);
    Ok(u64::try_from(free - (all - free) / SPARE).unwrap_or_default())
}

/// Gives at most `most` free pages back to the file system, after moving used pages from the end of the file. Says
/// how many.
pub fn shrink_some(conn: &Connection, most: u64) -> Result<u64> {
    let pages = u64::from(PAGES).min(most).min(spare_pages(conn)?);
    if pages == 0 {
        return Ok(0);
    }
    // It moves a page with each row it answers.
    let mut stmt = conn.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut moved = stmt.query([])?;
    while moved.next()?.is_some() {}
    Ok(pages)
}
