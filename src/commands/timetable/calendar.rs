//! `schedule close --ics`: the school is closed on the all-day events of a calendar file.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use chrono::NaiveDate;
use icalendar::{Calendar, CalendarComponent, Component, DatePerhapsTime, Event, EventStatus};

use crate::commands::problem::Problem;
use crate::commands::register::plan::{self, Consent, Edited, Entry, PlannedDeed};
use crate::commands::register::refold::Touched;
use crate::commands::sheet;
use crate::domain::Invalid;
use crate::domain::roll::search::Query;
use crate::domain::roll::student::OPEN_END;
use crate::domain::time::calendar::{Closure, each_date};
use crate::domain::timetable::holiday::{Holiday, date, days, joined};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::Result;
use crate::store::timetable::schedule::{self, StoredClosure};
use crate::store::{Connection, Store};

/// The largest calendar file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// The holidays of a calendar file.
#[derive(Debug, Default)]
pub struct Holidays {
    /// The runs of dates with the identity of their event, in the order of the file.
    runs: Vec<(String, Closure)>,
    /// Identities of all events that were read, called off or not.
    events: Vec<String>,
    /// Titles of events that last no whole day, each with the reason.
    pub passed_over: Vec<String>,
    /// Titles of all-day events that cannot be followed, each with the reason.
    pub not_followed: Vec<String>,
    /// Whether any event has a wanted title.
    pub any_wanted: bool,
}

impl Holidays {
    /// Reads the all-day events of a file, with `wanted` only those with such a title.
    pub fn open(file: &Path, wanted: &[String]) -> Result<Self> {
        let name = file.display().to_string();
        let text = sheet::text(file, &name, LARGEST)?;
        Ok(Self::read(&text, wanted).map_err(|invalid| Problem::in_file(name, invalid))?)
    }

    /// Reads the all-day events of a text.
    ///
    /// # Errors
    /// The text is not a calendar.
    pub fn read(text: &str, wanted: &[String]) -> Result<Self, Invalid> {
        let fault = || {
            Invalid::new("the file is not a calendar")
                .hint("export it as iCalendar (.ics); nothing was closed")
        };
        if !text.contains("BEGIN:VCALENDAR") {
            return Err(fault());
        }
        let calendar: Calendar = text.parse().map_err(|_| fault())?;
        let queries: Vec<Query> = wanted.iter().map(|text| Query::new(text)).collect();
        let mut holidays = Self::default();
        let events = calendar.components.iter().filter_map(|component| match component {
            CalendarComponent::Event(event) => Some(event),
            _ => None,
        });
        let moved: Vec<(&str, NaiveDate)> = events.clone().filter_map(moved).collect();
        for event in events {
            let title = title(event.get_summary());
            if !queries.is_empty() && !queries.iter().any(|query| query.is_in(&title)) {
                continue;
            }
            holidays.any_wanted = true;
            match holiday(event, title, &moved) {
                Ok(holiday) => holidays.add(holiday),
                Err(why) => holidays.leave(event, why),
            }
        }
        Ok(holidays)
    }

    /// The runs of dates that it closes.
    pub fn closures(&self) -> impl Iterator<Item = &Closure> {
        self.runs.iter().map(|(_, closure)| closure)
    }

    fn leave(&mut self, event: &Event, why: String) {
        match event.get_start() {
            Some(DatePerhapsTime::Date(_)) => self.not_followed.push(why),
            _ => self.passed_over.push(why),
        }
    }

    fn add(&mut self, holiday: Holiday) {
        match holiday.dates() {
            Err(invalid) => self.not_followed.push(format!("{:?} {}", holiday.title, invalid.message)),
            Ok(runs) => {
                let closure = |dates| Closure { dates, reason: holiday.title.clone() };
                self.runs.extend(runs.into_iter().map(|dates| (holiday.uid.clone(), closure(dates))));
                self.events.push(holiday.uid);
            }
        }
    }
}

/// The title of an event on one line, as a reason may be.
fn title(summary: Option<&str>) -> String {
    const LONGEST: usize = 200;
    let words = summary.unwrap_or_default().replace(char::is_control, " ");
    let title: String =
        words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    if title.is_empty() { "holiday".to_owned() } else { title }
}

/// The return of another event that an event replaces: the identity of both, and the date.
fn moved(event: &Event) -> Option<(&str, NaiveDate)> {
    identity(event).zip(event.property_value("RECURRENCE-ID").and_then(date))
}

/// The identity of an event. Some programs write the line without one.
fn identity(event: &Event) -> Option<&str> {
    event.get_uid().map(str::trim).filter(|uid| !uid.is_empty())
}

/// The dates of a property that lists some.
fn listed(event: &Event, property: &str) -> Vec<NaiveDate> {
    let properties = event.multi_properties().get(property).into_iter().flatten();
    properties.flat_map(|property| property.value().split(',')).filter_map(date).collect()
}

