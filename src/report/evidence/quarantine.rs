//! Lines in quarantine.

use crate::domain::evidence::quarantine::{Kept, UnknownName};
use crate::domain::roll::alias::Alias;
use crate::domain::spelling::shell_quoted;
use crate::domain::time::{Instant, Zone};
use crate::report::text::{counted, cut, grouped, moment};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// Characters of a line that a table shows.
const SHOWN: usize = 80;
/// Names that are not on the roll and are told above the lines; the rest are counted.
const NAMES: usize = 20;
/// Columns of such a name; a line may carry a long one.
const LONGEST: usize = 40;

struct Refused;

impl Rows for Refused {
    type Row<'a> = (Kept, Zone);
}

static COLUMNS: &[Column<Refused>] = &[
    Column::number("id", "ID", |(kept, _)| kept.id.into()),
    Column::text("received_at", "ARRIVED", |(kept, zone)| {
        Value::at(kept.received_at, *zone, "%a %-d %b %H:%M:%S")
    }),
    Column::text("runner", "RUNNER", |(kept, _)| (&kept.runner).into()),
    Column::text("reason", "REASON", |(kept, _)| kept.reason.word().into()),
    Column::long("detail", "DETAIL", |(kept, _)| (&kept.detail).into()),
    // Bytes that are not UTF-8 are shown as replacement characters.
    Column::long("line", "LINE", |(kept, _)| {
        let line = String::from_utf8_lossy(&kept.line);
        let mut short: String = line.chars().take(SHOWN).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        Value::from(&*line).shown(short, Tone::Faint)
    }),
];

/// Lines in quarantine, the oldest first, below the names that wait for the roll.
pub(crate) fn lines(kept: Vec<Kept>, names: &[UnknownName], now: Instant, zone: Zone) -> Report {
    let rows = kept.into_iter().map(|kept| (kept, zone));
    Report::list("quarantine", COLUMNS, rows, now, zone)
        .under(waiting(names, now, zone))
        .totals(vec![("not_on_the_roll", Value::List(names.iter().map(member).collect()))])
        .bounded()
        .or_empty("Nothing is in quarantine.")
}

fn member(name: &UnknownName) -> Value {
    Value::Object(vec![
        ("identity", (&name.identity).into()),
        ("lines", name.lines.into()),
        ("last", name.last.into()),
    ])
}

/// `Ada Karim, 41 times, last 09:12: attend student alias CODE 'face:Ada Karim'`
fn waiting(names: &[UnknownName], now: Instant, zone: Zone) -> Vec<Vec<Words>> {
    if names.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![vec![Words::new("NOT ON THE ROLL", Tone::Faint)]];
    lines.extend(names.iter().take(NAMES).map(|name| {
        let (times, last) = (counted(name.lines, "time"), moment(name.last, now, zone));
        let told = format!(" {}, {times}, last {last}: ", cut(&name.identity, LONGEST));
        vec![
            Words::new(told, Tone::Strong),
            format!("attend student alias CODE {}", suggested(&name.identity)).into(),
        ]
    }));
    if let Some(more) = names.len().checked_sub(NAMES).filter(|more| *more > 0) {
        lines.push(vec![format!(" … {} more: --format json names all", grouped(more)).into()]);
    }
    lines.push(vec![Words::new("Then: attend quarantine retry", Tone::Faint)]);
    lines
}

/// The alias to give a student, quoted for a shell. Numbers are taken for those of cards, anything else for names.
fn suggested(identity: &str) -> String {
    let kind = match identity.parse::<Alias>() {
        Ok(_) => "",
        Err(_) if identity.bytes().all(|byte| byte.is_ascii_digit()) => "card:",
        Err(_) => "face:",
    };
    shell_quoted(&format!("{kind}{identity}"))
}
