//! The places that were blind, in words.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::evidence::coverage::{Coverage, Watch, Watched};
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::Counts;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::OccurrenceId;
use crate::report::text::{counted, day, hours};
use crate::report::{Tone, Value, Words};

/// The most stretches named for one place. The rest are counted.
const STRETCHES: usize = 3;
/// The most places named on one line. The rest are counted.
const PLACES: usize = 3;
/// The most cameras named for one place. The rest are counted.
const CAMERAS: usize = 3;
/// Gaps told above a report; the rest are counted.
const GAPS: usize = 8;

/// `gate (gate-2) blind 07:52–07:56`
pub(crate) fn place(watch: &Watch, zone: Zone) -> String {
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

/// `Block 2: gate (gate-2) blind 07:52–07:56`
fn gap(gap: &Gap, zone: Zone) -> String {
    format!("{}: {}", gap.period, places(gap.places.iter(), zone))
}

/// The gaps of one row: `2026-09-07 Block 2: lab-1 blind 10:01–10:20 · … and 2 more periods`. `None` without gaps.
pub(crate) fn row(gaps: &Gaps, dated: bool, zone: Zone) -> Option<String> {
    let words = |one: &Arc<Gap>| {
        let date = if dated { format!("{} ", one.date) } else { String::new() };
        format!("{date}{}", gap(one, zone))
    };
    let mut all: Vec<String> = gaps.named.iter().map(words).collect();
    if gaps.more > 0 {
        all.push(format!("and {}", counted(gaps.more, "more period")));
    }
    (!all.is_empty()).then(|| all.join(" · "))
}

/// The gaps of a report in words, a line each: the first of them, and how many more there are.
pub(crate) fn gaps(gaps: &[Gap], dated: bool, zone: Zone) -> Vec<String> {
    let words = |one: &Gap| {
        let date = if dated { format!("{}, ", day(one.date)) } else { String::new() };
        format!("{date}{}", gap(one, zone))
    };
    let mut all: Vec<String> = gaps.iter().take(GAPS).map(words).collect();
    let more = u32::try_from(gaps.len().saturating_sub(GAPS)).unwrap_or(u32::MAX);
    if more > 0 {
        all.push(format!("and {} (--format json names all)", counted(more, "more period")));
    }
    all
}

/// The same as lines above a report: `unknown: Block 2: gate (gate-2) blind 07:52–07:56`.
pub(crate) fn lines(of: &[Gap], dated: bool, zone: Zone) -> impl Iterator<Item = Vec<Words>> {
    let words = gaps(of, dated, zone).into_iter();
    words.map(|words| vec![Words::new(format!("unknown: {words}"), Tone::Warn)])
}

/// Every gap as a member of JSON.
pub(crate) fn members(gaps: &[Gap], zone: Zone) -> (&'static str, Value) {
    let member = |gap: &Gap| {
        Value::Object(vec![
            ("date", gap.date.into()),
            ("period", (&gap.period).into()),
            ("blind", places(gap.places.iter(), zone).into()),
        ])
    };
    ("undecided", Value::List(gaps.iter().map(member).collect()))
}

/// Several places in one line. Empty if the list is empty.
pub(crate) fn places<'w>(watches: impl Iterator<Item = &'w Watch>, zone: Zone) -> String {
    // A place that was named for one class and is on duty for another is shown once.
    let mut told: Vec<String> = Vec::new();
    for words in watches.map(|watch| place(watch, zone)) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    some(told.iter(), PLACES, "; ")
}

/// The places that failed for each class of an occurrence, in words. Thousands of rows in a sheet tell the same ones.
#[derive(Debug, Default)]
pub(crate) struct BlindWords {
    of: Option<OccurrenceId>,
    known: FxHashMap<String, Option<String>>,
}

impl BlindWords {
    /// The places that failed for a class. `None` if none did. Call it for one occurrence after the other.
    pub(crate) fn of(
        &mut self,
        (occurrence, coverage): (OccurrenceId, &Coverage),
        class: Option<&str>,
        zone: Zone,
    ) -> Option<&str> {
        if self.of.replace(occurrence) != Some(occurrence) {
            self.known.clear();
        }
        let key = class.unwrap_or_default();
        if !self.known.contains_key(key) {
            let words = Some(places(coverage.failures_for(class), zone)).filter(|words| !words.is_empty());
            self.known.insert(key.to_owned(), words);
        }
        self.known[key].as_deref()
    }
}

/// The places of an occurrence that failed. `None` if none did.
pub(crate) fn failures(coverage: &Coverage, zone: Zone) -> Option<String> {
    Some(places(coverage.failures(), zone)).filter(|words| !words.is_empty())
}

/// The failed places, if they leave students undecided.
pub(crate) fn undecided(coverage: &Coverage, counts: &Counts, zone: Zone) -> Option<String> {
    failures(coverage, zone).filter(|_| counts.is_undecided())
}

/// `unknown: gate (gate-2) blind 07:52–07:56`: the line above a register.
pub(crate) fn line(coverage: &Coverage, counts: &Counts, zone: Zone) -> Option<Vec<Words>> {
    let words = undecided(coverage, counts, zone)?;
    Some(vec![Words::new(format!("unknown: {words}"), Tone::Warn)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;
    use crate::domain::timetable::occurrence::Occurrence;
    use crate::domain::timetable::place::{Criteria, Places};

    #[test]
    fn each_class_is_told_its_own_places_in_each_occurrence() {
        let watch = |name: &str| Watch {
            what: Watched::Place(name.into()),
            named: true,
            cameras: Vec::new(),
            watched: 0,
            minutes: 10,
            failed: true,
            blind: Vec::new(),
        };
        let criteria = Criteria { places: Places::parse("7A=lab,hall").unwrap(), ..Criteria::default() };
        let first = Occurrence { criteria, ..occurrence() };
        let blind = Coverage::noted(&first, vec![watch("lab"), watch("hall")]);
        let (whole, next) = (Coverage::noted(&first, Vec::new()), OccurrenceId(2));
        let (lab, hall) = (Some("lab (no camera) blind"), Some("hall (no camera) blind"));
        let mut by_class = BlindWords::default();
        for (of, class, expected) in [
            ((first.id, &blind), Some("7A"), lab),
            ((first.id, &blind), None, hall),
            ((first.id, &blind), Some("7B"), hall),
            ((first.id, &blind), Some("7A"), lab),
            ((next, &whole), Some("7A"), None),
            ((first.id, &blind), Some("7A"), lab),
        ] {
            assert_eq!(by_class.of(of, class, Zone::UTC), expected, "{class:?}");
        }
    }
}
