//! Parsers of typed values: the domain parses them, and clap prints its errors and hints.

use std::ops::RangeInclusive;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, Weekday};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::plan::PlannedDeed;
use crate::commands::roll::student::without_members;
use crate::domain::Invalid;
use crate::domain::evidence::reason::Reason;
use crate::domain::register::status::{STATUSES, Status};
use crate::domain::roll::group::GroupFilter;
use crate::domain::roll::student;
use crate::domain::roll::student::{ALWAYS, OPEN_END};
use crate::domain::time::calendar::When;
use crate::domain::time::day::{Day, DayRange, Hours};
use crate::domain::time::{Instant, Span};
use crate::domain::time::{Zone, calendar};
use crate::domain::timetable::weekdays::Weekdays;
use crate::domain::upkeep::retention::Age;
use crate::failure::Result;
use crate::report::text::grouped;
use crate::store::Store;
use crate::ui::say;

/// A value with its hint as clap shows it.
pub(crate) fn read<T>(result: Result<T, Invalid>) -> Result<T, String> {
    result.map_err(|error| match error.hint {
        Some(hint) => format!("{}\nhint: {hint}", error.message),
        None => error.message,
    })
}

pub(crate) fn instant(text: &str) -> Result<Instant, String> {
    read(text.parse())
}

pub(crate) fn span(text: &str) -> Result<Span, String> {
    read(text.parse())
}

pub(crate) fn age(text: &str) -> Result<Age, String> {
    read(text.parse())
}

/// A span, or `none`.
pub(crate) fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" { Ok(Limit(None)) } else { span(text).map(|span| Limit(Some(span))) }
}

/// A span that may be none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(pub Option<Span>);

pub(crate) fn days(text: &str) -> Result<Weekdays, String> {
    read(text.parse())
}

pub(crate) fn time(text: &str) -> Result<NaiveTime, String> {
    read(calendar::parse_time(text))
}

pub(crate) fn date(text: &str) -> Result<Day, String> {
    read(text.parse())
}

/// A date or an instant as people type it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DayOrInstant {
    Day(Day),
    At(Instant),
}

impl DayOrInstant {
    /// The date or instant meant, as of `today`.
    pub(crate) fn when(self, today: NaiveDate) -> When {
        match self {
            Self::Day(day) => When::Date(day.date(today)),
            Self::At(at) => When::At(at),
        }
    }
}

pub(crate) fn when(text: &str) -> Result<DayOrInstant, String> {
    text.parse().map(DayOrInstant::At).or_else(|_| date(text).map(DayOrInstant::Day))
}

pub(crate) fn dates(text: &str) -> Result<DayRange, String> {
    read(text.parse())
}

pub(crate) fn zone(text: &str) -> Result<Zone, String> {
    read(calendar::parse_zone(text))
}

pub(crate) fn code(text: &str) -> Result<String, String> {
    read(student::check_code(text).map(str::to_owned))
}

pub(crate) fn name(text: &str) -> Result<String, String> {
    read(student::check_name(text).map(str::to_owned))
}

/// A day of the week.
pub(super) fn weekday(text: &str) -> Result<Weekday, String> {
    match text.parse() {
        Ok(Day::Latest(weekday)) => Ok(weekday),
        _ => {
            Err(format!("{text:?} is not a day of the week\nhint: write mon, tue, wed, thu, fri, sat or sun"))
        }
    }
}

/// Two times of day with .. between them.
pub(crate) fn hours(text: &str) -> Result<Hours, String> {
    read(text.parse())
}

/// Names of groups and patterns, with commas between them.
pub(crate) fn groups(text: &str) -> Result<GroupFilter, String> {
    read(text.parse())
}

// The groups that a report is about.
#[derive(Debug, Args)]
pub(crate) struct OnlyGroups {
    /// Only these groups; * stands for any letters
    #[arg(long, value_name = "GROUPS", value_parser = groups)]
    group: Option<GroupFilter>,
}

impl OnlyGroups {
    /// The filter.
    pub(crate) fn filter(&self) -> GroupFilter {
        self.group.clone().unwrap_or_default()
    }

    /// The filter, after a warning about each group without students.
    pub(crate) fn heeded(&self, store: &mut Store) -> Result<GroupFilter> {
        let groups = self.filter();
        warn_without_members(store, &groups)?;
        Ok(groups)
    }
}

/// Warns about groups without students. A report about them is empty, which is not an error.
pub(crate) fn warn_without_members(store: &mut Store, groups: &GroupFilter) -> Result<()> {
    without_members(store, groups)?.iter().for_each(|warning| say(warning));
    Ok(())
}

/// A status of the register.
pub(crate) fn status() -> impl TypedValueParser<Value = Status> {
    let words = PossibleValuesParser::new(STATUSES.map(Status::word));
    words.try_map(|word| {
        STATUSES.into_iter().find(|status| status.word() == word).ok_or("this is none of the statuses")
    })
}

