//! The places that were blind, in words.

use std::ops::Range;

use crate::domain::evidence::coverage::{Coverage, Watch, Watched};
use crate::domain::register::status::Counts;
use crate::domain::time::{Instant, Zone};
use crate::report::text::hours;
use crate::report::{Tone, Words};

/// Stretches named for one place; the rest are counted.
const STRETCHES: usize = 3;
/// Places named on one line; the rest are counted.
const PLACES: usize = 3;
/// Cameras named for one place; the rest are counted.
const CAMERAS: usize = 3;

/// `gate (gate-2) blind 07:52–07:56`
pub fn place(watch: &Watch, zone: Zone) -> String {
    let what = match &watch.what {
        Watched::Place(place) if watch.cameras.is_empty() => format!("{place} (no camera)"),
        Watched::Place(place) => format!("{place} ({})", some(watch.cameras.iter(), CAMERAS, ", ")),
        Watched::Camera(name) => name.to_string(),
        Watched::Nothing => "no camera on duty".to_owned(),
    };
    let stretches =
        watch.blind.iter().map(|stretch: &Range<Instant>| hours(stretch.start, stretch.end, zone));
    let stretches = some(stretches, STRETCHES, ", ");
    let blind = if watch.what == Watched::Nothing { "" } else { " blind" };
    if stretches.is_empty() { format!("{what}{blind}") } else { format!("{what}{blind} {stretches}") }
}

/// The first few, and how many more there are.
fn some(items: impl Iterator<Item = impl ToString>, most: usize, between: &str) -> String {
    let all: Vec<String> = items.map(|item| item.to_string()).collect();
    let more = all.len().saturating_sub(most);
    let shown = all[..all.len() - more].join(between);
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Several places in one line. Empty if the list is empty.
pub fn places<'w>(watches: impl Iterator<Item = &'w Watch>, zone: Zone) -> String {
    // A place that was named for one class and is on duty for another is told once.
    let mut told: Vec<String> = Vec::new();
    for words in watches.map(|watch| place(watch, zone)) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    some(told.iter(), PLACES, "; ")
}

/// The places of an occurrence that failed; `None`: none did.
pub fn failures(coverage: &Coverage, zone: Zone) -> Option<String> {
    Some(places(coverage.failures(), zone)).filter(|words| !words.is_empty())
}

/// The places that failed, where that leaves students undecided.
pub fn undecided(coverage: &Coverage, counts: &Counts, zone: Zone) -> Option<String> {
    failures(coverage, zone).filter(|_| counts.is_undecided())
}

/// `unknown: gate (gate-2) blind 07:52–07:56`: the line above a register.
pub fn line(coverage: &Coverage, counts: &Counts, zone: Zone) -> Option<Vec<Words>> {
    let words = undecided(coverage, counts, zone)?;
    Some(vec![Words::new(format!("unknown: {words}"), Tone::Warn)])
}
