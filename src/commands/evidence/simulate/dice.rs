//! Random numbers of a simulation, the same on every machine and in every version.

/// SplitMix64. No library promises the same numbers in every version.
pub(super) struct Dice(u64);

impl Dice {
    /// Seeded by the subject of the numbers, so that those of one student do not depend on another.
    pub(super) fn new(seed: u64, about: &[&str]) -> Self {
        let bytes = about.iter().flat_map(|part| part.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 to 1, mostly in the middle.
    pub(super) fn bell(&mut self) -> f64 {
        (self.share() + self.share() + self.share()) / 3.0
    }

    /// A whole number from 0 to below `n`.
    pub(super) fn below(&mut self, n: i64) -> i64 {
        fraction(n, self.share())
    }
}

/// A share of a whole number, rounded down.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a part of a school day")]
pub(super) fn fraction(whole: i64, share: f64) -> i64 {
    (whole as f64 * share) as i64
}
