//! Half days and days out of periods.

use crate::common::harness::{School, seen};

/// Zoë came in the first block and left, Ada came in the second, and Omar had a low score. The gate was watched in both
/// blocks only until 10:00.
fn school() -> School {
    let mut school = School::example();
    let mut lines = String::new();
    for minute in 0..120 {
        let at = format!("2026-09-07T{:02}:{:02}:00+03:00", 8 + minute / 60, minute % 60);
        lines += &format!(
            "{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"{at}\",\"snapshot_every\":30}}\n"
        );
    }
    lines += &seen("H000101", 0.9, "2026-09-07T08:20:00+03:00", "gate-1");
    lines += &seen("H000123", 0.9, "2026-09-07T09:36:00+03:00", "gate-1");
    lines += &seen("H000177", 0.6, "2026-09-07T08:21:00+03:00", "gate-1");
    school.ingest(lines);
    school.ok(&["mark", "H000140", "excused", "--date", "today", "--reason", "flu", "--yes"]);
    school.at("2026-09-07T15:00:00+03:00");
    school
}

#[test]
fn sessions_follow_their_rule_in_the_summary_and_in_exports() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "session list",
        "session add AM --periods \"block 1,Block 2\" --rule first",
        "session add Morning --periods \"Block 1,Block 2\" --rule any",
        "session add Whole --periods \"Block 1,Block 2\" --rule share:100%",
        "session add Lunch --periods Lunch --rule any",
        "session add Lunch --periods Assembly --rule most",
        "session list",
        "summary --by session",
        "summary --by session --group G8 --format csv",
        "export sessions --date today --columns session,student,status --dialect plain",
        "export sessions --date today --status absent,unknown --student H000102 --dialect plain",
        "summary --format csv",
        "summary --from sun --to mon",
        "session remove whole",
        "session remove Nope",
        "audit --format csv --limit 2",
    ]), @r#"
    $ attend session list
    No sessions yet: attend session add AM --periods "Block 1,Block 2" --rule first
    $ attend session add AM --periods "block 1,Block 2" --rule first
    $ attend session add Morning --periods "Block 1,Block 2" --rule any
    $ attend session add Whole --periods "Block 1,Block 2" --rule share:100%
    $ attend session add Lunch --periods Lunch --rule any
    ! attend: no period named "Lunch"
    ! hint: attend period list shows them all
    [1]
    $ attend session add Lunch --periods Assembly --rule most
    ! error: invalid value 'most' for '--rule <RULE>': "most" is not a rule for a session
    ! hint: write first, any, or a share from 1 to 100 such as share:50%
    !
    ! For more information, try '--help'.
    [2]
    $ attend session list
     NAME     RULE        PERIODS
     AM       first       Block 1, Block 2
     Morning  any         Block 1, Block 2
     Whole    share:100%  Block 1, Block 2
    $ attend summary --by session
    Mon 7 Sep 2026 · by session

     SESSION  PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     Whole          0.0        0     0       2        1    0        2         5
     AM            20.0        1     0       2        1    1        0         5
     Morning       66.7        2     0       0        1    0        2         5
    $ attend summary --by session --group G8 --format csv
    session,present_percent,present,late,after_close,absent,excused,low_score,unknown,pending,expected,blind␍
    AM,0,0,0,0,0,1,1,0,0,2,␍
    Morning,0,0,0,0,0,1,0,1,0,2,␍
    Whole,0,0,0,0,0,1,0,1,0,2,␍
    $ attend export sessions --date today --columns session,student,status --dialect plain
    session,student,status␍
    AM,H000101,present␍
    Morning,H000101,present␍
    Whole,H000101,unknown␍
    AM,H000102,absent␍
    Morning,H000102,unknown␍
    Whole,H000102,absent␍
    AM,H000123,absent␍
    Morning,H000123,present␍
    Whole,H000123,absent␍
    AM,H000140,excused␍
    Morning,H000140,excused␍
    Whole,H000140,excused␍
    AM,H000177,low_score␍
    Morning,H000177,unknown␍
    Whole,H000177,unknown␍
    $ attend export sessions --date today --status absent,unknown --student H000102 --dialect plain
    date,session,student,name,group,status,late,after_close␍
    2026-09-07,AM,H000102,ژیان ئەحمەد,G7,absent,false,false␍
    2026-09-07,Morning,H000102,ژیان ئەحمەد,G7,unknown,false,false␍
    2026-09-07,Whole,H000102,ژیان ئەحمەد,G7,absent,false,false␍
    $ attend summary --format csv
    student,name,group,present,cap,late,after_close,absent,excused,low_score,unknown,pending,expected,anomaly,blind,sessions_present,sessions_absent,sessions_excused,sessions_low_score,sessions_unknown,sessions_pending,sessions_expected,Assembly,Block 1,Block 2,Block 3,AM (session),Morning (session),Whole (session)␍
    H000101,Zoë O'Neil,G7,1,4,0,0,0,0,0,3,0,4,,Assembly: no camera on duty 07:55–08:00 · Block 2: gate-1 blind 10:00–10:20 · Block 3: gate-1 blind 10:30–11:20,2,0,0,0,1,0,3,unknown,present,unknown,unknown,present,present,unknown␍
    H000102,ژیان ئەحمەد,G7,0,4,0,0,1,0,0,3,0,4,never_seen,Assembly: no camera on duty 07:55–08:00 · Block 2: gate-1 blind 10:00–10:20 · Block 3: gate-1 blind 10:30–11:20,0,2,0,0,1,0,3,unknown,absent,unknown,unknown,absent,unknown,absent␍
    H000123,Ada Karim,G7,1,4,0,0,1,0,0,2,0,4,,Assembly: no camera on duty 07:55–08:00 · Block 3: gate-1 blind 10:30–11:20,1,2,0,0,0,0,3,unknown,absent,present,unknown,absent,present,absent␍
    H000140,王小明,G8,0,4,0,0,0,4,0,0,0,4,,,0,0,3,0,0,0,3,excused,excused,excused,excused,excused,excused,excused␍
    H000177,Omar Haddad,G8,0,4,0,0,0,0,1,3,0,4,only_low_scores,Assembly: no camera on duty 07:55–08:00 · Block 2: gate-1 blind 10:00–10:20 · Block 3: gate-1 blind 10:30–11:20,0,0,0,1,2,0,3,unknown,low_score,unknown,unknown,low_score,unknown,unknown␍
    $ attend summary --from sun --to mon
    Sun 6 Sep 2026 – Mon 7 Sep 2026 · 5 students · 1 school day
    Present 22.2 % (2 of 9) · excused 4 · low score 1 · absent 2 · unknown 11
    unknown: Mon 7 Sep 2026, Assembly: no camera on duty 07:55–08:00
    unknown: Mon 7 Sep 2026, Block 2: gate-1 blind 10:00–10:20
    unknown: Mon 7 Sep 2026, Block 3: gate-1 blind 10:30–11:20

    CLASSES, present day by day
     G7        ▁   50.0 %
     G8        ▁    0.0 %

    PERIODS, present
     Assembly  ░░░░░░░░░░░░░░░░░░░░    0.0 %
     Block 1   ████░░░░░░░░░░░░░░░░   20.0 %
     Block 2   ██████████░░░░░░░░░░   50.0 %
     Block 3   ░░░░░░░░░░░░░░░░░░░░    0.0 %

    NEEDS A PERSON
     never seen        H000102 ژیان ئەحمەد (G7)
     missed ≥ 10 %     H000123 Ada Karim (G7) 1/2 · H000140 王小明 (G8) 4/4
     only low scores   H000177 Omar Haddad (G8)

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  DAYS  ABSENT  IN A ROW   MISSED  SESSIONS
     H000101  Zoë O'Neil   G7         1/4     0        0     1       0         0    0.0 %       2/3
     H000102  ژیان ئەحمەد  G7         0/4     0        0     1       1         1  100.0 %       0/3
     H000123  Ada Karim    G7         1/4     0        0     1       0         0   50.0 %       1/3
     H000140  王小明       G8         0/4     0        4     1       1         1  100.0 %       0/3
     H000177  Omar Haddad  G8         0/4     0        0     1       0         0    0.0 %       0/3
    $ attend session remove whole
    $ attend session remove Nope
    ! attend: no session "Nope"
    ! hint: attend session list shows them all
    [1]
    $ attend audit --format csv --limit 2
    id,at,by,action,student,detail␍
    16,2026-09-07T15:00:00+03:00,admin,session remove,,"Whole: Block 1, Block 2 (share:100%)"␍
    15,2026-09-07T15:00:00+03:00,admin,summary,,2026-09-07 as csv to standard output␍
    "#);
}

#[test]
fn a_renamed_period_stays_in_its_session_on_earlier_and_later_dates() {
    let mut school = school();
    school.ok(&["session", "add", "AM", "--periods", "Block 1,Block 2", "--rule", "any"]);
    let before = school.ok(&["export", "sessions", "--date", "2026-09-07", "--format", "jsonl"]);
    school.ok(&["period", "edit", "Block 1", "--name", "Lesson 1"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-08T15:00:00+03:00");
    school.ok(&["mark", "H000101", "present", "--period", "Lesson 1"]);
    assert_eq!(school.ok(&["export", "sessions", "--date", "2026-09-07", "--format", "jsonl"]), before);
    let after = school.ok(&["export", "sessions", "--student", "H000101", "--dialect", "plain"]);
    assert!(after.contains("2026-09-08,AM,H000101,Zoë O'Neil,G7,present"), "{after}");
}
