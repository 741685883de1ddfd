//! The class register: a page for each class, to read or to fill in by hand.

use maud::{Markup, html};

use super::{Frame, Kind, Outside};
use crate::report::register::class::{
    BLANK_LEGEND, ClassSheet, LEGEND, SESSION_SUMS, SUMS, Shade, SheetDay, SheetRow,
};

const KIND: Kind = Kind { style: include_str!("register.css"), script: None, class: "register" };

/// Periods beside each other on a landscape page; more are joined to one cell a day.
const WIDEST: usize = 48;

/// The end tags that a browser does not need: a quarter of the page of a large school.
const CELL_ENDS: [&str; 3] = ["</td>", "</th>", "</tr>"];

/// The whole page.
pub(crate) fn register(sheets: &[ClassSheet], frame: &Frame) -> String {
    let body = html! {
        (frame.header())
        main { @for one in sheets { (class(one, frame)) } }
    };
    let page = frame.page(KIND, "", &body).into_string();
    // HTML ends cells and rows by itself. Text from outside never holds a tag.
    CELL_ENDS.iter().fold(page, |page, end| page.replace(end, ""))
}

/// The page of a folder: classes, each with the file of its register.
pub(crate) fn links(classes: &[(&str, String)], frame: &Frame) -> String {
    let body = html! {
        (frame.header())
        main { ul { @for (class, file) in classes { li { a href={ "./" (file) } { (Outside(class)) } } } } }
    };
    frame.page(Kind::default(), "", &body).into_string()
}

fn class(sheet: &ClassSheet, frame: &Frame) -> Markup {
    let periods: usize = sheet.days.iter().map(width).sum();
    let joined = periods > WIDEST;
    let look = if joined { "sheet compact" } else { "sheet" };
    html! {
        section class=[sheet.blank.then_some("blank")] data-class=(sheet.class) {
            h2 { (Outside(&sheet.class)) }
            p { (Outside(frame.school)) " · " (sheet.dates) " · as of " (frame.time()) }
            div class=(look) role="region" tabindex="0" aria-label=(sheet.class) {
                table {
                    caption.hidden { "Class register of " (sheet.class) ", " (sheet.dates) }
                    (head(sheet, joined))
                    tbody { @for (nth, row) in sheet.rows.iter().enumerate() { (student(nth + 1, row, sheet, joined)) } }
                }
            }
            p.legend { @if sheet.blank { (BLANK_LEGEND) } @else { (LEGEND) } }
            @if sheet.has_sessions() && !joined { p.legend { "Grey letters: half days and days, each judged from its periods." } }
            @if joined { p.legend { "A day is one letter if all of its periods are alike, else a letter for each period in order." } }
            @if sheet.blank { p.sign { span { "Remarks" } span { "Date" } span { "Signature" } } }
        }
    }
}

fn head(sheet: &ClassSheet, joined: bool) -> Markup {
    let below = if joined { None } else { Some("2") };
    html! {
        thead {
            tr {
                th rowspan=[below] scope="col" { "No" }
                th.name rowspan=[below] scope="col" { (Outside(&sheet.class)) ": name" }
                @for day in &sheet.days { (day_heading(day, joined)) }
                @if sheet.blank { th.comment rowspan=[below] scope="col" { "Comment" } }
                @else { @for (sum, key) in sums(sheet) { th rowspan=[below] scope="col" data-count=(key) { (sum) } } }
            }
            @if !joined { tr { @for day in &sheet.days {
                @if day.closure.is_some() { th.closed.day scope="col" { "–" } }
                @for (nth, (name, short)) in day.periods.iter().enumerate() {
                    th class=[(nth == 0).then_some("day")] scope="col" title=(name) { (Outside(short)) }
                }
                @for session in &day.sessions { th.session scope="col" { (Outside(session)) } }
            } } }
        }
    }
}

/// Columns of a day.
fn width(day: &SheetDay) -> usize {
    (day.periods.len() + day.sessions.len()).max(1)
}

/// The sums with their keys.
fn sums(sheet: &ClassSheet) -> impl Iterator<Item = (&'static str, &'static str)> {
    SUMS.into_iter().chain(SESSION_SUMS.into_iter().filter(|_| sheet.has_sessions()))
}

fn day_heading(day: &SheetDay, joined: bool) -> Markup {
    let span = if joined { 1 } else { width(day) };
    html! {
        @match &day.closure {
            Some(reason) => th.closed.day scope="col" { (day.name) br; (Outside(reason)) },
            None => th.day colspan=(span) scope="colgroup" { (day.name) },
        }
    }
}

fn student(number: usize, row: &SheetRow, sheet: &ClassSheet, joined: bool) -> Markup {
    html! {
        tr data-student=(row.code) {
            td { (number) }
            th scope="row" { (Outside(&row.name)) " " span { (Outside(&row.code)) } }
            @for (day, (cells, sessions)) in sheet.days.iter().zip(row.cells.iter().zip(&row.sessions)) {
                @if day.closure.is_some() { td.closed {} }
                @else if joined { (together(cells)) }
                @else {
                    @for (letter, shade) in cells { td class=[class_of(*shade)] { (letter) } }
                    @for (letter, shade) in sessions { td.session.open[*shade == Shade::Outlined] { (letter) } }
                }
            }
            @if sheet.blank { td {} }
            @else {
                @let all = row.sums.into_iter().chain(row.session_sums);
                @for (_, sum) in sums(sheet).zip(all) { td { (sum) } }
            }
        }
    }
}

/// A day in one cell.
fn together(cells: &[(&'static str, Shade)]) -> Markup {
    let first = cells.first().copied().unwrap_or(("", Shade::Plain));
    let alike = cells.iter().all(|cell| *cell == first);
    let open = cells.iter().any(|(_, shade)| *shade == Shade::Outlined);
    let letters: String =
        cells.iter().map(|(letter, _)| if letter.is_empty() { "·" } else { letter }).collect();
    html! {
        @if alike { td class=[class_of(first.1)] { (first.0) } }
        @else { td class=[open.then_some("open")] { (letters) } }
    }
}

fn class_of(shade: Shade) -> Option<&'static str> {
    match shade {
        Shade::Plain => None,
        Shade::Outlined => Some("open"),
        Shade::Grey => Some("grey"),
    }
}
