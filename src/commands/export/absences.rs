//! Absences by day.

use rustc_hash::FxHashMap;

use super::sessions::Days;
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::register::absence::Absence;
use crate::domain::time::calendar::local_date;
use crate::failure::Result;
use crate::store::register::expected::Whose;
use crate::store::timetable::schedule;
use crate::store::{Store, settings};

/// Passes every student who missed a period to `take`, a row for each date, by date and code.
pub(crate) fn absences(
    store: &mut Store,
    request: &Days,
    caller: &Caller,
    mut take: impl FnMut(&Absence) -> Result<()>,
) -> Result<()> {
    store.read(|conn| {
        let zone = settings::load(conn)?.zone;
        request.students.iter().try_for_each(|code| lookup::student(conn, code, caller.now).map(drop))?;
        let today = local_date(caller.now, zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let (expectations, cameras) = (lookup::expectations(conn, &dates)?, Cameras::read(conn)?);
        let mut held = schedule::occurrences(conn, dates)?;
        held.retain(|o| o.counts(caller.now));
        for of_date in held.chunk_by(|a, b| a.date == b.date) {
            let mut found: FxHashMap<String, Absence> = FxHashMap::default();
            for o in of_date {
                let coverage = cameras.coverage(conn, o, caller.now)?;
                entries::each_entry(conn, o, &expectations, Whose::ByCode, &coverage, caller.now, |entry| {
                    let asked = request.students.is_empty() || request.students.contains(&entry.code);
                    if asked && request.groups.passes(entry.group.as_deref()) {
                        let day =
                            found.entry(entry.code.clone()).or_insert_with(|| Absence::new(o.date, &entry));
                        day.add(&o.period, &entry);
                    }
                    Ok(())
                })?;
            }
            let mut days: Vec<Absence> = found.into_values().filter(|day| day.counts.missed() > 0).collect();
            days.sort_by(|a, b| a.code.cmp(&b.code));
            days.iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}
