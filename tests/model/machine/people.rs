//! Decisions by hand, the policy, and upkeep.

use std::fmt::Write as _;
use std::fs;

use chrono::Duration;

use super::typing::{pick, words};
use super::{Commands, Disagreement, Machine};
use crate::facts::{Identity, Mark, Occurrence, Review, School, Verdict};
use crate::operations::{Decision, Operation, Pick, Reviewed};

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
            Operation::Review { sighting, decision } => self.review(after, *sighting, *decision)?,
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
            Decision::Late(minutes) => ("late", Verdict::Late(minutes)),
        };
        let (name, date) = (occurrence.name.clone(), occurrence.date.to_string());
        self.decide(after, occurrence.id, &code, verdict);
        let mut args = words(&[
            "mark", &code, word, "--period", &name, "--date", &date, "--by", "ms-lee", "--reason", "seen",
        ]);
        if let Verdict::Late(Some(minutes)) = verdict {
            args.extend(words(&["--minutes", &minutes.to_string()]));
        }
        Some(args)
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
        after.end_excuses(&code, occurrence.starts_at, occurrence.ends_at, false);
        let date = occurrence.date.to_string();
        Some(words(&["unmark", &code, "--period", &occurrence.name, "--date", &date, "--by", "ms-lee"]))
    }

    /// Decides about a sighting that is still there.
    fn review(&self, after: &mut School, sighting: Pick, decision: Reviewed) -> Option<Vec<String>> {
        let all: Vec<_> = self.model.recognitions.keys().cloned().collect();
        let id = pick(&all, sighting)?;
        let before = self.model.reviews.get(id);
        let mut args = vec![self.sighting_id(id)];
        let verb = match decision {
            Reviewed::Accept => {
                after.reviews.insert(id.clone(), Review::Accept);
                "accept"
            }
            Reviewed::Reject => {
                after.reviews.insert(id.clone(), Review::Reject);
                "reject"
            }
            Reviewed::Undo => {
                before?;
                after.reviews.remove(id);
                "undo"
            }
            Reviewed::Reassign(to) => {
                // Two sightings of one student by one camera at one instant would be one.
                let same = |other: &Identity| (other.at, &other.camera) == (id.at, &id.camera) && other != id;
                let to = pick(&self.model.students, to)?.code.clone();
                if to == id.student || all.iter().any(same) {
                    return None;
                }
                args.push(to.clone());
                after.reviews.insert(id.clone(), Review::Reassign(to));
                "reassign"
            }
        };
        Some([words(&["review", verb]), args].concat())
    }

    /// A sighting as `review` names it: instant, student and camera as the database knows them, in base 36.
    fn sighting_id(&self, id: &Identity) -> String {
        let conn = rusqlite::Connection::open(self.program.path("school.db")).unwrap();
        let of = |sql: &str, name: &str| conn.query_row(sql, [name], |row| row.get::<_, i64>(0)).unwrap();
        let student = of("SELECT id FROM student WHERE code = ?1", &id.student);
        let camera = of("SELECT id FROM camera WHERE name = ?1", &id.camera);
        let numbers = [id.at.timestamp_micros(), student, camera].map(base36);
        format!("s{}", numbers.join("-"))
    }

    pub(super) fn decide(&self, after: &mut School, occurrence: usize, code: &str, verdict: Verdict) {
        let (by, reason) = ("ms-lee".to_owned(), "seen".to_owned());
        after.marks.push(Mark { occurrence, student: code.into(), verdict, by, reason });
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
        let copy = self.path("copy.db");
        self.must(&["db", "backup", &copy])?;
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(self.program.path(&format!("school.db{ending}")));
        }
        fs::rename(self.program.path("copy.db"), self.program.path("school.db")).unwrap();
        writeln!(self.transcript, "rm -f school.db-wal school.db-shm; mv copy.db school.db").unwrap();
        Ok(())
    }
}

fn base36(mut number: i64) -> String {
    let mut digits = Vec::new();
    while number > 0 || digits.is_empty() {
        digits.push(char::from_digit(u32::try_from(number % 36).unwrap(), 36).unwrap());
        number /= 36;
    }
    digits.iter().rev().collect()
}
