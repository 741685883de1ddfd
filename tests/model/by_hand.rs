//! Examples worked out by hand, which prove the model itself.

mod aliases;

use chrono::{Duration, NaiveDate, NaiveTime};

use crate::coverage::{Camera, Place, Sight};
use crate::facts::{Author, Excuse, Groups, Identity, Line, Mark, Period, Review, School, Seen, Verdict};
use crate::register::{Effect, Status, Taken, best_of};
use crate::zones::{Instant, Zone};

fn day() -> NaiveDate {
    "2026-09-07".parse().unwrap()
}

fn at(clock: &str) -> Instant {
    on(day(), clock)
}

fn on(date: NaiveDate, clock: &str) -> Instant {
    Zone::Baghdad.instant(date.and_time(time(clock)))
}

fn time(clock: &str) -> NaiveTime {
    NaiveTime::parse_from_str(clock, "%H:%M").unwrap()
}

fn period(school: &mut School, name: &str, start: &str, end: &str, groups: &[&str]) {
    school.periods.push(Period {
        name: name.into(),
        order: u32::try_from(school.periods.len()).unwrap() + 1,
        start: time(start),
        end: time(end),
        mask: 127,
        early: Duration::minutes(5),
        late: Duration::minutes(10),
        late_after: Some(Duration::minutes(10)),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        places: Vec::new(),
        class_places: Vec::new(),
        enabled: true,
        removed: false,
    });
}

fn of(group: &str) -> Groups {
    Groups::of([group.to_owned()], Author::Import)
}

/// H1 and H2 in G7, H3 in G8; a week of B1 (G7), B1x (G8), B2 and B5 from 07:00 on.
fn school() -> School {
    let mut school = School::new(Zone::Baghdad);
    for (code, group) in [("H1", "G7"), ("H2", "G7"), ("H3", "G8")] {
        school.enrol(code, code, of(group), None);
    }
    period(&mut school, "B1", "08:00", "09:00", &["G7"]);
    period(&mut school, "B1x", "08:00", "09:00", &["G8"]);
    period(&mut school, "B2", "10:00", "11:00", &[]);
    period(&mut school, "B5", "15:00", "16:00", &[]);
    school.generate(day(), 7, at("07:00"));
    school
}

fn line(student: &str, clock: &str, score: f64, crop: Option<&str>) -> Line {
    let id = Identity { at: at(clock), student: student.into(), camera: "gate".into() };
    Line { id, seen: Seen { score, crop: crop.map(str::to_owned) } }
}

fn see(school: &mut School, student: &str, clock: &str) {
    assert_eq!(school.take(&line(student, clock, 0.9, None), at("23:59")), Taken::Stored);
}

fn id_of(school: &School, name: &str) -> usize {
    school.occurrences.iter().find(|o| o.name == name && o.date == day()).unwrap().id
}

fn mark(school: &mut School, student: &str, name: &str, verdict: Verdict) {
    let occurrence = id_of(school, name);
    let (by, reason) = ("me".to_owned(), String::new());
    school.marks.push(Mark { occurrence, student: student.into(), verdict, by, reason });
}

/// The statuses in one occurrence of the day, at the end of the day.
fn register(school: &School, name: &str) -> Vec<(String, Status)> {
    let occurrence = school.occurrence(id_of(school, name));
    let entries = school.register(occurrence, at("23:59"));
    entries.into_iter().map(|entry| (entry.student, entry.status)).collect()
}

fn status(school: &School, name: &str, student: &str) -> Option<Status> {
    register(school, name).into_iter().find(|(code, _)| code == student).map(|(_, status)| status)
}

#[test]
fn leaving_at_noon_leaves_the_morning() {
    let mut school = school();
    see(&mut school, "H2", "08:05");
    school.student_mut("H2").change(at("12:00"), None);
    assert_eq!(status(&school, "B1", "H2"), Some(Status::Present));
    assert!(status(&school, "B2", "H2").is_some());
    assert_eq!(status(&school, "B5", "H2"), None);
}

