//! The reading side: bytes in, parsed lines out.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, SyncSender};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answer::{Asked, Incoming};
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
    /// The parts of its lines that the acks repeat.
    pub(crate) asked: Vec<Asked>,
    arrived: Instant,
    /// Whether more of the input was there already, so that another chunk or the end follows without a wait.
    goes_on: bool,
}

impl Parsed {
    fn new(chunk: Chunk, arrived: Instant, goes_on: bool) -> Self {
        let messages: Vec<_> = chunk.lines.iter().map(|line| read(line, &chunk.bytes)).collect();
        let asked = chunk.lines.iter().zip(&messages).map(|(line, message)| Asked::by(line.number, message));
        Self { asked: asked.collect(), chunk, messages, arrived, goes_on }
    }

    /// How many bytes of input they were.
    pub(crate) fn bytes(&self) -> u64 {
        self.chunk.bytes.len() as u64
    }

    /// Its lines.
    pub(crate) fn incoming(&self) -> impl Iterator<Item = Incoming<'_>> {
        self.chunk.lines.iter().zip(&self.messages).map(|(line, message)| Incoming {
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

/// An input of lines.
pub(crate) trait Source: Read {
    /// Whether a read would return at once.
    fn is_ready(&self) -> bool;
}

/// A file, a pipe or a terminal.
impl<F: Read + AsFd> Source for F {
    fn is_ready(&self) -> bool {
        let mut input = [PollFd::new(self, PollFlags::IN)];
        poll(&mut input, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

/// Reads until the input ends or fails, or the receiver is gone. Tells the receiver before a read that may take long:
/// `goes_on` is false in the chunk before it, or in an extra one without lines.
pub(crate) fn read_all(source: impl Source, clock: Clock, sender: &SyncSender<io::Result<Parsed>>) {
    let mut reader = LineReader::new(source);
    let mut promised = false;
    while let Some(chunk) = reader.next_chunk().transpose() {
        let is_empty = chunk.as_ref().is_ok_and(|chunk| chunk.lines.is_empty());
        if is_empty && !promised {
            continue;
        }
        // A chunk without lines ends what comes at once, because a line may never end.
        let goes_on = !is_empty && reader.source().is_ready();
        promised = goes_on;
        let parsed = chunk.map(|chunk| Parsed::new(chunk, clock.now(), goes_on));
        let failed = parsed.is_err();
        if sender.send(parsed).is_err() || failed {
            return;
        }
    }
}

/// Lines of an input that wait to be stored.
pub(crate) struct Queue {
    receiver: Receiver<io::Result<Parsed>>,
    /// Whether another chunk or the end follows without a wait.
    goes_on: bool,
    /// Why the input ended early. The lines before come first.
    failed: Option<io::Error>,
}

impl Queue {
    /// The lines from a reader.
    pub(crate) fn new(receiver: Receiver<io::Result<Parsed>>) -> Self {
        Self { receiver, goes_on: false, failed: None }
    }

    /// Waits for one chunk, then takes the chunks that are there already, up to about `room` lines. `None` at the end of
    /// the input.
    pub(crate) fn next(&mut self, room: usize) -> io::Result<Option<Vec<Parsed>>> {
        let round = self.take(room, |queue| queue.failed.is_none());
        match self.failed.take_if(|_| round.is_empty()) {
            Some(error) => Err(error),
            None => Ok((!round.is_empty()).then_some(round)),
        }
    }

    /// The chunks that come at once, up to about `room` lines. Empty if the sender pauses.
    pub(crate) fn at_once(&mut self, room: usize) -> Vec<Parsed> {
        self.take(room, |queue| queue.goes_on)
    }

    /// Waits for a chunk as long as `waits`, then takes those that are there already.
    fn take(&mut self, room: usize, waits: impl Fn(&Self) -> bool) -> Vec<Parsed> {
        let (mut round, mut lines) = (Vec::new(), 0);
        while lines == 0
            && waits(self)
            && let Ok(sent) = self.receiver.recv()
        {
            lines += self.admit(sent, &mut round);
        }
        while lines < room
            && self.failed.is_none()
            && let Ok(sent) = self.receiver.try_recv()
        {
            lines += self.admit(sent, &mut round);
        }
        round
    }

    /// Adds a chunk to a round. Returns how many lines it has.
    fn admit(&mut self, sent: io::Result<Parsed>, round: &mut Vec<Parsed>) -> usize {
        self.goes_on = sent.as_ref().is_ok_and(|parsed| parsed.goes_on);
        match sent {
            Ok(parsed) if parsed.messages.is_empty() => 0,
            Ok(parsed) => {
                let lines = parsed.messages.len();
                round.push(parsed);
                lines
            }
            Err(error) => {
                self.failed = Some(error);
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// Reads `lines` lines of `length` bytes, with this room. Returns for each batch the number of chunks and lines
    /// it has.
    fn batches(lines: usize, length: usize, room: usize) -> Vec<(usize, usize)> {
        let line = [" ".repeat(length - 1), "\n".to_owned()].concat();
        let input = line.repeat(lines);
        let (mut queue, mut batches, mut bytes) = (Queue::new(sent([Some(&*input)])), Vec::new(), 0);
        while let Some(batch) = queue.next(room).unwrap() {
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

    /// An input that comes piece by piece. `None`: nothing is there for a while.
    struct Pieces<'i>(VecDeque<Option<&'i [u8]>>);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            while let Some(piece) = self.0.pop_front() {
                let Some(piece) = piece else { continue };
                let (now, later) = piece.split_at(piece.len().min(into.len()));
                into[..now.len()].copy_from_slice(now);
                if !later.is_empty() {
                    self.0.push_front(Some(later));
                }
                return if now == b"!" { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(now.len()) };
            }
            Ok(0)
        }
    }

    impl Source for Pieces<'_> {
        fn is_ready(&self) -> bool {
            self.0.front().is_none_or(Option::is_some)
        }
    }

    /// The chunks that the reader sends of an input in these pieces.
    fn sent<'i>(pieces: impl IntoIterator<Item = Option<&'i str>>) -> Receiver<io::Result<Parsed>> {
        let pieces = pieces.into_iter().map(|piece| piece.map(str::as_bytes)).collect();
        let (sender, receiver) = sync_channel(1000);
        read_all(Pieces(pieces), Clock::new(Some(Instant::from_micros(0))), &sender);
        receiver
    }

    /// The number of lines of each of these chunks, and whether the input goes on after it.
    fn chunks<'i>(pieces: impl IntoIterator<Item = Option<&'i str>>) -> Vec<(usize, bool)> {
        let chunks = sent(pieces).into_iter().map(io::Result::unwrap);
        chunks.map(|parsed| (parsed.messages.len(), parsed.goes_on)).collect()
    }

    fn numbers(round: &[Parsed]) -> Vec<u64> {
        round.iter().flat_map(|parsed| &parsed.chunk.lines).map(|line| line.number).collect()
    }

    #[test]
    fn an_input_error_comes_after_the_lines_read_before_it() {
        let mut queue = Queue::new(sent([Some("1\n"), Some("2\n3"), Some("!"), Some("4\n")]));
        assert_eq!(numbers(&queue.next(10).unwrap().unwrap()), [1, 2], "both were waiting");
        assert!(queue.at_once(10).is_empty());
        assert!(queue.next(10).is_err());
        assert!(queue.next(10).unwrap().is_none(), "and it is not read again");
    }

    /// A sender may send a line without an end.
    #[test]
    fn a_line_that_goes_on_ends_what_comes_at_once() {
        let chunks = chunks([Some("1\n2"), Some("2"), Some("2"), Some("2")]);
        assert_eq!(chunks[..2], [(1, true), (0, false)], "lines, and whether it goes on");
    }

    /// A sender may wait for acks before it sends the rest of a line.
    #[test]
    fn a_pause_within_a_line_ends_what_comes_at_once() {
        let pieces =
            [Some("1\n2"), Some("2"), None, Some("\n3\n"), Some("4"), Some("\n"), None, None, Some("5\n")];
        assert_eq!(
            chunks(pieces),
            [(1, true), (0, false), (2, true), (0, false), (1, false), (1, true), (0, false)],
            "lines, and whether it goes on"
        );

        let (sender, receiver) = sync_channel(1000);
        sent([Some("1\n2"), Some("2"), None]).iter().take(2).for_each(|chunk| sender.send(chunk).unwrap());
        let mut queue = Queue::new(receiver);
        assert_eq!(numbers(&queue.next(1).unwrap().unwrap()), [1]);
        assert!(queue.goes_on);
        assert!(queue.at_once(10).is_empty(), "it does not wait for the second line");
        drop(sender);
        assert!(queue.next(10).unwrap().is_none());
    }

    /// The next lines come at once, though they are not there yet.
    #[test]
    fn lines_that_come_at_once_are_waited_for() {
        let mut chunks = sent([Some("1\n"), Some("2\n"), None, Some("3\n")]).into_iter();
        let (sender, receiver) = sync_channel(1000);
        let mut queue = Queue::new(receiver);
        sender.send(chunks.next().unwrap()).unwrap();
        assert_eq!(numbers(&queue.next(10).unwrap().unwrap()), [1]);
        let later = std::thread::spawn(move || chunks.for_each(|chunk| sender.send(chunk).unwrap()));
        assert!(numbers(&queue.at_once(1)).starts_with(&[2]));
        later.join().unwrap();
    }
}
