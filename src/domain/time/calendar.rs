//! The school's calendar: local dates and times, also when the clocks change.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Timelike};

use crate::domain::Invalid;
use crate::domain::time::zone::WallClock;
use crate::domain::time::{Instant, Zone};

/// Local date of `at` in the school's zone.
pub fn local_date(at: Instant, zone: Zone) -> NaiveDate {
    zone.local(at).date_naive()
}

/// The instant of a wall-clock time: in a skipped hour the first instant after it, in a repeated hour
/// the first of the two.
pub fn resolve(date: NaiveDate, time: NaiveTime, zone: Zone) -> Instant {
    match zone.instants(date.and_time(time)) {
        WallClock::Once(at) | WallClock::Twice(at, _) | WallClock::Skipped(at) => at,
    }
}

/// The instant that has the local time of `at` in another zone.
pub(crate) fn same_local_time(at: Instant, (before, after): (Zone, Zone)) -> Instant {
    let local = before.local(at).naive_local();
    resolve(local.date(), local.time(), after)
}

/// First and last instant of a local date, both inclusive.
pub fn day(date: NaiveDate, zone: Zone) -> RangeInclusive<Instant> {
    let first = resolve(date, NaiveTime::MIN, zone);
    let next = resolve(date + Days::new(1), NaiveTime::MIN, zone);
    first..=Instant::from_micros(next.micros() - 1)
}

/// First and last instant of local dates, all inclusive.
pub fn days(dates: &RangeInclusive<NaiveDate>, zone: Zone) -> RangeInclusive<Instant> {
    *day(*dates.start(), zone).start()..=*day(*dates.end(), zone).end()
}

/// The dates of a range in order, both ends included.
pub(crate) fn each_date(dates: &RangeInclusive<NaiveDate>) -> impl Iterator<Item = NaiveDate> + use<> {
    let last = *dates.end();
    dates.start().iter_days().take_while(move |date| *date <= last)
}

/// A date or an instant. A date means its first local instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From a local date on.
    Date(NaiveDate),
    /// From an instant on.
    At(Instant),
}

impl When {
    /// An instant as a date, if it is the first of one.
    pub(crate) fn since(at: Instant, zone: Zone) -> Self {
        let date = local_date(at, zone);
        if *day(date, zone).start() == at { Self::Date(date) } else { Self::At(at) }
    }

    /// The instant meant.
    pub fn instant(self, zone: Zone) -> Instant {
        match self {
            Self::Date(date) => *day(date, zone).start(),
            Self::At(at) => at,
        }
    }

    /// The text to type for it.
    pub(crate) fn written(self, zone: Zone) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::At(at) => rfc3339(at, zone),
        }
    }
}

/// A date as `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Result<NaiveDate, Invalid> {
    let well_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| well_formed);
    date.filter(|date| (1970..=9999).contains(&date.year())).ok_or_else(|| {
        let words = if well_formed { "is not a date of the calendar" } else { "is not a date" };
        Invalid::new(format!("{text:?} {words}")).hint("write the date as YYYY-MM-DD, such as 2026-09-07")
    })
}

/// One date (`2026-09-07`) or a range with both ends (`2026-10-05..2026-10-09`).
pub fn parse_dates(text: &str) -> Result<RangeInclusive<NaiveDate>, Invalid> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    date_range(parse_date(first)?, parse_date(last)?)
}

/// The dates from one to another, both included.
///
/// # Errors
/// The last is before the first.
pub fn date_range(first: NaiveDate, last: NaiveDate) -> Result<RangeInclusive<NaiveDate>, Invalid> {
    if last < first {
        return Err(Invalid::new(format!("{last} is before {first}")).hint("write the earlier date first"));
    }
    Ok(first..=last)
}

/// A wall-clock time as `HH:MM`.
pub fn parse_time(text: &str) -> Result<NaiveTime, Invalid> {
    let digits = text.trim();
    // The library accepts spaces before a number.
    let time =
        NaiveTime::parse_from_str(digits, "%H:%M").ok().filter(|_| !digits.contains(char::is_whitespace));
    time.ok_or_else(|| {
        Invalid::new(format!("{text:?} is not a time of day"))
            .hint("write hours and minutes, 00:00 to 23:59, such as 08:20")
    })
}

/// An IANA zone by its name, with the compiled-in rules.
pub fn parse_zone(text: &str) -> Result<Zone, Invalid> {
    text.parse()
}

/// `2026-09-07T08:03:11.25+03:00`, with as many decimals as there are.
pub fn rfc3339(at: Instant, zone: Zone) -> String {
    let mut text = String::new();
    Teller::new(zone).rfc3339(at, &mut text);
    text
}

