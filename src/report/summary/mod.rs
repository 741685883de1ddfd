//! The summary of a date or a range: the counts, and the students who need attention.

pub(crate) mod by;
pub(crate) mod mail;
mod parts;

use std::collections::HashSet;

use super::text::{counted, cut, day, days, grouped};
use super::{Column, Rows, Tone, Value, Words};
use crate::domain::register::status::{BriefJudgement, Counts, Status};
use crate::domain::register::summary::{Head, NAMED, StudentSummary};
use crate::domain::register::tally::{ANOMALIES, Anomaly};
use crate::report::register::blind;
use crate::report::register::records::{times, watched};
use crate::report::register::roster::{Heads, counts, lacking};

/// The most names on a line.
const A_LINE: usize = 3;

/// The students of a summary.
pub(crate) struct Lines;

impl Rows for Lines {
    type Row<'a> = (&'a Head, &'a StudentSummary);
}

/// The columns of a summary: those of a date end with one for each of its periods, those of a range
/// with what sums it up.
pub(crate) fn columns(head: &Head) -> Vec<Column<Lines>> {
    let mut columns: Vec<Column<Lines>> = vec![
        Column::text("student", "CODE", |(_, line)| (&line.code).into()),
        Column::long("name", "NAME", |(_, line)| (&line.name).into()),
        Column::long("group", "GROUP", |(_, line)| line.group.as_ref().into()),
        Column::<Lines>::number("present", "PRESENT", |(_, line)| line.tally.counts.present.into())
            .look(|(_, line)| Some(format!("{}/{}", line.tally.counts.present, line.tally.cap).into())),
        Column::data("cap", |(_, line)| line.tally.cap.into()),
        Column::number("late", "LATE", |(_, line)| line.tally.counts.late.into()),
        Column::data("after_close", |(_, line)| line.tally.counts.after_close.into()),
        Column::data("absent", |(_, line)| line.tally.counts.absent.into()),
        Column::number("excused", "EXCUSED", |(_, line)| line.tally.counts.excused.into()),
        Column::data("low_score", |(_, line)| line.tally.counts.low_score.into()),
        Column::data("unknown", |(_, line)| line.tally.counts.unknown.into()),
        Column::data("pending", |(_, line)| line.tally.counts.pending.into()),
        Column::data("expected", |(_, line)| line.tally.counts.expected.into()),
    ];
    if head.ranged {
        columns.extend([
            Column::<Lines>::number("days", "DAYS", |(_, line)| line.tally.days.into()),
            Column::number("days_absent", "ABSENT", |(_, line)| line.tally.days_absent.into()),
            Column::number("absent_in_a_row", "IN A ROW", |(_, line)| line.tally.absent_in_a_row.into()),
            Column::<Lines>::number("missed_percent", "MISSED", |(_, line)| missed(line).into()).look(
                |(_, line)| {
                    let share = missed(line).map(|share| format!("{share:.1} %")).unwrap_or_default();
                    let chronic = line.anomaly == Some(Anomaly::ChronicAbsence);
                    Some(Words::new(share, if chronic { Tone::Bad } else { Tone::Plain }))
                },
            ),
        ]);
    }
    columns.push(Column::data("anomaly", |(_, line)| {
        line.anomaly.map_or(Value::Null, |anomaly| Value::Word(anomaly.word()))
    }));
    columns.push(Column::data("blind", |(head, line)| blind::row(&line.gaps, head.ranged, head.zone).into()));
    if !head.sessions.is_empty() {
        columns.extend(session_sums());
    }
    let mut taken: HashSet<String> = columns.iter().map(|column| column.key().to_owned()).collect();
    let names: Vec<&str> = head.periods.iter().map(|period| &*period.occurrence.period).collect();
    columns.extend(names.iter().zip(headings(&names)).enumerate().map(|(nth, (name, heading))| {
        // A period may have the name of one of the columns above.
        let mut key = (*name).to_owned();
        while !taken.insert(key.clone()) {
            key += " (period)";
        }
        Column::<Lines>::nth(key, heading, nth, |(_, line), nth| {
            line.outcomes.get(nth).copied().flatten().map_or(Value::Null, cell)
        })
    }));
    if !head.ranged {
        columns.extend(head.sessions.iter().enumerate().map(|(nth, name)| {
            Column::<Lines>::nth(format!("{name} (session)"), cut(name, 10), nth, |(_, line), nth| {
                line.sessions.get(nth).copied().flatten().map_or(Value::Null, cell)
            })
        }));
    }
    columns
}

