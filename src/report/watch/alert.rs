//! Alerts: the message about changes, and the list of open problems.

use crate::domain::spelling::shell_quoted;
use crate::domain::time::{Instant, Zone};
use crate::domain::watch::alerts::{Memory, Mute, News};
use crate::domain::watch::health::{Check, Finding, HealthReport, Observation, Severity, name};
use crate::report::text::{about, counted, cut, local, moment, safe};
use crate::report::watch::health::{hint, look, words};
use crate::report::{Column, Report, Rows, Tone, Value, Words};

/// The most lines of one kind in a message. The rest is counted.
const SPELT_OUT: usize = 12;

/// Columns of a subject line.
const SUBJECT: usize = 120;

/// The subject line and the text of a message about `news`, which is not empty. Checks are about cameras, jobs, keys
/// and counts, but the errors of runners and jobs may name a student, so they are included only with `errors`.
pub fn message(school: &str, news: &[News], errors: bool, now: Instant, zone: Zone) -> (String, String) {
    let news: Vec<News> =
        news.iter().cloned().map(|news| if errors { news } else { news.reserved() }).collect();
    let news = news.as_slice();
    let first = news.first().map(|news| told(news, now, zone)).unwrap_or_default();
    let more = match news.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let worst = news.iter().filter_map(News::severity).max();
    let urgent = if worst == Some(Severity::Critical) { "CRITICAL: " } else { "" };
    let subject = cut(&format!("{school}: {urgent}{first}"), SUBJECT - more.len()) + &more;
    let mut text = format!("{school}, {}\n", local(now, zone, "%a %-d %b %Y %H:%M"));
    for part in Part::ALL {
        section(part, news, now, zone, &mut text);
    }
    text += &format!("\n{}\n", next_step(news));
    (subject, text)
}

/// The last line of a message: the command that stops the reminders of its first open problem.
fn next_step(news: &[News]) -> String {
    let list = "attend alert list shows what is open.";
    let open = news.iter().find_map(|news| match news {
        News::New(found) | News::Worse(found) | News::Stayed(found) | News::Still(found) => {
            Some(name(found.check, &found.subject))
        }
        News::Unsteady { check, subject, .. } => Some(name(*check, subject)),
        News::Resolved { .. } => None,
    });
    match open {
        Some(target) => {
            format!("attend alert ack {} stops its reminders; {list}", safe(&shell_quoted(&target)))
        }
        None => list.to_owned(),
    }
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    New,
    Unsteady,
    Still,
    Resolved,
}

impl Part {
    /// In the order of a message.
    const ALL: [Self; 4] = [Self::New, Self::Unsteady, Self::Still, Self::Resolved];

    const fn heading(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Unsteady => "COMES AND GOES",
            Self::Still => "STILL",
            Self::Resolved => "RESOLVED",
        }
    }

    const fn of(news: &News) -> Self {
        match news {
            News::New(_) | News::Worse(_) | News::Stayed(_) => Self::New,
            News::Unsteady { .. } => Self::Unsteady,
            News::Still(_) => Self::Still,
            News::Resolved { .. } => Self::Resolved,
        }
    }
}

fn section(part: Part, news: &[News], now: Instant, zone: Zone, text: &mut String) {
    let all: Vec<&News> = news.iter().filter(|news| Part::of(news) == part).collect();
    if all.is_empty() {
        return;
    }
    *text += &format!("\n{}\n", part.heading());
    for news in all.iter().take(SPELT_OUT) {
        let symbol = news.severity().map_or("✓", |severity| look(severity).0);
        *text += &format!("{symbol} {}\n", safe(&told(news, now, zone)));
        if let News::New(finding) | News::Worse(finding) | News::Stayed(finding) = news {
            *text += &format!("  see: {}\n", safe(&hint(finding)));
        }
    }
    if let Some(rest) = all.len().checked_sub(SPELT_OUT).filter(|rest| *rest > 0) {
        *text += &format!("  … and {rest} more\n");
    }
}

/// One line of a message.
fn told(news: &News, now: Instant, zone: Zone) -> String {
    match news {
        News::New(finding) => words(finding, now, zone),
        News::Worse(finding) => format!("{}; it is critical now", words(finding, now, zone)),
        News::Stayed(finding) => format!("{}; it came and went and has stayed so", words(finding, now, zone)),
        News::Still(finding) => {
            // The words about a runner or a job include that already.
            let told = matches!(
                finding.what,
                Observation::NotHeard { .. } | Observation::JobError(_) | Observation::Overdue(_)
            );
            let since = finding.since.filter(|_| !told);
            let since = since.map(|since| format!("; since {}", moment(since, now, zone)));
            format!("{}{}", words(finding, now, zone), since.unwrap_or_default())
        }
        News::Unsteady { check, subject, times, .. } => {
            let times = counted(*times, "time");
            format!(
                "{} comes and goes: bad {times} within the hour; no more of it until it is steady for an hour",
                name(*check, subject)
            )
        }
        News::Resolved { check, subject, since, until, .. } => {
            // A period that could not be judged is over, and its students may be unknown for ever.
            let end = if *check == Check::Blind { "is over" } else { "is well again" };
            format!("{} {end}, after {}", name(*check, subject), about(*until - *since))
        }
    }
}

