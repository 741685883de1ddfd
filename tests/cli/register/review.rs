//! `attend review`: a person decides about single sightings, and registers follow.

use crate::common::harness::{School, Terminal, has, seen};

/// Zoë was taken for Ada at the hall, and Omar was seen badly.
fn school() -> School {
    let mut school = School::example();
    school.at("2026-09-07T07:00:00+03:00");
    for (camera, place) in [("gate-1", "gate"), ("hall-1", "hall")] {
        school.ok(&["camera", "add", camera]);
        school.ok(&["camera", "edit", camera, "--place", place]);
    }
    school.at(crate::common::harness::NOW);
    let crop = r#"{"student":"H000177","score":0.7,"ts":"2026-09-07T09:40:00+03:00","camera":"gate-1","crop":"7/o.jpg"}"#;
    let stranger = r#"{"student":"H999","score":0.9,"ts":"2026-09-07T09:41:00+03:00","camera":"gate-1"}"#;
    school.ingest(
        seen("H000123", 0.9, "2026-09-07T09:36:00+03:00", "gate-1")
            + &seen("H000123", 0.8, "2026-09-07T09:36:02+03:00", "hall-1")
            + &seen("H000140", 0.95, "2026-09-07T09:37:00+03:00", "gate-1")
            + crop
            + "\n"
            + stranger
            + "\n",
    );
    school
}

/// The ID of the sighting of a student by a camera.
fn id(school: &School, code: &str, camera: &str) -> String {
    let list = school.ok(&["review", "list", "--format", "jsonl"]);
    let rows = list.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let found = rows.into_iter().find(|row| row["student"] == code && row["camera"] == camera);
    found.unwrap_or_else(|| panic!("no {code} at {camera} in\n{list}"))["id"].as_str().unwrap().to_owned()
}

/// Recomputing finds nothing that a decision left undone.
fn assert_settled(school: &School) {
    let said = school.ok(&["recompute", "--from", "2026-09-07", "--to", "2026-09-07", "--dry-run"]);
    assert!(said.starts_with("Nothing changes"), "{said}");
}

