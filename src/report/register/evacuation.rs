//! The evacuation list: a page for each class, to count first and to read names from only if the count differs.

use crate::domain::register::gap::Gap;
use crate::domain::register::whereabouts::{StudentWhereabouts, Whereabouts};
use crate::domain::roll::group::{joined, split};
use crate::domain::time::Zone;
use crate::domain::time::calendar::clock;
use crate::report::register::blind;
use crate::report::register::mark::span;

/// The list of a school.
#[derive(Debug)]
pub(crate) struct Evacuation {
    /// The classes by name.
    pub classes: Vec<EvacuationClass>,
    /// Cameras that were blind today: students whom they alone could see may be inside.
    pub blind: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct EvacuationClass {
    pub name: String,
    /// Seen today, so on site: when last, and where.
    pub seen: Vec<Person>,
    /// Not seen and not excused: may be inside.
    pub inside: Vec<Person>,
    /// Signed out or excused: since when, and why.
    pub out: Vec<Person>,
}

/// A student.
#[derive(Debug)]
pub(crate) struct Person {
    pub code: String,
    pub name: String,
    /// The student's other groups, joined by commas.
    pub others: Option<String>,
    /// The last sighting, the status, or the excuse, in words.
    pub known: String,
}

/// Sorts the list of a day, which comes by class, into the three parts.
pub(crate) fn evacuation(found: &[StudentWhereabouts], gaps: &[Gap], zone: Zone) -> Evacuation {
    let classes = found.chunk_by(|a, b| a.class == b.class).map(|class| {
        let part = |wanted: Part| {
            let of_part = class.iter().filter(|found| Part::of(found.whereabouts) == wanted);
            of_part.map(|found| person(found, zone)).collect()
        };
        EvacuationClass {
            name: class[0].class.clone().unwrap_or_else(|| "no group".to_owned()),
            seen: part(Part::Seen),
            inside: part(Part::Inside),
            out: part(Part::Out),
        }
    });
    Evacuation { classes: classes.collect(), blind: blind::gaps(gaps, false, zone) }
}

/// A part of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Seen,
    Inside,
    Out,
}

impl Part {
    fn of(whereabouts: Whereabouts) -> Self {
        match whereabouts {
            Whereabouts::Seen => Self::Seen,
            Whereabouts::Absent | Whereabouts::Unknown | Whereabouts::NotExpected => Self::Inside,
            Whereabouts::Excused | Whereabouts::Left => Self::Out,
        }
    }
}

fn person(found: &StudentWhereabouts, zone: Zone) -> Person {
    let known = match (Part::of(found.whereabouts), &found.last, &found.excuse) {
        (Part::Seen, Some(last), _) => {
            let place = last.place.clone().or_else(|| last.camera.as_ref().map(ToString::to_string));
            format!("{} {}", clock(last.at, zone), place.unwrap_or_default())
        }
        (Part::Out, _, Some(excuse)) => {
            let why = excuse.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} {}{why}", excuse.kind.word(), span(excuse.stretch, zone))
        }
        _ => found.whereabouts.word().replace('_', " "),
    };
    let others = split(found.group.as_deref()).filter(|group| Some(*group) != found.class.as_deref());
    Person {
        code: found.code.clone(),
        name: found.name.clone(),
        others: joined(others),
        known: known.trim_end().to_owned(),
    }
}