/// A line of words without control characters.
pub(crate) fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 500 || text.chars().any(char::is_control) {
        return Err("write a line of 1 to 500 bytes".to_owned());
    }
    Ok(text.to_owned())
}

/// The name of a camera.
pub(crate) fn camera(text: &str) -> Result<String, String> {
    line(text).and_then(|name| {
        if name.len() > 64 { Err("a camera's name has at most 64 bytes".into()) } else { Ok(name) }
    })
}

// Local dates: one, or a range with both ends.
#[derive(Debug, Args)]
pub(crate) struct Dates {
    /// First date
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Day>,
    /// Last date [default: today]
    #[arg(long, value_name = "DATE", value_parser = date, requires = "from")]
    to: Option<Day>,
    /// One date, or first..last
    #[arg(long, value_name = "DATE[..DATE]", value_parser = dates, conflicts_with_all = ["from", "to"])]
    date: Option<DayRange>,
}

impl Dates {
    /// Whether one date was given, rather than a range.
    pub(crate) fn are_one(&self) -> bool {
        self.date.is_some_and(DayRange::is_one)
    }

    /// The selected dates. `None` if no option was given.
    pub(crate) fn range(&self, today: NaiveDate) -> Result<Option<RangeInclusive<NaiveDate>>> {
        match (self.date, self.from) {
            (Some(dates), _) => Ok(Some(dates.dates(today)?)),
            (None, Some(from)) => range(from, self.to.unwrap_or(Day::Today), today).map(Some),
            (None, None) => Ok(None),
        }
    }
}

// Redrawing in place.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Redraw in place, every 2 seconds or as given; press q to quit
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "2s", value_parser = span)]
    watch: Option<Span>,
}

impl Watch {
    /// The interval, at least 0.1 s. `None` without `--watch`.
    pub(crate) fn every(&self) -> Option<Duration> {
        let every = self.watch.map(|every| Duration::from_micros(every.micros().unsigned_abs()));
        every.map(|every| every.max(Duration::from_millis(100)))
    }
}

/// Dates from one to another, both included.
pub(crate) fn range(from: Day, to: Day, today: NaiveDate) -> Result<RangeInclusive<NaiveDate>> {
    DayRange::new(from, to).dates(today).map_err(|_| {
        let message = format!("--to {} is before --from {}", to.date(today), from.date(today));
        Problem::new(Kind::Usage, message).hint("write the earlier date first").into()
    })
}

// A range of dates, each end of which may be open.
#[derive(Debug, Args)]
pub(crate) struct OpenDates {
    /// First date [default: the earliest]
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Option<Day>,
    /// Last date [default: the latest]
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Option<Day>,
}

impl OpenDates {
    /// `None`: all dates.
    pub(crate) fn range(&self, today: NaiveDate) -> Result<Option<RangeInclusive<NaiveDate>>> {
        match (self.from, self.to) {
            (None, None) => Ok(None),
            (from, to) => {
                range(from.unwrap_or(Day::Date(ALWAYS)), to.unwrap_or(Day::Date(OPEN_END)), today).map(Some)
            }
        }
    }
}

/// A reason for which lines are kept in quarantine.
pub(crate) fn kept_reason() -> impl TypedValueParser<Value = Reason> {
    let kept = Reason::ALL.into_iter().filter(|reason| reason.is_kept());
    let values = kept.map(|reason| PossibleValue::new(reason.word()).help(reason.meaning()));
    PossibleValuesParser::new(values)
        .try_map(|word| Reason::named(&word).ok_or_else(|| format!("no reason is called {word:?}")))
}

// The author of the change.
#[derive(Debug, Args)]
pub(crate) struct By {
    /// Author of the change [default: $USER, else the login name]
    #[arg(long = "by", value_name = "WHO", value_parser = line)]
    by: Option<String>,
}

impl By {
    pub(crate) fn name(&self) -> Option<&str> {
        self.by.as_deref()
    }
}

// The author of a change, and why.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Why, for the audit log; it must not name the student
    #[arg(long, value_parser = line)]
    pub reason: Option<String>,
    #[command(flatten)]
    pub by: By,
}

impl Why {
    /// An edit with this reason, as the audit log notes it.
    pub(crate) fn deed<'d>(&'d self, action: &'static str, caller: &'d Caller) -> PlannedDeed<'d> {
        PlannedDeed { action, reason: self.reason.as_deref(), caller }
    }
}

/// `3 added, 1 updated`: the counts that are not zero, or `nothing to do`.
pub(crate) fn tally<const N: usize>(counts: [(usize, &str); N]) -> String {
    let parts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", grouped(*n))).collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}
