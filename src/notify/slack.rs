//! Slack's incoming webhooks.

use serde_json::json;

use super::config::Slack;
use super::web::{self, Method, Post};
use super::{Delivery, Letter, Route};
use crate::domain::time::Instant;
use crate::domain::watch::message::{Channel, Message};

/// The most characters of a message, including escapes. Slack cuts at 40,000.
const LONGEST: usize = 10_000;

/// Writes a message. The text is escaped, so that names from outside cannot make links or notify a channel.
pub fn message(key: &str, text: &str, names: bool) -> Message {
    let body = json!({ "text": escaped(text), "unfurl_links": false });
    Message {
        key: key.to_owned(),
        channel: Channel::Slack,
        recipient: String::new(),
        body: body.to_string().into_bytes(),
        names,
    }
}

/// Escapes `&`, `<` and `>`, and cuts a long text with an ellipsis.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 4];
        let piece = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            c => c.encode_utf8(&mut buffer),
        };
        if escaped.len() + piece.len() > LONGEST {
            escaped.push('…');
            break;
        }
        escaped.push_str(piece);
    }
    escaped
}

impl Route for Slack {
    fn name(&self) -> String {
        Channel::Slack.route("")
    }

    fn takes_alerts(&self) -> bool {
        true
    }

    fn alerts(&self, key: &str, letter: &Letter, _: Instant) -> Vec<Message> {
        vec![message(key, &letter.text, letter.names)]
    }

    fn send(&self, message: &Message) -> Delivery {
        let post = Post { method: Method::Post, url: self.webhook.clone(), headers: vec![web::json()] };
        web::send(&self.web, post, &message.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_mention_a_slack_channel() {
        assert_eq!(escaped("R&D <!channel> 王小明"), "R&amp;D &lt;!channel&gt; 王小明");
        let message = message("alert/1", "\"quoted\"\n<x>", false);
        let body = r#"{"text":"\"quoted\"\n&lt;x&gt;","unfurl_links":false}"#;
        assert_eq!(String::from_utf8(message.body).unwrap(), body);
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        for text in ["&".repeat(9_000), "王".repeat(9_000), "x".repeat(10_001)] {
            let cut = escaped(&text);
            assert!(cut.ends_with('…') && cut.len() <= LONGEST + '…'.len_utf8() && cut.len() > LONGEST - 8);
        }
        assert_eq!(escaped(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }
}