#[test]
fn a_move_at_noon_leaves_the_morning_in_the_old_group() {
    let mut school = school();
    see(&mut school, "H1", "08:05");
    school.student_mut("H1").change(at("12:00"), Some(of("G8")));
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Present));
    assert_eq!(status(&school, "B1x", "H1"), None);
}

#[test]
fn an_import_replaces_the_groups_of_imports_and_a_person_replaces_all() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let told = |groups: &Groups| groups.told().unwrap_or_default();
    let by_hand = Groups::of(names(&["Choir"]), Author::Hand);
    let both = by_hand.replaced(names(&["G7"]), Author::Import);
    assert_eq!(told(&both), "Choir,G7");
    assert_eq!(told(&both.replaced(names(&["G8"]), Author::Import)), "Choir,G8");
    assert_eq!(told(&both.replaced(names(&["G8"]), Author::Hand)), "G8");
    let kept = both.replaced(names(&["G7", "Choir"]), Author::Hand);
    assert_eq!(told(&kept.replaced(names(&[]), Author::Import)), "Choir", "an import made G7, and ends it");
}

#[test]
fn a_day_closed_and_opened_again_is_as_it_was() {
    let mut school = school();
    see(&mut school, "H2", "08:05");
    let before = register(&school, "B1");
    school.student_mut("H2").change(at("16:30"), None);
    school.closures.insert(day());
    assert_eq!(register(&school, "B1"), []);
    school.closures.remove(&day());
    school.student_mut("H2").change(at("16:31"), Some(of("G7")));
    assert_eq!(register(&school, "B1"), before);
}

#[test]
fn a_newcomer_of_the_afternoon_is_absent_nowhere_before_and_present_where_seen() {
    let mut school = school();
    assert_eq!(school.take(&line("H4", "08:05", 0.9, None), at("08:06")), Taken::Unknown);
    school.enrol("H4", "H4", of("G7"), Some(at("16:30")));
    school.retry(at("16:31"));
    assert_eq!(status(&school, "B1", "H4"), Some(Status::Present));
    assert_eq!(status(&school, "B2", "H4"), None);
}

#[test]
fn a_late_line_is_judged_by_the_roll_at_its_own_instant() {
    let mut school = school();
    school.student_mut("H2").change(at("12:00"), None);
    see(&mut school, "H2", "08:07");
    assert_eq!(status(&school, "B1", "H2"), Some(Status::Present));
    assert_eq!(school.take(&line("H2", "15:05", 0.9, None), at("15:06")), Taken::Inactive);
}

#[test]
fn a_mark_of_a_student_who_left_stands_until_it_is_taken_back() {
    let mut school = school();
    mark(&mut school, "H2", "B5", Verdict::Excused);
    school.student_mut("H2").change(at("12:00"), None);
    assert_eq!(status(&school, "B5", "H2"), Some(Status::Excused));
    mark(&mut school, "H2", "B5", Verdict::TakenBack);
    assert_eq!(status(&school, "B5", "H2"), None);
}

#[test]
fn a_cancelled_night_leaves_its_sightings_to_breakfast() {
    let mut school = School::new(Zone::Baghdad);
    school.enrol("H1", "H1", Groups::default(), None);
    period(&mut school, "Night", "22:00", "23:30", &[]);
    school.periods[0].late = Duration::hours(8);
    period(&mut school, "Breakfast", "06:30", "07:00", &[]);
    school.periods[1].early = Duration::minutes(15);
    school.generate(day(), 2, at("07:00"));
    let tuesday = day().succ_opt().unwrap();
    let id = Identity { at: on(tuesday, "06:20"), student: "H1".into(), camera: "gate".into() };
    school.take(&Line { id, seen: Seen { score: 0.9, crop: None } }, on(tuesday, "06:21"));
    let night = id_of(&school, "Night");
    assert_eq!(school.fold(night, "H1").1.len(), 1);
    school.occurrence_mut(night).cancelled = true;
    let breakfast = school.occurrences.iter().find(|o| o.name == "Breakfast" && o.date == tuesday).unwrap();
    assert_eq!(school.fold(breakfast.id, "H1").1.len(), 1);
}

