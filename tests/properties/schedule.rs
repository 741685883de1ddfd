//! The schedule: after any edits of periods, closures and occurrences in any zone, generating it
//! follows the periods, keeps changed occurrences, and is complete after one run.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use attend::domain::roll::enrolment::{Enrolment, EnrolmentSource, Stretch};
use attend::domain::time::calendar::{Closure, closure_on, day, local_date};
use attend::domain::time::{Instant, Span, Zone};
use attend::domain::timetable::occurrence::{Occurrence, OccurrenceId, OccurrenceState, Timetable};
use attend::domain::timetable::period::{Groups, Period};
use attend::domain::timetable::schedule::{Action, Existing, Facts, PeriodId, Step, Template, plan};
use attend::domain::timetable::weekdays::Weekdays;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::Choices;

/// Zones and dates with difficult clock changes: an hour, half an hour, midnight, a whole day, in both directions.
const CHANGES: [(&str, i32, u32, u32); 10] = [
    ("Europe/Stockholm", 2026, 3, 28),
    ("Europe/Stockholm", 2026, 10, 24),
    ("Australia/Lord_Howe", 2026, 10, 3),
    ("Africa/Cairo", 2026, 4, 23),
    ("America/Havana", 2026, 10, 31),
    ("Asia/Beirut", 2026, 3, 28),
    ("Pacific/Apia", 2011, 12, 29),
    ("Pacific/Kwajalein", 1993, 8, 20),
    ("Antarctica/Troll", 2026, 10, 24),
    ("Africa/Casablanca", 2026, 2, 14),
];
/// Days that are planned and lived through, from the base date on.
const STRETCH: u64 = 6;
/// Things people do at most.
const LONGEST: usize = 24;

pub fn hold(input: &[u8]) {
    let mut choices = Choices(input);
    let mut school = School::new(&mut choices);
    for _ in 0..LONGEST {
        if !choices.more() {
            break;
        }
        school.something_happens(&mut choices);
    }
    school.generate(0, STRETCH);
    school.timetable();
    school.days_follow_each_other();
}

/// The contents of the database.
#[derive(Debug)]
struct School {
    zone: Zone,
    base: NaiveDate,
    now: Instant,
    watermark: Option<Instant>,
    templates: Vec<Template>,
    closures: Vec<Closure>,
    existing: Vec<Existing>,
    ids: i64,
}

impl School {
    fn new(choices: &mut Choices) -> Self {
        let (zone, base) = match usize::from(choices.byte()) {
            nth if nth < CHANGES.len() * 16 => {
                let (zone, year, month, day) = CHANGES[nth % CHANGES.len()];
                (zone, NaiveDate::from_ymd_opt(year, month, day).unwrap())
            }
            high => {
                let names: Vec<_> = Zone::names().collect();
                let zone = names[(high * 256 + usize::from(choices.byte())) % names.len()];
                let days = u64::from(choices.byte()) * 256 + u64::from(choices.byte());
                (zone, NaiveDate::from_ymd_opt(1970, 1, 2).unwrap() + Days::new(days))
            }
        };
        let zone: Zone = zone.parse().unwrap();
        let now = *day(base, zone).start();
        let (watermark, ids) = (None, 0);
        Self { zone, base, now, watermark, templates: vec![], closures: vec![], existing: vec![], ids }
    }

    fn dates(&self, from: u64, days: u64) -> RangeInclusive<NaiveDate> {
        self.base + Days::new(from)..=self.base + Days::new(from + days)
    }

    fn something_happens(&mut self, choices: &mut Choices) {
        match choices.below(10) {
            0 => self.generate(choices.below(4) as u64, choices.below(3) as u64),
            1 | 2 => {
                let period = period(choices);
                self.save(None, period);
            }
            3 => {
                let all: Vec<Template> = self.templates.clone();
                if !all.is_empty() {
                    let id = choices.one_of(&all).id;
                    let period = period(choices);
                    self.save(Some(id), period);
                }
            }
            4 => self.edit(choices, |template, _| template.period.enabled ^= true),
            5 => self.edit(choices, |template, choices| {
                template.period.days = Weekdays::from_mask(choices.byte() % 127 + 1).unwrap();
            }),
            6 if !self.templates.is_empty() => {
                let gone = self.templates.remove(choices.below(self.templates.len())).id;
                let made_from_it = self.existing.iter_mut().filter(|e| e.template == Some(gone));
                made_from_it.for_each(|existing| existing.template = None);
            }
            7 => {
                let dates = self.dates(choices.below(4) as u64, choices.below(2) as u64);
                self.closures.push(Closure { dates, reason: "Eid".into() });
            }
            8 if !self.existing.is_empty() => {
                let nth = choices.below(self.existing.len());
                let cancelled = choices.one_of(&[true, false]);
                let state = if cancelled {
                    OccurrenceState::Cancelled("trip".into())
                } else {
                    OccurrenceState::Planned
                };
                self.existing[nth].touched = true;
                self.existing[nth].occurrence.state = state;
            }
            9 => {
                self.now = self.now + Span::hours(i64::from(choices.byte() % 32));
                self.watermark = choices.one_of(&[self.watermark, Some(*day(self.base, self.zone).start())]);
            }
            _ => self.closures.clear(),
        }
    }

