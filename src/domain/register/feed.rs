//! Feeds: the registers that may have changed since the last export to a receiver.

use std::fmt;
use std::str::FromStr;

use crate::domain::Invalid;
use crate::domain::evidence::coverage::SETTLES_WITHIN;
use crate::domain::time::Instant;

/// The cursor of a receiver: every fact up to a version, at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The version of the registers: every change of it was told, and later changes belong to a higher one.
    pub version: i64,
    /// When they were read. A register that had not closed by then has changed with time alone.
    pub at: Instant,
}

impl Cursor {
    /// Before the first register.
    pub const START: Self = Self { version: 0, at: Instant::from_micros(i64::MIN) };

    /// Occurrences that ended since this instant were not decided yet when the registers were read.
    pub(crate) fn settling(self) -> Instant {
        self.at - SETTLES_WITHIN
    }
}

/// `812@1788768000000000`: the version, and microseconds since 1970-01-01T00:00:00Z.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}@{}", self.version, self.at.micros())
    }
}

impl FromStr for Cursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parsed =
            text.split_once('@').and_then(|(version, at)| Some((version.parse().ok()?, at.parse().ok()?)));
        let Some((version, at)) = parsed.filter(|(version, _)| *version >= 0) else {
            return Err(Invalid::new(format!("{text:?} is not a cursor, such as 812@1788768000000000")));
        };
        Ok(Self { version, at: Instant::from_micros(at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_prints() {
        let cursor = Cursor { version: 812, at: Instant::from_micros(1_788_768_000_000_000) };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for wrong in ["", "812", "@5", "-1@5", "a@5", "5@"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
