//! The summary by mail: once for the same dates, whatever is run how often.

use anyhow::Result;
use chrono::{Days, NaiveDate};

use super::super::Caller;
use super::super::outbox::{self, Delivered};
use super::super::problem::{Kind, Problem};
use super::{Dates, Request};
use crate::clock::Clock;
use crate::domain::message::Message;
use crate::domain::summary::Head;
use crate::domain::time::Instant;
use crate::notify::{Config, Letter, mail};
use crate::store::{Store, audit, outbox as stored};

/// How many days without a mail are made up for: who missed more reads the summary of the range.
const CATCH_UP: u64 = 7;

/// What is to be mailed: today's summary, with those of the days since `until` that were missed; or just
/// what was asked for.
pub fn due(request: &Request, until: Option<NaiveDate>, today: NaiveDate) -> Vec<Request> {
    let group = &request.group;
    let of = |dates| Request { dates, group: group.clone() };
    match &request.dates {
        Dates::One(None) => {
            let missed = until.map(|until| until + Days::new(1)).filter(|first| *first < today);
            let first = missed.unwrap_or(today).max(today - Days::new(CATCH_UP));
            first
                .iter_days()
                .take_while(|date| *date <= today)
                .map(|date| of(Dates::One(Some(date))))
                .collect()
        }
        Dates::One(Some(date)) => vec![of(Dates::One(Some(*date)))],
        Dates::Range(dates) => vec![of(Dates::Range(dates.clone()))],
    }
}

/// One summary, addressed to everybody who gets it.
#[derive(Debug)]
pub struct Post {
    /// What it is about: `summary/2026-09-07`.
    about: String,
    /// Whether it takes the place of one that still waits.
    again: bool,
    /// A message for each of them.
    pub messages: Vec<Message>,
}

/// Addresses a letter with a summary. `again`: even to those who had it before.
///
/// # Errors
/// Nobody is configured.
pub fn post(
    config: &Config,
    head: &Head,
    group: Option<&str>,
    letter: &Letter,
    again: bool,
    now: Instant,
) -> Result<Post> {
    let missing = |what: &str, hint: &str| Problem::new(Kind::Config, what).hint(hint);
    let mail = config.mail.as_ref().ok_or_else(|| {
        missing("mail is not configured", "examples/config/attend.toml explains the file; --config names it")
    })?;
    if mail.summary_to.is_empty() {
        let hint = "write summary_to = [\"office@school.example\"] below [mail]";
        return Err(missing("nobody gets the summary", hint).into());
    }
    let about = about(head, group);
    let key = if again { format!("{about}/again-{}", now.micros()) } else { about.clone() };
    Ok(Post { messages: mail::messages(mail, &mail.summary_to, &key, letter, now), about, again })
}

fn about(head: &Head, group: Option<&str>) -> String {
    let (first, last) = (head.dates.start(), head.dates.end());
    let dates = if head.ranged { format!("summary/{first}..{last}") } else { format!("summary/{first}") };
    group.map_or(dates.clone(), |group| format!("{dates}/{group}"))
}

/// Puts the messages into the outbox and delivers what is due.
///
/// # Errors
/// Something did not arrive; it is kept and tried again.
pub fn send(
    store: &mut Store,
    config: &Config,
    posts: &[Post],
    caller: &Caller,
    clock: Clock,
) -> Result<Delivered> {
    store.write(|conn| -> Result<()> {
        for post in posts {
            if post.again {
                stored::withdraw(conn, &post.about)?;
            }
            let added = outbox::add(conn, &post.messages, caller.now)?;
            if added > 0 {
                let detail = format!("{} by mail to {added} of {}", post.about, post.messages.len());
                audit::add(conn, &caller.deed("summary", detail))?;
            }
        }
        Ok(())
    })?;
    let delivered = outbox::deliver(store, config, clock)?;
    let words = match (delivered.troubles.join("; "), delivered.waiting) {
        (troubles, _) if !troubles.is_empty() => format!("not everything was delivered: {troubles}"),
        (_, 0) => return Ok(delivered),
        (_, waiting) => {
            format!("{waiting} of the messages could not be delivered and wait for their next attempt")
        }
    };
    Err(Problem::new(Kind::Undelivered, words)
        .hint("it is kept and tried again with the next run: attend notify list")
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_days_are_made_up_for_a_week_at_most() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        for (until, first) in [(None, 20), (Some(19), 20), (Some(20), 20), (Some(17), 18), (Some(1), 13)] {
            let request = Request { dates: Dates::One(None), group: None };
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
        let asked = Request { dates: Dates::One(Some(day(3))), group: None };
        assert_eq!(due(&asked, Some(day(1)), day(20)).len(), 1);
    }
}
