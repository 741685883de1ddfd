//! Standard output and the terminal: silence with `-q`, and no escape sequences where none are wanted.

use crate::common::harness::{School, text};

/// A line of each command that reports, changes or lists.
const COMMANDS: [&[&str]; 30] = [
    &["init", "--timezone", "Asia/Baghdad"],
    &["alert", "list"],
    &["audit"],
    &["camera", "list"],
    &["db", "check"],
    &["db", "stats"],
    &["db", "backup", "copy.db"],
    &["health"],
    &["history", "H000101"],
    &["job", "list"],
    &["key", "list"],
    &["mark", "H000101", "excused", "--reason", "ill", "--period", "Block 1"],
    &["notify", "list"],
    &["panel"],
    &["panel", "--watch"],
    &["period", "list"],
    &["period", "days", "Block 1"],
    &["prune", "--dry-run"],
    &["quarantine", "list"],
    &["recompute", "--from", "2026-09-07", "--to", "2026-09-07"],
    &["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--format", "json"],
    &["roster", "show", "--period", "Block 1"],
    &["roster", "now", "--format", "csv"],
    &["runner", "list"],
    &["schedule", "generate", "--dry-run"],
    &["schedule", "list"],
    &["settings", "list"],
    &["student", "list"],
    &["student", "show", "H000101"],
    &["summary"],
];

#[test]
fn quiet_commands_print_nothing_but_errors() {
    let school = School::example();
    for args in COMMANDS {
        let output = school.feed(&[args, &["-q"]].concat(), "");
        assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()), "{args:?}");
    }
}

#[test]
fn a_dumb_terminal_gets_no_escape_sequences() {
    let school = School::example();
    for args in
        [&["health"][..], &["roster", "show", "--period", "Block 1"], &["panel", "--watch"], &["--help"]]
    {
        let shown = school.at_terminal(args, "", "", &[("TERM", "dumb")]);
        assert!(!shown.contains('\u{1b}'), "{args:?}: {shown:?}");
    }
}

#[test]
fn an_export_on_a_terminal_escapes_control_characters() {
    let school = School::example();
    school.ingest("{\"type\":\"heartbeat\",\"camera\":\"g\\u001b[2Jx\",\"snapshot_every\":30}\n\
        {\"student\":\"H000101\",\"score\":0.9,\"ts\":\"2026-09-07T08:21:00+03:00\",\"camera\":\"g\\u001b[2Jx\"}\n");
    for dialect in ["excel", "plain"] {
        let args = ["export", "recognitions", "--date", "2026-09-07", "--dialect", dialect];
        let shown = school.at_terminal(&args, "", "", &[("TERM", "dumb")]);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}

/// The lines of a command on a screen of some columns.
fn on_screen(school: &School, columns: u16, line: &str) -> Vec<String> {
    let program = format!("stty cols {columns} rows 60; {} {line}; true", env!("CARGO_BIN_EXE_attend"));
    let shown =
        school.at_program("/bin/sh", &["-c", &program], "", "", &[("TERM", "dumb"), ("LANG", "C.UTF-8")]);
    let lines: Vec<String> = shown.lines().map(|line| line.trim_end().to_owned()).collect();
    let wide = |line: &&String| unicode_width::UnicodeWidthStr::width(line.as_str()) > columns.into();
    assert_eq!(lines.iter().find(wide), None, "{lines:#?}");
    lines
}

#[test]
fn a_long_class_leaves_room_for_the_status_on_a_screen() {
    let school = School::example();
    let class = "Mathematics for engineers and economists, advanced";
    school.ok(&["student", "edit", "H000101", "--group", class, "--from", "2026-09-01", "--yes"]);
    for (line, wanted) in [
        ("roster now", "unknown"),
        ("summary", "0/4"),
        ("student list", "Mathematics for"),
        ("summary --by group", " 0 "),
    ] {
        let shown = on_screen(&school, 80, line);
        let row = shown.iter().rfind(|line| line.contains("Mathem")).unwrap();
        assert!(
            row.contains(wanted) && (line == "summary --by group" || row.contains("Zoë O'Neil")),
            "{shown:#?}"
        );
    }
}

#[test]
fn headings_and_hints_are_broken_and_not_cut() {
    let mut school = School::example();
    school.at("2026-09-07T12:00:00+03:00");
    school.ok(&["mark", "--group", "G*", "absent", "--period", "Block 1", "--yes"]);
    for columns in [40, 60, 80] {
        let shown = on_screen(&school, columns, "summary");
        let people: Vec<&String> = shown.iter().skip_while(|line| *line != "NEEDS A PERSON").collect();
        let people = people.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
        for name in ["H000101 Zoë O'Neil (G7)", "H000140 王小明 (G8)", "H000177 Omar Haddad (G8)"] {
            assert!(people.contains(name), "{name}: {shown:#?}");
        }
    }
    school.at("2026-10-01T12:00:00+03:00");
    let shown = on_screen(&school, 60, "health");
    let words = shown.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ");
    assert!(words.contains("see: attend schedule generate"), "{shown:#?}");
}

#[test]
fn a_narrow_panel_shows_the_number_of_those_present_whole() {
    let mut school = School::example();
    for (columns, title) in [
        (40, "Block 2       09:35–10:20    0/5 present"),
        (60, "Block 2       09:35–10:20  ███████▌░░░░░░  53 %  0/5 present"),
    ] {
        let shown = on_screen(&school, columns, "panel");
        assert!(shown.iter().any(|line| line == title), "{shown:#?}");
        let clock = if columns == 40 { &shown[1] } else { &shown[0] };
        assert!(
            shown[0].starts_with("Green Valley School") && clock.contains("Mon 7 Sep 2026"),
            "{shown:#?}"
        );
    }
    school.at("2026-09-07T10:25:00+03:00");
    let shown = on_screen(&school, 60, "panel");
    assert!(shown.iter().any(|line| line.contains("attend roster show --period \"Block 2\".")), "{shown:#?}");
}
