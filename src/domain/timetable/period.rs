//! Periods: the weekly template of the school day.

use chrono::{NaiveTime, Timelike, Weekday};

use crate::domain::Invalid;
use crate::domain::spelling::matches;
use crate::domain::time::Span;
use crate::domain::timetable::place::Places;
use crate::domain::timetable::weekdays::Weekdays;

/// The longest grace and late limit. Longer ones make no sense within a school day.
const LONGEST_GRACE: Span = Span::minutes(12 * 60);

/// One period of the week. Times are wall-clock times in the school's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Unique name, such as `Block 2`.
    pub name: String,
    /// Position in the day. If two periods start together, the lower order comes first.
    pub order: i64,
    /// Local start.
    pub start: NaiveTime,
    /// Local end. If it is not after the start, it is on the next day.
    pub end: NaiveTime,
    /// Days of the week it is held.
    pub days: Weekdays,
    /// Recognitions this long before the start still count.
    pub early_grace: Span,
    /// Recognitions this long after the end still count.
    pub late_grace: Span,
    /// Students first seen later than this after the start are late. `None`: no limit.
    pub late_after: Option<Span>,
    /// Students first seen later than this after the start came after the register closed. `None`: it never closes.
    pub closes_after: Option<Span>,
    /// The groups that are expected.
    pub groups: Groups,
    /// The places whose cameras matter.
    pub places: Places,
    /// Disabled periods are not scheduled.
    pub enabled: bool,
}

impl Period {
    /// Checks rules that involve several members.
    pub fn check(self) -> Result<Self, Invalid> {
        if self.name.trim().is_empty() || self.name.chars().any(char::is_control) {
            return Err(Invalid::new("a period needs a name").hint("such as \"Block 1\""));
        }
        for (what, grace) in [
            ("early grace", self.early_grace),
            ("late grace", self.late_grace),
            ("late after", self.late_after.unwrap_or_default()),
            ("closes after", self.closes_after.unwrap_or_default()),
        ] {
            if grace > LONGEST_GRACE {
                return Err(Invalid::new(format!("{}: {what} of {grace} is longer than 12h", self.name)));
            }
        }
        if let (Some(late), Some(closes)) = (self.late_after, self.closes_after)
            && closes < late
        {
            let message = format!(
                "{}: the register closes {closes} after the start, before students are late ({late})",
                self.name
            );
            return Err(Invalid::new(message).hint("--closes-after must not be shorter than --late-after"));
        }
        Ok(self)
    }

    /// Whether the weekly plan has it on this day of the week.
    pub(crate) fn is_planned_on(&self, day: Weekday) -> bool {
        self.enabled && self.days.contains(day)
    }

    /// The differences from another period, each as `name old → new`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let told = |period: &Self| {
            let limit =
                |limit: Option<Span>| limit.map_or_else(|| "none".to_owned(), |span| span.to_string());
            let groups = if period.groups.everybody() { "all".to_owned() } else { period.groups.written() };
            [
                ("name", period.name.clone()),
                ("order", period.order.to_string()),
                ("start", shown(period.start)),
                ("end", shown(period.end)),
                ("days", period.days.to_string()),
                ("early grace", period.early_grace.to_string()),
                ("late grace", period.late_grace.to_string()),
                ("late after", limit(period.late_after)),
                ("closes after", limit(period.closes_after)),
                ("groups", groups),
                (
                    "places",
                    if period.places == Places::default() {
                        "all".to_owned()
                    } else {
                        period.places.written()
                    },
                ),
                ("enabled", if period.enabled { "yes" } else { "no" }.to_owned()),
            ]
        };
        let pairs = told(self).into_iter().zip(told(other));
        let different = pairs.filter(|((_, before), (_, after))| before != after);
        different.map(|((what, before), (_, after))| format!("{what} {before} → {after}")).collect()
    }
}

/// Whether something that is held at these times ends on the day after it starts.
pub(crate) fn is_overnight(start: NaiveTime, end: NaiveTime) -> bool {
    end <= start
}

