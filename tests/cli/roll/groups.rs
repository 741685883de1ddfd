//! Several groups for each student: given by hand and by rolls, in periods, rosters, sums and exports.

use crate::common::harness::{School, seen};

/// Monday 7 September 2026, 08:30: Ada and Bob in 7A, Cem in 7B, all imported.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name,group\nH1,Ada,7A\nH2,Bob,7A\nH3,Cem,7B\n");
    school.ok(&["student", "import", "r.csv"]);
    school
}

#[test]
fn groups_given_by_hand_outlive_imports() {
    let mut school = school();
    school.at("2026-09-08T07:00:00+03:00");
    school.write("new.csv", "code,name,group\nH1,Ada,\"8A; Maths\"\nH2,Bob,7a\nH3,Cem,7B\n");
    insta::assert_snapshot!(school.session(&[
        "student edit H1 --group +Chess",
        "student edit H2 --group -7A,+chess",
        "student edit H3 --group -7A",
        "student edit H3 --group +Chess,7B",
        "student add H4 Dana --group \"Chess,7b\"",
        "student import new.csv --dry-run",
        "student import new.csv -v",
        "student import new.csv -v",
        "student show H1",
    ]), @r#"
    $ attend student edit H1 --group +Chess
    $ attend student edit H2 --group -7A,+chess
    $ attend student edit H3 --group -7A
    ! attend: H3: the student is not in group "7A"
    ! hint: attend student show CODE tells the groups
    [1]
    $ attend student edit H3 --group +Chess,7B
    ! error: invalid value '+Chess,7B' for '--group <GROUPS>': "+Chess,7B" both sets and changes groups
    ! hint: write 8A,Chess to set them, or +Chess,-7A to change them
    !
    ! For more information, try '--help'.
    [2]
    $ attend student add H4 Dana --group "Chess,7b"
    $ attend student import new.csv --dry-run
     CHANGE  CODE  NAME  GROUP              CHANGES
     update  H1    Ada   8A,Chess,Maths     group 7A,Chess → 8A,Chess,Maths
     update  H2    Bob   7A,Chess           group Chess → 7A,Chess
    $ attend student import new.csv -v
    ! 2 updated, 1 unchanged
    $ attend student import new.csv -v
    ! 3 unchanged
    $ attend student show H1
    H1 · Ada · 8A,Chess,Maths

     FROM              UNTIL             GROUP
     always            8 Sep 2026 07:00  7A
     8 Sep 2026 07:00  further notice    8A,Chess,Maths
    "#);
}

#[test]
fn periods_find_their_students_by_patterns_in_any_case() {
    let mut school = school();
    school.ok(&["student", "edit", "H1", "--group", "+Chess"]);
    for (name, hours, groups) in [
        ("Lesson", ["08:00", "09:00"], "7*"),
        ("Club", ["10:00", "11:00"], "chess"),
        ("All", ["12:00", "12:30"], "all"),
    ] {
        let [start, end] = hours;
        school.ok(&[
            "period", "add", name, "--start", start, "--end", end, "--days", "daily", "--groups", groups,
        ]);
    }
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T12:40:00+03:00");
    school.ingest(seen("H1", 0.9, "2026-09-07T10:05:00+03:00", "gate-1"));
    insta::assert_snapshot!(school.session(&[
        "roster show --period Club",
        "summary --by group --date today --format csv",
        "export records --date today --columns period,student,group --dialect plain",
        "export records --date today --columns period,student,group --dialect plain --per-group",
        "export records --date today --columns period,student,group --dialect plain --per-group --group ch*",
    ]), @r#"
    $ attend roster show --period Club
    Club · Mon 7 Sep · 10:00–11:00   over
    1/1 present · 0 absent · coverage 100 %

     CODE  NAME  GROUP     STATUS            FIRST  LAST   SCORE  CAMERA
     H1    Ada   7A,Chess  ✓ present         10:05  10:05   0.90  gate-1
    $ attend summary --by group --date today --format csv
    group,present_percent,present,late,after_close,absent,excused,low_score,unknown,pending,expected,blind␍
    7A,100,1,0,0,0,0,0,4,0,5,2026-09-07 Lesson: no camera on duty 07:55–09:00 · 2026-09-07 All: gate-1 blind 11:55–12:30␍
    Chess,100,1,0,0,0,0,0,2,0,3,2026-09-07 Lesson: no camera on duty 07:55–09:00 · 2026-09-07 All: gate-1 blind 11:55–12:30␍
    7B,,0,0,0,0,0,0,2,0,2,2026-09-07 Lesson: no camera on duty 07:55–09:00 · 2026-09-07 All: gate-1 blind 11:55–12:30␍
    $ attend export records --date today --columns period,student,group --dialect plain
    period,student,group␍
    Lesson,H1,"7A,Chess"␍
    Lesson,H2,7A␍
    Lesson,H3,7B␍
    Club,H1,"7A,Chess"␍
    All,H1,"7A,Chess"␍
    All,H2,7A␍
    All,H3,7B␍
    $ attend export records --date today --columns period,student,group --dialect plain --per-group
    period,student,group␍
    Lesson,H1,7A␍
    Lesson,H1,Chess␍
    Lesson,H2,7A␍
    Lesson,H3,7B␍
    Club,H1,7A␍
    Club,H1,Chess␍
    All,H1,7A␍
    All,H1,Chess␍
    All,H2,7A␍
    All,H3,7B␍
    $ attend export records --date today --columns period,student,group --dialect plain --per-group --group ch*
    period,student,group␍
    Lesson,H1,Chess␍
    Club,H1,Chess␍
    All,H1,Chess␍
    "#);
}

#[test]
fn the_history_of_moves_is_kept() {
    let mut school = school();
    school.at("2026-09-09T10:00:00+03:00").ok(&["student", "edit", "H1", "--group", "+Chess,-7A"]);
    school.at("2026-09-10T10:00:00+03:00").ok(&["student", "edit", "H1", "--group", "-Chess"]);
    insta::assert_snapshot!(school.session(&["student show H1", "audit --about H1 --format csv"]), @"
    $ attend student show H1
    H1 · Ada

     FROM               UNTIL              GROUP
     always             9 Sep 2026 10:00   7A
     9 Sep 2026 10:00   10 Sep 2026 10:00  Chess
     10 Sep 2026 10:00  further notice
    $ attend audit --about H1 --format csv
    id,at,by,action,student,detail␍
    4,2026-09-10T10:00:00+03:00,admin,student edit,H1,group Chess → none␍
    3,2026-09-09T10:00:00+03:00,admin,student edit,H1,group 7A → Chess␍
    ");
}

#[test]
fn stated_columns_are_remembered_for_the_next_file() {
    let school = school();
    let file = |name: &str, group: &str| {
        school.write(name, format!("Ref;Called;Set;Club\nH1;Ada;{group};Chess\nH2;Bob;{group};\n"));
    };
    file("first.csv", "7A");
    file("second.csv", "8A");
    insta::assert_snapshot!(school.session(&[
        "student import first.csv",
        "student import first.csv --columns code=Ref,name=Called,group=Set+Club -v",
        "student import second.csv -v",
        "student list --format csv",
    ]), @r#"
    $ attend student import first.csv
    ! attend: first.csv:1: no column for the code is recognised among "Ref", "Called", "Set", "Club"
    ! hint: write --columns 'code=Ref,name=Called'; nothing was imported
    [65]
    $ attend student import first.csv --columns code=Ref,name=Called,group=Set+Club -v
    ! code ← "Ref", name ← "Called", group ← "Set" + "Club"
    ! 1 updated, 1 unchanged
    $ attend student import second.csv -v
    ! columns as for the last file: code ← "Ref", name ← "Called", group ← "Set" + "Club"
    ! 2 updated
    $ attend student list --format csv
    code,name,group,active␍
    H1,Ada,"8A,Chess",true␍
    H2,Bob,8A,true␍
    H3,Cem,7B,true␍
    "#);
}

#[test]
fn an_import_moves_a_student_whom_a_person_brought_back() {
    let mut school = School::new();
    school.write("roll.csv", "code,name,group\nH1,Ada,G7\n");
    school.ok(&["student", "import", "roll.csv"]);
    school.ok(&["student", "edit", "H1", "--group", "+Choir"]);
    school.at("2026-09-07T12:00:00+03:00");
    school.ok(&["student", "deactivate", "H1"]);
    school.at("2026-09-08T09:00:00+03:00");
    school.ok(&["student", "edit", "H1", "--activate"]);
    school.at("2026-09-09T09:00:00+03:00");
    school.write("roll.csv", "code,name,group\nH1,Ada,G8\n");
    school.ok(&["student", "import", "roll.csv"]);
    let listed = school.ok(&["student", "list", "--format", "csv"]);
    assert!(listed.contains("H1,Ada,\"Choir,G8\""), "{listed}");
}

#[test]
fn a_name_that_cannot_be_chosen_later_is_refused_at_the_door() {
    let school = school();
    school.write("star.csv", "code,name,group\nH1,Ada,7A\nH2,Bob,A*\n");
    school.write("none.csv", "code,name,group\nH1,Ada,7A\nH2,Bob,7A; None\n");
    insta::assert_snapshot!(school.session(&[
        "student import star.csv",
        "student import none.csv",
        "student edit H1 --group 8A,none",
        "student edit H1 --group +*",
        "student add H4 Dana --group All",
        "student list --group * --format csv",
    ]), @r#"
    $ attend student import star.csv
    ! attend: star.csv:3: "A*" cannot be a group
    ! hint: * stands for any letters where groups are chosen: leave it out, or write another name
    [65]
    $ attend student import none.csv
    ! attend: none.csv:3: "None" cannot be a group
    ! hint: None stands for no group where groups are chosen: leave it out, or write another name
    [65]
    $ attend student edit H1 --group 8A,none
    ! error: invalid value '8A,none' for '--group <GROUPS>': "none" cannot be a group
    ! hint: none stands for no group where groups are chosen: leave it out, or write another name
    !
    ! For more information, try '--help'.
    [2]
    $ attend student edit H1 --group +*
    ! error: invalid value '+*' for '--group <GROUPS>': "*" cannot be a group
    ! hint: * stands for any letters where groups are chosen: leave it out, or write another name
    !
    ! For more information, try '--help'.
    [2]
    $ attend student add H4 Dana --group All
    ! error: invalid value 'All' for '--group <GROUPS>': "All" cannot be a group
    ! hint: All stands for all students where groups are chosen: leave it out, or write another name
    !
    ! For more information, try '--help'.
    [2]
    $ attend student list --group * --format csv
    code,name,group,active␍
    H1,Ada,7A,true␍
    H2,Bob,7A,true␍
    H3,Cem,7B,true␍
    "#);
}
