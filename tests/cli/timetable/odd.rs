//! Odd days: `schedule move`, `add` and `day`, kept by `generate` and undone by `restore`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::harness::{School, seen, words};

/// The periods held on Tuesday 8 September.
fn tuesday(school: &School) -> String {
    let list = school.ok(&["schedule", "list", "--from", "2026-09-08", "--days", "1", "--format", "jsonl"]);
    let rows = list.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let told = rows.map(|row| {
        let time = |key: &str| row[key].as_str().unwrap()[11..16].to_owned();
        let state = row["state"].as_str().unwrap();
        let state = if state == "planned" { String::new() } else { format!(" {state}") };
        format!("{} {}-{}{state}", row["period"].as_str().unwrap(), time("starts_at"), time("ends_at"))
    });
    told.collect::<Vec<_>>().join(", ")
}

const USUAL: &str = "Assembly 08:00-08:15, Block 1 08:20-09:30, Block 2 09:35-10:20, Block 3 10:35-11:20";

#[test]
fn a_moved_period_is_kept_by_generate_and_restored() {
    let school = School::example();
    let moved = "Assembly 08:00-08:15, Block 1 08:20-09:30, Block 3 10:35-11:20, Block 2 12:00-12:45";
    insta::assert_snapshot!(school.session(&[
        "schedule move \"Block 2\" --date tomorrow --start 12:00 --end 12:45 --dry-run -v",
        "schedule move \"Block 2\" --date tomorrow --start 23:00 --end 00:15 --dry-run -v",
        "schedule move \"Block 2\" --start 12:00 --end 12:45",
        "schedule move \"Block 9\" --date tomorrow --start 12:00 --end 12:45",
    ]), @r#"
    $ attend schedule move "Block 2" --date tomorrow --start 12:00 --end 12:45 --dry-run -v
     ACTION  DATE            PERIOD   STARTS  ENDS
     update  Tue 8 Sep 2026  Block 2  12:00   12:45  moved to 12:00–12:45
    ! 1 updated
    ! dry run: nothing was changed
    $ attend schedule move "Block 2" --date tomorrow --start 23:00 --end 00:15 --dry-run -v
     ACTION  DATE            PERIOD   STARTS  ENDS
     update  Tue 8 Sep 2026  Block 2  23:00   00:15  moved to 23:00–00:15 of the next day
    ! 00:15 is on the next day
    ! 1 updated
    ! dry run: nothing was changed
    $ attend schedule move "Block 2" --start 12:00 --end 12:45
    ! attend: Block 2 on 2026-09-07 has already begun
    ! hint: attend schedule cancel "Block 2" --date 2026-09-07 --reason REASON
    [1]
    $ attend schedule move "Block 9" --date tomorrow --start 12:00 --end 12:45
    ! attend: no occurrence on 2026-09-08 of the period "Block 9"
    ! hint: did you mean "Block 3"? (attend schedule list --from 2026-09-08 --days 1)
    [1]
    "#);
    assert_eq!(tuesday(&school), USUAL, "nothing was changed yet");
    school.ok(&["schedule", "move", "Block 2", "--date", "tomorrow", "--start", "12:00", "--end", "12:45"]);
    school.ok(&["schedule", "generate"]);
    school.ok(&["period", "edit", "Block 2", "--end", "10:25"]);
    school.ok(&["schedule", "generate"]);
    assert_eq!(tuesday(&school), moved);
    school.ok(&["schedule", "restore", "Block 2", "--date", "tomorrow"]);
    assert_eq!(tuesday(&school), USUAL.replace("10:20", "10:25"), "as the period says now");
    insta::assert_snapshot!(school.session(&["audit --limit 2 --format csv"]), @r#"
    $ attend audit --limit 2 --format csv
    id,at,by,action,student,detail␍
    11,2026-09-07T09:59:12+03:00,admin,schedule restore,,2026-09-08: 1 changed␍
    10,2026-09-07T09:59:12+03:00,admin,schedule generate,,"2026-09-07..2026-09-13: 0 created, 3 updated, 0 removed"␍
    "#);
}

#[test]
fn an_extra_occurrence_and_another_days_timetable_are_taken_back_together() {
    let school = School::example();
    school.ok(&["period", "add", "Club", "--start", "15:00", "--end", "16:00", "--days", "wed"]);
    school.ok(&["period", "edit", "Block 3", "--days", "sun,mon,tue,thu"]);
    school.ok(&["schedule", "generate"]);
    insta::assert_snapshot!(school.session(&[
        "schedule day 2026-09-08 --like wed --dry-run",
        "schedule day 2026-09-08 --like wed -v",
        "schedule add \"Maths exam\" --date 2026-09-08 --start 13:00 --end 15:00 --groups G7 -v",
        "schedule add \"maths exam\" --date 2026-09-08 --start 13:00 --end 15:00",
        "schedule day 2026-09-08 --like wednesday",
    ]), @r#"
    $ attend schedule day 2026-09-08 --like wed --dry-run
     ACTION  DATE            PERIOD   STARTS  ENDS
     update  Tue 8 Sep 2026  Block 3  10:35   11:20  cancelled: as on Wed
     create  Tue 8 Sep 2026  Club     15:00   16:00  as on Wed
    $ attend schedule day 2026-09-08 --like wed -v
    ! 1 created, 1 updated
    $ attend schedule add "Maths exam" --date 2026-09-08 --start 13:00 --end 15:00 --groups G7 -v
    ! 1 created
    $ attend schedule add "maths exam" --date 2026-09-08 --start 13:00 --end 15:00
    ! attend: maths exam on 2026-09-08 is scheduled already
    ! hint: attend schedule move "maths exam" --date 2026-09-08 --start HH:MM --end HH:MM
    [1]
    $ attend schedule day 2026-09-08 --like wednesday
    ! error: invalid value 'wednesday' for '--like <DAY>': "wednesday" is not a day of the week
    ! hint: write mon, tue, wed, thu, fri, sat or sun
    !
    ! For more information, try '--help'.
    [2]
    "#);
    school.ok(&["schedule", "generate"]);
    let odd = "Assembly 08:00-08:15, Block 1 08:20-09:30, Block 2 09:35-10:20, Block 3 10:35-11:20 cancelled, \
               Maths exam 13:00-15:00, Club 15:00-16:00";
    assert_eq!(tuesday(&school), odd);
    school.ok(&["schedule", "restore", "--date", "2026-09-08"]);
    school.ok(&["schedule", "generate"]);
    assert_eq!(tuesday(&school), USUAL);
}

#[test]
fn half_a_day_ends_early_and_leaves_what_has_begun_alone() {
    let mut school = School::example();
    insta::assert_snapshot!(school.session(&[
        "schedule day tomorrow --until 09:50 --dry-run",
        "schedule day tomorrow --until 09:50",
    ]), @r#"
    $ attend schedule day tomorrow --until 09:50 --dry-run
     ACTION  DATE            PERIOD   STARTS  ENDS
     update  Tue 8 Sep 2026  Block 2  09:35   09:50  school ends at 09:50
     update  Tue 8 Sep 2026  Block 3  10:35   11:20  cancelled: school ends at 09:50
    $ attend schedule day tomorrow --until 09:50
    "#);
    let half =
        "Assembly 08:00-08:15, Block 1 08:20-09:30, Block 2 09:35-09:50, Block 3 10:35-11:20 cancelled";
    assert_eq!(tuesday(&school), half);
    school.ok(&["schedule", "restore", "--date", "tomorrow"]);
    assert_eq!(tuesday(&school), USUAL);
    school.at("2026-09-08T09:40:00+03:00");
    insta::assert_snapshot!(school.session(&["schedule day today --until 09:50 -v"]), @r#"
    $ attend schedule day today --until 09:50 -v
    ! 1 updated, 1 skipped: kept: it has already begun
    "#);
    assert_eq!(tuesday(&school), USUAL.replace("11:20", "11:20 cancelled"));
}

#[test]
fn a_day_that_ends_later_after_all_holds_its_lessons_again() {
    let school = School::example();
    let until = |time: &str| school.ok(&["schedule", "day", "2026-09-08", "--until", time]);
    school.ok(&[
        "schedule",
        "move",
        "Assembly",
        "--date",
        "2026-09-08",
        "--start",
        "08:00",
        "--end",
        "08:10",
    ]);
    school.ok(&["schedule", "cancel", "Block 2", "--date", "2026-09-08", "--reason", "ill"]);
    // The lesson that is cut short is the last one held, so that nothing else tells of the end.
    let day = "Assembly 08:00-08:10, Block 1 08:20-09:30, Block 2 09:35-10:20 cancelled, Block 3 10:35-11:20";
    until("09:00");
    let short = day.replace("08:20-09:30", "08:20-09:00").replace("11:20", "11:20 cancelled");
    assert_eq!(tuesday(&school), short);
    until("09:15");
    assert_eq!(tuesday(&school), short.replace("09:00", "09:15"));
    until("11:00");
    assert_eq!(tuesday(&school), day.replace("11:20", "11:00"));
    until("10:00");
    assert_eq!(tuesday(&school), day.replace("11:20", "11:20 cancelled"));
    until("12:00");
    assert_eq!(tuesday(&school), day);
    // A lesson that is whole again follows its period.
    school.ok(&["period", "edit", "Block 3", "--end", "11:15"]);
    school.ok(&["schedule", "generate"]);
    assert_eq!(tuesday(&school), day.replace("11:20", "11:15"));
}

#[test]
fn an_end_of_school_undoes_no_other_change_of_its_date() {
    for (change, usual, later) in [
        // Moved lessons are held as they were moved.
        (&["move", "Block 3", "--start", "11:00", "--end", "11:45"][..], "11:00-11:45", "11:00-11:45"),
        (&["move", "Block 3", "--start", "10:35", "--end", "11:00"], "10:35-11:00", "10:35-11:00"),
        // A lesson that a person cancelled stays cancelled, whatever the reason says.
        (
            &["cancel", "Block 3", "--reason", "school ends at noon"],
            "10:35-11:20 cancelled",
            "10:35-11:20 cancelled",
        ),
    ] {
        let school = School::example();
        let run = |args: &[&str]| {
            let args: Vec<&str> = ["schedule"].iter().chain(args).copied().collect();
            school.ok(&[&args[..], &["--date", "2026-09-08"]].concat());
        };
        let until = |time: &str| school.ok(&["schedule", "day", "2026-09-08", "--until", time]);
        run(change);
        assert!(tuesday(&school).ends_with(usual), "{change:?}: {}", tuesday(&school));
        until("12:00");
        assert!(tuesday(&school).ends_with(usual), "{change:?}: {}", tuesday(&school));
        until("09:50");
        until("10:00");
        assert!(tuesday(&school).contains("09:35-10:00"), "{change:?}: {}", tuesday(&school));
        until("12:00");
        assert!(tuesday(&school).ends_with(later), "{change:?}: {}", tuesday(&school));
        assert!(tuesday(&school).contains("Block 2 09:35-10:20"), "{change:?}: {}", tuesday(&school));
    }
    let school = School::example();
    let until = |time: &str| school.ok(&["schedule", "day", "2026-09-08", "--until", time]);
    school.ok(&["schedule", "add", "Choir", "--date", "2026-09-08", "--start", "11:30", "--end", "12:00"]);
    until("09:50");
    until("10:00");
    assert!(
        school
            .ok(&["schedule", "list", "--from", "2026-09-08", "--days", "1"])
            .contains("school ends at 10:00")
    );
    until("11:50");
    assert!(tuesday(&school).ends_with("Block 3 10:35-11:20, Choir 11:30-11:50"), "{}", tuesday(&school));
    school.ok(&["schedule", "restore", "--date", "2026-09-08"]);
    assert_eq!(tuesday(&school), USUAL);
}

#[test]
fn lessons_of_another_weekday_go_with_the_restore_also_if_school_ended_early() {
    let school = School::example();
    school.ok(&["period", "add", "Club", "--start", "11:30", "--end", "12:30", "--days", "wed"]);
    school.ok(&["schedule", "generate"]);
    let usual = tuesday(&school);
    school.ok(&["schedule", "day", "2026-09-08", "--like", "wed"]);
    school.ok(&["schedule", "move", "Club", "--date", "2026-09-08", "--start", "11:40", "--end", "12:40"]);
    school.ok(&["schedule", "day", "2026-09-08", "--until", "12:00"]);
    assert!(tuesday(&school).ends_with("Club 11:40-12:00"), "{}", tuesday(&school));
    school.ok(&["schedule", "restore", "--date", "2026-09-08"]);
    assert_eq!(tuesday(&school), usual);
}

#[test]
fn a_date_that_is_not_scheduled_yet_is_scheduled_first_and_a_closed_one_refused() {
    let school = School::example();
    school.ok(&["schedule", "close", "2026-12-02", "--reason", "Founders' day"]);
    insta::assert_snapshot!(school.session(&[
        "schedule move Assembly --date 2026-12-01 --start 08:30 --end 08:45",
        "schedule list --from 2026-12-01 --days 1",
        "schedule day 2026-12-02 --until 12:00",
        "schedule restore --date 2026-12-03 -v",
    ]), @"
    $ attend schedule move Assembly --date 2026-12-01 --start 08:30 --end 08:45
    ! 2026-12-01 now follows the weekly periods, too: Block 1, Block 2, Block 3
    $ attend schedule list --from 2026-12-01 --days 1
    Closed 2026-12-02: Founders' day

     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Tue 1 Dec 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Tue 1 Dec 2026  Assembly  08:30   08:45  08:25  08:45   planned
     Tue 1 Dec 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Tue 1 Dec 2026  Block 3   10:35   11:20  10:30  11:20   planned
    $ attend schedule day 2026-12-02 --until 12:00
    ! attend: 2026-12-02 is closed: Founders' day
    ! hint: attend schedule open 2026-12-02
    [1]
    $ attend schedule restore --date 2026-12-03 -v
    ! nothing to do
    ");
}

#[test]
fn a_lesson_of_one_night_ends_on_the_next_day() {
    let mut school = School::example();
    school.ok(&["schedule", "move", "Block 3", "--date", "2026-09-08", "--start", "22:30", "--end", "00:15"]);
    school.ok(&["schedule", "add", "Stars", "--date", "2026-09-08", "--start", "00:30", "--end", "00:30"]);
    school.ok(&["schedule", "add", "Comet", "--date", "2026-09-08", "--start", "23:59", "--end", "00:29"]);
    let nights = "Stars 00:30-00:30, Assembly 08:00-08:15, Block 1 08:20-09:30, Block 2 09:35-10:20, \
                  Block 3 22:30-00:15, Comet 23:59-00:29";
    school.ok(&["schedule", "generate"]);
    assert_eq!(tuesday(&school), nights);
    for name in ["Stars", "Comet"] {
        school.ok(&["schedule", "cancel", name, "--date", "2026-09-08", "--reason", "clouds"]);
    }
    school.at("2026-09-09T02:00:00+03:00");
    let ack = school.ingest(seen("H000101", 0.9, "2026-09-09T00:10:00+03:00", "gate-1"));
    assert_eq!(ack[0]["period"], "Block 3");
}

#[test]
fn an_hour_that_the_clocks_skip_holds_no_lesson() {
    let mut school = School::empty();
    school.at("2026-03-23T12:00:00+01:00");
    school.ok(&["init", "--timezone", "Europe/Stockholm"]);
    insta::assert_snapshot!(school.session(&[
        "schedule add Exam --date 2026-03-29 --start 02:10 --end 02:50",
        "schedule add Exam --date 2026-03-28 --start 23:00 --end 02:50",
        "schedule list --from 2026-03-28 --days 1",
    ]), @"
    $ attend schedule add Exam --date 2026-03-29 --start 02:10 --end 02:50
    ! attend: 02:10–02:50 on 2026-03-29 cannot be held: it falls wholly into the hour that the clocks skip
    ! hint: write other times with --start and --end
    [1]
    $ attend schedule add Exam --date 2026-03-28 --start 23:00 --end 02:50
    $ attend schedule list --from 2026-03-28 --days 1
     DATE             PERIOD  STARTS  ENDS   OPENS  CLOSES  STATE
     Sat 28 Mar 2026  Exam    23:00   03:00  22:55  03:10   planned
    ");
}

/// Every occurrence of the week from Monday 7 September, by date and name.
fn week(school: &School) -> BTreeMap<(String, String), Value> {
    let list = school.ok(&["schedule", "list", "--from", "2026-09-07", "--days", "40", "--format", "jsonl"]);
    let rows = list.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
    let key = |row: &Value| ["date", "period"].map(|key| row[key].as_str().unwrap().to_owned());
    rows.map(|row| (key(&row).into(), row)).collect()
}

#[test]
fn the_plan_of_every_change_of_the_schedule_is_its_effect() {
    for command in [
        "schedule generate --days 3",
        "schedule move \"Block 3\" --date today --start 14:00 --end 15:00",
        "schedule move \"Block 2\" --date tomorrow --start 12:00 --end 12:45",
        "schedule move Club --date tomorrow --start 12:00 --end 12:45",
        "schedule move \"Block 2\" --date 2026-10-01 --start 12:00 --end 12:45",
        "schedule add Exam --date today --start 13:00 --end 15:00",
        "schedule add Exam --date tomorrow --start 13:00 --end 15:00",
        "schedule add Exam --date 2026-10-01 --start 13:00 --end 15:00",
        "schedule day tomorrow --until 09:00",
        "schedule day today --until 10:30",
        "schedule day 2026-10-01 --until 09:00",
        "schedule day tomorrow --like fri",
        "schedule day 2026-10-02 --like mon",
        "schedule restore --date 2026-09-09",
        "schedule restore \"Block 1\" --date 2026-09-09",
        "schedule restore --date 2026-09-10",
        "schedule restore --date today",
        "schedule restore \"Block 1\"",
    ] {
        let school = School::example();
        school.ok(&["schedule", "cancel", "Block 1", "--reason", "by mistake", "--yes"]);
        school.ok(&[
            "schedule",
            "move",
            "Block 1",
            "--date",
            "2026-09-09",
            "--start",
            "08:30",
            "--end",
            "09:30",
        ]);
        school.ok(&["schedule", "day", "2026-09-10", "--until", "09:00"]);
        // Edits that the next run of generate would follow.
        school.ok(&["period", "edit", "Assembly", "--start", "07:30", "--end", "07:45"]);
        school.ok(&["period", "edit", "Block 2", "--start", "13:00", "--end", "13:45"]);
        school.ok(&["period", "add", "Club", "--start", "15:00", "--end", "16:00", "--days", "daily"]);
        school.ok(&["period", "disable", "Block 3"]);
        let args = words(command);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let before = week(&school);
        let plan = school.ok(&[&args[..], &["--dry-run", "--format", "jsonl"]].concat());
        assert_eq!(week(&school), before, "{command} --dry-run");
        let mut planned = before.clone();
        for step in plan.lines().map(|step| serde_json::from_str::<Value>(step).unwrap()) {
            let key = ["date", "period"].map(|key| step[key].as_str().unwrap().to_owned()).into();
            let state = match step["reason"].as_str() {
                Some(reason) if reason.starts_with("cancelled: ") => "cancelled",
                _ => "planned",
            };
            match step["action"].as_str().unwrap() {
                "remove" => drop(planned.remove(&key)),
                "create" | "update" => drop(planned.insert(
                    key,
                    json!({"starts_at": step["starts_at"], "ends_at": step["ends_at"], "state": state}),
                )),
                _ => {}
            }
        }
        school.ok(&[&args[..], &["--yes"]].concat());
        let told = |row: &Value| ["starts_at", "ends_at", "state"].map(|key| row[key].clone());
        let told = |week: BTreeMap<_, Value>| {
            week.into_iter().map(|(key, row)| (key, told(&row))).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(told(week(&school)), told(planned), "{command}");
    }
}

#[test]
fn pending_edits_of_other_periods_stay_pending() {
    let school = School::example();
    school.ok(&["period", "edit", "Block 2", "--start", "13:00", "--end", "13:45"]);
    school.ok(&["period", "add", "Club", "--start", "15:00", "--end", "16:00", "--days", "daily"]);
    school.ok(&["period", "disable", "Block 3"]);
    school.ok(&["schedule", "move", "Assembly", "--date", "tomorrow", "--start", "07:30", "--end", "07:45"]);
    school.ok(&["schedule", "add", "Exam", "--date", "tomorrow", "--start", "12:00", "--end", "12:30"]);
    let other = USUAL.replace("Assembly 08:00-08:15", "Assembly 07:30-07:45");
    assert_eq!(tuesday(&school), format!("{other}, Exam 12:00-12:30"));
    insta::assert_snapshot!(school.session(&[
        "schedule add club --date tomorrow --start 12:00 --end 12:30",
        "schedule day tomorrow --until 12:15 --dry-run",
    ]), @r#"
    $ attend schedule add club --date tomorrow --start 12:00 --end 12:30
    ! attend: club on 2026-09-08 is scheduled already
    ! hint: attend schedule move "club" --date 2026-09-08 --start HH:MM --end HH:MM
    [1]
    $ attend schedule day tomorrow --until 12:15 --dry-run
     ACTION  DATE            PERIOD   STARTS  ENDS
     remove  Tue 8 Sep 2026  Block 3  10:35   11:20  the period is disabled
     update  Tue 8 Sep 2026  Exam     12:00   12:15  school ends at 12:15
     update  Tue 8 Sep 2026  Block 2  13:00   13:45  cancelled: school ends at 12:15
     create  Tue 8 Sep 2026  Club     15:00   16:00  cancelled: school ends at 12:15
    "#);
    school.ok(&["schedule", "generate", "--days", "2"]);
    let planned =
        "Assembly 07:30-07:45, Block 1 08:20-09:30, Exam 12:00-12:30, Block 2 13:00-13:45, Club 15:00-16:00";
    assert_eq!(tuesday(&school), planned);
}

#[test]
fn a_cancelled_addition_is_held_after_all_and_goes_with_the_next_restore() {
    let school = School::example();
    school.ok(&["schedule", "add", "Exam", "--date", "tomorrow", "--start", "12:00", "--end", "12:30"]);
    school.ok(&["schedule", "cancel", "Exam", "--date", "tomorrow", "--reason", "moved"]);
    assert_eq!(tuesday(&school), format!("{USUAL}, Exam 12:00-12:30 cancelled"));
    school.ok(&["schedule", "restore", "Exam", "--date", "tomorrow"]);
    assert_eq!(tuesday(&school), format!("{USUAL}, Exam 12:00-12:30"));
    school.ok(&["schedule", "restore", "Exam", "--date", "tomorrow"]);
    assert_eq!(tuesday(&school), USUAL);
}

#[test]
fn cancelled_periods_of_today_are_held_after_all() {
    let school = School::example();
    for period in ["Assembly", "Block 2", "Block 3"] {
        school.ok(&["schedule", "cancel", period, "--reason", "by mistake", "--yes"]);
    }
    insta::assert_snapshot!(school.session(&[
        "schedule restore --date today",
        "schedule restore --date today --dry-run",
        "schedule restore --date today --yes -v",
        "schedule list --days 1",
        "schedule restore --date today",
        "audit --limit 1 --format csv",
    ]), @"
    $ attend schedule restore --date today
    ! 2026-09-07 Assembly: 5 not listed → unknown (H000101, H000102, H000123, …)
    ! 2026-09-07 Block 2: 5 not listed → unknown (H000101, H000102, H000123, …)
    ! attend: not done: this would change 10 rows of 2 registers: 10 not listed → unknown
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend schedule restore --date today --dry-run
     ACTION  DATE            PERIOD    STARTS  ENDS
     update  Mon 7 Sep 2026  Assembly  08:00   08:15  held after all
     update  Mon 7 Sep 2026  Block 2   09:35   10:20  held after all
     update  Mon 7 Sep 2026  Block 3   10:35   11:20  as the period says
    ! 2026-09-07 Assembly: 5 not listed → unknown (H000101, H000102, H000123, …)
    ! 2026-09-07 Block 2: 5 not listed → unknown (H000101, H000102, H000123, …)
    $ attend schedule restore --date today --yes -v
    ! changed 10 rows of 2 registers: 10 not listed → unknown
    ! 3 updated
    $ attend schedule list --days 1
     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Mon 7 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Mon 7 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Mon 7 Sep 2026  Block 3   10:35   11:20  10:30  11:20   planned
    $ attend schedule restore --date today
    ! nothing to do
    $ attend audit --limit 1 --format csv
    id,at,by,action,student,detail␍
    11,2026-09-07T09:59:12+03:00,admin,schedule restore,,2026-09-07: 3 changed; changed 10 rows of 2 registers: 10 not listed → unknown␍
    ");
}

#[test]
fn a_name_that_is_taken_on_the_date_stays_with_what_has_it() {
    let school = School::example();
    school.ok(&["period", "add", "Club", "--start", "15:00", "--end", "16:00", "--days", "wed"]);
    school.ok(&["schedule", "add", "club", "--date", "tomorrow", "--start", "12:00", "--end", "12:30"]);
    school.ok(&["schedule", "add", "Choir", "--date", "tomorrow", "--start", "13:00", "--end", "13:30"]);
    school.ok(&["schedule", "cancel", "Block 3", "--date", "tomorrow", "--reason", "trip"]);
    school.ok(&["period", "edit", "Block 3", "--name", "Choir"]);
    insta::assert_snapshot!(school.session(&["schedule day tomorrow --like wed -v"]), @"
    $ attend schedule day tomorrow --like wed -v
    ! 2 updated, 1 skipped: another occurrence of that day has this name
    ");
    school.ok(&["schedule", "cancel", "Block 2", "--date", "tomorrow", "--reason", "trip"]);
    school.ok(&["schedule", "restore", "--date", "tomorrow"]);
    assert_eq!(tuesday(&school), USUAL, "Choir was taken, so Block 3 keeps its name; what was added is gone");
    school.ok(&["schedule", "generate", "--days", "2"]);
    assert_eq!(tuesday(&school), USUAL.replace("Block 3", "Choir"));
}
