//! The panel: one screen with fixed columns, and the same content as data.

use crate::domain::evidence::recognition::Verdict;
use crate::domain::register::panel::{Camera, Panel, PanelPeriod, Recent};
use crate::domain::register::sums::Sum;
use crate::domain::time::calendar::local_date;
use crate::domain::time::{Instant, Zone};
use crate::domain::watch::health::Finding;
use crate::report::evidence::{recognitions, runner};
use crate::report::register::blind;
use crate::report::register::records::{times, watched};
use crate::report::register::roster::{counts, nothing_active, tally};
use crate::report::text::{
    about, fit, fit_right, hours, local, moment, near, progress_within, sparkline, two_decimals, width,
};
use crate::report::watch::health::{banner, banner_lines, words};
use crate::report::{Report, Tone, Value, Words};

/// A line of the screen.
pub(crate) type Line = Vec<Words>;

/// Widths of the left half, and of names of periods and cameras.
const LEFT: usize = 40;
const NAME: usize = 12;
/// The hours of a period, `09:35–10:20`, between two spaces on each side.
const HOURS: usize = 2 + 11 + 2;
/// The least number of cameras shown on a low screen.
const CAMERAS: usize = 40;
/// The least width of the panel.
const NARROWEST: usize = 80;

/// The panel as data. Its rows are the recent recognitions, and everything else is in the totals.
pub(crate) fn report(panel: &Panel, findings: &[Finding], zone: Zone) -> Report {
    let findings = findings.iter().map(|finding| words(finding, panel.now, zone).into());
    let periods = panel.today.iter().map(|period| Value::Object(period_members(panel, period, zone)));
    let cameras = panel.cameras.iter().map(|camera| Value::Object(camera_members(panel, camera)));
    let classes = panel.classes.iter().map(|class| Value::Object(class_members(class)));
    let rows = panel.recent.iter().map(|recent| recent.told());
    Report::list("panel", recognitions::COLUMNS, rows, panel.now, zone).totals(vec![
        ("school", (&panel.school).into()),
        ("warnings", Value::List(findings.collect())),
        ("periods", Value::List(periods.collect())),
        ("classes", Value::List(classes.collect())),
        ("window_seconds", panel.window.whole_seconds().into()),
        ("cameras", Value::List(cameras.collect())),
    ])
}

fn period_members(panel: &Panel, period: &PanelPeriod, zone: Zone) -> Vec<(&'static str, Value)> {
    let mut members = times(&period.occurrence);
    members.push(("active", panel.active.contains(&period.occurrence.id).into()));
    members.extend(watched(&period.coverage, zone));
    members.extend(counts(&period.counts));
    members
}

fn class_members(class: &Sum) -> Vec<(&'static str, Value)> {
    let group = Some(&class.key).filter(|group| !group.is_empty());
    std::iter::once(("group", group.into())).chain(counts(&class.counts)).collect()
}

fn camera_members(panel: &Panel, camera: &Camera) -> Vec<(&'static str, Value)> {
    vec![
        ("camera", (&camera.runner.camera.name).into()),
        ("state", camera.runner.state(panel.now).word().into()),
        ("last_heartbeat", camera.runner.heartbeat.as_ref().map(|(heard, _)| *heard).into()),
        ("events", camera.total().into()),
    ]
}

/// The panel as lines. `height` fixes the number of lines of each part, so that nothing moves when
/// numbers change. Without it everything is shown.
pub(crate) fn screen(
    panel: &Panel,
    findings: &[Finding],
    zone: Zone,
    columns: usize,
    height: Option<usize>,
) -> Vec<Line> {
    let (edge, columns) = (columns, columns.max(NARROWEST));
    let (mut lines, active) = (header(panel, zone, edge), active(panel, zone, edge));
    let rooms = Rooms::share(panel, lines.len() + active.len(), height);
    lines.extend(banner(findings, panel.now, zone, columns, rooms.banner));
    lines.push(Line::new());
    lines.extend(active);
    lines.push(Line::new());
    let left = rows(panel.today.iter().map(|period| today(panel, period, zone)).collect(), rooms.middle);
    let right = rows(cameras(panel, zone), rooms.middle);
    let window = format!("CAMERAS, last {}", about(panel.window));
    lines.push(vec![faint(fit("TODAY", LEFT)), faint(fit(&window, columns - LEFT))]);
    lines.extend(left.into_iter().zip(right).map(|(left, right)| beside(left, right)));
    lines.push(Line::new());
    lines.push(vec![faint("RECENT".to_owned())]);
    lines.extend(
        panel.recent.iter().take(rooms.recent).map(|recent| recent_line(recent, panel.now, zone, columns)),
    );
    lines
}

