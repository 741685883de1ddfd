//! Proposes places for cameras by the common beginning of their names, and doors by the share of students they see.

use std::collections::BTreeMap;

use crate::domain::evidence::camera::{CameraName, Place};

/// A place whose cameras see at least this share of all students is proposed as a door.
const DOOR_PERCENT: usize = 50;

/// A camera with the place proposed for it, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub camera: CameraName,
    /// The proposed place.
    pub place: Place,
    /// Different students that the cameras of this place saw.
    pub students: usize,
}

/// Proposes places for `cameras`. `seen`: each camera with each student it saw, once.
pub(crate) fn suggest<S: Copy + Ord>(
    cameras: impl Iterator<Item = CameraName>,
    seen: &[(CameraName, S)],
) -> Vec<Suggestion> {
    let mut places = BTreeMap::<String, (Vec<CameraName>, Vec<S>)>::new();
    for camera in cameras {
        places.entry(stem(&camera)).or_default().0.push(camera);
    }
    for (camera, student) in seen {
        if let Some((_, students)) = places.get_mut(&stem(camera)) {
            students.push(*student);
        }
    }
    let mut everybody: Vec<S> = seen.iter().map(|(_, student)| *student).collect();
    let all = distinct(&mut everybody);
    let mut suggestions = Vec::new();
    for (name, (cameras, mut students)) in places {
        let students = distinct(&mut students);
        let door = students > 0 && students * 100 >= all * DOOR_PERCENT;
        let place = Place { name: name.into(), door };
        suggestions.extend(cameras.into_iter().map(|camera| Suggestion {
            camera,
            place: place.clone(),
            students,
        }));
    }
    suggestions
}

fn distinct<S: Ord>(students: &mut Vec<S>) -> usize {
    students.sort_unstable();
    students.dedup();
    students.len()
}

/// `gate-1` and `gate_2` look at the gate; a name of digits alone stays itself.
fn stem(name: &str) -> String {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_', '.', ' ']);
    let stem = if stem.is_empty() { name } else { stem };
    stem.replace([',', '='], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_whose_names_differ_by_a_number_share_a_place() {
        for (name, place) in
            [("gate-1", "gate"), ("lab_12", "lab"), ("hall", "hall"), ("7", "7"), ("a,b 2", "a b")]
        {
            assert_eq!(stem(name), place);
        }
    }

    #[test]
    fn places_that_see_half_of_all_students_are_doors() {
        let names = ["gate-1", "gate-2", "lab-1"].map(CameraName::from);
        let seen: Vec<(CameraName, u32)> = vec![
            ("gate-1".into(), 1),
            ("gate-1".into(), 2),
            ("gate-2".into(), 2),
            ("gate-2".into(), 3),
            ("lab-1".into(), 1),
        ];
        let told: Vec<(String, bool, usize)> = suggest(names.into_iter(), &seen)
            .into_iter()
            .map(|s| (format!("{} {}", s.camera, s.place.name), s.place.door, s.students))
            .collect();
        assert_eq!(
            told,
            [
                ("gate-1 gate".to_owned(), true, 3),
                ("gate-2 gate".to_owned(), true, 3),
                ("lab-1 lab".to_owned(), false, 1),
            ]
        );
        assert!(suggest(["x".into()].into_iter(), &[] as &[(CameraName, u32)]).iter().all(|s| !s.place.door));
    }
}
