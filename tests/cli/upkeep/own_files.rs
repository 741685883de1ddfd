//! Files that commands write: never a file of a database, never through a link, and never half of one.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use crate::common::harness::{School, Stream, run, seen, text, words};
use crate::common::limit::{Limited, ok};
use crate::faults::interruptions::lines;

/// Every command that writes a file, with `%` for its name.
const WRITERS: [&str; 10] = [
    "export records -o %",
    "export recognitions -o %",
    "export roster --period \"Block 1\" -o %",
    "summary -o %",
    "student export H000123 -o %",
    "student erase H000123 --reason asked --crops %",
    "key create gate-1 -o %",
    "health --format json -o %",
    "health --format prometheus -o %",
    "db backup %",
];

fn school() -> School {
    let school = School::example();
    school.ingest(lines()[..200].concat());
    let with_crop = seen("H000123", 0.9, "2026-09-07T09:50:00+03:00", "gate-1");
    school.ingest(with_crop.replace("}\n", ",\"crop\":\"7/a.jpg\"}\n"));
    school
}

fn write(school: &School, writer: &str, name: &str) -> (Option<i32>, String) {
    let args = words(&writer.replace('%', name));
    let output = school.feed(&args.iter().map(String::as_str).collect::<Vec<_>>(), "");
    (output.status.code(), text(&output.stderr))
}

/// The names in the folder that contain some letters.
fn names(school: &School, letters: &str) -> Vec<String> {
    let names =
        fs::read_dir(school.path("")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains(letters)).collect();
    names.sort();
    names
}

#[test]
fn no_command_writes_over_a_file_of_the_database() {
    let school = school();
    // A stream keeps the log in use and continues.
    let mut stream: Stream = school.stream(&[]);
    assert_eq!(stream.ask(&lines()[200])["status"], 200);
    school.ok(&["prune"]);
    symlink("school.db", school.path("link.csv")).unwrap();
    symlink("school.db-wal", school.path("log.csv")).unwrap();
    fs::hard_link(school.path("school.db"), school.path("same.csv")).unwrap();
    fs::hard_link(school.path(".school.db.prune.lock"), school.path("lock.csv")).unwrap();
    fs::create_dir(school.path("more")).unwrap();
    let before = fs::metadata(school.path("school.db")).unwrap().ino();
    for writer in WRITERS {
        for name in [
            "school.db",
            "./more/../school.db",
            "school.db-wal",
            "school.db-shm",
            "school.db-journal",
            ".school.db.prune.lock",
            ".school.db.summary.lock",
            ".school.db.erased",
            "link.csv",
            "log.csv",
            "same.csv",
            "lock.csv",
        ] {
            let (code, said) = write(&school, writer, name);
            assert_eq!(code, Some(1), "{writer} {name}: {said}");
            let wanted = format!("attend: {name} is the database itself, or belongs to it\nhint: ");
            assert!(said.starts_with(&wanted), "{writer} {name}: {said}");
        }
    }
    assert_eq!(stream.ask(&lines()[201])["status"], 200);
    assert_eq!(stream.end().1, Some(0));
    assert_eq!(fs::metadata(school.path("school.db")).unwrap().ino(), before);
    school.ok(&["db", "check"]);
    // A refused command has no other effect: no key without its file, no student removed.
    assert!(!school.ok(&["key", "list"]).contains("gate-1"));
    assert!(school.ok(&["student", "list"]).contains("H000123"));
    assert_eq!(names(&school, ".part"), [""; 0]);
}

#[test]
fn an_export_does_not_replace_the_database_of_another_school() {
    let school = school();
    school.ok(&["--db", "other.db", "init", "--timezone", "Europe/Berlin"]);
    school.write("other.db-wal", "");
    for (writer, name) in [(WRITERS[0], "other.db"), (WRITERS[6], "other.db"), (WRITERS[3], "other.db-wal")] {
        let (code, said) = write(&school, writer, name);
        assert_eq!(code, Some(1), "{writer}");
        assert!(
            said.starts_with(&format!("attend: {name} is another database, or belongs to one\n")),
            "{said}"
        );
    }
    school.ok(&["--db", "other.db", "db", "check"]);
}

#[test]
fn a_planted_link_is_replaced_and_its_target_is_not() {
    let school = school();
    for writer in WRITERS {
        school.write("victim", "kept");
        let _ = fs::remove_file(school.path("sheet"));
        symlink("victim", school.path("sheet")).unwrap();
        let (code, said) = write(&school, writer, "sheet");
        assert!(code.is_some_and(|code| code < 3) && said.is_empty(), "{writer}: {code:?} {said}");
        assert_eq!(fs::read_to_string(school.path("victim")).unwrap(), "kept", "{writer}");
        let sheet = fs::symlink_metadata(school.path("sheet")).unwrap();
        let mode = if writer.contains("prometheus") { 0o644 } else { 0o600 };
        assert!(sheet.is_file() && sheet.permissions().mode() & 0o777 == mode, "{writer}");
    }
}

