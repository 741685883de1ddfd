//! `attend roster`: its rows, order, counts and colours.

use serde_json::Value;

use crate::common::harness::{School, Terminal, has, seen, wait_until};

/// Block 2 with one student of every kind, the cameras alive.
fn busy() -> School {
    let school = School::example();
    school.write("roll.csv", "code,name,group\nH000201,Lina Aziz,G8\nH000202,Max,G8\n");
    school.ok(&["student", "import", "roll.csv"]);
    let lines = [
        seen("H000101", 0.93, "2026-09-07T09:33:20+03:00", "hall-2"),
        seen("H000101", 0.89, "2026-09-07T09:58:00+03:00", "gate-1"),
        seen("H000102", 0.88, "2026-09-07T09:46:00+03:00", "hall-2"),
        seen("H000140", 0.7199, "2026-09-07T09:41:00+03:00", "gate-1"),
        seen("H000140", 0.61, "2026-09-07T09:58:00+03:00", "gate-1"),
        seen("H000201", 0.8, "2026-09-07T09:36:00+03:00", "gate-1"),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000177", "excused", "--reason", "dentist", "--by", "ms-lee"]);
    school.ok(&["mark", "H000201", "absent", "--by", "mr-fox"]);
    school.ok(&["mark", "H000202", "present", "--reason", "seen in lab"]);
    school
}

/// The counts of a roster as JSON.
fn counts(roster: &Value) -> [i64; 7] {
    ["expected", "present", "absent", "excused", "low_score", "unknown", "pending"]
        .map(|key| roster[key].as_i64().unwrap())
}

#[test]
fn students_who_need_attention_come_first() {
    insta::assert_snapshot!(busy().session(&["roster now"]), @"
    $ attend roster now
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    3/7 present · 1 late · 1 low score · 1 excused · 2 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000123  Ada Karim    G7     ✗ absent
     H000201  Lina Aziz    G8     ✗ marked absent   09:36  09:36   0.80  gate-1  mr-fox
     H000140  王小明       G8     ? low score       09:41  09:58   0.71  gate-1
     H000177  Omar Haddad  G8     – excused                                      ms-lee: dentist
     H000101  Zoë O'Neil   G7     ✓ present         09:33  09:58   0.93  hall-2
     H000102  ژیان ئەحمەد  G7     ✓ late 11 min     09:46  09:46   0.88  hall-2
     H000202  Max          G8     ✓ marked present                               admin: seen in lab
    ");
}

#[test]
fn rows_are_sorted_as_asked() {
    let school = busy();
    for (by, first, last) in [
        ("status", "H000123", "H000202"),
        ("code", "H000101", "H000202"),
        ("name", "H000123", "H000140"),
        ("first_seen", "H000101", "H000202"),
    ] {
        let rows = school.ok(&["roster", "now", "--sort", by, "--format", "csv"]);
        let codes: Vec<&str> = rows.lines().skip(1).map(|row| row.split(',').nth(2).unwrap()).collect();
        assert_eq!((codes.len(), codes[0], *codes.last().unwrap()), (7, first, last), "{by}");
    }
}

/// Records are read in the order in which students were added, and rows in the order of their codes.
#[test]
fn students_who_were_added_out_of_order_keep_their_records() {
    let school = busy();
    school.write("more.csv", "code,name,group\nH000150,Cleo,G8\nH000001,Ben,G7\nH000120,Dana,G7\n");
    school.ok(&["student", "import", "more.csv"]);
    let sighting = |code, minute| seen(code, 0.9, &format!("2026-09-07T09:{minute}:00+03:00"), "gate-1");
    school.ingest([sighting("H000001", 40), sighting("H000150", 41)].concat());
    let rows = |by: &str| -> Vec<String> {
        let printed = school.ok(&["roster", "now", "--sort", by, "--format", "csv"]);
        let mut rows: Vec<String> = printed.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    let by_code = rows("code");
    for (code, first_seen) in [("H000001", "T09:40"), ("H000150", "T09:41"), ("H000201", "T09:36")] {
        let row = by_code.iter().find(|row| row.contains(code)).unwrap();
        assert!(row.contains(first_seen), "{row}");
    }
    assert_eq!(by_code, rows("name"));
    assert_eq!(by_code, rows("first_seen"));
}

#[test]
fn a_district_is_sorted_like_a_school() {
    let school = busy();
    let rows = |args: &[&str]| -> Vec<Vec<String>> {
        let printed = school.ok(&[&["roster", "now", "--format", "csv"], args].concat());
        printed.lines().skip(1).map(|row| row.split(',').map(str::to_owned).collect()).collect()
    };
    let before = rows(&[]);
    // More than are held in memory to be sorted, the last by code the first by name.
    let more = (0..10_000).map(|n| format!("Z{n:05},Somebody {:05},G9\n", 10_000 - n));
    school.write("roll.csv", format!("code,name,group\n{}", more.collect::<String>()));
    school.ok(&["student", "import", "roll.csv", "--force", "--from", "2026-09-07", "--yes"]);
    let statuses = ["absent", "unknown", "low_score", "excused", "present", "expected"];
    let place = |row: &[String]| statuses.iter().position(|status| row[5] == *status).unwrap();
    let by_code = rows(&["--sort", "code"]);
    assert_eq!(by_code.len(), before.len() + 10_000);
    assert!(by_code.is_sorted_by_key(|row| row[2].clone()));
    let mut by_status = by_code.clone();
    by_status.sort_by_key(|row| place(row));
    assert!(rows(&[]) == by_status, "by status, equals by code");
    let known = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().filter(|row| row[4] != "G9").collect()
    };
    assert!(known(by_status) == before, "who was there before stands as before");
    let mut by_name = by_code;
    by_name.sort_by_key(|row| row[3].clone());
    assert!(rows(&["--sort", "name"]) == by_name);
    let first_seen: Vec<String> =
        rows(&["--sort", "first_seen"]).into_iter().map(|row| row[6].clone()).collect();
    assert!(first_seen.is_sorted_by_key(|at| (at.is_empty(), at.clone())));
}

#[test]
fn every_format_has_the_same_content() {
    let school = busy();
    insta::assert_snapshot!(school.session(&[
        "roster now --format csv",
        "roster now --group G7 --format json",
        "roster now --group G7 --format jsonl",
        "roster now --group G9",
    ]), @r#"
    $ attend roster now --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000123,Ada Karim,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000201,Lina Aziz,G8,absent,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,0.8,gate-1,1,,0,mr-fox,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000140,王小明,G8,low_score,,,,,,0,,2,,,100,,2026-09-07T09:41:00+03:00,2026-09-07T09:58:00+03:00,2026-09-07T09:41:00+03:00,0.7199,gate-1,false,,false␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,excused,,,,,,0,,0,ms-lee,dentist,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07T09:33:20+03:00,2026-09-07T09:58:00+03:00,2026-09-07T09:33:20+03:00,0.93,hall-2,2,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,present,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,2026-09-07T09:46:00+03:00,0.88,hall-2,1,11,0,,,100,,,,,,,false,,true␍
    2026-09-07,Block 2,H000202,Max,G8,present,,,,,,0,,0,admin,seen in lab,100,,,,,,,false,,false␍
    $ attend roster now --group G7 --format json
    {"report":"roster","as_of":"2026-09-07T09:59:12+03:00","expected":3,"late":1,"after_close":0,"present":2,"absent":1,"excused":0,"low_score":0,"unknown":0,"pending":0,"periods":[{"period":"Block 2","date":"2026-09-07","starts_at":"2026-09-07T09:35:00+03:00","ends_at":"2026-09-07T10:20:00+03:00","coverage_percent":100.0,"blind":null,"expected":3,"late":1,"after_close":0,"present":2,"absent":1,"excused":0,"low_score":0,"unknown":0,"pending":0}],"next":null,"rows":[{"date":"2026-09-07","period":"Block 2","student":"H000123","name":"Ada Karim","group":"G7","status":"absent","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false},{"date":"2026-09-07","period":"Block 2","student":"H000101","name":"Zoë O'Neil","group":"G7","status":"present","first_seen":"2026-09-07T09:33:20+03:00","last_seen":"2026-09-07T09:58:00+03:00","best_seen":"2026-09-07T09:33:20+03:00","best_score":0.93,"best_camera":"hall-2","sightings":2,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false},{"date":"2026-09-07","period":"Block 2","student":"H000102","name":"ژیان ئەحمەد","group":"G7","status":"present","first_seen":"2026-09-07T09:46:00+03:00","last_seen":"2026-09-07T09:46:00+03:00","best_seen":"2026-09-07T09:46:00+03:00","best_score":0.88,"best_camera":"hall-2","sightings":1,"minutes_late":11,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":true}]}
    $ attend roster now --group G7 --format jsonl
    {"date":"2026-09-07","period":"Block 2","student":"H000123","name":"Ada Karim","group":"G7","status":"absent","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}
    {"date":"2026-09-07","period":"Block 2","student":"H000101","name":"Zoë O'Neil","group":"G7","status":"present","first_seen":"2026-09-07T09:33:20+03:00","last_seen":"2026-09-07T09:58:00+03:00","best_seen":"2026-09-07T09:33:20+03:00","best_score":0.93,"best_camera":"hall-2","sightings":2,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}
    {"date":"2026-09-07","period":"Block 2","student":"H000102","name":"ژیان ئەحمەد","group":"G7","status":"present","first_seen":"2026-09-07T09:46:00+03:00","last_seen":"2026-09-07T09:46:00+03:00","best_seen":"2026-09-07T09:46:00+03:00","best_score":0.88,"best_camera":"hall-2","sightings":1,"minutes_late":11,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":true}
    $ attend roster now --group G9
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/0 present · 0 absent · coverage 100 %
    No student is expected.
    ! no student is in group "G9": groups are G7, G8
    "#);
}

#[test]
fn the_counts_add_up_and_agree_with_the_register() {
    let mut school = busy();
    school.ok(&[
        "period", "add", "Club", "--start", "09:40", "--end", "10:00", "--days", "daily", "--groups", "G8",
        "--yes",
    ]);
    school.ok(&["schedule", "generate", "--yes"]);
    for now in ["07:56:00", "09:59:12", "10:20:00"] {
        school.at(&format!("2026-09-07T{now}+03:00"));
        let roster: Value = serde_json::from_str(&school.ok(&["roster", "now", "--format", "json"])).unwrap();
        let [expected, parts @ ..] = counts(&roster);
        assert_eq!(expected, parts.iter().sum::<i64>(), "{roster}");
        let rows = roster["rows"].as_array().unwrap().iter().filter(|row| row["status"] != "elsewhere");
        assert_eq!(expected, i64::try_from(rows.count()).unwrap());
        let periods = roster["periods"].as_array().unwrap();
        for (n, total) in counts(&roster).iter().enumerate() {
            assert_eq!(*total, periods.iter().map(|period| counts(period)[n]).sum::<i64>());
        }
    }
    let shown = school.ok(&["roster", "show", "--period", "Block 2", "--format", "jsonl"]);
    let exported = school.ok(&["export", "records", "--period", "Block 2", "--format", "jsonl"]);
    let sorted = |rows: &str| {
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    assert_eq!(sorted(&shown), sorted(&exported));
}

#[test]
fn colours_are_shown_on_request_and_never_replace_words() {
    let school = busy();
    let plain = school.ok(&["roster", "now"]);
    assert!(!plain.contains('\u{1b}'));
    let colourful = school.ok(&["--color", "always", "roster", "now"]);
    insta::assert_snapshot!(colourful.replace('\u{1b}', "␛"), @"
    ␛[1mBlock 2␛[0m · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    ␛[1m3/7 present␛[0m · 1 late · ␛[38;5;11m1 low score␛[39m · 1 excused · ␛[38;5;9m2 absent␛[39m␛[2m · coverage 100 %␛[0m

    ␛[2m CODE    ␛[0m␛[2m NAME        ␛[0m␛[2m GROUP ␛[0m␛[2m STATUS           ␛[0m␛[2m FIRST ␛[0m␛[2m LAST  ␛[0m␛[2m SCORE ␛[0m␛[2m CAMERA ␛[0m␛[2m                    ␛[0m
     H000123  Ada Karim    G7    ␛[38;5;9m ✗ absent         ␛[39m
     H000201  Lina Aziz    G8    ␛[38;5;9m ✗ marked absent  ␛[39m 09:36  09:36   0.80  gate-1 ␛[2m mr-fox             ␛[0m
     H000140  王小明       G8    ␛[38;5;11m ? low score      ␛[39m 09:41  09:58   0.71  gate-1
     H000177  Omar Haddad  G8     – excused                                     ␛[2m ms-lee: dentist    ␛[0m
     H000101  Zoë O'Neil   G7    ␛[38;5;10m ✓ present        ␛[39m 09:33  09:58   0.93  hall-2
     H000102  ژیان ئەحمەد  G7    ␛[38;5;10m ✓ late 11 min    ␛[39m 09:46  09:46   0.88  hall-2
     H000202  Max          G8    ␛[38;5;10m ✓ marked present ␛[39m                             ␛[2m admin: seen in lab ␛[0m
    ");
    let mut colours = String::new();
    let mut inside = false;
    for c in colourful.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            _ if inside => {}
            c => colours.push(c),
        }
    }
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed(&colours), squeezed(&plain), "colour changed the words");
}

#[test]
fn a_terminal_gets_colours_unless_it_wants_none() {
    let school = busy();
    for (args, env, colours) in [
        (&["roster", "now"][..], &[][..], true),
        (&["roster", "now"], &[("NO_COLOR", "1")], false),
        (&["roster", "now"], &[("NO_COLOR", "")], true),
        (&["--color", "never", "roster", "now"], &[], false),
        (&["--color", "always", "roster", "now"], &[("NO_COLOR", "1")], true),
    ] {
        let screen = school.at_terminal(args, "", "", env);
        assert!(screen.contains("3/7 present"), "{screen}");
        assert_eq!(screen.contains("\u{1b}[1m"), colours, "{args:?} {env:?}");
    }
}

#[test]
fn without_an_active_period_the_neighbours_are_named() {
    let mut school = School::example();
    school.at("2026-09-07T10:23:00+03:00");
    insta::assert_snapshot!(school.session(&["roster now", "roster now --format json", "roster now --format csv"]), @r#"
    $ attend roster now
    No period is active. Next: Block 3, today 10:35 (in 12 min). Last: Block 2, attend roster show --period "Block 2".
    $ attend roster now --format json
    {"report":"roster","as_of":"2026-09-07T10:23:00+03:00","expected":0,"late":0,"after_close":0,"present":0,"absent":0,"excused":0,"low_score":0,"unknown":0,"pending":0,"periods":[],"next":{"period":"Block 3","date":"2026-09-07","starts_at":"2026-09-07T10:35:00+03:00","ends_at":"2026-09-07T11:20:00+03:00"},"rows":[]}
    $ attend roster now --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    "#);
    school.at("2026-09-11T12:00:00+03:00");
    insta::assert_snapshot!(school.session(&["roster now"]), @r#"
    $ attend roster now
    No period is active. Next: Assembly, Sun 13 Sep 08:00 (in 1 day 20 h). Last: Block 3, attend roster show --period "Block 3" --date 2026-09-10.
    "#);
    school.at("2026-12-01T12:00:00+03:00");
    insta::assert_snapshot!(school.session(&["roster now"]), @r#"
    $ attend roster now
    No period is active. Last: Block 3, attend roster show --period "Block 3" --date 2026-09-13.
    "#);
    insta::assert_snapshot!(School::new().session(&["roster now"]), @r#"
    $ attend roster now
    No period is active. There are no students yet: attend student import roll.csv
    "#);
}

#[test]
fn a_blind_camera_never_makes_an_absence() {
    let mut school = School::example();
    insta::assert_snapshot!(school.session(&["roster now --group G8"]), @"
    $ attend roster now --group G8
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/2 present · 2 unknown · 0 absent
    unknown: no camera on duty 09:30–09:59

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
    ");
    let beat = "{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"snapshot_every\":30,\"ts\":\"2026-09-07T09:36:00+03:00\"}\n";
    school.ingest(beat);
    insta::assert_snapshot!(school.session(&[
        "roster now --group G8",
        "settings set min_coverage 50",
        "roster now --group G8",
    ]), @"
    $ attend roster now --group G8
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/2 present · 2 unknown · 0 absent · coverage 5 %
    unknown: gate-1 blind 09:37–09:58; no camera on duty 09:30–09:36

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
    $ attend settings set min_coverage 50
    $ attend roster now --group G8
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/2 present · 2 unknown · 0 absent · coverage 5 %
    unknown: gate-1 blind 09:37–09:58; no camera on duty 09:30–09:36

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
    ");
    school.at("2026-09-08T12:00:00+03:00");
    insta::assert_snapshot!(school.session(&["roster show --date 2026-09-07 --period \"Block 1\" --group G8"]), @r#"
    $ attend roster show --date 2026-09-07 --period "Block 1" --group G8
    Block 1 · Mon 7 Sep · 08:20–09:30   over
    0/2 present · 2 unknown · 0 absent
    unknown: no camera on duty 08:15–09:30

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
    "#);
}

#[test]
fn before_the_start_unseen_students_are_expected() {
    let mut school = School::example();
    school.at("2026-09-07T10:31:00+03:00");
    school.ingest(seen("H000140", 0.9, "2026-09-07T10:30:30+03:00", "gate-1"));
    insta::assert_snapshot!(school.session(&[
        "roster now --group G8",
        "roster show --period \"Assembly\" --date 2026-09-08 --group G8",
    ]), @r#"
    $ attend roster now --group G8
    Block 3 · Mon 7 Sep · 10:35–11:20   begins in 4 min
    1/2 present · 1 not yet seen · 0 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000140  王小明       G8     ✓ present         10:30  10:30   0.90  gate-1
     H000177  Omar Haddad  G8     · not yet seen
    $ attend roster show --period "Assembly" --date 2026-09-08 --group G8
    Assembly · Tue 8 Sep · 08:00–08:15   begins in 21 h 29 min
    0/2 present · 2 not yet seen · 0 absent

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     · not yet seen
     H000177  Omar Haddad  G8     · not yet seen
    "#);
}

#[test]
fn two_groups_have_two_periods_at_once() {
    let school = School::new();
    school.write("roll.csv", "code,name,group\nA,Ada,G7\nB,Ben,G8\nC,Cem,\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, groups) in [("Math", "G7"), ("Art", "G8")] {
        school.ok(&[
            "period", "add", name, "--start", "09:30", "--end", "10:20", "--days", "daily", "--groups",
            groups,
        ]);
    }
    school.ok(&["schedule", "generate"]);
    school.ingest(
        seen("A", 0.9, "2026-09-07T09:31:00+03:00", "gate-1")
            + &seen("C", 0.9, "2026-09-07T09:31:00+03:00", "gate-1"),
    );
    insta::assert_snapshot!(school.session(&["roster now", "roster now --period art", "roster now --period Mat"]), @r#"
    $ attend roster now
    Math · Mon 7 Sep · 09:30–10:20   ███████████▋░░░░░░░░  58 %   21 min left
    1/1 present · 0 absent · coverage 100 %

     CODE  NAME  GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     A     Ada   G7     ✓ present         09:31  09:31   0.90  gate-1

    Art · Mon 7 Sep · 09:30–10:20   ███████████▋░░░░░░░░  58 %   21 min left
    0/1 present · 1 absent · coverage 100 %

     CODE  NAME  GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     B     Ben   G8     ✗ absent
    $ attend roster now --period art
    Art · Mon 7 Sep · 09:30–10:20   ███████████▋░░░░░░░░  58 %   21 min left
    0/1 present · 1 absent · coverage 100 %

     CODE  NAME  GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     B     Ben   G8     ✗ absent
    $ attend roster now --period Mat
    ! attend: no occurrence on 2026-09-07 of the period "Mat"
    ! hint: did you mean "Math"? (attend schedule list --from 2026-09-07 --days 1)
    [1]
    "#);
}

#[test]
fn a_missing_occurrence_is_reported() {
    insta::assert_snapshot!(School::example().session(&[
        "roster show --period \"Blok 2\"",
        "roster show --period \"Block 2\" --date 2026-09-11",
        "roster now --period \"Block 3\"",
    ]), @r#"
    $ attend roster show --period "Blok 2"
    ! attend: no occurrence on 2026-09-07 of the period "Blok 2"
    ! hint: did you mean "Block 2"? (attend schedule list --from 2026-09-07 --days 1)
    [1]
    $ attend roster show --period "Block 2" --date 2026-09-11
    ! attend: no occurrence on 2026-09-11 of the period "Block 2"
    ! hint: attend schedule list --from 2026-09-11 --days 1 shows them all
    [1]
    $ attend roster now --period "Block 3"
    ! attend: Block 3 is not active now
    ! hint: attend roster show --period "Block 3" --date 2026-09-07
    [1]
    "#);
}

#[test]
fn a_watched_roster_searches_shows_only_the_missing_and_scrolls_under_its_totals() {
    if !has("tmux") {
        return;
    }
    let school = busy();
    let roll: String = (0..40).map(|n| format!("T{n:03},Tariq {n},G9\n")).collect();
    school.write("more.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "more.csv", "--from", "2026-09-07", "--force", "--yes"]);
    let terminal = Terminal::open(&school, &["roster", "now", "--watch", "100ms"], 80, 16);
    let shows = |words: &str| terminal.screen().iter().any(|line| line.contains(words));
    terminal.wait_for("/ search");
    let head: Vec<String> = terminal.screen().into_iter().filter(|line| line.contains("present")).collect();
    terminal.press("End");
    terminal.wait_for("Zoë O'Neil");
    for stays in ["Block 2 ·", head[0].as_str(), " CODE ", "/ search"] {
        assert!(shows(stays), "{stays}\n{}", terminal.screen().join("\n"));
    }
    terminal.press("/");
    terminal.press("LINA");
    terminal.wait_for("/LINA");
    terminal.wait_for("Lina Aziz");
    wait_until("the others to go", || !shows("Zoë O'Neil"));
    assert!(shows(&head[0]), "the totals are those of everybody");
    terminal.press("Enter");
    terminal.wait_for("name or code: LINA");
    terminal.press("Escape");
    terminal.wait_for("m only missing");
    terminal.press("m");
    terminal.wait_for("only missing students");
    terminal.press("End");
    terminal.wait_for("H000140");
    assert!(!shows("Zoë O'Neil") && shows(&head[0]), "{}", terminal.screen().join("\n"));
    terminal.press("/");
    terminal.press("nobody");
    terminal.wait_for("No name and no code contains \"nobody\".");
    terminal.press("C-c");
    terminal.ended();
}

#[test]
fn a_roster_that_is_longer_than_a_wide_screen_stands_in_columns() {
    if !has("tmux") {
        return;
    }
    let school = School::example();
    let roll: String = (0..40).map(|nth| format!("S{nth:02},Student {nth:02},G1\n")).collect();
    school.write("more.csv", format!("code,name,group\n{roll}"));
    school.ok(&["student", "import", "more.csv", "--from", "2026-09-01", "--yes", "--force"]);
    for (width, columns) in [(80, 1), (160, 2), (240, 3)] {
        let terminal = Terminal::open(&school, &["roster", "now"], width, 20);
        terminal.ended();
        let screen = terminal.screen();
        let shown = screen.iter().map(|line| line.matches("◌ unknown").count()).max();
        assert_eq!(shown, Some(columns), "{width} letters:\n{}", screen.join("\n"));
        let all = (0..40).all(|nth| screen.iter().any(|line| line.contains(&format!("S{nth:02} "))));
        assert_eq!(all, columns > 2, "{width} letters:\n{}", screen.join("\n"));
    }
    // A pipe has no width: a row a line.
    assert_eq!(school.ok(&["roster", "now"]).matches("CODE").count(), 1);
}
