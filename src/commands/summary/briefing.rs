//! The briefing of a date, from the same judgements as its summary.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};
use rustc_hash::FxHashMap;

use super::day::{Day, Facts};
use super::{Ids, View};
use crate::commands::Caller;
use crate::commands::register::calls;
use crate::domain::register::briefing::{BriefClass, Briefing, Call, SCHOOL_DAYS};
use crate::domain::register::calls::Unexplained;
use crate::domain::register::status::Counts;
use crate::domain::register::sums::memberships;
use crate::domain::register::tally::Tally;
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::StoreError;
use crate::store::roll::students;
use crate::store::timetable::schedule;

/// Calendar days in which the school days are looked for: twenty of them, and a long holiday.
const LOOK_BACK: u64 = 60;
const WEEK: Days = Days::new(7);

/// The dates that a briefing of `date` reads.
pub(super) fn dates(date: NaiveDate) -> RangeInclusive<NaiveDate> {
    date.checked_sub_days(Days::new(LOOK_BACK)).unwrap_or(date)..=date
}

/// The counts of classes, by order and name.
type Classes = BTreeMap<(i64, String), Counts>;

/// The inputs of a briefing.
pub(super) struct Reader<'c> {
    pub(super) view: &'c View<'c>,
    pub(super) facts: &'c Facts<'c>,
    pub(super) caller: &'c Caller,
}

impl Reader<'_> {
    /// The briefing of a day that is read already.
    pub(super) fn briefing(&self, day: &Day) -> Result<Briefing> {
        let begun = self.begun(day.date)?;
        let held: Vec<&[Occurrence]> = begun.chunk_by(|a, b| a.date == b.date).collect();
        let held = &held[held.len().saturating_sub(SCHOOL_DAYS)..];
        let mut tallies = vec![Tally::default(); day.students.len()];
        let (mut days, mut before) = (Vec::new(), None);
        let week_before = day.date.checked_sub_days(WEEK);
        for occurrences in held {
            let date = occurrences[0].date;
            let earlier = if date == day.date { None } else { Some(self.day(date, day.students.clone())?) };
            let of_date = earlier.as_ref().unwrap_or(day);
            days.push((date, self.count(of_date, &mut tallies)));
            if Some(date) == week_before {
                before = Some(self.classes(of_date, &begun_in(day)));
            }
        }
        let bands = self.facts.settings.absence_bands.iter().map(|band| (*band, reach(&tallies, *band)));
        Ok(Briefing {
            calls: self.calls(held.last().copied().unwrap_or_default(), day, &tallies)?,
            classes: self.compared(day, before.as_ref()),
            week_before: week_before.filter(|_| before.is_some()),
            days,
            bands: bands.collect(),
        })
    }

    /// The occurrences up to `date` that are held and have begun.
    fn begun(&self, date: NaiveDate) -> Result<Vec<Occurrence>> {
        let mut all = schedule::occurrences(self.view.conn, dates(date))?;
        all.retain(|occurrence| occurrence.counts(self.caller.now));
        Ok(all)
    }

    fn day(&self, date: NaiveDate, students: Ids) -> Result<Day> {
        Day::read(self.view.conn, date, students, self.facts, self.caller.now)
    }

    /// Counts a day, and adds it to the tally of each student.
    fn count(&self, day: &Day, tallies: &mut [Tally]) -> Counts {
        let (mut counts, mut outcomes) = (Counts::default(), Vec::new());
        for (student, tally) in day.students.iter().zip(tallies) {
            day.add_to(*student, tally, &mut outcomes, false);
            outcomes.iter().flatten().for_each(|outcome| counts.add(*outcome));
        }
        counts
    }

    /// The classes of a day, in those periods together that have these names: a morning is compared with a morning.
    fn classes(&self, day: &Day, names: &[&str]) -> Classes {
        let mut classes = Classes::new();
        let named = |place: &usize| names.contains(&&*day.periods[*place].occurrence.period);
        for place in (0..day.periods.len()).filter(named) {
            for (key, counts) in self.classes_in(day, place) {
                *classes.entry(key).or_default() += counts;
            }
        }
        classes
    }

    /// The classes in one period of a day.
    fn classes_in(&self, day: &Day, place: usize) -> Classes {
        let period = &day.periods[place];
        let groups = self.facts.expectations.roll.groups_at(period.occurrence.starts_at);
        let mut classes = Classes::new();
        for (row, student) in day.students.iter().enumerate().filter(|_| period.begun) {
            let Some(outcome) = day.outcome(row, place) else { continue };
            for (order, group) in memberships(groups.of(*student).1, self.facts.groups) {
                classes.entry((order, group.to_owned())).or_default().add(outcome);
            }
        }
        classes
    }

    /// The classes of the date beside those of the week before.
    fn compared(&self, day: &Day, before: Option<&Classes>) -> Vec<BriefClass> {
        let periods: Vec<Classes> = (0..day.periods.len()).map(|place| self.classes_in(day, place)).collect();
        let all = self.classes(day, &begun_in(day)).into_iter();
        all.map(|(key, counts)| BriefClass {
            counts,
            before: before.and_then(|before| before.get(&key)).copied(),
            periods: periods.iter().map(|period| period.get(&key).copied().unwrap_or_default()).collect(),
            name: key.1,
        })
        .collect()
    }

    /// The students who are absent without a reason on the date.
    fn calls(&self, occurrences: &[Occurrence], day: &Day, tallies: &[Tally]) -> Result<Vec<Call>> {
        if occurrences.first().is_none_or(|occurrence| occurrence.date != day.date) {
            return Ok(Vec::new());
        }
        let request = calls::Request { groups: self.facts.groups.clone(), ..calls::Request::all() };
        let reads = (self.facts.expectations, self.facts.cameras);
        let listed = calls::listed(self.view.conn, occurrences, reads, &request, self.caller)?;
        let mut known: FxHashMap<String, Tally> =
            listed.iter().map(|student| (student.code.clone(), Tally::default())).collect();
        students::each(self.view.conn, self.view.roll, self.view.at, |student| -> Result<(), StoreError> {
            if let (Some(known), Ok(row)) =
                (known.get_mut(student.code), day.students.binary_search(&student.id))
            {
                *known = tallies[row];
            }
            Ok(())
        })?;
        let call = |student: Unexplained| {
            let tally = known[&student.code];
            Call { in_a_row: tally.run(), days_absent: tally.days_absent, student }
        };
        Ok(listed.into_iter().map(call).collect())
    }
}

/// Names of the periods of a day that have begun.
fn begun_in(day: &Day) -> Vec<&str> {
    day.periods.iter().filter(|period| period.begun).map(|period| &*period.occurrence.period).collect()
}

/// How many students missed at least a share of what was judged, in percent.
fn reach(tallies: &[Tally], band: f64) -> u32 {
    let reaches = |tally: &&Tally| {
        let (missed, judged) = (f64::from(tally.counts.missed()), f64::from(tally.counts.judged()));
        missed > 0.0 && missed * 100.0 >= band * judged
    };
    u32::try_from(tallies.iter().filter(reaches).count()).unwrap_or(u32::MAX)
}
