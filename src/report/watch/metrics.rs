//! Health as numbers, for monitoring systems: one line for Nagios and its relatives, gauges for Prometheus.

use crate::domain::evidence::runner::RunnerState;
use crate::domain::time::Instant;
use crate::domain::watch::health::{Check, Facts, HealthReport, Severity};
use crate::domain::watch::job::JobOutcome;
use crate::report::text::counted;
use crate::report::watch::health::{status, words};

/// The output of a monitoring plugin.
#[derive(Debug, Clone)]
pub(crate) struct Plugin {
    /// `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`.
    pub status: &'static str,
    /// The observation.
    pub text: String,
    /// Numbers to keep.
    pub numbers: Vec<Number>,
}

/// One number with its unit, and its healthy ranges, if it has some.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    /// The name.
    pub label: &'static str,
    /// The number.
    pub value: u64,
    /// `B` for bytes, or nothing for a count.
    pub unit: &'static str,
    /// The ranges of warning and critical: `100` is well up to 100, `100:` from 100 on.
    pub ranges: [String; 2],
}

/// A gauge with a sample for every set of labels.
#[derive(Debug, Clone)]
pub(crate) struct Metric {
    /// Its name, with the unit at the end.
    pub name: &'static str,
    /// The description.
    pub help: &'static str,
    pub samples: Vec<Sample>,
}

/// One value.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// The label and its value.
    pub label: Option<(&'static str, String)>,
    pub value: f64,
}

/// The number of the whole state for monitoring plugins.
fn number(worst: Option<Severity>) -> u32 {
    match worst {
        None => 0,
        Some(Severity::Warning) => 1,
        Some(Severity::Critical) => 2,
    }
}

/// The value of a check that could not run.
const UNKNOWN: u32 = 3;

fn count(health: &HealthReport, severity: Severity) -> usize {
    health.findings.iter().filter(|finding| finding.severity == severity).count()
}

fn online(facts: &Facts) -> usize {
    facts.runners.iter().filter(|runner| runner.state(facts.now) == RunnerState::Online).count()
}

/// The most findings in one line, because monitoring systems cut long lines.
const MOST: usize = 10;

/// Health in one line: the answer first, then the worst findings.
pub(crate) fn plugin(health: &HealthReport, facts: &Facts) -> Plugin {
    let mut found: Vec<String> =
        health.findings.iter().take(MOST).map(|finding| words(finding, facts.now, facts.zone)).collect();
    if let Some(more) = health.findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        found.push(counted(more, "more finding"));
    }
    let text =
        if found.is_empty() { format!("all {} checks are well", Check::ALL.len()) } else { found.join("; ") };
    let plain = |label, value: u64, unit| Number { label, value, unit, ranges: Default::default() };
    let limits = facts.limits;
    let mut numbers = vec![
        plain("warnings", count(health, Severity::Warning) as u64, ""),
        plain("criticals", count(health, Severity::Critical) as u64, ""),
        plain("runners_online", online(facts) as u64, ""),
        Number {
            ranges: [limits.quarantine.to_string(), String::new()],
            ..plain("quarantine_recent", facts.refusals.recent.into(), "")
        },
        Number {
            ranges: [limits.database.map(|limit| limit.to_string()).unwrap_or_default(), String::new()],
            ..plain("database", facts.sizes.database, "B")
        },
    ];
    numbers.extend(facts.sizes.free.map(|free| Number {
        ranges: [format!("{}:", limits.free_disk), format!("{}:", limits.critical_free_disk())],
        ..plain("disk_free", free, "B")
    }));
    Plugin { status: status(health.worst()), text, numbers }
}

/// The line if the checks could not run.
pub(crate) fn unknown_plugin(error: &str) -> Plugin {
    Plugin { status: "UNKNOWN", text: error.to_owned(), numbers: Vec::new() }
}

const STATUS: (&str, &str) =
    ("attend_health_status", "State of the whole: 0 ok, 1 warning, 2 critical, 3 unknown.");

/// Health as gauges. Cameras and jobs are named, students never.
pub(crate) fn metrics(health: &HealthReport, facts: &Facts) -> Vec<Metric> {
    let checks = Check::ALL.map(|check| {
        let found = health.findings.iter().filter(|finding| finding.check == check);
        sample("check", check.word(), number(found.map(|finding| finding.severity).max()).into())
    });
    let mut metrics = vec![
        one(STATUS, number(health.worst()).into()),
        many("attend_check_status", "State of each check: 0 ok, 1 warning, 2 critical.", checks),
    ];
    metrics.extend(of_runners(facts));
    metrics.extend(of_jobs(facts));
    let active = !facts.timetable.active(facts.now).is_empty();
    metrics.extend([
        one(("attend_period_active", "Whether a period is active."), yes(active)),
        one(
            (
                "attend_quarantine_recent_lines",
                "Lines refused within a day that wait (counted up to the limit).",
            ),
            facts.refusals.recent.into(),
        ),
        one(("attend_database_bytes", "Size of the database."), facts.sizes.database as f64),
        one(("attend_database_log_bytes", "Size of its write-ahead log."), facts.sizes.log as f64),
    ]);
    let free = |free| one(("attend_disk_free_bytes", "Free beside the database."), free as f64);
    metrics.extend(facts.sizes.free.map(free));
    let as_of = ("attend_health_timestamp_seconds", "The instant all of this holds for.");
    metrics.push(one(as_of, seconds(facts.now)));
    metrics
}

fn of_runners(facts: &Facts) -> [Metric; 2] {
    let beating = facts.runners.iter().filter_map(|runner| Some((runner, runner.heartbeat.as_ref()?.0)));
    let online = beating.clone().map(|(runner, _)| {
        sample("camera", &runner.camera.name, yes(runner.state(facts.now) == RunnerState::Online))
    });
    let heard = beating.map(|(runner, at)| sample("camera", &runner.camera.name, seconds(at)));
    [
        many("attend_runner_online", "Whether the runner was heard within twice its interval.", online),
        many("attend_runner_last_heartbeat_timestamp_seconds", "When the runner was last heard.", heard),
    ]
}

fn of_jobs(facts: &Facts) -> [Metric; 2] {
    let ok = facts.jobs.iter().map(|job| {
        let ok = matches!(job.last_run.outcome, JobOutcome::Ok | JobOutcome::Running);
        sample("job", &job.name, yes(ok))
    });
    let succeeded = facts.jobs.iter().filter_map(|job| Some(sample("job", &job.name, seconds(job.last_ok?))));
    [
        many("attend_job_ok", "Whether the last run of the job was ok, or still goes on.", ok),
        many(
            "attend_job_last_success_timestamp_seconds",
            "When a run of the job that was ok last started.",
            succeeded,
        ),
    ]
}

fn one((name, help): (&'static str, &'static str), value: f64) -> Metric {
    Metric { name, help, samples: vec![Sample { label: None, value }] }
}

fn many(name: &'static str, help: &'static str, samples: impl IntoIterator<Item = Sample>) -> Metric {
    Metric { name, help, samples: samples.into_iter().collect() }
}

fn sample(key: &'static str, name: &str, value: f64) -> Sample {
    Sample { label: Some((key, name.to_owned())), value }
}

fn yes(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// The gauge if the checks could not run.
pub(crate) fn unknown_metrics() -> Vec<Metric> {
    vec![one(STATUS, UNKNOWN.into())]
}

fn seconds(at: Instant) -> f64 {
    at.micros() as f64 / 1e6
}
