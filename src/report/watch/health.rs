//! Health: each finding in words with what to do about it, and each check that found nothing.

use std::collections::BTreeMap;

use crate::domain::evidence::reason::Reason;
use crate::domain::evidence::runner::RunnerState;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::watch::health::{Check, Facts, Finding, HealthReport, Observation, Severity};
use crate::domain::watch::job::{Batch, JobOutcome};
use crate::report::register::blind;
use crate::report::text::{about, bytes, counted, fit, local, moment, width};
use crate::report::{Column, Report, Rows, Tone, Words};

/// The most findings of one check on a screen, because programs can invent any number of runners.
const MOST: usize = 10;

/// The word for the whole state, by the convention of monitoring plugins.
pub(crate) fn status(worst: Option<Severity>) -> &'static str {
    match worst {
        None => "OK",
        Some(Severity::Warning) => "WARNING",
        Some(Severity::Critical) => "CRITICAL",
    }
}

/// The symbol and tone of a severity.
pub(crate) fn look(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Warning => ("▲", Tone::Warn),
        Severity::Critical => ("✗", Tone::Bad),
    }
}

/// The finding in words: `gate-2 is stale: last heard 09:56:08, limit 1 min`.
pub(crate) fn words(finding: &Finding, now: Instant, zone: Zone) -> String {
    let subject = &finding.subject;
    match &finding.what {
        Observation::NotHeard { last, limit } => {
            let today = local_date(*last, zone) == local_date(now, zone);
            let last = if today { local(*last, zone, "%H:%M:%S") } else { moment(*last, now, zone) };
            format!("{subject} is stale: last heard {last}, limit {}", about(*limit))
        }
        Observation::RunnerError(error) | Observation::JobError(error) if error.is_empty() => {
            format!("{subject} reports an error")
        }
        Observation::RunnerError(error) => format!("{subject}: {error}"),
        Observation::Blind(watches) => {
            format!("{subject} cannot be judged: {}", blind::places(watches.iter(), zone))
        }
        Observation::ClockOff(ahead) => {
            let (by, way) = match ahead.micros() {
                ..0 => (Span::from_micros(ahead.micros().saturating_neg()), "behind"),
                _ => (*ahead, "ahead"),
            };
            format!("the clock of {subject} is {} {way}", about(by))
        }
        Observation::JobError(error) => match finding.since {
            Some(since) => format!("{subject}: {error} (since {})", local(since, zone, "%a %H:%M")),
            None => format!("{subject}: {error}"),
        },
        Observation::Killed => format!("{subject} was killed: its last run never ended"),
        Observation::Overdue(last) => {
            format!("{subject} used to run daily; last ok {}", local(*last, zone, "%a %-d %b %H:%M"))
        }
        Observation::NoPeriod(names) if names.is_empty() => "no period is active in school hours".to_owned(),
        Observation::NoPeriod(names) => {
            format!("no period is active, but the weekly plan has {}", names.join(", "))
        }
        Observation::Unplanned { date, missing, of } => {
            let day = date.format("%a %-d %b");
            format!("{missing} of {} on {day} not in the schedule", counted(*of, "period"))
        }
        Observation::OldRules(rules) => format!("the time zone rules {rules} are more than a year old"),
        Observation::OtherRules(periods, rules) => {
            format!(
                "{rules}: {} of the next school day would be at another time",
                counted(*periods, "period")
            )
        }
        Observation::Damage(error) => format!("the last db check failed: {error}"),
        Observation::Contradiction(error) => format!("the last db check found {error}"),
        Observation::Large(size) => format!("the database has grown to {}", bytes(*size)),
        Observation::Log(size) => format!("the log of the database has grown to {}", bytes(*size)),
        Observation::Full(free) => format!("only {} free beside the database", bytes(*free)),
        Observation::Refused(lines) => {
            format!("{} or more refused since yesterday", counted(*lines, "line"))
        }
        Observation::Dropping => "the quarantine is full: the oldest lines are dropped".to_owned(),
        Observation::Foreign(lines) => {
            format!("{} of {subject} refused since yesterday: not its cameras", counted(*lines, "line"))
        }
        Observation::KeyEnds(end) => {
            format!("the key of {subject} ends {}", local(*end, zone, "%a %-d %b %H:%M"))
        }
        Observation::KeyEnded(end) => {
            format!("the key of {subject} ended {}", local(*end, zone, "%a %-d %b %H:%M"))
        }
        Observation::OldPolicy(records) => {
            format!("{} of today decided under other settings", counted(*records, "record"))
        }
        Observation::Undelivered(messages, error) => {
            format!("{} could not be delivered: {error}", counted(*messages, "message"))
        }
        Observation::Unsure(messages) => {
            format!("{} probably delivered: the server did not answer", counted(*messages, "message"))
        }
    }
}

