//! Mail: a letter becomes the bytes of RFC 5322, one message for each recipient, and travels by SMTP.

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use sha2::{Digest, Sha256};

use super::config::Mail;
use super::places::Security;
use super::{Advice, Outcome, Route, Trouble, within};
use crate::domain::time::Instant;
use crate::domain::watch::message::{Channel, Message};

/// The content of a mail.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// One line; names from outside may be in it.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same in HTML, for those who see it; names from outside must be escaped in it.
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

/// Writes a letter to several recipients: one message for each, so that an address that does not work
/// stops no other. All of them read who else got it. The bytes depend on nothing but the arguments.
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

/// Mails about the same thing have the same identity however often they are sent, so that a repeat can
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

    fn send(&self, message: &Message) -> Outcome {
        send(self, &message.recipient, &message.body)
    }
}

/// Sends the bytes of a mail to one recipient.
fn send(mail: &Mail, recipient: &str, body: &[u8]) -> Outcome {
    let (mail, body) = (mail.clone(), body.to_vec());
    let Ok(to) = recipient.parse() else {
        return Outcome::Refused("not a mail address".into());
    };
    let envelope = Envelope::new(Some(mail.from.email.clone()), vec![to]).expect("there is a recipient");
    let progress = Progress { limit: mail.timeout, reached: Arc::default() };
    let watched = progress.clone();
    let outcome = within(mail.timeout, move || {
        converse(&mail, &envelope, &body, &watched).err().unwrap_or(Outcome::Delivered)
    });
    outcome.unwrap_or_else(|| progress.abandon())
}

/// How far the conversation about a mail has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// The mail was not mentioned yet.
    #[default]
    Connecting,
    /// The server has accepted the sender and is asked about the recipient.
    Addressed,
    /// The mail is being handed over, or the server has all of it.
    Offered,
}

/// The progress of a conversation, which runs in a thread of its own and may be abandoned.
#[derive(Debug, Clone)]
struct Progress {
    limit: Duration,
    /// The stage, and whether the conversation was abandoned there.
    reached: Arc<Mutex<(Stage, bool)>>,
}

impl Progress {
    /// Goes on to a stage. An abandoned conversation must not: its message counts as not sent and is tried again.
    fn reach(&self, stage: Stage) -> Result<(), Outcome> {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.1 {
            return Err(self.timed_out(reached.0));
        }
        reached.0 = stage;
        Ok(())
    }

    /// Ends the conversation because the server does not answer.
    fn abandon(&self) -> Outcome {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        reached.1 = true;
        self.timed_out(reached.0)
    }

    /// Until the mail is mentioned, the silence of a server concerns every mail.
    fn timed_out(&self, stage: Stage) -> Outcome {
        let trouble = Trouble::no_answer(self.limit);
        match stage {
            Stage::Connecting => Outcome::unreachable(trouble),
            Stage::Addressed => Outcome::Later(trouble),
            Stage::Offered => Outcome::Unsure(trouble),
        }
    }
}

/// Errors before the mail itself is offered concern every mail.
fn converse(mail: &Mail, envelope: &Envelope, body: &[u8], progress: &Progress) -> Result<(), Outcome> {
    let (server, limit) = (&mail.server, mail.timeout);
    let no_connection = |error: Error| Outcome::unreachable(trouble(&error, limit));
    let (tls, hello) = (tls(mail).map_err(no_connection)?, ClientId::default());
    let wrapped = (server.security == Security::Tls).then_some(&tls);
    let address = (server.host.trim_matches(['[', ']']), server.port);
    let mut connection =
        SmtpConnection::connect(address, Some(limit), &hello, wrapped, None).map_err(no_connection)?;
    if server.security == Security::StartTls {
        connection.starttls(&tls, &hello).map_err(|error| no_starttls(&error, limit))?;
    }
    if let Some((user, password)) = &server.login {
        let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .map_err(|error| no_entry(&error, limit))?;
    }
    offer(&mut connection, envelope, body, progress)?;
    // The mail is delivered, whatever becomes of the farewell.
    let _ = connection.quit();
    Ok(())
}

/// Hands a mail over. Its bytes are ASCII, its addresses may not be.
fn offer(
    connection: &mut SmtpConnection,
    envelope: &Envelope,
    body: &[u8],
    progress: &Progress,
) -> Result<(), Outcome> {
    let failed = |error: Error| match error.is_timeout() {
        true => progress.abandon(),
        false => judge(&error, progress.limit),
    };
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let utf8 =
        addresses.any(|address| !address.to_string().is_ascii()).then_some(MailParameter::SmtpUtfEight);
    let from = commands::Mail::new(envelope.from().cloned(), utf8.into_iter().collect());
    connection.command(from).map_err(failed)?;
    progress.reach(Stage::Addressed)?;
    for to in envelope.to() {
        connection.command(commands::Rcpt::new(to.clone(), vec![])).map_err(failed)?;
    }
    connection.command(commands::Data).map_err(failed)?;
    progress.reach(Stage::Offered)?;
    connection.message(body).map(drop).map_err(failed)
}

fn tls(mail: &Mail) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(mail.server.host.trim_matches(['[', ']']).to_owned());
    match &mail.authorities {
        Some(pem) => builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(pem)?)
            .build(),
        None => builder.certificate_store(CertificateStore::WebpkiRoots).build(),
    }
}

fn no_starttls(error: &Error, limit: Duration) -> Outcome {
    let trouble = trouble(error, limit);
    // The client itself refuses to go on if the server does not offer STARTTLS.
    let advice = if error.is_client() { Some(Advice::NoStartTls) } else { trouble.advice };
    Outcome::unreachable(trouble.advised(advice))
}

/// A server may echo the password, so only the number of a refused login is passed on.
fn no_entry(error: &Error, limit: Duration) -> Outcome {
    Outcome::unreachable(match error.status() {
        Some(code) => {
            Trouble::from(format!("the server refused the login ({code})")).advised(Some(Advice::CheckLogin))
        }
        None => trouble(error, limit),
    })
}

/// A refusal of this mail, or of any: 421 is a server about to close; the others ask for a login or TLS.
fn judge(error: &Error, limit: Duration) -> Outcome {
    let trouble = trouble(error, limit);
    match error.status().map(|code| code.to_string()).as_deref() {
        Some("421" | "530" | "534" | "535" | "538") => Outcome::unreachable(trouble),
        _ if error.is_transient() => Outcome::Later(trouble),
        _ if error.is_permanent() || error.is_client() => Outcome::Refused(trouble),
        _ => Outcome::unreachable(trouble),
    }
}

fn trouble(error: &Error, limit: Duration) -> Trouble {
    let Some(source) = error.source() else {
        return error.to_string().into();
    };
    if let Some(code) = error.status() {
        return format!("the server said {code} {source}").into();
    }
    match source.downcast_ref::<io::Error>() {
        Some(error) => Trouble::io(error, limit),
        None => Trouble::from(source.to_string()).advised(Advice::on(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_conversation_hands_nothing_over() {
        for (stage, outcome) in [
            (Stage::Connecting, Outcome::unreachable("no answer within 1s")),
            (Stage::Addressed, Outcome::Later("no answer within 1s".into())),
            (Stage::Offered, Outcome::Unsure("no answer within 1s".into())),
        ] {
            let progress = Progress { limit: Duration::from_secs(1), reached: Arc::default() };
            assert_eq!(progress.reach(stage), Ok(()));
            assert_eq!(progress.abandon(), outcome);
            assert_eq!(progress.reach(Stage::Offered), Err(outcome), "{stage:?}");
        }
    }

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
