//! A blind camera never becomes an absence: each kind of camera failure, in every view.

use std::ops::Range;

use crate::common::harness::{School, seen, text};

/// The minutes of 7 September 2026 from one time up to another.
fn minutes(times: Range<&str>) -> impl Iterator<Item = String> {
    let minute = |time: &str| time[..2].parse::<u32>().unwrap() * 60 + time[3..].parse::<u32>().unwrap();
    (minute(times.start)..minute(times.end))
        .map(|n| format!("2026-09-07T{:02}:{:02}:00+03:00", n / 60, n % 60))
}

/// Heartbeats of a camera, one a minute, with further members such as `"blind":true`.
fn beats_with(camera: &str, times: Range<&str>, more: &str) -> String {
    let beat = |ts| {
        format!(
            "{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"{ts}\",\"snapshot_every\":60{more}}}\n"
        )
    };
    minutes(times).map(beat).collect()
}

pub(super) fn beats(camera: &str, times: Range<&str>) -> String {
    beats_with(camera, times, "")
}

pub(super) fn at_once(student: &str, time: &str, camera: &str) -> String {
    seen(student, 0.9, &format!("2026-09-07T{time}:00+03:00"), camera)
}

/// The day before: cameras without a place are on duty from the second day they are heard.
fn yesterday(cameras: &[&str]) -> String {
    let beat = |camera: &&str| {
        format!("{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"2026-09-06T09:00:00+03:00\"}}\n")
    };
    cameras.iter().map(beat).collect()
}

/// The status of each student of a period, by code.
fn statuses(school: &School, period: &str) -> String {
    let records = school.records("2026-09-07", "2026-09-07");
    let of_period = records.iter().filter(|record| record["period"] == period);
    let word = |record: &serde_json::Value| {
        format!("{} {}", &record["student"].as_str().unwrap()[4..], record["status"].as_str().unwrap())
    };
    of_period.map(word).collect::<Vec<_>>().join(", ")
}

/// The example school at the end of Block 2, with what its cameras sent.
fn school(lines: &[String]) -> School {
    let mut school = School::example();
    let acks = school.at("2026-09-07T10:25:00+03:00").ingest(lines.concat());
    assert!(acks.iter().all(|ack| ack["status"].as_i64() < Some(300)), "{acks:?}");
    school
}

