//! The evacuation list: black on white, without a script, for a phone and for paper.

use maud::{Markup, html};

use super::{Frame, Kind, Outside};
use crate::report::register::evacuation::{Evacuation, EvacuationClass, Person};

const KIND: Kind = Kind { style: include_str!("evacuation.css"), script: None, class: "evacuation" };

/// Lines for people who are on no list.
const EXTRA_LINES: usize = 3;

/// The whole page.
pub(crate) fn evacuation(list: &Evacuation, frame: &Frame) -> String {
    let body = html! {
        (frame.header())
        main {
            @for one in &list.classes { (class(one, &list.blind, frame)) }
            (totals(list, frame))
        }
    };
    frame.page(KIND, "", &body).into_string()
}

fn class(class: &EvacuationClass, blind: &[String], frame: &Frame) -> Markup {
    html! {
        section data-class=(class.name) {
            h2 { (Outside(&class.name)) }
            p { (Outside(frame.school)) " · as of " (frame.time()) }
            p.counts {
                span { "On site: " b data-count="seen" { (class.seen.len()) } }
                span { "May be inside: " b data-count="inside" { (class.inside.len()) } }
                span { "Counted: " span.counted {} }
            }
            (blind_cameras(blind))
            @if !class.seen.is_empty() {
                h3 { "Seen today" }
                (people(&class.seen, "Seen last", EXTRA_LINES))
            }
            @if !class.inside.is_empty() {
                div.inside { h3 { "Not seen and not excused: may be inside" } (people(&class.inside, "Known", 0)) }
            }
            @if !class.out.is_empty() {
                h3 { "Signed out or excused: " span data-count="out" { (class.out.len()) } }
                (people(&class.out, "Since when", 0))
            }
        }
    }
}

fn blind_cameras(blind: &[String]) -> Markup {
    html! { @if !blind.is_empty() {
        p.alert { "Cameras were blind, so students may be inside unseen. " @for (nth, words) in blind.iter().enumerate() {
            @if nth > 0 { "; " } (Outside(words))
        } }
    } }
}

/// Without scopes, which a header cell at the edge of a simple table has anyway: 2,000 students fit into 300 KB.
fn people(people: &[Person], known: &str, extra: usize) -> Markup {
    html! {
        table {
            thead { tr {
                th { "Name" } th { "Code" } th { (known) }
                th { "Safe" } th { "Missing" } th { "Injured" }
            } }
            tbody {
                @for person in people { tr {
                    th { (Outside(&person.name)) @if let Some(others) = &person.others { " " small { "also " (Outside(others)) } } } td { (Outside(&person.code)) } td { (Outside(&person.known)) }
                    td {} td {} td {}
                } }
                @for _ in 0..extra { tr { td { "\u{a0}" } td {} td {} td {} td {} td {} } }
            }
        }
    }
}

/// The last page, for the person in charge.
fn totals(list: &Evacuation, frame: &Frame) -> Markup {
    let sum = |of: fn(&EvacuationClass) -> usize| list.classes.iter().map(of).sum::<usize>();
    html! {
        section {
            h2 { "All classes" }
            p { (Outside(frame.school)) " · as of " (frame.time()) }
            (blind_cameras(&list.blind))
            table {
                thead { tr {
                    th scope="col" { "Class" } th.n scope="col" { "On site" } th.n scope="col" { "May be inside" }
                    th.n scope="col" { "Out" } th.box scope="col" { "Counted" } th.box scope="col" { "Missing" }
                } }
                tbody { @for class in &list.classes { tr data-total=(class.name) {
                    th scope="row" { (Outside(&class.name)) }
                    td.n { (class.seen.len()) } td.n { (class.inside.len()) } td.n { (class.out.len()) } td {} td {}
                } } }
                tfoot { tr data-total="" {
                    th scope="row" { "Everybody" }
                    td.n data-count="seen" { (sum(|class| class.seen.len())) }
                    td.n data-count="inside" { (sum(|class| class.inside.len())) }
                    td.n data-count="out" { (sum(|class| class.out.len())) }
                    td {} td {}
                } }
            }
        }
    }
}
