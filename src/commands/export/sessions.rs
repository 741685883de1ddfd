//! Half days and days as rows.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::commands::register::coverage::Cameras;
use crate::commands::summary::Ids;
use crate::commands::summary::day::{Day, Facts};
use crate::commands::{Caller, lookup};
use crate::domain::register::session::Attended;
use crate::domain::register::status::Status;
use crate::domain::roll::expectation::RollAt;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::calendar::local_date;
use crate::failure::Result;
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Store, settings};

/// Which rows of sessions or days.
#[derive(Debug)]
pub(crate) struct Days {
    /// The dates. `None`: today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only students of these groups.
    pub groups: GroupFilter,
    /// Only these students; none: all.
    pub students: Vec<String>,
    /// Only these statuses; empty: all.
    pub statuses: Vec<Status>,
}

/// Passes every session of every expected student that has begun to `take`, by date and code.
pub(crate) fn sessions(
    store: &mut Store,
    request: &Days,
    caller: &Caller,
    mut take: impl FnMut(&Attended) -> Result<()>,
) -> Result<()> {
    store.read(|conn| {
        let settings = settings::load(conn)?;
        request.students.iter().try_for_each(|code| lookup::student(conn, code, caller.now).map(drop))?;
        let today = local_date(caller.now, settings.zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let (expectations, cameras) = (lookup::expectations(conn, &dates)?, Cameras::read(conn)?);
        let ids: Ids = students::ids(conn)?.into();
        let mut held = schedule::occurrences(conn, dates)?;
        held.retain(|o| o.counts(caller.now));
        for of_date in held.chunk_by(|a, b| a.date == b.date) {
            let date = of_date[0].date;
            let facts = Facts {
                expectations: &expectations,
                cameras: &cameras,
                settings: &settings,
                groups: &request.groups,
            };
            let day = Day::read(conn, date, ids.clone(), &facts, caller.now)?;
            let starts = day.periods.iter().map(|period| period.occurrence.starts_at);
            let groups: Vec<RollAt> = starts.map(|start| expectations.roll.groups_at(start)).collect();
            students::each_name(conn, |student, code, name| -> Result<()> {
                if !request.students.is_empty() && !request.students.iter().any(|asked| asked == code) {
                    return Ok(());
                }
                for (session, judged) in day.session_names().zip(day.judged_sessions(student)) {
                    let Some((first, outcome)) = judged else { continue };
                    if !request.statuses.is_empty() && !request.statuses.contains(&outcome.status) {
                        continue;
                    }
                    take(&Attended {
                        date,
                        session: session.to_owned(),
                        code: code.to_owned(),
                        name: name.to_owned(),
                        group: groups[first].of(student).1.map(str::to_owned),
                        outcome,
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}
