//! Marks of many students, periods and dates in one act, and excuses for spans of time.

use crate::common::harness::{School, seen};

#[test]
fn a_whole_day_of_one_student_is_one_command() {
    let mut school = School::example();
    school.at("2026-09-08T15:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "mark H000123 absent --all-day --date yesterday --dry-run",
        "mark H000123 absent --all-day --date yesterday --reason ill",
        "mark H000123 absent --all-day --date yesterday --reason ill --yes -v",
        "mark H000123 absent --all-day --date yesterday --reason ill --yes -v",
        "export records --date yesterday --status absent --columns date,period,student,marked_by,reason --dialect plain",
        "audit --format csv --limit 1",
        "unmark H000123 --all-day --date yesterday --yes -v",
        "audit --format csv --limit 1",
    ]), @"
    $ attend mark H000123 absent --all-day --date yesterday --dry-run
     DATE            PERIOD    CODE     NAME       NOW      THEN
     Mon 7 Sep 2026  Assembly  H000123  Ada Karim  unknown  absent
     Mon 7 Sep 2026  Block 1   H000123  Ada Karim  unknown  absent
     Mon 7 Sep 2026  Block 2   H000123  Ada Karim  unknown  absent
     Mon 7 Sep 2026  Block 3   H000123  Ada Karim  unknown  absent
    $ attend mark H000123 absent --all-day --date yesterday --reason ill
    ! 2026-09-07 Assembly: 1 unknown → absent (H000123)
    ! 2026-09-07 Block 1: 1 unknown → absent (H000123)
    ! 2026-09-07 Block 2: 1 unknown → absent (H000123)
    ! 2026-09-07 Block 3: 1 unknown → absent (H000123)
    ! attend: not done: this would change 4 rows of 4 registers: 4 unknown → absent
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark H000123 absent --all-day --date yesterday --reason ill --yes -v
    ! H000123 absent in Assembly on 2026-09-07
    ! H000123 absent in Block 1 on 2026-09-07
    ! H000123 absent in Block 2 on 2026-09-07
    ! H000123 absent in Block 3 on 2026-09-07
    $ attend mark H000123 absent --all-day --date yesterday --reason ill --yes -v
    $ attend export records --date yesterday --status absent --columns date,period,student,marked_by,reason --dialect plain
    date,period,student,marked_by,reason␍
    2026-09-07,Assembly,H000123,admin,ill␍
    2026-09-07,Block 1,H000123,admin,ill␍
    2026-09-07,Block 2,H000123,admin,ill␍
    2026-09-07,Block 3,H000123,admin,ill␍
    $ attend audit --format csv --limit 1
    id,at,by,action,student,detail␍
    9,2026-09-08T15:00:00+03:00,admin,export records,,2026-09-07 as csv to standard output␍
    $ attend unmark H000123 --all-day --date yesterday --yes -v
    ! H000123 unmarked in Assembly on 2026-09-07
    ! H000123 unmarked in Block 1 on 2026-09-07
    ! H000123 unmarked in Block 2 on 2026-09-07
    ! H000123 unmarked in Block 3 on 2026-09-07
    $ attend audit --format csv --limit 1
    id,at,by,action,student,detail␍
    10,2026-09-08T15:00:00+03:00,admin,unmark,H000123,unmarked in 4 rows of 4 registers on 2026-09-07␍
    ");
}

