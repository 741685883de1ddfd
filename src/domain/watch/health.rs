//! Health: the facts, the checks and their findings, worst first.
//!
//! One function returns all findings, so the panel, the roster, `attend health` and the alerts cannot
//! disagree. The checks themselves are in [`checks`](super::checks).

use chrono::NaiveDate;

use crate::domain::evidence::coverage::Watch;
use crate::domain::evidence::key::Issued;
use crate::domain::evidence::runner::Runner;
use crate::domain::time::calendar::Closure;
use crate::domain::time::zone::RuleSet;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::timetable::hours::{Calendar, Hours};
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::domain::timetable::place::Criteria;
use crate::domain::timetable::schedule::{Existing, NewRules, Template};
use crate::domain::watch::job::Job;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A person should look.
    Warning,
    /// Attendance is being lost.
    Critical,
}

impl Severity {
    /// The word in JSON and in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of this word, if there is one.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Warning, Self::Critical].into_iter().find(|severity| severity.word() == word)
    }
}

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Runners send heartbeats without errors.
    Runners,
    /// Every period of today can be judged.
    Blind,
    /// The clocks of runners agree with ours.
    Clock,
    /// Jobs end well, and those that used to run daily still do.
    Jobs,
    /// A period is active when the weekly plan requires one.
    Period,
    /// The next school day is planned.
    Schedule,
    /// The time zone rules are recent, and the next school day is planned by them.
    Zones,
    /// The database is whole and not too large.
    Database,
    /// The disk has free space beside the database.
    Disk,
    /// Few lines are refused.
    Quarantine,
    /// Every runner has a key that does not end soon.
    Keys,
    /// The records of today are decided under one policy.
    Records,
    /// Messages are delivered.
    Outbox,
}

impl Check {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 13] = [
        Self::Runners,
        Self::Blind,
        Self::Clock,
        Self::Jobs,
        Self::Period,
        Self::Schedule,
        Self::Zones,
        Self::Database,
        Self::Disk,
        Self::Quarantine,
        Self::Keys,
        Self::Records,
        Self::Outbox,
    ];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Runners => "runners",
            Self::Blind => "blind",
            Self::Clock => "clock",
            Self::Jobs => "jobs",
            Self::Period => "period",
            Self::Schedule => "schedule",
            Self::Zones => "zones",
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Quarantine => "quarantine",
            Self::Keys => "keys",
            Self::Records => "records",
            Self::Outbox => "outbox",
        }
    }

    /// The check of this name, if there is one.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.word() == word)
    }
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// The subject: a camera, a job, a runner. Empty if the check has only one subject.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// The beginning, if it is known.
    pub since: Option<Instant>,
    /// The observation.
    pub what: Observation,
}

/// An observation.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A runner was not heard for too long; its subject is the camera.
    NotHeard {
        /// When it was last heard.
        last: Instant,
        /// How long it may be silent.
        limit: Span,
    },
    /// A runner reports an error. The text is empty if it must not be shown.
    RunnerError(String),
    /// Places failed in a period; its subject is the period.
    Blind(Vec<Watch>),
    /// The clock of a camera's runner is ahead by this much. Negative: behind.
    ClockOff(Span),
    /// A job reports an error, or a batch command ended with one. The text is empty if it must not be shown.
    JobError(String),
    /// A batch command was killed.
    Killed,
    /// A batch command that used to run daily has not been ok since.
    Overdue(Instant),
    /// These periods should be active, but none is. Empty if only the setting `school_hours` requires one.
    NoPeriod(Vec<String>),
    /// Some periods of the next school day are not scheduled.
    Unplanned {
        /// The day.
        date: NaiveDate,
        /// Periods that are missing.
        missing: usize,
        /// Periods in the weekly plan of that day.
        of: usize,
    },
    /// The newest zone rules here are more than a year old.
    OldRules(RuleSet),
    /// Number of periods of the next school day that were planned with other zone rules.
    OtherRules(usize, NewRules),
    /// The last `db check` found damage, or could not read the file.
    Damage(String),
    /// The last `db check` found rows that contradict each other, or work to be finished.
    Contradiction(String),
    /// The database is larger than the setting allows.
    Large(u64),
    /// The write-ahead log keeps growing, because some process holds an old snapshot.
    Log(u64),
    /// The disk has little free space.
    Full(u64),
    /// Number of lines refused within a day. Counting stops a little above the limit.
    Refused(u32),
    /// A share of the quarantine is full: its oldest lines are dropped.
    Dropping,
    /// Number of lines of a runner for cameras that its key does not include.
    Foreign(u32),
    /// The last key of a runner ends then.
    KeyEnds(Instant),
    /// The last key of a runner has ended.
    KeyEnded(Instant),
    /// Number of records of today that were decided under other settings.
    OldPolicy(u32),
    /// Number of undelivered messages, and the error of the last attempt.
    Undelivered(u32, String),
    /// So many messages were handed over without an answer and are not sent again.
    Unsure(u32),
}

