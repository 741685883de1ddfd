//! Standard input of a process in a pipeline, which ends when the reader of its output is gone.

use std::io::{self, ErrorKind, Read, Stdin, Stdout};

use rustix::event::{PollFd, PollFlags, poll};

/// Standard input, which ends with [`ErrorKind::BrokenPipe`] once the reader of standard output is gone. Without that
/// the next message would be read and lost.
pub(crate) struct Between {
    input: Stdin,
    output: Stdout,
}

impl Between {
    /// The streams of this process.
    pub(crate) fn streams() -> Self {
        Self { input: io::stdin(), output: io::stdout() }
    }

    /// Waits for input, or until the reader is gone.
    fn wait(&self) -> io::Result<()> {
        let mut streams =
            [PollFd::new(&self.input, PollFlags::IN), PollFd::new(&self.output, PollFlags::empty())];
        poll(&mut streams, None)?;
        if streams[1].revents().contains(PollFlags::ERR) {
            return Err(io::Error::new(ErrorKind::BrokenPipe, "the reader of standard output is gone"));
        }
        Ok(())
    }
}

impl Read for Between {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.wait()?;
        // Bypasses the buffer of `Stdin`, which would hide bytes from the wait.
        Ok(rustix::io::read(&self.input, into)?)
    }
}
