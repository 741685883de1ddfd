//! A runner's rate limit: a bucket that holds one second's worth of lines.

use crate::domain::time::{Instant, Span};

/// The number of lines that a runner may still send, at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    /// Lines left, with fractions.
    pub left: f64,
    /// As of when.
    pub at: Instant,
}

impl Bucket {
    /// Full, for `rate` lines a second.
    pub(crate) fn full(rate: u32, at: Instant) -> Self {
        Self { left: f64::from(rate), at }
    }

    /// Takes one line. `Err` holds the wait until there is room for it. A clock that was set
    /// back neither adds nor removes lines.
    pub(crate) fn take(&mut self, rate: u32, now: Instant) -> Result<(), Span> {
        let rate = f64::from(rate);
        let passed = (now - self.at).max(Span::ZERO);
        #[expect(clippy::cast_precision_loss, reason = "beyond 285 years the bucket is full anyway")]
        let refilled = passed.micros() as f64 * rate / 1e6;
        self.left = (self.left + refilled).min(rate);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most a second")]
        Err(Span::from_micros(((1.0 - self.left) * 1e6 / rate).ceil() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_one_second_then_the_steady_rate() {
        let at = Instant::from_micros;
        let mut bucket = Bucket::full(4, at(0));
        let taken = (0..10).filter(|_| bucket.take(4, at(0)).is_ok()).count();
        assert_eq!(taken, 4);
        assert_eq!(bucket.take(4, at(0)), Err(Span::from_micros(250_000)));
        assert_eq!(bucket.take(4, at(100_000)), Err(Span::from_micros(150_000)), "some of it has come back");
        assert!(bucket.take(4, at(249_999)).is_err());
        assert!(bucket.take(4, at(250_001)).is_ok());
        assert!(bucket.take(4, at(100_000)).is_err(), "a clock set back gives nothing");
        let long_after = (0..10).filter(|_| bucket.take(4, at(9_000_000_000)).is_ok()).count();
        assert_eq!(long_after, 4, "the bucket holds one second's worth");
    }
}