impl Finding {
    /// The same without the words of runners and jobs.
    #[must_use]
    pub fn reserved(mut self) -> Self {
        if let Observation::RunnerError(error) | Observation::JobError(error) = &mut self.what {
            error.clear();
        }
        self
    }
}

/// The limits of the checks. They are part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A daily job without success for longer is overdue.
    pub job_overdue: Span,
    /// Warn this long before the end of a key.
    pub key_warning: Span,
    /// Warn above this number of lines refused within a day.
    pub quarantine: u32,
    /// Warn below this many free bytes on the disk.
    pub free_disk: u64,
    /// Warn above this size of the database in bytes. `None`: never.
    pub database: Option<u64>,
}

impl Limits {
    /// The limit of free bytes below which the state is critical: a tenth of the limit for a warning.
    pub const fn critical_free_disk(&self) -> u64 {
        self.free_disk / 10
    }
}

/// Sizes of the files, and free disk space, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileSizes {
    /// The database.
    pub database: u64,
    /// Its write-ahead log.
    pub log: u64,
    /// Free space for this user. `None` if the file system does not report it.
    pub free: Option<u64>,
}

/// The state of the quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusals {
    /// Lines refused within the last day that still wait; counted up to a little above the limit.
    pub recent: u32,
    /// Whether the share of some runner or camera is full.
    pub full: bool,
    /// Runners whose keys did not allow the camera or the job of a line within the last day, with how many lines.
    pub foreign: Vec<(String, u32)>,
}

/// The state of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Number of messages that failed for good or have been waiting for an hour.
    pub stuck: u32,
    /// Messages that were probably delivered, and are not sent again.
    pub unsure: u32,
    /// Since when the oldest of those that failed waits.
    pub since: Option<Instant>,
    /// The error of the last attempt.
    pub error: String,
}

/// The inputs of the checks.
#[derive(Debug)]
pub struct Facts {
    /// The instant at which they hold.
    pub now: Instant,
    /// The school's zone.
    pub zone: Zone,
    /// The limits of the checks.
    pub limits: Limits,
    /// How the cameras of new occurrences are judged.
    pub criteria: Criteria,
    /// The setting `school_hours`.
    pub hours: Option<Hours>,
    /// All periods.
    pub templates: Vec<Template>,
    /// All closures.
    pub closures: Vec<Closure>,
    /// The occurrences from yesterday to the next school day.
    pub existing: Vec<Existing>,
    /// Those of them that are held.
    pub timetable: Timetable,
    /// The last date with an occurrence.
    pub planned_until: Option<NaiveDate>,
    /// Every camera with its runner.
    pub runners: Vec<Runner>,
    /// The periods of today in which a place failed, with those places, as far as can be judged now.
    pub undecided: Vec<(Occurrence, Vec<Watch>)>,
    /// Every job.
    pub jobs: Vec<Job>,
    /// Every key.
    pub keys: Vec<Issued>,
    /// Bytes on the disk.
    pub sizes: FileSizes,
    /// The quarantine.
    pub refusals: Refusals,
    /// Records of today that were decided under other settings.
    pub outdated: u32,
    /// The outbox.
    pub waiting: Waiting,
    /// The zone rules in force.
    pub rules: RuleSet,
    /// Their change since the schedule was last generated.
    pub new_rules: Option<NewRules>,
}

impl Facts {
    /// The plan of school hours.
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar { templates: &self.templates, closures: &self.closures, hours: self.hours, zone: self.zone }
    }
}

/// The name of a check and its subject: `runners:gate-1`, or `disk`.
pub fn name(check: Check, subject: &str) -> String {
    match subject {
        "" => check.word().to_owned(),
        subject => format!("{}:{subject}", check.word()),
    }
}

/// The results of the checks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthReport {
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// Subjects that cannot be judged now: a runner at rest is neither well nor unwell.
    pub resting: Vec<(Check, String)>,
    /// Subjects that were taken out of service. Their problems are over, but they are not well.
    pub retired: Vec<(Check, String)>,
}

impl HealthReport {
    /// The highest severity. `None` if all is well.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
