//! Takes a batch of lines in one transaction.
//!
//! Lines may arrive late, twice or shuffled. Records do not depend on the order of arrival. Neither records nor acks
//! depend on the batches that lines fall into. [`placing`](super::placing) finds the subject of a line.
//! [`folding`](super::folding) stores it and merges it into its record.

use super::answer::{Answer, Flow, Incoming};
use super::cache::Cache;
use super::folding::Folder;
use super::gate::Gate;
use super::placing::{Place, Placer};
use crate::domain::time::Instant;
use crate::store::evidence::quarantine;
use crate::store::{Result, Store, Transaction};
use crate::wire::line::Message;

/// The most that a stream handles at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lines in one transaction. Other writers wait a few hundredths of a second for it.
    pub batch: usize,
    /// Lines in the next one after a full batch, if no other process has committed since the batch before. Each record is
    /// then written once for more lines.
    pub batch_alone: usize,
    /// The same if those lines rarely shared a record. Each page of records is then written once for several lines.
    pub batch_scattered: usize,
    /// Lines in the next one if those came late, as long as more come at once. Each page between older recognitions is
    /// then written once for several lines.
    pub batch_late: usize,
    /// Recognitions of timelines in memory: 48 MiB, those of a large school's day.
    pub timelines: usize,
    /// Students and records in memory, unless one batch needs more.
    pub cached: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 10_000,
            batch_alone: 30_000,
            batch_scattered: 45_000,
            batch_late: 165_000,
            timelines: 3_000_000,
            cached: 50_000,
        }
    }
}

/// A batch that is not stored yet.
pub(crate) struct Batch<'s> {
    tx: Transaction<'s>,
    known: Cache,
    /// Whether no other process has committed since the batch before.
    alone: bool,
    /// The most lines, to within a chunk. 0: only those of one round.
    room: usize,
    places: Vec<Place>,
}

impl Batch<'_> {
    /// How many more lines it has room for.
    pub(crate) fn room(&self) -> usize {
        self.room.saturating_sub(self.places.len())
    }
}

/// Decides and stores.
pub(crate) struct BatchWriter<'s> {
    store: &'s Store,
    known: Option<Cache>,
    gate: Gate,
    limits: Limits,
    /// The most lines of the next round, to within a chunk.
    pub(crate) room: usize,
    /// The most lines of the next batch, if it may have several rounds.
    room_late: usize,
    /// Whether the log may grow long.
    long_log: bool,
    /// Whether refused lines go into quarantine. Retried lines are there already.
    keep_refused: bool,
}

impl<'s> BatchWriter<'s> {
    /// A writer behind a gate.
    pub(crate) fn new(store: &'s Store, gate: Gate, limits: Limits) -> Self {
        Self {
            store,
            known: None,
            gate,
            limits,
            room: limits.batch,
            room_late: 0,
            long_log: false,
            keep_refused: true,
        }
    }

    /// A writer for retried quarantine lines. The caller needs no key, and a line that is refused again stays
    /// in quarantine.
    pub(crate) fn for_retry(store: &'s Store) -> Self {
        Self { keep_refused: false, ..Self::new(store, Gate::Open, Limits::default()) }
    }

    /// Takes the keys from lines that could not be stored. Later lines are judged by them, so that a
    /// busy database does not look like a wrong key.
    pub(crate) fn hear<'i>(&mut self, lines: impl Iterator<Item = Incoming<'i>>) {
        for incoming in lines {
            if let Ok(Message::Hello { key }) = incoming.message {
                self.gate.present(key);
            }
        }
    }

    /// Stores lines in one transaction. It returns one answer for each line, up to the first whose sender may not
    /// send. After an error nothing of them is stored.
    pub(crate) fn process(&mut self, lines: &[Incoming], now: Instant) -> Result<Vec<Answer>> {
        let mut batch = self.begin()?;
        self.place(&mut batch, lines, now)?;
        self.store(batch)
    }

    /// Begins a batch in a transaction of its own.
    pub(crate) fn begin(&mut self) -> Result<Batch<'s>> {
        // Stays so if this batch fails, mostly because another process writes.
        self.room = self.limits.batch;
        let room_late = std::mem::take(&mut self.room_late);
        let tx = self.store.begin()?;
        // Taken out while it changes, because after an error its content is unreliable.
        let (known, alone) = match self.known.take() {
            Some(mut known) => {
                let others_wrote = known.refresh(&tx)?;
                (known, !others_wrote)
            }
            None => (Cache::load(&tx, self.limits.cached)?, false),
        };
        Ok(Batch { tx, known, alone, room: if alone { room_late } else { 0 }, places: Vec::new() })
    }

    /// Adds lines to a batch, up to the first whose sender may not send. `now` is used to judge keys, limits and lines
    /// from the future.
    pub(crate) fn place(&mut self, batch: &mut Batch, lines: &[Incoming], now: Instant) -> Result<Flow> {
        let Batch { tx, known, places, .. } = batch;
        let mut placer = Placer::new(tx, known, &mut self.gate, now, self.keep_refused)?;
        let flow = placer.place_all(lines, places)?;
        placer.leave()?;
        Ok(flow)
    }

    /// Stores a batch. It returns one answer for each line, up to the first whose sender may not send. The answers are
    /// durable once this returns. After an error nothing of the batch is stored.
    pub(crate) fn store(&mut self, batch: Batch) -> Result<Vec<Answer>> {
        let Batch { tx, mut known, alone, places, .. } = batch;
        let (answers, late) = Folder::new(&tx, &mut known, self.limits.timelines).store_all(&places)?;
        let changed = known.save_records(&tx)?;
        let zone = known.settings.zone;
        known.signs.save(&tx, zone)?;
        quarantine::trim(&tx, known.settings.quarantine_limit)?;
        tx.commit()?;
        // Lines are acknowledged only if the path still leads to this database.
        self.store.check_place()?;
        let bulk = alone && places.len() >= self.limits.batch;
        known.all_timelines = bulk && late * 4 > places.len();
        let scattered = bulk && changed * 2 > places.len();
        if scattered {
            self.room = self.limits.batch_scattered;
        } else if bulk {
            self.room = self.limits.batch_alone;
        }
        if known.all_timelines && !scattered {
            self.room_late = self.limits.batch_late;
        }
        self.keep_log(known.all_timelines || scattered);
        self.known = Some(known);
        Ok(answers)
    }

    /// Lets the log grow long if the next lines may touch pages all over the database.
    fn keep_log(&mut self, long: bool) {
        if long != self.long_log {
            self.store.keep_long_log(long);
            self.long_log = long;
        }
    }
}
