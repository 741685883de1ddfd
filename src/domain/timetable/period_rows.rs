//! The rows of periods over several dates: one for each name, even if a period ended and another got its name.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::domain::spelling::folded;
use crate::domain::timetable::occurrence::Occurrence;

/// Place in the day and name of a period, as its latest occurrence has them.
pub(crate) type PeriodRow = (i64, Arc<str>);

/// A row for each name of a period.
#[derive(Debug, Default)]
pub(crate) struct PeriodRows(FxHashMap<String, PeriodRow>);

impl PeriodRows {
    /// The rows of some occurrences, which come in time order.
    pub(crate) fn of<'o>(occurrences: impl IntoIterator<Item = &'o Occurrence>) -> Self {
        let row = |o: &Occurrence| (folded(&o.period), (o.order, o.period.clone()));
        Self(occurrences.into_iter().map(row).collect())
    }

    /// The row in which an occurrence counts.
    pub(crate) fn row(&self, occurrence: &Occurrence) -> PeriodRow {
        let known = self.0.get(&folded(&occurrence.period)).cloned();
        known.unwrap_or_else(|| (occurrence.order, occurrence.period.clone()))
    }

    /// The names in the order of the day.
    pub(crate) fn names(self) -> Vec<String> {
        let mut rows: Vec<PeriodRow> = self.0.into_values().collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, name)| name.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;

    #[test]
    fn a_name_has_one_row_where_the_latest_period_has_it() {
        let held = [("Block 1", 1), ("Block 2", 2), ("Lunch", 3), ("BLOCK 1", 4), ("Block 2", 2)];
        let held = held.map(|(name, order)| Occurrence { period: name.into(), order, ..occurrence() });
        let rows = PeriodRows::of(&held);
        let told = held.each_ref().map(|o| rows.row(o)).map(|(order, name)| format!("{order} {name}"));
        assert_eq!(told, ["4 BLOCK 1", "2 Block 2", "3 Lunch", "4 BLOCK 1", "2 Block 2"]);
        assert_eq!(rows.names(), ["Block 2", "Lunch", "BLOCK 1"]);
    }
}
