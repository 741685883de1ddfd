//! The summary: totals of each student on a date or over a range, and the students who need attention
//! (docs/rules.md, rule 10).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::evidence::coverage::Coverage;
use crate::domain::register::gap::{Gap, Gaps};
use crate::domain::register::status::{BriefJudgement, Counts};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Lack, Occurrence};

/// The sums over the periods of one student.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The periods that have begun, by status.
    pub counts: Counts,
    /// How many periods could have been attended: as many as expected the student, or the setting
    /// `max_periods_per_day` for each date, but never fewer than the student was present in.
    pub cap: u32,
    /// Dates on which at least one period could be judged.
    pub days: u32,
    /// The number of these on which the student missed every period, excused or not.
    pub days_absent: u32,
    /// The longest run of missed dates; dates on which nothing could be judged do not end it.
    pub absent_in_a_row: u32,
    /// The run of missed dates up to the latest date.
    run: u32,
    /// The sessions that have begun, by status.
    pub sessions: Counts,
}

impl Tally {
    /// Takes in the next date: an outcome for each period that has begun and expected the student, and
    /// the `cap` of the date.
    pub fn add_day(&mut self, outcomes: impl IntoIterator<Item = BriefJudgement>, cap: u32) {
        let mut day = Counts::default();
        outcomes.into_iter().for_each(|outcome| day.add(outcome));
        self.cap += cap;
        self.counts += day;
        if day.judged() == 0 {
            return;
        }
        self.days += 1;
        self.run = if day.missed() == day.judged() { self.run + 1 } else { 0 };
        self.days_absent += u32::from(self.run > 0);
        self.absent_in_a_row = self.absent_in_a_row.max(self.run);
    }

    /// Takes in the sessions of the date.
    pub fn add_sessions(&mut self, outcomes: &[Option<BriefJudgement>]) {
        outcomes.iter().flatten().for_each(|outcome| self.sessions.add(*outcome));
    }

    /// The run of missed dates that the latest date ends with; 0: some of it was attended.
    pub fn run(&self) -> u32 {
        self.run
    }

    /// Whether the student was expected at all.
    pub fn is_expected(&self) -> bool {
        self.cap > 0
    }
}

/// A reason to pay attention to a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// Never seen, and not excused from everything.
    NeverSeen,
    /// Seen in fewer periods than the setting `min_periods`, those excused included.
    FewPeriods,
    /// Missed at least the share of the setting `chronic_absence_percent` of a range, excused or not.
    ChronicAbsence,
    /// Seen, but never with an accepted score.
    OnlyLowScores,
    /// A place that mattered was blind whenever the student was expected.
    NotJudged,
}

/// Every anomaly, in the order of reports.
pub const ANOMALIES: [Anomaly; 5] = [
    Anomaly::NeverSeen,
    Anomaly::FewPeriods,
    Anomaly::ChronicAbsence,
    Anomaly::OnlyLowScores,
    Anomaly::NotJudged,
];

impl Anomaly {
    /// The word used in JSON and CSV.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NeverSeen => "never_seen",
            Self::FewPeriods => "few_periods",
            Self::ChronicAbsence => "chronic_absence",
            Self::OnlyLowScores => "only_low_scores",
            Self::NotJudged => "not_judged",
        }
    }
}

/// The limits beyond which a student stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Periods that a student should be seen in on a date.
    pub min_periods: u32,
    /// Missing this much of a range, in percent, is chronic.
    pub chronic_percent: f64,
}

