//! The register as rows: `export records`, and the columns it shares with the roster.

use crate::domain::evidence::coverage::Coverage;
use crate::domain::evidence::record::{Accepted, Low};
use crate::domain::register::reason::ListedReason;
use crate::domain::register::status::{Entry, Judged, Judgement, Status};
use crate::domain::time::calendar::clock;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::Occurrence;
use crate::report::register::blind;
use crate::report::text::two_decimals;
use crate::report::{Column, Rows, Tone, Value, Words};

/// Width of the longest status, so that a watched roster does not jump when one appears.
const STATUS: u16 = 16;

/// The meaning of each status, for a legend beside the rows.
pub(crate) const MEANINGS: [(Status, &str); 7] = [
    (Status::Absent, "not seen, though every camera that matters could see"),
    (Status::Unknown, "a camera that matters could not see, so the student is not called absent"),
    (Status::LowScore, "seen, but never with a certain face"),
    (Status::Excused, "marked, or excused beforehand"),
    (Status::Present, "seen by a camera, or marked present"),
    (Status::Expected, "not seen yet, and not late yet"),
    (Status::Elsewhere, "expected in another period at that time"),
];

/// Rows of students in occurrences.
pub(crate) struct Register;

impl Rows for Register {
    type Row<'a> = Row<'a>;
}

/// One student in one occurrence.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// When the student was expected.
    pub occurrence: &'a Occurrence,
    /// How it was watched.
    pub coverage: &'a Coverage,
    /// The places that matter to the student and failed.
    pub blind: Option<&'a str>,
    /// The judged entry.
    pub entry: &'a Entry,
    /// The zone of shown times.
    pub zone: Zone,
}

impl<'a> Row<'a> {
    fn seen(&self) -> Option<&'a Accepted> {
        self.entry.record.seen.as_ref()
    }

    fn low(&self) -> Option<&'a Low> {
        self.entry.record.low.as_ref()
    }

    /// The low-score sightings of a student who was not seen otherwise.
    fn only_low(&self) -> Option<&'a Low> {
        self.low().filter(|_| self.seen().is_none())
    }

    fn time(&self, at: Instant) -> Words {
        clock(at, self.zone).into()
    }
}

/// A row for every expected student of an occurrence. Times, score and camera are those of accepted
/// recognitions, or else (for people only) of low-score sightings.
pub(crate) static COLUMNS: &[Column<Register>] = &[
    Column::data("date", |row| row.occurrence.date.into()),
    Column::data("period", |row| (&row.occurrence.period).into()),
    Column::text("student", "CODE", |row| (&row.entry.code).into()),
    Column::long("name", "NAME", |row| (&row.entry.name).into()),
    Column::long("group", "GROUP", |row| row.entry.group.as_ref().into()),
    Column::<Register>::text("status", "STATUS", |row| Value::Word(row.entry.judgement.status.word()))
        .look(|row| Some(status(row.entry)))
        .at_least(STATUS),
    Column::<Register>::text("first_seen", "FIRST", |row| row.seen().map(|seen| seen.first).into())
        .look(|row| row.only_low().map(|low| row.time(low.first))),
    Column::<Register>::text("last_seen", "LAST", |row| row.seen().map(|seen| seen.last).into())
        .look(|row| row.only_low().map(|low| row.time(low.last))),
    Column::data("best_seen", |row| row.seen().map(|seen| seen.best_seen).into()),
    Column::<Register>::number("best_score", "SCORE", |row| row.seen().map(|seen| seen.best_score).into())
        .look(|row| row.only_low().map(|low| two_decimals(low.best_score).into()))
        .detail(),
    Column::<Register>::text("best_camera", "CAMERA", |row| {
        row.seen().map(|seen| &seen.best_camera.name).into()
    })
    .look(|row| row.only_low().map(|low| low.best_camera.to_string().into()))
    .detail(),
    Column::data("sightings", |row| row.seen().map_or(0, |seen| seen.sightings).into()),
    Column::data("minutes_late", |row| row.entry.judgement.minutes_late.into()),
    Column::data("low_score_sightings", |row| row.low().map_or(0, |low| low.sightings).into()),
    Column::data("marked_by", |row| row.entry.decided().map(|(by, _)| by).into()),
    Column::<Register>::long("reason", "", |row| row.entry.reason().into()).look(|row| remark(row.entry)),
    Column::data("coverage", |row| {
        let percent = row.coverage.percent_for(row.entry.group.as_deref());
        percent.map(|percent| (percent * 10.0).round() / 10.0).into()
    }),
    Column::data("blind", |row| row.blind.into()),
    Column::data("low_first_seen", |row| row.low().map(|low| low.first).into()),
    Column::data("low_last_seen", |row| row.low().map(|low| low.last).into()),
    Column::data("low_best_seen", |row| row.low().map(|low| low.best_seen).into()),
    Column::data("low_best_score", |row| row.low().map(|low| low.best_score).into()),
    Column::data("low_best_camera", |row| row.low().map(|low| &low.best_camera.name).into()),
    Column::data("after_close", |row| row.entry.judgement.after_close.into()),
    Column::data("reason_code", |row| row.entry.listed.as_ref().map(ListedReason::code).into()),
    // A mark may say late without saying how late.
    Column::data("late", |row| row.entry.judgement.late.into()),
];

