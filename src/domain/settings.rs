//! The school's policy: every setting with its unit, default, range and meaning.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::Invalid;
use super::delimiter::Delimiter;
use super::suggest::did_you_mean;
use super::time::{Span, Zone};
use crate::domain::evidence::record::Policy;
use crate::domain::time::calendar::parse_zone;
use crate::domain::timetable::hours::Hours;
use crate::domain::timetable::place::Criteria;
use crate::domain::watch::health::Limits;

/// The definition of one setting.
pub struct Setting {
    /// Name.
    pub key: &'static str,
    /// The default value. `None` if `meaning` explains the unset state.
    pub default: Option<&'static str>,
    /// The effect of the setting, for `settings list`.
    pub meaning: &'static str,
    /// Its type, range and setter.
    kind: Kind,
}

/// The type of a setting, with the setter of its value.
enum Kind {
    /// A line of text.
    Text(fn(&mut Settings, String)),
    /// A zone of the IANA database.
    Zone(fn(&mut Settings, Zone)),
    /// Days of the week with hours.
    Hours(fn(&mut Settings, Hours)),
    /// Several shares, rising.
    Shares(fn(&mut Settings, Vec<f64>)),
    /// The sign between cells.
    Delimiter(fn(&mut Settings, Delimiter)),
    /// A score or a share.
    Number(Measure<f64>),
    Count(Measure<u32>),
    /// A stretch of time.
    Time(Measure<Span>),
}

/// A measure with the values it may have, both ends included.
struct Measure<T> {
    unit: Unit,
    least: T,
    most: T,
    set: fn(&mut Settings, T),
}

/// A unit, and the sign that may follow a number.
struct Unit {
    word: &'static str,
    sign: &'static str,
}

impl Unit {
    const SCORE: Self = Self::plain("score");
    const PERIODS: Self = Self::plain("periods");
    const LINES: Self = Self::plain("lines");
    const RUNS: Self = Self::plain("runs");
    const MEBIBYTES: Self = Self::plain("MiB");
    const LINES_A_SECOND: Self = Self::plain("lines/s");
    const TIME: Self = Self::plain("time");
    const PERCENT: Self = Self { word: "percent", sign: "%" };
    const DAYS: Self = Self { word: "days", sign: "d" };

    const fn plain(word: &'static str) -> Self {
        Self { word, sign: "" }
    }
}

const fn number(unit: Unit, least: f64, most: f64, set: fn(&mut Settings, f64)) -> Kind {
    Kind::Number(Measure { unit, least, most, set })
}

const fn count(unit: Unit, least: u32, most: u32, set: fn(&mut Settings, u32)) -> Kind {
    Kind::Count(Measure { unit, least, most, set })
}

const fn time(least: Span, most: Span, set: fn(&mut Settings, Span)) -> Kind {
    Kind::Time(Measure { unit: Unit::TIME, least, most, set })
}

/// The only mandatory setting.
pub const TIMEZONE: &str = "timezone";

