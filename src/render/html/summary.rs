//! The principal's report: the answer, who needs a person, what was not judged, then classes, periods and days.

use maud::{Markup, html};

use super::{Frame, Kind, Outside, svg};
use crate::report::bulletin::{Bar, Bulletin, Calls, ClassShare, Classes, Point, share};
use crate::report::text::{counted, grouped};

const KIND: Kind = Kind { style: include_str!("summary.css"), script: None, class: "report" };

/// Shares of a class from which a cell of the map gets its shade, in percent, with the class of the shade.
const SHADES: [(f64, &str, &str); 4] = [
    (95.0, "h0", "95 % or more"),
    (90.0, "h1", "90 to 95 %"),
    (80.0, "h2", "80 to 90 %"),
    (0.0, "h3", "below 80 %"),
];

/// The whole page.
pub(crate) fn summary(bulletin: &Bulletin, frame: &Frame) -> String {
    let body = html! {
        header {
            h1 { (Outside(&bulletin.title)) }
            p { "as of " (frame.time()) }
        }
        (svg::patterns())
        main {
            p.answer { (Outside(&bulletin.answer)) }
            @if !bulletin.edition.is_empty() { p.edition { (bulletin.edition) } }
            p.figures { @for figure in &bulletin.figures {
                span { (figure.word) " " b data-count=(figure.key) { (grouped(figure.count)) } }
            } }
            @if !bulletin.calls.is_empty() {
                section { h2 { "Needs a person" } @for list in &bulletin.calls { (calls(list)) } }
            }
            @for (reason, names) in &bulletin.lists {
                section { h2 { (Outside(reason)) } ul.names { @for name in names { li { (Outside(name)) } } } }
            }
            @if !bulletin.bars.is_empty() { section { h2 { "Periods" } (bars(&bulletin.bars)) } }
            @if let Some(classes) = &bulletin.classes { (comparison(classes)) (map(classes)) }
            @if bulletin.trend.len() > 1 { (trend(&bulletin.trend)) }
            @if !bulletin.bands.is_empty() {
                section { h2 { "Absence over time" } ul.names { @for band in &bulletin.bands { li { (band) } } } }
            }
        }
        footer { h2 { "Meaning of the numbers" } @for line in &bulletin.foot { p { (line) } } }
    };
    frame.page(KIND, "", &body).into_string()
}

fn calls(list: &Calls) -> Markup {
    // Students who missed no whole day have nothing to say in these columns.
    let in_a_row = list.students.iter().any(|student| !student.in_a_row.is_empty());
    let in_total = list.students.iter().any(|student| !student.in_total.is_empty());
    html! {
        h3 { (list.reason) ": " (grouped(list.students.len() + list.more as usize)) }
        div.sheet role="region" tabindex="0" aria-label=(list.reason) {
            table {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Code" } th scope="col" { "Class" }
                    th scope="col" { "Missed on the day" }
                    @if in_a_row { th scope="col" { "In a row" } }
                    @if in_total { th scope="col" { "In total" } }
                } }
                tbody { @for student in &list.students { tr data-call=(student.code) {
                    th scope="row" { (Outside(&student.name)) }
                    td { (Outside(&student.code)) }
                    td { (Outside(&student.group)) }
                    td { (student.today) }
                    @if in_a_row { td { (student.in_a_row) } }
                    @if in_total { td { (student.in_total) } }
                } } }
            }
        }
        @if list.more > 0 { p { "and " (grouped(list.more)) " more" } }
    }
}

fn bars(bars: &[Bar]) -> Markup {
    html! {
        ul.bars { @for bar in bars {
            li data-period=(bar.label) {
                (Outside(&bar.label)) " " span.faint { (bar.time) }
                b data-percent=[bar.percent] { @if bar.percent.is_some() { (share(bar.percent)) } @else { (bar.words) } }
                @match bar.percent {
                    Some(percent) => {
                        (svg::share(percent, &format!("{}: {} present", bar.label, share(bar.percent))))
                        span.faint { (bar.words) }
                    }
                    None => (svg::unknown(&format!("{}: {}", bar.label, bar.words))),
                }
            }
        } }
    }
}