impl Rules {
    /// The first anomaly that applies to a student. `ranged` means that the tally spans a range of dates, in which
    /// shares say more than single days.
    pub fn judge(&self, tally: &Tally, ranged: bool) -> Option<Anomaly> {
        let counts = &tally.counts;
        let judged = counts.judged();
        if judged == 0 {
            return (counts.expected > 0).then_some(Anomaly::NotJudged);
        }
        let seen_or_excused = counts.present + counts.excused;
        let share = f64::from(counts.missed()) * 100.0 / f64::from(judged);
        if counts.present == 0 && counts.low_score > 0 {
            Some(Anomaly::OnlyLowScores)
        } else if counts.present == 0 && counts.excused < judged {
            Some(Anomaly::NeverSeen)
        } else if !ranged && seen_or_excused < self.min_periods.min(judged) {
            Some(Anomaly::FewPeriods)
        } else if ranged && counts.missed() > 0 && share >= self.chronic_percent {
            Some(Anomaly::ChronicAbsence)
        } else {
            None
        }
    }
}

/// One student of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentSummary {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Group on the date, or the latest of a range.
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

/// The rows of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A row for each group.
    Group,
    /// A row for each period.
    Period,
    /// A row for each date.
    Date,
    /// A row for each student.
    Student,
    /// A row for each session, which counts sessions instead of periods.
    Session,
    /// A row for each reason of absences, excuses and marks.
    Reason,
}

impl By {
    /// The word used in options, JSON and CSV.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Period => "period",
            Self::Date => "date",
            Self::Student => "student",
            Self::Session => "session",
            Self::Reason => "reason",
        }
    }
}

/// The sum of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Place of the period or session in the day; otherwise 0, and 1 for what has no group or reason.
    pub order: i64,
    /// Name of the group, period or session, the date, the reason, or the code of the student; empty: none.
    pub key: String,
    /// Name of the student.
    pub name: Option<String>,
    /// The statuses.
    pub counts: Counts,
    /// The occurrences in which students of it are unknown.
    pub gaps: Gaps,
}

/// The sums of some dates.
#[derive(Debug)]
pub struct Sums {
    /// The dates, both included.
    pub dates: RangeInclusive<NaiveDate>,
    /// The kind of row.
    pub by: By,
    /// The rows, sorted.
    pub rows: Vec<Sum>,
    /// The occurrences that left students unknown, in time order.
    pub gaps: Vec<Gap>,
    /// The school's zone.
    pub zone: Zone,
}

/// The keys of the sums by group that a student counts in: one for each membership, so a student in two groups
/// counts in both. `groups` are joined by commas.
pub fn memberships(groups: Option<&str>) -> impl Iterator<Item = (i64, &str)> {
    let none = groups.is_none().then_some((1, ""));
    groups.into_iter().flat_map(|groups| groups.split(',')).map(|group| (0, group)).chain(none)
}

impl Sum {
    /// The sums of some counts by group.
    pub fn by_group(counts: BTreeMap<(i64, String), Counts>) -> Vec<Self> {
        let sums = counts.into_iter();
        sums.map(|((order, key), counts)| Self { order, key, name: None, counts, gaps: Gaps::default() })
            .collect()
    }

    /// The share of presence among judged periods, in thousandths.
    fn present(&self) -> Option<u32> {
        let judged = self.counts.judged();
        (judged > 0).then(|| self.counts.present * 1000 / judged)
    }
}

/// How sums are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SumOrder {
    /// The smallest share of presence first; rows that could not be judged last.
    #[default]
    Worst,
    /// By name, code, date, or the order of periods.
    Name,
    /// The most absences first.
    Absent,
    /// The most late students first.
    Late,
}

