//! Rules for every command: exit codes, silence, formats, pipes and help.

use std::process::Output;

use attend::notify::slack;
use serde_json::Value;

use crate::common::harness::{School, seen, text};

/// Every command that shows rows.
const REPORTS: [&[&str]; 18] = [
    &["audit"],
    &["camera", "list"],
    &["db", "check"],
    &["db", "stats"],
    &["history", "H000123"],
    &["job", "list"],
    &["mark", "list"],
    &["notify", "list"],
    &["period", "list"],
    &["review", "list"],
    &["roster", "day"],
    &["roster", "now"],
    &["roster", "show", "--period", "Block 1"],
    &["schedule", "list"],
    &["schedule", "now"],
    &["settings", "list"],
    &["student", "list"],
    &["student", "show", "H000123"],
];

/// Every plan that is shown instead of applied.
const PLANS: [&[&str]; 11] = [
    &["mark", "H000123", "absent", "--all-day", "--dry-run"],
    &["prune", "--dry-run"],
    &["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--dry-run"],
    &["schedule", "generate", "--dry-run", "--days", "9"],
    &["student", "erase", "H000123", "--reason", "asked", "--dry-run"],
    &["student", "import", "more.csv", "--dry-run"],
    &["student", "add", "H000301", "New Two", "--from", "2026-09-01", "--dry-run"],
    &["student", "edit", "H000123", "--group", "G8", "--from", "2026-09-01", "--dry-run"],
    &["student", "deactivate", "H000123", "H000140", "--dry-run"],
    &["schedule", "cancel", "Block 2", "--reason", "trip", "--dry-run"],
    &["schedule", "close", "2026-09-07", "--reason", "trip", "--dry-run"],
];

fn school() -> School {
    let school = School::example();
    school.write("more.csv", "code,name,group\nH000300,New One,G9\n");
    school.ingest(seen("H000123", 0.9, "2026-09-07T09:38:00+03:00", "gate-1"));
    school.ingest(seen("H000102", 0.5, "2026-09-07T09:38:00+03:00", "gate-1"));
    school.ok(&["mark", "H000101", "present"]);
    crate::watch::outbox::put(&school, &[slack::message("alert/1", "gate-1 is stale", false)]);
    // Something to recompute.
    school.ok(&["settings", "set", "min_score", "0.95"]);
    school
}

