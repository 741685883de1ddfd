//! `attend history`: sightings and decisions in time order, and the resulting statuses.

use crate::common::harness::{School, seen};

#[test]
fn a_day_is_listed_in_time_order_with_its_results() {
    let school = School::example();
    let lines = [
        seen("H000123", 0.91, "2026-09-07T09:36:00+03:00", "gate-1"),
        seen("H000123", 0.95, "2026-09-07T09:50:00+03:00", "hall-1"),
        seen("H000123", 0.70, "2026-09-07T08:00:10.5+03:00", "gate-2"),
        seen("H000123", 0.90, "2026-09-07T07:00:00+03:00", "gate-1"),
        seen("H000123", 0.93, "2026-09-07T09:36:04+03:00", "gate-1"),
        seen("H000123", 0.93, "2026-09-07T09:59:00+03:00", "gate-1"),
        seen("H000140", 0.99, "2026-09-07T09:59:00+03:00", "gate-1"),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000123", "excused", "--period", "Block 1", "--reason", "dentist"]);
    insta::assert_snapshot!(school.session(&[
        "history H000123",
        "history H000123 --format json",
        "history H000123 --format csv",
    ]), @r#"
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ? low score
    Block 1  – excused
    Block 2  ✓ present  09:36–09:59  best 0.95 hall-1  4 sightings
    Block 3  · not yet seen

     TIME      WHAT    PERIOD    CAMERA  SCORE  EFFECT            BY     REASON
     07:00:00  seen              gate-1   0.90  no active period
     08:00:10  seen    Assembly  gate-2   0.70  low score
     09:36:00  seen    Block 2   gate-1   0.91  first
     09:36:04  seen    Block 2   gate-1   0.93  held
     09:50:00  seen    Block 2   hall-1   0.95  improved
     09:59:00  seen    Block 2   gate-1   0.93  counted
     09:59:12  marked  Block 1                  excused           admin  dentist
    $ attend history H000123 --format json
    {"report":"history","as_of":"2026-09-07T09:59:12+03:00","student":"H000123","name":"Ada Karim","date":"2026-09-07","periods":[{"period":"Assembly","status":"low_score","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":1,"marked_by":null,"reason":null,"coverage":0.0,"blind":"gate-1 blind 07:55–08:15","low_first_seen":"2026-09-07T08:00:10.5+03:00","low_last_seen":"2026-09-07T08:00:10.5+03:00","low_best_seen":"2026-09-07T08:00:10.5+03:00","low_best_score":0.7,"low_best_camera":"gate-2","after_close":false,"reason_code":null,"late":false},{"period":"Block 1","status":"excused","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":"admin","reason":"dentist","coverage":100.0,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false},{"period":"Block 2","status":"present","first_seen":"2026-09-07T09:36:00+03:00","last_seen":"2026-09-07T09:59:00+03:00","best_seen":"2026-09-07T09:50:00+03:00","best_score":0.95,"best_camera":"hall-1","sightings":4,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":0.0,"blind":"gate-2 blind 09:30–09:59","low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false},{"period":"Block 3","status":"expected","first_seen":null,"last_seen":null,"best_seen":null,"best_score":null,"best_camera":null,"sightings":0,"minutes_late":null,"low_score_sightings":0,"marked_by":null,"reason":null,"coverage":null,"blind":null,"low_first_seen":null,"low_last_seen":null,"low_best_seen":null,"low_best_score":null,"low_best_camera":null,"after_close":false,"reason_code":null,"late":false}],"rows":[{"at":"2026-09-07T07:00:00+03:00","event":"seen","period":null,"camera":"gate-1","score":0.9,"effect":"no active period","by":null,"reason":null,"crop":null},{"at":"2026-09-07T08:00:10.5+03:00","event":"seen","period":"Assembly","camera":"gate-2","score":0.7,"effect":"low score","by":null,"reason":null,"crop":null},{"at":"2026-09-07T09:36:00+03:00","event":"seen","period":"Block 2","camera":"gate-1","score":0.91,"effect":"first","by":null,"reason":null,"crop":null},{"at":"2026-09-07T09:36:04+03:00","event":"seen","period":"Block 2","camera":"gate-1","score":0.93,"effect":"held","by":null,"reason":null,"crop":null},{"at":"2026-09-07T09:50:00+03:00","event":"seen","period":"Block 2","camera":"hall-1","score":0.95,"effect":"improved","by":null,"reason":null,"crop":null},{"at":"2026-09-07T09:59:00+03:00","event":"seen","period":"Block 2","camera":"gate-1","score":0.93,"effect":"counted","by":null,"reason":null,"crop":null},{"at":"2026-09-07T09:59:12+03:00","event":"marked","period":"Block 1","camera":null,"score":null,"effect":"excused","by":"admin","reason":"dentist","crop":null}]}
    $ attend history H000123 --format csv
    at,event,period,camera,score,effect,by,reason,crop␍
    2026-09-07T07:00:00+03:00,seen,,gate-1,0.9,no active period,,,␍
    2026-09-07T08:00:10.5+03:00,seen,Assembly,gate-2,0.7,low score,,,␍
    2026-09-07T09:36:00+03:00,seen,Block 2,gate-1,0.91,first,,,␍
    2026-09-07T09:36:04+03:00,seen,Block 2,gate-1,0.93,held,,,␍
    2026-09-07T09:50:00+03:00,seen,Block 2,hall-1,0.95,improved,,,␍
    2026-09-07T09:59:00+03:00,seen,Block 2,gate-1,0.93,counted,,,␍
    2026-09-07T09:59:12+03:00,marked,Block 1,,,excused,admin,dentist,␍
    "#);
}

#[test]
fn a_quiet_day_and_an_unknown_student_are_reported() {
    insta::assert_snapshot!(School::example().session(&[
        "history H000123 --date 2026-09-01",
        "history H00012",
        "history zzz",
    ]), @r#"
    $ attend history H000123 --date 2026-09-01
    H000123 · Ada Karim · G7 · Tue 1 Sep 2026
    Nothing was seen or decided on that day.
    $ attend history H00012
    ! attend: no student "H00012"
    ! hint: did you mean "H000123"? (attend student list)
    [1]
    $ attend history zzz
    ! attend: no student "zzz"
    ! hint: attend student list shows them all
    [1]
    "#);
}

#[test]
fn marks_in_a_cancelled_period_stay_listed() {
    let school = School::example();
    insta::assert_snapshot!(school.session(&[
        "mark H000123 excused --reason dentist",
        "schedule cancel \"Block 2\" --reason \"fire drill\" --yes",
        "history H000123",
    ]), @r#"
    $ attend mark H000123 excused --reason dentist
    $ attend schedule cancel "Block 2" --reason "fire drill" --yes
    $ attend history H000123
    H000123 · Ada Karim · G7 · Mon 7 Sep 2026
    Assembly  ◌ unknown  no camera on duty 07:55–08:15
    Block 1  ◌ unknown  no camera on duty 08:15–09:30
    Block 3  · not yet seen

     TIME      WHAT    PERIOD   CAMERA  SCORE  EFFECT   BY     REASON
     09:59:12  marked  Block 2                 excused  admin  dentist
    "#);
}

/// Ada was seen before and after midnight in one night, the second time with a score that is lower.
fn night() -> School {
    let mut school = School::new();
    school.at("2026-09-07T07:00:00+03:00");
    school.write("r.csv", "code,name\nH1,Ada\n");
    school.ok(&["student", "import", "r.csv"]);
    school.ok(&["period", "add", "Night", "--start", "22:00", "--end", "06:00", "--days", "daily"]);
    school.ok(&["schedule", "generate"]);
    school.at("2026-09-08T07:00:00+03:00");
    for (score, ts) in [(0.9, "2026-09-07T22:10:00+03:00"), (0.7, "2026-09-08T00:30:00+03:00")] {
        school.ingest(seen("H1", score, ts, "gate-1"));
    }
    school.ingest(seen("H1", 0.95, "2026-09-08T01:00:00+03:00", "gate-1"));
    school
}

#[test]
fn the_second_date_of_a_night_is_folded_from_its_evening_on() {
    let history = night().ok(&["history", "H1", "--date", "2026-09-08"]);
    assert!(history.contains("01:00:00  seen  Night   gate-1   0.95  improved"), "{history}");
    assert!(!history.contains("22:10:00"), "{history}");
}

#[test]
fn a_low_score_after_midnight_needs_no_review_if_the_evening_was_accepted() {
    let mut school = night();
    let cases = school.ok(&["review", "list", "--date", "2026-09-08"]);
    assert!(!cases.contains("H1"), "{cases}");
    // Without the evening it does.
    school.at("2026-09-09T07:00:00+03:00");
    school.ingest(seen("H1", 0.7, "2026-09-09T00:30:00+03:00", "gate-1"));
    let cases = school.ok(&["review", "list", "--date", "2026-09-09"]);
    assert!(cases.contains("H1"), "{cases}");
    let cases = school.ok(&["review", "list", "--date", "2026-09-08"]);
    assert!(!cases.contains("H1"), "{cases}");
}
