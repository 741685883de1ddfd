//! The cache of a running ingest, and its invalidation.
//!
//! Other processes change the roll, the schedule and the settings while a stream runs. SQLite says when
//! another process has committed. The revision counters say which parts are stale.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::signs::SignsOfLife;
use crate::domain::evidence::camera::{CameraName, KnownCamera};
use crate::domain::evidence::recognition::SentAliasId;
use crate::domain::evidence::record::Record;
use crate::domain::evidence::step::Lineup;
use crate::domain::evidence::timeline::Timeline;
use crate::domain::register::review::{Reviews, SightingId};
use crate::domain::roll::alias::bare;
use crate::domain::roll::enrolment::Enrolment;
use crate::domain::roll::holder::{Held, meant};
use crate::domain::roll::student::{ALWAYS, OPEN_END, StudentId};
use crate::domain::settings::Settings;
use crate::domain::spelling::{folded, same};
use crate::domain::time::Instant;
use crate::domain::timetable::occurrence::{OccurrenceId, Timetable};
use crate::domain::upkeep::erasure::{TombstoneKey, identities, tombstone};
use crate::store::evidence::cameras::CamerasById;
use crate::store::evidence::recognitions::{self, Key};
use crate::store::evidence::{cameras, records, reviews};
use crate::store::register::versions;
use crate::store::roll::students::FormerCode;
use crate::store::roll::{aliases, enrolments, students};
use crate::store::settings::Revision;
use crate::store::timetable::schedule;
use crate::store::upkeep::erasure;
use crate::store::{Connection, Result, Store, StoreError, settings};
use crate::wire::line::Sighting;

/// The facts of a student that ingest needs.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub id: StudentId,
    /// When the student is on the roll.
    pub enrolment: Enrolment,
}

impl Enrolled {
    fn read(conn: &Connection, id: StudentId) -> Result<Rc<Self>> {
        Ok(Rc::new(Self { id, enrolment: enrolments::of(conn, id)? }))
    }
}

/// A student whom a line named.
#[derive(Debug)]
pub(crate) struct Named {
    pub enrolled: Rc<Enrolled>,
    /// The text of the line, if it was not the code.
    pub sent_alias: Option<SentAliasId>,
    /// Whether the same line may have named another student before the roll was edited.
    pub is_shared: bool,
}

impl Named {
    fn by_code(enrolled: Rc<Enrolled>) -> Self {
        Self { enrolled, sent_alias: None, is_shared: false }
    }

    fn by_alias(enrolled: Rc<Enrolled>, sent: SentAliasId) -> Self {
        Self { enrolled, sent_alias: Some(sent), is_shared: true }
    }
}

/// The students that the text of a line can refer to.
#[derive(Debug)]
enum Meaning {
    Code(Coded),
    /// Not a code.
    Alias(Holders),
}

/// The student of a code.
#[derive(Debug)]
struct Coded {
    enrolled: Rc<Enrolled>,
    /// The holders of aliases of the same text, once they were read.
    holders: Option<Holders>,
    /// The identity of the text, if lines named students by it as an alias.
    sent: Option<SentAliasId>,
}

impl Coded {
    fn sent(&self) -> Option<SentAliasId> {
        self.sent.or_else(|| self.holders.as_ref()?.sent)
    }

    fn named(&self) -> Named {
        Named { is_shared: self.sent().is_some(), ..Named::by_code(self.enrolled.clone()) }
    }
}

/// The holders of the aliases that a text can refer to, each with the enrolment. Empty if it refers to none.
#[derive(Debug)]
struct Holders {
    all: Vec<(Held, Rc<Enrolled>)>,
    /// The identity of the text, once a line named a student by it.
    sent: Option<SentAliasId>,
}

