//! Other names of students, which may pass from one student to another: cards, PINs, names in face libraries.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Author, Identity, Line, Review, School, Student};
use crate::zones::Instant;

/// An alias in the hands of one student: `[from, until)`, without bounds where they are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub student: String,
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    pub author: Author,
}

impl Held {
    fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    fn outlasts(&self, at: Option<Instant>) -> bool {
        self.until.is_none_or(|until| at.is_none_or(|at| at < until))
    }

    /// Without what comes from `at` on. Nothing is left of what begins then.
    fn before(self, at: Option<Instant>) -> Option<Self> {
        let at = at?;
        let until = Some(self.until.map_or(at, |until| until.min(at)));
        self.from.is_none_or(|from| from < at).then_some(Self { until, ..self })
    }
}

/// The students of every alias in order of time.
#[derive(Clone, Debug, Default)]
pub struct Aliases(BTreeMap<String, Vec<Held>>);

impl Aliases {
    /// The student whom a text named at an instant: the only one who had such an alias, with its kind or without.
    fn holder(&self, text: &str, at: Instant) -> Option<&String> {
        let named = self.0.iter().filter(|(alias, _)| names(alias, text)).flat_map(|(_, spans)| spans);
        let students: BTreeSet<_> = named.filter(|held| held.holds(at)).map(|held| &held.student).collect();
        students.first().filter(|_| students.len() == 1).copied()
    }

    /// The student of an alias at an instant.
    pub fn held(&self, alias: &str, at: Instant) -> Option<&Held> {
        self.spans(alias).iter().find(|held| held.holds(at))
    }

    /// The aliases of a student at an instant.
    pub fn of(&self, code: &str, at: Instant) -> Vec<String> {
        let own = |(_, spans): &(&String, &Vec<Held>)| spans.iter().any(|h| h.student == code && h.holds(at));
        self.0.iter().filter(own).map(|(alias, _)| alias.clone()).collect()
    }

    /// All aliases that a student ever had.
    pub fn ever(&self, code: &str) -> Vec<String> {
        let own = |(_, spans): &(&String, &Vec<Held>)| spans.iter().any(|held| held.student == code);
        self.0.iter().filter(own).map(|(alias, _)| alias.clone()).collect()
    }

    pub fn spans(&self, alias: &str) -> &[Held] {
        self.0.get(alias).map_or(&[], Vec::as_slice)
    }

    /// The other students who lose an alias that one is given.
    pub fn losers(&self, alias: &str, code: &str, from: Option<Instant>) -> Vec<Held> {
        let loses = |held: &&Held| held.student != code && held.outlasts(from);
        self.spans(alias).iter().filter(loses).cloned().collect()
    }

    /// From `from` on a student has an alias; since always, if `None`. A student who has it then keeps it.
    pub fn give(&mut self, alias: &str, code: &str, from: Option<Instant>, author: Author) {
        let spans = self.0.entry(alias.to_owned()).or_default();
        for held in std::mem::take(spans) {
            let has_it = held.student == code && from.is_some_and(|from| held.holds(from));
            let before = held.before(from);
            spans.extend(before.map(|before| Held { until: before.until.filter(|_| !has_it), ..before }));
        }
        if spans.last().is_none_or(|held| held.until.is_some()) {
            spans.push(Held { student: code.to_owned(), from, until: None, author });
        }
    }

    /// From `at` on the student does not have an alias. Other students keep it.
    pub fn end(&mut self, alias: &str, code: &str, at: Instant) {
        let Some(spans) = self.0.get_mut(alias) else { return };
        let ended = |held: Held| if held.student == code { held.before(Some(at)) } else { Some(held) };
        *spans = std::mem::take(spans).into_iter().filter_map(ended).collect();
    }

    pub fn forget(&mut self, code: &str) {
        self.0.values_mut().for_each(|spans| spans.retain(|held| held.student != code));
    }

    pub fn rename(&mut self, code: &str, after: &str) {
        let own = self.0.values_mut().flatten().filter(|held| held.student == code);
        own.for_each(|held| after.clone_into(&mut held.student));
    }
}

/// A text names an alias with its kind or without, in any case.
pub fn names(alias: &str, text: &str) -> bool {
    let (_, value) = alias.split_once(':').unwrap();
    alias.eq_ignore_ascii_case(text) || value.eq_ignore_ascii_case(text)
}

impl School {
    /// The student whom a line names. A code goes before an alias, unless only the holder of the alias is on the roll.
    pub fn named(&self, text: &str, at: Instant) -> Option<&Student> {
        let by_alias = self.aliases.holder(text, at).and_then(|code| self.student(code));
        match self.holder(text, at) {
            Some(by_code) if by_code.span_at(at).is_none() => {
                by_alias.filter(|holder| holder.span_at(at).is_some()).or(Some(by_code))
            }
            by_code => by_code.or(by_alias),
        }
    }

    /// An alias changed hands from `from` on: its sightings since then go to the student who has it now, or wait. A
    /// sighting that a person decided about stays. `None` if two sightings would become one, or if one was sent
    /// under two names: then one waits in the quarantine, which a session shows.
    pub fn follow(&mut self, alias: &str, from: Option<Instant>, now: Instant) -> Option<()> {
        let moves = |school: &Self, id: &Identity, lines: &[Line]| {
            let sent = |line: &Line| names(alias, &line.id.student);
            let to = lines.iter().find(|line| sent(line)).map(|line| school.resolved(&line.id));
            from.is_none_or(|from| from <= id.at)
                && !school.reviews.contains_key(id)
                && to.is_some_and(|to| to != *id)
        };
        let all = std::mem::take(&mut self.recognitions);
        let (moved, stay) = all.into_iter().partition(|(id, lines)| moves(self, id, lines));
        self.recognitions = stay;
        for (_, lines) in moved {
            let to = self.resolved(&lines[0].id);
            let same = |id: &Identity| (id.at, &id.camera) == (to.at, &to.camera);
            let given = |review: &Review| *review == Review::Reassign(to.student.clone());
            let is_there = self.recognitions.contains_key(&to)
                || self.reviews.iter().any(|(id, review)| same(id) && given(review));
            if is_there || lines.iter().any(|line| !names(alias, &line.id.student)) {
                return None;
            }
            for line in lines {
                self.take(&line, now);
            }
        }
        Some(())
    }
}
