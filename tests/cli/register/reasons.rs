//! The school's list of reasons.

use crate::common::harness::School;

#[test]
fn a_reason_on_the_list_is_typed_by_its_key_counted_and_exported_with_its_code() {
    let mut school = School::example();
    insta::assert_snapshot!(school.session(&[
        "reason list",
        "reason add ILL Illness --code I",
        "reason add ILL Illness --code I",
        "reason add TRIP \"School trip\"",
        "reason add \"TOO ILL\" Illness",
        "reason list",
        "mark H000123 excused --all-day --reason ill --yes",
        "mark H000140 absent --period \"Block 2\" --reason \"ILL: fever\"",
        "mark H000101 absent --period \"Block 2\" --reason \"missed the bus\"",
        "mark H000102 present --period \"Block 2\" --reason TRIP",
    ]), @r#"
    $ attend reason list
    No reasons yet: attend reason add ILL "Illness" --code I
    $ attend reason add ILL Illness --code I
    $ attend reason add ILL Illness --code I
    $ attend reason add TRIP "School trip"
    $ attend reason add "TOO ILL" Illness
    ! attend: "TOO ILL" cannot be the key of a reason
    ! hint: write one word without a colon, such as ILL
    [2]
    $ attend reason list
     KEY   REASON       CODE
     ILL   Illness      I
     TRIP  School trip  TRIP
    $ attend mark H000123 excused --all-day --reason ill --yes
    $ attend mark H000140 absent --period "Block 2" --reason "ILL: fever"
    $ attend mark H000101 absent --period "Block 2" --reason "missed the bus"
    $ attend mark H000102 present --period "Block 2" --reason TRIP
    "#);
    school.at("2026-09-07T15:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "summary --by reason",
        "export records --period \"Block 2\" --columns student,status,reason,reason_code --dialect plain",
        "export absences --date today --columns student,absent,excused,expected,periods,reason,reason_code --dialect plain",
        "reason remove ill",
        "reason remove Nope",
        "summary --by reason --group G7 --format csv",
        "audit --format csv --limit 6",
    ]), @r#"
    $ attend summary --by reason
    Mon 7 Sep 2026 · by reason

     REASON          PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     Illness               0.0        0     0       1        4    0        0         5
     missed the bus        0.0        0     0       1        0    0        0         1
     School trip         100.0        1     0       0        0    0        0         1
    $ attend export records --period "Block 2" --columns student,status,reason,reason_code --dialect plain
    student,status,reason,reason_code␍
    H000101,absent,missed the bus,␍
    H000102,present,School trip,TRIP␍
    H000123,excused,Illness,I␍
    H000140,absent,Illness: fever,I␍
    H000177,unknown,,␍
    $ attend export absences --date today --columns student,absent,excused,expected,periods,reason,reason_code --dialect plain
    student,absent,excused,expected,periods,reason,reason_code␍
    H000101,1,0,4,Block 2,missed the bus,␍
    H000123,0,4,4,"Assembly, Block 1, Block 2, Block 3",Illness,I␍
    H000140,1,0,4,Block 2,Illness: fever,I␍
    $ attend reason remove ill
    $ attend reason remove Nope
    ! attend: no reason "Nope"
    ! hint: attend reason list shows them all
    [1]
    $ attend summary --by reason --group G7 --format csv
    reason,present_percent,present,late,after_close,absent,excused,low_score,unknown,pending,expected,blind␍
    Illness,0,0,0,0,0,4,0,0,0,4,␍
    missed the bus,0,0,0,0,1,0,0,0,0,1,␍
    School trip,100,1,0,0,0,0,0,0,0,1,␍
    $ attend audit --format csv --limit 6
    id,at,by,action,student,detail␍
    17,2026-09-07T15:00:00+03:00,admin,summary,,2026-09-07 as csv to standard output␍
    16,2026-09-07T15:00:00+03:00,admin,reason remove,,ILL Illness (I)␍
    15,2026-09-07T15:00:00+03:00,admin,export absences,,2026-09-07 as csv to standard output␍
    14,2026-09-07T15:00:00+03:00,admin,export records,,2026-09-07 as csv to standard output␍
    13,2026-09-07T09:59:12+03:00,admin,mark,H000102,present in Block 2 on 2026-09-07; School trip␍
    12,2026-09-07T09:59:12+03:00,admin,mark,H000101,absent in Block 2 on 2026-09-07; missed the bus␍
    "#);
}

#[test]
fn changing_a_reason_replaces_the_entry_of_its_key() {
    let school = School::example();
    school.ok(&["reason", "add", "ILL", "Illness"]);
    school.ok(&["reason", "add", "ill", "Sick", "--code", "S"]);
    assert_eq!(school.ok(&["reason", "list", "--format", "csv"]), "key,reason,code\r\nill,Sick,S\r\n");
}

#[test]
fn marks_keep_the_code_of_a_reason_that_is_worded_anew() {
    let school = School::example();
    let codes = || {
        let columns = ["--columns", "reason,reason_code", "--dialect", "plain"];
        let rows =
            school.ok(&[&["export", "records", "--period", "Block 2", "--student", "H000123"][..], &columns]
                .concat());
        rows.lines().nth(1).unwrap().to_owned()
    };
    school.ok(&["reason", "add", "ILL", "Illness", "--code", "I"]);
    school.ok(&["mark", "H000123", "absent", "--period", "Block 2", "--reason", "ILL: fever"]);
    school.ok(&["reason", "add", "ILL", "Sickness", "--code", "S"]);
    assert_eq!(codes(), "Illness: fever,S");
    school.ok(&["mark", "H000140", "absent", "--period", "Block 2", "--reason", "ILL"]);
    insta::assert_snapshot!(school.ok(&["summary", "--by", "reason"]), @"
    Mon 7 Sep 2026 · by reason

     REASON    PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     Sickness        0.0        0     0       2        0    0        0         2
    ");
    school.ok(&["reason", "remove", "ILL"]);
    assert_eq!(codes(), "Illness: fever,", "the reason is off the list");
    school.ok(&["reason", "add", "ill", "Ill at home"]);
    assert_eq!(codes(), "Illness: fever,ill");
    school.ok(&["reason", "add", "OTHER", "Illness"]);
    assert_eq!(codes(), "Illness: fever,OTHER", "present words come first");
}
