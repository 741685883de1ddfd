//! The codes of a receiver: a school's own table that turns the register's statuses into the words of another system.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{NaiveDate, NaiveTime};

use crate::domain::Invalid;
use crate::domain::register::day_rule::DayRule;
use crate::domain::register::status::{BriefJudgement, Status};
use crate::domain::roll::group::split;

/// The outcome of a period or day for a student: decided, or undecided for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Present and in time.
    Present,
    /// Present, but late.
    Late,
    Absent,
    Excused,
    /// Seen, but never with an accepted score.
    LowScore,
    /// Not seen, and a camera that matters was blind.
    Unknown,
}

impl Outcome {
    /// Every outcome, in the order of a codes file.
    pub(crate) const ALL: [Self; 6] =
        [Self::Present, Self::Late, Self::Absent, Self::Excused, Self::LowScore, Self::Unknown];

    /// Its key in a codes file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::Absent => "absent",
            Self::Excused => "excused",
            Self::LowScore => "low_score",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of a judgement. `None`: it is not decided yet, or it is counted in another period.
    pub(crate) fn of(judgement: BriefJudgement) -> Option<Self> {
        match judgement.status {
            Status::Present if judgement.late => Some(Self::Late),
            Status::Present => Some(Self::Present),
            Status::Absent => Some(Self::Absent),
            Status::Excused => Some(Self::Excused),
            Status::LowScore => Some(Self::LowScore),
            Status::Unknown => Some(Self::Unknown),
            Status::Expected | Status::Elsewhere => None,
        }
    }

    /// Whether the student missed the time, as far as the register can tell.
    pub(crate) fn is_missed(self) -> bool {
        matches!(self, Self::Absent | Self::Excused)
    }

    fn is_undecided(self) -> bool {
        matches!(self, Self::LowScore | Self::Unknown)
    }
}

/// The time that one row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    /// One period on one date.
    Period,
    /// One date, judged from its periods.
    Day,
}

/// The identity of students in the receiving system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Identity {
    /// The code of the roll.
    #[default]
    Code,
    /// The alias of kind `sis`.
    Sis,
}

/// A session of the receiving system's school year, such as a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// Its name there.
    pub name: String,
    /// The school year, named by the calendar year in which it ends.
    pub school_year: u16,
    pub dates: RangeInclusive<NaiveDate>,
}

/// A codes file that was read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    /// The identity of the school there. `None`: the setting `school_id`.
    pub school: Option<String>,
    /// The identity of students there.
    pub student: Identity,
    /// The time that a row is about. `None`: the usual one of the profile.
    pub per: Option<Per>,
    /// How a day is judged from its periods.
    pub day: DayRule,
    /// Periods that start at this time or later belong to the second half day.
    pub noon: NaiveTime,
    /// The heading of the identity of a row, if the profile has more than one.
    pub id_column: Option<String>,
    /// The code of each outcome. `None`: such rows are not sent.
    pub codes: BTreeMap<Outcome, Option<String>>,
    /// The names of groups in the receiving system.
    pub groups: BTreeMap<String, String>,
    pub terms: Vec<Term>,
}

impl Codes {
    /// Checks that each outcome has an entry, and that no undecided one has the code of an absence.
    pub(crate) fn check(self) -> Result<Self, Invalid> {
        for outcome in Outcome::ALL {
            let word = outcome.word();
            let Some(code) = self.codes.get(&outcome) else {
                return Err(Invalid::new(format!("[codes] has no entry for {word}")).hint(format!(
                    "write {word} = \"…\" with the receiver's code, or {word} = false to send no such rows"
                )));
            };
            let is_absence = |(other, known): (&Outcome, &Option<String>)| other.is_missed() && known == code;
            if outcome.is_undecided() && code.is_some() && self.codes.iter().any(is_absence) {
                return Err(Invalid::new(format!("[codes] gives {word} the code of an absence")).hint(
                    format!("nothing undecided is sent as an absence: write another code, or {word} = false"),
                ));
            }
        }
        Ok(self)
    }

    /// The code of an outcome. `None`: it is not sent.
    pub(crate) fn code(&self, outcome: Outcome) -> Option<&str> {
        self.codes.get(&outcome).and_then(Option::as_deref)
    }

    /// The name of a student's group there: of the first group in `[groups]`, else the first group itself.
    pub(crate) fn group<'a>(&'a self, groups: Option<&'a str>) -> Option<&'a str> {
        let named = split(groups).find_map(|group| self.groups.get(group).map(String::as_str));
        named.or_else(|| split(groups).next())
    }

    /// The term of a date.
    pub(crate) fn term(&self, date: NaiveDate) -> Option<&Term> {
        self.terms.iter().find(|term| term.dates.contains(&date))
    }
}

/// One student in one period or on one date, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub date: NaiveDate,
    /// The period; `None`: the whole day.
    pub period: Option<String>,
    /// The student's identity in the receiving system.
    pub student: String,
    /// The student's group there.
    pub group: Option<String>,
    /// The outcome that is sent.
    pub outcome: Outcome,
    /// The missed share of the day, from 0 to 1.
    pub missed: f64,
    /// The reason given for an absence or an excuse.
    pub reason: Option<String>,
    /// The code of this reason on the school's list.
    pub reason_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(entries: &[(Outcome, Option<&str>)]) -> Codes {
        Codes {
            school: None,
            student: Identity::Code,
            per: None,
            day: DayRule::Any,
            noon: NaiveTime::MIN,
            id_column: None,
            codes: entries.iter().map(|(outcome, code)| (*outcome, code.map(str::to_owned))).collect(),
            groups: BTreeMap::from([("G7".to_owned(), "Grade 7".to_owned())]),
            terms: Vec::new(),
        }
    }

    #[test]
    fn every_outcome_has_an_entry_and_nothing_undecided_is_an_absence() {
        use Outcome::{Absent, Excused, Late, LowScore, Present, Unknown};
        let decided = [(Present, Some("P")), (Late, Some("T")), (Absent, Some("A")), (Excused, Some("E"))];
        for (low_score, unknown, fits) in [
            (None, None, true),
            (Some("?"), Some("?"), true),
            (Some("P"), Some("P"), true),
            (None, Some("A"), false),
            (Some("E"), None, false),
        ] {
            let all = [&decided[..], &[(LowScore, low_score), (Unknown, unknown)]].concat();
            assert_eq!(codes(&all).check().is_ok(), fits, "{low_score:?} {unknown:?}");
        }
        for missing in 0..6 {
            let mut all = [&decided[..], &[(LowScore, None), (Unknown, None)]].concat();
            all.remove(missing);
            assert!(codes(&all).check().is_err(), "{missing}");
        }
    }

    #[test]
    fn a_named_group_comes_before_the_first_group() {
        let codes = codes(&[]);
        for (groups, expected) in
            [(Some("Choir,G7"), Some("Grade 7")), (Some("Choir,G8"), Some("Choir")), (None, None)]
        {
            assert_eq!(codes.group(groups), expected);
        }
    }
}
