//! The checks of health, each from the facts to its findings.

use rustc_hash::FxHashMap;

use super::calendar::local_date;
use super::health::{Check, Facts, Finding, Health, Seen, Severity};
use super::job::{Job, Outcome};
use super::key::{Issued, State as KeyState};
use super::occurrence::State as Held;
use super::runner::{Runner, State, limit};
use super::schedule::{self, Action, plan};
use super::time::{Instant, Span};

/// The job whose errors are damage.
const DB_CHECK: &str = "db check";

/// A school day that begins this soon without a schedule cannot wait until the morning.
const SOON: Span = Span::minutes(12 * 60);

/// A log of this many bytes is not worked off any more: checkpoints begin at a sixteenth of it.
const LOG: u64 = 256 << 20;

/// How long an ended key is missed; a runner that got no new one for longer was given up.
const KEY_MISSED: Span = Span::days(14);

fn finding(check: Check, subject: &str, severity: Severity, since: Option<Instant>, what: Seen) -> Finding {
    Finding { check, subject: subject.to_owned(), severity, since, what }
}

/// Runners that are silent while a period is active, and the errors of those that are alive.
pub fn runners(facts: &Facts, health: &mut Health) {
    let session = facts.timetable.session(facts.now);
    let mut silent = Vec::new();
    for runner in &facts.runners {
        let Some((last, vitals)) = &runner.heartbeat else { continue };
        let name = &runner.camera.name;
        match runner.state(facts.now) {
            State::Silent => {}
            State::Online if vitals.last_error.is_empty() => {}
            State::Online => {
                let error = Seen::RunnerError(vitals.last_error.clone());
                health.findings.push(finding(Check::Runners, name, Severity::Warning, None, error));
            }
            State::Stale | State::Offline => match session {
                // It rested, and has to be heard a while after the beginning only.
                Some(began) if facts.now - (*last).max(began) > limit(vitals.snapshot_every) => {
                    let what = Seen::NotHeard { last: *last, limit: limit(vitals.snapshot_every) };
                    silent.push(finding(Check::Runners, name, Severity::Warning, Some(*last), what));
                }
                _ => health.resting.push((Check::Runners, name.to_string())),
            },
        }
    }
    let beating = facts.runners.iter().filter(|runner: &&Runner| runner.heartbeat.is_some()).count();
    if silent.len() == beating {
        // Not one camera is left: nobody can be judged any more.
        silent.iter_mut().for_each(|finding| finding.severity = Severity::Critical);
    }
    health.findings.extend(silent);
}

/// The last error of every job until it is ok again, and daily jobs that stay away.
pub fn jobs(facts: &Facts, health: &mut Health) {
    for job in &facts.jobs {
        let what = match (job.last_run.outcome, &job.last_error) {
            (Outcome::Lost, _) => Some(Seen::Killed),
            (_, Some((_, error))) if job.unwell_since.is_some() => Some(Seen::JobError(error.clone())),
            _ => job.last_ok.filter(|_| job.overdue(facts.limits.job_overdue, facts.now)).map(Seen::Overdue),
        };
        health.findings.extend(what.map(|what| of_job(job, what)));
    }
}

fn of_job(job: &Job, what: Seen) -> Finding {
    match what {
        Seen::JobError(error) if job.name == DB_CHECK => {
            finding(Check::Database, "", Severity::Critical, job.unwell_since, Seen::Damage(error))
        }
        Seen::Overdue(last) => finding(Check::Jobs, &job.name, Severity::Warning, Some(last), what),
        _ => finding(Check::Jobs, &job.name, Severity::Warning, job.unwell_since, what),
    }
}

/// Whether a period is active where the weekly plan, or the setting that overrides it, says there should be
/// one. A break between two periods is no alarm, and neither is what somebody cancelled.
pub fn period(facts: &Facts, health: &mut Health) {
    if !facts.timetable.active(facts.now).is_empty() {
        return;
    }
    let calendar = facts.calendar();
    let date = local_date(facts.now, facts.zone);
    let today = || facts.existing.iter().map(|e| &e.occurrence).filter(|o| o.date == date);
    let cancelled = |name: &str| today().any(|o| matches!(o.state, Held::Cancelled(_)) && *o.period == *name);
    let missing: Option<Vec<String>> = match facts.hours {
        Some(_) => {
            let inside = calendar.on(date).is_some_and(|hours| hours.contains(&facts.now));
            let between = today().any(|o| o.ends_at < facts.now) && today().any(|o| o.starts_at > facts.now);
            let decided = today().any(|o| matches!(o.state, Held::Cancelled(_)) && o.reaches(facts.now));
            (inside && !between && !decided).then(Vec::new)
        }
        None => {
            let planned = calendar.planned_on(date).filter(|template| {
                let period = &template.period;
                let [start, end] =
                    [period.start, period.end].map(|time| super::calendar::resolve(date, time, facts.zone));
                (start..=end).contains(&facts.now) && !cancelled(&period.name)
            });
            Some(planned.map(|template| template.period.name.clone()).collect())
                .filter(|names: &Vec<String>| !names.is_empty())
        }
    };
    match missing {
        Some(names) => {
            let what = Seen::NoPeriod(names);
            health.findings.push(finding(Check::Period, "", Severity::Critical, None, what));
        }
        None => health.resting.push((Check::Period, String::new())),
    }
}

