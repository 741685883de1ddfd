//! The roll in time: when a student is enrolled, in which groups, and the consequences for an occurrence
//! (docs/rules.md, rule 6).
//!
//! Every view uses these three answers. A student *belongs* to an occurrence if enrolled, and in one of its groups,
//! at the instant it starts. A student is *expected* there, and can be absent, unless an overlapping occurrence that
//! takes precedence expects the student. A recognition *may count* in an occurrence that the student belongs to, or
//! in whose groups the student is at the instant of the recognition. Before the first enrolment it may count in those
//! of the first groups.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::domain::roll::group::{joined, split};
use crate::domain::time::calendar::same_local_time;
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, Timetable};
use crate::domain::timetable::period::Groups;

/// Half open: `from` belongs to it, `until` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stretch {
    /// First instant.
    pub from: Instant,
    /// First instant after it, or [`Stretch::OPEN_END`].
    pub until: Instant,
}

impl Stretch {
    /// 0001-01-01: enrolled since always.
    pub const ALWAYS: Instant = Instant::from_micros(-62_135_596_800_000_000);
    /// 9999-12-31: enrolled until further notice.
    pub const OPEN_END: Instant = Instant::from_micros(253_402_214_400_000_000);

    /// From an instant until further notice.
    pub const fn since(from: Instant) -> Self {
        Self { from, until: Self::OPEN_END }
    }

    /// Whether it holds at an instant.
    pub fn holds(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }

    /// The same span for a school whose zone changes `now`: what lies ahead keeps its local time, and what has passed its
    /// instant. `None` if nothing of it would be left.
    pub(crate) fn in_zone(self, zones: (Zone, Zone), now: Instant) -> Option<Self> {
        let ahead = |at: Instant| match now < at && at < Self::OPEN_END {
            true => same_local_time(at, zones).max(now),
            false => at,
        };
        let moved = Self { from: ahead(self.from), until: ahead(self.until) };
        (moved.from < moved.until).then_some(moved)
    }
}

/// The author of a membership. An import replaces only the memberships that an import made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EnrolmentSource {
    /// A roll that was imported.
    Import,
    /// A person, one student at a time.
    Hand,
}

impl EnrolmentSource {
    /// The word stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Hand => "hand",
        }
    }

    /// Whether this author may change what another one decided.
    fn may_change(self, other: Self) -> bool {
        self == Self::Hand || other == Self::Import
    }

    /// Reads the word back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Import, Self::Hand].into_iter().find(|source| source.word() == word)
    }
}

/// A student's membership of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Membership {
    /// For how long.
    pub stretch: Stretch,
    /// Which group.
    pub group: SmolStr,
    /// The author.
    pub source: EnrolmentSource,
}

/// All enrolments and memberships of a student. Stretches are in order and do not touch. Memberships are sorted by
/// start and group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Enrolment {
    /// When the student is on the roll.
    pub stretches: Vec<Stretch>,
    /// The memberships. Those outside the stretches have no effect.
    pub memberships: Vec<Membership>,
}

/// A span on the roll in the same groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    /// When.
    pub stretch: Stretch,
    /// The groups, joined by commas.
    pub group: Option<String>,
}

impl Enrolment {
    /// The same for a school whose zone changes `now`. `None` if a span would vanish, or meet another of its group: such
    /// an enrolment changes within hours, and keeps its instants.
    pub(crate) fn in_zone(&self, zones: (Zone, Zone), now: Instant) -> Option<Self> {
        let mut moved = self.clone();
        for stretch in &mut moved.stretches {
            *stretch = stretch.in_zone(zones, now)?;
        }
        for membership in &mut moved.memberships {
            membership.stretch = membership.stretch.in_zone(zones, now)?;
        }
        moved.memberships.sort_by(|a, b| (a.stretch.from, &a.group).cmp(&(b.stretch.from, &b.group)));
        let meet = |pair: &[Membership]| {
            (pair[0].stretch.from, &pair[0].group) == (pair[1].stretch.from, &pair[1].group)
        };
        (!moved.memberships.windows(2).any(meet)).then_some(moved)
    }

    /// Whether the student is on the roll at an instant.
    pub fn holds(&self, at: Instant) -> bool {
        self.stretches.iter().any(|stretch| stretch.holds(at))
    }

