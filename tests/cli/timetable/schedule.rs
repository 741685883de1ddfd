//! `attend schedule`: planning, cancelling and closing, and the active period.

use crate::common::harness::School;

/// One period a day in Stockholm, on the weekend when the clocks change.
fn stockholm(date: &str, periods: &[(&str, &str, &str)]) -> School {
    let mut school = School::empty();
    school.at(&format!("{date}T00:00:00+01:00"));
    school.ok(&["init", "--timezone", "Europe/Stockholm"]);
    school.write("roll.csv", "code,name\nA,Ada\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in periods {
        let graces = ["--early-grace", "0", "--late-grace", "0"];
        let period = ["period", "add", name, "--start", start, "--end", end, "--days", "daily"];
        school.ok(&[&period, &graces[..]].concat());
    }
    school
}

#[test]
fn a_week_is_generated_once() {
    let school = School::new();
    school.ok(&["period", "add", "Block 1", "--start", "08:20", "--end", "09:30", "--days", "sun-thu"]);
    insta::assert_snapshot!(school.session(&[
        "schedule list",
        "schedule generate --dry-run -v",
        "schedule list",
        "schedule generate --days 7 -v",
        "schedule generate --days 7 -v",
        "schedule list --days 2",
    ]), @"
    $ attend schedule list
    There are no students yet: attend student import roll.csv
    $ attend schedule generate --dry-run -v
     ACTION  DATE             PERIOD   STARTS  ENDS
     create  Mon 7 Sep 2026   Block 1  08:20   09:30
     create  Tue 8 Sep 2026   Block 1  08:20   09:30
     create  Wed 9 Sep 2026   Block 1  08:20   09:30
     create  Thu 10 Sep 2026  Block 1  08:20   09:30
     create  Sun 13 Sep 2026  Block 1  08:20   09:30
    ! 5 created
    $ attend schedule list
    There are no students yet: attend student import roll.csv
    $ attend schedule generate --days 7 -v
    ! 5 created
    $ attend schedule generate --days 7 -v
    ! 5 unchanged
    $ attend schedule list --days 2
     DATE            PERIOD   STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Block 1  08:20   09:30  08:15  09:40   planned
     Tue 8 Sep 2026  Block 1  08:20   09:30  08:15  09:40   planned
    ");
}

#[test]
fn a_changed_period_updates_untouched_future_occurrences() {
    let school = School::example();
    school.ok(&["schedule", "cancel", "Block 3", "--date", "2026-09-08", "--reason", "trip"]);
    school.ok(&["schedule", "restore", "Block 3", "--date", "2026-09-08"]);
    school.ok(&["mark", "H000101", "excused", "--period", "Block 3", "--date", "2026-09-09"]);
    school.ok(&["period", "edit", "Block 2", "--end", "10:25"]);
    school.ok(&["period", "edit", "Block 3", "--start", "10:40", "--days", "mon-wed"]);
    school.ok(&["period", "disable", "Assembly"]);
    insta::assert_snapshot!(school.session(&[
        "schedule generate --days 4 --dry-run",
        "schedule generate --days 4 -v",
        "schedule generate --days 4 -v",
    ]), @"
    $ attend schedule generate --days 4 --dry-run
     ACTION     DATE             PERIOD    STARTS  ENDS
     skip       Mon 7 Sep 2026   Assembly  08:00   08:15  kept: it has already begun
     unchanged  Mon 7 Sep 2026   Block 1   08:20   09:30
     skip       Mon 7 Sep 2026   Block 2   09:35   10:20  kept: it has already begun
     update     Mon 7 Sep 2026   Block 3   10:40   11:20  the period changed
     remove     Tue 8 Sep 2026   Assembly  08:00   08:15  the period is disabled
     unchanged  Tue 8 Sep 2026   Block 1   08:20   09:30
     update     Tue 8 Sep 2026   Block 2   09:35   10:25  the period changed
     skip       Tue 8 Sep 2026   Block 3   10:35   11:20  kept: it has changes, marks or sightings
     remove     Wed 9 Sep 2026   Assembly  08:00   08:15  the period is disabled
     unchanged  Wed 9 Sep 2026   Block 1   08:20   09:30
     update     Wed 9 Sep 2026   Block 2   09:35   10:25  the period changed
     skip       Wed 9 Sep 2026   Block 3   10:35   11:20  kept: it has changes, marks or sightings
     remove     Thu 10 Sep 2026  Assembly  08:00   08:15  the period is disabled
     unchanged  Thu 10 Sep 2026  Block 1   08:20   09:30
     update     Thu 10 Sep 2026  Block 2   09:35   10:25  the period changed
     remove     Thu 10 Sep 2026  Block 3   10:35   11:20  the period is no longer held on this day
    $ attend schedule generate --days 4 -v
    ! 4 updated, 4 removed, 4 unchanged, 4 skipped: kept: it has already begun; kept: it has changes, marks or sightings
    $ attend schedule generate --days 4 -v
    ! 8 unchanged, 7 skipped: kept: it has already begun; kept: it has changes, marks or sightings; the period is disabled
    ");
}

#[test]
fn closed_dates_are_skipped_and_come_back() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "schedule close 2026-09-08..2026-09-14 --reason Eid --yes",
        "schedule close 2026-09-08..2026-09-14 --reason Eid --yes",
        "schedule list --from 2026-09-08 --days 1",
        "schedule generate --from 2026-09-13 --days 2 -v",
        "schedule restore \"Block 1\" --date 2026-09-08 --yes",
        "schedule open 2026-09-08..2026-09-13 --yes",
        "schedule open 2026-09-08..2026-09-13 --yes -v",
        "schedule list --from 2026-09-08 --days 1",
        "schedule generate --from 2026-09-13 --days 2 -v",
        "schedule close 2026-09-14..2026-09-08 --reason Eid --yes",
    ]), @r#"
    $ attend schedule close 2026-09-08..2026-09-14 --reason Eid --yes
    $ attend schedule close 2026-09-08..2026-09-14 --reason Eid --yes
    $ attend schedule list --from 2026-09-08 --days 1
    Closed 2026-09-08..2026-09-14: Eid

     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Tue 8 Sep 2026  Assembly  08:00   08:15  07:55  08:15   ✗ closed  Eid
     Tue 8 Sep 2026  Block 1   08:20   09:30  08:15  09:30   ✗ closed  Eid
     Tue 8 Sep 2026  Block 2   09:35   10:20  09:30  10:20   ✗ closed  Eid
     Tue 8 Sep 2026  Block 3   10:35   11:20  10:30  11:20   ✗ closed  Eid
    $ attend schedule generate --from 2026-09-13 --days 2 -v
    ! 4 unchanged, 4 skipped: closure "Eid"
    $ attend schedule restore "Block 1" --date 2026-09-08 --yes
    ! attend: Block 1 on 2026-09-08 is closed: Eid
    ! hint: attend schedule open 2026-09-08
    [1]
    $ attend schedule open 2026-09-08..2026-09-13 --yes
    $ attend schedule open 2026-09-08..2026-09-13 --yes -v
    ! these dates were not closed
    $ attend schedule list --from 2026-09-08 --days 1
    Closed 2026-09-14: Eid

     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Tue 8 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Tue 8 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Tue 8 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Tue 8 Sep 2026  Block 3   10:35   11:20  10:30  11:20   planned
    $ attend schedule generate --from 2026-09-13 --days 2 -v
    ! 4 unchanged, 4 skipped: closure "Eid"
    $ attend schedule close 2026-09-14..2026-09-08 --reason Eid --yes
    ! error: invalid value '2026-09-14..2026-09-08' for '[DATE[..DATE]]': 2026-09-08 is before 2026-09-14
    ! hint: write the earlier date first
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

