//! The board on a wall: counts for a hall, names only for an office.

use crate::domain::register::panel::{Panel, PanelPeriod, Recent};
use crate::domain::register::status::Counts;
use crate::domain::register::sums::Sum;
use crate::domain::time::calendar::clock;
use crate::domain::time::{Instant, Span, Zone};
use crate::domain::watch::health::Finding;
use crate::report::evidence::runner;
use crate::report::register::blind;
use crate::report::register::roster::idle;
use crate::report::text::{about, hours, to_come};
use crate::report::watch::health::{look, words};
use crate::report::{Tone, Words};

/// The most warnings shown. The rest are counted.
const WARNINGS: usize = 4;

/// The content of the board in words.
#[derive(Debug)]
pub(crate) struct Board {
    /// Name of the school.
    pub school: String,
    /// The instant at which it holds.
    pub as_of: Instant,
    /// The zone of its times.
    pub zone: Zone,
    /// The interval at which the file is written.
    pub refresh: Span,
    /// The findings, each with its symbol, worst first.
    pub warnings: Vec<Words>,
    /// The active periods, or what comes next.
    pub active: Result<Vec<Active>, String>,
    /// Today's periods.
    pub today: Vec<Slot>,
    /// The classes in the active periods.
    pub classes: Vec<Share>,
    /// The window in which the events of cameras are counted: `15 min`.
    pub window: String,
    pub cameras: Vec<Camera>,
    /// The latest recognitions. `None` if no student may be named.
    pub recent: Option<Vec<Seen>>,
}

/// A period that is active.
#[derive(Debug)]
pub(crate) struct Active {
    /// Its name and hours.
    pub slot: Slot,
    /// `21 min left`.
    pub left: String,
    /// The share of its time that has passed, in percent.
    pub passed: u32,
    /// Students of other statuses than present.
    pub others: Vec<Other>,
    /// The blind places, if they leave students undecided.
    pub blind: Option<String>,
}

/// Students of a status.
#[derive(Debug)]
pub(crate) struct Other {
    pub symbol: &'static str,
    /// How many they are.
    pub count: u32,
    /// The status.
    pub word: &'static str,
    /// The meaning of the colour.
    pub tone: Tone,
    /// The key of the count in JSON.
    pub key: &'static str,
}

/// A period of today.
#[derive(Debug)]
pub(crate) struct Slot {
    pub name: String,
    /// `09:35–10:20`.
    pub hours: String,
    /// Whether it is active.
    pub active: bool,
    /// Its students. `None` if it has not begun.
    pub share: Option<Share>,
}

/// The number of present students in a class or period.
#[derive(Debug)]
pub(crate) struct Share {
    /// Name of the class or period.
    pub name: String,
    /// Students who are expected.
    pub expected: u32,
    /// Of these, present.
    pub present: u32,
    /// Unknown, because a place that matters was blind.
    pub unknown: u32,
    /// All undecided students, including the unknown.
    pub undecided: u32,
}

impl Share {
    fn of(name: &str, c: &Counts) -> Self {
        let undecided = c.unknown + c.pending + c.low_score;
        let (expected, present, unknown) = (c.expected, c.present, c.unknown);
        Self { name: name.to_owned(), expected, present, unknown, undecided }
    }

    /// Whether every student is undecided.
    pub(crate) fn is_unjudged(&self) -> bool {
        self.expected > 0 && self.expected == self.unknown
    }
}

#[derive(Debug)]
pub(crate) struct Camera {
    pub name: String,
    /// The state of its runner.
    pub state: Words,
    /// Recognitions within the window.
    pub events: u32,
    /// When it was last heard: `09:58`.
    pub heard: String,
}

/// A recognition.
#[derive(Debug)]
pub(crate) struct Seen {
    /// `09:59`.
    pub time: String,
    /// Name of the student.
    pub name: String,
    pub camera: String,
}