    fn edit(&mut self, choices: &mut Choices, change: impl Fn(&mut Template, &mut Choices)) {
        if !self.templates.is_empty() {
            let nth = choices.below(self.templates.len());
            change(&mut self.templates[nth], choices);
        }
    }

    /// As `period add` and `period edit`: invalid periods and taken names are refused.
    fn save(&mut self, id: Option<PeriodId>, period: Period) {
        let Ok(period) = period.check() else { return };
        let taken = |t: &Template| lower(&t.period.name) == lower(&period.name) && Some(t.id) != id;
        if self.templates.iter().any(taken) {
            return;
        }
        match self.templates.iter_mut().find(|template| Some(template.id) == id) {
            Some(template) => template.period = period,
            None => {
                self.ids += 1;
                self.templates.push(Template { id: PeriodId(self.ids), period });
            }
        }
    }

    /// The occurrences on `dates`, as the store returns them.
    fn existing(&self, dates: &RangeInclusive<NaiveDate>) -> Vec<Existing> {
        let on = self.existing.iter().filter(|existing| dates.contains(&existing.occurrence.date));
        on.cloned().map(|existing| self.told(existing)).collect()
    }

    fn told(&self, mut existing: Existing) -> Existing {
        let closure = closure_on(existing.occurrence.date, &self.closures);
        if let (OccurrenceState::Planned, Some(closure)) = (&existing.occurrence.state, closure) {
            existing.occurrence.state = OccurrenceState::Closed(closure.reason.clone());
        }
        existing
    }

    fn plan(&self, dates: &RangeInclusive<NaiveDate>) -> Vec<Step> {
        let facts = Facts {
            templates: &self.templates,
            closures: &self.closures,
            existing: &self.existing(dates),
            zone: self.zone,
            criteria: &Default::default(),
            now: self.now,
            watermark: self.watermark,
            new_rules: None,
        };
        plan(&facts, dates.clone())
    }

    /// Plans and applies like the store, and checks every law.
    fn generate(&mut self, from: u64, days: u64) {
        let dates = self.dates(from, days);
        let steps = self.plan(&dates);
        let (first, last) = dates.clone().into_inner();
        let middle = first + Days::new(days / 2);
        let [mut parts, rest] = [first..=middle, middle + Days::new(1)..=last].map(|part| self.plan(&part));
        parts.extend(rest);
        assert!(steps == parts, "two halves are the whole");
        self.one_step_each(&dates, &steps);
        let before = self.existing.clone();
        self.apply(&steps);
        self.touched_occurrences_stay(&dates, &before);
        self.untouched_occurrences_follow_the_plan(&dates, &steps);
        for step in self.plan(&dates) {
            assert!(matches!(step.action, Action::Unchanged | Action::Skip), "left to do: {step:?}");
        }
    }

    fn apply(&mut self, steps: &[Step]) {
        let goes = |e: &Existing| {
            steps.iter().any(|step| step.action == Action::Remove && step.occurrence.id == e.occurrence.id)
        };
        self.existing.retain(|existing| !goes(existing));
        for step in steps {
            match step.action {
                Action::Create => {
                    self.ids += 1;
                    let occurrence = Occurrence { id: OccurrenceId(self.ids), ..step.occurrence.clone() };
                    self.existing.push(Existing { occurrence, template: step.template, touched: false });
                }
                Action::Update => {
                    let id = step.occurrence.id;
                    let changed = self.existing.iter_mut().find(|e| e.occurrence.id == id).unwrap();
                    let state = changed.occurrence.state.clone();
                    changed.occurrence = Occurrence { state, ..step.occurrence.clone() };
                    changed.template = step.template;
                }
                Action::Remove | Action::Unchanged | Action::Skip => {}
            }
        }
    }

