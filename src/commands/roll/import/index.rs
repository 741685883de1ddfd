//! Where the rows of a roll begin, their codes and their groups: all that stays in memory as values.

use rustc_hash::FxHashSet;

use crate::domain::roll::group::split;

/// The groups of a file.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    /// The different cells, of which there are few.
    noted: FxHashSet<String>,
}

impl Groups {
    pub(super) fn note(&mut self, groups: Option<String>) {
        let Some(groups) = groups else { return };
        if !self.noted.contains(&groups) {
            self.names.extend(split(Some(&groups)).map(str::to_owned));
            self.noted.insert(groups);
        }
    }
}

/// The positions and codes of the rows.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// In the order of the file.
    pub(super) rows: Vec<Row>,
    /// The codes of all rows, one after the other.
    codes: String,
    /// The rows in the order of their codes.
    pub(super) by_code: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// The byte of the text where it begins.
    pub(super) at: usize,
    /// The end of its code among the codes.
    code_ends: usize,
}

impl Index {
    pub(super) fn push(&mut self, at: usize, code: &str) {
        self.codes.push_str(code);
        self.rows.push(Row { at, code_ends: self.codes.len() });
    }

    pub(super) fn code(&self, nth: usize) -> &str {
        let begins = nth.checked_sub(1).map_or(0, |before| self.rows[before].code_ends);
        &self.codes[begins..self.rows[nth].code_ends]
    }

    pub(super) fn sort(&mut self) {
        let mut by_code: Vec<usize> = (0..self.rows.len()).collect();
        by_code.sort_unstable_by_key(|&nth| (self.code(nth), nth));
        self.by_code = by_code;
    }

    /// The first row with the code of an earlier one, and that one.
    pub(super) fn twice(&self) -> Option<(usize, usize)> {
        let pairs = self.by_code.iter().zip(self.by_code.iter().skip(1));
        let same = pairs.filter(|(before, after)| self.code(**before) == self.code(**after));
        same.map(|(before, after)| (*after, *before)).min()
    }
}