impl Holders {
    fn read(conn: &Connection, text: &str) -> Result<Self> {
        let all = aliases::named(conn, text)?.into_iter();
        let all = all.map(|held| {
            let enrolled = Enrolled::read(conn, held.student)?;
            Ok((held, enrolled))
        });
        Ok(Self { all: all.collect::<Result<_>>()?, sent: None })
    }

    /// The student whom the text names at an instant, if that is a `wanted` one.
    fn named(
        &mut self,
        conn: &Connection,
        text: &str,
        at: Instant,
        wanted: impl Fn(&Enrolled) -> bool,
    ) -> Result<Option<Named>> {
        let student = meant(self.all.iter().map(|(held, _)| held), text, at);
        let holder = self.all.iter().find(|(held, _)| Some(held.student) == student);
        let Some((_, enrolled)) = holder.filter(|(_, enrolled)| wanted(enrolled)) else { return Ok(None) };
        let sent = match self.sent {
            Some(known) => known,
            None => *self.sent.insert(aliases::sent(conn, text)?),
        };
        Ok(Some(Named::by_alias(enrolled.clone(), sent)))
    }
}

/// Codes by the hash of their lower-case spelling, because a million texts would need much memory. `None` if several
/// codes differ only in case.
type Spellings = FxHashMap<u64, Option<StudentId>>;

/// The cached record of a student in an occurrence.
#[derive(Debug)]
pub(crate) struct Folded {
    pair: Pair,
    /// The record after the latest line.
    pub record: Record,
    /// Identity of the policy it was folded under. `None` if the record does not exist yet.
    pub policy: Option<i64>,
    /// Changed by this batch.
    pub dirty: bool,
    /// The latest accepted instant, including later lines of this batch.
    pub latest: Option<Instant>,
    /// All recognitions. If the record is older than this stream, they are read once a line is too late to be applied
    /// at the end.
    pub timeline: Option<Timeline>,
    /// The last batch that changed it.
    batch: u64,
}

/// A student who had a code.
#[derive(Debug)]
struct Former {
    /// The first instant at which it no longer named the student.
    until: Instant,
    /// `None`: the student was erased.
    student: Option<Rc<Enrolled>>,
}

/// Students by identity.
pub(crate) type Students = FxHashMap<StudentId, Rc<Enrolled>>;

/// A student in an occurrence, by identities.
pub(crate) type Pair = (OccurrenceId, StudentId);

/// Cameras that lines named, or records.
#[derive(Debug)]
struct KnownCameras {
    by_name: FxHashMap<CameraName, Arc<KnownCamera>>,
    by_id: CamerasById,
}

impl KnownCameras {
    fn insert(&mut self, camera: &Arc<KnownCamera>) {
        self.by_name.insert(camera.name.clone(), camera.clone());
        self.by_id.insert(camera.id, camera.clone());
    }
}

/// Cached rows, as of one version of the data.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The most students and records, unless one batch needs more.
    capacity: usize,
    version: i64,
    revision: Revision,
    /// The key of tombstones. `None` if no student was ever erased.
    tombstones: Option<TombstoneKey>,
    pub settings: Settings,
    /// Identity of the fold's policy.
    pub policy: i64,
    /// When students are expected.
    pub timetable: Timetable,
    students: FxHashMap<Box<str>, Meaning>,
    /// Read when a line has a code that is not on the roll in this spelling.
    spellings: Option<Spellings>,
    /// Codes that were retired in any spelling, each with the students who had it, the earliest first.
    former: FxHashMap<String, Vec<Former>>,
    /// Whether lines named students by aliases.
    has_sent_aliases: bool,
    cameras: KnownCameras,
    records: Records,
    dirty: Vec<Pair>,
    /// The cameras of timelines.
    pub lineup: Lineup,
    /// Steps of all timelines in memory.
    pub steps: usize,
    /// Whether lines of any time are expected, so that every record gets a timeline.
    pub all_timelines: bool,
    /// Counts batches.
    batch: u64,
    pub signs: SignsOfLife,
    /// Decisions of people about sightings.
    pub reviews: Reviews,
}