/// `after the register closed · ms-lee: seen in lab`
fn remark(entry: &Entry) -> Option<Words> {
    let closed = entry.judgement.after_close.then(|| "after the register closed".to_owned());
    let decided = entry.decided().map(|(by, reason)| match reason {
        Some(reason) => format!("{by}: {reason}"),
        None => by.to_owned(),
    });
    let told: Vec<String> = closed.into_iter().chain(decided).collect();
    (!told.is_empty()).then(|| Words::new(told.join(" · "), Tone::Faint))
}

/// Facts about the whole: every occurrence with its coverage.
pub(crate) fn totals(occurrences: &[(Occurrence, Coverage)], zone: Zone) -> Vec<(&'static str, Value)> {
    let periods = occurrences.iter().map(|(occurrence, coverage)| {
        let mut members = times(occurrence);
        members.extend(watched(coverage, zone));
        Value::Object(members)
    });
    vec![("periods", Value::List(periods.collect()))]
}

/// The coverage of an occurrence as members of JSON.
pub(crate) fn watched(coverage: &Coverage, zone: Zone) -> [(&'static str, Value); 2] {
    [("coverage_percent", coverage.percent().into()), ("blind", blind::failures(coverage, zone).into())]
}

/// The name and times of an occurrence as members of JSON.
pub(crate) fn times(o: &Occurrence) -> Vec<(&'static str, Value)> {
    vec![
        ("period", (&o.period).into()),
        ("date", o.date.into()),
        ("starts_at", o.starts_at.into()),
        ("ends_at", o.ends_at.into()),
    ]
}

/// One student in one occurrence as members of JSON, without those in `without`.
pub(crate) fn object(judged: &Judged, without: &[&str], zone: Zone) -> Vec<(&'static str, Value)> {
    let Judged { occurrence, coverage, entry } = judged;
    let mut blind = blind::BlindWords::default();
    let blind = blind.of((occurrence.id, coverage), entry.group.as_deref(), zone);
    let row = Row { occurrence, coverage, blind, entry, zone };
    let columns = COLUMNS.iter().filter(|column| !without.contains(&column.key()));
    columns.map(|column| (column.key(), column.value(&row))).collect()
}

/// The status with a symbol beside its colour.
pub(crate) fn status(entry: &Entry) -> Words {
    let marked = entry.mark.as_ref().is_some_and(|mark| mark.decision.is_some());
    let Judgement { status, late, minutes_late, .. } = entry.judgement;
    match (status, minutes_late) {
        (Status::Present, None) if late => Words::new("✓ late", Tone::Good),
        (Status::Present, _) if marked && !late => Words::new("✓ marked present", Tone::Good),
        (Status::Absent, _) if marked => Words::new("✗ marked absent", Tone::Bad),
        (Status::Present, Some(minutes)) => Words::new(format!("✓ late {minutes} min"), Tone::Good),
        (Status::Present, None) => Words::new("✓ present", Tone::Good),
        (Status::Absent, _) => Words::new("✗ absent", Tone::Bad),
        (Status::LowScore, _) => Words::new("? low score", Tone::Warn),
        (Status::Excused, _) => Words::new("– excused", Tone::Plain),
        (Status::Unknown, _) => Words::new("◌ unknown", Tone::Warn),
        (Status::Expected, _) => Words::new("· not yet seen", Tone::Faint),
        (Status::Elsewhere, _) => Words::new("→ elsewhere", Tone::Faint),
    }
}
