//! The schedule plan: from weekly periods to dated occurrences, with a reason for every row.
//!
//! The plan is a value. `--dry-run` prints the value that would be applied.

use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};

use crate::domain::time::calendar::{Closure, closure_on, each_date, resolve};
use crate::domain::time::{Instant, Zone};
use crate::domain::timetable::occurrence::{Occurrence, OccurrenceId, OccurrenceState};
use crate::domain::timetable::period::{Period, is_overnight};
use crate::domain::timetable::place::Criteria;

/// Identity of a period in the database. It outlives a change of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeriodId(pub i64);

/// A period with its identity in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Identity of the period.
    pub id: PeriodId,
    /// The period as planned.
    pub period: Period,
}

/// An occurrence already in the schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// Its present state.
    pub occurrence: Occurrence,
    /// The period it was made from. `None` if that was removed.
    pub template: Option<PeriodId>,
    /// Whether a person cancelled or restored it or marked a student in it, or a student was seen in it.
    /// The plan does not change such an occurrence.
    pub touched: bool,
}

/// The action of the plan for one period on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Create,
    /// It differs from its period, has not begun, and is untouched.
    Update,
    /// It agrees with its period.
    Unchanged,
    /// It is not held, or it keeps its state although its period differs. See the reason.
    Skip,
    /// Its period is not held on that date any more. It has not begun and is untouched.
    Remove,
}

impl Action {
    /// The word used in the plan.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
            Self::Skip => "skip",
            Self::Remove => "remove",
        }
    }
}

/// One row of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// The resulting occurrence. `id` is 0 if it is new.
    pub occurrence: Occurrence,
    /// Identity of its period, if that still exists.
    pub template: Option<PeriodId>,
    /// The reason, unless the action is self-explanatory.
    pub reason: Option<String>,
}

/// The zone rules have changed since the schedule was last generated, so local times may be other instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRules {
    /// The version that it was generated with.
    pub from: String,
    /// The version in force.
    pub to: String,
}

impl fmt::Display for NewRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "time zone rules {} instead of {}", self.to, self.from)
    }
}

/// The inputs of the planner.
#[derive(Debug)]
pub struct Facts<'a> {
    /// All periods, disabled ones too.
    pub templates: &'a [Template],
    /// All closures.
    pub closures: &'a [Closure],
    /// The occurrences on the dates to plan.
    pub existing: &'a [Existing],
    /// The school's zone.
    pub zone: Zone,
    /// How rooms and doors are judged; each period adds its places.
    pub criteria: &'a Criteria,
    /// The present instant. Occurrences that have opened by now are not changed.
    pub now: Instant,
    /// The watermark: recognitions before it were pruned.
    pub watermark: Option<Instant>,
    /// The change of the zone rules since the existing occurrences were planned.
    pub new_rules: Option<&'a NewRules>,
}

/// Plans `dates`, both ends included, by date and order. Applying the plan and planning again gives
/// only `Unchanged` and `Skip`.
pub fn plan(facts: &Facts, dates: RangeInclusive<NaiveDate>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for date in each_date(&dates) {
        let wanted = facts.templates.iter().filter(|t| t.period.days.contains(date.weekday()));
        steps.extend(wanted.map(|template| facts.step(template, date)));
        let unwanted = facts.on(date).filter(|existing| !facts.is_wanted(existing));
        steps.extend(unwanted.map(|existing| facts.leftover(existing)));
    }
    facts.yield_to_those_that_stay(&mut steps);
    steps.sort_by_key(|step| (step.occurrence.date, step.occurrence.order, step.occurrence.starts_at));
    steps
}

