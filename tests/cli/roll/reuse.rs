//! Codes that are given to another student, or to the same one under another name.

use crate::common::harness::{School, seen};

/// Ada had the code 29 until 2 September; she was seen in P1 on the first.
fn ada_left() -> School {
    let mut school = School::new();
    school.at("2026-09-01T07:30:00+03:00");
    school.write("r.csv", "code,name,group\n29,Ada Karim,9A\n30,Bob,9A\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-01T08:06:00+03:00");
    school.ingest(seen("29", 0.9, "2026-09-01T08:05:00+03:00", "gate-1"));
    school.at("2026-09-02T07:30:00+03:00").ok(&["student", "deactivate", "29"]);
    school.at("2026-09-05T07:30:00+03:00");
    school.write("cy.csv", "code,name,group\n29,Cy Newcomer,3B\n30,Bob,9A\n");
    school
}

/// The students present on 1 September.
fn first_of_september(school: &School) -> Vec<String> {
    let rows = school.records("2026-09-01", "2026-09-01").into_iter();
    let of = |row: &serde_json::Value| format!("{} {} {}", row["student"], row["name"], row["status"]);
    rows.filter(|row| row["student"] != "30").map(|row| of(&row).replace('"', "")).collect()
}

#[test]
fn a_code_of_a_leaver_is_not_given_to_another_name_unasked() {
    let school = ada_left();
    let said = school.session(&[
        "student import cy.csv --dry-run",
        "student import cy.csv",
        "student add 29 \"Cy Newcomer\" --group 3B",
        "student add 29 \"Karim, Ada\"",
    ]);
    insta::assert_snapshot!(said, @r#"
    $ attend student import cy.csv --dry-run
    ! attend: cy.csv:2: code "29" was "Ada Karim" until 2026-09-02, and would become "Cy Newcomer"
    ! hint: the same person under another name: --same; another person: another code, or first attend student retire-code 29, which keeps the past of "Ada Karim" as "29~2026-09-02"; nothing was changed
    [1]
    $ attend student import cy.csv
    ! attend: cy.csv:2: code "29" was "Ada Karim" until 2026-09-02, and would become "Cy Newcomer"
    ! hint: the same person under another name: --same; another person: another code, or first attend student retire-code 29, which keeps the past of "Ada Karim" as "29~2026-09-02"; nothing was changed
    [1]
    $ attend student add 29 "Cy Newcomer" --group 3B
    ! attend: code "29" was "Ada Karim" until 2026-09-02, and would become "Cy Newcomer"
    ! hint: the same person under another name: --same; another person: another code, or first attend student retire-code 29, which keeps the past of "Ada Karim" as "29~2026-09-02"; nothing was changed
    [1]
    $ attend student add 29 "Karim, Ada"
    ! attend: "29" is the code of Ada Karim, who left on 2026-09-02
    ! hint: the same student: attend student edit 29 --activate; another one: attend student retire-code 29 first
    [1]
    "#);
    assert_eq!(first_of_september(&school), ["29 Ada Karim present"]);
}

#[test]
fn a_retired_code_keeps_its_past_and_is_free_for_another_student() {
    let mut school = ada_left();
    insta::assert_snapshot!(school.session(&[
        "student retire-code 30",
        "student retire-code 29 -v",
        "student import cy.csv",
        "student list --all",
    ]), @r#"
    $ attend student retire-code 30
    ! attend: student "30" is on the roll
    ! hint: attend student deactivate 30, then retire the code
    [1]
    $ attend student retire-code 29 -v
    ! the past of 29 is kept as 29~2026-09-02
    $ attend student import cy.csv
    $ attend student list --all
     CODE           NAME         GROUP
     29             Cy Newcomer  3B
     29~2026-09-02  Ada Karim    9A     inactive
     30             Bob          9A
    "#);
    assert_eq!(first_of_september(&school), ["29~2026-09-02 Ada Karim present"]);
    // Another one who leaves on the date of the first has a code of her own too.
    school.at("2026-09-05T08:00:00+03:00");
    school.ok(&["student", "deactivate", "29"]);
    school.ok(&["student", "retire-code", "29"]);
    school.ok(&["student", "add", "29", "Di Third"]);
    school.ok(&["student", "deactivate", "29"]);
    school.ok(&["student", "retire-code", "29"]);
    let codes = school.ok(&["student", "list", "--all", "--format", "jsonl"]);
    assert!(codes.contains("29~2026-09-05\"") && codes.contains("29~2026-09-05.2\""), "{codes}");
}

#[test]
fn the_same_person_comes_back_under_another_name() {
    let school = ada_left();
    school.write("married.csv", "code,name,group\n29,Ada Haddad,9B\n30,Bob,9A\n");
    school.ok(&["student", "import", "married.csv", "--dry-run"]);
    school.ok(&["student", "import", "cy.csv", "--same"]);
    assert_eq!(first_of_september(&school), ["29 Cy Newcomer present"]);
    let other = ada_left();
    other.ok(&["student", "add", "29", "Cy Newcomer", "--group", "3B", "--same"]);
    assert!(other.ok(&["student", "list"]).contains("Cy Newcomer"));
}

#[test]
fn an_import_of_an_earlier_date_does_not_rename_a_leaver_either() {
    let school = ada_left();
    let said = school.session(&["student import cy.csv --from 2026-09-01 --yes"]);
    assert!(said.contains("was \"Ada Karim\" until 2026-09-02"), "{said}");
}

/// A late line of the code, and the answer to it.
fn late(school: &School, ts: &str) -> String {
    school.ingest(seen("29", 0.9, ts, "gate-1"))[0].to_string()
}

#[test]
fn a_late_line_of_a_retired_code_belongs_to_its_former_student() {
    let mut school = ada_left();
    school.ok(&["student", "retire-code", "29"]);
    let before_the_new_one = late(&school, "2026-09-01T08:10:00+03:00");
    assert!(before_the_new_one.contains(r#""period":"P1""#), "{before_the_new_one}");
    school.ok(&["student", "import", "cy.csv"]);
    let answer = late(&school, "2026-09-01T08:12:00+03:00");
    assert!(answer.contains(r#""period":"P1""#), "{answer}");
    let records = school.records("2026-09-01", "2026-09-01");
    let ada = records.iter().find(|row| row["student"] == "29~2026-09-02").unwrap();
    assert_eq!(ada["sightings"], 3, "{records:?}");
    assert!(records.iter().all(|row| row["student"] != "29"), "{records:?}");
    // Ada had left, and no other student had the code yet.
    let between = late(&school, "2026-09-04T08:10:00+03:00");
    assert!(between.contains("inactive_student"), "{between}");
    school.at("2026-09-05T08:10:00+03:00");
    let now = late(&school, "2026-09-05T08:05:00+03:00");
    assert!(now.contains(r#""period":"P1""#), "{now}");
    assert!(school.ok(&["history", "29"]).contains("seen  P1"), "the sighting of today is Cy's");
}

#[test]
fn a_late_line_of_an_erased_student_is_not_given_to_the_one_who_has_the_code_now() {
    let school = ada_left();
    school.ok(&["student", "retire-code", "29"]);
    school.ok(&["student", "import", "cy.csv"]);
    school.ok(&["student", "erase", "29~2026-09-02", "--reason", "asked"]);
    let answer = late(&school, "2026-09-01T08:12:00+03:00");
    assert!(answer.contains("erased_student"), "{answer}");
    school.ok(&["student", "erase", "29", "--reason", "asked"]);
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let left: i64 = conn.query_row("SELECT count(*) FROM former_code", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "no code of an erased student is left");
}

#[test]
fn a_line_of_a_retired_code_that_is_sent_again_is_about_the_same_student_after_edits_of_the_past() {
    let school = ada_left();
    school.ok(&["student", "retire-code", "29"]);
    school.ok(&["student", "add", "29", "Cy Newcomer", "--group", "3B", "--from", "2026-09-01", "--yes"]);
    let leaves = ["student", "deactivate", "29~2026-09-02", "--from", "2026-09-01T08:00:00+03:00", "--yes"];
    school.ok(&leaves);
    let again = school.ingest(seen("29", 0.9, "2026-09-01T08:05:00+03:00", "gate-1"));
    assert_eq!(again[0]["reason"], "inactive_student");
    assert_eq!(school.stored().len(), 1);
    // A line that is new is about the one who was on the roll.
    let other = school.ingest(seen("29", 0.9, "2026-09-01T08:07:00+03:00", "gate-1"));
    assert_eq!(other[0]["status"], 200);
    assert!(first_of_september(&school).contains(&"29 Cy Newcomer present".to_owned()));
}

#[test]
fn a_retired_code_is_known_in_any_spelling() {
    let mut school = ada_left();
    school.at("2026-09-05T07:30:00+03:00");
    school.ok(&["student", "add", "k9", "Eva First", "--from", "2026-09-01", "--yes"]);
    school.ok(&["student", "deactivate", "k9", "--from", "2026-09-02", "--yes"]);
    school.ok(&["student", "retire-code", "k9"]);
    school.ok(&["student", "add", "k9", "Fay Second"]);
    let late = ["k9", "K9"].map(|code| seen(code, 0.9, "2026-09-01T08:20:00+03:00", "gate-1"));
    let acks = school.ingest(late.concat());
    assert_eq!([&acks[0]["duplicate"], &acks[1]["duplicate"]], [false, true]);
    assert!(first_of_september(&school).contains(&"k9~2026-09-02 Eva First present".to_owned()));
}

#[test]
fn a_code_of_a_student_who_is_not_on_the_roll_is_taken_up_or_retired() {
    let mut school = School::new();
    school.at("2026-09-01T08:00:00+03:00");
    school.write("r.csv", "code,name,active\nH3,Cy Roe,no\n");
    school.ok(&["student", "add", "H1", "Ada Karim"]);
    school.ok(&["student", "add", "H2", "Bob Poe", "--from", "2026-10-01"]);
    school.ok(&["student", "import", "r.csv"]);
    school.at("2026-09-07T08:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student add H1 \"Ada Karim\"",
        "student add H2 \"Bob Poe\"",
        "student add H3 \"Cy Roe\"",
        "student add H3 \"Dee Fox\"",
        "student retire-code H3",
        "student add H3 \"Dee Fox\"",
        "student deactivate H1",
        "student add H1 \"Ada Karim\"",
        "student edit H1 --activate",
    ]), @r#"
    $ attend student add H1 "Ada Karim"
    ! attend: student "H1" is on the roll already: Ada Karim
    ! hint: attend student edit H1 changes name and groups; another student needs another code
    [1]
    $ attend student add H2 "Bob Poe"
    ! attend: "H2" is the code of Bob Poe, who comes on 2026-10-01
    ! hint: the same student: attend student edit H2 --activate; another one: attend student retire-code H2 first
    [1]
    $ attend student add H3 "Cy Roe"
    ! attend: "H3" is the code of Cy Roe, who is not on the roll
    ! hint: the same student: attend student edit H3 --activate; another one: attend student retire-code H3 first
    [1]
    $ attend student add H3 "Dee Fox"
    ! attend: "H3" is the code of Cy Roe, who is not on the roll
    ! hint: the same student: attend student edit H3 --activate; another one: attend student retire-code H3 first
    [1]
    $ attend student retire-code H3
    $ attend student add H3 "Dee Fox"
    $ attend student deactivate H1
    $ attend student add H1 "Ada Karim"
    ! attend: "H1" is the code of Ada Karim, who left on 2026-09-07
    ! hint: the same student: attend student edit H1 --activate; another one: attend student retire-code H1 first
    [1]
    $ attend student edit H1 --activate
    "#);
}
