//! The summary as a mail: the bulletin with the attached sheet.

use super::super::bulletin::{Bar, Bulletin};
use super::super::text::{day, grouped, hours, local};
use super::{figures, people, percent, present, title};
use crate::domain::register::summary::{Anomaly, Head, PeriodSummary};
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;

/// The summary for a mail. The rows are in the attached sheet.
pub fn bulletin(head: &Head, now: Instant, zone: Zone) -> Bulletin {
    let c = &head.counts;
    let figures = figures(c).map(|(what, n)| (what.to_owned(), grouped(n)));
    let bars = head.periods.iter().map(|period| bar(period, zone));
    let lists = people(head).into_iter().map(|(anomaly, names)| (explanation(anomaly, head), names));
    let gaps = blind::gaps(&head.gaps(), head.ranged, head.zone);
    let blind = Some(("Blind cameras: students they alone could see are unknown".to_owned(), gaps));
    let lists = blind.filter(|(_, gaps)| !gaps.is_empty()).into_iter().chain(lists);
    let school = head.school.as_ref().map(|school| format!("{school}: ")).unwrap_or_default();
    Bulletin {
        title: format!("{school}{}", title(head)),
        answer: present(c),
        figures: figures.collect(),
        bars: bars.collect(),
        lists: lists.collect(),
        foot: format!(
            "As known {}. Every student is in the sheet attached. Unknown means that a camera which matters could not see, so the student is not called absent.",
            local(now, zone, "%a %-d %b %Y, %H:%M"),
        ),
    }
}

/// The subject line of a summary mail.
pub fn subject(head: &Head, now: Instant) -> String {
    let school = head.school.as_deref().unwrap_or("attend");
    let dates = if head.ranged {
        format!("{} – {}", day(*head.dates.start()), day(*head.dates.end()))
    } else {
        day(*head.dates.start())
    };
    let so_far = if head.is_over(now) { "" } else { ", so far" };
    format!("{school}: attendance {dates}{so_far}")
}

fn bar(period: &PeriodSummary, zone: Zone) -> Bar {
    let (o, c) = (&period.occurrence, &period.counts);
    let words = match percent(c.present, c.judged()) {
        _ if !period.begun => "not begun".to_owned(),
        None if c.expected == 0 => "no student expected".to_owned(),
        None => "not judged".to_owned(),
        Some(_) => format!("{} of {}", grouped(c.present), grouped(c.judged())),
    };
    Bar {
        label: o.period.to_string(),
        time: hours(o.starts_at, o.ends_at, zone),
        percent: percent(c.present, c.judged()),
        words,
    }
}

/// The words of an anomaly in a mail.
fn explanation(anomaly: Anomaly, head: &Head) -> String {
    match anomaly {
        Anomaly::NeverSeen => "Never seen".to_owned(),
        Anomaly::FewPeriods => format!("Seen in fewer than {} periods", head.rules.min_periods),
        Anomaly::ChronicAbsence => format!("Missed {} % or more", head.rules.chronic_percent),
        Anomaly::OnlyLowScores => "Seen, but only with low scores".to_owned(),
        Anomaly::NotJudged => "Could not be judged: cameras were blind".to_owned(),
    }
}