/// The sessions of a student, counted like the periods.
fn session_sums() -> [Column<Lines>; 7] {
    [
        Column::<Lines>::number("sessions_present", "SESSIONS", |(_, line)| {
            line.tally.sessions.present.into()
        })
        .look(|(_, line)| {
            let Counts { present, expected, .. } = line.tally.sessions;
            Some(format!("{present}/{expected}").into())
        }),
        Column::data("sessions_absent", |(_, line)| line.tally.sessions.absent.into()),
        Column::data("sessions_excused", |(_, line)| line.tally.sessions.excused.into()),
        Column::data("sessions_low_score", |(_, line)| line.tally.sessions.low_score.into()),
        Column::data("sessions_unknown", |(_, line)| line.tally.sessions.unknown.into()),
        Column::data("sessions_pending", |(_, line)| line.tally.sessions.pending.into()),
        Column::data("sessions_expected", |(_, line)| line.tally.sessions.expected.into()),
    ]
}

fn missed(line: &StudentSummary) -> Option<f64> {
    percent(line.tally.counts.missed(), line.tally.counts.judged())
}

/// Short names of periods for a column of symbols: `B1`, `ASM`. If two would be equal, the names
/// themselves.
pub(super) fn headings(names: &[&str]) -> Vec<String> {
    let short: Vec<String> = names.iter().map(|name| abbreviation(name)).collect();
    let distinct: HashSet<&String> = short.iter().collect();
    if distinct.len() == names.len() { short } else { names.iter().map(|name| cut(name, 10)).collect() }
}

fn abbreviation(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let short: String = match words[..] {
        [word] if word.chars().count() <= 3 => word.to_owned(),
        [word] => {
            let mut letters: Vec<char> = word.chars().filter(|c| !"aeiouyAEIOUY".contains(*c)).collect();
            letters.splice(..0, word.chars().next().filter(|c| !letters.starts_with(&[*c])));
            letters.dedup();
            letters.into_iter().take(3).collect()
        }
        _ => words
            .iter()
            .flat_map(|word| {
                word.chars().take(if word.starts_with(|c: char| c.is_numeric()) { 3 } else { 1 })
            })
            .collect(),
    };
    short.to_uppercase()
}

/// Facts about the whole.
pub(crate) fn totals(head: &Head) -> Vec<(&'static str, Value)> {
    let mut totals = vec![("from", (*head.dates.start()).into()), ("to", (*head.dates.end()).into())];
    totals.extend([("days", head.days.into()), ("students", head.students.into())]);
    totals.extend(counts(&head.counts));
    totals.push(("judged", head.counts.judged().into()));
    totals.push(("present_percent", percent(head.counts.present, head.counts.judged()).into()));
    let anomalies = ANOMALIES.iter().zip(head.anomalies).map(|(anomaly, n)| (anomaly.word(), n.into()));
    totals.push(("anomalies", Value::Object(anomalies.collect())));
    let periods = head.periods.iter().map(|period| {
        let mut members = times(&period.occurrence);
        members.extend(watched(&period.coverage, head.zone));
        members.extend(counts(&period.counts));
        Value::Object(members)
    });
    totals.push(("periods", Value::List(periods.collect())));
    totals.push(blind::members(&head.gaps(), head.zone));
    totals
}

/// A share in percent with one decimal. `None` if the whole is zero.
pub(super) fn percent(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| (f64::from(part) * 1000.0 / f64::from(whole)).round() / 10.0)
}

/// The status as data, a mark for people.
pub(super) fn cell(outcome: BriefJudgement) -> Value {
    let (mark, tone) = match outcome.status {
        Status::Present if outcome.after_close => ("✓ after close", Tone::Good),
        Status::Present if outcome.late => ("✓ late", Tone::Good),
        Status::Present => ("✓", Tone::Good),
        Status::Absent => ("✗", Tone::Bad),
        Status::LowScore => ("?", Tone::Warn),
        Status::Excused => ("–", Tone::Plain),
        Status::Unknown => ("◌", Tone::Warn),
        Status::Expected => ("·", Tone::Faint),
        Status::Elsewhere => ("→", Tone::Faint),
    };
    Value::Word(outcome.status.word()).shown(mark, tone)
}

/// The heading: the answer, and the students who need attention.
pub(crate) fn heading(head: &Head, heads: Heads) -> Vec<Vec<Words>> {
    let mut heading = vec![vec![Words::new(title(head), Tone::Strong)], vec![share(head).into()]];
    heading.extend(blind::lines(&head.gaps(), head.ranged, head.zone));
    heading.extend(parts::lines(&head.parts, heads));
    let people = people(head);
    if !people.is_empty() {
        heading.extend([vec![], vec![needs_a_person(heads)]]);
        for (anomaly, names) in people {
            heading.extend(names.chunks(A_LINE).enumerate().map(|(nth, names)| {
                let reason = if nth == 0 { reason(anomaly, head) } else { String::new() };
                vec![Words::new(format!(" {reason:<16}  "), Tone::Warn), names.join(" · ").into()]
            }));
        }
    }
    heading
}

fn needs_a_person(heads: Heads) -> Words {
    match heads {
        Heads::Drawn => Words::new("NEEDS A PERSON", Tone::Faint),
        Heads::Plain => Words::new("Needs a person", Tone::Plain),
    }
}

