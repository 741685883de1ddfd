//! The board: one screen that can be read from across a hall.

use maud::{Markup, html};

use super::{Frame, Kind, Outside, class, svg};
use crate::report::Words;
use crate::report::register::board::{Active, Board, Camera, Seen, Share, Slot};

const KIND: Kind =
    Kind { style: include_str!("board.css"), script: Some(include_str!("board.js")), class: "board" };

/// More classes than these stand closer together, so that a large school fits one screen.
const MANY: usize = 36;

/// The whole page.
pub(crate) fn board(board: &Board) -> String {
    let frame =
        Frame { title: "Board".to_owned(), school: &board.school, as_of: board.as_of, zone: board.zone };
    let data = format!(
        " data-made=\"{}\" data-every=\"{}\"",
        board.as_of.micros() / 1000,
        board.refresh.whole_seconds()
    );
    let body = html! {
        p #old role="alert" hidden { "OLD: this is from " (frame.time()) }
        (header(board, &frame))
        (svg::patterns())
        main {
            section.warnings.wide aria-label="Needs attention" { (warnings(&board.warnings)) }
            div {
                @match &board.active {
                    Ok(active) => @for active in active { (active_period(active)) },
                    Err(idle) => section.active { h2 { (Outside(idle)) } },
                }
                (cameras(&board.cameras, &board.window))
                // Beside the students seen last there is room on the left.
                @if board.recent.is_some() { (classes(&board.classes)) }
            }
            section { (today(&board.today)) @if let Some(recent) = &board.recent { (seen(recent)) } }
            @if board.recent.is_none() { section.wide { (classes(&board.classes)) } }
        }
    };
    frame.page(KIND, &data, &body).into_string()
}

fn header(board: &Board, frame: &Frame) -> Markup {
    html! {
        header {
            h1 { (Outside(&board.school)) }
            p { (frame.time()) " · " span #age { "just now" } }
            button #pause type="button" aria-pressed="false" hidden { "Pause" }
            noscript { p { "Without JavaScript this page does not renew itself." } }
        }
    }
}

fn warnings(warnings: &[Words]) -> Markup {
    html! {
        ul {
            @for words in warnings { li class=[class(words.tone)] { (Outside(&words.text)) } }
            @if warnings.is_empty() { li.good { "✓ All is well" } }
        }
    }
}

fn active_period(active: &Active) -> Markup {
    let Some(share) = &active.slot.share else { return html! {} };
    html! {
        section.active data-period=(active.slot.name) {
            h2 { (Outside(&active.slot.name)) " " span { (active.slot.hours) " · " (active.left) } }
            (svg::progress(active.passed, &format!("{} % of the time has passed", active.passed)))
            p.number {
                b data-count="present" { (share.present) }
                " / " span data-count="expected" { (share.expected) } " present"
            }
            (bar(share))
            p.others { @for other in &active.others {
                span class=[class(other.tone)] {
                    (other.symbol) " " b data-count=(other.key) { (other.count) } " " (other.word)
                }
            } }
            @if let Some(blind) = &active.blind { p.others.faint { "◌ unknown: " (Outside(blind)) } }
        }
    }
}

fn bar(share: &Share) -> Markup {
    let Share { name, expected, present, undecided, .. } = share;
    let meaning = format!("{name}: {present} of {expected} present, {undecided} undecided");
    svg::parts(*present, *undecided, *expected, &meaning)
}

fn today(slots: &[Slot]) -> Markup {
    html! {
        h2 { "Today" }
        table {
            thead { tr { th scope="col" { "Period" } th scope="col" { "Time" } th.n scope="col" { "Present" } } }
            tbody { @for slot in slots {
                tr class=[slot.active.then_some("now")] data-period=(slot.name) {
                    th scope="row" { @if slot.active { "▸ " span.hidden { "now: " } } (Outside(&slot.name)) }
                    td { (slot.hours) }
                    td.n { @match &slot.share {
                        None => "–",
                        Some(share) if share.is_unjudged() => {
                            span.faint { "◌ not judged" }
                        }
                        Some(share) => { (present(share)) }
                    } }
                }
            } }
        }
    }
}

/// `287/300`, and the number of unknown students.
fn present(share: &Share) -> Markup {
    html! {
        span data-count="present" { (share.present) } "/" span data-count="expected" { (share.expected) }
        @if share.unknown > 0 { " " span.faint { "◌\u{a0}" span data-count="unknown" { (share.unknown) } span.hidden { " unknown" } } }
    }
}

fn classes(classes: &[Share]) -> Markup {
    if classes.is_empty() {
        return html! {};
    }
    html! {
        h2 { "Classes now" }
        ul.classes.many[classes.len() > MANY] { @for class in classes {
            li data-class=(class.name) {
                (Outside(&class.name)) " " b { (present(class)) }
                (bar(class))
            }
        } }
    }
}

fn cameras(cameras: &[Camera], window: &str) -> Markup {
    html! {
        section {
            h2 { "Cameras" }
            table {
                thead { tr {
                    th scope="col" { "Camera" } th scope="col" { "State" }
                    th.n scope="col" { "Seen, last " (window) } th.n scope="col" { "Last heard" }
                } }
                tbody { @for camera in cameras {
                    tr data-camera=(camera.name) {
                        th scope="row" { (Outside(&camera.name)) }
                        td class=[class(camera.state.tone)] { (camera.state.text.as_str()) }
                        td.n data-count="events" { (camera.events) }
                        td.n { (camera.heard) }
                    }
                } }
            }
        }
    }
}

fn seen(recent: &[Seen]) -> Markup {
    html! {
        h2 { "Seen last" }
        table {
            thead { tr { th scope="col" { "Time" } th scope="col" { "Name" } th scope="col" { "Camera" } } }
            tbody { @for seen in recent {
                tr { td { (seen.time) } td { (Outside(&seen.name)) } td { (Outside(&seen.camera)) } }
            } }
        }
    }
}
