//! Aliases: cards, PINs and names in face libraries, and cards that change hands.

use crate::common::harness::{School, seen};

/// Monday 7 September 2026, 08:30, in P1: Ada, Bob and Cem are on the roll.
fn school() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write(
        "r.csv",
        "code,name,group\nH000103,Ada Karim,G7\nH000104,Bob Haddad,G7\nH000105,Ada Kaya,G8\n",
    );
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "P1", "--start", "08:00", "--end", "09:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-07T08:30:00+03:00");
    school
}

/// The students who were recognised, in time order.
fn recognised(school: &School) -> Vec<String> {
    let args = ["export", "recognitions", "--date", "today", "--dialect", "plain", "--columns", "student"];
    school.ok(&args).lines().skip(1).map(|row| row.trim().to_owned()).collect()
}

#[test]
fn lines_name_students_by_card_pin_and_face() {
    let school = school();
    school.ok(&["student", "alias", "H000103", "card:3308812528", "face:Ada Karim", "pin:1003"]);
    for (minute, identity) in [
        (10, "3308812528"),
        (11, "card:3308812528"),
        (12, "ada karim"),
        (13, "1003"),
        (14, "H000103"),
        (15, "h000103"),
    ] {
        let ts = format!("2026-09-07T08:{minute}:00+03:00");
        assert_eq!(school.ingest(seen(identity, 0.9, &ts, "gate-1"))[0]["status"], 200, "{identity}");
    }
    let unknown = school.ingest(seen("pin:3308812528", 0.9, "2026-09-07T08:16:00+03:00", "gate-1"));
    assert_eq!(unknown[0]["reason"], "unknown_student");
    assert_eq!(school.stored().len(), 6);
    insta::assert_snapshot!(school.session(&["student show H000103", "mark pin:1003 late --period P1"]), @"
    $ attend student show H000103
    H000103 · Ada Karim · G7
    card:3308812528 · face:Ada Karim · pin:1003

     FROM    UNTIL           GROUP
     always  further notice  G7
    $ attend mark pin:1003 late --period P1
    ");
}

#[test]
fn lines_that_waited_for_a_new_alias_count_after_retry() {
    let school = school();
    let line = seen("3308812528", 0.9, "2026-09-07T08:05:00+03:00", "gate-1");
    assert_eq!(school.ingest(&line)[0]["reason"], "unknown_student");
    insta::assert_snapshot!(school.session(&[
        "student alias H000104 card:3308812528",
        "quarantine retry",
        "history H000104 --date today",
    ]), @"
    $ attend student alias H000104 card:3308812528
    $ attend quarantine retry
    $ attend history H000104 --date today
    H000104 · Bob Haddad · G7 · Mon 7 Sep 2026
    P1  ✓ present  08:05–08:05  best 0.90 gate-1  1 sighting

     TIME      WHAT  PERIOD  CAMERA  SCORE  EFFECT  BY  REASON
     08:05:00  seen  P1      gate-1   0.90  first
    ");
}

#[test]
fn a_card_belongs_to_one_student_at_a_time() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "student alias H000103 card:77 --from 2026-09-01",
        "student alias H000104 CARD:77",
        "student alias H000103 --remove card:77 --from 2026-09-07T08:10:00+03:00",
        "student alias H000103 --remove card:77",
        "student alias H000104 card:77 --from 2026-09-07T08:10:00+03:00",
        "student alias H000104 bike:77",
    ]), @r#"
    $ attend student alias H000103 card:77 --from 2026-09-01
    $ attend student alias H000104 CARD:77
    ! attend: student "H000103" has "card:77" then
    ! hint: --take-over takes it from H000103, with --from if it changed hands before
    [1]
    $ attend student alias H000103 --remove card:77 --from 2026-09-07T08:10:00+03:00
    $ attend student alias H000103 --remove card:77
    ! attend: the student does not have "card:77" then
    ! hint: attend student show CODE lists the aliases
    [1]
    $ attend student alias H000104 card:77 --from 2026-09-07T08:10:00+03:00
    $ attend student alias H000104 bike:77
    ! error: invalid value 'bike:77' for '[ALIAS]...': "bike:77" is not an alias
    ! hint: write card:3308812528, pin:1003 or face:"Ada Karim"
    !
    ! For more information, try '--help'.
    [2]
    "#);
    for ts in ["2026-09-07T08:09:59+03:00", "2026-09-07T08:10:00+03:00"] {
        school.ingest(seen("77", 0.9, ts, "gate-1"));
    }
    assert_eq!(recognised(&school), ["H000103", "H000104"]);
}

