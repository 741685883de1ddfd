//! The holders of aliases, and the student that a text refers to at an instant.

use crate::domain::roll::alias::Alias;
use crate::domain::roll::enrolment::{EnrolmentSource, Stretch};
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;

/// An alias of a student, for a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub alias: Alias,
    /// The holder.
    pub student: StudentId,
    /// For how long.
    pub stretch: Stretch,
    /// The author.
    pub source: EnrolmentSource,
}

/// The student that a text refers to at an instant. The text is an alias with its kind, or the value alone if
/// only one student has it. `held` are the aliases of that value.
pub(crate) fn meant<'h>(
    held: impl IntoIterator<Item = &'h Held>,
    text: &str,
    at: Instant,
) -> Option<StudentId> {
    let mut holders = holders(held, text, at);
    let first = holders.next()?;
    holders.all(|other| other == first).then_some(first)
}

/// The students that a text may refer to at an instant.
fn holders<'h>(
    held: impl IntoIterator<Item = &'h Held>,
    text: &str,
    at: Instant,
) -> impl Iterator<Item = StudentId> {
    let kind = text.parse::<Alias>().ok().map(|alias| alias.kind);
    let is = move |held: &&Held| {
        held.stretch.holds(at) && (held.alias.is_named_by(text) || kind == Some(held.alias.kind))
    };
    held.into_iter().filter(is).map(|held| held.student)
}

/// The student whom a stored sighting shows, after its alias may have changed hands. It stays with its present student
/// if that one is among several holders.
pub(crate) fn shown<'h>(
    held: impl IntoIterator<Item = &'h Held> + Clone,
    text: &str,
    at: Instant,
    present: StudentId,
) -> Option<StudentId> {
    match holders(held.clone(), text, at).any(|holder| holder == present) {
        true => Some(present),
        false => meant(held, text, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_alone_means_a_student_where_only_one_has_it() {
        let at = Instant::from_micros;
        let held = |text: &str, student, from, until| Held {
            alias: text.parse().unwrap(),
            student: StudentId(student),
            stretch: Stretch { from: at(from), until: at(until) },
            source: EnrolmentSource::Hand,
        };
        let held = [
            held("card:7", 1, 0, 10),
            held("card:7", 2, 10, 20),
            held("pin:7", 3, 15, 20),
            held("sis:7", 4, 0, 20),
        ];
        for (text, ts, expected) in [
            ("7", 9, Some(1)),
            ("card:7", 9, Some(1)),
            ("7", 10, Some(2)),
            ("7", 15, None),
            ("card:7", 15, Some(2)),
            ("PIN:7", 15, Some(3)),
            ("pin:7", 9, None),
            ("7", 20, None),
            ("sis:7", 5, Some(4)),
        ] {
            assert_eq!(meant(&held, text, at(ts)), expected.map(StudentId), "{text} at {ts}");
        }
        for (present, expected) in [(1, None), (2, Some(2)), (3, Some(3))] {
            let shown = shown(&held, "7", at(15), StudentId(present));
            assert_eq!(shown, expected.map(StudentId), "7 is a card and a PIN; it showed {present}");
        }
        assert_eq!(shown(&held, "card:7", at(12), StudentId(1)), Some(StudentId(2)));
    }
}
