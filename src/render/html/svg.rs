//! Drawings in plain SVG, each with its meaning in words. The meaning never depends on colour: an unknown part is hatched.

use maud::{Markup, PreEscaped, html};

/// The patterns that drawings refer to. A page with drawings holds them once.
pub(super) fn patterns() -> Markup {
    html! {
        svg width="0" height="0" class="hidden" aria-hidden="true" focusable="false" {
            defs { (PreEscaped(
                "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
                 <rect width=\"6\" height=\"6\" fill=\"#dfe3e8\"/><rect width=\"2\" height=\"6\" fill=\"#7d8590\"/></pattern>"
            )) }
        }
    }
}

/// A bar of a share in percent, 0 to 100.
pub(super) fn progress(percent: u32, meaning: &str) -> Markup {
    html! {
        svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=(meaning) {
            rect width="100" height="4" fill="#dfe3e8" {}
            rect width=(percent.min(100)) height="4" fill="#0b57d0" {}
        }
    }
}

/// A bar of a whole: a green part, then a hatched undecided part, then the rest.
pub(super) fn parts(green: u32, hatched: u32, whole: u32, meaning: &str) -> Markup {
    let share = |n: u32| f64::from(n) * 100.0 / f64::from(whole.max(1));
    let (green, hatched) = (share(green), share(hatched));
    html! {
        svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=(meaning) {
            rect width="100" height="4" fill="#f3c4c9" {}
            rect width=(tenths(green)) height="4" fill="#1a7f37" {}
            rect x=(tenths(green)) width=(tenths(hatched)) height="4" fill="url(#hatch)" {}
        }
    }
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}
