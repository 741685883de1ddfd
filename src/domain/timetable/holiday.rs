//! All-day events of a calendar file, as the dates on which a school is closed.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::Invalid;

/// A yearly event without an end is followed for this many years.
const YEARS: u32 = 10;

/// An event that lasts whole days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Identity of the event in its calendar.
    pub uid: String,
    /// The title.
    pub title: String,
    /// First date.
    pub first: NaiveDate,
    /// The date after the last one, as calendars write it. `None`: the event lasts one day.
    pub end: Option<NaiveDate>,
    /// How it returns, as RFC 5545 writes it: `FREQ=YEARLY;COUNT=3`.
    pub rule: Option<String>,
    /// It was called off.
    pub cancelled: bool,
}

impl Holiday {
    /// The dates, each run of one occurrence by itself; none of an event that was called off.
    ///
    /// # Errors
    /// It returns in another way than every so many years.
    pub fn dates(&self) -> Result<Vec<RangeInclusive<NaiveDate>>, Invalid> {
        if self.cancelled {
            return Ok(Vec::new());
        }
        let rule = Yearly::read(self.rule.as_deref())?;
        let last = self.end.and_then(|end| end.pred_opt()).map_or(self.first, |last| last.max(self.first));
        let length = Days::new(u64::try_from((last - self.first).num_days()).unwrap_or_default());
        let starts = (0..rule.times).filter_map(|nth| {
            let years = i32::try_from(nth.checked_mul(rule.every)?).ok()?;
            // 29 February has no day in most years.
            self.first.with_year(self.first.year().checked_add(years)?)
        });
        let starts = starts.take_while(|start| rule.until.is_none_or(|until| *start <= until));
        Ok(starts.filter_map(|start| Some(start..=start.checked_add_days(length)?)).collect())
    }
}

/// How an event returns.
struct Yearly {
    times: u32,
    every: u32,
    until: Option<NaiveDate>,
}

impl Yearly {
    fn read(rule: Option<&str>) -> Result<Self, Invalid> {
        let Some(rule) = rule else { return Ok(Self { times: 1, every: 1, until: None }) };
        let part = |name: &str| {
            let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
            parts.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let known = ["FREQ", "COUNT", "UNTIL", "INTERVAL", "WKST", "BYMONTH", "BYMONTHDAY"];
        let strange =
            rule.split(';').any(|part| !known.iter().any(|name| part.to_uppercase().starts_with(name)));
        if strange || part("FREQ") != Some("YEARLY") {
            return Err(Invalid::new(format!("returns by the rule {rule}"))
                .hint("attend follows yearly events; close other dates by hand"));
        }
        let number = |name| part(name).and_then(|value| value.parse::<u32>().ok());
        let until = part("UNTIL").and_then(|value| NaiveDate::parse_from_str(value.get(..8)?, "%Y%m%d").ok());
        Ok(Self {
            times: number("COUNT").unwrap_or(YEARS).min(YEARS),
            every: number("INTERVAL").unwrap_or(1).max(1),
            until,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(first: &str, end: Option<&str>, rule: Option<&str>) -> Result<Vec<String>, String> {
        let read = |text: &str| text.parse::<NaiveDate>().unwrap();
        let holiday = Holiday {
            uid: "1".into(),
            title: "Holiday".into(),
            first: read(first),
            end: end.map(read),
            rule: rule.map(str::to_owned),
            cancelled: false,
        };
        let dates = holiday.dates().map_err(|invalid| invalid.message)?;
        Ok(dates.iter().map(|run| format!("{}..{}", run.start(), run.end())).collect())
    }

    #[test]
    fn the_end_of_an_event_is_the_day_after() {
        for (first, end, expected) in [
            ("2026-10-05", Some("2026-10-10"), "2026-10-05..2026-10-09"),
            ("2026-10-05", Some("2026-10-06"), "2026-10-05..2026-10-05"),
            ("2026-10-05", Some("2026-10-05"), "2026-10-05..2026-10-05"),
            ("2026-10-05", None, "2026-10-05..2026-10-05"),
            ("2026-12-30", Some("2027-01-02"), "2026-12-30..2027-01-01"),
        ] {
            assert_eq!(dates(first, end, None).unwrap(), [expected]);
        }
    }

    #[test]
    fn yearly_events_return_and_others_are_refused() {
        let years = |rule| dates("2027-03-21", None, Some(rule)).map(|runs| runs.len());
        for (rule, expected) in [
            ("FREQ=YEARLY;COUNT=3", Ok(3)),
            ("FREQ=YEARLY;UNTIL=20290321", Ok(3)),
            ("FREQ=YEARLY;INTERVAL=2;UNTIL=20310321T000000Z", Ok(3)),
            ("FREQ=YEARLY", Ok(10)),
            ("FREQ=YEARLY;COUNT=4000000000", Ok(10)),
            ("FREQ=WEEKLY;COUNT=3", Err("returns by the rule FREQ=WEEKLY;COUNT=3".to_owned())),
            ("FREQ=YEARLY;BYDAY=1MO", Err("returns by the rule FREQ=YEARLY;BYDAY=1MO".to_owned())),
        ] {
            assert_eq!(years(rule), expected, "{rule}");
        }
        assert_eq!(dates("2028-02-29", None, Some("FREQ=YEARLY;COUNT=5")).unwrap().len(), 2);
    }
}
