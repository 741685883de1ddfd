//! The summary by mail, sent once for the same dates even if the command runs again.

use chrono::{Days, NaiveDate};

use super::super::Caller;
use super::super::problem::{Kind, Problem};
use super::{Dates, Request};
use crate::clock::Clock;
use crate::commands::watch::outbox::{self, Delivered};
use crate::domain::register::summary::Head;
use crate::domain::roll::group::GroupFilter;
use crate::domain::time::Instant;
use crate::domain::time::calendar::each_date;
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::watch::message::{Message, MessageState, Standing};
use crate::failure::Result;
use crate::notify::{Config, Letter, Mail, mail};
use crate::store::timetable::schedule;
use crate::store::upkeep::audit;
use crate::store::watch::outbox as stored;
use crate::store::{Connection, Store};

/// The most missed days that are mailed later. For more days, use the summary of a range.
const CATCH_UP: u64 = 7;

/// The summaries to mail: today's and the missed days since `until`, or exactly the requested one. Only
/// the school-wide summary catches up on missed days. A group's summary says nothing about the other
/// groups.
pub(crate) fn due(request: &Request, until: Option<NaiveDate>, today: NaiveDate) -> Vec<Request> {
    let of = |dates| Request { dates, groups: request.groups.clone(), briefed: request.briefed };
    match &request.dates {
        Dates::One(None) => {
            let until = until.filter(|_| is_nightly(request));
            let missed = until.map(|until| until + Days::new(1)).filter(|first| *first < today);
            let first = missed.unwrap_or(today).max(today - Days::new(CATCH_UP));
            each_date(&(first..=today)).map(|date| of(Dates::One(Some(date)))).collect()
        }
        Dates::One(Some(date)) => vec![of(Dates::One(Some(*date)))],
        Dates::Range(dates) => vec![of(Dates::Range(dates.clone()))],
    }
}

/// The date after which the first nightly mail begins. The machine may have been off on the evening
/// of the last school day, so unless today is over already, that day is mailed, too. `None`: only today is due.
pub(crate) fn begin(store: &mut Store, today: NaiveDate, now: Instant) -> Result<Option<NaiveDate>> {
    let first = today - Days::new(CATCH_UP);
    let mut held = store.read(|conn| schedule::occurrences(conn, first..=today))?;
    held.retain(Occurrence::held);
    let (of_today, before): (Vec<_>, Vec<_>) = held.iter().partition(|occurrence| occurrence.date == today);
    if !of_today.is_empty() && of_today.iter().all(|occurrence| occurrence.ends_at <= now) {
        return Ok(None);
    }
    Ok(before.iter().map(|occurrence| occurrence.date).max().and_then(|last| last.pred_opt()))
}

/// Whether this is the nightly mail: today's summary of the whole school.
pub(crate) fn is_nightly(request: &Request) -> bool {
    matches!(request.dates, Dates::One(None)) && request.groups.is_everybody()
}

/// The mail configuration with the recipients of summaries.
///
/// # Errors
///
/// No recipient is configured.
pub(crate) fn configured(config: &Config) -> Result<&Mail> {
    let missing = |what: &str, hint: &str| Problem::new(Kind::Config, what).hint(hint);
    let mail = config.mail.as_ref().ok_or_else(|| {
        missing("mail is not configured", "examples/config/attend.toml explains the file; --config names it")
    })?;
    if mail.summary_to.is_empty() {
        let hint = "write summary_to = [\"office@school.example\"] below [mail]";
        return Err(missing("the summary has no recipients", hint).into());
    }
    Ok(mail)
}

/// One summary, addressed to all recipients.
#[derive(Debug)]
pub(crate) struct Post {
    /// The subject of the post and key of its messages: `summary/2026-09-07`.
    about: String,
    /// The letter that all of them get.
    pub letter: Letter,
    /// A message for each recipient.
    pub messages: Vec<Message>,
    /// Repeats for recipients who had it before. Empty without `--again`.
    repeats: Vec<Message>,
}

/// Addresses a letter with a summary. `again` sends it to recipients who already had it.
///
/// # Errors
///
/// No recipient is configured.
pub(crate) fn post(
    config: &Config,
    head: &Head,
    groups: &GroupFilter,
    letter: Letter,
    again: bool,
    now: Instant,
) -> Result<Post> {
    let mail = configured(config)?;
    let about = about(head, groups, now);
    let messages = |key: &str| mail::messages(mail, &mail.summary_to, key, &letter, now);
    let repeats = if again { messages(&format!("{about}/again-{}", now.micros())) } else { Vec::new() };
    let messages = messages(&about);
    Ok(Post { letter, messages, repeats, about })
}

