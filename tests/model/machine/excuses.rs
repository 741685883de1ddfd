//! Excuses: times in which students need not be there, known ahead or as they leave.

use chrono::{Datelike as _, Duration, NaiveDate};

use super::typing::{pick, words};
use super::{Commands, Machine};
use crate::facts::{Excuse, Occurrence, School, Verdict};
use crate::operations::{Operation, Pick};
use crate::register::{EXCUSED_BY, EXCUSED_FOR};
use crate::zones::Instant;

impl Machine {
    pub(super) fn excuse(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let command = match operation {
            Operation::Excuse { student, from, days, hour } => {
                let code = pick(&after.students, *student)?.code.clone();
                let dates = self.dates(*from, *days);
                for (from, until) in spans(after, &dates, *hour) {
                    after.excuses.push(Excuse { student: code.clone(), left: false, from, until });
                }
                let between = hour.map(|hour| format!("{hour:02}:00..{:02}:00", hour + 1));
                let mut args = words(&["mark", &code, "excused", "--date", &told(&dates)]);
                args.extend(between.iter().flat_map(|hours| words(&["--between", hours])));
                signed(args)
            }
            Operation::ExcusePeriod { student, period, date } => {
                self.excuse_period(after, *student, *period, *date)?
            }
            Operation::TakeBack { student, from, days } => self.take_back(after, *student, *from, *days)?,
            Operation::Leave { student, hour } => {
                let code = pick(&after.students, *student)?.code.clone();
                let (from, until, at) = self.rest_of_today(*hour);
                after.excuses.push(Excuse { student: code.clone(), left: true, from, until });
                signed([words(&["mark", &code, "left"]), at].concat())
            }
            Operation::Return { student, hour } => self.come_back(after, *student, *hour)?,
            _ => return None,
        };
        Some(vec![command])
    }

    fn dates(&self, from: i64, days: i64) -> Vec<NaiveDate> {
        let from = self.zone().date(self.now) + Duration::days(from);
        from.iter_days().take(usize::try_from(days).unwrap()).collect()
    }

    /// From an hour of today, or now, to midnight, and how that is typed.
    fn rest_of_today(&self, hour: Option<u32>) -> (Instant, Instant, Vec<String>) {
        let today = self.zone().date(self.now);
        let midnight = self.zone().midnight(today.succ_opt().unwrap());
        match hour {
            None => (self.now, midnight, Vec::new()),
            Some(hour) => {
                let at = self.zone().instant(today.and_hms_opt(hour, 0, 0).unwrap());
                (at, midnight, words(&["--at", &format!("{hour:02}:00")]))
            }
        }
    }

    /// The period of a date that is not scheduled yet.
    fn excuse_period(
        &self,
        after: &mut School,
        student: Pick,
        period: Pick,
        date: i64,
    ) -> Option<Vec<String>> {
        let code = pick(&after.students, student)?.code.clone();
        let date = self.zone().date(self.now) + Duration::days(date);
        let unscheduled = |index: &usize| {
            after.periods[*index].is_held_on(date.weekday())
                && !after.occurrences.iter().any(|o| o.period == *index && o.date == date)
        };
        let unscheduled: Vec<usize> = (0..after.periods.len()).filter(unscheduled).collect();
        if after.closures.contains(&date) {
            return None;
        }
        let planned = after.planned(*pick(&unscheduled, period)?, date)?;
        let (from, until) = (planned.starts_at, planned.ends_at);
        after.excuses.push(Excuse { student: code.clone(), left: false, from, until });
        let date = date.to_string();
        Some(signed(words(&["mark", &code, "excused", "--period", &planned.name, "--date", &date])))
    }

    fn take_back(&self, after: &mut School, student: Pick, from: i64, days: i64) -> Option<Vec<String>> {
        let code = pick(&after.students, student)?.code.clone();
        let dates = self.dates(from, days);
        let marked = |o: &&Occurrence| {
            dates.contains(&o.date) && after.is_held(o) && after.mark(o.id, &code).is_some()
        };
        let marked: Vec<usize> = after.occurrences.iter().filter(marked).map(|o| o.id).collect();
        for occurrence in marked {
            self.decide(after, occurrence, &code, Verdict::TakenBack);
        }
        for (from, until) in spans(after, &dates, None) {
            after.end_excuses(&code, from, until, false);
        }
        Some(words(&["unmark", &code, "--date", &told(&dates), "--by", EXCUSED_BY]))
    }

    fn come_back(&self, after: &mut School, student: Pick, hour: Option<u32>) -> Option<Vec<String>> {
        let (from, until, at) = self.rest_of_today(hour);
        let away = |code: &String| {
            let of_student = |e: &&Excuse| e.left && e.student == *code;
            after.excuses.iter().filter(of_student).any(|e| e.from < until && from < e.until)
        };
        let codes = after.students.iter().map(|student| student.code.clone());
        let away: Vec<String> = codes.filter(away).collect();
        let code = pick(&away, student)?.clone();
        after.end_excuses(&code, from, until, true);
        Some([words(&["mark", &code, "back", "--by", EXCUSED_BY]), at].concat())
    }
}

/// All of some dates, or an hour of each; nothing of an hour that the clocks skip.
fn spans(school: &School, dates: &[NaiveDate], hour: Option<u32>) -> Vec<(Instant, Instant)> {
    let Some(hour) = hour else {
        let after = dates[dates.len() - 1].succ_opt().unwrap();
        return vec![(school.zone.midnight(dates[0]), school.zone.midnight(after))];
    };
    let at = |date: &NaiveDate, hour| school.zone.instant(date.and_hms_opt(hour, 0, 0).unwrap());
    dates.iter().map(|date| (at(date, hour), at(date, hour + 1))).filter(|(from, to)| from < to).collect()
}

fn told(dates: &[NaiveDate]) -> String {
    format!("{}..{}", dates[0], dates[dates.len() - 1])
}

fn signed(mut args: Vec<String>) -> Vec<String> {
    args.extend(words(&["--by", EXCUSED_BY, "--reason", EXCUSED_FOR]));
    args
}
