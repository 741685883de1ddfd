//! HTTP: posts for Slack and webhooks, and the ping of a dead man's switch.
//!
//! The addresses are secrets, so texts that may repeat them (a page, an error about a URL) are not passed on.

use std::io::{self, Read};
use std::time::Duration;

use ureq::http::header::CONTENT_LENGTH;
use ureq::http::{HeaderName, HeaderValue, Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, Proxy, SendBody, Timeout};

use super::{Advice, Delivery, Secret, Trouble, within};
use crate::domain::Invalid;
use crate::domain::time::Span;

/// The longest wait that a server may ask for: a day.
const LONGEST_WAIT: u32 = 86_400;

/// Bytes of an answer that are read.
const LOOKED_AT: u64 = 1_000;

/// The header that names the format of a body.
pub const CONTENT_TYPE: &str = "content-type";

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

/// How a body is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// POST.
    Post,
    /// PUT.
    Put,
}

/// Where a body goes.
#[derive(Debug, Clone)]
pub struct Post {
    /// How.
    pub method: Method,
    /// The address.
    pub url: Secret,
    /// Names and values of headers.
    pub headers: Vec<(String, Secret)>,
}

/// A header of a webhook, its name in lower case.
pub fn header(name: &str, value: &Secret) -> Result<(String, Secret), Invalid> {
    let name = HeaderName::from_bytes(name.as_bytes());
    let name = name.map_err(|_| Invalid::new("this is not the name of a header"))?;
    HeaderValue::from_str(value.reveal()).map_err(|_| Invalid::new("a header cannot have this value"))?;
    Ok((name.as_str().to_owned(), value.clone()))
}

/// The header that announces JSON.
pub fn json() -> (String, Secret) {
    (CONTENT_TYPE.to_owned(), Secret::new("application/json"))
}

/// Hands a body over. The time to connect is limited more tightly than the whole, so a later timeout means that the
/// body has probably arrived.
pub fn send(web: &Web, post: Post, body: &[u8]) -> Delivery {
    let (limit, web, body) = (web.timeout, web.clone(), body.to_vec());
    let answer = within(limit, move || {
        let agent = agent(&web);
        let url = post.url.reveal();
        let request = match post.method {
            Method::Post => agent.post(url),
            Method::Put => agent.put(url),
        };
        let headers = post.headers.iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value.reveal()));
        let mut body = Watched { left: &body, whole: false };
        let request = request.header(CONTENT_LENGTH, body.left.len().to_string());
        match request.send(SendBody::from_reader(&mut body)) {
            Err(Error::Timeout(Timeout::Resolve | Timeout::Connect)) => {
                Delivery::unreachable(Trouble::no_answer(limit))
            }
            Err(Error::Timeout(_)) => Delivery::Unsure(Trouble::no_answer(limit)),
            Err(error) if body.whole => Delivery::Unsure(trouble(&error, limit)),
            answer => judge(answer, limit),
        }
    });
    answer.unwrap_or_else(|| Delivery::Unsure(Trouble::no_answer(limit)))
}

/// A body that notes when all of it was handed over. Until then an error means that the server cannot act on it.
struct Watched<'b> {
    left: &'b [u8],
    whole: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.left.read(into)?;
        self.whole |= self.left.is_empty();
        Ok(read)
    }
}

/// Requests a page, so that an outside monitor knows that this school is being watched.
pub fn ping(ping: &Ping) -> Delivery {
    let Ping { url, web } = ping.clone();
    let limit = web.timeout;
    let answer = within(limit, move || judge(agent(&web).get(url.reveal()).call(), limit));
    answer.unwrap_or_else(|| Delivery::unreachable(Trouble::no_answer(limit)))
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
        // Together shorter than the whole: a timeout of the whole means that the connection was made.
        .timeout_resolve(Some(web.timeout / 3))
        .timeout_connect(Some(web.timeout / 2))
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .user_agent(concat!("attend/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

fn judge(answer: Result<Response<Body>, Error>, limit: Duration) -> Delivery {
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Delivery::unreachable(trouble(&error, limit)),
    };
    let (status, wait) = (answer.status(), retry_after(&answer));
    if status.is_success() {
        return Delivery::Delivered;
    }
    let why = match reason(&mut answer) {
        Some(word) => format!("answered {} ({word})", status.as_u16()),
        None => format!("answered {}", status.as_u16()),
    };
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Delivery::Unreachable { trouble: why.into(), wait };
    }
    Delivery::Refused(why.into())
}

/// The error without any address.
fn trouble(error: &Error, limit: Duration) -> Trouble {
    match error {
        Error::Timeout(_) => Trouble::no_answer(limit),
        Error::HostNotFound => "its name cannot be looked up".into(),
        Error::Io(error) => Trouble::io(error, limit),
        Error::Rustls(error) => Trouble::from(error.to_string()).advised(Advice::on(error)),
        Error::ConnectProxyFailed(_) => "the proxy lets nothing through".into(),
        _ => "the connection failed".into(),
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
