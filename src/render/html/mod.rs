//! Pages: one self-contained file each, for a browser or a printer.
//!
//! A page loads nothing. Its Content-Security-Policy allows its own style, and the script of the board, by their
//! hashes only. The type [`Outside`] escapes text from outside and isolates its direction of writing.

mod board;
mod evacuation;
mod mail;
mod register;
mod rows;
mod summary;
mod svg;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Escaper, Markup, PreEscaped, Render, html};
use sha2::{Digest, Sha256};

pub(crate) use self::board::board;
pub(crate) use self::evacuation::evacuation;
pub(crate) use self::mail::letter;
pub(crate) use self::register::{links, register};
pub(crate) use self::rows::Page;
pub(crate) use self::summary::summary;
use super::json::Head;
use crate::domain::time::{Instant, Zone};
use crate::report::text::{local, safe, sentence};
use crate::report::{Tone, Words};

/// The style of all pages.
const STYLE: &str = include_str!("style.css");

/// The parts of a page that do not depend on its content.
#[derive(Debug, Clone)]
pub(crate) struct Frame<'a> {
    /// The name of the report, such as `Roster`.
    pub title: String,
    /// Name of the school.
    pub school: &'a str,
    /// The instant at which it holds.
    pub as_of: Instant,
    /// The zone of its times.
    pub zone: Zone,
}

/// The style and the script of one kind of page, beside [`STYLE`].
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    style: &'static str,
    script: Option<&'static str>,
    /// Class of the body.
    class: &'static str,
}

impl<'a> Frame<'a> {
    /// The page of a report that other formats begin with a `head`.
    pub(crate) fn of(head: Head<'a>, school: &'a str) -> Self {
        Self { title: sentence(head.report), school, as_of: head.as_of, zone: head.zone }
    }

    /// The whole page around a body; `data` are attributes for the script.
    fn page(&self, kind: Kind, data: &str, body: &Markup) -> Markup {
        html! {
            (self.opening(kind, data))
            (body)
            @if let Some(script) = kind.script { script { (PreEscaped(script)) } }
            (PreEscaped(CLOSING))
        }
    }

    /// Everything up to the body's content; [`CLOSING`] ends it.
    fn opening(&self, kind: Kind, data: &str) -> Markup {
        let style = format!("{STYLE}{}", kind.style);
        let as_of = local(self.as_of, self.zone, "%a %-d %b %Y, %H:%M");
        html! {
            (DOCTYPE)
            (PreEscaped("<html lang=\"en\">"))
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, kind.script));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (safe(&self.title)) ", " (safe(self.school)) ", " (as_of) }
                style { (PreEscaped(style)) }
            }
            (PreEscaped(format!("<body class=\"{}\"{data}>", kind.class)))
        }
    }

    /// The heading that most pages have: the title, the school and the instant.
    fn header(&self) -> Markup {
        html! {
            header {
                h1 { (Outside(&self.title)) }
                p { (Outside(self.school)) " · as of " (self.time()) }
            }
        }
    }

    /// The instant at which it holds.
    fn time(&self) -> Markup {
        let machine = local(self.as_of, self.zone, "%Y-%m-%dT%H:%M:%S%:z");
        html! { time datetime=(machine) { (local(self.as_of, self.zone, "%a %-d %b %Y, %H:%M")) } }
    }
}

/// Ends a page.
const CLOSING: &str = "</body></html>\n";

/// A policy that allows exactly this style and this script. The board may also reload itself from its server.
fn policy(style: &str, script: Option<&str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let mut policy = format!("default-src 'none'; style-src {}", hash(style));
    if let Some(script) = script {
        policy += &format!("; script-src {}; connect-src 'self'", hash(script));
    }
    policy + "; base-uri 'none'; form-action 'none'"
}

/// Text from outside. Control characters and marks that change the direction of writing are shown as escapes, and
/// letters of any script are isolated, so that they do not affect the text around them.
struct Outside<'a>(&'a str);

impl Render for Outside<'_> {
    fn render_to(&self, out: &mut String) {
        let text = safe(self.0);
        // Plain ASCII reads from left to right, like everything around it.
        let isolate = !text.is_ascii();
        out.push_str(if isolate { "<bdi>" } else { "" });
        let _ = std::fmt::Write::write_str(&mut Escaper::new(out), &text);
        out.push_str(if isolate { "</bdi>" } else { "" });
    }
}

/// The CSS class of a tone.
const fn class(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Strong => Some("strong"),
        Tone::Good => Some("good"),
        Tone::Warn => Some("warn"),
        Tone::Bad => Some("bad"),
        Tone::Faint => Some("faint"),
    }
}

/// Words of a line, each in its tone.
fn line(words: &[Words]) -> Markup {
    html! {
        @for words in words {
            @match class(words.tone) {
                None => (Outside(&words.text)),
                Some(class) => span class=(class) { (Outside(&words.text)) },
            }
        }
    }
}