/// The board of a panel. Without `names` it names no student, and hides the errors of runners and jobs, which may
/// name one.
pub(crate) fn board(panel: &Panel, findings: Vec<Finding>, names: bool, refresh: Span, zone: Zone) -> Board {
    let findings: Vec<Finding> =
        findings.into_iter().map(|finding| if names { finding } else { finding.reserved() }).collect();
    let active = panel.today.iter().filter(|period| panel.active.contains(&period.occurrence.id));
    let active: Vec<Active> = active.map(|period| active_period(panel, period, zone)).collect();
    let recent = || panel.recent.iter().map(|recent| seen(recent, zone)).collect();
    Board {
        school: panel.school.clone(),
        as_of: panel.now,
        zone,
        refresh,
        warnings: warnings(&findings, panel.now, zone),
        active: if active.is_empty() { Err(idle(&panel.around, panel.now, zone)) } else { Ok(active) },
        today: panel.today.iter().map(|period| slot(panel, period, zone)).collect(),
        classes: panel.classes.iter().map(class).collect(),
        window: about(panel.window),
        cameras: panel.cameras.iter().map(|camera| self::camera(camera, panel.now, zone)).collect(),
        recent: names.then(recent),
    }
}

fn warnings(findings: &[Finding], now: Instant, zone: Zone) -> Vec<Words> {
    let mut told: Vec<Words> = findings
        .iter()
        .take(WARNINGS)
        .map(|finding| {
            let (symbol, tone) = look(finding.severity);
            Words::new(format!("{symbol} {}", words(finding, now, zone)), tone)
        })
        .collect();
    let more = findings.len().saturating_sub(WARNINGS);
    if more > 0 {
        told.push(Words::new(format!("▲ and {more} more"), Tone::Warn));
    }
    told
}

fn active_period(panel: &Panel, period: &PanelPeriod, zone: Zone) -> Active {
    let (o, c) = (&period.occurrence, &period.counts);
    let (passed, whole) = ((panel.now - o.starts_at).micros(), (o.ends_at - o.starts_at).micros().max(1));
    Active {
        slot: slot(panel, period, zone),
        left: match o.has_begun(panel.now) {
            false => format!("begins in {}", to_come(o.starts_at - panel.now)),
            true => format!("{} left", to_come((o.ends_at - panel.now).max(Span::ZERO))),
        },
        passed: u32::try_from(passed.clamp(0, whole) * 100 / whole).unwrap_or_default(),
        others: others(c),
        blind: blind::undecided(&period.coverage, c, zone),
    }
}

/// Every status of some student other than present. Unknown is never red, because the camera is at fault.
fn others(c: &Counts) -> Vec<Other> {
    let all = [
        ("✓", "late", Tone::Good, "late", c.late),
        ("✗", "absent", Tone::Bad, "absent", c.absent),
        ("◌", "unknown", Tone::Faint, "unknown", c.unknown),
        ("?", "low score", Tone::Warn, "low_score", c.low_score),
        ("–", "excused", Tone::Plain, "excused", c.excused),
        ("·", "not yet seen", Tone::Faint, "pending", c.pending),
    ];
    let some = all.into_iter().filter(|(.., count)| *count > 0);
    some.map(|(symbol, word, tone, key, count)| Other { symbol, count, word, tone, key }).collect()
}

fn slot(panel: &Panel, period: &PanelPeriod, zone: Zone) -> Slot {
    let o = &period.occurrence;
    let active = panel.active.contains(&o.id);
    let share = Share::of(&o.period, &period.counts);
    Slot {
        name: o.period.to_string(),
        hours: hours(o.starts_at, o.ends_at, zone),
        active,
        share: (active || o.has_begun(panel.now)).then_some(share),
    }
}

fn class(sum: &Sum) -> Share {
    let name = if sum.key.is_empty() { "no group" } else { &sum.key };
    Share::of(name, &sum.counts)
}

fn camera(camera: &crate::domain::register::panel::Camera, now: Instant, zone: Zone) -> Camera {
    let heard = camera.runner.heartbeat.as_ref();
    Camera {
        name: camera.runner.camera.name.to_string(),
        state: runner::state(camera.runner.state(now)),
        events: camera.total(),
        heard: heard.map(|(at, _)| clock(*at, zone)).unwrap_or_default(),
    }
}

fn seen(recent: &Recent, zone: Zone) -> Seen {
    Seen {
        time: clock(recent.recognition.ts, zone),
        name: recent.name.clone(),
        camera: recent.recognition.camera.to_string(),
    }
}
