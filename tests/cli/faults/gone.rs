//! A database that is moved, deleted or replaced while a command has it open: no line is acknowledged that the next
//! command would not find.

use std::fs;

use attend::store::Store;

use crate::common::harness::{School, Terminal, has, run, text};
use crate::faults::interruptions::lines;

/// Changes that people make to a database in use. `copy.db` is a backup of it.
const DEEDS: [&str; 8] = [
    "mv school.db away.db",
    "rm school.db",
    "rm school.db school.db-wal school.db-shm",
    "rm school.db-wal",
    "mv copy.db school.db",
    "cp copy.db school.db",
    "cp school.db new.db; mv new.db school.db",
    "rm school.db; ln -s copy.db school.db",
];

fn do_to(school: &School, deed: &str) {
    let output = run(school.program("sh").args(["-ec", deed]), "");
    assert!(output.status.success(), "{deed}: {}", text(&output.stderr));
}

fn school() -> School {
    let school = School::example();
    school.ingest(lines()[..50].concat());
    school.ok(&["db", "backup", "copy.db"]);
    school
}

#[test]
fn a_stream_whose_database_is_gone_acknowledges_nothing_and_stops() {
    for deed in DEEDS {
        let school = school();
        let mut stream = school.stream(&[]);
        assert_eq!(stream.ask(&lines()[50])["status"], 200, "{deed}");
        do_to(&school, deed);
        let copy = fs::read(school.path("copy.db")).ok();
        let ack = stream.ask(&lines()[51]);
        assert_eq!((&ack["status"], &ack["reason"]), (&503.into(), &"database_gone".into()), "{deed}: {ack}");
        assert!(ack["retry_after_ms"].as_u64() >= Some(30_000), "{deed}");
        assert_eq!(stream.end().1, Some(74), "{deed}");
        // Nothing of its log was copied into the file that took the place.
        assert_eq!(fs::read(school.path("copy.db")).ok(), copy, "{deed}");
    }
}

#[test]
fn after_a_restore_beside_a_stream_the_hint_leads_to_a_working_database() {
    let school = school();
    let mut stream = school.stream(&[]);
    stream.ask(&lines()[50]);
    do_to(&school, "cp copy.db school.db");
    stream.ask(&lines()[51]);
    stream.end();
    let said = school.session(&["roster now"]);
    insta::assert_snapshot!(said, @"
    $ attend roster now
    ! attend: ~/school.db was restored, and the log of the database before it still lies beside it
    ! hint: move ~/school.db-wal and ~/school.db-shm away, then try again
    [74]
    ");
    do_to(&school, "rm school.db-wal school.db-shm");
    school.ok(&["db", "check"]);
    assert_eq!(school.stored().len(), 50);
    let acks = school.ingest(lines()[..52].concat());
    assert!(acks.iter().all(|ack| ack["status"] == 200 || ack["status"] == 202));
    assert_eq!(school.stored().len(), 52);
}

/// Commands that write. Either their changes are found, or they failed.
#[test]
fn a_write_into_a_database_that_was_replaced_is_an_error() {
    for deed in DEEDS {
        let school = school();
        let mut store = Store::open(&school.path("school.db")).unwrap();
        let written = store.write(|_| {
            do_to(&school, deed);
            Ok::<_, attend::store::StoreError>(())
        });
        assert!(written.unwrap_err().to_string().ends_with("while it was in use"), "{deed}");
        assert!(store.read(|_| Ok::<_, attend::store::StoreError>(())).is_err(), "{deed}");
    }
}

#[test]
fn a_watch_ends_when_its_database_is_gone() {
    if !has("tmux") {
        return;
    }
    for args in [&["panel", "--watch", "100ms"][..], &["roster", "now", "--watch", "100ms"]] {
        let school = school();
        let terminal = Terminal::open(&school, args, 80, 24);
        terminal.wait_for("/5 present");
        do_to(&school, "mv school.db away.db");
        let said = terminal.ended();
        assert!(said.contains("was moved, deleted or replaced while it was in use"), "{args:?}: {said}");
    }
}

/// Opening a database again, and closing it, keeps the locks of the first connection. Otherwise the next process
/// would assume that it is the last one and remove the log that the first one writes to.
#[test]
fn opening_the_file_twice_keeps_its_log() {
    let school = school();
    let mut first = Store::open(&school.path("school.db")).unwrap();
    first.write(|_| Ok::<_, attend::store::StoreError>(())).unwrap();
    let second = Store::open(&school.path("school.db")).unwrap();
    school.ok(&["mark", "H000123", "present"]);
    assert!(school.path("school.db-wal").exists());
    drop(second);
    school.ok(&["mark", "H000101", "present"]);
    assert!(school.path("school.db-wal").exists());
    drop(first);
    assert!(!school.path("school.db-wal").exists(), "the control: the last connection removes it");
}
