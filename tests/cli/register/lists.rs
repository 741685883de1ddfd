//! The lists of the office: who is here, who is missing, who is absent without a reason.

use crate::common::harness::{School, seen};

/// Block 2: Zoë was seen, Ada only in the morning, Omar with a low score, and two others never.
fn morning() -> School {
    let mut school = School::example();
    school.ok(&["period", "edit", "Block 2", "--late-after", "5m"]);
    school.ok(&["schedule", "generate"]);
    let mut lines = String::new();
    for minute in 0..120 {
        let at = format!("2026-09-07T{:02}:{:02}:00+03:00", 8 + minute / 60, minute % 60);
        lines += &format!(
            "{{\"type\":\"heartbeat\",\"camera\":\"gate-1\",\"ts\":\"{at}\",\"snapshot_every\":30}}\n"
        );
    }
    lines += &seen("H000101", 0.9, "2026-09-07T09:36:00+03:00", "gate-1");
    lines += &seen("H000123", 0.9, "2026-09-07T08:21:00+03:00", "gate-1");
    lines += &seen("H000177", 0.6, "2026-09-07T09:37:00+03:00", "gate-1");
    school.at("2026-09-07T07:00:00+03:00");
    school.ok(&["camera", "add", "gate-1"]);
    school.ok(&["camera", "edit", "gate-1", "--place", "gate", "--door"]);
    school.at(crate::common::harness::NOW);
    school.ingest(lines);
    school
}

#[test]
fn a_roster_shows_only_some_statuses_and_groups_and_keeps_the_totals() {
    let school = morning();
    insta::assert_snapshot!(school.session(&[
        "roster now --status absent,low_score",
        "roster now --status present --group *8",
        "roster now --group G7,G8 --status present --format csv",
        "roster show --period \"Block 1\" --group H*",
    ]), @r#"
    $ attend roster now --status absent,low_score
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    1/5 present · 1 low score · 3 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000123  Ada Karim    G7     ✗ absent
     H000140  王小明       G8     ✗ absent
     H000177  Omar Haddad  G8     ? low score       09:37  09:37   0.60  gate-1
    $ attend roster now --status present --group *8
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    0/2 present · 1 low score · 1 absent · coverage 100 %
    No student has that status.
    $ attend roster now --group G7,G8 --status present --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,present,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,2026-09-07T09:36:00+03:00,0.9,gate-1,1,,0,,,100,,,,,,,false,,false␍
    $ attend roster show --period "Block 1" --group H*
    Block 1 · Mon 7 Sep · 08:20–09:30   over
    0/0 present · 0 absent · coverage 100 %
    No student is expected.
    ! no student is in group "H*": groups are G7, G8
    "#);
}

#[test]
fn the_list_of_the_day_works_in_a_break_and_counts_those_inside_first() {
    let mut school = morning();
    school.ok(&["mark", "H000102", "present", "--period", "Block 2", "--reason", "in the lab"]);
    school.ok(&["mark", "H000123", "left", "--at", "09:00", "--reason", "fetched by her father", "--yes"]);
    school.at("2026-09-07T10:25:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "roster now",
        "roster day",
        "roster day --group G7 --format csv",
    ]), @r#"
    $ attend roster now
    No period is active. Next: Block 3, today 10:35 (in 10 min). Last: Block 2, attend roster show --period "Block 2".
    $ attend roster day
    Today Mon 7 Sep 2026, 10:25
    2/5 seen · 2 unknown · 1 left
    unknown: Assembly: gate (gate-1) blind 07:55–08:00
    unknown: Block 2: gate (gate-1) blind 10:00–10:20

    G7 · 2/3 seen · 1 left

     CODE     NAME         TODAY   LAST   CAMERA  WHERE
     H000101  Zoë O'Neil   ✓ seen  09:36  gate-1  gate
     H000102  ژیان ئەحمەد  ✓ seen  09:35          Block 2
     H000123  Ada Karim    → left  08:21  gate-1  gate     left 2026-09-07 from 09:00: fetched by her father

    G8 · 0/2 seen · 2 unknown

     CODE     NAME         TODAY      LAST  CAMERA  WHERE
     H000140  王小明       ◌ unknown
     H000177  Omar Haddad  ◌ unknown
    $ attend roster day --group G7 --format csv
    student,name,group,whereabouts,last_seen,camera,place,reason,blind␍
    H000101,Zoë O'Neil,G7,seen,2026-09-07T09:36:00+03:00,gate-1,gate,,Assembly: gate (gate-1) blind 07:55–08:00␍
    H000102,ژیان ئەحمەد,G7,seen,2026-09-07T09:35:00+03:00,,Block 2,,Assembly: gate (gate-1) blind 07:55–08:00␍
    H000123,Ada Karim,G7,left,2026-09-07T08:21:00+03:00,gate-1,gate,fetched by her father,Assembly: gate (gate-1) blind 07:55–08:00␍
    "#);
    let json: serde_json::Value =
        serde_json::from_str(&school.ok(&["roster", "day", "--format", "json"])).unwrap();
    let counts = ["seen", "unknown", "absent", "not_expected", "excused", "left"]
        .map(|key| json[key].as_u64().unwrap());
    assert_eq!(counts.iter().sum::<u64>(), json["students"].as_u64().unwrap(), "{json}");
}

