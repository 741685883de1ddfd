//! `attend prune`: old events are deleted, registers stay the same, and runners can send meanwhile.

use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::harness::{NOW, School, seen, text};
use crate::common::limit::Limited;

/// Ninety days before [`NOW`], and the first that is kept.
const OLD: &str = "2026-06-08";
const KEPT: &str = "2026-06-09";

/// A school whose schedule began in June: Morning from 08:00 to 09:00, and Night, whose window reaches
/// past midnight.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-06-01T06:00:00+03:00");
    school.write("roll.csv", "code,name\nA,Ada\nB,Bo\nC,Cy\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in [("Morning", "08:00", "09:00"), ("Night", "23:00", "23:55")] {
        let period = ["period", "add", name, "--start", start, "--end", end, "--days", "daily"];
        school.ok(&[&period[..], &["--late-grace", "20m"]].concat());
    }
    school.ok(&["schedule", "generate", "--days", "110"]);
    school.at(NOW);
    school
}

fn at(student: &str, ts: &str) -> String {
    seen(student, 0.9, &format!("{ts}+03:00"), "gate-1")
}

fn heartbeat(ts: &str) -> String {
    format!(
        "{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"{ts}+03:00\",\"snapshot_every\":300,\
         \"last_error\":\"\"}}\n"
    )
}

/// Two days on either side of the cut-off: A present, B low, C absent in the mornings; nothing at night.
fn with_history() -> School {
    watched(["08:30"])
}

/// The same with heartbeats at these times of each day.
fn watched<T: AsRef<str>>(times: impl IntoIterator<Item = T> + Clone) -> School {
    let school = school();
    for date in ["2026-06-06", "2026-06-07", OLD, KEPT] {
        let beats = times.clone().into_iter().map(|time| heartbeat(&format!("{date}T{}:00", time.as_ref())));
        let low = seen("B", 0.5, &format!("{date}T08:20:00+03:00"), "gate-1");
        school.ingest(beats.collect::<String>() + &at("A", &format!("{date}T08:10:00")) + &low);
    }
    school
}

/// All views of the days around the cut-off.
fn registers(school: &School) -> String {
    let export = ["export", "records", "--from", "2026-06-05", "--to", "2026-06-10", "--format", "json"];
    let roster = ["roster", "show", "--date", OLD, "--period", "Morning"];
    school.ok(&export) + &school.ok(&roster)
}

