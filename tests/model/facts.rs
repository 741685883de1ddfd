//! The facts of a school as plain lists. Nothing here is derived, except for the records that pruning leaves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Duration, NaiveDate, NaiveTime, Weekday};

use crate::aliases::Aliases;
use crate::coverage::Cameras;
use crate::zones::{Instant, Zone};

/// The author of a membership: an import replaces only those of imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    Import,
    Hand,
}

/// The groups of a student, each with the author of the membership.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<String, Author>);

impl Groups {
    pub fn of(names: impl IntoIterator<Item = String>, author: Author) -> Self {
        Self(names.into_iter().map(|name| (name, author)).collect())
    }

    /// These groups replaced by others, as far as the author may. Memberships that go on keep their author.
    pub fn replaced(&self, names: impl IntoIterator<Item = String>, author: Author) -> Self {
        let stays = |(_, old): &(&String, &Author)| author == Author::Import && **old == Author::Hand;
        let mut after: BTreeMap<_, _> = self.0.iter().filter(stays).map(|(n, a)| (n.clone(), *a)).collect();
        for name in names {
            let author = self.0.get(&name).copied().unwrap_or(author);
            after.insert(name, author);
        }
        Self(after)
    }

    /// The groups of these that were given by hand, and those of others that an import gave.
    fn with_imported(&self, others: &Self) -> Self {
        let mut after = others.clone();
        after.0.retain(|_, author| *author == Author::Import);
        after.0.extend(
            self.0.iter().filter(|(_, author)| **author == Author::Hand).map(|(n, a)| (n.clone(), *a)),
        );
        after
    }

    pub fn holds(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// As reports tell them.
    pub fn told(&self) -> Option<String> {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(","))
    }
}

/// The roll from one change to the next: `[from, until)`, without bounds where they are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    pub groups: Groups,
}

impl Span {
    pub fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Student {
    pub code: String,
    pub name: String,
    /// In order of time, without overlaps.
    pub spans: Vec<Span>,
    /// The code this student had until an instant, where it was retired.
    pub former: Option<(String, Instant)>,
}

impl Student {
    pub fn span_at(&self, at: Instant) -> Option<&Span> {
        self.spans.iter().find(|span| span.holds(at))
    }

    /// The time on the roll at an instant, else the next one after it.
    pub fn span_from(&self, at: Instant) -> Option<&Span> {
        self.span_at(at).or_else(|| self.spans.iter().find(|span| span.from.is_some_and(|from| at < from)))
    }

    /// From `at` on this student is in `groups`, or off the roll.
    pub fn change(&mut self, at: Instant, groups: Option<Groups>) {
        self.spans.retain(|span| span.from.is_none_or(|from| from < at));
        if let Some(last) = self.spans.last_mut()
            && last.until.is_none_or(|until| at < until)
        {
            last.until = Some(at);
        }
        if let Some(groups) = groups {
            self.spans.push(Span { from: Some(at), until: None, groups });
        }
    }

    /// From `at` on the author puts this student into other groups, who is on the roll then or comes later. Leaving and
    /// coming stay as planned. An import also leaves groups alone that a person gave, and their planned ends.
    pub fn regroup(&mut self, at: Instant, names: &[String], author: Author) {
        if let Some(place) = self.spans.iter().position(|span| span.holds(at))
            && self.spans[place].from.is_none_or(|from| from < at)
        {
            let rest = Span { from: Some(at), ..self.spans[place].clone() };
            self.spans[place].until = Some(at);
            self.spans.insert(place + 1, rest);
        }
        let begins = |span: &Span| span.from.is_some_and(|from| at <= from);
        let changed = self.spans.iter().position(begins).expect("on the roll then or later");
        let now = self.spans[changed].groups.replaced(names.iter().cloned(), author);
        for span in &mut self.spans[changed..] {
            span.groups = match author {
                Author::Hand => now.clone(),
                Author::Import => span.groups.with_imported(&now),
            };
        }
        self.spans.dedup_by(|next, span| {
            let goes_on = span.until == next.from && span.groups == next.groups;
            if goes_on {
                span.until = next.until;
            }
            goes_on
        });
    }

    /// Whether this student had a code that was retired.
    pub fn had(&self, code: &str) -> bool {
        self.former.as_ref().is_some_and(|(former, _)| former == code)
    }

