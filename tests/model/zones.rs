//! Wall clocks of two zones, written out by hand so that no zone database is trusted.

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};

pub type Instant = DateTime<Utc>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Three hours ahead, all year.
    Baghdad,
    /// One hour ahead; two from the last Sunday of March to the last Sunday of October, at 01:00 UTC.
    Berlin,
}

impl Zone {
    pub fn name(self) -> &'static str {
        match self {
            Self::Baghdad => "Asia/Baghdad",
            Self::Berlin => "Europe/Berlin",
        }
    }

    pub fn offset_hours(self, at: Instant) -> i64 {
        match self {
            Self::Baghdad => 3,
            Self::Berlin => {
                let change = |month| {
                    Utc.from_utc_datetime(&last_sunday(at.year(), month).and_hms_opt(1, 0, 0).unwrap())
                };
                if change(3) <= at && at < change(10) { 2 } else { 1 }
            }
        }
    }

    pub fn local(self, at: Instant) -> NaiveDateTime {
        at.naive_utc() + Duration::hours(self.offset_hours(at))
    }

    /// The first minute in which the wall clock shows `local` or, where `local` is skipped, something later.
    pub fn instant(self, local: NaiveDateTime) -> Instant {
        let mut at = Utc.from_utc_datetime(&local) - Duration::hours(4);
        while self.local(at) < local {
            at += Duration::minutes(1);
        }
        at
    }

    pub fn midnight(self, date: NaiveDate) -> Instant {
        self.instant(date.and_time(NaiveTime::MIN))
    }

    pub fn date(self, at: Instant) -> NaiveDate {
        self.local(at).date()
    }

    /// RFC 3339 with the offset of the zone, to the microsecond.
    pub fn rfc3339(self, at: Instant) -> String {
        format!("{}+{:02}:00", self.local(at).format("%Y-%m-%dT%H:%M:%S%.6f"), self.offset_hours(at))
    }
}

fn last_sunday(year: i32, month: u32) -> NaiveDate {
    let last = NaiveDate::from_ymd_opt(year, month, 31).unwrap();
    last - Duration::days(i64::from(last.weekday().num_days_from_sunday()))
}