/// The classes beside the week before, by name: no ranking of classes among each other.
fn comparison(classes: &Classes) -> Markup {
    let compared = classes.rows.iter().any(|class| class.change.is_some());
    let before = classes.before.as_ref().filter(|_| compared);
    html! {
        section {
            h2 { "Classes" }
            div.sheet role="region" tabindex="0" aria-label="Classes" {
                table {
                    thead { tr {
                        th scope="col" { "Class" } th.n scope="col" { "Present" } th.n scope="col" { "Periods attended" }
                        @if let Some(before) = before { th.n scope="col" { "Points since " (before) } }
                    } }
                    tbody { @for class in &classes.rows { tr data-class=(class.name) {
                        th scope="row" { (Outside(&class.name)) }
                        td.n data-percent=[class.percent] { (share(class.percent)) }
                        td.n { (class.words) }
                        @if before.is_some() { td.n { (change(class)) } }
                    } } }
                }
            }
            @if before.is_none() { p.faint { "Nothing to compare with: no period was judged a week before." } }
        }
    }
}

fn change(class: &ClassShare) -> Markup {
    let arrow = match class.change {
        Some(change) if change > 0.0 => "▲ ",
        Some(change) if change < 0.0 => "▼ ",
        _ => "",
    };
    html! { (arrow) (class.difference()) }
}

/// The share of each class in each period: shaded, and in numbers.
fn map(classes: &Classes) -> Markup {
    html! {
        section {
            h2 { "Classes by period" }
            ul.key {
                @for (_, shade, words) in SHADES { li { i.(shade) {} (words) } }
                li { i.u {} "not judged" }
            }
            div.sheet.heat role="region" tabindex="0" aria-label="Classes by period" {
                table {
                    caption { "Present, in whole percent of the class" }
                    thead { tr { th scope="col" { "Class" } @for period in &classes.periods { th scope="col" { (Outside(period)) } } } }
                    tbody { @for class in &classes.rows { tr data-map=(class.name) {
                        th scope="row" { (Outside(&class.name)) }
                        @for percent in &class.periods { (cell(*percent)) }
                    } } }
                }
            }
        }
    }
}

fn cell(percent: Option<f64>) -> Markup {
    let shade =
        percent.map(|percent| SHADES.iter().find(|(from, ..)| percent >= *from).map_or("h3", |s| s.1));
    html! { td class=(shade.unwrap_or("u")) { @match percent {
        Some(percent) => { (format!("{percent:.0}")) },
        None => "–",
    } } }
}

fn trend(points: &[Point]) -> Markup {
    let shares: Vec<Option<f64>> = points.iter().map(|point| point.percent).collect();
    let known = points.iter().filter_map(|point| Some((point.percent?, &point.day)));
    let lowest = known.min_by(|a, b| a.0.total_cmp(&b.0));
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let lowest = lowest.map(|(percent, day)| format!(", lowest {percent:.1} % on {day}")).unwrap_or_default();
    let meaning = format!(
        "Present on the last {}: {} on {}, {} on {}{lowest}",
        counted(points.len(), "school day"),
        share(first.percent),
        first.day,
        share(last.percent),
        last.day
    );
    let floor = svg::floor(&shares);
    html! {
        section {
            h2 { "The last " (counted(points.len(), "school day")) }
            p.axis { span { "100 %" } }
            (svg::line(&shares, floor, &meaning))
            p.axis { span { (format!("{floor:.0} %")) ", " (first.day) } span { (last.day) } }
            p { (meaning) "." }
            details {
                summary { "Every day in numbers" }
                table { thead { tr { th scope="col" { "Day" } th.n scope="col" { "Present" } } } tbody {
                    @for point in points { tr { th scope="row" { (point.day) } td.n data-day=(point.day) { (share(point.percent)) } } }
                } }
            }
        }
    }
}
