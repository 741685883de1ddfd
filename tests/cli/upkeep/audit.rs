//! `attend audit`: who did what.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::common::harness::{School, seen};
use crate::project::contract;

/// Every command that changes something, in an order in which each has something to change.
const CHANGES: [(&str, &str); 61] = [
    ("alert mute", "alert mute runners:gate-1 3d"),
    ("alert unmute", "alert unmute runners:gate-1"),
    ("notify drop", "notify drop 1"),
    ("camera add", "camera add hall-9"),
    ("camera edit", "camera edit hall-9 --place north"),
    ("camera rest", "camera rest hall-9 --until 2026-09-07T14:00:00+03:00"),
    ("camera retire", "camera retire hall-9"),
    ("key create", "key create gate-1 -o gate-1.key"),
    ("key rotate", "key rotate gate-1 -o gate-1.key"),
    ("key revoke", "key revoke gate-1"),
    ("mark", "mark H000123 excused --reason dentist"),
    ("unmark", "unmark H000123"),
    ("review reject", "review reject shm2aexc5xc-3-1"),
    ("review undo", "review undo shm2aexc5xc-3-1"),
    ("review reassign", "review reassign shm2aexc5xc-3-1 H000140"),
    ("review accept", "review accept shm2aexc5xc-3-1"),
    ("period add", "period add Club --start 15:00 --end 16:00 --days mon"),
    ("period edit", "period edit Club --end 16:30 --groups G7"),
    ("period disable", "period disable Club"),
    ("period enable", "period enable Club"),
    ("period days", "period days Club tue"),
    ("period remove", "period remove Club"),
    ("period import", "period import plan.csv"),
    ("period export", "period export"),
    ("quarantine drop", "quarantine drop --reason malformed"),
    ("schedule generate", "schedule generate --days 9"),
    ("schedule cancel", "schedule cancel Assembly --reason rain --yes"),
    ("schedule restore", "schedule restore Assembly --yes"),
    ("schedule move", "schedule move Assembly --date 2026-09-09 --start 08:01 --end 08:15"),
    ("schedule add", "schedule add Exam --date 2026-09-09 --start 17:00 --end 18:00"),
    ("schedule day", "schedule day 2026-09-09 --until 10:00"),
    ("schedule close", "schedule close 2026-12-24 --reason eve"),
    ("schedule open", "schedule open 2026-12-24"),
    ("settings set", "settings set min_score 0.95"),
    ("camera suggest", "camera suggest --yes"),
    ("recompute", "recompute --from 2026-09-07 --to 2026-09-07"),
    ("settings unset", "settings unset min_score"),
    ("student import", "student import more.csv"),
    ("student add", "student add H000999 \"Nour Saleh\""),
    ("quarantine retry", "quarantine retry"),
    ("student alias", "student alias H000999 card:77"),
    ("student edit", "student edit H000999 --group G8 --name Nour"),
    ("student deactivate", "student deactivate H000999"),
    ("student retire-code", "student retire-code H000999"),
    ("db backup", "db backup copy.db"),
    ("export records", "export records"),
    ("reason add", "reason add ILL Illness"),
    ("reason remove", "reason remove ILL"),
    ("session add", "session add AM --periods \"Block 1\" --rule first"),
    ("session remove", "session remove AM"),
    ("export sessions", "export sessions"),
    ("export absences", "export absences"),
    ("export changes", "export changes"),
    ("export recognitions", "export recognitions -o recent.xlsx"),
    ("export roster", "export roster --format json"),
    ("prune", "--now 2026-09-12T12:00:00+03:00 prune --older-than 1d --all"),
    ("summary", "summary -o summary.csv"),
    ("student export", "student export H000123 -o H000123.json"),
    ("student erase", "student erase H000123 --reason \"left the school\""),
    ("student add", "student add H000123 \"Ada Karim\" --again"),
    ("init", "--db new.db init --timezone Asia/Baghdad"),
];

