//! `attend init`: one database, made once, and files that are refused stay as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::common::harness::{School, seen, text};
use crate::common::limit::Limited;

const INIT: [&str; 4] = ["init", "--timezone", "Asia/Baghdad", "-v"];

#[test]
fn the_first_makes_it_and_the_second_says_so() {
    insta::assert_snapshot!(School::empty().session(&[
        "init --timezone Asia/Baghdad --school \"Green Valley School\"",
        "init --timezone Europe/Stockholm --school Elsewhere",
        "settings get timezone",
        "settings get school",
    ]), @r#"
    $ attend init --timezone Asia/Baghdad --school "Green Valley School"
    $ attend init --timezone Europe/Stockholm --school Elsewhere
    ! attend: ~/school.db already exists (Asia/Baghdad); nothing was changed
    $ attend settings get timezone
    Asia/Baghdad
    $ attend settings get school
    Green Valley School
    "#);
}

#[test]
fn a_zone_almost_right_is_suggested() {
    let school = School::empty();
    insta::assert_snapshot!(school.session(&["init --timezone Asia/Bagdad"]), @r#"
    $ attend init --timezone Asia/Bagdad
    ! error: invalid value 'Asia/Bagdad' for '--timezone <ZONE>': no time zone is called "Asia/Bagdad"
    ! hint: did you mean "Asia/Baghdad"?
    !
    ! For more information, try '--help'.
    [2]
    "#);
    assert!(!school.path("school.db").exists());
}

#[test]
fn a_missing_folder_is_made() {
    let school = School::empty();
    insta::assert_snapshot!(school.session(&["--db far/away/school.db init --timezone Asia/Baghdad -v"]), @"
    $ attend --db far/away/school.db init --timezone Asia/Baghdad -v
    ! made far/away/school.db (Asia/Baghdad)
    ");
    assert!(school.path("far/away/school.db").exists());
}

#[test]
fn only_the_owner_may_read_it() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    stream.ask(&seen("H000101", 0.9, "2026-09-07T09:58:00+03:00", "gate-1"));
    let mut files = Vec::new();
    for entry in fs::read_dir(school.path("")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("school.db") {
            files.push(format!("{name} {:o}", entry.metadata().unwrap().permissions().mode() & 0o777));
        }
    }
    files.sort();
    assert_eq!(files, ["school.db 600", "school.db-shm 600", "school.db-wal 600"]);
}

/// Starts a command without waiting for it.
fn start(school: &School, args: &[&str]) -> Limited {
    let mut command = school.command(args);
    Limited::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

fn finish(children: Vec<Limited>) -> Vec<Output> {
    children.into_iter().map(Limited::output).collect()
}

#[test]
fn of_concurrent_inits_exactly_one_succeeds() {
    for _ in 0..8 {
        let school = School::empty();
        let outputs = finish((0..6).map(|_| start(&school, &INIT)).collect());
        let said: Vec<String> = outputs.iter().map(|output| text(&output.stderr)).collect();
        assert!(outputs.iter().all(|output| output.status.success()), "{said:?}");
        let made = said.iter().filter(|words| words.starts_with("made ")).count();
        let there = said.iter().filter(|words| words.contains("already exists")).count();
        assert_eq!((made, there), (1, 5), "{said:?}");
    }
}

#[test]
fn commands_before_init_say_so() {
    for _ in 0..8 {
        let school = School::empty();
        let commands = [&["ingest"][..], &INIT, &["period", "list"]];
        let children = (0..6).map(|n| start(&school, commands[n % 3])).collect();
        for (n, output) in finish(children).iter().enumerate() {
            let said = text(&output.stderr);
            match output.status.code() {
                Some(0) => {}
                Some(78) if n % 3 != 1 => {
                    assert!(said.contains("there is no database") || said.contains("is empty"), "{said}");
                }
                code => panic!("{:?} {code:?} {said}", commands[n % 3]),
            }
        }
        assert_eq!(school.ok(&["settings", "get", "timezone"]), "Asia/Baghdad\n");
    }
}

/// The output of some commands for a file that attend did not create. The file must not change.
fn refused(school: &School, content: &[u8]) -> String {
    let path = school.write("school.db", content);
    let said = school.session(&["roster now", "init --timezone Asia/Baghdad", "schedule generate", "ingest"]);
    assert!(fs::read(&path).unwrap() == content, "the file was changed:\n{said}");
    assert_eq!(beside(&path), ["school.db"], "something was left behind");
    said
}

fn beside(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("school.db"))
        .collect();
    names.sort();
    names
}

/// The bytes of a good database.
fn good() -> Vec<u8> {
    fs::read(School::new().path("school.db")).unwrap()
}

#[test]
fn no_database_and_an_empty_file_ask_for_init() {
    let school = School::empty();
    insta::assert_snapshot!(school.session(&["roster now", "ingest"]), @"
    $ attend roster now
    ! attend: there is no database at ~/school.db
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    $ attend ingest
    ! attend: there is no database at ~/school.db
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    ");
    assert!(beside(&school.path("school.db")).is_empty());
    school.write("school.db", "");
    insta::assert_snapshot!(school.session(&["roster now"]), @"
    $ attend roster now
    ! attend: ~/school.db is empty
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    ");
    assert_eq!(fs::read(school.path("school.db")).unwrap(), b"");
}

#[test]
fn a_foreign_file_is_refused_as_a_database() {
    insta::assert_snapshot!(refused(&School::empty(), b"code,name\nH000123,Ada Karim\n"), @"
    $ attend roster now
    ! attend: ~/school.db is not a database
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend init --timezone Asia/Baghdad
    ! attend: ~/school.db is not a database
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend schedule generate
    ! attend: ~/school.db is not a database
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend ingest
    ! attend: ~/school.db is not a database
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    ");
    let long = "code,name\n".repeat(1000);
    refused(&School::empty(), long.as_bytes());
}

#[test]
fn another_programs_database_is_refused() {
    let school = School::empty();
    let foreign = school.path("foreign.db");
    let conn = rusqlite::Connection::open(&foreign).unwrap();
    conn.execute_batch("CREATE TABLE bookmark (url TEXT); PRAGMA user_version = 1;").unwrap();
    drop(conn);
    insta::assert_snapshot!(refused(&school, &fs::read(foreign).unwrap()), @"
    $ attend roster now
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend init --timezone Asia/Baghdad
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend schedule generate
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend ingest
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    ");
}

#[test]
fn another_programs_database_without_a_version_is_refused_too() {
    let school = School::empty();
    let foreign = school.path("foreign.db");
    let conn = rusqlite::Connection::open(&foreign).unwrap();
    conn.execute_batch("PRAGMA auto_vacuum = FULL; CREATE TABLE bookmark (url TEXT);").unwrap();
    drop(conn);
    insta::assert_snapshot!(refused(&school, &fs::read(foreign).unwrap()), @"
    $ attend roster now
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend init --timezone Asia/Baghdad
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend schedule generate
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    $ attend ingest
    ! attend: ~/school.db is a database, but not one of attend's
    ! hint: name attend's file with --db or ATTEND_DB; this one was not touched
    [78]
    ");
}

#[test]
fn a_newer_database_is_refused() {
    let mut newer = good();
    newer[60..64].copy_from_slice(&99_i32.to_be_bytes());
    insta::assert_snapshot!(refused(&School::empty(), &newer), @"
    $ attend roster now
    ! attend: cannot open ~/school.db: it was written by a newer attend (schema 99; this one knows 1)
    ! hint: install the newer attend; the file was not touched
    [78]
    $ attend init --timezone Asia/Baghdad
    ! attend: cannot open ~/school.db: it was written by a newer attend (schema 99; this one knows 1)
    ! hint: install the newer attend; the file was not touched
    [78]
    $ attend schedule generate
    ! attend: cannot open ~/school.db: it was written by a newer attend (schema 99; this one knows 1)
    ! hint: install the newer attend; the file was not touched
    [78]
    $ attend ingest
    ! attend: cannot open ~/school.db: it was written by a newer attend (schema 99; this one knows 1)
    ! hint: install the newer attend; the file was not touched
    [78]
    ");
}

#[test]
fn a_damaged_database_is_refused() {
    let good = good();
    insta::assert_snapshot!(refused(&School::empty(), &good[..good.len() / 2]), @"
    $ attend roster now
    ! attend: ~/school.db: the database is damaged: database disk image is malformed
    ! hint: restore the latest backup; keep the damaged file
    [74]
    $ attend init --timezone Asia/Baghdad
    ! attend: ~/school.db: the database is damaged: database disk image is malformed
    ! hint: restore the latest backup; keep the damaged file
    [74]
    $ attend schedule generate
    ! attend: ~/school.db: the database is damaged: database disk image is malformed
    ! hint: restore the latest backup; keep the damaged file
    [74]
    $ attend ingest
    ! attend: ~/school.db: the database is damaged: database disk image is malformed
    ! hint: restore the latest backup; keep the damaged file
    [74]
    ");
    let mut scribbled = good.clone();
    scribbled[100..2000].fill(0xff);
    let words = refused(&School::empty(), &scribbled);
    assert_eq!(words.matches("the database is damaged").count(), 4, "{words}");
    for length in [50, 100, 4096, good.len() - 1] {
        let words = refused(&School::empty(), &good[..length]);
        assert_eq!(words.matches("! hint: ").count(), 4, "{length}: {words}");
    }
}

#[test]
fn a_torn_init_is_undone_by_its_journal() {
    // Pages of the new database beyond a first one that never reached the disk, and the journal that says
    // "there was nothing before": its mark, no pages, a nonce, no pages before, sector and page size.
    let journal = [&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7][..], &[0; 12], &512_u32.to_be_bytes()];
    let journal = [journal.concat(), 4096_u32.to_be_bytes().to_vec(), vec![0; 484]].concat();
    let school = School::empty();
    school.write("school.db", [0; 8192]);
    school.write("school.db-journal", &journal);
    insta::assert_snapshot!(school.session(&["roster now", "init --timezone Asia/Baghdad", "settings get timezone"]), @"
    $ attend roster now
    ! attend: ~/school.db is empty
    ! hint: make one: attend init --timezone ZONE, with the same --db if you named one
    [78]
    $ attend init --timezone Asia/Baghdad
    $ attend settings get timezone
    Asia/Baghdad
    ");
    // Without a journal the file stays unchanged, and so does a foreign file beside any other name.
    refused(&School::empty(), &[0; 8192]);
    let school = School::empty();
    school.write("school.db", "code,name\n");
    school.write("school.db-journal", "of a captain");
    assert!(school.session(&["init --timezone Asia/Baghdad"]).contains("is not a database"));
    assert_eq!(fs::read(school.path("school.db-journal")).unwrap(), b"of a captain");
}
