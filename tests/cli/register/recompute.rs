//! `attend recompute`: its plans and reasons, and the hints of edits.

use attend::commands::Caller;
use attend::commands::register::plan::{Consent, PlannedDeed};
use attend::commands::register::recompute;
use attend::domain::time::calendar::parse_dates;
use attend::store::Store;
use proptest::prelude::*;

use crate::common::harness::{School, seen, text};
use crate::evidence::shuffle;

fn at(student: &str, score: f64, ts: &str) -> String {
    seen(student, score, &format!("2026-09-07T{ts}+03:00"), "gate-1")
}

/// Three students seen in Block 2, one of them marked.
fn school() -> School {
    let school = School::example();
    let lines = [
        at("H000101", 0.78, "09:36:00"),
        at("H000101", 0.93, "09:40:00"),
        at("H000102", 0.77, "09:37:00"),
        at("H000123", 0.76, "09:38:00"),
        at("H000140", 0.96, "09:38:00"),
    ];
    school.ingest(lines.concat());
    school.ok(&["mark", "H000123", "excused", "--reason", "dentist"]);
    school
}

const MONDAY: [&str; 5] = ["recompute", "--from", "2026-09-07", "--to", "2026-09-07"];

#[test]
fn a_setting_that_changed_is_shown_then_applied() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "settings set min_score 0.8 -v",
        "recompute --from 2026-09-07 --to 2026-09-08 --dry-run -v",
        "recompute --from 2026-09-07 --to 2026-09-08 -v",
        "recompute --from 2026-09-07 --to 2026-09-08 -v",
        "recompute --from 2026-09-07 --to 2026-09-08 --format csv",
        "settings set min_score 0.75 -v",
        "settings set min_score 0.8 -v",
        "settings set min_periods 2 -v",
        "roster show --period \"Block 2\"",
    ]), @r#"
    $ attend settings set min_score 0.8 -v
    ! 4 records decided under other settings; to fold anew: attend recompute --from 2026-09-07 --to 2026-09-07
    $ attend recompute --from 2026-09-07 --to 2026-09-08 --dry-run -v
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE                                      REASON
     H000101  Zoë O'Neil   first 09:36:00 → 09:40:00, sightings 2 → 1  setting min_score 0.75 → 0.8
     H000102  ژیان ئەحمەد  present → low_score, best 0.77 → –          setting min_score 0.75 → 0.8
     H000123  Ada Karim    best 0.76 → –                               setting min_score 0.75 → 0.8
    ! 3 records changed, 1 record the same under other settings (dry run: nothing was changed)
    $ attend recompute --from 2026-09-07 --to 2026-09-08 -v
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE                                      REASON
     H000101  Zoë O'Neil   first 09:36:00 → 09:40:00, sightings 2 → 1  setting min_score 0.75 → 0.8
     H000102  ژیان ئەحمەد  present → low_score, best 0.77 → –          setting min_score 0.75 → 0.8
     H000123  Ada Karim    best 0.76 → –                               setting min_score 0.75 → 0.8
    ! 3 records changed, 1 record the same under other settings
    $ attend recompute --from 2026-09-07 --to 2026-09-08 -v
    Nothing changes: every record is what its recognitions add up to.
    ! 0 records changed
    $ attend recompute --from 2026-09-07 --to 2026-09-08 --format csv
    date,period,student,name,change,reason,status_before,status_after,first_seen_before,first_seen_after,best_score_before,best_score_after,sightings_before,sightings_after␍
    $ attend settings set min_score 0.75 -v
    ! 4 records decided under other settings; to fold anew: attend recompute --from 2026-09-07 --to 2026-09-07
    $ attend settings set min_score 0.8 -v
    $ attend settings set min_periods 2 -v
    $ attend roster show --period "Block 2"
    Block 2 · Mon 7 Sep · 09:35–10:20   ██████████▊░░░░░░░░░  53 %   21 min left
    2/5 present · 1 low score · 1 excused · 1 absent · coverage 100 %

     CODE     NAME         GROUP  STATUS            FIRST  LAST   SCORE  CAMERA
     H000177  Omar Haddad  G8     ✗ absent
     H000102  ژیان ئەحمەد  G7     ? low score       09:37  09:37   0.77  gate-1
     H000123  Ada Karim    G7     – excused         09:38  09:38   0.76  gate-1  admin: dentist
     H000101  Zoë O'Neil   G7     ✓ present         09:40  09:40   0.93  gate-1
     H000140  王小明       G8     ✓ present         09:38  09:38   0.96  gate-1
    "#);
}

