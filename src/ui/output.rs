//! Standard output. It is silent with `-q`, and escapes control characters on a terminal.

use std::io::{self, Write};

use crate::report::text::safe;

/// Lines for a terminal. Control characters in them are shown as escapes, as tables show them.
pub(super) struct Harmless<W: Write> {
    out: W,
    /// The line so far.
    line: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    fn end_line(&mut self, end: &[u8]) -> io::Result<()> {
        let shown = self.out.write_all(safe(&String::from_utf8_lossy(&self.line)).as_bytes());
        self.line.clear();
        shown.and_then(|()| self.out.write_all(end))
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if self.line.pop_if(|last| *last == b'\n').is_some() {
                let carriage_return = self.line.pop_if(|last| *last == b'\r').is_some();
                self.end_line(if carriage_return { b"\r\n" } else { b"\n" })?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end_line(b"")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_control_sequences() {
        let mut out = Vec::new();
        let mut harmless = Harmless::new(&mut out);
        // In pieces that split a character and a line ending.
        for piece in [&b"code,name\r"[..], b"\nH1,Ad\xc3", b"\xa4\x1b[2J\rX\xc2\x9b\r\n", b"rest\x07"] {
            harmless.write_all(piece).unwrap();
        }
        harmless.flush().unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(shown, "code,name\r\nH1,Adä\\u{1b}[2J\\rX\\u{9b}\r\nrest\\u{7}");
    }
}