/// The suggested remedy.
pub(crate) fn hint(finding: &Finding) -> String {
    match &finding.what {
        Observation::NotHeard { .. } | Observation::RunnerError(_) => "attend runner list".into(),
        Observation::Blind(_) => "attend camera list; mark the unknown by hand".into(),
        Observation::ClockOff(_) => "set the clock of its runner, or let NTP do so".into(),
        Observation::JobError(_) | Observation::Killed => "attend job list".into(),
        Observation::Overdue(_) => format!("does cron run attend {}?", finding.subject),
        Observation::NoPeriod(_) | Observation::Unplanned { .. } => "attend schedule generate".into(),
        Observation::OtherRules(..) => "attend schedule generate --dry-run, then without --dry-run".into(),
        Observation::OldRules(_) => "upgrade the tzdata package of the system, or attend".into(),
        Observation::Damage(_) => "keep the file; restore the latest backup".into(),
        Observation::Contradiction(_) => "see: attend db check".into(),
        Observation::Large(_) => "attend prune".into(),
        Observation::Log(_) => "end the command that has been reading for long".into(),
        Observation::Full(_) => "free some space; attend prune".into(),
        Observation::Refused(_) | Observation::Dropping => "attend quarantine list".into(),
        Observation::Foreign(_) => {
            format!("attend quarantine list --reason {}", Reason::NotYourCamera.word())
        }
        Observation::KeyEnds(_) => format!("attend key rotate {}", finding.subject),
        Observation::KeyEnded(_) => format!("attend key create {}", finding.subject),
        Observation::OldPolicy(_) => "attend recompute".into(),
        Observation::Undelivered(..) => "attend notify list".into(),
        Observation::Unsure(_) => {
            "attend notify list; notify retry ID sends one again, notify drop ID forgets it".into()
        }
    }
}

/// `▲ gate-2 is stale: last heard 09:56:08, limit 1 min`: the banner of the watched screens.
fn warning(finding: &Finding, now: Instant, zone: Zone, columns: usize) -> Vec<Words> {
    let (symbol, tone) = look(finding.severity);
    vec![Words::new(fit(&format!("{symbol} {}", words(finding, now, zone)), columns), tone)]
}

/// The fixed number of lines of the banner, so that nothing below it moves.
pub(crate) fn banner_lines(height: usize) -> usize {
    if height >= 36 { 4 } else { 2 }
}

/// The warnings in `room` lines, worst first. The last line counts those that do not fit. `None`: as many lines as
/// there are warnings, within reason.
pub(crate) fn banner(
    findings: &[Finding],
    now: Instant,
    zone: Zone,
    columns: usize,
    room: Option<usize>,
) -> Vec<Vec<Words>> {
    let shown = room.unwrap_or(findings.len().clamp(1, MOST));
    let mut lines: Vec<Vec<Words>> =
        findings.iter().take(shown).map(|finding| warning(finding, now, zone, columns)).collect();
    if findings.is_empty() {
        lines.push(vec![Words::new("✓ all is well", Tone::Good)]);
    }
    if findings.len() > shown {
        let more = counted(findings.len() + 1 - shown, "more warning");
        lines.truncate(shown - 1);
        lines.push(vec![Words::new(format!("▲ {more}"), Tone::Warn)]);
    }
    lines.resize(lines.len().max(room.unwrap_or_default()), Vec::new());
    lines
}