/// Every command that changes nothing. Exports are audited too, because data leaves the school.
const LOOKS: [&str; 40] = [
    // Nothing is wrong that could be acknowledged.
    "alert ack runners",
    "alert list",
    "audit",
    "camera list",
    "db check",
    "db stats",
    "health",
    "history H000140",
    "job list",
    "key list",
    "map --list",
    "mark list --ahead",
    "notify list",
    "notify retry",
    "notify test",
    "panel",
    "export confirm district",
    "period list",
    "register --group G7 -o g7.html",
    "period days Assembly",
    "quarantine list",
    "reason list",
    "review list",
    "roster day",
    "roster missing",
    "roster now",
    "roster show --period Assembly",
    "roster unexplained",
    "runner list",
    "schedule list",
    "schedule now",
    "session list",
    "settings get min_score",
    "settings list",
    "simulate --date 2026-09-08",
    "student find ada",
    "student list",
    "student show H000140",
    "summary",
    // Facts that come in are no deeds.
    "ingest lines.jsonl",
];

fn school() -> School {
    let school = School::example();
    school.write("plan.csv", "name,start,end,days\nChoir,17:00,18:00,wed\n");
    school.write("more.csv", "code,name,group\nH000300,New One,G9\n");
    school.write("lines.jsonl", seen("H000140", 0.9, "2026-09-07T09:39:00+03:00", "gate-1"));
    let lines = [
        seen("H000123", 0.9, "2026-09-07T09:38:00+03:00", "gate-1"),
        seen("H000999", 0.9, "2026-09-07T09:38:00+03:00", "gate-1"),
        "broken\n".to_owned(),
    ];
    school.ingest(lines.concat());
    crate::watch::outbox::put(
        &school,
        &[attend::notify::slack::message("alert/1", "gate-1 is stale", false)],
    );
    school
}