    /// Every occurrence has one step, and so has every period on each of its days.
    fn one_step_each(&self, dates: &RangeInclusive<NaiveDate>, steps: &[Step]) {
        let mut stepped: Vec<OccurrenceId> =
            steps.iter().map(|step| step.occurrence.id).filter(|id| id.0 > 0).collect();
        let mut existing: Vec<OccurrenceId> = self.existing(dates).iter().map(|e| e.occurrence.id).collect();
        stepped.sort_unstable();
        existing.sort_unstable();
        assert_eq!(stepped, existing, "each has its step");
        let places: Vec<_> = steps.iter().map(|step| (step.occurrence.date, step.occurrence.order)).collect();
        assert!(places.is_sorted() && places.iter().all(|(date, _)| dates.contains(date)));
        for date in dates.start().iter_days().take_while(|date| date <= dates.end()) {
            for template in self.templates.iter().filter(|t| t.period.days.contains(date.weekday())) {
                let of = |step: &&Step| step.template == Some(template.id) && step.occurrence.date == date;
                assert_eq!(steps.iter().filter(of).count(), 1, "{date} {template:?}");
            }
        }
    }

    fn is_somebodys(&self, existing: &Existing) -> bool {
        existing.touched || existing.occurrence.opens_at <= self.now
    }

    /// Occurrences that have begun or were changed by a person stay, and so do all other dates.
    fn touched_occurrences_stay(&self, dates: &RangeInclusive<NaiveDate>, before: &[Existing]) {
        let elsewhere = |e: &Existing| !dates.contains(&e.occurrence.date);
        for existing in before.iter().filter(|e| self.is_somebodys(e) || elsewhere(e)) {
            assert!(self.existing.contains(existing), "{existing:?} is gone or changed");
        }
    }

    /// Names are unique on each date, and every occurrence that may follow its period does.
    fn untouched_occurrences_follow_the_plan(&self, dates: &RangeInclusive<NaiveDate>, steps: &[Step]) {
        let mut names = BTreeSet::new();
        for Existing { occurrence, .. } in &self.existing {
            assert!(names.insert((occurrence.date, lower(&occurrence.period))), "twice: {occurrence:?}");
        }
        for step in steps.iter().filter(|step| step.action == Action::Create) {
            let o = &step.occurrence;
            assert!(closure_on(o.date, &self.closures).is_none() && !o.settled(self.watermark), "{o:?}");
        }
        let yields =
            |step: &Step| step.reason.as_deref() == Some("another occurrence of that day keeps this name");
        let free = self.existing(dates).into_iter().filter(|existing| !self.is_somebodys(existing));
        for existing in free {
            let o = &existing.occurrence;
            if steps.iter().any(|step| step.occurrence.id == o.id && yields(step)) {
                continue;
            }
            let template = self.templates.iter().find(|template| match existing.template {
                Some(id) => template.id == id,
                // A removed period that was added again adopts what was made from it.
                None => template.period.name.to_lowercase() == o.period.to_lowercase(),
            });
            let period = &template.unwrap_or_else(|| panic!("of no period: {o:?}")).period;
            assert!(period.enabled && period.days.contains(o.date.weekday()), "{o:?}");
            let expected = (period.name.as_str(), period.order, &period.groups, period.late_after);
            assert_eq!((&*o.period, o.order, &o.groups, o.late_after), expected);
            assert!(o.starts_at < o.ends_at, "{o:?}");
            assert_eq!(
                (o.starts_at - o.opens_at, o.closes_at - o.ends_at),
                (period.early_grace, period.late_grace)
            );
            for (at, time) in [(o.starts_at, period.start), (o.ends_at, period.end)] {
                self.is_when_the_clocks_say(at, o.date.and_time(time));
            }
        }
    }

    /// The first instant at which the clocks show this time or a later one.
    fn is_when_the_clocks_say(&self, at: Instant, wanted: NaiveDateTime) {
        assert!(self.clocks(at) >= wanted, "{at:?} is before {wanted} in {}", self.zone);
        let shifts = (1..=52).map(|half_hours| Span::minutes(30 * half_hours));
        for before in shifts.chain([Span::from_micros(1)]) {
            let earlier = at - before;
            assert!(self.clocks(earlier) < wanted, "{earlier:?} would do for {wanted} in {}", self.zone);
        }
    }

    fn clocks(&self, at: Instant) -> NaiveDateTime {
        self.zone.local(at).naive_local()
    }

