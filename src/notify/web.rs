//! HTTP: posts for Slack, and the ping of a dead man's switch.
//!
//! The addresses are secrets, so nothing that may repeat them (a page, an error about a URL) is passed on.

use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, Proxy};

use super::{Outcome, Secret, io_in_words, no_answer, within};
use crate::domain::time::Span;

/// However long the other side asks to wait, after a day we look again.
const LONGEST_WAIT: u32 = 86_400;

/// Bytes of an answer that are looked at.
const LOOKED_AT: u64 = 1_000;

/// How to reach addresses of the web.
#[derive(Debug, Clone)]
pub struct Web {
    pub(super) proxy: Option<Secret>,
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) timeout: Duration,
}

/// A dead man's switch; see [`ping`].
#[derive(Debug, Clone)]
pub struct Ping {
    pub(super) url: Secret,
    pub(super) web: Web,
}

/// Posts JSON.
pub fn post(web: &Web, url: &Secret, body: &[u8]) -> Outcome {
    let (web, url, body) = (web.clone(), url.clone(), body.to_vec());
    within(web.timeout, move || {
        let request = agent(&web).post(url.reveal()).header("content-type", "application/json");
        judge(request.send(&body[..]), web.timeout)
    })
}

/// Requests a page, so that an outside monitor knows that this school is being watched.
pub fn ping(ping: &Ping) -> Outcome {
    let Ping { url, web } = ping.clone();
    within(web.timeout, move || judge(agent(&web).get(url.reveal()).call(), web.timeout))
}

/// The certificates in a PEM file. `None` if it has none or one is damaged.
pub fn certificates(pem: &[u8]) -> Option<Vec<Certificate<'static>>> {
    let certificates = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Some(certificate)),
        Ok(_) => None,
        Err(_) => Some(None),
    });
    certificates.collect::<Option<Vec<_>>>().filter(|certificates| !certificates.is_empty())
}

fn agent(web: &Web) -> Agent {
    let roots = match web.authorities.as_deref().and_then(certificates) {
        Some(authorities) => RootCerts::new_with_certs(&authorities),
        None => RootCerts::WebPki,
    };
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(web.proxy.as_ref().and_then(|proxy| Proxy::new(proxy.reveal()).ok()))
        .timeout_global(Some(web.timeout))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .user_agent(concat!("attend/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

fn judge(answer: Result<Response<Body>, Error>, limit: Duration) -> Outcome {
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Outcome::unreachable(&in_words(&error, limit)),
    };
    let (status, wait) = (answer.status(), retry_after(&answer));
    if status.is_success() {
        return Outcome::Delivered;
    }
    let why = match reason(&mut answer) {
        Some(word) => format!("answered {} ({word})", status.as_u16()),
        None => format!("answered {}", status.as_u16()),
    };
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Outcome::Unreachable { why, wait };
    }
    Outcome::refused(&why)
}

/// The error in words, without any address.
fn in_words(error: &Error, limit: Duration) -> String {
    match error {
        Error::Timeout(_) => no_answer(limit),
        Error::HostNotFound => "its name cannot be looked up".to_owned(),
        Error::Io(error) => io_in_words(error, limit),
        Error::Rustls(error) => error.to_string(),
        Error::ConnectProxyFailed(_) => "the proxy lets nothing through".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}

/// The word Slack gives as its reason, such as `invalid_token`; anything longer is a page.
fn reason(answer: &mut Response<Body>) -> Option<String> {
    let page = answer.body_mut().with_config().limit(LOOKED_AT).read_to_string().ok()?;
    let word = page.trim();
    let is_word = (1..=40).contains(&word.len()) && word.chars().all(|c| c == '_' || c.is_ascii_lowercase());
    is_word.then(|| word.to_owned())
}

fn retry_after(answer: &Response<Body>) -> Option<Span> {
    let seconds: u32 = answer.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Span::seconds(seconds.min(LONGEST_WAIT).into()))
}
