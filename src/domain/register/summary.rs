//! The summary: the heading of a date or a range, and the rows of its students (docs/rules.md, rule 10).

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::{BriefJudgement, Counts};
use crate::domain::register::tally::{ANOMALIES, Anomaly, Rules, Tally};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Lack, Occurrence};

/// One student of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentSummary {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The latest groups on the dates; in a view of some groups, those in the last period that counts.
    pub group: Option<String>,
    /// The sums over the periods.
    pub tally: Tally,
    /// The anomaly, if there is one.
    pub anomaly: Option<Anomaly>,
    /// On a single date, the status in each of its periods. `None` if the period did not expect the student or has not
    /// begun.
    pub outcomes: Vec<Option<BriefJudgement>>,
    /// On a single date: what the student was in each session. None where no period of it expected the student or
    /// none has begun.
    pub sessions: Vec<Option<BriefJudgement>>,
    /// The occurrences in which the student is unknown.
    pub gaps: Gaps,
}

/// One period of the date.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodSummary {
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// How much of it was seen.
    pub coverage: Coverage,
    /// Whether it has begun.
    pub begun: bool,
    /// Its students, by status.
    pub counts: Counts,
}

impl PeriodSummary {
    /// Whether it has begun and every student in it is unknown.
    pub fn is_unjudged(&self) -> bool {
        self.begun && self.counts.expected > 0 && self.counts.judged() == 0
    }

    /// The failed places, if they leave students undecided.
    pub fn gap(&self) -> Option<Gap> {
        let gap = Gap::of_school(&self.occurrence, &self.coverage);
        (self.begun && self.counts.is_undecided() && !gap.places.is_empty()).then_some(gap)
    }

    /// Whether more than half of its students are unknown, but not all.
    pub fn is_mostly_unjudged(&self) -> bool {
        self.begun && !self.is_unjudged() && self.counts.unknown * 2 > self.counts.expected
    }
}

/// The most students named for each anomaly in the heading. The rest are counted, and marked in their rows.
pub const NAMED: u32 = 40;

/// The parts of a range, for people who look for the odd one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RangeParts {
    /// The classes by name, each with its counts on every school day. A student in two groups counts in both.
    pub classes: Vec<(String, Vec<Counts>)>,
    /// The periods in their order.
    pub periods: Vec<(String, Counts)>,
}

/// The heading of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The dates, both included.
    pub dates: RangeInclusive<NaiveDate>,
    /// Whether this is about a range of dates rather than one.
    pub ranged: bool,
    /// The school's zone.
    pub zone: Zone,
    /// The school's name, if it is set.
    pub school: Option<String>,
    /// The limits beyond which a student stands out.
    pub rules: Rules,
    /// On a single date: its periods.
    pub periods: Vec<PeriodSummary>,
    /// Over a range: its gaps, in time order.
    pub gaps: Vec<Gap>,
    /// Names of the sessions.
    pub sessions: Vec<String>,
    /// School days on which some period has begun.
    pub days: u32,
    /// Where no period was held: what the school lacks to hold one.
    pub lacks: Option<Lack>,
    /// The classes of a range day by day, and its periods; empty for a single date.
    pub parts: RangeParts,
    /// Students who were expected.
    pub students: u32,
    /// The periods of all students together.
    pub counts: Counts,
    /// How many students stand out, in the order of [`ANOMALIES`].
    pub anomalies: [u32; ANOMALIES.len()],
    /// The first of them for each reason, by code.
    pub people: Vec<StudentSummary>,
}

impl Head {
    /// Whether every period of the date has ended. Always true for a range.
    pub fn is_over(&self, now: Instant) -> bool {
        self.periods.iter().all(|period| period.occurrence.ends_at <= now)
    }

    /// The occurrences that leave students undecided, in time order.
    pub fn gaps(&self) -> Vec<Gap> {
        if self.ranged {
            self.gaps.clone()
        } else {
            self.periods.iter().filter_map(PeriodSummary::gap).collect()
        }
    }

    /// Whether no period was held, or to be held.
    pub fn is_free(&self) -> bool {
        self.days == 0 && self.periods.is_empty()
    }

    /// Adds one student. `line` makes the row of a student who is named.
    pub fn add(
        &mut self,
        tally: &Tally,
        outcomes: &[Option<BriefJudgement>],
        line: impl FnOnce(&Rules) -> StudentSummary,
    ) {
        self.students += 1;
        self.counts += tally.counts;
        for (period, outcome) in self.periods.iter_mut().zip(outcomes) {
            outcome.iter().for_each(|outcome| period.counts.add(*outcome));
        }
        let anomaly = self.rules.judge(tally, self.ranged);
        if let Some(place) = ANOMALIES.iter().position(|known| Some(*known) == anomaly) {
            self.anomalies[place] += 1;
            if self.anomalies[place] <= NAMED {
                self.people.push(line(&self.rules));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;
    use crate::domain::register::status::tests::outcomes;

    #[test]
    fn a_begun_period_with_only_unknown_students_is_unjudged() {
        for (begun, students, unjudged) in [
            (true, "uu", true),
            (true, "up", false),
            (true, "ua", false),
            (true, "", false), // no student was expected
            (false, "uu", false),
        ] {
            let mut counts = Counts::default();
            outcomes(students).into_iter().for_each(|outcome| counts.add(outcome));
            let occurrence = occurrence();
            let coverage = Coverage::of(&occurrence, occurrence.ends_at, &[], &[]);
            let period = PeriodSummary { occurrence, coverage, begun, counts };
            assert_eq!(period.is_unjudged(), unjudged, "{begun} {students}");
        }
    }
}