#[test]
fn a_class_and_a_list_are_marked_together() {
    let school = School::example();
    school.write("trip.txt", "# the museum\nH000101\n\nH000140\n");
    insta::assert_snapshot!(school.session(&[
        "mark present --group G* --period \"Block 1\"",
        "mark present --group G* --period \"Block 1\" --yes -v",
        "unmark H000101 H000102 --period \"Block 1\"",
        "mark absent --from-file trip.txt --period Assembly --period \"Block 1\" --dry-run",
        "mark present --group G9 --period Assembly",
        "mark present --period Assembly",
        "mark H000123 late --minutes 12 -v",
        "mark H000101 late",
        "mark H000101 present --minutes 3",
        "roster now",
    ]), @r#"
    $ attend mark present --group G* --period "Block 1"
    ! 2026-09-07 Block 1: 5 unknown → present (H000101, H000102, H000123, …)
    ! attend: not done: this would change 5 rows of 1 register: 5 unknown → present
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark present --group G* --period "Block 1" --yes -v
    ! H000101 present in Block 1 on 2026-09-07
    ! H000102 present in Block 1 on 2026-09-07
    ! H000123 present in Block 1 on 2026-09-07
    ! H000140 present in Block 1 on 2026-09-07
    ! H000177 present in Block 1 on 2026-09-07
    $ attend unmark H000101 H000102 --period "Block 1"
    ! 2026-09-07 Block 1: 2 present → unknown (H000101, H000102)
    ! attend: not done: this would change 2 rows of 1 register: 2 present → unknown
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark absent --from-file trip.txt --period Assembly --period "Block 1" --dry-run
     DATE            PERIOD    CODE     NAME        NOW      THEN
     Mon 7 Sep 2026  Assembly  H000101  Zoë O'Neil  unknown  absent
     Mon 7 Sep 2026  Assembly  H000140  王小明      unknown  absent
     Mon 7 Sep 2026  Block 1   H000101  Zoë O'Neil  present  absent
     Mon 7 Sep 2026  Block 1   H000140  王小明      present  absent
    $ attend mark present --group G9 --period Assembly
    ! no student is in group "G9": groups are G7, G8
    ! attend: no student is in that group then
    ! hint: attend student list
    [1]
    $ attend mark present --period Assembly
    ! attend: no student is named
    ! hint: name students by code, with --group or with --from-file
    [2]
    $ attend mark H000123 late --minutes 12 -v
    ! H000123 late in Block 2 on 2026-09-07
    $ attend mark H000101 late
    $ attend mark H000101 present --minutes 3
    ! attend: --minutes goes with the mark late
    ! hint: attend mark --help
    [2]
    $ attend roster now
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    2/5 present · 2 late · 3 unknown · 0 absent
    unknown: no camera on duty 09:30–09:59

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ◌ unknown
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
     H000101  Zoë O'Neil   G7     ✓ late                                        admin
     H000123  Ada Karim    G7     ✓ late 12 min                                 admin
    "#);
    insta::assert_snapshot!(school.session_with("mark excused --from-file - --period Assembly -v", "H000102\n"), @r#"
    $ attend mark excused --from-file - --period Assembly -v
    ! H000102 excused in Assembly on 2026-09-07
    "#);
    assert_eq!(
        school.feed(&["mark", "present", "--from-file", "-"], "\n").status.code(),
        Some(65),
        "an empty list"
    );
}

#[test]
fn late_without_minutes_takes_those_of_the_cameras() {
    let school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:41:30+03:00", "gate-1"));
    school.ok(&["mark", "H000101", "H000102", "late", "--yes"]);
    let rows = school.records("2026-09-07", "2026-09-07");
    let late: Vec<_> =
        rows.iter().filter(|row| row["status"] == "present").map(|row| &row["minutes_late"]).collect();
    assert_eq!(late, [&serde_json::json!(6), &serde_json::Value::Null]);
    assert!(school.ok(&["roster", "now"]).contains("2/5 present · 2 late"));
}

#[test]
fn another_reason_for_an_excuse_changes_rows_and_is_shown_first() {
    let school = School::example();
    school.ok(&["mark", "H000101", "excused", "--date", "today", "--reason", "flu", "--yes"]);
    insta::assert_snapshot!(school.session(&[
        "mark H000101 excused --date today --reason trip --by ms-lee",
        "mark H000101 excused --date today --reason trip --by ms-lee --dry-run --format csv",
        "mark H000101 excused --date today --reason flu --by ms-lee",
    ]), @r#"
    $ attend mark H000101 excused --date today --reason trip --by ms-lee
    ! 2026-09-07 Assembly: 1 excused with other details (H000101)
    ! 2026-09-07 Block 1: 1 excused with other details (H000101)
    ! 2026-09-07 Block 2: 1 excused with other details (H000101)
    ! attend: not done: this would change 3 rows of 3 registers: 3 excused with other details
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark H000101 excused --date today --reason trip --by ms-lee --dry-run --format csv
    date,period,student,name,status_before,status_after,marked␍
    2026-09-07,Assembly,H000101,Zoë O'Neil,excused,excused,false␍
    2026-09-07,Block 1,H000101,Zoë O'Neil,excused,excused,false␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,excused,excused,false␍
    2026-09-07,Block 3,H000101,Zoë O'Neil,excused,excused,false␍
    $ attend mark H000101 excused --date today --reason flu --by ms-lee
    "#);
    let reasons = |school: &School| -> Vec<String> {
        let rows = school.records("2026-09-07", "2026-09-07");
        let own = rows.iter().filter(|row| row["student"] == "H000101");
        own.map(|row| format!("{} {}", row["reason"], row["marked_by"])).collect()
    };
    assert!(reasons(&school).iter().all(|reason| reason == "\"flu\" \"admin\""), "{:?}", reasons(&school));
    school.ok(&[
        "mark", "H000101", "excused", "--date", "today", "--reason", "trip", "--by", "ms-lee", "--yes",
    ]);
    assert!(reasons(&school).iter().all(|reason| reason == "\"trip\" \"ms-lee\""), "{:?}", reasons(&school));
}

#[test]
fn an_excuse_works_ahead_of_the_schedule_and_ends_when_it_is_taken_back() {
    let mut school = School::example();
    insta::assert_snapshot!(school.session(&[
        "mark H000123 excused --date 2026-09-20..2026-09-22 --reason flu -v",
        "mark H000140 excused --date tomorrow --between 09:00..10:00 --reason dentist -v",
        "mark H000177 excused --period \"Block 2\" --date 2026-09-20 --reason exam -v",
        "mark list --ahead",
        "unmark H000123 --date 2026-09-21 -v",
        "mark list --ahead",
        "mark list --date 2026-09-21",
    ]), @r#"
    $ attend mark H000123 excused --date 2026-09-20..2026-09-22 --reason flu -v
    ! H000123 excused 2026-09-20..2026-09-22
    $ attend mark H000140 excused --date tomorrow --between 09:00..10:00 --reason dentist -v
    ! H000140 excused 2026-09-08 09:00–10:00
    $ attend mark H000177 excused --period "Block 2" --date 2026-09-20 --reason exam -v
    ! H000177 excused 2026-09-20 09:35–10:20
    $ attend mark list --ahead
     WHEN                    PERIOD  CODE     NAME         MARK     BY     REASON
     2026-09-08 09:00–10:00          H000140  王小明       excused  admin  dentist
     2026-09-20..2026-09-22          H000123  Ada Karim    excused  admin  flu
     2026-09-20 09:35–10:20          H000177  Omar Haddad  excused  admin  exam
    $ attend unmark H000123 --date 2026-09-21 -v
    ! H000123 excused 2026-09-20..2026-09-22: 2026-09-20 and 2026-09-22 is left of it
    $ attend mark list --ahead
     WHEN                    PERIOD  CODE     NAME         MARK     BY     REASON
     2026-09-08 09:00–10:00          H000140  王小明       excused  admin  dentist
     2026-09-20                      H000123  Ada Karim    excused  admin  flu
     2026-09-20 09:35–10:20          H000177  Omar Haddad  excused  admin  exam
     2026-09-22                      H000123  Ada Karim    excused  admin  flu
    $ attend mark list --date 2026-09-21
    Nothing is marked then: attend mark list --ahead
    "#);
    school.at("2026-09-20T18:00:00+03:00");
    school.ok(&["schedule", "generate", "--from", "2026-09-20", "--days", "3", "--yes"]);
    insta::assert_snapshot!(school.session(&[
        "roster show --date 2026-09-20 --period \"Block 2\"",
        "roster show --date 2026-09-21 --period \"Block 2\" --group G7",
        "roster show --date 2026-09-08 --period \"Block 1\" --group G8",
        "roster show --date 2026-09-08 --period \"Block 3\" --group G8",
        "history H000123 --date 2026-09-21",
        "summary --date 2026-09-20 --format csv",
    ]), @r#"
    $ attend roster show --date 2026-09-20 --period "Block 2"
    Block 2 · Sun 20 Sep · 09:35–10:20   over
    0/5 present · 2 excused · 3 unknown · 0 absent
    unknown: no camera on duty 09:30–10:20

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000101  Zoë O'Neil   G7     ◌ unknown
     H000102  ژیان ئەحمەد  G7     ◌ unknown
     H000140  王小明       G8     ◌ unknown
     H000123  Ada Karim    G7     – excused                                     admin: flu
     H000177  Omar Haddad  G8     – excused                                     admin: exam
    $ attend roster show --date 2026-09-21 --period "Block 2" --group G7
    Block 2 · Mon 21 Sep · 09:35–10:20   begins in 15 h 35 min
    0/3 present · 3 not yet seen · 0 absent

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000101  Zoë O'Neil   G7     · not yet seen
     H000102  ژیان ئەحمەد  G7     · not yet seen
     H000123  Ada Karim    G7     · not yet seen
    $ attend roster show --date 2026-09-08 --period "Block 1" --group G8
    Block 1 · Tue 8 Sep · 08:20–09:30   over
    0/2 present · 1 excused · 1 unknown · 0 absent
    unknown: no camera on duty 08:15–09:30

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000177  Omar Haddad  G8     ◌ unknown
     H000140  王小明       G8     – excused                                     admin: dentist
    $ attend roster show --date 2026-09-08 --period "Block 3" --group G8
    Block 3 · Tue 8 Sep · 10:35–11:20   over
    0/2 present · 2 unknown · 0 absent
    unknown: no camera on duty 10:30–11:20

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000140  王小明       G8     ◌ unknown
     H000177  Omar Haddad  G8     ◌ unknown
    $ attend history H000123 --date 2026-09-21
    H000123 · Ada Karim · G7 · Mon 21 Sep 2026
    Assembly  · not yet seen
    Block 1  · not yet seen
    Block 2  · not yet seen
    Block 3  · not yet seen

     TIME         WHAT        PERIOD  CAMERA  SCORE  EFFECT                  BY     REASON
     7 Sep 09:59  excused                            2026-09-20..2026-09-22  admin  flu
     7 Sep 09:59  taken back                         2026-09-20..2026-09-22  admin  flu
    $ attend summary --date 2026-09-20 --format csv
    student,name,group,present,cap,late,after_close,absent,excused,low_score,unknown,pending,expected,anomaly,blind,Assembly,Block 1,Block 2,Block 3␍
    H000101,Zoë O'Neil,G7,0,4,0,0,0,0,0,4,0,4,not_judged,Assembly: no camera on duty 07:55–08:15 · Block 1: no camera on duty 08:15–09:30 · Block 2: no camera on duty 09:30–10:20 · and 1 more period,unknown,unknown,unknown,unknown␍
    H000102,ژیان ئەحمەد,G7,0,4,0,0,0,0,0,4,0,4,not_judged,Assembly: no camera on duty 07:55–08:15 · Block 1: no camera on duty 08:15–09:30 · Block 2: no camera on duty 09:30–10:20 · and 1 more period,unknown,unknown,unknown,unknown␍
    H000123,Ada Karim,G7,0,4,0,0,0,4,0,0,0,4,,,excused,excused,excused,excused␍
    H000140,王小明,G8,0,4,0,0,0,0,0,4,0,4,not_judged,Assembly: no camera on duty 07:55–08:15 · Block 1: no camera on duty 08:15–09:30 · Block 2: no camera on duty 09:30–10:20 · and 1 more period,unknown,unknown,unknown,unknown␍
    H000177,Omar Haddad,G8,0,4,0,0,0,1,0,3,0,4,,Assembly: no camera on duty 07:55–08:15 · Block 1: no camera on duty 08:15–09:30 · Block 3: no camera on duty 10:30–11:20,unknown,unknown,excused,unknown␍
    "#);
}

#[test]
fn an_excused_student_who_comes_is_present() {
    let school = School::example();
    school.ok(&["mark", "H000123", "excused", "--date", "today", "--reason", "flu", "--yes"]);
    assert!(school.ok(&["roster", "now"]).contains("0/5 present · 1 excused"));
    school.ingest(seen("H000123", 0.9, "2026-09-07T09:41:30+03:00", "gate-1"));
    assert!(school.ok(&["roster", "now"]).contains("1/5 present"));
    school.ok(&["mark", "H000123", "excused"]);
    assert!(
        school.ok(&["roster", "now"]).contains("0/5 present · 1 excused"),
        "a mark of the period outranks the cameras"
    );
}

#[test]
fn a_student_who_left_is_excused_until_back() {
    let mut school = School::example();
    school.ingest(seen("H000123", 0.9, "2026-09-07T08:01:00+03:00", "gate-1"));
    school.at("2026-09-07T15:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "mark H000123 left --at 08:30 --reason \"fetched by her father\" -v",
        "mark H000123 left --at 08:30 --reason \"fetched by her father\" --yes -v",
        "mark H000123 back --at 10:30 --yes -v",
        "mark H000140 back",
        "mark H000123 left --date yesterday",
        "history H000123",
    ]), @r#"
    $ attend mark H000123 left --at 08:30 --reason "fetched by her father" -v
    ! 2026-09-07 Block 1: 1 absent → excused (H000123)
    ! 2026-09-07 Block 2: 1 unknown → excused (H000123)
    ! 2026-09-07 Block 3: 1 unknown → excused (H000123)
    ! attend: not done: this would change 3 rows of 3 registers: 1 absent → excused, 2 unknown → excused
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend mark H000123 left --at 08:30 --reason "fetched by her father" --yes -v
    ! H000123 left 2026-09-07 from 08:30
    $ attend mark H000123 back --at 10:30 --yes -v
    ! H000123 left 2026-09-07 from 08:30: 2026-09-07 08:30–10:30 is left of it
    $ attend mark H000140 back
    ! attend: H000140 has not left before that time
    ! hint: attend history H000140
    [1]
    $ attend mark H000123 left --date yesterday
    ! attend: a date alone does not say when
    ! hint: name the time with --at
    [2]
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ✓ present  08:01–08:01  best 0.90 gate-1  1 sighting
    Block 1  – excused
    Block 2  – excused
    Block 3  ◌ unknown  gate-1 blind 10:30–11:20

     TIME      WHAT        PERIOD    CAMERA  SCORE  EFFECT                  BY     REASON
     08:01:00  seen        Assembly  gate-1   0.90  first
     15:00:00  left                                 2026-09-07 from 08:30   admin  fetched by her father
     15:00:00  taken back                           2026-09-07 from 08:30   admin  fetched by her father
     15:00:00  left                                 2026-09-07 08:30–10:30  admin  fetched by her father
    "#);
}

#[test]
fn a_mark_on_a_closed_date_names_the_holiday() {
    let mut school = School::example();
    school.ok(&["schedule", "close", "2026-09-08", "--reason", "Eid"]);
    school.ok(&["schedule", "close", "2026-10-01", "--reason", "Founders' day"]);
    school.ok(&["schedule", "generate", "--days", "40"]);
    insta::assert_snapshot!(school.session(&[
        "mark H000123 present --period Assembly --date tomorrow",
        "mark H000123 absent --all-day --date tomorrow",
        "mark H000123 absent --period Assembly --date 2026-10-01",
        "mark H000123 absent --all-day --date 2026-12-01",
        "mark H000123 absent --all-day --date 2026-12-04",
    ]), @r#"
    $ attend mark H000123 present --period Assembly --date tomorrow
    ! attend: Assembly on 2026-09-08 is not held: Eid
    ! hint: attend schedule open 2026-09-08
    [1]
    $ attend mark H000123 absent --all-day --date tomorrow
    ! attend: no period is held on 2026-09-08: Eid
    ! hint: attend schedule open 2026-09-08
    [1]
    $ attend mark H000123 absent --period Assembly --date 2026-10-01
    ! attend: 2026-10-01 is closed: Founders' day
    ! hint: attend schedule open 2026-10-01
    [1]
    $ attend mark H000123 absent --all-day --date 2026-12-01
    ! attend: no period is scheduled on 2026-12-01
    ! hint: attend schedule generate --from 2026-12-01 --days 7
    [1]
    $ attend mark H000123 absent --all-day --date 2026-12-04
    ! attend: no period is scheduled on 2026-12-04, and the weekly plan has none then
    ! hint: attend schedule add adds a lesson on one date; attend period list shows the weekly plan
    [1]
    "#);
    school.at("2026-09-08T09:00:00+03:00");
    insta::assert_snapshot!(school.session(&["mark H000123 present"]), @r#"
    $ attend mark H000123 present
    ! attend: no period is active for H000123: Eid (2026-09-08)
    ! hint: name one with --period (and --date)
    [1]
    "#);
}

#[test]
fn days_may_be_named_by_words() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "schedule list --from tomorrow --days 1",
        "roster show --date yesterday --period Assembly",
        "export records --date sun..today --columns date,period --format csv --period Assembly",
        "schedule close tomorrow..wed --reason Eid",
        "schedule list --from mon --days 3",
        "history H000123 --date someday",
    ]), @r#"
    $ attend schedule list --from tomorrow --days 1
     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Tue 8 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Tue 8 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Tue 8 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Tue 8 Sep 2026  Block 3   10:35   11:20  10:30  11:20   planned
    $ attend roster show --date yesterday --period Assembly
    ! attend: no occurrence on 2026-09-06 of the period "Assembly"
    ! hint: attend schedule list --from 2026-09-06 --days 1 shows them all
    [1]
    $ attend export records --date sun..today --columns date,period --format csv --period Assembly
    ﻿date,period␍
    2026-09-07,Assembly␍
    2026-09-07,Assembly␍
    2026-09-07,Assembly␍
    2026-09-07,Assembly␍
    2026-09-07,Assembly␍
    $ attend schedule close tomorrow..wed --reason Eid
    $ attend schedule list --from mon --days 3
    Closed 2026-09-08..2026-09-09: Eid

     DATE            PERIOD    STARTS  ENDS   OPENS  CLOSES  STATE
     Mon 7 Sep 2026  Assembly  08:00   08:15  07:55  08:15   planned
     Mon 7 Sep 2026  Block 1   08:20   09:30  08:15  09:30   planned
     Mon 7 Sep 2026  Block 2   09:35   10:20  09:30  10:20   planned
     Mon 7 Sep 2026  Block 3   10:35   11:20  10:30  11:20   planned
     Tue 8 Sep 2026  Assembly  08:00   08:15  07:55  08:15   ✗ closed  Eid
     Tue 8 Sep 2026  Block 1   08:20   09:30  08:15  09:30   ✗ closed  Eid
     Tue 8 Sep 2026  Block 2   09:35   10:20  09:30  10:20   ✗ closed  Eid
     Tue 8 Sep 2026  Block 3   10:35   11:20  10:30  11:20   ✗ closed  Eid
     Wed 9 Sep 2026  Assembly  08:00   08:15  07:55  08:15   ✗ closed  Eid
     Wed 9 Sep 2026  Block 1   08:20   09:30  08:15  09:30   ✗ closed  Eid
     Wed 9 Sep 2026  Block 2   09:35   10:20  09:30  10:20   ✗ closed  Eid
     Wed 9 Sep 2026  Block 3   10:35   11:20  10:30  11:20   ✗ closed  Eid
    $ attend history H000123 --date someday
    ! error: invalid value 'someday' for '--date <DATE[..DATE]>': "someday" is not a date
    ! hint: write the date as YYYY-MM-DD, such as 2026-09-07, or as today, yesterday, tomorrow or mon to sun (the latest one)
    !
    ! For more information, try '--help'.
    [2]
    "#);
}

#[test]
fn taking_back_the_excuse_of_a_date_leaves_the_next_date_excused_from_midnight_on() {
    let mut school = School::new();
    school.write("roll.csv", "code,name\nH1,Ada\n");
    school.ok(&["student", "import", "roll.csv"]);
    for (name, start, end) in
        [("Night", "22:00", "06:00"), ("Early", "06:30", "07:00"), ("Dawn", "05:00", "05:30")]
    {
        school.ok(&["period", "add", name, "--start", start, "--end", end, "--days", "daily"]);
    }
    school.ok(&["schedule", "generate", "--days", "3"]);
    school.ok(&["mark", "H1", "excused", "--date", "2026-09-08..2026-09-09", "--reason", "ill"]);
    school.ok(&["unmark", "H1", "--date", "2026-09-08"]);
    school.at("2026-09-10T12:00:00+03:00");
    let excused = |date: &str| -> Vec<String> {
        let told = school.ok(&[
            "export",
            "records",
            "--date",
            date,
            "--columns",
            "period,status",
            "--dialect",
            "plain",
        ]);
        told.lines().filter(|row| row.ends_with(",excused")).map(str::to_owned).collect()
    };
    assert_eq!(excused("2026-09-08"), ["Night,excused"], "the next date's excuse reaches into it");
    assert_eq!(excused("2026-09-09"), ["Dawn,excused", "Early,excused", "Night,excused"]);
}