/// The wall clock at an instant, such as `08:03`.
pub fn clock(at: Instant, zone: Zone) -> String {
    let local = zone.local(at);
    let mut text = String::with_capacity(5);
    put_two(&mut text, local.hour());
    text.push(':');
    put_two(&mut text, local.minute());
    text
}

/// Formats many instants in a zone. Instants of one minute differ only in their seconds, so the calendar is asked once
/// per minute and not for each of millions.
#[derive(Debug)]
pub struct Teller {
    zone: Zone,
    /// The minute (UTC) that the rest is about.
    minute: Option<i64>,
    date: String,
    time: String,
    offset: String,
    offset_seconds: i64,
}

impl Teller {
    /// For instants in `zone`.
    pub fn new(zone: Zone) -> Self {
        let (minute, date, time, offset, offset_seconds) = Default::default();
        Self { zone, minute, date, time, offset, offset_seconds }
    }

    /// Appends an instant as RFC 3339 with offset and as many decimals as there are.
    pub fn rfc3339(&mut self, at: Instant, out: &mut String) {
        self.turn_to(at);
        self.write(at, 'T', out);
        let fraction = at.micros().rem_euclid(1_000_000);
        if fraction > 0 {
            let decimals = format!("{fraction:06}");
            out.push('.');
            out.push_str(decimals.trim_end_matches('0'));
        }
        out.push_str(&self.offset);
    }

    /// Appends an instant as people write it: `2026-09-07 08:03:11`.
    pub fn seconds(&mut self, at: Instant, out: &mut String) {
        self.turn_to(at);
        self.write(at, ' ', out);
    }

    fn turn_to(&mut self, at: Instant) {
        if self.minute == Some(at.minute()) {
            return;
        }
        let local = self.zone.local(at);
        for text in [&mut self.date, &mut self.time, &mut self.offset] {
            text.clear();
        }
        put_year(&mut self.date, local.year());
        for part in [local.month(), local.day()] {
            self.date.push('-');
            put_two(&mut self.date, part);
        }
        for part in [local.hour(), local.minute()] {
            put_two(&mut self.time, part);
            self.time.push(':');
        }
        put_offset(&mut self.offset, *local.offset());
        self.offset_seconds = local.offset().local_minus_utc().into();
        // If the offset is not a whole minute (as in Monrovia until 1972), local minutes are not UTC minutes.
        self.minute = (self.offset_seconds % 60 == 0).then(|| at.minute());
    }

    fn write(&self, at: Instant, between: char, out: &mut String) {
        let second = (at.micros().div_euclid(1_000_000) + self.offset_seconds).rem_euclid(60);
        out.push_str(&self.date);
        out.push(between);
        out.push_str(&self.time);
        put_two(out, u32::try_from(second).unwrap_or_default());
    }
}

// A report has thousands of times, and the formatter of dates costs ten times as much as these.

