//! `attend ingest`: lines in, acks out, nothing acknowledged that is not on the disk.
//!
//! One thread reads and parses, this one decides and writes; a bounded channel between them holds the
//! runner back when the disk is slower. There are no timers: a lone line is answered at once, and
//! whatever else is waiting already goes into the same transaction.

pub mod desk;
pub mod gate;
mod known;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use self::desk::{Desk, Flow, Incoming};
use self::gate::{Gate, back_off};
use super::problem::{Kind, Problem};
use crate::clock::Clock;
use crate::domain::key::Key;
use crate::domain::time::{Instant, Span};
use crate::store::{Store, StoreError};
use crate::wire::ack::Ack;
use crate::wire::line::{Message, Refusal, parse};
use crate::wire::reader::{Chunk, Ending, Line, LineReader};

/// Lines stored in one transaction at most: a bulk ingest is as fast as it gets, and other writers
/// wait no longer than a few hundredths of a second.
const BATCH: usize = 10_000;
/// When to come back after the database was locked, and after the disk failed.
const BUSY_AGAIN: Span = Span::seconds(1);
/// See [`BUSY_AGAIN`].
const FAILED_AGAIN: Span = Span::seconds(30);
/// Chunks parsed ahead of the writer.
const AHEAD: usize = 8;

/// Which acks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// One a line.
    All,
    /// Only those of refused lines.
    Errors,
    /// None.
    None,
}

/// What `ingest` is asked to do.
#[derive(Debug)]
pub struct Request {
    /// Files to read one after the other; none: standard input.
    pub files: Vec<PathBuf>,
    /// Which acks are written.
    pub acks: Acks,
    /// The key the sender presents; a hello line may present another.
    pub key: Option<Key>,
    /// How long to wait for another writer before lines are answered with 429.
    pub max_wait: Duration,
}

/// What became of the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All lines.
    pub lines: usize,
    /// Stored and counted, and everything that is no recognition.
    pub counted: usize,
    /// Known already.
    pub duplicates: usize,
    /// Stored, but not counted.
    pub not_counted: usize,
    /// Kept in quarantine for the roll to change.
    pub quarantined: usize,
    /// Refused.
    pub refused: usize,
    /// Not stored, to be sent again.
    pub put_off: usize,
    /// The sender may not send, so nothing more was read.
    pub turned_away: bool,
}

impl Tally {
    fn add(&mut self, ack: &Ack) {
        self.lines += 1;
        *match (ack.status, ack.duplicate) {
            (200, Some(true)) => &mut self.duplicates,
            (200, _) => &mut self.counted,
            (202, Some(_)) => &mut self.not_counted,
            (202, None) => &mut self.quarantined,
            (429 | 503, _) => &mut self.put_off,
            _ => &mut self.refused,
        } += 1;
        self.turned_away |= ack.status == 401;
    }
}

/// Lines that were read and parsed together.
struct Parsed {
    chunk: Chunk,
    messages: Vec<Result<Message, Refusal>>,
    arrived: Instant,
}

/// Reads every input to its end, or until the sender is turned away. `acks` gets the acks; `progress`
/// hears how many bytes are stored.
///
/// # Errors
/// An input that cannot be read, acks that nobody takes, and a disk that fails or is full.
pub fn run(
    store: &mut Store,
    request: Request,
    clock: Clock,
    acks: &mut dyn Write,
    progress: &dyn Fn(u64),
) -> Result<Tally> {
    store.wait_at_most(request.max_wait)?;
    let mut stream = Stream {
        desk: Desk::new(store, Gate::new(request.key)),
        wanted: request.acks,
        clock,
        out: Vec::new(),
        tally: Tally::default(),
        bytes: 0,
    };
    if request.files.is_empty() {
        stream.drain(io::stdin(), "standard input", None, acks, progress)?;
    }
    for path in &request.files {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        if stream.drain(file, &name, Some(&name), acks, progress)? == Flow::Stop {
            break;
        }
    }
    Ok(stream.tally)
}

/// The writing side.
struct Stream<'s> {
    desk: Desk<'s>,
    wanted: Acks,
    clock: Clock,
    /// Acks of the batch in hand, written once it is committed.
    out: Vec<u8>,
    tally: Tally,
    bytes: u64,
}