/// How many lines each part may take.
struct Rooms {
    /// `None`: one line per finding.
    banner: Option<usize>,
    middle: usize,
    recent: usize,
}

impl Rooms {
    /// `above` are the lines of the header and of the active periods.
    fn share(panel: &Panel, above: usize, height: Option<usize>) -> Self {
        let middle = panel.today.len().max(panel.cameras.len().min(CAMERAS));
        let Some(height) = height else {
            return Self { banner: None, middle, recent: panel.recent.len() };
        };
        let banner = banner_lines(height);
        // Three empty lines and two headings.
        let rest = height.saturating_sub(banner + above + 5);
        let middle = middle.min(rest.saturating_sub(4)).max(1);
        Self { banner: Some(banner), middle, recent: rest.saturating_sub(middle) }
    }
}

/// Exactly `room` lines: filled up, or cut with the number of missing lines.
fn rows(mut lines: Vec<Line>, room: usize) -> Vec<Line> {
    if lines.len() > room {
        let missing = lines.len() + 1 - room;
        lines.truncate(room - 1);
        lines.push(vec![faint(format!("  … {missing} more"))]);
    }
    lines.resize(room, Line::new());
    lines
}

fn faint(text: String) -> Words {
    Words::new(text, Tone::Faint)
}

fn beside(mut left: Line, right: Line) -> Line {
    let wide: usize = left.iter().map(|words| width(&words.text)).sum();
    left.push(" ".repeat(LEFT.saturating_sub(wide)).into());
    left.extend(right);
    left
}

/// `Green Valley School            Mon 7 Sep 2026  09:59:12  Asia/Baghdad`
fn header(panel: &Panel, zone: Zone, columns: usize) -> Vec<Line> {
    let clock = format!("{}  {}", local(panel.now, zone, "%a %-d %b %Y  %H:%M:%S"), zone.name());
    let room = columns.saturating_sub(width(&clock) + 1);
    if width(&panel.school) > room {
        return vec![vec![Words::new(panel.school.as_str(), Tone::Strong)], vec![clock.into()]];
    }
    vec![vec![Words::new(fit(&panel.school, room), Tone::Strong), format!(" {clock}").into()]]
}

/// Sentences, as many on a line as fit.
fn sentences(words: &str, columns: usize) -> Vec<Line> {
    let mut lines: Vec<String> = Vec::new();
    for sentence in words.split_inclusive(". ") {
        match lines.last_mut().filter(|line| width(line) + width(sentence.trim_end()) <= columns) {
            Some(line) => line.push_str(sentence),
            None => lines.push(sentence.to_owned()),
        }
    }
    lines.into_iter().map(|line| vec![line.trim_end().to_owned().into()]).collect()
}

/// Each active period with its progress, or when the next begins.
fn active(panel: &Panel, zone: Zone, columns: usize) -> Vec<Line> {
    let active: Vec<&PanelPeriod> = panel
        .active
        .iter()
        .filter_map(|id| panel.today.iter().find(|period| period.occurrence.id == *id))
        .collect();
    if active.is_empty() {
        let words = nothing_active(&panel.around, panel.now, zone);
        return sentences(&words, columns);
    }
    let lines = |period: &&PanelPeriod| {
        let o = &period.occurrence;
        let hours = hours(o.starts_at, o.ends_at, zone);
        let present = format!("{}/{} present", period.counts.present, period.counts.expected);
        // On a narrow screen first the bar gets shorter, then the name.
        let room = columns.saturating_sub(HOURS + width(&present) + 1);
        let name = fit(&o.period, room.min(NAME));
        let bar = room.saturating_sub(NAME + 1);
        let bar = progress_within(panel.now - o.starts_at, o.ends_at - o.starts_at, bar);
        let room = columns.saturating_sub(width(&name) + HOURS + width(&bar));
        let title = vec![
            Words::new(name, Tone::Strong),
            format!("  {hours}  {bar}").into(),
            Words::new(fit_right(&present, room), Tone::Strong),
        ];
        let mut lines = vec![title];
        // The rest of the tally, because the number present is shown above.
        let mut rest = vec![Words::from(" ".repeat(NAME + 2))];
        rest.extend(tally(&period.counts, &period.coverage).into_iter().skip(2));
        lines.push(rest);
        lines.extend(blind::undecided(&period.coverage, &period.counts, zone).map(|words| {
            let words = fit(&format!("unknown: {words}"), columns.saturating_sub(NAME + 2));
            vec![Words::from(" ".repeat(NAME + 2)), Words::new(words, Tone::Warn)]
        }));
        lines
    };
    active.iter().flat_map(lines).collect::<Vec<Line>>()
}