impl Cache {
    /// Reads the parts that do not grow with the roll. `capacity` is the number of students and records to keep.
    pub(crate) fn load(conn: &Connection, capacity: usize) -> Result<Self> {
        let settings = settings::load(conn)?;
        Ok(Self {
            capacity,
            version: Store::data_version(conn)?,
            revision: settings::revision(conn)?,
            policy: records::policy_id(conn, &settings.policy)?,
            tombstones: erasure::any(conn)?.then(|| erasure::key(conn)).transpose()?,
            settings,
            timetable: Timetable::new(schedule::occurrences(conn, ALWAYS..=OPEN_END)?),
            students: FxHashMap::default(),
            former: former(conn)?,
            has_sent_aliases: aliases::any_sent(conn)?,
            spellings: None,
            cameras: KnownCameras { by_name: FxHashMap::default(), by_id: cameras::by_id(conn)? },
            records: Records::default(),
            dirty: Vec::new(),
            lineup: Lineup::default(),
            steps: 0,
            all_timelines: false,
            batch: 0,
            signs: SignsOfLife::default(),
            reviews: reviews::all(conn)?,
        })
    }

    /// Reads stale parts again, and returns whether another process had changed anything. Called within each
    /// write transaction.
    pub(crate) fn refresh(&mut self, conn: &Connection) -> Result<bool> {
        let version = Store::data_version(conn)?;
        let changed = version != self.version;
        if changed {
            Store::refuse_migrated(conn)?;
            let revision = settings::revision(conn)?;
            if revision != self.revision {
                *self = Self::load(conn, self.capacity)?;
            }
            self.forget_records();
            self.version = version;
        }
        Ok(changed)
    }

    /// The watermark: recognitions before it were pruned.
    pub(crate) fn watermark(&self) -> Option<Instant> {
        self.revision.watermark
    }

    /// The student that the text of a line refers to at an instant: by code, by a code that differs only in case, or by
    /// an alias. A code whose student is not on the roll then gives way to an alias whose holder is.
    fn student(&mut self, conn: &Connection, text: &str, at: Instant) -> Result<Option<Named>> {
        let holds = |enrolled: &Enrolled| enrolled.enrolment.holds(at);
        if let Some(Meaning::Code(coded)) = self.students.get(text)
            && holds(&coded.enrolled)
        {
            return Ok(Some(coded.named()));
        }
        if !self.students.contains_key(text) {
            self.read_meaning(conn, text)?;
        }
        let named = match self.students.get_mut(text) {
            Some(Meaning::Code(coded)) if holds(&coded.enrolled) => Some(coded.named()),
            Some(Meaning::Code(coded)) => {
                let holders = match &mut coded.holders {
                    Some(known) => known,
                    none => none.insert(Holders::read(conn, text)?),
                };
                let holder = holders.named(conn, text, at, holds)?;
                holder.or_else(|| Some(coded.named()))
            }
            Some(Meaning::Alias(holders)) => holders.named(conn, text, at, |_| true)?,
            None => None,
        };
        self.has_sent_aliases |= named.as_ref().is_some_and(|named| named.sent_alias.is_some());
        Ok(named)
    }

    fn read_meaning(&mut self, conn: &Connection, text: &str) -> Result<()> {
        let id = match students::id(conn, text)? {
            Some(id) => Some(id),
            None => self.spelled(conn, text)?,
        };
        let meaning = match id {
            Some(id) => {
                let sent = if self.has_sent_aliases { aliases::sent_before(conn, text)? } else { None };
                Meaning::Code(Coded { enrolled: Enrolled::read(conn, id)?, holders: None, sent })
            }
            None => Meaning::Alias(Holders::read(conn, text)?),
        };
        self.students.insert(text.into(), meaning);
        Ok(())
    }

