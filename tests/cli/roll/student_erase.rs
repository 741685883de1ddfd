//! `attend student erase` and `export`: all data about a student, and none after erasing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use attend::commands::Caller;
use attend::commands::problem::{Kind, Problem};
use attend::commands::upkeep::erase::{self, Receipt, Witness};
use attend::domain::upkeep::erasure::{Removed, Strikes};
use attend::store::Store;
use rusqlite::Connection;

use crate::common::harness::{School, Terminal, has, seen, text};

/// Strings that must be gone everywhere: the code and the name, plain and as JSON may spell them.
const TRACES: [&str; 7] =
    ["H000123", "h000123", "Adá Karim", "adá karim", "Ad\\u00e1 Karim", "Ad\\u00E1 Karim", "\\u0048000123"];

fn at(student: &str, score: f64, ts: &str) -> String {
    seen(student, score, &format!("2026-09-0{ts}+03:00"), "gate-1")
}

/// A school in which every table has data about H000123, Adá Karim.
fn school() -> School {
    let mut school = School::example();
    school.at("2026-09-06T12:00:00+03:00");
    school.ok(&["schedule", "generate", "--from", "2026-09-06", "--yes"]);
    school.at(crate::common::harness::NOW);
    school.ok(&["student", "edit", "H000123", "--name", "Adá Karim Old"]);
    school.ok(&["student", "edit", "H000123", "--name", "Adá Karim"]);
    let crop = |line: String, crop: &str| line.replace("}\n", &format!(",\"crop\":\"{crop}\"}}\n"));
    let lines = [
        crop(at("H000123", 0.9, "6T08:30:00"), "6/H000123-1.jpg"),
        crop(at("H000123", 0.9, "7T08:30:00"), "7/a.jpg"),
        crop(at("H000123", 0.7, "7T09:40:00"), "7/b.jpg"),
        at("H000101", 0.9, "7T08:31:00"),
        at("H000102", 0.7, "7T09:41:00"),
        // Refused lines that mention the student in different ways.
        at("H000123", 0.9, "9T08:30:00"),
        "{\"student\":\"\\u0048000123\",\"score\":2,\"camera\":1}\n".to_owned(),
        "{\"student\":\"H000555\",\"score\":0.9,\"camera\":1,\"crop\":\"Ad\\u00e1 Karim.jpg\"}\n".to_owned(),
        "torn by h000123 in the door\n".to_owned(),
        "{\"student\":\"H000999\",\"score\":0.9,\"camera\":1}\n".to_owned(),
        "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"last_error\":\"no face of Ad\\u00e1 Karim\"}\n"
            .to_owned(),
        "{\"type\":\"job\",\"name\":\"crops\",\"ok\":false,\"error\":\"cannot write H000123.jpg\"}\n"
            .to_owned(),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000123", "absent", "--reason", "Adá Karim was ill"]);
    school.ok(&["unmark", "H000123", "--reason", "not Adá Karim"]);
    school.ok(&["mark", "H000140", "excused", "--reason", "drove adá karim home"]);
    school.ok(&["mark", "H000177", "excused", "--reason", "dentist"]);
    school.ok(&["schedule", "cancel", "Block 3", "--reason", "birthday of Adá Karim", "--yes"]);
    school.ok(&["schedule", "close", "2026-12-01", "--reason", "H000123 wins", "--yes"]);
    school
}

/// Every remaining copy in the files of a database, as file and spelling.
fn traces(school: &School) -> Vec<String> {
    let files = ["school.db", "school.db-wal", "school.db-shm", ".school.db.erased"];
    let holds = |file: &str, trace: &str| {
        let bytes = fs::read(school.path(file)).unwrap_or_default();
        bytes.windows(trace.len()).any(|window| window == trace.as_bytes())
    };
    let pairs = files.iter().flat_map(|file| TRACES.map(|trace| (file, trace)));
    pairs.filter(|(file, trace)| holds(file, trace)).map(|(file, trace)| format!("{file}: {trace}")).collect()
}

const ERASE: [&str; 9] = [
    "student",
    "erase",
    "H000123",
    "--reason",
    "the family asked",
    "--crops",
    "crops.txt",
    "--strike",
    "all",
];

#[test]
fn an_erased_student_is_nowhere() {
    let school = school();
    assert!(traces(&school).len() >= 5, "{:?}", traces(&school));
    // A connection that stays open keeps the log from being removed with the last one.
    let other = Connection::open(school.path("school.db")).unwrap();
    other.query_row("SELECT count(*) FROM student", [], |_| Ok(())).unwrap();
    insta::assert_snapshot!(school.session(&[
        "student erase H000123 --reason \"the family asked\" --dry-run",
        "student erase H000123 --reason \"the family asked\"",
        "student erase H000123 --reason \"ADÁ KARIM asked\" --crops crops.txt",
        "student erase H000123 --reason \"the family asked\" --crops crops.txt --strike mark.reason:99",
        "student erase H000123 --reason \"the family asked\" --crops crops.txt --strike all -v",
        "quarantine list --format jsonl",
        "roster show --period \"Block 1\"",
        "schedule list --days 1",
        "audit --limit 1",
        "audit --about H000123",
    ]), @r#"
    $ attend student erase H000123 --reason "the family asked" --dry-run
    H000123 would be erased
    Backups made before, exported files and image files still hold the student.
    8 texts may mention the student, or something else of that name; --strike PLACE removes one.

     WHAT          REMOVED  PLACE                   TEXT
     enrolments          1
     aliases             0
     recognitions        3
     records             3
     marks               2
     quarantine          2
     texts               0
     audit               4
     messages            0
     crops               3
     to decide              quarantine.line:3       {"student":"H000555","score":0.9,"camera":1,"crop":"Ad\u00e1 Karim.jpg"}
     to decide              quarantine.line:4       torn by h000123 in the door
     to decide              heartbeat.last_error:1  no face of Adá Karim
     to decide              job.last_error:crops    cannot write H000123.jpg
     to decide              mark.reason:3           drove adá karim home
     to decide              occurrence.cancelled:4  birthday of Adá Karim
     to decide              closure.reason:1        H000123 wins
     to decide              audit.detail:13         excused in Block 2 on 2026-09-07; drove adá karim home
    $ attend student erase H000123 --reason "the family asked"
    ! attend: 3 image files show this student, and only you can delete them
    ! hint: --crops crops.txt writes their paths to a file; nothing was erased
    [1]
    $ attend student erase H000123 --reason "ADÁ KARIM asked" --crops crops.txt
    ! attend: the reason names the student, and it is kept
    ! hint: write it without the code and the name; nothing was erased
    [1]
    $ attend student erase H000123 --reason "the family asked" --crops crops.txt --strike mark.reason:99
    ! attend: the receipt lists no text at mark.reason:99
    ! hint: the receipt of attend student erase lists the places, also with --dry-run
    [1]
    $ attend student erase H000123 --reason "the family asked" --crops crops.txt --strike all -v
    H000123 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.

     WHAT          REMOVED
     enrolments          1
     aliases             0
     recognitions        3
     records             3
     marks               2
     quarantine          4
     texts               6
     audit               4
     messages            0
     crops               3
    $ attend quarantine list --format jsonl
    {"id":5,"received_at":"2026-09-07T09:59:12+03:00","runner":"local","reason":"unknown_student","detail":"this code is not on the roll","line":"{\"student\":\"H000999\",\"score\":0.9,\"camera\":1}"}
    $ attend roster show --period "Block 1"
    Block 1 · Mon 7 Sep · 08:20–09:30   over
    1/4 present · 1 late · 3 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000140  王小明       G8     ✗ absent
     H000177  Omar Haddad  G8     ✗ absent
     H000101  Zoë O'Neil   G7     ✓ late 11 min     08:31  08:31   0.90  gate-1
    $ attend schedule list --days 1
    Closed 2026-12-01: (removed: it named a student who was erased)

     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Mon 7 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Mon 7 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Mon 7 Sep 2026  Block 3   10:35   11:20  10:30  11:20   ✗ cancelled  (removed: it named a student who was erased)
    $ attend audit --limit 1
     WHEN                  BY     DID            STUDENT  WHAT
     Mon 7 Sep 2026 09:59  admin  student erase           receipt 1: the family asked: enrolments 1, recognitions 3, records 3, marks 2, quarantine 4, texts 6, audit 4, crops 3
    $ attend audit --about H000123
    ! attend: no student "H000123"
    ! hint: did you mean "H000102"? (attend student list)
    [1]
    "#);
    assert_eq!(fs::read_to_string(school.path("crops.txt")).unwrap(), "6/H000123-1.jpg\n7/a.jpg\n7/b.jpg\n");
    assert_eq!(traces(&school), [""; 0]);
    assert!(fs::metadata(school.path("school.db-wal")).unwrap().len() == 0, "the log is empty");
}

/// The code of the one is two words to a program that splits lines, that of the other is also a camera.
#[test]
fn a_refused_line_is_kept_unless_it_shows_an_erased_student() {
    let school = School::example();
    school.ok(&["student", "add", "7:A", "Ada Again"]);
    for code in ["7:A", "H000123"] {
        school.ok(&["student", "erase", code, "--reason", "asked"]);
    }
    let ahead = |student, camera| seen(student, 0.9, "2026-09-09T09:37:00+03:00", camera);
    let acks = school.ingest([ahead("7:A", "gate-1"), ahead("H000101", "H000123")].concat());
    assert!(acks.iter().all(|ack| ack["reason"] == "future"), "{acks:?}");
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    assert!(kept.lines().count() == 2 && !kept.contains("7:A") && kept.contains("H000123"), "{kept}");
}

#[test]
fn other_students_are_not_changed() {
    let (school, without) = (school(), school());
    school.ok(&ERASE);
    let of_others = |school: &School| -> Vec<serde_json::Value> {
        let mut rows = school.records("2026-09-06", "2026-09-07");
        rows.retain(|row| row["student"] != "H000123");
        rows.iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove("reason")));
        rows
    };
    assert_eq!(of_others(&school), of_others(&without), "coverage stays, so absences stay absences");
    assert_eq!(school.ok(&["recompute", "--from", "2026-09-06", "--to", "2026-09-07"]).lines().count(), 1);
}

