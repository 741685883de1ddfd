//! Webhooks with a body from a template: ntfy, Gotify, Teams, Discord, Apprise and any other service that takes
//! a POST.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::config_text::Page;
use super::template::{Format, Template};
use super::web::{self, Method, Post, Web};
use super::{Delivery, Letter, Route, Secret, address};
use crate::domain::Invalid;
use crate::domain::time::Instant;
use crate::domain::watch::message::{Channel, Message};

/// A webhook that gets alerts.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Unique among webhooks.
    pub(super) name: String,
    pub(super) post: Post,
    pub(super) body: Template,
    /// Longest text in characters. The rest is cut.
    pub(super) longest: usize,
    pub(super) web: Web,
}

impl Route for Webhook {
    fn name(&self) -> String {
        Channel::Webhook.route(&self.name)
    }

    fn takes_alerts(&self) -> bool {
        true
    }

    fn alerts(&self, key: &str, letter: &Letter, _: Instant) -> Vec<Message> {
        let body = self.body.fill(&letter.subject, &cut(&letter.text, self.longest));
        vec![Message {
            key: key.to_owned(),
            channel: Channel::Webhook,
            recipient: self.name.clone(),
            body: body.into_bytes(),
            names: letter.names,
        }]
    }

    fn send(&self, message: &Message) -> Delivery {
        web::send(&self.web, self.post.clone(), &message.body)
    }
}

/// A table `[[webhook]]` as typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    name: Option<Spanned<String>>,
    url: Spanned<Secret>,
    method: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<Secret>>,
    body: Option<Spanned<String>>,
    longest: Option<Spanned<usize>>,
}

/// Reads all tables. A webhook without a name takes the name of its host.
pub(crate) fn read(page: &Page, tables: &[Table], web: &Web) -> Result<Vec<Webhook>, Invalid> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for table in tables {
        let webhook = table.read(page, web)?;
        if webhooks.iter().any(|known| known.name == webhook.name) {
            return page.at("webhook.url", &table.url, |_| {
                Err(Invalid::new(format!("two webhooks are called {:?}", webhook.name))
                    .hint("give each a name of its own: name = \"phones\""))
            });
        }
        webhooks.push(webhook);
    }
    Ok(webhooks)
}

/// The body of a webhook whose table has none.
const BODY: &str = r#"{"title": "{{title}}", "text": "{{text}}"}"#;

/// The longest text of a webhook whose table has no limit, in characters.
const LONGEST: usize = 10_000;

impl Table {
    fn read(&self, page: &Page, web: &Web) -> Result<Webhook, Invalid> {
        let url = page.at("webhook.url", &self.url, address::webhook)?;
        let name = page.value("webhook.name", self.name.as_ref(), |name| own_name(name))?;
        let method = page.value("webhook.method", self.method.as_ref(), |method| match method.as_str() {
            "POST" => Ok(Method::Post),
            "PUT" => Ok(Method::Put),
            _ => Err(Invalid::new("the method must be POST or PUT")),
        })?;
        let headers = self.headers(page)?;
        let kind = headers.iter().find(|(name, _)| name == web::CONTENT_TYPE).map(|(_, kind)| kind.reveal());
        let format = Format::of(kind.unwrap_or_default());
        let body = page.value("webhook.body", self.body.as_ref(), |body| Template::read(body, format))?;
        let longest = page.value("webhook.longest", self.longest.as_ref(), |longest| match longest {
            100..=100_000 => Ok(*longest),
            _ => Err(Invalid::new("write a number of characters from 100 to 100000")),
        })?;
        Ok(Webhook {
            name: name.unwrap_or_else(|| address::host_of(&url)),
            post: Post { method: method.unwrap_or(Method::Post), url, headers },
            body: body.map_or_else(|| Template::read(BODY, Format::Json), Ok)?,
            longest: longest.unwrap_or(LONGEST),
            web: web.clone(),
        })
    }

    /// Its headers, with the one that announces JSON unless another content type is among them.
    fn headers(&self, page: &Page) -> Result<Vec<(String, Secret)>, Invalid> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push(page.at("webhook.headers", value, |value| web::header(name, value))?);
        }
        if !headers.iter().any(|(name, _)| name == web::CONTENT_TYPE) {
            headers.push(web::json());
        }
        Ok(headers)
    }
}

fn own_name(name: &str) -> Result<String, Invalid> {
    let fits = (1..=40).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(Invalid::new("write a name of 1 to 40 characters")) }
}

/// At most `longest` characters. An ellipsis stands for the rest.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("王小明", 3), "王小明");
        assert_eq!(cut("王小明!", 3), "王小…");
    }
}
