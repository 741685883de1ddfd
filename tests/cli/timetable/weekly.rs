//! The weekly plan as a sheet: written and read back.

use crate::common::harness::School;

fn school() -> School {
    let school = School::new();
    school.write("r.csv", "code,name,group\nH1,Ada,G7A\nH2,Bob,G7B\nH3,Cem,G8\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&[
        "period",
        "add",
        "Block 1",
        "--start",
        "08:00",
        "--end",
        "09:00",
        "--days",
        "sun-thu",
        "--groups",
        "g7*",
        "--places",
        "G7A=lab,hall",
    ]);
    school.ok(&[
        "period",
        "add",
        "Night",
        "--start",
        "22:00",
        "--end",
        "06:00",
        "--days",
        "fri",
        "--late-after",
        "none",
    ]);
    school
}

#[test]
fn an_exported_plan_comes_back_unchanged() {
    let school = school();
    for (file, dialect) in [("plan.csv", "excel"), ("plan2.csv", "plain"), ("plan.xlsx", "excel")] {
        school.ok(&["period", "export", "--dialect", dialect, "-o", file]);
        let said = school.session(&[&format!("period import {file} --remove-missing -v")]);
        assert!(said.contains("2 unchanged"), "{said}");
    }
    insta::assert_snapshot!(school.session(&["period export --dialect plain"]), @r#"
    $ attend period export --dialect plain
    order,name,start,end,days,mask,early_grace,late_grace,late_after,closes_after,places,groups,enabled␍
    1,Block 1,08:00,09:00,"mon-thu,sun",79,5m,10m,10m,,"hall,G7A=lab",g7*,true␍
    2,Night,22:00,06:00,fri,16,5m,10m,,,all,all,true␍
    "#);
}

#[test]
fn a_sheet_adds_changes_and_removes_periods() {
    let school = school();
    school.write(
        "plan.csv",
        "Name;Start;End;Days;Groups\nblock 1;08:00;09:10;sun-thu;G7*\nBlock 2;09:30:00;10:30;mon,wed;G9\n",
    );
    insta::assert_snapshot!(school.session(&[
        "period import plan.csv --dry-run",
        "period import plan.csv --remove-missing -v",
        "period list",
        "audit --limit 1 --format csv",
    ]), @r#"
    $ attend period import plan.csv --dry-run
     CHANGE  NAME     CHANGES
     update  block 1  name Block 1 → block 1, end 09:00 → 09:10, groups g7* → G7*
     add     Block 2
    ! no student is in group "G9": groups are G7A, G7B, G8
    $ attend period import plan.csv --remove-missing -v
    ! no student is in group "G9": groups are G7A, G7B, G8
    ! 1 added, 1 changed, 1 removed
    ! occurrences that have begun keep their plan; attend schedule generate updates future ones
    $ attend period list
     ORDER  NAME     TIME         WEEK           MASK  GRACE           LATE AFTER  PLACES        GROUPS
         1  block 1  08:00–09:10  M T W T · · S    79  5 min / 10 min  10 min      hall,G7A=lab  G7*
         4  Block 2  09:30–10:30  M · W · · · ·     5  5 min / 10 min  10 min      all           G9
    $ attend audit --limit 1 --format csv
    id,at,by,action,student,detail␍
    5,2026-09-07T09:59:12+03:00,admin,period import,,"block 1: name Block 1 → block 1, end 09:00 → 09:10, groups g7* → G7*; Block 2 added; Night removed"␍
    "#);
}

#[test]
fn wrong_rows_are_named_and_nothing_is_imported() {
    let school = school();
    for (name, text) in [
        ("time.csv", "name,start,end,days\nA,8h,09:00,mon\n"),
        ("twice.csv", "name,start,end,days\nA,08:00,09:00,mon\na,09:00,10:00,mon\n"),
        ("column.csv", "name,start,ends,days\nA,08:00,09:00,mon\n"),
        ("places.csv", "name,start,end,days,places\nA,08:00,09:00,mon,=lab\n"),
        ("empty.csv", ""),
    ] {
        school.write(name, text);
    }
    insta::assert_snapshot!(school.session(&[
        "period import time.csv",
        "period import twice.csv",
        "period import column.csv",
        "period import places.csv",
        "period import empty.csv",
        "period list --format csv",
    ]), @r#"
    $ attend period import time.csv
    ! attend: time.csv:2: "8h" is not a time of day
    ! hint: write hours and minutes, 00:00 to 23:59, such as 08:20
    [65]
    $ attend period import twice.csv
    ! attend: twice.csv:3: the period "a" is already at twice.csv:2
    ! hint: remove one of the rows; nothing was imported
    [65]
    $ attend period import column.csv
    ! attend: column.csv:1: the plan has no column "end"
    ! hint: did you mean "ends"? attend period export shows the columns; nothing was imported
    [65]
    $ attend period import places.csv
    ! attend: places.csv:2: "=lab" names no class
    ! hint: write CLASS=PLACE, such as 7A=lab
    [65]
    $ attend period import empty.csv
    ! attend: empty.csv: the file is empty
    ! hint: attend period export shows the columns
    [65]
    $ attend period list --format csv
    order,name,start,end,days,mask,early_grace,late_grace,late_after,closes_after,places,groups,enabled␍
    1,Block 1,08:00,09:00,"mon-thu,sun",79,5m,10m,10m,,"hall,G7A=lab",g7*,true␍
    2,Night,22:00,06:00,fri,16,5m,10m,,,all,all,true␍
    "#);
}

#[test]
fn a_group_that_matches_no_student_is_a_warning() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "period edit \"Block 1\" --groups G7a,G88",
        "period add \"Block 3\" --start 11:00 --end 12:00 --days daily --groups X*",
        "schedule add Exam --start 13:00 --end 14:00 --groups g8b",
    ]), @r#"
    $ attend period edit "Block 1" --groups G7a,G88
    ! no student is in group "G88": did you mean "G8"?
    $ attend period add "Block 3" --start 11:00 --end 12:00 --days daily --groups X*
    ! no student is in group "X*": groups are G7A, G7B, G8
    $ attend schedule add Exam --start 13:00 --end 14:00 --groups g8b
    ! no student is in group "g8b": did you mean "G8"?
    ! 2026-09-07 now follows the weekly periods, too: Block 1, Block 3
    "#);
}

#[test]
fn a_misspelt_column_or_a_mask_that_contradicts_the_days_stops_the_import() {
    let school = school();
    let plan = school.ok(&["period", "export", "--dialect", "plain"]);
    school.write("gruops.csv", plan.replace("groups", "gruops"));
    let mask =
        plan.lines().nth(1).unwrap().split(',').find(|cell| cell.parse::<u8>().is_ok_and(|mask| mask > 9));
    school.write("mask.csv", plan.replace(&format!(",{},", mask.unwrap()), ",64,"));
    insta::assert_snapshot!(school.session(&["period import gruops.csv", "period import mask.csv"]), @r#"
    $ attend period import gruops.csv
    ! attend: gruops.csv:1: the column "gruops" is not known
    ! hint: did you mean "groups"? attend period export shows the columns; nothing was imported
    [65]
    $ attend period import mask.csv
    ! attend: mask.csv:2: the days are mon-thu,sun (79), but the mask is 64
    ! hint: correct one of the two, or leave the mask empty; nothing was imported
    [65]
    "#);
}
