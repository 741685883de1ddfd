//! The history of one student on one date: what was seen, what was decided, what it adds up to.

use chrono::NaiveDate;

use super::mark::Mark;
use super::occurrence::Occurrence;
use super::recognition::Recognition;
use super::record::Verdict;
use super::register::Entry;
use super::student::Student;
use super::time::Instant;

/// Something that happened to a student.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// In which period it counts.
    pub period: Option<String>,
    /// What it was.
    pub what: What,
}

/// What can happen to a student.
#[derive(Debug, Clone)]
pub enum What {
    /// A camera saw the student, and this is what that did.
    Seen(Recognition, Verdict),
    /// Somebody decided.
    Marked(Mark),
}

/// Everything about one student on one date.
#[derive(Debug)]
pub struct History {
    /// Who.
    pub student: Student,
    /// When.
    pub date: NaiveDate,
    /// What happened, in time order.
    pub events: Vec<Event>,
    /// What it adds up to in each occurrence that expects the student.
    pub results: Vec<(Occurrence, Entry)>,
}
