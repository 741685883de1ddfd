//! The school's policy: every setting with its unit, default, range and meaning.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono_tz::Tz;

use super::Invalid;
use super::suggest::did_you_mean;
use super::time::Span;
use crate::domain::evidence::record::Policy;
use crate::domain::time::calendar::parse_zone;
use crate::domain::timetable::hours::Hours;
use crate::domain::watch::health::Limits;

/// One setting as `settings list` shows it.
pub struct Setting {
    /// Name.
    pub key: &'static str,
    /// What it is when nobody set it; `None`: see the meaning.
    pub default: Option<&'static str>,
    /// Unit or kind of its value.
    pub unit: &'static str,
    /// Allowed values, in words.
    pub range: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Reads a value and gives its canonical form.
    read: fn(&str) -> Result<String, Invalid>,
}

/// Every setting, in the order `settings list` shows them.
pub const SETTINGS: [Setting; 20] = [
    Setting {
        key: "school",
        default: None,
        unit: "text",
        range: "any text",
        meaning: "the name of the school, shown in headings",
        read: read_text,
    },
    Setting {
        key: "timezone",
        default: None,
        unit: "zone",
        range: "an IANA name",
        meaning: "the school's time zone; periods and dates are told in it",
        read: |text| parse_zone(text).map(|zone| zone.name().to_owned()),
    },
    Setting {
        key: "min_score",
        default: Some("0.75"),
        unit: "score",
        range: "0 to 1",
        meaning: "recognitions below it only count as low-score sightings",
        read: |text| read_number(text, 0.0, 1.0),
    },
    Setting {
        key: "reregister_window",
        default: Some("10s"),
        unit: "time",
        range: "0s to 1d",
        meaning: "a better score this soon after the last sighting is held, not taken over",
        read: |text| read_span(text, Span::ZERO, Span::days(1)),
    },
    Setting {
        key: "min_improve_delta",
        default: Some("0.01"),
        unit: "score",
        range: "0 to 1",
        meaning: "a better score must be better by more than this",
        read: |text| read_number(text, 0.0, 1.0),
    },
    Setting {
        key: "max_periods_per_day",
        default: None,
        unit: "periods",
        range: "1 to 100",
        meaning: "cap of the daily summary; unset: the periods that expect the student",
        read: |text| read_count(text, 1, 100),
    },
    Setting {
        key: "min_periods",
        default: Some("1"),
        unit: "periods",
        range: "0 to 100",
        meaning: "students seen in fewer periods of a day are named in its summary",
        read: |text| read_count(text, 0, 100),
    },
    Setting {
        key: "min_coverage",
        default: None,
        unit: "percent",
        range: "0 to 100",
        meaning: "less camera coverage than this makes absences unknown; unset: any sign of life will do",
        read: |text| read_number(text.trim_end_matches('%').trim_end(), 0.0, 100.0),
    },
    Setting {
        key: "retention_days",
        default: Some("90"),
        unit: "days",
        range: "1 to 36500",
        meaning: "prune deletes recognitions and other raw events older than this",
        read: |text| read_count(text.trim_end_matches('d'), 1, 36_500),
    },
    Setting {
        key: "school_hours",
        default: None,
        unit: "hours",
        range: "such as mon-fri 07:30-15:00",
        meaning: "when health expects an active period; unset: the weekly plan says",
        read: |text| text.parse::<Hours>().map(|hours| hours.to_string()),
    },
    Setting {
        key: "rate_limit",
        default: None,
        unit: "lines/s",
        range: "1 to 1000000",
        meaning: "what one runner may send; unset: as much as it likes",
        read: |text| read_count(text, 1, 1_000_000),
    },
    Setting {
        key: "quarantine_limit",
        default: Some("100000"),
        unit: "lines",
        range: "100 to 10000000",
        meaning: "how many refused lines are kept; the oldest go first",
        read: |text| read_count(text, 100, 10_000_000),
    },
    Setting {
        key: "future_tolerance",
        default: Some("2m"),
        unit: "time",
        range: "0s to 1d",
        meaning: "how far a runner's clock may run ahead before its lines are refused",
        read: |text| read_span(text, Span::ZERO, Span::days(1)),
    },
    Setting {
        key: "chronic_absence_percent",
        default: Some("10"),
        unit: "percent",
        range: "0 to 100",
        meaning: "students who miss at least this share of a range, excused or not, are named in its summary",
        read: |text| read_number(text.trim_end_matches('%').trim_end(), 0.0, 100.0),
    },
    Setting {
        key: "alert_after",
        default: Some("3"),
        unit: "runs",
        range: "1 to 100",
        meaning: "health --notify tells what was bad this many runs in a row; critical after 2 at most",
        read: |text| read_count(text, 1, 100),
    },
    Setting {
        key: "job_overdue",
        default: Some("2d"),
        unit: "time",
        range: "1h to 90d",
        meaning: "health misses a job that used to run daily after this long without success",
        read: |text| read_span(text, Span::minutes(60), Span::days(90)),
    },
    Setting {
        key: "key_warning",
        default: Some("14d"),
        unit: "time",
        range: "0s to 365d",
        meaning: "health warns this long before the last key of a runner ends",
        read: |text| read_span(text, Span::ZERO, Span::days(365)),
    },
    Setting {
        key: "quarantine_warning",
        default: Some("100"),
        unit: "lines",
        range: "1 to 1000",
        meaning: "health warns when more lines than this were refused within a day and still wait",
        read: |text| read_count(text, 1, 1_000),
    },
    Setting {
        key: "min_free_disk",
        default: Some("1024"),
        unit: "MiB",
        range: "0 to 1000000000",
        meaning: "health warns when less is free beside the database; a tenth of it is critical",
        read: |text| read_count(text, 0, 1_000_000_000),
    },
    Setting {
        key: "max_database",
        default: None,
        unit: "MiB",
        range: "1 to 1000000000",
        meaning: "health warns when the database is larger than this; unset: never",
        read: |text| read_count(text, 1, 1_000_000_000),
    },
];