#[test]
fn the_card_of_a_student_who_left_goes_to_another() {
    let school = school();
    let said = school.session(&[
        "student alias H000103 card:77",
        "student deactivate H000103",
        "student alias H000104 card:77",
        "student edit H000103 --activate",
        "student show H000103",
        "db check",
    ]);
    insta::assert_snapshot!(said, @"
    $ attend student alias H000103 card:77
    $ attend student deactivate H000103
    $ attend student alias H000104 card:77
    $ attend student edit H000103 --activate
    $ attend student show H000103
    H000103 · Ada Karim · G7

     FROM    UNTIL           GROUP
     always  further notice  G7
    $ attend db check
     CHECK                                    RESULT  ROWS
     the file is whole                        ✓ ok
     every table is there                     ✓ ok
     the settings can be read                 ✓ ok
     references lead somewhere                ✓ ok
     erased students stay erased              ✓ ok
     recognitions show students on the roll   ✓ ok
     erased students are gone                 ✓ ok
     recognitions come from known cameras     ✓ ok
     heartbeats come from known cameras       ✓ ok
     nothing is left before the watermark     ✓ ok
     records lie within their occurrence      ✓ ok
     records rest on sightings                ✓ ok
     a settled register knows its coverage    ✓ ok
     no student is on the roll twice at once  ✓ ok
     an alias has one student at a time       ✓ ok
    ");
}

#[test]
fn a_value_that_is_a_code_needs_its_kind() {
    let school = school();
    insta::assert_snapshot!(school.session(&["student alias H000103 pin:H000104"]), @r#"
    $ attend student alias H000103 pin:H000104
    ! "H000104" is the code of another student: only lines that say "pin:H000104" count here
    "#);
    school.ingest(seen("H000104", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.ingest(seen("pin:H000104", 0.9, "2026-09-07T08:06:00+03:00", "gate-1"));
    assert_eq!(recognised(&school), ["H000104", "H000103"]);
}

#[test]
fn an_erased_student_leaves_no_alias_behind() {
    let school = school();
    school.ok(&["student", "alias", "H000103", "card:3308812528", "face:Ada Karim"]);
    school.ingest(seen("Ada Karim", 0.9, "2026-09-06T08:05:00+03:00", "gate-1"));
    let dossier = school.ok(&["student", "export", "H000103"]);
    assert!(dossier.contains("\"alias\":\"card:3308812528\""), "{dossier}");
    insta::assert_snapshot!(school.session(&["student erase \"ada kar\" --reason asked", "student erase H000103 --reason asked"]), @r#"
    $ attend student erase "ada kar" --reason asked
    ! attend: no student "ada kar"
    ! hint: attend student list shows them all
    [1]
    $ attend student erase H000103 --reason asked
    H000103 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.

     WHAT          REMOVED
     enrolments          1
     aliases             2
     recognitions        1
     records             0
     marks               0
     quarantine          0
     texts               0
     audit               2
     messages            0
     crops               0
    "#);
    for identity in ["3308812528", "card:3308812528", "Ada Karim", "h000103"] {
        let refused = school.ingest(seen(identity, 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
        assert_eq!(refused[0]["reason"], "erased_student", "{identity}");
    }
    let kept = school.ok(&["quarantine", "list", "--format", "jsonl"]);
    assert!(!kept.contains("3308812528") && !kept.contains("Ada"), "{kept}");
    school.ok(&["student", "alias", "H000104", "card:3308812528"]);
    let bob = school.ingest(seen("3308812528", 0.9, "2026-09-07T08:06:00+03:00", "gate-1"));
    assert_eq!(bob[0]["status"], 200, "the card has another owner");
}

#[test]
fn students_are_found_by_what_people_remember() {
    let school = school();
    school.ok(&["student", "alias", "H000104", "card:3308812528"]);
    school.ok(&["student", "add", "H000106", "Ren\u{e9}e M\u{fc}ller"]);
    insta::assert_snapshot!(school.session(&[
        "student find \"ada k\"",
        "student find RENEE muller --format csv",
        "student find 88125",
        "student find 0010 --format csv",
        "student find zoe",
        "mark \"ada k\" present --period P1",
        "mark \"ada kar\" present --period P1",
        "mark h000104 absent --period P1",
        "history hadd --date today",
        "student edit \"rene mul\" --group G8",
        "student deactivate ad",
    ]), @r#"
    $ attend student find "ada k"
     CODE     NAME       GROUP
     H000103  Ada Karim  G7
     H000105  Ada Kaya   G8
    $ attend student find RENEE muller --format csv
    code,name,group,active␍
    H000106,Renée Müller,,true␍
    $ attend student find 88125
     CODE     NAME        GROUP
     H000104  Bob Haddad  G7
    $ attend student find 0010 --format csv
    code,name,group,active␍
    H000103,Ada Karim,G7,true␍
    H000104,Bob Haddad,G7,true␍
    H000105,Ada Kaya,G8,true␍
    H000106,Renée Müller,,true␍
    $ attend student find zoe
    ! attend: no student "zoe"
    ! hint: attend student list shows them all
    [1]
    $ attend mark "ada k" present --period P1
    ! attend: "ada k" fits several students: H000103 Ada Karim (G7), H000105 Ada Kaya (G8)
    ! hint: write the code; attend student find "ada k" lists them
    [1]
    $ attend mark "ada kar" present --period P1
    $ attend mark h000104 absent --period P1
    $ attend history hadd --date today
    H000104 · Bob Haddad · G7 · Mon 7 Sep 2026
    P1  ✗ marked absent

     TIME      WHAT    PERIOD  CAMERA  SCORE  EFFECT  BY     REASON
     08:30:00  marked  P1                     absent  admin
    $ attend student edit "rene mul" --group G8
    $ attend student deactivate ad
    ! attend: "ad" fits several students: H000103 Ada Karim (G7), H000105 Ada Kaya (G8)
    ! hint: write the code; attend student find "ad" lists them
    [1]
    "#);
}

#[test]
fn codes_that_differ_only_in_case_are_one_code() {
    let school = school();
    school.ok(&["student", "add", "ab12", "Dana"]);
    insta::assert_snapshot!(school.session(&["student add AB12 Eva"]), @r#"
    $ attend student add AB12 Eva
    ! attend: student "ab12" is on the roll already: Dana
    ! hint: attend student edit ab12 changes name and groups; another student needs another code
    [1]
    "#);
    for (identity, status) in [("ab12", 200), ("Ab12", 200), ("AB12", 200), ("ab13", 202)] {
        let ack = school.ingest(seen(identity, 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
        assert_eq!(ack[0]["status"], status, "{identity}");
    }
}

/// The aliases of a student now.
fn aliases(school: &School, code: &str) -> String {
    school.ok(&["student", "show", code]).lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn imports_hand_out_aliases_and_take_back_only_their_own() {
    let school = school();
    school.write(
        "a.csv",
        "code,name,aliases\nH000103,Ada Karim,\"card:1; pin:7\"\nH000104,Bob Haddad,card:2\n",
    );
    school.write("b.csv", "code,name,aliases\nH000103,Ada Karim,card:2\nH000104,Bob Haddad,card:1\n");
    school.write("c.csv", "code,name,aliases\nH000103,Ada Karim,card:9\n");
    insta::assert_snapshot!(school.session(&[
        "student import a.csv -v",
        "student import a.csv -v",
        "student alias H000105 card:9",
        "student alias H000104 face:Bob",
        "student import b.csv -v",
        "student import c.csv -v",
    ]), @r#"
    $ attend student import a.csv -v
    ! 2 updated
    $ attend student import a.csv -v
    ! 2 unchanged
    $ attend student alias H000105 card:9
    $ attend student alias H000104 face:Bob
    $ attend student import b.csv -v
    ! 2 updated
    $ attend student import c.csv -v
    ! attend: c.csv:2: student "H000105" has "card:9" then
    ! hint: attend student alias H000105 --remove card:9 takes it away first
    [1]
    "#);
    assert_eq!(["H000103", "H000104"].map(|code| aliases(&school, code)), ["card:2", "card:1 · face:Bob"]);
}

#[test]
fn a_card_that_an_import_lists_still_changes_hands_as_planned() {
    let mut school = school();
    school.ok(&["student", "alias", "H000103", "card:5"]);
    school.ok(&["student", "alias", "H000104", "card:5", "--take-over", "--from", "2026-09-20"]);
    school.write("a.csv", "code,name,aliases\nH000103,Ada Karim-Lee,card:5\n");
    school.ok(&["student", "import", "a.csv"]);
    school.at("2026-09-20T07:00:00+03:00");
    assert_eq!(["H000103", "H000104"].map(|code| aliases(&school, code)), ["", "card:5"]);
}

#[test]
fn the_sightings_of_a_card_that_changed_hands_earlier_follow_it() {
    let mut school = school();
    school.ok(&["student", "alias", "H000103", "card:77", "--from", "2026-09-01"]);
    for (minute, identity) in [("05", "77"), ("15", "77"), ("16", "card:77"), ("17", "H000103"), ("17", "77")]
    {
        let ts = format!("2026-09-07T08:{minute}:00+03:00");
        school.ingest(seen(identity, 0.9, &ts, "gate-1"));
    }
    school.at("2026-09-07T10:00:00+03:00");
    school.ok(&["mark", "H000105", "present", "--period", "P1"]);
    insta::assert_snapshot!(school.session(&[
        "student alias H000104 card:77 --from 2026-09-07T08:10:00+03:00",
        "student alias H000104 card:77 --take-over --from 2026-09-07T08:10:00+03:00 --dry-run",
        "student alias H000104 card:77 --take-over --from 2026-09-07T08:00:00+03:00",
        "student alias H000104 card:77 --take-over --from 2026-09-07T08:10:00+03:00 --yes -v",
        "recompute --from 2026-09-07 --to 2026-09-07 --dry-run",
        "history H000103 --date today",
        "history H000104 --date today",
        "audit --format csv --limit 1",
        "db check",
    ]), @r#"
    $ attend student alias H000104 card:77 --from 2026-09-07T08:10:00+03:00
    ! attend: student "H000103" has "card:77" then
    ! hint: --take-over takes it from H000103, with --from if it changed hands before
    [1]
    $ attend student alias H000104 card:77 --take-over --from 2026-09-07T08:10:00+03:00 --dry-run
     DATE            PERIOD  CODE     NAME        BEFORE   AFTER
     Mon 7 Sep 2026  P1      H000103  Ada Karim   present  present  G7  G7
     Mon 7 Sep 2026  P1      H000104  Bob Haddad  absent   present  G7  G7
    $ attend student alias H000104 card:77 --take-over --from 2026-09-07T08:00:00+03:00
    ! 2026-09-07 P1: 1 absent → present, 1 present with other details (H000103, H000104)
    ! attend: not done: this would change 2 rows of 1 register: 1 absent → present, 1 present with other details
    ! hint: --yes does it; --dry-run only shows it
    [1]
    $ attend student alias H000104 card:77 --take-over --from 2026-09-07T08:10:00+03:00 --yes -v
    ! changed 2 rows of 1 register: 1 absent → present, 1 present with other details
    $ attend recompute --from 2026-09-07 --to 2026-09-07 --dry-run
    Nothing changes: every record is what its recognitions add up to.
    $ attend history H000103 --date today
    H000103 · Ada Karim · G7 · Mon 7 Sep 2026
    P1  ✓ present  08:05–08:17  best 0.90 gate-1  2 sightings

     TIME      WHAT  PERIOD  CAMERA  SCORE  EFFECT   BY  REASON
     08:05:00  seen  P1      gate-1   0.90  first
     08:17:00  seen  P1      gate-1   0.90  counted
    $ attend history H000104 --date today
    H000104 · Bob Haddad · G7 · Mon 7 Sep 2026
    P1  ✓ late 15 min  08:15–08:16  best 0.90 gate-1  2 sightings

     TIME      WHAT  PERIOD  CAMERA  SCORE  EFFECT   BY  REASON
     08:15:00  seen  P1      gate-1   0.90  first
     08:16:00  seen  P1      gate-1   0.90  counted
    $ attend audit --format csv --limit 1
    id,at,by,action,student,detail␍
    7,2026-09-07T10:00:00+03:00,admin,student alias,H000104,"with card, from 2026-09-07T05:10:00+00:00; changed 2 rows of 1 register: 1 absent → present, 1 present with other details"␍
    $ attend db check
     CHECK                                    RESULT  ROWS
     the file is whole                        ✓ ok
     every table is there                     ✓ ok
     the settings can be read                 ✓ ok
     references lead somewhere                ✓ ok
     erased students stay erased              ✓ ok
     recognitions show students on the roll   ✓ ok
     erased students are gone                 ✓ ok
     recognitions come from known cameras     ✓ ok
     heartbeats come from known cameras       ✓ ok
     nothing is left before the watermark     ✓ ok
     records lie within their occurrence      ✓ ok
     records rest on sightings                ✓ ok
     a settled register knows its coverage    ✓ ok
     no student is on the roll twice at once  ✓ ok
     an alias has one student at a time       ✓ ok
    "#);
    assert_eq!(recognised(&school), ["H000103", "H000104", "H000104", "H000103"]);
    let again = school.ingest(seen("77", 0.9, "2026-09-07T08:15:00+03:00", "gate-1"));
    assert_eq!(again[0]["duplicate"], true, "the day can be sent again");
}

#[test]
fn the_sightings_of_a_card_without_a_holder_wait_in_quarantine() {
    let mut school = school();
    school.ok(&["student", "alias", "H000103", "card:77", "pin:9", "--from", "2026-09-01"]);
    school.ingest(seen("77", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.ingest(seen("9", 0.8, "2026-09-07T08:06:00+03:00", "gate-1"));
    school.at("2026-09-07T10:00:00+03:00");
    insta::assert_snapshot!(school.session(&[
        "student alias H000103 --remove card:77 --from 2026-09-07 -v",
        "quarantine list --format csv",
        "student alias H000104 card:77 --from 2026-09-07 -v",
        "quarantine retry -v",
        "recompute --from 2026-09-07 --to 2026-09-07 --dry-run",
    ]), @r#"
    $ attend student alias H000103 --remove card:77 --from 2026-09-07 -v
    ! changed 1 row of 1 register: 1 present with other details
    $ attend quarantine list --format csv
    id,received_at,runner,reason,detail,line␍
    1,2026-09-07T10:00:00+03:00,,unknown_student,the alias changed hands before this sighting,"{""student"":""77"",""score"":0.9,""ts"":""2026-09-07T08:05:00+03:00"",""camera"":""gate-1""}"␍
    $ attend student alias H000104 card:77 --from 2026-09-07 -v
    $ attend quarantine retry -v
    ! 1 line taken in, 0 refused again
    $ attend recompute --from 2026-09-07 --to 2026-09-07 --dry-run
    Nothing changes: every record is what its recognitions add up to.
    "#);
    assert_eq!(recognised(&school), ["H000104", "H000103"]);
}

#[test]
fn a_decision_about_a_sighting_outlasts_the_alias() {
    let school = school();
    school.ok(&["student", "alias", "H000103", "card:77", "--from", "2026-09-01"]);
    school.ingest(seen("77", 0.3, "2026-09-07T08:05:00+03:00", "gate-1"));
    let review = school.ok(&["review", "list", "--format", "csv", "--date", "2026-09-07"]);
    let id = review.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    school.ok(&["review", "accept", &id]);
    school.ok(&[
        "student",
        "alias",
        "H000104",
        "card:77",
        "--take-over",
        "--from",
        "2026-09-07T08:00:00+03:00",
        "--yes",
    ]);
    assert_eq!(recognised(&school), ["H000103"]);
    school.ingest(seen("77", 0.3, "2026-09-07T08:05:00+03:00", "gate-1"));
    assert_eq!(recognised(&school), ["H000103"], "a line that is sent again is the same sighting");
    school.ingest(seen("77", 0.3, "2026-09-07T08:06:00+03:00", "gate-1"));
    assert_eq!(recognised(&school), ["H000103", "H000104"]);
}

#[test]
fn undoing_a_mistaken_hand_over_gives_both_sightings_of_one_picture_back() {
    let school = school();
    for (code, card) in [("H000103", "card:1"), ("H000104", "card:2")] {
        school.ok(&["student", "alias", code, card, "--from", "2026-09-01"]);
    }
    for card in ["card:1", "card:2"] {
        school.ingest(seen(card, 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    }
    assert_eq!(recognised(&school), ["H000103", "H000104"]);
    for code in ["H000104", "H000103"] {
        let from = "2026-09-07T08:00:00+03:00";
        school.ok(&["student", "alias", code, "card:1", "--take-over", "--from", from, "--yes"]);
    }
    school.ok(&["quarantine", "retry"]);
    assert_eq!(recognised(&school), ["H000103", "H000104"]);
}

#[test]
fn two_students_swap_their_cards_and_the_sightings_of_one_picture() {
    let school = school();
    school.write("roll.csv", "code,name,aliases\nH000103,Ada Karim,card:1\nH000104,Bob,card:2\n");
    let import = [
        "student",
        "import",
        "roll.csv",
        "--from",
        "2026-09-07T08:00:00+03:00",
        "--yes",
        "--same",
        "--force",
    ];
    school.ok(&import);
    school.ingest(seen("card:1", 0.8, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.ingest(seen("card:2", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.write("roll.csv", "code,name,aliases\nH000103,Ada Karim,card:2\nH000104,Bob,card:1\n");
    school.ok(&import);
    let seen = school.ok(&[
        "export",
        "recognitions",
        "--date",
        "2026-09-07",
        "--columns",
        "student,score",
        "--dialect",
        "plain",
    ]);
    assert!(seen.contains("H000103,0.9") && seen.contains("H000104,0.8"), "{seen}");
}

#[test]
fn an_import_from_an_earlier_date_moves_the_sightings_of_a_card() {
    let mut school = school();
    school.ok(&["student", "alias", "H000103", "card:77", "--from", "2026-09-01"]);
    school.ok(&["student", "deactivate", "H000103", "--from", "2026-09-06"]);
    school.ok(&["student", "edit", "H000103", "--activate", "--from", "2026-09-06T12:00:00+03:00"]);
    school.ingest(seen("77", 0.9, "2026-09-07T08:05:00+03:00", "gate-1"));
    school.at("2026-09-07T10:00:00+03:00");
    school.ok(&["student", "deactivate", "H000103", "--from", "2026-09-07", "--yes"]);
    school.write("r.csv", "code,name,aliases\nH000104,Bob Haddad,card:77\n");
    school.ok(&["student", "import", "r.csv", "--from", "2026-09-07", "--yes"]);
    assert_eq!(recognised(&school), ["H000104"]);
    assert_eq!(
        school
            .ok(&["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--dry-run", "--format", "csv"])
            .lines()
            .count(),
        1
    );
}

#[test]
fn a_line_is_about_who_was_named_at_its_instant_whenever_it_comes() {
    let line = seen("77", 0.9, "2026-09-07T08:05:00+03:00", "gate-1");
    for (later, warning) in [
        (
            &["student", "add", "77", "Code Kid"][..],
            "another student has \"card:77\": from now on only lines that say \"card:77\", not \"77\", count there\n",
        ),
        (
            &["student", "alias", "H000104", "pin:77"],
            "another student has \"card:77\": only lines that say \"pin:77\", not \"77\", count here\n",
        ),
    ] {
        for (before, after) in [(1, 0), (1, 1), (0, 1)] {
            let mut school = school();
            school.ok(&["student", "alias", "H000103", "card:77"]);
            (0..before).for_each(|_| drop(school.ingest(&line)));
            school.at("2026-09-07T08:40:00+03:00");
            let told = school.feed(later, "");
            assert!(told.status.success());
            assert_eq!(String::from_utf8(told.stderr).unwrap(), warning);
            (0..after).for_each(|_| assert_eq!(school.ingest(&line)[0]["status"], 200));
            assert_eq!(recognised(&school), ["H000103"], "{later:?}, {before} before and {after} after it");
        }
    }
}

#[test]
fn a_code_of_a_student_who_is_off_the_roll_gives_way_to_an_alias() {
    let mut school = school();
    school.ok(&["student", "add", "77", "Code Kid"]);
    school.ok(&["student", "alias", "H000103", "card:77"]);
    let sent = |school: &School, minute| {
        let ts = format!("2026-09-07T08:{minute}:00+03:00");
        assert_eq!(school.ingest(seen("77", 0.9, &ts, "gate-1"))[0]["status"], 200, "{ts}");
    };
    sent(&school, 30);
    school.at("2026-09-07T08:40:00+03:00");
    school.ok(&["student", "deactivate", "77"]);
    school.at("2026-09-07T08:50:00+03:00");
    sent(&school, 39);
    sent(&school, 41);
    assert_eq!(recognised(&school), ["77", "77", "H000103"]);
    // The line of 08:30 was about the student of that code. Sent again, it is not about another one.
    school.ok(&["student", "deactivate", "77", "--from", "2026-09-07T08:00:00+03:00", "--yes"]);
    let again = school.ingest(seen("77", 0.9, "2026-09-07T08:30:00+03:00", "gate-1"));
    assert_eq!(again[0]["reason"], "inactive_student");
    sent(&school, 31);
    assert_eq!(recognised(&school), ["77", "H000103", "77", "H000103"]);
}

#[test]
fn a_line_that_is_sent_again_is_about_the_same_student_though_its_code_is_on_the_roll_since_before() {
    let line = seen("77", 0.9, "2026-09-07T08:05:00+03:00", "gate-1");
    let picture = seen("H000104", 0.9, "2026-09-07T08:05:00+03:00", "gate-1");
    let earlier = ["--from", "2026-09-07T08:00:00+03:00", "--yes"];
    let (add, back) = (["student", "add", "77", "Code Kid"], ["student", "edit", "77", "--activate"]);
    for was_on_the_roll in [false, true] {
        let mut school = school();
        if was_on_the_roll {
            school.ok(&add);
            school.ok(&["student", "deactivate", "77", "--from", "2026-09-07T07:30:00+03:00", "--yes"]);
        }
        school.ok(&["student", "alias", "H000103", "card:77", "--from", "2026-09-07", "--yes"]);
        school.at("2026-09-07T08:40:00+03:00");
        school.ingest([&*line, &picture].concat());
        school.ok(&[if was_on_the_roll { &back[..] } else { &add }, &earlier].concat());
        // One stream that named the student by code first, too.
        let now = seen("77", 0.9, "2026-09-07T08:06:00+03:00", "gate-1");
        let acks = school.ingest([&*now, &line, &picture].concat());
        assert_eq!(acks[1]["duplicate"], true, "{was_on_the_roll}");
        assert_eq!(recognised(&school), ["H000103", "H000104", "77"], "{was_on_the_roll}");
    }
}
