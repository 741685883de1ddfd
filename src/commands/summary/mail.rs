//! The summary by mail: once for the same dates, whatever is run how often.

use anyhow::Result;

use super::super::Caller;
use super::super::outbox::{self, Delivered};
use super::super::problem::{Kind, Problem};
use crate::clock::Clock;
use crate::domain::message::Message;
use crate::domain::summary::Head;
use crate::domain::time::Instant;
use crate::notify::{Config, Letter, mail};
use crate::store::{Store, audit};

/// The messages that bring a summary to everybody who gets it. `again`: even if they had it before.
///
/// # Errors
/// Nobody is configured.
pub fn messages(
    config: &Config,
    head: &Head,
    group: Option<&str>,
    letter: &Letter,
    again: bool,
    now: Instant,
) -> Result<Vec<Message>> {
    let missing = |what: &str, hint: &str| Problem::new(Kind::Config, what).hint(hint);
    let mail = config.mail.as_ref().ok_or_else(|| {
        missing("mail is not configured", "examples/config/attend.toml explains the file; --config names it")
    })?;
    if mail.summary_to.is_empty() {
        let hint = "write summary_to = [\"office@school.example\"] below [mail]";
        return Err(missing("nobody gets the summary", hint).into());
    }
    Ok(mail::messages(mail, &mail.summary_to, &key(head, group, again.then_some(now)), letter, now))
}

/// What a summary is about: `summary/2026-09-07`.
fn key(head: &Head, group: Option<&str>, again: Option<Instant>) -> String {
    let (first, last) = (head.dates.start(), head.dates.end());
    let mut key = if head.ranged { format!("summary/{first}..{last}") } else { format!("summary/{first}") };
    if let Some(group) = group {
        key += &format!("/{group}");
    }
    if let Some(again) = again {
        key += &format!("/again-{}", again.micros());
    }
    key
}

/// Puts the messages into the outbox and delivers what is due.
///
/// # Errors
/// Something did not arrive; it is kept and tried again.
pub fn send(
    store: &mut Store,
    config: &Config,
    messages: &[Message],
    caller: &Caller,
    clock: Clock,
) -> Result<Delivered> {
    store.write(|conn| -> Result<()> {
        let added = outbox::add(conn, messages, caller.now)?;
        if let Some(first) = messages.first().filter(|_| added > 0) {
            let detail = format!("{} by mail to {added} of {}", first.key, messages.len());
            audit::add(conn, &caller.deed("summary", detail))?;
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