/// Every setting, in the order `settings list` shows them.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "school",
        default: None,
        meaning: "the name of the school, shown in headings",
        kind: Kind::Text(|settings, name| settings.name = Some(name)),
    },
    Setting {
        key: "school_id",
        default: None,
        meaning: "the identity of the school in exports, where one place collects those of many schools",
        kind: Kind::Text(|settings, id| settings.school_id = Some(id)),
    },
    Setting {
        key: TIMEZONE,
        default: None,
        meaning: "the school's time zone, for periods, dates and all shown times",
        kind: Kind::Zone(|settings, zone| settings.zone = zone),
    },
    Setting {
        key: "min_score",
        default: Some("0.75"),
        meaning: "recognitions below it only count as low-score sightings",
        kind: number(Unit::SCORE, 0.0, 1.0, |settings, score| settings.policy.min_score = score),
    },
    Setting {
        key: "default_score",
        default: None,
        meaning: "the score of recognitions from devices that send none; unset: such lines are refused",
        kind: number(Unit::SCORE, 0.0, 1.0, |settings, score| settings.default_score = Some(score)),
    },
    Setting {
        key: "reregister_window",
        default: Some("10s"),
        meaning: "a better score within this time after the last sighting does not replace the best",
        kind: time(Span::ZERO, Span::days(1), |settings, window| settings.policy.reregister_window = window),
    },
    Setting {
        key: "min_improve_delta",
        default: Some("0.01"),
        meaning: "a score must exceed the best by more than this to replace it",
        kind: number(Unit::SCORE, 0.0, 1.0, |settings, delta| settings.policy.min_improve_delta = delta),
    },
    Setting {
        key: "max_periods_per_day",
        default: None,
        meaning: "the most periods a day counts in summaries; unset: those that expect the student",
        kind: count(Unit::PERIODS, 1, 100, |settings, cap| settings.max_periods_per_day = Some(cap)),
    },
    Setting {
        key: "min_periods",
        default: Some("1"),
        meaning: "students seen in fewer periods of a day are named in its summary",
        kind: count(Unit::PERIODS, 0, 100, |settings, periods| settings.min_periods = periods),
    },
    Setting {
        key: "min_coverage",
        default: Some("80"),
        meaning: "a room watched for less of a period fails: unseen students are unknown",
        kind: number(Unit::PERCENT, 0.0, 100.0, |settings, percent| settings.criteria.min_coverage = percent),
    },
    Setting {
        key: "max_blind",
        default: Some("2m"),
        meaning: "a door unwatched for longer fails: unseen students are unknown",
        kind: time(Span::ZERO, Span::days(1), |settings, span| settings.criteria.max_blind = span),
    },
    Setting {
        key: "max_cameras",
        default: Some("2000"),
        meaning: "the most cameras that register themselves; lines of further cameras are refused",
        kind: count(Unit::plain("cameras"), 1, 100_000, |settings, most| settings.max_cameras = most),
    },
    Setting {
        key: "max_jobs",
        default: Some("200"),
        meaning: "the most jobs that are reported; lines of further jobs are refused",
        kind: count(Unit::plain("jobs"), 1, 10_000, |settings, most| settings.max_jobs = most),
    },
    Setting {
        key: "retention_days",
        default: Some("90"),
        meaning: "prune deletes recognitions and other raw events older than this",
        kind: count(Unit::DAYS, 1, 36_500, |settings, days| settings.retention_days = days),
    },
    Setting {
        key: "school_hours",
        default: None,
        meaning: "when health expects an active period; unset: by the weekly plan",
        kind: Kind::Hours(|settings, hours| settings.school_hours = Some(hours)),
    },
    Setting {
        key: "rate_limit",
        default: None,
        meaning: "the most lines per second of one runner; unset: no limit",
        kind: count(Unit::LINES_A_SECOND, 1, 1_000_000, |settings, lines| settings.rate_limit = Some(lines)),
    },
    Setting {
        key: "quarantine_limit",
        default: Some("100000"),
        meaning: "refused lines kept per runner (without keys: per camera); the oldest are dropped first",
        kind: count(Unit::LINES, 100, 10_000_000, |settings, lines| settings.quarantine_limit = lines),
    },
    Setting {
        key: "future_tolerance",
        default: Some("2m"),
        meaning: "how far a runner's clock may run ahead before its lines are refused",
        kind: time(Span::ZERO, Span::days(1), |settings, ahead| settings.future_tolerance = ahead),
    },
    Setting {
        key: "chronic_absence_percent",
        default: Some("10"),
        meaning: "students who miss at least this share of a range, excused or not, are named in its summary",
        kind: number(Unit::PERCENT, 0.0, 100.0, |settings, percent| {
            settings.chronic_absence_percent = percent;
        }),
    },
    Setting {
        key: "absence_bands",
        default: Some("5,10,20"),
        meaning: "the report of a day counts students who missed at least these shares of the last 20 school days",
        kind: Kind::Shares(|settings, bands| settings.absence_bands = bands),
    },
    Setting {
        key: "absence_hold_back",
        default: Some("10m"),
        meaning: "a feed of absences announces one this long after the end of its period, so that late lines can arrive",
        kind: time(Span::ZERO, Span::days(7), |settings, span| settings.absence_hold_back = span),
    },
    Setting {
        key: "csv_delimiter",
        default: Some(","),
        meaning: "the separator in CSV files for spreadsheets; with ; numbers have a decimal comma",
        kind: Kind::Delimiter(|settings, delimiter| settings.csv_delimiter = delimiter),
    },
    Setting {
        key: "alert_after",
        default: Some("3"),
        meaning: "health --notify reports a problem after this many bad runs; a critical one after 2 at most",
        kind: count(Unit::RUNS, 1, 100, |settings, runs| settings.alert_after = runs),
    },
    Setting {
        key: "job_overdue",
        default: Some("2d"),
        meaning: "health reports a daily job after this long without success",
        kind: time(Span::hours(1), Span::days(90), |settings, after| settings.limits.job_overdue = after),
    },
    Setting {
        key: "key_warning",
        default: Some("14d"),
        meaning: "health warns this long before the last key of a runner ends",
        kind: time(Span::ZERO, Span::days(365), |settings, before| settings.limits.key_warning = before),
    },
    Setting {
        key: "quarantine_warning",
        default: Some("100"),
        meaning: "health warns when more refused lines than this arrived within a day and still wait",
        kind: count(Unit::LINES, 1, 1_000, |settings, lines| settings.limits.quarantine = lines),
    },
    Setting {
        key: "min_free_disk",
        default: Some("1024"),
        meaning: "health warns when the disk has less free space; below a tenth it is critical",
        kind: count(Unit::MEBIBYTES, 0, 1_000_000_000, |settings, free| {
            settings.limits.free_disk = mebibytes(free);
        }),
    },
    Setting {
        key: "max_database",
        default: None,
        meaning: "health warns when the database is larger than this; unset: never",
        kind: count(Unit::MEBIBYTES, 1, 1_000_000_000, |settings, size| {
            settings.limits.database = Some(mebibytes(size));
        }),
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

/// At most so many shares in a list.
const MOST_SHARES: usize = 5;

/// Shares in percent with commas between them.
fn shares(text: &str) -> Result<Vec<f64>, Invalid> {
    let number = |part: &str| part.trim().trim_end_matches('%').trim_end().parse().ok();
    let shares: Option<Vec<f64>> = text.split(',').map(number).collect();
    let rising = |shares: &Vec<f64>| {
        shares.len() <= MOST_SHARES
            && shares.iter().all(|share| (0.0..=100.0).contains(share))
            && shares.is_sorted_by(|a, b| a < b)
    };
    shares
        .filter(rising)
        .ok_or_else(|| Invalid::new(format!("{text:?} is not a rising list of at most {MOST_SHARES} shares")))
}

impl Setting {
    /// Unit or kind of its value.
    pub fn unit(&self) -> &'static str {
        match &self.kind {
            Kind::Text(_) => "text",
            Kind::Zone(_) => "zone",
            Kind::Hours(_) => "hours",
            Kind::Shares(_) => "percent",
            Kind::Delimiter(_) => "sign",
            Kind::Number(measure) => measure.unit.word,
            Kind::Count(measure) => measure.unit.word,
            Kind::Time(measure) => measure.unit.word,
        }
    }

    /// Allowed values, in words.
    pub fn range(&self) -> String {
        match &self.kind {
            Kind::Text(_) => "any text".to_owned(),
            Kind::Zone(_) => "an IANA name".to_owned(),
            Kind::Hours(_) => "such as mon-fri 07:30-15:00".to_owned(),
            Kind::Shares(_) => "such as 5,10,20".to_owned(),
            Kind::Delimiter(_) => ", or ; or tab".to_owned(),
            Kind::Number(measure) => measure.range(),
            Kind::Count(measure) => measure.range(),
            Kind::Time(measure) => measure.range(),
        }
    }

    /// Whether it controls the fold of records.
    pub fn folds(&self) -> bool {
        let mut settings = Settings::blank();
        self.default.is_some_and(|value| self.put(value, &mut settings).is_ok())
            && settings.policy != Settings::blank().policy
    }

    /// Whether it controls how the coverage of an occurrence is judged.
    pub fn judges_cameras(&self) -> bool {
        let mut settings = Settings { criteria: Criteria::NONE, ..Settings::blank() };
        self.default.is_some_and(|value| self.put(value, &mut settings).is_ok())
            && settings.criteria != Criteria::NONE
    }

    /// Checks `text` against the allowed range and returns its canonical form.
    pub fn check(&self, text: &str) -> Result<String, Invalid> {
        self.put(text, &mut Settings::blank()).map_err(|error| {
            let hint = format!("{} is {} ({})", self.key, self.range(), self.unit());
            Invalid::new(format!("{}: {}", self.key, error.message)).hint(error.hint.unwrap_or(hint))
        })
    }

    /// Checks `text`, sets its value in `settings`, and returns its canonical form.
    fn put(&self, text: &str, settings: &mut Settings) -> Result<String, Invalid> {
        let text = text.trim();
        match &self.kind {
            Kind::Text(set) => {
                if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
                    return Err(Invalid::new(format!("{text:?} is not a line of text")));
                }
                set(settings, text.to_owned());
                Ok(text.to_owned())
            }
            Kind::Zone(set) => {
                let zone = parse_zone(text)?;
                set(settings, zone);
                Ok(zone.name().to_owned())
            }
            Kind::Hours(set) => {
                let hours: Hours = text.parse()?;
                let canonical = hours.to_string();
                set(settings, hours);
                Ok(canonical)
            }
            Kind::Shares(set) => {
                let shares = shares(text)?;
                let canonical = shares.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
                set(settings, shares);
                Ok(canonical)
            }
            Kind::Delimiter(set) => {
                let delimiter: Delimiter = text.parse()?;
                set(settings, delimiter);
                Ok(delimiter.to_string())
            }
            Kind::Number(measure) => measure.put(measure.number(text), "a number", text, settings),
            Kind::Count(measure) => measure.put(measure.number(text), "a whole number", text, settings),
            Kind::Time(measure) => measure.put(Some(text.parse()?), "a time", text, settings),
        }
    }
}

