//! All-day events of a calendar file, as the dates on which a school is closed.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::domain::Invalid;

/// An event that returns is followed for this many years.
const YEARS: i32 = 10;

/// An event that lasts whole days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holiday {
    /// Identity of the event in its calendar.
    pub uid: String,
    pub title: String,
    pub first: NaiveDate,
    /// The date after the last one, as calendars write it. `None`: the event lasts one day.
    pub end: Option<NaiveDate>,
    /// How it returns, as RFC 5545 writes it: `FREQ=YEARLY;COUNT=3`.
    pub rule: Option<String>,
    /// Further first dates (RDATE).
    pub more: Vec<NaiveDate>,
    /// First dates at which it does not return (EXDATE), or moved to other dates by an event of its own.
    pub except: Vec<NaiveDate>,
    /// It was called off.
    pub cancelled: bool,
}

impl Holiday {
    /// The dates in time order. Runs that touch are one.
    ///
    /// # Errors
    /// It returns by a rule that is not followed.
    pub(crate) fn dates(&self) -> Result<Vec<RangeInclusive<NaiveDate>>, Invalid> {
        if self.cancelled {
            return Ok(Vec::new());
        }
        let last = self.end.and_then(|end| end.pred_opt()).map_or(self.first, |last| last.max(self.first));
        let length = Days::new(u64::try_from((last - self.first).num_days()).unwrap_or_default());
        let mut starts = match &self.rule {
            Some(rule) => Recurrence::read(rule, self.first)?.starts(self.first),
            None => vec![self.first],
        };
        starts.extend(&self.more);
        starts.retain(|start| !self.except.contains(start));
        starts.sort();
        Ok(joined(starts.into_iter().filter_map(|start| Some(start..=start.checked_add_days(length)?))))
    }
}

/// Joins runs of dates that overlap or touch.
pub(crate) fn joined(
    runs: impl Iterator<Item = RangeInclusive<NaiveDate>>,
) -> Vec<RangeInclusive<NaiveDate>> {
    let mut joined: Vec<RangeInclusive<NaiveDate>> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(before) if before.end().succ_opt().is_none_or(|next| *run.start() <= next) => {
                *before = *before.start()..=*before.end().max(run.end());
            }
            _ => joined.push(run),
        }
    }
    joined
}

/// The unit of a recurrence.
enum Frequency {
    Daily,
    /// On these days of each week; a week begins with the day at the end.
    Weekly(Vec<Weekday>, Weekday),
    Yearly,
}

/// How an event returns.
struct Recurrence {
    frequency: Frequency,
    every: u32,
    times: Option<u32>,
    until: Option<NaiveDate>,
}

