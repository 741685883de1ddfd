//! Errors of mail and web servers in words, and the likely remedy.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
use rustls::Error as Tls;

use crate::domain::time::Span;

/// Characters of an answer from outside that are kept.
const KEPT: usize = 300;

/// The error of an attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The error on one short line, without secrets and control characters.
    pub why: String,
    /// The likely remedy.
    pub advice: Option<Advice>,
}

impl Trouble {
    /// The same about a message to `destination`.
    #[must_use]
    pub fn to(self, destination: &str) -> Self {
        Self { why: format!("{destination}: {}", self.why), ..self }
    }

    pub(super) fn advised(self, advice: Option<Advice>) -> Self {
        Self { advice, ..self }
    }

    /// The server did not answer in time.
    pub(super) fn no_answer(limit: Duration) -> Self {
        let span = Span::from_micros(i64::try_from(limit.as_micros()).unwrap_or(i64::MAX));
        format!("no answer within {span}").into()
    }

    pub(super) fn io(error: &io::Error, limit: Duration) -> Self {
        let words = match (error.kind(), error.get_ref()) {
            (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _) => return Self::no_answer(limit),
            (_, Some(inner)) => inner.to_string(),
            (kind, None) => kind.to_string(),
        };
        Self::from(words).advised(Advice::on(error))
    }
}

impl From<String> for Trouble {
    fn from(words: String) -> Self {
        let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect();
        Self { why: line.trim().to_owned(), advice: None }
    }
}

impl From<&str> for Trouble {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

/// The remedy for an error that many schools meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The certificate comes from an authority that is not known.
    TrustAuthority,
    /// The certificate is for another host.
    NameAsInCertificate,
    /// The server refused user and password.
    CheckLogin,
    /// The server does not speak TLS at this point of the conversation.
    OtherTlsMode,
    /// The server does not offer STARTTLS.
    NoStartTls,
}

impl Advice {
    /// The remedy in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TrustAuthority => "to trust the certificate of a private authority, set ca_file",
            Self::NameAsInCertificate => "the host in the url must be the one in the server's certificate",
            Self::CheckLogin => {
                "check the user and the password in mail.url; special characters are %-encoded"
            }
            Self::OtherTlsMode => {
                "use smtps:// for TLS from the first byte (port 465), smtp:// for STARTTLS (port 587)"
            }
            Self::NoStartTls => {
                "use smtps:// for TLS from the first byte, or ?tls=none for a relay without TLS"
            }
        }
    }

    /// The remedy for an error of TLS anywhere in the causes.
    pub(super) fn on(error: &(dyn Error + 'static)) -> Option<Self> {
        match error.downcast_ref::<Tls>() {
            Some(Tls::InvalidCertificate(UnknownIssuer)) => Some(Self::TrustAuthority),
            Some(Tls::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Some(Self::NameAsInCertificate)
            }
            Some(Tls::InvalidMessage(_)) => Some(Self::OtherTlsMode),
            Some(_) => None,
            // The source of an `io::Error` skips the error inside it, so that is inspected first.
            None => match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Self::on(inner),
                None => error.source().and_then(Self::on),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_from_outside_become_one_short_line() {
        assert_eq!(Trouble::from("550 no\r\nsuch\u{1b}[2J user\n").why, "550 no  such [2J user");
        assert_eq!(Trouble::from("x".repeat(1_000)).why.len(), KEPT);
    }
}