    /// The first instant on the roll; `None`: never on it.
    pub fn first(&self) -> Option<Instant> {
        self.stretches.first().map(|stretch| stretch.from)
    }

    /// The instant at which the student left, if that was before `at` and the student is not on the roll then.
    pub fn left(&self, at: Instant) -> Option<Instant> {
        let last = self.stretches.iter().rev().find(|stretch| stretch.from <= at)?;
        (last.until <= at).then_some(last.until)
    }

    /// When a student who is off the roll at an instant comes on it as planned.
    pub fn comes(&self, at: Instant) -> Option<Instant> {
        self.stretches.iter().map(|stretch| stretch.from).find(|from| at < *from).filter(|_| !self.holds(at))
    }

    /// Whether the student is enrolled, and in one of the groups, at an instant.
    pub fn is_in(&self, groups: &Groups, at: Instant) -> bool {
        self.holds(at) && groups.expect_any(self.groups_at(at))
    }

    /// Whether the student belongs to an occurrence, regardless of others at that time.
    pub fn belongs_to(&self, occurrence: &Occurrence) -> bool {
        self.is_in(&occurrence.groups, occurrence.starts_at)
    }

    /// Whether the student is expected in an occurrence of a timetable.
    pub fn expected_in(&self, timetable: &Timetable, occurrence: &Occurrence) -> bool {
        self.belongs_to(occurrence)
            && !timetable.ahead_of(occurrence).any(|other| self.expected_in(timetable, other))
    }

    /// Whether a recognition at `ts` may count in an occurrence that does not expect the student.
    fn may_count_in(&self, occurrence: &Occurrence, ts: Instant) -> bool {
        let asked = self.first().map(|first| first.max(ts));
        self.belongs_to(occurrence)
            || self.is_in(&occurrence.groups, ts)
            || asked.is_some_and(|first| ts < first && self.is_in(&occurrence.groups, first))
    }