impl Recurrence {
    /// Reads the rule of an event.
    ///
    /// # Errors
    /// The rule says more than is followed here, or has no end although it returns within a year.
    fn read(rule: &str, first: NaiveDate) -> Result<Self, Invalid> {
        let strange = || {
            Invalid::new(format!("returns by the rule {rule}"))
                .hint("attend follows daily, weekly and yearly events; close other dates by hand")
        };
        let mut frequency = None;
        let (mut days, mut week) = (None, Weekday::Mon);
        let (mut every, mut times, mut until) = (1, None, None);
        for part in rule.split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(strange)?;
            let number = || value.parse::<u32>().ok().filter(|number| *number > 0);
            match key.to_ascii_uppercase().as_str() {
                "FREQ" => frequency = Some(value.to_ascii_uppercase()),
                "COUNT" => times = Some(number().ok_or_else(strange)?),
                "INTERVAL" => every = number().ok_or_else(strange)?,
                "UNTIL" => until = Some(date(value).ok_or_else(strange)?),
                "WKST" => week = weekday(value).ok_or_else(strange)?,
                "BYDAY" => {
                    days = Some(value.split(',').map(weekday).collect::<Option<_>>().ok_or_else(strange)?);
                }
                // They may only repeat what the first date says.
                "BYMONTH" if number() == Some(first.month()) => {}
                "BYMONTHDAY" if number() == Some(first.day()) => {}
                _ => return Err(strange()),
            }
        }
        let frequency = match frequency.as_deref() {
            Some("WEEKLY") => Frequency::Weekly(days.unwrap_or_else(|| vec![first.weekday()]), week),
            Some("DAILY") if days.is_none() => Frequency::Daily,
            Some("YEARLY") if days.is_none() => Frequency::Yearly,
            _ => return Err(strange()),
        };
        if times.is_none() && until.is_none() && !matches!(frequency, Frequency::Yearly) {
            return Err(Invalid::new(format!("returns without an end: {rule}")));
        }
        Ok(Self { frequency, every, times, until })
    }

    /// The first dates of all returns, up to [`YEARS`] years.
    fn starts(&self, first: NaiveDate) -> Vec<NaiveDate> {
        let horizon = first.year().saturating_add(YEARS);
        let days = |from: NaiveDate, each: u32| {
            let next = move |date: &NaiveDate| date.checked_add_days(Days::new(each.into()));
            std::iter::successors(Some(from), next).take_while(move |date| date.year() <= horizon)
        };
        let all: Box<dyn Iterator<Item = NaiveDate>> = match &self.frequency {
            Frequency::Daily => Box::new(days(first, self.every)),
            Frequency::Weekly(wanted, week) => {
                let weeks = days(first.week(*week).first_day(), self.every.saturating_mul(7));
                let within = weeks.flat_map(move |monday| days(monday, 1).take(7));
                Box::new(within.filter(move |date| *date >= first && wanted.contains(&date.weekday())))
            }
            Frequency::Yearly => {
                let years = (first.year()..horizon).step_by(self.every as usize);
                // 29 February has no day in most years.
                Box::new(years.filter_map(move |year| first.with_year(year)))
            }
        };
        let last = self.until.unwrap_or(NaiveDate::MAX);
        let end = first.with_year(horizon).unwrap_or(NaiveDate::MAX);
        let times = self.times.map_or(usize::MAX, |times| times as usize);
        all.take_while(|date| *date <= last && *date < end).take(times).collect()
    }
}

/// The date that a date or an instant of a calendar begins with: `20261005T080000Z`.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim().get(..8)?, "%Y%m%d").ok()
}

