//! Feeds: a receiver is told the registers that changed, each whole, until it confirms them.

use rusqlite::Connection;

use crate::common::harness::{School, seen, text};

/// Two periods of a morning, both over, and a name for the school among others.
fn morning() -> School {
    let mut school = School::empty();
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    school.write("roll.csv", "code,name\nA,Ada\nB,Bob\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in [("P1", "08:00", "08:45"), ("P2", "10:00", "10:45")] {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate", "--days", "1"]);
    school.ok(&["settings", "set", "school_id", "0101"]);
    school.at("2026-09-07T08:30:00+03:00");
    school.ingest(seen("A", 0.9, "2026-09-07T08:05:00+03:00", "gate"));
    school.at("2026-09-07T12:00:00+03:00");
    school.ingest(seen("A", 0.9, "2026-09-07T10:05:00+03:00", "gate"));
    school
}

const EDITION: &str = "export records --feed district --dialect plain --columns date,period,student,status";

/// The next edition without its version, and its confirmation.
fn edition(school: &School) -> String {
    let told = school.session(&[EDITION, "export confirm district"]);
    let without_version = |line: &str| {
        let rest = line.strip_prefix("0101,").and_then(|rest| rest.split_once(','));
        rest.map_or(line.to_owned(), |(_, rest)| format!("0101,…,{rest}")) + "\n"
    };
    told.lines().map(without_version).collect()
}

#[test]
fn a_receiver_is_told_the_registers_that_changed() {
    let mut school = morning();
    let mut told = edition(&school);
    told += &edition(&school);
    school.at("2026-09-07T12:05:00+03:00");
    school.ingest(seen("B", 0.9, "2026-09-07T08:10:00+03:00", "gate"));
    told += &edition(&school);
    school.ok(&["mark", "B", "excused", "--period", "P2", "--reason", "dentist"]);
    told += &edition(&school);
    school.ok(&["schedule", "cancel", "P2", "--reason", "trip", "--yes"]);
    told += &edition(&school);
    insta::assert_snapshot!(told, @"
    $ attend export records --feed district --dialect plain --columns date,period,student,status
    school_id,register_version,as_of,date,period,student,status␍
    0101,…,2026-09-07T12:00:00+03:00,2026-09-07,P1,A,present␍
    0101,…,2026-09-07T12:00:00+03:00,2026-09-07,P1,B,absent␍
    0101,…,2026-09-07T12:00:00+03:00,2026-09-07,P2,A,present␍
    0101,…,2026-09-07T12:00:00+03:00,2026-09-07,P2,B,absent␍
    $ attend export confirm district
    $ attend export records --feed district --dialect plain --columns date,period,student,status
    school_id,register_version,as_of,date,period,student,status␍
    $ attend export confirm district
    $ attend export records --feed district --dialect plain --columns date,period,student,status
    school_id,register_version,as_of,date,period,student,status␍
    0101,…,2026-09-07T12:05:00+03:00,2026-09-07,P1,A,present␍
    0101,…,2026-09-07T12:05:00+03:00,2026-09-07,P1,B,present␍
    $ attend export confirm district
    $ attend export records --feed district --dialect plain --columns date,period,student,status
    school_id,register_version,as_of,date,period,student,status␍
    0101,…,2026-09-07T12:05:00+03:00,2026-09-07,P2,A,present␍
    0101,…,2026-09-07T12:05:00+03:00,2026-09-07,P2,B,excused␍
    $ attend export confirm district
    $ attend export records --feed district --dialect plain --columns date,period,student,status
    school_id,register_version,as_of,date,period,student,status␍
    0101,…,2026-09-07T12:05:00+03:00,2026-09-07,P2,,␍
    $ attend export confirm district
    ");
}

#[test]
fn a_register_that_was_told_before_its_coverage_was_decided_is_told_again() {
    let mut school = School::empty();
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["init", "--timezone", "Asia/Baghdad"]);
    school.ok(&["student", "add", "A", "Ada"]);
    let hours = ["--start", "08:00", "--end", "09:00", "--days", "daily", "--late-grace", "0s"];
    school.ok(&[&["period", "add", "P1"], &hours[..]].concat());
    school.ok(&["camera", "add", "gate", "--place", "hall", "--door"]);
    school.ok(&["schedule", "generate", "--days", "1"]);
    school.ok(&["settings", "set", "school_id", "0101"]);
    school.at("2026-09-07T09:00:30+03:00");
    let beat = |minute: i64| {
        let at = format!("2026-09-07T{:02}:{:02}:00+03:00", minute / 60, minute % 60);
        format!("{{\"type\":\"heartbeat\",\"camera\":\"gate\",\"snapshot_every\":60,\"ts\":\"{at}\"}}\n")
    };
    school.ingest((470..536).map(beat).collect::<String>());
    let mut told = edition(&school);
    school.at("2026-09-07T09:05:00+03:00");
    let now =
        school.ok(&["export", "records", "--date", "today", "--dialect", "plain", "--columns", "status"]);
    told += &edition(&school);
    assert!(now.trim_end().ends_with(",unknown"), "{now}");
    let last = told.lines().rfind(|line| line.contains(",P1,")).unwrap();
    assert!(told.contains("P1,A,absent") && last.contains("P1,A,unknown"), "{told}");
}

