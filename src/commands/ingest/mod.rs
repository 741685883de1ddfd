//! `attend ingest`: lines in, acks out. A line is acknowledged only when it is on the disk.
//!
//! Three threads work with bounded channels between them, which slow down a fast runner: one reads and
//! parses ([`reading`]), this one decides and writes ([`batch`]), one writes the acks ([`answering`]).
//! There are no timers. A lone line is answered at once, and lines that are already waiting go
//! into the same transaction. After late lines, those that come at once join it, too.

pub(crate) mod answer;
mod answering;
pub(crate) mod batch;
mod cache;
mod folding;
mod gate;
mod placing;
mod reading;
mod signs;

pub(crate) use placing::fingerprint;

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use self::answer::{Answer, Flow, Incoming};
use self::answering::{Answered, Taken, answer_all};
use self::batch::BatchWriter;
use self::gate::{Gate, back_off};
use self::reading::{Parsed, Queue, Source, read_all};
use super::problem::{Kind, Problem};
use crate::clock::Clock;
use crate::domain::evidence::key::Key;
use crate::domain::evidence::reason::Reason;
use crate::domain::time::Span;
use crate::failure::{Context, Failure, Result};
use crate::store::{Store, StoreError};
use crate::wire::refusal::Refusal;

pub use self::answering::{Acks, Tally};
pub use self::batch::Limits;

/// Chunks parsed ahead of the writer, enough for a batch of scattered lines.
const PARSED_AHEAD: usize = 96;
/// Bytes of input in one batch of several rounds, to within a round. 165,000 usual lines have 24 MiB.
const BATCH_BYTES: u64 = 32 << 20;
/// Stored batches that wait for the thread that writes acks, besides the one that it is writing. Acks are faster than
/// stored batches, and a large batch takes 13 MiB of memory.
const ANSWERED_AHEAD: usize = 0;
/// The wait after the database was locked.
const BUSY_AGAIN: Span = Span::seconds(1);
/// The wait after the disk failed.
const FAILED_AGAIN: Span = Span::seconds(30);

/// Options of `ingest`.
#[derive(Debug)]
pub struct Request {
    /// Files to read one after the other. Empty: standard input.
    pub files: Vec<PathBuf>,
    /// Which acks are written.
    pub acks: Acks,
    /// The key of the sender. A hello line may present another.
    pub key: Option<Key>,
    /// How long to wait for another writer before lines are answered with 429.
    pub max_wait: Duration,
    /// The most that is handled at once.
    pub limits: Limits,
}

/// Reads every input to its end, or until the sender is refused. `acks` gets the acks, and `progress`
/// the number of bytes read so far.
///
/// # Errors
/// An input cannot be read, the acks cannot be written, or the disk fails or is full.
pub fn run(
    store: &mut Store,
    request: Request,
    clock: Clock,
    acks: &mut (dyn Write + Send),
    progress: &dyn Fn(u64),
) -> Result<Tally> {
    store.wait_at_most(request.max_wait)?;
    store.trust_identities()?;
    let wanted = request.acks;
    thread::scope(|scope| {
        let (answered, answers) = sync_channel(ANSWERED_AHEAD);
        let answering = scope.spawn(move || answer_all(&answers, wanted, acks));
        let writer = BatchWriter::new(store, Gate::new(request.key), request.limits);
        let mut stream = Stream { writer, clock, answered, bytes: 0 };
        let stored = stream.drain_all(&request.files, progress);
        // Waits until the remaining acks are written, before an error is printed.
        drop(stream);
        let answered = answering.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let tally = answered.map_err(|error| undelivered(&error))?;
        stored.map(|()| tally)
    })
}

/// The deciding and writing side.
struct Stream<'s> {
    writer: BatchWriter<'s>,
    clock: Clock,
    answered: SyncSender<Answered>,
    /// Bytes of input so far.
    bytes: u64,
}