impl Facts<'_> {
    fn on(&self, date: NaiveDate) -> impl Iterator<Item = &Existing> {
        self.existing.iter().filter(move |existing| existing.occurrence.date == date)
    }

    /// The occurrence of a date that was made from this period, else from a removed period of the same name.
    fn made_from(&self, template: &Template, date: NaiveDate) -> Option<&Existing> {
        let name = template.period.name.to_lowercase();
        let orphan = |e: &&Existing| e.template.is_none() && e.occurrence.period.to_lowercase() == name;
        let own = self.on(date).find(|existing| existing.template == Some(template.id));
        own.or_else(|| self.on(date).find(orphan))
    }

    fn step(&self, template: &Template, date: NaiveDate) -> Step {
        let planned = occurrence_of(template, date, self.zone, self.criteria);
        let step =
            |action, occurrence, reason| Step { action, occurrence, template: Some(template.id), reason };
        match self.made_from(template, date) {
            Some(existing) => self.step_existing(existing, template, planned),
            None if !template.period.enabled => {
                step(Action::Skip, planned, Some("the period is disabled".into()))
            }
            None => match (closure_on(date, self.closures), planned.is_swallowed()) {
                (Some(closure), _) => {
                    let reason = format!("closure {:?}", closure.reason);
                    step(Action::Skip, planned, Some(reason))
                }
                (None, true) => step(Action::Skip, planned, Some(SKIPPED_HOUR.into())),
                (None, false) if planned.settled(self.watermark) => {
                    step(Action::Skip, planned, Some("its recognitions were pruned".into()))
                }
                (None, false) => step(Action::Create, planned, None),
            },
        }
    }

    fn step_existing(&self, existing: &Existing, template: &Template, planned: Occurrence) -> Step {
        let stands = &existing.occurrence;
        let off = if !template.period.enabled {
            Some("the period is disabled")
        } else if planned.is_swallowed() {
            Some(SKIPPED_HOUR)
        } else {
            None
        };
        if off.is_none() && stands.same_plan(&planned) {
            let reason = match &stands.state {
                OccurrenceState::Planned => None,
                OccurrenceState::Cancelled(reason) => Some(format!("cancelled: {reason}")),
                OccurrenceState::Closed(reason) => Some(format!("closure {reason:?}")),
            };
            return Step {
                action: Action::Unchanged,
                occurrence: stands.clone(),
                template: Some(template.id),
                reason,
            };
        }
        let (action, reason) = match (self.kept(existing), off) {
            (Some(kept), _) => (Action::Skip, Some(kept.to_owned())),
            (None, Some(off)) => (Action::Remove, Some(off.to_owned())),
            (None, None) => (Action::Update, Some(self.change(stands, &planned))),
        };
        let occurrence = match action {
            Action::Update => Occurrence { id: stands.id, ..planned },
            _ => stands.clone(),
        };
        Step { action, occurrence, template: Some(template.id), reason }
    }

    /// Why an occurrence differs from its period.
    fn change(&self, stands: &Occurrence, planned: &Occurrence) -> String {
        match self.new_rules {
            Some(rules) if stands.differs_in_instants_only(planned) => rules.to_string(),
            _ => "the period changed".to_owned(),
        }
    }

    /// Plans an occurrence whose period was removed or moved to other weekdays.
    fn leftover(&self, existing: &Existing) -> Step {
        let (action, reason) = match self.kept(existing) {
            Some(kept) => (Action::Skip, kept),
            None => (Action::Remove, "the period is no longer held on this day"),
        };
        Step {
            action,
            occurrence: existing.occurrence.clone(),
            template: existing.template,
            reason: Some(reason.into()),
        }
    }

    /// The reason why an occurrence must not be changed. `None` if it may be.
    fn kept(&self, existing: &Existing) -> Option<&'static str> {
        if existing.occurrence.opens_at <= self.now {
            Some("kept: it has already begun")
        } else if existing.touched {
            Some("kept: it has changes, marks or sightings")
        } else {
            None
        }
    }

    fn is_wanted(&self, existing: &Existing) -> bool {
        let date = existing.occurrence.date;
        let mut held = self.templates.iter().filter(|t| t.period.days.contains(date.weekday()));
        held.any(|template| self.made_from(template, date) == Some(existing))
    }

    /// Keeps names unique on each date. A row that would take the name of an occurrence that stays is skipped, and an
    /// existing occurrence keeps its own name.
    fn yield_to_those_that_stay(&self, steps: &mut [Step]) {
        let name = |step: &Step| (step.occurrence.date, step.occurrence.period.to_lowercase());
        // A skipped occurrence that does not exist yet reserves no name. Two periods never share one.
        let stays = |step: &&Step| matches!(step.action, Action::Unchanged | Action::Skip);
        loop {
            let taken: HashSet<(NaiveDate, String)> = steps.iter().filter(stays).map(name).collect();
            let coming = steps.iter_mut().filter(|s| matches!(s.action, Action::Create | Action::Update));
            let yielding: Vec<&mut Step> = coming.filter(|step| taken.contains(&name(step))).collect();
            if yielding.is_empty() {
                return;
            }
            for step in yielding {
                step.action = Action::Skip;
                step.reason = Some("another occurrence of that day keeps this name".into());
                let existing = self.existing.iter().find(|e| e.occurrence.id == step.occurrence.id);
                if let Some(existing) = existing {
                    step.occurrence = existing.occurrence.clone();
                }
            }
        }
    }
}

