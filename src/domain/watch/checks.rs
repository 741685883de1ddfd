//! The checks of health, each from the facts to its findings.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::evidence::key::{Issued, KeyState};
use crate::domain::evidence::runner::{Runner, RunnerState, limit};
use crate::domain::spelling::same;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Span};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceState};
use crate::domain::timetable::schedule::{self, Action, Step, plan, times_of};
use crate::domain::upkeep::database::Fault;
use crate::domain::watch::health::{Check, Facts, Finding, HealthReport, Observation, Severity};
use crate::domain::watch::job::{Batch, Job, JobOutcome};

/// A school day without a schedule is critical if it begins within this time.
const SOON: Span = Span::minutes(12 * 60);

/// A write-ahead log of this many bytes means that checkpoints are blocked. They normally start at a 32nd of it, and at
/// half of it during a bulk ingest of late or scattered lines.
const LOG: u64 = 512 << 20;

/// How long an ended key is reported. A runner without a key for longer was abandoned.
const KEY_MISSED: Span = Span::days(14);

fn finding(
    check: Check,
    subject: &str,
    severity: Severity,
    since: Option<Instant>,
    what: Observation,
) -> Finding {
    Finding { check, subject: subject.to_owned(), severity, since, what }
}

/// Runs every check.
pub fn examine(facts: &Facts) -> HealthReport {
    let mut health = HealthReport::default();
    runners(facts, &mut health);
    blind(facts, &mut health);
    clocks(facts, &mut health);
    jobs(facts, &mut health);
    period(facts, &mut health);
    schedule(facts, &mut health);
    zones(facts, &mut health);
    files(facts, &mut health);
    quarantine(facts, &mut health);
    keys(facts, &mut health);
    records(facts, &mut health);
    outbox(facts, &mut health);
    let rank = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.check);
    health.findings.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.subject.cmp(&b.subject)));
    health
}

/// Runners that are silent while a period is active, and the errors of those that are alive.
pub fn runners(facts: &Facts, health: &mut HealthReport) {
    let session = facts.timetable.session(facts.now);
    let mut silent = Vec::new();
    for runner in &facts.runners {
        let Some((last, vitals)) = &runner.heartbeat else { continue };
        let name = &runner.camera.name;
        match runner.state(facts.now) {
            RunnerState::Silent => {}
            RunnerState::Retired => {
                health.retired.extend([Check::Runners, Check::Clock].map(|check| (check, name.to_string())));
            }
            RunnerState::Resting => health.resting.push((Check::Runners, name.to_string())),
            RunnerState::Online if vitals.last_error.is_empty() && !vitals.blind => {}
            RunnerState::Online if vitals.last_error.is_empty() => {
                let error = Observation::RunnerError("its camera is blind".to_owned());
                health.findings.push(finding(Check::Runners, name, Severity::Warning, None, error));
            }
            RunnerState::Online => {
                let error = Observation::RunnerError(vitals.last_error.clone());
                health.findings.push(finding(Check::Runners, name, Severity::Warning, None, error));
            }
            RunnerState::Stale | RunnerState::Offline => match session {
                // It rested between periods, so it has until some time after the beginning to report.
                Some(began) if facts.now - (*last).max(began) > limit(vitals.snapshot_every) => {
                    let what = Observation::NotHeard { last: *last, limit: limit(vitals.snapshot_every) };
                    silent.push(finding(Check::Runners, name, Severity::Warning, Some(*last), what));
                }
                _ => health.resting.push((Check::Runners, name.to_string())),
            },
        }
    }
    let counted = |runner: &&Runner| runner.heartbeat.is_some() && !runner.camera.is_retired(facts.now);
    let beating = facts.runners.iter().filter(counted).count();
    if silent.len() == beating {
        // Without any live camera no student can be judged.
        silent.iter_mut().for_each(|finding| finding.severity = Severity::Critical);
    }
    health.findings.extend(silent);
}

/// A period must have run this long before health reports that it cannot be judged.
const UNDECIDED_AFTER: Span = Span::minutes(10);