#[test]
fn a_crop_outlives_a_repeat_in_either_order() {
    let with_crop = Seen { score: 0.8, crop: Some("a.jpg".into()) };
    let without = Seen { score: 0.9, crop: None };
    let best = Seen { score: 0.9, crop: Some("a.jpg".into()) };
    assert_eq!(best_of(&[with_crop.clone(), without.clone()]), best);
    assert_eq!(best_of(&[without, with_crop]), best);
}

#[test]
fn core_time_beats_grace_and_both_ends_are_inside() {
    let mut school = School::new(Zone::Baghdad);
    school.enrol("H1", "H1", Groups::default(), None);
    period(&mut school, "One", "08:00", "09:00", &[]);
    period(&mut school, "Two", "09:05", "10:00", &[]);
    school.generate(day(), 1, at("07:00"));
    let student = school.student("H1").unwrap();
    let matched = |clock| school.matched(student, at(clock)).map(|o| o.name.clone());
    assert_eq!(matched("07:54"), None);
    assert_eq!(matched("07:55").as_deref(), Some("One"));
    assert_eq!(matched("09:03").as_deref(), Some("One"));
    assert_eq!(matched("09:05").as_deref(), Some("Two"));
    assert_eq!(matched("10:10").as_deref(), Some("Two"));
    assert_eq!(matched("10:11"), None);
}

#[test]
fn a_student_of_two_lessons_at_once_is_expected_in_that_of_the_named_group() {
    let mut school = school();
    period(&mut school, "All", "08:30", "09:30", &[]);
    school.generate(day(), 1, at("07:00"));
    assert_eq!(status(&school, "All", "H1"), None);
    assert!(status(&school, "B1", "H1").is_some());
    school.occurrences.iter_mut().find(|o| o.name == "B1").unwrap().cancelled = true;
    assert!(status(&school, "All", "H1").is_some());
}

#[test]
fn the_fold_holds_a_better_score_that_comes_too_soon() {
    let mut school = school();
    let later = |seconds: i64, score: f64| {
        let id = Identity {
            at: at("08:00") + Duration::seconds(seconds),
            student: "H1".into(),
            camera: "gate".into(),
        };
        Line { id, seen: Seen { score, crop: None } }
    };
    for line in [later(0, 0.8), later(5, 0.9), later(20, 0.805), later(40, 0.95), later(50, 0.74)] {
        school.take(&line, at("09:00"));
    }
    let (record, effects) = school.fold(id_of(&school, "B1"), "H1");
    let effects: Vec<Effect> = effects.into_iter().map(|(_, effect)| effect).collect();
    assert_eq!(effects, [Effect::First, Effect::Held, Effect::Counted, Effect::Improved, Effect::LowScore]);
    assert_eq!((record.sightings, record.low, record.best_score), (4, 1, Some(0.95)));
}

#[test]
fn a_night_belongs_to_the_date_it_starts_on() {
    let mut school = School::new(Zone::Baghdad);
    period(&mut school, "Night", "22:00", "06:00", &[]);
    school.generate(day(), 1, at("07:00"));
    let night = &school.occurrences[0];
    assert_eq!((night.date, night.starts_at), (day(), at("22:00")));
    assert_eq!(night.ends_at, on(day().succ_opt().unwrap(), "06:00"));
}

#[test]
fn clock_changes_move_a_start_and_swallow_a_period() {
    let mut school = School::new(Zone::Berlin);
    period(&mut school, "Moved", "02:15", "03:30", &[]);
    period(&mut school, "Swallowed", "02:15", "02:45", &[]);
    let spring: NaiveDate = "2026-03-29".parse().unwrap();
    school.generate(spring, 1, Zone::Berlin.midnight(spring));
    let [moved] = &school.occurrences[..] else { panic!("{:?}", school.occurrences) };
    assert_eq!(Zone::Berlin.rfc3339(moved.starts_at), "2026-03-29T03:00:00.000000+02:00");
    let autumn: NaiveDate = "2026-10-25".parse().unwrap();
    let first = Zone::Berlin.instant(autumn.and_time(time("02:15")));
    assert_eq!(Zone::Berlin.rfc3339(first), "2026-10-25T02:15:00.000000+02:00");
}