/// The findings of health, without their first word.
fn troubles(school: &School) -> String {
    let said = text(&school.feed(&["health"], "").stdout);
    let first = said.split_whitespace().next().unwrap_or_default().to_owned();
    let complaints = said.lines().filter(|line| line.contains(['▲', '✗'])).map(str::trim);
    let complaints = complaints.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    std::iter::once(first).chain(complaints).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_dead_lab_leaves_the_unseen_unknown_and_every_view_names_it() {
    let school = school(&[
        yesterday(&["gate-1", "lab-1"]),
        beats("gate-1", "07:50".."10:25"),
        beats("lab-1", "07:50".."10:00"),
        at_once("H000101", "09:33", "gate-1"),
        at_once("H000140", "09:33", "lab-1"),
    ]);
    insta::assert_snapshot!(school.session(&[
        "roster show --period \"Block 2\"",
        "summary",
        "export records --date 2026-09-07 --period \"Block 2\" --columns student,status,coverage,blind",
        "panel",
        "history H000102 --date 2026-09-07",
    ]), @r#"
    $ attend roster show --period "Block 2"
    Block 2 · Mon 7 Sep · 09:35–10:20   over
    2/5 present · 3 unknown · 0 absent · coverage 62 %
    unknown: lab-1 blind 10:01–10:20

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ◌ unknown
     H000123  Ada Karim    G7     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
     H000101  Zoë O'Neil   G7     ✓ present         09:33  09:33   0.90  gate-1
     H000140  王小明       G8     ✓ present         09:33  09:33   0.90  lab-1
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 3 begun
    Present 16.7 % (2 of 12) · absent 10 · unknown 3
    unknown: Block 2: lab-1 blind 10:01–10:20

    NEEDS A PERSON
     never seen        H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7) · H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         1/4     0        0  ✗    ✗   ✓
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ✗    ✗   ◌
     H000123  Ada Karim    G7         0/4     0        0  ✗    ✗   ◌
     H000140  王小明       G8         1/4     0        0  ✗    ✗   ✓
     H000177  Omar Haddad  G8         0/4     0        0  ✗    ✗   ◌
    $ attend export records --date 2026-09-07 --period "Block 2" --columns student,status,coverage,blind
    ﻿student,status,coverage,blind␍
    H000101,present,62,lab-1 blind 10:01–10:20␍
    H000102,unknown,62,lab-1 blind 10:01–10:20␍
    H000123,unknown,62,lab-1 blind 10:01–10:20␍
    H000140,present,62,lab-1 blind 10:01–10:20␍
    H000177,unknown,62,lab-1 blind 10:01–10:20␍
    $ attend panel
    Green Valley School                       Mon 7 Sep 2026  10:25:00  Asia/Baghdad
    ▲ Block 2 cannot be judged: lab-1 blind 10:01–10:20

    No period is active. Next: Block 3, today 10:35 (in 10 min).
    Last: Block 2, attend roster show --period "Block 2".

    TODAY                                   CAMERAS, last 15 min
      Assembly   08:00–08:15           0/5  gate-1       ● online      0       10:24
      Block 1    08:20–09:30           0/5  lab-1        ✗ offline     0       09:59
      Block 2    09:35–10:20        2/5 ◌3
      Block 3    10:35–11:20             –

    RECENT
      09:33:00  H000140     王小明           0.90     lab-1         Block 2
      09:33:00  H000101     Zoë O'Neil       0.90     gate-1        Block 2
    $ attend history H000102 --date 2026-09-07
    H000102 · ژیان ئەحمەد · G7 · Mon 7 Sep 2026
    Assembly  ✗ absent
    Block 1  ✗ absent
    Block 2  ◌ unknown  lab-1 blind 10:01–10:20
    Block 3  · not yet seen
    Nothing was seen or decided on that day.
    "#);
    insta::assert_snapshot!(troubles(&school), @"
    WARNING
    ▲ blind Block 2 cannot be judged: lab-1 blind 10:01–10:20 see: attend camera list; mark the unknown by hand
    ");
}

#[test]
fn without_a_live_camera_unseen_students_are_unknown() {
    let dead_until_ten = school(&[
        yesterday(&["gate-1", "gate-2"]),
        beats("gate-1", "10:00".."10:25"),
        beats("gate-2", "10:00".."10:25"),
        at_once("H000101", "10:05", "gate-1"),
    ]);
    assert_eq!(
        statuses(&dead_until_ten, "Block 2"),
        "101 present, 102 unknown, 123 unknown, 140 unknown, 177 unknown"
    );
    let one_beat = school(&[yesterday(&["gate-1"]), beats("gate-1", "07:58".."07:59")]);
    for period in ["Assembly", "Block 1", "Block 2"] {
        assert_eq!(
            statuses(&one_beat, period),
            "101 unknown, 102 unknown, 123 unknown, 140 unknown, 177 unknown"
        );
    }
    insta::assert_snapshot!(one_beat.session(&["summary"]), @"
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 3 begun, 0 judged (Assembly, Block 1, Block 2 were blind)
    Nothing could be judged · unknown 15
    unknown: Assembly: gate-1 blind 08:00–08:15
    unknown: Block 1: gate-1 blind 08:15–09:30
    unknown: Block 2: gate-1 blind 09:30–10:20

    NEEDS A PERSON
     not judged        H000101 Zoë O'Neil (G7) · H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7)
                       H000140 王小明 (G8) · H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         0/4     0        0  ◌    ◌   ◌
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ◌    ◌   ◌
     H000123  Ada Karim    G7         0/4     0        0  ◌    ◌   ◌
     H000140  王小明       G8         0/4     0        0  ◌    ◌   ◌
     H000177  Omar Haddad  G8         0/4     0        0  ◌    ◌   ◌
    ");
    insta::assert_snapshot!(troubles(&one_beat), @"
    WARNING
    ▲ blind Assembly cannot be judged: gate-1 blind 08:00–08:15 see: attend camera list; mark the unknown by hand
    ▲ blind Block 1 cannot be judged: gate-1 blind 08:15–09:30 see: attend camera list; mark the unknown by hand
    ▲ blind Block 2 cannot be judged: gate-1 blind 09:30–10:20 see: attend camera list; mark the unknown by hand
    ");
}

#[test]
fn a_runner_with_an_error_or_a_blind_camera_does_not_count_as_seeing() {
    for (trouble, said) in [
        (",\"last_error\":\"frigate: offline\"", "frigate: offline"),
        (",\"blind\":true", "its camera is blind"),
    ] {
        let school = school(&[yesterday(&["gate-1"]), beats_with("gate-1", "07:50".."10:25", trouble)]);
        assert_eq!(
            statuses(&school, "Block 2"),
            "101 unknown, 102 unknown, 123 unknown, 140 unknown, 177 unknown"
        );
        let health = troubles(&school);
        assert!(health.contains(said) && health.contains("gate-1 blind"), "{health}");
    }
}

#[test]
fn a_camera_whose_clock_fell_back_or_runs_ahead_does_not_see() {
    for (clock, complaint) in [("2000-01-01T00", "behind"), ("2026-09-07T11", "ahead")] {
        let mut school = School::example();
        school.ingest(yesterday(&["gate-1"]));
        for minute in 30..60 {
            school.at(&format!("2026-09-07T09:{minute:02}:30+03:00"));
            school.ingest(format!(
                "{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"snapshot_every\":60,\"matched\":2}}\n{}",
                seen("H000101", 0.9, &format!("{clock}:{minute:02}:00+03:00"), "gate-1"),
            ));
        }
        assert_eq!(
            statuses(&school, "Block 2"),
            "101 unknown, 102 unknown, 123 unknown, 140 unknown, 177 unknown",
            "{complaint}"
        );
        let health = troubles(&school);
        assert!(health.contains("the clock of gate-1 is") && health.contains(complaint), "{health}");
    }
}

#[test]
fn the_next_honest_heartbeat_heals_one_from_a_clock_that_was_ahead() {
    let mut school = School::example();
    let beat = "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"snapshot_every\":60}\n";
    school.at("2027-09-07T09:00:00+03:00").ingest(beat);
    school.at("2026-09-07T09:40:00+03:00").ingest(beat);
    insta::assert_snapshot!(school.session(&["runner list"]), @"
    $ attend runner list
     CAMERA  STATE     LAST HEARD         EVENTS  FPS  TARGET  DETECTED  MATCHED  MS  LAST ERROR
     gate-1  ● online  09:40:00, 0 s ago       0
    ");
    school.at("2026-09-07T10:00:00+03:00");
    insta::assert_snapshot!(school.session(&["runner list"]), @"
    $ attend runner list
     CAMERA  STATE    LAST HEARD            EVENTS  FPS  TARGET  DETECTED  MATCHED  MS  LAST ERROR
     gate-1  ▲ stale  09:40:00, 20 min ago       0
    ");
    insta::assert_snapshot!(troubles(&school), @"
    CRITICAL
    ✗ runners gate-1 is stale: last heard 09:40:00, limit 2 min see: attend runner list
    ▲ blind Block 2 cannot be judged: gate-1 blind 09:42–09:59; no camera on duty 09:30–09:40 see: attend camera list; mark the unknown by hand
    ");
}

#[test]
fn a_heartbeat_in_time_shows_that_a_clock_was_set_right() {
    let mut school = School::example();
    school.ingest(yesterday(&["gate-1"]));
    let beat = |time: &str| {
        format!("{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"2026-09-07T{time}+03:00\"}}\n")
    };
    let wrong = |school: &School| troubles(school).contains("the clock of gate-1");
    school.at("2026-09-07T09:40:00+03:00").ingest(beat("11:40:00"));
    assert!(wrong(&school));
    school.at("2026-09-07T09:41:00+03:00").ingest(beat("09:10:00"));
    assert!(wrong(&school), "a heartbeat that waited for the network may be older than the fault");
    school.at("2026-09-07T09:42:00+03:00").ingest(beat("09:42:00"));
    assert!(!wrong(&school));
    // The clock of the device that stamps the recognitions may still be wrong.
    let ahead = seen("H000101", 0.9, "2026-09-07T11:43:00+03:00", "gate-1");
    school.at("2026-09-07T09:43:00+03:00").ingest(ahead + &beat("09:43:00"));
    assert!(wrong(&school), "in one stream");
    school.at("2026-09-07T09:44:00+03:00").ingest(beat("09:44:00"));
    assert!(wrong(&school), "in a later one");
    school.at("2026-09-07T09:45:00+03:00").ingest(seen(
        "H000101",
        0.9,
        "2026-09-07T09:45:00+03:00",
        "gate-1",
    ));
    assert!(!wrong(&school));
}

#[test]
fn a_heartbeat_vouches_for_two_minutes_whatever_it_claims() {
    let day = ",\"snapshot_every\":86400";
    let once = |time: &str| {
        let ts = format!("2026-09-07T{time}:00+03:00");
        format!("{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"{ts}\"{day}}}\n")
    };
    let school = school(&[yesterday(&["gate-1"]), once("08:30"), once("09:30"), once("10:00")]);
    assert_eq!(
        statuses(&school, "Block 2"),
        "101 unknown, 102 unknown, 123 unknown, 140 unknown, 177 unknown"
    );
    let blind = school.ok(&[
        "export",
        "records",
        "--date",
        "2026-09-07",
        "--period",
        "Block 2",
        "--columns",
        "blind",
    ]);
    assert_eq!(blind.lines().nth(1).unwrap(), "\"gate-1 blind 09:33–09:58, 10:03–10:20\"");
}

#[test]
fn a_day_that_cannot_be_judged_is_not_reported_as_healthy() {
    let mut school = school(&[yesterday(&["gate-1"])]);
    insta::assert_snapshot!(school.session(&["summary", "panel"]), @r#"
    $ attend summary
    Mon 7 Sep 2026 · 5 students · 4 periods, 3 begun, 0 judged (Assembly, Block 1, Block 2 were blind)
    Nothing could be judged · unknown 15
    unknown: Assembly: gate-1 blind 07:55–08:15
    unknown: Block 1: gate-1 blind 08:15–09:30
    unknown: Block 2: gate-1 blind 09:30–10:20

    NEEDS A PERSON
     not judged        H000101 Zoë O'Neil (G7) · H000102 ژیان ئەحمەد (G7) · H000123 Ada Karim (G7)
                       H000140 王小明 (G8) · H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000101  Zoë O'Neil   G7         0/4     0        0  ◌    ◌   ◌
     H000102  ژیان ئەحمەد  G7         0/4     0        0  ◌    ◌   ◌
     H000123  Ada Karim    G7         0/4     0        0  ◌    ◌   ◌
     H000140  王小明       G8         0/4     0        0  ◌    ◌   ◌
     H000177  Omar Haddad  G8         0/4     0        0  ◌    ◌   ◌
    $ attend panel
    Green Valley School                       Mon 7 Sep 2026  10:25:00  Asia/Baghdad
    ▲ Assembly cannot be judged: gate-1 blind 07:55–08:15
    ▲ Block 1 cannot be judged: gate-1 blind 08:15–09:30
    ▲ Block 2 cannot be judged: gate-1 blind 09:30–10:20

    No period is active. Next: Block 3, today 10:35 (in 10 min).
    Last: Block 2, attend roster show --period "Block 2".

    TODAY                                   CAMERAS, last 15 min
      Assembly   08:00–08:15    not judged  gate-1       ✗ offline     0       Sun
      Block 1    08:20–09:30    not judged
      Block 2    09:35–10:20    not judged
      Block 3    10:35–11:20             –

    RECENT
    "#);
    insta::assert_snapshot!(troubles(&school), @"
    WARNING
    ▲ blind Assembly cannot be judged: gate-1 blind 07:55–08:15 see: attend camera list; mark the unknown by hand
    ▲ blind Block 1 cannot be judged: gate-1 blind 08:15–09:30 see: attend camera list; mark the unknown by hand
    ▲ blind Block 2 cannot be judged: gate-1 blind 09:30–10:20 see: attend camera list; mark the unknown by hand
    ");
    // The first minutes of a period are too early for a judgement.
    school.at("2026-09-07T09:42:00+03:00");
    insta::assert_snapshot!(school.session(&["roster now"]), @"
    $ attend roster now
    Block 2 · Mon 7 Sep · 09:35–10:20   ███░░░░░░░░░░░░░░░░░  15 %   38 min left
    0/5 present · 5 not yet seen · 0 absent · coverage 0 %
    unknown: gate-1 blind 09:30–09:41

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000101  Zoë O'Neil   G7     · not yet seen
     H000102  ژیان ئەحمەد  G7     · not yet seen
     H000123  Ada Karim    G7     · not yet seen
     H000140  王小明       G8     · not yet seen
     H000177  Omar Haddad  G8     · not yet seen
    ");
}

#[test]
fn retired_cameras_and_mistyped_names_change_nothing_and_keep_their_past() {
    let lines = [
        yesterday(&["gate-1", "gate-2"]),
        beats("gate-1", "07:50".."10:25"),
        beats("gate-2", "07:50".."09:32"),
        // Typed wrong once: it is not on duty.
        beats("gaet-1", "09:00".."09:01"),
        at_once("H000101", "09:33", "gate-1"),
    ];
    let mut school = school(&lines);
    let absent = "101 present, 102 absent, 123 absent, 140 absent, 177 absent";
    let unknown = "101 present, 102 unknown, 123 unknown, 140 unknown, 177 unknown";
    assert_eq!(statuses(&school, "Block 2"), unknown);
    insta::assert_snapshot!(school.session(&[
        "camera retire gate-2 --from 2026-09-07T09:32:00+03:00",
        "recompute --from 2026-09-07 --to 2026-09-07 --dry-run",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "camera list",
    ]), @"
    $ attend camera retire gate-2 --from 2026-09-07T09:32:00+03:00
    $ attend recompute --from 2026-09-07 --to 2026-09-07 --dry-run
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE            REASON
     H000102  ژیان ئەحمەد  unknown → absent  places or coverage
     H000123  Ada Karim    unknown → absent  places or coverage
     H000140  王小明       unknown → absent  places or coverage
     H000177  Omar Haddad  unknown → absent  places or coverage
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE            REASON
     H000102  ژیان ئەحمەد  unknown → absent  places or coverage
     H000123  Ada Karim    unknown → absent  places or coverage
     H000140  王小明       unknown → absent  places or coverage
     H000177  Omar Haddad  unknown → absent  places or coverage
    $ attend camera list
     CAMERA  PLACE  KIND           ADDED
     gaet-1                        Mon 7 Sep 2026
     gate-1                        Mon 7 Sep 2026
     gate-2               retired  Mon 7 Sep 2026
    ");
    assert_eq!(troubles(&school), "OK");
    assert_eq!(statuses(&school, "Block 2"), absent);
    assert_eq!(statuses(&school, "Block 1"), "101 absent, 102 absent, 123 absent, 140 absent, 177 absent");
    school.at("2026-09-20T10:00:00+03:00");
    assert_eq!(statuses(&school, "Block 2"), absent, "a retired camera neither warns nor matters, for ever");
}

/// Two doors, a lab and a hall, each class in a room of its own.
pub(super) fn with_places(lines: &[String]) -> School {
    let mut school = School::example();
    school.at("2026-09-06T08:00:00+03:00");
    for (camera, place) in [("lab-1", "lab"), ("lab-2", "lab"), ("hall-1", "hall")] {
        school.ok(&["camera", "add", camera, "--place", place]);
    }
    school.ok(&["camera", "add", "gate-1", "--place", "gate", "--door"]);
    school.ok(&["period", "edit", "Assembly", "--places", "gate"]);
    school.ok(&["period", "edit", "Block 2", "--places", "G7=lab,G8=hall"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T10:25:00+03:00").ingest(lines.concat());
    school
}

#[test]
fn only_the_places_of_a_class_decide_about_it() {
    // The lab's second camera is dead, the hall's only one.
    let school = with_places(&[
        beats("gate-1", "07:50".."10:25"),
        beats("lab-1", "07:50".."10:25"),
        beats("lab-2", "07:50".."08:30"),
        beats("hall-1", "07:50".."09:00"),
        at_once("H000101", "09:33", "lab-1"),
    ]);
    assert_eq!(statuses(&school, "Block 2"), "101 present, 102 absent, 123 absent, 140 unknown, 177 unknown");
    insta::assert_snapshot!(school.session(&["roster show --period \"Block 2\""]), @r#"
    $ attend roster show --period "Block 2"
    Block 2 · Mon 7 Sep · 09:35–10:20   over
    1/5 present · 2 unknown · 2 absent · coverage 0 %
    unknown: hall (hall-1) blind 09:30–10:20

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000123  Ada Karim    G7     ✗ absent
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
     H000101  Zoë O'Neil   G7     ✓ present         09:33  09:33   0.90  lab-1
    "#);
    insta::assert_snapshot!(troubles(&school), @"
    WARNING
    ▲ blind Block 1 cannot be judged: hall (hall-1) blind 09:01–09:30 see: attend camera list; mark the unknown by hand
    ▲ blind Block 2 cannot be judged: hall (hall-1) blind 09:30–10:20 see: attend camera list; mark the unknown by hand
    ");
}

#[test]
fn a_dead_room_of_another_class_is_not_a_reason() {
    let all = ["lab-1", "lab-2", "hall-1"].map(|camera| beats(camera, "07:50".."10:25")).concat();
    let school = with_places(&[beats("gate-1", "07:50".."08:16"), all, at_once("H000101", "09:33", "lab-1")]);
    assert_eq!(statuses(&school, "Block 2"), "101 present, 102 absent, 123 absent, 140 absent, 177 absent");
    let roster = school.ok(&["roster", "show", "--period", "Block 2"]);
    assert!(!roster.contains("unknown"), "{roster}");
    assert!(!troubles(&school).contains("Block 2"), "{}", troubles(&school));
}

#[test]
fn a_gate_that_rests_after_assembly_is_not_missed() {
    let lines = [
        beats("gate-1", "07:50".."08:16"),
        beats_with("gate-1", "08:16".."08:17", ",\"resting\":true"),
        beats("lab-1", "07:50".."10:25"),
        beats("hall-1", "07:50".."10:25"),
        at_once("H000101", "07:58", "gate-1"),
        at_once("H000101", "09:33", "lab-1"),
    ];
    let school = with_places(&lines);
    for period in ["Assembly", "Block 2"] {
        assert_eq!(statuses(&school, period), "101 present, 102 absent, 123 absent, 140 absent, 177 absent");
    }
    assert_eq!(troubles(&school), "OK");
}

#[test]
fn sources_without_heartbeats_and_schools_that_mark_by_hand_work() {
    let readers = school(&[at_once("H000101", "09:33", "badge-1"), at_once("H000102", "09:34", "badge-1")]);
    assert_eq!(statuses(&readers, "Block 2"), "101 present, 102 present, 123 absent, 140 absent, 177 absent");
    let by_hand = school(&[]);
    by_hand.ok(&["mark", "H000101", "present", "--period", "Block 2"]);
    by_hand.ok(&["mark", "H000102", "absent", "--period", "Block 2"]);
    assert_eq!(
        statuses(&by_hand, "Block 2"),
        "101 present, 102 absent, 123 unknown, 140 unknown, 177 unknown"
    );
    assert_eq!(troubles(&by_hand), "OK");
}

#[test]
fn on_the_first_day_and_in_the_first_minutes_students_are_neither_absent_nor_unknown_too_early() {
    let lines = [beats("gate-1", "07:50".."09:38"), at_once("H000101", "09:33", "gate-1")];
    let mut school = School::example();
    school.at("2026-09-07T09:38:00+03:00").ingest(lines.concat());
    assert_eq!(
        statuses(&school, "Block 2"),
        "101 present, 102 expected, 123 expected, 140 expected, 177 expected"
    );
    school.at("2026-09-07T09:50:00+03:00").ingest(beats("gate-1", "09:38".."09:50"));
    assert_eq!(statuses(&school, "Block 2"), "101 present, 102 absent, 123 absent, 140 absent, 177 absent");
}

/// A camera whose clock was reset sends lines of years before the school had cameras.
#[test]
fn the_first_day_stays_the_first_one_whatever_a_wrong_clock_says() {
    let mut school = School::example();
    // One camera is heard only after Assembly, in which it does not matter.
    school.ingest(beats("gate-1", "07:50".."11:20") + &beats("dead", "08:20".."08:22"));
    school.at("2026-09-08T12:00:00+03:00");
    let before = school.records("2026-09-07", "2026-09-07");
    let told = |period: &str, status: &str| {
        before.iter().any(|row| row["period"] == period && row["status"] == status)
    };
    assert!(told("Assembly", "absent") && told("Block 1", "unknown"), "{before:?}");
    let beat = |camera: &str, ts: &str| {
        format!("{{\"type\":\"heartbeat\",\"camera\":\"{camera}\",\"ts\":\"{ts}+03:00\"}}\n")
    };
    for camera in ["gate-1", "dead", "other"] {
        for ts in ["2000-01-01T00:00:00", "2001-01-01T00:00:00", "2026-08-01T12:00:00"] {
            school.ingest(beat(camera, ts));
            assert_eq!(school.records("2026-09-07", "2026-09-07"), before, "{camera} {ts}");
        }
    }
}

#[test]
fn recompute_adopts_new_places_and_limits_and_shows_old_and_new() {
    let school = with_places(&[
        beats("gate-1", "07:50".."10:25"),
        beats("lab-1", "07:50".."10:00"),
        beats("hall-1", "07:50".."10:25"),
        at_once("H000101", "09:33", "lab-1"),
    ]);
    insta::assert_snapshot!(school.session(&[
        "settings set min_coverage 50",
        "recompute --from 2026-09-07 --to 2026-09-07 --dry-run",
        "settings set min_coverage 80",
        "period edit \"Block 2\" --places hall",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "recompute --from 2026-09-07 --to 2026-09-07",
    ]), @r#"
    $ attend settings set min_coverage 50
    $ attend recompute --from 2026-09-07 --to 2026-09-07 --dry-run
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE            REASON
     H000102  ژیان ئەحمەد  unknown → absent  places or coverage
     H000123  Ada Karim    unknown → absent  places or coverage
    $ attend settings set min_coverage 80
    $ attend period edit "Block 2" --places hall
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE            REASON
     H000102  ژیان ئەحمەد  unknown → absent  places or coverage
     H000123  Ada Karim    unknown → absent  places or coverage
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Nothing changes: every record is what its recognitions add up to.
    "#);
    assert_eq!(statuses(&school, "Block 2"), "101 present, 102 absent, 123 absent, 140 absent, 177 absent");
}

#[test]
fn places_are_proposed_from_what_cameras_saw_and_taken_with_yes() {
    let pupils = ["H000101", "H000102", "H000123", "H000140"];
    let gates: String = pupils.iter().map(|pupil| at_once(pupil, "07:58", "gate-1")).collect();
    let school = school(&[
        gates,
        at_once("H000177", "07:59", "gate-2"),
        at_once("H000101", "09:33", "lab-1"),
        beats("gate-1", "07:50".."10:25"),
        beats("gate-2", "07:50".."10:25"),
        beats("lab-1", "07:50".."10:25"),
    ]);
    let health = text(&school.feed(&["health"], "").stdout);
    assert!(
        health.contains("3 cameras without a place: one dead camera leaves everybody unknown"),
        "{health}"
    );
    insta::assert_snapshot!(school.session(&[
        "camera suggest",
        "camera suggest --yes",
        "camera suggest",
        "camera list --format csv",
    ]), @"
    $ attend camera suggest
     CAMERA  PLACE  KIND  STUDENTS
     gate-1  gate   door         5
     gate-2  gate   door         5
     lab-1   lab    room         1
    ! attend: nothing was changed
    ! hint: attend camera suggest --yes puts the cameras there
    [1]
    $ attend camera suggest --yes
     CAMERA  PLACE  KIND  STUDENTS
     gate-1  gate   door         5
     gate-2  gate   door         5
     lab-1   lab    room         1
    $ attend camera suggest
    Every camera is at a place.
    $ attend camera list --format csv
    camera,place,kind,retired,added_at␍
    gate-1,gate,door,false,2026-09-07T10:25:00+03:00␍
    gate-2,gate,door,false,2026-09-07T10:25:00+03:00␍
    lab-1,lab,room,false,2026-09-07T10:25:00+03:00␍
    ");
}

/// A program may invent cameras and jobs up to a limit, and screens stay short.
#[test]
fn invented_cameras_and_jobs_are_limited_and_screens_count_them() {
    let mut school = School::example();
    let beats: String = (0..20_000).map(|n| beats(&format!("cam-{n:05}"), "09:40".."09:41")).collect();
    let jobs: String = (0..300)
        .map(|n| format!("{{\"type\":\"job\",\"name\":\"job-{n:03}\",\"ok\":false,\"error\":\"x\"}}\n"))
        .collect();
    let refused = school.ingest([beats, jobs].concat());
    let refused = |reason: &str| refused.iter().filter(|ack| ack["reason"] == reason).count();
    assert_eq!((refused("too_many_cameras"), refused("too_many_jobs")), (18_000, 100));
    school.at("2026-09-07T10:00:00+03:00");
    let rows = |args: &[&str]| text(&school.feed(args, "").stdout).lines().count();
    for (args, most) in [
        (&["panel"][..], 70),
        (&["runner", "list"], 104),
        (&["camera", "list"], 104),
        (&["job", "list"], 104),
        (&["roster", "now"], 20),
        (&["health"], 50),
        (&["health", "--format", "nagios"], 1),
    ] {
        assert!(rows(args) <= most, "{args:?} has {} lines", rows(args));
        assert!(text(&school.feed(args, "").stdout).len() < 20_000, "{args:?}");
    }
    let list = school.ok(&["camera", "list"]);
    assert!(list.ends_with("\n… 1,900 more: --format csv lists all\n"), "{list}");
    let health = text(&school.feed(&["health"], "").stdout);
    assert!(health.contains(" ▲ 2,180 more findings: attend health --format csv\n"), "{health}");
    assert_eq!(rows(&["camera", "list", "--format", "csv"]), 2_001, "programs get all of them");
}

#[test]
fn lines_about_an_erased_student_prove_that_the_clock_is_right() {
    let mut school = School::example();
    school.ingest(yesterday(&["gate-1"]));
    school.ok(&["student", "erase", "H000177", "--reason", "left"]);
    let came = seen("H000177", 0.9, "2026-09-07T09:33:00+03:00", "gate-1");
    let lines = [
        beats("gate-1", "09:25".."09:34"),
        came,
        beats_with("gate-1", "09:34".."09:35", ",\"matched\":1"),
        beats("gate-1", "09:35".."10:25"),
    ];
    school.at("2026-09-07T10:25:00+03:00").ingest(lines.concat());
    assert_eq!(statuses(&school, "Block 2"), "101 absent, 102 absent, 123 absent, 140 absent");
}
