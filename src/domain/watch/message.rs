//! Messages to people, and the times of retries.

use crate::domain::time::{Instant, Span};

/// The wait after the first failed attempt. It doubles with every further one.
const FIRST_WAIT: Span = Span::minutes(1);

/// The longest wait, unless the server asks for more.
const LONGEST_WAIT: Span = Span::minutes(60);

/// A message older than this is stale, and is not tried again.
pub const PATIENCE: Span = Span::days(5);

/// The kind of service that carries a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// By SMTP.
    Mail,
    /// To a Slack webhook.
    Slack,
    /// To any other webhook, with a body from a template.
    Webhook,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Slack, Self::Webhook];

    /// The word it is stored and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }

    /// The channel of this word, if there is one.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }

    fn to(self, recipient: &str) -> String {
        match self {
            Self::Mail => format!("mail to {recipient}"),
            Self::Slack => "slack".to_owned(),
            Self::Webhook => format!("webhook {recipient}"),
        }
    }

    /// The server that messages to a recipient go through: `mail`, `slack`, `webhook ntfy`. All mails share one.
    pub fn route(self, recipient: &str) -> String {
        match self {
            Self::Mail => self.word().to_owned(),
            Self::Slack | Self::Webhook => self.to(recipient),
        }
    }
}

/// A message to one recipient, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The topic: `summary/2026-09-07`. The same key is sent to the same recipient once.
    pub key: String,
    /// The channel.
    pub channel: Channel,
    /// A mail address or the name of a webhook. Empty for Slack, which has only one recipient.
    pub recipient: String,
    /// The bytes to be sent: a mail with its headers, or the JSON of a webhook.
    pub body: Vec<u8>,
    /// Whether it names students. Erasing a student deletes such messages.
    pub names: bool,
}

impl Message {
    /// See [`Channel::route`].
    pub fn route(&self) -> String {
        self.channel.route(&self.recipient)
    }

    /// The recipient in words: `mail to ada@school.example`, `slack`, `webhook ntfy`.
    pub fn destination(&self) -> String {
        self.channel.to(&self.recipient)
    }
}

/// The state of a message in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// To be sent, now or later.
    Waiting,
    /// Delivered.
    Sent,
    /// Handed over twice without an answer in time. It was probably delivered, and is not retried automatically.
    Unsure,
    /// Given up: refused for good, or tried for too long.
    Failed,
}

impl MessageState {
    /// The word it is stored and shown as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Unsure => "unsure",
            Self::Failed => "failed",
        }
    }

    /// The state of this word, if there is one.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Unsure, Self::Failed].into_iter().find(|state| state.word() == word)
    }
}

/// The number of a message in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct MessageId(pub i64);

/// A message in the outbox, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its number.
    pub id: MessageId,
    /// See [`Message::key`].
    pub key: String,
    /// The channel.
    pub channel: Channel,
    /// The recipient.
    pub recipient: String,
    /// Its state.
    pub state: MessageState,
    /// When it was put there.
    pub created_at: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Option<Instant>,
    /// When it was sent or given up.
    pub ended_at: Option<Instant>,
    /// The last error. Empty if there was none.
    pub error: String,
}

impl Standing {
    /// The recipient in words.
    pub fn destination(&self) -> String {
        self.channel.to(&self.recipient)
    }
}

/// The time of the next attempt after `attempts` failed ones, the last at `now`: after one minute, two, four, at
/// most an hour, and not before the server allows it (`wait`). `None` if the message is too old.
pub fn next_attempt(attempts: u32, created_at: Instant, now: Instant, wait: Option<Span>) -> Option<Instant> {
    let doubled = FIRST_WAIT.micros() << attempts.saturating_sub(1).min(16);
    let own = Span::from_micros(doubled).min(LONGEST_WAIT);
    let due = now + wait.map_or(own, |wait| wait.max(own));
    (due - created_at <= PATIENCE).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let now: Instant = "2026-09-07T10:00:00Z".parse().unwrap();
        let waits = [1, 2, 3, 4, 5, 6, 7, 8, 40, u32::MAX];
        let waits = waits.map(|n| (next_attempt(n, now, now, None).unwrap() - now).whole_minutes());
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[test]
    fn the_other_side_may_ask_for_more_but_not_for_less() {
        let now: Instant = "2026-09-07T10:00:00Z".parse().unwrap();
        for (asked, given) in [(Span::ZERO, 2), (Span::seconds(90), 2), (Span::minutes(90), 90)] {
            let due = next_attempt(2, now, now, Some(asked)).unwrap();
            assert_eq!((due - now).whole_minutes(), given, "{asked}");
        }
    }

    #[test]
    fn after_five_days_it_is_given_up() {
        let created: Instant = "2026-09-07T10:00:00Z".parse().unwrap();
        let last = created + PATIENCE - LONGEST_WAIT;
        assert_eq!(next_attempt(99, created, last, None), Some(created + PATIENCE));
        assert_eq!(next_attempt(99, created, last + Span::seconds(1), None), None);
        assert_eq!(next_attempt(1, created, created, Some(Span::days(6))), None);
    }

    #[test]
    fn words_lead_back() {
        assert_eq!(Channel::ALL.map(|channel| Channel::named(channel.word())), Channel::ALL.map(Some));
        for state in [MessageState::Waiting, MessageState::Sent, MessageState::Unsure, MessageState::Failed] {
            assert_eq!(MessageState::named(state.word()), Some(state));
        }
        assert_eq!((Channel::named("fax"), MessageState::named("lost")), (None, None));
    }
}
