//! Configured addresses of mail servers, webhooks, proxies and people.
//!
//! An address may hold a secret, so errors do not repeat it.

use std::net::IpAddr;

use idna::domain_to_ascii;
use lettre::Address;
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::Secret;
use crate::domain::Invalid;

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its name or address.
    pub host: String,
    pub port: u16,
    /// The encryption of the connection.
    pub security: Security,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// Whether the server is on this machine.
    local: bool,
}

/// The encryption of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS before login and mail.
    StartTls,
    None,
}

impl Server {
    /// Whether the address held a password.
    pub(crate) fn has_password(&self) -> bool {
        self.login.as_ref().is_some_and(|(_, password)| !password.reveal().is_empty())
    }

    /// Adds the password of the user.
    pub(crate) fn with_password(mut self, password: Secret) -> Result<Self, Invalid> {
        let has_password = self.has_password();
        match &mut self.login {
            Some(_) if has_password => return Err(Invalid::new("the url already contains a password")),
            Some((_, missing)) => *missing = password,
            None => return Err(Invalid::new("the url names no user (smtps://user@host)")),
        }
        Ok(self)
    }

    /// Refuses a user without a password, and a password on an unencrypted connection to another machine.
    pub(crate) fn complete(self) -> Result<Self, Invalid> {
        match &self.login {
            Some(_) if !self.has_password() => Err(Invalid::new("the mail server's user has no password")
                .hint("write smtps://user:password@host, or name a password_file")),
            Some(_) if self.security == Security::None && !self.local => {
                Err(Invalid::new("a password must not be sent without TLS")
                    .hint("leave out tls=none, or the user"))
            }
            _ => Ok(self),
        }
    }
}

/// `smtps://user:password@host:465`, or `smtp://…:587` with STARTTLS. `smtp://host?tls=none` does not encrypt.
pub(crate) fn server(url: &Secret) -> Result<Server, Invalid> {
    let form =
        "write smtps://user:password@host:465 or smtp://user:password@host:587 (user and password %-encoded)";
    let url = parse(url, &["smtp", "smtps"]).map_err(|error| error.hint(form))?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(Invalid::new("only a port may follow the host").hint(form));
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
    let host = host(&url)?;
    Ok(Server { host, port: url.port().unwrap_or(port), security, login, local: is_local(&url) })
}

/// An address to post to: `https://`, on this machine also `http://`.
pub(crate) fn webhook(url: &Secret) -> Result<Secret, Invalid> {
    let parsed = parse(url, &["https", "http"])?;
    if parsed.scheme() == "http" && !is_local(&parsed) {
        return Err(Invalid::new("the address is a secret: write https://"));
    }
    Ok(Secret::new(parsed))
}

/// The host of an address that [`webhook`] has read.
pub(crate) fn host_of(url: &Secret) -> String {
    let url = Url::parse(url.reveal()).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// A proxy: `http://proxy:3128`.
pub(crate) fn proxy(url: &Secret) -> Result<Secret, Invalid> {
    let parsed = parse(url, &["http", "https"]).map_err(|error| error.hint("write http://proxy:3128"))?;
    Ok(Secret::new(parsed))
}

/// Whether an address contains a password. Text that is not an address might.
pub(crate) fn holds_password(url: &Secret) -> bool {
    Url::parse(url.reveal()).map_or(true, |url| url.password().is_some())
}

/// `ada@school.example` or `Ada <ada@school.example>`.
pub(crate) fn mailbox(text: &str) -> Result<Mailbox, Invalid> {
    let mailbox = text.trim().parse::<Mailbox>().ok().filter(|_| !text.chars().any(char::is_control));
    mailbox.and_then(with_ascii_domain).ok_or_else(|| {
        Invalid::new("not a mail address").hint("write ada@school.example or Ada <ada@school.example>")
    })
}

/// Removes repeated addresses. Case matters before the @, but not in the domain.
pub(crate) fn each_once(mailboxes: impl IntoIterator<Item = Mailbox>) -> Vec<Mailbox> {
    let mut each: Vec<Mailbox> = Vec::new();
    for mailbox in mailboxes {
        if each.iter().all(|known| known.email != mailbox.email) {
            each.push(mailbox);
        }
    }
    each
}

/// The same mailbox with its domain in lower case and in ASCII, as every mail server understands it.
fn with_ascii_domain(mailbox: Mailbox) -> Option<Mailbox> {
    let domain = domain_to_ascii(mailbox.email.domain()).ok()?;
    Some(Mailbox::new(mailbox.name, Address::new(mailbox.email.user(), domain).ok()?))
}

fn parse(url: &Secret, schemes: &[&str]) -> Result<Url, Invalid> {
    let url = Url::parse(url.reveal().trim()).map_err(|error| Invalid::new(error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(Invalid::new(format!("must begin with {}://", schemes.join(":// or "))));
    }
    match url.host_str() {
        None | Some("") => Err(Invalid::new("must name a host")),
        Some(_) => Ok(url),
    }
}

fn decoded(text: &str) -> Result<String, Invalid> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| Invalid::new("user or password are not UTF-8"))?.into_owned())
}