    /// The latest instant at which something about this student changes.
    pub fn latest_change(&self) -> Option<Instant> {
        self.spans.iter().flat_map(|span| [span.from, span.until]).flatten().max()
    }
}

impl Period {
    pub fn is_held_on(&self, weekday: Weekday) -> bool {
        !self.removed && self.enabled && self.mask & (1 << weekday.num_days_from_monday()) != 0
    }
}

/// A line of the weekly plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    pub name: String,
    pub order: u32,
    pub start: NaiveTime,
    pub end: NaiveTime,
    /// Monday is 1, Sunday 64.
    pub mask: u8,
    pub early: Duration,
    pub late: Duration,
    pub late_after: Option<Duration>,
    /// Empty: everybody.
    pub groups: Vec<String>,
    pub places: Vec<String>,
    /// A group and the place that matters for it.
    pub class_places: Vec<(String, String)>,
    pub enabled: bool,
    pub removed: bool,
}

/// A change of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// Moved, shortened or cancelled.
    Moved,
    /// Not held on that date by the weekly plan.
    Added,
}

/// The period of what was added to a date alone.
pub const NO_PERIOD: usize = usize::MAX;

/// A period on a date, with copies of all it is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    pub id: usize,
    /// Index of its period, or [`NO_PERIOD`].
    pub period: usize,
    pub name: String,
    pub order: u32,
    pub date: NaiveDate,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub early: Duration,
    pub late: Duration,
    pub late_after: Option<Duration>,
    pub groups: Vec<String>,
    pub places: Vec<String>,
    pub class_places: Vec<(String, String)>,
    pub cancelled: bool,
    /// Whether a person cancelled or restored it. `generate` does not change it then, nor one with a mark.
    pub touched: bool,
    pub odd: Option<Odd>,
}

impl Occurrence {
    pub fn opens_at(&self) -> Instant {
        self.starts_at - self.early
    }

    pub fn closes_at(&self) -> Instant {
        self.ends_at + self.late
    }

    pub fn wants(&self, groups: &Groups) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|group| groups.holds(group))
    }

    /// The places named for a student's classes, else those of the period; none: every camera on duty.
    pub fn named_places(&self, student: &Student) -> Vec<String> {
        let span = student.span_at(self.starts_at);
        let is_own = |class: &String| span.is_some_and(|span| span.groups.holds(class));
        let of_class = self.class_places.iter().filter(|(class, _)| is_own(class));
        let of_class: Vec<String> = of_class.map(|(_, place)| place.clone()).collect();
        if of_class.is_empty() { self.places.clone() } else { of_class }
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

/// Camera, student and instant are the identity of a recognition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    pub at: Instant,
    pub student: String,
    pub camera: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub score: f64,
    pub crop: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub id: Identity,
    pub seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Present,
    /// So many minutes, or as the cameras saw.
    Late(Option<i64>),
    Absent,
    Excused,
    TakenBack,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub occurrence: usize,
    pub student: String,
    pub verdict: Verdict,
    pub by: String,
    pub reason: String,
}

/// A time in which a student need not be there: `[from, until)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Excuse {
    pub student: String,
    /// Came, and went with leave.
    pub left: bool,
    pub from: Instant,
    pub until: Instant,
}

/// A person's decision about one sighting.
#[derive(Clone, Debug, PartialEq)]
pub enum Review {
    Accept,
    Reject,
    Reassign(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub min_score: f64,
    pub window: Duration,
    pub min_delta: f64,
}

/// One student's recognitions in one occurrence, folded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub first: Option<Instant>,
    pub last: Option<Instant>,
    pub best: Option<Instant>,
    pub best_score: Option<f64>,
    pub best_camera: Option<String>,
    pub sightings: u64,
    pub low: u64,
}

#[derive(Clone, Debug)]
pub struct School {
    pub zone: Zone,
    pub students: Vec<Student>,
    pub aliases: Aliases,
    pub periods: Vec<Period>,
    pub occurrences: Vec<Occurrence>,
    pub closures: BTreeSet<NaiveDate>,
    /// Every line that was taken in, repeats included.
    pub recognitions: BTreeMap<Identity, Vec<Line>>,
    pub waiting: Vec<Line>,
    pub marks: Vec<Mark>,
    pub excuses: Vec<Excuse>,
    /// The latest decision about each sighting that was decided about.
    pub reviews: BTreeMap<Identity, Review>,
    pub settings: Settings,
    pub cameras: Cameras,
    /// The watermark. Facts before it are gone, and their results are in `kept`.
    pub watermark: Option<Instant>,
    pub kept: BTreeMap<(usize, String), Record>,
    next_occurrence: usize,
}

