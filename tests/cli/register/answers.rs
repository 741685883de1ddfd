//! Totals by class, by period and by date, and a month of one student.

use serde_json::Value;

use crate::common::harness::{School, seen};

/// Two days: on Monday Zoë was there and Ada late, on Tuesday only Zoë came.
fn school() -> School {
    let mut school = School::example();
    school.ok(&["period", "edit", "Block 2", "--late-after", "5m"]);
    school.ok(&["schedule", "generate"]);
    school.ingest(
        seen("H000101", 0.9, "2026-09-07T09:36:00+03:00", "gate-1")
            + &seen("H000123", 0.9, "2026-09-07T09:46:00+03:00", "gate-1"),
    );
    school.at("2026-09-08T12:00:00+03:00");
    school.ingest(seen("H000101", 0.9, "2026-09-08T09:36:00+03:00", "gate-1"));
    school.ok(&["mark", "H000140", "excused", "--date", "mon..tue", "--reason", "flu", "--yes"]);
    school.ok(&["schedule", "close", "2026-09-09", "--reason", "Eid"]);
    school
}

#[test]
fn totals_are_listed_by_group_period_date_and_student_worst_first() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "summary --by group --date mon..tue",
        "summary --by period",
        "summary --by date --from mon --sort name",
        "summary --by student --date mon --group G7 --sort late --format csv",
        "summary --by date --date 2026-12-01",
        "summary --by house",
        "summary --sort late",
    ]), @"
    $ attend summary --by group --date mon..tue
    Mon 7 Sep 2026 – Tue 8 Sep 2026 · by group · a student in two groups counts in both
    unknown: Mon 7 Sep 2026, Assembly: no camera on duty 07:55–08:15
    unknown: Mon 7 Sep 2026, Block 1: no camera on duty 08:15–09:30
    unknown: Mon 7 Sep 2026, Block 3: gate-1 blind 10:30–11:20
    unknown: Tue 8 Sep 2026, Assembly: gate-1 blind 07:55–08:15
    unknown: Tue 8 Sep 2026, Block 3: gate-1 blind 10:30–11:20

     GROUP  PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     G8           0.0        0     0       3        8    0        5        16
     G7          33.3        3     1       6        0    0       15        24
    $ attend summary --by period
    Tue 8 Sep 2026 · by period
    unknown: Assembly: gate-1 blind 07:55–08:15
    unknown: Block 3: gate-1 blind 10:30–11:20

     PERIOD    PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     Assembly        0.0        0     0       0        1    0        4         5
     Block 1         0.0        0     0       4        1    0        0         5
     Block 3         0.0        0     0       0        1    0        4         5
     Block 2        20.0        1     0       3        1    0        0         5
    $ attend summary --by date --from mon --sort name
    Mon 7 Sep 2026 – Tue 8 Sep 2026 · by date
    unknown: Mon 7 Sep 2026, Assembly: no camera on duty 07:55–08:15
    unknown: Mon 7 Sep 2026, Block 1: no camera on duty 08:15–09:30
    unknown: Mon 7 Sep 2026, Block 3: gate-1 blind 10:30–11:20
    unknown: Tue 8 Sep 2026, Assembly: gate-1 blind 07:55–08:15
    unknown: Tue 8 Sep 2026, Block 3: gate-1 blind 10:30–11:20

     DATE        PRESENT %  PRESENT  LATE  ABSENT  EXCUSED  LOW  UNKNOWN  EXPECTED
     2026-09-07       25.0        2     1       2        4    0       12        20
     2026-09-08        8.3        1     0       7        4    0        8        20
    $ attend summary --by student --date mon --group G7 --sort late --format csv
    student,name,present_percent,present,late,after_close,absent,excused,low_score,unknown,pending,expected,blind␍
    H000123,Ada Karim,100,1,1,0,0,0,0,3,0,4,2026-09-07 Assembly: no camera on duty 07:55–08:15 · 2026-09-07 Block 1: no camera on duty 08:15–09:30 · 2026-09-07 Block 3: gate-1 blind 10:30–11:20␍
    H000101,Zoë O'Neil,100,1,0,0,0,0,0,3,0,4,2026-09-07 Assembly: no camera on duty 07:55–08:15 · 2026-09-07 Block 1: no camera on duty 08:15–09:30 · 2026-09-07 Block 3: gate-1 blind 10:30–11:20␍
    H000102,ژیان ئەحمەد,0,0,0,0,1,0,0,3,0,4,2026-09-07 Assembly: no camera on duty 07:55–08:15 · 2026-09-07 Block 1: no camera on duty 08:15–09:30 · 2026-09-07 Block 3: gate-1 blind 10:30–11:20␍
    $ attend summary --by date --date 2026-12-01
    Tue 1 Dec 2026 · by date
    No period of these dates has begun: attend schedule list
    $ attend summary --by house
    ! error: invalid value 'house' for '--by <WHAT>'
    !   [possible values: group, period, date, student, session, reason]
    !
    ! For more information, try '--help'.
    [2]
    $ attend summary --sort late
    ! error: the following required arguments were not provided:
    !   --by <WHAT>
    !
    ! Usage: attend summary [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    ");
    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&school.ok(&[args, &["--format", "json"]].concat())).unwrap()
    };
    let whole = json(&["summary", "--from", "mon", "--to", "tue"]);
    for by in ["period", "date", "student"] {
        let sums = json(&["summary", "--by", by, "--date", "mon..tue"]);
        for key in ["expected", "present", "late", "absent", "excused", "unknown"] {
            assert_eq!(sums[key], whole[key], "{key} by {by}");
        }
    }
}

