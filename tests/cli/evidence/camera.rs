//! `attend camera`: cameras are added by people, or by their first valid line.

use crate::common::harness::{School, seen};

#[test]
fn cameras_are_added_named_and_listed() {
    insta::assert_snapshot!(School::new().session(&[
        "camera list",
        "camera add gate-1 --place \"main gate\"",
        "camera add gate-1",
        "camera add hall-2",
        "camera edit hall-2 --name hall-1 --place \"first floor\"",
        "camera edit hall-1 --name gate-1",
        "camera edit hal-1 --place nowhere",
        "camera list",
        "camera list --format csv",
    ]), @r#"
    $ attend camera list
    No cameras yet: each adds itself with its first valid line.
    $ attend camera add gate-1 --place "main gate"
    $ attend camera add gate-1
    ! attend: there is a camera "gate-1" already
    ! hint: attend camera edit "gate-1" changes it
    [1]
    $ attend camera add hall-2
    $ attend camera edit hall-2 --name hall-1 --place "first floor"
    ! let its runner send hall-1 from now on: lines that still say hall-2 make a new camera
    $ attend camera edit hall-1 --name gate-1
    ! attend: there is a camera "gate-1" already
    ! hint: attend camera edit "gate-1" changes it
    [1]
    $ attend camera edit hal-1 --place nowhere
    ! attend: no camera "hal-1"
    ! hint: did you mean "hall-1"? (attend camera list)
    [1]
    $ attend camera list
     CAMERA  PLACE        KIND     ADDED
     gate-1  main gate    room     Mon 7 Sep 2026
     hall-1  first floor  room     Mon 7 Sep 2026
    $ attend camera list --format csv
    camera,place,kind,retired,added_at␍
    gate-1,main gate,room,false,2026-09-07T09:59:12+03:00␍
    hall-1,first floor,room,false,2026-09-07T09:59:12+03:00␍
    "#);
}

#[test]
fn a_camera_adds_itself_with_its_first_valid_line_only() {
    let school = School::example();
    let acks = school.ingest(
        [
            seen("H000101", 0.9, "2026-09-07T09:58:00+03:00", "gate-1"),
            seen("H000102", 1.9, "2026-09-07T09:58:00+03:00", "gate-2"),
            seen("X", 0.9, "2026-09-07T09:58:00+03:00", "gate-3"),
            "{\"type\":\"heartbeat\",\"camera\":7}\n".to_owned(),
            seen("H000101", 0.9, "2026-09-07T09:58:05+03:00", "gate-1"),
        ]
        .concat(),
    );
    assert_eq!(acks.len(), 5);
    insta::assert_snapshot!(school.session(&["camera list --format csv"]), @"
    $ attend camera list --format csv
    camera,place,kind,retired,added_at␍
    7,,,false,2026-09-07T09:59:12+03:00␍
    gate-1,,,false,2026-09-07T09:59:12+03:00␍
    gate-3,,,false,2026-09-07T09:59:12+03:00␍
    ");
}

#[test]
fn a_renamed_camera_keeps_its_recognitions() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:58:00+03:00", "gate-1"));
    school.ok(&["camera", "edit", "gate-1", "--name", "north gate"]);
    let records = school.records("2026-09-07", "2026-09-07");
    let camera = |record: &&serde_json::Value| record["best_camera"] == "north gate";
    assert_eq!(records.iter().filter(camera).count(), 1);
}

#[test]
fn a_rename_does_not_change_which_of_two_recognitions_of_one_instant_comes_first() {
    let seen =
        |score, second, camera| seen("H000101", score, &format!("2026-09-07T09:58:{second}+03:00"), camera);
    let first = [seen(0.85, "00", "gate-1"), seen(0.95, "00", "gate-2"), seen(0.5, "30", "gate-1")].concat();
    // It makes ingest fold the instant again.
    let (low, late) = (seen(0.5, "30", "gate-2"), seen(0.76, "50", "gate-2"));
    let late = late.replace("09:58:50", "09:57:50");
    let records = |renames: &[&[&str]]| {
        let school = School::example();
        school.ingest(&first);
        let told = |school: &School| {
            let named = school.ok(&["export", "records", "--date", "2026-09-07", "--dialect", "plain"]);
            let ids = school.ok(&["export", "recognitions", "--date", "2026-09-07", "--dialect", "plain"]);
            [named, ids].map(|text| text.replace("yard", "gate-1").replace("attic", "gate-2"))
        };
        let before = told(&school);
        for names in renames {
            school.ok(&[&["camera", "edit", names[0], "--name"], &names[1..]].concat());
        }
        assert_eq!(told(&school), before, "{renames:?}");
        let again = school.ok(&["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--dry-run"]);
        assert!(again.contains("Nothing"), "{again}");
        let new_name = |line: &str| match renames {
            [] => line.to_owned(),
            _ => line.replace("gate-2", "attic"),
        };
        school.ingest([&low, &late].map(|line| new_name(line)).concat());
        told(&school)
    };
    let swapped: &[&[&str]] = &[&["gate-1", "yard"], &["gate-2", "attic"]];
    assert_eq!(records(swapped), records(&[]));
}

#[test]
fn the_last_of_several_sightings_of_one_instant_is_the_same_everywhere() {
    let mut school = School::example();
    for camera in ["gate-2", "gate-1", "gate-3", "gate-4"] {
        school.ok(&["camera", "add", camera]);
    }
    school.ok(&["camera", "edit", "gate-4", "--name", "gate-0"]);
    let seen = |camera| seen("H000101", 0.9, "2026-09-07T09:58:00+03:00", camera);
    school.ingest(["gate-3", "gate-0", "gate-1", "gate-2"].map(seen).concat());
    school.at("2026-09-07T10:00:00+03:00");
    let day = school.ok(&["roster", "day", "--format", "jsonl"]);
    let zoe = day.lines().find(|row| row.contains("H000101")).unwrap();
    assert!(zoe.contains(r#""camera":"gate-0""#), "{zoe}");
    let panel = school.ok(&["panel", "--format", "json"]);
    let panel: serde_json::Value = serde_json::from_str(&panel).unwrap();
    let recent = panel["rows"].as_array().unwrap().iter().map(|row| row["camera"].as_str().unwrap());
    assert_eq!(recent.collect::<Vec<_>>(), ["gate-0", "gate-3", "gate-2", "gate-1"]);
}