impl Occurrence {
    /// Whether both plan the same thing, apart from identity and state.
    fn same_plan(&self, other: &Self) -> bool {
        let plain =
            |o: &Self| Self { id: OccurrenceId::default(), state: OccurrenceState::Planned, ..o.clone() };
        plain(self) == plain(other)
    }

    /// Whether it falls wholly into the hour that the clocks skip.
    pub fn is_swallowed(&self) -> bool {
        self.ends_at <= self.starts_at
    }

    fn differs_in_instants_only(&self, other: &Self) -> bool {
        let moved = Self {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            ..other.clone()
        };
        self.same_plan(&moved)
    }
}

/// Why a period is not held on a date.
pub(crate) const SKIPPED_HOUR: &str = "it falls wholly into the hour that the clocks skip";

/// First and last instant of a period on a date.
pub(crate) fn times_of(period: &Period, date: NaiveDate, zone: Zone) -> (Instant, Instant) {
    times_on(date, (period.start, period.end), zone)
}

/// First and last instant of wall-clock times on a date. A night ends on the next day.
pub(crate) fn times_on(date: NaiveDate, hours: (NaiveTime, NaiveTime), zone: Zone) -> (Instant, Instant) {
    let (start, end) = hours;
    let last = if is_overnight(start, end) { date + Days::new(1) } else { date };
    (resolve(date, start, zone), resolve(last, end, zone))
}

