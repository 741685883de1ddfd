//! Typed values survive being read, shown and read again. Invalid ones are refused with a message.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::str::FromStr;

use attend::domain::Invalid;
use attend::domain::settings::{SETTINGS, Settings};
use attend::domain::time::calendar::{parse_date, parse_dates, parse_time, parse_zone, rfc3339};
use attend::domain::time::{Instant, Span};
use attend::domain::timetable::hours::Hours;
use attend::domain::timetable::period::{Groups, shown};
use attend::domain::timetable::weekdays::{WEEK, Weekdays};
use attend::domain::upkeep::retention::Age;
use chrono::{Datelike, NaiveDate, Timelike};

/// The first letter chooses the type that the rest is parsed as.
pub fn hold(input: &[u8]) {
    let Some((kind, Ok(text))) = input.split_first().map(|(kind, rest)| (kind, str::from_utf8(rest))) else {
        return;
    };
    match kind {
        b'a' => age(text),
        b'd' => dates(text),
        b'g' => groups(text),
        b'h' => drop(read_again::<Hours>(text)),
        b'i' => instant(text),
        b's' => span(text),
        b't' => time(text),
        b'w' => weekdays(text),
        b'z' => zone(text),
        b'A'..=b'Z' => setting(usize::from(kind - b'A'), text),
        _ => {}
    }
}

/// The value. `None` if it is refused, with an error that a terminal can show.
fn in_words<T>(read: Result<T, Invalid>) -> Option<T> {
    let Err(invalid) = &read else { return read.ok() };
    for words in [Some(&invalid.message), invalid.hint.as_ref()].into_iter().flatten() {
        assert!(!words.is_empty() && !words.chars().any(char::is_control), "{invalid:?}");
    }
    None
}

/// A shown value is read as the same value and shown the same.
fn read_again<T: FromStr<Err = Invalid> + Display + PartialEq + Debug>(text: &str) -> Option<T> {
    let value: T = in_words(text.parse())?;
    let told = value.to_string();
    assert_eq!(told.parse().as_ref(), Ok(&value), "{text:?} is shown as {told:?}");
    Some(value)
}

/// A list is the union of its parts. A range covers all days from its first to its last.
fn weekdays(text: &str) {
    let Some(days) = read_again::<Weekdays>(text) else { return };
    let drawn = days.drawn();
    for (letter, day) in drawn.split(' ').zip(WEEK) {
        assert_eq!(letter == "·", !days.contains(day), "{drawn}");
    }
    if text.contains(',') {
        let parts = text.split(',').map(|part| part.parse::<Weekdays>().map(Weekdays::mask));
        assert_eq!(parts.reduce(|a, b| Ok(a? | b?)), Some(Ok(days.mask())), "{text:?}");
    } else if let Some(ends) = text.split_once(['-', '–']) {
        let [first, last] = [ends.0, ends.1].map(|day| day.parse::<Weekdays>().unwrap().mask());
        let length = (7 + last.trailing_zeros() - first.trailing_zeros()) % 7 + 1;
        let run = (0..length).map(|nth| 1 << ((first.trailing_zeros() + nth) % 7));
        assert_eq!(run.sum::<u8>(), days.mask(), "{text:?}");
    } else if let Ok(mask) = text.trim().parse::<u8>() {
        assert_eq!(mask, days.mask());
    }
}

/// The sum of its parts, counted in numbers that cannot overflow.
fn span(text: &str) {
    let expected = microseconds(text).and_then(|micros| i64::try_from(micros).ok());
    assert_eq!(read_again::<Span>(text).map(Span::micros), expected, "{text:?}");
}

fn microseconds(text: &str) -> Option<i128> {
    let mut rest = text.trim();
    let mut total = 0;
    if rest == "0" {
        return Some(0);
    }
    loop {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: i128 = rest[..rest.len() - unit.len()].parse().ok()?;
        rest = unit.trim_start_matches(|c: char| !c.is_ascii_digit());
        let micros: i128 = match unit[..unit.len() - rest.len()].trim() {
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            "w" => 604_800_000_000,
            _ => return None,
        };
        total += number.checked_mul(micros)?;
        if rest.is_empty() {
            return Some(total);
        }
    }
}

/// The instant from arithmetic, in any zone.
fn instant(text: &str) {
    let read = in_words(text.parse::<Instant>());
    if let Some(micros) = micros_of(text) {
        let in_range = (0..253_402_300_800_000_000).contains(&micros);
        assert_eq!(read.map(Instant::micros), in_range.then_some(micros), "{text:?}");
    }
    let Some(at) = read else { return };
    for zone in ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"] {
        let zone = parse_zone(zone).unwrap();
        let told = rfc3339(at, zone);
        let shorter = zone.local(at).year() <= 9999;
        assert!(!shorter || told.parse() == Ok(at), "{text:?} is told as {told:?}");
    }
}

