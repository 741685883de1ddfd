//! `attend.toml`: where mail and Slack messages go, and the secrets that takes.
//!
//! The file is read as typed, then judged as a whole ([`places`](super::places) reads its addresses). No error
//! repeats a value: it may be a secret, or one in the wrong place.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use serde::Deserialize;
use toml::Spanned;

use super::places::{self, Server};
use super::{Secret, web};
use crate::domain::Invalid;
use crate::domain::message::Channel;
use crate::domain::suggest::did_you_mean;
use crate::domain::time::Span;

/// How long mail or Slack may take where the file does not say.
const TIMEOUT: Span = Span::seconds(20);

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file.
    pub file: Option<PathBuf>,
    /// Whether somebody named the file, so that it has to be there.
    pub named: bool,
    /// `ATTEND_SMTP_URL`, which wins over `mail.url`.
    pub smtp_url: Option<Secret>,
    /// `ATTEND_SLACK_WEBHOOK`, which wins over `slack.webhook`.
    pub slack_webhook: Option<Secret>,
}

/// Where messages go. What is `None` or empty gets nothing.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Mail.
    pub mail: Option<Mail>,
    /// Slack.
    pub slack: Option<Slack>,
    /// What `health --notify` needs beyond that.
    pub alerts: Alerts,
}

/// How to send mail, and to whom.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server.
    pub(super) server: Server,
    /// The sender.
    pub from: Mailbox,
    /// Who gets the daily summary.
    pub summary_to: Vec<Mailbox>,
    /// Who gets alerts.
    pub alerts_to: Vec<Mailbox>,
    /// The only authorities whose certificates are trusted, in PEM; `None`: the public ones.
    pub(super) authorities: Option<Vec<u8>>,
    /// How long one mail may take.
    pub(super) timeout: Duration,
}

/// Where Slack messages go.
#[derive(Debug, Clone)]
pub struct Slack {
    pub(super) webhook: Secret,
    pub(super) web: Web,
}

/// How to reach addresses of the web.
#[derive(Debug, Clone)]
pub struct Web {
    pub(super) proxy: Option<Secret>,
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) timeout: Duration,
}

/// What `health --notify` needs beyond mail and Slack.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// An address to ask for with every run, so that somebody notices when there are none any more.
    pub ping: Option<Ping>,
    /// Whether alerts may name students.
    pub names: bool,
}

/// A dead man's switch; see [`web::ping`](super::web::ping).
#[derive(Debug, Clone)]
pub struct Ping {
    pub(super) url: Secret,
    pub(super) web: Web,
}

