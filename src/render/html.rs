//! A bulletin as HTML for mail: no images, no scripts, no drawings that mail readers drop. Bars are cells of
//! tables, and every colour is said in words beside it.

use std::fmt::Write;

use crate::report::bulletin::{Bar, Bulletin};
use crate::report::text::safe;

const PAGE: &str = "margin:0;padding:16px;background:#f4f5f7;color:#1b1f24;\
    font:16px/1.45 -apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif";
const SHEET: &str =
    "width:100%;max-width:600px;margin:0 auto;background:#ffffff;border-radius:8px;border-collapse:separate";
const FAINT: &str = "color:#57606a;font-size:14px";
const FULL: &str = "#1a7f37";
const REST: &str = "#d8dee4";

/// The whole page.
pub(crate) fn page(bulletin: &Bulletin) -> String {
    let mut out = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
    );
    let title = escape(&bulletin.title);
    let _ = writeln!(out, "<title>{title}</title></head>\n<body style=\"{PAGE}\">");
    let _ = writeln!(out, "<table role=\"presentation\" style=\"{SHEET}\"><tr><td style=\"padding:20px\">");
    let _ = writeln!(out, "<h1 style=\"margin:0 0 12px;font-size:18px\">{title}</h1>");
    let _ = writeln!(
        out,
        "<p style=\"margin:0 0 4px;font-size:22px;font-weight:600\">{}</p>",
        escape(&bulletin.answer)
    );
    figures(bulletin, &mut out);
    if !bulletin.bars.is_empty() {
        out.push_str(
            "<table role=\"presentation\" style=\"width:100%;border-collapse:collapse;margin:16px 0 8px\">\n",
        );
        bulletin.bars.iter().for_each(|each| bar(each, &mut out));
        out.push_str("</table>\n");
    }
    for (reason, names) in &bulletin.lists {
        let _ = writeln!(
            out,
            "<h2 style=\"margin:18px 0 4px;font-size:16px\">{}</h2>\n<ul style=\"margin:0;padding-left:20px\">",
            escape(reason)
        );
        for name in names {
            let _ = writeln!(out, "<li><bdi>{}</bdi></li>", escape(name));
        }
        out.push_str("</ul>\n");
    }
    let _ = writeln!(out, "<p style=\"margin:20px 0 0;{FAINT}\">{}</p>", escape(&bulletin.foot));
    out.push_str("</td></tr></table>\n</body></html>\n");
    out
}

fn figures(bulletin: &Bulletin, out: &mut String) {
    let figures = bulletin.figures.iter().map(|(what, n)| {
        format!("<span style=\"white-space:nowrap\">{} <b>{}</b></span>", escape(what), escape(n))
    });
    let figures: Vec<String> = figures.collect();
    if !figures.is_empty() {
        let _ = writeln!(out, "<p style=\"margin:0;{FAINT}\">{}</p>", figures.join(" &middot; "));
    }
}

/// Two rows: the words, and below them the bar at full width, so that it fits a phone.
fn bar(bar: &Bar, out: &mut String) {
    let share = bar.percent.map(|percent| format!("{percent:.1} % &middot; ")).unwrap_or_default();
    let _ = writeln!(
        out,
        "<tr><td style=\"padding:8px 8px 2px 0\"><bdi>{}</bdi> <span style=\"{FAINT};white-space:nowrap\">{}</span></td>\
         <td style=\"padding:8px 0 2px;text-align:right;white-space:nowrap\">{share}{}</td></tr>",
        escape(&bar.label),
        escape(&bar.time),
        escape(&bar.words),
    );
    let Some(percent) = bar.percent else {
        return;
    };
    let full = percent.clamp(0.0, 100.0).round();
    let cell = |percent: f64, color: &str| {
        // A cell of no width is drawn a little wide by some readers, so it is left out.
        if percent > 0.0 {
            format!(
                "<td style=\"width:{percent}%;height:8px;background:{color};font-size:1px;line-height:8px\">&nbsp;</td>"
            )
        } else {
            String::new()
        }
    };
    let _ = writeln!(
        out,
        "<tr><td colspan=\"2\"><table role=\"presentation\" style=\"width:100%;border-collapse:collapse\"><tr>{}{}</tr></table></td></tr>",
        cell(full, FULL),
        cell(100.0 - full, REST),
    );
}

/// Text from outside as HTML shows it, and nothing else.
fn escape(text: &str) -> String {
    let text = safe(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let evil = "<script>alert('x')</script>\"&\u{202e}".to_owned();
        let bulletin = Bulletin {
            title: evil.clone(),
            answer: evil.clone(),
            figures: vec![(evil.clone(), evil.clone())],
            bars: vec![Bar {
                label: evil.clone(),
                time: evil.clone(),
                percent: Some(50.0),
                words: evil.clone(),
            }],
            lists: vec![(evil.clone(), vec![evil.clone()])],
            foot: evil,
        };
        let page = page(&bulletin);
        assert!(!page.contains("<script") && !page.contains("alert('") && !page.contains('\u{202e}'));
        assert_eq!(page.matches("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;").count(), 11);
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let drawn = |percent| {
            let mut out = String::new();
            bar(&Bar { label: "B".into(), time: String::new(), percent, words: String::new() }, &mut out);
            let width = |color: &str| {
                out.split(color)
                    .next()
                    .filter(|_| out.contains(color))
                    .and_then(|before| before.rsplit("width:").next()?.split('%').next()?.parse::<f64>().ok())
            };
            (width(FULL), width(REST))
        };
        assert_eq!(drawn(Some(94.1)), (Some(94.0), Some(6.0)));
        assert_eq!(drawn(Some(100.0)), (Some(100.0), None));
        assert_eq!(drawn(Some(0.0)), (None, Some(100.0)));
        assert_eq!(drawn(None), (None, None));
    }
}
