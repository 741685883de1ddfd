//! Reads registers. Roster, export and every other view read them here, so that they agree.

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::status::{Counts, Entry, Judgement, Standing, judge};
use crate::domain::roll::expectation::Expectations;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::Connection;
use crate::store::register::expected::{self, Remembered, Whose};
use crate::store::register::reasons;

/// Passes rows of an occurrence's register, judged at `now`, to `each`.
pub(crate) fn each_entry(
    conn: &Connection,
    occurrence: &Occurrence,
    expectations: &Expectations,
    whose: Whose,
    coverage: &Coverage,
    now: Instant,
    mut each: impl FnMut(Entry) -> Result<()>,
) -> Result<()> {
    let reasons = reasons::list(conn)?;
    expected::each_expected(conn, occurrence, expectations, whose, |known| {
        let mut entry = entry(occurrence, now, coverage, known);
        entry.listed = entry.reason().and_then(|reason| reasons.of(reason)).cloned();
        each(entry)
    })
}

/// The entry of a student in an occurrence, judged at `now`, without its place on the list of reasons.
pub(crate) fn entry(occurrence: &Occurrence, now: Instant, coverage: &Coverage, known: Remembered) -> Entry {
    let Remembered { code, name, group, record, mark, excuse, elsewhere, .. } = known;
    let blind = coverage.is_blind(group.as_deref());
    let standing = Standing { elsewhere, ..Standing::of(mark.as_ref(), &record, excuse.is_some()) };
    let judgement = judge(occurrence, now, blind, standing);
    Entry { code, name, group, record, mark, excuse, judgement, listed: None }
}

/// The counts of an occurrence without its rows. Each judgement is passed to `each` with the groups at the start, joined
/// by commas, and the number of students whom it is about.
pub(crate) fn count(
    conn: &Connection,
    occurrence: &Occurrence,
    coverage: &Coverage,
    expectations: &Expectations,
    now: Instant,
    mut each: impl FnMut(Option<&str>, Judgement, u32),
) -> Result<Counts> {
    let mut counts = Counts::default();
    expected::each_alike(conn, occurrence, expectations, |group, standing, students| {
        let judged = judge(occurrence, now, coverage.is_blind(group), standing);
        counts.add_all(judged, students);
        each(group, judged, students);
    })?;
    Ok(counts)
}
