//! `attend health`: one list of findings for every view, in every format.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use attend::domain::watch::health::Check;
use serde_json::Value;

use crate::common::harness::{School, Terminal, has, root, run, seen, text, wait_for};
use crate::common::limit::{Limited, output};

fn beat(camera: &str, ts: &str, error: &str) -> String {
    format!(
        "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"2026-09-07T{ts}+03:00\",\"snapshot_every\":30,\
         \"last_error\":\"{error}\"}}\n"
    )
}

/// Gate-2 is stale, and hall-2 and the enforcer have errors. Some names contain hostile characters.
fn unwell() -> School {
    let school = School::example();
    let all_morning: String = (30..58).map(|minute| beat("gate-1", &format!("09:{minute}:50"), "")).collect();
    let lines = [
        all_morning,
        beat("gate-1", "09:58:50", ""),
        beat("gate-2", "09:56:08", ""),
        beat("hall \\\"2\\\\", "09:59:00", "no | route\\u001b[2J\\nevil 1"),
        "{\"type\":\"job\",\"name\":\"enforcer\",\"ok\":false,\"error\":\"camera 3: no route\"}\n".into(),
        seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"),
    ];
    school.ingest(lines.concat());
    school
}

/// Replaces output that differs between machines.
fn same_everywhere(session: &str) -> String {
    let line = |line: &str| match line {
        line if line.starts_with(" ✓ disk") => " ✓ disk        DISK free".to_owned(),
        line if line.starts_with(" ✓ database") => " ✓ database    SIZE".to_owned(),
        line => line.to_owned(),
    };
    session.lines().map(|text| line(text) + "\n").collect()
}

/// A report in JSON or JSON lines without the free disk space, which other programs change between two reports.
fn without_disk(report: &str) -> Vec<Value> {
    let mut report: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for value in &mut report {
        let rows = match value {
            Value::Object(whole) if whole.contains_key("rows") => whole["rows"].as_array_mut().unwrap(),
            row => std::slice::from_mut(row),
        };
        rows.iter_mut().filter(|row| row["check"] == "disk").for_each(|row| row["seen"] = "DISK free".into());
    }
    report
}

