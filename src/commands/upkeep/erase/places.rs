//! Where a student may be mentioned: every column of text, the names of places, and the paths of crops day by day.

use std::collections::BTreeSet;

use crate::domain::roll::student::StudentId;
use crate::domain::time::{Instant, Span};
use crate::domain::upkeep::erasure::{Called, DoubtfulPlace, Removed, add_names};
use crate::failure::Result;
use crate::store::upkeep::erasure::{self, PLACES, Page, Place, SharedText};
use crate::store::{Store, Value};

/// Places that may mention a student.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// Texts that a person can strike.
    pub(super) doubts: Vec<DoubtfulPlace>,
    /// Names that a person can change.
    pub(super) names: Vec<DoubtfulPlace>,
}

/// Searches every column. Returns the counts of rows about the student by kind, and the doubtful places.
pub(super) fn look_everywhere(store: &mut Store, whom: (StudentId, &Called)) -> Result<(Removed, Mentions)> {
    let (mut certain, Mentions { mut doubts, mut names }) = Default::default();
    for place in &PLACES {
        walk(store, place, whom, &mut |_, page| {
            place.count(&mut certain, page.certain.len());
            doubts.extend(page.doubtful.into_iter().map(|(_, doubt)| doubt));
            add_names(&mut names, page.names);
            Ok(())
        })?;
    }
    let mut paths = BTreeSet::new();
    for day in days(store)? {
        store.read(|conn| erasure::crops_of_others(conn, whom, day, &mut paths))?;
    }
    store.read(|conn| erasure::best_crops_of_others(conn, whom, &mut paths))?;
    doubts.extend(paths.into_iter().map(|path| SharedText::CropPath.doubt(path)));
    let places = store.read(|conn| erasure::places_that_mention(conn, whom.1))?;
    doubts.extend(places.into_iter().map(|place| SharedText::CameraPlace.doubt(place)));
    Ok((certain, Mentions { doubts, names }))
}

/// The days of all recognitions.
pub(super) fn days(store: &mut Store) -> Result<Vec<(Instant, Instant)>> {
    Ok(store.read(erasure::span)?.map_or_else(Vec::new, |(first, last)| slices(first, last)))
}

/// Passes every page of a place to `each`.
pub(super) fn walk(
    store: &mut Store,
    place: &Place,
    (student, called): (StudentId, &Called),
    each: &mut dyn FnMut(&mut Store, Page) -> Result<()>,
) -> Result<()> {
    let mut after = Value::Null;
    loop {
        let mut page = store.read(|conn| place.look(conn, &after, student, called))?;
        let next = page.next.take();
        each(store, page)?;
        match next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Days of 24 hours from one instant to another.
fn slices(first: Instant, last: Instant) -> Vec<(Instant, Instant)> {
    let mut slices = Vec::new();
    let mut from = first;
    while from <= last {
        let next = from + Span::days(1);
        slices.push((from, next - Span::from_micros(1)));
        from = next;
    }
    slices
}
