//! Aliases that students get, lose, and pass on, and lines that name them.

use std::collections::{BTreeMap, BTreeSet};

use super::typing::{pick, with_from, words};
use super::{Commands, Machine};
use crate::aliases::{Held, names};
use crate::facts::{Author, Identity, Line, School, Span};
use crate::operations::{From, Operation, Pick};
use crate::zones::Instant;

const ALIASES: [&str; 4] = ["card:77", "pin:1003", "face:Ada Karim", "face:Bo"];

/// The aliases that each row of an import wants.
pub(super) type Wanted = BTreeMap<String, Vec<String>>;

impl Machine {
    pub(super) fn pass_alias(&self, after: &mut School, operation: &Operation) -> Option<Commands> {
        let command = match operation {
            Operation::GiveAlias { student, alias, from } => self.give(after, *student, *alias, *from)?,
            Operation::EndAlias { alias, from } => self.end(after, *alias, *from)?,
            _ => return None,
        };
        Some(vec![command])
    }

    fn give(&self, after: &mut School, student: Pick, alias: Pick, from: From) -> Option<Vec<String>> {
        let code = pick(&after.students, student)?.code.clone();
        let alias = self.seen_or_any(alias)?;
        let (written, at) = self.since(&alias, from)?;
        let losers = self.model.aliases.losers(&alias, &code, Some(at));
        let mut args = words(&["student", "alias", &code, &alias]);
        if losers.iter().any(|held| on_roll(after, held, at)) {
            args.push("--take-over".into());
        }
        let from = self.given_from(&alias, written.is_some(), at);
        after.aliases.give(&alias, &code, from, Author::Hand);
        after.follow(&alias, from, self.now)?;
        Some(with_from(args, written))
    }

    /// An alias that no student ever had is the student's since always, unless a person states an instant.
    fn given_from(&self, alias: &str, stated: bool, at: Instant) -> Option<Instant> {
        (stated || !self.model.aliases.spans(alias).is_empty()).then_some(at)
    }

    fn end(&self, after: &mut School, alias: Pick, from: From) -> Option<Vec<String>> {
        let alias = self.seen_or_any(alias)?;
        let (written, at) = self.since(&alias, from)?;
        let code = after.aliases.held(&alias, at)?.student.clone();
        after.aliases.end(&alias, &code, at);
        after.follow(&alias, Some(at), self.now)?;
        Some(with_from(words(&["student", "alias", &code, "--remove", &alias]), written))
    }

    /// Half of the instants in the past are those of a sighting by the alias, because that one follows, too.
    fn since(&self, alias: &str, from: From) -> Option<(Option<String>, Instant)> {
        let sent = |lines: &[Line]| lines.iter().any(|line| names(alias, &line.id.student));
        let sightings = self.model.recognitions.iter().filter(|(_, lines)| sent(lines));
        let instants: Vec<Instant> = sightings.map(|(id, _)| id.at).collect();
        match from {
            From::MinutesAgo(minutes) if minutes % 2 == 0 && !instants.is_empty() => {
                let at = instants[usize::try_from(minutes / 2).unwrap() % instants.len()];
                Some((Some(self.zone().rfc3339(at)), at))
            }
            _ => self.from(from),
        }
    }

    /// Mostly an alias of which there are sightings, because those follow it.
    fn seen_or_any(&self, alias: Pick) -> Option<String> {
        let all = self.aliases();
        let lines = || self.model.recognitions.values().flatten();
        let is_seen = |alias: &&String| lines().any(|line| names(alias, &line.id.student));
        let seen: Vec<_> = all.iter().filter(is_seen).cloned().collect();
        let from = if alias.is_multiple_of(4) || seen.is_empty() { &all } else { &seen };
        pick(from, alias / 4).cloned()
    }

    /// Aliases of students who were erased must not come back.
    fn aliases(&self) -> Vec<String> {
        let stays = |alias: &&str| !self.gone.contains(*alias);
        ALIASES.iter().copied().filter(stays).map(str::to_owned).collect()
    }

    /// A text that names an alias with its kind or without, even if no student has it.
    pub(super) fn sent_alias(&self, alias: Pick) -> Option<String> {
        let aliases = self.aliases();
        let with_kind = pick(&aliases, alias / 2)?;
        let (_, without) = with_kind.split_once(':')?;
        Some(if alias.is_multiple_of(2) { with_kind.clone() } else { without.to_lowercase() })
    }

    /// A line by an alias whose sighting stayed with another student, because a person decided about it. Such a line
    /// is not sent again here; a session does that.
    pub(super) fn stayed(&self, id: &Identity) -> bool {
        let to = self.model.resolved(id);
        let both = |alias: &&str, line: &Line| names(alias, &id.student) && names(alias, &line.id.student);
        let sent = |line: &Line| ALIASES.iter().any(|alias| both(alias, line));
        self.model.recognitions.iter().any(|(other, lines)| {
            (other.at, &other.camera) == (id.at, &id.camera) && *other != to && lines.iter().any(sent)
        })
    }

    /// The aliases that an import can give: every one to one row, and none that another student keeps.
    pub(super) fn wanted(&self, after: &School, rows: &BTreeMap<String, Pick>) -> Wanted {
        let mut taken = BTreeSet::new();
        let mut wanted = Wanted::new();
        for (code, aliases) in rows {
            let all = self.aliases();
            let own: Vec<String> =
                (0..aliases % 3).filter_map(|n| pick(&all, aliases / 3 + n).cloned()).collect();
            let free = |alias: &String| {
                let keeps = |held: &Held| {
                    on_roll(after, held, self.now)
                        && (held.author == Author::Hand || !rows.contains_key(&held.student))
                };
                self.has_alias(alias, code)
                    || !self.model.aliases.losers(alias, code, Some(self.now)).iter().any(keeps)
            };
            let own = own.into_iter().filter(free).filter(|alias| taken.insert(alias.clone())).collect();
            wanted.insert(code.clone(), own);
        }
        wanted
    }

    fn has_alias(&self, alias: &str, code: &str) -> bool {
        self.model.aliases.held(alias, self.now).is_some_and(|held| held.student == code)
    }

    /// An import replaces the aliases of imports, and no others.
    pub(super) fn import_aliases(&self, after: &mut School, wanted: &Wanted) -> Option<()> {
        for (code, own) in wanted {
            for alias in self.model.aliases.of(code, self.now) {
                let by_import = self.model.aliases.held(&alias, self.now)?.author == Author::Import;
                if by_import && !own.contains(&alias) {
                    after.aliases.end(&alias, code, self.now);
                }
            }
        }
        for (code, own) in wanted {
            // One that the student has already ends as planned.
            for alias in own.iter().filter(|alias| !self.has_alias(alias, code)) {
                after.aliases.give(alias, code, self.given_from(alias, false, self.now), Author::Import);
            }
        }
        let changed: BTreeSet<_> = wanted.values().flatten().collect();
        changed.into_iter().try_for_each(|alias| after.follow(alias, Some(self.now), self.now))
    }
}

/// A student who loses an alias from `at` on was on the roll in some of the time.
fn on_roll(school: &School, held: &Held, at: Instant) -> bool {
    let from = held.from.map_or(at, |from| from.max(at));
    let overlaps = |span: &Span| {
        span.until.is_none_or(|until| from < until)
            && held.until.is_none_or(|until| span.from.is_none_or(|begins| begins < until))
    };
    school.student(&held.student).is_some_and(|student| student.spans.iter().any(overlaps))
}
