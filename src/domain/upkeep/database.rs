//! The state of the database: integrity, size and growth.

use crate::domain::time::{Instant, Span};

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Sound.
    Good,
    /// Number of rows that violate an invariant. The file itself is readable.
    Wrong(u64),
    /// The file is damaged.
    Damaged,
}

impl Verdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Wrong(_) => "wrong",
            Self::Damaged => "damaged",
        }
    }
}

/// The fault of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Rows contradict each other, or an interrupted job left work to do. The file is intact.
    Contradiction,
    /// The file is damaged, and only a backup helps.
    Damage,
}

impl Fault {
    /// The word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::Damage => "damage",
        }
    }

    /// The fault of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Contradiction, Self::Damage].into_iter().find(|fault| fault.word() == word)
    }
}

/// One check with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// The claim that must hold.
    pub claim: &'static str,
    /// The result.
    pub verdict: Verdict,
    /// The contradiction that was found, or the next step.
    pub detail: String,
}

/// The error and fault of a run of `db check`, if it failed.
pub(crate) fn failure(checks: &[Check]) -> Option<(Fault, String)> {
    let wrong: Vec<&Check> = checks.iter().filter(|check| check.verdict != Verdict::Good).collect();
    let first = wrong.iter().find(|check| check.verdict == Verdict::Damaged).or(wrong.first())?;
    Some(match first.verdict {
        Verdict::Damaged => (Fault::Damage, first.detail.clone()),
        _ => (Fault::Contradiction, format!("rows to see to: {}", first.detail)),
    })
}

/// Whether a table is pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Its rows are pruned when they are old.
    UntilPruned,
    /// Its rows stay.
    ForGood,
}

/// One table with its indexes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Size {
    /// Its name.
    pub table: String,
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The instants of its oldest and newest row, if rows have an age.
    pub aged: Option<(Kept, Instant, Instant)>,
}

impl Size {
    /// Days from the oldest to the newest row, at least one.
    fn days(&self) -> Option<f64> {
        let (_, oldest, newest) = self.aged.as_ref()?;
        Some(((*newest - *oldest).micros() as f64 / Span::days(1).micros() as f64).max(1.0))
    }

    /// Average number of new rows per day. Free days count, too.
    pub(crate) fn rows_per_day(&self) -> Option<f64> {
        Some(self.rows as f64 / self.days()?)
    }

    /// Growth in bytes per day.
    pub(crate) fn bytes_per_day(&self) -> Option<f64> {
        Some(self.bytes as f64 / self.days()?)
    }

    /// Projected size in bytes in this many days at the current rate, if nothing else is pruned.
    pub(crate) fn bytes_in(&self, days: u32) -> u64 {
        let more = self.bytes_per_day().unwrap_or_default() * f64::from(days);
        match self.aged {
            Some((Kept::UntilPruned, ..)) => more as u64,
            Some((Kept::ForGood, ..)) => self.bytes + more as u64,
            None => self.bytes,
        }
    }
}

/// The whole database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sizes {
    /// Bytes of the file.
    pub file: u64,
    /// Bytes of the write-ahead log beside it.
    pub log: u64,
    /// Bytes of the file that are free, to be filled again.
    pub free: u64,
    /// Its tables, the largest first.
    pub tables: Vec<Size>,
    /// How many days events are kept.
    pub horizon: u32,
}

impl Sizes {
    /// Growth in bytes per day, without pruning.
    pub(crate) fn bytes_per_day(&self) -> u64 {
        self.tables.iter().filter_map(Size::bytes_per_day).sum::<f64>() as u64
    }

    /// Projected size in bytes when it holds the events of the whole retention.
    pub(crate) fn at_horizon(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes_in(self.horizon)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(kept: Option<Kept>, days: i64) -> Size {
        let aged =
            kept.map(|kept| (kept, Instant::from_micros(0), Instant::from_micros(0) + Span::days(days)));
        Size { table: "t".into(), rows: 1000, bytes: 50_000, aged }
    }

    #[test]
    fn pruned_tables_level_off_and_kept_tables_grow() {
        for (kept, days, per_day, in_ninety) in [
            (Some(Kept::UntilPruned), 10, Some(5_000.0), 450_000),
            (Some(Kept::UntilPruned), 100, Some(500.0), 45_000),
            (Some(Kept::ForGood), 10, Some(5_000.0), 500_000),
            (Some(Kept::ForGood), 0, Some(50_000.0), 4_550_000),
            (None, 0, None, 50_000),
        ] {
            let size = size(kept, days);
            assert_eq!((size.bytes_per_day(), size.bytes_in(90)), (per_day, in_ninety), "{kept:?} {days}");
            let rows = per_day.map(|bytes| bytes / 50.0);
            assert_eq!(size.rows_per_day(), rows, "a row has 50 bytes");
        }
    }

    #[test]
    fn a_check_fails_with_the_worst_that_it_found() {
        let check = |verdict, detail: &str| Check { claim: "claim", verdict, detail: detail.into() };
        let (good, rows) =
            (check(Verdict::Good, "fine"), check(Verdict::Wrong(2), "2 marks without a student"));
        let damage = check(Verdict::Damaged, "page 7");
        let contradiction = (Fault::Contradiction, "rows to see to: 2 marks without a student");
        for (checks, expected) in [
            (vec![], None),
            (vec![good.clone()], None),
            (vec![good.clone(), rows.clone()], Some(contradiction)),
            (vec![rows.clone(), check(Verdict::Wrong(9), "more"), good.clone()], Some(contradiction)),
            (vec![rows, good, damage], Some((Fault::Damage, "page 7"))),
        ] {
            let found = failure(&checks);
            assert_eq!(found.as_ref().map(|(fault, words)| (*fault, words.as_str())), expected, "{checks:?}");
        }
    }

    #[test]
    fn the_whole_is_the_sum_of_its_tables() {
        let tables = vec![size(Some(Kept::UntilPruned), 10), size(Some(Kept::ForGood), 10), size(None, 0)];
        let sizes = Sizes { file: 1, log: 2, free: 3, tables, horizon: 90 };
        assert_eq!((sizes.bytes_per_day(), sizes.at_horizon()), (10_000, 1_000_000));
    }
}
