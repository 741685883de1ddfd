//! Cuts a stream into bounded lines. For any input, memory stays small and line numbers stay right.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use memchr::memchr;

use super::refusal::MAX_LINE;

/// Bytes requested per read. A pipe returns what it holds, so a read does not wait for a full chunk.
const CHUNK: usize = 64 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The complete lines of one read, with the bytes they lie in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes of the line.
    pub bytes: Vec<u8>,
    /// Where its lines are.
    pub lines: Vec<Line>,
}

/// One line of a [`Chunk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// Its range in the bytes, without its end. For a line that is too long, only its beginning.
    pub place: Range<usize>,
    /// How it ended.
    pub ending: Ending,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With `\n` or `\r\n`.
    Newline,
    /// By the end of the input. A `\r` before that counts as part of the line.
    Input,
    /// Not within [`MAX_LINE`] bytes. The rest of it is skipped.
    TooLong,
}

/// Splits a stream into lines, and returns complete lines at once.
#[derive(Debug)]
pub struct LineReader<R> {
    source: R,
    /// The beginning of an unfinished line.
    tail: Vec<u8>,
    /// Number of the latest line.
    number: u64,
    /// Whether the rest of a line that was too long is being skipped.
    skipping: bool,
    ended: bool,
}

impl<R: Read> LineReader<R> {
    /// Reads from `source`.
    pub fn new(source: R) -> Self {
        Self { source, tail: Vec::new(), number: 0, skipping: false, ended: false }
    }

    /// The input.
    pub fn source(&self) -> &R {
        &self.source
    }

    /// Reads once, and returns the lines that are complete now, perhaps none. `None` after the end of the input.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk>> {
        if self.ended {
            return Ok(None);
        }
        let mut chunk = Chunk { bytes: std::mem::take(&mut self.tail), lines: Vec::new() };
        let read = read_some(&mut self.source, &mut chunk.bytes)?;
        self.ended = read == 0;
        let begin = self.begin(&chunk.bytes);
        let rest = self.split(&mut chunk, begin);
        self.keep(&mut chunk, rest);
        Ok(Some(chunk))
    }

    /// Where the text begins: after the byte order mark, at the beginning of the stream.
    fn begin(&self, bytes: &[u8]) -> usize {
        if self.number == 0 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    /// Finds the complete lines from `from` on. Returns the start of the unfinished one.
    fn split(&mut self, chunk: &mut Chunk, mut from: usize) -> usize {
        while let Some(length) = memchr(b'\n', &chunk.bytes[from..]) {
            let end = from + length;
            if std::mem::take(&mut self.skipping) {
                from = end + 1;
                continue;
            }
            self.push(chunk, from..end, Ending::Newline);
            from = end + 1;
        }
        from
    }

    /// Keeps the unfinished line for the next read, or ends it because it is too long or the last one.
    fn keep(&mut self, chunk: &mut Chunk, rest: usize) {
        if self.skipping {
            return;
        }
        let length = chunk.bytes.len() - rest;
        if length > MAX_LINE + 1 || self.ended && length > 0 {
            self.push(chunk, rest..rest + length, Ending::Input);
            self.skipping = !self.ended;
        } else {
            // With its byte order mark: only the whole of it is one.
            let from = if self.number == 0 { 0 } else { rest };
            self.tail = chunk.bytes.split_off(from);
        }
    }

    /// Adds a line. If it is too long, adds only its beginning.
    fn push(&mut self, chunk: &mut Chunk, mut place: Range<usize>, mut ending: Ending) {
        if chunk.bytes[place.clone()].ends_with(b"\r") {
            place.end -= 1;
        }
        if place.len() > MAX_LINE {
            place.end = place.start + MAX_LINE;
            ending = Ending::TooLong;
        }
        self.number += 1;
        chunk.lines.push(Line { number: self.number, place, ending });
    }
}