/// Appends a number below 100 as two digits.
fn put_two(out: &mut String, number: u32) {
    for digit in [number / 10 % 10, number % 10] {
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

/// Appends a year. In some zones the last day of the year 9999 reaches into the year 10000, which RFC 3339 cannot write.
fn put_year(out: &mut String, year: i32) {
    match u32::try_from(year) {
        Ok(year @ 0..=9999) => [year / 100, year % 100].into_iter().for_each(|part| put_two(out, part)),
        _ => out.push_str(&format!("{year:+05}")),
    }
}

/// Appends an offset as hours and minutes, such as `+03:00`.
fn put_offset(out: &mut String, offset: FixedOffset) {
    let seconds = offset.local_minus_utc();
    out.push(if seconds < 0 { '-' } else { '+' });
    // Offsets before 1972 may have seconds. They are rounded, as RFC 3339 has none.
    let minutes = (seconds.unsigned_abs() + 30) / 60;
    put_two(out, minutes / 60);
    out.push(':');
    put_two(out, minutes % 60);
}

/// A run of dates on which no period is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// First and last date.
    pub dates: RangeInclusive<NaiveDate>,
    /// The reason, as typed when the date was closed.
    pub reason: String,
}

/// The closure that holds on `date`, if any.
pub fn closure_on(date: NaiveDate, closures: &[Closure]) -> Option<&Closure> {
    closures.iter().find(|closure| closure.dates.contains(&date))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(zone: &str, date: &str, time: &str) -> String {
        let zone = parse_zone(zone).unwrap();
        let instant = resolve(parse_date(date).unwrap(), parse_time(time).unwrap(), zone);
        instant.to_utc().to_rfc3339()
    }

    #[test]
    fn instants_keep_their_decimals_and_the_school_its_offset() {
        let zone = parse_zone("Asia/Baghdad").unwrap();
        for text in
            ["2026-09-07T08:03:11.25+03:00", "2026-09-07T08:03:11+03:00", "2026-09-07T08:03:11.000001+03:00"]
        {
            assert_eq!(rfc3339(text.parse().unwrap(), zone), text);
        }
    }

    #[test]
    fn wall_clock_times_survive_both_clock_changes() {
        for (zone, date, time, utc) in [
            ("Asia/Baghdad", "2026-09-07", "08:20", "2026-09-07T05:20:00+00:00"),
            // Skipped: 02:00 to 03:00 does not exist; 03:00 is the first instant after it.
            ("Europe/Stockholm", "2026-03-29", "01:59", "2026-03-29T00:59:00+00:00"),
            ("Europe/Stockholm", "2026-03-29", "02:00", "2026-03-29T01:00:00+00:00"),
            ("Europe/Stockholm", "2026-03-29", "02:59", "2026-03-29T01:00:00+00:00"),
            ("Europe/Stockholm", "2026-03-29", "03:00", "2026-03-29T01:00:00+00:00"),
            // Repeated: the first 02:30 counts.
            ("Europe/Stockholm", "2026-10-25", "02:30", "2026-10-25T00:30:00+00:00"),
            ("Europe/Stockholm", "2026-10-25", "03:00", "2026-10-25T02:00:00+00:00"),
            // Half an hour, midnight, and a whole skipped day.
            ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30:00+00:00"),
            ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00:00+00:00"),
            ("Pacific/Apia", "2011-12-30", "08:00", "2011-12-30T10:00:00+00:00"),
        ] {
            assert_eq!(at(zone, date, time), utc, "{zone} {date} {time}");
        }
    }

    #[test]
    fn a_day_is_as_long_as_the_clocks_make_it() {
        let zone = parse_zone("Europe/Stockholm").unwrap();
        for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)] {
            let day = day(parse_date(date).unwrap(), zone);
            assert_eq!((*day.end() - *day.start()).whole_minutes() + 1, hours * 60, "{date}");
        }
    }

    #[test]
    fn impossible_dates_and_times_are_refused() {
        for wrong in [
            "2026-02-30",
            "2026-13-01",
            "07.09.2026",
            "2026-9-7",
            "",
            "2026-09-07x",
            "12026-01-01",
            "2026- 9- 7",
            "２０２６-09-07",
        ] {
            assert!(parse_date(wrong).is_err(), "{wrong}");
        }
        for wrong in ["24:00", "8", "08:60", "", "8.30", "08:00:00x", "8: 5", "8 :05"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
        assert!(parse_dates("2026-09-08..2026-09-07").is_err());
    }

    #[test]
    fn a_zone_almost_right_is_suggested() {
        let error = parse_zone("Asia/Bagdad").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean \"Asia/Baghdad\"?"));
    }

    #[test]
    fn local_minutes_may_differ_from_utc_minutes() {
        // Monrovia was 44 minutes and 30 seconds behind until 1972.
        let mut teller = Teller::new(parse_zone("Africa/Monrovia").unwrap());
        let mut told = String::new();
        for (at, expected) in [
            ("1971-06-01T12:00:29Z", "1971-06-01 11:15:59"),
            ("1971-06-01T12:00:30Z", "1971-06-01 11:16:00"),
            ("1972-06-01T12:00:29Z", "1972-06-01 12:00:29"),
        ] {
            told.clear();
            teller.seconds(at.parse().unwrap(), &mut told);
            assert_eq!(told, expected, "{at}");
        }
    }

    proptest! {
        /// In any sequence of instants, each is formatted as chrono formats it.
        #[test]
        fn the_calendar_cache_agrees_with_chrono(
            instants in proptest::collection::vec((0..2_000_000_000i64, -90..90i64, 0..1_000_000i64), 1..20),
            zone in proptest::sample::select(vec!["Asia/Baghdad", "Europe/Stockholm", "Africa/Monrovia", "Asia/Kathmandu", "UTC"]),
        ) {
            let zone = parse_zone(zone).unwrap();
            let mut teller = Teller::new(zone);
            for (seconds, after, micros) in instants {
                for seconds in [seconds, (seconds + after).max(0)] {
                    let at = Instant::from_micros(seconds * 1_000_000 + micros);
                    let local = zone.local(at);
                    let mut told = String::new();
                    teller.seconds(at, &mut told);
                    prop_assert_eq!(&told, &local.format("%Y-%m-%d %H:%M:%S").to_string());
                    prop_assert_eq!(clock(at, zone), local.format("%H:%M").to_string());
                    teller.rfc3339(at, &mut told);
                    let start = local.format("%Y-%m-%d %H:%M:%S%Y-%m-%dT%H:%M:%S").to_string();
                    prop_assert!(told.starts_with(&start) && told.ends_with(&local.format("%:z").to_string()));
                }
            }
        }
    }
}