fn number(school: &School, sql: &str) -> i64 {
    Connection::open(school.path("school.db")).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A number of recognitions of A, one per second from 1 June on. This is quicker than ingesting lines.
fn fill(school: &School, rows: i64) {
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute("INSERT OR IGNORE INTO camera (name, added_at) VALUES ('gate-1', 0)", []).unwrap();
    let first = chrono::DateTime::parse_from_rfc3339("2026-06-01T12:00:00+03:00").unwrap().timestamp_micros();
    let sql = "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n LIMIT ?2)
               INSERT INTO recognition (ts, student, camera, score, crop) SELECT ?1 + n * 1000000, 1, 1, 0.9, 'crops/of/the/day/' || n FROM n";
    conn.execute(sql, [first, rows]).unwrap();
}

#[test]
fn the_plan_is_applied_as_shown_and_a_second_prune_does_nothing() {
    let school = with_history();
    school.ingest("nonsense\n");
    insta::assert_snapshot!(school.session(&["prune --dry-run", "prune -v", "prune", "prune --dry-run --format csv"]), @"
    $ attend prune --dry-run
    Events before 2026-06-09 go; records and marks stay.

     TABLE         ROWS  OLDEST                GOES BEFORE
     recognitions     6  Sat 6 Jun 2026 08:10  Tue 9 Jun 2026 00:00
     heartbeats       9  Sat 6 Jun 2026 08:10  Mon 8 Jun 2026 23:00
     quarantine       0  Mon 7 Sep 2026 09:59  Tue 9 Jun 2026 00:00
     jobs             0                        Tue 9 Jun 2026 00:00
     runs             0  Mon 1 Jun 2026 06:00  Tue 9 Jun 2026 00:00
     messages         0                        Tue 9 Jun 2026 00:00
    $ attend prune -v
    ! 15 rows deleted, 0 B given back
    $ attend prune
    $ attend prune --dry-run --format csv
    table,rows,oldest,before␍
    recognitions,0,2026-06-09T08:10:00+03:00,2026-06-09T00:00:00+03:00␍
    heartbeats,0,2026-06-09T08:10:00+03:00,2026-06-08T23:00:00+03:00␍
    quarantine,0,2026-09-07T09:59:12+03:00,2026-06-09T00:00:00+03:00␍
    jobs,0,,2026-06-09T00:00:00+03:00␍
    runs,0,2026-06-01T06:00:00+03:00,2026-06-09T00:00:00+03:00␍
    messages,0,,2026-06-09T00:00:00+03:00␍
    ");
    assert_eq!(school.stored().len(), 2);
}

#[test]
fn whole_days_are_pruned_and_the_cutoff_instant_stays() {
    let school = school();
    let instants = ["2026-06-08T23:59:59.999999", "2026-06-09T00:00:00", "2026-06-09T00:00:00.000001"];
    school.ingest(instants.map(|ts| at("A", ts)).concat());
    school.ingest(
        instants.map(heartbeat).concat()
            + &heartbeat("2026-06-08T22:59:59")
            + &heartbeat("2026-06-08T23:00:00"),
    );
    let conn = Connection::open(school.path("school.db")).unwrap();
    for ts in instants {
        let at = chrono::DateTime::parse_from_rfc3339(&format!("{ts}+03:00")).unwrap().timestamp_micros();
        let sql = "INSERT INTO quarantine (digest, received_at, runner, camera, reason, waits, detail, line)
                   VALUES (?1, ?2, '', '', 'malformed', 0, '', ?1)";
        conn.execute(sql, rusqlite::params![ts.as_bytes(), at]).unwrap();
    }
    school.ok(&["prune", "--older-than", "90d"]);
    assert_eq!(school.stored().len(), 2);
    assert!(school.stored()[0].starts_with("1780952400000000 "), "{:?}", school.stored());
    // Heartbeats speak for up to an hour to either side.
    assert_eq!(number(&school, "SELECT count(*) FROM alive"), 3);
    assert_eq!(number(&school, "SELECT min(received_at) FROM quarantine"), 1_780_952_400_000_000);
}

#[test]
fn the_cutoff_is_midnight_also_when_the_clocks_change_in_between() {
    let mut school = School::empty();
    school.at("2026-03-01T06:00:00+01:00").ok(&["init", "--timezone", "Europe/Stockholm"]);
    school.ok(&["student", "add", "A", "Ada"]);
    school.at("2026-04-08T12:00:00+02:00");
    for ts in ["2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"]
    {
        school.ingest(seen("A", 0.9, ts, "gate-1"));
    }
    let before = |school: &School, age: &str| {
        let plan = school.ok(&["prune", "--older-than", age, "--dry-run", "--format", "json"]);
        let plan: Value = serde_json::from_str(&plan).unwrap();
        (plan["watermark"].as_str().unwrap().to_owned(), plan["rows"][0]["rows"].as_i64().unwrap())
    };
    assert_eq!(before(&school, "10d"), ("2026-03-29T00:00:00+01:00".into(), 1));
    assert_eq!(before(&school, "9d"), ("2026-03-30T00:00:00+02:00".into(), 3));
    school.ok(&["prune", "--older-than", "9d"]);
    assert_eq!(school.stored().len(), 1);
}

#[test]
fn the_register_of_a_pruned_day_does_not_change() {
    // Statuses depend on heartbeats and recognitions, and in the third school only on recognitions.
    let all_morning = (0..70).map(|minute| format!("0{}:{:02}", 7 + (55 + minute) / 60, (55 + minute) % 60));
    for (watch, school) in [
        ("too seldom", with_history()),
        ("all morning", watched(all_morning)),
        ("without heartbeats", watched([""; 0])),
    ] {
        school.ok(&["mark", "C", "excused", "--period", "Night", "--date", OLD]);
        let before = registers(&school);
        for status in ["present", "unknown"] {
            assert!(before.contains(&format!("\"{status}\"")), "{status} in {before}");
        }
        assert_eq!(before.contains("\"absent\""), watch != "too seldom", "{watch}: {before}");
        school.ok(&["prune"]);
        assert_eq!(number(&school, "SELECT count(*) FROM recognition WHERE ts < 1780952400000000"), 0);
        assert_eq!(registers(&school), before, "{watch}");
        // And once it is pruned, a later one changes nothing either.
        school.ok(&["prune", "--older-than", "80d"]);
        let old = ["export", "records", "--date", OLD, "--format", "csv"];
        let kept = school.ok(&old);
        school.ok(&["prune", "--older-than", "1d"]);
        assert_eq!(school.ok(&old), kept);
    }
}

#[test]
fn rows_left_by_a_running_prune_are_not_damage() {
    let school = with_history();
    Connection::open(school.path("school.db"))
        .unwrap()
        .execute("UPDATE revision SET watermark = 1780952400000000", [])
        .unwrap();
    let lock = std::fs::File::create(school.path(".school.db.prune.lock")).unwrap();
    lock.lock().unwrap();
    insta::assert_snapshot!(school.session(&["db check"]), @"
    $ attend db check
     CHECK                                    RESULT  ROWS
     the file is whole                        ✓ ok
     every table is there                     ✓ ok
     the settings can be read                 ✓ ok
     references lead somewhere                ✓ ok
     erased students stay erased              ✓ ok
     recognitions show students on the roll   ✓ ok
     erased students are gone                 ✓ ok
     recognitions come from known cameras     ✓ ok
     heartbeats come from known cameras       ✓ ok
     nothing is left before the watermark     ✓ ok          not judged: prune is running
     records lie within their occurrence      ✓ ok
     records rest on sightings                ✓ ok
     a settled register knows its coverage    ✓ ok          not judged: prune is running
     no student is on the roll twice at once  ✓ ok
     an alias has one student at a time       ✓ ok
    ");
    assert!(school.feed(&["health"], "").status.code() < Some(2));
    lock.unlock().unwrap();
    assert!(!school.feed(&["db", "check"], "").status.success());
}

#[test]
fn pruned_dates_are_explained() {
    let school = with_history();
    school.ok(&["prune"]);
    assert!(school.ok(&["history", "A", "--date", OLD]).contains("Recognitions of that day were pruned"));
    let today = school.ok(&["history", "A"]);
    assert!(today.contains("Nothing was seen"), "{today}");
    let told = |dates: &[&str]| {
        let args = [&["-v", "export", "recognitions"], dates].concat();
        text(&school.feed(&args, "").stderr)
    };
    assert_eq!(told(&["--date", OLD]), "recognitions before 2026-06-09 were pruned\n");
    assert_eq!(told(&["--from", "2026-06-09"]), "");
}

#[test]
fn a_pruned_day_is_never_folded_again() {
    let school = with_history();
    school.ok(&["schedule", "cancel", "Morning", "--date", "2026-06-07", "--reason", "trip", "--yes"]);
    school.ok(&["schedule", "close", "2026-06-06", "--reason", "Eid", "--yes"]);
    school.ok(&["prune"]);
    let before = registers(&school);
    insta::assert_snapshot!(school.session(&[
        "schedule cancel Morning --date 2026-06-08 --reason oops --yes",
        "schedule restore Morning --date 2026-06-08 --yes",
        "schedule close 2026-06-08 --reason oops --yes",
        "schedule open 2026-06-08 --yes",
        "schedule restore Morning --date 2026-06-07 --yes",
        "schedule open 2026-06-06..2026-06-10 --yes",
        "schedule list --from 2026-06-06 --days 3",
    ]), @"
    $ attend schedule cancel Morning --date 2026-06-08 --reason oops --yes
    $ attend schedule restore Morning --date 2026-06-08 --yes
    $ attend schedule close 2026-06-08 --reason oops --yes
    $ attend schedule open 2026-06-08 --yes
    $ attend schedule restore Morning --date 2026-06-07 --yes
    ! attend: Morning on 2026-06-07 was not held, and its recognitions were pruned since
    ! hint: the recognitions of that date were pruned; nothing was changed
    [1]
    $ attend schedule open 2026-06-06..2026-06-10 --yes
    ! attend: Morning on 2026-06-06 was not held, and its recognitions were pruned since
    ! hint: the recognitions of that date were pruned; nothing was changed
    [1]
    $ attend schedule list --from 2026-06-06 --days 3
    Closed 2026-06-06: Eid

     DATE            PERIOD   STARTS  ENDS   OPENS  CLOSES  STATE
     Sat 6 Jun 2026  Morning  08:00   09:00  07:55  09:20   ✗ closed     Eid
     Sat 6 Jun 2026  Night    23:00   23:55  22:55  00:15   ✗ closed     Eid
     Sun 7 Jun 2026  Morning  08:00   09:00  07:55  09:20   ✗ cancelled  trip
     Sun 7 Jun 2026  Night    23:00   23:55  22:55  00:15   planned
     Mon 8 Jun 2026  Morning  08:00   09:00  07:55  09:20   planned
     Mon 8 Jun 2026  Night    23:00   23:55  22:55  00:15   planned
    ");
    assert_eq!(registers(&school), before);
}

#[test]
fn no_occurrence_is_planned_on_pruned_dates() {
    let school = with_history();
    school.ok(&["period", "add", "Noon", "--start", "12:00", "--end", "13:00", "--days", "daily"]);
    school.ok(&["prune"]);
    let before = registers(&school);
    insta::assert_snapshot!(school.session(&["schedule generate --from 2026-06-08 --days 2 --dry-run"]), @r#"
    $ attend schedule generate --from 2026-06-08 --days 2 --dry-run
     ACTION     DATE            PERIOD   STARTS  ENDS
     unchanged  Mon 8 Jun 2026  Morning  08:00   09:00
     unchanged  Mon 8 Jun 2026  Night    23:00   23:55
     skip       Mon 8 Jun 2026  Noon     12:00   13:00  its recognitions were pruned
     unchanged  Tue 9 Jun 2026  Morning  08:00   09:00
     unchanged  Tue 9 Jun 2026  Night    23:00   23:55
     create     Tue 9 Jun 2026  Noon     12:00   13:00
    ! 2026-06-09 Noon: 3 not listed → unknown (A, B, C)
    "#);
    school.ok(&["schedule", "generate", "--from", OLD, "--days", "1"]);
    assert_eq!(registers(&school), before);
}

#[test]
fn older_lines_are_refused_from_then_on_by_running_streams_too() {
    let school = with_history();
    let mut stream = school.stream(&[]);
    assert_eq!(stream.ask(&at("C", "2026-06-08T08:10:00"))["status"], 200);
    school.ok(&["prune"]);
    let before = registers(&school);
    for line in [
        at("C", "2026-06-08T23:59:59.999999"),
        heartbeat("2026-06-08T08:31:00"),
        // At or after the cut-off, but in an occurrence that began before it.
        at("C", "2026-06-09T00:10:00"),
    ] {
        let ack = stream.ask(&line);
        assert_eq!((&ack["status"], &ack["reason"]), (&422.into(), &"older_than_retention".into()), "{line}");
    }
    assert_eq!(stream.ask(&at("C", "2026-06-09T00:20:00"))["status"], 202);
    stream.end();
    assert_eq!(registers(&school), before);
    insta::assert_snapshot!(school.session(&["quarantine retry --reason older_than_retention -v"]), @"
    $ attend quarantine retry --reason older_than_retention -v
    ! 0 lines taken in, 3 refused again
    ");
}

#[test]
fn a_watermark_never_goes_back() {
    let school = with_history();
    school.ingest(at("A", "2026-09-01T12:00:00"));
    school.ok(&["prune", "--older-than", "30d"]);
    school.ok(&["prune", "--older-than", "90d"]);
    assert_eq!(school.ingest(at("A", "2026-08-07T12:00:00"))[0]["reason"], "older_than_retention");
    assert_eq!(school.ingest(at("A", "2026-08-08T12:00:00"))[0]["reason"], "no_active_period");
}

#[test]
fn nothing_is_deleted_by_accident() {
    let mut school = with_history();
    fill(&school, 10);
    let all = school.stored();
    insta::assert_snapshot!(school.session(&[
        "prune --older-than 0d",
        "prune --older-than 90",
        "prune --older-than 12h",
        "settings set retention_days 0",
        "prune --yes",
        "prune --records-older-than",
    ]), @r#"
    $ attend prune --older-than 0d
    ! error: invalid value '0d' for '--older-than <90d|12w|6mo>': an age of zero would delete everything
    ! hint: the shortest age is one day: 1d
    !
    ! For more information, try '--help'.
    [2]
    $ attend prune --older-than 90
    ! error: invalid value '90' for '--older-than <90d|12w|6mo>': "90" is not an age
    ! hint: write whole days, weeks or months: 90d, 12w, 6mo
    !
    ! For more information, try '--help'.
    [2]
    $ attend prune --older-than 12h
    ! error: invalid value '12h' for '--older-than <90d|12w|6mo>': "12h" is not an age
    ! hint: write whole days, weeks or months: 90d, 12w, 6mo
    !
    ! For more information, try '--help'.
    [2]
    $ attend settings set retention_days 0
    ! attend: retention_days: "0" is not a whole number from 1 to 36500
    ! hint: retention_days is 1 to 36500 (days)
    [2]
    $ attend prune --yes
    ! error: the following required arguments were not provided:
    !   --records-older-than <DATE>
    !
    ! Usage: attend prune [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend prune --records-older-than
    ! error: a value is required for '--records-older-than <DATE>' but none was supplied
    !
    ! For more information, try '--help'.
    [2]
    "#);
    // A clock that is years ahead.
    school.at("2031-01-01T03:00:00+03:00");
    insta::assert_snapshot!(school.session(&["prune", "prune --dry-run"]), @"
    $ attend prune
    ! attend: this would delete every recognition, from 2026-06-01 to 2026-06-09
    ! hint: check this machine's clock; if it is right, add --all
    [1]
    $ attend prune --dry-run
    ! attend: this would delete every recognition, from 2026-06-01 to 2026-06-09
    ! hint: check this machine's clock; if it is right, add --all
    [1]
    ");
    // A job that is refused every night must be seen.
    assert!(school.ok(&["job", "list", "--format", "csv"]).contains("prune,batch,failed"));
    assert_eq!(school.stored(), all);
    school.ok(&["prune", "--all"]);
    assert_eq!(school.stored().len(), 0);
}

#[test]
fn a_clock_that_was_ahead_does_not_shut_out_the_lines_of_tomorrow() {
    let mut school = School::new();
    school.ok(&["student", "add", "A", "Ada"]);
    school.at("2031-01-01T03:00:00+03:00").ok(&["prune"]);
    school.at(NOW).ingest(at("A", "2026-09-06T08:00:00"));
    school.at("2031-01-01T03:00:00+03:00").ok(&["prune"]);
    assert_eq!(school.stored().len(), 0, "a single day does not make the clock suspect");
    let reason = |ts: &str| school.ingest(at("A", ts))[0]["reason"].clone();
    assert_eq!(reason("2026-09-06T23:59:59"), "older_than_retention");
    assert_eq!(reason("2026-09-07T00:00:00"), "no_active_period");
}

#[test]
fn the_setting_is_the_default() {
    let school = with_history();
    school.ok(&["settings", "set", "retention_days", "92d"]);
    let plan = |args: &[&str]| {
        let plan = school.ok(&[&["prune", "--dry-run", "--format", "json"], args].concat());
        let plan: Value = serde_json::from_str(&plan).unwrap();
        plan["keeps_from"].as_str().unwrap().to_owned()
    };
    let ages = [&[][..], &["--older-than", "91d"], &["--older-than", "13w"], &["--older-than", "3mo"]];
    assert_eq!(ages.map(plan), ["2026-06-07", "2026-06-08", "2026-06-08", "2026-06-07"]);
}

#[test]
fn records_are_pruned_only_on_request() {
    let school = with_history();
    school.ok(&["mark", "C", "excused", "--period", "Morning", "--date", "2026-06-06"]);
    insta::assert_snapshot!(school.session(&[
        "prune --records-older-than 2026-06-10",
        "prune --records-older-than 2026-06-07",
        "prune --records-older-than 2026-06-07 --dry-run",
        "prune --records-older-than 2026-06-07 --yes -v",
        "prune --records-older-than 2026-06-07 -v",
        "db check -q",
    ]), @"
    $ attend prune --records-older-than 2026-06-10
    ! attend: records from 2026-06-09 on still have their recognitions
    ! hint: records go after their recognitions: name a date up to 2026-06-09
    [1]
    $ attend prune --records-older-than 2026-06-07
    ! attend: this would delete 2 records and 1 mark before 2026-06-07 for good
    ! hint: make a backup, then add --yes
    [1]
    $ attend prune --records-older-than 2026-06-07 --dry-run
    Events before 2026-06-09 go; records and marks before 2026-06-07 go, too.

     TABLE         ROWS  OLDEST                GOES BEFORE
     recognitions     6  Sat 6 Jun 2026 08:10  Tue 9 Jun 2026 00:00
     heartbeats       9  Sat 6 Jun 2026 08:10  Mon 8 Jun 2026 23:00
     quarantine       0                        Tue 9 Jun 2026 00:00
     jobs             0                        Tue 9 Jun 2026 00:00
     runs             0  Mon 1 Jun 2026 06:00  Tue 9 Jun 2026 00:00
     messages         0                        Tue 9 Jun 2026 00:00
     records          2  Mon 1 Jun 2026 08:00  Sun 7 Jun 2026 00:00
     marks            1  Mon 1 Jun 2026 08:00  Sun 7 Jun 2026 00:00
     occurrences     12  Mon 1 Jun 2026 08:00  Sun 7 Jun 2026 00:00
    $ attend prune --records-older-than 2026-06-07 --yes -v
    ! 43 rows deleted, 0 B given back
    $ attend prune --records-older-than 2026-06-07 -v
    ! 0 rows deleted, 0 B given back
    $ attend db check -q
    ");
    let left = school.records("2026-06-01", KEPT);
    assert_eq!(left.first().unwrap()["date"], "2026-06-07");
    assert_eq!(number(&school, "SELECT count(*) FROM coverage"), 4, "of the occurrences that are left");
}

#[test]
fn killed_at_any_instant_it_is_finished_by_the_next_run() {
    const ROWS: i64 = 60_000;
    let (calm, school) = (with_history(), with_history());
    for school in [&calm, &school] {
        fill(school, ROWS);
    }
    let before = registers(&calm);
    calm.ok(&["prune"]);
    let rows = |school: &School| number(school, "SELECT count(*) FROM recognition");
    for left in [ROWS + 7, ROWS * 3 / 4, ROWS / 2, ROWS / 4, 1_000] {
        let mut prune = school.command(&["prune"]);
        let mut prune = Limited::start(prune.stdin(Stdio::null()));
        // Waits for a part of the work, not for a time.
        while rows(&school) > left && prune.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let _ = prune.kill();
        prune.wait().unwrap();
        assert_eq!(registers(&school), before, "{left}");
    }
    school.ok(&["prune"]);
    assert_eq!((school.stored(), registers(&school)), (calm.stored(), before));
    assert_eq!(school.session(&["db check -q"]), "$ attend db check -q\n");
}

#[test]
fn a_prune_cut_off_before_coverage_is_reported_and_repaired() {
    let school = with_history();
    let before = registers(&school);
    // As a kill right after the first commit leaves it.
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute("UPDATE revision SET watermark = 1780952400000000", []).unwrap();
    assert_eq!(registers(&school), before);
    insta::assert_snapshot!(school.session(&["db check --format csv", "prune", "db check -q"]), @"
    $ attend db check --format csv
    check,result,rows,detail␍
    the file is whole,ok,,␍
    every table is there,ok,,␍
    the settings can be read,ok,,␍
    references lead somewhere,ok,,␍
    erased students stay erased,ok,,␍
    recognitions show students on the roll,ok,,␍
    erased students are gone,ok,,␍
    recognitions come from known cameras,ok,,␍
    heartbeats come from known cameras,ok,,␍
    nothing is left before the watermark,wrong,6,recognitions left by a prune that was interrupted: attend prune␍
    records lie within their occurrence,ok,,␍
    records rest on sightings,ok,,␍
    a settled register knows its coverage,wrong,16,occurrences left by a prune that was interrupted: attend prune␍
    no student is on the roll twice at once,ok,,␍
    an alias has one student at a time,ok,,␍
    [1]
    $ attend prune
    $ attend db check -q
    ");
    assert_eq!(registers(&school), before);
}

#[test]
fn runners_go_on_while_it_works_and_every_line_is_stored() {
    let school = with_history();
    fill(&school, 100_000);
    let mut stream = school.stream(&[]);
    let mut prune = school.command(&["prune"]);
    let mut prune = Limited::start(prune.stdin(Stdio::null()));
    let mut sent = 0;
    while prune.try_wait().unwrap().is_none() || sent < 100 {
        let ack = stream.ask(&at(
            "A",
            &format!("2026-09-07T08:{:02}:{:02}.{:03}", 10 + sent / 60_000, sent / 1000 % 60, sent % 1000),
        ));
        assert_eq!((&ack["status"], &ack["duplicate"]), (&200.into(), &false.into()), "{ack}");
        sent += 1;
    }
    assert!(prune.wait().unwrap().success());
    assert_eq!(number(&school, "SELECT count(*) FROM recognition WHERE ts > 1788757200000000"), sent);
    assert_eq!(number(&school, "SELECT count(*) FROM recognition WHERE ts < 1780952400000000"), 0);
}

#[test]
fn space_goes_back_to_the_file_system_and_the_log_is_cut() {
    let school = school();
    fill(&school, 700_000);
    Connection::open(school.path("school.db"))
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let size = |name: &str| std::fs::metadata(school.path(name)).map_or(0, |file| file.len());
    let full = size("school.db");
    let stats: Value = serde_json::from_str(&school.ok(&["db", "stats", "--format", "json"])).unwrap();
    let table =
        stats["rows"].as_array().unwrap().iter().find(|row| row["table"] == "recognition").unwrap().clone();
    // Another connection is open, so the log is not removed when the command ends.
    let other = Connection::open(school.path("school.db")).unwrap();
    other.query_row("SELECT count(*) FROM camera", [], |_| Ok(())).unwrap();
    school.ok(&["prune"]);
    // All that is left in it says that the job has ended.
    assert!(size("school.db-wal") < 5 * 4096, "{}", size("school.db-wal"));
    let left = number(&school, "SELECT count(*) FROM recognition");
    let (rows, bytes) = (table["rows"].as_i64().unwrap(), table["bytes"].as_i64().unwrap());
    // The same size as if the deleted rows had never existed.
    let fresh = full - u64::try_from(bytes / rows * (rows - left)).unwrap();
    let pruned = size("school.db");
    assert!(left < rows / 5 && pruned < fresh * 11 / 10, "{full} {pruned} {fresh}");
}

#[test]
fn prune_draws_no_bar_without_a_terminal() {
    let school = with_history();
    let output = school.feed(&["prune"], "");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    let drawn = with_history().at_terminal(&["prune"], "given back", "", &[]);
    assert!(drawn.contains("rows deleted, "), "{drawn}");
}

/// Other commands give up after ten seconds; a job of the night waits minutes.
#[test]
fn a_prune_outwaits_a_writer_that_takes_longer_than_the_patience_of_other_commands() {
    let school = with_history();
    let mut writer = Connection::open(school.path("school.db")).unwrap();
    let writing = writer.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let mut prune = Limited::start(&mut school.command(&["prune"]));
    std::thread::sleep(std::time::Duration::from_secs(15));
    assert!(prune.try_wait().unwrap().is_none(), "it waits");
    drop(writing);
    assert!(prune.wait().unwrap().success());
}

#[test]
fn a_reader_does_not_hold_up_a_prune() {
    let school = with_history();
    let mut reader = Connection::open(school.path("school.db")).unwrap();
    let snapshot = reader.transaction().unwrap();
    snapshot.query_row("SELECT count(*) FROM recognition", [], |_| Ok(())).unwrap();
    school.ok(&["prune"]);
    assert_eq!(snapshot.query_row("SELECT count(*) FROM recognition", [], |row| row.get::<_, i64>(0)), Ok(8));
    drop(snapshot);
}

/// Heartbeats of a camera in each minute of a quarter of an hour, on 2 June.
fn quarter(camera: &str, hour: &str, from: usize, resting: bool) -> String {
    let rest = if resting { ",\"resting\":true" } else { "" };
    let beat = |minute| {
        let ts = format!("2026-06-02T{hour}:{minute:02}:00+03:00");
        format!(
            "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"{ts}\",\"snapshot_every\":60{rest}}}\n"
        )
    };
    (from..from + 15).map(beat).collect()
}

#[test]
fn a_pruned_register_tells_its_coverage_and_blind_times_as_before() {
    let resting =
        [("08", 0, false), ("08", 15, true)].map(|(hour, from, rest)| quarter("gate", hour, from, rest));
    let dead = ["yard", "attic"].map(|camera| quarter(camera, "07", 45, false));
    for (cameras, lines, expected) in [
        (
            &["gate"][..],
            quarter("gate", "07", 45, false) + &resting.concat(),
            "100,no camera on duty 08:15–09:00",
        ),
        (
            &["yard --place yard --door", "attic"],
            dead.concat(),
            "9.2,yard (yard) blind 08:01–09:00; attic blind 08:01–09:00",
        ),
    ] {
        let mut school = School::new();
        school.at("2026-06-01T06:00:00+03:00");
        school.ok(&["student", "add", "A", "Ada"]);
        school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
        school.ok(&["schedule", "generate", "--days", "10"]);
        for camera in cameras {
            school.ok(&["camera", "add"].into_iter().chain(camera.split(' ')).collect::<Vec<_>>());
        }
        school.at("2026-06-02T12:00:00+03:00");
        school.ingest(lines);
        let columns = ["--dialect", "plain", "--columns", "coverage,blind"];
        let args = [&["export", "records", "--date", "2026-06-02"][..], &columns].concat();
        school.at("2026-06-20T08:00:00+03:00");
        let before = school.ok(&args);
        assert_eq!(before, format!("coverage,blind\r\n{expected}\r\n"));
        school.ok(&["prune", "--older-than", "10d"]);
        assert_eq!(school.ok(&args), before);
    }
}
