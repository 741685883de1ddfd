//! Takes a batch of lines in one transaction.
//!
//! Lines may arrive late, twice or shuffled. Records do not depend on the order of arrival. Neither records nor acks
//! depend on the batches that lines fall into. [`placing`](super::placing) finds the subject of a line.
//! [`folding`](super::folding) stores it and merges it into its record.

use super::answer::{Answer, Flow, Incoming};
use super::cache::Cache;
use super::folding::Folder;
use super::gate::Gate;
use super::placing::Placer;
use crate::domain::time::Instant;
use crate::store::evidence::quarantine;
use crate::store::{Result, Store};
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
    /// The same if those lines came late. Each page between older recognitions is then written once for several lines.
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
            batch_late: 62_000,
            timelines: 3_000_000,
            cached: 50_000,
        }
    }
}

/// Decides and stores.
pub(crate) struct BatchWriter<'s> {
    store: &'s Store,
    known: Option<Cache>,
    gate: Gate,
    limits: Limits,
    /// The most lines of the next batch, to within a chunk.
    pub(crate) room: usize,
    /// Whether the log may grow long.
    long_log: bool,
    /// Whether refused lines go into quarantine. Retried lines are there already.
    keep_refused: bool,
}

impl<'s> BatchWriter<'s> {
    /// A writer behind a gate.
    pub(crate) fn new(store: &'s Store, gate: Gate, limits: Limits) -> Self {
        Self { store, known: None, gate, limits, room: limits.batch, long_log: false, keep_refused: true }
    }

    /// A writer for retried quarantine lines. The caller needs no key, and a line that is refused again stays
    /// in quarantine.
    pub(crate) fn for_retry(store: &'s Store) -> Self {
        Self { keep_refused: false, ..Self::new(store, Gate::Open, Limits::default()) }
    }

    /// Takes the keys from a batch that could not be stored. Later lines are judged by them, so that a
    /// busy database does not look like a wrong key.
    pub(crate) fn hear(&mut self, batch: &[Incoming]) {
        for incoming in batch {
            if let Ok(Message::Hello { key }) = incoming.message {
                self.gate.present(key);
            }
        }
    }

    /// Stores a batch in one transaction. It returns one answer for each line, up to the first whose sender
    /// may not send. The answers are durable once this returns. After an error nothing of the batch is stored. `now`
    /// is used to judge keys, limits and lines from the future.
    pub(crate) fn process(&mut self, batch: &[Incoming], now: Instant) -> Result<(Vec<Answer>, Flow)> {
        // Stays so if this batch fails, mostly because another process writes.
        self.room = self.limits.batch;
        let tx = self.store.begin()?;
        // Taken out while it changes, because after an error its content is unreliable.
        let (mut known, alone) = match self.known.take() {
            Some(mut known) => {
                let others_wrote = known.refresh(&tx)?;
                (known, !others_wrote)
            }
            None => (Cache::load(&tx, self.limits.cached)?, false),
        };
        let mut placer = Placer::new(&tx, &mut known, &mut self.gate, now, self.keep_refused)?;
        let (places, flow) = placer.place_all(batch)?;
        placer.leave()?;
        let (answers, late) = Folder::new(&tx, &mut known, self.limits.timelines).store_all(&places)?;
        let changed = known.save_records(&tx)?;
        let zone = known.settings.zone;
        known.signs.save(&tx, zone)?;
        quarantine::trim(&tx, known.settings.quarantine_limit)?;
        tx.commit()?;
        // Lines are acknowledged only if the path still leads to this database.
        self.store.check_place()?;
        let bulk = alone && batch.len() >= self.limits.batch;
        known.all_timelines = bulk && late * 4 > batch.len();
        let scattered = bulk && changed * 2 > batch.len();
        if known.all_timelines {
            self.room = self.limits.batch_late;
        } else if scattered {
            self.room = self.limits.batch_scattered;
        } else if bulk {
            self.room = self.limits.batch_alone;
        }
        self.keep_log(known.all_timelines || scattered);
        self.known = Some(known);
        Ok((answers, flow))
    }

    /// Lets the log grow long if the next lines may touch pages all over the database.
    fn keep_log(&mut self, long: bool) {
        if long != self.long_log {
            self.store.keep_long_log(long);
            self.long_log = long;
        }
    }
}