struct Alerts;

impl Rows for Alerts {
    type Row<'a> = Alert<'a>;
}

/// One line of the list: a problem, or a mute of a healthy subject.
struct Alert<'a> {
    target: String,
    memory: Option<&'a Memory>,
    muted_until: Option<Instant>,
    /// The present observation, or the author of the mute.
    seen: Value,
    now: Instant,
    zone: Zone,
}

impl Alert<'_> {
    fn when(&self, at: Option<Instant>) -> Value {
        at.map(|at| Value::moment(at, self.now, self.zone)).into()
    }
}

static ALERTS: &[Column<Alerts>] = &[
    Column::text("check", "CHECK", |alert| (&alert.target).into()),
    Column::text("state", "STATE", |alert| {
        let (word, look) = alert.memory.map_or(("quiet", Words::new("· quiet", Tone::Faint)), state);
        Value::from(word).shown(look.text, look.tone)
    }),
    Column::text("severity", "SEVERITY", |alert| alert.memory.map(|memory| memory.severity.word()).into()),
    Column::text("since", "SINCE", |alert| alert.when(alert.memory.map(|memory| memory.since))),
    Column::text("told_at", "TOLD", |alert| {
        alert.when(alert.memory.and_then(|memory| memory.told).map(|told| told.at))
    }),
    Column::text("acked_by", "ACK", |alert| {
        alert.memory.and_then(|memory| memory.acked.as_ref()).map(|(by, _)| by).into()
    }),
    Column::text("muted_until", "MUTED UNTIL", |alert| alert.when(alert.muted_until)),
    Column::long("seen", "SEEN", |alert| alert.seen.clone()),
];

/// A problem in the list: its stored alert, and the end of its mute.
pub type Row<'a> = (&'a Memory, Option<Instant>);

/// Open alerts, and mutes of subjects that are not open.
pub fn alerts(open: &[Row], mutes: &[Mute], health: &HealthReport, now: Instant, zone: Zone) -> Report {
    let mut alerts: Vec<Alert> = open
        .iter()
        .map(|(memory, muted_until)| {
            let found =
                |finding: &&Finding| finding.check == memory.check && finding.subject == memory.subject;
            let seen = health.findings.iter().find(found).map(|finding| words(finding, now, zone));
            Alert {
                target: name(memory.check, &memory.subject),
                memory: Some(memory),
                muted_until: *muted_until,
                seen: seen.into(),
                now,
                zone,
            }
        })
        .collect();
    let quiet: Vec<&Mute> =
        mutes.iter().filter(|mute| !alerts.iter().any(|alert| alert.target == mute.target)).collect();
    alerts.extend(quiet.into_iter().map(|mute| Alert {
        target: mute.target.clone(),
        memory: None,
        muted_until: Some(mute.until),
        seen: Value::Null.shown(format!("muted by {}", mute.by), Tone::Faint),
        now,
        zone,
    }));
    Report::list("alerts", ALERTS, alerts, now, zone).or_empty("Nothing is open.").bounded()
}

/// The stage of a problem. `new`: not reported yet. `ending`: its end is not reported yet.
fn state(memory: &Memory) -> (&'static str, Words) {
    match (memory.bad, memory.told, memory.unsteady) {
        (_, _, true) => ("unsteady", Words::new("~ unsteady", Tone::Warn)),
        (true, Some(_), _) => ("told", Words::new("▲ told", Tone::Bad)),
        (true, None, _) => ("new", Words::new("▲ new", Tone::Warn)),
        (false, Some(_), _) => ("ending", Words::new("✓ ending", Tone::Good)),
        (false, None, _) => ("gone", Words::new("✓ gone", Tone::Faint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::watch::health::Check;

    #[test]
    fn errors_of_runners_and_jobs_are_told_only_where_alerts_may_name_students() {
        let now = Instant::from_micros(0);
        let error = || "no face of Ada Karim".to_owned();
        for (check, what) in [
            (Check::Runners, Observation::RunnerError(error())),
            (Check::Jobs, Observation::JobError(error())),
        ] {
            let finding =
                Finding { check, subject: "gate-1".into(), severity: Severity::Warning, since: None, what };
            for news in [News::New(finding.clone()), News::Worse(finding.clone()), News::Still(finding)] {
                let told =
                    |errors| message("Green Valley", std::slice::from_ref(&news), errors, now, Zone::UTC);
                let (subject, text) = told(false);
                assert!(!subject.contains("Ada") && !text.contains("Ada"), "{subject}\n{text}");
                assert!(text.contains("gate-1 reports an error"), "{text}");
                assert!(told(true).1.contains("gate-1: no face of Ada Karim"));
            }
        }
    }
}