#[test]
fn a_month_of_one_student_is_a_grid() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "history H000140 --from 2026-09-06 --to 2026-09-10",
        "history H000123 --date mon..tue --format csv",
        "history H000123 --from 2026-10-01 --to 2026-10-31",
    ]), @"
    $ attend history H000140 --from 2026-09-06 --to 2026-09-10
    H000140 · 王小明 · G8 · Sun 6 Sep 2026 – Thu 10 Sep 2026
    Present 0.0 % (0 of 8) · late 0 · absent 0 · excused 8 · unknown 0

     DATE            ASM  B1  B2  B3
     Mon 7 Sep 2026  –    –   –   –   flu
     Tue 8 Sep 2026  –    –   –   –   flu
     Wed 9 Sep 2026                   Eid
    $ attend history H000123 --date mon..tue --format csv
    date,Assembly,Block 1,Block 2,Block 3,remarks,blind␍
    2026-09-07,unknown,unknown,present,unknown,,Assembly: no camera on duty 07:55–08:15 · Block 1: no camera on duty 08:15–09:30 · Block 3: gate-1 blind 10:30–11:20␍
    2026-09-08,unknown,absent,absent,unknown,,Assembly: gate-1 blind 07:55–08:15 · Block 3: gate-1 blind 10:30–11:20␍
    $ attend history H000123 --from 2026-10-01 --to 2026-10-31
    H000123 · Ada Karim · G7 · Thu 1 Oct 2026 – Sat 31 Oct 2026
    nothing judged · late 0 · absent 0 · excused 0 · unknown 0
    No period expected the student on these dates.
    ");
}

/// The number after a word in a line of sums such as `late 2 · absent 1`.
fn number_of(line: &str, word: &str) -> u32 {
    let after = line.split(" · ").find_map(|part| part.strip_prefix(word));
    after.map_or(0, |number| number.trim().parse().unwrap())
}

