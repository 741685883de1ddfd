//! `attend settings`: the school's policy.

use crate::common::harness::School;

#[test]
fn every_setting_is_explained() {
    insta::assert_snapshot!(School::new().session(&["settings list"]), @"
    $ attend settings list
    school                   Green Valley School  text: any text
      the name of the school, shown in headings
    school_id                –  text: any text
      the identity of the school in exports, where one place collects those of
      many schools
    timezone                 Asia/Baghdad  zone: an IANA name
      the school's time zone, for periods, dates and all shown times
    min_score                0.75  score: 0 to 1
      recognitions below it only count as low-score sightings
    default_score            –  score: 0 to 1
      the score of recognitions from devices that send none; unset: such lines are
      refused
    reregister_window        10s  time: 0s to 1d
      a better score within this time after the last sighting does not replace the
      best
    min_improve_delta        0.01  score: 0 to 1
      a score must exceed the best by more than this to replace it
    max_periods_per_day      –  periods: 1 to 100
      the most periods a day counts in summaries; unset: those that expect the
      student
    min_periods              1  periods: 0 to 100
      students seen in fewer periods of a day are named in its summary
    min_coverage             80  percent: 0 to 100
      a room watched for less of a period fails: unseen students are unknown
    max_blind                2m  time: 0s to 1d
      a door unwatched for longer fails: unseen students are unknown
    max_cameras              2000  cameras: 1 to 100000
      the most cameras that register themselves; lines of further cameras are
      refused
    max_jobs                 200  jobs: 1 to 10000
      the most jobs that are reported; lines of further jobs are refused
    retention_days           90  days: 1 to 36500
      prune deletes recognitions and other raw events older than this
    school_hours             –  hours: such as mon-fri 07:30-15:00
      when health expects an active period; unset: by the weekly plan
    rate_limit               –  lines/s: 1 to 1000000
      the most lines per second of one runner; unset: no limit
    quarantine_limit         100000  lines: 100 to 10000000
      refused lines kept per runner (without keys: per camera); the oldest are
      dropped first
    future_tolerance         2m  time: 0s to 1d
      how far a runner's clock may run ahead before its lines are refused
    chronic_absence_percent  10  percent: 0 to 100
      students who miss at least this share of a range, excused or not, are named
      in its summary
    absence_bands            5,10,20  percent: such as 5,10,20
      the report of a day counts students who missed at least these shares of the
      last 20 school days
    absence_hold_back        10m  time: 0s to 7d
      a feed of absences announces one this long after the end of its period, so
      that late lines can arrive
    csv_delimiter            ,  sign: , or ; or tab
      the separator in CSV files for spreadsheets; with ; numbers have a decimal
      comma
    alert_after              3  runs: 1 to 100
      health --notify reports a problem after this many bad runs; a critical one
      after 2 at most
    job_overdue              2d  time: 1h to 90d
      health reports a daily job after this long without success
    key_warning              14d  time: 0s to 365d
      health warns this long before the last key of a runner ends
    quarantine_warning       100  lines: 1 to 1000
      health warns when more refused lines than this arrived within a day and
      still wait
    min_free_disk            1024  MiB: 0 to 1000000000
      health warns when the disk has less free space; below a tenth it is critical
    max_database             –  MiB: 1 to 1000000000
      health warns when the database is larger than this; unset: never
    ");
}

#[test]
fn a_value_is_set_read_and_given_back_to_its_default() {
    insta::assert_snapshot!(School::new().session(&[
        "settings get min_score",
        "settings set min_score 0.80",
        "settings get min_score",
        "settings set reregister_window 1m30s",
        "settings get reregister_window",
        "settings unset min_score",
        "settings unset min_score",
        "settings get min_score",
        "settings get max_periods_per_day",
        "settings set school_hours \"Mon-Fri 7:30-15:00\"",
        "settings get school_hours",
    ]), @r#"
    $ attend settings get min_score
    0.75
    $ attend settings set min_score 0.80
    $ attend settings get min_score
    0.8
    $ attend settings set reregister_window 1m30s
    $ attend settings get reregister_window
    90s
    $ attend settings unset min_score
    $ attend settings unset min_score
    $ attend settings get min_score
    0.75
    $ attend settings get max_periods_per_day
    $ attend settings set school_hours "Mon-Fri 7:30-15:00"
    $ attend settings get school_hours
    mon-fri 07:30-15:00
    "#);
}

#[test]
fn values_out_of_range_are_refused() {
    let school = School::new();
    insta::assert_snapshot!(school.session(&[
        "settings set min_score 1.2",
        "settings set min_score -0.1",
        "settings set min_score NaN",
        "settings set reregister_window 10",
        "settings set reregister_window 2d",
        "settings set retention_days 0",
        "settings set school_hours \"mon-fri 15:00-07:30\"",
        "settings set timezone Asia/Bagdad",
        "settings get min_score",
    ]), @r#"
    $ attend settings set min_score 1.2
    ! attend: min_score: "1.2" is not a number from 0 to 1
    ! hint: min_score is 0 to 1 (score)
    [2]
    $ attend settings set min_score -0.1
    ! attend: min_score: "-0.1" is not a number from 0 to 1
    ! hint: min_score is 0 to 1 (score)
    [2]
    $ attend settings set min_score NaN
    ! attend: min_score: "NaN" is not a number from 0 to 1
    ! hint: min_score is 0 to 1 (score)
    [2]
    $ attend settings set reregister_window 10
    ! attend: reregister_window: "10" is not a length of time
    ! hint: write a number with its unit: 10s, 5m, 1h30m, 90d, 12w
    [2]
    $ attend settings set reregister_window 2d
    ! attend: reregister_window: "2d" is not a time from 0s to 1d
    ! hint: reregister_window is 0s to 1d (time)
    [2]
    $ attend settings set retention_days 0
    ! attend: retention_days: "0" is not a whole number from 1 to 36500
    ! hint: retention_days is 1 to 36500 (days)
    [2]
    $ attend settings set school_hours "mon-fri 15:00-07:30"
    ! attend: school_hours: "mon-fri 15:00-07:30" are not school hours
    ! hint: school_hours is such as mon-fri 07:30-15:00 (hours)
    [2]
    $ attend settings set timezone Asia/Bagdad
    ! attend: timezone: no time zone is called "Asia/Bagdad"
    ! hint: did you mean "Asia/Baghdad"?
    [2]
    $ attend settings get min_score
    0.75
    "#);
}

#[test]
fn a_name_almost_right_is_suggested() {
    insta::assert_snapshot!(School::new().session(&[
        "settings get min_scor",
        "settings set min-score 0.8",
        "settings unset colour",
    ]), @r#"
    $ attend settings get min_scor
    ! attend: no setting is called "min_scor"
    ! hint: did you mean "min_score"?
    [2]
    $ attend settings set min-score 0.8
    ! attend: no setting is called "min-score"
    ! hint: did you mean "min_score"?
    [2]
    $ attend settings unset colour
    ! attend: no setting is called "colour"
    ! hint: attend settings list shows all of them
    [2]
    "#);
}

#[test]
fn a_school_keeps_its_zone() {
    insta::assert_snapshot!(School::new().session(&[
        "settings unset timezone",
        "settings get timezone",
        "settings set timezone Europe/Stockholm",
        "settings get timezone",
    ]), @"
    $ attend settings unset timezone
    ! attend: a school must have a time zone
    ! hint: attend settings set timezone ZONE
    [1]
    $ attend settings get timezone
    Asia/Baghdad
    $ attend settings set timezone Europe/Stockholm
    $ attend settings get timezone
    Europe/Stockholm
    ");
}

#[test]
fn programs_get_value_and_default_separately() {
    let school = School::new();
    school.ok(&["settings", "set", "min_score", "0.8"]);
    let rows = school.ok(&["settings", "list", "--format", "jsonl"]);
    let of = |name: &str| {
        let row = rows.lines().find(|row| row.contains(&format!("\"{name}\""))).unwrap();
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        [row["value"].clone(), row["default"].clone()]
    };
    assert_eq!(of("min_score"), ["0.8", "0.75"]);
    assert_eq!(of("reregister_window"), ["10s", "10s"]);
    assert!(of("max_periods_per_day").iter().all(serde_json::Value::is_null));
}

#[test]
fn an_unreadable_stored_value_is_reported_once() {
    let school = School::new();
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    conn.execute("UPDATE setting SET value = 'Nowhere' WHERE key = 'timezone'", []).unwrap();
    insta::assert_snapshot!(school.session(&["roster now"]), @r#"
    $ attend roster now
    ! attend: ~/school.db: the database holds a value that cannot be read: timezone: no time zone is called "Nowhere"
    [1]
    "#);
}