/// Periods of today in which a place failed.
pub fn blind(facts: &Facts, health: &mut HealthReport) {
    for (occurrence, watches) in &facts.undecided {
        let told_from = occurrence.ends_at.min(occurrence.starts_at + UNDECIDED_AFTER);
        if facts.now >= told_from.max(occurrence.judged_from()) {
            let what = Observation::Blind(watches.clone());
            let since = watches.iter().filter_map(|watch| Some(watch.blind.first()?.start)).min();
            health.findings.push(finding(Check::Blind, &occurrence.period, Severity::Warning, since, what));
        }
    }
}

/// Runners whose clock is off.
pub fn clocks(facts: &Facts, health: &mut HealthReport) {
    for runner in facts.runners.iter().filter(|runner| !runner.camera.is_retired(facts.now)) {
        if let Some(ahead) = runner.clock_error(facts.now) {
            let what = Observation::ClockOff(ahead);
            health.findings.push(finding(Check::Clock, &runner.camera.name, Severity::Warning, None, what));
        }
    }
}

/// The last error of every job until it is ok again, and overdue daily jobs.
pub fn jobs(facts: &Facts, health: &mut HealthReport) {
    for job in &facts.jobs {
        let what = match (job.last_run.outcome, &job.last_error) {
            (JobOutcome::Lost, _) => Some(Observation::Killed),
            (_, Some(error)) if job.unwell_since.is_some() => Some(match error.fault {
                Some(Fault::Contradiction) => Observation::Contradiction(error.message.clone()),
                Some(Fault::Damage) => Observation::Damage(error.message.clone()),
                None if job.is(Batch::DbCheck) => Observation::Damage(error.message.clone()),
                None => Observation::JobError(error.message.clone()),
            }),
            _ => job
                .last_ok
                .filter(|_| job.overdue(facts.limits.job_overdue, facts.now))
                .map(Observation::Overdue),
        };
        health.findings.extend(what.map(|what| of_job(job, what)));
    }
}

fn of_job(job: &Job, what: Observation) -> Finding {
    match what {
        Observation::Contradiction(_) => {
            finding(Check::Database, "", Severity::Warning, job.unwell_since, what)
        }
        Observation::Damage(_) => finding(Check::Database, "", Severity::Critical, job.unwell_since, what),
        Observation::Overdue(last) => finding(Check::Jobs, &job.name, Severity::Warning, Some(last), what),
        _ => finding(Check::Jobs, &job.name, Severity::Warning, job.unwell_since, what),
    }
}

/// Reports if no period is active although the weekly plan, or the setting that overrides it, requires one. Breaks
/// between two periods and cancelled periods are no findings.
pub fn period(facts: &Facts, health: &mut HealthReport) {
    if !facts.timetable.active(facts.now).is_empty() {
        return;
    }
    let calendar = facts.calendar();
    let date = local_date(facts.now, facts.zone);
    let near = |o: &&Occurrence| o.date == date || Some(o.date) == date.pred_opt() && o.reaches(facts.now);
    let today = || facts.existing.iter().map(|e| &e.occurrence).filter(near);
    let cancelled = |name: &str| {
        today().any(|o| matches!(o.state, OccurrenceState::Cancelled(_)) && same(&o.period, name))
    };
    let missing: Option<Vec<String>> = match facts.hours {
        Some(_) => {
            let inside = calendar.on(date).is_some_and(|hours| hours.contains(&facts.now));
            let between = today().any(|o| o.ends_at < facts.now) && today().any(|o| o.starts_at > facts.now);
            let decided =
                today().any(|o| matches!(o.state, OccurrenceState::Cancelled(_)) && o.reaches(facts.now));
            (inside && !between && !decided).then(Vec::new)
        }
        None => {
            // A period that began yesterday may last into today.
            let dates = [Some(date), date.pred_opt()].into_iter().flatten();
            let planned =
                dates.flat_map(|date| calendar.planned_on(date).map(move |template| (date, template)));
            let planned = planned.filter(|(date, template)| {
                let (start, end) = times_of(&template.period, *date, facts.zone);
                (start..=end).contains(&facts.now) && !cancelled(&template.period.name)
            });
            let planned = planned.map(|(_, template)| template);
            Some(planned.map(|template| template.period.name.clone()).collect())
                .filter(|names: &Vec<String>| !names.is_empty())
        }
    };
    match missing {
        Some(names) => {
            let what = Observation::NoPeriod(names);
            health.findings.push(finding(Check::Period, "", Severity::Critical, None, what));
        }
        None => health.resting.push((Check::Period, String::new())),
    }
}

