//! The search of an erasure: it removes what is about the student, in steps short enough for a running ingest.

use std::collections::BTreeSet;

use super::places::{Mentions, days, walk};
use crate::domain::roll::student::StudentId;
use crate::domain::upkeep::erasure::{DoubtfulPlace, Strikes, Tombstone, add_names};
use crate::failure::Result;
use crate::store::Store;
use crate::store::upkeep::erasure::{self, Erasing, PLACES, Page, Place, SharedText};

/// Searches the recognitions day by day, then every column of text. Returns the places that stay.
pub(super) fn search(
    store: &mut Store,
    erasing: &Erasing,
    mark: &Tombstone,
    strikes: Strikes,
    progress: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<Mentions> {
    let student = erasing.student;
    let whom = (student, &erasing.called);
    let days = days(store)?;
    let total = (days.len() + PLACES.len() + 1) as u64;
    let mut done = 0;
    let mut step = |done: &mut u64| {
        *done += 1;
        progress(*done, total)
    };
    let mut crops = BTreeSet::new();
    for (from, to) in days {
        store.read(|conn| erasure::crops_of_others(conn, whom, (from, to), &mut crops))?;
        let found = store.read(|conn| erasure::find(conn, student, from, to))?;
        if !found.is_empty() {
            store.write(|conn| erasure::remove(conn, student, &found))?;
        }
        step(&mut done)?;
    }
    let Mentions { mut doubts, mut names } = Mentions::default();
    // Before the columns with lists of places, which are then searched under the new names.
    let places = store.read(|conn| erasure::places_that_mention(conn, whom.1))?;
    let places = strike_shared(store, student, (SharedText::CameraPlace, places), strikes)?;
    for place in &PLACES {
        walk(store, place, whom, &mut |store, mut page| {
            add_names(&mut names, std::mem::take(&mut page.names));
            doubts.extend(strike_page(store, place, (student, mark), page, strikes)?);
            Ok(())
        })?;
        step(&mut done)?;
    }
    store.read(|conn| erasure::best_crops_of_others(conn, whom, &mut crops))?;
    doubts.extend(strike_shared(store, student, (SharedText::CropPath, crops), strikes)?);
    doubts.extend(places);
    step(&mut done)?;
    Ok(Mentions { doubts, names })
}

/// Strikes the rows of a page that are about the student or were named with `--strike`, and stores the others as
/// doubtful places.
fn strike_page(
    store: &mut Store,
    place: &Place,
    (student, mark): (StudentId, &Tombstone),
    page: Page,
    strikes: Strikes,
) -> Result<Vec<DoubtfulPlace>> {
    if page.certain.is_empty() && page.doubtful.is_empty() {
        return Ok(Vec::new());
    }
    let (struck, left): (Vec<_>, Vec<_>) =
        page.doubtful.into_iter().partition(|(_, doubt)| strikes.holds(&doubt.place));
    store.write(|conn| {
        let keys = page.certain.iter().chain(struck.iter().map(|(key, _)| key));
        place.strike_all(conn, student, keys)?;
        struck.iter().try_for_each(|(_, doubt)| erasure::settle_doubt(conn, mark, &doubt.place))?;
        let stored = left.iter().filter(|_| !place.tells_text());
        stored.map(|(_, doubt)| &doubt.place).try_for_each(|place| erasure::doubt(conn, mark, place))
    })?;
    Ok(left.into_iter().map(|(_, doubt)| doubt).collect())
}

/// Strikes the paths of other students' images, or the places, that were named with `--strike`. The others are not
/// stored as doubtful places, because that would keep the code in the database after the text is gone.
fn strike_shared(
    store: &mut Store,
    student: StudentId,
    (kind, texts): (SharedText, BTreeSet<String>),
    strikes: Strikes,
) -> Result<Vec<DoubtfulPlace>> {
    let (struck, left): (Vec<DoubtfulPlace>, Vec<DoubtfulPlace>) =
        texts.into_iter().map(|text| kind.doubt(text)).partition(|doubt| strikes.holds(&doubt.place));
    for doubt in struck {
        store.write(|conn| {
            let rows = kind.strike(conn, &doubt.text)?;
            erasure::count_struck(conn, student, rows)
        })?;
    }
    Ok(left)
}
