//! Sessions: half days and days, each judged from some periods by a stated rule.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use crate::domain::Invalid;
use crate::domain::register::status::{BriefJudgement, Status};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::Occurrence;

/// A part of the day that is told as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchoolSession {
    /// Unique name, such as `AM`.
    pub name: String,
    /// Names of its periods. A period that was renamed stands here with both names.
    pub periods: Vec<String>,
    /// How the periods decide.
    pub rule: Rule,
}

/// How the periods of a session decide. Excused periods are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The first period that expects the student decides alone.
    First,
    /// One period with the student in it is enough.
    Any,
    /// The student must be present in this share of the periods, in percent from 1 to 100.
    Share(u32),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::Any => f.write_str("any"),
            Self::Share(percent) => write!(f, "share:{percent}%"),
        }
    }
}

impl FromStr for Rule {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let share = |text: &str| text.trim_end_matches('%').parse().ok().filter(|n| (1..=100).contains(n));
        match text.strip_prefix("share:").map(share) {
            Some(Some(percent)) => Ok(Self::Share(percent)),
            None if text == "first" => Ok(Self::First),
            None if text == "any" => Ok(Self::Any),
            _ => Err(Invalid::new(format!("{text:?} is not a rule for a session"))
                .hint("write first, any, or a share from 1 to 100 such as share:50%")),
        }
    }
}

/// A session on a date.
#[derive(Debug, Clone)]
pub(crate) struct HeldSession {
    pub session: SchoolSession,
    /// Its periods on the date by start: the place of each, and whether it has begun.
    periods: Vec<(usize, bool)>,
}

/// A session of a student on a date.
#[derive(Debug, Clone)]
pub(crate) struct Attended {
    pub date: NaiveDate,
    /// Name of the session.
    pub session: String,
    pub code: String,
    /// Name of the student.
    pub name: String,
    /// Groups in the first of its periods that expects the student, joined by commas.
    pub group: Option<String>,
    /// The judgement of the whole session, derived from its periods.
    pub outcome: BriefJudgement,
}

impl SchoolSession {
    /// Whether a period belongs to it, whatever the case of its name.
    pub(crate) fn holds(&self, period: &str) -> bool {
        self.periods.iter().any(|own| own.to_lowercase() == period.to_lowercase())
    }

    /// The session on a date with the occurrences that are held then, each with its place, by start.
    pub(crate) fn on<'o>(
        self,
        held: impl IntoIterator<Item = (usize, &'o Occurrence)>,
        now: Instant,
    ) -> HeldSession {
        let own = held.into_iter().filter(|(_, occurrence)| self.holds(&occurrence.period));
        let periods = own.map(|(place, occurrence)| (place, occurrence.has_begun(now))).collect();
        HeldSession { session: self, periods }
    }

    /// Judges a student by the outcomes in those of its periods on a date that expect the student, by start. Periods
    /// that have not begun are [`Status::Expected`]. The session stays undecided while the missing evidence could
    /// change the answer. `None`: no period expected the student.
    fn judge(&self, own: &[BriefJudgement]) -> Option<BriefJudgement> {
        let first = own.first()?;
        let status = match self.rule {
            Rule::First => first.status,
            Rule::Any => decide(own.iter().map(|outcome| (*outcome, 1)), 1),
            Rule::Share(percent) => decide(own.iter().map(|outcome| (*outcome, 1)), percent),
        };
        let came = status == Status::Present;
        Some(BriefJudgement { status, late: came && first.late, after_close: came && first.after_close })
    }
}

impl HeldSession {
    /// The places of its periods, by start.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.periods.iter().map(|(place, _)| *place)
    }

    /// Judges a student by the outcomes in all of its periods, whatever class the student was in then. `outcome` gives
    /// the outcome in the period at a place. The session belongs to the class that the student is in when the first
    /// period that expects the student starts, so the place of that period comes with the judgement. `None`: no
    /// period expects the student, or none has begun.
    pub(crate) fn judge(
        &self,
        outcome: impl Fn(usize) -> Option<BriefJudgement>,
    ) -> Option<(usize, BriefJudgement)> {
        let counted = |(place, begun): &(usize, bool)| Some((*place, outcome(*place)?.counted(*begun)));
        let expects = |(_, outcome): &(usize, BriefJudgement)| outcome.status != Status::Elsewhere;
        let (places, own): (Vec<usize>, Vec<BriefJudgement>) =
            self.periods.iter().filter_map(counted).filter(expects).unzip();
        let begun = self.periods.iter().any(|(_, begun)| *begun);
        places.first().copied().zip(self.session.judge(&own)).filter(|_| begun)
    }
}

