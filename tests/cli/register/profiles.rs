//! `export records --as`: the register in the words of other systems.

use std::fs;

use crate::common::harness::{School, root, seen, text, words};

/// A morning in which every outcome occurs: present, late, absent, excused, a low score, and Block 3 without any sign of
/// life of the camera.
fn school() -> School {
    let mut school = School::example();
    school.at("2026-09-07T12:00:00+03:00");
    let seen_at = |student: &str, score, time: &str| {
        seen(student, score, &format!("2026-09-07T{time}:00+03:00"), "gate-1")
    };
    let lines: String = ["08:05", "08:25", "09:40"].map(|time| seen_at("H000101", 0.9, time)).concat();
    school.ingest(lines + &seen_at("H000102", 0.9, "08:05") + &seen_at("H000177", 0.5, "09:40"));
    for line in [
        "reason add ILL Illness --code I",
        "mark H000102 late --period \"Block 1\"",
        "mark H000123 excused --all-day --reason ill --yes",
        "settings set school_id 0101",
    ] {
        typed(&school, line);
    }
    for profile in ["clever", "ed-fi", "frappe"] {
        let codes = fs::read_to_string(root().join(format!("examples/codes/{profile}.toml"))).unwrap();
        school.write(&format!("{profile}.toml"), codes);
    }
    school
}

/// Types a command that must succeed.
fn typed(school: &School, line: &str) -> String {
    school.ok(&words(line).iter().map(String::as_str).collect::<Vec<_>>())
}

/// Changes a codes file.
fn edit(school: &School, name: &str, from: &str, to: &str) {
    let codes = fs::read_to_string(school.path(name)).unwrap();
    assert!(codes.contains(from), "{from}");
    school.write(name, codes.replacen(from, to, 1));
}

