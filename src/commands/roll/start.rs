//! The instant from which an edit of the roll takes effect.

use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::time::Instant;
use crate::domain::time::calendar::{When, local_date};
use crate::failure::Result;
use crate::store::timetable::schedule;
use crate::store::{Connection, settings};

/// The instant from which an edit holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) at: Instant,
    /// When new students are enrolled from. If no occurrence has started yet, from the beginning of time. Otherwise from now,
    /// because a newcomer in March was not absent in September.
    pub(super) first: Instant,
    /// The requested date or instant.
    asked: Option<When>,
    /// When the edit is made.
    pub(super) now: Instant,
}

impl Start {
    pub(super) fn read(conn: &Connection, asked: Option<When>, caller: &Caller) -> Result<Self> {
        let at = asked.map_or(Ok(caller.now), |when| {
            settings::load(conn).map(|settings| when.instant(settings.zone))
        })?;
        if at >= Stretch::OPEN_END {
            let message = "no enrolment can begin then: the last date is 9999-12-30";
            return Err(Problem::new(Kind::Usage, message).hint("write an earlier date with --from").into());
        }
        let pruned = |watermark: &Instant| asked.is_some() && at < *watermark;
        if let Some(watermark) = settings::revision(conn)?.watermark.filter(pruned) {
            let date = local_date(watermark, settings::load(conn)?.zone);
            let message = "recognitions of that time were pruned: its registers stay as they are";
            return Err(Problem::new(Kind::Refused, message).hint(format!("--from {date} or later")).into());
        }
        let always = asked.is_none() && !schedule::any_started(conn, at)?;
        Ok(Self { at, first: if always { Stretch::ALWAYS } else { at }, asked, now: caller.now })
    }

    /// Whether another instant than now was asked for.
    pub(super) fn is_asked(self) -> bool {
        self.asked.is_some()
    }

    /// Whether it takes effect before it is made.
    pub(super) fn is_past(self) -> bool {
        self.at < self.now
    }

    /// `detail` with the instant, unless that is now.
    pub(super) fn told(self, detail: String) -> String {
        let from = match self.asked {
            None => return detail,
            Some(When::Date(date)) => format!("from {date}"),
            Some(When::At(at)) => format!("from {}", at.to_utc().to_rfc3339()),
        };
        if detail.is_empty() { from } else { format!("{detail}, {from}") }
    }
}