/// Shown when there are no rows.
pub(crate) fn nobody(head: &Head) -> String {
    match head.lacks {
        Some(lack) => format!("No period was held. {}", lacking(lack)),
        None if head.is_free() => "No period was held.".to_owned(),
        None if head.days == 0 => "No period has begun yet: attend schedule list".to_owned(),
        None => "No student was expected.".to_owned(),
    }
}

/// `Mon 7 Sep 2026 · 300 students · 8 periods, 7 judged (Block 3 was blind)`
fn title(head: &Head) -> String {
    let students = counted(head.students, "student");
    if head.ranged {
        return format!("{} · {students} · {}", days(&head.dates), counted(head.days, "school day"));
    }
    let begun = || head.periods.iter().filter(|period| period.begun);
    let blind: Vec<&str> =
        begun().filter(|period| period.is_unjudged()).map(|period| &*period.occurrence.period).collect();
    let (held, started) = (head.periods.len(), begun().count());
    let periods = counted(held, "period");
    let begun = if started == held { String::new() } else { format!(", {started} begun") };
    let judged = match blind.len() {
        0 => String::new(),
        1 => format!(", {} judged ({} was blind)", started - 1, blind[0]),
        n => format!(", {} judged ({} were blind)", started - n, blind.join(", ")),
    };
    format!("{} · {students} · {periods}{begun}{judged}", day(*head.dates.start()))
}

/// `Present 94.1 % (1,976 of 2,100) · late 41 · excused 9 · low score 12 · absent 60`
fn share(head: &Head) -> String {
    let mut words = present(head);
    for (_, what, n) in figures(&head.counts) {
        words += &format!(" · {what} {}", grouped(n));
    }
    words
}

fn present(head: &Head) -> String {
    let counts = &head.counts;
    let (present, judged) = (grouped(counts.present), grouped(counts.judged()));
    match percent(counts.present, counts.judged()) {
        Some(percent) => format!("Present {percent:.1} % ({present} of {judged})"),
        None if head.days == 0 && !head.is_free() => "No period has begun yet".to_owned(),
        None => "Nothing could be judged".to_owned(),
    }
}

/// The numbers beside those present, where there is something to count: key in JSON, words, count.
fn figures(counts: &Counts) -> impl Iterator<Item = (&'static str, &'static str, u32)> {
    let figures = [
        ("late", "late", counts.late),
        ("after_close", "after the register closed", counts.after_close),
        ("excused", "excused", counts.excused),
        ("low_score", "low score", counts.low_score),
        ("absent", "absent", counts.absent),
        ("unknown", "unknown", counts.unknown),
        ("pending", "not yet seen", counts.pending),
    ];
    figures.into_iter().filter(|(.., n)| *n > 0)
}

/// The words of an anomaly on the screen.
fn reason(anomaly: Anomaly, head: &Head) -> String {
    match anomaly {
        Anomaly::NeverSeen => "never seen".to_owned(),
        Anomaly::FewPeriods => format!("fewer than {}", head.rules.min_periods),
        Anomaly::ChronicAbsence => format!("missed ≥ {} %", head.rules.chronic_percent),
        Anomaly::OnlyLowScores => "only low scores".to_owned(),
        Anomaly::NotJudged => "not judged".to_owned(),
    }
}

/// The students who need attention, by reason: `H000140 王小明 (G7) 2/7`.
fn people(head: &Head) -> Vec<(Anomaly, Vec<String>)> {
    let of = |(anomaly, all): (Anomaly, u32)| {
        let lines = head.people.iter().filter(|line| line.anomaly == Some(anomaly));
        let mut names: Vec<String> = lines.map(|line| person(line, anomaly)).collect();
        if all > NAMED {
            names.push(format!("and {} more", grouped(all - NAMED)));
        }
        (anomaly, names)
    };
    ANOMALIES.into_iter().zip(head.anomalies).map(of).filter(|(_, names)| !names.is_empty()).collect()
}

fn person(line: &StudentSummary, anomaly: Anomaly) -> String {
    let group = line.group.as_ref().map(|group| format!(" ({group})")).unwrap_or_default();
    let counts = &line.tally.counts;
    let detail = match anomaly {
        Anomaly::FewPeriods => format!(" {}/{}", counts.present, line.tally.cap),
        Anomaly::ChronicAbsence => format!(" {}/{}", counts.missed(), counts.judged()),
        _ => String::new(),
    };
    format!("{} {}{group}{detail}", line.code, line.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_short_names_that_differ() {
        let short = ["Block 1", "Assembly", "Block 10", "Lunch club", "PE", "午休", "Maths"];
        assert_eq!(headings(&short), ["B1", "ASM", "B10", "LC", "PE", "午休", "MTH"]);
        assert_eq!(headings(&["Block A", "Big Art"]), ["Block A", "Big Art"]);
    }
}