#[test]
fn pruning_keeps_what_the_sightings_meant() {
    let mut school = school();
    see(&mut school, "H1", "08:05");
    let before = register(&school, "B1");
    school.prune(on(day().succ_opt().unwrap(), "00:00"));
    assert!(school.recognitions.is_empty());
    assert_eq!(register(&school, "B1")[0], before[0]);
    school.settings.min_score = 0.95;
    assert_eq!(register(&school, "B1")[0], before[0]);
}

/// A camera with a heartbeat every minute, but for some minutes after eight.
fn camera(place: Option<(&str, bool)>, blind: std::ops::Range<i64>) -> Camera {
    let minutes = (-60..120).filter(|minute| !blind.contains(minute));
    let beats = minutes.map(|minute| (at("08:00") + Duration::minutes(minute), Sight::Seeing)).collect();
    let place = place.map(|(name, door)| Place { name: name.into(), door });
    Camera { beats, places: vec![(at("06:00"), place)], ..Camera::default() }
}

fn judged(cameras: &[(&str, Camera)]) -> Option<Status> {
    let mut school = school();
    school.cameras.extend(cameras.iter().map(|(name, camera)| ((*name).to_owned(), camera.clone())));
    status(&school, "B1", "H1")
}

#[test]
fn one_of_two_cameras_without_a_place_leaves_the_unseen_unknown() {
    let dead = camera(None, 10..30);
    assert_eq!(judged(&[("one", camera(None, 0..0)), ("two", camera(None, 0..0))]), Some(Status::Absent));
    assert_eq!(judged(&[("one", camera(None, 0..0)), ("two", dead)]), Some(Status::Unknown));
}

#[test]
fn cameras_at_one_place_stand_in_for_each_other() {
    let gate = Some(("gate", true));
    assert_eq!(judged(&[("one", camera(gate, 0..0)), ("two", camera(gate, 0..120))]), Some(Status::Absent));
    assert_eq!(judged(&[("one", camera(gate, 20..60)), ("two", camera(gate, 0..40))]), Some(Status::Unknown));
}

#[test]
fn a_room_may_be_blind_for_a_fifth_and_a_door_may_not() {
    assert_eq!(judged(&[("one", camera(Some(("lab", false)), 20..28))]), Some(Status::Absent));
    assert_eq!(judged(&[("one", camera(Some(("gate", true)), 20..32))]), Some(Status::Unknown));
    assert_eq!(judged(&[("one", camera(Some(("lab", false)), 10..50))]), Some(Status::Unknown));
}

#[test]
fn without_cameras_students_are_unknown() {
    assert_eq!(judged(&[]), Some(Status::Unknown));
}

#[test]
fn a_class_is_judged_by_the_place_named_for_it() {
    let mut school = school();
    for period in &mut school.periods {
        period.class_places = vec![("G7".into(), "lab".into())];
    }
    school.occurrences.clear();
    school.generate(day(), 1, at("07:00"));
    school.cameras.insert("lab-1".into(), camera(Some(("lab", false)), 0..120));
    school.cameras.insert("hall-1".into(), camera(None, 0..0));
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Unknown));
    school.cameras.insert("lab-2".into(), camera(Some(("lab", false)), 0..0));
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Absent));
    school.cameras.insert("gate-1".into(), camera(Some(("gate", true)), 0..120));
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Absent));
    assert_eq!(status(&school, "B1x", "H3"), Some(Status::Unknown));
}

#[test]
fn a_gate_that_rests_leaves_absences_to_the_others() {
    let mut gate = camera(None, 0..0);
    gate.beats.retain(|&beat, _| beat < at("07:45"));
    gate.beats.insert(at("07:45"), Sight::Resting);
    assert_eq!(judged(&[("gate", gate.clone()), ("hall", camera(None, 0..0))]), Some(Status::Absent));
    assert_eq!(judged(&[("gate", gate)]), Some(Status::Unknown));
}