/// The log entries after a given one, oldest first.
fn log(school: &School, db: &str, after: i64) -> Vec<String> {
    let conn = Connection::open(school.path(db)).unwrap();
    let mut stmt = conn.prepare("SELECT action FROM audit WHERE id > ?1 ORDER BY id").unwrap();
    stmt.query_map([after], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The place of the latest row.
fn end(school: &School) -> i64 {
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.query_row("SELECT max(id) FROM audit", [], |row| row.get(0)).unwrap()
}

#[test]
fn every_change_adds_one_row_and_reading_adds_none() {
    let school = school();
    for (action, line) in CHANGES {
        let (db, after) = if action == "init" { ("new.db", 0) } else { ("school.db", end(&school)) };
        let said = school.session(&[line]);
        assert!(!said.contains("\n["), "{said}");
        assert_eq!(log(&school, db, after), [action], "{line}");
    }
    let after = end(&school);
    for line in LOOKS {
        school.session(&[line]);
        assert_eq!(log(&school, "school.db", after), [""; 0], "{line}");
    }
}

#[test]
fn a_command_that_changes_nothing_is_not_logged() {
    let school = School::example();
    let after = end(&school);
    for line in [
        "camera list",
        "period edit Assembly --end 08:15",
        "schedule generate",
        "schedule restore Assembly --yes",
        "schedule open 2026-12-24",
        "settings set min_score 0.75",
        "settings unset min_score",
        "student import roll.csv",
        "student edit H000123 --group G7",
        "unmark H000123",
        "quarantine drop --all",
        "quarantine retry",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "student import roll.csv --dry-run",
        "student erase H000123 --reason asked --dry-run",
    ] {
        school.session(&[line]);
    }
    // Setting what is the default anyway is a decision, and taking it back is another.
    assert_eq!(log(&school, "school.db", after), ["settings set", "settings unset"]);
}

#[test]
fn every_command_is_known_to_change_something_or_not() {
    let school = School::empty();
    let mut all = BTreeSet::new();
    for noun in contract::commands(&school.ok(&["--help"])) {
        let help = school.ok(&[&noun, "--help"]);
        let verbs = contract::commands(&help);
        all.extend(verbs.iter().map(|verb| format!("{noun} {verb}")));
        if verbs.is_empty() || help.contains("\nArguments:\n") {
            all.insert(noun);
        }
    }
    let looks = LOOKS.iter().map(|line| {
        let words: Vec<&str> = line.split(' ').take(2).collect();
        let both = words.join(" ");
        if all.contains(&both) { both } else { words[0].to_owned() }
    });
    let known: BTreeSet<String> =
        CHANGES.iter().map(|(action, _)| (*action).to_owned()).chain(looks).collect();
    assert_eq!(known, all, "a command that changes something leaves a row in the audit log");
}

#[test]
fn the_log_lists_every_change() {
    let school = school();
    for (_, line) in &CHANGES[..CHANGES.len() - 3] {
        school.session(&[line]);
    }
    let shown = school.session(&["audit --from 2026-09-07 --limit 40"]);
    // The names of keys are random.
    let parts = shown.split(" (").map(|part| match part.split_once(')') {
        Some((id, rest)) if id.len() == 8 => format!("(…){rest}"),
        _ => part.to_owned(),
    });
    let shown = parts.collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(shown, @"
    $ attend audit --from 2026-09-07 --limit 40
     WHEN                   BY     DID                  STUDENT             WHAT
     Sat 12 Sep 2026 12:00  admin  prune                                    4 events before 2026-09-11
     Mon 7 Sep 2026 09:59   admin  student export       H000123             to a file
     Mon 7 Sep 2026 09:59   admin  summary                                  2026-09-07 as csv to a file
     Mon 7 Sep 2026 09:59   admin  export roster                            2026-09-07 as json to standard output
     Mon 7 Sep 2026 09:59   admin  export recognitions                      2026-09-06..2026-09-07 as xlsx to a file
     Mon 7 Sep 2026 09:59   admin  export changes                           2026-09-07 as csv to standard output
     Mon 7 Sep 2026 09:59   admin  export absences                          2026-09-07 as csv to standard output
     Mon 7 Sep 2026 09:59   admin  export sessions                          2026-09-07 as csv to standard output
     Mon 7 Sep 2026 09:59   admin  session remove                           AM: Block 1 first)
     Mon 7 Sep 2026 09:59   admin  session add                              AM: Block 1 first)
     Mon 7 Sep 2026 09:59   admin  reason remove                            ILL Illness
     Mon 7 Sep 2026 09:59   admin  reason add                               ILL Illness
     Mon 7 Sep 2026 09:59   admin  export records                           2026-09-07 as csv to standard output
     Mon 7 Sep 2026 09:59   admin  db backup                                the whole database
     Mon 7 Sep 2026 09:59   admin  student retire-code  H000999~2026-09-07  left 2026-09-07
     Mon 7 Sep 2026 09:59   admin  student deactivate   H000999~2026-09-07  inactive; changed 1 row of 1 register: 1 present → not listed
     Mon 7 Sep 2026 09:59   admin  student edit         H000999~2026-09-07  name, group none → G8; changed 1 row of 1 register: 1 present with other details
     Mon 7 Sep 2026 09:59   admin  student alias        H000999~2026-09-07  with card
     Mon 7 Sep 2026 09:59   admin  quarantine retry                         1 line taken in
     Mon 7 Sep 2026 09:59   admin  student add          H000999~2026-09-07
     Mon 7 Sep 2026 09:59   admin  student import                           1 added
     Mon 7 Sep 2026 09:59   admin  settings unset                           min_score 0.95 → 0.75
     Mon 7 Sep 2026 09:59   admin  recompute                                2026-09-07
     Mon 7 Sep 2026 09:59   admin  camera suggest                           1 camera
     Mon 7 Sep 2026 09:59   admin  settings set                             min_score 0.75 → 0.95
     Mon 7 Sep 2026 09:59   admin  schedule open                            2026-12-24
     Mon 7 Sep 2026 09:59   admin  schedule close                           2026-12-24
     Mon 7 Sep 2026 09:59   admin  schedule day                             2026-09-09: 4 changed
     Mon 7 Sep 2026 09:59   admin  schedule add                             2026-09-09: 1 changed
     Mon 7 Sep 2026 09:59   admin  schedule move                            2026-09-09: 1 changed
     Mon 7 Sep 2026 09:59   admin  schedule restore                         Assembly on 2026-09-07; changed 5 rows of 1 register: 5 not listed → unknown
     Mon 7 Sep 2026 09:59   admin  schedule cancel                          Assembly on 2026-09-07; changed 5 rows of 1 register: 5 unknown → not listed
     Mon 7 Sep 2026 09:59   admin  schedule generate                        2026-09-07..2026-09-15: 9 created, 0 updated, 0 removed
     Mon 7 Sep 2026 09:59   admin  quarantine drop                          1 line
     Mon 7 Sep 2026 09:59   admin  period export                            weekly plan as csv to standard output
     Mon 7 Sep 2026 09:59   admin  period import                            Choir added
     Mon 7 Sep 2026 09:59   admin  period remove                            Club
     Mon 7 Sep 2026 09:59   admin  period days                              Club: days mon → tue
     Mon 7 Sep 2026 09:59   admin  period enable                            Club: enabled no → yes
     Mon 7 Sep 2026 09:59   admin  period disable                           Club: enabled yes → no
    ");
}

#[test]
fn the_log_is_filtered_by_date_author_and_student() {
    let mut school = School::example();
    school.ok(&["mark", "H000123", "H000140", "excused", "--yes", "--by", "ms-lee"]);
    school.at("2026-09-08T09:59:12+03:00").ok(&["mark", "H000123", "present"]);
    insta::assert_snapshot!(school.session(&[
        "audit --about H000123",
        "audit --by ms-lee",
        "audit --from 2026-09-08",
        "audit --to 2026-09-06",
        "audit --about H000123 --limit 1 --format csv",
        "audit --about H00012",
        "audit --from 2026-09-08 --to 2026-09-07",
    ]), @r#"
    $ attend audit --about H000123
     WHEN                  BY     DID   STUDENT  WHAT
     Tue 8 Sep 2026 09:59  admin  mark  H000123  present in Block 2 on 2026-09-08
    $ attend audit --by ms-lee
     WHEN                  BY      DID   STUDENT  WHAT
     Mon 7 Sep 2026 09:59  ms-lee  mark           excused in Block 2 on 2026-09-07, 2 students
    $ attend audit --from 2026-09-08
     WHEN                  BY     DID   STUDENT  WHAT
     Tue 8 Sep 2026 09:59  admin  mark  H000123  present in Block 2 on 2026-09-08
    $ attend audit --to 2026-09-06
    There are no such entries.
    $ attend audit --about H000123 --limit 1 --format csv
    id,at,by,action,student,detail␍
    9,2026-09-08T09:59:12+03:00,admin,mark,H000123,present in Block 2 on 2026-09-08␍
    $ attend audit --about H00012
    ! attend: no student "H00012"
    ! hint: did you mean "H000123"? (attend student list)
    [1]
    $ attend audit --from 2026-09-08 --to 2026-09-07
    ! attend: --to 2026-09-07 is before --from 2026-09-08
    ! hint: write the earlier date first
    [2]
    "#);
}

#[test]
fn a_table_shows_the_latest_and_a_file_gets_all() {
    let school = School::new();
    for n in 0..60 {
        school.ok(&["settings", "set", "min_periods", &(n % 7).to_string()]);
    }
    assert_eq!(school.ok(&["audit"]).lines().count(), 51);
    assert_eq!(school.ok(&["audit", "--format", "jsonl"]).lines().count(), 61);
}

#[test]
fn the_log_cannot_be_changed() {
    let school = School::example();
    let conn = Connection::open(school.path("school.db")).unwrap();
    for sql in ["UPDATE audit SET done_by = 'nobody'", "DELETE FROM audit", "UPDATE mark SET reason = 'x'"] {
        conn.execute(
            "INSERT INTO mark (occurrence, student, marked_by, marked_at) VALUES (1, 1, 'x', 0)",
            [],
        )
        .unwrap();
        let refused = conn.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}