/// An event as a holiday. `moved`: the returns that other events replace.
///
/// # Errors
/// Says why it is none.
fn holiday(event: &Event, title: String, moved: &[(&str, NaiveDate)]) -> Result<Holiday, String> {
    let Some(DatePerhapsTime::Date(first)) = event.get_start() else {
        return Err(format!("{title:?} lasts no whole day"));
    };
    let end = match (event.get_end(), event.property_value("DURATION")) {
        (Some(DatePerhapsTime::Date(end)), _) => Some(end),
        (Some(_), _) => return Err(format!("{title:?} ends at a time of day, not on a date")),
        (None, Some(length)) => {
            let days = days(length).ok_or_else(|| format!("{title:?} lasts {length}, not whole days"))?;
            let end = first.checked_add_days(days).filter(|end| *end <= OPEN_END);
            Some(end.ok_or_else(|| format!("{title:?} has no last day"))?)
        }
        (None, None) => None,
    };
    let of_its_own = event.property_value("RECURRENCE-ID").is_some();
    let elsewhere = moved.iter().filter(|(uid, _)| !of_its_own && identity(event) == Some(uid));
    let mut except = listed(event, "EXDATE");
    except.extend(elsewhere.map(|(_, date)| *date));
    // Without an identity, the title and the date are one.
    let uid = identity(event).map_or_else(|| format!("{title} {first}"), str::to_owned);
    Ok(Holiday {
        uid,
        first,
        end,
        rule: event.property_value("RRULE").map(str::to_owned),
        more: listed(event, "RDATE"),
        except,
        cancelled: event.get_status() == Some(EventStatus::Cancelled),
        title,
    })
}

/// The changes that a calendar makes.
#[derive(Debug, Default)]
pub struct Followed {
    /// Closed now.
    pub closed: Vec<Closure>,
    /// Open again: the event moved or was called off.
    pub opened: Vec<Closure>,
    /// Closed before.
    pub kept: usize,
}

/// Closes the holidays of a calendar. Events that were read before replace what they said then, so the same file changes
/// nothing the second time. Dates that a person opened again stay open.
pub fn follow(
    store: &mut Store,
    holidays: &Holidays,
    consent: Consent,
    deed: PlannedDeed,
) -> Result<Edited<Followed>> {
    plan::carry_out(store, consent, |conn| {
        let (stored, runs) =
            (schedule::stored_closures(conn)?, holidays.without(&schedule::opened_dates(conn)?));
        let is_stored = |(uid, closure): &&(String, Closure)| {
            stored.iter().any(|known| known.event.as_ref() == Some(uid) && known.closure == *closure)
        };
        let new: Vec<&(String, Closure)> = runs.iter().filter(|run| !is_stored(run)).collect();
        let gone: Vec<&StoredClosure> =
            stored.iter().filter(|known| holidays.replaces(known, &runs)).collect();
        let dates = new.iter().map(|(_, closure)| &closure.dates);
        let dates: Vec<_> = dates.chain(gone.iter().map(|known| &known.closure.dates)).cloned().collect();
        let touched = Touched::of_schedule(conn, on(conn, &dates)?.into_iter())?;
        let effect = plan::edit(conn, &touched, deed, || {
            gone.iter().try_for_each(|known| schedule::remove_closure(conn, known.id))?;
            for (uid, closure) in &new {
                schedule::close(conn, closure, Some(uid), &deed.caller.by, deed.caller.now)?;
            }
            let detail = format!("{} closed, {} opened", new.len(), gone.len());
            Ok(if dates.is_empty() { Vec::new() } else { vec![Entry::from(detail)] })
        })?;
        let done = Followed {
            kept: runs.len() - new.len(),
            closed: new.into_iter().map(|(_, closure)| closure.clone()).collect(),
            opened: gone.into_iter().map(|known| known.closure.clone()).collect(),
        };
        Ok(Edited { done, effect })
    })
}

impl Holidays {
    /// The runs of dates with the identity of their event, without the dates that a person `opened` again.
    fn without(&self, opened: &BTreeSet<(String, NaiveDate)>) -> Vec<(String, Closure)> {
        let closed = |(event, closure): &(String, Closure)| {
            let dates = each_date(&closure.dates).filter(|date| !opened.contains(&(event.clone(), *date)));
            let runs = joined(dates.map(|date| date..=date)).into_iter();
            runs.map(|dates| (event.clone(), Closure { dates, ..closure.clone() })).collect::<Vec<_>>()
        };
        self.runs.iter().flat_map(closed).collect()
    }

    /// Whether an event says something else now than a closure that it made. `runs`: what it says.
    fn replaces(&self, known: &StoredClosure, runs: &[(String, Closure)]) -> bool {
        let Some(event) = known.event.as_ref().filter(|event| self.events.contains(event)) else {
            return false;
        };
        !runs.iter().any(|(uid, closure)| uid == event && *closure == known.closure)
    }
}

