//! The totals of one student, and the anomalies that they show (docs/rules.md, rule 10).

use crate::domain::register::status::{BriefJudgement, Counts};

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
    /// Whether the student was present at all, also in periods that do not count here, in another group.
    attended: bool,
    /// The sessions that have begun, by status.
    pub sessions: Counts,
}

impl Tally {
    /// Takes in the next date: an outcome for each period that has begun and expected the student, the `cap` of the
    /// date, and whether the student was present at all on it.
    pub fn add_day(&mut self, outcomes: impl IntoIterator<Item = BriefJudgement>, cap: u32, attended: bool) {
        let mut day = Counts::default();
        outcomes.into_iter().for_each(|outcome| day.add(outcome));
        self.cap += cap;
        self.counts += day;
        self.attended |= attended;
        if day.judged() == 0 {
            return;
        }
        self.days += 1;
        self.run = if day.missed() == day.judged() && !attended { self.run + 1 } else { 0 };
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
pub(crate) const ANOMALIES: [Anomaly; 5] = [
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
        if !tally.attended && counts.low_score > 0 {
            Some(Anomaly::OnlyLowScores)
        } else if !tally.attended && counts.excused < judged {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::register::status::tests::outcomes;

    const RULES: Rules = Rules { min_periods: 3, chronic_percent: 10.0 };

    fn tally(days: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for day in days {
            tally.add_day(outcomes(day), u32::try_from(day.len()).unwrap(), day.contains('p'));
        }
        tally
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
    fn a_student_who_was_present_in_another_group_was_seen() {
        let mut moved = Tally::default();
        moved.add_day(outcomes("aaa"), 3, true);
        assert_eq!((moved.days, moved.days_absent), (1, 0));
        assert_eq!(RULES.judge(&moved, false), Some(Anomaly::FewPeriods));
        moved.add_day(outcomes("sa"), 2, false);
        assert_eq!((moved.days, moved.days_absent), (2, 0));
        assert_ne!(RULES.judge(&moved, true), Some(Anomaly::OnlyLowScores));
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