/// The occurrence a period makes on a date.
pub fn occurrence_of(template: &Template, date: NaiveDate, zone: Zone, criteria: &Criteria) -> Occurrence {
    let period = &template.period;
    let (starts_at, ends_at) = times_of(period, date, zone);
    Occurrence {
        id: OccurrenceId::default(),
        period: period.name.as_str().into(),
        date,
        order: period.order,
        starts_at,
        ends_at,
        opens_at: starts_at - period.early_grace,
        closes_at: ends_at + period.late_grace,
        late_after: period.late_after,
        closes_after: period.closes_after,
        groups: period.groups.clone(),
        criteria: Criteria { places: period.places.clone(), ..criteria.clone() },
        state: OccurrenceState::Planned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::domain::time::calendar::{parse_date, parse_dates, parse_time, parse_zone};
    use crate::domain::timetable::period::Groups;

    fn template(id: i64, name: &str, start: &str, end: &str, days: &str) -> Template {
        let period = Period {
            name: name.into(),
            order: id,
            start: parse_time(start).unwrap(),
            end: parse_time(end).unwrap(),
            days: days.parse().unwrap(),
            early_grace: Span::minutes(5),
            late_grace: Span::minutes(10),
            late_after: None,
            closes_after: None,
            groups: Groups::default(),
            places: Default::default(),
            enabled: true,
        };
        Template { id: PeriodId(id), period }
    }

    /// A school in Stockholm, its week beginning on Monday 7 September 2026 at 06:00 local time.
    struct School {
        templates: Vec<Template>,
        closures: Vec<Closure>,
        existing: Vec<Existing>,
        now: Instant,
        watermark: Option<Instant>,
        new_rules: Option<NewRules>,
    }

    impl School {
        fn new(templates: Vec<Template>) -> Self {
            let now = "2026-09-07T06:00:00+02:00".parse().unwrap();
            Self { templates, closures: vec![], existing: vec![], now, watermark: None, new_rules: None }
        }

        fn plan(&self, dates: &str) -> Vec<Step> {
            let facts = Facts {
                templates: &self.templates,
                closures: &self.closures,
                existing: &self.existing,
                zone: parse_zone("Europe/Stockholm").unwrap(),
                criteria: &Criteria::USUAL,
                now: self.now,
                watermark: self.watermark,
                new_rules: self.new_rules.as_ref(),
            };
            plan(&facts, parse_dates(dates).unwrap())
        }

        /// Does what the store does with a plan.
        fn apply(&mut self, steps: &[Step]) {
            for step in steps {
                let id = step.occurrence.id;
                match step.action {
                    Action::Create => {
                        let id = OccurrenceId(1000 + i64::try_from(self.existing.len()).unwrap());
                        let occurrence = Occurrence { id, ..step.occurrence.clone() };
                        self.existing.push(Existing { occurrence, template: step.template, touched: false });
                    }
                    Action::Update => {
                        let old = self.existing.iter_mut().find(|e| e.occurrence.id == id).unwrap();
                        old.occurrence = step.occurrence.clone();
                    }
                    Action::Remove => self.existing.retain(|e| e.occurrence.id != id),
                    Action::Unchanged | Action::Skip => {}
                }
            }
        }
    }

    fn count(steps: &[Step], action: Action) -> usize {
        steps.iter().filter(|step| step.action == action).count()
    }

    const WEEK: &str = "2026-09-07..2026-09-13";

    #[test]
    fn the_next_seven_days_are_made_once() {
        let mut school = School::new(vec![
            template(1, "Block 1", "08:00", "08:45", "mon-fri"),
            template(2, "Block 2", "09:00", "09:45", "mon,wed"),
        ]);
        let steps = school.plan(WEEK);
        assert_eq!((count(&steps, Action::Create), steps.len()), (7, 7));
        let first = &steps[0].occurrence;
        assert_eq!(first.opens_at.to_utc().to_rfc3339(), "2026-09-07T05:55:00+00:00");
        assert_eq!(first.closes_at.to_utc().to_rfc3339(), "2026-09-07T06:55:00+00:00");
        school.apply(&steps);
        assert_eq!(count(&school.plan(WEEK), Action::Unchanged), 7);
    }

    #[test]
    fn new_zone_rules_are_the_reason_only_where_nothing_but_instants_differs() {
        let mut school = School::new(vec![
            template(1, "Block 1", "08:00", "08:45", "mon"),
            template(2, "Block 2", "09:00", "09:45", "mon"),
            template(3, "Block 3", "10:00", "10:45", "mon"),
        ]);
        let steps = school.plan(WEEK);
        school.apply(&steps);
        for existing in &mut school.existing {
            let o = &mut existing.occurrence;
            for instant in [&mut o.starts_at, &mut o.ends_at, &mut o.opens_at, &mut o.closes_at] {
                *instant = *instant + Span::minutes(60);
            }
        }
        school.existing[1].touched = true;
        school.templates[2].period.groups = Groups::parse("G7");
        let reasons = |school: &School| -> Vec<String> {
            school.plan(WEEK).into_iter().map(|step| step.reason.unwrap()).collect()
        };
        let kept = "kept: it has changes, marks or sightings";
        assert_eq!(reasons(&school), ["the period changed", kept, "the period changed"]);
        school.new_rules = Some(NewRules { from: "2025b".into(), to: "2026a".into() });
        let rules = "time zone rules 2026a instead of 2025b";
        assert_eq!(reasons(&school), [rules, kept, "the period changed"]);
    }

    #[test]
    fn closures_and_disabled_periods_are_skipped_with_their_reason() {
        let mut school = School::new(vec![
            template(1, "Block 1", "08:00", "08:45", "daily"),
            template(2, "Club", "15:00", "16:00", "mon"),
        ]);
        school.templates[1].period.enabled = false;
        school.closures =
            vec![Closure { dates: parse_dates("2026-09-08..2026-09-09").unwrap(), reason: "Eid".into() }];
        let steps = school.plan(WEEK);
        let reasons: Vec<_> = steps.iter().filter_map(|s| s.reason.clone()).collect();
        assert_eq!(count(&steps, Action::Create), 5);
        assert_eq!(reasons, ["the period is disabled", "closure \"Eid\"", "closure \"Eid\""]);
    }

    #[test]
    fn only_untouched_future_occurrences_follow_a_changed_period() {
        let mut school = School::new(vec![template(1, "Block 1", "08:00", "08:45", "mon-fri")]);
        school.apply(&school.plan(WEEK));
        school.existing[1].touched = true;
        school.existing[1].occurrence.state = OccurrenceState::Cancelled("trip".into());
        school.now = "2026-09-07T07:55:00+02:00".parse().unwrap();
        school.templates[0].period.end = parse_time("08:50").unwrap();
        let actions: Vec<Action> = school.plan(WEEK).iter().map(|s| s.action).collect();
        assert_eq!(actions, [Action::Skip, Action::Skip, Action::Update, Action::Update, Action::Update]);
        school.apply(&school.plan(WEEK));
        let again: Vec<Action> = school.plan(WEEK).iter().map(|s| s.action).collect();
        assert_eq!(again[2..], [Action::Unchanged; 3]);
    }

    #[test]
    fn an_unheld_occurrence_is_removed_unless_touched() {
        let mut school = School::new(vec![
            template(1, "Block 1", "08:00", "08:45", "mon-fri"),
            template(2, "Block 2", "09:00", "09:45", "mon"),
        ]);
        school.apply(&school.plan(WEEK));
        school.existing[2].touched = true; // Block 1 on Tuesday
        school.templates[0].period.days = "mon,wed".parse().unwrap();
        school.templates.remove(1);
        let steps = school.plan(WEEK);
        let shown: Vec<(String, Action)> = steps
            .iter()
            .map(|s| (format!("{} {}", s.occurrence.date.weekday(), s.occurrence.period), s.action))
            .collect();
        let expected = [
            ("Mon Block 1", Action::Unchanged),
            ("Mon Block 2", Action::Remove),
            ("Tue Block 1", Action::Skip),
            ("Wed Block 1", Action::Unchanged),
            ("Thu Block 1", Action::Remove),
            ("Fri Block 1", Action::Remove),
        ];
        assert_eq!(shown, expected.map(|(day, action)| (day.to_owned(), action)));
    }

    #[test]
    fn decisions_stand_while_the_plan_is_unchanged() {
        let mut school = School::new(vec![template(1, "Block 1", "08:00", "08:45", "mon-wed")]);
        school.apply(&school.plan(WEEK));
        school.existing[0].occurrence.state = OccurrenceState::Cancelled("trip".into());
        school.existing[1].occurrence.state = OccurrenceState::Closed("Eid".into());
        let steps = school.plan(WEEK);
        assert_eq!(count(&steps, Action::Unchanged), 3);
        let reasons: Vec<_> = steps.iter().map(|step| step.reason.as_deref()).collect();
        assert_eq!(reasons, [Some("cancelled: trip"), Some("closure \"Eid\""), None]);
    }

    #[test]
    fn a_name_is_held_once_a_day() {
        let mut school = School::new(vec![template(1, "Block 1", "08:00", "08:45", "mon,tue")]);
        school.apply(&school.plan(WEEK));
        // Monday's has a mark. The period gets another name, and a new one the old name.
        school.existing[0].touched = true;
        school.templates = vec![
            template(1, "Assembly", "08:00", "08:45", "mon,tue"),
            template(2, "BLOCK 1", "09:00", "09:45", "mon,tue"),
        ];
        let steps = school.plan(WEEK);
        let shown: Vec<_> = steps.iter().map(|s| (s.action, &*s.occurrence.period)).collect();
        let monday = [(Action::Skip, "Block 1"), (Action::Skip, "BLOCK 1")];
        assert_eq!(
            shown,
            [&monday[..], &[(Action::Update, "Assembly"), (Action::Create, "BLOCK 1")]].concat()
        );
        assert_eq!(steps[1].reason.as_deref(), Some("another occurrence of that day keeps this name"));
        // The same with one that stays as it is.
        school.templates[0] = template(1, "Block 1", "08:00", "08:45", "mon,tue");
        assert_eq!(count(&school.plan(WEEK), Action::Create), 0);
    }

    #[test]
    fn settled_dates_are_not_planned() {
        let mut school = School::new(vec![template(1, "Block 1", "08:00", "08:45", "mon-wed")]);
        // Tuesday's opens at 07:55.
        for (watermark, skipped) in [("2026-09-08T07:55:00+02:00", 1), ("2026-09-08T07:56:00+02:00", 2)] {
            school.watermark = Some(watermark.parse().unwrap());
            let steps = school.plan(WEEK);
            assert_eq!((count(&steps, Action::Skip), count(&steps, Action::Create)), (skipped, 3 - skipped));
            assert_eq!(steps[0].reason.as_deref(), Some("its recognitions were pruned"));
        }
    }

    #[test]
    fn clock_changes_move_shorten_or_skip_a_period_and_say_so() {
        let spring = "2026-03-29..2026-03-29";
        for (start, end, utc) in [
            ("01:30", "02:30", Some(("00:30:00", "01:00:00"))),
            ("02:30", "03:30", Some(("01:00:00", "01:30:00"))),
            ("02:10", "02:50", None),
            ("02:00", "03:00", None),
        ] {
            let school = School::new(vec![template(1, "Night", start, end, "daily")]);
            let step = school.plan(spring).remove(0);
            match utc {
                Some((starts, ends)) => {
                    assert_eq!(step.action, Action::Create);
                    let o = step.occurrence;
                    let times = [o.starts_at, o.ends_at].map(|at| at.to_utc().format("%T").to_string());
                    assert_eq!(times, [starts, ends], "{start}");
                }
                None => assert_eq!((step.action, step.reason.as_deref()), (Action::Skip, Some(SKIPPED_HOUR))),
            }
        }
        let autumn =
            School::new(vec![template(1, "Night", "02:30", "03:30", "daily")]).plan("2026-10-25").remove(0);
        assert_eq!((autumn.occurrence.ends_at - autumn.occurrence.starts_at).whole_minutes(), 120);
    }

    #[test]
    fn a_kept_name_blocks_renames_in_turn() {
        let mut school = School::new(vec![
            template(1, "A", "08:00", "08:45", "mon"),
            template(2, "B", "09:00", "09:45", "mon"),
            template(3, "C", "10:00", "10:45", "mon"),
        ]);
        school.apply(&school.plan(WEEK));
        // C was touched and loses its period; B becomes C and A becomes B.
        school.existing[2].touched = true;
        school.existing[2].template = None;
        school.templates.remove(2);
        school.templates[0].period.name = "B".into();
        school.templates[1].period.name = "C".into();
        let steps = school.plan(WEEK);
        let shown: Vec<(&str, Action)> = steps.iter().map(|s| (&*s.occurrence.period, s.action)).collect();
        assert_eq!(shown, [("A", Action::Skip), ("B", Action::Skip), ("C", Action::Skip)]);
        school.existing[2].touched = false;
        let actions: Vec<Action> = school.plan(WEEK).iter().map(|s| s.action).collect();
        assert_eq!(actions, [Action::Update, Action::Update, Action::Remove]);
    }

    #[test]
    fn a_removed_period_added_again_adopts_its_occurrences() {
        let mut school = School::new(vec![template(1, "Block 1", "08:00", "08:45", "mon")]);
        school.apply(&school.plan(WEEK));
        school.existing[0].template = None;
        school.templates = vec![template(9, "block 1", "08:00", "08:45", "mon")];
        let steps = school.plan(WEEK);
        assert_eq!((steps.len(), steps[0].action, steps[0].template), (1, Action::Update, Some(PeriodId(9))));
        assert_eq!(steps[0].occurrence.date, parse_date("2026-09-07").unwrap());
    }
}
