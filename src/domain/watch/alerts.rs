//! Alerts: which findings of health are reported to people, and when.
//!
//! A pure step. Its inputs are the stored alerts, the results of the checks, the policy, whether school
//! is open, and the instant. Its outputs are the new alerts and the news. The caller stores both in one
//! transaction.
//!
//! - A problem is reported after enough bad runs in a row. Critical problems need at most two.
//! - A problem that comes back within the hour needs twice as many runs. The third time in an hour it is reported
//!   as unsteady, once, and not again until it was steady for an hour.
//! - Outside school hours only critical problems and their end are reported. Everything else waits until school
//!   opens, and is reported then if it is still true.
//! - Lasting problems are repeated once a day, in one message. An ack stops the reminders of one problem, and a
//!   mute stops all messages about it.
//! - A subject that cannot be judged now (a runner at rest) keeps its state.

use std::collections::BTreeMap;

use crate::domain::time::{Instant, Span};
use crate::domain::watch::health::{Check, Finding, HealthReport, Severity, name};

/// A problem is unsteady if it begins this often within [`UNSTEADY_WINDOW`].
const UNSTEADY_AFTER: usize = 3;
const UNSTEADY_WINDOW: Span = Span::minutes(60);

/// An unsteady problem counts as steady again after this long without a change.
const STEADY: Span = Span::minutes(60);

/// Interval of reminders. A reminder also includes problems that were last reported more than half of it ago.
const REMINDER: Span = Span::days(1);
const ALONG: Span = Span::minutes(12 * 60);

/// The most runs that a critical problem needs before it is reported.
const CRITICAL_AFTER: u32 = 2;

/// Counting of runs stops here, because a higher count makes no difference.
const MOST_RUNS: u32 = 1_000;

/// The memory of a check and its subject. Healthy checks are not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Which check.
    pub check: Check,
    /// The subject of the check. May be empty.
    pub subject: String,
    /// The severity when it was last bad.
    pub severity: Severity,
    /// When the problem began, from the check, else when it was first found.
    pub since: Instant,
    /// Whether it was bad in the last run that could judge it.
    pub bad: bool,
    /// The number of such runs with this result.
    pub runs: u32,
    /// The number of such runs for which it has been critical.
    pub critical_runs: u32,
    /// When it last turned bad or good.
    pub changed_at: Instant,
    /// The latest times within the last hour at which it turned bad.
    pub episodes: Vec<Instant>,
    /// Whether it changes too often to report each change.
    pub unsteady: bool,
    /// The last reported state.
    pub told: Option<LastTold>,
    /// Author and instant of the acknowledgement. It holds until the problem is resolved or becomes worse.
    pub acked: Option<(String, Instant)>,
}

/// A reported state of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastTold {
    /// When it was last reported.
    pub at: Instant,
    /// The reported severity.
    pub severity: Severity,
    /// Whether it was reported as unsteady.
    pub unsteady: bool,
}

/// A mute: no messages about a check, or about one subject of it, until an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// `runners`, or `runners:gate-2`.
    pub target: String,
    /// Until when.
    pub until: Instant,
    /// The author of the mute.
    pub by: String,
}

/// Whether a subject is muted, by its own name or by the name of its check.
pub fn muted(mutes: &[Mute], check: Check, subject: &str, now: Instant) -> Option<Instant> {
    let own = name(check, subject);
    let applies = mutes.iter().filter(|mute| mute.until > now);
    applies.filter(|mute| mute.target == own || mute.target == check.word()).map(|mute| mute.until).max()
}

/// One piece of news for people.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A problem.
    New(Finding),
    /// A reported problem has become critical.
    Worse(Finding),
    /// A problem is unsteady.
    Unsteady {
        /// Which check.
        check: Check,
        /// The subject of the check.
        subject: String,
        /// The highest severity of the last hour.
        severity: Severity,
        /// How often it turned bad within the hour.
        times: usize,
    },
    /// An unsteady problem has stayed bad.
    Stayed(Finding),
    /// A problem that lasts.
    Still(Finding),
    /// A problem that is resolved.
    Resolved {
        /// Which check.
        check: Check,
        /// The subject of the check.
        subject: String,
        /// The reported severity.
        severity: Severity,
        /// When it began.
        since: Instant,
        /// When it ended.
        until: Instant,
    },
}

