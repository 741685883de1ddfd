//! Messages to people: test the channels, list, retry or drop undelivered messages.

use crate::clock::Clock;
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::watch::outbox::{self, Delivered};
use crate::domain::time::Instant;
use crate::domain::watch::message::{Message, MessageId, Standing};
use crate::failure::{Failure, Result};
use crate::notify::{Config, Delivery, Letter, Source, Trouble, send};
use crate::store::Store;
use crate::store::upkeep::audit;
use crate::store::watch::outbox as stored;

/// The text of a test message.
const GREETING: &str =
    "This is a test message of attend, sent by \"attend notify test\". Messages arrive here.";

/// Reads where messages go.
pub(crate) fn config(source: &Source) -> Result<Config> {
    let config = Config::read(source);
    Ok(config.map_err(|error| Problem { kind: Kind::Config, message: error.message, hint: error.hint })?)
}

/// Sends one message to every configured recipient, at once and without the outbox. `each` is called
/// for every message sent.
///
/// # Errors
///
/// No recipient is configured, or a message did not arrive.
pub(crate) fn test(config: &Config, now: Instant, mut each: impl FnMut(&str)) -> Result<()> {
    let mut troubles = Vec::new();
    for messages in test_messages(config, now)? {
        for message in &messages {
            let outcome = send(config, message);
            let unreachable = matches!(outcome, Delivery::Unreachable { .. });
            match outcome.trouble() {
                None => each(&message.destination()),
                Some(trouble) => troubles.push(trouble.to(&message.destination())),
            }
            if unreachable {
                break;
            }
        }
    }
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(undelivered("the test did not arrive", &troubles, "check where messages go in attend.toml"))
    }
}

/// The messages of a test, by route.
fn test_messages(config: &Config, now: Instant) -> Result<Vec<Vec<Message>>> {
    let letter = Letter { subject: "attend: test".into(), text: GREETING.into(), ..Letter::default() };
    let key = format!("test/{}", now.micros());
    let routes: Vec<_> = config.routes().iter().map(|route| route.tests(&key, &letter, now)).collect();
    if routes.iter().any(Vec::is_empty) {
        return Err(Problem::new(Kind::Config, "mail has a server but no recipients")
            .hint("write summary_to = [\"office@school.example\"] or alerts_to below [mail]")
            .into());
    }
    if routes.is_empty() {
        return Err(Problem::new(
            Kind::Config,
            "no mail, Slack or webhook is configured, so nothing is sent",
        )
        .hint("examples/config/attend.toml explains the file; --config names it")
        .into());
    }
    Ok(routes)
}

/// Messages in the order they were added: undelivered ones, or all that are stored.
pub(crate) fn list(store: &mut Store, all: bool) -> Result<Vec<Standing>> {
    store.read(|conn| Ok(stored::list(conn, all)?))
}

/// Sends all waiting messages, and abandoned ones if they are named.
///
/// # Errors
/// A message still waits, or has failed for good.
pub(crate) fn retry(
    store: &mut Store,
    config: &Config,
    ids: &[MessageId],
    clock: Clock,
) -> Result<Delivered> {
    store.write(|conn| -> Result<()> {
        for id in ids {
            if !stored::revive(conn, *id, clock.now())? {
                return Err(no_message("failed message", *id));
            }
        }
        Ok(())
    })?;
    let delivered = outbox::deliver_all(store, config, clock)?;
    if delivered.troubles.is_empty() {
        Ok(delivered)
    } else {
        Err(undelivered("not everything was delivered", &delivered.troubles, "attend notify list"))
    }
}

/// Drops messages that were not delivered.
pub(crate) fn drop(store: &mut Store, ids: &[MessageId], caller: &Caller) -> Result<()> {
    store.write(|conn| {
        for id in ids {
            if !stored::drop(conn, *id)? {
                return Err(no_message("undelivered message", *id));
            }
        }
        Ok(audit::add(conn, &caller.deed("notify drop", counted(ids)))?)
    })
}

fn counted(ids: &[MessageId]) -> String {
    ids.iter().map(|id| format!("message {}", id.0)).collect::<Vec<_>>().join(", ")
}

fn no_message(what: &str, id: MessageId) -> Failure {
    Problem::new(Kind::Refused, format!("no {what} {} is in the outbox", id.0))
        .hint("attend notify list")
        .into()
}

/// The error for undelivered messages, with the first known remedy.
fn undelivered(what: &str, troubles: &[Trouble], otherwise: &str) -> Failure {
    let words: Vec<&str> = troubles.iter().map(|trouble| trouble.why.as_str()).collect();
    let advice = troubles.iter().find_map(|trouble| trouble.advice);
    Problem::new(Kind::Undelivered, format!("{what}: {}", words.join("; ")))
        .hint(advice.map_or(otherwise, |advice| advice.words()))
        .into()
}