/// The file as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    mail: MailTable,
    slack: SlackTable,
    alerts: AlertsTable,
    web: WebTable,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MailTable {
    url: Option<Spanned<Secret>>,
    password_file: Option<Spanned<PathBuf>>,
    from: Option<Spanned<String>>,
    summary_to: Vec<Spanned<String>>,
    alerts_to: Vec<Spanned<String>>,
    ca_file: Option<Spanned<PathBuf>>,
    timeout: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SlackTable {
    webhook: Option<Spanned<Secret>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AlertsTable {
    ping_url: Option<Spanned<Secret>>,
    names: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WebTable {
    proxy: Option<Spanned<Secret>>,
    ca_file: Option<Spanned<PathBuf>>,
    timeout: Option<Spanned<String>>,
}

impl Config {
    /// Reads the configuration. A file that nobody named need not be there.
    ///
    /// # Errors
    /// Whatever is wrong is named with its file, line and key, and never with its value. A file that
    /// holds secrets and that others can read is refused.
    pub fn read(source: &Source) -> Result<Self, Invalid> {
        let page = Page::open(source)?;
        let typed: Typed = toml::from_str(&page.text).map_err(|error| page.unreadable(&error))?;
        page.refuse_readers(&typed)?;
        let web = Web {
            proxy: typed
                .web
                .proxy
                .as_ref()
                .map(|proxy| page.at("web.proxy", proxy, places::proxy))
                .transpose()?,
            authorities: page.authorities("web.ca_file", typed.web.ca_file.as_ref())?,
            timeout: page.timeout("web.timeout", typed.web.timeout.as_ref())?,
        };
        let webhook = match &source.slack_webhook {
            Some(webhook) => {
                Some(places::webhook(webhook).map_err(|error| named("ATTEND_SLACK_WEBHOOK", error))?)
            }
            None => typed
                .slack
                .webhook
                .as_ref()
                .map(|url| page.at("slack.webhook", url, places::webhook))
                .transpose()?,
        };
        let ping = typed.alerts.ping_url.as_ref().map(|url| page.at("alerts.ping_url", url, places::webhook));
        Ok(Self {
            mail: page.mail(&typed.mail, source)?,
            slack: webhook.map(|webhook| Slack { webhook, web: web.clone() }),
            alerts: Alerts {
                ping: ping.transpose()?.map(|url| Ping { url, web }),
                names: typed.alerts.names,
            },
        })
    }
}

impl Mail {
    /// Everybody who gets any mail, each address once.
    pub fn everybody(&self) -> Vec<Mailbox> {
        let mut everybody: Vec<Mailbox> = Vec::new();
        for mailbox in self.summary_to.iter().chain(&self.alerts_to) {
            if everybody.iter().all(|known| known.email != mailbox.email) {
                everybody.push(mailbox.clone());
            }
        }
        everybody
    }
}

impl Config {
    /// Whether there is a way to send over a channel.
    pub fn reaches(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.is_some(),
            Channel::Slack => self.slack.is_some(),
        }
    }
}

/// The text of the file, to say where something stands in it.
struct Page {
    path: PathBuf,
    text: String,
    /// Whether others than its owner can read it.
    open_to_others: bool,
}

impl Page {
    fn open(source: &Source) -> Result<Self, Invalid> {
        let nothing = |path| Self { path, text: String::new(), open_to_others: false };
        let Some(path) = source.file.clone() else {
            return Ok(nothing("attend.toml".into()));
        };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && !source.named => return Ok(nothing(path)),
            Err(error) => return Err(Invalid::new(format!("cannot open {}: {error}", path.display()))),
        };
        let cannot_read = |error| Invalid::new(format!("cannot read {}: {error}", path.display()));
        let mode = file.metadata().map_err(cannot_read)?.permissions().mode();
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(cannot_read)?;
        Ok(Self { open_to_others: mode & 0o077 != 0, text, path })
    }

    /// `attend.toml:12`.
    fn line(&self, at: usize) -> String {
        let before = self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count();
        format!("{}:{}", self.path.display(), before + 1)
    }

    /// Reads a value; what is wrong with it is told with its place and key.
    fn at<T, U>(
        &self,
        key: &str,
        value: &Spanned<T>,
        read: impl FnOnce(&T) -> Result<U, Invalid>,
    ) -> Result<U, Invalid> {
        read(value.get_ref()).map_err(|error| {
            let Invalid { message, hint } = named(key, error);
            Invalid { message: format!("{}: {message}", self.line(value.span().start)), hint }
        })
    }

    /// What the reader of TOML could not make sense of. Its own words would quote the line.
    fn unreadable(&self, error: &toml::de::Error) -> Invalid {
        let at = error.span().map_or(0, |span| span.start);
        let wrong = |words: String| Invalid::new(format!("{}: {words}", self.line(at)));
        let message = error.message();
        if message.starts_with("unknown field ") {
            let mut names = message.split('`').skip(1).step_by(2);
            let name = names.next().unwrap_or_default();
            let known: Vec<&str> = names.collect();
            let hint = did_you_mean(name, known.iter().copied());
            return wrong(format!("there is no key {name:?} here"))
                .hint(hint.unwrap_or_else(|| format!("keys here: {}", known.join(", "))));
        }
        match message.strip_prefix("invalid ").and_then(|message| message.rsplit_once(", expected ")) {
            Some((what, expected)) if what.starts_with("type: ") || what.starts_with("value: ") => {
                let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
                let key = self.text[line..at].split('=').next().unwrap_or_default().trim();
                wrong(format!("{key}: expected {}", expected.replace("sequence", "list")))
            }
            _ => wrong(message.to_owned()),
        }
    }

    /// Refuses a file whose secrets others can read.
    fn refuse_readers(&self, typed: &Typed) -> Result<(), Invalid> {
        let url = typed.mail.url.as_ref().map(Spanned::get_ref);
        let secret = url.is_some_and(places::holds_password)
            || typed.web.proxy.as_ref().map(Spanned::get_ref).is_some_and(places::holds_password)
            || typed.slack.webhook.is_some()
            || typed.alerts.ping_url.is_some();
        if secret && self.open_to_others { Err(open_to_others(&self.path)) } else { Ok(()) }
    }

    fn mail(&self, table: &MailTable, source: &Source) -> Result<Option<Mail>, Invalid> {
        let server = match (&source.smtp_url, &table.url) {
            (Some(url), _) => places::server(url).map_err(|error| named("ATTEND_SMTP_URL", error))?,
            (None, Some(url)) => self.at("mail.url", url, places::server)?,
            (None, None) if *table == MailTable::default() => return Ok(None),
            (None, None) => {
                return Err(Invalid::new(format!("{}: mail.url is missing", self.path.display())).hint(
                    "write url = \"smtps://user:password@host\" below [mail], or set ATTEND_SMTP_URL",
                ));
            }
        };
        let Some(from) = &table.from else {
            return Err(Invalid::new(format!("{}: mail.from is missing", self.path.display()))
                .hint("write from = \"attend@school.example\" below [mail]"));
        };
        // A url of the environment may bring its own password.
        let complete = source.smtp_url.is_some() && server.has_password();
        let password_file = table.password_file.as_ref().filter(|_| !complete);
        let addresses = |key: &str, list: &[Spanned<String>]| {
            list.iter()
                .map(|text| self.at(key, text, |text| places::mailbox(text)))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Some(Mail {
            server: self.log_in(server, password_file)?,
            from: self.at("mail.from", from, |text| places::mailbox(text))?,
            summary_to: addresses("mail.summary_to", &table.summary_to)?,
            alerts_to: addresses("mail.alerts_to", &table.alerts_to)?,
            authorities: self.authorities("mail.ca_file", table.ca_file.as_ref())?,
            timeout: self.timeout("mail.timeout", table.timeout.as_ref())?,
        }))
    }

    /// Completes the login with the password of a file of its own.
    fn log_in(&self, server: Server, password_file: Option<&Spanned<PathBuf>>) -> Result<Server, Invalid> {
        let Some(file) = password_file else {
            return server.complete();
        };
        self.at("mail.password_file", file, |path| {
            let path = self.beside(path);
            let cannot_read = |error| Invalid::new(format!("cannot read {}: {error}", path.display()));
            if fs::metadata(&path).map_err(cannot_read)?.permissions().mode() & 0o077 != 0 {
                return Err(open_to_others(&path));
            }
            let password = fs::read_to_string(&path).map_err(cannot_read)?;
            server
                .with_password(Secret::new(password.trim_end_matches(['\r', '\n'])))
                .and_then(Server::complete)
        })
    }

    fn authorities(&self, key: &str, file: Option<&Spanned<PathBuf>>) -> Result<Option<Vec<u8>>, Invalid> {
        let read = |path: &PathBuf| {
            let path = self.beside(path);
            let pem = fs::read(&path)
                .map_err(|error| Invalid::new(format!("cannot read {}: {error}", path.display())))?;
            match web::certificates(&pem) {
                Some(_) => Ok(pem),
                None => Err(Invalid::new(format!("{} holds no certificates in PEM", path.display()))),
            }
        };
        file.map(|file| self.at(key, file, read)).transpose()
    }

    fn timeout(&self, key: &str, text: Option<&Spanned<String>>) -> Result<Duration, Invalid> {
        let read = |text: &String| {
            let allowed = Span::from_micros(50_000)..=Span::minutes(2);
            let span = text.parse().ok().filter(|span| allowed.contains(span));
            span.ok_or_else(|| Invalid::new("write a length of time from 50ms to 2m, such as 20s"))
        };
        let span = text.map_or(Ok(TIMEOUT), |text| self.at(key, text, read))?;
        Ok(Duration::from_micros(span.micros().unsigned_abs()))
    }

    /// A path in the file counts from where the file is.
    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

fn named(key: &str, error: Invalid) -> Invalid {
    Invalid { message: format!("{key}: {}", error.message), hint: error.hint }
}

fn open_to_others(path: &Path) -> Invalid {
    let shown = path.display();
    Invalid::new(format!("{shown} can be read by others, so its secrets are none"))
        .hint(format!("chmod 600 {shown}, and change the secrets if others are about"))
}
