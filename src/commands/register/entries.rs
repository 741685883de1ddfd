//! Reading registers: one way for roster, export and every other view, so that they agree.

use anyhow::Result;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::status::{Counts, Entry, Standing, judge};
use crate::domain::roll::enrolment::Roll;
use crate::domain::settings::Settings;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::store::Connection;
use crate::store::evidence::{coverage, heartbeats};
use crate::store::register::expected;
use crate::store::register::expected::{Remembered, Whose};

/// Passes rows of an occurrence's register as it stands at `now` to `each`.
pub fn each_entry(
    conn: &Connection,
    occurrence: &Occurrence,
    roll: &Roll,
    whose: Whose,
    settings: &Settings,
    now: Instant,
    mut each: impl FnMut(Entry) -> Result<()>,
) -> Result<Coverage> {
    let coverage = coverage(conn, occurrence, now)?;
    let blind = coverage.is_blind(settings.min_coverage);
    expected::each_expected(conn, occurrence, roll, whose, |known| {
        each(entry(occurrence, now, blind, known))
    })?;
    Ok(coverage)
}

/// What is remembered of a student in an occurrence, judged as it stands at `now`.
pub fn entry(occurrence: &Occurrence, now: Instant, blind: bool, known: Remembered) -> Entry {
    let Remembered { code, name, group, record, mark } = known;
    let judgement = judge(occurrence, now, blind, Standing::of(mark.as_ref(), &record));
    Entry { code, name, group, record, mark, judgement }
}

/// The counts of an occurrence without its rows, and how much of it was seen.
pub fn count(
    conn: &Connection,
    occurrence: &Occurrence,
    roll: &Roll,
    settings: &Settings,
    now: Instant,
) -> Result<(Counts, Coverage)> {
    let coverage = coverage(conn, occurrence, now)?;
    let blind = coverage.is_blind(settings.min_coverage);
    let mut counts = Counts::default();
    expected::each_standing(conn, occurrence, roll, |standing| {
        counts.add(judge(occurrence, now, blind, standing));
    })?;
    Ok((counts, coverage))
}

/// How much of an occurrence was seen so far; where the evidence was pruned, what was noted down before.
pub fn coverage(conn: &Connection, occurrence: &Occurrence, now: Instant) -> Result<Coverage> {
    if let Some(noted) = coverage::noted(conn, occurrence)? {
        return Ok(noted);
    }
    let alive = heartbeats::alive(conn, occurrence.opens_at..=occurrence.closes_at)?;
    Ok(Coverage::of(occurrence, now, &alive))
}
