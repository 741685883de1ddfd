//! Mail, Slack and webhooks: the configuration ([`config`]), the format and the delivery of messages.
//!
//! lettre, ureq and rustls live only here. Nothing is sent unless `attend.toml` or the environment says where to.
//! The outbox (`commands::watch::outbox`) decides which messages wait, and for how long.

mod address;
pub(crate) mod config;
mod config_text;
pub mod mail;
mod secret;
pub mod slack;
mod smtp;
mod template;
mod trouble;
pub mod web;
pub(crate) mod webhook;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub use config::{Config, Mail, Source};
pub use mail::{Attachment, Letter};
pub use secret::Secret;
pub use trouble::{Advice, Trouble};

use crate::domain::time::{Instant, Span};
use crate::domain::watch::message::Message;

/// The result of an attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The other side has it.
    Delivered,
    /// This message is to be tried again.
    Later(Trouble),
    /// The route does not work at the moment, so its other messages need not be tried now.
    Unreachable {
        /// The error.
        trouble: Trouble,
        /// The wait that the server asked for.
        wait: Option<Span>,
    },
    /// The whole message was handed over, but no answer came in time. The server probably has it.
    Unsure(Trouble),
    /// The server will never accept this message.
    Refused(Trouble),
}

impl Delivery {
    fn unreachable(trouble: impl Into<Trouble>) -> Self {
        Self::Unreachable { trouble: trouble.into(), wait: None }
    }

    /// The error, unless the message was delivered.
    pub fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Delivered => None,
            Self::Later(trouble)
            | Self::Unreachable { trouble, .. }
            | Self::Unsure(trouble)
            | Self::Refused(trouble) => Some(trouble),
        }
    }
}

/// A configured server for messages.
pub trait Route {
    /// The name of its route in the outbox; see [`Message::route`].
    fn name(&self) -> String;
    /// Whether an alert has recipients here.
    fn takes_alerts(&self) -> bool;
    /// An alert to each recipient of alerts.
    fn alerts(&self, key: &str, letter: &Letter, now: Instant) -> Vec<Message>;
    /// A test to each recipient of any message.
    fn tests(&self, key: &str, letter: &Letter, now: Instant) -> Vec<Message> {
        self.alerts(key, letter, now)
    }
    /// Sends one of its messages.
    fn send(&self, message: &Message) -> Delivery;
}

impl Config {
    /// Every configured server. A new channel has a line here.
    pub fn routes(&self) -> Vec<&dyn Route> {
        let mail = self.mail.iter().map(|mail| mail as &dyn Route);
        let slack = self.slack.iter().map(|slack| slack as &dyn Route);
        let webhooks = self.webhooks.iter().map(|webhook| webhook as &dyn Route);
        mail.chain(slack).chain(webhooks).collect()
    }
}

/// Sends a message by its route. A route that is not configured is unreachable.
pub fn send(config: &Config, message: &Message) -> Delivery {
    let name = message.route();
    match config.routes().into_iter().find(|route| route.name() == name) {
        Some(route) => route.send(message),
        None => Delivery::unreachable(format!("{name} is not configured")),
    }
}

/// Runs `work`, but waits at most `limit`, because looking up a name, for example, has no timeout. Work that is not
/// done by then is abandoned and ends with the process. Then it returns `None`.
fn within(limit: Duration, work: impl FnOnce() -> Delivery + Send + 'static) -> Option<Delivery> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_longer_than_its_limit() {
        let stuck = || {
            thread::park();
            Delivery::Delivered
        };
        let limit = Duration::from_millis(20);
        assert_eq!(within(limit, stuck), None);
        assert_eq!(within(Duration::from_secs(60), || Delivery::Delivered), Some(Delivery::Delivered));
    }
}