#[test]
fn programs_get_every_field_before_and_after() {
    let school = school();
    school.ok(&["settings", "set", "min_score", "0.8"]);
    let printed = school.ok(&[&MONDAY[..], &["--format", "json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let row = &document["rows"][0];
    assert_eq!((&document["report"], &document["dry_run"]), (&"recompute".into(), &false.into()));
    assert_eq!((&row["date"], &row["period"]), (&"2026-09-07".into(), &"Block 2".into()));
    assert_eq!((&row["sightings_before"], &row["sightings_after"]), (&2.into(), &1.into()));
    assert_eq!(row["first_seen_after"], "2026-09-07T09:40:00+03:00");
}

#[test]
fn a_changed_schedule_or_roll_is_a_different_reason_than_a_setting() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "student deactivate H000140 -v",
        "student edit H000102 --group G9 -v",
        "recompute --from 2026-09-07 --to 2026-09-07 --dry-run",
        "settings set min_score 0.8",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "student edit H000140 --activate -v",
        "recompute --from 2026-09-07 --to 2026-09-07",
    ]), @"
    $ attend student deactivate H000140 -v
    $ attend student edit H000102 --group G9 -v
    $ attend recompute --from 2026-09-07 --to 2026-09-07 --dry-run
    Nothing changes: every record is what its recognitions add up to.
    $ attend settings set min_score 0.8
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Block 2 · Mon 7 Sep 2026

     CODE     NAME         CHANGE                                      REASON
     H000101  Zoë O'Neil   first 09:36:00 → 09:40:00, sightings 2 → 1  setting min_score 0.75 → 0.8
     H000102  ژیان ئەحمەد  present → low_score, best 0.77 → –          setting min_score 0.75 → 0.8
     H000123  Ada Karim    best 0.76 → –                               setting min_score 0.75 → 0.8
    $ attend student edit H000140 --activate -v
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Nothing changes: every record is what its recognitions add up to.
    ");
}