/// The setting called `key`.
pub fn setting(key: &str) -> Result<&'static Setting, Invalid> {
    SETTINGS.iter().find(|setting| setting.key == key).ok_or_else(|| {
        let hint = did_you_mean(key, SETTINGS.iter().map(|setting| setting.key));
        Invalid::new(format!("no setting is called {key:?}"))
            .hint(hint.unwrap_or_else(|| "attend settings list shows all of them".to_owned()))
    })
}

impl Setting {
    /// Checks `text` against the allowed range and gives its canonical form.
    pub fn check(&self, text: &str) -> Result<String, Invalid> {
        (self.read)(text.trim()).map_err(|error| {
            let hint = format!("{} is {} ({})", self.key, self.range, self.unit);
            Invalid::new(format!("{}: {}", self.key, error.message)).hint(error.hint.unwrap_or(hint))
        })
    }
}

fn read_text(text: &str) -> Result<String, Invalid> {
    if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
        return Err(Invalid::new(format!("{text:?} is not a line of text")));
    }
    Ok(text.to_owned())
}

fn read_number(text: &str, min: f64, max: f64) -> Result<String, Invalid> {
    let number: Option<f64> = text.parse().ok().filter(|n| (min..=max).contains(n));
    number
        .map(|n| n.to_string())
        .ok_or_else(|| Invalid::new(format!("{text:?} is not a number from {min} to {max}")))
}

fn read_count(text: &str, min: u32, max: u32) -> Result<String, Invalid> {
    let count: Option<u32> = text.trim().parse().ok().filter(|n| (min..=max).contains(n));
    count
        .map(|n| n.to_string())
        .ok_or_else(|| Invalid::new(format!("{text:?} is not a whole number from {min} to {max}")))
}

fn read_span(text: &str, min: Span, max: Span) -> Result<String, Invalid> {
    let span: Span = text.parse()?;
    if span < min || max < span {
        return Err(Invalid::new(format!("{text:?} is not a time from {min} to {max}")));
    }
    Ok(span.to_string())
}

/// The settings of a school, defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Only what somebody set, by key, in canonical form.
    given: BTreeMap<String, String>,
    /// The school's zone.
    pub zone: Tz,
    /// What the fold obeys.
    pub policy: Policy,
    /// How far ahead of the clock a line may be.
    pub future_tolerance: Span,
    /// Lines a second that one runner may send.
    pub rate_limit: Option<u32>,
    /// Refused lines kept at most.
    pub quarantine_limit: u32,
    /// When there should be school, where that overrides the weekly plan.
    pub school_hours: Option<Hours>,
    /// What health obeys.
    pub limits: Limits,
    /// Runs in a row that something is bad before it is told.
    pub alert_after: u32,
    /// Coverage below this many percent makes absences unknown; `None`: any sign of life will do.
    pub min_coverage: Option<f64>,
    /// Periods that a student can attend on a date; `None`: as many as expect the student.
    pub max_periods_per_day: Option<u32>,
    /// Periods that a student should be seen in on a date.
    pub min_periods: u32,
    /// Missing this much of a range, in percent, is chronic.
    pub chronic_absence_percent: f64,
    /// How many days events are kept.
    pub retention_days: u32,
}