impl SumOrder {
    /// Sorts some sums; equals by name.
    pub fn sort(self, sums: &mut [Sum]) {
        sums.sort_by(|a, b| (a.order, &a.key).cmp(&(b.order, &b.key)));
        match self {
            Self::Worst => sums.sort_by_key(|sum| sum.present().unwrap_or(u32::MAX)),
            Self::Name => {}
            Self::Absent => sums.sort_by_key(|sum| std::cmp::Reverse(sum.counts.absent)),
            Self::Late => sums.sort_by_key(|sum| std::cmp::Reverse(sum.counts.late)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::coverage::tests::occurrence;
    use crate::domain::register::status::tests::outcomes;

    const RULES: Rules = Rules { min_periods: 3, chronic_percent: 10.0 };

    fn tally(days: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for day in days {
            tally.add_day(outcomes(day), u32::try_from(day.len()).unwrap());
        }
        tally
    }

    #[test]
    fn the_worst_sums_come_first_and_unjudged_ones_last() {
        let sum = |key: &str, present, absent, unknown| {
            let expected = present + absent + unknown;
            let counts = Counts { expected, present, absent, unknown, ..Counts::default() };
            Sum { order: 0, key: key.into(), name: None, counts, gaps: Gaps::default() }
        };
        let all = [sum("A", 9, 1, 0), sum("B", 1, 1, 0), sum("C", 0, 0, 9), sum("D", 5, 5, 9)];
        for (order, expected) in
            [(SumOrder::Worst, "BDAC"), (SumOrder::Name, "ABCD"), (SumOrder::Absent, "DABC")]
        {
            let mut sums = all.to_vec();
            sums.reverse();
            order.sort(&mut sums);
            let sorted: String = sums.iter().map(|sum| sum.key.as_str()).collect();
            assert_eq!(sorted, expected, "{order:?}");
        }
    }

    #[test]
    fn anomalies_on_a_date() {
        for (day, anomaly) in [
            ("pppp", None),
            ("ppla", None),
            ("ppaa", Some(Anomaly::FewPeriods)),
            ("ppea", None),
            ("pp", None), // fewer than three were judged
            ("pauu", Some(Anomaly::FewPeriods)),
            ("puuu", None),
            ("aaaa", Some(Anomaly::NeverSeen)),
            ("eaaa", Some(Anomaly::NeverSeen)),
            ("eeee", None),
            ("auuu", Some(Anomaly::NeverSeen)),
            ("saaa", Some(Anomaly::OnlyLowScores)),
            ("seee", Some(Anomaly::OnlyLowScores)),
            ("uuuu", Some(Anomaly::NotJudged)),
            ("", None),
        ] {
            assert_eq!(RULES.judge(&tally(&[day]), false), anomaly, "{day}");
        }
    }

    #[test]
    fn chronic_absence_is_a_share_of_judged_periods() {
        for (days, anomaly) in [
            (["ppppp", "ppppa"], Some(Anomaly::ChronicAbsence)), // 1 of 10 is the limit itself
            (["ppppp", "ppppe"], Some(Anomaly::ChronicAbsence)),
            (["pppppp", "ppppa"], None),
            (["uuuuu", "ppppa"], Some(Anomaly::ChronicAbsence)),
            (["ppppp", "ppppp"], None),
            (["aaaaa", "aaaaa"], Some(Anomaly::NeverSeen)),
            (["paaaa", "aaaaa"], Some(Anomaly::ChronicAbsence)),
        ] {
            assert_eq!(RULES.judge(&tally(&days), true), anomaly, "{days:?}");
        }
        let lenient = Rules { chronic_percent: 0.0, ..RULES };
        assert_eq!(lenient.judge(&tally(&["pppp"]), true), None, "who missed nothing is not absent");
    }

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

    #[test]
    fn a_missed_day_is_one_on_which_everything_judged_was_missed() {
        for (days, expected) in [
            (&["pp", "aa", "ae", "pp"][..], (4, 2, 2)),
            (&["aa", "pa", "aa"], (3, 2, 1)),
            (&["aa", "uu", "aa"], (2, 2, 2)), // the day between could not be judged
            (&["au", "sa", "ee"], (3, 2, 1)), // a low score is a sighting
            (&["uu", ""], (0, 0, 0)),
        ] {
            let tally = tally(days);
            assert_eq!((tally.days, tally.days_absent, tally.absent_in_a_row), expected, "{days:?}");
        }
        let tally = tally(&["pp", "paa", ""]);
        assert_eq!((tally.cap, tally.counts.present, tally.is_expected()), (5, 3, true));
        assert!(!Tally::default().is_expected());
    }
}