impl<T: Copy + PartialOrd + fmt::Display> Measure<T> {
    fn range(&self) -> String {
        format!("{} to {}", self.least, self.most)
    }

    fn number(&self, text: &str) -> Option<T>
    where
        T: FromStr,
    {
        let number = if self.unit.sign.is_empty() { text } else { text.trim_end_matches(self.unit.sign) };
        number.trim_end().parse().ok()
    }

    fn put(
        &self,
        value: Option<T>,
        kind: &str,
        text: &str,
        settings: &mut Settings,
    ) -> Result<String, Invalid> {
        let value = value.filter(|value| (self.least..=self.most).contains(value)).ok_or_else(|| {
            Invalid::new(format!("{text:?} is not {kind} from {} to {}", self.least, self.most))
        })?;
        (self.set)(settings, value);
        Ok(value.to_string())
    }
}

/// The settings of a school, defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The stored values by key, in canonical form. Defaults are left out.
    given: BTreeMap<String, String>,
    /// The name of the school.
    name: Option<String>,
    /// The identity of the school among others.
    pub school_id: Option<String>,
    /// The school's zone.
    pub zone: Zone,
    /// The policy of the fold.
    pub policy: Policy,
    /// How far ahead of the clock a line may be.
    pub future_tolerance: Span,
    /// The score of recognitions that come without one.
    pub default_score: Option<f64>,
    /// Lines a second that one runner may send.
    pub rate_limit: Option<u32>,
    /// Refused lines kept at most.
    pub quarantine_limit: u32,
    /// School hours that override the weekly plan.
    pub school_hours: Option<Hours>,
    /// The limits of the health checks.
    pub limits: Limits,
    /// Bad runs in a row before a problem is reported.
    pub alert_after: u32,
    /// How the cameras of new occurrences are judged, without their places.
    pub criteria: Criteria,
    /// The most cameras that can register themselves.
    pub max_cameras: u32,
    /// The most jobs that can be reported.
    pub max_jobs: u32,
    /// Periods that a student can attend on a date. `None`: those that expect the student.
    pub max_periods_per_day: Option<u32>,
    /// Periods that a student should be seen in on a date.
    pub min_periods: u32,
    /// Missing this much of a range, in percent, is chronic.
    pub chronic_absence_percent: f64,
    /// Shares of absence by which students are counted, in percent, rising.
    pub(crate) absence_bands: Vec<f64>,
    /// How long after the end of a period an absence is announced.
    pub(crate) absence_hold_back: Span,
    /// How many days events are kept.
    pub retention_days: u32,
    /// The delimiter of CSV files for people.
    pub(crate) csv_delimiter: Delimiter,
}