/// A length of whole days, as RFC 5545 writes it: `P1W`, `P2D`, `P1DT0H`.
pub(crate) fn days(text: &str) -> Option<Days> {
    let text = text.trim().to_ascii_uppercase();
    let mut rest = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let mut seconds = 0_u64;
    while !rest.is_empty() {
        rest = rest.strip_prefix('T').unwrap_or(rest);
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit = match after.chars().next()? {
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = &after[1..];
    }
    (seconds > 0 && seconds.is_multiple_of(86_400)).then(|| Days::new(seconds / 86_400))
}

/// A day of the week: `MO`. With a number before it, it is none: `1MO` is a day of a month.
fn weekday(text: &str) -> Option<Weekday> {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let known = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let place = known.iter().position(|day| day.eq_ignore_ascii_case(text.trim()))?;
    Some([Mon, Tue, Wed, Thu, Fri, Sat, Sun][place])
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
            more: Vec::new(),
            except: Vec::new(),
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
    fn lengths_are_whole_days() {
        for (text, expected) in [
            ("P1W", Some(7)),
            ("P2D", Some(2)),
            ("p2d", Some(2)),
            ("+P1D", Some(1)),
            ("P1DT24H", Some(2)),
            ("PT48H", Some(2)),
            ("P1DT0H0M0S", Some(1)),
            ("PT1440M", Some(1)),
            ("PT86400S", Some(1)),
            ("PT5H", None),
            ("P1DT1S", None),
            ("P0D", None),
            ("-P1D", None),
            ("P1", None),
            ("P", None),
            ("P1Y", None),
            ("PD", None),
            ("P99999999999999999999D", None),
            ("P18446744073709551615W", None),
            ("", None),
        ] {
            assert_eq!(days(text), expected.map(Days::new), "{text}");
        }
    }

    #[test]
    fn daily_weekly_and_yearly_events_return_and_others_are_refused() {
        // 21 March 2027 is a Sunday.
        let runs = |rule| dates("2027-03-21", None, Some(rule));
        for (rule, expected) in [
            ("FREQ=YEARLY;COUNT=3", "2027-03-21 2028-03-21 2029-03-21"),
            ("FREQ=YEARLY;UNTIL=20290321", "2027-03-21 2028-03-21 2029-03-21"),
            ("FREQ=YEARLY;INTERVAL=2;UNTIL=20310321T000000Z", "2027-03-21 2029-03-21 2031-03-21"),
            ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=21;COUNT=1", "2027-03-21"),
            ("FREQ=WEEKLY;COUNT=3", "2027-03-21 2027-03-28 2027-04-04"),
            ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20270411", "2027-03-21 2027-04-04"),
            ("FREQ=WEEKLY;BYDAY=SU,TU;COUNT=3", "2027-03-21 2027-03-23 2027-03-28"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;COUNT=3", "2027-03-21 2027-03-30 2027-04-04"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU;COUNT=3", "2027-03-21 2027-03-23 2027-04-04"),
            ("FREQ=DAILY;INTERVAL=3;COUNT=2", "2027-03-21 2027-03-24"),
            ("FREQ=DAILY;UNTIL=20270323", "2027-03-21..2027-03-23"),
            ("freq=daily;count=1", "2027-03-21"),
        ] {
            let told = runs(rule).unwrap().join(" ");
            let told = told.split(' ').map(|run| match run.split_once("..") {
                Some((from, to)) if from == to => from.to_owned(),
                _ => run.to_owned(),
            });
            assert_eq!(told.collect::<Vec<_>>().join(" "), expected, "{rule}");
        }
        for rule in [
            "FREQ=YEARLY;BYDAY=1MO",
            "FREQ=YEARLY;BYDAY=SU",
            "FREQ=YEARLY;BYMONTH=4",
            "FREQ=YEARLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;COUNT=3",
            "FREQ=WEEKLY;BYDAY=2TU;COUNT=3",
            "FREQ=DAILY;BYDAY=MO;COUNT=3",
            "FREQ=DAILY;COUNT=many",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;UNTIL=soon",
            "COUNT=3",
            "DAILY",
        ] {
            assert_eq!(runs(rule), Err(format!("returns by the rule {rule}")));
        }
        for rule in ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2"] {
            assert_eq!(runs(rule), Err(format!("returns without an end: {rule}")));
        }
    }

    #[test]
    fn returns_are_bounded_whatever_the_rule_says() {
        let count = |first, rule| dates(first, None, Some(rule)).unwrap().len();
        assert_eq!(count("2027-03-21", "FREQ=YEARLY"), 10);
        assert_eq!(count("2027-03-21", "FREQ=YEARLY;COUNT=4000000000"), 10);
        assert_eq!(count("2027-03-21", "FREQ=YEARLY;INTERVAL=4000000000"), 1);
        assert_eq!(count("2027-03-21", "FREQ=WEEKLY;COUNT=4000000000"), 522);
        assert_eq!(count("2027-03-21", "FREQ=DAILY;COUNT=4000000000"), 1, "one run");
        assert_eq!(count("2027-03-21", "FREQ=DAILY;INTERVAL=4000000000;COUNT=9"), 1);
        assert_eq!(count("2028-02-29", "FREQ=YEARLY;COUNT=5"), 3);
    }

    #[test]
    fn dates_are_left_out_and_added() {
        let day = |text: &str| date(text).unwrap();
        let holiday = Holiday {
            uid: "1".into(),
            title: "Holiday".into(),
            first: day("20270321"),
            end: Some(day("20270323")),
            rule: Some("FREQ=WEEKLY;COUNT=3".into()),
            more: vec![day("20270401")],
            except: vec![day("20270328"), day("20270101")],
            cancelled: false,
        };
        let told: Vec<String> =
            holiday.dates().unwrap().iter().map(|run| format!("{}..{}", run.start(), run.end())).collect();
        assert_eq!(told, ["2027-03-21..2027-03-22", "2027-04-01..2027-04-02", "2027-04-04..2027-04-05"]);
    }
}