/// A wall-clock time as `HH:MM`.
pub fn shown(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// The groups that a period is for: names, and patterns in which `*` stands for any letters. Empty means all students.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Groups(Vec<String>);

impl Groups {
    /// Parses `G7,G8`. An empty text or `all` means everybody.
    pub fn parse(text: &str) -> Self {
        let mut names: Vec<String> =
            text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| name.eq_ignore_ascii_case("all")) {
            names.clear();
        }
        names.sort();
        names.dedup();
        Self(names)
    }

    /// Whether everybody is meant.
    pub fn everybody(&self) -> bool {
        self.0.is_empty()
    }

    /// The names. Empty for everybody.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        // Students without a group form a class without a name.
        let everybody = self.everybody().then_some("");
        everybody.into_iter().chain(self.0.iter().map(String::as_str))
    }

    /// Whether a student of `group` is expected.
    pub fn expect(&self, group: Option<&str>) -> bool {
        self.everybody() || group.is_some_and(|group| self.0.iter().any(|name| matches(name, group)))
    }

    /// Whether a student in all of `groups` is expected.
    pub fn expect_any<'a>(&self, mut groups: impl Iterator<Item = &'a str>) -> bool {
        self.everybody() || groups.any(|group| self.expect(Some(group)))
    }

    /// The names joined by commas; empty for everybody. [`Groups::parse`] reads it back.
    pub fn written(&self) -> String {
        self.0.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::calendar::parse_time;

    fn period(start: &str, end: &str) -> Period {
        Period {
            name: "Block 1".into(),
            order: 1,
            start: parse_time(start).unwrap(),
            end: parse_time(end).unwrap(),
            days: "mon-fri".parse().unwrap(),
            early_grace: Span::ZERO,
            late_grace: Span::ZERO,
            late_after: None,
            closes_after: None,
            groups: Groups::default(),
            places: Places::default(),
            enabled: true,
        }
    }

    #[test]
    fn grace_and_lateness_last_half_a_day_at_most() {
        let (longest, longer) = (Span::hours(12), Span::from_micros(Span::hours(12).micros() + 1));
        let with: [fn(Span) -> Period; 4] = [
            |early_grace| Period { early_grace, ..period("08:00", "09:00") },
            |late_grace| Period { late_grace, ..period("08:00", "09:00") },
            |late_after| Period { late_after: Some(late_after), ..period("08:00", "09:00") },
            |closes_after| Period { closes_after: Some(closes_after), ..period("08:00", "09:00") },
        ];
        for with in with {
            assert!(with(longest).check().is_ok() && with(longer).check().is_err());
        }
    }

    #[test]
    fn the_register_does_not_close_before_students_are_late() {
        for (late, closes, fits) in [(10, 9, false), (10, 10, true), (10, 30, true)] {
            let (late_after, closes_after) = (Some(Span::minutes(late)), Some(Span::minutes(closes)));
            let period = Period { late_after, closes_after, ..period("08:00", "09:00") };
            assert_eq!(period.check().is_ok(), fits, "{late} {closes}");
        }
    }

    #[test]
    fn a_period_has_a_name_on_one_line_and_may_pass_midnight() {
        for (start, end, overnight) in
            [("08:00", "08:01", false), ("22:00", "06:00", true), ("08:00", "08:00", true)]
        {
            let period = period(start, end).check().unwrap();
            assert_eq!(is_overnight(period.start, period.end), overnight, "{start} {end}");
        }
        for name in ["", "  ", "Block\u{7}1", "two\nlines"] {
            assert!(Period { name: name.into(), ..period("08:00", "09:00") }.check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn groups_expect_their_own() {
        let (all, g7, both) = (Groups::parse("all"), Groups::parse("G7"), Groups::parse(" G8,G7 ,G7"));
        assert!(all.expect(None) && all.expect(Some("G9")));
        assert!(g7.expect(Some("G7")) && !g7.expect(Some("G8")) && !g7.expect(None));
        assert_eq!(both.written(), "G7,G8");
        let year = Groups::parse("g7*");
        assert!(year.expect(Some("G7A")) && year.expect(Some("g7")) && !year.expect(Some("G8")));
    }
}
