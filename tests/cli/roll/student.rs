//! `attend student`: imports, which are complete or change nothing, and edits of single students.

use crate::common::harness::{School, seen};

/// A school with a file to import.
fn with_roll(content: impl AsRef<[u8]>) -> School {
    let school = School::new();
    school.write("roll.csv", content);
    school
}

/// The error for a faulty file, and the roll after it, which must be empty.
fn faulty(content: impl AsRef<[u8]>) -> String {
    let school = with_roll(content);
    let said = school.session(&["student import roll.csv"]);
    let roll = school.ok(&["student", "list", "--all", "--format", "jsonl"]);
    assert_eq!(roll, "", "something was imported");
    said
}

#[test]
fn importing_a_roll_twice_changes_nothing() {
    let school = with_roll("code,name,group\nH000123,Ada Karim,G7\nH000140,王小明,G8\n");
    insta::assert_snapshot!(school.session(&[
        "student import roll.csv --dry-run -v",
        "student list",
        "student import roll.csv -v",
        "student import roll.csv -v",
        "student import roll.csv --dry-run",
        "student list",
    ]), @"
    $ attend student import roll.csv --dry-run -v
     CHANGE  CODE     NAME       GROUP     CHANGES
     add     H000123  Ada Karim  G7
     add     H000140  王小明     G8
    ! 2 added (dry run: nothing was changed)
    $ attend student list
    The roll is empty: attend student import roll.csv
    $ attend student import roll.csv -v
    ! 2 added
    $ attend student import roll.csv -v
    ! 2 unchanged
    $ attend student import roll.csv --dry-run
    The roll is as in the file already.
    $ attend student list
     CODE     NAME       GROUP
     H000123  Ada Karim  G7
     H000140  王小明     G8
    ");
}

#[test]
fn a_roll_with_those_who_left_changes_nothing_either() {
    let school = with_roll("code,name,group,active\nA,Ada,G7,1\nC,Cem,G8,0\n");
    insta::assert_snapshot!(school.session(&[
        "student import roll.csv -v",
        "student import roll.csv -v",
    ]), @"
    $ attend student import roll.csv -v
    ! 2 added
    $ attend student import roll.csv -v
    ! 2 unchanged
    ");
}

#[test]
fn a_new_roll_adds_updates_and_brings_back() {
    let school = with_roll("code,name,group,active\nA,Ada,G7,1\nB,Ben,G7,yes\nC,Cem,G8,no\n");
    school.ok(&["student", "import", "roll.csv"]);
    school.write("roll.csv", "code,name\nA,Ada Karim\nB,Ben\nC,Cem\nD,Dana\n");
    insta::assert_snapshot!(school.session(&[
        "student list --all",
        "student import roll.csv --dry-run",
        "student import roll.csv -v",
        "student list",
        "student list --group G7",
    ]), @"
    $ attend student list --all
     CODE  NAME  GROUP
     A     Ada   G7
     B     Ben   G7
     C     Cem          inactive
    $ attend student import roll.csv --dry-run
     CHANGE    CODE  NAME       GROUP     CHANGES
     update    A     Ada Karim  G7        name Ada → Ada Karim
     activate  C     Cem
     add       D     Dana
    $ attend student import roll.csv -v
    ! 1 added, 1 updated, 1 activated, 1 unchanged
    $ attend student list
     CODE  NAME       GROUP
     A     Ada Karim  G7
     B     Ben        G7
     C     Cem
     D     Dana
    $ attend student list --group G7
     CODE  NAME       GROUP
     A     Ada Karim  G7
     B     Ben        G7
    ");
}

#[test]
fn unlisted_students_leave_only_with_an_option() {
    let school = with_roll("code,name\nA,Ada\nB,Ben\nC,Cem\nD,Dana\nE,Eva\n");
    school.ok(&["student", "import", "roll.csv"]);
    school.write("roll.csv", "code,name\nA,Ada\nB,Ben\nC,Cem\nD,Dana\n");
    school.write("short.csv", "code,name\nA,Ada\nB,Ben\n");
    insta::assert_snapshot!(school.session(&[
        "student import roll.csv -v",
        "student import short.csv --deactivate-missing",
        "student import short.csv --deactivate-missing --dry-run",
        "student list --format csv",
        "student import roll.csv --deactivate-missing -v",
        "student import short.csv --deactivate-missing --force -v",
        "student list --all",
    ]), @"
    $ attend student import roll.csv -v
    ! 4 unchanged
    $ attend student import short.csv --deactivate-missing
    ! attend: the file would deactivate 3 students, more than a fifth of the 5 active ones
    ! hint: nothing was imported; if the roll really changed this much, add --force
    [1]
    $ attend student import short.csv --deactivate-missing --dry-run
    ! attend: the file would deactivate 3 students, more than a fifth of the 5 active ones
    ! hint: nothing was imported; if the roll really changed this much, add --force
    [1]
    $ attend student list --format csv
    code,name,group,active␍
    A,Ada,,true␍
    B,Ben,,true␍
    C,Cem,,true␍
    D,Dana,,true␍
    E,Eva,,true␍
    $ attend student import roll.csv --deactivate-missing -v
    ! 1 deactivated, 4 unchanged
    $ attend student import short.csv --deactivate-missing --force -v
    ! 2 deactivated, 2 unchanged
    $ attend student list --all
     CODE  NAME  GROUP
     A     Ada
     B     Ben
     C     Cem          inactive
     D     Dana         inactive
     E     Eva          inactive
    ");
}

#[test]
fn students_and_file_stand_in_any_order() {
    let school = with_roll("name,code,group\nBen,b,G7\nAda,A,G7\nEva,é,G8\nCem,10,\nDana,9,\nFia,𝒳,\n");
    school.write("again.csv", "code,name\n𝒳,Fia\nzz,Gül\n9,Dana\né,Eva K.\nb,Ben\nAA,Hal\nA,Ada\n");
    insta::assert_snapshot!(school.session(&[
        "student import roll.csv -v",
        "student import roll.csv -v",
        "student deactivate b",
        "student import again.csv --deactivate-missing --dry-run -v",
        "student import again.csv --deactivate-missing -v",
        "student list --all --format csv",
    ]), @"
    $ attend student import roll.csv -v
    ! 6 added
    $ attend student import roll.csv -v
    ! 6 unchanged
    $ attend student deactivate b
    $ attend student import again.csv --deactivate-missing --dry-run -v
     CHANGE      CODE  NAME    GROUP            CHANGES
     add         zz    Gül
     update      é     Eva K.  G8               name Eva → Eva K.
     activate    b     Ben     G7
     add         AA    Hal
     deactivate  10    Cem            inactive
    ! 2 added, 1 updated, 1 activated, 1 deactivated, 3 unchanged (dry run: nothing was changed)
    $ attend student import again.csv --deactivate-missing -v
    ! 2 added, 1 updated, 1 activated, 1 deactivated, 3 unchanged
    $ attend student list --all --format csv
    code,name,group,active␍
    10,Cem,,false␍
    9,Dana,,true␍
    A,Ada,G7,true␍
    AA,Hal,,true␍
    b,Ben,G7,true␍
    zz,Gül,,true␍
    é,Eva K.,G8,true␍
    𝒳,Fia,,true␍
    ");
}

#[test]
fn a_refused_roll_shows_no_plan() {
    let school = with_roll("code,name\nA,Ada\nA,Ben\n");
    insta::assert_snapshot!(school.session(&["student import roll.csv --dry-run --format csv"]), @r#"
    $ attend student import roll.csv --dry-run --format csv
    ! attend: roll.csv:3: code "A" is already on line 2
    ! hint: codes are unique; nothing was imported
    [65]
    "#);
}

#[test]
fn inactive_rows_count_towards_the_limit_of_a_fifth() {
    let school = with_roll("code,name\nA,Ada\nB,Ben\n");
    school.ok(&["student", "import", "roll.csv"]);
    school.write("roll.csv", "code,name,active\nA,Ada,0\nB,Ben,1\n");
    insta::assert_snapshot!(school.session(&["student import roll.csv"]), @"
    $ attend student import roll.csv
    ! attend: the file would deactivate 1 student, more than a fifth of the 2 active ones
    ! hint: nothing was imported; if the roll really changed this much, add --force
    [1]
    ");
}

#[test]
fn columns_must_be_those_of_a_roll() {
    insta::assert_snapshot!(faulty("code,group\nA,G7\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:1: no column for the name is recognised among "code", "group"
    ! hint: write --columns 'code=COLUMN,name=COLUMN' with columns of the file; nothing was imported
    [65]
    "#);
    insta::assert_snapshot!(faulty("code,name,gruop\nA,Ada,G7\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:1: the column "gruop" is not recognised
    ! hint: did you mean "group"? write --columns 'code=code,name=name,group=gruop'; nothing was imported
    [65]
    "#);
    insta::assert_snapshot!(faulty("code,name,Name\nA,Ada,Eva\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:1: the column "Name" appears twice
    ! hint: remove one of them, or say which with --columns; nothing was imported
    [65]
    "#);
    insta::assert_snapshot!(faulty(""), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:1: the file is empty
    ! hint: the first row names the columns, such as code,name,group; nothing was imported
    [65]
    "#);
}

#[test]
fn faults_are_reported_with_their_line() {
    insta::assert_snapshot!(faulty("code,name\nA,Ada\nB,Ben\nA,Eva\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:4: code "A" is already on line 2
    ! hint: codes are unique; nothing was imported
    [65]
    "#);
    insta::assert_snapshot!(faulty("code,name\nA,Ada\n,Ben\n"), @"
    $ attend student import roll.csv
    ! attend: roll.csv:3: the code is empty
    ! hint: every student needs a unique code, such as H000123
    [65]
    ");
    insta::assert_snapshot!(faulty("code,name\nA,Ada\nB 1,Ben\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:3: "B 1" cannot be a code
    ! hint: a code is one word of at most 64 bytes, such as H000123
    [65]
    "#);
    insta::assert_snapshot!(faulty("code,name\nA,\n"), @"
    $ attend student import roll.csv
    ! attend: roll.csv:2: the name is empty
    ! hint: write the name as staff know it
    [65]
    ");
    insta::assert_snapshot!(faulty("code,name\nA,Ada\nB,Karim, Ben\n"), @"
    $ attend student import roll.csv
    ! attend: roll.csv:3: 3 fields, but the header has 2
    ! hint: quote fields that hold commas; nothing was imported
    [65]
    ");
    insta::assert_snapshot!(faulty("code,name,active\nA,Ada,1\nB,Ben,maybe\n"), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:3: "maybe" is neither yes nor no
    ! hint: write 1 or 0, yes or no, true or false
    [65]
    "#);
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let twice = "code,name\nA,\"Ada\nKarim\"\n\nB,Ben\nB,Eva\n";
    insta::assert_snapshot!(faulty(twice), @r#"
    $ attend student import roll.csv
    ! attend: roll.csv:6: code "B" is already on line 5
    ! hint: codes are unique; nothing was imported
    [65]
    "#);
    assert_eq!(faulty(twice.replace('\n', "\r\n")), faulty(twice));
    let torn = "code,name\nA,Ada\n\nB\n";
    insta::assert_snapshot!(faulty(torn), @"
    $ attend student import roll.csv
    ! attend: roll.csv:4: 1 field, but the header has 2
    ! hint: quote fields that hold commas; nothing was imported
    [65]
    ");
    assert_eq!(faulty(torn.replace('\n', "\r\n")), faulty(torn));
}

#[test]
fn files_from_spreadsheets_are_understood() {
    for content in [
        "code,name,group\nA,\"Karim, Ada \"\"Addy\"\"\",G7\n",
        "\u{feff}code,name,group\r\nA,\"Karim, Ada \"\"Addy\"\"\",G7\r\n",
        "\u{feff}Code;Name;Group\r\nA;\"Karim, Ada \"\"Addy\"\"\";G7\r\n",
        "\u{feff}\"code\";\"name\";\"group\"\nA;\"Karim, Ada \"\"Addy\"\"\";G7\n",
        "group\tcode\tname\nG7\tA\t\"Karim, Ada \"\"Addy\"\"\"\n",
        "\"code\",\"name\",\"group\"\n\" A \",\"Karim, Ada \"\"Addy\"\"\",\" G7 \"",
    ] {
        let school = with_roll(content);
        let said = school.session(&["student import roll.csv", "student list --format jsonl"]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said, @r#"
            $ attend student import roll.csv
            $ attend student list --format jsonl
            {"code":"A","name":"Karim, Ada \"Addy\"","group":"G7","active":true}
            "#);
        }
    }
}

#[test]
fn names_keep_whatever_is_in_them_and_cannot_move_the_cursor() {
    let school = with_roll("code,name\nA,\"Ada\nKarim\"\nB,\u{1b}[2JBen\n");
    insta::assert_snapshot!(school.session(&[
        "student import roll.csv",
        "student list",
        "student list --format csv",
        "student list --format jsonl",
    ]), @r#"
    $ attend student import roll.csv
    $ attend student list
     CODE  NAME          GROUP
     A     Ada\nKarim
     B     \u{1b}[2JBen
    $ attend student list --format csv
    code,name,group,active␍
    A,"Ada
    Karim",,true␍
    B,[2JBen,,true␍
    $ attend student list --format jsonl
    {"code":"A","name":"Ada\nKarim","group":null,"active":true}
    {"code":"B","name":"\u001b[2JBen","group":null,"active":true}
    "#);
}

#[test]
fn a_roll_may_come_through_a_pipe_and_a_missing_file_is_told() {
    let school = School::new();
    insta::assert_snapshot!(school.session_with("student import - -v", "code,name\nA,Ada\n"), @"
    $ attend student import - -v
    ! 1 added
    ");
    insta::assert_snapshot!(school.session(&["student import rol.csv", "student import ."]), @"
    $ attend student import rol.csv
    ! attend: cannot open rol.csv: No such file or directory (os error 2)
    [74]
    $ attend student import .
    ! attend: ./: a OneRoster export needs a users.csv
    ! hint: nothing was imported
    [65]
    ");
}

#[test]
fn one_student_is_added_edited_and_shown() {
    let school = School::new();
    insta::assert_snapshot!(school.session(&[
        "student add H000123 \"Ada Karim\" --group G7",
        "student add H000123 \"Eva Karim\"",
        "student edit H000123 --name \"Ada K. Karim\" --group G8",
        "student show H000123",
        "student edit H000123 --group none",
        "student show H000123 --format json",
        "student add \"H 1\" Ben",
        "student show H000124",
        "student edit XYZ --name Nobody",
        "student deactivate H000123 H000999",
        "student list",
    ]), @r#"
    $ attend student add H000123 "Ada Karim" --group G7
    $ attend student add H000123 "Eva Karim"
    ! attend: student "H000123" is on the roll already: Ada Karim
    ! hint: attend student edit H000123 changes name and groups; another student needs another code
    [1]
    $ attend student edit H000123 --name "Ada K. Karim" --group G8
    $ attend student show H000123
    H000123 · Ada K. Karim · G8

     FROM              UNTIL             GROUP
     always            7 Sep 2026 09:59  G7
     7 Sep 2026 09:59  further notice    G8
    $ attend student edit H000123 --group none
    $ attend student show H000123 --format json
    {"report":"student","as_of":"2026-09-07T09:59:12+03:00","code":"H000123","name":"Ada K. Karim","group":null,"active":true,"aliases":[],"rows":[{"from":null,"until":"2026-09-07T09:59:12+03:00","group":"G7"},{"from":"2026-09-07T09:59:12+03:00","until":null,"group":null}]}
    $ attend student add "H 1" Ben
    ! error: invalid value 'H 1' for '<CODE>': "H 1" cannot be a code
    ! hint: a code is one word of at most 64 bytes, such as H000123
    !
    ! For more information, try '--help'.
    [2]
    $ attend student show H000124
    ! attend: no student "H000124"
    ! hint: did you mean "H000123"? (attend student list)
    [1]
    $ attend student edit XYZ --name Nobody
    ! attend: no student "XYZ"
    ! hint: attend student list shows them all
    [1]
    $ attend student deactivate H000123 H000999
    ! attend: no student "H000999"
    ! hint: did you mean "H000123"? (attend student list)
    [1]
    $ attend student list
     CODE     NAME          GROUP
     H000123  Ada K. Karim
    "#);
}

#[test]
fn a_leaver_stays_in_yesterdays_register() {
    let mut school = School::example();
    school.ok(&["schedule", "generate", "--from", "2026-09-06", "--days", "1", "--yes"]);
    school.at("2026-09-06T09:40:00+03:00");
    school.ingest(seen("H000123", 0.9, "2026-09-06T09:38:00+03:00", "gate-1"));
    school.at("2026-09-07T09:40:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student deactivate H000123",
        "student show H000123",
        "roster show --period \"Block 2\" --date 2026-09-06 --group G7 --format csv",
        "roster now --group G7 --format csv",
        "student edit H000123 --activate",
        "student show H000123",
    ]), @r#"
    $ attend student deactivate H000123
    $ attend student show H000123
    H000123 · Ada Karim · G7 · inactive

     FROM    UNTIL             GROUP
     always  7 Sep 2026 09:40  G7
    $ attend roster show --period "Block 2" --date 2026-09-06 --group G7 --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-06,Block 2,H000101,Zoë O'Neil,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-06,Block 2,H000102,ژیان ئەحمەد,G7,absent,,,,,,0,,0,,,100,,,,,,,false,,false␍
    2026-09-06,Block 2,H000123,Ada Karim,G7,present,2026-09-06T09:38:00+03:00,2026-09-06T09:38:00+03:00,2026-09-06T09:38:00+03:00,0.9,gate-1,1,,0,,,100,,,,,,,false,,false␍
    $ attend roster now --group G7 --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000101,Zoë O'Neil,G7,expected,,,,,,0,,0,,,0,gate-1 blind 09:30–09:40,,,,,,false,,false␍
    2026-09-07,Block 2,H000102,ژیان ئەحمەد,G7,expected,,,,,,0,,0,,,0,gate-1 blind 09:30–09:40,,,,,,false,,false␍
    2026-09-07,Block 2,H000123,Ada Karim,G7,expected,,,,,,0,,0,,,0,gate-1 blind 09:30–09:40,,,,,,false,,false␍
    $ attend student edit H000123 --activate
    $ attend student show H000123
    H000123 · Ada Karim · G7

     FROM    UNTIL           GROUP
     always  further notice  G7
    "#);
}

#[test]
fn a_new_group_leaves_old_dates_alone() {
    let mut school = School::example();
    school.ok(&[
        "period", "add", "Lab", "--start", "13:00", "--end", "14:00", "--days", "daily", "--groups", "G7",
    ]);
    school.ok(&["schedule", "generate", "--days", "3"]);
    school.at("2026-09-08T13:30:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student edit H000123 --group G8",
        "student show H000123",
        "export records --date 2026-09-07 --period Lab --dialect plain",
        "export records --date 2026-09-08 --period Lab --dialect plain",
    ]), @"
    $ attend student edit H000123 --group G8
    $ attend student show H000123
    H000123 · Ada Karim · G8

     FROM              UNTIL             GROUP
     always            8 Sep 2026 13:30  G7
     8 Sep 2026 13:30  further notice    G8
    $ attend export records --date 2026-09-07 --period Lab --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Lab,H000101,Zoë O'Neil,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–14:00,,,,,,false,,false␍
    2026-09-07,Lab,H000102,ژیان ئەحمەد,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–14:00,,,,,,false,,false␍
    2026-09-07,Lab,H000123,Ada Karim,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–14:00,,,,,,false,,false␍
    $ attend export records --date 2026-09-08 --period Lab --dialect plain
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-08,Lab,H000101,Zoë O'Neil,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–13:30,,,,,,false,,false␍
    2026-09-08,Lab,H000102,ژیان ئەحمەد,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–13:30,,,,,,false,,false␍
    2026-09-08,Lab,H000123,Ada Karim,G7,unknown,,,,,,0,,0,,,,no camera on duty 12:55–13:30,,,,,,false,,false␍
    ");
}

/// A sighting that waited counts, and makes no student expected before the enrolment.
#[test]
fn a_newcomer_is_in_the_register_only_where_a_sighting_waited() {
    let mut school = School::example();
    school.ingest(seen("H000101", 0.9, "2026-09-07T09:40:00+03:00", "gate-1"));
    let newcomer = |ts: &str| seen("H000199", 0.9, ts, "gate-1");
    school.at("2026-09-08T09:59:00+03:00");
    assert_eq!(school.ingest(newcomer("2026-09-08T09:40:00+03:00"))[0]["reason"], "unknown_student");
    school.at("2026-09-09T09:59:00+03:00").ok(&["prune", "--older-than", "1d"]);
    assert_eq!(school.ingest(newcomer("2026-09-07T09:40:00+03:00"))[0]["reason"], "older_than_retention");
    school.ok(&["student", "add", "H000199", "New Comer"]);
    school.ok(&["quarantine", "retry"]);
    let expected = |date| school.records(date, date).iter().any(|record| record["student"] == "H000199");
    let dates = ["2026-09-07", "2026-09-08", "2026-09-09"];
    assert_eq!(dates.map(expected), [false, true, false]);
}

#[test]
fn a_student_who_never_was_on_the_roll_after_all_comes_back_into_the_groups_and_the_audit_log_tells_it() {
    let mut school = School::example();
    school.at("2026-09-07T10:05:00+03:00");
    school.ok(&["student", "add", "S8", "New Kid", "--group", "G7,Chess"]);
    school.ok(&["student", "add", "S9", "Next Kid", "--group", "G7", "--from", "2026-09-14"]);
    insta::assert_snapshot!(school.session(&[
        "student deactivate S8 --from 2026-09-07T08:00:00+03:00 --reason typo",
        "student deactivate S9",
        "student show S8",
        "student edit S8 --activate",
        "student edit S9 --activate --from 2026-09-14",
        "student show S8",
        "student show S9",
        "audit --limit 6",
    ]), @r#"
    $ attend student deactivate S8 --from 2026-09-07T08:00:00+03:00 --reason typo
    $ attend student deactivate S9
    $ attend student show S8
    S8 · New Kid · Chess,G7 · inactive
    Never on the roll.
    $ attend student edit S8 --activate
    $ attend student edit S9 --activate --from 2026-09-14
    $ attend student show S8
    S8 · New Kid · Chess,G7

     FROM              UNTIL           GROUP
     7 Sep 2026 10:05  further notice  Chess,G7
    $ attend student show S9
    S9 · Next Kid · G7 · inactive

     FROM               UNTIL           GROUP
     14 Sep 2026 00:00  further notice  G7
    $ attend audit --limit 6
     WHEN                  BY     DID                 STUDENT  WHAT
     Mon 7 Sep 2026 10:05  admin  student edit        S9       active, from 2026-09-14
     Mon 7 Sep 2026 10:05  admin  student edit        S8       active
     Mon 7 Sep 2026 10:05  admin  student deactivate  S9       inactive
     Mon 7 Sep 2026 10:05  admin  student deactivate  S8       inactive, from 2026-09-07T05:00:00+00:00; typo
     Mon 7 Sep 2026 10:05  admin  student add         S9       from 2026-09-14
     Mon 7 Sep 2026 10:05  admin  student add         S8
    "#);
    school.ok(&["student", "deactivate", "S8", "--from", "2026-09-07T08:00:00+03:00"]);
    school.write("roll.csv", "code,name,group\nS8,New Kid,8B\n");
    school.ok(&["student", "import", "roll.csv"]);
    assert!(
        school.ok(&["student", "show", "S8"]).starts_with("S8 · New Kid · 8B\n"),
        "a roll says what it says"
    );
}
