//! The summary in brief, for a mail and for the principal's page.

use super::super::bulletin::{Absentee, Bar, Bulletin, Calls, ClassShare, Classes, Figure, Point};
use super::super::text::{counted, day, grouped, hours, local};
use super::{figures, headings, people, percent, present, title};
use crate::domain::register::briefing::{Briefing, Call};
use crate::domain::register::calls::Unexplained;
use crate::domain::register::status::Counts;
use crate::domain::register::summary::{Head, NAMED, PeriodSummary};
use crate::domain::register::tally::Anomaly;
use crate::domain::time::{Instant, Zone};
use crate::report::register::blind;

/// School days from which bands of absence are told.
const DAYS_OF_BANDS: usize = 5;
/// Periods that a headline names; more are counted.
const NAMED_PERIODS: usize = 2;

/// The summary in brief. That of a date comes with a briefing.
pub(crate) fn bulletin(head: &Head, briefing: Option<&Briefing>, now: Instant, zone: Zone) -> Bulletin {
    let figures = figures(&head.counts).map(|(key, word, count)| Figure { key, word, count });
    let gaps = blind::gaps(&head.gaps(), head.ranged, head.zone);
    let blind = Some(("Not judged: students whom these alone could see are unknown".to_owned(), gaps));
    let lists = blind.into_iter().filter(|(_, gaps)| !gaps.is_empty());
    let named = people(head).into_iter().filter(|(anomaly, _)| briefing.is_none() || !is_called(*anomaly));
    let lists = lists.chain(named.map(|(anomaly, names)| (explanation(anomaly, head), names)));
    let school = head.school.as_ref().map(|school| format!("{school}: ")).unwrap_or_default();
    let mut bulletin = Bulletin {
        title: format!("{school}{}", title(head)),
        answer: answer(head, briefing),
        edition: edition(head, now),
        figures: figures.collect(),
        lists: lists.collect(),
        bars: head.periods.iter().map(|period| bar(period, zone)).collect(),
        foot: foot(briefing, now, zone),
        ..Bulletin::default()
    };
    if let Some(briefing) = briefing {
        bulletin.calls = calls(briefing);
        bulletin.classes = Some(classes(briefing, head)).filter(|classes| !classes.rows.is_empty());
        bulletin.trend = briefing.days.iter().map(|(date, counts)| point(*date, counts)).collect();
        bulletin.bands = bands(briefing);
    }
    bulletin
}

/// The subject line of a summary mail: the answer, then which school and day.
pub(crate) fn subject(head: &Head, briefing: Option<&Briefing>, now: Instant) -> String {
    let school = head.school.as_deref().unwrap_or("attend");
    let dates = if head.ranged {
        format!("{} – {}", day(*head.dates.start()), day(*head.dates.end()))
    } else {
        day(*head.dates.start())
    };
    let so_far = if head.is_over(now) { "" } else { ", provisional" };
    format!("{} – {school}: attendance {dates}{so_far}", answer(head, briefing))
}

/// `94.1 % present; 5 unexplained; Block 3 not judged`
fn answer(head: &Head, briefing: Option<&Briefing>) -> String {
    let Some(share) = percent(head.counts.present, head.counts.judged()) else {
        return present(head);
    };
    let mut told = vec![format!("{share:.1} % present")];
    told.extend(briefing.map(|briefing| format!("{} unexplained", grouped(briefing.unexplained()))));
    told.extend(named(head, PeriodSummary::is_unjudged).map(|periods| format!("{periods} not judged")));
    let mostly = named(head, PeriodSummary::is_mostly_unjudged);
    told.extend(mostly.map(|periods| format!("{periods} mostly not judged")));
    told.join("; ")
}

/// The periods that pass a test: by name if they are few, else their number.
fn named(head: &Head, passes: fn(&PeriodSummary) -> bool) -> Option<String> {
    let periods = head.periods.iter().filter(|period| passes(period));
    let names: Vec<&str> = periods.map(|period| &*period.occurrence.period).collect();
    match names.len() {
        0 => None,
        1..=NAMED_PERIODS => Some(names.join(", ")),
        many => Some(format!("{many} periods")),
    }
}

/// Which edition of the day this is.
fn edition(head: &Head, now: Instant) -> String {
    if head.ranged {
        return String::new();
    }
    if head.is_over(now) {
        return "Final edition: every period is over.".to_owned();
    }
    let begun = head.periods.iter().filter(|period| period.begun).count();
    format!(
        "Provisional edition: {begun} of {} begun. A final one follows.",
        counted(head.periods.len(), "period")
    )
}

fn foot(briefing: Option<&Briefing>, now: Instant, zone: Zone) -> Vec<String> {
    let mut foot = vec![
        "Present: seen by a camera or marked present, of those who could be judged.".to_owned(),
        "Unknown: a camera that matters could not see, so the student is not called absent.".to_owned(),
    ];
    if let Some(briefing) = briefing {
        let days = counted(briefing.days.len(), "school day");
        foot.push("Unexplained: absent without a reason in at least one period.".to_owned());
        foot.push(format!("In a row, in total: whole days missed, excused or not, of the last {days}."));
    }
    foot.push(format!("As known {}.", local(now, zone, "%a %-d %b %Y, %H:%M")));
    foot
}

