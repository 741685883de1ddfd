//! How a receiver that knows only days is told about one: a stated rule judges the day from its periods.

use std::fmt;
use std::str::FromStr;

use crate::domain::Invalid;
use crate::domain::register::session::decide;
use crate::domain::register::status::{BriefJudgement, Status};

/// How the periods of a day decide. Excused periods are not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayRule {
    /// One period with the student in it is enough.
    Any,
    /// The student must be present in every period.
    All,
    /// The first period of each half day that expects the student decides that half.
    First,
    /// The student must be present for this share of the minutes, in percent from 1 to 100.
    Minutes(u32),
}

impl fmt::Display for DayRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::All => f.write_str("all"),
            Self::First => f.write_str("first"),
            Self::Minutes(percent) => write!(f, "minutes:{percent}%"),
        }
    }
}

impl FromStr for DayRule {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let share = |text: &str| text.trim_end_matches('%').parse().ok().filter(|n| (1..=100).contains(n));
        match (text, text.strip_prefix("minutes:").and_then(share)) {
            ("any", _) => Ok(Self::Any),
            ("all", _) => Ok(Self::All),
            ("first", _) => Ok(Self::First),
            (_, Some(percent)) => Ok(Self::Minutes(percent)),
            _ => Err(Invalid::new(format!("{text:?} is not a rule for a day"))
                .hint("write any, all, first, or a share of the minutes such as minutes:50%")),
        }
    }
}

/// One period of a day for one student.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayPart {
    /// Whether it belongs to the second half day.
    pub second_half: bool,
    /// Its length.
    pub minutes: u32,
    /// The judgement. Periods that have not begun are [`Status::Expected`].
    pub outcome: BriefJudgement,
}

/// The judgement of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DayValue {
    /// The status. It stays undecided while the missing evidence could change it.
    pub outcome: BriefJudgement,
    /// The missed share of the day, from 0 to 1.
    pub missed: f64,
}

impl DayRule {
    /// Judges a day from its periods, by start. If one half of it was missed and the other was not, the day counts as
    /// missed only `in_halves`, for a receiver that is told the share. `None`: no period expected the student.
    pub(crate) fn judge(self, parts: &[DayPart], in_halves: bool) -> Option<DayValue> {
        let own: Vec<&DayPart> =
            parts.iter().filter(|part| part.outcome.status != Status::Elsewhere).collect();
        let first = own.first()?.outcome;
        let weighed = |weight: fn(&DayPart) -> u32, percent| {
            let status = decide(own.iter().map(|part| (part.outcome, weight(part))), percent);
            let came = status == Status::Present;
            let outcome =
                BriefJudgement { status, late: came && first.late, after_close: came && first.after_close };
            DayValue { outcome, missed: f64::from(u8::from(is_missed(status))) }
        };
        Some(match self {
            Self::Any => weighed(|_| 1, 1),
            Self::All => weighed(|_| 1, 100),
            Self::Minutes(percent) => weighed(|part| part.minutes, percent),
            Self::First => halves(&own, in_halves),
        })
    }
}

fn is_missed(status: Status) -> bool {
    matches!(status, Status::Absent | Status::Excused)
}

/// The day by the first period of each half. An undecided half leaves the day undecided.
fn halves(own: &[&DayPart], in_halves: bool) -> DayValue {
    let first = |second| own.iter().find(|part| part.second_half == second).map(|part| part.outcome);
    let halves: Vec<BriefJudgement> = [first(false), first(true)].into_iter().flatten().collect();
    let missed = halves.iter().filter(|half| is_missed(half.status)).count();
    let share = if missed == halves.len() { 1.0 } else { 0.5 * f64::from(u8::from(missed > 0)) };
    let open = [Status::Expected, Status::Unknown, Status::LowScore];
    let open = open.into_iter().find(|open| halves.iter().any(|half| half.status == *open));
    let wanted = match (open, missed) {
        (Some(open), _) => vec![open],
        (None, missed) if missed == halves.len() || in_halves && missed > 0 => {
            vec![Status::Absent, Status::Excused]
        }
        (None, _) => vec![Status::Present],
    };
    let found = wanted.iter().find_map(|status| halves.iter().find(|half| half.status == *status));
    DayValue { outcome: *found.unwrap_or(&halves[0]), missed: if open.is_some() { 0.0 } else { share } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::register::status::tests::outcomes;

    /// A day in letters as in [`outcomes`], the halves with a bar between them. Each period takes 40 minutes, a capital
    /// `A` 80.
    fn day(letters: &str) -> Vec<DayPart> {
        let (morning, afternoon) = letters.split_once('|').unwrap_or((letters, ""));
        let part = |second_half| {
            move |letter: char| DayPart {
                second_half,
                minutes: if letter == 'A' { 80 } else { 40 },
                outcome: outcomes(&letter.to_ascii_lowercase().to_string())[0],
            }
        };
        morning.chars().map(part(false)).chain(afternoon.chars().map(part(true))).collect()
    }

    #[test]
    fn a_rule_judges_the_day_from_its_periods() {
        for (rule, periods, expected, missed) in [
            ("any", "apa", "p", 0.0),
            ("any", "aaa", "a", 1.0),
            ("any", "lp", "l", 0.0),
            ("any", "aau", "u", 0.0),
            ("any", "aax", "x", 0.0),
            ("any", "ee", "e", 1.0),
            ("all", "ppa", "a", 1.0),
            ("all", "ppp", "p", 0.0),
            ("all", "pep", "p", 0.0),         // an excused period is not asked
            ("all", "ppx", "x", 0.0),         // the day is not over
            ("minutes:50%", "ppA", "p", 0.0), // 80 of 160 minutes
            ("minutes:51%", "ppA", "a", 1.0),
            ("minutes:50%", "puA", "u", 0.0),
            ("first", "pa|pa", "p", 0.0),
            ("first", "ap|ap", "a", 1.0),
            ("first", "ap|e", "a", 1.0),
            ("first", "pp|aa", "a", 0.5),
            ("first", "ee|p", "e", 0.5),
            ("first", "pp|u", "u", 0.0),
            ("first", "a", "a", 1.0),
        ] {
            let judged = rule.parse::<DayRule>().unwrap().judge(&day(periods), true).unwrap();
            assert_eq!(judged, DayValue { outcome: outcomes(expected)[0], missed }, "{rule} {periods}");
        }
    }

    #[test]
    fn half_a_day_is_no_absence_for_a_receiver_without_halves() {
        let judged = |periods| DayRule::First.judge(&day(periods), false).unwrap().outcome;
        assert_eq!((judged("p|a"), judged("a|a")), (outcomes("p")[0], outcomes("a")[0]));
        assert_eq!(DayRule::Any.judge(&[], false), None);
    }

    #[test]
    fn rules_are_read_back() {
        for rule in ["any", "all", "first", "minutes:1%", "minutes:100%"] {
            assert_eq!(rule.parse::<DayRule>().unwrap().to_string(), rule);
        }
        for wrong in ["", "last", "minutes", "minutes:0", "minutes:101%"] {
            assert!(wrong.parse::<DayRule>().is_err(), "{wrong}");
        }
    }
}