/// The host of a mail server, in ASCII. The URL has it %-encoded.
fn host(url: &Url) -> Result<String, Invalid> {
    match url.host() {
        Some(Host::Domain(name)) => domain_to_ascii(&decoded(name)?)
            .map_err(|_| Invalid::new("the host is not the name of a machine")),
        _ => Ok(url.host_str().unwrap_or_default().to_owned()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_mail_server_says_how_to_reach_it() {
        use Security::{None, StartTls, Tls};
        for (url, host, port, security, login) in [
            ("smtps://mail.school.example", "mail.school.example", 465, Tls, Option::None),
            (
                "smtps://ada:p%40ss%2F@mail.school.example:1465/",
                "mail.school.example",
                1465,
                Tls,
                Some(("ada", "p@ss/")),
            ),
            (
                "smtp://a%40school.example:p@mail.school.example",
                "mail.school.example",
                587,
                StartTls,
                Some(("a@school.example", "p")),
            ),
            ("smtp://10.0.0.3?tls=required", "10.0.0.3", 587, StartTls, Option::None),
            ("smtp://relay.school.example?tls=none", "relay.school.example", 25, None, Option::None),
            ("smtp://ada:p@127.0.0.1:2525?tls=none", "127.0.0.1", 2525, None, Some(("ada", "p"))),
            ("smtp://ada:p@[::1]?tls=none", "[::1]", 25, None, Some(("ada", "p"))),
        ] {
            let server = server(&Secret::new(url)).and_then(Server::complete).expect(url);
            assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{url}");
            let found = server.login.as_ref().map(|(user, password)| (user.as_str(), password.reveal()));
            assert_eq!(found, login, "{url}");
        }
    }

    #[test]
    fn what_is_no_mail_server_or_would_show_its_password_is_refused() {
        for (url, said) in [
            ("", "relative URL without a base"),
            ("mail.school.example:465", "must begin with smtp:// or smtps://"),
            ("https://mail.school.example", "must begin with smtp:// or smtps://"),
            ("smtps://", "must name a host"),
            ("smtps:host", "must name a host"),
            ("smtps://host/inbox", "only a port may follow the host"),
            ("smtps://host#x", "only a port may follow the host"),
            ("smtps://host?tls=none", "the only option is ?tls=none, of smtp://"),
            ("smtp://host?tls=opportunistic", "the only option is ?tls=none, of smtp://"),
            ("smtps://ada@host", "the mail server's user has no password"),
            ("smtps://ada:%ff@host", "user or password are not UTF-8"),
            ("smtp://ada:p@10.0.0.3?tls=none", "a password must not be sent without TLS"),
            ("smtp://ada:p@localhost.example?tls=none", "a password must not be sent without TLS"),
        ] {
            let refused = server(&Secret::new(url)).and_then(Server::complete).expect_err(url);
            assert_eq!(refused.message, said, "{url}");
        }
    }

    #[test]
    fn a_password_comes_from_one_place() {
        let with_password = |url: &str| {
            let server =
                server(&Secret::new(url)).unwrap().with_password(Secret::new("p")).and_then(Server::complete);
            server.map_err(|error| error.message)
        };
        assert!(with_password("smtps://ada@host").is_ok_and(|server| server.has_password()));
        assert_eq!(with_password("smtps://ada:q@host").unwrap_err(), "the url already contains a password");
        assert_eq!(with_password("smtps://host").unwrap_err(), "the url names no user (smtps://user@host)");
    }

    #[test]
    fn a_secret_address_is_asked_for_in_the_open_on_this_machine_only() {
        let is_taken = |url| webhook(&Secret::new(url)).is_ok();
        for url in [
            "https://hooks.slack.com/services/T/B/X",
            "http://localhost:80/x",
            "http://127.9.9.9/",
            "http://[::1]/",
        ] {
            assert!(is_taken(url), "{url}");
        }
        for url in [
            "http://hooks.slack.com/x",
            "http://10.0.0.3/x",
            "http://127.0.0.1.example/",
            "file:///etc/passwd",
            "x",
        ] {
            assert!(!is_taken(url), "{url}");
        }
    }

    #[test]
    fn what_may_hold_a_password_is_taken_to_hold_one() {
        for (url, holds) in [
            ("smtps://host", false),
            ("smtps://ada@host", false),
            ("smtps://ada:p@host", true),
            ("ada:p@host", false),
            ("//ada:p@host", true),
        ] {
            assert_eq!(holds_password(&Secret::new(url)), holds, "{url}");
        }
    }

    #[test]
    fn a_domain_is_ascii_without_case_and_each_mailbox_is_there_once() {
        let read = |texts: &[&str]| each_once(texts.iter().map(|text| mailbox(text).expect(text)));
        let shown = |texts: &[&str]| read(texts).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            shown(&["Office <office@school.example>", "office@school.example", "office@SCHOOL.example"]),
            ["Office <office@school.example>"]
        );
        assert_eq!(shown(&["Office@school.example", "office@school.example"]).len(), 2);
        assert_eq!(
            shown(&["office@Schüle.example", "office@xn--schle-mva.example"]),
            ["office@xn--schle-mva.example"]
        );
        let server = server(&Secret::new("smtps://Schüle.example")).unwrap();
        assert_eq!(server.host, "xn--schle-mva.example");
    }

    #[test]
    fn people_have_addresses_of_one_line() {
        for text in ["ada@school.example", "Ada <ada@school.example>", "王小明 <wang@school.example>"] {
            assert!(mailbox(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "ada",
            "ada@",
            "a@b, c@d",
            "Ada\r\nBcc: x@y.example <ada@school.example>",
            "ada@school.example\n",
        ] {
            assert!(mailbox(text).is_err(), "{text:?}");
        }
    }
}
