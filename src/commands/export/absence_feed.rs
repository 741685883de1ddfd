//! A feed of absences: each edition announces those that were decided since the last confirmed one, and takes back those
//! that turned out to be none.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::changed;
use crate::commands::problem::{Kind, Problem};
use crate::commands::register::coverage::Cameras;
use crate::commands::register::entries;
use crate::commands::{Caller, lookup};
use crate::domain::register::announcement::{Announcement, Event, Row, Told, next};
use crate::domain::register::feed::Cursor;
use crate::domain::register::status::Status;
use crate::domain::roll::expectation::Expectations;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::Occurrence;
use crate::failure::{Failure, Result};
use crate::store::register::absence_feeds::{self, AbsenceFeed};
use crate::store::register::expected::{Whose, each_expected};
use crate::store::register::versions;
use crate::store::timetable::schedule;
use crate::store::{Connection, Store, settings};

/// The next edition of a feed, which is noted as told before it is written: a receiver may know its lines even if the
/// command is killed while it writes.
#[derive(Debug)]
pub(crate) struct Edition {
    /// The lines, by date, start and code.
    pub announcements: Vec<Announcement>,
    feed: String,
    number: i64,
    reached: Cursor,
}

/// Makes the next edition of a feed. A feed of a new name begins with the absences of today.
///
/// # Errors
/// Another export of the same feed began in the meantime, or the name is one of a feed of registers.
pub(crate) fn edition(store: &mut Store, name: &str, caller: &Caller) -> Result<Edition> {
    let feed = begin(store, name, caller.now)?;
    let edition = read(store, name, &feed, caller.now)?;
    note(store, &edition)?;
    Ok(edition)
}

/// Takes the number of an edition, and closes the version of the registers that it tells.
fn begin(store: &mut Store, name: &str, now: Instant) -> Result<AbsenceFeed> {
    store.write(|conn| {
        if versions::feeds(conn)?.iter().any(|known| known == name) {
            let words = format!("{name:?} is a feed of registers (export records)");
            return Err(Problem::new(Kind::Refused, words)
                .hint("choose another name for the absences")
                .into());
        }
        versions::close(conn)?;
        Ok(absence_feeds::open(conn, name, local_date(now, settings::load(conn)?.zone))?)
    })
}

fn read(store: &mut Store, name: &str, feed: &AbsenceFeed, now: Instant) -> Result<Edition> {
    store.read(|conn| {
        let hold_back = settings::load(conn)?.absence_hold_back;
        // An occurrence that ended before this instant is decided by the facts of the version.
        let reached = Cursor { version: versions::closed(conn)?, at: now - hold_back };
        let announcements = announcements(conn, name, feed, hold_back, now)?;
        Ok(Edition { announcements, feed: name.to_owned(), number: feed.edition, reached })
    })
}

fn note(store: &mut Store, edition: &Edition) -> Result<()> {
    let Edition { announcements, feed, number, .. } = edition;
    store.write(|conn| {
        if !absence_feeds::is_latest(conn, feed, *number)? {
            let words = format!("another export of the feed {feed:?} began meanwhile");
            return Err(Problem::new(Kind::Busy, words).hint("run one job for each feed at a time").into());
        }
        Ok(absence_feeds::tell(conn, feed, *number, announcements)?)
    })
}

impl Edition {
    /// Its number, from 1.
    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// Notes that it was written to its end, so that it can be confirmed.
    pub(crate) fn sent(&self, store: &mut Store) -> Result<()> {
        store.write(|conn| Ok(absence_feeds::sent(conn, &self.feed, self.number, self.reached)?))
    }
}

fn announcements(
    conn: &Connection,
    name: &str,
    feed: &AbsenceFeed,
    hold_back: Span,
    now: Instant,
) -> Result<Vec<Announcement>> {
    let mut asked = open_questions(conn, name, now)?;
    let since = feed.confirmed.unwrap_or(Cursor::START);
    for occurrence in changed(conn, since, now)? {
        if occurrence.date >= feed.begins {
            asked.insert((occurrence.date, occurrence.period.to_string()), Some(occurrence));
        }
    }
    let Some((first, last)) = asked.keys().next().zip(asked.keys().next_back()) else {
        return Ok(Vec::new());
    };
    let expectations = lookup::expectations(conn, &(first.0..=last.0))?;
    let mut asked: Vec<((NaiveDate, String), Option<Occurrence>)> = asked.into_iter().collect();
    asked.sort_by_key(|((date, _), occurrence)| (*date, occurrence.as_ref().map(|o| o.starts_at)));
    let mut reader = Reader {
        conn,
        cameras: Cameras::read(conn)?,
        expectations,
        hold_back,
        now,
        announcements: Vec::new(),
    };
    for ((date, period), occurrence) in asked {
        let told = absence_feeds::told(conn, name, date, &period)?.into_iter().collect();
        reader.read(date, &period, occurrence.filter(|o| o.counts(now)).as_ref(), told)?;
    }
    Ok(reader.announcements)
}

/// Dates and periods about which the receiver must be told again, each with its occurrence, if it is still there.
fn open_questions(
    conn: &Connection,
    feed: &str,
    now: Instant,
) -> Result<BTreeMap<(NaiveDate, String), Option<Occurrence>>> {
    let mut asked = BTreeMap::new();
    for (date, period) in absence_feeds::open_questions(conn, feed, now)? {
        let found = schedule::occurrences(conn, date..=date)?.into_iter().find(|o| *o.period == *period);
        asked.insert((date, period), found);
    }
    Ok(asked)
}

/// Reads registers and compares them with what the receiver was told.
struct Reader<'c> {
    conn: &'c Connection,
    cameras: Cameras,
    expectations: Expectations,
    hold_back: Span,
    now: Instant,
    announcements: Vec<Announcement>,
}

impl Reader<'_> {
    /// Adds the lines about a period on a date. `occurrence`: if it is held and has begun.
    fn read(
        &mut self,
        date: NaiveDate,
        period: &str,
        occurrence: Option<&Occurrence>,
        mut told: BTreeMap<String, Told>,
    ) -> Result<()> {
        let Self { conn, cameras, expectations, hold_back, now, announcements } = self;
        if let Some(o) = occurrence {
            let coverage = cameras.coverage(conn, o, *now)?;
            let decided = *now >= o.ends_at + *hold_back;
            each_expected(conn, o, expectations, Whose::ByCode, |known| {
                let student = known.id;
                let entry = entries::entry(o, *now, &coverage, known);
                let absent = entry.judgement.status == Status::Absent;
                let event = next(absent, decided, told.remove(&entry.code).as_ref());
                announcements.extend(event.map(|event| {
                    let reason = entry.reason().map(str::to_owned);
                    let row = Row {
                        name: entry.name,
                        group: entry.group,
                        starts_at: o.starts_at,
                        ends_at: o.ends_at,
                        status: entry.judgement.status,
                        reason,
                    };
                    let (period, code) = (period.to_owned(), entry.code);
                    Announcement { event, date, period, student, code, row: Some(row) }
                }));
                Ok::<(), Failure>(())
            })?;
        }
        // The period is not held any more, or it does not expect them.
        announcements.extend(told.into_iter().map(|(code, told)| {
            let (event, period) = (Event::Retracted, period.to_owned());
            Announcement { event, date, period, student: told.student, code, row: None }
        }));
        Ok(())
    }
}
