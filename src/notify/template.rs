//! Templates: a body with the placeholders `{{title}}` and `{{text}}`. Their values are escaped for the format of the
//! body, so that text from outside cannot break the format.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::Invalid;

/// A body with placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// A literal text or a placeholder.
    pieces: Vec<Piece>,
    format: Format,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Title,
    Body,
}

/// The format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON, with placeholders within its strings.
    Json,
    /// A form, as browsers send it.
    Form,
    /// XML or HTML.
    Markup,
    /// Text without syntax.
    Plain,
}

impl Format {
    /// The format that a content type names.
    pub(crate) fn of(content_type: &str) -> Self {
        match content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            kind if kind == "application/json" || kind.ends_with("+json") => Self::Json,
            kind if kind.ends_with("xml") || kind == "text/html" => Self::Markup,
            _ => Self::Plain,
        }
    }

    fn escape(self, text: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Self::Form => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            Self::Markup => quick_xml::escape::escape(printable(text)).into_owned(),
            Self::Plain => printable(text),
        }
    }
}

/// The text with a space for each control character other than a line break.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A placeholder has an unknown name, or a JSON body with its values is not valid JSON.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, Invalid> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) =
                after.split_once("}}").ok_or_else(|| Invalid::new("a placeholder must end with }}"))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(match name.trim() {
                "title" => Piece::Title,
                "text" => Piece::Body,
                _ => return Err(Invalid::new("the placeholders are {{title}} and {{text}}")),
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        let template = Self { pieces, format };
        let sample = template.fill("\"", "\"\n");
        if format == Format::Json && serde_json::from_str::<serde_json::Value>(&sample).is_err() {
            return Err(Invalid::new(
                "the body must be JSON, with {{title}} and {{text}} within its strings",
            )
            .hint("write body = '{\"title\": \"{{title}}\", \"text\": \"{{text}}\"}'"));
        }
        Ok(template)
    }

    /// The body with its placeholders filled in.
    pub(crate) fn fill(&self, title: &str, text: &str) -> String {
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Title => self.format.escape(title),
            Piece::Body => self.format.escape(text),
        };
        self.pieces.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_within_its_placeholder() {
        let fill = |body: &str, kind: &str| {
            Template::read(body, Format::of(kind)).unwrap().fill("a\"b\\", "x&y={{title}}\r\n\u{1b}Z")
        };
        let json = fill(r#"{"t":"{{title}}","b":["{{ text }}"]}"#, "application/json; charset=utf-8");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read, serde_json::json!({"t": "a\"b\\", "b": ["x&y={{title}}\r\n\u{1b}Z"]}));
        assert_eq!(
            fill("title={{title}}&body={{text}}", "application/x-www-form-urlencoded"),
            "title=a%22b%5C&body=x%26y%3D%7B%7Btitle%7D%7D%0D%0A%1BZ"
        );
        assert_eq!(fill("{{title}}: {{text}}", "text/plain"), "a\"b\\: x&y={{title}} \n Z");
        for kind in ["text/html", "application/xml", "application/soap+xml"] {
            assert_eq!(
                fill("<p t='{{title}}'>{{text}}", kind),
                "<p t='a&quot;b\\'>x&amp;y={{title}} \n Z",
                "{kind}"
            );
        }
    }

    #[test]
    fn a_template_that_cannot_work_is_refused() {
        for body in ["{{title}", "{{student}}", "{\"t\": {{title}}}", "[\"{{title}}\"", "title={{title}}"] {
            assert!(Template::read(body, Format::Json).is_err(), "{body}");
        }
        assert!(Template::read("no place", Format::Plain).is_ok());
    }
}
