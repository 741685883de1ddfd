//! The sums of some dates by group, period, date or student.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::commands::register::coverage::Cameras;
use crate::commands::{Caller, lookup};
use crate::domain::register::status::{Counts, judge};
use crate::domain::register::summary::{By, Sum, SumOrder};
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Zone;
use crate::domain::time::calendar::local_date;
use crate::failure::Result;
use crate::store::register::expected;
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
            let coverage = cameras.coverage(conn, &occurrence, caller.now)?;
            let groups = expectations.roll.groups_at(occurrence.starts_at);
            expected::each_standing(conn, &occurrence, &expectations, |student, _, standing| {
                let group = groups.of(student).1;
                if !request.groups.passes(group) {
                    return;
                }
                let judged = judge(&occurrence, caller.now, coverage.is_blind(group), standing);
                let mut add = |key| counts.entry(key).or_default().add(judged);
                match request.by {
                    By::Date => add((0, occurrence.date.to_string())),
                    By::Period => add((occurrence.order, occurrence.period.to_string())),
                    By::Student => add((student.0, String::new())),
                    // Memberships are counted: a student in two groups counts in both.
                    By::Group => match group {
                        Some(group) => group.split(',').for_each(|group| add((0, group.to_owned()))),
                        None => add((1, String::new())),
                    },
                }
            })?;
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
