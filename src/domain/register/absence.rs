//! Absences by day: the periods that a student missed on a date, and why.

use chrono::NaiveDate;

use crate::domain::register::status::{Counts, Entry, Status};

/// The absences of one student on one date.
#[derive(Debug, Clone)]
pub(crate) struct Absence {
    pub date: NaiveDate,
    pub code: String,
    pub name: String,
    /// Groups in the first period of the date, joined by commas.
    pub group: Option<String>,
    /// The periods that have begun, by status.
    pub counts: Counts,
    /// Names of the periods missed, by start.
    pub periods: Vec<String>,
    /// The reasons given, each once.
    pub reasons: Vec<String>,
    /// The codes of these reasons on the school's list.
    pub codes: Vec<String>,
}

impl Absence {
    /// The date of a student, before any period is counted.
    pub(crate) fn new(date: NaiveDate, entry: &Entry) -> Self {
        let (code, name, group) = (entry.code.clone(), entry.name.clone(), entry.group.clone());
        let (counts, periods, reasons, codes) = Default::default();
        Self { date, code, name, group, counts, periods, reasons, codes }
    }

    /// Counts a period in.
    pub(crate) fn add(&mut self, period: &str, entry: &Entry) {
        self.counts.add(entry.judgement);
        if !matches!(entry.judgement.status, Status::Absent | Status::Excused) {
            return;
        }
        self.periods.push(period.to_owned());
        let add = |list: &mut Vec<String>, word: &str| {
            if !list.iter().any(|known| known == word) {
                list.push(word.to_owned());
            }
        };
        if let Some(reason) = entry.reason() {
            add(&mut self.reasons, reason);
        }
        if let Some(listed) = &entry.listed {
            add(&mut self.codes, listed.code());
        }
    }

    /// Whether the student missed everything that could be judged.
    pub(crate) fn is_whole_day(&self) -> bool {
        self.counts.missed() == self.counts.judged()
    }
}