/// The inputs of a step.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// Runs in a row before a problem, or its end, is reported. At least 1.
    pub after: u32,
    /// The checks and subjects that send no notification.
    pub mutes: &'a [Mute],
    /// Whether school is open.
    pub open: bool,
    /// The instant.
    pub now: Instant,
}

/// The memory after the step, and the news, worst first.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// The alerts to store in place of the old ones.
    pub memory: Vec<Memory>,
    /// The news for one message. Empty: send no message.
    pub news: Vec<News>,
}

/// The inputs for one check and subject.
#[derive(Default)]
struct Known<'a> {
    memory: Option<Memory>,
    finding: Option<&'a Finding>,
}

/// One run.
pub fn step(remembered: Vec<Memory>, health: &HealthReport, policy: Policy) -> Step {
    let mut known: BTreeMap<(Check, String), Known> = BTreeMap::new();
    for memory in remembered.into_iter().map(|memory| memory.up_to(policy.now)) {
        let key = (memory.check, memory.subject.clone());
        known.entry(key).or_default().memory = Some(memory);
    }
    for finding in &health.findings {
        // Findings come worst first, and only the first of a subject counts.
        let key = (finding.check, finding.subject.clone());
        known.entry(key).or_default().finding.get_or_insert(finding);
    }
    let mut step = Step::default();
    let mut lasting = Vec::new();
    for (key, Known { memory, finding }) in known {
        if finding.is_none() && health.retired.contains(&key) {
            continue;
        }
        let resting = finding.is_none() && health.resting.contains(&key);
        let Some(memory) = memory.or_else(|| finding.map(|finding| Memory::new(finding, policy.now))) else {
            continue;
        };
        if resting {
            step.memory.push(memory);
            continue;
        }
        let (memory, news) = memory.judged(finding, policy);
        let Some(memory) = memory else {
            step.news.extend(news);
            continue;
        };
        if news.is_none() && memory.lasts(policy) {
            lasting.extend(finding.map(|finding| (step.memory.len(), finding)));
        }
        step.news.extend(news);
        step.memory.push(memory);
    }
    step.remind(&lasting, policy);
    step.news.sort_by_key(|news| std::cmp::Reverse(news.rank()));
    step
}

impl Step {
    /// Repeats lasting problems once a day. If one is due, those that were reported at least half a day ago are
    /// included, so that people get one reminder and not one for each.
    fn remind(&mut self, lasting: &[(usize, &Finding)], policy: Policy) {
        let age = |memory: &Memory| memory.told.map_or(Span::ZERO, |told| policy.now - told.at);
        let due = lasting.iter().any(|(at, _)| age(&self.memory[*at]) >= REMINDER);
        for (at, finding) in lasting.iter().filter(|_| due) {
            let memory = &mut self.memory[*at];
            if age(memory) >= ALONG {
                memory.told = memory.told.map(|told| LastTold { at: policy.now, ..told });
                self.news.push(News::Still((*finding).clone()));
            }
        }
    }
}

impl News {
    /// The same without the words of runners and jobs, which may name a student.
    #[must_use]
    pub fn reserved(self) -> Self {
        match self {
            Self::New(finding) => Self::New(finding.reserved()),
            Self::Worse(finding) => Self::Worse(finding.reserved()),
            Self::Stayed(finding) => Self::Stayed(finding.reserved()),
            Self::Still(finding) => Self::Still(finding.reserved()),
            other => other,
        }
    }

    /// The severity. `None` for a resolved problem.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::New(finding) | Self::Worse(finding) | Self::Stayed(finding) | Self::Still(finding) => {
                Some(finding.severity)
            }
            Self::Unsteady { severity, .. } => Some(*severity),
            Self::Resolved { .. } => None,
        }
    }

    /// The order in a message: open problems before resolved ones, new before old, critical first.
    fn rank(&self) -> (u8, Severity) {
        match self {
            Self::New(finding) | Self::Worse(finding) | Self::Stayed(finding) => (4, finding.severity),
            Self::Unsteady { severity, .. } => (3, *severity),
            Self::Still(finding) => (2, finding.severity),
            Self::Resolved { severity, .. } => (1, *severity),
        }
    }
}