#[test]
fn the_list_of_the_day_names_what_was_blind_for_the_students_on_it() {
    let mut school = morning();
    school.at("2026-09-07T10:22:00+03:00");
    school.ok(&["student", "edit", "H000140", "--group", "G9"]);
    school.ok(&["student", "edit", "H000177", "--group", "G9"]);
    school.at("2026-09-07T10:25:00+03:00");
    let g9 = school.ok(&["roster", "day", "--group", "G9"]);
    assert!(g9.contains("unknown: Assembly: gate (gate-1) blind 07:55–08:00"), "{g9}");
    assert!(g9.contains("0/2 seen · 2 unknown"), "{g9}");
    for code in ["H000140", "H000177"] {
        school.ok(&["student", "deactivate", code]);
    }
    school.ok(&["mark", "H000102", "H000123", "present", "--period", "Block 2", "--yes"]);
    let nobody = school.ok(&["roster", "day"]);
    assert!(!nobody.contains("unknown: Block 2"), "{nobody}");
}

#[test]
fn a_student_seen_again_after_leaving_is_inside() {
    let school = morning();
    school.ok(&["mark", "H000101", "left", "--at", "09:00"]);
    assert!(school.ok(&["roster", "day", "--format", "csv"]).contains("H000101,Zoë O'Neil,G7,seen,"));
}

