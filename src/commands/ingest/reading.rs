//! The reading side: bytes in, parsed lines out.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender};

use super::answer::Incoming;
use crate::clock::Clock;
use crate::domain::evidence::reason::Reason;
use crate::domain::time::Instant;
use crate::wire::line::{Message, parse};
use crate::wire::reader::{Chunk, Ending, Line, LineReader};
use crate::wire::refusal::Refusal;

/// Lines that were read and parsed together.
pub(crate) struct Parsed {
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
    pub(crate) fn bytes(&self) -> u64 {
        self.chunk.bytes.len() as u64
    }

    /// Its lines.
    pub(crate) fn incoming(&self) -> impl Iterator<Item = Incoming<'_>> {
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
        // A last line without a newline is accepted if it is a whole object. Otherwise it was torn.
        Ending::Input => parse(text)
            .map_err(|refusal| if refusal.reason == Reason::Malformed { Refusal::torn() } else { refusal }),
    }
}

/// Reads until the input ends or fails, or the receiver is gone.
pub(crate) fn read_all(source: impl Read, clock: Clock, sender: &SyncSender<io::Result<Parsed>>) {
    let mut reader = LineReader::new(source);
    while let Some(chunk) = reader.next_chunk().transpose() {
        let parsed = chunk.map(|chunk| Parsed::new(chunk, clock.now()));
        let failed = parsed.is_err();
        if sender.send(parsed).is_err() || failed {
            return;
        }
    }
}

/// Waits for one chunk, then takes the chunks that are there already, up to about `room` lines. `None`
/// at the end of the input.
pub(crate) fn next_batch(
    receiver: &Receiver<io::Result<Parsed>>,
    room: usize,
) -> io::Result<Option<Vec<Parsed>>> {
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// Reads `lines` lines of `length` bytes, with this room. Returns for each batch the number of chunks and lines
    /// it has.
    fn batches(lines: usize, length: usize, room: usize) -> Vec<(usize, usize)> {
        let line = [" ".repeat(length - 1), "\n".to_owned()].concat();
        let input = line.repeat(lines);
        let (sender, receiver) = sync_channel(1000);
        read_all(input.as_bytes(), Clock::new(Some(Instant::from_micros(0))), &sender);
        drop(sender);
        let (mut batches, mut bytes) = (Vec::new(), 0);
        while let Some(batch) = next_batch(&receiver, room).unwrap() {
            batches.push((batch.len(), batch.iter().map(|parsed| parsed.incoming().count()).sum()));
            bytes += batch.iter().map(Parsed::bytes).sum::<u64>();
        }
        assert_eq!(bytes, input.len() as u64);
        batches
    }

    #[test]
    fn waiting_lines_join_a_batch_up_to_a_bound() {
        // Chunks of 64 KiB: of 1024 lines where a line has 64 bytes.
        assert_eq!(batches(1, 64, 1000), [(1, 1)]);
        assert_eq!(batches(2048, 64, 5000), [(2, 2048)], "both are waiting");
        assert_eq!(batches(3072, 64, 2048), [(2, 2048), (1, 1024)], "the room is full");
        assert_eq!(batches(4096, 64, 2049), [(3, 3072), (1, 1024)], "a chunk is not divided");
        assert_eq!(batches(15_000, 6, 1), [(1, 10_922), (1, 4078)]);
        assert_eq!(batches(0, 64, 1000), []);
    }

    #[test]
    fn an_input_error_comes_after_the_lines_read_before_it() {
        struct Failing(bool);
        impl Read for Failing {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::ErrorKind::ConnectionReset.into());
                }
                into[..2].copy_from_slice(b"x\n");
                Ok(2)
            }
        }
        let (sender, receiver) = sync_channel(10);
        read_all(Failing(false), Clock::new(Some(Instant::from_micros(0))), &sender);
        drop(sender);
        assert!(receiver.recv().unwrap().is_ok());
        assert!(next_batch(&receiver, 10).is_err());
        assert!(next_batch(&receiver, 10).unwrap().is_none(), "and it is not read again");
    }
}
