//! Where the rows of a roll begin, their codes and their groups: all that stays in memory as values.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::domain::roll::code;
use crate::domain::roll::group::split;
use crate::domain::spelling::folded;

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
    /// The rows in the order of the hashes of the keys of their codes (see [`code::key`]): a million keys would need
    /// much memory.
    by_key: Vec<(u64, usize)>,
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
        self.by_key = (0..self.rows.len()).map(|nth| (hash(&code::key(self.code(nth))), nth)).collect();
        self.by_key.sort_unstable();
    }

    /// The first row with the code of an earlier one, and that one.
    pub(super) fn twice(&self) -> Option<(usize, usize)> {
        let pairs = self.by_code.iter().zip(self.by_code.iter().skip(1));
        let same = pairs.filter(|(before, after)| self.code(**before) == self.code(**after));
        same.map(|(before, after)| (*after, *before)).min()
    }

    /// The first row whose code is another spelling of that of an earlier one, and that one.
    pub(super) fn spelled_twice(&self) -> Option<(usize, usize)> {
        let alike = self.by_key.chunk_by(|(one, _), (other, _)| one == other).filter(|rows| rows.len() > 1);
        let first = |rows: &[(u64, usize)]| {
            let mut spellings = FxHashMap::default();
            rows.iter().find_map(|(_, nth)| Some((*nth, spellings.insert(folded(self.code(*nth)), *nth)?)))
        };
        alike.filter_map(first).min()
    }

    /// The first row whose code has the same key as `code`.
    pub(super) fn nearly(&self, code: &str) -> Option<usize> {
        let key = code::key(code);
        let hash = hash(&key);
        let begins = self.by_key.partition_point(|(other, _)| *other < hash);
        let rows = self.by_key[begins..].iter().take_while(|(other, _)| *other == hash);
        rows.map(|(_, nth)| *nth).find(|nth| code::key(self.code(*nth)) == key)
    }
}

fn hash(key: &str) -> u64 {
    FxBuildHasher.hash_one(key)
}
