//! `attend simulate`: a school day from a seed.

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

/// The lines that a camera sent from one local time to another.
fn sent(lines: &str, camera: &str, from: &str, until: &str) -> usize {
    let told: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let within = |line: &&serde_json::Value| {
        let time = &line["ts"].as_str().unwrap()[11..16];
        line["camera"] == camera && (from..until).contains(&time)
    };
    told.iter().filter(within).count()
}

#[test]
fn a_blind_camera_sends_nothing_and_no_other_line_changes() {
    let school = School::example();
    let whole = day(&school, "7");
    let args = ["simulate", "--date", "2026-09-08", "--seed", "7", "--blind", "hall-1:09:00-10:00"];
    let lines = school.ok(&[&args[..], &["--blind", "gate-1:07:00-08:00"]].concat());
    assert!(sent(&whole, "hall-1", "09:00", "10:00") > 100);
    assert_eq!(sent(&lines, "hall-1", "09:00", "10:00") + sent(&lines, "gate-1", "07:00", "08:00"), 0);
    let gone = sent(&whole, "hall-1", "09:00", "10:00") + sent(&whole, "gate-1", "07:00", "08:00");
    assert_eq!(lines.lines().count(), whole.lines().count() - gone);
    // A heartbeat after the outage claims no matches of the time before it.
    let sightings = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.contains("heartbeat")).map(str::to_owned).collect()
    };
    let all = sightings(&whole);
    assert!(sightings(&lines).iter().all(|line| all.contains(line)));
    assert_eq!(lines, school.ok(&[&args[..], &["--blind", "gate-1:07:00-08:00"]].concat()));
}

#[test]
fn the_truth_lists_every_expected_student_regardless_of_cameras() {
    let school = School::example();
    let args = ["simulate", "--date", "2026-09-08", "--seed", "3", "--truth", "truth.csv"];
    let lines = school.ok(&args);
    let truth = std::fs::read_to_string(school.path("truth.csv")).unwrap();
    let blind = ["--blind", "gate-1:00:00-00:00", "--blind", "gate-2:00:00-00:00"];
    school.ok(&[&args[..], &blind].concat());
    assert_eq!(
        truth,
        std::fs::read_to_string(school.path("truth.csv")).unwrap(),
        "an outage changes no truth"
    );
    let rows: Vec<Vec<&str>> = truth.lines().skip(1).map(|row| row.split(',').collect()).collect();
    assert_eq!(truth.lines().next(), Some("date,period,student,present,arrived_at,seen_as"));
    assert_eq!(rows.len(), 5 * 4);
    for row in rows {
        let seen = lines
            .lines()
            .any(|line| !row[5].is_empty() && line.contains(row[5]) && line.contains(&row[4][..19]));
        assert_eq!(row[3] == "true", seen, "{row:?}");
    }
}

#[test]
fn students_come_by_the_cameras_at_the_places_of_their_class() {
    let school = School::example();
    for (camera, place) in [("cam-7", "lab"), ("cam-8", "hall"), ("cam-9", "yard")] {
        school.ok(&["camera", "add", camera, "--place", place]);
    }
    school.ok(&["period", "edit", "Block 1", "--places", "G7=lab,G8=hall"]);
    school.ok(&["schedule", "generate", "--from", "2026-09-08"]);
    let lines = day(&school, "7");
    for line in lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        let at = line["ts"].as_str().map(|ts| ts[11..16].to_owned()).unwrap();
        let class = match line["student"].as_str() {
            Some("H000101" | "H000102" | "H000123") => "cam-7",
            Some("H000140" | "H000177") => "cam-8",
            _ => continue,
        };
        if ("08:30".."09:25").contains(&&*at) {
            assert_eq!(line["camera"], class, "{line}");
        }
    }
}

#[test]
fn blind_cameras_are_checked() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "simulate --date 2026-09-08 --blind gate-1",
        "simulate --date 2026-09-08 --blind gate-1:25:00-26:00",
        "simulate --date 2026-09-08 --blind gate-7:10:00-12:00",
        "simulate --date 2026-09-08 --truth school.db",
    ]), @r#"
    $ attend simulate --date 2026-09-08 --blind gate-1
    ! error: invalid value 'gate-1' for '--blind <CAMERA:HH:MM-HH:MM>': write CAMERA:10:00-12:00
    !
    ! For more information, try '--help'.
    [2]
    $ attend simulate --date 2026-09-08 --blind gate-1:25:00-26:00
    ! error: invalid value 'gate-1:25:00-26:00' for '--blind <CAMERA:HH:MM-HH:MM>': "25:00" is not a time of day
    ! hint: write hours and minutes, 00:00 to 23:59, such as 08:20
    !
    ! For more information, try '--help'.
    [2]
    $ attend simulate --date 2026-09-08 --blind gate-7:10:00-12:00
    ! attend: no camera "gate-7"
    ! hint: did you mean "gate-2"? (attend camera list)
    [1]
    $ attend simulate --date 2026-09-08 --truth school.db
    ! attend: school.db is the database itself, or belongs to it
    ! hint: name another file, preferably on another disk
    [1]
    "#);
}
