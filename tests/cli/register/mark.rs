//! `attend mark` and `attend unmark`: decisions of people outrank cameras.

use crate::common::harness::{School, seen};
use crate::common::limit::ok;

#[test]
fn a_mark_outranks_later_recognitions() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "mark H000123 absent --reason \"left at noon\" -v",
        "mark H000140 excused --by ms-lee -v",
    ]), @r#"
    $ attend mark H000123 absent --reason "left at noon" -v
    ! H000123 absent in Block 2 on 2026-09-07
    $ attend mark H000140 excused --by ms-lee -v
    ! H000140 excused in Block 2 on 2026-09-07
    "#);
    let lines = seen("H000123", 0.95, "2026-09-07T09:58:00+03:00", "gate-1")
        + &seen("H000140", 0.95, "2026-09-07T09:58:00+03:00", "gate-1");
    school.ingest(lines);
    insta::assert_snapshot!(school.session(&[
        "roster now",
        "export records --status absent,excused --dialect plain",
        "history H000123",
        "unmark H000123 -v",
        "roster now --group G7",
        "history H000123 --format csv",
    ]), @"
    $ attend roster now
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/5 present · 1 excused · 4 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000101  Zoë O'Neil   G7     ✗ absent
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000123  Ada Karim    G7     ✗ marked absent   09:58  09:58   0.95  gate-1  admin: left at noon
     H000177  Omar Haddad  G8     ✗ absent
     H000140  王小明       G8     – excused         09:58  09:58   0.95  gate-1  ms-lee
    $ attend export records --status absent,excused --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000123,Ada Karim,G7,absent,2026-09-07T09:58:00+03:00,2026-09-07T09:58:00+03:00,2026-09-07T09:58:00+03:00,0.95,gate-1,1,,0,admin,left at noon,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000140,王小明,G8,excused,2026-09-07T09:58:00+03:00,2026-09-07T09:58:00+03:00,2026-09-07T09:58:00+03:00,0.95,gate-1,1,,0,ms-lee,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 2  ✗ marked absent  09:58–09:58  best 0.95 gate-1  1 sighting
    Block 3  · not yet seen

     TIME      WHAT    PERIOD   CAMERA  SCORE  EFFECT  BY     REASON
     09:58:00  seen    Block 2  gate-1   0.95  first
     09:59:12  marked  Block 2                 absent  admin  left at noon
    $ attend unmark H000123 -v
    ! H000123 unmarked in Block 2 on 2026-09-07
    $ attend roster now --group G7
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    1/3 present · 1 late · 2 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000101  Zoë O'Neil   G7     ✗ absent
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000123  Ada Karim    G7     ✓ late 23 min     09:58  09:58   0.95  gate-1
    $ attend history H000123 --format csv
    at,event,period,camera,score,effect,by,reason,crop␍
    2026-09-07T09:58:00+03:00,seen,Block 2,gate-1,0.95,first,,,␍
    2026-09-07T09:59:12+03:00,marked,Block 2,,,absent,admin,left at noon,␍
    2026-09-07T09:59:12+03:00,marked,Block 2,,,taken back,admin,,␍
    ");
}

#[test]
fn another_period_and_date_can_be_named() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "mark H000123 H000140 present --period \"block 1\" --date 2026-09-07 --yes -v",
        "mark H000123 excused --period Assembly --date 2026-09-08 --reason trip -v",
        "mark H000123 present --date 2026-09-08",
        "mark H000123 present --period Assembly --date 2026-10-08",
        "mark H000123 present --period Assembley",
        "export records --period \"Block 1\" --status present --dialect plain",
        "roster show --period Assembly --date 2026-09-08 --group G7",
    ]), @r#"
    $ attend mark H000123 H000140 present --period "block 1" --date 2026-09-07 --yes -v
    ! H000123 present in Block 1 on 2026-09-07
    ! H000140 present in Block 1 on 2026-09-07
    $ attend mark H000123 excused --period Assembly --date 2026-09-08 --reason trip -v
    ! H000123 excused in Assembly on 2026-09-08
    $ attend mark H000123 present --date 2026-09-08
    ! attend: a date alone does not say in which period to mark H000123
    ! hint: name it with --period, or add --all-day
    [2]
    $ attend mark H000123 present --period Assembly --date 2026-10-08
    ! attend: no occurrence on 2026-10-08 of the period "Assembly"
    ! hint: attend schedule list --from 2026-10-08 --days 1 shows them all
    [1]
    $ attend mark H000123 present --period Assembley
    ! attend: no occurrence on 2026-09-07 of the period "Assembley"
    ! hint: did you mean "Assembly"? (attend schedule list --from 2026-09-07 --days 1)
    [1]
    $ attend export records --period "Block 1" --status present --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 1,H000123,Ada Karim,G7,present,,,,,,0,,0,admin,,,no camera on duty 08:15–09:30,,,,,,false,,false␍
    2026-09-07,Block 1,H000140,王小明,G8,present,,,,,,0,,0,admin,,,no camera on duty 08:15–09:30,,,,,,false,,false␍
    $ attend roster show --period Assembly --date 2026-09-08 --group G7
    Assembly · Tue 8 Sep · 08:00–08:15   begins in 22 h 1 min
    0/3 present · 1 excused · 2 not yet seen · 0 absent

     CODE     NAME         GROUP  STATUS            FIRST  LAST  SCORE  CAMERA
     H000123  Ada Karim    G7     – excused                                     admin: trip
     H000101  Zoë O'Neil   G7     · not yet seen
     H000102  ژیان ئەحمەد  G7     · not yet seen
    "#);
}

