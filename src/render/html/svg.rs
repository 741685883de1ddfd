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

/// A bar of the time that has passed, in percent.
pub(super) fn progress(percent: u32, meaning: &str) -> Markup {
    bar(
        meaning,
        html! {
            rect width="100" height="4" fill="#dfe3e8" {}
            rect width=(percent.min(100)) height="4" fill="#0b57d0" {}
        },
    )
}

/// A bar of a whole: a green part, then a hatched undecided part, then the rest.
pub(super) fn parts(green: u32, hatched: u32, whole: u32, meaning: &str) -> Markup {
    let share = |n: u32| f64::from(n) * 100.0 / f64::from(whole.max(1));
    let (green, hatched) = (share(green), share(hatched));
    bar(
        meaning,
        html! {
            rect width="100" height="4" fill="#f3c4c9" {}
            rect width=(tenths(green)) height="4" fill="#1a7f37" {}
            rect x=(tenths(green)) width=(tenths(hatched)) height="4" fill="url(#hatch)" {}
        },
    )
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}

/// A bar of a share in percent, 0 to 100, with a mark for the rest.
pub(super) fn share(percent: f64, meaning: &str) -> Markup {
    bar(
        meaning,
        html! {
            rect width="100" height="4" fill="#dfe3e8" {}
            rect width=(tenths(percent.clamp(0.0, 100.0))) height="4" fill="#1a7f37" {}
        },
    )
}

/// A bar of which nothing is known.
pub(super) fn unknown(meaning: &str) -> Markup {
    bar(meaning, html! { rect width="100" height="4" fill="url(#hatch)" {} })
}

fn bar(meaning: &str, parts: Markup) -> Markup {
    html! {
        svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=(meaning) { (parts) }
    }
}

/// The lowest share that a line shows, in percent: a whole ten, and at most 90, so that a quiet year looks quiet.
pub(super) fn floor(shares: &[Option<f64>]) -> f64 {
    let lowest = shares.iter().flatten().copied().fold(100.0, f64::min);
    ((lowest / 10.0).floor() * 10.0).clamp(0.0, 90.0)
}

/// A line of shares in percent from `floor` up to 100, the latest at the right. Days without a share are a gap.
pub(super) fn line(shares: &[Option<f64>], floor: f64, meaning: &str) -> Markup {
    let step = 100.0 / shares.len().saturating_sub(1).max(1) as f64;
    let at = |nth: usize, share: f64| {
        format!("{} {}", tenths(nth as f64 * step), tenths((100.0 - share) * 100.0 / (100.0 - floor)))
    };
    let mut path = String::new();
    let mut drawn = false;
    for (nth, share) in shares.iter().enumerate() {
        if let Some(share) = share {
            path += &format!("{}{}", if drawn { "L" } else { "M" }, at(nth, *share));
            // A single day is a dot: a line to itself.
            path += &if drawn { String::new() } else { format!("L{}", at(nth, *share)) };
        }
        drawn = share.is_some();
    }
    html! {
        svg class="line" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=(meaning) {
            @for nth in 1..4 { path d={ "M0 " (nth * 25) "H100" } stroke="#dfe3e8" vector-effect="non-scaling-stroke" {} }
            path d=(path) fill="none" stroke="#0b57d0" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_a_day_is_not_known() {
        let drawn = line(&[Some(100.0), Some(90.0), None, Some(95.0)], 90.0, "").into_string();
        assert!(drawn.contains("d=\"M0.0 0.0L0.0 0.0L33.3 100.0M100.0 50.0L100.0 50.0\""), "{drawn}");
        assert_eq!(floor(&[Some(87.0), None]), 80.0);
        assert_eq!(floor(&[Some(100.0)]), 90.0);
    }
}
