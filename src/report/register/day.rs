//! The list of the day, for a fire drill and for finding a student.

use crate::domain::register::gap::Gap;
use crate::domain::register::whereabouts::{Sighting, StudentWhereabouts, WHEREABOUTS, Whereabouts};
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;
use crate::report::register::mark::span;
use crate::report::text::local;
use crate::report::{Column, Report, Rows, Section, Tone, Value, Words, column};

struct List;

impl Rows for List {
    type Row<'a> = (&'a StudentWhereabouts, Zone);
}

static COLUMNS: &[Column<List>] = &[
    Column::text("student", "CODE", |(found, _)| (&found.code).into()),
    Column::long("name", "NAME", |(found, _)| (&found.name).into()),
    Column::data("group", |(found, _)| found.group.as_ref().into()),
    Column::<List>::text("whereabouts", "TODAY", |(found, _)| Value::Word(found.whereabouts.word()))
        .look(|(found, _)| Some(look(found.whereabouts))),
    Column::text("last_seen", "LAST", |(found, zone)| {
        found.last.as_ref().map_or(Value::Null, |last| Value::at(last.at, *zone, "%H:%M"))
    }),
    Column::text("camera", "CAMERA", |(found, _)| last(found).and_then(|last| last.camera.as_ref()).into()),
    Column::text("place", "WHERE", |(found, _)| last(found).and_then(|last| last.place.as_ref()).into()),
    Column::<List>::long("reason", "", |(found, _)| {
        found.excuse.as_ref().and_then(|excuse| excuse.reason.as_ref()).into()
    })
    .look(|(found, zone)| {
        let out = matches!(found.whereabouts, Whereabouts::Left | Whereabouts::Excused);
        let excuse = found.excuse.as_ref().filter(|_| out)?;
        let why = excuse.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        Some(Words::new(format!("{} {}{why}", excuse.kind.word(), span(excuse.stretch, *zone)), Tone::Faint))
    }),
    Column::data("blind", |(found, zone)| blind::row(&found.gaps, false, *zone).into()),
];

fn last(found: &StudentWhereabouts) -> Option<&Sighting> {
    found.last.as_ref()
}

fn look(whereabouts: Whereabouts) -> Words {
    match whereabouts {
        Whereabouts::Seen => Words::new("✓ seen", Tone::Good),
        Whereabouts::Unknown => Words::new("◌ unknown", Tone::Warn),
        Whereabouts::Absent => Words::new("✗ absent", Tone::Bad),
        Whereabouts::NotExpected => Words::new("· not expected", Tone::Faint),
        Whereabouts::Excused => Words::new("– excused", Tone::Plain),
        Whereabouts::Left => Words::new("→ left", Tone::Plain),
    }
}

/// All students by class: first those seen, then those who may be inside unseen, then those who are out.
pub(crate) fn report(found: &[StudentWhereabouts], gaps: &[Gap], now: Instant, zone: Zone) -> Report {
    let mut sections: Vec<Section> = found
        .chunk_by(|a, b| a.class == b.class)
        .map(|class| {
            let rows = class.iter().map(|found| column::cells(COLUMNS, &(found, zone))).collect();
            let name = class[0].class.clone().unwrap_or_else(|| "no group".to_owned());
            let mut heading = vec![Words::new(name, Tone::Strong)];
            heading.push(Words::from(format!(" · {}", tally(class))));
            Section { heading: vec![heading], rows }
        })
        .collect();
    if let Some(first) = sections.first_mut() {
        first.heading.splice(0..0, above(found, gaps, now, zone));
    }
    Report {
        name: "day",
        as_of: now,
        zone,
        columns: column::headings(COLUMNS),
        totals: totals(found, gaps, zone),
        sections,
        empty: "The roll is empty: attend student import roll.csv".to_owned(),
        most: usize::MAX,
        legend: None,
    }
}

/// The whole school in two lines, and the cameras that were blind.
fn above(found: &[StudentWhereabouts], gaps: &[Gap], now: Instant, zone: Zone) -> Vec<Vec<Words>> {
    let title = format!("Today {}", local(now, zone, "%a %-d %b %Y, %H:%M"));
    let mut lines = vec![vec![Words::new(title, Tone::Strong)], vec![Words::from(tally(found))]];
    lines.extend(blind::lines(gaps, false, zone));
    lines.push(vec![]);
    lines
}

fn count(found: &[StudentWhereabouts], whereabouts: Whereabouts) -> u32 {
    u32::try_from(found.iter().filter(|found| found.whereabouts == whereabouts).count()).unwrap_or(u32::MAX)
}

/// `23/27 seen · 1 unknown · 2 absent · 1 left`
fn tally(found: &[StudentWhereabouts]) -> String {
    let mut told = vec![format!("{}/{} seen", count(found, Whereabouts::Seen), found.len())];
    for whereabouts in WHEREABOUTS.into_iter().filter(|known| *known != Whereabouts::Seen) {
        let number = count(found, whereabouts);
        if number > 0 {
            told.push(format!("{number} {}", whereabouts.word().replace('_', " ")));
        }
    }
    told.join(" · ")
}

fn totals(found: &[StudentWhereabouts], gaps: &[Gap], zone: Zone) -> Vec<(&'static str, Value)> {
    let all = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let counts = WHEREABOUTS.into_iter().map(|known| (known.word(), count(found, known).into()));
    let counts = std::iter::once(("students", all.into())).chain(counts);
    counts.chain([blind::members(gaps, zone)]).collect()
}