#[test]
fn clever_gets_a_row_for_each_period_or_day() {
    let school = school();
    edit(&school, "clever.toml", "# G7 = \"7A\"", "G7 = \"7A\"");
    let mut told = school.session(&["export records --as clever --codes clever.toml -v"]);
    edit(&school, "clever.toml", "per = \"period\"", "per = \"day\"\nid_column = \"Sis_id\"\n#");
    told += &school.session(&["export records --as clever --codes clever.toml --student H000123"]);
    insta::assert_snapshot!(told, @"
    $ attend export records --as clever --codes clever.toml -v
    Student_id,School_id,Section_id,Attendance_date,Attendance_type,Attendance_status,Excuse_code,Attendance_id␍
    H000101,0101,7A,2026-09-07,section,present,,0101/2026-09-07/Assembly/H000101␍
    H000102,0101,7A,2026-09-07,section,present,,0101/2026-09-07/Assembly/H000102␍
    H000123,0101,7A,2026-09-07,section,absent,I,0101/2026-09-07/Assembly/H000123␍
    H000140,0101,G8,2026-09-07,section,absent,,0101/2026-09-07/Assembly/H000140␍
    H000177,0101,G8,2026-09-07,section,absent,,0101/2026-09-07/Assembly/H000177␍
    H000101,0101,7A,2026-09-07,section,present,,0101/2026-09-07/Block 1/H000101␍
    H000102,0101,7A,2026-09-07,section,tardy,,0101/2026-09-07/Block 1/H000102␍
    H000123,0101,7A,2026-09-07,section,absent,I,0101/2026-09-07/Block 1/H000123␍
    H000140,0101,G8,2026-09-07,section,absent,,0101/2026-09-07/Block 1/H000140␍
    H000177,0101,G8,2026-09-07,section,absent,,0101/2026-09-07/Block 1/H000177␍
    H000101,0101,7A,2026-09-07,section,present,,0101/2026-09-07/Block 2/H000101␍
    H000102,0101,7A,2026-09-07,section,absent,,0101/2026-09-07/Block 2/H000102␍
    H000123,0101,7A,2026-09-07,section,absent,I,0101/2026-09-07/Block 2/H000123␍
    H000140,0101,G8,2026-09-07,section,absent,,0101/2026-09-07/Block 2/H000140␍
    H000123,0101,7A,2026-09-07,section,absent,I,0101/2026-09-07/Block 3/H000123␍
    ! not sent: 1 low_score, 4 unknown
    $ attend export records --as clever --codes clever.toml --student H000123
    Student_id,School_id,Section_id,Attendance_date,Attendance_type,Attendance_status,Excuse_code,Sis_id␍
    H000123,0101,,2026-09-07,daily,absent,I,0101/2026-09-07/H000123␍
    ");
}

#[test]
fn ed_fi_gets_an_event_for_each_day_and_half_day() {
    let school = school();
    edit(&school, "ed-fi.toml", "noon = \"12:00\"", "noon = \"09:35\"");
    let mut told = school.session(&["export records --as ed-fi --codes ed-fi.toml"]);
    edit(&school, "ed-fi.toml", "day = \"first\"", "day = \"any\"");
    told += &school.session(&["export records --as ed-fi --codes ed-fi.toml --student H000101"]);
    insta::assert_snapshot!(told, @r#"
    $ attend export records --as ed-fi --codes ed-fi.toml
    {"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#In Attendance","eventDate":"2026-09-07","attendanceEventReason":"","studentReference":{"studentUniqueId":"H000101"},"schoolReference":{"schoolId":255901001},"sessionReference":{"schoolId":255901001,"schoolYear":2027,"sessionName":"2026-2027 Fall"},"eventDuration":1.0}
    {"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence","eventDate":"2026-09-07","attendanceEventReason":"","studentReference":{"studentUniqueId":"H000102"},"schoolReference":{"schoolId":255901001},"sessionReference":{"schoolId":255901001,"schoolYear":2027,"sessionName":"2026-2027 Fall"},"eventDuration":0.5}
    {"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence","eventDate":"2026-09-07","attendanceEventReason":"Illness","studentReference":{"studentUniqueId":"H000123"},"schoolReference":{"schoolId":255901001},"sessionReference":{"schoolId":255901001,"schoolYear":2027,"sessionName":"2026-2027 Fall"},"eventDuration":1.0}
    {"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence","eventDate":"2026-09-07","attendanceEventReason":"","studentReference":{"studentUniqueId":"H000140"},"schoolReference":{"schoolId":255901001},"sessionReference":{"schoolId":255901001,"schoolYear":2027,"sessionName":"2026-2027 Fall"},"eventDuration":1.0}
    $ attend export records --as ed-fi --codes ed-fi.toml --student H000101
    {"attendanceEventCategoryDescriptor":"uri://ed-fi.org/AttendanceEventCategoryDescriptor#In Attendance","eventDate":"2026-09-07","attendanceEventReason":"","studentReference":{"studentUniqueId":"H000101"},"schoolReference":{"schoolId":255901001},"sessionReference":{"schoolId":255901001,"schoolYear":2027,"sessionName":"2026-2027 Fall"}}
    "#);
}

#[test]
fn frappe_gets_a_row_for_each_day() {
    let school = school();
    for (nth, code) in ["H000101", "H000102", "H000123", "H000140", "H000177"].iter().enumerate() {
        school.ok(&["student", "alias", code, &format!("sis:EDU-STU-2026-0000{}", nth + 1)]);
    }
    school.ok(&["student", "edit", "H000140", "--group", "", "--from", "2026-09-01", "--yes"]);
    insta::assert_snapshot!(school.session(&["export records --as frappe --codes frappe.toml"]), @"
    $ attend export records --as frappe --codes frappe.toml
    student,date,status,student_group␍
    EDU-STU-2026-00001,2026-09-07,Present,G7␍
    EDU-STU-2026-00003,2026-09-07,Leave,G7␍
    ");
}

/// The students of a group with the status of their day, as Clever gets them.
fn days_of(school: &School, group: &str) -> Vec<String> {
    let rows = typed(school, &format!("export records --as clever --codes clever.toml --group {group}"));
    let cells = rows.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
    cells.map(|row| format!("{} {}", row[0], row[5])).collect()
}

#[test]
fn a_day_is_judged_from_all_periods_and_belongs_to_the_group_in_which_it_began() {
    let mut school = school();
    edit(&school, "clever.toml", "per = \"period\"", "per = \"day\"\n#");
    school.at("2026-09-07T09:32:00+03:00");
    typed(&school, "student edit H000101 --group G8");
    typed(&school, "mark H000101 absent --period \"Block 2\" --period \"Block 3\" --yes");
    typed(&school, "mark H000140 present --period \"Block 2\" --yes");
    // H000123 is excused all day, but may still come to a period that has not begun.
    assert_eq!(days_of(&school, "G7"), ["H000101 present", "H000102 present"]);
    assert!(days_of(&school, "G8").is_empty(), "the mark for Block 2 counts when Block 2 begins");
    school.at("2026-09-07T12:00:00+03:00");
    assert_eq!(days_of(&school, "G7"), ["H000101 present", "H000102 present", "H000123 absent"]);
    assert_eq!(days_of(&school, "G8"), ["H000140 present"]);
}

#[test]
fn a_receiver_is_sent_nothing_that_its_rules_refuse() {
    let school = school();
    let export =
        |profile: &str| school.session(&[&format!("export records --as {profile} --codes {profile}.toml")]);
    let mut told = school
        .session(&["export records --as clever", "export records --as clever --codes clever.toml -o a.xlsx"]);
    told += &export("frappe");
    edit(&school, "clever.toml", "unknown = false", "");
    told += &export("clever");
    edit(&school, "clever.toml", "low_score = false", "low_score = false\nunknown = \"absent\"");
    told += &export("clever");
    edit(&school, "clever.toml", "unknown = \"absent\"", "unknown = \"unsure\"");
    told += &export("clever");
    edit(&school, "ed-fi.toml", "2026-09-01", "2026-10-01");
    told += &export("ed-fi");
    edit(&school, "ed-fi.toml", "school = \"255901001\"", "scool = \"255901001\"");
    told += &export("ed-fi");
    insta::assert_snapshot!(told, @r#"
    $ attend export records --as clever
    ! error: the following required arguments were not provided:
    !   --codes <FILE>
    !
    ! Usage: attend export records [OPTIONS]
    !
    ! For more information, try '--help'.
    [2]
    $ attend export records --as clever --codes clever.toml -o a.xlsx
    ! attend: a.xlsx: the receiver reads csv, not xlsx
    ! hint: name a file such as attendance.csv
    [2]
    $ attend export records --as frappe --codes frappe.toml
    ! attend: H000101 has no identity in the school system
    ! hint: attend student alias H000101 sis:…
    [1]
    $ attend export records --as clever --codes clever.toml
    ! attend: clever.toml: [codes] has no entry for unknown
    ! hint: write unknown = "…" with the receiver's code, or unknown = false to send no such rows
    [65]
    $ attend export records --as clever --codes clever.toml
    ! attend: clever.toml: [codes] gives unknown the code of an absence
    ! hint: nothing undecided is sent as an absence: write another code, or unknown = false
    [65]
    $ attend export records --as clever --codes clever.toml
    ! attend: clever.toml: unknown = "unsure": clever has no such code
    ! hint: Clever knows absent, tardy and present
    [65]
    $ attend export records --as ed-fi --codes ed-fi.toml
    ! attend: 2026-09-07 lies in no [[term]] of the codes file
    ! hint: add the term of that date, or export other dates
    [2]
    $ attend export records --as ed-fi --codes ed-fi.toml
    ! attend: ed-fi.toml:4: unknown field `scool`, expected one of `school`, `student`, `per`, `day`, `noon`, `id_column`, `codes`, `groups`, `term`
    [65]
    "#);
}

#[test]
fn a_receiver_is_told_the_days_that_changed() {
    let mut school = school();
    edit(&school, "clever.toml", "per = \"period\"", "per = \"day\"");
    let edition = "export records --as clever --codes clever.toml --feed clever";
    school.session(&[edition, "export confirm clever"]);
    school.at("2026-09-07T12:10:00+03:00");
    assert_eq!(typed(&school, edition).lines().count(), 1, "only the heading");
    school.ok(&["mark", "H000140", "present", "--period", "Block 1"]);
    let told = school.session(&[edition]);
    assert!(told.contains("H000140,0101,,2026-09-07,daily,present"), "{told}");
}

#[test]
fn an_identity_that_the_receiver_refuses_is_refused_before_anything_is_written() {
    let school = school();
    let identity = "E".repeat(33);
    for code in ["H000101", "H000102", "H000140", "H000177"] {
        school.ok(&["student", "alias", code, &format!("sis:E{code}")]);
    }
    let codes = fs::read_to_string(school.path("ed-fi.toml")).unwrap();
    school.write("ed-fi.toml", format!("student = \"sis\"\n{codes}"));
    let refused = |profile: &str| {
        let codes = format!("{profile}.toml");
        let args = ["export", "records", "--as", profile, "--codes", &codes, "--date", "2026-09-07"];
        let output = school.feed(&args, "");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{profile}");
        text(&output.stderr)
    };
    assert!(refused("frappe").contains("H000123 has no identity in the school system"));
    school.ok(&["student", "alias", "H000123", &format!("sis:{identity}")]);
    let words = refused("ed-fi");
    assert!(words.contains("longer than the 32 characters that the receiver takes"), "{words}");
}
