//! A bulletin as HTML for mail. It has no images, scripts or drawings, which mail readers drop. Styles are inline, because
//! many readers drop style sheets, too. [`DARK`] alone is a style sheet: a reader that drops it shows a light mail, or turns
//! its colours, of which text and background always come together. Bars are cells of tables, and every colour is also said
//! in words.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Outside;
use crate::report::bulletin::{Bar, Bulletin, Calls, Classes, Figure, share};
use crate::report::text::{grouped, safe};

const PAGE: &str = "margin:0;padding:16px;background:#f4f5f7;color:#1b1f24;\
    font:16px/1.45 -apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif";
const SHEET: &str = "width:100%;max-width:600px;margin:0 auto;background:#ffffff;color:#1b1f24;border-radius:8px;\
    border-collapse:separate;overflow-wrap:anywhere";
const FAINT: &str = "color:#57606a;font-size:14px";
const GRID: &str = "width:100%;border-collapse:collapse";
const HEADING: &str = "margin:18px 0 4px;font-size:16px";
const CELL: &str = "padding:2px 0 2px 8px;border-bottom:1px solid #d8dee4";
const FULL: &str = "#1a7f37";
const REST: &str = "#d8dee4";

/// The colours of readers in dark mode, which replace the inline ones by class.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
    @media (prefers-color-scheme:dark){\
    .page{background:#0d1117!important;color:#e6edf3!important}\
    .sheet{background:#161b22!important;color:#e6edf3!important}\
    .faint{color:#a3adb8!important}.cell{border-color:#3d444d!important}\
    .full{background:#3fb950!important}.rest{background:#3d444d!important}}";

/// The whole page.
pub(crate) fn letter(bulletin: &Bulletin) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (safe(&bulletin.title)) }
                style { (PreEscaped(DARK)) }
            }
            body.page style=(PAGE) {
                main { table.sheet role="presentation" style=(SHEET) { tr { td style="padding:20px" {
                    (content(bulletin))
                } } } }
            }
        }
    };
    page.into_string()
}

fn content(bulletin: &Bulletin) -> Markup {
    html! {
        p style="margin:0 0 4px;font-size:22px;font-weight:600" { (Outside(&bulletin.answer)) }
        h1 style="margin:0 0 12px;font-size:16px" { (Outside(&bulletin.title)) }
        @if !bulletin.edition.is_empty() { p style="margin:0 0 4px;font-weight:600" { (bulletin.edition) } }
        @if !bulletin.figures.is_empty() { (figures(&bulletin.figures)) }
        @for list in &bulletin.calls { (calls(list)) }
        @for (reason, names) in &bulletin.lists {
            h2 style=(HEADING) { (Outside(reason)) }
            ul style="margin:0;padding-left:20px" { @for name in names { li { (Outside(name)) } } }
        }
        @if !bulletin.bars.is_empty() {
            table role="presentation" style={ (GRID) ";margin:16px 0 8px" } {
                @for each in &bulletin.bars { (bar(each)) }
            }
        }
        @if let Some(classes) = &bulletin.classes { (comparison(classes)) }
        @let days = bulletin.trend();
        @if !days.is_empty() { p style="margin:16px 0 0" { "Days before: " (days) } }
        @for band in &bulletin.bands { p.faint style={ "margin:4px 0 0;" (FAINT) } { (band) } }
        @for line in &bulletin.foot { p.faint style={ "margin:12px 0 0;" (FAINT) } { (Outside(line)) } }
    }
}

/// Students in lines of their own: a table of six columns does not fit a phone.
fn calls(list: &Calls) -> Markup {
    html! {
        h2 style=(HEADING) { (list.reason) ": " (grouped(list.students.len() + list.more as usize)) }
        ul style="margin:0;padding-left:20px" {
            @for student in &list.students {
                li {
                    b { (Outside(&student.name)) } " " (Outside(&student.code))
                    @for told in [&student.group, &student.today, &student.in_a_row, &student.in_total] {
                        @if !told.is_empty() { " · " (Outside(told)) }
                    }
                }
            }
            @if list.more > 0 { li { "and " (grouped(list.more)) " more" } }
        }
    }
}

fn comparison(classes: &Classes) -> Markup {
    html! {
        h2 style=(HEADING) { "Classes" @if let Some(before) = &classes.before { ", and points since " (before) } }
        table style=(GRID) { @for class in &classes.rows { tr {
            th.cell scope="row" align="left" style={ (CELL) ";font-weight:400" } { (Outside(&class.name)) }
            @for told in [share(class.percent), class.difference(), class.words.clone()] {
                td.cell align="right" style={ (CELL) ";white-space:nowrap" } { (told) }
            }
        } } }
    }
}

fn figures(figures: &[Figure]) -> Markup {
    html! {
        p.faint style={ "margin:0;" (FAINT) } {
            @for (nth, figure) in figures.iter().enumerate() {
                @if nth > 0 { " · " }
                span style="white-space:nowrap" { (figure.word) " " b { (grouped(figure.count)) } }
            }
        }
    }
}

/// Two rows: the words, and below them the bar at full width, so that it fits a phone.
fn bar(bar: &Bar) -> Markup {
    html! {
        tr {
            td style="padding:8px 8px 2px 0" {
                (Outside(&bar.label)) " " span.faint style={ (FAINT) ";white-space:nowrap" } { (Outside(&bar.time)) }
            }
            td style="padding:8px 0 2px;text-align:right;white-space:nowrap" {
                @if let Some(percent) = bar.percent { (format!("{percent:.1} %")) " · " }
                (Outside(&bar.words))
            }
        }
        @if let Some(percent) = bar.percent {
            @let full = percent.clamp(0.0, 100.0).round();
            tr { td colspan="2" { table role="presentation" style=(GRID) { tr {
                (part(full, "full", FULL))
                (part(100.0 - full, "rest", REST))
            } } } }
        }
    }
}

/// A part of a bar. Some readers draw a cell of zero width, so it is left out.
fn part(percent: f64, class: &str, color: &str) -> Markup {
    html! {
        @if percent > 0.0 {
            td class=(class) style={ "width:" (percent) "%;height:8px;background:" (color) ";font-size:1px;line-height:8px" } {
                "\u{a0}"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::bulletin::Absentee;

    #[test]
    fn text_from_outside_never_becomes_markup() {
        let evil = "<script>alert('x')</script>\"&\u{202e}".to_owned();
        let bulletin = Bulletin {
            title: evil.clone(),
            answer: evil.clone(),
            calls: vec![Calls {
                reason: "why".into(),
                students: vec![Absentee {
                    code: evil.clone(),
                    name: evil.clone(),
                    group: evil.clone(),
                    today: String::new(),
                    in_a_row: String::new(),
                    in_total: String::new(),
                }],
                more: 0,
            }],
            bars: vec![Bar {
                label: evil.clone(),
                time: evil.clone(),
                percent: Some(50.0),
                words: evil.clone(),
            }],
            lists: vec![(evil.clone(), vec![evil.clone()])],
            foot: vec![evil],
            ..Bulletin::default()
        };
        let page = letter(&bulletin);
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
        assert_eq!(page.matches("&lt;script&gt;alert('x')&lt;/script&gt;&quot;&amp;").count(), 12);
    }

    #[test]
    fn a_word_of_any_length_fits_a_phone() {
        let page = letter(&Bulletin::default());
        assert!(page.contains("border-collapse:separate;overflow-wrap:anywhere\""), "{page}");
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let drawn = |percent| {
            let bar = Bar { label: "B".into(), time: String::new(), percent, words: String::new() };
            let out = super::bar(&bar).into_string();
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
