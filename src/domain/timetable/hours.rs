//! School hours: when there should be school, by the weekly plan or by the setting that overrides it.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use crate::domain::Invalid;
use crate::domain::time::calendar::{Closure, closure_on, local_date, parse_time, resolve};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::period::shown;
use crate::domain::timetable::schedule::{Template, times_of};
use crate::domain::timetable::weekdays::Weekdays;

/// The search for the next school day ends after this many days, which is longer than any holiday.
const HORIZON: u64 = 120;

/// The setting `school_hours`: from `start` to `end` on these days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    days: Weekdays,
    start: NaiveTime,
    end: NaiveTime,
}

impl FromStr for Hours {
    type Err = Invalid;

    /// `mon-fri 07:30-15:00`
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let unreadable = || Invalid::new(format!("{text:?} are not school hours"));
        let (days, hours) = text.rsplit_once(' ').ok_or_else(unreadable)?;
        let (start, end) = hours.split_once(['-', '–']).ok_or_else(unreadable)?;
        let hours = Self { days: days.parse()?, start: parse_time(start)?, end: parse_time(end)? };
        if hours.end <= hours.start { Err(unreadable()) } else { Ok(hours) }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.days, shown(self.start), shown(self.end))
    }
}

/// The plan of school hours.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    /// All periods, disabled ones too.
    pub templates: &'a [Template],
    /// All closures.
    pub closures: &'a [Closure],
    /// Hours that override the weekly plan.
    pub hours: Option<Hours>,
    /// The school's zone.
    pub zone: Zone,
}

impl<'a> Calendar<'a> {
    /// The periods of the weekly plan on a date. Empty on a closed date.
    pub fn planned_on(&self, date: NaiveDate) -> impl Iterator<Item = &'a Template> {
        let open = closure_on(date, self.closures).is_none();
        let held = move |template: &&Template| open && template.period.is_planned_on(date.weekday());
        self.templates.iter().filter(held)
    }

    /// First and last instant of school that begins on a date, breaks included. `None` on a free day.
    pub fn on(&self, date: NaiveDate) -> Option<RangeInclusive<Instant>> {
        if let Some(hours) = self.hours {
            let open = hours.days.contains(date.weekday()) && closure_on(date, self.closures).is_none();
            return open.then(|| resolve(date, hours.start, self.zone)..=resolve(date, hours.end, self.zone));
        }
        self.planned_on(date)
            .map(|template| times_of(&template.period, date, self.zone))
            .reduce(|(first, last), (starts, ends)| (first.min(starts), last.max(ends)))
            .map(|(first, last)| first..=last)
    }

    /// Whether there should be school at `now`. A new installation without periods and hours is always open, so that
    /// no message is held back.
    pub fn is_open(&self, now: Instant) -> bool {
        let unknown = self.hours.is_none() && !self.templates.iter().any(|template| template.period.enabled);
        let today = local_date(now, self.zone);
        // A night that began yesterday may last into today.
        let mut dates = [Some(today), today.pred_opt()].into_iter().flatten();
        unknown || dates.any(|date| self.on(date).is_some_and(|hours| hours.contains(&now)))
    }

    /// The next date after `date` on which the weekly plan holds a period.
    pub fn next_school_day(&self, date: NaiveDate) -> Option<NaiveDate> {
        (1..=HORIZON).map(|days| date + Days::new(days)).find(|date| self.planned_on(*date).next().is_some())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::domain::time::calendar::{parse_dates, parse_zone};
    use crate::domain::timetable::period::{Groups, Period};
    use crate::domain::timetable::schedule::PeriodId;

    /// A period of the weekly plan.
    pub(crate) fn template(id: i64, name: &str, start: &str, end: &str, days: &str) -> Template {
        let (start, end) = (parse_time(start).unwrap(), parse_time(end).unwrap());
        let period = Period {
            name: name.into(),
            order: id,
            start,
            end,
            days: days.parse().unwrap(),
            early_grace: Span::ZERO,
            late_grace: Span::ZERO,
            late_after: None,
            closes_after: None,
            groups: Groups::default(),
            places: Default::default(),
            enabled: true,
        };
        Template { id: PeriodId(id), period }
    }

    fn at(text: &str) -> Instant {
        format!("{text}:00+03:00").parse().unwrap()
    }

    #[test]
    fn school_is_from_the_first_period_to_the_last_unless_closed_or_overridden() {
        let mut templates = [
            template(1, "A", "08:00", "09:00", "sun-thu"),
            template(2, "B", "10:00", "11:00", "sun-thu"),
            template(3, "Late", "18:00", "19:00", "sun-thu"),
        ];
        templates[2].period.enabled = false;
        let closures =
            [Closure { dates: parse_dates("2026-09-08..2026-09-09").unwrap(), reason: "Eid".into() }];
        let zone = parse_zone("Asia/Baghdad").unwrap();
        let by_plan = Calendar { templates: &templates, closures: &closures, hours: None, zone };
        let by_setting = Calendar { hours: Some("mon,fri 07:30-15:00".parse().unwrap()), ..by_plan };
        for (now, plan, setting) in [
            ("2026-09-07T07:29", false, false),
            ("2026-09-07T07:30", false, true),
            ("2026-09-07T08:00", true, true),
            ("2026-09-07T09:30", true, true), // a break
            ("2026-09-07T11:00", true, true),
            ("2026-09-07T11:01", false, true),
            ("2026-09-07T18:30", false, false), // disabled
            ("2026-09-08T08:30", false, false), // closed
            ("2026-09-11T08:30", false, true),  // Friday
            ("2026-09-10T08:30", true, false),  // Thursday
        ] {
            assert_eq!((by_plan.is_open(at(now)), by_setting.is_open(at(now))), (plan, setting), "{now}");
        }
        let next = |date: &str| by_plan.next_school_day(date.parse().unwrap()).map(|date| date.to_string());
        assert_eq!(next("2026-09-06").as_deref(), Some("2026-09-07"));
        assert_eq!(next("2026-09-07").as_deref(), Some("2026-09-10"), "over the closure");
        assert_eq!(next("2026-09-10").as_deref(), Some("2026-09-13"), "over the weekend");
        let nothing = Calendar { templates: &[], ..by_plan };
        assert!(nothing.is_open(at("2026-09-08T03:00")), "nothing says when school is");
        assert_eq!(nothing.next_school_day("2026-09-06".parse().unwrap()), None);
    }

    #[test]
    fn hours_read_as_people_write_them() {
        for (text, canonical) in
            [("Mon-Fri 7:30-15:00", "mon-fri 07:30-15:00"), ("daily 08:00–12:00", "daily 08:00-12:00")]
        {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), canonical);
        }
        for wrong in ["07:30-15:00", "mon-fri", "mon-fri 15:00-07:30", "mon-fri 7-15", ""] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }
}