impl Settings {
    /// The starting point for reading settings. Every setting with a default is filled in before use.
    const fn blank() -> Self {
        Self {
            given: BTreeMap::new(),
            name: None,
            school_id: None,
            zone: Zone::UTC,
            policy: Policy { min_score: 0.0, reregister_window: Span::ZERO, min_improve_delta: 0.0 },
            future_tolerance: Span::ZERO,
            default_score: None,
            rate_limit: None,
            quarantine_limit: 0,
            school_hours: None,
            limits: Limits {
                job_overdue: Span::ZERO,
                key_warning: Span::ZERO,
                quarantine: 0,
                free_disk: 0,
                database: None,
            },
            alert_after: 0,
            criteria: Criteria::USUAL,
            max_cameras: 0,
            max_jobs: 0,
            max_periods_per_day: None,
            min_periods: 0,
            chronic_absence_percent: 0.0,
            absence_bands: Vec::new(),
            absence_hold_back: Span::ZERO,
            retention_days: 0,
            csv_delimiter: Delimiter::Comma,
        }
    }

    /// From the stored pairs. Values that passed [`Setting::check`] never fail here.
    pub fn from_stored(given: BTreeMap<String, String>) -> Result<Self, Invalid> {
        if !given.contains_key(TIMEZONE) {
            return Err(Invalid::new(format!("the setting {TIMEZONE} is missing")));
        }
        let mut settings = Self::blank();
        for setting in SETTINGS {
            if let Some(value) = given.get(setting.key).map(String::as_str).or(setting.default) {
                let named = |error: Invalid| Invalid::new(format!("{}: {}", setting.key, error.message));
                setting.put(value, &mut settings).map_err(named)?;
            }
        }
        Ok(Self { given, ..settings })
    }