/// Microseconds since 1970 of `2026-09-07T08:03:11` with any decimals and `Z` or an offset, by the arithmetic
/// of the Gregorian calendar; `None`: written otherwise, or no real instant.
fn micros_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let signs = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if signs.iter().any(|(at, sign)| text.get(*at..at + 1) != Some(*sign)) {
        return None;
    }
    let rest = text.get(19..)?;
    let is_digit = |c: char| c.is_ascii_digit();
    let offset = match rest.strip_prefix('.') {
        Some(decimals) if decimals.starts_with(is_digit) => decimals.trim_start_matches(is_digit),
        Some(_) => return None,
        None => rest,
    };
    // Further digits are cut off, missing ones are zero.
    let decimals = format!("{:0<6.6}", rest[..rest.len() - offset.len()].trim_start_matches('.'));
    let east = match offset.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let at = text.len() - 5;
            let (hours, minutes) = (number(at, at + 2)?, number(at + 3, at + 5)?);
            let seconds = (hours <= 23 && minutes <= 59).then_some(hours * 3600 + minutes * 60)?;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let real = hour <= 23 && minute <= 59 && second <= 59;
    let seconds = days_since_1970(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second - east;
    decimals.parse::<i64>().ok().filter(|_| real).map(|micros| seconds * 1_000_000 + micros)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let months = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let nth = usize::try_from(month - 1).ok()?;
    let until = |year: i64| 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = months.get(..nth)?.iter().sum::<i64>() + day - 1;
    let real = (1..=*months.get(nth)?).contains(&day);
    real.then(|| until(year - 1) - until(1969) + day_of_year)
}

/// A date has one spelling, and a range has two ends in their order.
fn dates(text: &str) {
    if let Some(date) = in_words(parse_date(text)) {
        assert_eq!(date.to_string(), text);
        assert_eq!(parse_dates(text), Ok(date..=date));
    }
    if let Some(dates) = in_words(parse_dates(text)) {
        let (first, last) = dates.clone().into_inner();
        assert!(first <= last && (1970..=9999).contains(&first.year()) && last.year() <= 9999);
        assert_eq!(parse_dates(&format!("{first}..{last}")), Ok(dates));
    }
}

fn time(text: &str) {
    let Some(time) = in_words(parse_time(text)) else { return };
    let parts: Vec<_> = text.trim().split(':').map(str::parse::<u32>).collect();
    assert_eq!(parts, [Ok(time.hour()), Ok(time.minute())], "{text:?}");
    assert_eq!((parse_time(&shown(time)), time.second(), time.nanosecond()), (Ok(time), 0, 0));
}

/// Days are days of the calendar; months go to the same day, or to the last of a shorter one.
fn age(text: &str) {
    let Some(age) = in_words(text.parse::<Age>()) else { return };
    for (year, month, day) in [(2026, 9, 7), (2026, 3, 31), (2024, 2, 29), (2100, 12, 31)] {
        let today = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let first = age.keeps_from(today);
        match age {
            Age::Days(days) => assert_eq!((today - first).num_days(), i64::from(days)),
            Age::Months(months) => {
                let nth = |date: NaiveDate| date.year() * 12 + i32::try_from(date.month0()).unwrap();
                assert_eq!(nth(today) - nth(first), i32::try_from(months).unwrap());
                let is_last = first.succ_opt().unwrap().day() == 1;
                assert!(first.day() == day || first.day() < day && is_last, "{first}");
            }
        }
        assert!(first < today);
    }
}

/// The names that are listed, each once, or everybody.
fn groups(text: &str) {
    let groups = Groups::parse(text);
    assert_eq!(Groups::parse(&groups.written()), groups);
    let named: BTreeSet<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let everybody = named.is_empty() || named.iter().any(|name| name.eq_ignore_ascii_case("all"));
    assert_eq!(groups.everybody(), everybody);
    assert_eq!(groups.expect(None), everybody);
    assert!(named.iter().all(|name| groups.expect(Some(name))));
    let written: Vec<&str> = named.into_iter().collect();
    assert_eq!(groups.written(), if everybody { String::new() } else { written.join(",") });
}

fn zone(text: &str) {
    let Some(zone) = in_words(parse_zone(text)) else { return };
    assert_eq!(parse_zone(zone.name()), Ok(zone));
}

/// The canonical form is its own canonical form, and settings that hold it can be read.
fn setting(nth: usize, text: &str) {
    let Some(setting) = SETTINGS.get(nth) else { return };
    let Some(canonical) = in_words(setting.check(text)) else { return };
    assert_eq!(setting.check(&canonical).as_ref(), Ok(&canonical), "{} {text:?}", setting.key);
    let zone = ("timezone".to_owned(), "Asia/Baghdad".to_owned());
    let stored = BTreeMap::from([zone, (setting.key.to_owned(), canonical.clone())]);
    let settings = Settings::from_stored(stored).unwrap();
    assert_eq!(settings.in_force(setting.key), Some(canonical.as_str()));
}