/// The text of a check that found no problem.
fn well(check: Check, health: &HealthReport, facts: &Facts) -> String {
    match check {
        Check::Runners => runners(health, facts),
        Check::Blind => seeing(facts),
        Check::Clock => "no runner's clock is off".to_owned(),
        Check::Jobs => jobs(facts),
        Check::Period => match facts.timetable.active(facts.now).first() {
            Some(active) => format!("{} is active", active.period),
            None => {
                let hours = facts.calendar().on(local_date(facts.now, facts.zone));
                let inside = hours.is_some_and(|hours| hours.contains(&facts.now));
                if inside { "a break" } else { "no school now" }.to_owned()
            }
        },
        Check::Schedule => schedule(facts),
        Check::Zones => format!("rules {}", facts.rules),
        Check::Database => {
            let check = facts.jobs.iter().find(|job| job.is(Batch::DbCheck)).and_then(|job| job.last_ok);
            let checked = check.map(|at| format!("; checked {}", moment(at, facts.now, facts.zone)));
            format!("{}{}", bytes(facts.sizes.database), checked.unwrap_or_default())
        }
        Check::Disk => match facts.sizes.free {
            Some(free) => format!("{} free", bytes(free)),
            None => "the file system does not tell".to_owned(),
        },
        Check::Quarantine if facts.refusals.recent == 0 => "no line refused since yesterday".to_owned(),
        Check::Quarantine => {
            format!("{} refused since yesterday", counted(facts.refusals.recent, "line"))
        }
        Check::Keys if facts.keys.is_empty() => "none: anybody who can run attend here may send".to_owned(),
        Check::Keys => "all good for longer".to_owned(),
        Check::Records => "decided under the settings of today".to_owned(),
        Check::Outbox => "nothing waits for long".to_owned(),
    }
}

fn runners(health: &HealthReport, facts: &Facts) -> String {
    let online = facts.runners.iter().filter(|runner| runner.state(facts.now) == RunnerState::Online).count();
    let resting = health.resting.iter().filter(|(check, _)| *check == Check::Runners).count();
    match (online, resting) {
        (0, 0) => "none has sent a heartbeat yet".to_owned(),
        (online, 0) => format!("{online} online"),
        (online, resting) => format!("{online} online, {resting} at rest"),
    }
}

fn seeing(facts: &Facts) -> String {
    if facts.runners.is_empty() {
        return "no camera sends heartbeats: periods are judged by marks and sightings".to_owned();
    }
    let alone = facts.runners.iter().map(|runner| &runner.camera);
    let alone =
        alone.filter(|camera| !camera.is_retired(facts.now) && camera.place(facts.now).is_none()).count();
    match alone {
        0 | 1 => "every period of today can be judged".to_owned(),
        alone => format!(
            "{} without a place: one dead camera leaves everybody unknown; attend camera suggest",
            counted(alone, "camera")
        ),
    }
}

fn jobs(facts: &Facts) -> String {
    if facts.jobs.is_empty() {
        return "none has run yet".to_owned();
    }
    let last = facts.jobs.iter().filter(|job| job.last_run.outcome == JobOutcome::Ok);
    let last = last.filter_map(|job| Some((&job.name, job.last_ok?)));
    let told: Vec<String> =
        last.map(|(name, at)| format!("last {name} {}", moment(at, facts.now, facts.zone))).collect();
    format!("all ok; {}", told.join(", "))
}

fn schedule(facts: &Facts) -> String {
    let today = local_date(facts.now, facts.zone);
    let Some(date) = facts.calendar().next_school_day(today) else {
        return "the weekly plan is empty".to_owned();
    };
    let ahead = facts.planned_until.map_or(0, |last| (last - today).num_days().max(0));
    let held = facts.timetable.held().iter().filter(|o| o.date == date).count();
    let day = match (date - today).num_days() {
        1 => "tomorrow".to_owned(),
        2..7 => date.format("%A").to_string(),
        _ => date.format("%-d %b").to_string(),
    };
    let days = counted(ahead, "day");
    format!("{days} ahead; {day} has {}", counted(held, "period"))
}

/// One line of health: a finding, or a check that found nothing.
struct Line<'a> {
    check: Check,
    finding: Option<&'a Finding>,
    seen: String,
}

fn lines<'a>(health: &'a HealthReport, facts: &Facts) -> Vec<Line<'a>> {
    let found = health.findings.iter().map(|finding| Line {
        check: finding.check,
        finding: Some(finding),
        seen: words(finding, facts.now, facts.zone),
    });
    let quiet = Check::ALL.into_iter().filter(|check| !has(health, *check));
    let quiet = quiet.map(|check| Line { check, finding: None, seen: well(check, health, facts) });
    found.chain(quiet).collect()
}

fn has(health: &HealthReport, check: Check) -> bool {
    health.findings.iter().any(|finding| finding.check == check)
}

/// `WARNING  1 of 10 checks needs attention`
fn headline(health: &HealthReport) -> Vec<Words> {
    let unwell = Check::ALL.into_iter().filter(|check| has(health, *check)).count();
    let tone = health.worst().map_or(Tone::Good, |worst| look(worst).1);
    let word = Words::new(status(health.worst()), tone);
    let all = Check::ALL.len();
    let rest = match unwell {
        0 => format!("  all {all} checks are well"),
        1 => format!("  1 of {all} checks needs attention"),
        n => format!("  {n} of {all} checks need attention"),
    };
    vec![word, rest.into()]
}

