//! `attend db`: checks, copies during use, and sizes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::Value;

use crate::common::harness::{School, has, seen, text};
use crate::common::limit::{Limited, ok};
use crate::faults::interruptions::lines;
use crate::project::docs::scripts;

fn school() -> School {
    let school = School::example();
    school.ingest(lines()[..200].concat());
    school
}

fn execute(school: &School, sql: &str) {
    let conn = Connection::open(school.path("school.db")).unwrap();
    conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
}

#[test]
fn a_sound_database_says_so_check_by_check() {
    insta::assert_snapshot!(school().session(&["db check", "db check -q"]), @"
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
     nothing is left before the watermark     ✓ ok
     records lie within their occurrence      ✓ ok
     records rest on sightings                ✓ ok
     a settled register knows its coverage    ✓ ok
     no student is on the roll twice at once  ✓ ok
     an alias has one student at a time       ✓ ok
    $ attend db check -q
    ");
}

#[test]
fn every_violated_invariant_is_found() {
    for (claims, sql) in [
        (
            &["references lead somewhere"][..],
            "INSERT INTO mark (occurrence, student, marked_by, marked_at) VALUES (999, 1, 'x', 0)",
        ),
        (
            &["recognitions show students on the roll"][..],
            "INSERT INTO recognition VALUES (1, 999, 1, 0.9, NULL, NULL, NULL)",
        ),
        (
            &["recognitions come from known cameras"][..],
            "INSERT INTO recognition VALUES (1, 1, 999, 0.9, NULL, NULL, NULL)",
        ),
        (&["heartbeats come from known cameras"][..], "INSERT INTO alive VALUES (1, 999, 16)"),
        (
            &["nothing is left before the watermark", "a settled register knows its coverage"][..],
            "UPDATE revision SET watermark = (SELECT min(ts) + 1 FROM recognition)",
        ),
        (
            &["records lie within their occurrence"][..],
            "UPDATE record SET last_seen = last_seen + 86400000000 WHERE sightings > 0",
        ),
        (
            &["records lie within their occurrence"][..],
            "UPDATE record SET low_first = 0 WHERE low_sightings > 0",
        ),
        (
            &["records rest on sightings"][..],
            "INSERT INTO record (occurrence, student, policy, sightings, low_sightings) SELECT max(id), 1, 1, 0, 0 FROM occurrence",
        ),
        (
            &["a settled register knows its coverage"][..],
            "UPDATE revision SET watermark = (SELECT min(opens_at) + 1 FROM occurrence)",
        ),
        (
            &["no student is on the roll twice at once"][..],
            "INSERT INTO enrolment VALUES (1, 1788000000000000, 1790000000000000)",
        ),
    ] {
        let school = school();
        execute(&school, sql);
        let output = school.feed(&["db", "check", "--format", "jsonl"], "");
        let checks = text(&output.stdout);
        let wrong: Vec<Value> = checks
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|check: &Value| check["result"] == "wrong")
            .collect();
        let found: Vec<&str> = wrong.iter().map(|check| check["check"].as_str().unwrap()).collect();
        assert_eq!((&found[..], output.status.code()), (claims, Some(1)), "{sql}");
        assert!(wrong[0]["rows"].as_i64().unwrap() > 0 && wrong[0]["detail"].is_string());
    }
}

#[test]
fn a_damaged_file_and_wrong_rows_are_different_faults() {
    let school = school();
    // Overwrites a page in the middle of the big table.
    let page: i64 = {
        let conn = Connection::open(school.path("school.db")).unwrap();
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let sql =
            "SELECT pageno FROM dbstat WHERE name = 'recognition' AND pagetype = 'leaf' LIMIT 1 OFFSET 1";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let mut bytes = fs::read(school.path("school.db")).unwrap();
    let start = usize::try_from((page - 1) * 4096).unwrap();
    bytes[start..start + 200].fill(0xA5);
    fs::write(school.path("school.db"), bytes).unwrap();
    let output = school.feed(&["db", "check"], "");
    assert_eq!(output.status.code(), Some(74));
    let said = text(&output.stdout);
    let whole = said.lines().find(|line| line.contains("the file is whole")).unwrap();
    assert!(whole.contains("✗ damaged"), "{said}");
    let output = school.feed(&["db", "backup", "copy.db"], "");
    assert_eq!(output.status.code(), Some(74), "{}", text(&output.stderr));
    assert!(fs::read_dir(school.path("")).unwrap().all(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        !name.contains("copy")
    }));
}

