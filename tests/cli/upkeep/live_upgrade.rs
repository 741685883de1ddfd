//! `attend` is replaced while runners send: docs/operations.md, "Upgrading".

use rusqlite::Connection;

use crate::common::harness::{School, Stream, seen};
use crate::common::limit;

const RUNNERS: usize = 16;

/// The nth line of a runner.
fn line(runner: usize, nth: usize) -> String {
    let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
    let at = format!("2026-09-07T09:{:02}:{:02}+03:00", 36 + nth, 3 * runner);
    seen(codes[(runner + nth) % 5], 0.8, &at, &format!("gate-{runner}"))
}

/// Runs a shell script in the school's folder. Programs are copied by a process of their own, because a program
/// that this process has open for writing cannot be started.
fn shell(school: &School, script: &str) {
    let output =
        limit::output(school.program("sh").args(["-euc", script]).env("EXE", env!("CARGO_BIN_EXE_attend")));
    assert!(output.status.success(), "{script}: {output:?}");
}

fn runners(school: &School) -> Vec<Stream> {
    (0..RUNNERS).map(|_| Stream::start(school.program(school.path("bin/attend")).arg("ingest"))).collect()
}

/// Each runner sends its nth line and waits for the ack.
fn send(streams: &mut [Stream], nth: usize) {
    for (runner, stream) in streams.iter_mut().enumerate() {
        assert_eq!(stream.ask(&line(runner, nth))["status"], 200, "line {nth} of runner {runner}");
    }
}

/// The nightly jobs, run by the program that is installed now.
fn nightly(school: &School) {
    shell(
        school,
        "bin/attend -q db backup copy.db; bin/attend -q --db copy.db db check; bin/attend -q schedule generate --yes
         bin/attend -q prune; bin/attend -q db check",
    );
}

#[test]
fn the_program_is_replaced_and_put_back_under_sixteen_live_runners() {
    let school = School::example();
    shell(&school, r#"mkdir bin; cp "$EXE" bin/attend"#);
    let mut old = runners(&school);
    send(&mut old, 0);

    // As package managers do it: the new program gets its name when it is complete.
    shell(
        &school,
        r#"cp "$EXE" bin/new; echo newer >> bin/new; ln bin/attend bin/old; mv bin/new bin/attend"#,
    );
    nightly(&school);
    send(&mut old, 1);
    shell(&school, "ls -l /proc/*/exe 2>/dev/null | grep -q \"$PWD/bin/attend (deleted)\"");

    // The runners are restarted one after the other, and send their last line again.
    let mut new = runners(&school);
    for (runner, stream) in old.into_iter().enumerate() {
        stream.signal("TERM");
        stream.end();
        assert_eq!(new[runner].ask(&line(runner, 1))["duplicate"], true);
    }
    send(&mut new, 2);

    shell(&school, "mv bin/old bin/attend");
    nightly(&school);
    send(&mut new, 3);
    let mut back = runners(&school);
    new.into_iter().for_each(|stream| assert_eq!(stream.end().1, Some(0)));
    send(&mut back, 4);
    back.into_iter().for_each(|stream| assert_eq!(stream.end().1, Some(0)));

    let undisturbed = School::example();
    undisturbed
        .ingest((0..5).flat_map(|nth| (0..RUNNERS).map(move |runner| line(runner, nth))).collect::<String>());
    assert_eq!(school.stored(), undisturbed.stored());
    let day = "2026-09-07";
    assert_eq!(school.records(day, day), undisturbed.records(day, day));
    nightly(&school);
}

#[test]
fn a_stream_stops_before_it_writes_into_a_database_that_a_newer_program_has_migrated() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    assert_eq!(stream.ask(&line(0, 0))["status"], 200);
    let conn = Connection::open(school.path("school.db")).unwrap();
    let version: i32 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    conn.pragma_update(None, "user_version", version + 1).unwrap();

    let ack = stream.ask(&line(0, 1));
    let told =
        format!("a newer attend has changed the database (schema {}; this one knows {version})", version + 1);
    assert_eq!(
        (&ack["status"], &ack["reason"], &ack["detail"]),
        (&503.into(), &"database_gone".into(), &told.into())
    );
    assert_eq!(stream.end().1, Some(74));
    assert_eq!(school.stored().len(), 1);

    // The older program goes on once the database is as it knows it, as after a restore of the backup.
    conn.pragma_update(None, "user_version", version).unwrap();
    assert_eq!(school.ingest(line(0, 1))[0]["status"], 200);
}
