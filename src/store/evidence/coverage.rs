//! Stored coverage of occurrences whose evidence was pruned, and the decisions about cameras that an occurrence is
//! judged by.

use std::ops::Range;

use rusqlite::{Connection, Row, named_params};
use rustc_hash::FxHashSet;

use crate::domain::evidence::camera::CameraName;
use crate::domain::evidence::coverage::{Coverage, Watch, Watched};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};
use crate::store::{Result, word};

/// The stored coverage of an occurrence, if there is any.
pub(crate) fn noted(conn: &Connection, occurrence: &Occurrence) -> Result<Option<Coverage>> {
    let mut stmt = conn.prepare_cached(
        "SELECT kind, name, named, cameras, watched, minutes, failed, blind FROM coverage
         WHERE occurrence = ?1",
    )?;
    let mut watches = stmt.query_map([occurrence.id], watch)?.collect::<rusqlite::Result<Vec<Watch>>>()?;
    // As they are judged.
    watches.sort_by(|a, b| (a.named, &a.what).cmp(&(b.named, &b.what)));
    Ok((!watches.is_empty()).then(|| Coverage::noted(occurrence, watches)))
}

fn watch(row: &Row) -> rusqlite::Result<Watch> {
    let name: String = row.get(1)?;
    let what = word(row, 0, |kind| match kind {
        "place" => Some(Watched::Place(name)),
        "camera" => Some(Watched::Camera(name.into())),
        "nothing" => Some(Watched::Nothing),
        _ => None,
    })?;
    let cameras: String = row.get(3)?;
    Ok(Watch {
        what,
        named: row.get(2)?,
        cameras: cameras.lines().map(CameraName::from).collect(),
        watched: row.get(4)?,
        minutes: row.get(5)?,
        failed: row.get(6)?,
        blind: word(row, 7, |text| text.split(',').filter(|span| !span.is_empty()).map(span).collect())?,
    })
}

fn span(text: &str) -> Option<Range<Instant>> {
    let (start, end) = text.split_once('-')?;
    Some(Instant::from_micros(start.parse().ok()?)..Instant::from_micros(end.parse().ok()?))
}

/// The identities of all occurrences with stored coverage.
pub(crate) fn all_noted(conn: &Connection) -> Result<FxHashSet<OccurrenceId>> {
    let mut stmt = conn.prepare_cached("SELECT DISTINCT occurrence FROM coverage")?;
    let rows = stmt.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores the coverage of an occurrence, unless it has been stored already.
pub(crate) fn note(conn: &Connection, occurrence: OccurrenceId, coverage: &Coverage) -> Result<()> {
    let mut stmt = conn.prepare_cached(
        "INSERT OR IGNORE INTO coverage (occurrence, kind, name, named, cameras, watched, minutes, failed, blind)
         VALUES (:occurrence, :kind, :name, :named, :cameras, :watched, :minutes, :failed, :blind)",
    )?;
    for watch in coverage.worth_noting() {
        let (kind, name) = match &watch.what {
            Watched::Place(place) => ("place", place.as_str()),
            Watched::Camera(name) => ("camera", &**name),
            Watched::Nothing => ("nothing", ""),
        };
        let spans = watch.blind.iter().map(|span| format!("{}-{}", span.start.micros(), span.end.micros()));
        stmt.execute(named_params! {
            ":occurrence": occurrence,
            ":kind": kind,
            ":name": name,
            ":named": watch.named,
            ":cameras": watch.cameras.join("\n"),
            ":watched": watch.watched,
            ":minutes": watch.minutes,
            ":failed": watch.failed,
            ":blind": spans.collect::<Vec<_>>().join(","),
        })?;
    }
    Ok(())
}

/// The last decision about cameras that an occurrence is judged by. `None`: all decisions.
pub(crate) fn decided(conn: &Connection, occurrence: OccurrenceId) -> Result<Option<i64>> {
    let mut stmt = conn.prepare_cached("SELECT camera_changes FROM occurrence WHERE id = ?1")?;
    Ok(stmt.query_map([occurrence], |row| row.get(0))?.next().transpose()?.flatten())
}