impl Settings {
    /// From the stored pairs. A database whose settings were made by [`Setting::check`] always reads.
    pub fn from_stored(given: BTreeMap<String, String>) -> Result<Self, Invalid> {
        let text = |key: &str| -> Result<String, Invalid> {
            let value = given.get(key).map(String::as_str).or(setting(key)?.default);
            value.map(str::to_owned).ok_or_else(|| Invalid::new(format!("the setting {key} is missing")))
        };
        Ok(Self {
            zone: parse_zone(&text("timezone")?)?,
            policy: Policy {
                min_score: read("min_score", &text("min_score")?)?,
                reregister_window: text("reregister_window")?.parse()?,
                min_improve_delta: read("min_improve_delta", &text("min_improve_delta")?)?,
            },
            future_tolerance: text("future_tolerance")?.parse()?,
            rate_limit: if_given(&given, "rate_limit")?,
            quarantine_limit: read("quarantine_limit", &text("quarantine_limit")?)?,
            min_coverage: if_given(&given, "min_coverage")?,
            max_periods_per_day: if_given(&given, "max_periods_per_day")?,
            min_periods: read("min_periods", &text("min_periods")?)?,
            chronic_absence_percent: read("chronic_absence_percent", &text("chronic_absence_percent")?)?,
            retention_days: read("retention_days", &text("retention_days")?)?,
            school_hours: given.get("school_hours").map(|hours| hours.parse()).transpose()?,
            limits: Limits {
                job_overdue: text("job_overdue")?.parse()?,
                key_warning: text("key_warning")?.parse()?,
                quarantine: read("quarantine_warning", &text("quarantine_warning")?)?,
                free_disk: mebibytes(read("min_free_disk", &text("min_free_disk")?)?),
                database: if_given(&given, "max_database")?.map(mebibytes),
            },
            alert_after: read("alert_after", &text("alert_after")?)?,
            given,
        })
    }

    /// What the school is called.
    pub fn school(&self) -> &str {
        self.given("school").unwrap_or("attend")
    }

    /// What somebody set, in canonical form; `None` where the default holds.
    pub fn given(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    /// The value in force; `None` where there is neither a value nor a default.
    pub fn in_force(&self, key: &str) -> Option<&str> {
        self.given(key).or(setting(key).ok().and_then(|setting| setting.default))
    }
}

fn if_given<T: FromStr>(given: &BTreeMap<String, String>, key: &str) -> Result<Option<T>, Invalid> {
    given.get(key).map(|value| read(key, value)).transpose()
}

fn read<T: FromStr>(key: &str, value: &str) -> Result<T, Invalid> {
    value.parse().map_err(|_| Invalid::new(format!("the stored setting {key} cannot be read")))
}

fn mebibytes(count: u32) -> u64 {
    u64::from(count) << 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_in_its_own_range_and_is_canonical() {
        for setting in &SETTINGS {
            if let Some(default) = setting.default {
                assert_eq!(setting.check(default).as_deref(), Ok(default), "{}", setting.key);
            }
        }
    }

    #[test]
    fn values_are_checked_and_made_canonical() {
        for (key, text, canonical) in [
            ("min_score", "0.80", "0.8"),
            ("reregister_window", "1m30s", "90s"),
            ("min_coverage", "50%", "50"),
            ("retention_days", "90d", "90"),
            ("school_hours", "Mon-Fri 7:30-15:00", "mon-fri 07:30-15:00"),
            ("timezone", "Europe/Stockholm", "Europe/Stockholm"),
            ("school", &"x".repeat(200), &"x".repeat(200)),
            // Both ends of a range are inside.
            ("reregister_window", "0", "0s"),
            ("reregister_window", "1d", "1d"),
        ] {
            assert_eq!(setting(key).unwrap().check(text).as_deref(), Ok(canonical));
        }
        for (key, wrong) in [
            ("min_score", "1.01"),
            ("min_score", "NaN"),
            ("min_score", "high"),
            ("reregister_window", "10"),
            ("reregister_window", "2d"),
            ("max_periods_per_day", "0"),
            ("school_hours", "07:30-15:00"),
            ("school_hours", "mon-fri 15:00-07:30"),
            ("timezone", "Mars"),
            ("school", ""),
            ("school", "two\nlines"),
            ("school", &"x".repeat(201)),
        ] {
            let error = setting(key).unwrap().check(wrong).unwrap_err();
            assert!(error.message.starts_with(key) && error.hint.is_some(), "{error:?}");
        }
        assert_eq!(setting("min_scor").err().unwrap().hint.unwrap(), "did you mean \"min_score\"?");
    }
}
