//! The grid of one student.

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::month::{Month, MonthLine};
use crate::domain::register::status::{BriefJudgement, Counts, Entry, Status};
use crate::domain::spelling::same;
use crate::domain::time::Zone;
use crate::domain::time::calendar::{closure_on, day, each_date};
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::timetable::period_rows::PeriodRows;
use crate::failure::Result;
use crate::store::register::expected::Whose;
use crate::store::timetable::schedule;
use crate::store::{Store, settings};

/// Reads some dates of a student.
pub(crate) fn read(
    store: &mut Store,
    code: &str,
    dates: &RangeInclusive<NaiveDate>,
    caller: &Caller,
) -> Result<(Month, Zone)> {
    store.read(|conn| {
        let zone = settings::load(conn)?.zone;
        let last = caller.now.min(*day(*dates.end(), zone).end());
        let student = lookup::student(conn, code, last)?;
        let expectations = lookup::expectations_of(conn, student.id, dates)?;
        let cameras = Cameras::read(conn)?;
        let mut found: Vec<Found> = Vec::new();
        let mut counts = Counts::default();
        for occurrence in schedule::occurrences(conn, dates.clone())? {
            if !occurrence.counts(caller.now) {
                continue;
            }
            let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
            let whose = Whose::One(student.id);
            entries::each_entry(conn, &occurrence, &expectations, whose, &coverage, caller.now, |entry| {
                counts.add(entry.judgement);
                let unknown = entry.judgement.status == Status::Unknown;
                let gap =
                    unknown.then(|| Gap::of_class(&occurrence, &coverage, entry.group.as_deref()).into());
                found.push((occurrence.clone(), entry, gap));
                Ok(())
            })?;
        }
        let periods = PeriodRows::of(found.iter().map(|(occurrence, ..)| occurrence)).names();
        let closures = schedule::closures(conn)?;
        let lines = each_date(dates).filter_map(|date| {
            let on_date: Vec<&Found> = found.iter().filter(|(o, ..)| o.date == date).collect();
            let closure = closure_on(date, &closures);
            (!on_date.is_empty() || closure.is_some()).then(|| {
                let mut line = line(date, &periods, &on_date);
                line.remarks.extend(closure.map(|closure| closure.reason.clone()));
                line
            })
        });
        let days = lines.collect();
        Ok((Month { student: student.student, periods, days, counts }, zone))
    })
}

/// An occurrence, what the student was in it, and why that is unknown.
type Found = (Occurrence, Entry, Option<Arc<Gap>>);

fn line(date: NaiveDate, periods: &[String], found: &[&Found]) -> MonthLine {
    let outcome = |name: &String| {
        let entry = found.iter().find(|(occurrence, ..)| same(&occurrence.period, name));
        entry.map(|(_, entry, _)| BriefJudgement::from(entry.judgement))
    };
    let (mut remarks, mut gaps) = (Vec::<String>::new(), Gaps::default());
    for (occurrence, entry, gap) in found {
        gap.iter().for_each(|gap| gaps.add(occurrence.id, || gap.clone()));
        // An excuse is told even where the student came.
        let excused = entry.excuse.as_ref().and_then(|excuse| excuse.reason.as_deref());
        let reason = entry.reason().or(excused).map(str::to_owned);
        remarks.extend(reason.filter(|reason| !remarks.contains(reason)));
    }
    MonthLine { date, outcomes: periods.iter().map(outcome).collect(), remarks, gaps }
}
