//! Periods: the weekly templates.

use chrono::{NaiveTime, Timelike};
use rusqlite::{Connection, Row, named_params, params};

use crate::domain::Invalid;
use crate::domain::timetable::period::{Groups, Period};
use crate::domain::timetable::place::Places;
use crate::domain::timetable::schedule::{PeriodId, Template};
use crate::domain::timetable::weekdays::Weekdays;
use crate::store::{Result, StoreError};

/// All periods by order, then start, then name.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Template>> {
    let mut stmt = conn.prepare_cached(
        "SELECT id, name, ord, start_minute, end_minute, days, early_grace, late_grace, late_after, groups, enabled, places, closes_after
         FROM period ORDER BY ord, start_minute, name",
    )?;
    let rows = stmt.query_and_then([], template)?;
    rows.collect()
}

fn template(row: &Row) -> Result<Template> {
    let groups: String = row.get(9)?;
    let period = Period {
        name: row.get(1)?,
        order: row.get(2)?,
        start: time(row.get(3)?)?,
        end: time(row.get(4)?)?,
        days: Weekdays::from_mask(row.get(5)?)?,
        early_grace: row.get(6)?,
        late_grace: row.get(7)?,
        late_after: row.get(8)?,
        closes_after: row.get(12)?,
        groups: Groups::parse(&groups),
        enabled: row.get(10)?,
        places: Places::parse(&row.get::<_, String>(11)?)?,
    };
    Ok(Template { id: row.get(0)?, period })
}

fn time(minute: u32) -> Result<NaiveTime> {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)
        .ok_or_else(|| StoreError::Value(Invalid::new(format!("{minute} is not a minute of the day"))))
}

fn minute(time: NaiveTime) -> u32 {
    time.num_seconds_from_midnight() / 60
}

/// Adds a period (`id` `None`), or changes one. `schedule generate` updates its occurrences.
pub(crate) fn save(conn: &Connection, id: Option<PeriodId>, period: &Period) -> Result<PeriodId> {
    let saved = conn.query_row(
        "INSERT INTO period
           (id, name, ord, start_minute, end_minute, days, early_grace, late_grace, late_after, closes_after, groups,
            places, enabled)
         VALUES (:id, :name, :ord, :start, :end, :days, :early_grace, :late_grace, :late_after, :closes_after, :groups,
            :places, :enabled)
         ON CONFLICT (id) DO UPDATE SET
           name = :name, ord = :ord, start_minute = :start, end_minute = :end, days = :days,
           early_grace = :early_grace, late_grace = :late_grace, late_after = :late_after, closes_after = :closes_after,
           groups = :groups, places = :places, enabled = :enabled
         RETURNING id",
        named_params! {
            ":id": id,
            ":name": period.name,
            ":ord": period.order,
            ":start": minute(period.start),
            ":end": minute(period.end),
            ":days": period.days.mask(),
            ":early_grace": period.early_grace,
            ":late_grace": period.late_grace,
            ":late_after": period.late_after,
            ":closes_after": period.closes_after,
            ":groups": period.groups.written(),
            ":places": period.places.written(),
            ":enabled": period.enabled,
        },
        |row| row.get(0),
    )?;
    Ok(saved)
}

/// Removes a period. Its occurrences stay until the schedule is generated again.
pub(crate) fn remove(conn: &Connection, id: PeriodId) -> Result<()> {
    conn.execute("DELETE FROM period WHERE id = ?1", params![id])?;
    Ok(())
}
