//! `attend panel`, the watched screens, and the equality of numbers in all views.

use attend::domain::evidence::camera::CameraId;
use attend::domain::register::review::SightingId;
use attend::domain::roll::student::StudentId;
use attend::report::text::width;
use proptest::prelude::*;
use serde_json::Value;

use crate::common::harness::{School, Terminal, has, seen, text, wait_until};

fn beat(camera: &str, ts: &str, error: &str) -> String {
    format!(
        "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"2026-09-07T{ts}+03:00\",\"snapshot_every\":30,\
         \"last_error\":\"{error}\"}}\n"
    )
}

fn at(student: &str, score: f64, ts: &str, camera: &str) -> String {
    seen(student, score, &format!("2026-09-07T{ts}+03:00"), camera)
}

/// A morning with a stale runner, an unwell one, a failing enforcer, and hostile names.
fn busy() -> School {
    let school = School::example();
    let alive =
        |minute| ["gate-1", "gate-2", "hall-2"].map(|name| beat(name, &format!("09:{minute}:05"), ""));
    let lines = [
        (30..56).flat_map(alive).collect(),
        beat("gate-1", "09:56:50", ""),
        beat("gate-1", "09:57:50", ""),
        beat("gate-1", "09:58:50", ""),
        beat("gate-2", "09:56:08", ""),
        beat("hall-2", "09:59:00", "rtsp: \\u001b[31mno route"),
        "{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":false,\"error\":\"camera 3: no route\"}\n".into(),
        at("H000101", 0.80, "09:36:00", "gate-1"),
        at("H000101", 0.93, "09:50:00", "hall-2"),
        at("H000102", 0.88, "09:46:30", "gate-1"),
        at("H000140", 0.71, "09:59:09", "gate-1"),
        at("H000101", 0.99, "09:50:05", "hall-2"),
    ];
    school.ingest(lines.concat());
    school
}

