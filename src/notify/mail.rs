//! Mail: turns a letter into the bytes of RFC 5322, one message for each recipient. [`smtp`] sends them.

use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Body, Mailbox, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::config::Mail;
use super::{Delivery, Route, smtp};
use crate::domain::time::Instant;
use crate::domain::watch::message::{Channel, Message};

/// The content of a mail.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// One line. It may contain names from outside.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same in HTML. Names from outside must be escaped in it.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Whether students are named in it.
    pub names: bool,
}

/// A file in a letter.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its MIME type, such as `text/csv; charset=utf-8`.
    pub kind: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// Writes a letter to several recipients, one message for each, so that a bad address does not stop the others. Every
/// message lists all recipients. The bytes depend only on the arguments.
pub fn messages(mail: &Mail, to: &[Mailbox], key: &str, letter: &Letter, now: Instant) -> Vec<Message> {
    if to.is_empty() {
        return vec![];
    }
    let body = compose(&mail.from, to, key, letter, now);
    let message = |to: &Mailbox| Message {
        key: key.to_owned(),
        channel: Channel::Mail,
        recipient: to.email.to_string(),
        body: body.clone(),
        names: letter.names,
    };
    to.iter().map(message).collect()
}

fn compose(from: &Mailbox, to: &[Mailbox], key: &str, letter: &Letter, now: Instant) -> Vec<u8> {
    let identity = identity(from, key, letter);
    let builder = lettre::Message::builder()
        .from(from.clone())
        .subject(one_line(&letter.subject))
        .date(now.to_utc().into())
        .message_id(Some(format!("<{identity}@{}>", from.email.domain())))
        .header(AutoSubmitted);
    let builder = to.iter().fold(builder, |builder, to| builder.to(to.clone()));
    let message = match (&letter.html, &letter.attachments[..]) {
        (None, []) => builder.singlepart(SinglePart::plain(letter.text.clone())),
        (Some(html), []) => builder.multipart(alternative(&identity, &letter.text, html)),
        (html, attachments) => {
            let mixed = MultiPart::mixed().boundary(format!("{identity}-mixed"));
            let mixed = match html {
                Some(html) => mixed.multipart(alternative(&identity, &letter.text, html)),
                None => mixed.singlepart(SinglePart::plain(letter.text.clone())),
            };
            builder.multipart(attachments.iter().fold(mixed, |mixed, file| mixed.singlepart(part(file))))
        }
    };
    message.expect("a letter has a sender and recipients").formatted()
}