#[test]
fn the_answer_comes_first_then_the_findings() {
    let school = School::example();
    insta::assert_snapshot!(same_everywhere(&school.session(&["health"])), @"
    $ attend health
    OK  all 13 checks are well

     ✓ runners     none has sent a heartbeat yet
     ✓ blind       no camera sends heartbeats: periods are judged by marks and sightings
     ✓ clock       no runner's clock is off
     ✓ jobs        all ok; last schedule generate 09:59
     ✓ period      Block 2 is active
     ✓ schedule    6 days ahead; tomorrow has 4 periods
     ✓ zones       rules 2025b (compiled in)
     ✓ database    SIZE
     ✓ disk        DISK free
     ✓ quarantine  no line refused since yesterday
     ✓ keys        none: anybody who can run attend here may send
     ✓ records     decided under the settings of today
     ✓ outbox      nothing waits for long
    ");
    insta::assert_snapshot!(same_everywhere(&unwell().session(&["health"])), @r#"
    $ attend health
    WARNING  2 of 13 checks need attention

     ▲ runners     gate-2 is stale: last heard 09:56:08, limit 1 min   see: attend runner list
     ▲ runners     hall "2\: no | route\u{1b}[2J\nevil 1               see: attend runner list
     ▲ jobs        enforcer: camera 3: no route (since Mon 09:59)      see: attend job list
     ✓ blind       3 cameras without a place: one dead camera leaves everybody unknown; attend camera suggest
     ✓ clock       no runner's clock is off
     ✓ period      Block 2 is active
     ✓ schedule    6 days ahead; tomorrow has 4 periods
     ✓ zones       rules 2025b (compiled in)
     ✓ database    SIZE
     ✓ disk        DISK free
     ✓ quarantine  no line refused since yesterday
     ✓ keys        none: anybody who can run attend here may send
     ✓ records     decided under the settings of today
     ✓ outbox      nothing waits for long
    [1]
    "#);
}

#[test]
fn programs_read_every_finding_with_its_age_and_hint() {
    let school = unwell();
    let output = school.feed(&["health", "--format", "json"], "");
    assert_eq!(output.status.code(), Some(1));
    let health: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&health["status"], &health["findings"]), (&"WARNING".into(), &3.into()));
    insta::assert_snapshot!(health["rows"][0], @r#"{"check":"runners","hint":"attend runner list","seen":"gate-2 is stale: last heard 09:56:08, limit 1 min","since":"2026-09-07T09:56:08+03:00","state":"warning","subject":"gate-2"}"#);
    let rows = health["rows"].as_array().unwrap();
    let checks: Vec<&str> = rows.iter().map(|row| row["check"].as_str().unwrap()).collect();
    assert_eq!(checks.len(), 14, "{checks:?}");
    assert!(Check::ALL.iter().all(|check| checks.contains(&check.word())), "{checks:?}");
    let lines = school.feed(&["health", "--format", "jsonl"], "");
    let whole = without_disk(&text(&output.stdout)).remove(0);
    assert_eq!(without_disk(&text(&lines.stdout)), *whole["rows"].as_array().unwrap());
    let sheet = school.feed(&["health", "--format", "csv"], "").stdout;
    assert_eq!(csv::Reader::from_reader(&sheet[..]).records().count(), rows.len());
    let before = school.feed(&["--format", "json", "health"], "");
    assert!(text(&before.stdout).starts_with("{\"report\":\"health\""), "before the command it works too");
}

#[test]
fn every_view_shows_the_same_list() {
    let school = unwell();
    let health: Value =
        serde_json::from_slice(&school.feed(&["health", "--format", "json"], "").stdout).unwrap();
    let found: Vec<&str> = health["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] != "ok")
        .map(|row| row["seen"].as_str().unwrap())
        .collect();
    assert_eq!(found.len(), 3);
    let panel: Value = serde_json::from_str(&school.ok(&["panel", "--format", "json"])).unwrap();
    assert_eq!(panel["warnings"], Value::from(found.clone()));
    if !has("tmux") {
        return;
    }
    for args in [&["panel", "--watch", "100ms"][..], &["roster", "now", "--watch", "100ms"]] {
        let terminal = Terminal::open(&school, args, 100, 40);
        terminal.wait_for("1/5 present");
        let screen = terminal.screen().join("\n");
        terminal.press("q");
        terminal.ended();
        let shown = found.iter().map(|found| screen.find(&attend::report::text::safe(found).into_owned()));
        let shown: Vec<Option<usize>> = shown.collect();
        assert!(shown.iter().all(Option::is_some) && shown.is_sorted(), "{shown:?} in\n{screen}");
    }
}

/// Parses a line of a monitoring plugin by the guidelines: status, text, and numbers with their ranges.
fn plugin(line: &str) -> (String, Vec<(String, String)>) {
    assert_eq!(line.lines().count(), 1, "{line:?}");
    assert!(line.len() < 4_096 && line.chars().all(|c| c == '\n' || !c.is_control()), "{line:?}");
    let (words, numbers) = line.trim_end().split_once(" | ").unwrap_or((line.trim_end(), ""));
    assert!(!words.contains('|'), "{line}");
    let (status, _) = words.split_once(" - ").unwrap();
    let number = |number: &str| {
        let (label, rest) = number.split_once('=').unwrap();
        assert!(!label.contains(['\'', '=', ' ']), "{number}");
        let parts: Vec<&str> = rest.split(';').collect();
        assert!(parts.len() <= 5, "{number}");
        let value = parts[0].trim_end_matches('B');
        assert!(value.parse::<f64>().is_ok(), "{number}");
        for range in &parts[1..] {
            let ends = range.trim_start_matches('@').split(':');
            assert!(ends.into_iter().all(|end| end.is_empty() || end.parse::<f64>().is_ok()), "{number}");
        }
        (label.to_owned(), value.to_owned())
    };
    (status.to_owned(), numbers.split_whitespace().map(number).collect())
}

#[test]
fn nagios_reads_one_line() {
    let school = unwell();
    let output = school.feed(&["health", "--format", "nagios"], "");
    let line = text(&output.stdout);
    let (words, _) = line.split_once(" | ").unwrap();
    insta::assert_snapshot!(words, @r#"ATTEND WARNING - gate-2 is stale: last heard 09:56:08, limit 1 min; hall "2\: no / route\u{1b}[2J\nevil 1; enforcer: camera 3: no route (since Mon 09:59)"#);
    let (status, numbers) = plugin(&line);
    assert_eq!((status.as_str(), output.status.code()), ("ATTEND WARNING", Some(1)));
    let labels: Vec<&str> = numbers.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(
        labels,
        ["warnings", "criticals", "runners_online", "quarantine_recent", "database", "disk_free"]
    );
    assert_eq!(numbers[..3].iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["3", "0", "2"]);
    let well = School::example().ok(&["health", "--format", "nagios"]);
    assert!(well.starts_with("ATTEND OK - all 13 checks are well | warnings=0;;;0 "), "{well}");
    plugin(&well);
}

#[test]
fn prometheus_accepts_the_gauges_and_they_name_no_student() {
    let school = unwell();
    school.ok(&["student", "edit", "H000101", "--name", "Ada Lovelace"]);
    let gauges = text(&school.feed(&["health", "--format", "prometheus"], "").stdout);
    for line in [
        "attend_health_status 1",
        "attend_check_status{check=\"runners\"} 1",
        "attend_check_status{check=\"disk\"} 0",
        "attend_runner_online{camera=\"gate-2\"} 0",
        "attend_runner_online{camera=\"hall \\\"2\\\\\"} 1",
        "attend_runner_last_heartbeat_timestamp_seconds{camera=\"gate-1\"} 1788764330",
        "attend_job_ok{job=\"enforcer\"} 0",
        "attend_job_last_success_timestamp_seconds{job=\"schedule generate\"} 1788764352",
        "attend_period_active 1",
        "attend_health_timestamp_seconds 1788764352",
    ] {
        assert!(gauges.lines().any(|found| found == line), "{line} in\n{gauges}");
    }
    for name in ["Ada", "H000101", "Omar"] {
        assert!(!gauges.contains(name), "{name} in\n{gauges}");
    }
    if !has("promtool") {
        return;
    }
    for gauges in
        [gauges, text(&school.feed(&["--db", "no.db", "health", "--format", "prometheus"], "").stdout)]
    {
        let output = run(Command::new("promtool").args(["check", "metrics"]), gauges);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
}

#[test]
fn the_node_exporter_passes_the_gauges_on() {
    if !has("prometheus-node-exporter") || !has("curl") {
        return;
    }
    let school = unwell();
    school.feed(&["health", "--format", "prometheus", "-o", "attend.prom"], "");
    let mut exporter = Command::new("prometheus-node-exporter");
    // It chooses a free port and names it. A fixed one could belong to another test, or to another run of the tests.
    exporter
        .args(["--collector.disable-defaults", "--collector.textfile", "--web.listen-address=127.0.0.1:0"])
        .arg(format!("--collector.textfile.directory={}", school.path("").display()))
        .stdout(Stdio::null())
        .stderr(fs::File::create(school.path("exporter.log")).unwrap());
    let _exporter = Limited::start(&mut exporter);
    let address = wait_for("the address of the exporter", || {
        let log = fs::read_to_string(school.path("exporter.log")).unwrap();
        let line = log.lines().find(|line| line.contains("\"Listening on\""))?.to_owned();
        Some(line.split_once("address=")?.1.to_owned())
    });
    let mut curl = Command::new("curl");
    let page = output(curl.args(["-sf", "--max-time", "60"]).arg(format!("http://{address}/metrics")));
    let page = text(&page.stdout);
    assert!(page.contains("attend_runner_online{camera=\"hall \\\"2\\\\\"} 1"), "{page}");
    assert!(page.contains("node_textfile_scrape_error 0"), "{page}");
}

#[test]
fn files_appear_whole_and_only_the_gauges_are_for_everybody() {
    let school = unwell();
    let mode = |name: &str| fs::metadata(school.path(name)).unwrap().permissions().mode() & 0o777;
    school.write("attend.prom", "old");
    for (format, name, expected) in
        [("prometheus", "attend.prom", 0o644), ("json", "health.json", 0o600), ("table", "health.txt", 0o600)]
    {
        let output = school.feed(&["health", "--format", format, "-o", name], "");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{format}");
        assert_eq!(mode(name), expected, "{format}");
        let printed = text(&school.feed(&["health", "--format", format], "").stdout);
        let written = fs::read_to_string(school.path(name)).unwrap();
        match format {
            "json" => assert_eq!(without_disk(&written), without_disk(&printed)),
            _ => assert_eq!(written.lines().next(), printed.lines().next(), "{format}"),
        }
    }
    // The mode does not depend on the umask, because the exporter is another user.
    let umask =
        format!("umask 077; exec {} health --format prometheus -o b.prom", env!("CARGO_BIN_EXE_attend"));
    output(school.program("sh").args(["-c", &umask]));
    assert_eq!(mode("b.prom"), 0o644);
    let output = school.feed(&["health", "--format", "json", "-o", "nowhere/x"], "");
    assert_eq!(output.status.code(), Some(74));
}

#[test]
fn a_database_that_cannot_be_opened_is_unknown_in_every_format() {
    let school = School::empty();
    insta::assert_snapshot!(school.session(&[
        "health",
        "health --format nagios",
        "health --format prometheus",
        "health --format json",
        "health --format csv",
    ]), @r#"
    $ attend health
    UNKNOWN  there is no database at ~/school.db
    hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [3]
    $ attend health --format nagios
    ATTEND UNKNOWN - there is no database at ~/school.db
    [3]
    $ attend health --format prometheus
    # HELP attend_health_status State of the whole: 0 ok, 1 warning, 2 critical, 3 unknown.
    # TYPE attend_health_status gauge
    attend_health_status 3
    [3]
    $ attend health --format json
    {"report":"health","as_of":"2026-09-07T06:59:12+00:00","status":"UNKNOWN","findings":1,"rows":[{"check":"database","state":"unknown","subject":null,"seen":"there is no database at ~/school.db","since":null,"hint":"make one: attend init --timezone ZONE, with the same --db if you named one"}]}
    [3]
    $ attend health --format csv
    check,state,subject,seen,since,hint␍
    database,unknown,,there is no database at ~/school.db,,"make one: attend init --timezone ZONE, with the same --db if you named one"␍
    [3]
    "#);
    school.write(
        "school.db",
        "this is not a database, and it is long enough to be told from one by its head only\n".repeat(9),
    );
    for format in ["table", "nagios", "prometheus", "json"] {
        let output = school.feed(&["health", "--format", format], "");
        assert_eq!(output.status.code(), Some(3), "{format}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty());
    }
    // Damage behind the header is found when it is read.
    let school = School::example();
    let mut bytes = fs::read(school.path("school.db")).unwrap();
    bytes[4096..].fill(0xAA);
    school.write("school.db", bytes);
    let output = school.feed(&["health", "--format", "nagios"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).starts_with("ATTEND UNKNOWN - the database is damaged"), "{output:?}");
}

/// The result of one check in `health`.
fn of(school: &School, check: &str) -> (Option<i32>, String) {
    let output = school.feed(&["health"], "");
    let shown = text(&output.stdout);
    let line = shown.lines().find(|line| line.split_whitespace().nth(1) == Some(check)).unwrap();
    (output.status.code(), line.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn each_check_finds_its_fault_and_passes_without_it() {
    let mut school = School::example();
    let says = |school: &School, check: &str, code: i32, start: &str| {
        let (found, line) = of(school, check);
        assert!(found == Some(code) && line.starts_with(start), "{found:?} {line}");
    };
    says(&school, "disk", 0, "✓ disk ");
    school.ok(&["settings", "set", "min_free_disk", "1000000000"]);
    says(&school, "disk", 2, "✗ disk only ");
    school.ok(&["settings", "set", "min_free_disk", "0"]);

    school.ok(&["settings", "set", "quarantine_warning", "2"]);
    school.feed(&["ingest"], "?1\n?2\n");
    says(&school, "quarantine", 0, "✓ quarantine 2 lines refused since yesterday");
    school.feed(&["ingest"], "?3\n?4\n");
    says(
        &school,
        "quarantine",
        1,
        "▲ quarantine 3 lines or more refused since yesterday see: attend quarantine list",
    );
    school.at("2026-09-08T09:59:13+03:00");
    says(&school, "quarantine", 0, "✓ quarantine no line refused since yesterday");
    school.at("2026-09-07T09:59:12+03:00");
    school.ok(&["quarantine", "drop", "--all"]);

    school.ok(&["key", "create", "gate-1", "--expires", "13d", "-o", "gate.key"]);
    says(&school, "keys", 1, "▲ keys the key of gate-1 ends Sun 20 Sep 09:59 see: attend key rotate gate-1");
    school.ok(&["settings", "set", "key_warning", "12d"]);
    says(&school, "keys", 0, "✓ keys all good for longer");
    school.ok(&["key", "revoke", "gate-1"]);

    school.ok(&["settings", "set", "max_database", "100"]);
    says(&school, "database", 0, "✓ database ");

    school.ok(&["schedule", "close", "2026-09-07..2026-09-08", "--reason", "Eid", "--yes"]);
    says(&school, "period", 0, "✓ period no school now");
    says(&school, "schedule", 0, "✓ schedule 6 days ahead; Wednesday has 4 periods");
    school.ok(&["schedule", "open", "2026-09-07..2026-09-08", "--yes"]);
    school.ok(&["schedule", "cancel", "Block 2", "--reason", "trip", "--yes"]);
    says(&school, "period", 0, "✓ period a break");
    school
        .ok(&["period", "add", "Chess", "--start", "09:50", "--end", "10:10", "--days", "sun-thu", "--yes"]);
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    conn.execute("DELETE FROM occurrence WHERE name = 'Chess'", []).unwrap();
    drop(conn);
    says(
        &school,
        "period",
        2,
        "✗ period no period is active, but the weekly plan has Chess see: attend schedule",
    );
    says(&school, "schedule", 2, "▲ schedule 1 of 5 periods on Tue 8 Sep not in the schedule");
    school.ok(&["schedule", "generate", "--yes"]);
    says(&school, "period", 0, "✓ period Chess is active");
}

#[test]
fn a_quarantine_that_drops_lines_says_so_and_one_with_gaps_does_not() {
    let school = School::example();
    school.ok(&["settings", "set", "quarantine_limit", "100"]);
    school.ok(&["settings", "set", "quarantine_warning", "1000"]);
    let lines = |from: u32, to: u32| (from..to).map(|n| format!("?{n}\n")).collect::<String>();
    school.feed(&["ingest"], lines(0, 99));
    assert_eq!(of(&school, "quarantine").0, Some(0));
    school.feed(&["ingest"], lines(99, 100));
    let told =
        "▲ quarantine the quarantine is full: the oldest lines are dropped see: attend quarantine list";
    assert_eq!(of(&school, "quarantine"), (Some(1), told.into()));
    school.ok(&["quarantine", "drop", "50"]);
    assert_eq!(of(&school, "quarantine"), (Some(0), "✓ quarantine 99 lines refused since yesterday".into()));
}

#[test]
fn records_of_today_under_two_policies_are_a_finding() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    assert!(of(&school, "records").1.starts_with("✓"));
    school.ok(&["settings", "set", "min_score", "0.8"]);
    let told = "▲ records 1 record of today decided under other settings see: attend recompute";
    assert_eq!(of(&school, "records"), (Some(1), told.into()));
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:41:00+03:00", "gate-1"));
    assert_eq!(of(&school, "records").0, Some(0), "a line folds its record anew");
}

#[test]
fn an_overdue_daily_job_is_a_finding() {
    let mut school = School::example();
    for day in 8..12 {
        school.at(&format!("2026-09-{day:02}T02:00:00+03:00")).ok(&["schedule", "generate"]);
    }
    school.at("2026-09-13T02:00:00+03:00");
    assert_eq!(of(&school, "jobs").0, Some(0));
    school.at("2026-09-13T02:00:01+03:00");
    let told = "▲ jobs schedule generate used to run daily; last ok Fri 11 Sep 02:00 see: does cron run attend \
                schedule generate?";
    assert_eq!(of(&school, "jobs"), (Some(1), told.into()));
    school.ok(&["schedule", "generate", "--yes"]);
    assert_eq!(of(&school, "jobs").0, Some(0));
}

#[test]
fn the_operations_page_explains_every_check() {
    let page = fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let (_, section) = page.split_once("\n## Health and alerts\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let explained: Vec<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let checks = attend::domain::watch::health::Check::ALL.map(attend::domain::watch::health::Check::word);
    assert_eq!(explained, checks);
}

#[test]
fn the_extension_of_a_file_chooses_the_format_of_health() {
    let school = School::example();
    for (file, begins) in [
        ("h.json", "{\"report\":\"health\""),
        ("h.jsonl", "{\"check\":"),
        ("h.csv", "check,state,"),
        ("h.prom", "# HELP "),
        ("h.txt", ""),
        ("h", ""),
    ] {
        school.feed(&["health", "-o", file], "");
        let written = std::fs::read_to_string(school.path(file)).unwrap();
        assert!(written.starts_with(begins) && !written.is_empty(), "{file}: {written}");
    }
}
