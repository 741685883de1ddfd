//! Times and numbers as people and programs read them.

use chrono_tz::Tz;

use crate::domain::time::{Instant, Span};

/// Local time, formatted as chrono's `pattern` says.
pub fn local(at: Instant, zone: Tz, pattern: &str) -> String {
    at.to_utc().with_timezone(&zone).format(pattern).to_string()
}

/// Two decimals, cut rather than rounded: a score just below a threshold must not look as if it had
/// reached it.
pub fn two_decimals(number: f64) -> String {
    let six = format!("{number:.6}");
    six[..six.len() - 4].to_owned()
}

/// A length of time in the words of a clock on the wall: `21 min`, `3 h 5 min`, `2 days`.
pub fn about(span: Span) -> String {
    let minutes = span.whole_minutes();
    match (minutes / 1440, minutes / 60, minutes % 60) {
        (0, 0, 0) => format!("{} s", span.whole_seconds()),
        (1, ..) => "1 day".to_owned(),
        (days @ 2.., ..) => format!("{days} days"),
        (_, 0, minutes) => format!("{minutes} min"),
        (_, hours, 0) => format!("{hours} h"),
        (_, hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A length of time still to come: minutes that have begun count.
pub fn to_come(span: Span) -> String {
    match span.whole_minutes() {
        0 => about(span),
        _ => about(Span::minutes(-Span::from_micros(-span.micros()).whole_minutes())),
    }
}

/// A count of things: `1 student`, `2 students`.
pub fn counted(n: usize, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(n))
}

/// A number with its thousands apart: `12,034`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|d| std::str::from_utf8(d).unwrap_or_default()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lengths_read_well() {
        assert_eq!([1, 999, 1000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!((counted(1, "student"), counted(0, "student")), ("1 student".into(), "0 students".into()));
        assert_eq!(about(Span::seconds(59)), "59 s");
        let shown = [1, 21, 60, 185, 1440, 4000].map(|minutes| about(Span::minutes(minutes)));
        assert_eq!(shown, ["1 min", "21 min", "1 h", "3 h 5 min", "1 day", "2 days"]);
        let shown = [59, 60, 61, 20 * 60 + 48].map(|seconds| to_come(Span::seconds(seconds)));
        assert_eq!(shown, ["59 s", "1 min", "2 min", "21 min"]);
    }

    #[test]
    fn scores_are_cut_not_rounded() {
        for (score, shown) in [
            (0.7499, "0.74"),
            (0.75, "0.75"),
            (0.29, "0.29"),
            (1.0, "1.00"),
            (0.999_9, "0.99"),
            (0.0, "0.00"),
        ] {
            assert_eq!(two_decimals(score), shown);
        }
    }
}
