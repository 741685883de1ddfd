//! Addresses as they are configured: of a mail server, a webhook, a proxy, a person.
//!
//! An address may hold a secret, so what is wrong with one is said without repeating it.

use std::net::IpAddr;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::Secret;
use crate::domain::Invalid;

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the conversation is kept from others.
    pub security: Security,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// Whether the conversation never leaves this machine.
    local: bool,
}

/// How a conversation is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is said that matters.
    StartTls,
    /// Not at all.
    None,
}

impl Server {
    /// Whether the address held a password.
    pub fn has_password(&self) -> bool {
        self.login.as_ref().is_some_and(|(_, password)| !password.reveal().is_empty())
    }

    /// Adds the password of the user.
    pub fn with_password(mut self, password: Secret) -> Result<Self, Invalid> {
        let has_password = self.has_password();
        match &mut self.login {
            Some(_) if has_password => return Err(Invalid::new("there is a password in the url already")),
            Some((_, missing)) => *missing = password,
            None => return Err(Invalid::new("the url names no user (smtps://user@host)")),
        }
        Ok(self)
    }

    /// Refuses a user without a password, and one whose password others could read on the way.
    pub fn complete(self) -> Result<Self, Invalid> {
        match &self.login {
            Some(_) if !self.has_password() => Err(Invalid::new("the mail server's user has no password")
                .hint("write smtps://user:password@host, or name a password_file")),
            Some(_) if self.security == Security::None && !self.local => {
                Err(Invalid::new("without TLS everybody on the way could read the mail server's password")
                    .hint("leave out tls=none, or the user"))
            }
            _ => Ok(self),
        }
    }
}

/// `smtps://user:password@host:465`, or `smtp://…:587` with STARTTLS. `smtp://host?tls=none` does without.
pub fn server(url: &Secret) -> Result<Server, Invalid> {
    let form =
        "write smtps://user:password@host:465 or smtp://user:password@host:587 (user and password %-encoded)";
    let url = parse(url, &["smtp", "smtps"]).map_err(|error| error.hint(form))?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(Invalid::new("after the host there is only a port").hint(form));
    }
    let security = match (url.scheme(), url.query()) {
        ("smtps", None) => Security::Tls,
        ("smtp", None | Some("tls=required")) => Security::StartTls,
        ("smtp", Some("tls=none")) => Security::None,
        _ => return Err(Invalid::new("the only option is ?tls=none, of smtp://").hint(form)),
    };
    let port = match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    };
    let login = match (decoded(url.username())?, decoded(url.password().unwrap_or_default())?) {
        (user, password) if user.is_empty() && password.is_empty() => None,
        (user, password) => Some((user, Secret::new(password))),
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    Ok(Server { host, port: url.port().unwrap_or(port), security, login, local: is_local(&url) })
}

/// An address to post to: `https://`, on this machine also `http://`.
pub fn webhook(url: &Secret) -> Result<Secret, Invalid> {
    let parsed = parse(url, &["https", "http"])?;
    if parsed.scheme() == "http" && !is_local(&parsed) {
        return Err(Invalid::new("the address is a secret: write https://"));
    }
    Ok(Secret::new(parsed))
}

/// A proxy: `http://proxy:3128`.
pub fn proxy(url: &Secret) -> Result<Secret, Invalid> {
    let parsed = parse(url, &["http", "https"]).map_err(|error| error.hint("write http://proxy:3128"))?;
    Ok(Secret::new(parsed))
}

/// Whether there is a password in an address; in what is no address there might be.
pub fn holds_password(url: &Secret) -> bool {
    Url::parse(url.reveal()).map_or(true, |url| url.password().is_some())
}

/// `ada@school.example` or `Ada <ada@school.example>`.
pub fn mailbox(text: &str) -> Result<Mailbox, Invalid> {
    let mailbox = text.trim().parse::<Mailbox>().ok().filter(|_| !text.chars().any(char::is_control));
    mailbox.ok_or_else(|| {
        Invalid::new("not a mail address").hint("write ada@school.example or Ada <ada@school.example>")
    })
}

fn parse(url: &Secret, schemes: &[&str]) -> Result<Url, Invalid> {
    let url = Url::parse(url.reveal().trim()).map_err(|error| Invalid::new(error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(Invalid::new(format!("it begins with {}://", schemes.join(":// or "))));
    }
    match url.host_str() {
        None | Some("") => Err(Invalid::new("there is no host in it")),
        Some(_) => Ok(url),
    }
}

fn decoded(text: &str) -> Result<String, Invalid> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| Invalid::new("user or password are not UTF-8"))?.into_owned())
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
