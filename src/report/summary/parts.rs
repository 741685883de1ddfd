//! The parts of a range: a line of days for each class and a bar for each period on a terminal, the shares on a page.

use crate::domain::register::status::Counts;
use crate::domain::register::summary::RangeParts;
use crate::report::register::roster::Heads;
use crate::report::summary::percent;
use crate::report::text::{counted, fit, share_bar, sparkline, width};
use crate::report::{Tone, Words};

/// Classes and periods that are shown; the rest is counted.
const SHOWN: usize = 40;
/// Days of a line, the latest ones.
const DAYS: usize = 30;
/// Columns of a name at most.
const NAME: usize = 16;

/// The lines above the rows.
pub(super) fn lines(parts: &RangeParts, heads: Heads) -> Vec<Vec<Words>> {
    let mut lines = Vec::new();
    if parts.classes.len() > 1 {
        lines.extend([
            vec![],
            vec![faint(match heads {
                Heads::Drawn => "CLASSES, present day by day",
                Heads::Plain => "Classes, present",
            })],
        ]);
        let rows: Vec<(&str, String)> =
            parts.classes.iter().map(|(name, days)| (name.as_str(), of_class(days, heads))).collect();
        lines.extend(table(&rows, "class"));
    }
    if parts.periods.len() > 1 {
        lines.extend([
            vec![],
            vec![faint(match heads {
                Heads::Drawn => "PERIODS, present",
                Heads::Plain => "Periods, present",
            })],
        ]);
        let rows: Vec<(&str, String)> =
            parts.periods.iter().map(|(name, counts)| (name.as_str(), of_period(counts, heads))).collect();
        lines.extend(table(&rows, "period"));
    }
    lines
}

fn faint(text: &str) -> Words {
    Words::new(text, Tone::Faint)
}

fn table(rows: &[(&str, String)], noun: &str) -> Vec<Vec<Words>> {
    let shown = &rows[..rows.len().min(SHOWN)];
    let name = shown.iter().map(|(name, _)| width(name)).max().unwrap_or_default().clamp(8, NAME);
    let mut lines: Vec<Vec<Words>> = shown
        .iter()
        .map(|(of, told)| {
            let of = if of.is_empty() { "no group" } else { of };
            vec![format!(" {}  {told}", fit(of, name)).into()]
        })
        .collect();
    let more = rows.len() - shown.len();
    if more > 0 {
        lines.push(vec![faint(&format!(" … {} more: attend summary --by {noun}", counted(more, noun)))]);
    }
    lines
}

/// `▆▇▇▅▇   94.1 %`: the share of each day between the lowest tenth that occurs and all.
fn of_class(days: &[Counts], heads: Heads) -> String {
    let mut all = Counts::default();
    days.iter().for_each(|counts| all += *counts);
    if heads == Heads::Plain {
        return told(&all);
    }
    let shares: Vec<Option<u32>> = days[days.len().saturating_sub(DAYS)..]
        .iter()
        .map(|counts| (counts.judged() > 0).then(|| counts.present * 1000 / counts.judged()))
        .collect();
    let floor = shares.iter().flatten().min().map_or(0, |lowest| lowest / 100 * 100).min(900);
    let bars: Vec<u32> = shares.iter().map(|share| share.map_or(0, |share| share - floor + 1)).collect();
    format!("{}  {}", sparkline(&bars, 1001 - floor), told(&all))
}

/// `███████████████████░   94.1 %`
fn of_period(counts: &Counts, heads: Heads) -> String {
    if heads == Heads::Plain {
        return told(counts);
    }
    let share = percent(counts.present, counts.judged());
    format!("{}  {}", share_bar(share.unwrap_or_default()), told(counts))
}

fn told(counts: &Counts) -> String {
    percent(counts.present, counts.judged())
        .map_or_else(|| "not judged".to_owned(), |percent| format!("{percent:>5.1} %"))
}
