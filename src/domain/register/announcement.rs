//! Announcements of absences: a receiver is told of each once it is decided, and again if it turns out to be none.

use chrono::NaiveDate;

use crate::domain::register::status::Status;
use crate::domain::roll::student::StudentId;
use crate::domain::time::Instant;

/// The content of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The student was absent.
    Absent,
    /// An absence that was announced before is none.
    Retracted,
}

impl Event {
    /// The word in a line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Retracted => "retracted",
        }
    }
}

/// One line to a receiver. Date, period and code name the absence, in an announcement and in its retraction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Announcement {
    /// Whether it announces the absence or takes it back.
    pub event: Event,
    pub date: NaiveDate,
    /// Name of the period.
    pub period: String,
    pub student: StudentId,
    /// The student's code.
    pub code: String,
    /// The present row of the register. `None`: the period is not held any more, or does not expect the student.
    pub row: Option<Row>,
}

/// The row of the register that an announcement comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Name of the student.
    pub name: String,
    /// Groups, joined by commas.
    pub group: Option<String>,
    /// Start of the period.
    pub starts_at: Instant,
    /// End of the period.
    pub ends_at: Instant,
    /// The status now.
    pub status: Status,
    /// The reason of a mark or excuse.
    pub reason: Option<String>,
}

/// The last thing that a receiver was told about an absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub student: StudentId,
    /// The last line about it.
    pub event: Event,
    /// Whether the receiver has confirmed it. If not, it may have arrived or not.
    pub confirmed: bool,
}

/// The next line about a student, if one is due. `decided`: the period is over, and the time for late evidence has
/// passed. An announcement that was not confirmed is repeated, or retracted, because it may have arrived.
pub(crate) fn next(absent: bool, decided: bool, told: Option<&Told>) -> Option<Event> {
    let announced = told.is_some_and(|told| told.event == Event::Absent);
    match (absent, told) {
        (true, Some(told)) if announced && told.confirmed => None,
        (true, _) if announced || decided => Some(Event::Absent),
        (_, Some(_)) => Some(Event::Retracted),
        (_, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_told_once_it_is_decided_and_until_it_is_confirmed() {
        let told = |event, confirmed| Some(Told { student: StudentId(1), event, confirmed });
        for (absent, decided, before, expected) in [
            (true, false, None, None),
            (true, true, None, Some(Event::Absent)),
            (true, true, told(Event::Absent, false), Some(Event::Absent)),
            (true, true, told(Event::Absent, true), None),
            // A longer time for late evidence takes nothing back.
            (true, false, told(Event::Absent, true), None),
            (true, true, told(Event::Retracted, false), Some(Event::Absent)),
            (true, false, told(Event::Retracted, false), Some(Event::Retracted)),
            (false, true, None, None),
            (false, true, told(Event::Absent, true), Some(Event::Retracted)),
            // It may have arrived.
            (false, true, told(Event::Absent, false), Some(Event::Retracted)),
            (false, true, told(Event::Retracted, false), Some(Event::Retracted)),
        ] {
            assert_eq!(next(absent, decided, before.as_ref()), expected, "{absent} {decided} {before:?}");
        }
    }
}
