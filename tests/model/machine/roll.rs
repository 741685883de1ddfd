//! Changes of the roll.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::Duration;

use super::typing::{group_name, name_of, pick, with_from, words};
use super::{Commands, Machine};
use crate::facts::{Author, Groups, School, Student};
use crate::operations::{From, Operation, Pick};
use crate::zones::Instant;

impl Machine {
    pub(super) fn change_roll(&mut self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let command = match operation {
            Operation::Import { rows, leavers, aliases } => self.import(after, rows, *leavers, *aliases)?,
            Operation::Add { code, group, from } => {
                let code = self.newcomer(*code)?;
                let (from, at) = self.from(*from)?;
                let group = group_name(*group);
                let groups = Groups::of(group.clone(), Author::Hand);
                after.enrol(&code, &name_of(&code), groups, self.enrolled_from(from.is_some(), at));
                let mut args = words(&["student", "add", &code, &name_of(&code)]);
                args.extend(group.iter().flat_map(|group| words(&["--group", group])));
                with_from(args, from)
            }
            Operation::Move { student, group, from } => {
                let (code, from, at) = self.editable(*student, *from)?;
                let group = group_name(*group);
                after.student_mut(&code).regroup(at, group.as_slice(), Author::Hand);
                let group = group.unwrap_or("none".into());
                with_from(words(&["student", "edit", &code, "--group", &group]), from)
            }
            Operation::Rename { student } => {
                let student = pick(&after.students, *student)?.code.clone();
                let name = format!("{} Junior", name_of(&student));
                after.student_mut(&student).name.clone_from(&name);
                words(&["student", "edit", &student, "--name", &name])
            }
            Operation::Deactivate { student, from } => {
                let (code, from, at) = self.editable(*student, *from)?;
                after.student_mut(&code).change(at, None);
                with_from(words(&["student", "deactivate", &code]), from)
            }
            Operation::Activate { student } => self.activate(after, *student)?,
            Operation::RetireCode { student } => self.retire_code(after, *student)?,
            Operation::Erase { student } => {
                // Of two who had one code, neither goes: which lines are about whom could not be told.
                let alone =
                    |s: &&Student| s.former.is_none() && !after.students.iter().any(|o| o.had(&s.code));
                let alone: Vec<_> = after.students.iter().filter(alone).collect();
                let code = pick(&alone, *student)?.code.clone();
                after.erase(&code);
                self.gone.insert(code.clone());
                self.gone.extend(self.model.aliases.ever(&code));
                words(&[
                    "student",
                    "erase",
                    &code,
                    "--reason",
                    "asked for",
                    "--crops",
                    &self.path("crops.txt"),
                ])
            }
            Operation::Rehearse { student } => {
                let student = &pick(&after.students, *student)?.code;
                words(&["student", "erase", student, "--reason", "no", "--dry-run"])
            }
            _ => return None,
        };
        Some(vec![command])
    }

    fn activate(&self, after: &mut School, student: Pick) -> Option<Vec<String>> {
        let leaves =
            |s: &&Student| self.has_left(s) || s.spans.last().is_some_and(|last| last.until.is_some());
        let leaving: Vec<_> = self.model.students.iter().filter(leaves).collect();
        let student = pick(&leaving, student)?;
        let span = student.span_at(self.now).or(student.spans.last())?;
        let groups = span.groups.clone();
        after.student_mut(&student.code).change(self.now, Some(groups));
        Some(words(&["student", "edit", &student.code, "--activate"]))
    }

    fn retire_code(&self, after: &mut School, student: Pick) -> Option<Vec<String>> {
        let left: Vec<_> =
            self.model.students.iter().filter(|s| self.has_left(s) && s.former.is_none()).collect();
        let student = pick(&left, student)?;
        let left_at =
            student.spans.iter().filter_map(|span| span.until).filter(|until| *until <= self.now).max()?;
        let kept = format!("{}~{}", student.code, self.zone().date(left_at));
        let taken = |name: &String| self.model.student(name).is_some();
        let mut names = std::iter::once(kept.clone()).chain((2..).map(|nth| format!("{kept}.{nth}")));
        let kept = names.find(|name| !taken(name))?;
        after.retire_code(&student.code, &kept, self.now);
        Some(words(&["student", "retire-code", &student.code]))
    }