/// Mails about the same subject have the same identity even if they are sent again, so that a repeat can
/// be recognised.
fn identity(from: &Mailbox, key: &str, letter: &Letter) -> String {
    let mut hash = Sha256::new();
    for part in [&from.to_string(), key, &letter.subject] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn alternative(identity: &str, text: &str, html: &str) -> MultiPart {
    MultiPart::alternative()
        .boundary(format!("{identity}-alternative"))
        .singlepart(SinglePart::plain(text.to_owned()))
        .singlepart(SinglePart::html(html.to_owned()))
}

fn part(file: &Attachment) -> SinglePart {
    let kind = ContentType::parse(file.kind).expect("the type of an attachment is written in the program");
    // Always base64, so that no server on the way changes a byte of the file.
    let body = Body::new_with_encoding(file.content.clone(), ContentTransferEncoding::Base64);
    Part::new(one_line(&file.name)).body(body.expect("base64 encodes anything"), kind)
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no holiday notice answers this mail.
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Route for Mail {
    fn name(&self) -> String {
        Channel::Mail.route("")
    }

    fn takes_alerts(&self) -> bool {
        !self.alerts_to.is_empty()
    }

    fn alerts(&self, key: &str, letter: &Letter, now: Instant) -> Vec<Message> {
        messages(self, &self.alerts_to, key, letter, now)
    }

    fn tests(&self, key: &str, letter: &Letter, now: Instant) -> Vec<Message> {
        messages(self, &self.everybody(), key, letter, now)
    }

    fn send(&self, message: &Message) -> Delivery {
        smtp::send(self, &message.recipient, &message.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            subject: "Zoë: 94 %\r\nBcc: evil@example.com".into(),
            text: "Guten Tag\n.\nžluťoučký kůň\n".into(),
            html: Some("<p>Guten Tag</p>".into()),
            attachments: vec![Attachment {
                name: "Übersicht\r\nX-Evil: 1.csv".into(),
                kind: "text/csv; charset=utf-8",
                content: b"\xef\xbb\xbfcode,name\r\nH1,\xc5\xbd\r\n".to_vec(),
            }],
            names: true,
        }
    }

    fn written(letter: &Letter, to: &[&str]) -> Vec<String> {
        let to: Vec<Mailbox> = to.iter().map(|to| to.parse().unwrap()).collect();
        let from = "\"Schule: Grünes Tal\" <attend@school.example>".parse().unwrap();
        let now = "2026-09-07T18:00:00+03:00".parse().unwrap();
        let body = String::from_utf8(compose(&from, &to, "summary/2026-09-07", letter, now)).unwrap();
        assert!(
            body.is_ascii()
                && body.split("\r\n").all(|line| line.len() < 998 && !line.contains(['\r', '\n']))
        );
        body.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_letter_is_written_as_rfc_5322_wants_it() {
        let lines = written(&letter(), &["Ada Karim <ada@school.example>", "王小明 <wang@school.example>"]);
        insta::assert_snapshot!(lines.join("\n"), @r#"
        From: =?utf-8?b?U2NodWxlOiBHcsO8bmVzIFRhbA==?= <attend@school.example>
        Subject: =?utf-8?b?Wm/Dqzo=?= 94 %  Bcc: evil@example.com
        Date: Mon, 07 Sep 2026 15:00:00 +0000
        Message-ID: <4545107e3bce00766288d197975ed230@school.example>
        Auto-Submitted: auto-generated
        To: "Ada Karim" <ada@school.example>, =?utf-8?b?546L5bCP5piO?= <wang@school.example>
        MIME-Version: 1.0
        Content-Type: multipart/mixed;
         boundary="4545107e3bce00766288d197975ed230-mixed"

        --4545107e3bce00766288d197975ed230-mixed
        Content-Type: multipart/alternative;
         boundary="4545107e3bce00766288d197975ed230-alternative"

        --4545107e3bce00766288d197975ed230-alternative
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64

        R3V0ZW4gVGFnDQouDQrFvmx1xaVvdcSNa8O9IGvFr8WIDQo=
        --4545107e3bce00766288d197975ed230-alternative
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: 7bit

        <p>Guten Tag</p>
        --4545107e3bce00766288d197975ed230-alternative--
        --4545107e3bce00766288d197975ed230-mixed
        Content-Disposition: attachment;
         filename*0*=utf-8''%C3%9Cbersicht%20%20X-Evil%3A%201.csv
        Content-Type: text/csv; charset=utf-8
        Content-Transfer-Encoding: base64

        77u/Y29kZSxuYW1lDQpIMSzFvQ0K
        --4545107e3bce00766288d197975ed230-mixed--
        "#);
    }

    #[test]
    fn a_plain_letter_has_no_parts() {
        let letter = Letter { subject: "Hi".into(), text: "There\n".into(), ..Letter::default() };
        insta::assert_snapshot!(written(&letter, &["ada@school.example"]).join("\n"), @"
        From: =?utf-8?b?U2NodWxlOiBHcsO8bmVzIFRhbA==?= <attend@school.example>
        Subject: Hi
        Date: Mon, 07 Sep 2026 15:00:00 +0000
        Message-ID: <d5b4a01562c6c40b5702350f9c22cf1b@school.example>
        Auto-Submitted: auto-generated
        To: ada@school.example
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        There
        ");
    }
}
