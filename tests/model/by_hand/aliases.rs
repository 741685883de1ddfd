//! Aliases that pass from one student to another.

use super::{at, line, school, see, status};
use crate::facts::{Author, Review, School};
use crate::register::{Status, Taken};

/// By hand, since always where no instant is stated.
fn give(school: &mut School, alias: &str, student: &str, from: Option<&str>) {
    let from = from.map(at);
    school.aliases.give(alias, student, from, Author::Hand);
    school.follow(alias, from, at("23:00")).unwrap();
}

/// H1 was seen by card 7, in B2.
fn seen_by_card() -> School {
    let mut school = school();
    give(&mut school, "card:7", "H1", None);
    see(&mut school, "card:7", "10:05");
    school
}

fn holder(school: &School, text: &str, clock: &str) -> Option<String> {
    school.named(text, at(clock)).map(|student| student.code.clone())
}

#[test]
fn a_line_names_an_alias_with_its_kind_or_without_in_any_case() {
    let mut school = school();
    give(&mut school, "face:Ada Karim", "H1", None);
    give(&mut school, "card:H2", "H1", None);
    for text in ["face:Ada Karim", "FACE:ada karim", "ada karim", "card:h2"] {
        assert_eq!(holder(&school, text, "08:00").as_deref(), Some("H1"), "{text}");
    }
    assert_eq!(holder(&school, "H2", "08:00").as_deref(), Some("H2"), "a code goes first");
    assert_eq!(holder(&school, "pin:Ada Karim", "08:00"), None);
}

#[test]
fn a_value_of_two_students_names_none() {
    let mut school = school();
    give(&mut school, "card:7", "H1", None);
    give(&mut school, "pin:7", "H2", Some("10:00"));
    assert_eq!(holder(&school, "7", "09:59").as_deref(), Some("H1"));
    assert_eq!(holder(&school, "7", "10:00"), None);
    assert_eq!(holder(&school, "pin:7", "10:00").as_deref(), Some("H2"));
}

#[test]
fn sightings_by_a_card_that_changed_hands_earlier_follow_it() {
    let mut school = school();
    give(&mut school, "card:7", "H1", None);
    see(&mut school, "7", "08:05");
    see(&mut school, "card:7", "10:05");
    see(&mut school, "H1", "15:05");
    give(&mut school, "card:7", "H2", Some("09:00"));
    let present = |student, name| status(&school, name, student) == Some(Status::Present);
    assert!(present("H1", "B1") && !present("H1", "B2") && present("H1", "B5"));
    assert!(!present("H2", "B1") && present("H2", "B2") && !present("H2", "B5"));
}

#[test]
fn sightings_that_no_student_on_the_roll_has_then_wait() {
    let mut school = seen_by_card();
    school.aliases.end("card:7", "H1", at("10:00"));
    school.follow("card:7", Some(at("10:00")), at("23:00")).unwrap();
    assert_eq!(school.waiting, [line("card:7", "10:05", 0.9, None)]);
    school.student_mut("H2").change(at("09:30"), None);
    give(&mut school, "card:7", "H2", Some("10:00"));
    school.retry(at("23:00"));
    assert_eq!(school.waiting.len(), 1, "H2 had left");
    give(&mut school, "card:7", "H3", Some("10:05"));
    school.retry(at("23:00"));
    assert_eq!(status(&school, "B2", "H3"), Some(Status::Present));
}

#[test]
fn a_sighting_that_a_person_decided_about_stays() {
    let mut school = seen_by_card();
    school.reviews.insert(line("H1", "10:05", 0.9, None).id, Review::Accept);
    give(&mut school, "card:7", "H2", Some("10:00"));
    assert_eq!(status(&school, "B2", "H1"), Some(Status::Present));
    assert_ne!(status(&school, "B2", "H2"), Some(Status::Present));
}

#[test]
fn two_sightings_that_would_become_one_are_left_alone() {
    let mut school = seen_by_card();
    see(&mut school, "H2", "10:05");
    school.aliases.give("card:7", "H2", Some(at("10:00")), Author::Hand);
    assert_eq!(school.follow("card:7", Some(at("10:00")), at("23:00")), None);
}

#[test]
fn a_student_who_gets_an_alias_has_it_from_then_on_and_others_lose_it() {
    let mut school = school();
    give(&mut school, "card:7", "H1", None);
    give(&mut school, "card:7", "H2", Some("10:00"));
    give(&mut school, "card:7", "H3", Some("12:00"));
    give(&mut school, "card:7", "H2", Some("11:00"));
    let holders = ["09:59", "10:00", "12:00"].map(|clock| holder(&school, "card:7", clock).unwrap());
    assert_eq!(holders, ["H1", "H2", "H2"]);
    assert_eq!(school.aliases.spans("card:7").len(), 2);
    school.aliases.end("card:7", "H1", at("08:00"));
    assert_eq!(holder(&school, "card:7", "09:59"), None);
    assert_eq!(holder(&school, "card:7", "10:00").as_deref(), Some("H2"), "only H1 lost it");
    assert_eq!(school.take(&line("card:7", "09:59", 0.9, None), at("23:00")), Taken::Unknown);
}