    pub(super) fn codes(&self) -> Vec<String> {
        (0..9).map(|n| format!("S{n}")).filter(|code| !self.gone.contains(code)).collect()
    }

    fn newcomer(&self, code: Pick) -> Option<String> {
        let free: Vec<_> =
            self.codes().into_iter().filter(|code| self.model.student(code).is_none()).collect();
        pick(&free, code).cloned()
    }

    fn has_left(&self, student: &Student) -> bool {
        student.span_at(self.now).is_none()
            && student.latest_change().is_some_and(|change| change <= self.now)
    }

    /// A newcomer before the first lesson is on the roll since always.
    fn enrolled_from(&self, stated: bool, at: Instant) -> Option<Instant> {
        let begun = self.model.occurrences.iter().any(|o| o.starts_at <= self.now);
        (stated || begun).then_some(at)
    }

    /// A student, and an instant at which that student is on the roll. Other changes may follow.
    fn editable(&self, student: Pick, from: From) -> Option<(String, Option<String>, Instant)> {
        let (from, at) = self.from(from)?;
        let on_roll: Vec<_> = self.model.students.iter().filter(|s| s.span_at(at).is_some()).collect();
        let student = pick(&on_roll, student)?;
        Some((student.code.clone(), from, at))
    }

    /// How an instant is written after `--from`, and the instant.
    pub(super) fn from(&self, from: From) -> Option<(Option<String>, Instant)> {
        let zone = self.zone();
        let (written, at) = match from {
            From::Now => (None, self.now),
            From::MinutesAgo(minutes) => {
                let at = self.now - Duration::minutes(minutes);
                (Some(zone.rfc3339(at)), at)
            }
            From::Date(days) => {
                let date = zone.date(self.now) + Duration::days(days);
                (Some(date.to_string()), zone.midnight(date))
            }
        };
        self.model.watermark.is_none_or(|watermark| watermark <= at).then_some((written, at))
    }

    fn import(
        &self,
        after: &mut School,
        rows: &[(Pick, Pick, Pick)],
        leavers: bool,
        aliases: bool,
    ) -> Option<Vec<String>> {
        let codes = self.codes();
        let coded = |code: Pick| pick(&codes, code).unwrap().clone();
        let groups: BTreeMap<_, _> =
            rows.iter().map(|(code, group, _)| (coded(*code), group_name(*group))).collect();
        self.import_groups(after, &groups, leavers);
        let listed = rows.iter().filter(|_| aliases).map(|(code, _, own)| (coded(*code), *own)).collect();
        let wanted = self.wanted(after, &listed);
        self.import_aliases(after, &wanted)?;
        let mut file = format!("code,name,group{}\n", if aliases { ",aliases" } else { "" });
        for (code, group) in &groups {
            let name = &after.student(code)?.name;
            let own = wanted.get(code).map_or(String::new(), |own| format!(",{}", own.join("; ")));
            writeln!(file, "{code},{name},{}{own}", group.clone().unwrap_or_default()).unwrap();
        }
        let path = self.program.write("roll.csv", file);
        let mut args = words(&["student", "import", path.to_str().unwrap()]);
        if leavers {
            args.extend(words(&["--deactivate-missing", "--force"]));
        }
        Some(args)
    }

    /// An import replaces the groups of imports, and no others.
    fn import_groups(&self, after: &mut School, listed: &BTreeMap<String, Option<String>>, leavers: bool) {
        for (code, group) in listed {
            let Some(student) = after.student(code) else {
                let groups = Groups::of(group.clone(), Author::Import);
                after.enrol(code, &name_of(code), groups, self.enrolled_from(false, self.now));
                continue;
            };
            let before = student.span_from(self.now).map(|span| span.groups.clone());
            let groups = before.clone().unwrap_or_default().replaced(group.clone(), Author::Import);
            let student = after.student_mut(code);
            match before {
                None => student.change(self.now, Some(groups)),
                Some(before) if before != groups => {
                    student.regroup(self.now, group.as_slice(), Author::Import);
                }
                Some(_) => {}
            }
        }
        for student in &mut after.students {
            if leavers && !listed.contains_key(&student.code) && student.span_at(self.now).is_some() {
                student.change(self.now, None);
            }
        }
    }
}