    /// The occurrence that a recognition at `ts` counts in. One that expects the student comes before one in
    /// which it only may count.
    pub fn occurrence_at<'t>(&self, timetable: &'t Timetable, ts: Instant) -> Option<&'t Occurrence> {
        let candidates = timetable.reaching(ts).filter_map(|occurrence| {
            let expected = self.expected_in(timetable, occurrence);
            (expected || self.may_count_in(occurrence, ts))
                .then(|| (!expected, occurrence.rank(ts), occurrence))
        });
        candidates
            .min_by_key(|(unexpected, rank, _)| (*unexpected, *rank))
            .map(|(_, _, occurrence)| occurrence)
    }

    /// Whether the student was on the roll at `ts`, or joined later. Then a recognition that counts in no occurrence is
    /// still stored.
    pub fn knows(&self, ts: Instant) -> bool {
        self.holds(ts) || self.first().is_some_and(|first| ts < first)
    }

    /// The groups to show for an instant. Before the first enrolment these are the first groups, and after
    /// the end of an enrolment its last ones.
    pub fn group_at(&self, at: Instant) -> Option<String> {
        let asked = match self.first() {
            _ if self.holds(at) => at,
            Some(first) if at < first => first,
            _ => self.last_before_leaving(at)?,
        };
        joined(self.groups_at(asked))
    }

    /// The last instant on the roll of a student who left before `at` and is not on the roll then.
    fn last_before_leaving(&self, at: Instant) -> Option<Instant> {
        Some(Instant::from_micros(self.left(at)?.micros() - 1))
    }

    /// The groups into which a student comes back who was never on the roll after all.
    pub fn kept_groups(&self) -> Option<String> {
        let first = self.memberships.first().filter(|_| self.stretches.is_empty())?;
        joined(self.groups_at(first.stretch.from))
    }

    /// The groups at an instant that were given by hand, joined by commas: an import leaves them alone.
    pub fn by_hand(&self, at: Instant) -> Option<String> {
        let given = self.memberships.iter().filter(|m| {
            m.source == EnrolmentSource::Hand && m.stretch.holds(at) && !self.stretches.is_empty()
        });
        joined(given.map(|membership| membership.group.as_str()))
    }

    /// The memberships that imports gave, as far as they hold at an instant or later.
    pub fn imported_from(self, at: Instant) -> impl Iterator<Item = Membership> {
        let imported = move |m: &Membership| m.source == EnrolmentSource::Import && m.stretch.until > at;
        self.memberships.into_iter().filter(imported)
    }

    /// Whether an import moved the student to another group between two instants, the second included. Joining the roll
    /// is no move, and the end of a membership may be a person's decision.
    pub fn was_moved_within(&self, after: Instant, until: Instant) -> bool {
        let stays = |at: Instant| self.holds(at) && self.holds(Instant::from_micros(at.micros() - 1));
        let moved = |at: Instant| after < at && at <= until && stays(at);
        self.memberships.iter().any(|m| m.source == EnrolmentSource::Import && moved(m.stretch.from))
    }

    fn groups_at(&self, at: Instant) -> impl Iterator<Item = &str> + Clone {
        self.memberships
            .iter()
            .filter(move |membership| membership.stretch.holds(at))
            .map(|membership| membership.group.as_str())
    }

    /// The spans in which nothing changes, in order.
    pub fn spells(&self) -> Vec<Spell> {
        let mut spells: Vec<Spell> = Vec::new();
        for stretch in &self.stretches {
            let edges = self.memberships.iter().flat_map(|m| [m.stretch.from, m.stretch.until]);
            let mut edges: Vec<Instant> = edges.filter(|edge| stretch.holds(*edge)).collect();
            edges.extend([stretch.from, stretch.until]);
            edges.sort_unstable();
            edges.dedup();
            for pair in edges.windows(2) {
                let spell = Spell {
                    stretch: Stretch { from: pair[0], until: pair[1] },
                    group: self.group_at(pair[0]),
                };
                match spells
                    .last_mut()
                    .filter(|last| last.stretch.until == pair[0] && last.group == spell.group)
                {
                    Some(last) => last.stretch.until = pair[1],
                    None => spells.push(spell),
                }
            }
        }
        spells
    }

    /// The first instant at which two enrolments differ. A first enrolment and its groups also affect all time before it,
    /// because sightings that waited for a newcomer may count there.
    pub fn differs_since(&self, other: &Self) -> Option<Instant> {
        let (ours, theirs) = (self.spells(), other.spells());
        if ours == theirs {
            return None;
        }
        let pairs = ours.iter().zip(&theirs);
        let same = pairs.take_while(|(a, b)| a == b).count();
        match (ours.get(same), theirs.get(same)) {
            (Some(a), Some(b)) if a.stretch.from == b.stretch.from && a.group == b.group => {
                Some(a.stretch.until.min(b.stretch.until))
            }
            _ if same == 0 => Some(Stretch::ALWAYS),
            (Some(a), Some(b)) => Some(a.stretch.from.min(b.stretch.from)),
            (Some(a), None) | (None, Some(a)) => Some(a.stretch.from),
            (None, None) => None,
        }
    }

    /// The same enrolment, except that from `at` on the student is off the roll. A student who was then never on it keeps
    /// the groups, so that the student can come back into them.
    #[must_use]
    pub fn leave(mut self, at: Instant) -> Self {
        cut(&mut self.stretches, at, |stretch| stretch);
        if !self.stretches.is_empty() {
            cut(&mut self.memberships, at, |membership| &mut membership.stretch);
        }
        self
    }

    /// The same enrolment, except that from `at` on the student is in `groups` (joined by commas), as far as `source` may
    /// change memberships. A student on the roll then leaves as planned. Others are on it until further notice, but an
    /// import leaves one alone who comes as planned.
    #[must_use]
    pub fn join(self, at: Instant, groups: Option<&str>, source: EnrolmentSource) -> Self {
        match self.found(at, source) {
            Some(_) => self.regroup(at, groups, source),
            None => self.rejoin(at, groups, source),
        }
    }

    /// When an edit at `at` finds the student on the roll: then, or, for an import, as soon as the student comes as planned.
    pub fn found(&self, at: Instant, source: EnrolmentSource) -> Option<Instant> {
        let waits = source == EnrolmentSource::Import;
        if self.holds(at) { Some(at) } else { self.comes(at).filter(|_| waits) }
    }

    /// The same, where the student is on the roll until further notice, whatever was planned.
    #[must_use]
    pub fn rejoin(mut self, at: Instant, groups: Option<&str>, source: EnrolmentSource) -> Self {
        let author = |group| (group, self.author_again(group, at, source));
        let joined: Vec<(&str, EnrolmentSource)> = split(groups).map(author).collect();
        if self.stretches.is_empty() {
            self.memberships.clear();
        }
        cut(&mut self.stretches, at, |stretch| stretch);
        let before = self.stretches.pop_if(|before| before.until == at);
        self.stretches.push(Stretch::since(before.map_or(at, |before| before.from)));
        self.with_groups(at, joined.into_iter(), source)
    }

    /// The same enrolment with other groups from `at` on, as far as `source` may change memberships.
    #[must_use]
    pub fn regroup(self, at: Instant, groups: Option<&str>, source: EnrolmentSource) -> Self {
        self.with_groups(at, split(groups).map(|group| (group, source)), source)
    }

    fn with_groups<'g>(
        self,
        at: Instant,
        groups: impl Iterator<Item = (&'g str, EnrolmentSource)>,
        source: EnrolmentSource,
    ) -> Self {
        let mut after = self.without(at, |membership| source.may_change(membership.source));
        groups.for_each(|(group, author)| after.enter(group, at, author));
        after.sorted()
    }

    /// The same enrolment, except that from `at` on a person changed only those of its groups that differ from `groups`.
    /// All other memberships stay, those that are planned too.
    #[must_use]
    pub fn alter(self, at: Instant, groups: Option<&str>) -> Self {
        let before = self.group_at(at);
        let (before, groups): (BTreeSet<&str>, BTreeSet<&str>) =
            (split(before.as_deref()).collect(), split(groups).collect());
        let mut after = self.without(at, |m| before.contains(&*m.group) != groups.contains(&*m.group));
        groups.difference(&before).for_each(|group| after.enter(group, at, EnrolmentSource::Hand));
        after.sorted()
    }

    /// The same enrolment without some memberships from `at` on.
    fn without(mut self, at: Instant, which: impl Fn(&Membership) -> bool) -> Self {
        let (mut ending, others): (Vec<_>, Vec<_>) = self.memberships.into_iter().partition(which);
        cut(&mut ending, at, |membership| &mut membership.stretch);
        self.memberships = ending.into_iter().chain(others).collect();
        self
    }

    fn sorted(mut self) -> Self {
        self.memberships.sort_by(|a, b| (a.stretch.from, &a.group).cmp(&(b.stretch.from, &b.group)));
        self
    }

    /// The author of a group that a student joins. A person who brings a student back gives none of the groups of before: the
    /// next import may replace those that an import gave.
    fn author_again(&self, group: &str, at: Instant, source: EnrolmentSource) -> EnrolmentSource {
        if source == EnrolmentSource::Import {
            return source;
        }
        let had = self
            .last_before_leaving(at)
            .and_then(|last| self.memberships.iter().find(|m| m.group == group && m.stretch.holds(last)));
        had.map_or(source, |had| had.source)
    }

    /// Makes the student a member from `at` on. A membership that goes on keeps its author, and one that a person gave
    /// its planned end.
    fn enter(&mut self, group: &str, at: Instant, source: EnrolmentSource) {
        let goes_on = |m: &&mut Membership| {
            m.group == group && (m.stretch.holds(at) || m.stretch.until == at && source.may_change(m.source))
        };
        match self.memberships.iter_mut().find(goes_on) {
            Some(given) if given.stretch.holds(at) && given.source == EnrolmentSource::Hand => {}
            Some(membership) => membership.stretch.until = Stretch::OPEN_END,
            None => {
                let stretch = Stretch::since(at);
                self.memberships.push(Membership { stretch, group: group.into(), source });
            }
        }
    }
}