    /// The student whose code differs from `text` only in case or Unicode composition. `None` if there are several.
    fn spelled(&mut self, conn: &Connection, text: &str) -> Result<Option<StudentId>> {
        let spellings = match &mut self.spellings {
            Some(spellings) => spellings,
            none => none.insert(read_spellings(conn)?),
        };
        let Some(Some(id)) = spellings.get(&hash(text)).copied() else { return Ok(None) };
        let named = students::named(conn, id)?;
        Ok(named.filter(|(code, _)| same(code, text)).map(|_| id))
    }

    /// The student whom a code named at an instant. A code that was retired later names its former student, unless that
    /// student was off the roll and the present owner was on it.
    pub(crate) fn student_at(&mut self, conn: &Connection, code: &str, at: Instant) -> Result<Option<Named>> {
        let Some(former) = self.former_at(code, at) else { return self.student(conn, code, at) };
        let then = former.student.clone().map(Named::by_code);
        let holds = |named: &Named| named.enrolled.enrolment.holds(at);
        let named = match then {
            Some(then) if holds(&then) => Some(then),
            then => self.student(conn, code, at)?.filter(holds).or(then),
        };
        Ok(named.map(|named| Named { is_shared: true, ..named }))
    }

    /// The student with whom a sighting stays that a person decided about: an alias may have changed hands since. `None`
    /// if nothing was decided about the sighting of such a line.
    pub(crate) fn decided(
        &mut self,
        conn: &Connection,
        sighting: &Sighting,
        ts: Instant,
    ) -> Result<Option<Named>> {
        if self.reviews.is_empty() {
            return Ok(None);
        }
        let Some(camera) = self.known_camera(conn, &sighting.camera)?.map(|camera| camera.id) else {
            return Ok(None);
        };
        for (SightingId { student, .. }, _) in self.reviews.at(ts, camera) {
            let kept = recognitions::find(conn, Key { ts, student, camera })?;
            let Some(sent) = kept.and_then(|kept| kept.sent_alias) else { continue };
            if aliases::text(conn, sent)?.is_some_and(|text| text == *sighting.student) {
                return Ok(Some(Named::by_alias(Enrolled::read(conn, student)?, sent)));
            }
        }
        Ok(None)
    }

    /// The student with whom a sighting was stored before the roll was edited: a line that is sent again is about the
    /// same student. `named`: the student whom the line names now.
    pub(crate) fn stored(
        &mut self,
        conn: &Connection,
        sighting: &Sighting,
        ts: Instant,
        named: Option<&Named>,
    ) -> Result<Option<Named>> {
        let text = &*sighting.student;
        let coded = match self.students.get(text) {
            Some(Meaning::Code(coded)) => Some(coded),
            _ => None,
        };
        let (sent, owner) = (coded.and_then(Coded::sent), coded.map(|coded| coded.enrolled.clone()));
        let former = self.former_at(text, ts).and_then(|former| former.student.clone());
        if owner.is_none() && former.is_none() {
            return Ok(None);
        }
        let Some(camera) = self.known_camera(conn, &sighting.camera)? else { return Ok(None) };
        let now = named.filter(|named| named.sent_alias.is_none()).map(|named| named.enrolled.clone());
        for enrolled in now.into_iter().chain(owner).chain(former) {
            let stored = recognitions::find(conn, Key { ts, student: enrolled.id, camera: camera.id })?;
            if stored.is_some_and(|kept| kept.sent_alias.is_none()) {
                return Ok(Some(Named::by_code(enrolled)));
            }
        }
        let Some(sent) = sent else { return Ok(None) };
        let holder = recognitions::holder_at(conn, ts, camera.id, sent)?;
        holder.map(|student| Ok(Named::by_alias(Enrolled::read(conn, student)?, sent))).transpose()
    }

    fn former_at(&self, code: &str, at: Instant) -> Option<&Former> {
        if self.former.is_empty() {
            return None;
        }
        self.former.get(&folded(code))?.iter().find(|former| at < former.until)
    }

