//! The reading side: bytes in, parsed lines out.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender};

use super::desk::Incoming;
use crate::clock::Clock;
use crate::domain::time::Instant;
use crate::wire::line::{Message, Refusal, parse};
use crate::wire::reader::{Chunk, Ending, Line, LineReader};

/// Lines that were read and parsed together.
pub struct Parsed {
    chunk: Chunk,
    messages: Vec<Result<Message, Refusal>>,
    arrived: Instant,
}

impl Parsed {
    fn new(chunk: Chunk, arrived: Instant) -> Self {
        let messages = chunk.lines.iter().map(|line| read(line, &chunk.bytes)).collect();
        Self { chunk, messages, arrived }
    }

    /// How many bytes of input they were.
    pub fn bytes(&self) -> u64 {
        self.chunk.bytes.len() as u64
    }

    /// Its lines.
    pub fn incoming(&self) -> impl Iterator<Item = Incoming<'_>> {
        self.chunk.lines.iter().zip(&self.messages).map(|(line, message)| Incoming {
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
        Ending::Input => {
            parse(text).map_err(|refusal| if refusal.status == 400 { Refusal::torn() } else { refusal })
        }
    }
}

/// Reads until the input ends or fails, or until nobody listens any more.
pub fn read_all(source: impl Read, clock: Clock, sender: &SyncSender<io::Result<Parsed>>) {
    let mut reader = LineReader::new(source);
    while let Some(chunk) = reader.next_chunk().transpose() {
        let parsed = chunk.map(|chunk| Parsed::new(chunk, clock.now()));
        let failed = parsed.is_err();
        if sender.send(parsed).is_err() || failed {
            return;
        }
    }
}

/// Waits for one chunk, then takes what else is there already, up to `room` lines and those of a chunk; `None`
/// at the end of the input.
pub fn next_batch(receiver: &Receiver<io::Result<Parsed>>, room: usize) -> io::Result<Option<Vec<Parsed>>> {
    let Ok(first) = receiver.recv() else {
        return Ok(None);
    };
    let mut batch = vec![first?];
    let mut lines = batch[0].messages.len();
    while lines < room
        && let Ok(next) = receiver.try_recv()
    {
        let next = next?;
        lines += next.messages.len();
        batch.push(next);
    }
    Ok(Some(batch))
}