impl Stream<'_> {
    fn drain_all(&mut self, files: &[PathBuf], progress: &dyn Fn(u64)) -> Result<()> {
        if files.is_empty() {
            self.drain(io::stdin(), "standard input", None, progress)?;
        }
        for path in files {
            let name = path.display().to_string();
            let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
            if self.drain(file, &name, Some(&name), progress)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    fn drain(
        &mut self,
        source: impl Source + Send + 'static,
        name: &str,
        file: Option<&str>,
        progress: &dyn Fn(u64),
    ) -> Result<Flow> {
        let (sender, receiver) = sync_channel(PARSED_AHEAD);
        let clock = self.clock;
        // Not joined: a reader that waits for input must not keep a failed writer from ending.
        thread::spawn(move || read_all(source, clock, &sender));
        let mut queue = Queue::new(receiver);
        while let Some(round) = queue.next(self.writer.room).with_context(|| format!("cannot read {name}"))? {
            let mut taken = Taken::default();
            let (answers, flow) = match self.store(round, &mut queue, &mut taken) {
                Ok((answers, flow)) => (answers, Ok(flow)),
                Err(error) => unstored(error, taken.asked.len()),
            };
            if self.answered.send(Answered { taken, answers, file: file.map(str::to_owned) }).is_err() {
                return Ok(Flow::Stop); // The acks have no reader. The answering thread reports the error.
            }
            progress(self.bytes);
            if flow? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    /// Stores lines, with those that come at once if the batch has room for them. Returns the answers. All of the lines
    /// are noted as `taken`, also if they cannot be stored.
    fn store(
        &mut self,
        mut round: Vec<Parsed>,
        queue: &mut Queue,
        taken: &mut Taken,
    ) -> Result<(Vec<Answer>, Flow), StoreError> {
        let before = self.bytes;
        self.note(&mut round, taken);
        let mut batch = match self.writer.begin() {
            Err(StoreError::Busy) => {
                self.writer.hear(round.iter().flat_map(Parsed::incoming));
                return Err(StoreError::Busy);
            }
            begun => begun?,
        };
        loop {
            let lines: Vec<Incoming> = round.iter().flat_map(Parsed::incoming).collect();
            let flow = self.writer.place(&mut batch, &lines, self.clock.now())?;
            drop(lines);
            if flow == Flow::Stop || batch.room() == 0 || self.bytes - before >= BATCH_BYTES {
                taken.spent = round;
                return Ok((self.writer.store(batch)?, flow));
            }
            // From here on only its places are kept.
            round.clear();
            round = queue.at_once(batch.room().min(self.writer.room));
            if round.is_empty() {
                return Ok((self.writer.store(batch)?, flow));
            }
            self.note(&mut round, taken);
        }
    }

    /// Counts the bytes of a round, and takes what its acks repeat.
    fn note(&mut self, round: &mut [Parsed], taken: &mut Taken) {
        for parsed in round {
            self.bytes += parsed.bytes();
            taken.asked.append(&mut parsed.asked);
        }
    }
}

/// The answers to lines that could not be stored, and whether the stream continues.
fn unstored(error: StoreError, lines: usize) -> (Vec<Answer>, Result<Flow, StoreError>) {
    let Some(refusal) = not_stored(&error) else {
        return (Vec::new(), Err(error));
    };
    let answers = vec![Answer::Refused(Box::new(refusal)); lines];
    match error {
        // A lock may be free by the next batch. A failed disk stays failed.
        StoreError::Busy => (answers, Ok(Flow::Continue)),
        error => (answers, Err(error)),
    }
}

/// The refusal for the lines of a batch that could not be stored, if they may be sent again.
fn not_stored(error: &StoreError) -> Option<Refusal> {
    let (reason, after) = match error {
        StoreError::Busy => (Reason::Busy, BUSY_AGAIN),
        StoreError::DiskFull => (Reason::DiskFull, FAILED_AGAIN),
        StoreError::Gone { .. } | StoreError::Migrated { .. } => (Reason::DatabaseGone, FAILED_AGAIN),
        StoreError::Io(_) | StoreError::ReadOnly(_) | StoreError::Damaged(_) => {
            (Reason::IoError, FAILED_AGAIN)
        }
        _ => return None,
    };
    let detail = match error {
        // A runner need not know where the school keeps its database.
        StoreError::Gone { .. } => reason.meaning().to_owned(),
        error => error.to_string(),
    };
    Some(Refusal { retry_after_ms: Some(back_off(after)), ..Refusal::new(reason, None, detail) })
}

fn undelivered(error: &io::Error) -> Failure {
    let message = format!("acks could not be delivered: {error}");
    let hint = "acknowledged lines are stored; sending the rest again is safe";
    Problem::new(Kind::Undelivered, message).hint(hint).into()
}