/// The status if a student must be present in `percent` of the weight of some periods, and in one at least. Excused
/// periods are not asked.
pub(crate) fn decide(outcomes: impl IntoIterator<Item = (BriefJudgement, u32)>, percent: u32) -> Status {
    let (mut asked, mut present) = (0, 0);
    let mut undecided = [(Status::Expected, 0), (Status::Unknown, 0), (Status::LowScore, 0)];
    for (outcome, weight) in outcomes {
        match outcome.status {
            Status::Excused | Status::Elsewhere => continue,
            Status::Present => present += weight,
            status => {
                undecided.iter_mut().filter(|(open, _)| *open == status).for_each(|(_, sum)| *sum += weight);
            }
        }
        asked += weight;
    }
    if asked == 0 {
        return Status::Excused;
    }
    let needed = (asked * percent).div_ceil(100).max(1);
    let open = undecided.iter().map(|(_, sum)| sum).sum::<u32>();
    match present {
        present if present >= needed => Status::Present,
        present if present + open < needed => Status::Absent,
        _ => undecided.iter().find(|(_, sum)| *sum > 0).map_or(Status::Absent, |(status, _)| *status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::register::status::tests::outcomes;

    fn session(rule: &str) -> SchoolSession {
        SchoolSession { name: "AM".into(), periods: vec!["Block 1".into()], rule: rule.parse().unwrap() }
    }

    #[test]
    fn a_rule_decides_from_the_periods() {
        for (rule, day, expected) in [
            ("first", "pa", Some("p")),
            ("first", "ap", Some("a")),
            ("first", "ep", Some("e")),
            ("first", "up", Some("u")),
            ("first", "", None),
            ("any", "ap", Some("p")),
            ("any", "aa", Some("a")),
            ("any", "ea", Some("a")),
            ("any", "ee", Some("e")),
            ("any", "up", Some("p")),
            ("share:50%", "pa", Some("p")),
            ("share:50%", "paa", Some("a")),
            ("share:100%", "pe", Some("p")), // an excused period is not asked
            ("share:67%", "ppa", Some("a")), // 2.01 of 3
        ] {
            let judged = session(rule).judge(&outcomes(day));
            assert_eq!(judged, expected.map(|letter| outcomes(letter)[0]), "{rule} {day}");
        }
    }

    #[test]
    fn missing_evidence_leaves_a_session_open_only_where_it_matters() {
        for (rule, day, expected) in [
            ("any", "ua", "u"),
            ("any", "sa", "s"),
            ("any", "us", "u"),
            ("any", "xa", "x"),
            ("any", "xu", "x"),
            ("share:50%", "pu", "p"),
            ("share:50%", "aau", "a"),
            ("share:100%", "pu", "u"),
            ("share:100%", "au", "a"),
        ] {
            let judged = session(rule).judge(&outcomes(day));
            assert_eq!(judged, Some(outcomes(expected)[0]), "{rule} {day}");
        }
    }

    #[test]
    fn a_session_on_a_date_knows_its_first_period_and_awaits_those_ahead() {
        let mut elsewhere = outcomes("ap");
        elsewhere[0].status = Status::Elsewhere;
        for (rule, day, begun, expected) in [
            ("any", outcomes("ap"), [true, true], Some((0, "p"))),
            ("any", outcomes("ap"), [true, false], Some((0, "x"))), // seen or marked before the start
            ("share:100%", outcomes("pe"), [true, false], Some((0, "x"))),
            ("first", outcomes("pa"), [true, false], Some((0, "p"))),
            ("any", outcomes("pp"), [false, false], None),
            ("first", elsewhere.clone(), [true, true], Some((1, "p"))),
            ("any", elsewhere[..1].to_vec(), [true, true], None),
        ] {
            let held = HeldSession { session: session(rule), periods: (0..).zip(begun).collect() };
            let judged = held.judge(|place| day.get(place).copied());
            assert_eq!(
                judged,
                expected.map(|(first, letter)| (first, outcomes(letter)[0])),
                "{rule} {day:?}"
            );
        }
    }

    #[test]
    fn a_session_is_late_when_its_first_period_was() {
        let late = |rule, day| session(rule).judge(&outcomes(day)).unwrap().late;
        assert_eq!((late("first", "lp"), late("any", "lp"), late("any", "pl")), (true, true, false));
        assert!(!late("share:100%", "la"), "an absent student is not late");
    }

    #[test]
    fn rules_are_read_back() {
        for rule in ["first", "any", "share:1%", "share:100%"] {
            assert_eq!(rule.parse::<Rule>().unwrap().to_string(), rule);
        }
        for wrong in ["", "last", "share", "share:0%", "share:101%", "share:x"] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }
}
