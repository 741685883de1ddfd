//! Messages to people: test the channels, list, retry or drop undelivered messages.

use anyhow::Result;

use crate::clock::Clock;
use crate::commands::Caller;
use crate::commands::problem::{Kind, Problem};
use crate::commands::watch::outbox::{self, Delivered};
use crate::domain::time::Instant;
use crate::domain::watch::message::{Message, Standing};
use crate::notify::{Config, Letter, Outcome, Source, mail, send, slack};
use crate::store::Store;
use crate::store::upkeep::audit;
use crate::store::watch::outbox as stored;

/// The text of a test message.
const GREETING: &str =
    "This is a test message of attend, sent by \"attend notify test\". Messages arrive here.";

/// Reads where mail and Slack go.
pub fn config(source: &Source) -> Result<Config> {
    let config = Config::read(source);
    Ok(config.map_err(|error| Problem { kind: Kind::Config, message: error.message, hint: error.hint })?)
}

/// Sends one message to every configured recipient, at once and without the outbox. `each` is called
/// for every message sent.
///
/// # Errors
///
/// No recipient is configured, or a message did not arrive.
pub fn test(config: &Config, now: Instant, mut each: impl FnMut(&str)) -> Result<()> {
    let mut troubles = Vec::new();
    for messages in test_messages(config, now)? {
        for message in &messages {
            match send(config, message) {
                Outcome::Delivered => each(&message.destination()),
                Outcome::Later { why } | Outcome::Refused { why } => {
                    troubles.push(format!("{}: {why}", message.destination()));
                }
                Outcome::Unreachable { why, .. } => {
                    troubles.push(format!("{}: {why}", message.destination()));
                    break;
                }
            }
        }
    }
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(undelivered("the test did not arrive", &troubles, "check where mail and Slack go in attend.toml"))
    }
}

/// The messages of a test, by channel.
fn test_messages(config: &Config, now: Instant) -> Result<Vec<Vec<Message>>> {
    let mut channels = Vec::new();
    if let Some(mail) = &config.mail {
        let everybody = mail.everybody();
        if everybody.is_empty() {
            return Err(Problem::new(Kind::Config, "mail has a server but no recipients")
                .hint("write summary_to = [\"office@school.example\"] or alerts_to below [mail]")
                .into());
        }
        let letter = Letter { subject: "attend: test".into(), text: GREETING.into(), ..Letter::default() };
        let key = format!("test/{}", now.micros());
        channels.push(mail::messages(mail, &everybody, &key, &letter, now));
    }
    if config.slack.is_some() {
        channels.push(vec![slack::message("test", GREETING, false)]);
    }
    if channels.is_empty() {
        return Err(Problem::new(Kind::Config, "neither mail nor Slack is configured, so nothing is sent")
            .hint("examples/config/attend.toml explains the file; --config names it")
            .into());
    }
    Ok(channels)
}

/// Messages in the order they were added: those not delivered, or all that are remembered.
pub fn list(store: &mut Store, all: bool) -> Result<Vec<Standing>> {
    store.read(|conn| Ok(stored::list(conn, all)?))
}

/// Sends all waiting messages, and abandoned ones if they are named.
///
/// # Errors
/// Something waits on or was given up.
pub fn retry(store: &mut Store, config: &Config, ids: &[i64], clock: Clock) -> Result<Delivered> {
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
pub fn drop(store: &mut Store, ids: &[i64], caller: &Caller) -> Result<()> {
    store.write(|conn| {
        for id in ids {
            if !stored::drop(conn, *id)? {
                return Err(no_message("undelivered message", *id));
            }
        }
        Ok(audit::add(conn, &caller.deed("notify drop", counted(ids)))?)
    })
}

fn counted(ids: &[i64]) -> String {
    ids.iter().map(|id| format!("message {id}")).collect::<Vec<_>>().join(", ")
}

fn no_message(what: &str, id: i64) -> anyhow::Error {
    Problem::new(Kind::Refused, format!("no {what} {id} is in the outbox")).hint("attend notify list").into()
}

/// The error for undelivered messages, with the hint that helps most often.
fn undelivered(what: &str, troubles: &[String], otherwise: &str) -> anyhow::Error {
    let troubles = troubles.join("; ");
    let step = ADVICE.iter().find(|(sign, _)| troubles.contains(sign)).map(|(_, step)| *step);
    let step = step.unwrap_or(otherwise);
    Problem::new(Kind::Undelivered, format!("{what}: {troubles}")).hint(step).into()
}

/// Likely remedies, by text in the error.
const ADVICE: [(&str, &str); 5] = [
    ("UnknownIssuer", "the certificate of a private authority is trusted with ca_file"),
    ("not valid for name", "the host in the url has to be the one its certificate names"),
    ("refused the login", "check the user and the password in mail.url; special characters are %-encoded"),
    ("corrupt message", "smtps:// is TLS from the first byte (port 465), smtp:// is STARTTLS (port 587)"),
    (
        "STARTTLS is not supported",
        "smtps:// is TLS from the first byte; a relay that has none needs ?tls=none",
    ),
];
