//! The receipt of an erasure.

use crate::domain::register::effect::Effect;
use crate::domain::time::{Instant, Zone};
use crate::domain::upkeep::erasure::{DoubtfulPlace, Removed};
use crate::report::register::effect;
use crate::report::text::counted;
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// A line of the receipt: the number of erased rows of a kind, a doubtful place, or a name.
enum Line<'a> {
    Removed(&'static str, u32),
    Doubt(&'a DoubtfulPlace),
    Name(&'a DoubtfulPlace),
}

struct Lines;

impl Rows for Lines {
    type Row<'a> = Line<'a>;
}

static COLUMNS: &[Column<Lines>] = &[
    Column::text("what", "WHAT", |line| match line {
        Line::Removed(what, _) => (*what).into(),
        Line::Doubt(_) => "to decide".into(),
        Line::Name(_) => "name".into(),
    }),
    Column::number("removed", "REMOVED", |line| match line {
        Line::Removed(_, n) => (*n).into(),
        Line::Doubt(_) | Line::Name(_) => Value::Null,
    }),
    Column::text("place", "PLACE", |line| match line {
        Line::Removed(..) => Value::Null,
        Line::Doubt(doubt) | Line::Name(doubt) => doubt.place.as_str().into(),
    }),
    Column::long("text", "TEXT", |line| match line {
        Line::Removed(..) => Value::Null,
        Line::Doubt(doubt) | Line::Name(doubt) => doubt.text.as_str().into(),
    }),
];

/// The remaining copies that the receipt does not cover.
const ELSEWHERE: &str = "Backups made before, exported files and image files still hold the student.";

const OTHERS: &str =
    "These registers of other students change, because sightings reassigned to them are erased:";

/// Counts of erased rows by kind, the doubtful places and names, and the effect on others. Without a number nothing was erased yet.
pub(crate) fn receipt(
    code: &str,
    number: Option<u32>,
    removed: &Removed,
    (doubts, names): (&[DoubtfulPlace], &[DoubtfulPlace]),
    others: Option<&Effect>,
    now: Instant,
    zone: Zone,
) -> Report {
    let title = match number {
        Some(number) => format!(" is erased: receipt {number}"),
        None => " would be erased".to_owned(),
    };
    let mut heading =
        vec![vec![Words::new(code, Tone::Strong), title.into()], vec![Words::new(ELSEWHERE, Tone::Warn)]];
    if !doubts.is_empty() {
        let places = counted(doubts.len(), "text");
        let words = format!(
            "{places} may mention the student, or something else of that name; --strike PLACE removes one."
        );
        heading.push(vec![Words::new(&words, Tone::Warn)]);
    }
    if !names.is_empty() {
        let names = counted(names.len(), "name");
        let words =
            format!("{names} of periods, cameras or others may name the student; change those that do.");
        heading.push(vec![Words::new(words, Tone::Warn)]);
    }
    let changed = others.map(effect::lines).unwrap_or_default();
    if !changed.is_empty() {
        heading.push(vec![Words::new(OTHERS, Tone::Warn)]);
        heading.extend(changed.iter().map(|line| vec![format!("  {line}").into()]));
    }
    let counts = removed.counts().into_iter().map(|(what, n)| Line::Removed(what, n));
    let lines = counts.chain(doubts.iter().map(Line::Doubt)).chain(names.iter().map(Line::Name));
    let columns = if doubts.is_empty() && names.is_empty() { &COLUMNS[..2] } else { COLUMNS };
    Report::list("erasure", columns, lines, now, zone).under(heading).totals(vec![
        ("student", code.into()),
        ("receipt", number.into()),
        ("dry_run", number.is_none().into()),
        ("to_decide", counted_value(doubts.len())),
        ("names", counted_value(names.len())),
        ("others_changed", others.map(|others| counted_value(others.rows())).into()),
        ("note", ELSEWHERE.into()),
    ])
}

fn counted_value(n: usize) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
