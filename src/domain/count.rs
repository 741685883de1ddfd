//! Counts of things in words, for messages, reports and the audit log.

use std::fmt::Display;

/// A count of things: `1 student`, `2 students`.
pub(crate) fn counted(n: impl Display, one: &str) -> String {
    let n = grouped(n);
    let s = if n == "1" { "" } else { "s" };
    format!("{n} {one}{s}")
}

/// A whole number with a comma between thousands: `12,034`.
pub(crate) fn grouped(n: impl Display) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|d| std::str::from_utf8(d).unwrap_or_default()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped};

    #[test]
    fn one_thing_is_not_several() {
        for (n, told) in [(0, "0 students"), (1, "1 student"), (2, "2 students"), (12_034, "12,034 students")]
        {
            assert_eq!(counted(n, "student"), told);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
