//! Text, times and numbers for people.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(crate) use crate::domain::count::{counted, grouped};
use crate::domain::time::calendar::{clock, local_date};
use crate::domain::time::{Instant, Span, Zone};

/// Makes text from outside safe for a terminal: control characters and the marks
/// that change the direction of writing are shown as escapes.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let escaped =
        text.chars().map(|c| if is_unsafe(c) { c.escape_default().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// The width of a text on a terminal, once it is [`safe`].
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(&*safe(text))
}

/// The text made [`safe`] and exactly `columns` wide: cut with an ellipsis, or filled with spaces.
pub fn fit(text: &str, columns: usize) -> String {
    let mut fitted = cut(text, columns);
    fitted.push_str(&" ".repeat(columns.saturating_sub(UnicodeWidthStr::width(fitted.as_str()))));
    fitted
}

/// The same, filled on the left.
pub fn fit_right(text: &str, columns: usize) -> String {
    let fitted = cut(text, columns);
    format!("{}{fitted}", " ".repeat(columns.saturating_sub(UnicodeWidthStr::width(fitted.as_str()))))
}

/// The text made [`safe`] and at most `columns` wide, with an ellipsis if it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    let text = safe(text);
    if UnicodeWidthStr::width(&*text) <= columns {
        return text.into_owned();
    }
    let mut room = columns.saturating_sub(1);
    let kept = text.chars().take_while(|c| {
        let wide = c.width().unwrap_or_default();
        let fits = wide <= room;
        room -= if fits { wide } else { room };
        fits
    });
    let mut kept: String = kept.collect();
    kept.push_str(if columns == 0 { "" } else { "…" });
    kept
}

/// Local time, formatted as chrono's `pattern` says.
pub fn local(at: Instant, zone: Zone, pattern: &str) -> String {
    zone.local(at).format(pattern).to_string()
}

/// From one instant to another of the same day: `09:35–10:20`.
pub fn hours(from: Instant, to: Instant, zone: Zone) -> String {
    format!("{}–{}", clock(from, zone), clock(to, zone))
}

/// `Mon 7 Sep 2026`.
pub fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// `Mon 7 Sep 2026 – Fri 11 Sep 2026`; one date alone.
pub fn days(dates: &RangeInclusive<NaiveDate>) -> String {
    let (first, last) = (*dates.start(), *dates.end());
    if first == last { day(first) } else { format!("{} – {}", day(first), day(last)) }
}

/// An instant near now, as short as is unambiguous: `02:00` today, `Sun 18:00` this week, else the
/// date.
pub fn moment(at: Instant, now: Instant, zone: Zone) -> String {
    near(at, now, zone, ["%H:%M", "%a %H:%M", "%-d %b %Y"])
}

/// An instant in one of three formats: for today, for less than a week away, and for other days.
pub(crate) fn near(at: Instant, now: Instant, zone: Zone, [today, week, other]: [&str; 3]) -> String {
    let days = (local_date(now, zone) - local_date(at, zone)).num_days().abs();
    local(
        at,
        zone,
        match days {
            0 => today,
            1..7 => week,
            _ => other,
        },
    )
}

/// Two decimals, cut rather than rounded: a score just below a threshold must not look as if it had
/// reached it.
pub fn two_decimals(number: f64) -> String {
    let mut six = format!("{number:.6}");
    six.truncate(six.len() - 4);
    six
}