#[test]
fn missing_lists_students_seen_earlier_and_never_the_unknown() {
    let mut school = morning();
    insta::assert_snapshot!(school.session(&[
        "roster missing",
        "roster missing --group G8",
        "roster missing --period Assembly",
    ]), @r#"
    $ attend roster missing
     PERIOD   CODE     NAME       GROUP  LAST SEEN  CAMERA  WHERE
     Block 2  H000123  Ada Karim  G7     08:21      gate-1  gate
    $ attend roster missing --group G8
    No student is missing in Block 2 (09:35–10:20).
    $ attend roster missing --period Assembly
    No student is missing in Assembly (08:00–08:15).
    "#);
    school.at("2026-09-07T09:36:00+03:00");
    insta::assert_snapshot!(school.session(&["roster missing"]), @r#"
    $ attend roster missing
    No student is missing yet in Block 2: students may still come until 09:45.
    "#);
    school.at("2026-09-07T10:25:00+03:00");
    insta::assert_snapshot!(school.session(&["roster missing"]), @r#"
    $ attend roster missing
    No period is active: name one with --period, or look at attend roster day.
    "#);
}

#[test]
fn contacts_belong_to_their_codes_however_these_are_written() {
    let mut school = School::example();
    school.ok(&["student", "add", "0012", "Bob Poe", "--group", "G8"]);
    school.at("2026-09-08T12:00:00+03:00");
    school.ok(&["mark", "H000101", "H000102", "0012", "absent", "--period", "Block 1", "--yes"]);
    let listed = |file: &str| {
        let line = format!("roster unexplained --max-percent 100 --contacts {file} --format csv");
        let printed = school.session_with(&line, "");
        let lines = printed.lines().skip(1).filter(|line| !line.contains(",true,"));
        lines.map(|line| line.rsplit(',').next().unwrap().replace('␍', "")).collect::<Vec<_>>().join("|")
    };
    school.write(
        "contacts.csv",
        "Contacts of 2026\n\nStudent ID,phone,mother\nh000101,\"=\"\"0770 1\"\"\",\n\"=\"\"0012\"\"\",0770 2,Eve\n\
         H000102,0770 3,\nH000102,0770 4,Zin\n",
    );
    assert_eq!(listed("contacts.csv"), "contact|0770 2 · Eve|0770 1|0770 3 · 0770 4 · Zin");
    let among =
        |cells: &str| format!(":1: no column for the code is recognised among {cells}\nhint: {CALLED}");
    const CALLED: &str = "call the column of codes \"code\", and no other";
    for (file, content, fault) in [
        ("phones.csv", "phone,mother\n0770 1,Eve\n", among("\"phone\", \"mother\"")),
        ("bare.csv", "H000101,0770 1\n", among("\"H000101\", \"0770 1\"")),
        ("none.csv", "", ": the file of contacts is empty".to_owned()),
    ] {
        school.write(file, content);
        let output = school.feed(&["roster", "unexplained", "--max-percent", "100", "--contacts", file], "");
        assert_eq!(crate::common::harness::text(&output.stderr), format!("attend: {file}{fault}\n"));
        assert_eq!((output.status.code(), output.stdout.len()), (Some(65), 0), "{file}");
    }
}

#[test]
fn absences_without_a_reason_are_listed_worst_first_with_contacts() {
    let mut school = morning();
    // As a spreadsheet of central Europe writes it.
    school.write("parents.csv", "\u{feff}mother;code;phone\r\nShilan;H000102;0770 123\r\n");
    school.at("2026-09-07T10:25:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "roster unexplained",
        "roster unexplained --max-percent 100 --contacts parents.csv",
        "mark H000102 absent --period \"Block 2\" --reason ill",
        "mark H000140 excused --date today --reason dentist --yes",
        "roster unexplained --max-percent 50",
        "roster unexplained --max-percent 50 --format csv",
        "roster unexplained --date yesterday",
    ]), @r#"
    $ attend roster unexplained
    ! attend: 3 of 5 students would be called for 2026-09-07: more than 25 %
    ! hint: look at attend schedule list and attend health; --max-percent 100 lists them anyway
    [1]
    $ attend roster unexplained --max-percent 100 --contacts parents.csv
    ABSENT WITHOUT A REASON · 3
    unknown: Assembly: gate (gate-1) blind 07:55–08:00
    unknown: Block 2: gate (gate-1) blind 10:00–10:20

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000101  Zoë O'Neil   G7        1/3       1
     Mon 7 Sep 2026  H000102  ژیان ئەحمەد  G7        1/3       2  Shilan · 0770 123
     Mon 7 Sep 2026  H000140  王小明       G8        1/3       2

    CHECK FIRST: low scores, or a camera was blind · 1
    unknown: Assembly: gate (gate-1) blind 07:55–08:00

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000177  Omar Haddad  G8        1/3       2
    $ attend mark H000102 absent --period "Block 2" --reason ill
    $ attend mark H000140 excused --date today --reason dentist --yes
    $ attend roster unexplained --max-percent 50
    ABSENT WITHOUT A REASON · 2
    unknown: Assembly: gate (gate-1) blind 07:55–08:00

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000101  Zoë O'Neil   G7        1/3       1
     Mon 7 Sep 2026  H000102  ژیان ئەحمەد  G7        1/3       1

    CHECK FIRST: low scores, or a camera was blind · 1
    unknown: Assembly: gate (gate-1) blind 07:55–08:00

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000177  Omar Haddad  G8        1/3       2
    $ attend roster unexplained --max-percent 50 --format csv
    date,student,name,group,absent,expected,unsure,blind,check_first,contact␍
    2026-09-07,H000101,Zoë O'Neil,G7,1,3,1,Assembly: gate (gate-1) blind 07:55–08:00,false,␍
    2026-09-07,H000102,ژیان ئەحمەد,G7,1,3,1,Assembly: gate (gate-1) blind 07:55–08:00,false,␍
    2026-09-07,H000177,Omar Haddad,G8,1,3,2,Assembly: gate (gate-1) blind 07:55–08:00,true,␍
    $ attend roster unexplained --date yesterday
    No student is absent without a reason.
    "#);
    school.at("2026-09-14T10:25:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "roster unexplained --older-than 5d --max-percent 100",
        "roster unexplained --older-than 8d",
    ]), @"
    $ attend roster unexplained --older-than 5d --max-percent 100
    ABSENT WITHOUT A REASON · 2
    unknown: Assembly: gate (gate-1) blind 07:55–08:00
    unknown: Block 3: gate (gate-1) blind 10:30–11:20

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000101  Zoë O'Neil   G7        1/4       2
     Mon 7 Sep 2026  H000102  ژیان ئەحمەد  G7        1/4       2

    CHECK FIRST: low scores, or a camera was blind · 11
    unknown: Mon 7 Sep 2026, Assembly: gate (gate-1) blind 07:55–08:00
    unknown: Mon 7 Sep 2026, Block 3: gate (gate-1) blind 10:30–11:20
    unknown: Tue 8 Sep 2026, Assembly: gate (gate-1) blind 07:55–08:15
    unknown: Tue 8 Sep 2026, Block 1: gate (gate-1) blind 08:15–09:30
    unknown: Tue 8 Sep 2026, Block 2: gate (gate-1) blind 09:30–10:20
    unknown: Wed 9 Sep 2026, Assembly: gate (gate-1) blind 07:55–08:15
    unknown: Wed 9 Sep 2026, Block 1: gate (gate-1) blind 08:15–09:30
    unknown: Wed 9 Sep 2026, Block 2: gate (gate-1) blind 09:30–10:20

     DATE            CODE     NAME         GROUP  ABSENT  UNSURE  CONTACT
     Mon 7 Sep 2026  H000177  Omar Haddad  G8        1/4       3
     Tue 8 Sep 2026  H000101  Zoë O'Neil   G7        0/4       4
     Tue 8 Sep 2026  H000102  ژیان ئەحمەد  G7        0/4       4
     Tue 8 Sep 2026  H000123  Ada Karim    G7        0/4       4
     Tue 8 Sep 2026  H000140  王小明       G8        0/4       4
     Tue 8 Sep 2026  H000177  Omar Haddad  G8        0/4       4
     Wed 9 Sep 2026  H000101  Zoë O'Neil   G7        0/4       4
     Wed 9 Sep 2026  H000102  ژیان ئەحمەد  G7        0/4       4
     Wed 9 Sep 2026  H000123  Ada Karim    G7        0/4       4
     Wed 9 Sep 2026  H000140  王小明       G8        0/4       4
     Wed 9 Sep 2026  H000177  Omar Haddad  G8        0/4       4
    $ attend roster unexplained --older-than 8d
    No student is absent without a reason.
    ");
    assert_ne!(
        school.feed(&["roster", "unexplained", "--contacts", "nothere.csv"], "").status.code(),
        Some(0)
    );
}

#[test]
fn exports_choose_cameras_hours_students_and_effects() {
    let school = morning();
    insta::assert_snapshot!(school.session(&[
        "export recognitions --date today --camera gate-1 --between 08:00..09:00 --columns ts,student --dialect plain",
        "export recognitions --date today --status low_score --columns ts,student,score --dialect plain",
        "export recognitions --date today --camera gate-9",
        "export records --student H000123 --columns period,status --dialect plain",
        "export records --group *8 --period \"Block 2\" --columns student,status --dialect plain",
    ]), @r#"
    $ attend export recognitions --date today --camera gate-1 --between 08:00..09:00 --columns ts,student --dialect plain
    ts,student␍
    2026-09-07T08:21:00+03:00,H000123␍
    $ attend export recognitions --date today --status low_score --columns ts,student,score --dialect plain
    ts,student,score␍
    2026-09-07T09:37:00+03:00,H000177,0.6␍
    $ attend export recognitions --date today --camera gate-9
    ! attend: no camera "gate-9"
    ! hint: did you mean "gate-1"? (attend camera list)
    [1]
    $ attend export records --student H000123 --columns period,status --dialect plain
    period,status␍
    Assembly,unknown␍
    Block 1,present␍
    Block 2,absent␍
    $ attend export records --group *8 --period "Block 2" --columns student,status --dialect plain
    student,status␍
    H000140,absent␍
    H000177,low_score␍
    "#);
}

#[test]
fn help_and_version_are_commands_too() {
    let school = School::empty();
    assert_eq!(school.ok(&["help", "roster", "day"]), school.ok(&["roster", "day", "--help"]));
    assert_eq!(school.ok(&["help"]), school.ok(&["--help"]));
    let version = school.ok(&["--version"]);
    assert_eq!(school.ok(&["version"]), version);
    let told: Vec<&str> = version.lines().map(|line| line.split([' ', ':']).next().unwrap()).collect();
    assert_eq!(told, ["attend", "commit", "SQLite", "time"], "{version}");
    assert!(version.contains(&format!("\nSQLite: {}\n", rusqlite::version())), "{version}");
}

#[test]
fn a_student_of_several_groups_is_on_the_page_of_one_class() {
    let school = School::example();
    school.ok(&["student", "edit", "H000101", "--group", "+Chess", "--yes"]);
    school.ok(&["student", "edit", "H000140", "--group", "+Chess", "--yes"]);
    let classes = |args: &[&str]| {
        school.ok(&[&["roster", "day", "--evacuation", "-o", "evac.html"], args].concat());
        let page = std::fs::read_to_string(school.path("evac.html")).unwrap();
        let sections = page.split("data-class=\"").skip(1).map(|section| {
            let codes = ["H000101", "H000102", "H000123", "H000140", "H000177"];
            let listed =
                codes.into_iter().filter(|code| section.contains(code)).collect::<Vec<_>>().join(" ");
            format!("{}: {listed}", section.split('"').next().unwrap())
        });
        (sections.collect::<Vec<_>>(), page)
    };
    let (all, page) = classes(&[]);
    assert_eq!(all, ["G7: H000101 H000102 H000123", "G8: H000140 H000177"]);
    assert_eq!(page.matches("<small>also Chess</small>").count(), 2);
    assert_eq!(classes(&["--group", "Chess"]).0, ["Chess: H000101 H000140"]);
    let day = school.ok(&["roster", "day"]);
    assert!(
        day.contains("\nG7 · 0/3 seen") && day.contains("\nG8 · 0/2 seen") && !day.contains("Chess"),
        "{day}"
    );
}

#[test]
fn every_empty_state_names_the_next_command_in_the_right_order() {
    let school = School::new();
    insta::assert_snapshot!(school.session(&["roster now", "schedule generate -v"]), @r#"
    $ attend roster now
    No period is active. There are no students yet: attend student import roll.csv
    $ attend schedule generate -v
    ! no period is planned yet: attend period add "Block 1" --start 08:20 --end 09:30 --days mon-fri
    "#);
    school.write("roll.csv", "code,name,group\nA1,Ada,G7\n");
    school.ok(&["student", "import", "roll.csv"]);
    insta::assert_snapshot!(school.session(&["roster now", "student list --group G8"]), @r#"
    $ attend roster now
    No period is active. There are no periods yet: attend period add "Block 1" --start 08:20 --end 09:30 --days mon-fri
    $ attend student list --group G8
    No student is in that group now: attend student list --all shows those who left.
    ! no student is in group "G8": the only group is G7
    "#);
    school.ok(&["period", "add", "Block 1", "--start", "08:20", "--end", "09:30", "--days", "mon-fri"]);
    insta::assert_snapshot!(school.session(&["roster now", "schedule list"]), @"
    $ attend roster now
    No period is active. The schedule is empty: attend schedule generate
    $ attend schedule list
    The schedule is empty: attend schedule generate
    ");
    school.ok(&["student", "edit", "A1", "--group", "G8"]);
    insta::assert_snapshot!(school.session(&["student list --group G7"]), @r#"
    $ attend student list --group G7
    No student is in that group now: attend student list --all shows those who left.
    "#);
}

#[test]
fn contacts_whose_codes_are_in_no_certain_column_are_refused() {
    let mut school = morning();
    school.at("2026-09-07T10:25:00+03:00");
    school.write("named.csv", "student,code,phone\nZoë,H000101,0770 101\n");
    school.write("german.csv", "Telefon;Schülernummer\n0770 101;\"=\"\"H000101\"\"\"\n");
    school.write("own.csv", "student,phone\nH000101,0770 101\n");
    school.write("none.csv", "Emergency contact phone,Mobile\n0770 101,H000101\n");
    school.write("twice.csv", "Code,CODE,phone\nH000101,1,0770 101\n");
    school.write("names.csv", "student,phone\nZoë,0770 101\nAda,0770 123\n");
    let unexplained = ["roster", "unexplained", "--max-percent", "100", "--format", "csv", "--contacts"];
    for file in ["named.csv", "german.csv", "own.csv"] {
        let list = school.ok(&[&unexplained[..], &[file]].concat());
        let zoe = list.lines().find(|row| row.contains("H000101")).unwrap();
        assert!(
            zoe.trim_end().ends_with(if file == "named.csv" { ",Zoë · 0770 101" } else { ",0770 101" }),
            "{zoe}"
        );
    }
    insta::assert_snapshot!(school.session(&[
        "roster unexplained --max-percent 100 --contacts none.csv",
        "roster unexplained --max-percent 100 --contacts twice.csv",
        "roster unexplained --max-percent 100 --contacts names.csv",
    ]), @r#"
    $ attend roster unexplained --max-percent 100 --contacts none.csv
    ! attend: none.csv:1: no column for the code is recognised among "Emergency contact phone", "Mobile"
    ! hint: call the column of codes "code", and no other
    [65]
    $ attend roster unexplained --max-percent 100 --contacts twice.csv
    ! attend: twice.csv:1: the column "CODE" appears twice
    ! hint: call the column of codes "code", and no other
    [65]
    $ attend roster unexplained --max-percent 100 --contacts names.csv
    ! attend: no code in the file of contacts belongs to a student; the first one is "ada"
    ! hint: call the column of codes "code"; attend student list shows the codes
    [65]
    "#);
}

#[test]
fn empty_states_say_why_nothing_is_shown() {
    let mut school = School::example();
    school.write("header.csv", "code,name,group\n");
    insta::assert_snapshot!(school.session(&[
        "summary --by session",
        "summary --by reason --date 2026-09-06",
        "summary --by group --date tomorrow",
        "summary --date tomorrow --group G8",
        "camera suggest",
        "schedule day tomorrow --until 12:00 --dry-run",
        "student import header.csv --dry-run -v",
    ]), @r#"
    $ attend summary --by session
    Mon 7 Sep 2026 · by session
    No sessions yet: attend session add AM --periods "Block 1,Block 2" --rule first
    $ attend summary --by reason --date 2026-09-06
    Sun 6 Sep 2026 · by reason
    No period of these dates has begun: attend schedule list
    $ attend summary --by group --date tomorrow
    Tue 8 Sep 2026 · by group · a student in two groups counts in both
    No period of these dates has begun: attend schedule list
    $ attend summary --date tomorrow --group G8
    Tue 8 Sep 2026 · 2 students · 4 periods, 0 begun
    No period has begun yet

     CODE     NAME         GROUP  PRESENT  LATE  EXCUSED  ASM  B1  B2  B3
     H000140  王小明       G8         0/4     0        0
     H000177  Omar Haddad  G8         0/4     0        0
    $ attend camera suggest
    No cameras yet: each adds itself with its first valid line.
    $ attend schedule day tomorrow --until 12:00 --dry-run
    Nothing to plan: no period of 2026-09-08 ends after 12:00.
    ! nothing to do
    $ attend student import header.csv --dry-run -v
    The file lists no students.
    ! the file lists no students (dry run: nothing was changed)
    "#);
    school.ok(&["schedule", "close", "2026-10-05..2026-10-09", "--reason", "autumn holiday"]);
    school.at("2026-09-07T06:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "summary --group G9",
        "schedule list --from 2026-10-06 --days 2",
        "schedule list --from 2026-10-09 --days 2",
    ]), @r#"
    $ attend summary --group G9
    Mon 7 Sep 2026 · 0 students · 4 periods, 0 begun
    No period has begun yet
    No period has begun yet: attend schedule list
    ! no student is in group "G9": groups are G7, G8
    $ attend schedule list --from 2026-10-06 --days 2
    Closed 2026-10-05..2026-10-09: autumn holiday
    The school is closed then: attend schedule open 2026-10-06..2026-10-07
    $ attend schedule list --from 2026-10-09 --days 2
    Closed 2026-10-05..2026-10-09: autumn holiday
    No period is scheduled then: attend schedule generate
    "#);
}