/// Whether the next school day is in the schedule.
pub fn schedule(facts: &Facts, health: &mut HealthReport) {
    let calendar = facts.calendar();
    let today = local_date(facts.now, facts.zone);
    let Some(date) = calendar.next_school_day(today) else { return };
    let missing = steps_of(facts, date).iter().filter(|step| step.action == Action::Create).count();
    if missing == 0 {
        return;
    }
    let what = Observation::Unplanned { date, missing, of: calendar.planned_on(date).count() };
    let first = calendar.planned_on(date).map(|template| template.period.start).min();
    let begins = first.map(|time| crate::domain::time::calendar::resolve(date, time, facts.zone));
    let soon = begins.is_some_and(|begins| begins - facts.now <= SOON);
    let severity = if soon { Severity::Critical } else { Severity::Warning };
    health.findings.push(finding(Check::Schedule, "", severity, None, what));
}

/// The plan of a future date.
fn steps_of(facts: &Facts, date: NaiveDate) -> Vec<Step> {
    let planner = schedule::Facts {
        templates: &facts.templates,
        closures: &facts.closures,
        existing: &facts.existing,
        zone: facts.zone,
        now: facts.now,
        criteria: &facts.criteria,
        // Future dates were never pruned.
        watermark: None,
        new_rules: facts.new_rules.as_ref(),
    };
    plan(&planner, date..=date)
}

/// Whether the zone rules are recent, and the next school day is planned by them.
pub fn zones(facts: &Facts, health: &mut HealthReport) {
    let today = local_date(facts.now, facts.zone);
    let mut warn = |what| health.findings.push(finding(Check::Zones, "", Severity::Warning, None, what));
    if let (Some(rules), Some(date)) = (&facts.new_rules, facts.calendar().next_school_day(today)) {
        let steps = steps_of(facts, date);
        let updated = steps.iter().filter(|step| step.action == Action::Update).count();
        if updated > 0 {
            return warn(Observation::OtherRules(updated, rules.clone()));
        }
    }
    if facts.rules.is_old(today) {
        warn(Observation::OldRules(facts.rules.clone()));
    }
}

/// The size of the database and its log, and the free disk space.
pub fn files(facts: &Facts, health: &mut HealthReport) {
    let sizes = facts.sizes;
    let mut warn = |check, severity, what| health.findings.push(finding(check, "", severity, None, what));
    if facts.limits.database.is_some_and(|limit| sizes.database > limit) {
        warn(Check::Database, Severity::Warning, Observation::Large(sizes.database));
    }
    if sizes.log > LOG {
        warn(Check::Database, Severity::Warning, Observation::Log(sizes.log));
    }
    if let Some(free) = sizes.free.filter(|free| *free < facts.limits.free_disk) {
        let critical = free < facts.limits.critical_free_disk();
        let severity = if critical { Severity::Critical } else { Severity::Warning };
        warn(Check::Disk, severity, Observation::Full(free));
    }
}

/// Reports many refused lines, and runners that send lines their key does not allow.
pub fn quarantine(facts: &Facts, health: &mut HealthReport) {
    for (runner, lines) in &facts.refusals.foreign {
        let what = Observation::Foreign(*lines);
        health.findings.push(finding(Check::Quarantine, runner, Severity::Warning, None, what));
    }
    let what = if facts.refusals.full {
        Observation::Dropping
    } else if facts.refusals.recent > facts.limits.quarantine {
        Observation::Refused(facts.refusals.recent)
    } else {
        return;
    };
    health.findings.push(finding(Check::Quarantine, "", Severity::Warning, None, what));
}

/// Reports runners whose last key ends soon or has ended.
pub fn keys(facts: &Facts, health: &mut HealthReport) {
    let mut by_runner: FxHashMap<&str, Vec<&Issued>> = FxHashMap::default();
    for key in &facts.keys {
        by_runner.entry(&key.runner).or_default().push(key);
    }
    for (runner, keys) in by_runner {
        let (severity, what) = match last_end(&keys, facts.now) {
            Some(end) if (facts.now - KEY_MISSED..=facts.now).contains(&end) => {
                (Severity::Critical, Observation::KeyEnded(end))
            }
            Some(end) if (facts.now..=facts.now + facts.limits.key_warning).contains(&end) => {
                (Severity::Warning, Observation::KeyEnds(end))
            }
            _ => continue,
        };
        health.findings.push(finding(Check::Keys, runner, severity, None, what));
    }
}

