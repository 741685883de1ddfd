//! Edits of the roll do not change the past, and edits that reach back show their plan first.

use crate::common::harness::{School, seen};

/// Baghdad, Monday 7 September 2026, 07:00: H1 and H2 in G7, H3 in G8.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name,group\nH1,Ada,G7\nH2,Bob,G7\nH3,Cem,G8\n");
    school.ok(&["student", "import", "r.csv"]);
    for (name, hours, groups) in [
        ("B1", ["08:00", "09:00"], "G7"),
        ("B1x", ["08:00", "09:00"], "G8"),
        ("B2", ["10:00", "11:00"], "all"),
        ("B5", ["15:00", "16:00"], "all"),
    ] {
        let [start, end] = hours;
        school.ok(&[
            "period", "add", name, "--start", start, "--end", end, "--days", "daily", "--groups", groups,
        ]);
    }
    school.ok(&["schedule", "generate"]);
    school
}

/// H1 and H2 were seen at 08:05.
fn after_the_first_lesson() -> School {
    let mut school = school();
    school.at("2026-09-07T08:06:00+03:00");
    for student in ["H1", "H2"] {
        school.ingest(seen(student, 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    }
    school.at("2026-09-07T12:00:00+03:00");
    school
}

/// The rows of B1 and B1x, which end at nine.
fn morning(school: &School) -> Vec<String> {
    let rows = school.records("2026-09-07", "2026-09-07").into_iter();
    let rows = rows.filter(|row| row["period"].as_str().is_some_and(|period| period.starts_with("B1")));
    rows.map(|row| format!("{} {} {} {}", row["period"], row["student"], row["group"], row["status"]))
        .map(|row| row.replace('"', ""))
        .collect()
}

/// Asserts that a recompute changes nothing.
fn assert_settled(school: &School) {
    let said = school.ok(&["recompute", "--from", "2026-09-06", "--to", "2026-09-09", "--dry-run"]);
    assert!(said.starts_with("Nothing changes"), "{said}");
}

#[test]
fn leaving_at_noon_keeps_the_morning_through_every_later_edit() {
    let school = after_the_first_lesson();
    let before = morning(&school);
    school.ok(&["student", "deactivate", "H2"]);
    school.ok(&["schedule", "cancel", "B5", "--reason", "trip"]);
    school.ok(&["period", "add", "B6", "--start", "16:30", "--end", "17:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    assert_eq!(morning(&school), before);
    assert_settled(&school);
}

#[test]
fn changing_group_at_noon_does_not_affect_morning_lessons() {
    let school = after_the_first_lesson();
    let before = morning(&school);
    school.ok(&["student", "edit", "H1", "--group", "G8"]);
    assert_eq!(morning(&school), before);
    assert!(school.ok(&["history", "H1"]).contains("seen  B1 "), "{}", school.ok(&["history", "H1"]));
    assert!(school.ok(&["export", "recognitions", "--dialect", "plain"]).contains(",true,B1,"));
    assert_settled(&school);
}

#[test]
fn a_date_that_is_closed_and_opened_brings_a_leaver_back_present() {
    let mut school = after_the_first_lesson();
    let before = morning(&school);
    school.at("2026-09-07T16:00:00+03:00").ok(&["student", "deactivate", "H2"]);
    school.ok(&["schedule", "close", "2026-09-07", "--reason", "wrong day", "--yes"]);
    assert_eq!(morning(&school), [""; 0]);
    school.ok(&["schedule", "open", "2026-09-07", "--yes"]);
    school.ok(&["student", "edit", "H2", "--activate"]);
    assert_eq!(morning(&school), before);
}

#[test]
fn a_newcomer_is_not_absent_before_enrolment() {
    let mut school = after_the_first_lesson();
    let before = morning(&school);
    school.at("2026-09-07T16:30:00+03:00").ok(&["student", "add", "H4", "Dan", "--group", "G7"]);
    assert_eq!(morning(&school), before);
    assert!(!school.ok(&["summary"]).contains("H4"));
}

#[test]
fn a_late_line_of_a_leaver_counts_by_its_own_instant() {
    let school = after_the_first_lesson();
    school.ok(&["student", "deactivate", "H2"]);
    let acks = school.ingest(seen("H2", 0.95, "2026-09-07T08:07:00+03:00", "gate-1"));
    assert_eq!((&acks[0]["status"], &acks[0]["period"]), (&200.into(), &"B1".into()));
}

#[test]
fn a_mark_can_be_undone_after_leaving_or_changing_group() {
    let school = after_the_first_lesson();
    let before = morning(&school);
    for edit in [&["student", "edit", "H2", "--group", "G8"][..], &["student", "deactivate", "H2"]] {
        school.ok(&["mark", "H2", "absent", "--period", "B1"]);
        school.ok(edit);
        school.ok(&["unmark", "H2", "--period", "B1"]);
        assert_eq!(morning(&school), before, "{edit:?}");
    }
}

#[test]
fn an_edit_of_one_date_refolds_the_affected_next_date() {
    let mut school = school();
    for (name, start, end, late) in [("Night", "22:00", "23:30", "8h"), ("Breakfast", "06:30", "07:30", "0")]
    {
        let times = ["--start", start, "--end", end, "--days", "daily", "--late-grace", late];
        school.ok(&[&["period", "add", name, "--early-grace", "15m", "--yes"], &times[..]].concat());
    }
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-08T08:00:00+03:00");
    school.ingest(seen("H1", 0.9, "2026-09-08T06:20:00+03:00", "gate-1"));
    school.ok(&["schedule", "cancel", "Night", "--date", "2026-09-07", "--reason", "storm", "--yes"]);
    let breakfast = school.ok(&["roster", "show", "--period", "Breakfast", "--format", "csv"]);
    assert!(breakfast.contains("H1,Ada,G7,present"), "{breakfast}");
    assert_settled(&school);
}

#[test]
fn a_crop_is_kept_in_whatever_order_two_lines_of_one_sighting_come() {
    let line = |score: f64, crop: &str| {
        format!(
            r#"{{"student":"H1","score":{score},"ts":"2026-09-07T08:05:00+03:00","camera":"gate-1"{crop}}}"#
        ) + "\n"
    };
    let (with, without) = (line(0.8, r#","crop":"a.jpg""#), line(0.9, ""));
    for lines in [[&with, &without], [&without, &with]] {
        let mut school = school();
        school.at("2026-09-07T08:06:00+03:00");
        lines.iter().for_each(|line| drop(school.ingest(line)));
        let stored = school.ok(&["export", "recognitions", "--format", "jsonl"]);
        assert!(stored.contains(r#""score":0.9,"#) && stored.contains("a.jpg"), "{stored}");
        school.ok(&["student", "erase", "H1", "--reason", "asked", "--crops", "crops.txt"]);
        assert_eq!(std::fs::read_to_string(school.path("crops.txt")).unwrap(), "a.jpg\n");
    }
}

#[test]
fn an_edit_of_the_past_is_shown_first_and_applied_as_shown() {
    let school = after_the_first_lesson();
    let before = morning(&school);
    insta::assert_snapshot!(school.session(&[
        "student edit H1 --group G8 --from 2026-09-07",
        "student edit H1 --group G8 --from 2026-09-07 --dry-run",
    ]), @r#"
    $ attend student edit H1 --group G8 --from 2026-09-07
    ! 2026-09-07 B1: 1 present → not listed (H1)
    ! 2026-09-07 B1x: 1 not listed → present (H1)
    ! 2026-09-07 B2: 1 unknown with other details (H1)
    ! attend: not done: this would change 3 rows of 3 registers: 1 not listed → present, 1 unknown with other details, 1 present → not listed
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend student edit H1 --group G8 --from 2026-09-07 --dry-run
     DATE            PERIOD  CODE  NAME  BEFORE   AFTER
     Mon 7 Sep 2026  B1      H1    Ada   present           G7
     Mon 7 Sep 2026  B1x     H1    Ada            present      G8
     Mon 7 Sep 2026  B2      H1    Ada   unknown  unknown  G7  G8
    "#);
    assert_eq!(morning(&school), before, "shown, and not done");
    insta::assert_snapshot!(school.session(&[
        "student edit H1 --group G8 --from 2026-09-07 --yes --reason \"moved on Friday\" --by ms-lee -v",
        "audit --limit 1",
    ]), @r#"
    $ attend student edit H1 --group G8 --from 2026-09-07 --yes --reason "moved on Friday" --by ms-lee -v
    ! changed 3 rows of 3 registers: 1 not listed → present, 1 unknown with other details, 1 present → not listed
    $ attend audit --limit 1
     WHEN                  BY      DID           STUDENT  WHAT
     Mon 7 Sep 2026 12:00  ms-lee  student edit  H1       group G7 → G8, from 2026-09-07; moved on Friday; changed 3 rows of 3 registers: 1 not listed → present, 1 unknown with other details, 1 present → not listed
    "#);
    assert_eq!(morning(&school), ["B1 H2 G7 present", "B1x H1 G8 present", "B1x H3 G8 absent"]);
    assert_settled(&school);
}

#[test]
fn one_row_changes_without_asking_and_two_do_not() {
    let school = after_the_first_lesson();
    school.ok(&["student", "deactivate", "H3", "--from", "2026-09-07T09:30:00+03:00"]);
    let said = school.session(&["student deactivate H2 --from 2026-09-07T07:30:00+03:00"]);
    assert!(said.contains("--yes does it") && said.ends_with("[1]\n"), "{said}");
    let cancelled = school.session(&["schedule cancel B2 --reason trip"]);
    assert!(cancelled.contains("not done"), "{cancelled}");
}

#[test]
fn a_person_at_a_terminal_is_asked() {
    let school = after_the_first_lesson();
    let cancel = ["schedule", "cancel", "B2", "--reason", "trip"];
    let before = school.records("2026-09-07", "2026-09-07");
    let said = school.at_terminal(
        &["-q", "schedule", "cancel", "B2", "--reason", "trip", "--dry-run"],
        "B2",
        "",
        &[],
    );
    assert!(!said.contains("[y/N]"), "{said}");
    let yes = school.at_terminal(&cancel, "[y/N]", "y\\n", &[]);
    assert!(yes.contains("2026-09-07 B2: 3 unknown → not listed (H1, H2, H3)"), "{yes}");
    assert!(school.records("2026-09-07", "2026-09-07").len() < before.len());
}

#[test]
fn dates_before_the_last_prune_stay_as_they_are() {
    let mut school = after_the_first_lesson();
    school.at("2026-09-09T12:00:00+03:00");
    school.ok(&["prune", "--older-than", "1d", "--all"]);
    insta::assert_snapshot!(school.session(&["student edit H1 --group G8 --from 2026-09-07 --yes"]), @r#"
    $ attend student edit H1 --group G8 --from 2026-09-07 --yes
    ! attend: recognitions of that time were pruned: its registers stay as they are
    ! hint: --from 2026-09-08 or later
    [1]
    "#);
}

#[test]
fn a_student_of_two_lessons_at_once_is_expected_in_the_named_one() {
    let mut school = school();
    school.ok(&[
        "period", "add", "Lab", "--start", "10:30", "--end", "11:30", "--days", "daily", "--groups", "G8",
    ]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T10:55:00+03:00");
    let rows = |args: &[&str]| -> String {
        let rows = school.ok(&[args, &["--format", "jsonl"]].concat());
        let rows = rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
        let told = rows.filter(|row| row["student"] == "H3");
        told.map(|row| format!("{} {}\n", row["period"], row["status"])).collect()
    };
    let roster = rows(&["roster", "show", "--period", "B2"]);
    assert_eq!(roster, "\"B2\" \"elsewhere\"\n");
    let records = rows(&["export", "records", "--date", "2026-09-07"]);
    assert!(records.contains("\"B2\" \"elsewhere\"\n\"Lab\" \"unknown\"\n"), "{records}");
    let summary: serde_json::Value =
        serde_json::from_str(&school.ok(&["summary", "--format", "json"])).unwrap();
    let b2 = summary["periods"].as_array().unwrap().iter().find(|period| period["period"] == "B2").unwrap();
    assert_eq!(b2["expected"], 2, "the student counts in Lab alone");
    let row = summary["rows"].as_array().unwrap().iter().find(|row| row["student"] == "H3").unwrap();
    assert_eq!((&row["B2"], &row["expected"]), (&"elsewhere".into(), &2.into()));
    // A sighting goes to the lesson that expects her.
    let acks = school.ingest(seen("H3", 0.9, "2026-09-07T10:45:00+03:00", "gate-1"));
    assert_eq!(acks[0]["period"], "Lab");
    assert_settled(&school);
}

#[test]
fn another_zone_plans_untouched_occurrences_again() {
    let mut school = after_the_first_lesson();
    school.ok(&["schedule", "cancel", "B1", "--date", "2026-09-09", "--reason", "trip"]);
    insta::assert_snapshot!(school.session(&[
        "export records --student H1 --period B1 --status present --format jsonl",
        "settings set timezone Europe/Berlin",
        "settings get timezone",
        "settings set timezone Europe/Berlin --dry-run",
        "settings set timezone Europe/Berlin --yes",
        "schedule list --from 2026-09-09 --days 1",
        "audit --limit 1",
        "export records --student H1 --period B1 --status present --format jsonl",
    ]), @r#"
    $ attend export records --student H1 --period B1 --status present --format jsonl
    {"date":"2026-09-07","period":"B1","student":"H1","name":"Ada","group":"G7","status":"present","first_seen":"2026-09-07T08:05:00+03:00","last_seen":"2026-09-07T08:05:00+03:00","best_seen":"2026-09-07T08:05:00+03:00","best_score":0.9,"best_camera":"gate-1","sightings":1,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}
    $ attend settings set timezone Europe/Berlin
    ! 3 registers of the past told in other times, such as B2 on 2026-09-07:
    !   10:00–11:00 in Asia/Baghdad, 09:00–10:00 in Europe/Berlin
    ! 24 planned periods moved to the same local time in Europe/Berlin
    ! 1 planned period with changes, marks or sightings left at the same instant
    ! attend: not done: this would change the times of everything stored, from Asia/Baghdad to Europe/Berlin
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend settings get timezone
    Asia/Baghdad
    $ attend settings set timezone Europe/Berlin --dry-run
    3 registers of the past told in other times, such as B2 on 2026-09-07:
      10:00–11:00 in Asia/Baghdad, 09:00–10:00 in Europe/Berlin
    24 planned periods moved to the same local time in Europe/Berlin
    1 planned period with changes, marks or sightings left at the same instant
    No register that has begun changes.
    $ attend settings set timezone Europe/Berlin --yes
    $ attend schedule list --from 2026-09-09 --days 1
     DATE            PERIOD  STARTS  ENDS   OPENS  CLOSES  STATE
     Wed 9 Sep 2026  B1      07:00   08:00  06:55  08:10   ✗ cancelled  trip
     Wed 9 Sep 2026  B1x     08:00   09:00  07:55  09:10   planned
     Wed 9 Sep 2026  B2      10:00   11:00  09:55  11:10   planned
     Wed 9 Sep 2026  B5      15:00   16:00  14:55  16:10   planned
    $ attend audit --limit 1
     WHEN                  BY     DID           STUDENT  WHAT
     Mon 7 Sep 2026 11:00  admin  settings set           timezone Asia/Baghdad → Europe/Berlin
    $ attend export records --student H1 --period B1 --status present --format jsonl
    {"date":"2026-09-07","period":"B1","student":"H1","name":"Ada","group":"G7","status":"present","first_seen":"2026-09-07T07:05:00+02:00","last_seen":"2026-09-07T07:05:00+02:00","best_seen":"2026-09-07T07:05:00+02:00","best_score":0.9,"best_camera":"gate-1","sightings":1,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}
    "#);
    school.at("2026-09-07T12:00:00+02:00");
    assert_settled(&school);
    let empty = School::new();
    empty.ok(&["settings", "set", "timezone", "Europe/Berlin"]);
}

#[test]
fn another_zone_keeps_the_local_times_of_excuses_and_moves() {
    let mut school = after_the_first_lesson();
    for excuse in [
        "mark H1 excused --date 2026-09-08 --reason ill",
        "mark H1 excused --date 2026-09-09 --between 07:30..09:30 --reason dentist",
        "student edit H1 --group G8 --from 2026-09-10",
    ] {
        school.ok(&excuse.split(' ').collect::<Vec<_>>());
    }
    let views = ["mark list --ahead", "student show H1"];
    let before = school.session(&views);
    insta::assert_snapshot!(
        school.session(&["settings set timezone Asia/Tokyo --dry-run", "settings set timezone Asia/Tokyo --yes"]),
        @"
    $ attend settings set timezone Asia/Tokyo --dry-run
    4 registers of the past told in other times, such as B2 on 2026-09-07:
      10:00–11:00 in Asia/Baghdad, 16:00–17:00 in Asia/Tokyo
    25 planned periods moved to the same local time in Asia/Tokyo
    2 excuses ahead moved to the same local time
    planned joins and leaves of 1 student moved to the same local time

     DATE            PERIOD  CODE  NAME  BEFORE  AFTER
     Mon 7 Sep 2026  B5      H1    Ada           unknown     G7
     Mon 7 Sep 2026  B5      H2    Bob           unknown     G7
     Mon 7 Sep 2026  B5      H3    Cem           unknown     G8
    $ attend settings set timezone Asia/Tokyo --yes
    "
    );
    assert_eq!(school.session(&views), before);
    school.at("2026-09-10T20:00:00+09:00");
    let rows = school.records("2026-09-08", "2026-09-10").into_iter();
    let mut rows: Vec<String> = rows
        .filter(|row| row["student"] == "H1")
        .map(|row| {
            format!("{} {} {} {}", row["date"], row["period"], row["group"], row["reason"]).replace('"', "")
        })
        .collect();
    rows.dedup();
    insta::assert_snapshot!(rows.join("\n"), @"
    2026-09-08 B1 G7 ill
    2026-09-08 B2 G7 ill
    2026-09-08 B5 G7 ill
    2026-09-09 B1 G7 dentist
    2026-09-09 B2 G7 null
    2026-09-09 B5 G7 null
    2026-09-10 B1x G8 null
    2026-09-10 B2 G8 null
    2026-09-10 B5 G8 null
    ");
    assert_settled(&school);
}

#[test]
fn another_zone_folds_the_registers_that_are_open() {
    let mut school = school();
    school.at("2026-09-07T07:57:00+03:00");
    school.ok(&["student", "edit", "H1", "--group", "G8", "--from", "2026-09-07T07:59:00+03:00"]);
    school.ingest(seen("H1", 0.9, "2026-09-07T07:56:30+03:00", "gate-1"));
    // One hour later the student is still in the first group when the lesson begins.
    school.ok(&["settings", "set", "timezone", "Europe/Berlin", "--yes"]);
    school.at("2026-09-07T11:30:00+02:00");
    assert_settled(&school);
}

#[test]
fn a_new_name_does_not_change_a_future_enrolment() {
    let school = school();
    school.ok(&["student", "add", "H4", "Dee", "--group", "G7", "--from", "2026-09-09"]);
    school.ok(&["student", "edit", "H4", "--name", "Dee Junior"]);
    let roster = |date: &str| school.ok(&["roster", "show", "--period", "B1", "--date", date]);
    assert!(!roster("2026-09-08").contains("H4") && roster("2026-09-09").contains("Dee Junior"));
    insta::assert_snapshot!(school.session(&[
        "student edit H4 --group G8",
        "student edit H4 --group G8 --from 2026-09-09",
        "student add H5 Eve --group G7 --from 2026-09-09T10:30:00+03:00",
        "student edit H5 --group G8 --from 2026-09-09",
        "student edit H5 --group G8 --from 2026-09-09T10:30:00+03:00",
        "student deactivate H3",
        "student edit H3 --group G7",
        "student edit H3 --group G7 --activate",
    ]), @r#"
    $ attend student edit H4 --group G8
    ! attend: student "H4" is not on the roll then
    ! hint: --from 2026-09-09 or later
    [1]
    $ attend student edit H4 --group G8 --from 2026-09-09
    $ attend student add H5 Eve --group G7 --from 2026-09-09T10:30:00+03:00
    $ attend student edit H5 --group G8 --from 2026-09-09
    ! attend: student "H5" is not on the roll then
    ! hint: --from 2026-09-09T10:30:00+03:00 or later
    [1]
    $ attend student edit H5 --group G8 --from 2026-09-09T10:30:00+03:00
    $ attend student deactivate H3
    $ attend student edit H3 --group G7
    ! attend: student "H3" is not on the roll then
    ! hint: --activate brings the student back, in that group
    [1]
    $ attend student edit H3 --group G7 --activate
    "#);
    assert!(!roster("2026-09-09").contains("H4") && roster("2026-09-09").contains("H3"));
}

#[test]
fn a_register_tells_the_group_of_its_time_however_often_students_moved_and_left() {
    let school = school();
    // Ada moves, Bob leaves for a day, Cem left on Tuesday for good.
    school.ok(&["student", "edit", "H1", "--group", "G8", "--from", "2026-09-08"]);
    school.ok(&["student", "edit", "H1", "--group", "G9", "--from", "2026-09-12"]);
    school.ok(&["student", "deactivate", "H2", "--from", "2026-09-08"]);
    school.ok(&["student", "edit", "H2", "--activate", "--group", "G9", "--from", "2026-09-09"]);
    school.ok(&["student", "deactivate", "H3", "--from", "2026-09-08"]);
    let mut told = String::new();
    for date in ["2026-09-07", "2026-09-08", "2026-09-09", "2026-09-13"] {
        let rows = school
            .ok(&["roster", "show", "--period", "B2", "--date", date, "--sort", "code", "--format", "jsonl"]);
        let rows = rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
        let rows: Vec<String> = rows.map(|row| format!("{} {}", row["student"], row["group"])).collect();
        told += &format!("{date}: {}\n", rows.join(", ").replace('"', ""));
    }
    insta::assert_snapshot!(told, @"
    2026-09-07: H1 G7, H2 G7, H3 G8
    2026-09-08: H1 G8
    2026-09-09: H1 G8, H2 G9
    2026-09-13: H1 G9, H2 G9
    ");
}

/// H1 and H2 will leave on the 9th. By then H1 is moved by hand, and H2 by an import.
fn movers_who_leave() -> School {
    let mut school = school();
    for student in ["H1", "H2"] {
        school.ok(&["student", "deactivate", student, "--from", "2026-09-09"]);
    }
    school.at("2026-09-08T07:00:00+03:00");
    school.ok(&["student", "edit", "H1", "--group", "G8"]);
    school.write("r.csv", "code,name,group\nH1,Ada,G8\nH2,Bob,G8\nH3,Cem,G8\n");
    school.ok(&["student", "import", "r.csv"]);
    school
}

/// The students in the register of B1x on a date.
fn listed(school: &School, date: &str) -> Vec<String> {
    let rows = school.records(date, date).into_iter().filter(|row| row["period"] == "B1x");
    rows.map(|row| row["student"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_student_who_moves_still_leaves_as_planned() {
    let mut school = movers_who_leave();
    school.at("2026-09-09T12:00:00+03:00");
    assert_eq!(listed(&school, "2026-09-08"), ["H1", "H2", "H3"]);
    assert_eq!(listed(&school, "2026-09-09"), ["H3"], "a student who left is not absent");
}

#[test]
fn a_student_who_was_to_leave_stays_on_request() {
    let mut school = movers_who_leave();
    school.ok(&["student", "edit", "H1", "--activate"]);
    school.at("2026-09-09T12:00:00+03:00");
    assert_eq!(listed(&school, "2026-09-09"), ["H1", "H3"]);
}

#[test]
fn a_correction_of_earlier_groups_leaves_the_time_off_the_roll_alone() {
    let mut school = school();
    school.at("2026-09-08T07:00:00+03:00");
    school.ok(&["student", "deactivate", "H1"]);
    school.at("2026-09-09T07:00:00+03:00");
    school.ok(&["student", "edit", "H1", "--activate"]);
    school.at("2026-09-09T12:00:00+03:00");
    school.ok(&["student", "edit", "H1", "--group", "G8", "--from", "2026-09-07", "--yes"]);
    let on = |date| listed(&school, date).contains(&"H1".to_owned());
    assert!(on("2026-09-07") && !on("2026-09-08") && on("2026-09-09"));
}

#[test]
fn one_more_group_leaves_a_planned_move_alone() {
    let mut school = school();
    school.ok(&["student", "edit", "H1", "--group", "G8", "--from", "2026-09-09"]);
    school.at("2026-09-08T07:00:00+03:00");
    school.ok(&["student", "edit", "H1", "--group", "+Choir"]);
    insta::assert_snapshot!(school.session(&["student show H1"]), @"
    $ attend student show H1
    H1 · Ada · Choir,G7

     FROM              UNTIL             GROUP
     always            8 Sep 2026 07:00  G7
     8 Sep 2026 07:00  9 Sep 2026 00:00  Choir,G7
     9 Sep 2026 00:00  further notice    Choir,G8
    ");
}

#[test]
fn a_student_whom_an_import_lists_still_comes_as_planned() {
    let mut school = school();
    school.ok(&["student", "add", "H4", "Dan", "--group", "G8", "--from", "2026-09-09"]);
    school.ok(&["student", "deactivate", "H3"]);
    school.ok(&["student", "edit", "H3", "--activate", "--from", "2026-09-09"]);
    school.at("2026-09-08T07:00:00+03:00");
    school.write("r.csv", "code,name,group\nH1,Ada,G7\nH2,Bob,G7\nH3,Cem,G8\nH4,Dan,G8\n");
    let said = school.session(&["student import r.csv -v", "student import r.csv -v"]);
    assert_eq!(said.matches("! 4 unchanged").count(), 2, "{said}");
    school.write("r.csv", "code,name,group\nH1,Ada,G7\nH2,Bob,G7\nH3,Cem,G7\nH4,Dan Lee,G8\n");
    school.ok(&["student", "import", "r.csv"]);
    school.at("2026-09-09T12:00:00+03:00");
    let none: [&str; 0] = [];
    assert_eq!(listed(&school, "2026-09-08"), none, "a student who has not come is not absent");
    assert_eq!(listed(&school, "2026-09-09"), ["H4"]);
    insta::assert_snapshot!(school.session(&["student show H3", "student show H4"]), @"
    $ attend student show H3
    H3 · Cem · G7

     FROM              UNTIL             GROUP
     always            7 Sep 2026 07:00  G8
     9 Sep 2026 00:00  further notice    G7
    $ attend student show H4
    H4 · Dan Lee · G8

     FROM              UNTIL           GROUP
     9 Sep 2026 00:00  further notice  G8
    ");
}

#[test]
fn an_import_from_earlier_today_takes_back_the_moves_of_another_import_since() {
    let mut school = School::new();
    let roll = |group: &str| format!("code,name,group\nA,Ada,{group}\nB,Ben,{group}\nC,Cem,{group}\n");
    school.at("2026-09-06T08:00:00+03:00");
    school.write("right.csv", roll("7A"));
    school.write("wrong.csv", roll("8A"));
    school.ok(&["student", "import", "right.csv"]);
    school.ok(&["student", "edit", "C", "--group", "+Chess"]);
    school.at("2026-09-07T12:00:00+03:00");
    school.ok(&["student", "import", "wrong.csv"]);
    school.at("2026-09-07T16:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "-v student import right.csv --from today --dry-run",
        "student import right.csv --from today --yes",
        "student show A",
        "student show C",
        "student import right.csv --from today",
    ]), @"
    $ attend -v student import right.csv --from today --dry-run
     CHANGE  CODE  NAME  GROUP        CHANGES
     update  A     Ada   7A
     update  B     Ben   7A
     update  C     Cem   7A,Chess
    ! 3 updated (dry run: nothing was changed)
    $ attend student import right.csv --from today --yes
    $ attend student show A
    A · Ada · 7A

     FROM    UNTIL           GROUP
     always  further notice  7A
    $ attend student show C
    C · Cem · 7A,Chess

     FROM              UNTIL             GROUP
     always            6 Sep 2026 08:00  7A
     6 Sep 2026 08:00  further notice    7A,Chess
    $ attend student import right.csv --from today
    ");
}

#[test]
fn an_import_without_groups_moves_nobody_back() {
    let mut school = School::new();
    school.at("2026-09-06T08:00:00+03:00");
    school.write("before.csv", "code,name,group\nA,Ada,7A\nB,Ben,7A\n");
    school.write("after.csv", "code,name,group\nA,Ada,8A\nB,Ben,8A\nC,Cem,8A\n");
    school.write("names.csv", "code,name\nA,Ada Karim\nB,Ben\nC,Cem\n");
    school.ok(&["student", "import", "before.csv"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T12:00:00+03:00");
    school.ok(&["student", "import", "after.csv"]);
    school.at("2026-09-07T16:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "-v student import names.csv --from today --yes",
        "student show A",
        "student show B",
    ]), @"
    $ attend -v student import names.csv --from today --yes
    ! 1 updated, 2 unchanged
    $ attend student show A
    A · Ada Karim · 8A

     FROM              UNTIL             GROUP
     always            7 Sep 2026 12:00  7A
     7 Sep 2026 12:00  further notice    8A
    $ attend student show B
    B · Ben · 8A

     FROM              UNTIL             GROUP
     always            7 Sep 2026 12:00  7A
     7 Sep 2026 12:00  further notice    8A
    ");
}
