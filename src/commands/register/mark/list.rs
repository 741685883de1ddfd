//! Lists the marks and excuses in force on some dates or from now on.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::commands::Caller;
use crate::domain::register::act::{Decided, Listed};
use crate::domain::roll::enrolment::Stretch;
use crate::domain::roll::student::{OPEN_END, StudentId};
use crate::domain::time::calendar::{days, local_date};
use crate::domain::time::{Instant, Zone};
use crate::failure::Result;
use crate::store::register::{excuses, marks};
use crate::store::roll::students;
use crate::store::timetable::schedule;
use crate::store::{Store, settings};

/// Which marks and excuses are listed.
#[derive(Debug, Clone)]
pub(crate) enum MarkList {
    /// Today and every later date.
    Ahead,
    /// Some dates. `None`: today.
    Dates(Option<RangeInclusive<NaiveDate>>),
}

/// Lists marks and excuses in force, by begin and code.
pub(crate) fn list(store: &mut Store, which: &MarkList, caller: &Caller) -> Result<(Vec<Listed>, Zone)> {
    store.read(|conn| {
        let zone = settings::load(conn)?.zone;
        let today = local_date(caller.now, zone);
        let dates = match which {
            MarkList::Ahead => today..=OPEN_END,
            MarkList::Dates(dates) => dates.clone().unwrap_or(today..=today),
        };
        let span = match which {
            MarkList::Ahead => Stretch::since(caller.now),
            MarkList::Dates(_) => {
                let (first, last) = days(&dates, zone).into_inner();
                Stretch { from: first, until: Instant::from_micros(last.micros() + 1) }
            }
        };
        let mut found: Vec<(StudentId, Decided)> = Vec::new();
        let ahead = matches!(which, MarkList::Ahead);
        for occurrence in schedule::occurrences(conn, dates)? {
            if !occurrence.held() || (ahead && occurrence.has_begun(caller.now)) {
                continue;
            }
            let marks = marks::in_force(conn, occurrence.id)?.into_iter();
            let marks = marks.filter(|(_, mark)| mark.decision.is_some());
            found.extend(marks.map(|(student, mark)| (student, Decided::Mark(occurrence.clone(), mark))));
        }
        let excuses = excuses::in_force(conn, span)?.into_iter();
        found.extend(excuses.map(|(student, excuse)| (student, Decided::Excuse(excuse))));
        let mut listed = Vec::new();
        for (student, decided) in found {
            let named = students::named(conn, student)?;
            listed.extend(named.map(|(code, name)| Listed { code, name, decided }));
        }
        listed.sort_by(|a, b| a.from().cmp(&b.from()).then_with(|| a.code.cmp(&b.code)));
        Ok((listed, zone))
    })
}