#[test]
fn devices_and_pipes_are_written_to() {
    let school = school();
    let expected = school.ok(&["export", "records", "--format", "csv"]);
    assert_eq!(school.ok(&["export", "records", "--format", "csv", "-o", "/dev/stdout"]), expected);
    school.ok(&["export", "records", "-o", "/dev/null"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    // Standard output may be a file that holds something already.
    let file = school.write("sheet.csv", "before\n");
    let file = File::options().append(true).open(file).unwrap();
    let mut command = school.command(&["export", "records", "--format", "csv", "-o", "/dev/stdout"]);
    assert!(Limited::start(command.stdout(file)).wait().unwrap().success());
    assert_eq!(fs::read_to_string(school.path("sheet.csv")).unwrap(), format!("before\n{expected}"));
    ok(school.program("mkfifo").arg("pipe"));
    let mut shell = school.program("sh");
    let both = "cat pipe > read & attend export records --format csv -o pipe; wait";
    assert!(run(shell.args(["-c", both]), "").status.success());
    assert_eq!(fs::read_to_string(school.path("read")).unwrap(), expected);
}

#[test]
fn parts_of_dead_writers_are_cleared_and_no_others() {
    let school = school();
    let dead = u32::MAX;
    let alive = std::process::id();
    for name in [
        &format!(".sheet.csv.{dead}.part"),
        &format!(".sheet.csv.{alive}.part"),
        &format!(".other.csv.{dead}.part"),
        ".sheet.csv.notes.part",
        ".sheet.csv.part",
    ] {
        school.write(name, "half");
    }
    let foreign = school.write(&format!(".sheet.csv.{}.part", dead - 1), "half");
    let is_root = fs::metadata(&foreign).unwrap().uid() == 0;
    if is_root {
        chown(&foreign, Some(12_345), None).unwrap();
    }
    school.ok(&["export", "records", "-o", "sheet.csv"]);
    let mut expected = vec![
        format!(".other.csv.{dead}.part"),
        format!(".sheet.csv.{alive}.part"),
        ".sheet.csv.notes.part".to_owned(),
        ".sheet.csv.part".to_owned(),
    ];
    if is_root {
        expected.push(format!(".sheet.csv.{}.part", dead - 1));
        expected.sort();
    }
    assert_eq!(names(&school, ".part"), expected);
}

#[test]
fn a_link_in_the_place_of_a_lock_is_not_followed() {
    let school = School::example();
    school.write("victim", "root's own words");
    let planted = school.path(".school.db.prune.lock");
    symlink("victim", &planted).unwrap();
    let wanted = format!("attend: {} is a link, or not a file, and would be written to\n", planted.display());
    assert!(write(&school, "prune", "").1.starts_with(&wanted));
    fs::remove_file(&planted).unwrap();
    ok(school.program("mkfifo").arg(&planted));
    assert!(write(&school, "prune", "").1.starts_with(&wanted));
    fs::remove_file(&planted).unwrap();
    symlink("nothing-yet", &planted).unwrap();
    assert!(write(&school, "prune", "").1.starts_with(&wanted));
    assert!(!Path::exists(&school.path("nothing-yet")));
    assert_eq!(fs::read_to_string(school.path("victim")).unwrap(), "root's own words");
}

/// The tests run as root in a container, where the owner of a file can be set.
#[test]
fn a_lock_that_root_makes_belongs_to_the_owner_of_the_database() {
    let school = School::example();
    if fs::metadata(school.path("")).unwrap().uid() != 0 {
        return;
    }
    let owner = |name: &str| fs::metadata(school.path(name)).unwrap().uid();
    chown(school.path("school.db"), Some(12_345), Some(12_345)).unwrap();
    school.ok(&["prune"]);
    assert_eq!(owner(".school.db.prune.lock"), 12_345);
    // A file that was there before keeps its owner, and so does one that a link shares.
    school.write("victim", "root's own words");
    fs::remove_file(school.path(".school.db.schedule-generate.lock")).unwrap();
    fs::hard_link(school.path("victim"), school.path(".school.db.schedule-generate.lock")).unwrap();
    assert!(write(&school, "schedule generate", "").1.contains(" is a link, "));
    school.write(".school.db.db-check.lock", "");
    school.ok(&["db", "check"]);
    assert_eq!((owner("victim"), owner(".school.db.db-check.lock")), (0, 0));
    assert_eq!(fs::read_to_string(school.path("victim")).unwrap(), "root's own words");
}

#[test]
fn a_link_in_the_place_of_the_log_is_not_followed() {
    let school = School::example();
    school.write("victim", "");
    symlink("victim", school.path("school.db-wal")).unwrap();
    let (code, said) = write(&school, "mark H000123 present", "");
    assert!(code == Some(78) && said.contains("school.db-wal is a link, or not a file"), "{said}");
    assert_eq!(fs::read_to_string(school.path("victim")).unwrap(), "");
    fs::remove_file(school.path("school.db-wal")).unwrap();
    school.ok(&["mark", "H000123", "present"]);
}