/// One read, appended to `bytes`.
fn read_some(source: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let before = bytes.len();
    bytes.resize(before + CHUNK, 0);
    let read = loop {
        match source.read(&mut bytes[before..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    bytes.truncate(before + read.as_ref().map_or(0, |read| *read));
    read
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of the given sizes, again and again.
    struct Pieces<'a> {
        bytes: &'a [u8],
        sizes: &'a [usize],
        turn: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes[self.turn % self.sizes.len()].min(self.bytes.len()).min(into.len());
            self.turn += 1;
            into[..size].copy_from_slice(&self.bytes[..size]);
            self.bytes = &self.bytes[size..];
            Ok(size)
        }
    }

    fn lines(bytes: &[u8], sizes: &[usize]) -> Vec<(u64, Vec<u8>, Ending)> {
        let mut reader = LineReader::new(Pieces { bytes, sizes, turn: 0 });
        let (mut lines, mut read) = (Vec::new(), 0);
        while let Some(chunk) = reader.next_chunk().unwrap() {
            lines.extend(
                chunk.lines.iter().map(|l| (l.number, chunk.bytes[l.place.clone()].to_vec(), l.ending)),
            );
            read += chunk.bytes.len();
            let (kept, whole) = (reader.tail.len(), read + reader.tail.len());
            assert!(kept <= BYTE_ORDER_MARK.len() + MAX_LINE + 1 && whole <= bytes.len());
        }
        lines
    }

    #[test]
    fn lines_end_with_either_newline_or_with_the_input() {
        use Ending::{Input, Newline};
        let expected = [
            (1, b"a".to_vec(), Newline),
            (2, b"".to_vec(), Newline),
            (3, b"b\rc".to_vec(), Newline),
            (4, b"d".to_vec(), Input),
        ];
        for sizes in [&[1][..], &[2, 3], &[100]] {
            assert_eq!(lines(b"\xef\xbb\xbfa\r\n\nb\rc\nd", sizes), expected);
        }
        assert_eq!(lines(b"", &[1]), []);
        for sizes in [1, 3, 6] {
            assert_eq!(lines(BYTE_ORDER_MARK, &[sizes]), [], "a byte order mark is not a line");
            let second = [BYTE_ORDER_MARK, BYTE_ORDER_MARK].concat();
            assert_eq!(
                lines(&second, &[sizes]),
                [(1, BYTE_ORDER_MARK.to_vec(), Input)],
                "only the first is one"
            );
        }
        assert_eq!(lines(b"a\r", &[1]), [(1, b"a".to_vec(), Input)]);
    }

    #[test]
    fn a_line_too_long_is_cut_and_the_next_one_keeps_its_number() {
        for extra in [1, 2, 3, 200_000] {
            let mut input = vec![b'x'; MAX_LINE + extra];
            input.extend(b"\nnext\n");
            for sizes in [&[7000][..], &[MAX_LINE], &[1_000_000]] {
                let found = lines(&input, sizes);
                let shape: Vec<_> =
                    found.iter().map(|(number, bytes, ending)| (*number, bytes.len(), *ending)).collect();
                assert_eq!(
                    shape,
                    [(1, MAX_LINE, Ending::TooLong), (2, 4, Ending::Newline)],
                    "{extra} {sizes:?}"
                );
            }
        }
        let longest = vec![b'x'; MAX_LINE];
        for (before, after, ending) in [
            (&b""[..], &b"\r\n"[..], Ending::Newline),
            (BYTE_ORDER_MARK, b"\n", Ending::Newline),
            (BYTE_ORDER_MARK, b"\r", Ending::Input),
            (b"", b"", Ending::Input),
            (b"x", b"\n", Ending::TooLong),
            (b"x", b"\r", Ending::TooLong),
            (b"x", b"", Ending::TooLong),
        ] {
            let found = lines(&[before, &longest, after].concat(), &[5000]);
            assert_eq!((found.len(), found[0].1.len(), found[0].2), (1, MAX_LINE, ending), "{after:?}");
        }
        let with_end = [&longest[..], b"\r\n"].concat();
        // All but the newline may be there already: it is not too long yet.
        for sizes in [&[5000][..], &[8192, 8192, 8192, 8192, 8192, 8192, 8192, 8193, 1]] {
            assert_eq!(lines(&with_end, sizes)[0].2, Ending::Newline);
        }
    }

    #[test]
    fn a_line_without_an_end_is_given_up_before_it_fills_the_memory() {
        let mut reader = LineReader::new(io::repeat(b'x').take(1 << 24));
        let mut chunks = std::iter::from_fn(|| reader.next_chunk().unwrap());
        let chunk = chunks.find(|chunk| !chunk.lines.is_empty()).unwrap();
        assert_eq!(chunk.lines[0].ending, Ending::TooLong);
        assert!(reader.source.limit() > (1 << 24) - 4 * (MAX_LINE + CHUNK) as u64, "it was read to the end");
        while let Some(chunk) = reader.next_chunk().unwrap() {
            assert!(chunk.lines.is_empty(), "one line");
        }
    }

    #[test]
    fn a_signal_is_retried_and_an_error_is_returned() {
        struct Source(Vec<io::Result<&'static [u8]>>);
        impl Read for Source {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let bytes = self.0.pop().expect("it goes on reading")?;
                into[..bytes.len()].copy_from_slice(bytes);
                Ok(bytes.len())
            }
        }
        let error = |kind: ErrorKind| Err(io::Error::from(kind));
        // The events are in reverse order, because they are popped.
        let turns = vec![error(ErrorKind::ConnectionReset), Ok(&b"a\n"[..]), error(ErrorKind::Interrupted)];
        let mut reader = LineReader::new(Source(turns));
        assert_eq!(reader.next_chunk().unwrap().unwrap().lines.len(), 1);
        assert_eq!(reader.next_chunk().unwrap_err().kind(), ErrorKind::ConnectionReset);
    }

    proptest! {
        #[test]
        fn chunk_sizes_do_not_change_the_lines(
            input in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..400),
            sizes in proptest::collection::vec(1..50usize, 1..6),
        ) {
            prop_assert_eq!(lines(&input, &sizes), lines(&input, &[1000]));
        }
    }
}