/// Cuts spans off at `at`: running ones end there, and later ones are dropped.
fn cut<T>(all: &mut Vec<T>, at: Instant, stretch: impl Fn(&mut T) -> &mut Stretch) {
    all.retain_mut(|one| {
        let stretch = stretch(one);
        stretch.until = stretch.until.min(at);
        stretch.from < stretch.until
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn told(enrolment: &Enrolment) -> Vec<(i64, i64, Option<&str>)> {
        let spells = enrolment.spells();
        let stretch = |spell: &Spell| (spell.stretch.from.micros(), spell.stretch.until.micros());
        let groups = ["G7", "G8", "Choir,G7", "Choir,G8"];
        let known = |spell: &Spell| groups.into_iter().find(|group| Some(*group) == spell.group.as_deref());
        spells.iter().map(|spell| (stretch(spell).0, stretch(spell).1, known(spell))).collect()
    }

    #[test]
    fn joining_and_leaving_are_no_moves() {
        let import = EnrolmentSource::Import;
        let joined = Enrolment::default().join(at(10), Some("G7"), import);
        let moved = joined.clone().join(at(20), Some("G8"), import);
        let by_hand = joined.clone().join(at(20), Some("G8"), EnrolmentSource::Hand);
        for (enrolment, after, until, expected) in [
            (&joined, 0, 50, false),
            (&joined.clone().leave(at(20)), 0, 50, false),
            (&moved, 0, 50, true),
            (&moved, 19, 20, true),
            (&moved, 20, 50, false),
            (&moved, 0, 19, false),
            (&joined.clone().alter(at(20), Some("Choir,G7")), 0, 50, false),
        ] {
            assert_eq!(enrolment.was_moved_within(at(after), at(until)), expected, "{enrolment:?}");
        }
        assert!(!by_hand.was_moved_within(at(0), at(50)), "a person decided that");
    }

    #[test]
    fn another_zone_moves_only_what_lies_ahead() {
        let zones: (Zone, Zone) = ("UTC".parse().unwrap(), "Asia/Tokyo".parse().unwrap());
        let hours = |hours: i64| at(hours * 3_600_000_000);
        let stretch = |from, until| Stretch { from: hours(from), until: hours(until) };
        for (before, after) in [
            (stretch(100, 110), Some(stretch(91, 101))),
            (stretch(20, 110), Some(stretch(20, 101))),
            (stretch(20, 30), Some(stretch(20, 30))),
            (stretch(52, 70), Some(stretch(50, 61))), // Its beginning has passed in the new zone.
            (stretch(52, 55), None),                  // All of it has.
            (Stretch::since(hours(100)), Some(Stretch::since(hours(91)))),
            (Stretch::since(Stretch::ALWAYS), Some(Stretch::since(Stretch::ALWAYS))),
        ] {
            assert_eq!(before.in_zone(zones, hours(50)), after);
        }
        let west = (zones.1, zones.0);
        assert_eq!(stretch(100, 110).in_zone(west, hours(50)), Some(stretch(109, 119)));

        let member =
            |from, source| Membership { stretch: Stretch::since(hours(from)), group: "Chess".into(), source };
        let enrolment = |stretches: &[Stretch], members: &[i64]| Enrolment {
            stretches: stretches.to_vec(),
            memberships: members.iter().map(|from| member(*from, EnrolmentSource::Hand)).collect(),
        };
        for (stretches, members, moves) in [
            (vec![stretch(20, 100), stretch(110, 120)], vec![20, 110], true),
            (vec![stretch(20, 100)], vec![52, 58], false), // Both would begin now.
            (vec![stretch(51, 52), stretch(60, 100)], vec![], false), // One would vanish.
        ] {
            assert_eq!(
                enrolment(&stretches, &members).in_zone(zones, hours(50)).is_some(),
                moves,
                "{stretches:?}"
            );
        }
    }

    #[test]
    fn leaving_and_coming_back_leave_the_past_alone() {
        let end = Stretch::OPEN_END.micros();
        let g7 = Enrolment::default().join(at(10), Some("G7"), EnrolmentSource::Hand);
        assert_eq!(told(&g7), [(10, end, Some("G7"))]);
        let left = g7.clone().leave(at(20));
        assert_eq!(told(&left), [(10, 20, Some("G7"))]);
        assert_eq!(left.group_at(at(50)).as_deref(), Some("G7"), "the last group is still told");
        assert_eq!(
            left.clone().join(at(20), Some("G7"), EnrolmentSource::Hand),
            g7,
            "back at once: nothing happened"
        );
        let back = left.join(at(30), Some("G7"), EnrolmentSource::Hand);
        assert_eq!(told(&back), [(10, 20, Some("G7")), (30, end, Some("G7"))]);
        let moved = g7.clone().join(at(20), Some("G8"), EnrolmentSource::Hand);
        assert_eq!(told(&moved), [(10, 20, Some("G7")), (20, end, Some("G8"))]);
        let never = moved.join(at(5), None, EnrolmentSource::Hand);
        assert_eq!(told(&never), [(5, end, None)], "an earlier instant replaces all that came later");
    }

    #[test]
    fn an_import_replaces_its_own_groups_of_a_student_whom_a_person_brought_back() {
        let mut choir = Enrolment::default().join(at(0), Some("G7"), EnrolmentSource::Import);
        choir.enter("Choir", at(0), EnrolmentSource::Hand);
        let back = choir.leave(at(9)).join(at(20), Some("Choir,G7"), EnrolmentSource::Hand);
        assert_eq!(back.by_hand(at(20)).as_deref(), Some("Choir"));
        let moved = back.join(at(30), Some("G8"), EnrolmentSource::Import);
        assert_eq!(moved.group_at(at(30)).as_deref(), Some("Choir,G8"));
    }

    #[test]
    fn other_groups_leave_planned_leaving_and_coming_back_alone() {
        let end = Stretch::OPEN_END.micros();
        for source in [EnrolmentSource::Import, EnrolmentSource::Hand] {
            let g7 = Enrolment::default().join(at(10), Some("G7"), source);
            let leaves = g7.leave(at(40)).join(at(20), Some("G8"), source);
            assert_eq!(told(&leaves), [(10, 20, Some("G7")), (20, 40, Some("G8"))]);
            let returns =
                leaves.clone().rejoin(at(60), Some("G7"), source).join(at(30), Some("Choir,G8"), source);
            let (left, back) = ((30, 40, Some("Choir,G8")), (60, end, Some("Choir,G8")));
            assert_eq!(told(&returns), [(10, 20, Some("G7")), (20, 30, Some("G8")), left, back]);
            let stays = leaves.rejoin(at(30), Some("G8"), source);
            assert_eq!(told(&stays), [(10, 20, Some("G7")), (20, end, Some("G8"))]);
        }
    }

    #[test]
    fn one_more_group_leaves_the_others_as_planned() {
        let end = Stretch::OPEN_END.micros();
        let g8 = Enrolment::default().join(at(10), Some("G7"), EnrolmentSource::Import);
        let g8 = g8.join(at(30), Some("G8"), EnrolmentSource::Hand);
        let sings = g8.alter(at(20), Some("Choir,G7"));
        let told_before = [(10, 20, Some("G7")), (20, 30, Some("Choir,G7"))];
        assert_eq!(told(&sings), [&told_before[..], &[(30, end, Some("Choir,G8"))]].concat());
        assert_eq!(
            told(&sings.clone().alter(at(30), Some("G8"))),
            [&told_before[..], &[(30, end, Some("G8"))]].concat()
        );
        let rests = sings.alter(at(20), Some("G7"));
        assert_eq!(told(&rests), [(10, 30, Some("G7")), (30, end, Some("G8"))]);
    }

    #[test]
    fn an_import_leaves_the_planned_end_of_a_group_that_was_given_by_hand() {
        let end = Stretch::OPEN_END.micros();
        let g7 = Enrolment::default().join(at(0), Some("G7"), EnrolmentSource::Import);
        let choir = g7.alter(at(0), Some("Choir,G7")).alter(at(30), Some("G7"));
        let moved = choir.join(at(9), Some("Choir,G8"), EnrolmentSource::Import);
        assert_eq!(
            told(&moved),
            [(0, 9, Some("Choir,G7")), (9, 30, Some("Choir,G8")), (30, end, Some("G8"))]
        );
    }

    #[test]
    fn other_first_groups_affect_all_time_before_them() {
        let g7 = Enrolment::default().join(at(10), Some("G7"), EnrolmentSource::Hand);
        let g8 = Enrolment::default().join(at(10), Some("G8"), EnrolmentSource::Hand);
        assert_eq!(g7.differs_since(&g8), Some(Stretch::ALWAYS));
        assert_eq!(g7.differs_since(&g7.clone().leave(at(20))), Some(at(20)));
    }

    #[test]
    fn an_import_leaves_groups_alone_that_were_given_by_hand() {
        let end = Stretch::OPEN_END.micros();
        let mut choir = Enrolment::default().join(at(0), Some("G7"), EnrolmentSource::Import);
        choir.enter("Choir", at(0), EnrolmentSource::Hand);
        let moved = choir.join(at(9), Some("G8"), EnrolmentSource::Import);
        assert_eq!(told(&moved), [(0, 9, Some("Choir,G7")), (9, end, Some("Choir,G8"))]);
        assert!(moved.is_in(&Groups::parse("Choir"), at(9)) && moved.is_in(&Groups::parse("G8"), at(9)));
    }
}