    /// Reads the students of these codes in the order of the roll.
    pub(crate) fn meet<'c>(
        &mut self,
        conn: &Connection,
        codes: impl Iterator<Item = &'c str> + Clone,
    ) -> Result<()> {
        let mut strangers = sorted(codes.clone().filter(|code| !self.students.contains_key(*code)));
        if self.students.len() + strangers.len() > self.capacity {
            self.students.clear();
            strangers = sorted(codes);
        }
        strangers.into_iter().try_for_each(|code| self.read_meaning(conn, code))
    }

    /// Whether a code without a student at an instant belongs to an erased student.
    pub(crate) fn is_erased_at(&self, conn: &Connection, code: &str, at: Instant) -> Result<bool> {
        Ok(self.former_at(code, at).is_some() || self.is_erased(conn, code)?)
    }

    fn is_erased(&self, conn: &Connection, code: &str) -> Result<bool> {
        match &self.tombstones {
            Some(key) => Ok(erasure::erased_at(conn, &tombstone(key, code))?.is_some()
                || erasure::erased_alias(conn, &tombstone(key, bare(code)))?),
            None => Ok(false),
        }
    }

    /// Whether a refused line names an erased student.
    pub(crate) fn names_erased(&self, conn: &Connection, line: &[u8]) -> Result<bool> {
        if self.tombstones.is_none() {
            return Ok(false);
        }
        for code in identities(&String::from_utf8_lossy(line)) {
            if self.is_erased(conn, &code)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A camera by name. An unknown one registers itself. `None` if too many cameras are known.
    pub(crate) fn camera(
        &mut self,
        conn: &Connection,
        name: &str,
        at: Instant,
    ) -> Result<Option<Arc<KnownCamera>>> {
        if let Some(known) = self.known_camera(conn, name)? {
            return Ok(Some(known));
        }
        if cameras::count(conn)? >= self.settings.max_cameras {
            return Ok(None);
        }
        let camera = cameras::add(conn, name, at)?;
        self.cameras.insert(&camera);
        Ok(Some(camera))
    }

    /// A camera by name, if it is known.
    pub(crate) fn known_camera(&mut self, conn: &Connection, name: &str) -> Result<Option<Arc<KnownCamera>>> {
        if let Some(known) = self.cameras.by_name.get(name) {
            return Ok(Some(known.clone()));
        }
        let found = cameras::named(conn, name)?;
        found.iter().for_each(|camera| self.cameras.insert(camera));
        Ok(found)
    }

    /// Whether a camera is known already.
    pub(crate) fn knows_camera(&self, conn: &Connection, name: &str) -> Result<bool> {
        Ok(self.cameras.by_name.contains_key(name) || cameras::named(conn, name)?.is_some())
    }

    /// The records of these pairs. Unknown ones are read in the order of the pairs. Call it before any of them changes.
    pub(crate) fn open_records(
        &mut self,
        conn: &Connection,
        pairs: impl Iterator<Item = Option<Pair>> + Clone,
    ) -> Result<Vec<Option<Slot>>> {
        let known = |records: &Records| -> Vec<Option<Slot>> {
            pairs.clone().map(|pair| records.slots.get(&pair?).copied()).collect()
        };
        let unknown = |slots: &[Option<Slot>]| {
            sorted(pairs.clone().zip(slots).filter(|(_, slot)| slot.is_none()).filter_map(|(pair, _)| pair))
        };
        let mut slots = known(&self.records);
        let mut closed = unknown(&slots);
        if self.records.all.len() + closed.len() > self.capacity {
            self.forget_records();
            closed = sorted(pairs.clone().flatten());
        }
        if !closed.is_empty() {
            closed.into_iter().try_for_each(|pair| self.slot(conn, pair).map(drop))?;
            slots = known(&self.records);
        }
        Ok(slots)
    }

    /// Forgets all records, with their timelines.
    fn forget_records(&mut self) {
        self.records.clear();
        self.steps = 0;
    }

    /// The place of the record of a pair.
    pub(crate) fn slot(&mut self, conn: &Connection, pair: Pair) -> Result<Slot> {
        let begun = self.all_timelines.then_some(&self.timetable);
        self.records.slot(begun, conn, &self.cameras.by_id, pair)
    }

    /// A record so far.
    pub(crate) fn folded(&mut self, slot: Slot) -> &mut Folded {
        &mut self.records.all[slot.index()]
    }

    /// The student of a record.
    pub(crate) fn student_of(&self, slot: Slot) -> StudentId {
        self.records.all[slot.index()].pair.1
    }

    /// A record, to be changed, with the cameras of its timeline. It will be stored with its batch.
    pub(crate) fn changing(&mut self, slot: Slot) -> (&mut Folded, &mut Lineup) {
        let folded = &mut self.records.all[slot.index()];
        if !folded.dirty {
            folded.dirty = true;
            folded.batch = self.batch;
            self.dirty.push(folded.pair);
        }
        (folded, &mut self.lineup)
    }

    /// The students whose records in an occurrence are in memory without a timeline, though lines of any time are expected.
    pub(crate) fn without_timeline(&self, occurrence: OccurrenceId) -> Students {
        if !self.all_timelines {
            return Students::default();
        }
        let lacks = |enrolled: &Rc<Enrolled>| {
            let folded = self.records.find((occurrence, enrolled.id));
            folded.is_some_and(|folded| folded.timeline.is_none() && folded.policy == Some(self.policy))
        };
        let by_code = self.students.values().filter_map(|meaning| match meaning {
            Meaning::Code(coded) => Some(&coded.enrolled),
            Meaning::Alias(..) => None,
        });
        by_code.filter(|enrolled| lacks(enrolled)).map(|enrolled| (enrolled.id, enrolled.clone())).collect()
    }

    /// Keeps the timeline of a record.
    pub(crate) fn keep_timeline(&mut self, slot: Slot, timeline: Timeline) {
        let grown = timeline.len();
        let before = self.folded(slot).timeline.replace(timeline);
        self.steps = self.steps + grown - before.map_or(0, |before| before.len());
    }

    /// Drops timelines if they take too much memory: first those that this batch has not changed, then those of the
    /// occurrences that were folded last. If a batch is spread over more than fits, the others stay.
    pub(crate) fn bound_timelines(&mut self, most_steps: usize, last: impl Fn(OccurrenceId) -> bool) {
        let batch = self.batch;
        self.drop_timelines(most_steps, |_, folded| folded.batch == batch);
        self.drop_timelines(most_steps, |occurrence, _| !last(occurrence));
    }

    fn drop_timelines(&mut self, most_steps: usize, keep: impl Fn(OccurrenceId, &Folded) -> bool) {
        if self.steps <= most_steps {
            return;
        }
        for folded in &mut self.records.all {
            if !keep(folded.pair.0, folded)
                && let Some(timeline) = folded.timeline.take()
            {
                self.steps -= timeline.len();
            }
        }
    }

    /// Stores every changed record in order. Returns their number.
    pub(crate) fn save_records(&mut self, conn: &Connection) -> Result<usize> {
        let changed = self.dirty.len();
        self.dirty.sort_unstable();
        let mut touched: Vec<OccurrenceId> = self.dirty.iter().map(|(occurrence, _)| *occurrence).collect();
        touched.dedup();
        touched.into_iter().try_for_each(|occurrence| versions::touch_register(conn, occurrence))?;
        let mut writer = records::Writer::new(conn, self.policy)?;
        for pair in self.dirty.drain(..) {
            if let Some(folded) = self.records.find_mut(pair) {
                // A person may have rejected all its sightings.
                match folded.record == Record::default() {
                    true => records::remove(conn, pair.0, pair.1)?,
                    false => writer.save(pair.0, pair.1, &folded.record)?,
                }
                folded.policy = Some(self.policy);
                folded.dirty = false;
            }
        }
        self.batch += 1;
        Ok(changed)
    }
}

fn former(conn: &Connection) -> Result<FxHashMap<String, Vec<Former>>> {
    let mut former: FxHashMap<String, Vec<Former>> = FxHashMap::default();
    for FormerCode { code, until, student } in students::former_codes(conn)? {
        let student = student.map(|id| Enrolled::read(conn, id)).transpose()?;
        former.entry(folded(&code)).or_default().push(Former { until, student });
    }
    Ok(former)
}

fn read_spellings(conn: &Connection) -> Result<Spellings> {
    let mut spellings = Spellings::default();
    students::each_name(conn, |id, code, _| {
        spellings.entry(hash(code)).and_modify(|first| *first = None).or_insert(Some(id));
        Ok::<(), StoreError>(())
    })?;
    Ok(spellings)
}

fn hash(code: &str) -> u64 {
    FxBuildHasher.hash_one(folded(code))
}

/// Each entry once, sorted: on a large roll, sorted look-ups touch fewer pages.
fn sorted<W: Ord>(wanted: impl Iterator<Item = W>) -> Vec<W> {
    let mut wanted: Vec<W> = wanted.collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The index of a record in memory. Valid until all are forgotten, which happens only before a batch asks for its records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot(u32);

impl Slot {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Records in memory.
#[derive(Debug, Default)]
struct Records {
    all: Vec<Folded>,
    slots: FxHashMap<Pair, Slot>,
    /// Whether an occurrence had no stored record when the first one was asked for. All its records are then in memory, so
    /// a missing one is new and is not looked up. Holds only because `all` never loses a single entry: see `clear`.
    began_empty: FxHashMap<OccurrenceId, bool>,
}

impl Records {
    fn clear(&mut self) {
        self.all.clear();
        self.slots.clear();
        self.began_empty.clear();
    }

    fn find(&self, pair: Pair) -> Option<&Folded> {
        self.slots.get(&pair).map(|slot| &self.all[slot.index()])
    }

    fn find_mut(&mut self, pair: Pair) -> Option<&mut Folded> {
        self.slots.get(&pair).map(|slot| &mut self.all[slot.index()])
    }

    /// The record of a pair, read on first use. With a timetable, a new record begins with an empty timeline.
    fn slot(
        &mut self,
        begun: Option<&Timetable>,
        conn: &Connection,
        cameras: &CamerasById,
        pair: Pair,
    ) -> Result<Slot> {
        let vacant = match self.slots.entry(pair) {
            Entry::Occupied(entry) => return Ok(*entry.get()),
            Entry::Vacant(vacant) => vacant,
        };
        let began_empty = match self.began_empty.entry(pair.0) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(first) => *first.insert(!records::any(conn, pair.0)?),
        };
        let stored = if began_empty { None } else { records::find(conn, pair.0, pair.1, cameras)? };
        // One batch and the capacity together are far below four billion.
        let slot = Slot(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let mut folded = Folded {
            pair,
            record: Record::default(),
            policy: None,
            dirty: false,
            latest: None,
            timeline: None,
            batch: 0,
        };
        match stored {
            Some((record, policy)) => {
                folded.latest = record.seen.as_ref().map(|seen| seen.last);
                (folded.record, folded.policy) = (record, Some(policy));
            }
            // No recognition counts in it yet, so its whole timeline is known.
            None => {
                let occurrence = begun.and_then(|timetable| timetable.find(pair.0));
                folded.timeline = occurrence.map(|occurrence| Timeline::since(occurrence.opens_at));
            }
        }
        self.all.push(folded);
        Ok(*vacant.insert(slot))
    }
}
