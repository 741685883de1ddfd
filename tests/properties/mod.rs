//! Laws that hold for any input. Each property builds its case from arbitrary bytes and panics where a
//! law is broken. The fuzz targets (`tests/fuzz`) and the tests (`tests/cli/faults/fuzz.rs`) run the
//! same properties.

pub mod fold;
pub mod line;
pub mod roll;
pub mod schedule;
pub mod sheet;
pub mod syntax;

/// Tries one input.
pub type Property = fn(&[u8]);

/// All of them, each under the name of its fuzz target and of its kept inputs (`tests/data/fuzz`).
pub const ALL: [(&str, Property); 6] = [
    ("fold", fold::hold),
    ("line", line::hold),
    ("roll", roll::hold),
    ("schedule", schedule::hold),
    ("sheet", sheet::hold),
    ("syntax", syntax::hold),
];

/// Bytes that choose a case, one byte per choice. After the last byte, every choice is the first option.
pub struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    /// Whether there are bytes left.
    pub fn more(&self) -> bool {
        !self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}