/// Health for people: the answer, then the findings, then the rest.
pub(crate) fn screen(health: &HealthReport, facts: &Facts) -> Vec<Vec<Words>> {
    let name = Check::ALL.map(|check| width(check.word())).into_iter().max().unwrap_or_default();
    let (found, well): (Vec<Line>, Vec<Line>) =
        lines(health, facts).into_iter().partition(|line| line.finding.is_some());
    let mut told = BTreeMap::<Check, usize>::new();
    let (shown, more): (Vec<Line>, Vec<Line>) = found.into_iter().partition(|line| {
        let told = told.entry(line.check).or_default();
        *told += 1;
        *told <= MOST
    });
    let seen = shown.iter().map(|line| width(&line.seen)).max().unwrap_or_default();
    let mut screen = vec![headline(health), Vec::new()];
    screen.extend(shown.iter().filter_map(|line| {
        let finding = line.finding?;
        let (symbol, tone) = look(finding.severity);
        let check = fit(finding.check.word(), name);
        let seen = fit(&line.seen, seen);
        let hint = Words::new(format!("   see: {}", hint(finding)), Tone::Faint);
        Some(vec![Words::new(format!(" {symbol} {check}  {seen}"), tone), hint])
    }));
    if !more.is_empty() {
        let words = format!(" ▲ {}: attend health --format csv", counted(more.len(), "more finding"));
        screen.push(vec![Words::new(words, Tone::Warn)]);
    }
    screen.extend(well.iter().map(|line| {
        let check = fit(line.check.word(), name);
        vec![Words::new(" ✓ ", Tone::Good), format!("{check}  {}", line.seen).into()]
    }));
    screen
}

/// Health for programs, row by row.
struct Checks;

impl Rows for Checks {
    type Row<'a> = Row;
}

/// A finding, or a check that found nothing.
struct Row {
    check: &'static str,
    state: &'static str,
    subject: Option<String>,
    seen: String,
    since: Option<Instant>,
    hint: Option<String>,
}

static HEALTH: &[Column<Checks>] = &[
    Column::text("check", "CHECK", |row| row.check.into()),
    Column::text("state", "STATE", |row| row.state.into()),
    Column::text("subject", "SUBJECT", |row| row.subject.as_ref().into()),
    Column::text("seen", "SEEN", |row| (&row.seen).into()),
    Column::text("since", "SINCE", |row| row.since.into()),
    Column::text("hint", "HINT", |row| row.hint.as_ref().into()),
];

impl From<Line<'_>> for Row {
    fn from(Line { check, finding, seen }: Line) -> Self {
        let subject = finding.map(|finding| finding.subject.clone());
        Self {
            check: check.word(),
            state: finding.map_or("ok", |finding| finding.severity.word()),
            subject: subject.filter(|subject| !subject.is_empty()),
            seen,
            since: finding.and_then(|finding| finding.since),
            hint: finding.map(hint),
        }
    }
}

/// Health for programs: a row for every finding, and for every check that found nothing.
pub(crate) fn report(health: &HealthReport, facts: &Facts) -> Report {
    let rows = lines(health, facts).into_iter().map(Row::from);
    Report::list("health", HEALTH, rows, facts.now, facts.zone).totals(vec![
        ("status", status(health.worst()).into()),
        ("findings", (health.findings.len() as i64).into()),
    ])
}

/// Shown on screen when the checks could not run.
pub(crate) fn unknown_screen(error: &str, hint: Option<&str>) -> Vec<Vec<Words>> {
    let mut lines = vec![vec![Words::new("UNKNOWN", Tone::Bad), format!("  {error}").into()]];
    lines.extend(hint.map(|hint| vec![Words::new(format!("hint: {hint}"), Tone::Faint)]));
    lines
}

/// Printed for programs when the checks could not run. The school's zone is not known then.
pub(crate) fn unknown(error: &str, hint: Option<&str>, now: Instant) -> Report {
    let row = Row {
        check: Check::Database.word(),
        state: "unknown",
        subject: None,
        seen: error.to_owned(),
        since: None,
        hint: hint.map(str::to_owned),
    };
    Report::list("health", HEALTH, [row], now, Zone::UTC)
        .totals(vec![("status", "UNKNOWN".into()), ("findings", 1_i64.into())])
}