#[test]
fn a_camera_heard_once_by_mistake_changes_nothing() {
    let mut school = school();
    school.cameras.insert("hall-1".into(), camera(None, 0..0));
    let yesterday = day().pred_opt().unwrap();
    school.cameras.get_mut("hall-1").unwrap().beats.insert(on(yesterday, "08:00"), Sight::Seeing);
    let mistake = Camera { lines: [at("07:30")].into(), ..Camera::default() };
    school.cameras.insert("hal-1".into(), mistake);
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Absent));
}

fn excuse(school: &mut School, student: &str, from: &str, until: &str) {
    let (from, until) = (at(from), at(until));
    school.excuses.push(Excuse { student: student.into(), left: false, from, until });
}

#[test]
fn an_excuse_ranks_below_a_sighting_and_makes_nobody_expected() {
    let mut school = school();
    see(&mut school, "H1", "08:05");
    for student in ["H1", "H2", "H3"] {
        excuse(&mut school, student, "08:30", "10:00");
    }
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Present));
    assert_eq!(status(&school, "B1", "H2"), Some(Status::Excused));
    assert_eq!(status(&school, "B1", "H3"), None);
    assert_ne!(status(&school, "B2", "H2"), Some(Status::Excused), "it ends as B2 begins");
    school.end_excuses("H2", at("08:00"), at("09:00"), false);
    assert_ne!(status(&school, "B1", "H2"), Some(Status::Excused));
}

#[test]
fn a_late_mark_takes_the_minutes_of_the_cameras_unless_it_states_them() {
    let mut school = school();
    see(&mut school, "H1", "08:05");
    let minutes = |school: &School| {
        let occurrence = school.occurrence(id_of(school, "B1"));
        let entry = school.register(occurrence, at("23:59")).into_iter().find(|entry| entry.student == "H1");
        entry.map(|entry| (entry.late, entry.minutes_late)).unwrap()
    };
    assert_eq!(minutes(&school), (false, None));
    mark(&mut school, "H1", "B1", Verdict::Late(None));
    assert_eq!(minutes(&school), (true, Some(5)));
    mark(&mut school, "H1", "B1", Verdict::Late(Some(9)));
    assert_eq!(minutes(&school), (true, Some(9)));
}

#[test]
fn a_sighting_counts_for_the_student_a_person_gave_it_to() {
    let mut school = school();
    let low = line("H1", "08:05", 0.5, None);
    school.take(&low, at("08:06"));
    assert_eq!(status(&school, "B1", "H1"), Some(Status::LowScore));
    school.reviews.insert(low.id.clone(), Review::Accept);
    assert_eq!(status(&school, "B1", "H1"), Some(Status::Present));
    school.reviews.insert(low.id.clone(), Review::Reassign("H2".into()));
    assert_eq!(status(&school, "B1", "H2"), Some(Status::Present));
    assert_ne!(status(&school, "B1", "H1"), Some(Status::LowScore));
    school.erase("H2");
    assert_eq!(school.reviews[&low.id], Review::Reject);
}

#[test]
fn a_line_of_a_retired_code_is_about_the_student_of_then() {
    let mut school = school();
    school.student_mut("H2").change(at("09:30"), None);
    school.retire_code("H2", "H2~2026-09-07", at("12:00"));
    school.enrol("H2", "Another", of("G7"), Some(at("12:30")));
    see(&mut school, "H2", "08:05");
    assert_eq!(status(&school, "B1", "H2~2026-09-07"), Some(Status::Present));
    assert_eq!(status(&school, "B1", "H2"), None);
    see(&mut school, "H2", "15:05");
    assert_eq!(status(&school, "B5", "H2"), Some(Status::Present));
}

#[test]
fn a_period_that_would_have_opened_today_is_held_today_at_once() {
    let mut school = school();
    period(&mut school, "B0", "07:30", "07:50", &[]);
    school.open_today(4, at("12:00"));
    assert!(status(&school, "B0", "H1").is_some());
    period(&mut school, "B9", "20:00", "21:00", &[]);
    school.open_today(5, at("12:00"));
    assert!(school.occurrences.iter().all(|o| o.name != "B9"), "it waits for the next schedule");
}
