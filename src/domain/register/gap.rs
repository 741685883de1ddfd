//! Gaps of the register: occurrences that leave students unknown, with the places that failed.

use std::sync::Arc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::evidence::coverage::{Coverage, Watch};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId};

/// An occurrence that leaves students unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub date: NaiveDate,
    pub period: Arc<str>,
    /// The places that failed: all of them, or those that matter to a class.
    pub places: Vec<Watch>,
}

impl Gap {
    /// The gap of the whole school.
    pub fn of_school(occurrence: &Occurrence, coverage: &Coverage) -> Self {
        Self::new(occurrence, coverage.failures())
    }

    /// The gap of a class.
    pub fn of_class(occurrence: &Occurrence, coverage: &Coverage, class: Option<&str>) -> Self {
        Self::new(occurrence, coverage.failures_for(class))
    }

    fn new<'w>(occurrence: &Occurrence, places: impl Iterator<Item = &'w Watch>) -> Self {
        Self { date: occurrence.date, period: occurrence.period.clone(), places: places.cloned().collect() }
    }
}

/// The gaps of one occurrence by class, each made once and shared by its students.
pub(crate) struct ByClass<'o> {
    occurrence: &'o Occurrence,
    coverage: &'o Coverage,
    known: FxHashMap<String, Arc<Gap>>,
}

impl<'o> ByClass<'o> {
    /// Of an occurrence and how it was watched.
    pub(crate) fn new(occurrence: &'o Occurrence, coverage: &'o Coverage) -> Self {
        Self { occurrence, coverage, known: FxHashMap::default() }
    }

    /// The gap of a class.
    pub(crate) fn of(&mut self, class: Option<&str>) -> Arc<Gap> {
        let key = class.unwrap_or_default();
        if let Some(gap) = self.known.get(key) {
            return gap.clone();
        }
        let gap = Arc::new(Gap::of_class(self.occurrence, self.coverage, class));
        self.known.insert(key.to_owned(), gap.clone());
        gap
    }
}

/// The gaps that one row of a report sums up: the first are named, the rest are counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gaps {
    /// In time order, at most [`Gaps::NAMED`].
    pub named: Vec<Arc<Gap>>,
    /// Gaps after those.
    pub more: u32,
    last: Option<OccurrenceId>,
}

impl Gaps {
    /// Gaps named for one row.
    pub const NAMED: usize = 3;

    /// Takes in the next unknown student-period, in the order of occurrences. An occurrence is one gap.
    pub fn add(&mut self, occurrence: OccurrenceId, gap: impl FnOnce() -> Arc<Gap>) {
        if self.last.replace(occurrence) == Some(occurrence) {
            return;
        }
        if self.named.len() < Self::NAMED {
            self.named.push(gap());
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;

    #[test]
    fn an_occurrence_is_one_gap_and_only_the_first_gaps_are_named() {
        let coverage = Coverage::default();
        let mut gaps = Gaps::default();
        for id in [1, 1, 2, 3, 4, 4, 5] {
            gaps.add(OccurrenceId(id), || Arc::new(Gap::of_school(&occurrence(), &coverage)));
        }
        assert_eq!((gaps.named.len(), gaps.more), (3, 2));
    }
}
