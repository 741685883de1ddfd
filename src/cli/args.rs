//! Values as people type them: the domain reads them, clap shows its words and its hint.

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use clap::Args;

use crate::domain::time::{Instant, Span};
use crate::domain::weekdays::Weekdays;
use crate::domain::{Invalid, calendar, student};
use crate::report::text::grouped;

/// A value with its hint as clap shows it.
pub fn read<T>(result: Result<T, Invalid>) -> Result<T, String> {
    result.map_err(|error| match error.hint {
        Some(hint) => format!("{}\nhint: {hint}", error.message),
        None => error.message,
    })
}

pub fn instant(text: &str) -> Result<Instant, String> {
    read(text.parse())
}

pub fn span(text: &str) -> Result<Span, String> {
    read(text.parse())
}

/// A span, or `none`.
pub fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" { Ok(Limit(None)) } else { span(text).map(|span| Limit(Some(span))) }
}

/// A span that may be none.
#[derive(Debug, Clone, Copy)]
pub struct Limit(pub Option<Span>);

pub fn days(text: &str) -> Result<Weekdays, String> {
    read(text.parse())
}

pub fn time(text: &str) -> Result<NaiveTime, String> {
    read(calendar::parse_time(text))
}

pub fn date(text: &str) -> Result<NaiveDate, String> {
    read(calendar::parse_date(text))
}

pub fn dates(text: &str) -> Result<RangeInclusive<NaiveDate>, String> {
    read(calendar::parse_dates(text))
}

pub fn zone(text: &str) -> Result<Tz, String> {
    read(calendar::parse_zone(text))
}

pub fn code(text: &str) -> Result<String, String> {
    read(student::check_code(text).map(str::to_owned))
}

pub fn name(text: &str) -> Result<String, String> {
    read(student::check_name(text).map(str::to_owned))
}

/// A line of words without control characters.
pub fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 500 || text.chars().any(char::is_control) {
        return Err("write a line of 1 to 500 bytes".to_owned());
    }
    Ok(text.to_owned())
}

/// Redrawing in place.
#[derive(Debug, Args)]
pub struct Watch {
    /// Redraw in place, every 2 seconds or as given; q leaves
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "2s", value_parser = span)]
    watch: Option<Span>,
}

impl Watch {
    /// How often, if at all; never more than ten times a second.
    pub fn every(&self) -> Option<Duration> {
        let every = self.watch.map(|every| Duration::from_micros(every.micros().unsigned_abs()));
        every.map(|every| every.max(Duration::from_millis(100)))
    }
}

/// Who decides.
#[derive(Debug, Args)]
pub struct By {
    /// Who decides [default: $USER]
    #[arg(long = "by", value_name = "WHO", value_parser = line)]
    by: Option<String>,
}

impl By {
    pub fn name(&self) -> Option<&str> {
        self.by.as_deref()
    }
}

/// `3 added, 1 updated`: the counts that are not zero, or `nothing to do`.
pub fn tally<const N: usize>(counts: [(usize, &str); N]) -> String {
    let parts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", grouped(*n))).collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}