#[test]
fn one_occurrence_is_cancelled_and_restored() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "schedule cancel \"block 2\" --reason \"fire drill\" --yes",
        "schedule now",
        "roster show --period \"Block 2\"",
        "schedule list --days 1 --format csv",
        "schedule restore \"Block 2\" --yes",
        "schedule now -q",
        "schedule cancel \"Blok 2\" --reason typo",
        "schedule cancel Lunch --date 2026-10-07 --reason none",
    ]), @r#"
    $ attend schedule cancel "block 2" --reason "fire drill" --yes
    $ attend schedule now
    No period is active.
    [1]
    $ attend roster show --period "Block 2"
    ! attend: Block 2 on 2026-09-07 was not held: fire drill
    [1]
    $ attend schedule list --days 1 --format csv
    date,period,starts_at,ends_at,opens_at,closes_at,state,reason␍
    2026-09-07,Assembly,2026-09-07T08:00:00+03:00,2026-09-07T08:15:00+03:00,2026-09-07T07:55:00+03:00,2026-09-07T08:15:00+03:00,planned,␍
    2026-09-07,Block 1,2026-09-07T08:20:00+03:00,2026-09-07T09:30:00+03:00,2026-09-07T08:15:00+03:00,2026-09-07T09:30:00+03:00,planned,␍
    2026-09-07,Block 2,2026-09-07T09:35:00+03:00,2026-09-07T10:20:00+03:00,2026-09-07T09:30:00+03:00,2026-09-07T10:20:00+03:00,cancelled,fire drill␍
    2026-09-07,Block 3,2026-09-07T10:35:00+03:00,2026-09-07T11:20:00+03:00,2026-09-07T10:30:00+03:00,2026-09-07T11:20:00+03:00,planned,␍
    $ attend schedule restore "Block 2" --yes
    $ attend schedule now -q
    $ attend schedule cancel "Blok 2" --reason typo
    ! attend: no occurrence on 2026-09-07 of the period "Blok 2"
    ! hint: did you mean "Block 2"? (attend schedule list --from 2026-09-07 --days 1)
    [1]
    $ attend schedule cancel Lunch --date 2026-10-07 --reason none
    ! attend: no occurrence on 2026-10-07 of the period "Lunch"
    ! hint: attend schedule list --from 2026-10-07 --days 1 shows them all
    [1]
    "#);
}

