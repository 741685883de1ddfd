//! The schedule: occurrences and closures.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rusqlite::{Connection, Row, named_params, params};

use crate::domain::time::Instant;
use crate::domain::time::calendar::Closure;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, State};
use crate::domain::timetable::period::Groups;
use crate::domain::timetable::place::{Criteria, Places};
use crate::domain::timetable::schedule::{Action, Existing, Step};
use crate::store::{Result, word};

/// The occurrences on `dates`, by date, start and order.
pub fn occurrences(conn: &Connection, dates: RangeInclusive<NaiveDate>) -> Result<Vec<Occurrence>> {
    let existing = existing(conn, dates)?;
    Ok(existing.into_iter().map(|existing| existing.occurrence).collect())
}

/// The occurrences on `dates` with what the planner asks about them.
pub fn existing(conn: &Connection, dates: RangeInclusive<NaiveDate>) -> Result<Vec<Existing>> {
    let mut stmt = conn.prepare_cached(
        "SELECT o.id, o.name, o.date, o.ord, o.starts_at, o.ends_at, o.opens_at, o.closes_at, o.late_after, o.groups,
           o.cancelled, (SELECT reason FROM closure WHERE o.date BETWEEN from_date AND to_date ORDER BY id LIMIT 1),
           o.period, o.touched_by IS NOT NULL OR EXISTS (SELECT 1 FROM mark WHERE occurrence = o.id)
             OR EXISTS (SELECT 1 FROM record WHERE occurrence = o.id),
           o.places, o.min_coverage, o.max_blind
         FROM occurrence o WHERE o.date BETWEEN :first AND :last ORDER BY o.date, o.starts_at, o.ord, o.id",
    )?;
    let rows = stmt.query_map(named_params! { ":first": dates.start(), ":last": dates.end() }, |row| {
        Ok(Existing { occurrence: occurrence(row)?, template: row.get(12)?, touched: row.get(13)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether any occurrence has started by an instant.
pub fn any_started(conn: &Connection, at: Instant) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM occurrence WHERE starts_at <= ?1)";
    Ok(conn.query_row(sql, [at], |row| row.get(0))?)
}

/// The last date with an occurrence.
pub fn last_date(conn: &Connection) -> Result<Option<NaiveDate>> {
    let mut stmt = conn.prepare_cached("SELECT max(date) FROM occurrence")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

fn occurrence(row: &Row) -> rusqlite::Result<Occurrence> {
    let groups: String = row.get(9)?;
    let state = match (row.get(10)?, row.get(11)?) {
        (Some(reason), _) => State::Cancelled(reason),
        (None, Some(reason)) => State::Closed(reason),
        (None, None) => State::Planned,
    };
    Ok(Occurrence {
        id: row.get(0)?,
        period: row.get(1)?,
        date: row.get(2)?,
        order: row.get(3)?,
        starts_at: row.get(4)?,
        ends_at: row.get(5)?,
        opens_at: row.get(6)?,
        closes_at: row.get(7)?,
        late_after: row.get(8)?,
        groups: Groups::parse(&groups),
        criteria: Criteria {
            places: word(row, 14, |text| Places::parse(text).ok())?,
            min_coverage: row.get(15)?,
            max_blind: row.get(16)?,
        },
        state,
    })
}

/// Does what a plan says: what goes, goes first, and names that change make way for each other.
pub fn apply(conn: &Connection, steps: &[Step]) -> Result<()> {
    let of = |action| steps.iter().filter(move |step| step.action == action);
    of(Action::Remove).try_for_each(|step| remove(conn, step.occurrence.id))?;
    let mut make_way =
        conn.prepare_cached("UPDATE occurrence SET name = 'making way ' || id WHERE id = ?1")?;
    for step in of(Action::Update) {
        make_way.execute([step.occurrence.id])?;
    }
    of(Action::Update).chain(of(Action::Create)).try_for_each(|step| save(conn, step))
}

fn save(conn: &Connection, step: &Step) -> Result<()> {
    let o = &step.occurrence;
    let mut stmt = conn.prepare_cached(
        "INSERT INTO occurrence (id, period, date, name, ord, starts_at, ends_at, opens_at, closes_at, late_after, groups,
           places, min_coverage, max_blind)
         VALUES (:id, :period, :date, :name, :ord, :starts_at, :ends_at, :opens_at, :closes_at, :late_after, :groups,
           :places, :min_coverage, :max_blind)
         ON CONFLICT (id) DO UPDATE SET
           period = :period, name = :name, ord = :ord, starts_at = :starts_at, ends_at = :ends_at,
           opens_at = :opens_at, closes_at = :closes_at, late_after = :late_after, groups = :groups,
           places = :places, min_coverage = :min_coverage, max_blind = :max_blind",
    )?;
    stmt.execute(named_params! {
        ":id": (o.id != OccurrenceId::default()).then_some(o.id),
        ":period": step.template,
        ":date": o.date,
        ":name": o.period,
        ":ord": o.order,
        ":starts_at": o.starts_at,
        ":ends_at": o.ends_at,
        ":opens_at": o.opens_at,
        ":closes_at": o.closes_at,
        ":late_after": o.late_after,
        ":groups": o.groups.written(),
        ":places": o.criteria.places.written(),
        ":min_coverage": o.criteria.min_coverage,
        ":max_blind": o.criteria.max_blind,
    })?;
    Ok(())
}

/// Only what has neither begun nor any record or mark is ever removed.
fn remove(conn: &Connection, id: OccurrenceId) -> Result<()> {
    conn.execute("DELETE FROM occurrence WHERE id = ?1", [id])?;
    Ok(())
}

/// The places that an occurrence's period names now; its own where the period was removed.
pub fn places_now(conn: &Connection, occurrence: &Occurrence) -> Result<Places> {
    let mut stmt = conn.prepare_cached(
        "SELECT p.places FROM occurrence o JOIN period p ON p.id = o.period WHERE o.id = ?1",
    )?;
    let found = stmt.query_map([occurrence.id], |row| word(row, 0, |text| Places::parse(text).ok()))?;
    let places = found.collect::<rusqlite::Result<Vec<Places>>>()?.pop();
    Ok(places.unwrap_or_else(|| occurrence.criteria.places.clone()))
}

/// Judges the cameras of an occurrence anew: by other criteria, and by everything decided about cameras until
/// now.
pub fn adopt(conn: &Connection, id: OccurrenceId, criteria: &Criteria) -> Result<()> {
    conn.prepare_cached(
        "UPDATE occurrence SET places = ?2, min_coverage = ?3, max_blind = ?4, camera_changes = NULL WHERE id = ?1",
    )?
    .execute(params![id, criteria.places.written(), criteria.min_coverage, criteria.max_blind])?;
    Ok(())
}

/// Cancels an occurrence, or (`reason` `None`) restores it.
pub fn set_cancelled(
    conn: &Connection,
    id: OccurrenceId,
    reason: Option<&str>,
    by: &str,
    at: Instant,
) -> Result<()> {
    conn.execute(
        "UPDATE occurrence SET cancelled = ?2, touched_by = ?3, touched_at = ?4 WHERE id = ?1",
        params![id, reason, by, at],
    )?;
    Ok(())
}

/// All closures, the oldest first.
pub fn closures(conn: &Connection) -> Result<Vec<Closure>> {
    let mut stmt = conn.prepare_cached("SELECT from_date, to_date, reason FROM closure ORDER BY id")?;
    let rows =
        stmt.query_map([], |row| Ok(Closure { dates: row.get(0)?..=row.get(1)?, reason: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Closes dates.
pub fn close(conn: &Connection, closure: &Closure, by: &str, at: Instant) -> Result<()> {
    conn.execute(
        "INSERT INTO closure (from_date, to_date, reason, closed_by, closed_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![closure.dates.start(), closure.dates.end(), closure.reason, by, at],
    )?;
    Ok(())
}

/// Replaces all closures that touch `dates` by `rest`, what is left of them outside these dates.
pub fn open(conn: &Connection, dates: &RangeInclusive<NaiveDate>, by: &str, at: Instant) -> Result<usize> {
    let touching: Vec<Closure> = closures(conn)?
        .into_iter()
        .filter(|c| c.dates.start() <= dates.end() && dates.start() <= c.dates.end())
        .collect();
    conn.execute(
        "DELETE FROM closure WHERE from_date <= ?2 AND to_date >= ?1",
        params![dates.start(), dates.end()],
    )?;
    for closure in &touching {
        let before = dates.start().pred_opt().map(|day| *closure.dates.start()..=day);
        let after = dates.end().succ_opt().map(|day| day..=*closure.dates.end());
        for rest in [before, after].into_iter().flatten().filter(|rest| !rest.is_empty()) {
            close(conn, &Closure { dates: rest, reason: closure.reason.clone() }, by, at)?;
        }
    }
    Ok(touching.len())
}
