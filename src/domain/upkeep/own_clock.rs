//! Checks whether the clock of this machine can be right.

use crate::domain::time::{Instant, Span};

/// Evidence that a clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockDoubt {
    /// The program was built later than the clock says.
    BeforeBuild(Instant),
    /// A camera saw something later than the clock says.
    BeforeFact(Instant),
}

/// Compares a clock with the instant of the build and the newest fact, which may be `tolerance` ahead.
pub(crate) fn doubt(
    now: Instant,
    built_at: Instant,
    newest: Option<Instant>,
    tolerance: Span,
) -> Option<ClockDoubt> {
    if now < built_at {
        return Some(ClockDoubt::BeforeBuild(built_at));
    }
    newest.filter(|newest| now + tolerance < *newest).map(ClockDoubt::BeforeFact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_before_the_build_or_beyond_the_tolerance_before_a_fact() {
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000);
        let tolerance = Span::seconds(120);
        for (now, newest, wrong) in [
            (0, None, Some(ClockDoubt::BeforeBuild(at(1000)))),
            (999, Some(2000), Some(ClockDoubt::BeforeBuild(at(1000)))),
            (1000, None, None),
            (2000, Some(2120), None),
            (2000, Some(2121), Some(ClockDoubt::BeforeFact(at(2121)))),
            (2000, Some(1500), None),
        ] {
            assert_eq!(doubt(at(now), at(1000), newest.map(at), tolerance), wrong, "{now} {newest:?}");
        }
    }
}
