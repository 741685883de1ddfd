//! Which students an occurrence expects, from the roll and the timetable.

use rustc_hash::FxHashMap;

use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{Occurrence, Timetable};

/// The enrolments of all students. Students with the same dates and groups share one, which saves memory because a
/// school has few different ones.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    /// Students by identity, each with the index of the enrolment in `enrolments`.
    students: Vec<(StudentId, u32)>,
    enrolments: Vec<Enrolment>,
    /// For each of them, the number of its students.
    sizes: Vec<u32>,
    places: FxHashMap<Enrolment, u32>,
}

impl Roll {
    /// Adds the next student. Call it in the order of identities.
    pub(crate) fn push(&mut self, student: StudentId, enrolment: &Enrolment) {
        let place = match self.places.get(enrolment) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(self.enrolments.len()).unwrap_or(u32::MAX);
                self.places.insert(enrolment.clone(), place);
                self.enrolments.push(enrolment.clone());
                self.sizes.push(0);
                place
            }
        };
        self.sizes[place as usize] += 1;
        self.students.push((student, place));
    }

    /// Only one student.
    pub(crate) fn single(student: StudentId, enrolment: Enrolment) -> Self {
        let mut roll = Self::default();
        roll.push(student, &enrolment);
        roll
    }

    /// The groups to show for an instant.
    pub(crate) fn groups_at(&self, at: Instant) -> RollAt<'_> {
        let told = self.enrolments.iter().map(|enrolment| (enrolment.holds(at), enrolment.group_at(at)));
        RollAt { roll: self, told: told.collect() }
    }

    /// Those at an instant that were given by hand.
    pub(crate) fn by_hand(&self, at: Instant) -> RollAt<'_> {
        let told = self.enrolments.iter().map(|enrolment| (enrolment.holds(at), enrolment.by_hand(at)));
        RollAt { roll: self, told: told.collect() }
    }

    /// The students who are ever in a group that is wanted, as far as the roll was read.
    pub(crate) fn members(&self, wanted: impl Fn(&str) -> bool) -> Vec<StudentId> {
        let enters = |enrolment: &Enrolment| enrolment.memberships.iter().any(|m| wanted(&m.group));
        let entered: Vec<bool> = self.enrolments.iter().map(enters).collect();
        let members = self.students.iter().filter(|(_, place)| entered[*place as usize]);
        members.map(|(student, _)| *student).collect()
    }

    /// The enrolment of a student, as far as the roll was read.
    pub(crate) fn enrolment(&self, student: StudentId) -> Option<&Enrolment> {
        self.place(student).map(|place| &self.enrolments[place])
    }

    fn place(&self, student: StudentId) -> Option<usize> {
        let (first, _) = *self.students.first()?;
        // Identities follow each other, unless one before this student is not on the roll.
        let straight = usize::try_from(student.0 - first.0).ok().and_then(|at| self.students.get(at));
        let found = straight.filter(|(found, _)| *found == student);
        let at = || self.students.binary_search_by_key(&student, |(student, _)| *student).ok();
        let (_, place) = found.or_else(|| self.students.get(at()?))?;
        Some(*place as usize)
    }
}

/// The roll and the timetable of some dates.
#[derive(Debug)]
pub(crate) struct Expectations {
    pub roll: Roll,
    /// The occurrences held around the dates.
    pub timetable: Timetable,
}

/// How an occurrence lists a student who belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    /// Expected, so the student can be absent.
    Here,
    /// Expected in another occurrence at that time.
    Elsewhere,
}

impl Expectations {
    /// `timetable` must contain every occurrence that is held within two days of the dates in question.
    pub(crate) fn new(roll: Roll, timetable: Timetable) -> Self {
        Self { roll, timetable }
    }

    /// The students on the list of an occurrence.
    pub(crate) fn of(&self, occurrence: &Occurrence) -> Listing<'_> {
        let listed = |enrolment: &Enrolment| match enrolment.belongs_to(occurrence) {
            false => None,
            true if enrolment.expected_in(&self.timetable, occurrence) => Some(Listed::Here),
            true => Some(Listed::Elsewhere),
        };
        Listing { roll: &self.roll, listed: self.roll.enrolments.iter().map(listed).collect() }
    }

    /// The students on the list of an occurrence, by enrolment.
    pub(crate) fn cohorts(&self, occurrence: &Occurrence) -> Cohorts<'_> {
        let Listing { roll, listed } = self.of(occurrence);
        let groups = roll.enrolments.iter().map(|enrolment| enrolment.group_at(occurrence.starts_at));
        let cohorts = groups.zip(listed).zip(&roll.sizes);
        let cohort =
            |((group, listed), students): ((_, _), &u32)| Cohort { group, listed, students: *students };
        Cohorts { roll, cohorts: cohorts.map(cohort).collect() }
    }
}

