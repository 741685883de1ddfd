//! `attend simulate`: a school day out of a seed.

use crate::common::harness::School;

fn day(school: &School, seed: &str) -> String {
    school.ok(&["simulate", "--date", "2026-09-08", "--seed", seed])
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let (one, another) = (School::example(), School::example());
    let lines = day(&one, "7");
    assert!(lines.lines().count() > 100);
    assert_eq!(lines, day(&one, "7"));
    assert_eq!(lines, day(&another, "7"));
    assert_ne!(lines, day(&one, "8"));
    assert_eq!(one.ok(&["simulate", "--date", "2026-09-08"]), day(&one, "1"));
}

#[test]
fn ingest_accepts_all_its_lines() {
    let mut school = School::example();
    let lines = day(&school, "7");
    school.at("2026-09-08T15:00:00+03:00");
    let acks = school.ingest(&lines);
    assert_eq!(acks.len(), lines.lines().count());
    assert!(acks.iter().all(|ack| ack["status"].as_i64() < Some(400)));
    let records = school.records("2026-09-08", "2026-09-08");
    let present = records.iter().filter(|record| record["status"] == "present").count();
    assert!(present > records.len() / 2, "{present} of {} are present", records.len());
    assert!(records.iter().all(|record| record["status"] != "unknown"));
    let again = school.ingest(&lines);
    let new = again.iter().filter(|ack| ack["duplicate"] == false);
    assert_eq!(new.count(), 0, "the day again adds nothing");
}

#[test]
fn lines_come_in_time_order_and_today_ends_now() {
    let school = School::example();
    let lines = school.ok(&["simulate", "--date", "2026-09-07", "--seed", "7"]);
    let ts = |line: &str| line.split("\"ts\":\"").nth(1).unwrap()[..19].to_owned();
    let times: Vec<String> = lines.lines().map(ts).collect();
    assert!(times.is_sorted());
    assert!(times.last().unwrap().as_str() <= "2026-09-07T09:59:12");
    assert!(times.last().unwrap().as_str() > "2026-09-07T09:58:00");
    let until = school.ok(&[
        "simulate",
        "--date",
        "2026-09-07",
        "--seed",
        "7",
        "--until",
        "2026-09-07T08:30:00+03:00",
    ]);
    assert!(lines.starts_with(&until) && until.len() < lines.len());
}

#[test]
fn a_rate_makes_days_busier_and_a_free_day_is_quiet() {
    let school = School::example();
    let lines = |rate: &str| school.ok(&["simulate", "--date", "2026-09-08", "--rate", rate]).lines().count();
    assert!(lines("50") > 2 * lines("1"));
    insta::assert_snapshot!(school.session(&[
        "simulate --date 2026-09-11 -v",
        "simulate --date 2026-09-08 --rate=-1",
    ]), @"
    $ attend simulate --date 2026-09-11 -v
    ! 0 lines
    $ attend simulate --date 2026-09-08 --rate=-1
    ! error: invalid value '-1' for '--rate <X>': a rate is a number from 0 to 1000
    !
    ! For more information, try '--help'.
    [2]
    ");
}