fn reports() -> impl Iterator<Item = &'static [&'static str]> {
    REPORTS.into_iter().chain(PLANS)
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn exit_codes_tell_what_happened() {
    let school = school();
    school.write("bad.csv", "code,name\nA,Ada\nA,Eva\n");
    for (args, expected) in [
        (&["roster", "now"][..], 0),
        (&["roster", "show", "--period", "Nope"], 1),
        (&["student", "show", "Nope"], 1),
        (&["mark", "H000123", "here"], 2),
        (&["settings", "set", "min_score", "2"], 2),
        (&["roster", "later"], 2),
        (&[], 2),
        (&["-q", "-v", "roster", "now"], 2),
        (&["--now", "yesterday", "roster", "now"], 2),
        (&["--format", "xml", "roster", "now"], 2),
        (&["recompute", "--from", "2026-09-08", "--to", "2026-09-07"], 2),
        (&["recompute"], 2),
        (&["student", "import", "bad.csv"], 65),
        (&["student", "import", "nothere.csv"], 74),
        (&["ingest", "nothere.jsonl"], 74),
        (&["--db", "nothere.db", "roster", "now"], 78),
        (&["--db", "more.csv", "roster", "now"], 78),
    ] {
        assert_eq!(code(&school.feed(args, "")), expected, "{args:?}");
    }
    assert_eq!(code(&school.feed(&["ingest"], "?\n")), 65);
    assert_eq!(code(&school.feed(&["ingest"], "")), 0);
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let school = school();
    let other = rusqlite::Connection::open(school.path("school.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(code(&school.feed(&["roster", "now"], "")), 0, "readers do not wait");
}

#[test]
fn changes_are_silent_and_safe_to_repeat() {
    let school = School::example();
    school.write("roll.csv", "code,name\nH000300,New One\n");
    school.write("lines.jsonl", seen("H000123", 0.9, "2026-09-07T09:38:00+03:00", "gate-1"));
    for words in [
        "student import roll.csv",
        "student edit H000300 --group G9",
        "student deactivate H000300",
        "student edit H000300 --activate",
        "camera edit gate-1 --place door",
        "period edit Assembly --end 08:16",
        "period disable Assembly",
        "period enable Assembly",
        "period days Assembly daily",
        "schedule generate",
        "schedule cancel Assembly --reason rain --yes",
        "schedule restore Assembly --yes",
        "schedule close 2026-12-24 --reason eve",
        "schedule open 2026-12-24",
        "ingest lines.jsonl",
        "mark H000123 excused",
        "unmark H000123",
        "settings set min_periods 2",
        "settings unset min_periods",
        "db backup copy.db",
        "prune",
    ] {
        if words.starts_with("camera") {
            school.ok(&["camera", "add", "gate-1"]);
        }
        let args: Vec<&str> = words.split(' ').collect();
        for _ in 0..2 {
            let output = school.feed(&args, "");
            let said = text(&output.stdout) + &text(&output.stderr);
            assert_eq!((said.as_str(), code(&output)), ("", 0), "{words}");
        }
    }
}

#[test]
fn dry_runs_change_nothing() {
    let school = school();
    let export = |school: &School| {
        [&["student", "list", "--all"][..], &["schedule", "list", "--days", "20"]].map(|args| school.ok(args))
    };
    let before = export(&school);
    for plan in PLANS {
        assert!(!school.ok(plan).is_empty(), "{plan:?}");
    }
    assert_eq!(export(&school), before);
}

#[test]
fn every_report_has_every_format() {
    let school = school();
    school.ok(&["settings", "set", "school_id", "0101"]);
    for args in reports() {
        let printed = |format: &str| school.ok(&[args, &["--format", format]].concat());
        assert_eq!(printed("table"), school.ok(args), "{args:?}");
        let document: Value = serde_json::from_str(&printed("json")).unwrap();
        assert!(document["report"].is_string() && document["as_of"] == "2026-09-07T09:59:12+03:00");
        assert_eq!(document["school_id"], "0101", "{args:?}");
        let rows = document["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{args:?}");

        let lines = printed("jsonl");
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&lines, rows, "{args:?}");

        let sheet = printed("csv");
        let mut sheet = csv::Reader::from_reader(sheet.as_bytes());
        let headers = sheet.headers().unwrap().clone();
        let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
        assert_eq!(headers.len(), keys.len(), "{args:?}");
        assert!(headers.iter().all(|header| rows[0].get(header).is_some()), "{args:?}");
        assert_eq!(sheet.records().count(), rows.len(), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let school = school();
    let formats = ["table", "csv", "json", "jsonl"].map(|format| ["--format", format]);
    let rows = reports().flat_map(|args| formats.map(|format| [args, &format].concat()));
    let exports = formats[1..].iter().map(|format| [&["export", "records"], &format[..]].concat());
    let words = [
        vec!["simulate", "--date", "2026-09-08"],
        vec!["settings", "get", "timezone"],
        vec!["period", "days", "Block 1"],
    ];
    for args in rows.chain(exports).chain(words) {
        let output = school.unread(&args, "");
        let said = text(&output.stderr);
        assert_eq!((code(&output), said.as_str()), (0, ""), "{args:?}");
    }
    assert_eq!(code(&school.unread(&["--help"], "")), 0);
}

/// The commands named in a help text.
pub fn commands(help: &str) -> Vec<String> {
    // At the top they stand in groups, and between usage and options everywhere.
    let listed = help.lines().skip_while(|line| !line.starts_with("Usage:"));
    let listed = listed.take_while(|line| !["Options:", "Arguments:", "Global:"].contains(line));
    listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn every_command_explains_itself() {
    let school = School::empty();
    let help = |words: &[&str]| {
        let (short, long) = ([words, &["-h"]].concat(), [words, &["--help"]].concat());
        assert!(!school.ok(&short).is_empty());
        school.ok(&long)
    };
    let top = commands(&help(&[]));
    assert!(top.len() >= 13, "{top:?}");
    for noun in &top {
        let text = help(&[noun]);
        for verb in commands(&text) {
            let text = help(&[noun, &verb]);
            assert!(text.contains(&format!("Usage: attend {noun} {verb}")), "{text}");
            assert!(!text.lines().next().unwrap().is_empty());
        }
    }
    assert!(school.ok(&["--version"]).starts_with("attend "));
}

#[test]
fn help_needs_no_database_and_a_wrong_word_is_suggested() {
    insta::assert_snapshot!(School::empty().session(&["rooster now"]), @"
    $ attend rooster now
    ! error: unrecognized subcommand 'rooster'
    !
    !   tip: some similar subcommands exist: 'register', 'roster'
    !
    ! Usage: attend [OPTIONS] <COMMAND>
    !
    ! For more information, try '--help'.
    [2]
    ");
}

#[test]
fn a_word_for_something_else_is_never_taken_for_deleting() {
    let school = School::empty();
    let tip = |words: &[&str]| {
        let output = school.feed(words, "");
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr).lines().find(|line| line.contains("tip:")).map(|line| line.trim().to_owned())
    };
    assert_eq!(tip(&["student", "rename", "H1"]).unwrap(), "tip: attend student edit CODE --name NAME");
    assert_eq!(tip(&["student", "remove", "H1"]).unwrap(), "tip: attend student deactivate CODE");
    assert_eq!(tip(&["students"]).unwrap(), "tip: attend student list");
    assert_eq!(tip(&["student", "eraze", "H1"]), None);
    assert_eq!(tip(&["prun"]).unwrap(), "tip: a similar subcommand exists: 'runner'");
}

#[test]
fn a_mistake_shows_the_usage_of_the_command_and_nothing_from_the_environment() {
    insta::assert_snapshot!(School::empty().session(&["init", "summary --again", "mark", "roster --sort name show", "student list --grup G7"]), @"
    $ attend init
    ! error: the following required arguments were not provided:
    !   --timezone <ZONE>
    !
    ! Usage: attend init [OPTIONS] --timezone <ZONE>
    !
    ! For more information, try '--help'.
    [2]
    $ attend summary --again
    ! error: the following required arguments were not provided:
    !   --email
    !
    ! Usage: attend summary [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend mark
    ! error: the following required arguments were not provided:
    !   <CODE> [MARK]...
    !
    ! Usage: attend mark [OPTIONS] [CODE]... <present|late|absent|excused|left|back>
    !        attend mark --from-file REGISTER
    !        attend mark list [--ahead | --date DATE]
    !
    ! For more information, try '--help'.
    [2]
    $ attend roster --sort name show
    ! error: unexpected argument '--sort' found
    !
    !   tip: a similar argument exists: '--format'
    !
    ! Usage: attend roster [OPTIONS] <COMMAND>
    !
    ! For more information, try '--help'.
    [2]
    $ attend student list --grup G7
    ! error: unexpected argument '--grup' found
    !
    !   tip: a similar argument exists: '--group'
    !
    ! Usage: attend student list [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    ");
}

#[test]
fn a_database_that_cannot_be_opened_is_explained_with_the_next_step() {
    let school = School::new();
    school.write("empty.db", "");
    insta::assert_snapshot!(school.session(&["--db nothere.db roster now", "--db empty.db roster now", "--db . roster now", "--db no/such/folder.db roster now"]), @"
    $ attend --db nothere.db roster now
    ! attend: there is no database at nothere.db
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    $ attend --db empty.db roster now
    ! attend: empty.db is empty
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    $ attend --db . roster now
    ! attend: cannot open .: Is a directory (os error 21)
    [74]
    $ attend --db no/such/folder.db roster now
    ! attend: there is no database at no/such/folder.db
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    ");
}

#[test]
fn help_at_the_top_is_grouped() {
    insta::assert_snapshot!(School::empty().ok(&["-h"]), @r#"
    Attendance for schools with cameras: JSON lines in, a register staff can trust out

    Usage: attend [OPTIONS] <COMMAND>

    Set up:
      init        Create the database
      student     The roll: import it, or edit one student
      camera      Cameras: name them, put them at places, rest or retire them
      period      The weekly periods
      schedule    The schedule: which period is held on which date
      session     Half days and days out of periods
      reason      The school's short list of reasons for absence
      settings    The school's policy
      key         Keys of runners: once a key exists, every stream needs one

    Cameras and runners:
      ingest      Take in JSON lines from runners, and answer each with an ack
      map         Turn messages of other programs into lines for ingest
      runner      The runners, which are the processes beside the cameras
      quarantine  Refused lines: list, retry or drop them
      simulate    Print JSON lines as the school's runners would send them on a day

    Who is here:
      roster      Rosters: who is present now, or was in a period
      panel       One screen: periods, cameras, recent recognitions
      history     Sightings, marks and statuses of one student on one date
      mark        Mark students by hand; a mark outranks the cameras
      unmark      Remove marks and excuses, so that recognitions count again
      review      Low scores and wrong faces: confirm, reject, reassign a sighting

    Reports:
      summary     Totals of a day or a range, and students who need attention
      register    The printable register of classes, with a letter for each period
      export      Sheets for people and data for programs

    Maintenance:
      health      Check what needs attention; the exit code is the severity (0 to 3)
      alert       Alerts of health --notify: list, acknowledge or mute them
      job         Jobs that cron runs, and other programs that report their state
      notify      Messages to people: test the channels, list undelivered ones
      db          The database as a file: check it, copy it, measure it
      prune       Delete old recognitions, heartbeats, refused lines and job reports
      recompute   Derive the records of some dates again under the present settings
      audit       The audit log: marks, settings, keys, schedule, roll, exports

    Options:
          --db <PATH>        The database [default: attend/attend.db in the XDG data directory] [env:
                             ATTEND_DB]
          --config <PATH>    Where messages go [default: attend/attend.toml in the XDG config directory]
                             [env: ATTEND_CONFIG]
          --now <INSTANT>    Behave as if it were this instant (RFC 3339) [env: ATTEND_NOW]
          --format <FORMAT>  How to print rows [default: table] [possible values: table, csv, json,
                             jsonl]
          --color <WHEN>     When to use colours (NO_COLOR is obeyed) [default: auto] [possible values:
                             auto, always, never]
      -q, --quiet            Print only errors; exports, keys and acks are still printed
      -v, --verbose          Say what was done, even without a terminal
      -h, --help             Print help
      -V, --version          Print version

    Examples:
      attend init --timezone Asia/Baghdad --school "Green Valley School"
      attend student import roll.csv
      attend roster now

    More about a command: attend COMMAND --help, or man attend-COMMAND
    "#);
    for words in [&[][..], &["student"]] {
        let none = School::empty().feed(words, "");
        assert_eq!((code(&none), text(&none.stderr)), (2, School::empty().ok(&[words, &["-h"]].concat())));
    }
}