#[test]
fn the_numbers_that_people_see_add_up_at_any_time_of_the_day() {
    let mut school = school();
    let (mut not_yet, mut rows) = (0, 0);
    for now in ["07:50", "08:02", "08:24", "09:36", "09:50", "12:00"] {
        school.at(&format!("2026-09-08T{now}:00+03:00"));
        for by in ["period", "student", "date", "reason"] {
            let table = school.ok(&["summary", "--by", by, "--date", "today"]);
            let waiting = table.contains("NOT YET SEEN");
            not_yet += u32::from(waiting);
            for row in table.lines() {
                let numbers: Vec<u32> =
                    row.split_whitespace().rev().map_while(|cell| cell.parse().ok()).collect();
                if numbers.len() < 7 {
                    continue; // A heading, or a place that was blind.
                }
                rows += 1;
                // From the right: expected, perhaps not yet seen, unknown, low, excused, absent, late, present.
                let (others, present) = (4 + usize::from(waiting), 6 + usize::from(waiting));
                let sum = numbers[1..=others].iter().sum::<u32>() + numbers[present];
                assert_eq!(sum, numbers[0], "{now} {by}\n{table}");
            }
        }
        for code in ["H000102", "H000123", "H000140"] {
            let asked = ["history", code, "--from", "2026-09-07", "--to", "2026-09-08"];
            let shown = school.ok(&asked);
            let sums = shown.lines().nth(1).unwrap();
            let present =
                sums.split_once('(').map_or(0, |(_, rest)| rest.split(' ').next().unwrap().parse().unwrap());
            let others = ["absent", "excused", "unknown", "low score", "not yet seen"];
            let all: u32 = present + others.iter().map(|word| number_of(sums, word)).sum::<u32>();
            let json: Value =
                serde_json::from_str(&school.ok(&[&asked[..], &["--format", "json"]].concat())).unwrap();
            assert_eq!(json["expected"], all, "{now} {sums}");
        }
    }
    assert!(not_yet > 3 && rows > 50, "{not_yet} of the tables are before a decision, with {rows} rows");
}

#[test]
fn changes_are_exported_with_author_and_reason() {
    let mut school = school();
    school.at("2026-09-08T12:30:00+03:00");
    school.ok(&[
        "mark",
        "H000123",
        "present",
        "--period",
        "Block 2",
        "--reason",
        "in the lab",
        "--by",
        "ms-lee",
    ]);
    school.at("2026-09-08T12:40:00+03:00");
    school.ok(&["mark", "H000123", "late", "--period", "Block 2", "--minutes", "5"]);
    school.ok(&["unmark", "H000123", "--period", "Block 2"]);
    school.ok(&["unmark", "H000140", "--date", "tue", "--yes"]);
    let id = school.ok(&["review", "list", "--format", "jsonl"]);
    assert_eq!(id, "", "nothing is doubtful");
    insta::assert_snapshot!(school.session(&[
        "export changes --date today --dialect plain",
        "export changes --date today --student H000123 --columns at,was,is",
        "export changes --date yesterday --student H000999",
    ]), @r#"
    $ attend export changes --date today --dialect plain
    at,by,student,name,date,period,from,until,cause,was,is,reason␍
    2026-09-08T12:00:00+03:00,admin,H000140,王小明,,,2026-09-07T00:00:00+03:00,2026-09-09T00:00:00+03:00,excuse,,excused,flu␍
    2026-09-08T12:00:00+03:00,admin,H000140,王小明,,,2026-09-07T00:00:00+03:00,2026-09-08T00:00:00+03:00,excuse,,excused,flu␍
    2026-09-08T12:30:00+03:00,ms-lee,H000123,Ada Karim,2026-09-08,Block 2,,,mark,,present,in the lab␍
    2026-09-08T12:40:00+03:00,admin,H000123,Ada Karim,2026-09-08,Block 2,,,mark,present,late,␍
    2026-09-08T12:40:00+03:00,admin,H000123,Ada Karim,2026-09-08,Block 2,,,mark,late,,␍
    2026-09-08T12:40:00+03:00,admin,H000140,王小明,,,2026-09-07T00:00:00+03:00,2026-09-09T00:00:00+03:00,excuse,excused,,flu␍
    $ attend export changes --date today --student H000123 --columns at,was,is
    ﻿at,was,is␍
    2026-09-08 12:30:00,,present␍
    2026-09-08 12:40:00,present,late␍
    2026-09-08 12:40:00,late,␍
    $ attend export changes --date yesterday --student H000999
    ! attend: no student "H000999"
    ! hint: did you mean "H000177"? (attend student list)
    [1]
    "#);
}