impl School {
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            students: Vec::new(),
            aliases: Aliases::default(),
            periods: Vec::new(),
            occurrences: Vec::new(),
            closures: BTreeSet::new(),
            recognitions: BTreeMap::new(),
            waiting: Vec::new(),
            marks: Vec::new(),
            excuses: Vec::new(),
            reviews: BTreeMap::new(),
            settings: Settings { min_score: 0.75, window: Duration::seconds(10), min_delta: 0.01 },
            cameras: Cameras::default(),
            watermark: None,
            kept: BTreeMap::new(),
            next_occurrence: 0,
        }
    }

    pub fn student(&self, code: &str) -> Option<&Student> {
        self.students.iter().find(|student| student.code == code)
    }

    pub fn student_mut(&mut self, code: &str) -> &mut Student {
        self.students.iter_mut().find(|student| student.code == code).unwrap()
    }

    pub fn occurrence(&self, id: usize) -> &Occurrence {
        self.occurrences.iter().find(|occurrence| occurrence.id == id).unwrap()
    }

    pub fn occurrence_mut(&mut self, id: usize) -> &mut Occurrence {
        self.occurrences.iter_mut().find(|occurrence| occurrence.id == id).unwrap()
    }

    pub fn is_held(&self, occurrence: &Occurrence) -> bool {
        !occurrence.cancelled && !self.closures.contains(&occurrence.date)
    }

    pub fn is_pruned(&self, occurrence: &Occurrence) -> bool {
        self.watermark.is_some_and(|watermark| occurrence.opens_at() < watermark)
    }

    /// A newcomer before anything has begun is on the roll since always.
    pub fn enrol(&mut self, code: &str, name: &str, groups: Groups, from: Option<Instant>) {
        self.students.push(Student {
            code: code.into(),
            name: name.into(),
            spans: vec![Span { from, until: None, groups }],
            former: None,
        });
    }

    /// Brings the occurrences of some dates in line with the weekly plan.
    pub fn generate(&mut self, from: NaiveDate, days: u32, now: Instant) {
        let dates: Vec<NaiveDate> = from.iter_days().take(days as usize).collect();
        for index in 0..self.periods.len() {
            for &date in &dates {
                self.generate_one(index, date, now);
            }
        }
    }

    /// The occurrence of a period on a date.
    fn place(&self, period: usize, date: NaiveDate) -> Option<usize> {
        self.occurrences.iter().position(|o| o.period == period && o.date == date)
    }

    pub fn push(&mut self, mut occurrence: Occurrence) {
        occurrence.id = self.next_occurrence;
        self.next_occurrence += 1;
        self.occurrences.push(occurrence);
    }

    fn generate_one(&mut self, period: usize, date: NaiveDate, now: Instant) {
        let planned = self.planned(period, date);
        match (self.place(period, date), planned) {
            (None, Some(planned)) if !self.closures.contains(&date) && !self.is_pruned(&planned) => {
                self.push(planned);
            }
            (Some(there), planned) => {
                let old = &self.occurrences[there];
                if old.touched || self.is_marked(old.id) || old.opens_at() <= now {
                    return;
                }
                match planned {
                    Some(planned) => self.occurrences[there] = Occurrence { id: old.id, ..planned },
                    None => drop(self.occurrences.remove(there)),
                }
            }
            (None, _) => {}
        }
    }

    /// Whether a person ever decided about a student in it who was not erased since.
    pub fn is_marked(&self, occurrence: usize) -> bool {
        self.marks.iter().any(|mark| mark.occurrence == occurrence)
    }

    /// A period that was changed and would have opened by now is held today at once, where today is scheduled.
    pub fn open_today(&mut self, period: usize, now: Instant) {
        let today = self.zone.date(now);
        let scheduled = self.occurrences.iter().any(|o| today <= o.date);
        let opened = self.planned(period, today).is_some_and(|planned| planned.opens_at() <= now);
        if scheduled && opened {
            self.generate_one(period, today, now);
        }
    }

    /// The occurrence that the weekly plan wants on a date.
    pub fn planned(&self, index: usize, date: NaiveDate) -> Option<Occurrence> {
        self.periods[index].is_held_on(date.weekday()).then(|| self.built(index, date)).flatten()
    }

    /// A period on a date, whatever its days; none where a clock change swallows it.
    pub fn built(&self, index: usize, date: NaiveDate) -> Option<Occurrence> {
        let period = &self.periods[index];
        let ends_on = if period.start < period.end { date } else { date.succ_opt().unwrap() };
        let starts_at = self.zone.instant(date.and_time(period.start));
        let ends_at = self.zone.instant(ends_on.and_time(period.end));
        (starts_at < ends_at).then(|| Occurrence {
            id: usize::MAX,
            period: index,
            name: period.name.clone(),
            order: period.order,
            date,
            starts_at,
            ends_at,
            early: period.early,
            late: period.late,
            late_after: period.late_after,
            groups: period.groups.clone(),
            places: period.places.clone(),
            class_places: period.class_places.clone(),
            cancelled: false,
            touched: false,
            odd: None,
        })
    }

    /// Deletes facts before `watermark`, and keeps their results.
    pub fn prune(&mut self, watermark: Instant) {
        let kept: Vec<((usize, String), Record)> = self
            .occurrences
            .iter()
            .filter(|occurrence| occurrence.opens_at() < watermark && !self.is_pruned(occurrence))
            .flat_map(|occurrence| self.students.iter().map(|student| (occurrence.id, student.code.clone())))
            .map(|(occurrence, code)| ((occurrence, code.clone()), self.record(occurrence, &code)))
            .filter(|(_, record)| *record != Record::default())
            .collect();
        self.kept.extend(kept);
        self.recognitions.retain(|id, _| watermark <= id.at);
        self.watermark = Some(watermark);
    }

    /// Forgets one student and nothing else.
    pub fn erase(&mut self, code: &str) {
        self.recognitions.retain(|id, _| id.student != code);
        let is_about = |line: &Line| {
            line.id.student == code
                || self.named(&line.id.student, line.id.at).is_some_and(|s| s.code == code)
        };
        self.waiting = self.waiting.iter().filter(|line| !is_about(line)).cloned().collect();
        self.aliases.forget(code);
        self.students.retain(|student| student.code != code);
        self.marks.retain(|mark| mark.student != code);
        self.kept.retain(|(_, student), _| student != code);
        self.excuses.retain(|excuse| excuse.student != code);
        self.reviews.retain(|id, _| id.student != code);
        // A sighting that was given to the student still shows another face than its row says.
        let given = |review: &&mut Review| **review == Review::Reassign(code.to_owned());
        self.reviews.values_mut().filter(given).for_each(|review| *review = Review::Reject);
    }

    /// From now on a student has another code, and every fact about the student with it. Lines that wait still say
    /// the one before.
    pub fn retire_code(&mut self, code: &str, after: &str, now: Instant) {
        let renamed = |student: String| if student == code { after.to_owned() } else { student };
        let identity = |id: Identity| Identity { student: renamed(id.student), ..id };
        let student = self.student_mut(code);
        student.code = after.to_owned();
        student.former = Some((code.to_owned(), now));
        self.aliases.rename(code, after);
        self.recognitions = std::mem::take(&mut self.recognitions)
            .into_iter()
            .map(|(id, seen)| (identity(id), seen))
            .collect();
        let reviewed = |review: Review| match review {
            Review::Reassign(to) => Review::Reassign(renamed(to)),
            other => other,
        };
        self.reviews = std::mem::take(&mut self.reviews)
            .into_iter()
            .map(|(id, review)| (identity(id), reviewed(review)))
            .collect();
        self.kept = std::mem::take(&mut self.kept)
            .into_iter()
            .map(|((occurrence, student), record)| ((occurrence, renamed(student)), record))
            .collect();
        for student in self.marks.iter_mut().map(|mark| &mut mark.student) {
            *student = renamed(std::mem::take(student));
        }
        for student in self.excuses.iter_mut().map(|excuse| &mut excuse.student) {
            *student = renamed(std::mem::take(student));
        }
    }

    /// The student whom a code named at an instant: the one who had it until a later instant, else the one who has it
    /// now. If the former was off the roll then, the present one goes first where that one was on it.
    pub fn holder(&self, code: &str, at: Instant) -> Option<&Student> {
        let had = |student: &&Student| {
            student.former.as_ref().is_some_and(|(former, until)| former == code && at < *until)
        };
        let then = self.students.iter().filter(had).min_by_key(|student| student.former.clone().unwrap().1);
        let now = self.student(code);
        match then {
            Some(then) if then.span_at(at).is_some() => Some(then),
            Some(then) => now.filter(|now| now.span_at(at).is_some()).or(Some(then)),
            None => now,
        }
    }

    /// The identity under which a line is stored.
    pub fn resolved(&self, id: &Identity) -> Identity {
        let student = self.named(&id.student, id.at).map_or_else(|| id.student.clone(), |s| s.code.clone());
        Identity { student, ..id.clone() }
    }

    /// Takes a time out of the excuses of a student.
    pub fn end_excuses(&mut self, code: &str, from: Instant, until: Instant, only_left: bool) {
        let mut rest = Vec::new();
        for excuse in std::mem::take(&mut self.excuses) {
            if excuse.student != code || (only_left && !excuse.left) {
                rest.push(excuse);
                continue;
            }
            rest.push(Excuse { until: excuse.until.min(from), ..excuse.clone() });
            rest.push(Excuse { from: excuse.from.max(until), ..excuse });
        }
        rest.retain(|excuse| excuse.from < excuse.until);
        self.excuses = rest;
    }
}
