//! Decisions by hand, the policy, and upkeep.

use std::fmt::Write as _;
use std::fs;

use chrono::Duration;

use super::typing::{pick, words};
use super::{Commands, Disagreement, Machine};
use crate::facts::{Mark, Occurrence, School, Verdict};
use crate::operations::{Decision, Operation, Pick};

impl Machine {
    pub(super) fn decide_or_keep(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let command = match operation {
            Operation::Mark { occurrence, student, decision } => {
                self.mark(after, *occurrence, *student, *decision)?
            }
            Operation::Unmark { occurrence, student } => self.unmark(after, *occurrence, *student)?,
            Operation::Setting { which, value } => return self.set(after, *which, *value),
            Operation::Retry => {
                after.retry(self.now);
                words(&["quarantine", "retry"])
            }
            Operation::Prune { days } => self.prune(after, *days)?,
            _ => return None,
        };
        Some(vec![command])
    }

    fn mark(&self, after: &mut School, o: Pick, student: Pick, decision: Decision) -> Option<Vec<String>> {
        let held: Vec<_> = after.occurrences.iter().filter(|o| after.is_held(o)).cloned().collect();
        let occurrence = pick(&held, o)?;
        let entries = after.register(occurrence, self.now);
        let code = pick(&entries, student)?.student.clone();
        let ahead = self.now < occurrence.opens_at();
        let (word, verdict) = match decision {
            _ if ahead => ("excused", Verdict::Excused),
            Decision::Present => ("present", Verdict::Present),
            Decision::Absent => ("absent", Verdict::Absent),
            Decision::Excused => ("excused", Verdict::Excused),
        };
        let (name, date) = (occurrence.name.clone(), occurrence.date.to_string());
        self.decide(after, occurrence.id, &code, verdict);
        Some(words(&[
            "mark", &code, word, "--period", &name, "--date", &date, "--by", "ms-lee", "--reason", "seen",
        ]))
    }

    fn unmark(&self, after: &mut School, occurrence: Pick, student: Pick) -> Option<Vec<String>> {
        let held: Vec<_> = after.occurrences.iter().filter(|o| after.is_held(o)).cloned().collect();
        let marked = |o: &Occurrence| -> Vec<String> {
            let codes = after.students.iter().map(|student| student.code.clone());
            codes.filter(|code| after.mark(o.id, code).is_some()).collect()
        };
        let with_marks: Vec<_> = held.iter().filter(|o| !marked(o).is_empty()).collect();
        let occurrence = *pick(&with_marks, occurrence)?;
        let code = pick(&marked(occurrence), student)?.clone();
        self.decide(after, occurrence.id, &code, Verdict::TakenBack);
        let date = occurrence.date.to_string();
        Some(words(&["unmark", &code, "--period", &occurrence.name, "--date", &date, "--by", "ms-lee"]))
    }

    fn decide(&self, after: &mut School, occurrence: usize, code: &str, verdict: Verdict) {
        let (by, reason) = ("ms-lee".to_owned(), "seen".to_owned());
        after.marks.push(Mark { occurrence, student: code.into(), verdict, by, reason });
        after.occurrence_mut(occurrence).touched = true;
    }

    /// The dates that can be folded anew.
    pub fn foldable(&self) -> Option<[String; 2]> {
        let from = self.model.watermark.map_or(self.first, |watermark| self.zone().date(watermark));
        let from = from.max(self.first - Duration::days(2));
        let to = self.zone().date(self.now) + Duration::days(3);
        (from <= to).then(|| [from.to_string(), to.to_string()])
    }

    fn set(&self, after: &mut School, which: Pick, value: Pick) -> Option<Commands> {
        let (key, value) = match which % 3 {
            0 => {
                after.settings.min_score = *pick(&[0.75, 0.76, 0.8, 0.9], value)?;
                ("min_score", after.settings.min_score.to_string())
            }
            1 => {
                let seconds = *pick(&[0, 10, 60], value)?;
                after.settings.window = Duration::seconds(seconds);
                ("reregister_window", format!("{seconds}s"))
            }
            _ => {
                after.settings.min_delta = *pick(&[0.0, 0.01, 0.1], value)?;
                ("min_improve_delta", after.settings.min_delta.to_string())
            }
        };
        let [from, to] = self.foldable()?;
        Some(vec![
            words(&["settings", "set", key, &value]),
            words(&["recompute", "--from", &from, "--to", &to]),
        ])
    }

    /// Prunes where no occurrence straddles the watermark: half a window could not be folded again.
    fn prune(&self, after: &mut School, days: i64) -> Option<Vec<String>> {
        let watermark = after.zone.midnight(after.zone.date(self.now) - Duration::days(days));
        let straddles =
            after.occurrences.iter().any(|o| o.opens_at() < watermark && watermark <= o.closes_at());
        if straddles || after.watermark.is_some_and(|old| watermark <= old) {
            return None;
        }
        after.prune(watermark);
        Some(words(&["prune", "--older-than", &format!("{days}d"), "--all"]))
    }

    pub(super) fn restore_backup(&mut self) -> Result<(), Disagreement> {
        self.must(&["db", "backup", "copy.db"])?;
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(self.program.path(&format!("school.db{ending}")));
        }
        fs::rename(self.program.path("copy.db"), self.program.path("school.db")).unwrap();
        writeln!(self.transcript, "rm -f school.db-wal school.db-shm; mv copy.db school.db").unwrap();
        Ok(())
    }
}