/// The occurrences on any of some runs of dates.
fn on(conn: &Connection, runs: &[RangeInclusive<NaiveDate>]) -> Result<Vec<Occurrence>> {
    let mut found = Vec::new();
    for dates in runs {
        found.extend(schedule::occurrences(conn, dates.clone())?);
    }
    Ok(found)
}

/// Every closure, by date.
pub fn list(store: &mut Store) -> Result<Vec<StoredClosure>> {
    let mut all = store.read(schedule::stored_closures)?;
    all.sort_by_key(|known| (*known.closure.dates.start(), known.id));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{events}END:VCALENDAR\r\n")
    }

    #[test]
    fn all_day_events_are_read_and_others_are_named() {
        let text = calendar(
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20261005\r\nDTEND;VALUE=DATE:20261010\r\nSUMMARY:Autumn\r\n  holiday\\, closed\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:b\r\nDTSTART:20261012T140000Z\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:c\r\nDTSTART;VALUE=DATE:20261013\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Drill\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:d\r\nDTSTART;VALUE=DATE:20261014\r\nSTATUS:CANCELLED\r\nSUMMARY:Trip\r\nEND:VEVENT\r\n",
        );
        let read = Holidays::read(&text, &[]).unwrap();
        let [(uid, closure)] = &read.runs[..] else { panic!("{read:?}") };
        assert_eq!((uid.as_str(), closure.reason.as_str()), ("a", "Autumn holiday, closed"));
        assert_eq!(closure.dates.end().to_string(), "2026-10-09");
        assert_eq!(read.passed_over, ["\"Meeting\" lasts no whole day"]);
        assert_eq!(read.not_followed, ["\"Drill\" returns without an end: FREQ=DAILY"]);
        assert_eq!(read.events, ["a", "d"]);
        assert!(Holidays::read(&text, &["trip".into()]).unwrap().runs.is_empty());
        assert_eq!(Holidays::read(&text, &["AUTUMN".into()]).unwrap().runs.len(), 1);
        assert!(Holidays::read("code,name\n", &[]).is_err());
    }

    #[test]
    fn a_length_instead_of_an_end_counts() {
        let event = |lines: &str| {
            let text = calendar(&format!(
                "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260928\r\nSUMMARY:Autumn\r\n{lines}END:VEVENT\r\n"
            ));
            let read = Holidays::read(&text, &[]).unwrap();
            let told: Vec<_> = read.closures().map(|run| run.dates.end().to_string()).collect();
            (told.join(" "), read.not_followed.join(" "))
        };
        for (lines, last) in [
            ("", "2026-09-28"),
            ("DURATION:P1D\r\n", "2026-09-28"),
            ("DURATION:P2D\r\n", "2026-09-29"),
            ("DURATION:P1W\r\n", "2026-10-04"),
            ("DTEND;VALUE=DATE:20261001\r\n", "2026-09-30"),
        ] {
            assert_eq!(event(lines), (last.to_owned(), String::new()), "{lines}");
        }
        assert_eq!(event("DURATION:PT5H\r\n").1, "\"Autumn\" lasts PT5H, not whole days");
        assert_eq!(event("DURATION:P99999999W\r\n").1, "\"Autumn\" has no last day");
        assert_eq!(event("DTEND:20261001T080000Z\r\n").1, "\"Autumn\" ends at a time of day, not on a date");
    }

    #[test]
    fn events_without_an_identity_are_not_the_same() {
        let event =
            |date: &str| format!("BEGIN:VEVENT\r\nUID:\r\nDTSTART;VALUE=DATE:{date}\r\nEND:VEVENT\r\n");
        let read = Holidays::read(&calendar(&(event("20260928") + &event("20260930"))), &[]).unwrap();
        assert_eq!(read.events, ["holiday 2026-09-28", "holiday 2026-09-30"]);
    }

    #[test]
    fn returns_are_left_out_added_and_moved() {
        let text = calendar(
            "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20261009\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\n\
             EXDATE;VALUE=DATE:20261016\r\nEXDATE;VALUE=DATE:20261023,20261024\r\nRDATE;VALUE=DATE:20261012\r\n\
             SUMMARY:Sports Friday\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;VALUE=DATE:20261030\r\nDTSTART;VALUE=DATE:20261029\r\nSUMMARY:Sports Thursday\r\nEND:VEVENT\r\n",
        );
        let read = Holidays::read(&text, &[]).unwrap();
        let told: Vec<_> = read.closures().map(|run| (run.dates.start().to_string(), &*run.reason)).collect();
        let expected = [
            ("2026-10-09", "Sports Friday"),
            ("2026-10-12", "Sports Friday"),
            ("2026-11-06", "Sports Friday"),
            ("2026-10-29", "Sports Thursday"),
        ];
        assert_eq!(told, expected.map(|(date, reason)| (date.to_owned(), reason)));
    }
}