impl Memory {
    fn new(finding: &Finding, now: Instant) -> Self {
        Self {
            check: finding.check,
            subject: finding.subject.clone(),
            severity: finding.severity,
            since: now,
            bad: false,
            runs: 0,
            critical_runs: 0,
            changed_at: now,
            episodes: Vec::new(),
            unsteady: false,
            told: None,
            acked: None,
        }
    }

    /// Drops times in the future. Otherwise a clock that was ahead for a while would silence reminders, and keep
    /// resolved problems, until that time comes.
    fn up_to(mut self, now: Instant) -> Self {
        self.since = self.since.min(now);
        self.changed_at = self.changed_at.min(now);
        self.episodes.retain(|at| *at <= now);
        self.told = self.told.map(|told| LastTold { at: told.at.min(now), ..told });
        self
    }

    /// Takes in a run that could judge it. Returns the state to store, unless it is healthy, and the news.
    fn judged(mut self, finding: Option<&Finding>, policy: Policy) -> (Option<Self>, Option<News>) {
        self.count(finding, policy.now);
        if muted(policy.mutes, self.check, &self.subject, policy.now).is_some() {
            if !self.bad && self.settled(policy) {
                self.told = None;
            }
            return (self.kept(), None);
        }
        let news = match finding {
            _ if self.unsteady => self.tell_unsteady(policy),
            Some(finding) => self.tell_bad(finding, policy),
            None => self.tell_good(policy),
        };
        (self.kept(), news)
    }

    /// Counts the run.
    fn count(&mut self, finding: Option<&Finding>, now: Instant) {
        let bad = finding.is_some();
        self.episodes.retain(|at| now - *at < UNSTEADY_WINDOW);
        if bad != self.bad {
            (self.bad, self.runs, self.changed_at) = (bad, 0, now);
            if bad {
                self.episodes.push(now);
                self.unsteady |= self.episodes.len() >= UNSTEADY_AFTER;
            }
        }
        self.runs = (self.runs + 1).min(MOST_RUNS);
        match finding {
            Some(finding) => {
                if self.told.is_none() {
                    // The check may know an earlier beginning than the first run that found it.
                    self.since = finding.since.unwrap_or(if self.runs == 1 { now } else { self.since });
                }
                self.severity = finding.severity;
                let critical = finding.severity == Severity::Critical;
                self.critical_runs = if critical { (self.critical_runs + 1).min(MOST_RUNS) } else { 0 };
            }
            None => self.critical_runs = 0,
        }
        if self.unsteady && now - self.changed_at >= STEADY {
            self.unsteady = false;
        }
    }

    /// The runs needed before a problem is reported: twice as many if it was bad within the last hour.
    fn patience(&self, runs: u32) -> u32 {
        runs.saturating_mul(u32::try_from(self.episodes.len()).unwrap_or(u32::MAX).max(1))
    }

    fn settled(&self, policy: Policy) -> bool {
        self.runs >= self.patience(policy.after)
    }

    fn loud(&self, policy: Policy) -> bool {
        self.critical_runs >= self.patience(policy.after.min(CRITICAL_AFTER))
    }

    fn tell_unsteady(&mut self, policy: Policy) -> Option<News> {
        let known = self.told.is_some_and(|told| told.unsteady);
        if known || !(policy.open || self.severity == Severity::Critical) {
            return None;
        }
        self.told = Some(LastTold { at: policy.now, severity: self.severity, unsteady: true });
        Some(News::Unsteady {
            check: self.check,
            subject: self.subject.clone(),
            severity: self.severity,
            times: self.episodes.len(),
        })
    }

    fn tell_bad(&mut self, finding: &Finding, policy: Policy) -> Option<News> {
        let loud = self.loud(policy);
        if !(loud || policy.open && self.settled(policy)) {
            return None;
        }
        let news = match self.told {
            None => News::New(finding.clone()),
            Some(told) if told.unsteady => News::Stayed(finding.clone()),
            Some(told) if loud && told.severity == Severity::Warning => News::Worse(finding.clone()),
            Some(_) => return None,
        };
        if matches!(news, News::Worse(_)) {
            self.acked = None;
        }
        self.told = Some(LastTold { at: policy.now, severity: finding.severity, unsteady: false });
        Some(news)
    }

