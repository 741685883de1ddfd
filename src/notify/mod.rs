//! Mail and Slack: where messages go ([`config`]), how they are written and how they travel.
//!
//! lettre and ureq live only here. Nothing is sent unless `attend.toml` or the environment says where to.
//! The outbox (`commands::watch::outbox`) decides which messages wait, and for how long.

pub mod config;
pub mod mail;
mod page;
mod places;
mod secret;
pub mod slack;
pub mod web;

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use config::{Config, Mail, Source};
pub use lettre::message::Mailbox;
pub use mail::{Attachment, Letter};
pub use secret::Secret;
pub use web::Ping;

use crate::domain::time::Span;
use crate::domain::watch::message::{Channel, Message};

/// Characters of an answer from outside that are kept.
const KEPT: usize = 300;

/// The result of an attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Delivered,
    /// This message is to be tried again.
    Later {
        /// The error, without secrets and control characters.
        why: String,
    },
    /// Nothing gets through this channel at the moment, so nothing else need be tried now.
    Unreachable {
        /// The error.
        why: String,
        /// How long the other side asked to be left alone.
        wait: Option<Span>,
    },
    /// This message will never be taken.
    Refused {
        /// The error.
        why: String,
    },
}

impl Outcome {
    fn later(why: &str) -> Self {
        Self::Later { why: clean(why) }
    }

    fn unreachable(why: &str) -> Self {
        Self::Unreachable { why: clean(why), wait: None }
    }

    fn refused(why: &str) -> Self {
        Self::Refused { why: clean(why) }
    }
}

/// Sends a message over its channel. Where the channel is not configured, it is unreachable.
pub fn send(config: &Config, message: &Message) -> Outcome {
    match message.channel {
        Channel::Mail => match &config.mail {
            Some(mail) => mail::send(mail, &message.recipient, &message.body),
            None => Outcome::unreachable("mail is not configured"),
        },
        Channel::Slack => match &config.slack {
            Some(slack) => slack::send(slack, &message.body),
            None => Outcome::unreachable("Slack is not configured"),
        },
    }
}

/// Runs `work`, but never waits longer than `limit`: looking up a name, for one, has no limit of its
/// own. Work that is not done by then is abandoned and ends with the process.
fn within(limit: Duration, work: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(limit).unwrap_or_else(|_| Outcome::unreachable(&no_answer(limit)))
}

fn no_answer(limit: Duration) -> String {
    let span = Span::from_micros(i64::try_from(limit.as_micros()).unwrap_or(i64::MAX));
    format!("no answer within {span}")
}

/// An error of the system in words.
fn io_in_words(error: &io::Error, limit: Duration) -> String {
    match (error.kind(), error.get_ref()) {
        (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _) => no_answer(limit),
        (_, Some(inner)) => inner.to_string(),
        (kind, None) => kind.to_string(),
    }
}

/// Words from outside on one line of bounded length.
fn clean(words: &str) -> String {
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_from_outside_become_one_short_line() {
        assert_eq!(clean("550 no\r\nsuch\u{1b}[2J user\n"), "550 no  such [2J user");
        assert_eq!(clean(&"x".repeat(1_000)).len(), KEPT);
    }

    #[test]
    fn nothing_waits_longer_than_its_limit() {
        let stuck = || {
            thread::park();
            Outcome::Delivered
        };
        let limit = Duration::from_millis(20);
        assert_eq!(within(limit, stuck), Outcome::unreachable("no answer within 20ms"));
        assert_eq!(within(Duration::from_secs(60), || Outcome::Delivered), Outcome::Delivered);
    }
}
