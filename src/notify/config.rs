//! `attend.toml`: the configuration of mail, Slack and webhooks, with their secrets.
//!
//! The file is parsed ([`config_text`](super::config_text) finds positions in it), then checked as a whole
//! ([`address`](super::address) parses the addresses in it).

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use serde::Deserialize;
use toml::Spanned;

use super::Secret;
use super::address::{self, Server};
use super::config_text::{Page, named};
use super::web::{self, Ping, Web};
use super::webhook::{self, Webhook};
use crate::domain::Invalid;
use crate::domain::time::Span;

/// The default timeout of mail, Slack and webhooks.
const TIMEOUT: Span = Span::seconds(20);

/// The range of a timeout in the file.
const TIMEOUTS: RangeInclusive<Span> = Span::from_micros(50_000)..=Span::minutes(2);

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file.
    pub file: Option<PathBuf>,
    /// Whether the file was named explicitly, so that it must exist.
    pub named: bool,
    /// `ATTEND_SMTP_URL`, which wins over `mail.url`.
    pub smtp_url: Option<Secret>,
    /// `ATTEND_SLACK_WEBHOOK`, which wins over `slack.webhook`.
    pub slack_webhook: Option<Secret>,
}

/// Where messages go. A channel that is `None` or empty gets no messages.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Mail.
    pub mail: Option<Mail>,
    /// Slack.
    pub slack: Option<Slack>,
    /// Other webhooks, each with a name of its own.
    pub webhooks: Vec<Webhook>,
    /// The settings of `health --notify` other than channels.
    pub alerts: Alerts,
}

/// How to send mail, and to whom.
#[derive(Debug, Clone)]
pub struct Mail {
    pub(super) server: Server,
    /// The sender.
    pub from: Mailbox,
    /// Recipients of the daily summary.
    pub summary_to: Vec<Mailbox>,
    /// Recipients of alerts.
    pub alerts_to: Vec<Mailbox>,
    /// The trusted certificate authorities in PEM. `None`: the public ones.
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

/// The settings of `health --notify` other than mail and Slack.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// An address to request with every run. An outside monitor notices when the requests stop.
    pub ping: Option<Ping>,
    /// Whether alerts may name students.
    pub names: bool,
}

/// The file as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Typed {
    mail: MailTable,
    slack: SlackTable,
    webhook: Vec<webhook::Table>,
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
    /// Reads the configuration. The file must exist only if it was named explicitly.
    ///
    /// # Errors
    ///
    /// Errors name the file, line and key, and never the value. A file that holds secrets must not be
    /// readable by other users.
    pub fn read(source: &Source) -> Result<Self, Invalid> {
        let page = Page::open(source.file.as_deref(), source.named)?;
        let typed: Typed = page.read()?;
        if typed.holds_secrets() {
            page.refuse_other_readers()?;
        }
        let web = Web {
            proxy: page.value("web.proxy", typed.web.proxy.as_ref(), address::proxy)?,
            authorities: authorities(&page, "web.ca_file", typed.web.ca_file.as_ref())?,
            timeout: timeout(&page, "web.timeout", typed.web.timeout.as_ref())?,
        };
        let webhook = match &source.slack_webhook {
            Some(url) => Some(address::webhook(url).map_err(|error| named("ATTEND_SLACK_WEBHOOK", error))?),
            None => page.value("slack.webhook", typed.slack.webhook.as_ref(), address::webhook)?,
        };
        let ping = page.value("alerts.ping_url", typed.alerts.ping_url.as_ref(), address::webhook)?;
        Ok(Self {
            mail: Mail::read(&page, &typed.mail, source)?,
            slack: webhook.map(|webhook| Slack { webhook, web: web.clone() }),
            webhooks: webhook::read(&page, &typed.webhook, &web)?,
            alerts: Alerts { ping: ping.map(|url| Ping { url, web }), names: typed.alerts.names },
        })
    }
}

impl Typed {
    fn holds_secrets(&self) -> bool {
        let holds_password = |url: &Option<Spanned<Secret>>| {
            url.as_ref().is_some_and(|url| address::holds_password(url.get_ref()))
        };
        holds_password(&self.mail.url)
            || holds_password(&self.web.proxy)
            || self.slack.webhook.is_some()
            || !self.webhook.is_empty()
            || self.alerts.ping_url.is_some()
    }
}

impl Mail {
    fn read(page: &Page, table: &MailTable, source: &Source) -> Result<Option<Self>, Invalid> {
        let missing = |key, hint: &str| Invalid::new(format!("{}: {key} is missing", page.name())).hint(hint);
        let server = match &source.smtp_url {
            Some(url) => Some(address::server(url).map_err(|error| named("ATTEND_SMTP_URL", error))?),
            None => page.value("mail.url", table.url.as_ref(), address::server)?,
        };
        let Some(server) = server else {
            let hint = "write url = \"smtps://user:password@host\" below [mail], or set ATTEND_SMTP_URL";
            return if *table == MailTable::default() { Ok(None) } else { Err(missing("mail.url", hint)) };
        };
        let mailbox = |text: &String| address::mailbox(text);
        let from = page.value("mail.from", table.from.as_ref(), mailbox)?;
        let addresses = |key, list: &[Spanned<String>]| {
            let read = list.iter().map(|text| page.at(key, text, mailbox)).collect::<Result<Vec<_>, _>>();
            read.map(address::each_once)
        };
        Ok(Some(Self {
            // A URL from the environment may contain its own password.
            server: match source.smtp_url.is_some() && server.has_password() {
                true => server.complete()?,
                false => log_in(page, server, table.password_file.as_ref())?,
            },
            from: from
                .ok_or_else(|| missing("mail.from", "write from = \"attend@school.example\" below [mail]"))?,
            summary_to: addresses("mail.summary_to", &table.summary_to)?,
            alerts_to: addresses("mail.alerts_to", &table.alerts_to)?,
            authorities: authorities(page, "mail.ca_file", table.ca_file.as_ref())?,
            timeout: timeout(page, "mail.timeout", table.timeout.as_ref())?,
        }))
    }

    /// Everybody who gets any mail, each address once.
    pub fn everybody(&self) -> Vec<Mailbox> {
        address::each_once(self.summary_to.iter().chain(&self.alerts_to).cloned())
    }
}

/// Completes the login with the password from `password_file`.
fn log_in(page: &Page, server: Server, file: Option<&Spanned<PathBuf>>) -> Result<Server, Invalid> {
    match page.value("mail.password_file", file, |path| page.secret_beside(path))? {
        Some(password) => server.with_password(password).and_then(Server::complete),
        None => server.complete(),
    }
    .map_err(|error| named(&page.name(), error))
}

/// The certificates of a file, in PEM.
fn authorities(page: &Page, key: &str, file: Option<&Spanned<PathBuf>>) -> Result<Option<Vec<u8>>, Invalid> {
    page.value(key, file, |path| {
        let pem = page.file_beside(path)?;
        match web::certificates(&pem) {
            Some(_) => Ok(pem),
            None => Err(Invalid::new(format!("{} contains no certificates in PEM", path.display()))),
        }
    })
}

fn timeout(page: &Page, key: &str, text: Option<&Spanned<String>>) -> Result<Duration, Invalid> {
    let span = page.value(key, text, |text| {
        let span = text.parse().ok().filter(|span| TIMEOUTS.contains(span));
        span.ok_or_else(|| Invalid::new("write a length of time from 50ms to 2m, such as 20s"))
    })?;
    Ok(Duration::from_micros(span.unwrap_or(TIMEOUT).micros().unsigned_abs()))
}