#[test]
fn all_are_marked_or_none() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "mark H000123 H000124 present",
        "history H000123",
        "mark H000123 here",
    ]), @r#"
    $ attend mark H000123 H000124 present
    ! attend: no student "H000124"
    ! hint: did you mean "H000140"? (attend student list)
    [1]
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 2  ◌ unknown  no camera on duty 09:30–09:59
    Block 3  · not yet seen
    Nothing was seen or decided on that day.
    $ attend mark H000123 here
    ! attend: "here" is not a mark
    ! hint: a mark comes last: present, late, absent, excused, left or back
    [2]
    "#);
    for words in [&["mark", "H000123"][..], &["mark", "present"], &["mark"], &["unmark"]] {
        assert_eq!(school.feed(words, "").status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn the_mark_may_come_first_and_its_time_has_an_option() {
    let school = School::example();
    assert_eq!(
        school.session(&["mark Present H000123", "mark late H000140 --minutes 5"]),
        "$ attend mark Present H000123\n$ attend mark late H000140 --minutes 5\n"
    );
    assert!(school.ok(&["mark", "list"]).contains("present"));
    insta::assert_snapshot!(school.session(&["mark H000123 late 12", "mark H000123 left 10:00"]), @r#"
    $ attend mark H000123 late 12
    ! attend: "12" is not a mark
    ! hint: late --minutes 12
    [2]
    $ attend mark H000123 left 10:00
    ! attend: "10:00" is not a mark
    ! hint: left --at 10:00
    [2]
    "#);
}

#[test]
fn unexpected_students_cannot_be_marked() {
    let mut school = School::example();
    school.ok(&[
        "period", "add", "Lab", "--start", "13:00", "--end", "14:00", "--days", "daily", "--groups", "G7",
    ]);
    school.ok(&["schedule", "generate"]);
    school.ok(&["student", "add", "H000300", "New One"]);
    insta::assert_snapshot!(school.session(&[
        "mark H000140 present --period Lab",
        "mark H000300 present --period Lab",
        "student deactivate H000177",
        "mark H000177 present",
        "schedule cancel \"Block 2\" --reason \"fire drill\" --yes",
        "mark H000123 present --period \"Block 2\"",
        "mark H000123 present",
        "schedule close 2026-09-08 --reason Eid --yes",
        "mark H000123 present --period Assembly --date 2026-09-08",
    ]), @r#"
    $ attend mark H000140 present --period Lab
    ! attend: student "H000140" is not expected in Lab (group G8)
    ! hint: Lab is for G7
    [1]
    $ attend mark H000300 present --period Lab
    ! attend: student "H000300" is not expected in Lab (group none)
    ! hint: Lab is for G7
    [1]
    $ attend student deactivate H000177
    $ attend mark H000177 present
    $ attend schedule cancel "Block 2" --reason "fire drill" --yes
    $ attend mark H000123 present --period "Block 2"
    ! attend: Block 2 on 2026-09-07 is not held: fire drill
    ! hint: attend schedule restore "Block 2" --date 2026-09-07
    [1]
    $ attend mark H000123 present
    ! attend: no period is active for H000123
    ! hint: name one with --period (and --date)
    [1]
    $ attend schedule close 2026-09-08 --reason Eid --yes
    $ attend mark H000123 present --period Assembly --date 2026-09-08
    ! attend: Assembly on 2026-09-08 is not held: Eid
    ! hint: attend schedule open 2026-09-08
    [1]
    "#);
    school.at("2026-09-07T13:30:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "mark H000123 present -v",
        "mark H000140 present",
    ]), @"
    $ attend mark H000123 present -v
    ! H000123 present in Lab on 2026-09-07
    $ attend mark H000140 present
    ! attend: no period is active for H000140
    ! hint: name one with --period (and --date)
    [1]
    ");
}

#[test]
fn repeating_a_mark_adds_nothing_but_a_new_reason_does() {
    let mut school = School::example();
    school.ok(&["mark", "H000123", "present"]);
    school.at("2026-09-07T10:01:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "mark H000123 present",
        "mark H000123 present --reason \"seen in lab\"",
        "mark H000123 present --reason \"seen in lab\" --by ms-lee",
        "unmark H000123 --by ms-lee --reason mistake",
        "unmark H000123",
        "unmark H000140",
        "history H000123",
        "history H000140",
    ]), @r#"
    $ attend mark H000123 present
    $ attend mark H000123 present --reason "seen in lab"
    $ attend mark H000123 present --reason "seen in lab" --by ms-lee
    $ attend unmark H000123 --by ms-lee --reason mistake
    $ attend unmark H000123
    $ attend unmark H000140
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 2  ◌ unknown  no camera on duty 09:30–10:01
    Block 3  · not yet seen

     TIME      WHAT    PERIOD   CAMERA  SCORE  EFFECT      BY      REASON
     09:59:12  marked  Block 2                 present     admin
     10:01:00  marked  Block 2                 present     admin   seen in lab
     10:01:00  marked  Block 2                 taken back  ms-lee  mistake
    $ attend history H000140
    H000140 · 王小明 · G8 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 2  ◌ unknown  no camera on duty 09:30–10:01
    Block 3  · not yet seen
    Nothing was seen or decided on that day.
    "#);
}

#[test]
fn a_mark_has_an_author_without_a_login() {
    let school = School::example();
    for user in [None, Some("")] {
        let mut command = school.command(&["mark", "H000123", "present"]);
        match user {
            Some(user) => command.env("USER", user),
            None => command.env_remove("USER"),
        };
        ok(&mut command);
    }
    let records = school.records("2026-09-07", "2026-09-07");
    let login = ok(school.program("id").arg("-un"));
    assert_eq!(records.iter().filter(|record| record["marked_by"] == login.trim()).count(), 1);
}

#[test]
fn the_plan_of_an_unmark_shows_the_status_without_the_mark() {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name,group\nH1,Ada,G7\nH2,Bob,G7\n");
    school.ok(&["student", "import", "r.csv"]);
    for (name, start, groups) in
        [("Math", "08:00", "G7"), ("Choir", "08:00", "all"), ("Late", "15:00", "all")]
    {
        let end = format!("{}:30", &start[..2]);
        school.ok(&[
            "period", "add", name, "--start", start, "--end", &end, "--days", "daily", "--groups", groups,
        ]);
    }
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T12:00:00+03:00");
    // Ada is expected in Math at that time, and Bob leaves before the last period.
    school.ok(&["mark", "H1", "present", "--period", "Choir"]);
    school.ok(&["mark", "H2", "excused", "--period", "Late"]);
    school.ok(&["student", "deactivate", "H2"]);
    let then = |args: &[&str]| {
        let plan = school.ok(&[args, &["--dry-run", "--format", "jsonl"]].concat());
        let row: serde_json::Value = serde_json::from_str(plan.lines().next().unwrap()).unwrap();
        row["status_after"].clone()
    };
    assert_eq!(then(&["unmark", "H1", "--period", "Choir"]), "elsewhere");
    assert_eq!(then(&["unmark", "H2", "--period", "Late"]), serde_json::Value::Null);
    school.ok(&["unmark", "H1", "--period", "Choir"]);
    school.ok(&["unmark", "H2", "--period", "Late"]);
    let roster = |period: &str| school.ok(&["roster", "show", "--period", period, "--format", "jsonl"]);
    assert!(roster("Choir").contains(r#""status":"elsewhere""#), "{}", roster("Choir"));
    assert!(!roster("Late").contains("H2"), "{}", roster("Late"));
}

#[test]
fn an_excuse_for_a_time_that_the_clocks_skip_is_refused() {
    for (zone, now, date, hours) in [
        ("Pacific/Apia", "2011-12-29T06:00:00-10:00", "2011-12-30", None),
        ("Europe/Berlin", "2027-03-27T06:00:00+01:00", "2027-03-28", Some("02:10..02:50")),
    ] {
        let mut school = School::empty();
        school.at(now);
        school.ok(&["init", "--timezone", zone]);
        school.ok(&["student", "add", "A", "Ada"]);
        let between = hours.iter().flat_map(|hours| ["--between", hours]);
        let args: Vec<&str> = ["mark", "A", "excused", "--date", date].into_iter().chain(between).collect();
        let told = school.feed(&args, "");
        assert_eq!(told.status.code(), Some(1), "{zone}");
        let said = String::from_utf8(told.stderr).unwrap();
        assert!(said.contains("the clocks of the school skip that time\nhint: "), "{said}");
    }
}
