//! SMTP: offers a mail to its server. The stage at which the conversation stopped decides the outcome.

use std::error::Error as _;
use std::io;
use std::iter;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands;
use lettre::transport::smtp::extension::{ClientId, MailParameter};

use super::address::Security;
use super::config::Mail;
use super::{Advice, Delivery, Trouble, within};

/// Sends the bytes of a mail to one recipient.
pub(super) fn send(mail: &Mail, recipient: &str, body: &[u8]) -> Delivery {
    let (mail, body) = (mail.clone(), body.to_vec());
    let Ok(to) = recipient.parse() else {
        return Delivery::Refused("not a mail address".into());
    };
    let envelope = Envelope::new(Some(mail.from.email.clone()), vec![to]).expect("there is a recipient");
    let progress = Progress { limit: mail.timeout, reached: Arc::default() };
    let watched = progress.clone();
    let outcome = within(mail.timeout, move || {
        converse(&mail, &envelope, &body, &watched).err().unwrap_or(Delivery::Delivered)
    });
    outcome.unwrap_or_else(|| progress.abandon())
}

/// The stage of the conversation about a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// The mail was not mentioned yet.
    #[default]
    Connecting,
    /// The server has accepted the sender and is asked about the recipient.
    Addressed,
    /// The mail is being handed over.
    Offered,
    /// The server may have all of it: only the end of the mail and the answer are missing.
    Whole,
}

/// The progress of a conversation, which runs in a thread of its own and may be abandoned.
#[derive(Debug, Clone)]
struct Progress {
    limit: Duration,
    /// The stage, and whether the conversation was abandoned there.
    reached: Arc<Mutex<(Stage, bool)>>,
}

impl Progress {
    /// Moves on to a stage. An abandoned conversation must not, because its message counts as not sent and is tried
    /// again.
    fn reach(&self, stage: Stage) -> Result<(), Delivery> {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.1 {
            return Err(self.timed_out(reached.0));
        }
        reached.0 = stage;
        Ok(())
    }

    /// Ends the conversation because the server does not answer.
    fn abandon(&self) -> Delivery {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        reached.1 = true;
        self.timed_out(reached.0)
    }

    /// The connection ended without an answer. A server that may have all of the mail probably delivers it.
    fn cut_off(&self, error: &Error) -> Delivery {
        let (stage, _) = *self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        match (stage, error.status()) {
            (Stage::Whole, None) => {
                Delivery::Unsure("the server closed the connection without an answer".into())
            }
            _ => judge(error, self.limit),
        }
    }

    /// Before the mail is offered, the silence of a server concerns every mail.
    fn timed_out(&self, stage: Stage) -> Delivery {
        let trouble = Trouble::no_answer(self.limit);
        match stage {
            Stage::Connecting => Delivery::unreachable(trouble),
            Stage::Addressed => Delivery::Later(trouble),
            Stage::Offered | Stage::Whole => Delivery::Unsure(trouble),
        }
    }
}

/// Errors before the mail itself is offered concern every mail.
fn converse(mail: &Mail, envelope: &Envelope, body: &[u8], progress: &Progress) -> Result<(), Delivery> {
    let (server, limit) = (&mail.server, mail.timeout);
    let no_connection = |error: Error| Delivery::unreachable(trouble(&error, limit));
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
    // The mail is delivered, even if QUIT fails.
    let _ = connection.quit();
    Ok(())
}

/// Hands a mail over. Its bytes are ASCII, but its addresses may not be.
fn offer(
    connection: &mut SmtpConnection,
    envelope: &Envelope,
    body: &[u8],
    progress: &Progress,
) -> Result<(), Delivery> {
    let failed = |error: Error| match error.is_timeout() {
        true => progress.abandon(),
        false => progress.cut_off(&error),
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
    // The parts of a mail end when all of it was written but the line that ends it.
    let end = iter::from_fn(|| {
        // An abandoned conversation counts as unsure already.
        let _ = progress.reach(Stage::Whole);
        None
    });
    connection.message_iter(iter::once(body).chain(end)).map(drop).map_err(failed)
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

fn no_starttls(error: &Error, limit: Duration) -> Delivery {
    let trouble = trouble(error, limit);
    // The client itself stops if the server does not offer STARTTLS.
    let advice = if error.is_client() { Some(Advice::NoStartTls) } else { trouble.advice };
    Delivery::unreachable(trouble.advised(advice))
}

/// Passes on only the number of a refused login, because a server may echo the password.
fn no_entry(error: &Error, limit: Duration) -> Delivery {
    Delivery::unreachable(match error.status() {
        Some(code) => {
            Trouble::from(format!("the server refused the login ({code})")).advised(Some(Advice::CheckLogin))
        }
        None => trouble(error, limit),
    })
}

/// A refusal of this mail, or of any: 421 is a server about to close; the others ask for a login or TLS.
fn judge(error: &Error, limit: Duration) -> Delivery {
    let trouble = trouble(error, limit);
    match error.status().map(|code| code.to_string()).as_deref() {
        Some("421" | "530" | "534" | "535" | "538") => Delivery::unreachable(trouble),
        _ if error.is_transient() => Delivery::Later(trouble),
        _ if error.is_permanent() || error.is_client() => Delivery::Refused(trouble),
        _ => Delivery::unreachable(trouble),
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
            (Stage::Connecting, Delivery::unreachable("no answer within 1s")),
            (Stage::Addressed, Delivery::Later("no answer within 1s".into())),
            (Stage::Offered, Delivery::Unsure("no answer within 1s".into())),
            (Stage::Whole, Delivery::Unsure("no answer within 1s".into())),
        ] {
            let progress = Progress { limit: Duration::from_secs(1), reached: Arc::default() };
            assert_eq!(progress.reach(stage), Ok(()));
            assert_eq!(progress.abandon(), outcome);
            assert_eq!(progress.reach(Stage::Offered), Err(outcome), "{stage:?}");
        }
    }
}