    /// Recognitions match by rule 4 of docs/rules.md. An occurrence is active while one could match it.
    fn timetable(&self) {
        let all = self.existing(&self.dates(0, STRETCH));
        let all: Vec<Occurrence> = all.into_iter().map(|existing| existing.occurrence).collect();
        let table = Timetable::new(all.clone());
        let held: Vec<&Occurrence> = all.iter().filter(|o| o.state == OccurrenceState::Planned).collect();
        for o in &all {
            for edge in [o.opens_at, o.starts_at, o.ends_at, o.closes_at] {
                for micros in [-1, 0, 1] {
                    counts_where_it_should(&table, &held, edge + Span::from_micros(micros));
                }
            }
        }
    }

    /// Days are whole, and one begins where the one before it ends.
    fn days_follow_each_other(&self) {
        let dates = self.dates(0, STRETCH);
        for date in dates.start().iter_days().take_while(|date| date <= dates.end()) {
            let (first, last) = day(date, self.zone).into_inner();
            let next = *day(date + Days::new(1), self.zone).start();
            assert_eq!(last + Span::from_micros(1), next);
            self.is_when_the_clocks_say(first, date.and_time(NaiveTime::MIN));
            // A day that the clocks skip has no instants.
            if first <= last {
                assert_eq!((local_date(first, self.zone), local_date(last, self.zone)), (date, date));
            }
        }
    }
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

fn period(choices: &mut Choices) -> Period {
    let start = i64::from(choices.byte()) * 6 % 1440;
    let length = choices.one_of(&[45, 10, 60, 180]);
    let time = |minutes: i64| NaiveTime::MIN + TimeDelta::minutes(minutes.min(1439));
    Period {
        name: choices.one_of(&["A", "a", "B", "C"]).into(),
        order: choices.one_of(&[1, 2, 3]),
        start: time(start),
        end: time(start + length),
        days: Weekdays::from_mask(choices.one_of(&[127, 31, 1, 2, 4, 96])).unwrap(),
        early_grace: choices.one_of(&[Span::minutes(5), Span::ZERO, Span::hours(12)]),
        late_grace: choices.one_of(&[Span::minutes(10), Span::ZERO]),
        late_after: choices.one_of(&[None, Some(Span::minutes(10))]),
        closes_after: choices.one_of(&[None, Some(Span::minutes(30))]),
        groups: Groups::parse(choices.one_of(&["", "G7", "G8", "G7,G8"])),
        places: Default::default(),
        enabled: true,
    }
}

/// The occurrences that expect a student of a group: of those that overlap with one for named groups only the first.
fn expecting(held: &[&Occurrence], group: Option<&str>) -> BTreeSet<OccurrenceId> {
    let mut wanting: Vec<&&Occurrence> = held.iter().filter(|o| o.groups.expect(group)).collect();
    wanting.sort_by_key(|o| (o.groups.everybody(), std::cmp::Reverse(o.starts_at), o.order, o.id));
    let mut chosen: Vec<&&Occurrence> = Vec::new();
    for one in wanting {
        let overlaps = |other: &&&Occurrence| one.starts_at < other.ends_at && other.starts_at < one.ends_at;
        if !chosen.iter().any(|other| !other.groups.everybody() && overlaps(other)) {
            chosen.push(one);
        }
    }
    chosen.into_iter().map(|o| o.id).collect()
}

fn counts_where_it_should(table: &Timetable, held: &[&Occurrence], ts: Instant) {
    let mut claimed = BTreeMap::new();
    for group in [None, Some("G7"), Some("G8"), Some("G9")] {
        let expecting = expecting(held, group);
        let reach = held.iter().filter(|o| o.opens_at <= ts && ts <= o.closes_at && o.groups.expect(group));
        let by_grace = |o: &Occurrence| !(o.starts_at <= ts && ts <= o.ends_at);
        let rank = |o: &Occurrence| (!expecting.contains(&o.id), by_grace(o), o.starts_at, o.order, o.id);
        let expected = reach.min_by_key(|o| rank(o)).map(|o| o.id);
        let enrolment = Enrolment::default().join(Stretch::ALWAYS, group, EnrolmentSource::Hand);
        assert_eq!(enrolment.occurrence_at(table, ts).map(|o| o.id), expected, "{group:?} at {ts:?}");
        claimed.extend(expected.map(|id| (id, ())));
    }
    let active: BTreeMap<OccurrenceId, ()> = table.active(ts).into_iter().map(|o| (o.id, ())).collect();
    assert_eq!(active, claimed, "at {ts:?}");
    assert_eq!(table.session(ts).is_some(), !active.is_empty());
}