    /// The name of the school, if it was set.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The name of the school for headings.
    pub fn school(&self) -> &str {
        self.name().unwrap_or("attend")
    }

    /// The stored value in canonical form. `None` if the default holds.
    pub fn given(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    /// The value in force. `None` if there is neither a value nor a default.
    pub fn in_force(&self, key: &str) -> Option<&str> {
        self.given(key).or(setting(key).ok().and_then(|setting| setting.default))
    }
}

fn mebibytes(count: u32) -> u64 {
    u64::from(count) << 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_in_its_own_range_and_is_canonical() {
        for setting in SETTINGS {
            if let Some(default) = setting.default {
                assert_eq!(setting.check(default).as_deref(), Ok(default), "{}", setting.key);
            }
        }
    }

    #[test]
    fn every_setting_has_a_place_of_its_own_and_every_place_a_setting() {
        let values = ["Asia/Baghdad", "mon-fri 07:30-15:00", "3", "1", "100", "1d", ";", "a school"];
        let mut all = Settings::blank();
        for setting in SETTINGS {
            let put = values.iter().any(|value| setting.put(value, &mut all).is_ok());
            assert!(put, "{} takes none of the values", setting.key);
        }
        let (all, blank) = (format!("{all:?}"), format!("{:?}", Settings::blank()));
        let places = blank.split(['}', ',']).filter_map(|place| place.rsplit('{').next()).map(str::trim);
        for place in places.filter(|place| place.contains(": ") && !place.starts_with("given")) {
            assert!(!all.contains(place), "no setting is put into {place:?}: {all}");
        }
    }

    #[test]
    fn three_settings_decide_what_a_record_says() {
        let folds: Vec<&str> = SETTINGS.iter().filter(|s| s.folds()).map(|s| s.key).collect();
        assert_eq!(folds, ["min_score", "reregister_window", "min_improve_delta"]);
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