#[test]
fn erasing_a_student_takes_back_the_sightings_that_were_given_to_others() {
    let school = school();
    school.ok(&["review", "reassign", &id(&school, "H000123", "hall-1"), "H000101"]);
    let sightings = || {
        let records = school.records("2026-09-07", "2026-09-07");
        let zoe =
            records.iter().find(|row| row["student"] == "H000101" && row["period"] == "Block 2").unwrap();
        zoe["sightings"].as_u64().unwrap()
    };
    assert_eq!(sightings(), 1);
    let erase = ["student", "erase", "H000123", "--reason", "asked"];
    let planned = school.ok(&[&erase[..], &["--dry-run"]].concat());
    assert_eq!(sightings(), 1);
    let receipt = school.ok(&erase);
    let after_the_title = |told: &str| told.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(after_the_title(&receipt), after_the_title(&planned));
    insta::assert_snapshot!(receipt, @"
    H000123 is erased: receipt 1
    Backups made before, exported files and image files still hold the student.
    These registers of other students change, because sightings reassigned to them are erased:
      2026-09-07 Block 2: 1 present → absent (H000101)

     WHAT          REMOVED
     enrolments          1
     aliases             0
     recognitions        2
     records             1
     marks               1
     quarantine          0
     texts               0
     audit               1
     messages            0
     crops               0
    ");
    insta::assert_snapshot!(school.session(&["audit --limit 2"]), @"
    $ attend audit --limit 2
     WHEN                  BY     DID            STUDENT  WHAT
     Mon 7 Sep 2026 09:59  admin  student erase           receipt 1: asked: enrolments 1, recognitions 2, records 1, marks 1, audit 1
     Mon 7 Sep 2026 09:59  admin  student erase  H000101  a sighting reassigned to this student was erased; changed 1 row of 1 register: 1 present → absent
    ");
    assert_eq!(sightings(), 0);
    assert_settled(&school);
}

#[test]
fn doubtful_sightings_are_listed_newest_first() {
    let school = school();
    school.ok(&["mark", "H000140", "excused", "--date", "today", "--reason", "flu", "--yes"]);
    insta::assert_snapshot!(school.session(&[
        "review",
        "review list --camera hall-1 --format csv",
        "review list --date yesterday",
        "review list --camera gate-9",
    ]), @r#"
    $ attend review
     ID               WHEN   CODE     NAME         CAMERA  SCORE  PERIOD   WHY                  CROP
     q1               09:59  H999                  gate-1   0.90           not on the roll
     shm2agws6io-5-1  09:40  H000177  Omar Haddad  gate-1   0.70  Block 2  low score            7/o.jpg
     shm2adxm5mo-4-1  09:37  H000140  王小明       gate-1   0.95  Block 2  seen though excused
     shm2acz30jk-3-2  09:36  H000123  Ada Karim    hall-1   0.80  Block 2  two places at once
     shm2acxw5c0-3-1  09:36  H000123  Ada Karim    gate-1   0.90  Block 2  two places at once
    $ attend review list --camera hall-1 --format csv
    id,at,student,name,camera,score,period,doubt,crop␍
    shm2acz30jk-3-2,2026-09-07T09:36:02+03:00,H000123,Ada Karim,hall-1,0.8,Block 2,two_places,␍
    $ attend review list --date yesterday
    Nothing needs a look.
    $ attend review list --camera gate-9
    ! attend: no camera "gate-9"
    ! hint: did you mean "gate-1"? (attend camera list)
    [1]
    "#);
}

#[test]
fn a_wrong_face_is_given_to_the_right_student() {
    let school = school();
    let wrong = id(&school, "H000123", "hall-1");
    insta::assert_snapshot!(school.session(&[
        &format!("review reassign {wrong} H000101 --reason \"her sister\" --dry-run"),
        &format!("review reassign {wrong} H000101 --reason \"her sister\" -v"),
        "roster now --group G7",
        "history H000123",
        "history H000101",
        "export recognitions --date today --student H000123 --columns ts,camera,accepted,improved_best --dialect plain",
        "review",
        "audit --limit 1 --format csv",
    ]), @r#"
    $ attend review reassign shm2acz30jk-3-2 H000101 --reason "her sister" --dry-run
    ! H000101 in Block 2: absent → present
    $ attend review reassign shm2acz30jk-3-2 H000101 --reason "her sister" -v
    ! H000101 in Block 2: absent → present
    $ attend roster now --group G7
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    2/3 present · 1 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000102  ژیان ئەحمەد  G7     ✗ absent
     H000101  Zoë O'Neil   G7     ✓ present         09:36  09:36   0.80  hall-1
     H000123  Ada Karim    G7     ✓ present         09:36  09:36   0.90  gate-1
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  gate (gate-1) blind 07:55–08:15; hall (hall-1) blind 07:55–08:15
    Block 1  ✗ absent
    Block 2  ✓ present  09:36–09:36  best 0.90 gate-1  1 sighting
    Block 3  · not yet seen

     TIME      WHAT      PERIOD   CAMERA  SCORE  EFFECT             BY     REASON
     09:36:00  seen      Block 2  gate-1   0.90  first
     09:36:02  seen               hall-1   0.80  set aside
     09:59:12  reviewed           hall-1         reassign 09:36:02  admin  her sister
    $ attend history H000101
    H000101 · Zoë O'Neil · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  gate (gate-1) blind 07:55–08:15; hall (hall-1) blind 07:55–08:15
    Block 1  ✗ absent
    Block 2  ✓ present  09:36–09:36  best 0.80 hall-1  1 sighting
    Block 3  · not yet seen

     TIME      WHAT      PERIOD   CAMERA  SCORE  EFFECT             BY     REASON
     09:36:02  seen      Block 2  hall-1   0.80  first
     09:59:12  reviewed           hall-1         reassign 09:36:02  admin  her sister
    $ attend export recognitions --date today --student H000123 --columns ts,camera,accepted,improved_best --dialect plain
    ts,camera,accepted,improved_best␍
    2026-09-07T09:36:00+03:00,gate-1,true,false␍
    2026-09-07T09:36:02+03:00,hall-1,false,false␍
    $ attend review
     ID               WHEN   CODE     NAME         CAMERA  SCORE  PERIOD   WHY              CROP
     q1               09:59  H999                  gate-1   0.90           not on the roll
     shm2agws6io-5-1  09:40  H000177  Omar Haddad  gate-1   0.70  Block 2  low score        7/o.jpg
    $ attend audit --limit 1 --format csv
    id,at,by,action,student,detail␍
    13,2026-09-07T09:59:12+03:00,admin,export recognitions,,2026-09-07 as csv to standard output␍
    "#);
    assert_settled(&school);
}

#[test]
fn a_rejected_sighting_does_not_count_and_undo_brings_it_back() {
    let school = school();
    let (gate, hall) = (id(&school, "H000123", "gate-1"), id(&school, "H000123", "hall-1"));
    school.ok(&["review", "reject", &gate]);
    assert!(
        school
            .ok(&["roster", "now", "--format", "csv"])
            .contains("H000123,Ada Karim,G7,present,2026-09-07T09:36:02")
    );
    insta::assert_snapshot!(school.session(&[
        &format!("review reject {hall} --reason poster -v"),
        &format!("review reject {hall} --reason poster -v"),
        &format!("review undo {hall} -v"),
        &format!("review undo {hall} -v"),
    ]), @"
    $ attend review reject shm2acz30jk-3-2 --reason poster -v
    ! H000123 in Block 2: present → absent
    $ attend review reject shm2acz30jk-3-2 --reason poster -v
    ! no status changes
    $ attend review undo shm2acz30jk-3-2 -v
    ! H000123 in Block 2: absent → present
    $ attend review undo shm2acz30jk-3-2 -v
    ! no status changes
    ");
    assert_settled(&school);
}

#[test]
fn a_low_score_is_confirmed_and_counts() {
    let school = school();
    let low = id(&school, "H000177", "gate-1");
    insta::assert_snapshot!(school.session(&[
        &format!("review accept {low} -v"),
        "roster now --status present --format csv",
        &format!("review reassign {low} H000177"),
        "review accept s1-2-3",
        "review accept q1",
        "review accept seven",
    ]), @r#"
    $ attend review accept shm2agws6io-5-1 -v
    ! H000177 in Block 2: low_score → present
    $ attend roster now --status present --format csv
    date,period,student,name,group,status,first_seen,last_seen,best_seen,best_score,best_camera,sightings,minutes_late,low_score_sightings,marked_by,reason,coverage,blind,low_first_seen,low_last_seen,low_best_seen,low_best_score,low_best_camera,after_close,reason_code,late␍
    2026-09-07,Block 2,H000123,Ada Karim,G7,present,2026-09-07T09:36:00+03:00,2026-09-07T09:36:02+03:00,2026-09-07T09:36:00+03:00,0.9,gate-1,2,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000140,王小明,G8,present,2026-09-07T09:37:00+03:00,2026-09-07T09:37:00+03:00,2026-09-07T09:37:00+03:00,0.95,gate-1,1,,0,,,100,,,,,,,false,,false␍
    2026-09-07,Block 2,H000177,Omar Haddad,G8,present,2026-09-07T09:40:00+03:00,2026-09-07T09:40:00+03:00,2026-09-07T09:40:00+03:00,0.7,gate-1,1,,0,,,100,,,,,,,false,,false␍
    $ attend review reassign shm2agws6io-5-1 H000177
    ! attend: the sighting is that of H000177 already
    ! hint: attend review accept shm2agws6io-5-1
    [1]
    $ attend review accept s1-2-3
    ! attend: no sighting "s1-2-3"
    ! hint: attend review list shows their IDs
    [1]
    $ attend review accept q1
    ! attend: q1 is a line in quarantine, not a sighting
    ! hint: attend student add CODE NAME, then attend quarantine retry
    [1]
    $ attend review accept seven
    ! attend: "seven" is not the ID of a sighting
    ! hint: attend review list shows their IDs
    [2]
    "#);
    assert_settled(&school);
}

#[test]
fn repeats_and_raised_scores_stay_rejected_and_late_lines_respect_decisions() {
    let school = school();
    let hall = id(&school, "H000123", "hall-1");
    school.ok(&["review", "reassign", &hall, "H000101"]);
    let mut stream = school.stream(&[]);
    let line = |score| seen("H000123", score, "2026-09-07T09:36:02+03:00", "hall-1");
    let ack = stream.ask(&line(0.8));
    assert_eq!((&ack["duplicate"], &ack["accepted"]), (&true.into(), &false.into()), "{ack}");
    assert_eq!(stream.ask(&line(0.99))["accepted"], false, "a raised score stays rejected");
    stream.ask(&seen("H000101", 0.9, "2026-09-07T09:35:30+03:00", "gate-1"));
    let late = school.ok(&["roster", "now", "--format", "csv", "--group", "G7"]);
    assert!(
        late.contains("H000101,Zoë O'Neil,G7,present,2026-09-07T09:35:30+03:00,2026-09-07T09:36:02+03:00"),
        "{late}"
    );
    assert!(late.contains(",0.99,hall-1,2,"), "the raised score is that of the right student: {late}");
    let gate = id_of_gate(&school);
    // Decided while the stream runs.
    school.ok(&["review", "reject", &gate]);
    assert_eq!(stream.ask(&seen("H000123", 0.97, "2026-09-07T09:36:00+03:00", "gate-1"))["accepted"], false);
    assert!(school.ok(&["roster", "now", "--format", "csv"]).contains("H000123,Ada Karim,G7,absent"));
    assert_settled(&school);
}

/// The sighting of Ada at the gate, which has stopped being doubtful.
fn id_of_gate(school: &School) -> String {
    use attend::domain::evidence::camera::CameraId;
    use attend::domain::register::review::SightingId;
    use attend::domain::roll::student::StudentId;
    let conn = rusqlite::Connection::open(school.path("school.db")).unwrap();
    let sql = "SELECT ts, student, r.camera FROM recognition r JOIN student s ON s.id = r.student
               JOIN camera c ON c.id = r.camera WHERE code = 'H000123' AND c.name = 'gate-1'";
    let (ts, student, camera): (i64, i64, i64) =
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let ts = attend::domain::time::Instant::from_micros(ts);
    SightingId { ts, student: StudentId(student), camera: CameraId(camera) }.to_string()
}

#[test]
fn erasing_either_student_removes_the_decision() {
    let school = school();
    let hall = id(&school, "H000123", "hall-1");
    school.ok(&["review", "reassign", &hall, "H000101", "--reason", "H000101 it is"]);
    school.ok(&["student", "erase", "H000101", "--reason", "asked", "--strike", "all"]);
    let shown = school.ok(&["history", "H000123", "--format", "csv"]);
    assert!(shown.contains("set aside") && !shown.contains("H000101"), "{shown}");
    assert_settled(&school);
}

#[test]
fn pruned_evidence_is_not_reviewed() {
    let mut school = school();
    let hall = id(&school, "H000123", "hall-1");
    school.at("2026-09-20T12:00:00+03:00");
    school.ok(&["prune", "--older-than", "1d", "--all"]);
    assert_eq!(school.feed(&["review", "reject", &hall], "").status.code(), Some(1));
}

#[test]
fn the_export_for_a_family_omits_the_other_student_of_a_decision() {
    let school = school();
    let hall = id(&school, "H000123", "hall-1");
    school.ok(&["review", "reassign", &hall, "H000101", "--reason", "a sister"]);
    for code in ["H000123", "H000101"] {
        let other = if code == "H000123" { "H000101" } else { "H000123" };
        let told = school.ok(&["student", "export", code]);
        let json: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(json["reviews"][0]["decision"], "reassign", "{told}");
        assert_eq!(json["reviews"][0]["reason"], "a sister", "{told}");
        assert!(!told.contains(other), "{told}");
    }
}

#[test]
fn single_keys_step_through_the_list_and_show_what_each_decision_would_change() {
    if !has("tmux") {
        return;
    }
    let school = school();
    let terminal = Terminal::open(&school, &["review"], 100, 40);
    terminal.wait_for("4 left · not on the roll: H999");
    assert!(!terminal.screen().join("\n").contains("a  it is"), "nobody on the roll is meant");
    terminal.press("s");
    terminal.wait_for("3 left · low score: H000177 Omar Haddad, 09:40, gate-1, score 0.70, Block 2");
    terminal.wait_for("a  it is Omar Haddad: H000177 in Block 2: low_score → present");
    terminal.wait_for("r  it is another person: H000177 in Block 2: low_score → absent");
    terminal.press("u");
    terminal.wait_for("there is no decision to undo");
    terminal.press("a");
    terminal.wait_for("2 left · two places at once: H000123 Ada Karim, 09:36, hall-1");
    terminal.press("u");
    terminal.wait_for("H000177 in Block 2: present → low_score");
    terminal.press("a");
    terminal.press("g");
    terminal.wait_for("code of the right student:");
    terminal.press("H999");
    terminal.press("Enter");
    terminal.wait_for("no student \"H999\"");
    terminal.press("g");
    terminal.press("H000101");
    terminal.press("Enter");
    terminal.wait_for("H000101 in Block 2: absent → present · y does it");
    terminal.press("y");
    let told = terminal.ended();
    assert!(told.contains("That was the last one."), "{told}");
    assert!(told.contains("2 decisions made"), "{told}");
    let status = |code: &str| {
        let records = school.records("2026-09-07", "2026-09-07");
        let row = records.into_iter().find(|row| row["student"] == code && row["period"] == "Block 2");
        row.unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(["H000177", "H000101", "H000123"].map(status), ["present"; 3]);
    assert_settled(&school);
}