/// Whether the next school day is in the schedule.
pub fn schedule(facts: &Facts, health: &mut Health) {
    let calendar = facts.calendar();
    let today = local_date(facts.now, facts.zone);
    let Some(date) = calendar.next_school_day(today) else { return };
    let planner = schedule::Facts {
        templates: &facts.templates,
        closures: &facts.closures,
        existing: &facts.existing,
        zone: facts.zone,
        now: facts.now,
    };
    let missing = plan(&planner, date..=date).iter().filter(|step| step.action == Action::Create).count();
    if missing == 0 {
        return;
    }
    let what = Seen::Unplanned { date, missing, of: calendar.planned_on(date).count() };
    let first = calendar.planned_on(date).map(|template| template.period.start).min();
    let begins = first.map(|time| super::calendar::resolve(date, time, facts.zone));
    let soon = begins.is_some_and(|begins| begins - facts.now <= SOON);
    let severity = if soon { Severity::Critical } else { Severity::Warning };
    health.findings.push(finding(Check::Schedule, "", severity, None, what));
}

/// The size of the database and its log, and the room beside them.
pub fn files(facts: &Facts, health: &mut Health) {
    let sizes = facts.sizes;
    let mut warn = |check, severity, what| health.findings.push(finding(check, "", severity, None, what));
    if facts.limits.database.is_some_and(|limit| sizes.database > limit) {
        warn(Check::Database, Severity::Warning, Seen::Large(sizes.database));
    }
    if sizes.log > LOG {
        warn(Check::Database, Severity::Warning, Seen::Log(sizes.log));
    }
    if let Some(free) = sizes.free.filter(|free| *free < facts.limits.free_disk) {
        let critical = free < facts.limits.critical_free_disk();
        let severity = if critical { Severity::Critical } else { Severity::Warning };
        warn(Check::Disk, severity, Seen::Full(free));
    }
}

/// Whether many lines are refused.
pub fn quarantine(facts: &Facts, health: &mut Health) {
    let what = if facts.refusals.full {
        Seen::Dropping
    } else if facts.refusals.recent > facts.limits.quarantine {
        Seen::Refused(facts.refusals.recent)
    } else {
        return;
    };
    health.findings.push(finding(Check::Quarantine, "", Severity::Warning, None, what));
}

/// Whether every runner has a key that works on for a while.
pub fn keys(facts: &Facts, health: &mut Health) {
    let mut by_runner: FxHashMap<&str, Vec<&Issued>> = FxHashMap::default();
    for key in &facts.keys {
        by_runner.entry(&key.runner).or_default().push(key);
    }
    for (runner, keys) in by_runner {
        let (severity, what) = match last_end(&keys, facts.now) {
            Some(end) if end <= facts.now && facts.now - end <= KEY_MISSED => {
                (Severity::Critical, Seen::KeyEnded(end))
            }
            Some(end) if end > facts.now && end - facts.now <= facts.limits.key_warning => {
                (Severity::Warning, Seen::KeyEnds(end))
            }
            _ => continue,
        };
        health.findings.push(finding(Check::Keys, runner, severity, None, what));
    }
}

/// When the last key of a runner ends or has ended; `None`: never, or somebody revoked what it had.
fn last_end(keys: &[&Issued], now: Instant) -> Option<Instant> {
    let works = |key: &&&Issued| matches!(key.state(now), KeyState::Active | KeyState::Replaced);
    let working: Vec<Option<Instant>> = keys.iter().filter(works).map(|key| key.ends_at()).collect();
    if working.is_empty() {
        let newest = keys.iter().max_by_key(|key| key.created_at)?;
        return newest.ends_at().filter(|_| newest.state(now) == KeyState::Expired);
    }
    working.into_iter().collect::<Option<Vec<Instant>>>()?.into_iter().max()
}

/// Whether today is judged under one policy.
pub fn records(facts: &Facts, health: &mut Health) {
    if facts.outdated > 0 {
        let what = Seen::OldPolicy(facts.outdated);
        health.findings.push(finding(Check::Records, "", Severity::Warning, None, what));
    }
}

/// Whether messages arrive.
pub fn outbox(facts: &Facts, health: &mut Health) {
    let waiting = &facts.waiting;
    if waiting.stuck > 0 {
        let what = Seen::Undelivered(waiting.stuck, waiting.error.clone());
        health.findings.push(finding(Check::Outbox, "", Severity::Warning, waiting.since, what));
    }
}