/// A mail about a day that is not over has a key of its own, so that it does not count as the mail of that day.
fn about(head: &Head, groups: &GroupFilter, now: Instant) -> String {
    let (first, last) = (head.dates.start(), head.dates.end());
    let dates = if head.ranged { format!("summary/{first}..{last}") } else { format!("summary/{first}") };
    let dates = if head.is_over(now) { dates } else { format!("{dates}/so-far") };
    if groups.is_everybody() { dates } else { format!("{dates}/{}", groups.written()) }
}

/// Adds the messages to the outbox. From then on they will be sent even after a crash.
pub(crate) fn put(store: &mut Store, posts: &[Post], caller: &Caller) -> Result<()> {
    store.write(|conn| {
        for post in posts {
            let added = put_one(conn, post, caller.now)?;
            if added > 0 {
                let detail = format!("{} by mail to {added} of {}", post.about, post.messages.len());
                audit::add(conn, &caller.deed("summary", detail))?;
            }
        }
        Ok(())
    })
}

/// Queues a post and returns the number of new messages. A repeat replaces undelivered messages of the
/// same key, so a recipient who gets it now is not counted as missed.
fn put_one(conn: &Connection, post: &Post, now: Instant) -> Result<usize> {
    if post.repeats.is_empty() {
        return outbox::add(conn, &post.messages, now);
    }
    stored::withdraw(conn, &post.about)?;
    let mut added = 0;
    for (message, repeat) in post.messages.iter().zip(&post.repeats) {
        added += usize::from(stored::add(conn, message, now)? || stored::add(conn, repeat, now)?);
    }
    Ok(added)
}

/// Delivers the messages that are due. Failures of other messages in the outbox do not fail a summary.
///
/// # Errors
/// Some of these posts did not arrive.
pub(crate) fn deliver(store: &mut Store, config: &Config, posts: &[Post], clock: Clock) -> Result<Delivered> {
    let delivered = outbox::deliver(store, config, clock)?;
    let stuck = store.read(|conn| undelivered(conn, posts, clock.now()))?;
    if stuck.is_empty() {
        return Ok(delivered);
    }
    let tried = stuck.iter().filter(|message| !message.error.is_empty());
    let troubles: Vec<String> =
        tried.map(|message| format!("{}: {}", message.destination(), message.error)).collect();
    let hint = if stuck.iter().any(|message| message.state == MessageState::Failed) {
        "what was refused is not tried again by itself: attend notify list, then retry or drop"
    } else {
        "it is kept and tried again with the next run: attend notify list"
    };
    let words = format!("not everything was delivered: {}", troubles.join("; "));
    Err(Problem::new(Kind::Undelivered, words).hint(hint).into())
}

/// The messages of some posts that have not arrived and that no other process is sending.
fn undelivered(conn: &Connection, posts: &[Post], now: Instant) -> Result<Vec<Standing>> {
    let mut stuck = Vec::new();
    for post in posts {
        let repeated = post.repeats.first().map(|repeat| &repeat.key);
        for key in std::iter::once(&post.about).chain(repeated) {
            stuck.extend(stored::undelivered(conn, key, now)?);
        }
    }
    Ok(stuck)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_days_are_made_up_for_a_week_at_most() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        for (until, first) in [(None, 20), (Some(19), 20), (Some(20), 20), (Some(17), 18), (Some(1), 13)] {
            let request = Request { dates: Dates::One(None), groups: GroupFilter::default(), briefed: true };
            let due = due(&request, until.map(day), day(20));
            let dates: Vec<NaiveDate> = due
                .iter()
                .map(|request| match request.dates {
                    Dates::One(Some(date)) => date,
                    _ => panic!("{request:?}"),
                })
                .collect();
            assert_eq!((dates[0], *dates.last().unwrap()), (day(first), day(20)), "{until:?}");
            assert_eq!(dates.len(), 21 - first as usize);
        }
        let asked =
            Request { dates: Dates::One(Some(day(3))), groups: GroupFilter::default(), briefed: true };
        assert_eq!(due(&asked, Some(day(1)), day(20)).len(), 1);
        let group = Request { dates: Dates::One(None), groups: "G7".parse().unwrap(), briefed: true };
        assert_eq!(due(&group, Some(day(1)), day(20)).len(), 1);
    }
}