/// A length of time in words: `21 min`, `3 h 5 min`, `1 day 5 h`, `2 days`.
pub fn about(span: Span) -> String {
    let minutes = span.whole_minutes();
    match (minutes / 1440, minutes / 60, minutes % 60) {
        (0, 0, 0) => format!("{} s", span.whole_seconds()),
        (1, 24, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {} h", hours - 24),
        (days @ 2.., ..) => format!("{days} days"),
        (_, 0, minutes) => format!("{minutes} min"),
        (_, hours, 0) => format!("{hours} h"),
        (_, hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A remaining length of time. Minutes are rounded up.
pub fn to_come(span: Span) -> String {
    match span.whole_minutes() {
        0 => about(span),
        _ => about(Span::minutes(-Span::from_micros(-span.micros()).whole_minutes())),
    }
}

/// Cells of a progress bar.
const BAR: i64 = 20;
/// A cell filled to this many eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// `██████████▊░░░░░░░░░  54 %`, always equally wide.
pub fn progress(passed: Span, whole: Span) -> String {
    progress_in(passed, whole, BAR)
}

/// The same in `room` columns at most: with a shorter bar, the percentage alone, or nothing.
pub fn progress_within(passed: Span, whole: Span, room: usize) -> String {
    const PERCENT: usize = " 100 %".len();
    match room.checked_sub(PERCENT) {
        Some(cells @ 3..) => progress_in(passed, whole, i64::try_from(cells).unwrap_or(BAR).min(BAR)),
        Some(_) => progress_in(passed, whole, 0),
        None => String::new(),
    }
}

fn progress_in(passed: Span, whole: Span, cells_of_bar: i64) -> String {
    let (passed, whole) = (passed.micros(), whole.micros().max(1));
    let eighths = passed.clamp(0, whole) * cells_of_bar * 8 / whole;
    let cells = |n: i64| usize::try_from(n).unwrap_or_default();
    let part = EIGHTHS[cells(eighths % 8)];
    let rest = cells_of_bar - eighths / 8 - i64::from(!part.is_empty());
    let bar = format!("{}{part}{}", "█".repeat(cells(eighths / 8)), "░".repeat(cells(rest)));
    format!("{bar} {:>3} %", passed.clamp(0, whole) * 100 / whole)
}

/// `███████████████████░`: a share in percent, always equally wide.
pub fn share_bar(percent: f64) -> String {
    const CELLS: usize = 20;
    let full = (percent.clamp(0.0, 100.0) / 100.0 * CELLS as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(CELLS - full))
}

/// `▁▂▅▇▃`: counts as bars. The largest of all has the full height.
pub fn sparkline(counts: &[u32], largest: u32) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar = |count: &u32| match (*count, largest) {
        (0, _) | (_, 0) => ' ',
        (count, largest) => BARS[(count * 7 / largest).min(7) as usize],
    };
    counts.iter().map(bar).collect()
}

/// Words as a sentence begins: with a capital.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A size in bytes, to three digits: `812 B`, `4.2 MiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let (mut size, mut unit) = (n as f64 / 1024.0, 0);
    while size >= 999.5 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    let decimals = usize::from(size < 99.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_removed() {
        assert_eq!(safe("Zoë O'Neil 王小明 ژیان"), "Zoë O'Neil 王小明 ژیان");
        assert_eq!(safe("a\u{1b}[2Jb\nc\u{9b}d\u{202e}e"), "a\\u{1b}[2Jb\\nc\\u{9b}d\\u{202e}e");
    }

    #[test]
    fn cells_keep_their_width_with_any_content() {
        for text in
            ["", "Ada", "王小明王小明", "ژیان ئەحمەد", "Zoe\u{308} O'Neil", "a\u{1b}[2J", "👩‍🏫 teacher"]
        {
            for columns in [1, 2, 5, 8, 20] {
                assert_eq!(
                    UnicodeWidthStr::width(fit(text, columns).as_str()),
                    columns,
                    "{text:?} {columns}"
                );
                assert_eq!(UnicodeWidthStr::width(fit_right(text, columns).as_str()), columns, "{text:?}");
            }
        }
        assert_eq!((fit("Assembly", 5), fit_right("12", 4)), ("Asse…".into(), "  12".into()));
    }

    #[test]
    fn counts_and_lengths_read_well() {
        assert_eq!(about(Span::seconds(59)), "59 s");
        let shown = [1, 21, 60, 185, 1440, 4000].map(|minutes| about(Span::minutes(minutes)));
        assert_eq!(shown, ["1 min", "21 min", "1 h", "3 h 5 min", "1 day", "2 days"]);
        let shown = [59, 60, 61, 20 * 60 + 48].map(|seconds| to_come(Span::seconds(seconds)));
        assert_eq!(shown, ["59 s", "1 min", "2 min", "21 min"]);
    }

    #[test]
    fn a_bar_gets_shorter_before_its_percentage_goes() {
        let shown = |room| progress_within(Span::minutes(27), Span::minutes(50), room);
        for (room, expected) in [
            (40, "██████████▊░░░░░░░░░  54 %"),
            (26, "██████████▊░░░░░░░░░  54 %"),
            (16, "█████▍░░░░  54 %"),
            (9, "█▌░  54 %"),
            (8, "  54 %"),
            (5, ""),
        ] {
            assert_eq!(shown(room), expected, "{room}");
        }
    }

    #[test]
    fn sizes_keep_about_three_digits() {
        let sizes = [0, 1023, 1024, 102_348, 1_022_976, 1_047_552, 1 << 30, 1_500_000_000_000];
        let shown = ["0 B", "1023 B", "1.0 KiB", "99.9 KiB", "999 KiB", "1.0 MiB", "1.0 GiB", "1.4 TiB"];
        assert_eq!(sizes.map(bytes), shown);
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