#[test]
fn lines_of_an_erased_student_are_refused_and_not_kept() {
    let school = school();
    let mut stream = school.stream(&[]);
    assert_eq!(stream.ask(&at("H000123", 0.9, "7T09:36:00"))["status"], 200);
    school.ok(&ERASE);
    let refused = stream.ask(&at("H000123", 0.9, "7T09:37:00"));
    assert_eq!((&refused["status"], &refused["reason"]), (&422.into(), &"erased_student".into()));
    assert_eq!(stream.ask(&at("H000101", 0.9, "7T09:37:00"))["status"], 200);
    stream.end();
    assert!(!school.ok(&["quarantine", "list", "--format", "jsonl"]).contains("erased"), "no note either");
    let lines = [
        at("H000123", 0.9, "9T09:37:00"),
        "{\"student\":\"H000123\" \"score\":0.9}\n".to_owned(),
        "{\"student\":\"\\u0048000123\",\"score\":7}\n".to_owned(),
        format!("{{\"student\":\"H000123\",\"pad\":\"{}\"}}\n", "x".repeat(70_000)),
    ];
    let reasons: Vec<_> =
        school.ingest(lines.concat()).into_iter().map(|ack| ack["reason"].clone()).collect();
    assert_eq!(reasons, ["future", "malformed", "invalid", "too_long"]);
    assert_eq!(traces(&school), [""; 0]);
    school.write("roll.csv", "code,name\nH000123,Adá Karim\n");
    insta::assert_snapshot!(school.session(&[
        "student add H000123 \"Ada Again\"",
        "student import roll.csv",
        "student import roll.csv --dry-run",
        "student add H000123 \"Ada Again\" --again",
        "student list",
    ]), @r#"
    $ attend student add H000123 "Ada Again"
    ! attend: student "H000123" was erased
    ! hint: if the same code is to be used again: attend student add H000123 NAME --again
    [1]
    $ attend student import roll.csv
    ! attend: student "H000123" was erased
    ! hint: if the same code is to be used again: attend student add H000123 NAME --again
    [1]
    $ attend student import roll.csv --dry-run
    ! attend: student "H000123" was erased
    ! hint: if the same code is to be used again: attend student add H000123 NAME --again
    [1]
    $ attend student add H000123 "Ada Again" --again
    $ attend student list
     CODE     NAME         GROUP
     H000101  Zoë O'Neil   G7
     H000102  ژیان ئەحمەد  G7
     H000123  Ada Again
     H000140  王小明       G8
     H000177  Omar Haddad  G8
    "#);
    assert_eq!(school.ingest(at("H000123", 0.9, "7T09:37:00"))[0]["status"], 200);
}

/// A receiver of progress that interrupts the erasure after some steps.
struct Impatient {
    left: usize,
    crops: Vec<String>,
}

impl Impatient {
    fn step(&mut self) -> attend::failure::Result<()> {
        if self.left == 0 {
            return Err(Problem::new(Kind::Refused, "cut short").into());
        }
        self.left -= 1;
        Ok(())
    }
}

impl Witness for Impatient {
    fn agree(&mut self, _: &str, _: Option<&str>) -> attend::failure::Result<()> {
        Ok(())
    }

    fn takes_crops(&self) -> bool {
        true
    }

    fn crops(&mut self, paths: &[String]) -> attend::failure::Result<()> {
        self.step()?;
        self.crops = paths.to_vec();
        self.step()
    }

    fn progress(&mut self, _: u64, _: u64) -> attend::failure::Result<()> {
        self.step()
    }
}

fn erase_with(school: &School, left: usize) -> (attend::failure::Result<Receipt>, Vec<String>) {
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let all = [Strikes::ALL.to_owned()];
    let request = erase::Request { code: "H000123", reason: "asked", strikes: Strikes(&all), dry_run: false };
    let caller = Caller { by: "test".into(), now: crate::common::harness::NOW.parse().unwrap() };
    let mut witness = Impatient { left, crops: Vec::new() };
    (erase::run(&mut store, &request, &caller, &mut witness), witness.crops)
}

fn copy(template: &School) -> School {
    let school = School::empty();
    fs::copy(template.path("school.db"), school.path("school.db")).unwrap();
    school
}

#[test]
fn an_interrupted_erasure_completes_when_repeated() {
    let template = school();
    let whole = copy(&template);
    let (receipt, crops) = erase_with(&whole, usize::MAX);
    let removed = receipt.unwrap().removed;
    assert_eq!(
        removed,
        Removed {
            enrolments: 1,
            aliases: 0,
            recognitions: 3,
            records: 3,
            marks: 2,
            quarantine: 4,
            texts: 6,
            audit: 4,
            messages: 0,
            crops: 3
        }
    );
    let mut interrupted = 0;
    for left in 0.. {
        let school = copy(&template);
        if erase_with(&school, left).0.is_ok() {
            break;
        }
        interrupted += 1;
        // A student whose erasure is incomplete is already hidden.
        let seen = school.ok(&["export", "recognitions", "--from", "2026-09-01", "--dialect", "plain"]);
        assert!(!seen.contains("H000123"), "{seen}");
        assert_eq!(school.ingest(at("H000123", 0.9, "7T09:37:00"))[0]["reason"], "erased_student");
        school.ok(&["export", "recognitions", "--from", "2026-09-01", "--to", "2026-09-30"]);
        let (receipt, again) = erase_with(&school, usize::MAX);
        assert_eq!((receipt.unwrap().removed, &again), (removed, &crops), "after {left} steps");
        assert_eq!(traces(&school), [""; 0], "after {left} steps");
    }
    assert!(interrupted > 9, "{interrupted}");
}

#[test]
fn crops_that_cannot_be_written_stop_the_erasure_before_it_begins() {
    let school = school();
    let failed = school.feed(&[&ERASE[..6], &["nowhere/crops.txt"]].concat(), "");
    assert_eq!(failed.status.code(), Some(74));
    assert!(text(&failed.stderr).contains("cannot write nowhere/crops.txt"), "{}", text(&failed.stderr));
    assert!(school.ok(&["student", "list"]).contains("H000123"), "nothing was erased");
    if fs::exists("/dev/full").unwrap() {
        let failed = school.feed(&[&ERASE[..6], &["/dev/full"]].concat(), "");
        let said = text(&failed.stderr);
        assert!(said.contains("the same command goes on from here"), "{said}");
        school.ok(&ERASE);
    }
}

#[test]
fn bytes_of_older_deletions_are_removed_too() {
    let school = school();
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute_batch(
        "PRAGMA secure_delete = OFF;
         INSERT INTO camera (id, name, added_at) VALUES (99, 'where Adá Karim lives', 0);
         DELETE FROM camera WHERE id = 99; PRAGMA wal_checkpoint(TRUNCATE);",
    )
    .unwrap();
    drop(conn);
    let said = text(&school.feed(&[&ERASE[..], &["-v"]].concat(), "").stderr);
    assert_eq!(
        said,
        "the file was rewritten, because something about the student may have been left in it\n"
    );
    assert_eq!(traces(&school), [""; 0]);
}

#[test]
fn without_secure_delete_deleted_bytes_would_remain() {
    let school = school();
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute_batch(
        "PRAGMA secure_delete = OFF; DELETE FROM quarantine; PRAGMA wal_checkpoint(TRUNCATE);",
    )
    .unwrap();
    let deleted = "SELECT count(*) FROM quarantine";
    assert_eq!(conn.query_row(deleted, [], |row| row.get(0)), Ok(0));
    assert!(traces(&school).contains(&"school.db: \\u0048000123".to_owned()), "{:?}", traces(&school));

    // The same through attend, which overwrites.
    let school = self::school();
    school.ok(&["quarantine", "drop", "--all"]);
    assert!(!traces(&school).contains(&"school.db: \\u0048000123".to_owned()), "{:?}", traces(&school));
}

#[test]
fn a_repeated_erasure_cleans_the_file_again() {
    let school = school();
    school.ok(&ERASE);
    let said =
        school.session(&["student erase H000123 --reason again -v", "student erase Nobody --reason x"]);
    assert!(said.contains("rewritten"), "{said}");
    assert!(said.ends_with("[1]\n") && said.contains("no student \"Nobody\""), "{said}");
}

#[test]
fn the_export_for_a_family_has_all_data() {
    let school = school();
    school.ok(&["student", "export", "H000123", "-o", "all.json"]);
    let all: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(school.path("all.json")).unwrap()).unwrap();
    let count = |key: &str| all[key].as_array().unwrap().len();
    let counts = ["enrolments", "recognitions", "marks", "quarantine"].map(count);
    assert_eq!(
        (&all["student"], &all["name"], counts),
        (&"H000123".into(), &"Adá Karim".into(), [1, 3, 2, 2])
    );
    let statuses: Vec<_> = all["records"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["unknown", "present", "unknown", "unknown", "absent", "present", "low_score"]);
    assert_eq!(all["audit"][0]["action"], "student export");
    let output = school.feed(&["student", "export", "H000123", "--format", "csv"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(!all["quarantine"].to_string().contains("H000555"), "the line of another student is not theirs");
}

/// Students whose codes and names are words that mean something else, with a neighbour who has used all of them.
const AWKWARD: [(&str, &str); 12] = [
    ("17", "May"),
    ("1", "A"),
    ("gate-1", "June Hall"),
    ("student", "Score"),
    ("camera", "Camera"),
    ("null", "True"),
    ("x", "ill"),
    ("7:A", "Adá"),
    ("0", "."),
    ("admin", "admin"),
    ("Block", "Block 1"),
    ("%", "_"),
];

fn awkward_school() -> School {
    let school = School::example();
    for (code, name) in AWKWARD {
        school.ok(&["student", "add", code, name, "--from", "2026-09-07", "--yes"]);
        school.ok(&["mark", code, "present", "--period", "Block 1", "--reason", "late bus"]);
    }
    school.ok(&["camera", "add", "17", "--place", "gate 17 May wing"]);
    let words: Vec<String> = AWKWARD.iter().map(|(code, name)| format!("{code} {name}")).collect();
    for reason in ["ill until 17 May, may return".to_owned(), words.join(" ")] {
        school.ok(&["mark", "H000101", "excused", "--period", "Block 1", "--reason", &reason]);
    }
    school.ok(&["schedule", "close", "2026-12-17", "--reason", "17 May ill student camera Block", "--yes"]);
    let line = |student: &str, ts: &str| {
        format!(
            r#"{{"student":"{student}","score":0.9,"ts":"2026-09-0{ts}:00+03:00","camera":17,"crop":"17/May.jpg"}}"#
        ) + "\n"
    };
    let mut lines = line("H000101", "7T08:30") + &line("H000101", "9T08:30") + "camera 17 saw May\n";
    lines += "{\"student\":\"H000102\",\"score\":17,\"camera\":1,\"name\":\"May\",\"x\":null}\n";
    lines += "{\"type\":\"job\",\"name\":\"x\",\"ok\":false,\"error\":\"17 May: camera student\"}\n";
    for (code, _) in AWKWARD {
        lines += &line(code, "7T08:31");
        lines += &line(code, "9T08:31");
    }
    school.ingest(lines);
    school
}

/// Every row of every table with data about a student, except for the rows of the erasure itself.
fn rows(school: &School) -> Vec<String> {
    let conn = Connection::open(school.path("school.db")).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut stmt = conn.prepare(sql).unwrap();
        let columns = stmt.column_count();
        let row = |row: &rusqlite::Row| {
            (0..columns).map(|nth| Ok(format!("{:?}", row.get_ref(nth)?))).collect::<Result<Vec<_>, _>>()
        };
        stmt.query_map([], row).unwrap().map(|row| row.unwrap().join("|")).collect()
    };
    let mut stmt = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables = stmt.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut rows = Vec::new();
    // Rows of an erasure, and minutes in which a camera was alive, which remain after its recognitions.
    let left =
        ["revision", "register_change", "share", "tombstone", "erasure_doubt", "alive", "sqlite_sequence"];
    for table in tables.map(|table| table.unwrap()).filter(|table| !left.contains(&table.as_str())) {
        let others = if table == "audit" { "WHERE action <> 'student erase'" } else { "" };
        let found = list(&format!("SELECT * FROM {table} {others}"));
        rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows.sort();
    rows
}

#[test]
fn erasing_a_student_with_a_common_word_as_name_changes_no_other_text() {
    let template = awkward_school();
    for (code, _) in AWKWARD {
        let school = copy(&template);
        let conn = Connection::open(school.path("school.db")).unwrap();
        let id: i64 =
            conn.query_row("SELECT id FROM student WHERE code = ?1", [code], |row| row.get(0)).unwrap();
        drop(conn);
        let before = rows(&school);
        school.ok(&["student", "erase", code, "--reason", "they asked us", "--crops", "crops.txt"]);
        let after = rows(&school);
        let gone: Vec<&String> = before.iter().filter(|row| !after.contains(row)).collect();
        let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
        assert_eq!(new, [""; 0], "{code}");
        let own = |row: &str| {
            let of_student = [
                "student: ",
                "enrolment: ",
                "membership: ",
                "recognition: ",
                "record: ",
                "mark: ",
                "audit: ",
            ];
            of_student.iter().any(|table| row.starts_with(table)) && row.contains(&format!("Integer({id})"))
        };
        let lines = gone.iter().filter(|row| row.starts_with("quarantine: ")).count();
        assert!(gone.iter().all(|row| own(row) || row.starts_with("quarantine: ")), "{code}: {gone:#?}");
        assert_eq!(lines, 1, "{code}: {gone:#?}");
        school.ok(&["db", "check"]);
    }
}

#[test]
fn doubtful_texts_stay_until_a_person_strikes_them() {
    let school = School::example();
    school.ok(&["student", "add", "17", "May"]);
    school.ok(&["camera", "add", "door", "--place", "gate 17"]);
    for reason in ["ill until 17 May, may return", "May drove her home"] {
        school.ok(&["mark", "H000101", "excused", "--period", "Block 1", "--reason", reason]);
    }
    let line = |student: &str, ts: &str| seen(student, 0.9, &format!("2026-09-0{ts}+03:00"), "door");
    let crop = line("H000101", "7T08:30:00").replace("}\n", ",\"crop\":\"17/a.jpg\"}\n");
    school.ingest([crop, line("H000101", "9T08:30:00").replace("\"door\"", "17")].concat());
    insta::assert_snapshot!(school.session(&[
        "student erase 17 --reason \"they asked us\"",
        "student erase 17 --reason \"they asked us\" --strike mark.reason:7",
        "student erase 17 --reason \"they asked us\" --strike mark.reason:2 --strike crop:17/a.jpg",
        "camera list",
        "history H000101",
        "student erase 17 --reason \"they asked us\" --strike all --strike \"place:gate 17\"",
        "student erase 17 --reason \"they asked us\" --strike audit.detail:1",
        "camera list",
        "audit --limit 2",
    ]), @r#"
    $ attend student erase 17 --reason "they asked us"
    17 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.
    6 texts may mention the student, or something else of that name; --strike PLACE removes one.

     WHAT          REMOVED  PLACE            TEXT
     enrolments          1
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               0
     audit               1
     messages            0
     crops               0
     to decide              mark.reason:1    ill until 17 May, may return
     to decide              mark.reason:2    May drove her home
     to decide              audit.detail:10  excused in Block 1 on 2026-09-07; ill until 17 May, may return
     to decide              audit.detail:11  excused in Block 1 on 2026-09-07; May drove her home
     to decide              crop:17/a.jpg    17/a.jpg
     to decide              place:gate 17    gate 17
    $ attend student erase 17 --reason "they asked us" --strike mark.reason:7
    ! attend: the receipt lists no text at mark.reason:7
    ! hint: the receipt of attend student erase lists the places, also with --dry-run
    [1]
    $ attend student erase 17 --reason "they asked us" --strike mark.reason:2 --strike crop:17/a.jpg
    17 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.

     WHAT          REMOVED
     enrolments          0
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               3
     audit               0
     messages            0
     crops               0
    $ attend camera list
     CAMERA  PLACE    KIND     ADDED
     door    gate 17  room     Mon 7 Sep 2026
    $ attend history H000101
    H000101 · Zoë O'Neil · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  – excused  08:30–08:30  best 0.90 door  1 sighting
    Block 2  ◌ unknown  gate 17 (door) blind 09:30–09:59; door blind 09:30–09:59
    Block 3  · not yet seen

     TIME      WHAT    PERIOD   CAMERA  SCORE  EFFECT   BY     REASON
     08:30:00  seen    Block 1  door     0.90  first
     09:59:12  marked  Block 1                 excused  admin  ill until 17 May, may return
     09:59:12  marked  Block 1                 excused  admin  (removed: it named a student who was erased)
    $ attend student erase 17 --reason "they asked us" --strike all --strike "place:gate 17"
    17 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.

     WHAT          REMOVED
     enrolments          0
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               4
     audit               0
     messages            0
     crops               0
    $ attend student erase 17 --reason "they asked us" --strike audit.detail:1
    ! attend: the receipt lists no text at audit.detail:1
    ! hint: the receipt of attend student erase lists the places, also with --dry-run
    [1]
    $ attend camera list
     CAMERA  PLACE            KIND     ADDED
     door    removed place 1  room     Mon 7 Sep 2026
    $ attend audit --limit 2
     WHEN                  BY     DID            STUDENT  WHAT
     Mon 7 Sep 2026 09:59  admin  student erase           receipt 1: they asked us: texts 4
     Mon 7 Sep 2026 09:59  admin  student erase           receipt 1: they asked us: texts 3
    "#);
    let conn = Connection::open(school.path("school.db")).unwrap();
    let open = conn.query_row("SELECT count(*) FROM erasure_doubt", [], |row| row.get(0));
    assert_eq!(open, Ok(0));
    // Where no place waits for a decision, marks are append-only.
    assert!(conn.execute("UPDATE mark SET reason = 'other'", []).is_err());
}

/// A place or a camera may be called like a student. Without the name, every register is judged as before.
#[test]
fn a_place_that_names_the_student_gets_another_name_in_every_register() {
    let mut school = School::example();
    school.ok(&["student", "add", "H9", "Hall", "--from", "2026-09-07", "--yes"]);
    school.ok(&["camera", "add", "hall-cam", "--place", "hall"]);
    school.ok(&["camera", "add", "yard", "--place", "yard"]);
    school.ok(&["period", "edit", "Block 3", "--places", "G7=hall,yard", "--yes"]);
    school.ok(&["period", "edit", "Block 2", "--places", "yard", "--yes"]);
    school.ingest(at("H000101", 0.9, "7T08:30:00").replace("gate-1", "hall-cam"));
    school.at("2026-09-07T20:00:00+03:00");
    let register = |school: &School| {
        let rows = school.ok(&["export", "records", "--date", "2026-09-07", "--format", "csv"]);
        let others = rows.lines().filter(|row| !row.contains("H9"));
        others.map(|row| row.replace("removed place 1", "hall")).collect::<Vec<_>>()
    };
    let before = register(&school);
    assert!(before.iter().any(|row| row.contains("unknown") && row.contains("hall")), "{before:#?}");
    let mut pruned = copy(&school);
    pruned.at("2027-09-07T20:00:00+03:00");
    pruned.ok(&["prune"]);
    assert_eq!(register(&pruned), before);
    for school in [&school, &pruned] {
        let erase = ["student", "erase", "H9", "--reason", "they asked us"];
        let dry = school.ok(&[&erase[..], &["--dry-run"]].concat());
        assert!(dry.contains("place:hall"), "{dry}");
        school.ok(&erase);
        assert_eq!(register(school), before);
        school.ok(&[&erase[..], &["--strike", "place:hall"]].concat());
        school.ok(&["camera", "edit", "hall-cam", "--name", "door"]);
        let renamed: Vec<String> = before.iter().map(|row| row.replace("hall-cam", "door")).collect();
        assert_eq!(register(school), renamed);
        let conn = Connection::open(school.path("school.db")).unwrap();
        let left: i64 = conn
            .query_row(
                "SELECT (SELECT count(*) FROM camera_change WHERE place = 'hall')
                      + (SELECT count(*) FROM occurrence WHERE places LIKE '%hall%')
                      + (SELECT count(*) FROM period WHERE places LIKE '%hall%')
                      + (SELECT count(*) FROM coverage WHERE name = 'hall' OR cameras LIKE '%hall%')",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(left, 0);
    }
}

#[test]
fn a_reader_that_holds_the_log_is_told_of() {
    let school = school();
    let reader = Connection::open(school.path("school.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM student").unwrap();
    let output = school.feed(&ERASE, "");
    assert!(
        text(&output.stdout).starts_with("H000123 is erased: receipt 1\n"),
        "the receipt is still printed"
    );
    assert_eq!(output.status.code(), Some(75), "{}", text(&output.stderr));
    assert!(!traces(&school).is_empty(), "the reader still sees the student");
    drop(reader);
    school.ok(&ERASE);
    assert_eq!(traces(&school), [""; 0]);
}

#[test]
fn a_restored_backup_names_the_receipts_of_students_to_erase_again() {
    let school = school();
    school.ok(&["db", "backup", "copy.db"]);
    school.ok(&ERASE);
    let erase_other = ["student", "erase", "H000140", "--reason", "left", "--strike", "all"];
    assert!(school.ok(&erase_other).starts_with("H000140 is erased: receipt 2\n"));
    let list = school.path(".school.db.erased");
    assert_eq!(fs::metadata(&list).unwrap().permissions().mode() & 0o777, 0o600);
    let check = || school.session(&["db check --format csv"]);
    let well = "erased students stay erased,ok,,";
    assert!(check().contains(well));

    for file in ["school.db", "school.db-wal", "school.db-shm"] {
        let _ = fs::remove_file(school.path(file));
    }
    fs::copy(school.path("copy.db"), school.path("school.db")).unwrap();
    let back = |receipts: &str, n: u32| {
        let hint = format!("students on the roll again: attend student erase CODE, as on receipt {receipts}");
        let row = format!("erased students stay erased,wrong,{n},");
        let said = check();
        assert!(said.contains(&row) && said.contains(&hint) && said.ends_with("[1]\n"), "{said}");
        assert!(!said.contains("H000123") && !said.contains("H000140"), "{said}");
    };
    back("1, 2", 2);
    assert!(school.ok(&erase_other).starts_with("H000140 is erased: receipt 2\n"), "it keeps its number");
    back("1", 1);
    assert!(school.session(&["health"]).contains("as on receipt 1"));
    school.ok(&ERASE);
    assert!(check().contains(well));
    assert_eq!(traces(&school), [""; 0]);

    school.ok(&["student", "add", "H000140", "Another One", "--again"]);
    assert!(check().contains(well), "a code that may be used again brings no student back");
    fs::remove_file(&list).unwrap();
    school.ok(&["student", "erase", "H000140", "--reason", "left"]);
    assert_eq!(fs::read_to_string(&list).unwrap().lines().count(), 3, "the database knows the others, too");
}

#[test]
fn the_list_of_erasures_is_read_through_no_pipe_and_belongs_to_the_owner_of_the_database() {
    let school = school();
    let owner = fs::metadata(school.path("school.db")).unwrap().uid();
    school.write("victim", "1 2026-09-07T06:59:12Z 00\n");
    symlink("victim", school.path(".school.db.erased")).unwrap();
    school.ok(&ERASE);
    let list = fs::symlink_metadata(school.path(".school.db.erased")).unwrap();
    assert!(list.is_file() && list.uid() == owner, "the link was replaced, not followed");
    assert_eq!(fs::read_to_string(school.path("victim")).unwrap(), "1 2026-09-07T06:59:12Z 00\n");
}

#[test]
fn on_a_terminal_erasing_asks_first() {
    if !has("tmux") {
        return;
    }
    let school = school();
    for (key, width, left) in [("n", 90, true), ("y", 91, false)] {
        let crops = school.path("crops.txt").display().to_string();
        let erase = ["student", "erase", "H000123", "--reason", "left", "--crops", &crops];
        let terminal = Terminal::open(&school, &erase, width, 24);
        terminal.wait_for("Erase everything about Adá Karim (H000123)? This cannot be undone. [y/N]");
        terminal.press(key);
        terminal.press("Enter");
        terminal.ended();
        let found = school.feed(&["student", "show", "H000123"], "").status.success();
        assert_eq!(found, left, "{key}: {:?}", terminal.screen());
    }
}

#[test]
fn names_that_people_gave_are_told_and_reasons_can_be_struck() {
    let school = School::example();
    school.ok(&["student", "add", "A1", "Ada Tutor"]);
    let name = "Ada Tutor hour";
    school.ok(&["period", "add", name, "--start", "13:00", "--end", "14:00", "--days", "daily"]);
    school.ok(&["schedule", "generate", "--yes"]);
    school.ok(&["session", "add", "Ada tutor's club", "--periods", name, "--rule", "any"]);
    school.ok(&["reason", "add", "VISIT", "Ada Tutor was here"]);
    school.ok(&["reason", "add", "VISIT", "Visit by Ada Tutor"]);
    school.ok(&["reason", "add", "A1", "Trip"]);
    school.ok(&["camera", "add", "ada tutor"]);
    school.ok(&["settings", "set", "min_periods", "2"]);
    school.ok(&["student", "edit", "H000101", "--group", "+A1"]);
    school.ok(&["period", "edit", "Block 3", "--groups", "A1,G7"]);
    let erase = "student erase A1 --reason \"they asked us\"";
    insta::assert_snapshot!(school.session(&[
        &format!("{erase} --dry-run"),
        &format!("{erase} --strike period.name:5"),
        erase,
        &format!("{erase} --strike period.name:5"),
        &format!("{erase} --strike \"former_reason.words:Ada Tutor was here\" --strike reason.words:VISIT"),
        "reason list",
    ]), @r#"
    $ attend student erase A1 --reason "they asked us" --dry-run
    A1 would be erased
    Backups made before, exported files and image files still hold the student.
    10 texts may mention the student, or something else of that name; --strike PLACE removes one.
    8 names of periods, cameras or others may name the student; change those that do.

     WHAT          REMOVED  PLACE                                   TEXT
     enrolments          1
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               0
     audit               1
     messages            0
     crops               0
     to decide              reason.words:VISIT                      Visit by Ada Tutor
     to decide              former_reason.words:Ada Tutor was here  Ada Tutor was here
     to decide              audit.detail:9                          Ada Tutor hour
     to decide              audit.detail:11                         Ada tutor's club: Ada Tutor hour (any)
     to decide              audit.detail:12                         VISIT Ada Tutor was here
     to decide              audit.detail:13                         VISIT Visit by Ada Tutor
     to decide              audit.detail:14                         A1 Trip
     to decide              audit.detail:15                         ada tutor
     to decide              audit.detail:17                         group G7 → A1,G7
     to decide              audit.detail:18                         Block 3: groups all → A1,G7
     name                   membership.group_name:A1                A1
     name                   period.name:5                           Ada Tutor hour
     name                   period.groups:4                         A1,G7
     name                   occurrence.name:21                      Ada Tutor hour
     name                   session.name:1                          Ada tutor's club
     name                   session.periods:1                       Ada Tutor hour
     name                   camera.name:1                           ada tutor
     name                   reason.key:A1                           A1
    $ attend student erase A1 --reason "they asked us" --strike period.name:5
    ! attend: period.name:5 is a name, so it cannot be removed
    ! hint: change it with its own command, such as attend period edit or attend camera edit
    [1]
    $ attend student erase A1 --reason "they asked us"
    A1 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.
    10 texts may mention the student, or something else of that name; --strike PLACE removes one.
    8 names of periods, cameras or others may name the student; change those that do.

     WHAT          REMOVED  PLACE                                   TEXT
     enrolments          1
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               0
     audit               1
     messages            0
     crops               0
     to decide              reason.words:VISIT                      Visit by Ada Tutor
     to decide              former_reason.words:Ada Tutor was here  Ada Tutor was here
     to decide              audit.detail:9                          Ada Tutor hour
     to decide              audit.detail:11                         Ada tutor's club: Ada Tutor hour (any)
     to decide              audit.detail:12                         VISIT Ada Tutor was here
     to decide              audit.detail:13                         VISIT Visit by Ada Tutor
     to decide              audit.detail:14                         A1 Trip
     to decide              audit.detail:15                         ada tutor
     to decide              audit.detail:17                         group G7 → A1,G7
     to decide              audit.detail:18                         Block 3: groups all → A1,G7
     name                   membership.group_name:A1                A1
     name                   period.name:5                           Ada Tutor hour
     name                   period.groups:4                         A1,G7
     name                   occurrence.name:21                      Ada Tutor hour
     name                   session.name:1                          Ada tutor's club
     name                   session.periods:1                       Ada Tutor hour
     name                   camera.name:1                           ada tutor
     name                   reason.key:A1                           A1
    $ attend student erase A1 --reason "they asked us" --strike period.name:5
    ! attend: period.name:5 is a name, so it cannot be removed
    ! hint: change it with its own command, such as attend period edit or attend camera edit
    [1]
    $ attend student erase A1 --reason "they asked us" --strike "former_reason.words:Ada Tutor was here" --strike reason.words:VISIT
    A1 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.

     WHAT          REMOVED
     enrolments          0
     aliases             0
     recognitions        0
     records             0
     marks               0
     quarantine          0
     texts               2
     audit               0
     messages            0
     crops               0
    $ attend reason list
     KEY    REASON  CODE
     A1     Trip    A1
     VISIT  VISIT   VISIT
    "#);
    let conn = Connection::open(school.path("school.db")).unwrap();
    let former = conn.query_row("SELECT count(*) FROM former_reason", [], |row| row.get(0));
    assert_eq!(former, Ok(0));
}