    fn tell_good(&mut self, policy: Policy) -> Option<News> {
        let told = self.told?;
        if !self.settled(policy) || !(policy.open || told.severity == Severity::Critical) {
            return None;
        }
        (self.told, self.acked) = (None, None);
        Some(News::Resolved {
            check: self.check,
            subject: self.subject.clone(),
            severity: told.severity,
            since: self.since,
            until: self.changed_at,
        })
    }

    /// Whether a reminder of it may be sent now.
    fn lasts(&self, policy: Policy) -> bool {
        let told = self
            .told
            .is_some_and(|told| !told.unsteady && (policy.open || told.severity == Severity::Critical));
        let silent = muted(policy.mutes, self.check, &self.subject, policy.now).is_some();
        self.bad && told && self.acked.is_none() && !silent
    }

    /// The alert itself, unless there is nothing left to store.
    fn kept(self) -> Option<Self> {
        let matters = self.bad || self.told.is_some() || self.unsteady || !self.episodes.is_empty();
        matters.then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::watch::health::Observation;

    const START: Instant = Instant::from_micros(1_000_000_000_000);

    fn finding(severity: Severity) -> Finding {
        Finding {
            check: Check::Disk,
            subject: String::new(),
            severity,
            since: None,
            what: Observation::Full(1),
        }
    }

    /// The checks of a run: `b`ad, `c`ritical, `-` at rest, any other letter is well.
    fn health(run: char) -> HealthReport {
        let mut health = HealthReport::default();
        match run {
            'b' => health.findings.push(finding(Severity::Warning)),
            'c' => health.findings.push(finding(Severity::Critical)),
            '-' => health.resting.push((Check::Disk, String::new())),
            _ => {}
        }
        health
    }

    fn letter(news: &News) -> char {
        match news {
            News::New(_) => 'N',
            News::Worse(_) => 'W',
            News::Unsteady { .. } => 'U',
            News::Stayed(_) => 'S',
            News::Still(_) => 'L',
            News::Resolved { .. } => 'R',
        }
    }

    /// Runs the checks every `every`, and returns the news as a letter for each run. `open` has an `o` for each run
    /// in which school is open. School is always open if `open` is empty.
    fn play(runs: &str, open: &str, every: Span, mutes: &[Mute]) -> (String, Vec<Memory>) {
        play_on((Vec::new(), START), runs, open, every, mutes)
    }

    /// The same, from stored alerts and an instant on.
    fn play_on(
        (mut memory, mut now): (Vec<Memory>, Instant),
        runs: &str,
        open: &str,
        every: Span,
        mutes: &[Mute],
    ) -> (String, Vec<Memory>) {
        let mut told = String::new();
        for (nth, run) in runs.chars().enumerate() {
            let open = open.chars().nth(nth).is_none_or(|open| open == 'o');
            let step = step(memory, &health(run), Policy { after: 3, mutes, open, now });
            told.push(step.news.first().map_or('.', letter));
            assert!(step.news.len() <= 1);
            (memory, now) = (step.memory, now + every);
        }
        (told, memory)
    }

    #[test]
    fn each_change_is_reported_once() {
        for (runs, open, expected) in [
            ("bb.", "", "..."),
            ("bbbbbb", "", "..N..."),
            ("bbb...", "", "..N..R"),
            ("c.", "", ".."),
            ("cccc", "", ".N.."),
            ("bbcc", "", "..N."),
            ("bbbcccbbcc", "", "..N.W....."),
            ("ccbbb...", "", ".N.....R"),
            // A problem that returns within the hour needs twice the runs, both ways.
            ("bb.bbbbbb", "", "........N"),
            ("bbb.bbb......", "", "..N.........R"),
            ("bbb...bbbbbb", "", "..N..R.....N"),
            // The third time is unsteady, once; then silence until it was steady for an hour.
            ("b.b.b.b.b.b", "", "....U......"),
            ("bbb...b..b..b", "", "..N..R...U..."),
            // Runs in which a runner rests change nothing.
            ("bbb-----", "", "..N....."),
            ("bb--b", "", "....N"),
            ("bbb--...", "", "..N....R"),
            ("---", "", "..."),
            // Outside school hours news is held, and reported when school opens if it is still true.
            ("bbbbbb", "xxxxxo", ".....N"),
            ("bbbb...", "xxxxxxo", "......."),
            ("bbb......", "oooxxxxxo", "..N.....R"),
            ("bbb...bbb", "oooxxxxxo", "..N......"),
            ("b.b.b.b", "xxxxxxo", "......U"),
            // Critical problems and their end are reported at once.
            ("cc...", "xxxxx", ".N..R"),
            ("bbcc", "xxxx", "...N"),
            ("bbbcc", "oooxx", "..N.W"),
        ] {
            assert_eq!(play(runs, open, Span::minutes(1), &[]).0, expected, "{runs} {open}");
        }
    }

    #[test]
    fn the_third_time_within_an_hour_is_unsteady_and_on_the_full_hour_it_is_not() {
        assert_eq!(play("b.b.b", "", Span::minutes(14), &[]).0, "....U");
        assert_eq!(play("b.b.b", "", Span::minutes(15), &[]).0, ".....");
    }

    #[test]
    fn an_unsteady_problem_is_reported_again_after_a_steady_hour() {
        let steady = |run: &str, n: usize| run.repeat(n);
        let told = play(&format!("b.b.b{}", steady(".", 70)), "", Span::minutes(1), &[]).0;
        assert_eq!(told.find('R'), Some(65), "{told}");
        let told = play(&format!("b.b.b{}", steady("b", 70)), "", Span::minutes(1), &[]).0;
        assert_eq!(told.find('S'), Some(64), "{told}");
        assert_eq!(told.replace('.', ""), "US");
        // A problem that comes and goes for two days is not reported every day.
        assert_eq!(play(&"b.".repeat(144), "", Span::minutes(10), &[]).0.replace('.', ""), "U");
    }

    #[test]
    fn a_clock_that_was_ahead_is_forgotten() {
        let at = |days, minutes| START + Span::days(days) + Span::minutes(minutes);
        let mut told = String::new();
        let mut memory = Vec::new();
        let mut run = |run: char, now: Instant| {
            let step = step(
                std::mem::take(&mut memory),
                &health(run),
                Policy { after: 3, mutes: &[], open: true, now },
            );
            memory = step.memory;
            told.push(step.news.first().map_or('.', letter));
            memory.len()
        };
        for (runs, at) in [
            ("bb", [at(0, 0), at(0, 1)].as_slice()),
            ("bb", &[at(365, 0), at(365, 1)]),
            ("bbb", &[at(0, 5), at(1, 5), at(2, 5)]),
            // Alerts that only the wrong clock caused are dropped soon, too.
            ("....", &[at(2, 6), at(2, 7), at(2, 8), at(2, 9)]),
        ] {
            for (nth, kind) in runs.chars().enumerate() {
                run(kind, at[nth]);
            }
        }
        run('b', at(365, 0));
        assert_eq!(run('.', at(2, 10)), 0);
        assert_eq!(told, "..N..LL..R...", "new, and reminders a day apart");
    }

    #[test]
    fn healthy_checks_are_not_stored() {
        assert_eq!(play("...", "", Span::minutes(1), &[]).1, []);
        assert_eq!(play("bbb...", "", Span::minutes(1), &[]).1.len(), 1, "it may come back within the hour");
        assert_eq!(play("bbb...", "", Span::minutes(30), &[]).1, []);
    }

    #[test]
    fn lasting_problems_are_repeated_daily_unless_acknowledged() {
        let hours = Span::minutes(60);
        let week = "b".repeat(24 * 7);
        let told = play(&week, "", hours, &[]).0;
        let reminders: Vec<usize> = told.match_indices('L').map(|(nth, _)| nth).collect();
        assert_eq!((told.find('N'), reminders), (Some(2), (1..7).map(|day| day * 24 + 2).collect()));
        // School opens at the ninth hour. Warnings and reminders wait for it.
        let open: String = (0..24 * 7).map(|hour| if hour % 24 == 9 { 'o' } else { 'x' }).collect();
        let told = play(&week, &open, hours, &[]).0;
        assert!(told.char_indices().all(|(hour, told)| told == '.' || hour % 24 == 9), "{told}");
        assert_eq!(told.replace('.', ""), "NLLLLLL");

        // School is closed when the reminder is due, so it waits unless it is critical.
        for (run, expected) in [("b", "NL"), ("c", "NLL")] {
            let told = play(&run.repeat(50), &format!("xxo{}", "x".repeat(46)), hours, &[]).0;
            assert_eq!(told.replace('.', ""), expected, "{told}");
        }

        let (_, mut memory) = play("bbb", "", hours, &[]);
        memory[0].acked = Some(("ms-lee".into(), START));
        let at = |hours: i64| START + Span::minutes(hours * 60);
        let policy = |now| Policy { after: 3, mutes: &[], open: true, now };
        let next = step(memory.clone(), &health('b'), policy(at(30)));
        assert_eq!(next.news, []);
        // A higher severity is news and cancels the ack.
        let next = step(next.memory, &health('c'), policy(at(31)));
        let next = step(next.memory, &health('c'), policy(at(32)));
        assert_eq!(next.news.iter().map(letter).collect::<String>(), "W");
        let next = step(next.memory, &health('c'), policy(at(56)));
        assert_eq!(next.news.iter().map(letter).collect::<String>(), "L");
    }

    #[test]
    fn reminders_come_together() {
        let mut camera = finding(Severity::Warning);
        (camera.check, camera.subject) = (Check::Runners, "gate-1".into());
        let day = 1440;
        for (from, expected) in [
            (600, [(2, "N"), (602, "N"), (2 + day, "LL"), (2 + 2 * day, "LL"), (2 + 3 * day, "LL")]),
            // Nine hours after its report a problem is too recent for a reminder. A day later both are in one.
            (900, [(2, "N"), (902, "N"), (2 + day, "L"), (902 + day, "LL"), (902 + 2 * day, "LL")]),
        ] {
            let (mut memory, mut told) = (Vec::new(), Vec::new());
            for minute in 0..902 + 3 * day {
                let mut health = health('b');
                if minute >= from {
                    health.findings.push(camera.clone());
                }
                let now = START + Span::minutes(minute);
                let step = step(memory, &health, Policy { after: 3, mutes: &[], open: true, now });
                memory = step.memory;
                if !step.news.is_empty() {
                    told.push((minute, step.news.iter().map(letter).collect::<String>()));
                }
            }
            assert_eq!(told, expected.map(|(minute, letters)| (minute, letters.to_owned())), "{from}");
        }
    }

    #[test]
    fn a_mute_is_silence_until_it_ends() {
        let until = |minutes| START + Span::minutes(minutes);
        let mute = |target: &str, end| Mute { target: target.into(), until: until(end), by: "admin".into() };
        for (runs, mute, expected) in [
            ("bbbbbb", mute("disk", 5), ".....N"),
            ("bbb...b", mute("disk", 5), "......."),
            ("cccc", mute("disk", 9), "...."),
            ("bbbb", mute("jobs", 9), "..N."),
            ("bbbb", mute("disk:other", 9), "..N."),
        ] {
            let told = play(runs, "", Span::minutes(1), std::slice::from_ref(&mute)).0;
            assert_eq!(told, expected, "{runs} {mute:?}");
        }
        // It was reported before it was muted. If it ends while muted, no message says so.
        for (runs, expected) in [("bbbbbbb", "......."), (".......", ".......")] {
            let (_, memory) = play("bbb", "", Span::minutes(1), &[]);
            let told = play_on((memory, until(3)), runs, "", Span::minutes(1), &[mute("disk", 8)]).0;
            assert_eq!(told, expected, "{runs}");
        }
        let camera = [mute("runners:gate-1", 1)];
        assert_eq!(muted(&camera, Check::Runners, "gate-1", START), Some(until(1)));
        assert_eq!(muted(&camera, Check::Runners, "gate-2", START), None);
        assert_eq!(muted(&camera, Check::Runners, "gate-1", until(1)), None, "it has ended");
    }
}