#[test]
fn an_edition_that_was_not_confirmed_is_sent_again() {
    let school = morning();
    school.session(&[EDITION]);
    assert!(school.session(&[EDITION]).contains("P1,A,present"));
    assert!(edition(&school).contains("P1,A,present"));
    assert!(!edition(&school).contains("P1"));
}

#[test]
fn a_receiver_without_a_name_keeps_its_own_cursor() {
    let mut school = morning();
    let first = school.ok(&["export", "records", "--changed-since", "0@0", "--format", "json", "-q"]);
    let cursor = serde_json::from_str::<serde_json::Value>(&first).unwrap()["cursor"].clone();
    school.at("2026-09-07T12:10:00+03:00");
    school.ok(&["mark", "B", "present", "--period", "P2"]);
    let since = cursor.as_str().unwrap();
    let told = school.feed(&["export", "records", "--changed-since", since], "");
    let words = text(&told.stderr);
    assert!(words.starts_with("next time: --changed-since ") && words.lines().count() == 1, "{words}");
    let next = school.ok(&["export", "records", "--changed-since", since, "--dialect", "plain", "-q"]);
    assert!(next.contains("P2,B") && !next.contains("P1"), "{next}");
    let far = "999999@1788768000000000";
    insta::assert_snapshot!(school.session(&[
        &format!("export records --changed-since {far}"),
        "export records --changed-since yesterday",
        "export records --feed district --date today",
        "export confirm distric",
    ]), @r#"
    $ attend export records --changed-since 999999@1788768000000000
    ! attend: the cursor is of version 999999, but this database is of version 2
    ! hint: an older backup was restored: send everything once, with --changed-since 0@0
    [1]
    $ attend export records --changed-since yesterday
    ! error: invalid value 'yesterday' for '--changed-since <CURSOR>': "yesterday" is not a cursor, such as 812@1788768000000000
    !
    ! For more information, try '--help'.
    [2]
    $ attend export records --feed district --date today
    ! error: the argument '--feed <NAME>' cannot be used with '--date <DATE[..DATE]>'
    !
    ! Usage: attend export records [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend export confirm distric
    ! attend: nothing was sent to the feed "distric" yet
    ! hint: attend export records --feed distric -o changed.csv
    [1]
    "#);
}

#[test]
fn a_restored_copy_tells_everything_again() {
    let school = morning();
    edition(&school);
    school.ok(&["db", "backup", "copy.db"]);
    assert!(!edition(&school).contains("P1"));
    std::fs::rename(school.path("copy.db"), school.path("school.db")).unwrap();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(school.path(&format!("school.db{end}")));
    }
    assert!(edition(&school).contains("P1,A,present"));
}

#[test]
fn newcomers_of_a_roll_are_noted_once_for_all_and_in_every_register_they_join() {
    let school = morning();
    edition(&school);
    let counters = || -> (i64, i64) {
        let conn = Connection::open(school.path("school.db")).unwrap();
        conn.query_row("SELECT roll, bulk FROM revision", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let (before, _) = counters();
    let rows: String = (0..50).map(|nth| format!("N{nth:02},Newcomer {nth}\n")).collect();
    school.write("newcomers.csv", format!("code,name\n{rows}"));
    let import =
        ["student", "import", "newcomers.csv", "--from", "2026-09-07T09:00:00+03:00", "--force", "--yes"];
    let mut stream = school.stream(&[]);
    assert_eq!(stream.ask(&seen("N07", 0.9, "2026-09-07T10:07:00+03:00", "gate"))["status"], 202);
    school.ok(&import);
    assert_eq!(counters(), (before + 1, 0), "not once for each row");
    assert_eq!(stream.ask(&seen("N07", 0.9, "2026-09-07T10:08:00+03:00", "gate"))["status"], 200);
    stream.end();
    let told = edition(&school);
    let of = |period: &str| told.matches(&format!(",{period},N")).count();
    assert_eq!((of("P1"), of("P2")), (0, 50), "{told}");
    assert_eq!(told.matches(",P1,").count(), 0, "the first period began before they joined: {told}");
    school.ok(&import);
    assert_eq!(counters(), (before + 1, 0), "nothing changes");
}

#[test]
fn a_register_that_lists_a_student_from_before_the_enrolment_follows_name_group_and_erasure() {
    let mut school = morning();
    school.at("2026-09-07T12:01:00+03:00");
    school.ingest(seen("C", 0.9, "2026-09-07T08:10:00+03:00", "gate"));
    school.ok(&["student", "add", "C", "Cy", "--group", "G7", "--from", "2026-09-07T09:00:00+03:00"]);
    school.ok(&["quarantine", "retry"]);
    edition(&school);
    let columns = &["date", "period", "student", "name", "group"].join(",");
    let next = ["export", "records", "--feed", "district", "--dialect", "plain", "--columns", columns];
    let told = |school: &School| -> Vec<String> {
        let rows = school.ok(&next);
        school.ok(&["export", "confirm", "district"]);
        let of_cy = |row: &&str| row.contains(",C,");
        rows.lines().filter(of_cy).map(|row| row.split_once("2026-09-07,P").unwrap().1.to_owned()).collect()
    };
    school.at("2026-09-07T12:02:00+03:00");
    school.ok(&["student", "edit", "C", "--name", "Cyrus"]);
    assert_eq!(told(&school), ["1,C,Cyrus,G7", "2,C,Cyrus,G7"]);
    school.ok(&["student", "edit", "C", "--group", "G8", "--from", "2026-09-07T09:00:00+03:00", "--yes"]);
    assert_eq!(told(&school), ["1,C,Cyrus,G8", "2,C,Cyrus,G8"]);
    school.ok(&["student", "erase", "C", "--reason", "asked for"]);
    let erased = school.ok(&next);
    assert!(erased.contains("2026-09-07,P1,A,") && !erased.contains(",C,"), "{erased}");
}

/// A student who was marked and then left, also if the student comes back later, and if the return is called off.
#[test]
fn a_register_that_lists_a_student_between_two_enrolments_follows_name_group_and_erasure() {
    let mut school = morning();
    school.ok(&["student", "add", "C", "Cy", "--group", "G8", "--from", "2026-09-07", "--yes"]);
    school.ok(&["mark", "C", "present", "--period", "P1", "--yes"]);
    school.ok(&["student", "deactivate", "C", "--from", "2026-09-07", "--yes"]);
    school.ok(&["student", "edit", "C", "--activate", "--from", "2026-09-09"]);
    school.ok(&["student", "add", "D", "Di", "--from", "2026-09-06", "--yes"]);
    school.ok(&["mark", "D", "present", "--period", "P1", "--yes"]);
    school.ok(&["student", "deactivate", "D", "--from", "2026-09-07", "--yes"]);
    school.ok(&["student", "edit", "D", "--activate", "--from", "2026-09-09"]);
    let columns =
        ["export", "records", "--dialect", "plain", "--columns", "date,period,student,name,group,status"];
    let register = |told: &str| -> Vec<String> {
        let rows = told.lines().filter_map(|row| row.split_once("2026-09-07,P1,"));
        rows.map(|(_, row)| row.to_owned()).collect()
    };
    school.at("2026-09-10T12:00:00+03:00");
    for edit in [
        &["student", "edit", "D", "--name", "Diana"][..],
        &["student", "deactivate", "C", "--from", "2026-09-09", "--yes"],
        &["student", "edit", "C", "--name", "Cyrus"],
        &["student", "erase", "D", "--reason", "asked for"],
        &["student", "erase", "C", "--reason", "asked for"],
    ] {
        edition(&school);
        school.ok(edit);
        let told = school.ok(&[&columns[..], &["--feed", "district"]].concat());
        let full = school.ok(&[&columns[..], &["--date", "2026-09-07"]].concat());
        assert_eq!(register(&told), register(&full), "{edit:?}");
        school.ok(&["export", "confirm", "district"]);
    }
}

#[test]
fn a_register_that_still_lists_a_student_who_left_follows_the_code() {
    let mut school = morning();
    school.ok(&["schedule", "generate", "--days", "2"]);
    school.ok(&["mark", "B", "excused", "--period", "P1", "--date", "2026-09-08", "--reason", "ill"]);
    school.ok(&["student", "deactivate", "B"]);
    school.at("2026-09-09T12:00:00+03:00");
    edition(&school);
    school.ok(&["student", "retire-code", "B"]);
    let told = school.ok(&EDITION.split(' ').collect::<Vec<_>>());
    assert!(told.contains("2026-09-08,P1,B~2026-09-07,excused"), "{told}");
}

#[test]
fn a_register_with_a_reason_follows_the_list_of_reasons() {
    for given in [
        &["mark", "B", "absent", "--period", "P1", "--reason", "ill"][..],
        &["mark", "B", "excused", "--date", "2026-09-07", "--reason", "ill", "--yes"],
    ] {
        let mut school = morning();
        school.ok(given);
        edition(&school);
        for (minute, edit) in [
            ("10", &["reason", "add", "ILL", "Illness", "--code", "I"][..]),
            ("20", &["reason", "add", "ILL", "Illness", "--code", "K"]),
            ("30", &["reason", "remove", "ILL"]),
        ] {
            school.at(&format!("2026-09-07T12:{minute}:00+03:00"));
            school.ok(edit);
            let told = edition(&school);
            assert!(told.contains("2026-09-07,P1,B"), "{edit:?}: {told}");
        }
    }
}
