//! `attend ingest`: lines in, acks out, nothing acknowledged that is not on the disk.
//!
//! One thread reads and parses, this one decides and writes; a bounded channel between them holds the
//! runner back when the disk is slower. There are no timers: a lone line is answered at once, and
//! whatever else is waiting already goes into the same transaction.

mod desk;
mod known;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context, Result};

use self::desk::{Desk, Incoming};
use super::problem::{Kind, Problem};
use crate::clock::Clock;
use crate::domain::time::Instant;
use crate::store::Store;
use crate::wire::ack::Ack;
use crate::wire::line::{Message, Refusal, parse};
use crate::wire::reader::{Chunk, Ending, Line, LineReader};

/// Lines stored in one transaction at most: a bulk ingest is as fast as it gets, and other writers
/// wait no longer than a few hundredths of a second.
const BATCH: usize = 10_000;
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
    /// Who sends, for the quarantine.
    pub runner: String,
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
}

impl Tally {
    fn add(&mut self, ack: &Ack) {
        self.lines += 1;
        *match (ack.status, ack.duplicate) {
            (200, Some(true)) => &mut self.duplicates,
            (200, _) => &mut self.counted,
            (202, Some(_)) => &mut self.not_counted,
            (202, None) => &mut self.quarantined,
            _ => &mut self.refused,
        } += 1;
    }
}

/// Lines that were read and parsed together.
struct Parsed {
    chunk: Chunk,
    messages: Vec<Result<Message, Refusal>>,
    arrived: Instant,
}

/// Reads every input to its end. `acks` gets the acks; `progress` hears how many bytes are stored.
pub fn run(
    store: &Store,
    request: &Request,
    clock: Clock,
    acks: &mut dyn Write,
    progress: &dyn Fn(u64),
) -> Result<Tally> {
    let mut stream = Stream {
        desk: Desk::new(store, &request.runner),
        acks: request.acks,
        out: Vec::new(),
        tally: Tally::default(),
        bytes: 0,
    };
    if request.files.is_empty() {
        stream.drain(io::stdin(), "standard input", None, clock, acks, progress)?;
    }
    for path in &request.files {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
        stream.drain(file, &name, Some(&name), clock, acks, progress)?;
    }
    Ok(stream.tally)
}

/// The writing side.
struct Stream<'s> {
    desk: Desk<'s>,
    acks: Acks,
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
        clock: Clock,
        acks: &mut dyn Write,
        progress: &dyn Fn(u64),
    ) -> Result<()> {
        let (sender, receiver) = sync_channel(AHEAD);
        // Not joined: a reader that waits for input must not keep a failed writer from ending.
        thread::spawn(move || read_all(source, clock, &sender));
        while let Some(batch) =
            next_batch(&receiver).with_context(|| format!("cannot read {name}"))?
        {
            self.store(&batch, file)?;
            acks.write_all(&self.out)
                .and_then(|()| acks.flush())
                .map_err(undelivered)?;
            self.bytes += batch
                .iter()
                .map(|parsed| parsed.chunk.bytes.len() as u64)
                .sum::<u64>();
            progress(self.bytes);
        }
        Ok(())
    }

    fn store(&mut self, batch: &[Parsed], file: Option<&str>) -> Result<()> {
        let lines: Vec<Incoming> = batch.iter().flat_map(Parsed::incoming).collect();
        self.out.clear();
        let (wanted, out) = (self.acks, &mut self.out);
        let mut tally = self.tally;
        self.desk.process(&lines, |ack| {
            tally.add(&ack);
            if wanted == Acks::All || wanted == Acks::Errors && ack.is_error() {
                Ack { file, ..ack }.write_to(out);
            }
        })?;
        self.tally = tally;
        Ok(())
    }
}

fn undelivered(error: io::Error) -> anyhow::Error {
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