#[test]
fn the_panel_is_one_screen() {
    insta::assert_snapshot!(busy().session(&["panel"]), @r#"
    $ attend panel
    Green Valley School                       Mon 7 Sep 2026  09:59:12  Asia/Baghdad
    ▲ gate-2 is stale: last heard 09:56:08, limit 1 min
    ▲ hall-2: rtsp: \u{1b}[31mno route
    ▲ enforcer: camera 3: no route (since Mon 09:59)

    Block 2       09:35–10:20  ██████████▊░░░░░░░░░  53 %                2/5 present
                  1 late · 1 low score · 2 absent · coverage 93 %

    TODAY                                   CAMERAS, last 15 min
      Assembly   08:00–08:15    not judged  gate-1       ● online      2 ▄   ▄ 09:58
      Block 1    08:20–09:30    not judged  gate-2       ▲ stale       0       09:56
    ▸ Block 2    09:35–10:20           2/5  hall-2       ● online      2  █    09:59
      Block 3    10:35–11:20             –

    RECENT
      09:59:09  H000140     王小明           0.71     gate-1        ? Block 2
      09:50:05  H000101     Zoë O'Neil       0.99     hall-2        Block 2
      09:50:00  H000101     Zoë O'Neil       0.93 ⚡  hall-2        Block 2
      09:46:30  H000102     ژیان ئەحمەد      0.88     gate-1        Block 2
      09:36:00  H000101     Zoë O'Neil       0.80     gate-1        Block 2
    "#);
}

#[test]
fn every_line_fits_eighty_columns_and_rows_of_other_days_name_the_day() {
    let mut school = busy();
    for (now, recent, heard) in [
        ("2026-09-07T09:59:12+03:00", "  09:59:09  H000140", " 09:58"),
        ("2026-09-08T07:30:00+03:00", " Mon 09:59  H000140", " Mon"),
        ("2026-09-20T07:30:00+03:00", "7 Sep 2026  H000140", " 7 Sep"),
    ] {
        let panel = school.at(now).ok(&["panel"]);
        let wide = panel.lines().find(|line| width(line) > 80);
        assert_eq!(wide, None, "{panel}");
        assert!(panel.lines().any(|line| line.starts_with(recent)), "{now}\n{panel}");
        assert!(panel.lines().any(|line| line.contains("gate-1") && line.ends_with(heard)), "{now}\n{panel}");
        assert!(panel.lines().any(|line| line.ends_with("? Block 2")), "{panel}");
    }
}

#[test]
fn without_an_active_period_the_panel_says_what_is_next() {
    let mut school = busy();
    school.at("2026-09-07T10:23:00+03:00");
    let panel = school.ok(&["panel", "--recent", "1"]);
    assert!(panel.contains("No period is active. Next: Block 3, today 10:35 (in 12 min)."), "{panel}");
    assert!(!panel.contains("is stale"), "runners may rest between periods\n{panel}");
    assert!(panel.contains("enforcer: camera 3: no route"), "{panel}");
}

#[test]
fn only_an_improved_best_has_a_bolt() {
    let panel: Value = serde_json::from_str(&busy().ok(&["panel", "--format", "json"])).unwrap();
    let bolts = panel["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["score"].as_f64(), row["improved_best"].as_bool()));
    let expected = [(0.71, false), (0.99, false), (0.93, true), (0.88, false), (0.8, false)];
    assert_eq!(bolts.collect::<Vec<_>>(), expected.map(|(score, bolt)| (Some(score), Some(bolt))));
}

#[test]
fn in_a_pipe_watching_prints_once() {
    let school = busy();
    assert_eq!(school.ok(&["panel", "--watch"]), school.ok(&["panel"]));
    assert_eq!(school.ok(&["roster", "now", "--watch", "1s"]), school.ok(&["roster", "now"]));
}

#[test]
fn dead_runners_make_unseen_students_unknown() {
    let mut school = School::example();
    school.ingest(["09:36:00", "09:37:00", "09:38:00"].map(|ts| beat("gate-1", ts, "")).concat());
    let absent = |school: &School, period: &str| {
        let roster = school.ok(&["roster", "show", "--period", period, "--format", "json"]);
        let roster: Value = serde_json::from_str(&roster).unwrap();
        (
            roster["absent"].clone(),
            roster["unknown"].clone(),
            roster["periods"][0]["coverage_percent"].clone(),
        )
    };
    school.at("2026-09-07T12:00:00+03:00");
    // Block 2 was covered for three of its minutes, Block 3 not at all.
    let (none, unknown, coverage) = absent(&school, "Block 2");
    assert_eq!((none, unknown), (0.into(), 5.into()));
    // On duty from its first heartbeat on: 44 minutes, of which it saw the first three.
    assert!((coverage.as_f64().unwrap() - 100.0 * 3.0 / 44.0).abs() < 1e-9, "{coverage}");
    assert_eq!(absent(&school, "Block 3"), (0.into(), 5.into(), 0.0.into()));
}

/// One period as a view tells it: the counts, and the coverage and the blind places where the view tells these.
type View = ([u64; 7], Option<(Option<f64>, Value)>);

/// The counts of one period from each view.
fn views(school: &School, period: &str) -> Vec<View> {
    const COUNTED: [&str; 6] = ["present", "late", "low_score", "excused", "unknown", "absent"];
    let told = |object: &Value| {
        let mut counts = [0; 7];
        for (nth, key) in COUNTED.iter().chain(&["expected"]).enumerate() {
            counts[nth] = object[key].as_u64().unwrap();
        }
        counts
    };
    let counted = |rows: &[Value]| {
        let mut counts = [0; 7];
        for row in rows {
            let nth = COUNTED.iter().position(|status| row["status"] == *status).unwrap();
            counts[nth] += 1;
            counts[1] += u64::from(!row["minutes_late"].is_null());
            counts[6] += 1;
        }
        counts
    };
    // Rows tell a tenth of a percent.
    let of_row = |object: &Value, coverage: &str| {
        (object[coverage].as_f64().map(|percent| (percent * 10.0).round()), object["blind"].clone())
    };
    let watched = |object: &Value| Some(of_row(object, "coverage_percent"));
    let of = |report: &Value| {
        report["periods"].as_array().unwrap().iter().find(|told| told["period"] == period).unwrap().clone()
    };
    let json = |args: &[&str]| -> Value { serde_json::from_str(&school.ok(args)).unwrap() };
    let panel = of(&json(&["panel", "--format", "json"]));
    let summary = of(&json(&["summary", "--date", "2026-09-07", "--format", "json"]));
    let roster = json(&["roster", "show", "--period", period, "--format", "json"]);
    let export = json(&["export", "records", "--date", "2026-09-07", "--period", period, "--format", "json"]);
    let export_rows = export["rows"].as_array().unwrap();
    let by = json(&["summary", "--date", "2026-09-07", "--by", "period", "--format", "json"]);
    let sum = by["rows"].as_array().unwrap().iter().find(|row| row["period"] == period).unwrap();
    let sessions = json(&["summary", "--date", "2026-09-07", "--by", "session", "--format", "json"]);
    let session = sessions["rows"].as_array().unwrap().iter().find(|row| row["session"] == period).unwrap();
    vec![
        (told(&panel), watched(&panel)),
        (told(&roster), None),
        (told(&of(&roster)), watched(&of(&roster))),
        (counted(roster["rows"].as_array().unwrap()), None),
        (counted(export_rows), watched(&of(&export))),
        (told(&summary), watched(&summary)),
        (told(sum), None),
        // A session out of one period says what the period says.
        (told(session), None),
        // The same places matter to all students of this school, so the first row stands for all.
        (counted(export_rows), Some(of_row(&export_rows[0], "coverage"))),
    ]
}

/// The ID of a sighting some minutes after eight: students and cameras are numbered as they came.
fn sighting_id(student: usize, minute: u32) -> String {
    let ts = format!("2026-09-07T{:02}:{:02}:00+03:00", 8 + minute / 60, minute % 60);
    let student = StudentId(i64::try_from(student).unwrap() + 1);
    SightingId { ts: ts.parse().unwrap(), student, camera: CameraId(1) }.to_string()
}

#[test]
fn every_view_shows_the_same_numbers_and_they_add_up() {
    let sighting = (0..5usize, 0..120u32, 0.5..1.0f64);
    let mark = (0..5usize, 0..3usize, proptest::bool::ANY);
    let day = (
        proptest::collection::vec(sighting, 0..25),
        proptest::collection::vec(mark, 0..4),
        proptest::collection::vec((0..135u32, 1..90u32), 0..4),
        proptest::collection::vec(0..5usize, 0..2),
        proptest::collection::vec((0..25usize, 0..3usize, 0..5usize), 0..4),
    );
    let config = ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() };
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    proptest!(config, |((sightings, marks, alive, excused, decisions) in day)| {
        let school = with_sessions();
        let mut lines: String = sightings.iter().map(|(student, minute, score)| {
            at(codes[*student], *score, &format!("{:02}:{:02}:00", 8 + minute / 60, minute % 60), "gate-1")
        }).collect();
        let alive = alive.iter().flat_map(|(from, minutes)| *from..*from + *minutes);
        lines += &alive.map(|minute| {
            beat("gate-1", &format!("{:02}:{:02}:00", 8 + minute / 60, minute % 60), "")
        }).collect::<String>();
        school.ingest(lines);
        for (student, decision, first) in &marks {
            let period = if *first { "Block 1" } else { "Block 2" };
            school.ok(&["mark", codes[*student], ["present", "absent", "excused"][*decision], "--period", period]);
        }
        for student in &excused {
            school.ok(&["mark", codes[*student], "excused", "--date", "today", "--between", "08:10..09:00", "--yes"]);
        }
        for (nth, verdict, other) in &decisions {
            let Some((student, minute, _)) = sightings.get(*nth) else { continue };
            let id = sighting_id(*student, *minute);
            match verdict {
                0 => drop(school.ok(&["review", "accept", &id])),
                1 => drop(school.ok(&["review", "reject", &id])),
                _ if other != student => drop(school.ok(&["review", "reassign", &id, codes[*other]])),
                _ => {}
            }
        }
        for period in ["Assembly", "Block 1", "Block 2"] {
            assert_agree(&school, period);
        }
    });
}

/// A session for each period, so that it has the same numbers.
fn with_sessions() -> School {
    let school = School::example();
    for period in ["Assembly", "Block 1", "Block 2"] {
        school.ok(&["session", "add", period, "--periods", period, "--rule", "first"]);
    }
    school
}

/// Every view of a period shows the same numbers, and they add up.
fn assert_agree(school: &School, period: &str) {
    let views = views(school, period);
    let (counts @ [present, _, low, excused, unknown, absent, expected], watched) = &views[0];
    assert_eq!(present + low + excused + unknown + absent, *expected);
    let agree =
        |view: &View| view.0 == *counts && view.1.as_ref().is_none_or(|told| Some(told) == watched.as_ref());
    assert!(views.iter().all(agree), "{period}: {views:?}");
}

#[test]
fn a_student_with_an_excuse_and_a_mark_counts_once() {
    for decision in ["present", "absent", "excused"] {
        let school = with_sessions();
        school.ok(&["mark", "H000101", "excused", "--date", "today", "--yes"]);
        school.ok(&["mark", "H000101", decision, "--period", "Block 1"]);
        assert_agree(&school, "Block 1");
        school.ok(&["unmark", "H000101", "--period", "Block 1"]);
        assert_agree(&school, "Block 1");
    }
}

#[test]
fn a_mark_appears_in_a_watching_panel_and_roster_within_a_refresh() {
    if !has("tmux") {
        return;
    }
    let school = busy();
    for args in [&["panel", "--watch", "100ms"][..], &["roster", "now", "--watch", "100ms"]] {
        let terminal = Terminal::open(&school, args, 80, 24);
        terminal.wait_for("2/5 present");
        school.ok(&["mark", "H000123", "present"]);
        terminal.wait_for("3/5 present");
        school.ok(&["unmark", "H000123"]);
        terminal.wait_for("2/5 present");
        terminal.press("q");
        assert!(terminal.ended().ends_with("\u{1b}[?1049l"), "the terminal is given back");
    }
}

#[test]
fn lines_of_the_panel_do_not_move_under_a_burst() {
    if !has("tmux") {
        return;
    }
    for (columns, rows) in [(80, 24), (160, 50)] {
        let school = busy();
        let terminal = Terminal::open(&school, &["panel", "--watch", "100ms"], columns, rows);
        terminal.wait_for("RECENT");
        let idle = terminal.layout();
        for burst in 0..5 {
            let lines: String = (0..100)
                .map(|n| at("H000102", 0.8, &format!("09:{}:{:02}.{:03}", 52 + burst, n / 2, n), "gate-1"))
                .collect();
            school.ingest(lines);
            terminal.refresh();
            assert_eq!(terminal.layout(), idle, "at {columns}×{rows}");
        }
        let screen = terminal.screen();
        assert!(screen.iter().any(|line| line.contains(" 503 ") || line.contains(" 502 ")), "{screen:#?}");
        terminal.press("q");
        terminal.ended();
    }
}

#[test]
fn a_watch_ends_when_its_terminal_closes() {
    if !has("tmux") {
        return;
    }
    let school = busy();
    let terminal = Terminal::open(&school, &["panel", "--watch", "100ms"], 80, 24);
    terminal.wait_for("RECENT");
    let process = terminal.process();
    drop(terminal);
    let gone = || !std::path::Path::new(&format!("/proc/{process}")).exists();
    wait_until(&format!("the end of process {process}"), gone);
}

#[test]
fn text_from_outside_is_escaped_on_the_terminal() {
    let school = busy();
    school.ok(&["student", "edit", "H000101", "--name", "Zoë \u{1b}]0;owned\u{7}"]);
    for args in [&["panel"][..], &["roster", "now"], &["runner", "list"]] {
        let shown = text(&school.feed(args, "").stdout);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown:?}");
    }
}