/// The students on the list of an occurrence.
#[derive(Debug)]
pub(crate) struct Listing<'r> {
    roll: &'r Roll,
    /// For each enrolment of the roll.
    listed: Vec<Option<Listed>>,
}

impl Listing<'_> {
    /// How it lists a student. `None` if it does not.
    pub(crate) fn find(&self, student: StudentId) -> Option<Listed> {
        self.roll.place(student).and_then(|place| self.listed[place])
    }

    /// Every student it lists.
    pub(crate) fn students(&self) -> impl Iterator<Item = (StudentId, Listed)> {
        let students = self.roll.students.iter();
        students.filter_map(|(student, place)| Some((*student, self.listed[*place as usize]?)))
    }
}

/// The students with the same enrolment, as an occurrence lists them.
#[derive(Debug)]
pub(crate) struct Cohort {
    /// The groups at its start, joined by commas.
    pub group: Option<String>,
    /// `None` if the occurrence does not list them.
    pub listed: Option<Listed>,
    /// How many were not taken out.
    pub students: u32,
}

/// Every cohort of an occurrence.
#[derive(Debug)]
pub(crate) struct Cohorts<'r> {
    roll: &'r Roll,
    /// For each enrolment of the roll.
    cohorts: Vec<Cohort>,
}

impl Cohorts<'_> {
    /// The cohort of a student. `None` if the roll has no such student.
    pub(crate) fn of(&self, student: StudentId) -> Option<&Cohort> {
        self.roll.place(student).map(|place| &self.cohorts[place])
    }

    /// Takes a student out of the number of its cohort. `None` if the roll has no such student.
    pub(crate) fn take_out(&mut self, student: StudentId) -> Option<&Cohort> {
        let cohort = &mut self.cohorts[self.roll.place(student)?];
        cohort.students -= 1;
        Some(cohort)
    }

    /// Every cohort that the occurrence lists and from which not all students were taken out.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (&Cohort, Listed)> {
        let rest = self.cohorts.iter().filter(|cohort| cohort.students > 0);
        rest.filter_map(|cohort| Some((cohort, cohort.listed?)))
    }
}

/// The state of the roll at an instant.
#[derive(Debug)]
pub(crate) struct RollAt<'r> {
    roll: &'r Roll,
    /// For each enrolment of the roll: whether it holds, and the groups to show.
    told: Vec<(bool, Option<String>)>,
}

impl RollAt<'_> {
    /// Whether a student is on the roll, and the groups to show; see [`Enrolment::group_at`].
    pub(crate) fn of(&self, student: StudentId) -> (bool, Option<&str>) {
        match self.roll.place(student).map(|place| &self.told[place]) {
            Some((enrolled, group)) => (*enrolled, group.as_deref()),
            None => (false, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;
    use crate::domain::roll::enrolment::EnrolmentSource;
    use crate::domain::timetable::period::Groups;

    #[test]
    fn a_student_who_is_taken_out_is_counted_in_no_rest() {
        let of =
            |group| Enrolment::default().join(Instant::from_micros(0), Some(group), EnrolmentSource::Import);
        let mut roll = Roll::default();
        for (student, group) in [(1, "G7"), (2, "G8"), (3, "G7"), (5, "G7"), (6, "Choir,G7")] {
            roll.push(StudentId(student), &of(group));
        }
        let occurrence = Occurrence { groups: Groups::parse("G7"), ..occurrence() };
        let expectations = Expectations::new(roll, Timetable::new(vec![occurrence.clone()]));
        let mut cohorts = expectations.cohorts(&occurrence);
        for (student, taken, rest) in [
            (4, None, "G7 3, Choir,G7 1"), // on no roll
            (3, Some("G7"), "G7 2, Choir,G7 1"),
            (6, Some("Choir,G7"), "G7 2"),
            (2, Some("G8"), "G7 2"), // not listed
            (1, Some("G7"), "G7 1"),
            (5, Some("G7"), ""),
        ] {
            let found = cohorts.take_out(StudentId(student));
            assert_eq!(found.map(|cohort| cohort.group.as_deref()), taken.map(Some), "{student}");
            let told = cohorts.rest().map(|(cohort, listed)| {
                assert_eq!(listed, Listed::Here);
                format!("{} {}", cohort.group.as_deref().unwrap_or_default(), cohort.students)
            });
            assert_eq!(told.collect::<Vec<_>>().join(", "), rest, "{student}");
        }
    }
}