#[test]
fn now_answers_with_its_exit_code() {
    let mut school = School::example();
    insta::assert_snapshot!(school.session(&["schedule now", "schedule now -q"]), @"
    $ attend schedule now
     DATE            PERIOD   STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Block 2  09:35   10:20  09:30  10:20   planned
    $ attend schedule now -q
    ");
    school.at("2026-09-07T10:30:00.5+03:00");
    insta::assert_snapshot!(school.session(&["schedule now"]), @"
    $ attend schedule now
     DATE            PERIOD   STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Block 3  10:35   11:20  10:30  11:20   planned
    ");
    school.at("2026-09-07T10:25:00+03:00");
    insta::assert_snapshot!(school.session(&["schedule now", "schedule now -q", "schedule now --format json"]), @r#"
    $ attend schedule now
    No period is active.
    [1]
    $ attend schedule now -q
    [1]
    $ attend schedule now --format json
    {"report":"schedule","as_of":"2026-09-07T10:25:00+03:00","rows":[]}
    [1]
    "#);
    school.at("2026-09-11T09:59:12+03:00");
    insta::assert_snapshot!(school.session(&["schedule now -q"]), @"
    $ attend schedule now -q
    [1]
    ");
}

#[test]
fn both_ends_of_the_window_are_inside() {
    let mut school = School::example();
    // Block 3 opens 10:30 and closes 11:20.
    for (time, inside) in
        [("10:29:59.999999", false), ("10:30:00", true), ("11:20:00", true), ("11:20:00.000001", false)]
    {
        school.at(&format!("2026-09-07T{time}+03:00"));
        let code = school.feed(&["schedule", "now", "-q"], "").status.code();
        assert_eq!(code, Some(i32::from(!inside)), "{time}");
    }
}

#[test]
fn programs_get_instants_with_their_offset() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "schedule list --days 1 --format csv",
        "schedule now --format json",
        "schedule now --format jsonl",
    ]), @r#"
    $ attend schedule list --days 1 --format csv
    date,period,starts_at,ends_at,opens_at,closes_at,state,reason␍
    2026-09-07,Assembly,2026-09-07T08:00:00+03:00,2026-09-07T08:15:00+03:00,2026-09-07T07:55:00+03:00,2026-09-07T08:15:00+03:00,planned,␍
    2026-09-07,Block 1,2026-09-07T08:20:00+03:00,2026-09-07T09:30:00+03:00,2026-09-07T08:15:00+03:00,2026-09-07T09:30:00+03:00,planned,␍
    2026-09-07,Block 2,2026-09-07T09:35:00+03:00,2026-09-07T10:20:00+03:00,2026-09-07T09:30:00+03:00,2026-09-07T10:20:00+03:00,planned,␍
    2026-09-07,Block 3,2026-09-07T10:35:00+03:00,2026-09-07T11:20:00+03:00,2026-09-07T10:30:00+03:00,2026-09-07T11:20:00+03:00,planned,␍
    $ attend schedule now --format json
    {"report":"schedule","as_of":"2026-09-07T09:59:12+03:00","rows":[{"date":"2026-09-07","period":"Block 2","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","opens_at":"2026-09-07T09:30:00+03:00","closes_at":"2026-09-07T10:20:00+03:00","state":"planned","reason":null}]}
    $ attend schedule now --format jsonl
    {"date":"2026-09-07","period":"Block 2","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","opens_at":"2026-09-07T09:30:00+03:00","closes_at":"2026-09-07T10:20:00+03:00","state":"planned","reason":null}
    "#);
}

#[test]
fn in_spring_a_skipped_hour_moves_the_start_and_drops_what_lies_in_it() {
    let periods = [
        ("Night", "01:30", "02:10"),
        ("Gone", "02:10", "02:50"),
        ("Across", "02:30", "03:30"),
        ("Day", "08:00", "09:00"),
    ];
    let mut school = stockholm("2026-03-28", &periods);
    insta::assert_snapshot!(school.session(&[
        "schedule generate --from 2026-03-29 --days 1 --dry-run",
        "schedule generate --from 2026-03-29 --days 1 -v",
        "schedule list --from 2026-03-29 --days 1 --format csv",
        "schedule generate --from 2026-03-29 --days 1 -v",
    ]), @"
    $ attend schedule generate --from 2026-03-29 --days 1 --dry-run
     ACTION  DATE             PERIOD  STARTS  ENDS
     create  Sun 29 Mar 2026  Night   01:30   03:00
     skip    Sun 29 Mar 2026  Gone    03:00   03:00  it falls wholly into the hour that the clocks skip
     create  Sun 29 Mar 2026  Across  03:00   03:30
     create  Sun 29 Mar 2026  Day     08:00   09:00
    $ attend schedule generate --from 2026-03-29 --days 1 -v
    ! 3 created, 1 skipped: it falls wholly into the hour that the clocks skip
    $ attend schedule list --from 2026-03-29 --days 1 --format csv
    date,period,starts_at,ends_at,opens_at,closes_at,state,reason␍
    2026-03-29,Night,2026-03-29T01:30:00+01:00,2026-03-29T03:00:00+02:00,2026-03-29T01:30:00+01:00,2026-03-29T03:00:00+02:00,planned,␍
    2026-03-29,Across,2026-03-29T03:00:00+02:00,2026-03-29T03:30:00+02:00,2026-03-29T03:00:00+02:00,2026-03-29T03:30:00+02:00,planned,␍
    2026-03-29,Day,2026-03-29T08:00:00+02:00,2026-03-29T09:00:00+02:00,2026-03-29T08:00:00+02:00,2026-03-29T09:00:00+02:00,planned,␍
    $ attend schedule generate --from 2026-03-29 --days 1 -v
    ! 3 unchanged, 1 skipped: it falls wholly into the hour that the clocks skip
    ");
    school.at("2026-03-29T03:00:00+02:00");
    insta::assert_snapshot!(school.session(&["schedule now --format csv"]), @"
    $ attend schedule now --format csv
    date,period,starts_at,ends_at,opens_at,closes_at,state,reason␍
    2026-03-29,Night,2026-03-29T01:30:00+01:00,2026-03-29T03:00:00+02:00,2026-03-29T01:30:00+01:00,2026-03-29T03:00:00+02:00,planned,␍
    ");
}

#[test]
fn in_autumn_the_first_of_two_hours_counts() {
    let mut school = stockholm("2026-10-24", &[("Twice", "02:15", "02:45"), ("Day", "08:00", "09:00")]);
    insta::assert_snapshot!(school.session(&[
        "schedule generate --from 2026-10-25 --days 1 -v",
        "schedule list --from 2026-10-25 --days 1 --format csv",
    ]), @"
    $ attend schedule generate --from 2026-10-25 --days 1 -v
    ! 2 created
    $ attend schedule list --from 2026-10-25 --days 1 --format csv
    date,period,starts_at,ends_at,opens_at,closes_at,state,reason␍
    2026-10-25,Twice,2026-10-25T02:15:00+02:00,2026-10-25T02:45:00+02:00,2026-10-25T02:15:00+02:00,2026-10-25T02:45:00+02:00,planned,␍
    2026-10-25,Day,2026-10-25T08:00:00+01:00,2026-10-25T09:00:00+01:00,2026-10-25T08:00:00+01:00,2026-10-25T09:00:00+01:00,planned,␍
    ");
    for (now, code) in [
        ("2026-10-25T02:30:00+02:00", 0),
        ("2026-10-25T02:30:00+01:00", 1),
        ("2026-10-25T08:30:00+01:00", 0),
        ("2026-10-25T08:30:00+02:00", 1),
    ] {
        school.at(now);
        assert_eq!(school.feed(&["schedule", "now", "-q"], "").status.code(), Some(code), "{now}");
    }
    school.at("2026-10-25T09:00:00+01:00");
    let line = "{\"student\":\"A\",\"score\":0.9,\"camera\":1,\"ts\":\"2026-10-25T02:30:00+02:00\"}\n";
    assert_eq!(school.ingest(line)[0]["period"], "Twice");
    assert_eq!(school.records("2026-10-25", "2026-10-25")[1]["status"], "unknown");
    assert_eq!(school.records("2026-10-25", "2026-10-25")[0]["first_seen"], "2026-10-25T02:30:00+02:00");
}

#[test]
fn wrong_stretches_are_refused() {
    insta::assert_snapshot!(School::example().session(&[
        "schedule generate --days 0",
        "schedule list --from 2026-02-30",
    ]), @r#"
    $ attend schedule generate --days 0
    ! error: invalid value '0' for '--days <N>': 0 is not in 1..=3660
    !
    ! For more information, try '--help'.
    [2]
    $ attend schedule list --from 2026-02-30
    ! error: invalid value '2026-02-30' for '--from <DATE>': "2026-02-30" is not a date of the calendar
    ! hint: write the date as YYYY-MM-DD, such as 2026-09-07, or as today, yesterday, tomorrow or mon to sun (the latest one)
    !
    ! For more information, try '--help'.
    [2]
    "#);
}
