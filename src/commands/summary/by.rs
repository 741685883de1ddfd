//! The sums of some dates by group, period, date or student.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::register::status::Counts;
use crate::domain::register::summary::{By, Sum, SumOrder, memberships};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;
use crate::domain::time::calendar::local_date;
use crate::failure::Result;
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Store, settings};

/// Which sums.
#[derive(Debug)]
pub struct Request {
    /// Of these dates; `None`: of today.
    pub dates: Option<RangeInclusive<NaiveDate>>,
    /// Only students of these groups.
    pub groups: GroupFilter,
    /// The rows.
    pub by: By,
    /// How the rows are sorted.
    pub order: SumOrder,
}

/// The sums of the periods that have begun, sorted.
pub fn sums(
    store: &mut Store,
    request: &Request,
    caller: &Caller,
) -> Result<(RangeInclusive<NaiveDate>, Vec<Sum>, Zone)> {
    store.read(|conn| {
        let zone = settings::load(conn)?.zone;
        lookup::groups(conn, &request.groups)?;
        let today = local_date(caller.now, zone);
        let dates = request.dates.clone().unwrap_or(today..=today);
        let expectations = lookup::expectations(conn, &dates)?;
        let cameras = Cameras::read(conn)?;
        let mut counts: FxHashMap<(i64, String), Counts> = FxHashMap::default();
        for occurrence in schedule::occurrences(conn, dates.clone())? {
            if !occurrence.held() || occurrence.starts_at > caller.now {
                continue;
            }
            entries::count(
                conn,
                &cameras,
                &occurrence,
                &expectations,
                caller.now,
                |student, group, judged| {
                    if !request.groups.passes(group) {
                        return;
                    }
                    let mut add = |key| counts.entry(key).or_default().add(judged);
                    match request.by {
                        By::Date => add((0, occurrence.date.to_string())),
                        By::Period => add((occurrence.order, occurrence.period.to_string())),
                        By::Student => add((student.0, String::new())),
                        By::Group => {
                            memberships(group).for_each(|(order, group)| add((order, group.to_owned())))
                        }
                    }
                },
            )?;
        }
        let mut sums = Vec::new();
        for ((order, mut key), counts) in counts {
            let mut name = None;
            if request.by == By::Student {
                let named = students::named(conn, crate::domain::roll::student::StudentId(order))?;
                let Some((code, of_student)) = named else { continue };
                (key, name) = (code, Some(of_student));
            }
            let order = if request.by == By::Student { 0 } else { order };
            sums.push(Sum { order, key, name, counts });
        }
        request.order.sort(&mut sums);
        Ok((dates, sums, zone))
    })
}
