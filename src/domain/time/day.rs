//! Typed dates: calendar dates, and words such as `today`.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

use crate::domain::Invalid;
use crate::domain::time::calendar::{date_range, parse_date, parse_time};

/// A date that may depend on today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// A date of the calendar.
    Date(NaiveDate),
    /// The day before today.
    Yesterday,
    /// Today in the school's zone.
    Today,
    /// The day after today.
    Tomorrow,
    /// The latest such weekday, which may be today.
    Latest(Weekday),
}

/// Words for days that are not weekdays.
const RELATIVE: [(&str, Day); 3] =
    [("today", Day::Today), ("yesterday", Day::Yesterday), ("tomorrow", Day::Tomorrow)];

/// The names of the weekdays, from Monday.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

impl Day {
    /// Every word that stands for a day, with its meaning.
    pub(crate) fn words() -> impl Iterator<Item = (&'static str, Self)> {
        let weekdays = WEEKDAYS.into_iter().map(|(word, weekday)| (word, Self::Latest(weekday)));
        RELATIVE.into_iter().chain(weekdays)
    }

    /// The date, relative to `today`.
    pub(crate) fn date(self, today: NaiveDate) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Yesterday => today.pred_opt().unwrap_or(today),
            Self::Today => today,
            Self::Tomorrow => today.succ_opt().unwrap_or(today),
            Self::Latest(weekday) => back_to(today, weekday),
        }
    }
}

/// The latest day of a name up to `date`.
fn back_to(date: NaiveDate, weekday: Weekday) -> NaiveDate {
    let days = date.weekday().days_since(weekday);
    date.checked_sub_days(Days::new(days.into())).unwrap_or(date)
}

/// The first day of a name from `date` on.
fn on_to(date: NaiveDate, weekday: Weekday) -> NaiveDate {
    let days = weekday.days_since(date.weekday());
    date.checked_add_days(Days::new(days.into())).unwrap_or(date)
}

impl FromStr for Day {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let word = text.to_ascii_lowercase();
        match Self::words().find(|(name, _)| *name == word) {
            Some((_, day)) => Ok(day),
            None => parse_date(text).map(Self::Date).map_err(|invalid| {
                let hint = "write the date as YYYY-MM-DD, such as 2026-09-07, or as today, yesterday, \
                            tomorrow or mon to sun (the latest one)";
                invalid.hint(hint)
            }),
        }
    }
}

/// One day, or a range with both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayRange {
    first: Day,
    last: Day,
}

impl DayRange {
    /// A range with both ends.
    pub(crate) fn new(first: Day, last: Day) -> Self {
        Self { first, last }
    }

    /// Whether it is one day rather than a range.
    pub(crate) fn is_one(self) -> bool {
        self.first == self.last
    }

    /// The dates, relative to `today`. A weekday that ends a range is the first such day from the
    /// start on, so `mon..fri` means the same week on each of its days.
    ///
    /// # Errors
    /// The end is before the start.
    pub(crate) fn dates(self, today: NaiveDate) -> Result<RangeInclusive<NaiveDate>, Invalid> {
        let first = self.first.date(today);
        let last = match self.last {
            Day::Latest(weekday) => on_to(first, weekday),
            day => day.date(today),
        };
        date_range(first, last)
    }
}

impl From<Day> for DayRange {
    fn from(day: Day) -> Self {
        Self { first: day, last: day }
    }
}

impl FromStr for DayRange {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let range = Self { first: first.parse()?, last: last.parse()? };
        if let (Day::Date(first), Day::Date(_)) = (range.first, range.last) {
            range.dates(first)?;
        }
        Ok(range)
    }
}

/// From one time of day to a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first instant.
    pub from: NaiveTime,
    /// The first instant after it.
    pub until: NaiveTime,
}

impl Hours {
    /// Whether a time of day lies within.
    pub fn contains(self, time: NaiveTime) -> bool {
        self.from <= time && time < self.until
    }
}

impl FromStr for Hours {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let ends = text.split_once("..");
            let (from, until) =
                ends.ok_or_else(|| Invalid::new(format!("{text:?} is not a pair of times")))?;
            let hours = Self { from: parse_time(from)?, until: parse_time(until)? };
            let later = hours.from < hours.until;
            if later { Ok(hours) } else { Err(Invalid::new(format!("{until} is not after {from}"))) }
        };
        read().map_err(|invalid: Invalid| invalid.hint("write both ends, such as 10:00..12:00"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday.
    const TODAY: &str = "2026-09-09";

    fn dates(text: &str) -> String {
        let dates = text.parse::<DayRange>().and_then(|range| range.dates(parse_date(TODAY).unwrap()));
        dates.map_or_else(|error| error.message, |dates| format!("{} {}", dates.start(), dates.end()))
    }

    #[test]
    fn words_for_days_depend_on_today() {
        for (text, expected) in [
            ("today", "2026-09-09 2026-09-09"),
            ("Yesterday", "2026-09-08 2026-09-08"),
            ("tomorrow", "2026-09-10 2026-09-10"),
            ("wed", "2026-09-09 2026-09-09"),
            ("tue", "2026-09-08 2026-09-08"),
            ("thu", "2026-09-03 2026-09-03"),
            ("2026-09-30", "2026-09-30 2026-09-30"),
        ] {
            assert_eq!(dates(text), expected, "{text}");
        }
    }

    #[test]
    fn hours_end_before_their_end() {
        let hours: Hours = "10:00..12:30".parse().unwrap();
        for (time, expected) in [("09:59", false), ("10:00", true), ("12:29", true), ("12:30", false)] {
            assert_eq!(hours.contains(parse_time(time).unwrap()), expected, "{time}");
        }
        for wrong in ["10:00", "10:00..10:00", "12:00..10:00", "10..12", ""] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_ends_with_the_first_such_weekday_from_its_start_on() {
        for (text, expected) in [
            ("mon..fri", "2026-09-07 2026-09-11"),
            ("thu..mon", "2026-09-03 2026-09-07"),
            ("today..fri", "2026-09-09 2026-09-11"),
            ("wed..wed", "2026-09-09 2026-09-09"),
            ("2026-09-01..yesterday", "2026-09-01 2026-09-08"),
            ("tomorrow..today", "2026-09-09 is before 2026-09-10"),
            ("2026-09-08..2026-09-07", "2026-09-07 is before 2026-09-08"),
            ("monday", "\"monday\" is not a date"),
        ] {
            assert_eq!(dates(text), expected, "{text}");
        }
    }
}
