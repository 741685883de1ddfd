//! All data about one student.

use chrono::NaiveDate;

use crate::domain::evidence::camera::CameraName;
use crate::domain::evidence::quarantine::Kept;
use crate::domain::evidence::recognition::Recognition;
use crate::domain::register::excuse::Excuse;
use crate::domain::register::mark::Mark;
use crate::domain::register::review::ReviewDecision;
use crate::domain::register::status::Judged;
use crate::domain::roll::enrolment::Spell;
use crate::domain::roll::holder::Held;
use crate::domain::roll::student::Student;
use crate::domain::timetable::occurrence::Occurrence;
use crate::domain::upkeep::audit;

/// The last line of a feed about an absence.
#[derive(Debug)]
pub(crate) struct Announced {
    pub feed: String,
    pub date: NaiveDate,
    /// Name of the period.
    pub period: String,
    /// Whether it was taken back.
    pub retracted: bool,
}

/// Everything stored about one student, for a subject access request.
#[derive(Debug)]
pub(crate) struct Dossier {
    /// Code, name, group.
    pub student: Student,
    /// The dates on the roll.
    pub enrolments: Vec<Spell>,
    /// Every alias, those that were taken away too.
    pub aliases: Vec<Held>,
    /// Every stored sighting, in time order.
    pub recognitions: Vec<Recognition>,
    /// The register: a row for every period that expected the student, or in which the student was seen or marked.
    pub entries: Vec<Judged>,
    /// Every mark, including those that were taken back.
    pub marks: Vec<(Occurrence, Mark)>,
    /// Every excuse for a span of time, including those that were taken back.
    pub excuses: Vec<Excuse>,
    /// Every decision about a sighting of the student, or about one that was reassigned to the student.
    pub decisions: Vec<(ReviewDecision, CameraName)>,
    /// The absences that other programs were told of.
    pub announced: Vec<Announced>,
    /// Refused lines that mention the student.
    pub quarantine: Vec<Kept>,
    /// Audit entries about the student.
    pub deeds: Vec<audit::Entry>,
}