#[test]
fn schedule_edits_fold_at_once_and_say_so() {
    let school = school();
    insta::assert_snapshot!(school.session(&[
        "schedule cancel \"Block 2\" --reason trip --yes -v",
        "schedule restore \"Block 2\" --yes -v",
        "schedule close 2026-09-07 --reason snow --yes -v",
        "schedule open 2026-09-07 --yes -v",
        "schedule open 2026-09-07 --yes -v",
        "schedule close 2026-12-24 --reason eve -v",
        "period edit \"Block 2\" --start 09:39 -v",
        "period edit \"Block 2\" --start 09:39 -v",
        "recompute --from 2026-09-07 --to 2026-09-07",
    ]), @r#"
    $ attend schedule cancel "Block 2" --reason trip --yes -v
    ! changed 5 rows of 1 register: 1 absent → not listed, 1 excused → not listed, 3 present → not listed
    $ attend schedule restore "Block 2" --yes -v
    ! changed 5 rows of 1 register: 1 not listed → absent, 1 not listed → excused, 3 not listed → present
    ! 1 updated
    $ attend schedule close 2026-09-07 --reason snow --yes -v
    ! changed 15 rows of 3 registers: 1 absent → not listed, 10 unknown → not listed, 1 excused → not listed, 3 present → not listed
    $ attend schedule open 2026-09-07 --yes -v
    ! changed 15 rows of 3 registers: 1 not listed → absent, 10 not listed → unknown, 1 not listed → excused, 3 not listed → present
    $ attend schedule open 2026-09-07 --yes -v
    ! these dates were not closed
    $ attend schedule close 2026-12-24 --reason eve -v
    $ attend period edit "Block 2" --start 09:39 -v
    ! occurrences that have begun keep their plan; attend schedule generate updates future ones
    $ attend period edit "Block 2" --start 09:39 -v
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    Nothing changes: every record is what its recognitions add up to.
    "#);
}

#[test]
fn recomputing_pruned_dates_is_refused() {
    let mut school = school();
    school.at("2026-09-09T12:00:00+03:00");
    school.ok(&["settings", "set", "min_score", "0.99"]);
    school.ok(&["prune", "--older-than", "1d", "--all"]);
    assert!(school.stored().is_empty());
    let before = school.records("2026-09-07", "2026-09-07");
    insta::assert_snapshot!(school.session(&[
        "recompute --from 2026-09-07 --to 2026-09-09",
        "recompute --from 2026-09-07 --to 2026-09-07",
        "recompute --from 2026-09-08 --to 2026-09-09",
        "settings set min_score 0.98 -v",
        "schedule cancel \"Block 2\" --date 2026-09-07 --reason trip --yes -v",
        "schedule restore \"Block 2\" --date 2026-09-07 --yes -v",
    ]), @r#"
    $ attend recompute --from 2026-09-07 --to 2026-09-09
    ! attend: recognitions of 2026-09-07 were pruned: what its records say cannot be derived again
    ! hint: attend recompute --from 2026-09-08 --to 2026-09-09
    [1]
    $ attend recompute --from 2026-09-07 --to 2026-09-07
    ! attend: recognitions of 2026-09-07 were pruned: what its records say cannot be derived again
    ! hint: they stay as they were decided; marks can still be made
    [1]
    $ attend recompute --from 2026-09-08 --to 2026-09-09
    Nothing changes: every record is what its recognitions add up to.
    $ attend settings set min_score 0.98 -v
    $ attend schedule cancel "Block 2" --date 2026-09-07 --reason trip --yes -v
    ! changed 5 rows of 1 register: 1 absent → not listed, 1 excused → not listed, 3 present → not listed
    $ attend schedule restore "Block 2" --date 2026-09-07 --yes -v
    ! changed 5 rows of 1 register: 1 not listed → absent, 1 not listed → excused, 3 not listed → present
    ! 1 updated
    "#);
    assert!(school.records("2026-09-07", "2026-09-07") == before, "records without recognitions stay");
}

#[test]
fn a_closed_pipe_does_not_stop_a_recompute() {
    let school = School::example();
    let many = |ts: &str| at("H000101", 0.78, ts);
    school.ingest([many("08:05:00"), many("08:30:00"), many("09:40:00")].concat());
    school.ok(&["settings", "set", "min_score", "0.8"]);
    let output = school.unread(&MONDAY, "");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    let statuses: Vec<_> = school.records("2026-09-07", "2026-09-07");
    assert_eq!(statuses.iter().filter(|row| row["status"] == "low_score").count(), 3);
}

#[test]
fn a_running_ingest_continues_with_recomputed_records() {
    let school = School::example();
    let mut stream = school.stream(&[]);
    stream.ask(&at("H000101", 0.78, "09:36:00"));
    school.ok(&["settings", "set", "min_score", "0.8"]);
    school.ok(&MONDAY);
    let ack = stream.ask(&at("H000101", 0.9, "09:37:00"));
    stream.end();
    assert_eq!(ack["created"], true, "{ack}");
    let nothing = "Nothing changes: every record is what its recognitions add up to.\n";
    assert_eq!(school.ok(&MONDAY), nothing);
}

/// Recomputes the day of [`shuffle::school`]; how many records changed, and how many were confirmed.
fn recompute_day(school: &School) -> recompute::RecomputeOutcome {
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let request =
        recompute::Request { dates: parse_dates("2026-09-06..2026-09-08").unwrap(), dry_run: false };
    let caller = Caller { by: "test".into(), now: "2026-09-07T23:00:00+03:00".parse().unwrap() };
    recompute::run(&mut store, &request, &caller, &mut |_, _| Ok(())).unwrap()
}

fn set(school: &School, key: &str, value: &str) {
    use attend::commands::settings;
    let mut store = Store::open(&school.path("school.db")).unwrap();
    let caller = Caller { by: "test".into(), now: "2026-09-07T23:00:00+03:00".parse().unwrap() };
    let deed = PlannedDeed { action: "settings set", reason: None, caller: &caller };
    settings::set(&mut store, key, value, Consent::Given, deed).unwrap();
}

#[test]
fn recomputing_is_ingesting_from_scratch() {
    let template = shuffle::school();
    let change = prop_oneof![
        (Just("min_score"), prop_oneof![Just("0.76"), Just("0.7"), Just("0.9")]),
        (Just("reregister_window"), prop_oneof![Just("0s"), Just("1m"), Just("5m")]),
        (Just("min_improve_delta"), prop_oneof![Just("0"), Just("0.1")]),
    ];
    let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((lines, order, cuts) in shuffle::arrivals(), (key, value) in change)| {
        let live = shuffle::fresh(&template, "2026-09-07T23:00:00+03:00");
        let mut rest = &order[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*cut));
            shuffle::ingest(&live, &now.iter().map(|index| lines[*index].as_str()).collect::<String>());
            rest = later;
        }
        // Folding again gives the same records for any order of arrival.
        prop_assert_eq!(recompute_day(&live), recompute::RecomputeOutcome::default());

        set(&live, key, value);
        recompute_day(&live);
        let scratch = shuffle::fresh(&template, "2026-09-07T23:00:00+03:00");
        set(&scratch, key, value);
        shuffle::ingest(&scratch, &lines.concat());
        prop_assert_eq!(shuffle::register(&live), shuffle::register(&scratch));
        prop_assert_eq!(recompute_day(&live), recompute::RecomputeOutcome::default());
    });
}