fn bar(period: &PeriodSummary, zone: Zone) -> Bar {
    let (o, c) = (&period.occurrence, &period.counts);
    let words = match percent(c.present, c.judged()) {
        _ if !period.begun => "not begun".to_owned(),
        None if c.expected == 0 => "no student expected".to_owned(),
        None => "not judged".to_owned(),
        Some(_) => of_judged(c),
    };
    Bar {
        label: o.period.to_string(),
        time: hours(o.starts_at, o.ends_at, zone),
        percent: percent(c.present, c.judged()),
        words,
    }
}

/// `187 of 200`
fn of_judged(c: &Counts) -> String {
    format!("{} of {}", grouped(c.present), grouped(c.judged()))
}

/// The students to call: new ones first, then those who were absent before, then those whose cameras are in doubt.
fn calls(briefing: &Briefing) -> Vec<Calls> {
    let certain = |call: &&Call| !call.student.check_first();
    let lists: [(&str, Vec<&Call>); 3] = [
        (
            "Absent without a reason, new today",
            briefing.calls.iter().filter(certain).filter(|call| call.in_a_row <= 1).collect(),
        ),
        (
            "Absent without a reason, days in a row",
            briefing.calls.iter().filter(certain).filter(|call| call.in_a_row > 1).collect(),
        ),
        (
            "Seen with a low score: look before you call",
            briefing.calls.iter().filter(|call| call.student.low > 0).collect(),
        ),
    ];
    let some = lists.into_iter().filter(|(_, calls)| !calls.is_empty());
    some.map(|(reason, calls)| {
        let shown = calls.len().min(NAMED as usize);
        Calls {
            reason: reason.to_owned(),
            students: calls[..shown].iter().map(|call| student(call, briefing.days.len())).collect(),
            more: u32::try_from(calls.len() - shown).unwrap_or(u32::MAX),
        }
    })
    .collect()
}

fn student(call: &Call, days: usize) -> Absentee {
    let Unexplained { code, name, group, absent, unsure, expected, low, .. } = &call.student;
    let missed = if *low > 0 { unsure } else { absent };
    Absentee {
        code: code.clone(),
        name: name.clone(),
        group: group.clone().unwrap_or_default(),
        today: format!("{missed} of {}", counted(*expected, "period")),
        in_a_row: match call.in_a_row {
            0 | 1 => String::new(),
            days => format!("{days} days in a row"),
        },
        in_total: if call.days_absent == 0 || days == 1 {
            String::new()
        } else {
            format!("{} of {}", call.days_absent, counted(days, "day"))
        },
    }
}

/// Whether a list of calls names these students already.
fn is_called(anomaly: Anomaly) -> bool {
    match anomaly {
        Anomaly::NeverSeen | Anomaly::OnlyLowScores | Anomaly::FewPeriods => true,
        Anomaly::ChronicAbsence | Anomaly::NotJudged => false,
    }
}

fn classes(briefing: &Briefing, head: &Head) -> Classes {
    let names: Vec<&str> = head.periods.iter().map(|period| &*period.occurrence.period).collect();
    let share = |counts: &Counts| percent(counts.present, counts.judged());
    let rows = briefing.classes.iter().map(|class| {
        let (now, before) = (share(&class.counts), class.before.as_ref().and_then(share));
        ClassShare {
            name: if class.name.is_empty() { "no group".to_owned() } else { class.name.clone() },
            percent: now,
            words: of_judged(&class.counts),
            change: now.zip(before).map(|(now, before)| ((now - before) * 10.0).round() / 10.0),
            periods: class.periods.iter().map(share).collect(),
        }
    });
    Classes {
        before: briefing.week_before.map(|date| date.format("%a %-d %b").to_string()),
        periods: headings(&names),
        rows: rows.collect(),
    }
}

fn point(date: chrono::NaiveDate, counts: &Counts) -> Point {
    Point { day: date.format("%a %-d %b").to_string(), percent: percent(counts.present, counts.judged()) }
}

/// `12 students missed 10 % or more of the last 20 school days`; nothing in the first days, when one absence is a tenth.
fn bands(briefing: &Briefing) -> Vec<String> {
    let days = briefing.days.len();
    let told = briefing.bands.iter().filter(|_| days >= DAYS_OF_BANDS).map(|(band, students)| {
        let students = counted(*students, "student");
        format!("{students} missed {band} % or more of the last {days} school days")
    });
    told.collect()
}

/// The words of an anomaly in a mail.
fn explanation(anomaly: Anomaly, head: &Head) -> String {
    match anomaly {
        Anomaly::NeverSeen => "Never seen".to_owned(),
        Anomaly::FewPeriods => format!("Seen in fewer than {}", counted(head.rules.min_periods, "period")),
        Anomaly::ChronicAbsence => format!("Missed {} % or more", head.rules.chronic_percent),
        Anomaly::OnlyLowScores => "Seen, but only with low scores".to_owned(),
        Anomaly::NotJudged => "Could not be judged: cameras were blind".to_owned(),
    }
}