#[test]
fn a_copy_is_complete_private_and_replaces_an_older_one() {
    let school = school();
    insta::assert_snapshot!(school.session(&["db backup copy.db", "db backup copy.db", "--db copy.db db check -q"]), @"
    $ attend db backup copy.db
    $ attend db backup copy.db
    $ attend --db copy.db db check -q
    ");
    assert_eq!(fs::metadata(school.path("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    let export = ["export", "records", "--format", "csv"];
    assert_eq!(school.ok(&[&["--db", "copy.db"], &export[..]].concat()), school.ok(&export));
    // New databases give space back in small steps, and so do copies of them.
    let copy = Connection::open(school.path("copy.db")).unwrap();
    assert_eq!(copy.query_row("PRAGMA auto_vacuum", [], |row| row.get::<_, i64>(0)), Ok(2));
    let mut names: Vec<String> = fs::read_dir(school.path(""))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.contains("part"));
    assert_eq!(names, [""; 0]);
}

#[test]
fn a_copy_never_replaces_a_device() {
    let school = school();
    let pipe = school.path("pipe");
    ok(school.program("mkfifo").arg(&pipe));
    insta::assert_snapshot!(school.session(&["db backup pipe"]), @"
    $ attend db backup pipe
    ! attend: pipe is a device or a pipe, not a file
    ! hint: name a file, preferably on another disk
    [1]
    ");
    assert!(!fs::metadata(pipe).unwrap().is_file());
}

#[test]
fn a_copy_never_lands_on_the_database_or_beside_a_log() {
    let school = school();
    fs::hard_link(school.path("school.db"), school.path("same.db")).unwrap();
    std::os::unix::fs::symlink("school.db", school.path("link.db")).unwrap();
    school.write("used.db-wal", "frames of another database");
    insta::assert_snapshot!(school.session(&[
        "db backup school.db",
        "db backup ./../none/school.db",
        "db backup same.db",
        "db backup link.db",
        "db backup school.db-wal",
        "--db link.db db backup school.db-wal",
        "db backup used.db",
        "db backup file:x",
        "db backup .",
        "--db file:x db check -q",
    ]), @"
    $ attend db backup school.db
    ! attend: school.db is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    $ attend db backup ./../none/school.db
    ! attend: cannot write ./../none/school.db: No such file or directory (os error 2)
    [74]
    $ attend db backup same.db
    ! attend: same.db is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    $ attend db backup link.db
    ! attend: link.db is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    $ attend db backup school.db-wal
    ! attend: school.db-wal is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    $ attend --db link.db db backup school.db-wal
    ! attend: school.db-wal is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    $ attend db backup used.db
    ! attend: used.db has a log beside it: it is in use as a database
    ! hint: name another file; SQLite would apply the old log to the copy
    [1]
    $ attend db backup file:x
    $ attend db backup .
    ! attend: cannot write .: invalid filename
    [74]
    $ attend --db file:x db check -q
    ! attend: file:x: the database could not be read or written: unable to open database file: file:x
    [74]
    ");
}

#[test]
fn deleted_rows_are_not_in_the_copy() {
    let school = school();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-deleted"));
    execute(&school, "DELETE FROM recognition WHERE camera = (SELECT max(id) FROM camera)");
    execute(&school, "DELETE FROM record WHERE best_camera = (SELECT max(id) FROM camera)");
    execute(
        &school,
        "DELETE FROM camera WHERE id = (SELECT max(id) FROM camera); PRAGMA wal_checkpoint(TRUNCATE)",
    );
    school.ok(&["db", "backup", "copy.db"]);
    let holds =
        |name: &str| fs::read(school.path(name)).unwrap().windows(12).any(|window| window == b"gate-deleted");
    assert!(holds("school.db") && !holds("copy.db"));
}

#[test]
fn restored_from_a_copy_made_under_load_nothing_acknowledged_before_it_is_missing() {
    let (school, lines) = (School::example(), lines());
    let mut stream = school.stream(&[]);
    let mut acked = 0;
    while acked < 500 {
        assert!(stream.ask(&lines[acked])["status"].as_u64().unwrap() < 300);
        acked += 1;
    }
    let before = acked;
    let mut backup = school.command(&["db", "backup", "copy.db"]);
    let mut backup = Limited::start(backup.stdin(Stdio::null()));
    while backup.try_wait().unwrap().is_none() && acked < lines.len() {
        stream.ask(&lines[acked]);
        acked += 1;
    }
    assert!(backup.wait().unwrap().success());
    stream.end();

    // The restore: the old files are moved away, and the copy takes their place.
    for name in ["school.db", "school.db-wal", "school.db-shm"] {
        let _ = fs::remove_file(school.path(name));
    }
    fs::rename(school.path("copy.db"), school.path("school.db")).unwrap();
    let restored = school.stored();
    assert!((before..=acked).contains(&restored.len()), "{before} {} {acked}", restored.len());
    let twin = School::example();
    twin.ingest(lines[..restored.len()].concat());
    assert_eq!(restored, twin.stored(), "a snapshot: a beginning of what was sent, without holes");
    let roster = ["roster", "show", "--period", "Block 1"];
    assert_eq!(school.ok(&roster), twin.ok(&roster));

    // Ingest works again, and sending everything again restores the rest.
    school.ingest(lines.concat());
    twin.ingest(lines.concat());
    assert_eq!((school.stored(), school.ok(&roster)), (twin.stored(), twin.ok(&roster)));
}

#[test]
fn sizes_add_up_and_are_projected() {
    let school = school();
    let stats: Value = serde_json::from_str(&school.ok(&["db", "stats", "--format", "json"])).unwrap();
    let rows = stats["rows"].as_array().unwrap();
    let sum: i64 = rows.iter().map(|row| row["bytes"].as_i64().unwrap()).sum();
    let (file, free) = (stats["file_bytes"].as_i64().unwrap(), stats["free_bytes"].as_i64().unwrap());
    // The rest are the schema and the map of pages.
    assert!(sum + free < file && file < sum + free + 60_000, "{stats}");
    let recognitions = rows.iter().find(|row| row["table"] == "recognition").unwrap();
    assert_eq!(
        (recognitions["rows"].as_i64(), recognitions["rows_per_day"].as_i64()),
        (Some(200), Some(200))
    );
    let per_day = recognitions["bytes_per_day"].as_i64().unwrap();
    assert_eq!(recognitions["bytes_at_horizon"].as_i64().unwrap(), 90 * per_day);
    assert_eq!(rows.iter().find(|row| row["table"] == "student").unwrap()["bytes_per_day"], Value::Null);
    let shown = school.ok(&["db", "stats"]);
    assert!(
        shown.starts_with("Database ") && shown.contains("with the events of 90 days it will be about "),
        "{shown}"
    );
}

/// Commands and configuration of docs/operations.md, at home in the folder of a school.
fn litestream(school: &School, label: &str) -> Vec<String> {
    let found = scripts("Backups and replication", label).into_iter();
    let home = school.path("").display().to_string();
    let moved = found.map(|text| {
        text.replace("/srv/attend/attend.db", &format!("{home}school.db"))
            .replace("/mnt/backup/attend", &format!("{home}replica"))
    });
    moved.collect()
}

#[test]
fn litestream_replicates_under_load_and_what_it_restores_is_the_same() {
    if !has("litestream") {
        return;
    }
    let (school, lines) = (School::example(), lines());
    school.write("litestream.yml", litestream(&school, "yaml litestream").concat());
    let [replicate, restore] = litestream(&school, "sh litestream").try_into().unwrap();
    let mut replicating = school.program("sh");
    replicating.args(["-ec", &format!("exec {replicate}")]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut replicating = Limited::start(&mut replicating);
    // Under way once it has made its own folder.
    let begun = || school.path(".school.db-litestream").exists();
    while !begun() {
        assert_eq!(replicating.try_wait().unwrap(), None);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut stream = school.stream(&[]);
    for (nth, line) in lines[..1_000].iter().enumerate() {
        assert!(stream.ask(line)["status"].as_u64().unwrap() < 300);
        if nth % 300 == 0 {
            school.ok(&["db", "backup", "copy.db"]);
            school.ok(&["prune"]);
        }
    }
    stream.end();
    let kill = ["-s", "INT", &replicating.id().to_string()].map(str::to_owned);
    ok(school.program("kill").args(kill));
    replicating.wait().unwrap();

    let before = (school.stored(), school.ok(&["roster", "show", "--period", "Block 1"]));
    let put_away = "mkdir put-away; mv school.db* .school.db-litestream put-away/";
    ok(school.program("sh").args(["-ec", &format!("{put_away}\n{restore}")]));
    assert_eq!(fs::metadata(school.path("school.db")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((school.stored(), school.ok(&["roster", "show", "--period", "Block 1"])), before);
    school.ingest(lines.concat());
    assert_eq!(school.stored().len(), lines.len());
}

#[test]
fn missing_tables_and_bad_settings_are_found() {
    for (sql, code, words) in [
        ("DROP TABLE mark", 74, "missing: "),
        ("DROP TABLE setting", 74, "table setting"),
        ("DELETE FROM setting WHERE key = 'timezone'", 1, "timezone"),
        ("UPDATE setting SET value = 'Mars/Olympus' WHERE key = 'timezone'", 1, "Mars/Olympus"),
    ] {
        let school = school();
        execute(&school, sql);
        let output = school.feed(&["db", "check"], "");
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        assert!(said.contains(words), "{sql}: {said}{errors}");
        assert_eq!(output.status.code(), Some(code), "{sql}: {said}{errors}");
    }
}

#[test]
fn a_copy_replaces_only_an_older_copy_of_the_same_database() {
    let school = school();
    school.ok(&["--db", "south.db", "init", "--timezone", "UTC", "--school", "South"]);
    school.write("notes.txt", "notes");
    school.write("empty.db", "");
    let conn = Connection::open(school.path("other.db")).unwrap();
    conn.execute_batch("CREATE TABLE tombstone_key (key)").unwrap();
    drop(conn);
    std::os::unix::fs::symlink("south.db", school.path("latest.db")).unwrap();
    insta::assert_snapshot!(school.session(&[
        "db backup latest.db",
        "db backup south.db",
        "db backup notes.txt",
        "db backup other.db",
        "db backup south.db-wal",
        "db backup empty.db",
        "--db empty.db db backup school.db",
        "--db south.db settings get school",
    ]), @"
    $ attend db backup latest.db
    $ attend db backup south.db
    ! attend: south.db is not a copy of this database
    ! hint: name another file, or move this one away; a backup replaces only a copy of the same database
    [1]
    $ attend db backup notes.txt
    ! attend: notes.txt is not a copy of this database
    ! hint: name another file, or move this one away; a backup replaces only a copy of the same database
    [1]
    $ attend db backup other.db
    ! attend: other.db is not a copy of this database
    ! hint: name another file, or move this one away; a backup replaces only a copy of the same database
    [1]
    $ attend db backup south.db-wal
    ! attend: south.db-wal is another database, or belongs to one
    ! hint: name another file
    [1]
    $ attend db backup empty.db
    $ attend --db empty.db db backup school.db
    $ attend --db south.db settings get school
    South
    ");
    assert_eq!(fs::read_to_string(school.path("notes.txt")).unwrap(), "notes");
}