/// `▸ Block 2    09:35–10:20     183/300 ◌12`: those present of those expected, and the unknown
fn today(panel: &Panel, period: &PanelPeriod, zone: Zone) -> Line {
    let o = &period.occurrence;
    let now = panel.active.contains(&o.id);
    let hours = hours(o.starts_at, o.ends_at, zone);
    let c = &period.counts;
    let present = if !now && !o.has_begun(panel.now) {
        "–".to_owned()
    } else if c.expected > 0 && c.expected == c.unknown {
        "not judged".to_owned()
    } else if c.unknown > 0 {
        format!("{}/{} ◌{}", c.present, c.expected, c.unknown)
    } else {
        format!("{}/{}", c.present, c.expected)
    };
    let tone = if now { Tone::Strong } else { Tone::Plain };
    let mark = if now { "▸" } else { " " };
    vec![Words::new(format!("{mark} {}  {hours}  {}", fit(&o.period, 9), fit_right(&present, 12)), tone)]
}

/// `gate-1       ● online    412 ▁▂▅▇▃ 09:58`: half of the narrowest screen
fn cameras(panel: &Panel, zone: Zone) -> Vec<Line> {
    let largest = panel.cameras.iter().flat_map(|camera| camera.events).max().unwrap_or_default();
    let line = |camera: &Camera| {
        let state = runner::state(camera.runner.state(panel.now));
        let heard = camera.runner.heartbeat.as_ref();
        let heard = heard.map(|(at, _)| heard_at(*at, panel.now, zone)).unwrap_or_default();
        vec![
            format!("{} ", fit(&camera.runner.camera.name, NAME)).into(),
            Words::new(fit(&state.text, 9), state.tone),
            format!(" {:>5} ", camera.total().min(99_999)).into(),
            format!("{} ", sparkline(&camera.events, largest)).into(),
            faint(heard),
        ]
    };
    panel.cameras.iter().map(line).collect()
}

/// An instant in five columns: `09:58` today, `Mon` this week, else `7 Sep`.
fn heard_at(at: Instant, now: Instant, zone: Zone) -> String {
    near(at, now, zone, ["%H:%M", "%a", "%-d %b"])
}

/// The time of a recognition in ten columns: seconds today, else the date.
fn seen_at(at: Instant, now: Instant, zone: Zone) -> String {
    let today = local_date(at, zone) == local_date(now, zone);
    fit_right(&if today { local(at, zone, "%H:%M:%S") } else { moment(at, now, zone) }, 10)
}

/// `  09:59:10  H000101     Zoë O'Neil            0.93 ⚡  hall-2        Block 2`
fn recent_line(recent: &Recent, now: Instant, zone: Zone, columns: usize) -> Line {
    let Recent { recognition, verdict, .. } = recent;
    let bolt = if verdict.updated_best { "⚡" } else { "  " };
    let (why, tone) = match (verdict, &recent.period) {
        (Verdict { accepted: true, .. }, Some(period)) => (period.clone(), Tone::Plain),
        (_, Some(period)) => (format!("? {period}"), Tone::Warn),
        (_, None) => ("no active period".to_owned(), Tone::Faint),
    };
    let name = columns - (2 + 8 + 2 + 10 + 2 + 2 + 4 + 3 + 2 + NAME + 2 + 16);
    vec![
        format!("{}  ", seen_at(recognition.ts, now, zone)).into(),
        format!("{}  {}  ", fit(&recent.code, 10), fit(&recent.name, name)).into(),
        format!("{} {bolt}  ", fit_right(&two_decimals(recognition.score), 4)).into(),
        format!("{}  ", fit(&recognition.camera.name, NAME)).into(),
        Words::new(fit(&why, 16), tone),
    ]
}
