//! Findings: what needs attention, worst first.

use super::runner::{Runner, State, limit};
use super::time::Instant;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should look.
    Warning,
    /// Attendance is being lost.
    Critical,
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: a camera or a job.
    pub about: String,
    /// What was seen.
    pub what: Seen,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A runner was not heard for too long.
    NotHeard {
        /// When it was last heard.
        last: Instant,
        /// How long it may be silent.
        limit: super::time::Span,
    },
    /// A runner or a job tells an error.
    Error {
        /// In its words.
        error: String,
        /// Since when, where that is known.
        since: Option<Instant>,
    },
}

/// The latest word of a program that reports its own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, such as `enforcer`.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What is wrong.
    pub error: String,
    /// When its present state began.
    pub since: Instant,
}

/// What runners and jobs give cause for at `now`. `in_session` says that a period is active: outside
/// of it runners may rest.
pub fn findings(runners: &[Runner], jobs: &[Job], in_session: bool, now: Instant) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        runners.iter().filter_map(|runner| of_runner(runner, in_session, now)).collect();
    found.extend(jobs.iter().filter(|job| !job.ok).map(|job| Finding {
        severity: Severity::Warning,
        about: job.name.clone(),
        what: Seen::Error { error: job.error.clone(), since: Some(job.since) },
    }));
    let silent = found.iter().filter(|finding| matches!(finding.what, Seen::NotHeard { .. })).count();
    let beating = runners.iter().filter(|runner| runner.heartbeat.is_some()).count();
    if beating > 0 && silent == beating {
        // Not one camera is left: nobody can be judged any more.
        found.iter_mut().for_each(|finding| finding.severity = Severity::Critical);
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

fn of_runner(runner: &Runner, in_session: bool, now: Instant) -> Option<Finding> {
    let (last, vitals) = runner.heartbeat.as_ref()?;
    let what = match runner.state(now) {
        State::Stale | State::Offline if in_session => {
            Seen::NotHeard { last: *last, limit: limit(vitals.snapshot_every) }
        }
        State::Online if !vitals.last_error.is_empty() => {
            Seen::Error { error: vitals.last_error.clone(), since: None }
        }
        _ => return None,
    };
    Some(Finding { severity: Severity::Warning, about: runner.camera.name.to_string(), what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::camera::{Camera, Vitals};
    use crate::domain::time::Span;

    fn runner(name: &str, heard: i64, error: &str) -> Runner {
        let at = Instant::from_micros(heard * 1_000_000);
        let camera = Camera { id: 1, name: name.into(), place: None, added_at: at };
        let vitals =
            Vitals { snapshot_every: Span::seconds(30), last_error: error.into(), ..Vitals::default() };
        Runner { camera, heartbeat: Some((at, vitals)) }
    }

    fn named(found: &[Finding]) -> Vec<(&str, Severity)> {
        found.iter().map(|finding| (finding.about.as_str(), finding.severity)).collect()
    }

    #[test]
    fn stale_runners_count_while_school_is_on() {
        let now = Instant::from_micros(1_000_000_000);
        let runners = [runner("a", 1000, ""), runner("b", 900, ""), runner("c", 1000, "no route")];
        assert_eq!(
            named(&findings(&runners, &[], true, now)),
            [("b", Severity::Warning), ("c", Severity::Warning)]
        );
        assert_eq!(named(&findings(&runners, &[], false, now)), [("c", Severity::Warning)]);
        assert_eq!(
            named(&findings(&runners[1..2], &[], true, now)),
            [("b", Severity::Critical)],
            "no camera is left"
        );
    }

    #[test]
    fn a_job_is_named_until_it_is_ok() {
        let now = Instant::from_micros(0);
        let job = |ok| Job { name: "enforcer".into(), ok, error: "no route".into(), since: now };
        assert_eq!(findings(&[], &[job(true)], true, now), []);
        assert_eq!(named(&findings(&[], &[job(false)], false, now)), [("enforcer", Severity::Warning)]);
    }
}