/// The end of the last key of a runner, past or future. `None` if it never ends or was revoked.
fn last_end(keys: &[&Issued], now: Instant) -> Option<Instant> {
    let works = |key: &&&Issued| matches!(key.state(now), KeyState::Active | KeyState::Replaced);
    let working: Vec<Option<Instant>> = keys.iter().filter(works).map(|key| key.ends_at()).collect();
    if working.is_empty() {
        let newest = keys.iter().max_by_key(|key| key.created_at)?;
        return newest.ends_at().filter(|_| newest.state(now) == KeyState::Expired);
    }
    working.into_iter().collect::<Option<Vec<Instant>>>()?.into_iter().max()
}

/// Reports records of today that were decided under other settings.
pub fn records(facts: &Facts, health: &mut HealthReport) {
    if facts.outdated > 0 {
        let what = Observation::OldPolicy(facts.outdated);
        health.findings.push(finding(Check::Records, "", Severity::Warning, None, what));
    }
}

/// Reports messages that could not be delivered.
pub fn outbox(facts: &Facts, health: &mut HealthReport) {
    let waiting = &facts.waiting;
    if waiting.stuck > 0 {
        let what = Observation::Undelivered(waiting.stuck, waiting.error.clone());
        health.findings.push(finding(Check::Outbox, "", Severity::Warning, waiting.since, what));
    }
    if waiting.unsure > 0 {
        let what = Observation::Unsure(waiting.unsure);
        health.findings.push(finding(Check::Outbox, "unsure", Severity::Warning, None, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::camera::{Camera, CameraId, History, Vitals};
    use crate::domain::evidence::key::{Rotation, Scope};
    use crate::domain::time::calendar::{Closure, parse_dates, parse_zone};
    use crate::domain::time::zone::RuleSet;
    use crate::domain::timetable::hours::tests::template;
    use crate::domain::timetable::occurrence::{OccurrenceId, Timetable};
    use crate::domain::timetable::place::Criteria;
    use crate::domain::timetable::schedule::{Existing, NewRules};
    use crate::domain::watch::health::{FileSizes, Limits, Refusals, Waiting};
    use crate::domain::watch::job::{JobSource, LastError, Run};

    fn at(text: &str) -> Instant {
        format!("2026-09-{text}:00+03:00").parse().unwrap()
    }

    /// A healthy school with two periods from Sunday to Thursday, planned until the next school day.
    fn facts(now: &str) -> Facts {
        let templates = vec![
            template(1, "A", "08:00", "09:00", "sun-thu"),
            template(2, "B", "09:30", "10:00", "sun-thu"),
        ];
        let mut facts = Facts {
            now: at(now),
            zone: parse_zone("Asia/Baghdad").unwrap(),
            limits: Limits {
                job_overdue: Span::days(2),
                key_warning: Span::days(14),
                quarantine: 100,
                free_disk: 1_000,
                database: None,
            },
            criteria: Criteria::default(),
            hours: None,
            templates,
            closures: vec![],
            existing: vec![],
            timetable: Timetable::default(),
            planned_until: None,
            runners: vec![],
            undecided: vec![],
            jobs: vec![],
            keys: vec![],
            sizes: FileSizes { free: Some(5_000), ..FileSizes::default() },
            refusals: Refusals::default(),
            outdated: 0,
            waiting: Waiting::default(),
            rules: RuleSet::compiled_in(),
            new_rules: None,
        };
        let today = local_date(facts.now, facts.zone);
        let last = facts.calendar().next_school_day(today).unwrap();
        let planner = schedule::Facts {
            templates: &facts.templates,
            closures: &[],
            existing: &[],
            zone: facts.zone,
            criteria: &facts.criteria,
            now: facts.now,
            watermark: None,
            new_rules: None,
        };
        let steps = plan(&planner, today..=last).into_iter().enumerate();
        facts.existing = steps
            .map(|(nth, step)| {
                let mut occurrence = step.occurrence;
                occurrence.id = OccurrenceId(nth as i64 + 1);
                Existing { occurrence, template: step.template, touched: false }
            })
            .collect();
        arranged(facts)
    }

    fn arranged(mut facts: Facts) -> Facts {
        let all = facts.existing.iter().map(|existing| existing.occurrence.clone());
        facts.timetable = Timetable::new(all.collect());
        facts
    }

    /// Findings as `severity check:subject`, worst first.
    fn found(facts: &Facts) -> Vec<String> {
        let health = examine(facts);
        let told = |finding: &Finding| {
            let severity = finding.severity.word();
            format!("{severity} {}", crate::domain::watch::health::name(finding.check, &finding.subject))
        };
        health.findings.iter().map(told).collect()
    }

    fn runner(name: &str, heard: Instant, error: &str) -> Runner {
        let camera =
            Camera { id: CameraId(1), name: name.into(), added_at: heard, history: History::default() };
        let vitals =
            Vitals { snapshot_every: Span::seconds(30), last_error: error.into(), ..Vitals::default() };
        Runner { camera, heartbeat: Some((heard, vitals)), clock: None }
    }

    #[test]
    fn a_school_with_nothing_the_matter_is_well() {
        for now in ["07T08:30", "07T09:15", "07T12:00", "04T09:00", "07T23:59", "10T08:30"] {
            assert_eq!(found(&facts(now)), [""; 0], "{now}");
        }
    }

    #[test]
    fn runners_are_missed_while_a_period_is_active() {
        let silent = Runner { heartbeat: None, ..runner("never", at("07T08:00"), "") };
        for (now, heard, expected, resting) in [
            ("07T08:30", "07T08:30", &["warning runners:gone"][..], 0),
            ("07T08:30", "07T06:30", &["critical runners:gone", "critical runners:here"], 0),
            // Between periods, after school, and right after the beginning a runner may be silent.
            ("07T09:15", "07T09:15", &[], 1),
            ("07T12:00", "07T10:00", &[], 2),
            ("07T08:01", "07T08:01", &[], 1),
            ("07T08:02", "07T08:02", &["warning runners:gone"], 0),
        ] {
            let mut facts = facts(now);
            facts.runners =
                vec![runner("gone", at("06T10:00"), ""), runner("here", at(heard), ""), silent.clone()];
            assert_eq!(found(&facts), expected, "{now}");
            assert_eq!(examine(&facts).resting.iter().filter(|r| r.0 == Check::Runners).count(), resting);
        }
        let mut facts = facts("07T12:00");
        facts.runners = vec![runner("here", at("07T12:00"), "no route")];
        assert_eq!(found(&facts), ["warning runners:here"], "an error counts at any time");
    }

    #[test]
    fn a_period_is_missed_where_the_plan_or_the_setting_has_one() {
        let without = |mut facts: Facts, period: &str| {
            facts.existing.retain(|e| *e.occurrence.period != *period);
            arranged(facts)
        };
        let cancelled = |mut facts: Facts| {
            for existing in &mut facts.existing {
                existing.occurrence.state = OccurrenceState::Cancelled("trip".into());
            }
            arranged(facts)
        };
        let closed = |mut facts: Facts| {
            let dates = parse_dates("2026-09-07..2026-09-07").unwrap();
            facts.closures = vec![Closure { dates, reason: "Eid".into() }];
            facts.existing.retain(|e| e.occurrence.date.to_string() != "2026-09-07");
            arranged(facts)
        };
        let hours = |mut facts: Facts| {
            facts.hours = Some("mon-fri 07:30-10:30".parse().unwrap());
            facts
        };
        let missed = |facts: &Facts| found(facts).contains(&"critical period".to_owned());
        for (what, facts, expected) in [
            ("the plan has A, and it is active", facts("07T08:30"), false),
            ("the plan has A, and it is missing", without(facts("07T08:30"), "A"), true),
            ("its last instant", without(facts("07T09:00"), "A"), true),
            ("a break", without(facts("07T09:15"), "A"), false),
            ("before school", without(facts("07T07:59"), "A"), false),
            ("cancelled by a person", cancelled(facts("07T08:30")), false),
            ("closed", closed(facts("07T08:30")), false),
            ("Friday", facts("04T08:30"), false),
            ("hours: before the first period", hours(facts("07T07:30")), true),
            ("hours: before they begin", hours(facts("07T07:29")), false),
            ("hours: a break", hours(facts("07T09:15")), false),
            ("hours: after the last period", hours(facts("07T10:15")), true),
            ("hours: after they end", hours(facts("07T10:31")), false),
            ("hours: nothing planned at all", hours(without(without(facts("07T08:30"), "A"), "B")), true),
            ("hours: cancelled by a person", hours(cancelled(facts("07T08:30"))), false),
            ("hours: cancelled by a person, earlier", hours(cancelled(facts("07T10:15"))), true),
            ("hours: closed", closed(hours(facts("07T08:30"))), false),
            ("hours: a day that is not among them", hours(without(facts("06T08:30"), "A")), false),
        ] {
            assert_eq!(missed(&facts), expected, "{what}");
            let judged = !examine(&facts).resting.contains(&(Check::Period, String::new()));
            assert!(judged || !expected, "{what}");
        }
    }

    #[test]
    fn the_next_school_day_has_to_be_planned() {
        for (now, expected) in [
            ("07T08:30", &["warning schedule"][..]),
            ("07T20:01", &["critical schedule"]),
            ("10T12:00", &["warning schedule"]), // Thursday, for Sunday
            ("12T21:00", &["critical schedule"]),
        ] {
            let mut facts = facts(now);
            let next = facts.existing.last().unwrap().occurrence.date;
            facts.existing.retain(|e| e.occurrence.date != next || *e.occurrence.period == *"A");
            assert_eq!(found(&arranged(facts)), expected, "{now}");
        }
        let mut facts = facts("07T08:30");
        facts.templates.clear();
        assert_eq!(found(&facts), [""; 0], "a school without periods has nothing to plan");
    }

    #[test]
    fn the_next_school_day_is_planned_by_recent_zone_rules() {
        let old = RuleSet { version: "2024b".into(), folder: None };
        let new_rules = NewRules { from: "2025b".into(), to: "2026a".into() };
        let mut moved = facts("07T08:30");
        moved.new_rules = Some(new_rules.clone());
        moved.rules = old.clone();
        assert_eq!(
            examine(&moved).findings[0].what,
            Observation::OldRules(old),
            "the new rules change nothing here"
        );
        let last = moved.existing.len() - 1;
        for existing in &mut moved.existing[last - 1..] {
            existing.occurrence.starts_at = existing.occurrence.starts_at + Span::minutes(1);
        }
        let moved = arranged(moved);
        assert_eq!(examine(&moved).findings[0].what, Observation::OtherRules(2, new_rules));
        assert_eq!(found(&moved), ["warning zones"]);
    }

    #[test]
    fn jobs_are_named_until_they_are_ok() {
        let now = at("07T08:30");
        let contradiction = "rows to see to: 2";
        let job = |name: &str, outcome, error: Option<&str>, last_ok: Option<i64>| Job {
            name: name.into(),
            source: JobSource::Batch,
            last_run: Run { started_at: now, took: None, outcome },
            last_ok: last_ok.map(|days| now - Span::days(days)),
            last_error: error.map(|error| LastError {
                at: now,
                fault: (error == contradiction).then_some(Fault::Contradiction),
                message: error.to_owned(),
            }),
            unwell_since: (outcome != JobOutcome::Ok && error.is_some()).then_some(now),
            busy_days: 7,
        };
        for (job, expected) in [
            (job("prune", JobOutcome::Ok, Some("old error"), Some(0)), &[][..]),
            (job("prune", JobOutcome::Failed, Some("disk"), Some(1)), &["warning jobs:prune"]),
            (job("prune", JobOutcome::Lost, None, Some(1)), &["warning jobs:prune"]),
            (job("prune", JobOutcome::Running, None, Some(1)), &[]),
            (job("prune", JobOutcome::Running, Some("disk"), Some(1)), &["warning jobs:prune"]),
            (job("prune", JobOutcome::Ok, None, Some(3)), &["warning jobs:prune"]),
            (job("db check", JobOutcome::Failed, Some("page 7"), Some(1)), &["critical database"]),
            (job("db check", JobOutcome::Failed, Some(contradiction), Some(1)), &["warning database"]),
        ] {
            let mut facts = facts("07T08:30");
            facts.jobs = vec![job.clone()];
            assert_eq!(found(&facts), expected, "{job:?}");
        }
        let mut facts = facts("07T08:30");
        facts.jobs = vec![job("prune", JobOutcome::Ok, None, Some(3))];
        let since = examine(&facts).findings[0].since;
        assert_eq!(since, Some(now - Span::days(3)), "what stays away is missed since it was last there");
    }

    #[test]
    fn sizes_and_counts_have_their_limits() {
        const MIB: u64 = 1024 * 1024;
        let with = |change: fn(&mut Facts)| {
            let mut facts = facts("07T08:30");
            change(&mut facts);
            found(&facts)
        };
        assert_eq!(with(|f| f.sizes.free = Some(1_000)), [""; 0]);
        assert_eq!(with(|f| f.sizes.free = Some(999)), ["warning disk"]);
        assert_eq!(with(|f| f.sizes.free = Some(100)), ["warning disk"], "a tenth of the limit");
        assert_eq!(with(|f| f.sizes.free = Some(99)), ["critical disk"]);
        assert_eq!(with(|f| f.sizes.free = None), [""; 0]);
        assert_eq!(with(|f| f.sizes.log = 512 * MIB), [""; 0]);
        assert_eq!(with(|f| f.sizes.log = 512 * MIB + 1), ["warning database"]);
        assert_eq!(with(|f| f.sizes.database = u64::MAX), [""; 0]);
        assert_eq!(with(|f| (f.limits.database, f.sizes.database) = (Some(10), 10)), [""; 0]);
        assert_eq!(with(|f| (f.limits.database, f.sizes.database) = (Some(10), 11)), ["warning database"]);
        assert_eq!(with(|f| f.refusals.recent = 100), [""; 0]);
        assert_eq!(with(|f| f.refusals.recent = 101), ["warning quarantine"]);
        assert_eq!(with(|f| f.refusals.full = true), ["warning quarantine"]);
        assert_eq!(with(|f| f.outdated = 1), ["warning records"]);
        assert_eq!(with(|f| f.waiting.stuck = 1), ["warning outbox"]);
        assert_eq!(with(|f| f.waiting.unsure = 1), ["warning outbox:unsure"]);
    }

    #[test]
    fn the_last_key_of_a_runner_is_missed_before_it_ends() {
        let now = at("07T08:30");
        let key = |created: i64, expires: Option<i64>| Issued {
            id: format!("k{created}"),
            runner: "gate".into(),
            scope: Scope::Everything,
            created_at: now + Span::days(created),
            created_by: "admin".into(),
            first_used_at: None,
            last_used_at: None,
            expires_at: expires.map(|days| now + Span::days(days)),
            revoked_at: None,
            rotation: None,
        };
        let rotated = |key: Issued| {
            let rotation = Rotation { successor_used_at: Some(now), grace: Span::days(7) };
            Issued { rotation: Some(rotation), ..key }
        };
        let revoked = |key: Issued| Issued { revoked_at: Some(now), ..key };
        for (what, keys, expected) in [
            ("no end", vec![key(-9, None)], &[][..]),
            ("far", vec![key(-9, Some(15))], &[]),
            ("near", vec![key(-9, Some(14))], &["warning keys:gate"]),
            ("ends this instant", vec![key(-9, Some(0))], &["critical keys:gate"]),
            ("ended", vec![key(-9, Some(-1))], &["critical keys:gate"]),
            ("ended two weeks ago", vec![key(-90, Some(-14))], &["critical keys:gate"]),
            ("ended long ago", vec![key(-90, Some(-15))], &[]),
            ("revoked", vec![revoked(key(-9, Some(1)))], &[]),
            ("another one lasts", vec![key(-9, Some(1)), key(-1, None)], &[]),
            ("in rotation", vec![rotated(key(-9, None)), key(-1, None)], &[]),
            (
                "in rotation to one that ends",
                vec![rotated(key(-9, None)), key(-1, Some(9))],
                &["warning keys:gate"],
            ),
            ("ended and replaced", vec![key(-9, Some(-1)), key(-1, None)], &[]),
        ] {
            let mut facts = facts("07T08:30");
            facts.keys = keys;
            assert_eq!(found(&facts), expected, "{what}");
        }
    }
}