impl Stream<'_> {
    fn drain(
        &mut self,
        source: impl Read + Send + 'static,
        name: &str,
        file: Option<&str>,
        acks: &mut dyn Write,
        progress: &dyn Fn(u64),
    ) -> Result<Flow> {
        let (sender, receiver) = sync_channel(AHEAD);
        let clock = self.clock;
        // Not joined: a reader that waits for input must not keep a failed writer from ending.
        thread::spawn(move || read_all(source, clock, &sender));
        while let Some(batch) =
            next_batch(&receiver).with_context(|| format!("cannot read {name}"))?
        {
            let stored = self.store(&batch, file);
            acks.write_all(&self.out)
                .and_then(|()| acks.flush())
                .map_err(|error| undelivered(&error))?;
            if stored? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            self.bytes += batch
                .iter()
                .map(|parsed| parsed.chunk.bytes.len() as u64)
                .sum::<u64>();
            progress(self.bytes);
        }
        Ok(Flow::Continue)
    }

    /// Stores a batch and makes its acks; those of a batch that could not be stored say so.
    fn store(&mut self, batch: &[Parsed], file: Option<&str>) -> Result<Flow, StoreError> {
        let lines: Vec<Incoming> = batch.iter().flat_map(Parsed::incoming).collect();
        let now = self.clock.now();
        let mut answers = Answers {
            wanted: self.wanted,
            file,
            out: Vec::new(),
            tally: self.tally,
        };
        let stored = self.desk.process(&lines, now, |ack| answers.add(ack));
        let refusal = stored.as_ref().err().and_then(not_stored);
        if let Some(refusal) = &refusal {
            (answers.out, answers.tally) = (Vec::new(), self.tally);
            lines.iter().for_each(|line| {
                answers.add(Ack {
                    line: line.number,
                    ..Ack::refused(refusal)
                });
            });
        }
        (self.out, self.tally) = (answers.out, answers.tally);
        match stored {
            Err(StoreError::Busy) => Ok(Flow::Continue),
            stored => stored,
        }
    }
}

/// The acks of a batch, kept until it is committed.
struct Answers<'a> {
    wanted: Acks,
    file: Option<&'a str>,
    out: Vec<u8>,
    tally: Tally,
}

impl Answers<'_> {
    fn add(&mut self, ack: Ack) {
        self.tally.add(&ack);
        if self.wanted == Acks::All || self.wanted == Acks::Errors && ack.is_error() {
            Ack {
                file: self.file,
                ..ack
            }
            .write_to(&mut self.out);
        }
    }
}

/// What the lines of a batch that could not be stored are told, where they may be sent again.
fn not_stored(error: &StoreError) -> Option<Refusal> {
    let (status, reason, after) = match error {
        StoreError::Busy => (429, "busy", BUSY_AGAIN),
        StoreError::DiskFull => (503, "disk_full", FAILED_AGAIN),
        StoreError::Io(_) | StoreError::ReadOnly(_) | StoreError::Damaged(_) => {
            (503, "io_error", FAILED_AGAIN)
        }
        _ => return None,
    };
    Some(Refusal {
        retry_after_ms: Some(back_off(after)),
        ..Refusal::new(status, reason, None, error.to_string())
    })
}

fn undelivered(error: &io::Error) -> anyhow::Error {
    let problem = Problem::new(
        Kind::Undelivered,
        format!("acks could not be delivered: {error}"),
    )
    .hint("what was acknowledged is stored; sending the rest again is safe");
    anyhow::Error::new(problem)
}

impl Parsed {
    fn new(chunk: Chunk, arrived: Instant) -> Self {
        let messages = chunk
            .lines
            .iter()
            .map(|line| read(line, &chunk.bytes))
            .collect();
        Self {
            chunk,
            messages,
            arrived,
        }
    }

    fn incoming(&self) -> impl Iterator<Item = Incoming<'_>> {
        self.chunk
            .lines
            .iter()
            .zip(&self.messages)
            .map(|(line, message)| Incoming {
                number: line.number,
                arrived: self.arrived,
                raw: &self.chunk.bytes[line.place.clone()],
                message,
            })
    }
}

fn read(line: &Line, bytes: &[u8]) -> Result<Message, Refusal> {
    let text = &bytes[line.place.clone()];
    match line.ending {
        Ending::TooLong => Err(Refusal::too_long()),
        Ending::Newline => parse(text),
        // A whole object without a newline is whole; anything less was torn off.
        Ending::Input => parse(text).map_err(|refusal| {
            if refusal.status == 400 {
                Refusal::torn()
            } else {
                refusal
            }
        }),
    }
}

/// The reading side: ends with the input, with an error, or when nobody listens any more.
fn read_all(source: impl Read, clock: Clock, sender: &SyncSender<io::Result<Parsed>>) {
    let mut reader = LineReader::new(source);
    while let Some(chunk) = reader.next_chunk().transpose() {
        let parsed = chunk.map(|chunk| Parsed::new(chunk, clock.now()));
        let failed = parsed.is_err();
        if sender.send(parsed).is_err() || failed {
            return;
        }
    }
}

/// Waits for one chunk, then takes what else is there already; `None` at the end of the input.
fn next_batch(receiver: &Receiver<io::Result<Parsed>>) -> io::Result<Option<Vec<Parsed>>> {
    let Ok(first) = receiver.recv() else {
        return Ok(None);
    };
    let mut batch = vec![first?];
    let mut lines = batch[0].messages.len();
    while lines < BATCH
        && let Ok(next) = receiver.try_recv()
    {
        let next = next?;
        lines += next.messages.len();
        batch.push(next);
    }
    Ok(Some(batch))
}
